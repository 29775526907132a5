package bot_test

import (
	"encoding/json"
	"sync/atomic"
	"testing"
	"time"

	"guildboard/store"
)

// Who had the work before is not dead: it does what the work is about after the next worker has looked, and before that
// one does it. The work was done then, and its rest is done too. Where somebody else did it, it was not.
func TestWhatAnotherWorkerDoesBetweenCheckAndRowIsDone(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.alive(t)
		ticket := func(t *testing.T) string { return w.ticket(t, w.engine()).ID }
		giveaway := func(t *testing.T) string { return w.posted(t, 5, store.Giveaway{}).ID }
		claims := func(who string) func(*testing.T, string) error {
			return func(t *testing.T, id string) error { return w.ClaimTicket(t.Context(), w.guild, id, who, time.Now()) }
		}
		for name, c := range map[string]struct {
			verb   store.Verb
			target func(*testing.T) string
			act    func(t *testing.T, id string) error
			want   store.CommandStatus
		}{
			"claim":            {store.VerbTicketClaim, ticket, claims(ann.ID), store.CommandDone},
			"claim by another": {store.VerbTicketClaim, ticket, claims("77"), store.CommandRefused},
			"close": {store.VerbTicketClose, ticket, func(t *testing.T, id string) error {
				return w.CloseTicket(t.Context(), w.guild, id, ann.ID, time.Now())
			}, store.CommandDone},
			"pause": {store.VerbGiveawayPause, giveaway, func(t *testing.T, id string) error {
				return w.SetGiveawayStatus(t.Context(), w.guild, id, []store.GiveawayStatus{store.GiveawayActive}, store.GiveawayPaused)
			}, store.CommandDone},
			"end": {store.VerbGiveawayEnd, giveaway, func(t *testing.T, id string) error {
				return w.EndGiveaway(t.Context(), w.guild, id, time.Now())
			}, store.CommandDone},
		} {
			t.Run(name, func(t *testing.T) {
				id := c.target(t)
				asked := w.ask(t, w.dashboard(t), c.verb, id, nil)
				before, err := w.BeginWork(t.Context(), asked, time.Hour)
				check(t, err)
				before.Memo = json.RawMessage(`{"checked":true}`)
				check(t, w.SaveMemo(t.Context(), before))
				check(t, w.RenewWork(t.Context(), before, 0)) // its lease has ended

				e := w.engine()
				var acted atomic.Bool
				e.Stops(func(v store.Verb, step string) bool {
					if v == c.verb && step == "check" && !acted.Swap(true) {
						if err := c.act(t, id); err != nil {
							t.Error(err)
						}
					}
					return false
				})
				stop := running(t, e.Run)
				got := w.answered(t, asked.ID)
				stop()
				if got.Status != c.want {
					t.Errorf("the answer is %s: %s", got.Status, got.Message)
				}
				if c.verb == store.VerbGiveawayEnd {
					if g := w.giveaway(t, id); g.Status != store.GiveawayEnded || len(g.Winners) != g.WinnerCount {
						t.Errorf("it is %s with %d winners", g.Status, len(g.Winners))
					}
				}
			})
		}
	})
}
