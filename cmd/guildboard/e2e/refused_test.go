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

// confirmRole has the bot say, so long ago, that the scene's person has the role that is let in.
func (s *scene) confirmRole(t *testing.T, ago time.Duration) {
	t.Helper()
	_, err := s.store.ConfirmRoles(t.Context(), s.guild, []store.Role{{ID: s.guild, Name: "Helpers"}},
		map[string]store.Strings{s.user: {s.guild}}, time.Now().Add(-ago))
	must(t, err)
}

// helper is a scene whose person may manage giveaways and tickets by a role, and nothing else.
func (d *dashboard) helper(t *testing.T) *scene {
	t.Helper()
	s := &scene{dashboard: d, guild: snowflake("8"), user: snowflake("9"), proxy: newProxy(t, d.url)}
	storetest.Guild(t, d.store, s.guild, "Guild of "+t.Name())
	d.discord.SetUser(discordtest.User{ID: s.user, Username: "helper"}, discordtest.Guild{ID: s.guild, Name: "Guild of " + t.Name(), Permissions: "0"})
	var grants []store.Grant
	for _, m := range []store.Module{store.ModuleGiveaways, store.ModuleTickets} {
		grants = append(grants, store.Grant{RoleID: s.guild, Module: m, Level: store.LevelManage})
	}
	must(t, s.store.SaveGrants(t.Context(), s.guild, store.Person{ID: s.user}, nil, grants))
	s.confirmRole(t, 0)
	s.member = newReader(t, d.public.url)
	d.signIn(s.member, s.user)
	s.member.comeBy(s.proxy.url)
	return s
}

// refused waits until the page says once that the right is gone: where it was pressed, and not in a corner, too.
func (b *tab) refused(where string) {
	b.t.Helper()
	b.until("it is said at "+where, textOf(where)+`?.includes('has not confirmed your role')`)
	if n := js[int](b, `document.querySelectorAll('main [role=alert], .toast').length`); n != 1 {
		b.t.Errorf("it is said %d times at %s", n, where)
	}
}

// Who may look and no more act is told so where they acted, and what they typed is still there: with scripts and without.
func TestARefusalStandsWhereOneActed(t *testing.T) {
	browser(t)
	d := newDashboard(t, someRedis(t))
	d.beats(t)
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprintf("scripts=%v", scripts), func(t *testing.T) {
			s := d.helper(t)
			b := s.member.first
			if !scripts {
				call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
			}
			// opens shows a page while the role is confirmed; what is pressed there is pressed after that.
			opens := func(path string) {
				t.Helper()
				s.confirmRole(t, 0)
				if scripts {
					b.visitLive(path)
				} else {
					b.visit(path)
				}
			}
			late := func() { s.confirmRole(t, 2*time.Minute) }
			g, ticket := s.quietGiveaway(t, s.guild, "A lamp to keep"), s.ticket(t, s.guild, "Where is my lamp?")

			opens(giveawaysPath(s.guild))
			b.click("#menu-" + g.ID + " > summary")
			late()
			if scripts {
				b.click("#pause-" + g.ID)
				b.refused("#menu-" + g.ID + "[open] form")
			} else {
				b.follow("#pause-" + g.ID)
				b.refused("main > .note-problem")
				b.has("#giveaway")
			}

			opens(giveawaysPath(s.guild))
			b.ticks("#select-" + g.ID)
			b.follow("#selection-end")
			b.has("#bulk-rows li")
			late()
			b.follow("#bulk-submit")
			b.refused("#bulk #refusal")
			b.has("#bulk-rows li")

			s.confirmRole(t, 0)
			b.visit(giveawayPath(g) + "/edit")
			b.types("#prize", "A lamp to give")
			late()
			b.follow("#form-send")
			b.refused("main > #refusal")
			b.until("what was typed is there", `document.getElementById('prize').value === 'A lamp to give'`)

			opens(ticketPath(ticket))
			b.types("#answer-text", "It is in the post.")
			late()
			if scripts {
				b.click("#answer-submit")
				b.refused("#answer-refused")
			} else {
				b.follow("#answer-submit")
				b.refused("#answer-problem")
			}
			b.until("what was typed is there", `document.getElementById('answer-text').value === 'It is in the post.'`)

			asked, err := s.store.Commands(t.Context(), s.guild, store.CommandQuery{})
			must(t, err)
			for _, c := range asked.Items {
				if c.Verb != store.VerbStaffChange {
					t.Errorf("the bot was asked: %+v", c)
				}
			}
		})
	}
}
