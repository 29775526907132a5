package bot_test

import (
	"testing"

	"guildboard/cmd/internal/bot"
	"guildboard/store"
	"guildboard/store/contract"
)

func TestPanelIsPostedEditedAndMoved(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		const first, second, forbidden = "320000000000000001", "320000000000000002", "320000000000000003"
		env.discord.RefuseInChannel(forbidden, bot.ErrCodeMissingPermission, "Missing Permissions")
		env.sendHeartbeat(t)
		env.startEngine(t)
		c := env.startDashboard(t)
		id := addPanel(t, env, first)
		loadPanel := func() store.TicketPanel {
			t.Helper()
			setup, err := env.TicketSetup(t.Context(), env.guild)
			check(t, err)
			p, _ := setup.Panel(id)
			return p
		}
		change := func(field, value string) {
			t.Helper()
			p := loadPanel()
			v := p.Values()
			v[field] = value
			check(t, env.ChangePanel(t.Context(), ann, p.Values(), p.WithValues(v)))
		}
		post := func() contract.Command {
			t.Helper()
			return env.awaitAnswer(t, env.enqueueCommand(t, c, contract.VerbPanelPost, id, contract.PanelPostPayload{Name: "Support"}).ID)
		}
		wantEqual(t, "posted", post().Status, contract.CommandDone)
		message := *loadPanel().MessageID
		m := env.discord.Message(message)
		if m.Embed.Title != "🎫 Support Tickets" || m.Choice.IsSelectMenu || len(m.Choice.Options) != 1 ||
			m.Choice.Options[0].Label != "Billing" {
			t.Errorf("embed = %+v, choice = %+v, want those of the panel", m.Embed, m.Choice)
		}

		change("title", "Need help?")
		change("componentType", "SELECT")
		wantEqual(t, "title before the update", env.discord.Message(message).Embed.Title, "🎫 Support Tickets")
		wantEqual(t, "status of updating the panel", post().Status, contract.CommandDone)
		wantEqual(t, "message", *loadPanel().MessageID, message)
		if m = env.discord.Message(message); m.Embed.Title != "Need help?" || !m.Choice.IsSelectMenu {
			t.Errorf("embed = %+v, choice = %+v, want those of the panel", m.Embed, m.Choice)
		}

		change("channelId", second)
		wantEqual(t, "status of moving the panel", post().Status, contract.CommandDone)
		wantEqual(t, "messages in the old channel", len(env.discord.Messages(first)), 0)
		wantEqual(t, "messages in the new one", len(env.discord.Messages(second)), 1)

		check(t, env.discord.DeleteMessage(t.Context(), second, *loadPanel().MessageID)) // as a member could do in Discord
		wantEqual(t, "status of posting a deleted panel again", post().Status, contract.CommandDone)
		wantEqual(t, "messages in the new one", len(env.discord.Messages(second)), 1)

		change("channelId", forbidden)
		answer := post()
		wantEqual(t, "code without permission", answer.Code, "discord.50013")
		wantEqual(t, "messages after the refusal", len(env.discord.Messages(second)), 1)
		for field, value := range map[string]string{"channelId": "", "enabled": ""} {
			before := loadPanel().Values()[field]
			change(field, value)
			wantEqual(t, "without "+field, post().Code, contract.RefusalSettings)
			change(field, before)
		}
	})
}
