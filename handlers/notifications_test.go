package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
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
			b.site.t.Errorf("notification without server or id: %+v", item)
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
		"ticket-waiting": "Ticket #" + strconv.Itoa(unclaimed.Number) + " is unclaimed: Still there?",
		"ticket-overdue": "Ticket #" + strconv.Itoa(overdue.Number) + " is overdue: Anybody?",
		"giveaway-ended": "Giveaway ended: A lamp",
	}

	t.Run("none by default", func(t *testing.T) {
		if got, _ := b.notifications(before); len(got) > 0 {
			t.Errorf("notifications = %q, want none", got)
		}
		for _, page := range []string{"/", giveawaysPath} {
			if b.get(page).find("script[src*='/notifications.']").Length() > 0 {
				t.Errorf("%s loads the script of notifications, want none", page)
			}
		}
	})
	for kind, want := range words {
		b.savePreferences(url.Values{"notifications": {"", kind}}).wantStatus(http.StatusSeeOther)
		if got, _ := b.notifications(before); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: notifications = %q, want %q", kind, got, want)
		}
	}
	b.savePreferences(url.Values{"notifications": {"", "ticket-opened", "giveaway-ended"},
		"notification-methods": {"", "sound"}, "quiet-from": {"22:00"}, "quiet-until": {"07:30"}}).
		wantStatus(http.StatusSeeOther)
	script := b.get(giveawaysPath).find("script[src*='/notifications.']")
	if attr(script, "data-kinds") != "ticket-opened.giveaway-ended" || attr(script, "data-methods") != "sound" ||
		attr(script, "data-quiet") != "22:00-07:30" {
		t.Errorf("script settings = %s, %s, %s, want two kinds, sound and quiet hours",
			attr(script, "data-kinds"), attr(script, "data-methods"), attr(script, "data-quiet"))
	}
	if got := b.get("/preferences").texts("#preferences label:has([name^=notification]:checked)"); len(got) != 3 {
		t.Errorf("selected preferences = %q, want 3", got)
	}

	t.Run("only after the first request", func(t *testing.T) {
		got, at := b.notifications(time.Time{})
		if len(got) > 0 || at.Before(before) {
			t.Errorf("first response: notifications = %q, next from %v, want none and no earlier time", got, at)
		}
	})
	t.Run("wrong client clock", func(t *testing.T) {
		s := openSite(t)
		b := s.signIn(robin)
		b.savePreferences(url.Values{"notifications": {"", "ticket-opened"}}).wantStatus(http.StatusSeeOther)
		s.createTicket("Just now", time.Now())
		if got, _ := b.notifications(time.Now().Add(time.Hour)); len(got) != 1 {
			t.Errorf("notifications = %q, want 1", got)
		}
	})
	t.Run("only of modules that the viewer may see", func(t *testing.T) {
		b := s.signInStaff(access.LevelNone, access.LevelSee)
		b.savePreferences(url.Values{"notifications": {"", "ticket-opened", "giveaway-ended"}}).wantStatus(http.StatusSeeOther)
		if got, _ := b.notifications(before); !slices.Equal(got, []string{words["ticket-opened"]}) {
			t.Errorf("notifications = %q, want only the ticket", got)
		}
	})
	t.Run("invalid requests", func(t *testing.T) {
		b.get("/api/notifications?since=yesterday").wantStatus(http.StatusBadRequest).json(new(map[string]string))
		s.browser().get("/api/notifications").wantStatus(http.StatusUnauthorized)
		b.savePreferences(url.Values{"notifications": {"everything"}}).wantStatus(http.StatusBadRequest)
		b.savePreferences(url.Values{"quiet-from": {"25:00"}}).wantStatus(http.StatusUnprocessableEntity).
			wantText("#problem-quiet-from", "Enter a time such as")
		s := openSite(t, withBrokenStore)
		b := s.signIn(robin)
		b.setCookie("notifications", "ticket-opened")
		b.get("/api/notifications").wantStatus(http.StatusServiceUnavailable)
	})
}

