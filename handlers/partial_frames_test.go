package handlers_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"guildboard/handlers/live/livetest"
	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

// wireSize returns the size of a frame on the wire, in bytes.
func (m message) wireSize() int {
	return len("id: \n\n") + len(m.id) + len("data: \n")*(1+strings.Count(m.data, "\n")) + len(m.data)
}

// invalidatePages invalidates every page of lantern.
func (s *site) invalidatePages() {
	s.Live.Invalidate(contract.GiveawaysTopic(lantern), contract.TicketsTopic(lantern), contract.CommandsTopic(lantern))
}

func TestSmallChangesSendSmallFrames(t *testing.T) {
	s := openSite(t)
	giveaways := s.createGiveaways(25, store.GiveawayActive)
	for _, g := range giveaways {
		s.addEntries(g, 3)
	}
	var tickets []store.Ticket
	for i := range 25 {
		tickets = append(tickets, s.createTicket("A question about something", time.Now().Add(-time.Duration(i)*time.Minute)))
	}
	b := s.signIn(robin)
	member := storetest.Member(t, s.Store, lantern, "399999999999999999", "A newcomer")
	for _, c := range []struct {
		name, page string
		limit      int
		change     func() error
		element    string // an element that the frame changes
	}{
		{"an entry is counted", giveawaysPath, 600, func() error {
			return s.Store.EnterGiveaway(t.Context(), lantern, giveaways[3].ID, member.ID, 1, 0, nil)
		}, "entries-" + giveaways[3].ID},
		{"a giveaway is paused", giveawaysPath, 1500, func() error {
			return s.Store.SetGiveawayStatus(t.Context(), lantern, giveaways[4].ID,
				[]store.GiveawayStatus{store.GiveawayActive}, store.GiveawayPaused)
		}, "g-" + giveaways[4].ID},
		{"a giveaway ends", giveawaysPath, 2000, func() error {
			return s.Store.EndGiveaway(t.Context(), lantern, giveaways[5].ID, time.Now())
		}, "g-" + giveaways[5].ID},
		{"a ticket is claimed", "/guilds/" + lantern + "/tickets", 1700, func() error {
			return s.Store.ClaimTicket(t.Context(), lantern, tickets[5].ID, robin, time.Now())
		}, "t-" + tickets[5].ID},
	} {
		t.Run(c.name, func(t *testing.T) {
			etag := b.get(c.page).wantStatus(http.StatusOK).Header.Get("ETag")
			shown := strings.Trim(etag, `"`)
			stream := b.openStream(streamPath(c.page), "Last-Event-ID", shown)
			must(t, c.change())
			s.invalidatePages()
			frame := stream.next()
			if _, base, _ := strings.Cut(frame.id, " "); base != shown || !strings.Contains(frame.data, `<hx-partial id="`+c.element+`"`) {
				t.Errorf("frame %s is not a partial change of %s with %s", frame.id, shown, c.element)
			}
			n := frame.wireSize()
			t.Logf("%d bytes", n)
			if n >= c.limit {
				t.Errorf("frame size = %d bytes, want less than %d:\n%s", n, c.limit, frame.data)
			}
		})
	}
}

// TestFramesConvergeToFreshPage checks that after any sequence of changes to a guild the frames of a stream produce the
// same HTML as a fresh page.
func TestFramesConvergeToFreshPage(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			s := openSite(t, withoutStreamLimit, atNoon)
			r := rand.New(rand.NewPCG(seed, 0))
			change := randomChanges(s, r)
			for range 20 {
				must(t, change())
			}
			b := s.signIn(robin)
			base := "/guilds/" + lantern
			pages := map[string]*livetest.Page{}
			streams := map[string]*stream{}
			for _, path := range []string{
				base, base + "/giveaways", base + "/giveaways?status=active&sort=entries", base + "/tickets",
				base + "/tickets?status=closed", base + "/tickets?claimer=" + robin,
			} {
				part := b.get(path, asPoll...).wantStatus(http.StatusOK)
				version := strings.Trim(part.Header.Get("ETag"), `"`)
				pages[path] = livetest.Parse(version, string(part.body))
				streams[path] = b.openStream(streamPath(path), "Last-Event-ID", version)
			}
			partials := 0
			for range 25 {
				for range 1 + r.IntN(3) {
					must(t, change())
				}
				s.invalidatePages()
				for path, page := range pages {
					fresh := b.get(path, asPoll...).wantStatus(http.StatusOK)
					version := strings.Trim(fresh.Header.Get("ETag"), `"`)
					for page.Version != version {
						frame := streams[path].next()
						must(t, page.Apply(frame.id, frame.data))
						if strings.Contains(frame.id, " ") {
							partials++
						}
					}
					if want := livetest.Parse(version, string(fresh.body)).HTML(); page.HTML() != want {
						t.Fatalf("%s: page from frames =\n%s\nwant\n%s", path, page.HTML(), want)
					}
				}
			}
			if partials < 20 {
				t.Errorf("partial frames = %d, want at least 20", partials)
			}
		})
	}
}

// randomChanges returns a function that makes a random change to lantern on each call.
func randomChanges(s *site, r *rand.Rand) func() error {
	var (
		ctx       = s.t.Context()
		giveaways []store.Giveaway
		tickets   []store.Ticket
		members   = 0
	)
	randomGiveaway := func() store.Giveaway { return giveaways[r.IntN(len(giveaways))] }
	return func() error {
		at := time.Now()
		switch n := r.IntN(10); {
		case n < 2 || len(giveaways) == 0:
			giveaways = append(giveaways, s.createGiveaway(store.Giveaway{Prize: fmt.Sprintf("Prize %d & <more>", r.IntN(1000))}))
		case n < 5:
			members++
			m := storetest.Member(s.t, s.Store, lantern, fmt.Sprintf("3%017d", members), fmt.Sprint("Member ", members))
			return ignoreConflict(s.Store.EnterGiveaway(ctx, lantern, randomGiveaway().ID, m.ID, 1, 0, nil))
		case n == 5:
			return ignoreConflict(s.Store.EndGiveaway(ctx, lantern, randomGiveaway().ID, at))
		case n == 6:
			g := randomGiveaway()
			giveaways = withoutGiveaway(giveaways, g)
			return s.Store.DeleteGiveaway(ctx, lantern, g.ID)
		case n == 7 || len(tickets) == 0:
			tickets = append(tickets, s.createTicket(fmt.Sprintf("Question %d", r.IntN(1000)), at))
		case n == 8:
			return ignoreConflict(s.Store.ClaimTicket(ctx, lantern, tickets[r.IntN(len(tickets))].ID, robin, at))
		default:
			return ignoreConflict(s.Store.CloseTicket(ctx, lantern, tickets[r.IntN(len(tickets))].ID, robin, at))
		}
		return nil
	}
}

func withoutGiveaway(giveaways []store.Giveaway, removed store.Giveaway) (kept []store.Giveaway) {
	for _, g := range giveaways {
		if g.ID != removed.ID {
			kept = append(kept, g)
		}
	}
	return kept
}

// ignoreConflict drops errors of changes that are no longer possible.
func ignoreConflict(err error) error {
	if errors.Is(err, store.ErrConflict) {
		return nil
	}
	return err
}
