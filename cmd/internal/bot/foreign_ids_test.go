package bot_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/cmd/internal/bot"
	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/forms"
	"guildboard/store/storetest"
)

// discordIDs are the ids of the test guild's channels and roles in Discord, and of another guild's.
type discordIDs struct{ channel, category, role, foreignChannel, foreignCategory, foreignRole string }

// defineDiscordIDs sets the channels, categories and roles of the test guild and of another one. No others exist.
func (env *testEnv) defineDiscordIDs() discordIDs {
	id := func(kind int) string { return fmt.Sprintf("%s%d", env.guild[len(env.guild)-16:], kind) }
	e := discordIDs{id(1), id(2), id(3), id(4), id(5), id(6)}
	other := env.guild + "9"
	env.discord.SetChannels(env.guild, store.Channel{ID: e.channel, Name: "own", Kind: store.ChannelText},
		store.Channel{ID: e.category, Name: "Own", Kind: store.ChannelCategory})
	env.discord.SetRoles(env.guild, store.Role{ID: e.role, Name: "Own"})
	env.discord.SetChannels(other, store.Channel{ID: e.foreignChannel, Name: "foreign", Kind: store.ChannelText},
		store.Channel{ID: e.foreignCategory, Name: "Foreign", Kind: store.ChannelCategory})
	env.discord.SetRoles(other, store.Role{ID: e.foreignRole, Name: "Foreign"})
	return e
}

// execute executes a command through the engine and returns its answer.
func (env *testEnv) execute(t *testing.T, e *bot.Engine, verb contract.Verb, target string, data []byte) contract.CommandResult {
	t.Helper()
	a, err := e.Execute(t.Context(), contract.Command{ID: store.NewID(), GuildID: env.guild, Actor: ann, Verb: verb,
		Target: target, Data: data})
	check(t, err)
	return a
}

func TestFormWithForeignIDsIsRefused(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		ids, e := env.defineDiscordIDs(), env.newEngine()
		formJSON := func(change func(*contract.GiveawayForm)) []byte {
			f := newForm()
			f.ChannelID, f.PingRoleID, f.RequiredRoleIDs = ids.channel, ids.role, []string{ids.role}
			f.BonusEntryRoles = []contract.BonusRole{{RoleID: ids.role, Entries: 2}}
			change(&f)
			text, err := json.Marshal(f)
			check(t, err)
			return text
		}
		foreign := map[string]func(*contract.GiveawayForm){
			"channelId":        func(f *contract.GiveawayForm) { f.ChannelID = ids.foreignChannel },
			"pingRoleId":       func(f *contract.GiveawayForm) { f.PingRoleID = ids.foreignRole },
			"requiredRoleIds":  func(f *contract.GiveawayForm) { f.RequiredRoleIDs = []string{ids.role, ids.foreignRole} },
			"blacklistRoleIds": func(f *contract.GiveawayForm) { f.BlacklistRoleIDs = []string{ids.foreignRole} },
			"bonusEntryRoles": func(f *contract.GiveawayForm) {
				f.BonusEntryRoles = []contract.BonusRole{{RoleID: ids.foreignRole, Entries: 1}}
			},
		}
		everyone := func(f *contract.GiveawayForm) { f.PingRoleID = env.guild } // the role @everyone
		later := func(f *contract.GiveawayForm) {
			start := time.Now().Add(time.Hour)
			f.StartsAt, f.EndsAt = &start, start.Add(time.Hour)
		}

		posted, scheduled := store.NewID(), store.NewID()
		wantString(t, "creating with own ids", env.execute(t, e, contract.VerbGiveawayCreate, posted, formJSON(everyone)).Code, "")
		wantString(t, "scheduling with own ids", env.execute(t, e, contract.VerbGiveawayCreate, scheduled, formJSON(later)).Code, "")
		for field, change := range foreign {
			for name, adjust := range map[string]func(*contract.GiveawayForm){"now": func(*contract.GiveawayForm) {}, "later": later} {
				id := store.NewID()
				a := env.execute(t, e, contract.VerbGiveawayCreate, id, formJSON(func(f *contract.GiveawayForm) { adjust(f); change(f) }))
				env.wantFormRefusal(t, "create "+name, field, a)
				if _, err := env.Giveaway(t.Context(), env.guild, id); err == nil {
					t.Errorf("create %s with foreign %s added a giveaway, want none", name, field)
				}
			}
			a := env.execute(t, e, contract.VerbGiveawayEdit, scheduled, formJSON(func(f *contract.GiveawayForm) { later(f); change(f) }))
			env.wantFormRefusal(t, "edit of a scheduled one", field, a)
			a = env.execute(t, e, contract.VerbGiveawayEdit, posted, formJSON(change))
			if field == "channelId" { // a posted giveaway keeps its channel
				wantString(t, "editing a posted giveaway", a.Code, "")
				wantString(t, "channel of the posted giveaway", env.loadGiveaway(t, posted).ChannelID, ids.channel)
				continue
			}
			env.wantFormRefusal(t, "editing a posted giveaway", field, a)
		}
		wantEqual(t, "messages in the foreign channel", len(env.discord.Messages(ids.foreignChannel)), 0)
	})
}

