package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/store"
)

// setResponseTarget saves a response target as a manager does; "" removes it.
func (b *browser) setResponseTarget(minutes string) *testResponse {
	b.site.t.Helper()
	form := b.get(settingsPath+"/tickets").wantStatus(http.StatusOK).formValues("#settings-form", url.Values{"answerWithin": {minutes}})
	return b.post(settingsPath+"/tickets", form)
}

func TestOverdueTickets(t *testing.T) {
	s := openSite(t)
	s.subscribe()
	overdue, recent := s.createTicket("Waits long", time.Now().Add(-50*time.Hour)), s.createTicket("Waits", time.Now().Add(-time.Hour))
	claimed := s.createTicket("Is helped", time.Now().Add(-60*time.Hour))
	s.claimTicket(claimed)
	b := s.signIn(robin)
	streams := map[string]*stream{}
	for _, page := range []string{"/", "/guilds/" + lantern, ticketsPath, ticketPath(overdue)} {
		a := b.get(page).wantStatus(http.StatusOK)
		if a.find("[data-state=late], #late, #tile-late").Length() > 0 {
			t.Errorf("without a target %s speaks of late", page)
		}
		streams[page] = b.openStream(strings.TrimSuffix(page, "/") + "/live")
		streams[page].next()
	}

	b.setResponseTarget("1440").wantRedirect(settingsPath + "/tickets?note=settings.saved")
	for _, stream := range streams {
		for !strings.Contains(stream.next().data, `data-state="late"`) { // an earlier frame may carry the viewers
		}
	}
	b.get("/guilds/"+lantern+"/audit").wantText("#rows", "Answer within (minutes): (nothing) → 1440")

	for _, page := range []string{"/", "/guilds/" + lantern, ticketsPath} {
		a := b.get(page).wantStatus(http.StatusOK).wantText("#late-"+overdue.ID, "Late")
		if a.find("#late-"+overdue.ID).Is("[hidden]") || !a.find("#late-"+recent.ID).Is("[hidden]") ||
			a.find("#late-"+claimed.ID).Length() > 0 {
			t.Errorf("%s does not mark the one that is late", page)
		}
		want := recent.CreatedAt.Add(24 * time.Hour).UTC().Format("2006-01-02T15:04")
		if got := attr(a.find("#late-"+recent.ID), "data-due"); !strings.HasPrefix(got, want) {
			t.Errorf("%s: the other is due %q, not %q", page, got, want)
		}
	}
	b.get(ticketPath(overdue)).wantText("#ticket .facts", "Late").wantText("#ticket .facts", "Answer due")
	if a := b.get(ticketPath(claimed)); a.find("#ticket .facts time").Length() > 0 {
		t.Error("one that is helped waits")
	}
	for _, page := range []string{"/guilds/" + lantern, ticketsPath} {
		link := b.get(page).wantText("#tile-late", "1 late").find("#tile-late")
		if got := attr(link, "href"); got != ticketsPath+"?late=yes&sort=waiting" {
			t.Errorf("it leads to %q", got)
		}
	}

	t.Run("and selected by it", func(t *testing.T) {
		for query, want := range map[string][]string{
			"?late=yes": {"Waits long"}, "?late=yes&sort=waiting": {"Waits long"}, "?late=yes&status=closed": nil,
			"?late=yes&q=waits": {"Waits long"},
			"?late=yes&only=" + recent.ID + "&only=" + claimed.ID: nil,
		} {
			a := b.get(ticketsPath+query).wantStatus(http.StatusOK).wantText("#late option[selected]", "Late")
			if got := a.texts("#rows tr th a"); !slices.Equal(got, want) {
				t.Errorf("%s selects %q, not %q", query, got, want)
			}
		}
		a := b.get(ticketsPath + "?late=yes")
		for link, want := range map[string]string{
			"#clear": ticketsPath, "#tab-open": ticketsPath + "?status=open&late=yes",
			"#export-csv": ticketsPath + "/export?late=yes&format=csv",
		} {
			if got := attr(a.find(link), "href"); got != want {
				t.Errorf("%s leads to %q, not %q", link, got, want)
			}
		}
		_, rows := parseCSV(t, b.get(ticketsPath+"/export?format=csv&late=yes"))
		if want := overdue.CreatedAt.Add(24 * time.Hour).UTC(); len(rows) != 1 || !isSameTime(rows[0]["answerDue"], want) {
			t.Errorf("the file has %v", rows)
		}
		var apiTicketList struct {
			Data []struct {
				ID        string
				AnswerDue *time.Time
			}
		}
		b.get(apiTickets + "?late=yes").wantStatus(http.StatusOK).json(&apiTicketList)
		if len(apiTicketList.Data) != 1 || apiTicketList.Data[0].ID != overdue.ID ||
			apiTicketList.Data[0].AnswerDue.Sub(overdue.CreatedAt).Round(time.Minute) != 24*time.Hour {
			t.Errorf("the API says %+v", apiTicketList.Data)
		}
		b.get(apiTickets).json(&apiTicketList)
		if i := slices.IndexFunc(apiTicketList.Data, func(t struct {
			ID        string
			AnswerDue *time.Time
		}) bool {
			return t.ID == claimed.ID
		}); len(apiTicketList.Data) != 3 || i < 0 || apiTicketList.Data[i].AnswerDue != nil {
			t.Errorf("of all the API says %+v", apiTicketList.Data)
		}
		b.get(ticketsPath+"?late=1").wantStatus(http.StatusOK).wantText("main [role=alert]", "“1” does not say whether a ticket is late")
		b.get(apiTickets + "?late=1").wantStatus(http.StatusBadRequest)
	})
	t.Run("in Vietnamese", func(t *testing.T) {
		b := s.signIn(robin)
		b.setCookie("lang", "vi")
		b.get(ticketsPath+"?late=yes").wantText("#late-"+overdue.ID, "Quá hạn").wantText("#tile-late", "1 quá hạn").
			wantText("#late option[selected]", "Quá hạn")
		b.get(settingsPath+"/tickets").wantText("#settings-form", "Trả lời trong vòng (phút)")
	})
	t.Run("what is no target comes back at its field", func(t *testing.T) {
		for _, invalid := range []string{"0", "10081", "soon", "-1", "1.5"} {
			a := b.setResponseTarget(invalid).wantStatus(http.StatusUnprocessableEntity).
				wantText("#problem-answerWithin", "a number in the allowed range")
			if got := attr(a.find("#answerWithin"), "value"); got != invalid {
				t.Errorf("%q has become %q", invalid, got)
			}
		}
	})
	t.Run("and none again without a target", func(t *testing.T) {
		b.setResponseTarget("").wantStatus(http.StatusSeeOther)
		if got := attr(b.get(settingsPath+"/tickets").find("#answerWithin"), "value"); got != "" {
			t.Errorf("the field has %q", got)
		}
		a := b.get(ticketsPath).wantStatus(http.StatusOK)
		if a.find("[data-due], #late, #tile-late").Length() > 0 {
			t.Error("the list speaks of late")
		}
		b.get(ticketsPath+"?late=yes").wantStatus(http.StatusOK).wantText("#row-none", "No ticket matches").
			wantText("#late option[selected]", "Late")
	})
	t.Run("the store is away", func(t *testing.T) {
		s.closeStore()
		b.get(ticketsPath + "?late=yes").wantStatus(http.StatusServiceUnavailable)
		b.get(apiTickets + "?late=yes").wantStatus(http.StatusServiceUnavailable)
	})
}

// isSameTime reports whether a text is the time, to the second.
func isSameTime(text string, at time.Time) bool {
	parsed, err := time.Parse(time.RFC3339Nano, text)
	return err == nil && parsed.Sub(at).Abs() < time.Second
}

func TestResponseTargetNeedsManager(t *testing.T) {
	s := openSite(t)
	old := s.createTicket("Waits long", time.Now().Add(-50*time.Hour))
	s.signIn(robin).setResponseTarget("60").wantStatus(http.StatusSeeOther)
	viewOnly := s.signInStaff(store.LevelNone, store.LevelSee)
	viewOnly.get(ticketsPath+"?late=yes").wantStatus(http.StatusOK).wantText("#late-"+old.ID, "Late")
	viewOnly.post(settingsPath+"/tickets", url.Values{"version": {"1"}, "answerWithin": {"5"}}).wantStatus(http.StatusForbidden)
}
