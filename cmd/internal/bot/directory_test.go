package bot_test

import (
	"testing"
	"time"

	"guildboard/cmd/internal/bot"
	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
)

// staffMemberID is the Discord id of the member that addStaffMember gives the staff role.
const staffMemberID = "31"

// addStaffMember grants a role of the staff member access to tickets, in Discord and in the store.
func addStaffMember(t *testing.T, env *testEnv) {
	t.Helper()
	staffRole := store.Role{ID: "500000000000000001", Name: "Helpers"}
	env.discord.SetRoles(env.guild, staffRole)
	env.discord.SetMember(env.guild, staffMemberID, bot.Member{Roles: []string{staffRole.ID}})
	staff, err := env.Staff(t.Context(), env.guild)
	check(t, err)
	check(t, env.SaveGrants(t.Context(), env.guild, ann, staff.Grants,
		[]access.Grant{{RoleID: staffRole.ID, Module: access.ModuleTickets, Level: access.LevelAct}}))
	_, err = env.SyncRoles(t.Context(), env.guild, []store.Role{staffRole},
		map[string]store.Strings{staffMemberID: {staffRole.ID}}, time.Now())
	check(t, err)
}

// Access depends on the roles that the bot saves: it saves them periodically, follows changes in Discord, and does not
// confirm them while Discord is unavailable.
func TestDirectorySyncRecordsRoleHolders(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		const staffRole, user = "500000000000000001", "11"
		rights := func(since time.Time) access.Rights {
			t.Helper()
			found, err := env.Memberships(t.Context(), user, []string{env.guild})
			check(t, err)
			return found[env.guild].Rights(since)
		}
		env.discord.SetRoles(env.guild, store.Role{ID: staffRole, Name: "Helpers"})
		env.discord.SetMember(env.guild, user, bot.Member{Roles: []string{"9", staffRole}})
		env.discord.SetMember("another guild", user, bot.Member{Roles: []string{staffRole}})
		env.discord.SetMember(env.guild, "12", bot.Member{Roles: []string{"9"}})
		e := env.newEngine()
		e.DirectorySyncInterval = 10 * time.Millisecond
		startBackground(t, e.Run)
		eventually(t, "the role names are saved", func() bool {
			staff, err := env.Staff(t.Context(), env.guild)
			check(t, err)
			return len(staff.Roles) == 1 && len(staff.Members) == 0
		})

		grants := []access.Grant{{RoleID: staffRole, Module: access.ModuleTickets, Level: access.LevelAct}}
		check(t, env.SaveGrants(t.Context(), env.guild, ann, nil, grants))
		eventually(t, "the access is granted", func() bool { return rights(time.Time{}) == access.Rights{Tickets: access.LevelAct} })
		staff, err := env.Staff(t.Context(), env.guild)
		check(t, err)
		if len(staff.Members) != 1 || staff.Members[0].ID != user {
			t.Errorf("staff members = %+v, want the role's holder", staff.Members)
		}

		env.discord.SetMember(env.guild, user, bot.Member{Roles: []string{"9"}})
		eventually(t, "the loss of the role is saved", func() bool { return !rights(time.Time{}).HasAny() })
		env.discord.SetMember(env.guild, user, bot.Member{Roles: []string{staffRole}})
		eventually(t, "the access is granted again", func() bool { return rights(time.Time{}).HasAny() })
		eventually(t, "the roles are confirmed", func() bool { return rights(time.Now().Add(-time.Second)).HasAny() })
		env.discord.SetDown(true)
		eventually(t, "the confirmation of the roles expires",
			func() bool { return !rights(time.Now().Add(-50 * time.Millisecond)).HasAny() })
		env.discord.SetDown(false)
		eventually(t, "the roles are confirmed", func() bool { return rights(time.Now().Add(-time.Second)).HasAny() })
	})
}

// Channel names follow Discord; channels that the bot creates are saved at once.
func TestDirectorySyncRecordsChannelNames(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		events := env.recordEvents(t)
		lobby := store.Channel{ID: "40", Name: "lobby", Kind: store.ChannelText, ParentID: "30", Position: 1}
		env.discord.SetChannels(env.guild, lobby, store.Channel{ID: "30", Name: "Events", Kind: store.ChannelCategory})
		e := env.newEngine()
		e.DirectorySyncInterval = 10 * time.Millisecond
		startBackground(t, e.Run)
		hasName := func(id, want string) func() bool {
			return func() bool {
				names, err := env.GuildDirectory(t.Context(), env.guild)
				check(t, err)
				c, known := names.Channel(id)
				return known && c.Name == want
			}
		}
		eventually(t, "the channel's name is saved", hasName("40", "lobby"))
		ticket := env.openTicketWith(t, e)
		eventually(t, "the name of the ticket's channel is saved", hasName(ticket.ChannelID, "ticket-0001"))
		eventually(t, "both events are published", func() bool { return len(events(contract.GuildUpdateEvent)) == 2 })
		names, err := env.GuildDirectory(t.Context(), env.guild)
		check(t, err)
		if writable := names.WritableChannels(); len(writable) != 1 || writable[0] != lobby {
			t.Errorf("writable channels = %+v, want the known text channels", writable)
		}
	})
}
