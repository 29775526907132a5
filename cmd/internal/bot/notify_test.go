package bot_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/cmd/internal/bot"
	"guildboard/cmd/internal/bot/sim"
	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/storetest"
)

// saveRecipient turns on direct messages about new tickets in the guilds for the user, with other preferences.
func (env *testEnv) saveRecipient(t *testing.T, user string, preferences map[string]string, guilds ...string) {
	t.Helper()
	check(t, env.SaveNotificationRecipient(t.Context(), store.NotificationRecipient{
		UserID: user, GuildIDs: guilds, DashboardURL: "https://guildboard.test", Locale: "en", TimeZone: "UTC",
	}))
	preferences["notifications"] = store.NotifyTicketOpened
	check(t, env.SavePreferences(t.Context(), user, preferences))
}

// directMessages returns the contents of the user's direct messages, oldest first.
func (env *testEnv) directMessages(user string) (contents []string) {
	for _, m := range env.discord.DirectMessages(user) {
		contents = append(contents, m.Content)
	}
	return contents
}

func TestUsersAreNotifiedByDirectMessage(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		const manager, staff, stranger = "501", "502", "503"
		other := env.guild + "1"
		storetest.Guild(t, env.Store, other, "Other _world_")
		for _, guild := range []string{env.guild, other} {
			env.discord.SetMember(guild, manager, bot.Member{IsManager: true})
			env.discord.SetMember(guild, staff, bot.Member{Roles: []string{"60"}})
			env.discord.SetMember(guild, stranger, bot.Member{Roles: []string{"61"}})
		}
		check(t, env.SaveGrants(t.Context(), env.guild, ann, nil, []access.Grant{
			{RoleID: "60", Module: access.ModuleTickets, Level: access.LevelSee},
		}))
		for _, user := range []string{manager, staff, stranger} {
			env.saveRecipient(t, user, map[string]string{}, env.guild, other)
		}
		env.saveRecipient(t, "504", map[string]string{"lang": "vi"}, env.guild)
		env.discord.SetMember(env.guild, "504", bot.Member{IsManager: true})

		e, start := env.newEngine(), time.Now()
		check(t, e.NotifyUsers(t.Context(), start))
		for _, user := range []string{manager, staff, stranger} {
			if got := env.directMessages(user); len(got) != 1 || !strings.Contains(got[0], "https://guildboard.test/preferences#direct-messages") {
				t.Errorf("first messages to %s = %q, want a confirmation with a link to the preferences", user, got)
			}
		}
		if got := env.directMessages("504"); len(got) != 1 || !strings.HasPrefix(got[0], "Bạn sẽ nhận thông báo tại đây.") {
			t.Errorf("first messages = %q, want a confirmation in Vietnamese", got)
		}

		addTicket := func(guild, subject string, at time.Time) store.Ticket {
			return storetest.Ticket(t, env.Store, storetest.Member(t, env.Store, guild, "70", "Ada"),
				store.Ticket{Subject: &subject, CreatedAt: at})
		}
		first := addTicket(env.guild, "Where is **my** <@1> order?", start.Add(time.Second))
		second := addTicket(other, "Hello", start.Add(2*time.Second))
		check(t, e.NotifyUsers(t.Context(), start.Add(time.Minute)))
		check(t, e.NotifyUsers(t.Context(), start.Add(2*time.Minute))) // no event is notified twice
		ofFirst := `**New ticket \#1\: Where is \*\*my\*\* \<\@1\> order?** · World` +
			"\n<https://guildboard.test/guilds/" + env.guild + "/tickets/" + first.ID + ">"
		ofSecond := `**New ticket \#1\: Hello** · Other \_world\_` +
			"\n<https://guildboard.test/guilds/" + other + "/tickets/" + second.ID + ">"
		for user, want := range map[string][]string{manager: {ofSecond + "\n" + ofFirst}, staff: {ofFirst}, stranger: {}} {
			if got := env.directMessages(user)[1:]; !slices.Equal(got, want) {
				t.Errorf("messages to %s = %q, want %q", user, got, want)
			}
		}

		check(t, env.SaveNotificationRecipient(t.Context(), store.NotificationRecipient{UserID: manager}))
		addTicket(env.guild, "Later", start.Add(3*time.Minute))
		check(t, e.NotifyUsers(t.Context(), start.Add(4*time.Minute)))
		if got := env.directMessages(manager); len(got) != 2 {
			t.Errorf("messages after direct messages were turned off = %q, want none", got[2:])
		}
		if got := env.directMessages(staff); len(got) != 3 {
			t.Errorf("messages to staff = %q, want one about the new ticket", got)
		}
	})
}