func (env *testEnv) wantFormRefusal(t *testing.T, label, field string, a contract.CommandResult) {
	t.Helper()
	if a.Status != contract.CommandRefused || a.Code != contract.RefusalInvalidForm || !strings.Contains(a.Message, field) {
		t.Errorf("%s with foreign %s: answer = %s %s %q, want a form refusal that names the field",
			label, field, a.Status, a.Code, a.Message)
	}
}

// A row may have foreign ids from a version without the check, or from another program.
func TestGiveawayInForeignChannelIsNeverPosted(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		ids, e := env.defineDiscordIDs(), env.newEngine()
		posted := env.addGiveaway(t, 3, store.Giveaway{ChannelID: ids.foreignChannel, WinnerCount: 1})
		message := env.discord.Message(*posted.MessageID)
		past := time.Now().Add(-time.Minute)
		due := storetest.Giveaway(t, env.Store, env.guild, store.Giveaway{
			ID: store.NewID(), ChannelID: ids.foreignChannel, Status: store.GiveawayPending, StartsAt: &past,
			EndsAt: time.Now().Add(time.Hour),
		})
		foreignRole := storetest.Giveaway(t, env.Store, env.guild, store.Giveaway{
			ID: store.NewID(), ChannelID: ids.channel, PingRoleID: &ids.foreignRole, Status: store.GiveawayPending,
			StartsAt: &past, EndsAt: time.Now().Add(time.Hour),
		})
		panel := addPanel(t, env, ids.foreignChannel)
		for _, c := range []struct {
			verb   contract.Verb
			target string
			data   string
			status contract.CommandStatus
		}{
			{bot.VerbStartGiveaway, due.ID, "{}", contract.CommandRefused},
			{bot.VerbStartGiveaway, foreignRole.ID, "{}", contract.CommandRefused},
			{contract.VerbGiveawayRepair, due.ID, "{}", contract.CommandRefused},
			{contract.VerbGiveawayEdit, posted.ID, `{"prize":"Other"}`, contract.CommandRefused},
			{contract.VerbGiveawayPause, posted.ID, "{}", contract.CommandRefused},
			{contract.VerbPanelPost, panel, "{}", contract.CommandRefused},
			{contract.VerbGiveawayEnd, posted.ID, "{}", contract.CommandDone}, // it ends; only the messages are refused
			{contract.VerbGiveawayReroll, posted.ID, "{}", contract.CommandDone},
		} {
			a := env.execute(t, e, c.verb, c.target, []byte(c.data))
			if a.Status != c.status || a.Code != contract.RefusalInvalidForm {
				t.Errorf("%s: answer = %s %s %q, want %s with code form", c.verb, a.Status, a.Code, a.Message, c.status)
			}
		}
		wantString(t, "repairing an ended giveaway", env.execute(t, e, contract.VerbGiveawayRepair, posted.ID, []byte("{}")).Code, "")
		wantString(t, "deleting", env.execute(t, e, contract.VerbGiveawayDelete, posted.ID, []byte("{}")).Code, "")
		if got := env.discord.Messages(ids.foreignChannel); len(got) != 1 || got[0].Embed != message.Embed || got[0].Button.Disabled {
			t.Errorf("messages in the foreign channel = %+v, want only the existing one, unchanged", got)
		}
	})
}

