//go:build e2e

package e2e

import (
	"fmt"
	"testing"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
)

// TestTicketBecomesOverdueOnOpenPages checks that an open page marks a ticket as overdue when the time has come, by
// the browser's clock.
func TestTicketBecomesOverdueOnOpenPages(t *testing.T) {
	s := newGuildFixture(t)
	v := store.TicketSettingsSchema.Defaults()
	v["answerWithin"] = "600"
	must(t, s.store.SaveSettings(t.Context(), s.guild, access.ModuleTickets, contract.User{ID: "1"}, 0, v))
	ticket := s.openTicket(t, s.guild, "Patience")
	for _, path := range []string{"/", overviewPath(s.guild), ticketsPath(s.guild), ticketPath(ticket)} {
		b := s.member.openWindow(path)
		b.waitLive()
		badge := fmt.Sprintf("document.querySelector('#overdue-%s')", ticket.ID)
		b.waitFor("the ticket is not overdue yet", badge+`.hidden`)
		b.runScript(`{ const now = Date.now; Date.now = () => now() + 601 * 60_000; }`)
		b.waitFor("the ticket is overdue",
			fmt.Sprintf(`!%s.hidden && %[1]s.checkVisibility() && %[1]s.textContent === 'Overdue'`, badge))
	}
}
