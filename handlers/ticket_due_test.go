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

// answerWithin saves a target for answers as a manager does; "" for none.
func (b *browser) answerWithin(minutes string) *answer {
	b.site.t.Helper()
	form := b.get(settingsPath+"/tickets").wants(http.StatusOK).sent("#settings-form", url.Values{"answerWithin": {minutes}})
	return b.post(settingsPath+"/tickets", form)
}

func TestTicketsAreLateAsTheSettingsSay(t *testing.T) {
	s := open(t)
	s.listen()
	old, fresh := s.ticket("Waits long", time.Now().Add(-50*time.Hour)), s.ticket("Waits", time.Now().Add(-time.Hour))
	helped := s.ticket("Is helped", time.Now().Add(-60*time.Hour))
	s.claim(helped)
	b := s.signIn(robin)
	streams := map[string]*stream{}
	for _, page := range []string{"/", "/guilds/" + lantern, ticketsPath, ticketPath(old)} {
		a := b.get(page).wants(http.StatusOK)
		if a.find("[data-state=late], #late, #tile-late").Length() > 0 {
			t.Errorf("without a target %s speaks of late", page)
		}
		streams[page] = b.watch(strings.TrimSuffix(page, "/") + "/live")
		streams[page].next()
	}

	b.answerWithin("1440").leadsTo(settingsPath + "/tickets?note=settings.saved")
	for _, stream := range streams {
		for !strings.Contains(stream.next().data, `data-state="late"`) { // a frame may come of who else looks
		}
	}
	b.get("/guilds/"+lantern+"/audit").says("#rows", "Answer within (minutes): (nothing) → 1440")

	for _, page := range []string{"/", "/guilds/" + lantern, ticketsPath} {
		a := b.get(page).wants(http.StatusOK).says("#late-"+old.ID, "Late")
		if a.find("#late-"+old.ID).Is("[hidden]") || !a.find("#late-"+fresh.ID).Is("[hidden]") || a.find("#late-"+helped.ID).Length() > 0 {
			t.Errorf("%s does not mark the one that is late", page)
		}
		want := fresh.CreatedAt.Add(24 * time.Hour).UTC().Format("2006-01-02T15:04")
		if got := attr(a.find("#late-"+fresh.ID), "data-due"); !strings.HasPrefix(got, want) {
			t.Errorf("%s: the other is due %q, not %q", page, got, want)
		}
	}
	b.get(ticketPath(old)).says("#ticket .facts", "Late").says("#ticket .facts", "Answer due")
	if a := b.get(ticketPath(helped)); a.find("#ticket .facts time").Length() > 0 {
		t.Error("one that is helped waits")
	}
	for _, page := range []string{"/guilds/" + lantern, ticketsPath} {
		link := b.get(page).says("#tile-late", "1 late").find("#tile-late")
		if got := attr(link, "href"); got != ticketsPath+"?late=yes&sort=waiting" {
			t.Errorf("it leads to %q", got)
		}
	}

	t.Run("and selected by it", func(t *testing.T) {
		for query, want := range map[string][]string{
			"?late=yes": {"Waits long"}, "?late=yes&sort=waiting": {"Waits long"}, "?late=yes&status=closed": nil, "?late=yes&q=waits": {"Waits long"},
			"?late=yes&only=" + fresh.ID + "&only=" + helped.ID: nil,
		} {
			a := b.get(ticketsPath+query).wants(http.StatusOK).says("#late option[selected]", "Late")
			if got := a.texts("#rows tr th a"); !slices.Equal(got, want) {
				t.Errorf("%s selects %q, not %q", query, got, want)
			}
		}
		a := b.get(ticketsPath + "?late=yes")
		for link, want := range map[string]string{
			"#clear": ticketsPath, "#tab-open": ticketsPath + "?status=open&late=yes", "#export-csv": ticketsPath + "/export?late=yes&format=csv",
		} {
			if got := attr(a.find(link), "href"); got != want {
				t.Errorf("%s leads to %q, not %q", link, got, want)
			}
		}
		_, rows := exported(t, b.get(ticketsPath+"/export?format=csv&late=yes"))
		if want := old.CreatedAt.Add(24 * time.Hour).UTC(); len(rows) != 1 || !sameMoment(rows[0]["answerDue"], want) {
			t.Errorf("the file has %v", rows)
		}
		var told struct {
			Data []struct {
				ID        string
				AnswerDue *time.Time
			}
		}
		b.get(apiTickets + "?late=yes").wants(http.StatusOK).json(&told)
		if len(told.Data) != 1 || told.Data[0].ID != old.ID || told.Data[0].AnswerDue.Sub(old.CreatedAt).Round(time.Minute) != 24*time.Hour {
			t.Errorf("the API says %+v", told.Data)
		}
		b.get(apiTickets).json(&told)
		if i := slices.IndexFunc(told.Data, func(t struct {
			ID        string
			AnswerDue *time.Time
		}) bool {
			return t.ID == helped.ID
		}); len(told.Data) != 3 || i < 0 || told.Data[i].AnswerDue != nil {
			t.Errorf("of all the API says %+v", told.Data)
		}
		b.get(ticketsPath+"?late=1").wants(http.StatusOK).says("main [role=alert]", "“1” does not say whether a ticket is late")
		b.get(apiTickets + "?late=1").wants(http.StatusBadRequest)
	})
	t.Run("in Vietnamese", func(t *testing.T) {
		b := s.signIn(robin)
		b.keep("lang", "vi")
		b.get(ticketsPath+"?late=yes").says("#late-"+old.ID, "Quá hạn").says("#tile-late", "1 quá hạn").says("#late option[selected]", "Quá hạn")
		b.get(settingsPath+"/tickets").says("#settings-form", "Trả lời trong vòng (phút)")
	})
	t.Run("what is no target comes back at its field", func(t *testing.T) {
		for _, wrong := range []string{"0", "10081", "soon", "-1", "1.5"} {
			a := b.answerWithin(wrong).wants(http.StatusUnprocessableEntity).says("#problem-answerWithin", "a number in the allowed range")
			if got := attr(a.find("#answerWithin"), "value"); got != wrong {
				t.Errorf("%q has become %q", wrong, got)
			}
		}
	})
	t.Run("and none again without a target", func(t *testing.T) {
		b.answerWithin("").wants(http.StatusSeeOther)
		if got := attr(b.get(settingsPath+"/tickets").find("#answerWithin"), "value"); got != "" {
			t.Errorf("the field has %q", got)
		}
		a := b.get(ticketsPath).wants(http.StatusOK)
		if a.find("[data-due], #late, #tile-late").Length() > 0 {
			t.Error("the list speaks of late")
		}
		b.get(ticketsPath+"?late=yes").wants(http.StatusOK).says("#row-none", "No ticket matches").says("#late option[selected]", "Late")
	})
	t.Run("the store is away", func(t *testing.T) {
		s.loseStore()
		b.get(ticketsPath + "?late=yes").wants(http.StatusServiceUnavailable)
		b.get(apiTickets + "?late=yes").wants(http.StatusServiceUnavailable)
	})
}

// sameMoment tells whether a text is that time, to the second.
func sameMoment(text string, at time.Time) bool {
	told, err := time.Parse(time.RFC3339Nano, text)
	return err == nil && told.Sub(at).Abs() < time.Second
}

func TestWhoActsOnTicketsSeesWhatIsLateAndSetsNoTarget(t *testing.T) {
	s := open(t)
	old := s.ticket("Waits long", time.Now().Add(-50*time.Hour))
	s.signIn(robin).answerWithin("60").wants(http.StatusSeeOther)
	see := s.helper(store.LevelNone, store.LevelSee)
	see.get(ticketsPath+"?late=yes").wants(http.StatusOK).says("#late-"+old.ID, "Late")
	see.post(settingsPath+"/tickets", url.Values{"version": {"1"}, "answerWithin": {"5"}}).wants(http.StatusForbidden)
}
