package bot_test

import (
	"encoding/json"
	"sync/atomic"
	"testing"
	"time"

	"guildboard/store"
)

// TestResumedWorkAcceptsChangeByPreviousWorker lets the previous worker, which is alive, make the change after the next
// worker has checked the target and before it makes the change itself. The next worker then completes the remaining
// steps. If another actor made the change, the command is refused.
func TestResumedWorkAcceptsChangeByPreviousWorker(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		env.sendHeartbeat(t)
		ticket := func(t *testing.T) string { return env.openTicketWith(t, env.newEngine()).ID }
		giveaway := func(t *testing.T) string { return env.addGiveaway(t, 5, store.Giveaway{}).ID }
		claimAs := func(userID string) func(*testing.T, string) error {
			return func(t *testing.T, id string) error {
				return env.ClaimTicket(t.Context(), env.guild, id, userID, time.Now())
			}
		}
		for name, c := range map[string]struct {
			verb   store.Verb
			target func(*testing.T) string
			change func(t *testing.T, id string) error
			want   store.CommandStatus
		}{
			"claim":            {store.VerbTicketClaim, ticket, claimAs(ann.ID), store.CommandDone},
			"claim by another": {store.VerbTicketClaim, ticket, claimAs("77"), store.CommandRefused},
			"close": {store.VerbTicketClose, ticket, func(t *testing.T, id string) error {
				return env.CloseTicket(t.Context(), env.guild, id, ann.ID, time.Now())
			}, store.CommandDone},
			"pause": {store.VerbGiveawayPause, giveaway, func(t *testing.T, id string) error {
				return env.SetGiveawayStatus(t.Context(), env.guild, id, []store.GiveawayStatus{store.GiveawayActive}, store.GiveawayPaused)
			}, store.CommandDone},
			"end": {store.VerbGiveawayEnd, giveaway, func(t *testing.T, id string) error {
				return env.EndGiveaway(t.Context(), env.guild, id, time.Now())
			}, store.CommandDone},
		} {
			t.Run(name, func(t *testing.T) {
				id := c.target(t)
				command := env.enqueueCommand(t, env.startDashboard(t), c.verb, id, nil)
				previous, err := env.StartWork(t.Context(), command, time.Hour)
				check(t, err)
				previous.Checkpoint = json.RawMessage(`{"checked":true}`)
				check(t, env.SaveCheckpoint(t.Context(), previous))
				check(t, env.RenewWorkLease(t.Context(), previous, 0)) // its lease has expired

				e := env.newEngine()
				var changed atomic.Bool
				e.CrashAfter(func(v store.Verb, step string) bool {
					if v == c.verb && step == "check" && !changed.Swap(true) {
						if err := c.change(t, id); err != nil {
							t.Error(err)
						}
					}
					return false
				})
				stop := startBackground(t, e.Run)
				got := env.awaitAnswer(t, command.ID)
				stop()
				if got.Status != c.want {
					t.Errorf("answer = %s: %q, want status %s", got.Status, got.Message, c.want)
				}
				if c.verb == store.VerbGiveawayEnd {
					if g := env.loadGiveaway(t, id); g.Status != store.GiveawayEnded || len(g.Winners) != g.WinnerCount {
						t.Errorf("status = %s with %d winners, want ended with all winners", g.Status, len(g.Winners))
					}
				}
			})
		}
	})
}
