package bot_test

import (
	"testing"

	"guildboard/cmd/internal/bot"
	"guildboard/store"
)

func TestAPanelIsPostedBroughtUpToDateAndMoved(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const first, second, barred = "320000000000000001", "320000000000000002", "320000000000000003"
		w.discord.RefuseIn(barred, bot.MissingPermission, "Missing Permissions")
		w.alive(t)
		w.runs(t)
		c := w.dashboard(t)
		id := panel(t, w, first)
		now := func() store.TicketPanel {
			t.Helper()
			setup, err := w.TicketSetup(t.Context(), w.guild)
			check(t, err)
			p, _ := setup.Panel(id)
			return p
		}
		change := func(field, value string) {
			t.Helper()
			p := now()
			v := p.Values()
			v[field] = value
			check(t, w.ChangePanel(t.Context(), ann, p.Values(), p.Fill(v)))
		}
		post := func() store.Command {
			t.Helper()
			return w.answered(t, w.ask(t, c, store.VerbPanelPost, id, map[string]string{"name": "Support"}).ID)
		}
		same(t, "posted", post().Status, store.CommandDone)
		message := *now().MessageID
		m := w.discord.Message(message)
		if m.Embed.Title != "🎫 Support Tickets" || m.Choice.Menu || len(m.Choice.Options) != 1 || m.Choice.Options[0].Label != "Billing" {
			t.Errorf("it says %+v and offers %+v", m.Embed, m.Choice)
		}

		change("title", "Need help?")
		change("componentType", "SELECT")
		same(t, "what Discord says before it is asked", w.discord.Message(message).Embed.Title, "🎫 Support Tickets")
		same(t, "brought up to date", post().Status, store.CommandDone)
		same(t, "its message", *now().MessageID, message)
		if m = w.discord.Message(message); m.Embed.Title != "Need help?" || !m.Choice.Menu {
			t.Errorf("it says %+v and offers %+v", m.Embed, m.Choice)
		}

		change("channelId", second)
		same(t, "moved", post().Status, store.CommandDone)
		same(t, "messages in the old channel", len(w.discord.Messages(first)), 0)
		same(t, "messages in the new one", len(w.discord.Messages(second)), 1)

		check(t, w.discord.Remove(t.Context(), second, *now().MessageID)) // by hand
		same(t, "posted again", post().Status, store.CommandDone)
		same(t, "messages in the new one", len(w.discord.Messages(second)), 1)

		change("channelId", barred)
		answer := post()
		same(t, "where the bot may not", answer.Code, "discord.50013")
		same(t, "its message stays", len(w.discord.Messages(second)), 1)
		for field, value := range map[string]string{"channelId": "", "enabled": ""} {
			before := now().Values()[field]
			change(field, value)
			same(t, "without "+field, post().Code, store.CodeSettings)
			change(field, before)
		}
	})
}
