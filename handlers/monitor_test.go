package handlers_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guildboard/handlers"
	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
)

// nextCondition returns the next condition on the stream that differs from last. Frames are skipped.
func (s *stream) nextCondition(last string) string {
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

// newMonitoredSite starts a site with a monitor. Its database check fails while down is set, and reports a read-only
// database while readOnly is set.
func newMonitoredSite(t *testing.T) (s *site, down, readOnly *atomic.Bool) {
	down, readOnly = new(atomic.Bool), new(atomic.Bool)
	s = openSite(t, func(_ *site, c *handlers.Config) {
		c.Site.PingInterval = time.Second
		c.CheckHealth = func(context.Context) (isWritable bool, err error) {
			if down.Load() {
				return false, errors.New("no database")
			}
			return !readOnly.Load(), nil
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		must(t, s.MonitorDatabase(ctx))
	}()
	t.Cleanup(func() { stop(); <-ended })
	return s, down, readOnly
}

func TestStreamIsStaleWithoutDatabase(t *testing.T) {
	s, down, readOnly := newMonitoredSite(t)
	s.subscribe()
	b := s.signIn(robin)
	st, raw := b.openStream(giveawaysPath+"/live"), b.openStream("/api/events/stream?guildId="+lantern)
	for st.nextCondition("") != "live" { // the condition is stale until the monitor starts
	}
	down.Store(true)
	if got := st.nextCondition("live"); got != "stale" {
		t.Fatalf("condition without a database = %q, want stale", got)
	}
	for raw.nextCondition("") != "stale" {
	}
	if got := b.openStream(ticketsPath + "/live").nextCondition(""); got != "stale" {
		t.Errorf("condition of a new stream without a database = %q, want stale", got)
	}
	down.Store(false)
	if got := st.nextCondition("stale"); got != "live" {
		t.Errorf("condition when the database is back = %q, want live", got)
	}
	readOnly.Store(true)
	if got := st.nextCondition("live"); got != "readonly" {
		t.Errorf("condition of a read-only database = %q, want readonly", got)
	}
	for _, line := range []string{"live updates paused", "live updates resumed"} {
		if !strings.Contains(s.log.String(), line) {
			t.Errorf("log has no %q", line)
		}
	}
}

func TestStreamIsStaleWithoutSubscription(t *testing.T) {
	s, _, _ := newMonitoredSite(t)
	s.subscribe()
	st := s.signIn(robin).openStream(giveawaysPath + "/live")
	for st.nextCondition("") != "live" {
	}
	s.redis.Close()
	if got := st.nextCondition("live"); got != "stale" {
		t.Fatalf("condition without Redis = %q, want stale", got)
	}
	g := s.createGiveaways(1, store.GiveawayActive)[0] // its event is lost
	must(t, s.redis.Restart())
	var frame string
	for m := (message{}); m.data != "live"; m = await(t, st.messages, "the condition live") {
		if m.event == "" {
			frame += m.data
		}
	}
	if !strings.Contains(frame, "g-"+g.ID) {
		t.Error("the live page has no giveaway from during the outage")
	}
}

func TestSessionEndEndsStreamsInAllProcesses(t *testing.T) {
	s := openSite(t)
	other := s.newProcess()
	for _, process := range []*site{s, other} {
		process.subscribe()
	}
	b, otherSessionBrowser := s.signIn(robin), s.signIn(robin)
	remoteBrowser := &browser{site: other, client: b.client}
	st, otherProcess, remaining := b.openStream(giveawaysPath+"/live"), remoteBrowser.openStream("/live"),
		otherSessionBrowser.openStream(giveawaysPath+"/live")
	remaining.next()
	b.post("/logout", nil).wantStatus(303)
	st.waitForEnd()
	otherProcess.waitForEnd()
	s.createGiveaways(1, store.GiveawayActive)
	s.publish(contract.GiveawayCreateEvent, lantern)
	remaining.next()
}

func TestRoleChangeIsCheckedAtOnce(t *testing.T) {
	for _, event := range []contract.EventType{contract.MemberUpdateEvent, contract.SettingsUpdateEvent, contract.GuildUpdateEvent} {
		s := openSite(t, func(_ *site, c *handlers.Config) {
			c.Streams.RecheckInterval, c.Site.PingInterval = time.Hour, time.Second
		})
		s.subscribe()
		b := s.signInStaff(access.LevelNone, access.LevelAct)
		st, raw, all := b.openStream(ticketsPath+"/live"), b.openStream("/api/events/stream?guildId="+lantern), b.openStream("/live")
		st.next()
		s.confirmHelperRole(time.Now())
		s.publish(event, lantern)
		st.waitForEnd()
		raw.waitForEnd()
		all.waitForEnd()
	}
}