func TestNoDirectMessagesInQuietHours(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		const user = "501"
		env.discord.SetMember(env.guild, user, bot.Member{IsManager: true})
		env.saveRecipient(t, user, map[string]string{"zone": "Asia/Tokyo", "quiet-from": "22:00", "quiet-until": "07:30"}, env.guild)
		e := env.newEngine()
		tokyo := store.Zone("Asia/Tokyo")
		at := func(day, hour, minute int) time.Time { return time.Date(2026, 12, day, hour, minute, 0, 0, tokyo) }
		check(t, e.NotifyUsers(t.Context(), at(1, 21, 0))) // the confirmation
		opener := storetest.Member(t, env.Store, env.guild, "70", "Ada")
		for _, opened := range []time.Time{at(1, 21, 50), at(2, 7, 0), at(2, 7, 40)} {
			subject := opened.Format("Opened at 15:04")
			storetest.Ticket(t, env.Store, opener, store.Ticket{Subject: &subject, CreatedAt: opened})
		}
		for _, step := range []struct {
			at   time.Time
			want string // in the last message
		}{
			{at(1, 21, 59), "Opened at 21:50"}, {at(1, 22, 0), "Opened at 21:50"}, {at(2, 7, 29), "Opened at 21:50"},
			{at(2, 7, 31), "Opened at 21:50"}, {at(2, 7, 45), "Opened at 07:40"},
		} {
			check(t, e.NotifyUsers(t.Context(), step.at))
			got := env.directMessages(user)
			if last := strings.ReplaceAll(got[len(got)-1], `\`, ""); !strings.Contains(last, step.want) {
				t.Errorf("last message at %v = %q, want %q", step.at, last, step.want)
			}
		}
		if got := env.directMessages(user); len(got) != 3 {
			t.Errorf("messages = %q, want the confirmation and two", got)
		}
	})
}

// TestDirectMessageIsSentOnceAfterCrash repeats a message whose sending was not recorded.
func TestDirectMessageIsSentOnceAfterCrash(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		const user = "501"
		env.discord.SetMember(env.guild, user, bot.Member{IsManager: true})
		env.saveRecipient(t, user, map[string]string{}, env.guild)
		e, start := env.newEngine(), time.Now().Truncate(time.Millisecond)
		check(t, e.NotifyUsers(t.Context(), start))
		opener := storetest.Member(t, env.Store, env.guild, "70", "Ada")
		addTicket := func(at time.Time) store.Ticket {
			return storetest.Ticket(t, env.Store, opener, store.Ticket{CreatedAt: at})
		}
		first := addTicket(start.Add(time.Second))
		for range 2 {
			check(t, env.SetNotifiedUntil(t.Context(), user, start))
			check(t, e.NotifyUsers(t.Context(), start.Add(time.Minute)))
		}
		if got := env.directMessages(user); len(got) != 2 {
			t.Errorf("messages = %q, want the confirmation and one", got)
		}
		second := addTicket(start.Add(2 * time.Minute))
		check(t, env.SetNotifiedUntil(t.Context(), user, start))
		check(t, e.NotifyUsers(t.Context(), start.Add(3*time.Minute)))
		got := env.directMessages(user)
		if last := got[len(got)-1]; !strings.Contains(last, first.ID) || !strings.Contains(last, second.ID) {
			t.Errorf("last message = %q, want both tickets: the second one must not be lost", last)
		}
	})
}

func TestRefusedDirectMessagesStop(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		const user = "501"
		env.discord.SetMember(env.guild, user, bot.Member{IsManager: true})
		env.saveRecipient(t, user, map[string]string{}, env.guild)
		env.discord.RefuseInChannel("dm"+user, bot.ErrCodeCannotMessageUser, "Cannot send messages to this user")
		e, start := env.newEngine(), time.Now()
		check(t, e.NotifyUsers(t.Context(), start))
		r, err := env.NotificationRecipient(t.Context(), user)
		check(t, err)
		if r.Refusal == nil || *r.Refusal != "Cannot send messages to this user" || r.NotifiedUntil != nil {
			t.Errorf("recipient = %+v, want Discord's refusal", r)
		}
		calls := env.discord.CallCount(sim.MethodCreateDM)
		check(t, e.NotifyUsers(t.Context(), start.Add(time.Minute)))
		wantEqual(t, "calls after the refusal", env.discord.CallCount(sim.MethodCreateDM), calls)

		env.discord.RefuseInChannel("dm"+user, 0, "")
		env.saveRecipient(t, user, map[string]string{}, env.guild)
		check(t, e.NotifyUsers(t.Context(), start.Add(2*time.Minute)))
		if got := env.directMessages(user); len(got) != 1 {
			t.Errorf("messages after the setting was saved again = %q, want the confirmation", got)
		}
	})
}

func TestDirectMessagesWaitForDiscord(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		const user = "501"
		env.discord.SetMember(env.guild, user, bot.Member{IsManager: true})
		env.saveRecipient(t, user, map[string]string{}, env.guild)
		e, start := env.newEngine(), time.Now()
		check(t, e.NotifyUsers(t.Context(), start))
		opener := storetest.Member(t, env.Store, env.guild, "70", "Ada")
		for i := range 12 {
			storetest.Ticket(t, env.Store, opener, store.Ticket{CreatedAt: start.Add(time.Duration(i) * time.Second)})
		}
		env.discord.SetDown(true)
		if err := e.NotifyUsers(t.Context(), start.Add(time.Minute)); err == nil {
			t.Error("NotifyUsers() = nil while Discord is down, want an error")
		}
		env.discord.SetDown(false)
		check(t, e.NotifyUsers(t.Context(), start.Add(10*time.Minute)))
		got := env.directMessages(user)
		if len(got) != 2 || strings.Count(got[1], "/tickets/") != 10 {
			t.Errorf("messages = %q, want the confirmation and one about ten tickets", got)
		}
	})
}
