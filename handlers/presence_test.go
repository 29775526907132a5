package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"guildboard/handlers/live"
	"guildboard/store"
	"guildboard/store/discord"
)

// letSamManageLantern lets Sam manage lantern, too.
func (s *site) letSamManageLantern() {
	s.discord.update(func(m *fakeGuildLister) {
		m.guilds[sam] = append(m.guilds[sam], discord.Guild{ID: lantern, Name: "Lantern Hollow", CanManage: true})
	})
}

func TestViewersAreSharedAcrossProcesses(t *testing.T) {
	// polling would record the viewers counted below
	s := openSite(t, func(s *site, _ *live.Config) { s.Site.DefaultPollInterval = time.Hour })
	s.letSamManageLantern()
	other, idle := s.newProcess(), s.newProcess()
	other.Presence.GracePeriod = 0
	for _, process := range []*site{s, other, idle} {
		process.subscribe()
	}
	path := ticketsPath + "/" + s.createTicket("Help", time.Now()).ID
	list := idle.signIn(robin).openStream(ticketsPath + "/live")
	list.next()

	reading := s.signIn(robin).openStream(path + "/live")
	if initial := reading.next(); !strings.Contains(initial.data, `id="viewer-`+robin) ||
		strings.Contains(initial.data, `id="viewer-`+sam) {
		t.Fatalf("one reader sees\n%s", initial.data)
	}
	rendered := idle.Live.Stats().Renders

	response := other.signIn(sam).do(t.Context(), http.MethodGet, path+"/live", nil)
	joined := reading.next()
	if !strings.Contains(joined.data, `id="viewer-`+sam) {
		t.Errorf("Sam came, and the page was sent\n%s", joined.data)
	}
	response.Body.Close()
	for other.Live.Stats().Streams > 0 {
		other.Live.EndDisconnected(sam)
	}
	departed := reading.next()
	if strings.Contains(departed.data, `data-person="`+sam) {
		t.Errorf("Sam went, and the page was sent\n%s", departed.data)
	}
	for _, m := range []message{joined, departed} {
		if _, base, small := strings.Cut(m.id, " "); !small || base == "" ||
			!strings.Contains(m.data, "viewers") && !strings.Contains(m.data, "viewer-") ||
			strings.Contains(m.data, `id="ticket"`) {
			t.Errorf("more than who looks was sent: %s\n%s", m.id, m.data)
		}
	}

	s.createTicket("Another", time.Now())
	s.publish(store.TicketCreateEvent, lantern)
	list.next()
	if got := idle.Live.Stats().Renders - rendered; got != 1 {
		t.Errorf("a list was rendered %d times for one ticket: who looks at another page is none of its business", got)
	}
}

func TestReconnectKeepsPresence(t *testing.T) {
	s := openSite(t)
	s.Presence.GracePeriod = time.Hour // reconnecting may take long in a test
	s.letSamManageLantern()
	s.subscribe()
	ticket := s.createTicket("Help", time.Now())
	path := ticketPath(ticket)
	b := s.signIn(sam)
	first := b.do(t.Context(), http.MethodGet, path+"/live", nil)
	reading := s.signIn(robin).openStream(path + "/live")
	seen := reading.next()
	if !strings.Contains(seen.data, `id="viewer-`+sam) {
		t.Fatalf("Sam looks, and one reads\n%s", seen.data)
	}
	for !strings.Contains(seen.data, `data-person="`+robin) {
		seen = reading.next()
	}
	first.Body.Close()
	for s.Live.Stats().Streams > 1 {
		s.Live.EndDisconnected(sam)
	}
	b.openStream(path + "/live").next()
	s.claimTicket(ticket)
	s.publish(store.TicketClaimEvent, lantern)
	if frame := reading.next(); !strings.Contains(frame.data, "claimed") {
		t.Errorf("Sam was gone for a moment, and one reads\n%s", frame.data)
	}
}

func TestPollingPagesCountAsViewers(t *testing.T) {
	s := openSite(t)
	s.letSamManageLantern()
	other := s.newProcess()
	ticket := s.createTicket("Help", time.Now())
	path := ticketsPath + "/" + ticket.ID
	b := s.signIn(robin)
	alone := b.get(path).wantStatus(http.StatusOK)
	if alone.find("#viewer-"+robin).Length() != 1 || alone.find("#viewers[hidden]").Length() != 1 ||
		strings.Contains(alone.find("main noscript").Text(), "Also looking") {
		t.Errorf("who looks alone sees\n%s", alone.body)
	}
	other.signIn(sam).get(path, asPoll...).wantStatus(http.StatusOK)
	fresh := b.get(path, asPoll...).wantStatus(http.StatusOK)
	if fresh.find("#viewers #viewer-"+sam).Length() != 1 {
		t.Errorf("Sam polls, and Robin sees\n%s", fresh.body)
	}
	if words := b.get(path).find("main noscript").Text(); !strings.Contains(words, "Also looking when this page was loaded") {
		t.Errorf("without scripts one reads %q", words)
	}
	s.redis.SetTime(time.Now().Add(30 * time.Second))
	if later := b.get(path, asPoll...).wantStatus(http.StatusOK); later.find("#viewer-"+sam).Length() != 0 ||
		later.find("#viewer-"+robin).Length() != 1 {
		t.Errorf("30 seconds later\n%s", later.body)
	}
}

func TestUnauthorizedUserIsNoViewer(t *testing.T) {
	s := openSite(t)
	ticket := s.createTicket("Help", time.Now())
	path := ticketsPath + "/" + ticket.ID
	b := s.signIn(sam)
	b.get(path).wantStatus(http.StatusNotFound)
	b.get(path, asPoll...).wantStatus(http.StatusNotFound)
	b.get(path + "/live").wantStatus(http.StatusNotFound)
	if viewers := s.Presence.Viewers(t.Context(), store.TicketPresenceTopic(lantern, ticket.ID)); len(viewers) > 0 {
		t.Errorf("%v is said to look", viewers)
	}
}

func TestNoViewersWithoutRedis(t *testing.T) {
	s := openSite(t)
	path := ticketsPath + "/" + s.createTicket("Help", time.Now()).ID
	b := s.signIn(robin)
	b.get(path).wantStatus(http.StatusOK)
	s.redis.Close()
	if a := b.get(path).wantStatus(http.StatusOK); a.find("#viewers").Length() != 1 || a.find("#viewers li").Length() != 0 {
		t.Errorf("the page shows\n%s", a.body)
	}
}