func TestDirectMessagesAreChosenByServer(t *testing.T) {
	t.Run("not supported", func(t *testing.T) {
		s := openSite(t)
		s.sendHeartbeat()
		s.signIn(robin).get("/preferences").wantCount("#direct-messages", 0)
	})
	s := openSite(t)
	s.sendHeartbeat(append(slices.Clone(contract.Verbs), contract.CapabilityNotifications)...)
	s.browser().get("/preferences").wantCount("#direct-messages", 0)
	b := s.signIn(robin)
	page := b.get("/preferences")
	if got := page.texts("#direct-messages label"); !slices.Equal(got, []string{"Lantern Hollow"}) {
		t.Errorf("servers = %q, want the one that Robin can see", got)
	}
	recipient := func() *store.NotificationRecipient {
		t.Helper()
		r, err := s.Store.NotificationRecipient(t.Context(), robin)
		must(t, err)
		return r
	}

	form := func(kinds, guilds []string) url.Values {
		return url.Values{"notifications": append([]string{""}, kinds...), "direct-messages": append([]string{""}, guilds...),
			"zone": {"Asia/Tokyo"}}
	}
	b.savePreferences(form(nil, []string{lantern})).wantStatus(http.StatusUnprocessableEntity).
		wantText("#problem-notifications", "Choose what to be notified about").
		wantCount("#direct-messages :checked", 1)
	b.savePreferences(form([]string{"ticket-opened"}, []string{harbour})).wantStatus(http.StatusNotFound)
	if r := recipient(); r != nil {
		t.Errorf("recipient = %+v, want none", r)
	}

	b.savePreferences(form([]string{"ticket-opened"}, []string{lantern})).wantStatus(http.StatusSeeOther)
	r := recipient()
	if r == nil || !slices.Equal(r.GuildIDs, []string{lantern}) || r.DashboardURL != s.PublicURL || r.NotifiedUntil != nil {
		t.Fatalf("recipient = %+v, want Robin for Lantern", r)
	}
	b.get("/preferences").wantText("#direct-messages-state", "will send you a direct message").
		wantCount("#direct-messages :checked", 1)
	must(t, s.Store.SetNotifiedUntil(t.Context(), robin, time.Now()))
	b.get("/preferences").wantText("#direct-messages-state", "The bot can send you direct messages.")
	must(t, s.Store.SetNotificationRefusal(t.Context(), robin, "Cannot send messages to this user"))
	b.get("/preferences").wantText("#direct-messages-state", "Cannot send messages to this user")
	b.savePreferences(form([]string{"ticket-opened"}, []string{lantern})).wantStatus(http.StatusSeeOther)
	if r := recipient(); r.Refusal != nil || r.NotifiedUntil != nil {
		t.Errorf("recipient after saving again = %+v, want one that the bot confirms", r)
	}

	b.post("/preferences", url.Values{"theme": {"dark"}}).wantStatus(http.StatusSeeOther) // as in the footer
	if recipient() == nil {
		t.Error("another form ended the direct messages")
	}
	b.savePreferences(form([]string{"ticket-opened"}, nil)).wantStatus(http.StatusSeeOther)
	if r := recipient(); r != nil {
		t.Errorf("recipient after choosing no server = %+v, want none", r)
	}
}

func TestRefusedPreferencesKeepInput(t *testing.T) {
	b := openSite(t).signIn(robin)
	b.savePreferences(url.Values{"theme": {"dark"}, "zone": {"Nowhere/Nowhere"}, "notifications": {"", "ticket-opened"},
		"notification-methods": {"", "sound"}, "quiet-from": {"21:00"}}).wantStatus(http.StatusUnprocessableEntity).
		wantCount("#theme option[value=dark][selected]", 1).
		wantCount("#preferences :checked[value=ticket-opened]", 1).
		wantCount("#preferences :checked[value=sound]", 1).
		wantCount("#quiet-from[value='21:00']", 1).
		wantCount("#zone[value='Nowhere/Nowhere']", 1)
	b.get("/preferences").wantCount("#theme option[value=dark][selected]", 0)
}
