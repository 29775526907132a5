package bot_test

import (
	"encoding/json"
	"sync/atomic"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
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
			verb   contract.Verb
			target func(*testing.T) string
			change func(t *testing.T, id string) error
			want   contract.CommandStatus
		}{
			"claim":            {contract.VerbTicketClaim, ticket, claimAs(ann.ID), contract.CommandDone},
			"claim by another": {contract.VerbTicketClaim, ticket, claimAs("77"), contract.CommandRefused},
			"close": {contract.VerbTicketClose, ticket, func(t *testing.T, id string) error {
				return env.CloseTicket(t.Context(), env.guild, id, ann.ID, time.Now())
			}, contract.CommandDone},
			"pause": {contract.VerbGiveawayPause, giveaway, func(t *testing.T, id string) error {
				return env.SetGiveawayStatus(t.Context(), env.guild, id, []store.GiveawayStatus{store.GiveawayActive}, store.GiveawayPaused)
			}, contract.CommandDone},
			"end": {contract.VerbGiveawayEnd, giveaway, func(t *testing.T, id string) error {
				return env.EndGiveaway(t.Context(), env.guild, id, time.Now())
			}, contract.CommandDone},
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
				e.CrashAfter(func(v contract.Verb, step string) bool {
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
				if c.verb == contract.VerbGiveawayEnd {
					if g := env.loadGiveaway(t, id); g.Status != store.GiveawayEnded || len(g.Winners) != g.WinnerCount {
						t.Errorf("status = %s with %d winners, want ended with all winners", g.Status, len(g.Winners))
					}
				}
			})
		}
	})
}