func TestMovePanelKeepsForeignMessage(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		ids, e := env.defineDiscordIDs(), env.newEngine()
		id := addPanel(t, env, ids.channel)
		check(t, env.SetPanelMessage(t.Context(), env.guild, id, ids.foreignChannel, "77"))
		env.discord.AddMessage(ids.foreignChannel, "77", bot.Message{Content: "theirs"})
		wantEqual(t, "posting", env.execute(t, e, contract.VerbPanelPost, id, []byte("{}")).Status, contract.CommandDone)
		wantEqual(t, "messages in the foreign channel", len(env.discord.Messages(ids.foreignChannel)), 1)
		wantEqual(t, "messages in its own", len(env.discord.Messages(ids.channel)), 1)
	})
}

func TestOpenTicketRefusesForeignCategoryAndRoles(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		ids, e := env.defineDiscordIDs(), env.newEngine()
		env.recordOtherGuild(t, ids)
		env.changeSettings(t, access.ModuleTickets, forms.Values{"maxPerUser": "9", "cooldownMinutes": "0",
			"categoryChannelId": ids.foreignCategory})
		_, code := env.openTicketAs(t, e, "1", "")
		wantString(t, "opening with a foreign category in the settings", code, contract.RefusalInvalidForm)
		env.changeSettings(t, access.ModuleTickets, forms.Values{"categoryChannelId": ids.category})
		_, code = env.openTicketAs(t, e, "1", "")
		wantString(t, "opening with an own category in the settings", code, "")

		check(t, env.ChangePanel(t.Context(), ann, nil,
			store.TicketPanel{ID: "p", GuildID: env.guild}.WithValues(store.PanelSchema.Defaults())))
		for name, values := range map[string]forms.Values{
			"a foreign category": {"categoryChannelId": ids.foreignCategory},
			"a foreign role":     {"pingRoleIds": ids.role + " " + ids.foreignRole},
			"own ids":            {"categoryChannelId": ids.category, "pingRoleIds": ids.role},
		} {
			v := store.CategorySchema.Defaults()
			maps.Copy(v, values)
			v["name"] = name
			category := store.TicketCategory{ID: store.NewID(), GuildID: env.guild, PanelID: "p"}.WithValues(v)
			check(t, env.ChangeCategory(t.Context(), ann, nil, category))
			opened := len(env.discord.CreatedChannels(env.guild))
			want := contract.RefusalInvalidForm
			if name == "own ids" {
				want = ""
				opened++
			}
			_, code := env.openTicketAs(t, e, "1", category.ID)
			wantString(t, name, code, want)
			wantEqual(t, "channels after "+name, len(env.discord.CreatedChannels(env.guild)), opened)
		}
	})
}

// recordOtherGuild makes the bot record the roles and channels of the other guild.
func (env *testEnv) recordOtherGuild(t *testing.T, ids discordIDs) {
	t.Helper()
	other := env.guild + "9"
	storetest.Guild(t, env.Store, other, "Other")
	_, err := env.SyncChannels(t.Context(), other, []store.Channel{
		{ID: ids.foreignChannel, Name: "foreign", Kind: store.ChannelText},
		{ID: ids.foreignCategory, Name: "Foreign", Kind: store.ChannelCategory},
	})
	check(t, err)
	_, err = env.SyncRoles(t.Context(), other, []store.Role{{ID: ids.foreignRole, Name: "Foreign"}}, nil, time.Now())
	check(t, err)
}

