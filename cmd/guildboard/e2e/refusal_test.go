//go:build e2e

package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"

	"guildboard/store"
	"guildboard/store/discord/discordtest"
	"guildboard/store/storetest"
)

// confirmRoleAt has the bot say, so long ago, that the scene's person has the role that is let in.
func (s *guildFixture) confirmRoleAt(t *testing.T, age time.Duration) {
	t.Helper()
	_, err := s.store.SyncRoles(t.Context(), s.guild, []store.Role{{ID: s.guild, Name: "Helpers"}},
		map[string]store.Strings{s.userID: {s.guild}}, time.Now().Add(-age))
	must(t, err)
}

// newStaffFixture is a scene whose person may manage giveaways and tickets by a role, and nothing else.
func (d *dashboardServer) newStaffFixture(t *testing.T) *guildFixture {
	t.Helper()
	s := &guildFixture{dashboardServer: d, guild: newSnowflake("8"), userID: newSnowflake("9"), proxy: newProxy(t, d.url)}
	storetest.Guild(t, d.store, s.guild, "Guild of "+t.Name())
	d.discord.SetUser(discordtest.User{ID: s.userID, Username: "helper"}, discordtest.Guild{ID: s.guild, Name: "Guild of " + t.Name(), Permissions: "0"})
	var grants []store.Grant
	for _, m := range []store.Module{store.ModuleGiveaways, store.ModuleTickets} {
		grants = append(grants, store.Grant{RoleID: s.guild, Module: m, Level: store.LevelManage})
	}
	must(t, s.store.SaveGrants(t.Context(), s.guild, store.User{ID: s.userID}, nil, grants))
	s.confirmRoleAt(t, 0)
	s.member = newBrowserUser(t, d.publicProxy.url)
	d.signIn(s.member, s.userID)
	s.member.useOrigin(s.proxy.url)
	return s
}

// waitForRefusal waits until the page says once that the right is gone: where it was pressed, and not in a corner, too.
func (b *tab) waitForRefusal(where string) {
	b.t.Helper()
	b.waitFor("it is said at "+where, textExpression(where)+`?.includes('has not confirmed your role')`)
	if n := evaluate[int](b, `document.querySelectorAll('main [role=alert], .toast').length`); n != 1 {
		b.t.Errorf("it is said %d times at %s", n, where)
	}
}

// Who may look and no more act is told so where they acted, and what they typed is still there: with scripts and without.
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
			// opens shows a page while the role is confirmed; what is pressed there is pressed after that.
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
			b.waitFor("what was typed is there", `document.getElementById('prize').value === 'A lamp to give'`)

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
			b.waitFor("what was typed is there", `document.getElementById('answer-text').value === 'It is in the post.'`)

			commands, err := s.store.Commands(t.Context(), s.guild, store.CommandQuery{})
			must(t, err)
			for _, c := range commands.Items {
				if c.Verb != store.VerbStaffChange {
					t.Errorf("the bot was asked: %+v", c)
				}
			}
		})
	}
}
