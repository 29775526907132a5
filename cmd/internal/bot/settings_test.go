package bot_test

import (
	"encoding/json"
	"errors"
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
)

// changeSettings saves settings that differ from the defaults.
func (env *testEnv) changeSettings(t *testing.T, m access.Module, changes forms.Values) {
	t.Helper()
	current, err := env.Settings(t.Context(), env.guild, m)
	check(t, err)
	maps.Copy(current.Values, changes)
	check(t, env.SaveSettings(t.Context(), env.guild, m, ann, current.Version, current.Values))
}

// openTicketAs opens a ticket of a category, "" for none, and returns the reason of a refusal.
func (env *testEnv) openTicketAs(t *testing.T, e *bot.Engine, user, category string) (store.Ticket, string) {
	t.Helper()
	ticket, err := e.OpenTicket(t.Context(), bot.TicketRequest{
		ID: store.NewID(), GuildID: env.guild, Opener: contract.User{ID: user, Username: "user" + user}, Category: category,
	})
	var refusal *bot.Refusal
	if errors.As(err, &refusal) {
		return ticket, refusal.Code
	}
	check(t, err)
	return ticket, ""
}

func wantString(t *testing.T, label, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s = %q, want %q", label, got, want)
	}
}

func TestTicketSettingsAreApplied(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		e := env.newEngine()
		for range 4 { // without saved settings
			_, code := env.openTicketAs(t, e, "1", "")
			wantString(t, "opening without settings", code, "")
		}
		env.changeSettings(t, access.ModuleTickets, forms.Values{"maxPerUser": "1", "cooldownMinutes": "0", "categoryChannelId": "700"})
		_, code := env.openTicketAs(t, e, "1", "")
		wantString(t, "opening a ticket over the limit", code, contract.RefusalSettings)
		first, code := env.openTicketAs(t, e, "2", "")
		wantString(t, "opening the first ticket of another user", code, "")
		wantString(t, "channel category", env.discord.CreatedChannels(env.guild)[first.ChannelID].Parent, "700")
		_, code = env.openTicketAs(t, e, "2", "")
		wantString(t, "opening a second ticket over the user's limit", code, contract.RefusalSettings)
		env.changeSettings(t, access.ModuleTickets, forms.Values{"maxPerUser": "9", "cooldownMinutes": "60"})
		_, code = env.openTicketAs(t, e, "2", "")
		wantString(t, "opening within the cooldown", code, contract.RefusalSettings)
		env.changeSettings(t, access.ModuleTickets, forms.Values{"enabled": "", "cooldownMinutes": "0"})
		_, code = env.openTicketAs(t, e, "3", "")
		wantString(t, "opening while tickets are disabled", code, contract.RefusalSettings)

		env.changeSettings(t, access.ModuleTickets,
			forms.Values{"enabled": "on", "welcomeMessage": "Hi {user}, {category} #{number} at {server}",
				"closeMessage": "{staff}: {reason}"})
		panel := store.TicketPanel{ID: "p", GuildID: env.guild}.WithValues(store.PanelSchema.Defaults())
		check(t, env.ChangePanel(t.Context(), ann, nil, panel))
		v := store.CategorySchema.Defaults()
		maps.Copy(v, forms.Values{"name": "Billing", "namingPattern": "bill-{number}-{user}",
			"categoryChannelId": "800", "pingRoleIds": "5 6", "pingUserIds": "7", "claimEnabled": ""})
		check(t, env.ChangeCategory(t.Context(), ann, nil, store.TicketCategory{ID: "k", GuildID: env.guild, PanelID: "p"}.WithValues(v)))
		ticket, code := env.openTicketAs(t, e, "4", "k")
		wantString(t, "opening in a category", code, "")
		channel := env.discord.CreatedChannels(env.guild)[ticket.ChannelID]
		if !strings.HasPrefix(channel.Name, "bill-0") || !strings.HasSuffix(channel.Name,
			"-user4") || channel.Parent != "800" || !slices.Equal(channel.Roles, []string{"5", "6"}) {
			t.Errorf("channel = %+v, want the name, parent and roles of the category", channel)
		}
		m := env.discord.Messages(ticket.ChannelID)[0]
		if !strings.HasPrefix(m.Content, "Hi <@4>, Billing #") || !strings.Contains(m.Content, "at World <@7> <@&5> <@&6>") ||
			!slices.Equal(m.MentionUserIDs, []string{"4", "7"}) || !slices.Equal(m.MentionRoleIDs, []string{"5", "6"}) {
			t.Errorf("greeting = %+v, want the template with its mentions", m)
		}
		execute := func(verb contract.Verb, data string) string {
			t.Helper()
			a, err := e.Execute(t.Context(), contract.Command{ID: store.NewID(), GuildID: env.guild, Actor: ann,
				Verb: verb, Target: ticket.ID, Data: []byte(data)})
			check(t, err)
			return a.Code
		}
		wantString(t, "claiming in a category without claims", execute(contract.VerbTicketClaim, `{}`), contract.RefusalSettings)
		wantString(t, "closing", execute(contract.VerbTicketClose, `{"reason":"Solved."}`), "")
		all := env.discord.Messages(ticket.ChannelID)
		wantString(t, "closing message", all[len(all)-1].Content, "<@10>: Solved.")
		env.changeSettings(t, access.ModuleTickets, forms.Values{"reopenEnabled": ""})
		wantString(t, "reopening without permission", execute(contract.VerbTicketReopen, `{}`), contract.RefusalSettings)
		env.changeSettings(t, access.ModuleTickets, forms.Values{"reopenEnabled": "on", "reopenTimeout": "5"})
		wantString(t, "reopening within the time limit", execute(contract.VerbTicketReopen, `{}`), "")
		v["enabled"] = ""
		check(t, env.ChangeCategory(t.Context(), ann, v, store.TicketCategory{ID: "k", GuildID: env.guild, PanelID: "p",
			Version: 1}.WithValues(v)))
		_, code = env.openTicketAs(t, e, "5", "k")
		wantString(t, "opening in a disabled category", code, contract.RefusalSettings)
	})
}

