package bot_test

import (
	"testing"
	"time"

	"guildboard/cmd/internal/bot"
	"guildboard/store"
)

// helper may act on tickets, once the world is staffed.
const helper = "31"

// staffed lets a role of the helper's into tickets, in Discord and by the bot's word.
func staffed(t *testing.T, w *world) {
	t.Helper()
	helpers := store.Role{ID: "500000000000000001", Name: "Helpers"}
	w.discord.SetRoles(w.guild, helpers)
	w.discord.SetMember(w.guild, helper, bot.Member{Roles: []string{helpers.ID}})
	staff, err := w.Staff(t.Context(), w.guild)
	check(t, err)
	check(t, w.SaveGrants(t.Context(), w.guild, ann, staff.Grants, []store.Grant{{RoleID: helpers.ID, Module: store.ModuleTickets, Level: store.LevelAct}}))
	_, err = w.ConfirmRoles(t.Context(), w.guild, []store.Role{helpers}, map[string]store.Strings{helper: {helpers.ID}}, time.Now())
	check(t, err)
}

// The bot's word for who has which role is what the rule goes by: it comes by itself, follows what happens in Discord, and
// is not renewed while Discord does not answer.
func TestTheBotSaysWhoHasTheRolesThatAreLetIn(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const helpers, user = "500000000000000001", "11"
		rights := func(since time.Time) store.Rights {
			t.Helper()
			found, err := w.Standings(t.Context(), user, []string{w.guild})
			check(t, err)
			return found[w.guild].Rights(since)
		}
		w.discord.SetRoles(w.guild, store.Role{ID: helpers, Name: "Helpers"})
		w.discord.SetMember(w.guild, user, bot.Member{Roles: []string{"9", helpers}})
		w.discord.SetMember("another guild", user, bot.Member{Roles: []string{helpers}})
		w.discord.SetMember(w.guild, "12", bot.Member{Roles: []string{"9"}})
		e := w.engine()
		e.StaffEvery = 10 * time.Millisecond
		running(t, e.Run)
		eventually(t, "the names of the roles", func() bool {
			staff, err := w.Staff(t.Context(), w.guild)
			check(t, err)
			return len(staff.Roles) == 1 && len(staff.Helpers) == 0
		})

		grants := []store.Grant{{RoleID: helpers, Module: store.ModuleTickets, Level: store.LevelAct}}
		check(t, w.SaveGrants(t.Context(), w.guild, ann, nil, grants))
		eventually(t, "the right", func() bool { return rights(time.Time{}) == store.Rights{Tickets: store.LevelAct} })
		staff, err := w.Staff(t.Context(), w.guild)
		check(t, err)
		if len(staff.Helpers) != 1 || staff.Helpers[0].ID != user {
			t.Errorf("helpers: %+v", staff.Helpers)
		}

		w.discord.SetMember(w.guild, user, bot.Member{Roles: []string{"9"}})
		eventually(t, "the loss of the role", func() bool { return !rights(time.Time{}).Any() })
		w.discord.SetMember(w.guild, user, bot.Member{Roles: []string{helpers}})
		eventually(t, "the right again", func() bool { return rights(time.Time{}).Any() })
		eventually(t, "the bot's word to be renewed", func() bool { return rights(time.Now().Add(-time.Second)).Any() })
		w.discord.Down(true)
		eventually(t, "the bot's word to grow old", func() bool { return !rights(time.Now().Add(-50 * time.Millisecond)).Any() })
		w.discord.Down(false)
		eventually(t, "the bot's word to be renewed", func() bool { return rights(time.Now().Add(-time.Second)).Any() })
	})
}

// What channels are called is written down as it is in Discord, and those that the bot opens itself at once.
func TestTheBotSaysWhatChannelsAreCalled(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		heard := w.events(t)
		lobby := store.Channel{ID: "40", Name: "lobby", Kind: store.ChannelText, ParentID: "30", Position: 1}
		w.discord.SetChannels(w.guild, lobby, store.Channel{ID: "30", Name: "Events", Kind: store.ChannelCategory})
		e := w.engine()
		e.StaffEvery = 10 * time.Millisecond
		running(t, e.Run)
		named := func(id, want string) func() bool {
			return func() bool {
				names, err := w.Names(t.Context(), w.guild)
				check(t, err)
				c, known := names.Channel(id)
				return known && c.Name == want
			}
		}
		eventually(t, "the channel is named", named("40", "lobby"))
		ticket := w.ticket(t, e)
		eventually(t, "the ticket's channel is named", named(ticket.ChannelID, "ticket-0001"))
		eventually(t, "pages are told both times", func() bool { return len(heard(store.GuildUpdateEvent)) == 2 })
		names, err := w.Names(t.Context(), w.guild)
		check(t, err)
		if writable := names.Writable(); len(writable) != 1 || writable[0] != lobby {
			t.Errorf("one can write in %+v", writable)
		}
	})
}
