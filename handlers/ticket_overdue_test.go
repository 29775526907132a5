package handlers_test

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/store/access"
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
		if a.find("[data-state=overdue], #overdue, #stat-overdue").Length() > 0 {
			t.Errorf("%s without a response target shows overdue tickets", page)
		}
		streams[page] = b.openStream(strings.TrimSuffix(page, "/") + "/live")
		streams[page].next()
	}

	b.setResponseTarget("1440").wantRedirect(settingsPath + "/tickets?note=settings.saved")
	for _, stream := range streams {
		for !strings.Contains(stream.next().data, `data-state="overdue"`) { // an earlier frame may carry the viewers
		}
	}
	b.get("/guilds/"+lantern+"/audit").wantText("#rows", "Response target: (empty) → 1 d")

	for _, page := range []string{"/", "/guilds/" + lantern, ticketsPath} {
		a := b.get(page).wantStatus(http.StatusOK).wantText("#overdue-"+overdue.ID, "Overdue")
		if a.find("#overdue-"+overdue.ID).Is("[hidden]") || !a.find("#overdue-"+recent.ID).Is("[hidden]") ||
			a.find("#overdue-"+claimed.ID).Length() > 0 {
			t.Errorf("%s: not only the overdue ticket is marked", page)
		}
		want := recent.CreatedAt.Add(24 * time.Hour).UTC().Format("2006-01-02T15:04")
		if got := attr(a.find("#overdue-"+recent.ID), "data-due"); !strings.HasPrefix(got, want) {
			t.Errorf("%s: due time of the other ticket = %q, want %q", page, got, want)
		}
	}
	b.get(ticketPath(overdue)).wantText("#ticket .item-head", "Overdue").wantText("#ticket .facts", "Response due")
	if a := b.get(ticketPath(claimed)); a.find("#ticket .facts time").Length() > 0 {
		t.Error("a claimed ticket has a waiting time")
	}
	for _, page := range []string{"/guilds/" + lantern, ticketsPath} {
		link := b.get(page).wantText("#stat-overdue", "1 overdue").find("#stat-overdue")
		if got := attr(link, "href"); got != ticketsPath+"?overdue=yes&sort=waiting" {
			t.Errorf("link = %q, want %q", got, ticketsPath+"?overdue=yes&sort=waiting")
		}
	}

	t.Run("filter by overdue", func(t *testing.T) {
		for query, want := range map[string][]string{
			"?overdue=yes": {"Waits long"}, "?overdue=yes&sort=waiting": {"Waits long"}, "?overdue=yes&status=closed": nil,
			"?overdue=yes&q=waits": {"Waits long"},
			"?overdue=yes&only=" + recent.ID + "&only=" + claimed.ID: nil,
		} {
			a := b.get(ticketsPath+query).wantStatus(http.StatusOK).wantText("#overdue option[selected]", "Overdue")
			if got := a.texts("#rows tr th a"); !slices.Equal(got, want) {
				t.Errorf("%s: rows = %q, want %q", query, got, want)
			}
		}
		a := b.get(ticketsPath + "?overdue=yes")
		for link, want := range map[string]string{
			"#clear": ticketsPath, "#tab-open": ticketsPath + "?status=open&overdue=yes",
			"#export-csv": ticketsPath + "/export?overdue=yes&format=csv",
		} {
			if got := attr(a.find(link), "href"); got != want {
				t.Errorf("%s: link = %q, want %q", link, got, want)
			}
		}
		_, rows := parseCSV(t, b.get(ticketsPath+"/export?format=csv&overdue=yes"))
		if want := overdue.CreatedAt.Add(24 * time.Hour).UTC(); len(rows) != 1 || !isSameTime(rows[0]["answerDue"], want) {
			t.Errorf("export = %v, want the due time", rows)
		}
		var apiTicketList struct {
			Data []struct {
				ID        string
				AnswerDue *time.Time
			}
		}
		b.get(apiTickets + "?overdue=yes").wantStatus(http.StatusOK).json(&apiTicketList)
		if len(apiTicketList.Data) != 1 || apiTicketList.Data[0].ID != overdue.ID ||
			apiTicketList.Data[0].AnswerDue.Sub(overdue.CreatedAt).Round(time.Minute) != 24*time.Hour {
			t.Errorf("API response = %+v, want the overdue ticket with its due time", apiTicketList.Data)
		}
		b.get(apiTickets).json(&apiTicketList)
		if i := slices.IndexFunc(apiTicketList.Data, func(t struct {
			ID        string
			AnswerDue *time.Time
		}) bool {
			return t.ID == claimed.ID
		}); len(apiTicketList.Data) != 3 || i < 0 || apiTicketList.Data[i].AnswerDue != nil {
			t.Errorf("API response = %+v, want 3 tickets, the claimed one without a due time", apiTicketList.Data)
		}
		b.get(ticketsPath+"?overdue=1").wantStatus(http.StatusOK).
			wantText("main [role=alert]", "“1” was ignored")
		b.get(apiTickets + "?overdue=1").wantStatus(http.StatusBadRequest)
	})
	t.Run("Vietnamese", func(t *testing.T) {
		b := s.signIn(robin)
		b.setCookie("lang", "vi")
		b.get(ticketsPath+"?overdue=yes").wantText("#overdue-"+overdue.ID, "Quá hạn").wantText("#stat-overdue", "1 quá hạn").
			wantText("#overdue option[selected]", "Quá hạn")
		b.get(settingsPath+"/tickets").wantText("#settings-form", "Thời hạn trả lời")
	})
	t.Run("invalid response target", func(t *testing.T) {
		for invalid, problem := range map[string]string{
			"0": "in the allowed range", "10081": "in the allowed range", "-1": "in the allowed range", "8 days": "in the allowed range",
			"soon": "Enter a duration", "1.5": "Enter a duration", "90s": "Enter a duration",
		} {
			a := b.setResponseTarget(invalid).wantStatus(http.StatusUnprocessableEntity).wantText("#problem-answerWithin", problem)
			want := cmp.Or(map[string]string{"10081": "7d 1m", "8 days": "8d"}[invalid], invalid)
			if got := attr(a.find("#answerWithin"), "value"); got != want {
				t.Errorf("invalid %q: value = %q, want %q", invalid, got, want)
			}
		}
	})
	t.Run("none without a response target", func(t *testing.T) {
		b.setResponseTarget("").wantStatus(http.StatusSeeOther)
		if got := attr(b.get(settingsPath+"/tickets").find("#answerWithin"), "value"); got != "" {
			t.Errorf("response target = %q, want none", got)
		}
		a := b.get(ticketsPath).wantStatus(http.StatusOK)
		if a.find("[data-due], #overdue, #stat-overdue").Length() > 0 {
			t.Error("the list without a response target shows overdue tickets")
		}
		b.get(ticketsPath+"?overdue=yes").wantStatus(http.StatusOK).wantText("#row-none", "No matching tickets").
			wantText("#overdue option[selected]", "Overdue")
	})
	t.Run("store unavailable", func(t *testing.T) {
		s.closeStore()
		b.get(ticketsPath + "?overdue=yes").wantStatus(http.StatusServiceUnavailable)
		b.get(apiTickets + "?overdue=yes").wantStatus(http.StatusServiceUnavailable)
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
	viewOnly := s.signInStaff(access.LevelNone, access.LevelSee)
	viewOnly.get(ticketsPath+"?overdue=yes").wantStatus(http.StatusOK).wantText("#overdue-"+old.ID, "Overdue")
	viewOnly.post(settingsPath+"/tickets", url.Values{"version": {"1"}, "answerWithin": {"5"}}).wantStatus(http.StatusForbidden)
}

func TestResponseTargetIsEnteredInHoursAndMinutes(t *testing.T) {
	s := openSite(t)
	b := s.signIn(robin)
	b.setResponseTarget("19h 30m").wantStatus(http.StatusSeeOther)
	if got := attr(b.get(settingsPath+"/tickets").find("#answerWithin"), "value"); got != "19h 30m" {
		t.Errorf("response target in the form = %q, want 19h 30m", got)
	}
	settings, err := s.Store.Settings(t.Context(), lantern, access.ModuleTickets)
	must(t, err)
	if got := settings.Values["answerWithin"]; got != "1170" {
		t.Errorf("saved response target = %q minutes, want 1170", got)
	}
	b.get("/guilds/"+lantern+"/audit").wantText("#rows", "Response target: (empty) → 19 h 30 min")
}
