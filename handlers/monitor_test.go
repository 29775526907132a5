package handlers_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guildboard/handlers"
	"guildboard/handlers/live"
	"guildboard/store"
)

// condition is the next condition that the stream is sent, other than the last; frames are left out.
func (s *stream) condition(last string) string {
	s.t.Helper()
	for {
		switch m := await(s.t, s.messages, "a condition"); {
		case m == (message{}):
			s.t.Fatalf("the stream ended, want a condition other than %q", last)
		case m.event == "ping" && m.data != last:
			return m.data
		}
	}
}

// monitored has a monitor run, whose check of the database fails while down is set, and finds that it accepts no changes
// while readOnly is.
func monitored(t *testing.T) (s *site, down, readOnly *atomic.Bool) {
	s = open(t, func(_ *site, c *live.Config) { c.Ping = time.Second })
	down, readOnly = new(atomic.Bool), new(atomic.Bool)
	s.Monitor = &handlers.Monitor{Live: s.Live, Log: s.Log, Check: func(context.Context) (writable bool, err error) {
		if down.Load() {
			return false, errors.New("no database")
		}
		return !readOnly.Load(), nil
	}}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		must(t, s.Monitor.Run(ctx))
	}()
	t.Cleanup(func() { stop(); <-ended })
	return s, down, readOnly
}

func TestAStreamSaysThatItIsStaleWhileTheDatabaseIsAway(t *testing.T) {
	s, down, readOnly := monitored(t)
	s.listen()
	b := s.signIn(robin)
	st, raw := b.watch(giveawaysPath+"/live"), b.watch("/api/events/stream?guildId="+lantern)
	for st.condition("") != "live" { // stale until the monitor has begun
	}
	down.Store(true)
	if got := st.condition("live"); got != "stale" {
		t.Fatalf("condition without a database = %q, want stale", got)
	}
	for raw.condition("") != "stale" {
	}
	if got := b.watch(ticketsPath + "/live").condition(""); got != "stale" {
		t.Errorf("condition of a new stream without a database = %q, want stale", got)
	}
	down.Store(false)
	if got := st.condition("stale"); got != "live" {
		t.Errorf("condition when the database is back = %q, want live", got)
	}
	readOnly.Store(true)
	if got := st.condition("live"); got != "readonly" {
		t.Errorf("condition when nothing can be changed = %q, want readonly", got)
	}
	for _, line := range []string{"live updates paused", "live updates resumed"} {
		if !strings.Contains(s.log.String(), line) {
			t.Errorf("log has no %q", line)
		}
	}
}

func TestAStreamSaysThatItIsStaleUntilTheSubscriptionIsBack(t *testing.T) {
	s, _, _ := monitored(t)
	s.Bus.SubscriptionLost = s.SubscriptionLost
	s.listen()
	st := s.signIn(robin).watch(giveawaysPath + "/live")
	for st.condition("") != "live" {
	}
	s.redis.Close()
	if got := st.condition("live"); got != "stale" {
		t.Fatalf("condition without Redis = %q, want stale", got)
	}
	g := s.giveaways(1, store.GiveawayActive)[0] // its event is lost
	must(t, s.redis.Restart())
	var frame string
	for m := (message{}); m.data != "live"; m = await(t, st.messages, "live again") {
		if m.event == "" {
			frame += m.data
		}
	}
	if !strings.Contains(frame, "g-"+g.ID) {
		t.Errorf("the page is live again, and was not sent the giveaway of the outage")
	}
}

func TestTheEndOfASessionEndsItsStreamsInAllProcesses(t *testing.T) {
	s := open(t)
	other := s.beside()
	for _, one := range []*site{s, other} {
		one.Bus.SessionEnded = one.SessionEnded
		one.listen()
	}
	b, elsewhere := s.signIn(robin), s.signIn(robin)
	theirs := &browser{site: other, client: b.client}
	st, far, goesOn := b.watch(giveawaysPath+"/live"), theirs.watch("/live"), elsewhere.watch(giveawaysPath+"/live")
	goesOn.next()
	b.post("/logout", nil).wants(303)
	st.ends()
	far.ends()
	s.giveaways(1, store.GiveawayActive)
	s.publish(store.GiveawayCreateEvent, lantern)
	goesOn.next()
}

func TestAChangeOfRolesIsCheckedAtOnce(t *testing.T) {
	for _, event := range []store.EventType{store.MemberUpdateEvent, store.SettingsUpdateEvent, store.GuildUpdateEvent} {
		s := open(t, func(_ *site, c *live.Config) { c.Recheck, c.Ping = time.Hour, time.Second })
		s.listen()
		b := s.helper(store.LevelNone, store.LevelAct)
		st, raw, all := b.watch(ticketsPath+"/live"), b.watch("/api/events/stream?guildId="+lantern), b.watch("/live")
		st.next()
		s.holds(time.Now())
		s.publish(event, lantern)
		st.ends()
		raw.ends()
		all.ends()
	}
}