func TestGiveawayMessageUsesCustomTexts(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		e := env.newEngine()
		env.changeSettings(t, access.ModuleGiveaways, forms.Values{
			"startTitle": "Win {prize}, {prize}!", "startText": "{host} of {server} gives it to {winners}",
			"endTitle": "Over: {prize}", "endText": "{winners} got it",
		})
		f := contract.NewGiveawayForm(time.Now())
		f.Prize, f.ChannelID, f.Description = strings.Repeat("L", 200), "900", "It shines."
		data, err := json.Marshal(f)
		check(t, err)
		id := store.NewID()
		execute := func(verb contract.Verb, data []byte) bot.Embed {
			t.Helper()
			a, err := e.Execute(t.Context(), contract.Command{ID: store.NewID(), GuildID: env.guild, Actor: ann,
				Verb: verb, Target: id, Data: data})
			check(t, err)
			wantString(t, string(verb), a.Code, "")
			return *env.discord.Messages("900")[0].Embed
		}
		created := execute(contract.VerbGiveawayCreate, data)
		wantString(t, "truncated title", created.Title, "Win "+strings.Repeat("L", 200)+", "+strings.Repeat("L", 49)+"…")
		if !strings.HasPrefix(created.Description,
			"<@10> of World gives it to 1\n\nIt shines.\n") || !strings.Contains(created.Description, "Ends <t:") {
			t.Errorf("description of the running giveaway = %q, want the template", created.Description)
		}
		check(t, e.EnterGiveaway(t.Context(), env.guild, id, bot.Entrant{User: contract.User{ID: "3", Username: "Cat"}}))
		ended := execute(contract.VerbGiveawayEnd, []byte("{}"))
		wantString(t, "title after the end", ended.Title, "Over: "+strings.Repeat("L", 200))
		if !strings.HasPrefix(ended.Description, "<@3> got it\n\nIt shines.\n") || !strings.Contains(ended.Description, "**Ended**") {
			t.Errorf("description of the ended giveaway = %q, want the template", ended.Description)
		}
	})
}

func TestWinnerAnnouncementUsesCustomText(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		e := env.newEngine()
		create := func(id string) string {
			t.Helper()
			f := contract.NewGiveawayForm(time.Now())
			f.Prize, f.ChannelID = "Lamp", "900"
			data, err := json.Marshal(f)
			check(t, err)
			a, err := e.Execute(t.Context(), contract.Command{ID: store.NewID(), GuildID: env.guild, Actor: ann,
				Verb: contract.VerbGiveawayCreate, Target: id, Data: data})
			check(t, err)
			return a.Code
		}
		env.changeSettings(t, access.ModuleGiveaways, forms.Values{"enabled": ""})
		wantString(t, "creating while giveaways are disabled", create("g0"), contract.RefusalSettings)
		for template, want := range map[string]string{
			"{winners} have {prize} of {server} from {host}": "<@3> have Lamp of World from <@10>", "enjoy": "<@3> enjoy",
		} {
			env.changeSettings(t, access.ModuleGiveaways, forms.Values{"enabled": "on", "winMessage": template})
			id := store.NewID()
			wantString(t, "creating", create(id), "")
			check(t, e.EnterGiveaway(t.Context(), env.guild, id, bot.Entrant{User: contract.User{ID: "3", Username: "Cat"}}))
			_, err := e.Execute(t.Context(), contract.Command{ID: store.NewID(), GuildID: env.guild, Actor: ann,
				Verb: contract.VerbGiveawayEnd, Target: id, Data: []byte("{}")})
			check(t, err)
			all := env.discord.Messages("900")
			wantString(t, "announcement", all[len(all)-1].Content, want)
		}
	})
}
