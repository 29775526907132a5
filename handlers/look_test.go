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

// both lets Sam manage lantern too.
func (s *site) both() {
	s.discord.set(func(m *memberships) {
		m.of[sam] = append(m.of[sam], discord.Guild{ID: lantern, Name: "Lantern Hollow", CanManage: true})
	})
}

func TestWhoElseLooksAtATicketIsShownOverAllProcesses(t *testing.T) {
	s := open(t, func(s *site, _ *live.Config) { s.Site.PollOther = time.Hour }) // what looks by itself is not counted below
	s.both()
	other, idle := s.beside(), s.beside()
	other.Looks.Lingers = 0
	for _, one := range []*site{s, other, idle} {
		one.listen()
	}
	path := ticketsPath + "/" + s.ticket("Help", time.Now()).ID
	list := idle.signIn(robin).watch(ticketsPath + "/live")
	list.next()

	reading := s.signIn(robin).watch(path + "/live")
	if whole := reading.next(); !strings.Contains(whole.data, `id="viewer-`+robin) || strings.Contains(whole.data, `id="viewer-`+sam) {
		t.Fatalf("one reader sees\n%s", whole.data)
	}
	rendered := idle.Live.Stats().Renders

	response := other.signIn(sam).do(t.Context(), http.MethodGet, path+"/live", nil)
	came := reading.next()
	if !strings.Contains(came.data, `id="viewer-`+sam) {
		t.Errorf("Sam came, and the page was sent\n%s", came.data)
	}
	response.Body.Close()
	for other.Live.Stats().Streams > 0 {
		other.Live.DropGone(sam)
	}
	went := reading.next()
	if strings.Contains(went.data, `data-person="`+sam) {
		t.Errorf("Sam went, and the page was sent\n%s", went.data)
	}
	for _, m := range []message{came, went} {
		if _, base, small := strings.Cut(m.id, " "); !small || base == "" || !strings.Contains(m.data, "viewers") && !strings.Contains(m.data, "viewer-") || strings.Contains(m.data, `id="ticket"`) {
			t.Errorf("more than who looks was sent: %s\n%s", m.id, m.data)
		}
	}

	s.ticket("Another", time.Now())
	s.publish(store.TicketCreateEvent, lantern)
	list.next()
	if got := idle.Live.Stats().Renders - rendered; got != 1 {
		t.Errorf("a list was rendered %d times for one ticket: who looks at another page is none of its business", got)
	}
}

func TestAStreamThatConnectsAgainDoesNotBlink(t *testing.T) {
	s := open(t)
	s.Looks.Lingers = time.Hour // however long it takes to connect again here
	s.both()
	s.listen()
	ticket := s.ticket("Help", time.Now())
	path := ticketPath(ticket)
	b := s.signIn(sam)
	first := b.do(t.Context(), http.MethodGet, path+"/live", nil)
	reading := s.signIn(robin).watch(path + "/live")
	seen := reading.next()
	if !strings.Contains(seen.data, `id="viewer-`+sam) {
		t.Fatalf("Sam looks, and one reads\n%s", seen.data)
	}
	for !strings.Contains(seen.data, `data-person="`+robin) {
		seen = reading.next()
	}
	first.Body.Close()
	for s.Live.Stats().Streams > 1 {
		s.Live.DropGone(sam)
	}
	b.watch(path + "/live").next()
	s.claim(ticket)
	s.publish(store.TicketClaimEvent, lantern)
	if frame := reading.next(); !strings.Contains(frame.data, "claimed") {
		t.Errorf("Sam was gone for a moment, and one reads\n%s", frame.data)
	}
}

func TestPagesWithoutAStreamLookToo(t *testing.T) {
	s := open(t)
	s.both()
	other := s.beside()
	ticket := s.ticket("Help", time.Now())
	path := ticketsPath + "/" + ticket.ID
	b := s.signIn(robin)
	alone := b.get(path).wants(http.StatusOK)
	if alone.find("#viewer-"+robin).Length() != 1 || alone.find("#viewers[hidden]").Length() != 1 || strings.Contains(alone.find("main noscript").Text(), "Also looking") {
		t.Errorf("who looks alone sees\n%s", alone.body)
	}
	other.signIn(sam).get(path, asPoll...).wants(http.StatusOK)
	fresh := b.get(path, asPoll...).wants(http.StatusOK)
	if fresh.find("#viewers #viewer-"+sam).Length() != 1 {
		t.Errorf("Sam polls, and Robin sees\n%s", fresh.body)
	}
	if words := b.get(path).find("main noscript").Text(); !strings.Contains(words, "Also looking when this page was loaded") {
		t.Errorf("without scripts one reads %q", words)
	}
	s.redis.SetTime(time.Now().Add(30 * time.Second))
	if later := b.get(path, asPoll...).wants(http.StatusOK); later.find("#viewer-"+sam).Length() != 0 || later.find("#viewer-"+robin).Length() != 1 {
		t.Errorf("30 seconds later\n%s", later.body)
	}
}

func TestWhoMayNotSeeATicketDoesNotLook(t *testing.T) {
	s := open(t)
	ticket := s.ticket("Help", time.Now())
	path := ticketsPath + "/" + ticket.ID
	b := s.signIn(sam)
	b.get(path).wants(http.StatusNotFound)
	b.get(path, asPoll...).wants(http.StatusNotFound)
	b.get(path + "/live").wants(http.StatusNotFound)
	if who := s.Looks.At(t.Context(), store.TicketLooksTopic(lantern, ticket.ID)); len(who) > 0 {
		t.Errorf("%v is said to look", who)
	}
}

func TestWithoutRedisNobodyIsSaidToLook(t *testing.T) {
	s := open(t)
	path := ticketsPath + "/" + s.ticket("Help", time.Now()).ID
	b := s.signIn(robin)
	b.get(path).wants(http.StatusOK)
	s.redis.Close()
	if a := b.get(path).wants(http.StatusOK); a.find("#viewers").Length() != 1 || a.find("#viewers li").Length() != 0 {
		t.Errorf("the page shows\n%s", a.body)
	}
}
