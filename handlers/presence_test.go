package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"guildboard/handlers"
	"guildboard/store/contract"
	"guildboard/store/discord"
	"guildboard/store/presence"
)

// letSamManageLantern lets Sam manage lantern, too.
func (s *site) letSamManageLantern() {
	s.discord.update(func(m *fakeGuildLister) {
		m.guilds[sam] = append(m.guilds[sam], discord.Guild{ID: lantern, Name: "Lantern Hollow", CanManage: true})
	})
}

func TestViewersAreSharedAcrossProcesses(t *testing.T) {
	// polling would record the viewers counted below
	s := openSite(t, func(_ *site, c *handlers.Config) { c.Site.DefaultPollInterval = time.Hour })
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
		t.Fatalf("initial frame =\n%s\nwant only Robin as viewer", initial.data)
	}
	rendered := idle.Live.Stats().Renders

	response := other.signIn(sam).do(t.Context(), http.MethodGet, path+"/live", nil)
	joined := reading.next()
	if !strings.Contains(joined.data, `id="viewer-`+sam) {
		t.Errorf("frame after Sam's arrival =\n%s\nwant Sam as viewer", joined.data)
	}
	response.Body.Close()
	for other.Live.Stats().Streams > 0 {
		other.Live.EndDisconnected(sam)
	}
	departed := reading.next()
	if strings.Contains(departed.data, `data-person="`+sam) {
		t.Errorf("frame after Sam's departure =\n%s\nwant Sam removed", departed.data)
	}
	for _, m := range []message{joined, departed} {
		if _, base, small := strings.Cut(m.id, " "); !small || base == "" ||
			!strings.Contains(m.data, "viewers") && !strings.Contains(m.data, "viewer-") ||
			strings.Contains(m.data, `id="ticket"`) {
			t.Errorf("frame %s has more than viewers:\n%s", m.id, m.data)
		}
	}

	s.createTicket("Another", time.Now())
	s.publish(contract.TicketCreateEvent, lantern)
	list.next()
	if got := idle.Live.Stats().Renders - rendered; got != 1 {
		t.Errorf("renders of a list = %d, want 1: viewers of other pages must not cause any", got)
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
		t.Fatalf("frame =\n%s\nwant Sam as viewer", seen.data)
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
	s.publish(contract.TicketClaimEvent, lantern)
	if frame := reading.next(); !strings.Contains(frame.data, "claimed") {
		t.Errorf("frame =\n%s\nwant the claim, without Sam's short absence", frame.data)
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
		strings.Contains(alone.find("main noscript").Text(), "Also viewing") {
		t.Errorf("page of the only viewer =\n%s\nwant hidden viewers", alone.body)
	}
	other.signIn(sam).get(path, asPoll...).wantStatus(http.StatusOK)
	fresh := b.get(path, asPoll...).wantStatus(http.StatusOK)
	if fresh.find("#viewers #viewer-"+sam).Length() != 1 {
		t.Errorf("page after Sam's poll =\n%s\nwant Sam as viewer", fresh.body)
	}
	if words := b.get(path).find("main noscript").Text(); !strings.Contains(words, "Also viewing when the page was loaded") {
		t.Errorf("text without scripts = %q, want the other viewers", words)
	}
	s.redis.SetTime(time.Now().Add(30 * time.Second))
	if later := b.get(path, asPoll...).wantStatus(http.StatusOK); later.find("#viewer-"+sam).Length() != 0 ||
		later.find("#viewer-"+robin).Length() != 1 {
		t.Errorf("page after 30 seconds =\n%s\nwant only Robin as viewer", later.body)
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
	if viewers := s.Presence.Viewers(t.Context(), presence.TicketTopic(lantern, ticket.ID)); len(viewers) > 0 {
		t.Errorf("viewers = %v, want none", viewers)
	}
}

func TestNoViewersWithoutRedis(t *testing.T) {
	s := openSite(t)
	path := ticketsPath + "/" + s.createTicket("Help", time.Now()).ID
	b := s.signIn(robin)
	b.get(path).wantStatus(http.StatusOK)
	s.redis.Close()
	if a := b.get(path).wantStatus(http.StatusOK); a.find("#viewers").Length() != 1 || a.find("#viewers li").Length() != 0 {
		t.Errorf("page =\n%s\nwant no viewers", a.body)
	}
}