func TestOpenTicketOmitsDeletedCategoryAndRoles(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		ids, e := env.defineDiscordIDs(), env.newEngine()
		env.recordOtherGuild(t, ids)
		deleted := ids.role + "7"
		env.changeSettings(t, access.ModuleTickets, forms.Values{"maxPerUser": "9", "cooldownMinutes": "0"})
		check(t, env.ChangePanel(t.Context(), ann, nil,
			store.TicketPanel{ID: "p", GuildID: env.guild}.WithValues(store.PanelSchema.Defaults())))
		addCategory := func(name string, values forms.Values) string {
			v := store.CategorySchema.Defaults()
			maps.Copy(v, values)
			v["name"] = name
			category := store.TicketCategory{ID: store.NewID(), GuildID: env.guild, PanelID: "p"}.WithValues(v)
			check(t, env.ChangeCategory(t.Context(), ann, nil, category))
			return category.ID
		}
		ticket, code := env.openTicketAs(t, e, "1", addCategory("deleted", forms.Values{
			"categoryChannelId": deleted + "8", "pingRoleIds": ids.role + " " + deleted,
		}))
		wantString(t, "opening with a deleted category and role", code, "")
		opened := env.discord.CreatedChannels(env.guild)
		wantEqual(t, "channels", len(opened), 1)
		for _, c := range opened {
			wantEqual(t, "parent", c.Parent, "")
			if !slices.Equal(c.Roles, []string{ids.role}) {
				t.Errorf("roles of the channel = %q, want %q", c.Roles, ids.role)
			}
		}
		greeting := env.discord.Messages(ticket.ChannelID)
		if len(greeting) != 1 || !slices.Equal(greeting[0].MentionRoleIDs, []string{ids.role}) {
			t.Errorf("greeting = %+v, want one that pings %s alone", greeting, ids.role)
		}
		_, code = env.openTicketAs(t, e, "1", addCategory("foreign", forms.Values{"pingRoleIds": deleted + " " + ids.foreignRole}))
		wantString(t, "opening with another guild's role", code, contract.RefusalInvalidForm)
		wantEqual(t, "channels", len(env.discord.CreatedChannels(env.guild)), 1)
	})
}

func TestRepeatInForeignChannelIsSkipped(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		ids := env.defineDiscordIDs()
		due := time.Now().Add(-time.Minute)
		g := storetest.Giveaway(t, env.Store, env.guild, store.Giveaway{
			ID: store.NewID(), ChannelID: ids.foreignChannel, Status: store.GiveawayEnded,
			CreatedAt: due.AddDate(0, 0, -7), EndsAt: due.AddDate(0, 0, -6), RepeatDays: 7, RepeatAt: &due,
		})
		env.startEngine(t)
		eventually(t, "the repeat is skipped", func() bool {
			now, err := env.Giveaway(t.Context(), env.guild, g.ID)
			return err == nil && now.RepeatAt != nil && now.RepeatAt.After(time.Now())
		})
		list, _, err := env.Giveaways(t.Context(), env.guild, store.GiveawayQuery{})
		check(t, err)
		wantEqual(t, "giveaways", len(list.Items), 1)
		wantEqual(t, "messages in the foreign channel", len(env.discord.Messages(ids.foreignChannel)), 0)
	})
}

// Every field of a form with a Discord id is checked: a new field must be added to DiscordIDs.
func TestGiveawayFormDiscordIDsListsEveryID(t *testing.T) {
	f := contract.GiveawayForm{
		ChannelID: "1", PingRoleID: "2", RequiredRoleIDs: []string{"3"}, BlacklistRoleIDs: []string{"4"},
		BonusEntryRoles: []contract.BonusRole{{RoleID: "5"}},
	}
	var got []string
	for _, ids := range f.DiscordIDs() {
		got = append(got, ids...)
	}
	slices.Sort(got)
	if want := []string{"1", "2", "3", "4", "5"}; !slices.Equal(got, want) {
		t.Errorf("DiscordIDs() = %v, want %v", got, want)
	}
}
