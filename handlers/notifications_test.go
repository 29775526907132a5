package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

// notifications returns the texts of the notifications since then, and the time for the next request.
func (b *browser) notifications(since time.Time) (texts []string, at time.Time) {
	b.site.t.Helper()
	var answer struct {
		At    int64
		Items []struct{ ID, Text, Server, URL string }
	}
	query := ""
	if !since.IsZero() {
		query = "?since=" + strconv.FormatInt(since.UnixMilli(), 10)
	}
	b.get("/api/notifications" + query).wantStatus(http.StatusOK).json(&answer)
	for _, item := range answer.Items {
		texts = append(texts, item.Text)
		if item.Server == "" || item.ID == "" {
			b.site.t.Errorf("told of %+v", item)
		}
		b.get(item.URL).wantStatus(http.StatusOK)
	}
	slices.Sort(texts)
	return texts, time.UnixMilli(answer.At)
}

func TestNotificationsFollowPreferences(t *testing.T) {
	s := openSite(t)
	b := s.signIn(robin)
	before := time.Now().Add(-time.Second)
	ticket := s.createTicket("Help", time.Now())
	unclaimed := s.createTicket("Still there?", time.Now().Add(-30*time.Minute-5*time.Second))
	overdue := s.createTicket("Anybody?", time.Now().Add(-2*time.Hour-5*time.Second))
	b.setResponseTarget("120").wantStatus(http.StatusSeeOther)
	g := s.createGiveaway(store.Giveaway{Prize: "A lamp"})
	must(t, s.Store.EndGiveaway(t.Context(), lantern, g.ID, time.Now()))
	storetest.Ticket(t, s.Store, storetest.Member(t, s.Store, harbour, "300000000000000001", "Ada"), store.Ticket{CreatedAt: time.Now()})
	words := map[string]string{
		"ticket-opened":  "New ticket #" + strconv.Itoa(ticket.Number) + ": Help",
		"ticket-waiting": "Ticket #" + strconv.Itoa(unclaimed.Number) + " waits unclaimed: Still there?",
		"ticket-late":    "Ticket #" + strconv.Itoa(overdue.Number) + " is late: Anybody?",
		"giveaway-ended": "Ended: A lamp",
	}

	t.Run("nothing unless one chose", func(t *testing.T) {
		if got, _ := b.notifications(before); len(got) > 0 {
			t.Errorf("told of %q", got)
		}
		for _, page := range []string{"/", giveawaysPath} {
			if b.get(page).find("script[src*='/notifications.']").Length() > 0 {
				t.Errorf("%s looks for news", page)
			}
		}
	})
	for kind, want := range words {
		b.savePreferences(url.Values{"notifications": {"", kind}}).wantStatus(http.StatusSeeOther)
		if got, _ := b.notifications(before); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: told of %q, not %q", kind, got, want)
		}
	}
	b.savePreferences(url.Values{"notifications": {"", "ticket-opened", "giveaway-ended"},
		"notification-methods": {"", "sound"}, "quiet-from": {"22:00"}, "quiet-until": {"07:30"}}).
		wantStatus(http.StatusSeeOther)
	script := b.get(giveawaysPath).find("script[src*='/notifications.']")
	if attr(script, "data-kinds") != "ticket-opened.giveaway-ended" || attr(script, "data-methods") != "sound" ||
		attr(script, "data-quiet") != "22:00-07:30" {
		t.Errorf("the page is told %s, %s, %s", attr(script, "data-kinds"), attr(script, "data-methods"), attr(script, "data-quiet"))
	}
	if got := b.get("/preferences").texts("#preferences label:has(:checked)"); len(got) != 3 {
		t.Errorf("ticked are %q", got)
	}

	t.Run("from the first look on", func(t *testing.T) {
		got, at := b.notifications(time.Time{})
		if len(got) > 0 || at.Before(before) {
			t.Errorf("the first look tells of %q and goes on from %v", got, at)
		}
	})
	t.Run("no less by a clock that goes wrong", func(t *testing.T) {
		s := openSite(t)
		b := s.signIn(robin)
		b.savePreferences(url.Values{"notifications": {"", "ticket-opened"}}).wantStatus(http.StatusSeeOther)
		s.createTicket("Just now", time.Now())
		if got, _ := b.notifications(time.Now().Add(time.Hour)); len(got) != 1 {
			t.Errorf("told of %q", got)
		}
	})
	t.Run("of no module that one may not see", func(t *testing.T) {
		b := s.signInStaff(store.LevelNone, store.LevelSee)
		b.savePreferences(url.Values{"notifications": {"", "ticket-opened", "giveaway-ended"}}).wantStatus(http.StatusSeeOther)
		if got, _ := b.notifications(before); !slices.Equal(got, []string{words["ticket-opened"]}) {
			t.Errorf("told of %q", got)
		}
	})
	t.Run("what cannot be", func(t *testing.T) {
		b.get("/api/notifications?since=yesterday").wantStatus(http.StatusBadRequest).json(new(map[string]string))
		s.browser().get("/api/notifications").wantStatus(http.StatusUnauthorized)
		b.savePreferences(url.Values{"notifications": {"everything"}}).wantStatus(http.StatusBadRequest)
		b.savePreferences(url.Values{"quiet-from": {"25:00"}}).wantStatus(http.StatusUnprocessableEntity).
			wantText("#problem-quiet-from", "not a time of day")
		s := openSite(t, withBrokenStore)
		b := s.signIn(robin)
		b.savePreferences(url.Values{"notifications": {"ticket-opened"}}).wantStatus(http.StatusSeeOther)
		b.get("/api/notifications").wantStatus(http.StatusServiceUnavailable)
	})
}
