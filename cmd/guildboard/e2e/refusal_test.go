//go:build e2e

package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/discord/discordtest"
	"guildboard/store/storetest"
)

// confirmRoleAt records that the bot confirmed the role of the fixture's user age ago.
func (s *guildFixture) confirmRoleAt(t *testing.T, age time.Duration) {
	t.Helper()
	_, err := s.store.SyncRoles(t.Context(), s.guild, []store.Role{{ID: s.guild, Name: "Helpers"}},
		map[string]store.Strings{s.userID: {s.guild}}, time.Now().Add(-age))
	must(t, err)
}

// newStaffFixture returns a fixture whose user may manage giveaways and tickets because of a role, and has no other
// permission.
func (d *dashboardServer) newStaffFixture(t *testing.T) *guildFixture {
	t.Helper()
	s := &guildFixture{dashboardServer: d, guild: newSnowflake("8"), userID: newSnowflake("9"), proxy: newProxy(t, d.url)}
	storetest.Guild(t, d.store, s.guild, "Guild of "+t.Name())
	d.discord.SetUser(discordtest.User{ID: s.userID, Username: "helper"},
		discordtest.Guild{ID: s.guild, Name: "Guild of " + t.Name(), Permissions: "0"})
	var grants []access.Grant
	for _, m := range []access.Module{access.ModuleGiveaways, access.ModuleTickets} {
		grants = append(grants, access.Grant{RoleID: s.guild, Module: m, Level: access.LevelManage})
	}
	must(t, s.store.SaveGrants(t.Context(), s.guild, contract.User{ID: s.userID}, nil, grants))
	s.confirmRoleAt(t, 0)
	s.member = newBrowserUser(t, d.publicProxy.url)
	d.signIn(s.member, s.userID)
	s.member.useOrigin(s.proxy.url)
	return s
}

// waitForRefusal waits until the refusal is shown at the selector where, and checks that it is shown nowhere else.
func (b *tab) waitForRefusal(where string) {
	b.t.Helper()
	b.waitFor("the refusal is shown at "+where, textExpression(where)+`?.includes('hasn’t confirmed your role')`)
	if n := evaluate[int](b, `document.querySelectorAll('main [role=alert], .toast').length`); n != 1 {
		b.t.Errorf("refusal is shown %d times, want once at %s", n, where)
	}
}

// TestRefusalAppearsAtControl submits actions whose permission has expired. The refusal appears at the control and the
// form keeps its input, with and without scripts.
func TestRefusalAppearsAtControl(t *testing.T) {
	chromium(t)
	d := newDashboardServer(t, availableRedis(t))
	d.sendHeartbeat(t)
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprintf("scripts=%v", scripts), func(t *testing.T) {
			s := d.newStaffFixture(t)
			b := s.member.firstTab
			if !scripts {
				callCDP(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
			}
			// open opens a page while the role is confirmed. The tests act on it after expireRole.
			open := func(path string) {
				t.Helper()
				s.confirmRoleAt(t, 0)
				if scripts {
					b.visitLive(path)
				} else {
					b.visit(path)
				}
			}
			expireRole := func() { s.confirmRoleAt(t, 2*time.Minute) }
			g, ticket := s.createGiveawaySilently(t, s.guild, "A lamp to keep"), s.openTicket(t, s.guild, "Where is my lamp?")

			open(giveawaysPath(s.guild))
			b.click("#menu-" + g.ID + " > summary")
			expireRole()
			if scripts {
				b.click("#pause-" + g.ID)
				b.waitForRefusal("#menu-" + g.ID + "[open] form")
			} else {
				b.clickAndWaitForPage("#pause-" + g.ID)
				b.waitForRefusal("main > .note-problem")
				b.waitForElement("#giveaway")
			}

			open(giveawaysPath(s.guild))
			b.checkBox("#select-" + g.ID)
			b.clickAndWaitForPage("#selection-end")
			b.waitForElement("#bulk-rows li")
			expireRole()
			b.clickAndWaitForPage("#bulk-submit")
			b.waitForRefusal("#bulk #refusal")
			b.waitForElement("#bulk-rows li")

			s.confirmRoleAt(t, 0)
			b.visit(giveawayPath(g) + "/edit")
			b.typeText("#prize", "A lamp to give")
			expireRole()
			b.clickAndWaitForPage("#form-send")
			b.waitForRefusal("main > #refusal")
			b.waitFor("the form keeps the typed text", `document.getElementById('prize').value === 'A lamp to give'`)

			open(ticketPath(ticket))
			b.typeText("#answer-text", "It is in the post.")
			expireRole()
			if scripts {
				b.click("#answer-submit")
				b.waitForRefusal("#answer-refused")
			} else {
				b.clickAndWaitForPage("#answer-submit")
				b.waitForRefusal("#answer-problem")
			}
			b.waitFor("the form keeps the typed text",
				`document.getElementById('answer-text').value === 'It is in the post.'`)

			commands, err := s.store.Commands(t.Context(), s.guild, store.CommandQuery{})
			must(t, err)
			for _, c := range commands.Items {
				if c.Verb != contract.VerbStaffChange {
					t.Errorf("commands = %+v, want none", c)
				}
			}
		})
	}
}
