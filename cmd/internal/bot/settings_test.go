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
)

// set has managers set what differs from the defaults.
func (w *world) set(t *testing.T, m store.Module, changes store.Values) {
	t.Helper()
	now, err := w.Settings(t.Context(), w.guild, m)
	check(t, err)
	maps.Copy(now.Values, changes)
	check(t, w.SaveSettings(t.Context(), w.guild, m, ann, now.Version, now.Values))
}

// opens opens a ticket of the kind, "" for none, and returns why not where it is refused.
func (w *world) opens(t *testing.T, e *bot.Engine, user, kind string) (store.Ticket, string) {
	t.Helper()
	ticket, err := e.OpenTicket(t.Context(), bot.Opening{
		ID: store.NewID(), GuildID: w.guild, Opener: store.Person{ID: user, Username: "user" + user}, Category: kind,
	})
	var no *bot.Refusal
	if errors.As(err, &no) {
		return ticket, no.Code
	}
	check(t, err)
	return ticket, ""
}

func is(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestTicketsAreOpenedAsTheSettingsSay(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		e := w.engine()
		for range 4 { // nobody has set anything
			_, why := w.opens(t, e, "1", "")
			is(t, "without settings", why, "")
		}
		w.set(t, store.ModuleTickets, store.Values{"maxPerUser": "1", "cooldownMinutes": "0", "categoryChannelId": "700"})
		_, why := w.opens(t, e, "1", "")
		is(t, "a fifth one", why, store.CodeSettings)
		first, why := w.opens(t, e, "2", "")
		is(t, "the first of another", why, "")
		is(t, "its place", w.discord.Opened(w.guild)[first.ChannelID].Parent, "700")
		_, why = w.opens(t, e, "2", "")
		is(t, "the second of another", why, store.CodeSettings)
		w.set(t, store.ModuleTickets, store.Values{"maxPerUser": "9", "cooldownMinutes": "60"})
		_, why = w.opens(t, e, "2", "")
		is(t, "a moment later", why, store.CodeSettings)
		w.set(t, store.ModuleTickets, store.Values{"enabled": "", "cooldownMinutes": "0"})
		_, why = w.opens(t, e, "3", "")
		is(t, "while they are turned off", why, store.CodeSettings)

		w.set(t, store.ModuleTickets, store.Values{"enabled": "on", "welcomeMessage": "Hi {user}, {category} #{number} at {server}", "closeMessage": "{staff}: {reason}"})
		panel := store.TicketPanel{ID: "p", GuildID: w.guild}.Fill(store.PanelSheet.Blank())
		check(t, w.ChangePanel(t.Context(), ann, nil, panel))
		v := store.CategorySheet.Blank()
		maps.Copy(v, store.Values{"name": "Billing", "namingPattern": "bill-{number}-{user}", "categoryChannelId": "800", "pingRoleIds": "5 6", "pingUserIds": "7", "claimEnabled": ""})
		check(t, w.ChangeCategory(t.Context(), ann, nil, store.TicketCategory{ID: "k", GuildID: w.guild, PanelID: "p"}.Fill(v)))
		ticket, why := w.opens(t, e, "4", "k")
		is(t, "of a kind", why, "")
		channel := w.discord.Opened(w.guild)[ticket.ChannelID]
		if !strings.HasPrefix(channel.Name, "bill-0") || !strings.HasSuffix(channel.Name, "-user4") || channel.Parent != "800" || !slices.Equal(channel.Roles, []string{"5", "6"}) {
			t.Errorf("the channel is %+v", channel)
		}
		m := w.discord.Messages(ticket.ChannelID)[0]
		if !strings.HasPrefix(m.Content, "Hi <@4>, Billing #") || !strings.Contains(m.Content, "at World <@7> <@&5> <@&6>") ||
			!slices.Equal(m.Mention, []string{"4", "7"}) || !slices.Equal(m.Pings, []string{"5", "6"}) {
			t.Errorf("it is greeted with %+v", m)
		}
		do := func(verb store.Verb, data string) string {
			t.Helper()
			a, err := e.Do(t.Context(), store.Command{ID: store.NewID(), GuildID: w.guild, Actor: ann, Verb: verb, Target: ticket.ID, Data: []byte(data)})
			check(t, err)
			return a.Code
		}
		is(t, "claiming what is not claimed", do(store.VerbTicketClaim, `{}`), store.CodeSettings)
		is(t, "closing", do(store.VerbTicketClose, `{"reason":"Solved."}`), "")
		all := w.discord.Messages(ticket.ChannelID)
		is(t, "said when it is closed", all[len(all)-1].Content, "<@10>: Solved.")
		w.set(t, store.ModuleTickets, store.Values{"reopenEnabled": ""})
		is(t, "reopening what stays closed", do(store.VerbTicketReopen, `{}`), store.CodeSettings)
		w.set(t, store.ModuleTickets, store.Values{"reopenEnabled": "on", "reopenTimeout": "5"})
		is(t, "reopening in time", do(store.VerbTicketReopen, `{}`), "")
		v["enabled"] = ""
		check(t, w.ChangeCategory(t.Context(), ann, v, store.TicketCategory{ID: "k", GuildID: w.guild, PanelID: "p", Version: 1}.Fill(v)))
		_, why = w.opens(t, e, "5", "k")
		is(t, "of a kind that is turned off", why, store.CodeSettings)
	})
}

func TestAGiveawaysMessageHasManagersWords(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		e := w.engine()
		w.set(t, store.ModuleGiveaways, store.Values{
			"startTitle": "Win {prize}, {prize}!", "startText": "{host} of {server} gives it to {winners}", "endTitle": "Over: {prize}", "endText": "{winners} got it",
		})
		f := store.NewGiveawayForm(time.Now())
		f.Prize, f.ChannelID, f.Description = strings.Repeat("L", 200), "900", "It shines."
		data, err := json.Marshal(f)
		check(t, err)
		id := store.NewID()
		do := func(verb store.Verb, data []byte) bot.Embed {
			t.Helper()
			a, err := e.Do(t.Context(), store.Command{ID: store.NewID(), GuildID: w.guild, Actor: ann, Verb: verb, Target: id, Data: data})
			check(t, err)
			is(t, string(verb), a.Code, "")
			return *w.discord.Messages("900")[0].Embed
		}
		begun := do(store.VerbGiveawayCreate, data)
		is(t, "the title, cut", begun.Title, "Win "+strings.Repeat("L", 200)+", "+strings.Repeat("L", 49)+"…")
		if !strings.HasPrefix(begun.Description, "<@10> of World gives it to 1\n\nIt shines.\n") || !strings.Contains(begun.Description, "Ends <t:") {
			t.Errorf("it begins with %q", begun.Description)
		}
		check(t, e.Enter(t.Context(), w.guild, id, bot.Entrant{Person: store.Person{ID: "3", Username: "Cat"}}))
		ended := do(store.VerbGiveawayEnd, []byte("{}"))
		is(t, "the title", ended.Title, "Over: "+strings.Repeat("L", 200))
		if !strings.HasPrefix(ended.Description, "<@3> got it\n\nIt shines.\n") || !strings.Contains(ended.Description, "**Ended**") {
			t.Errorf("it ends with %q", ended.Description)
		}
	})
}

func TestWinnersAreAnnouncedInManagersWords(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		e := w.engine()
		create := func(id string) string {
			t.Helper()
			f := store.NewGiveawayForm(time.Now())
			f.Prize, f.ChannelID = "Lamp", "900"
			data, err := json.Marshal(f)
			check(t, err)
			a, err := e.Do(t.Context(), store.Command{ID: store.NewID(), GuildID: w.guild, Actor: ann, Verb: store.VerbGiveawayCreate, Target: id, Data: data})
			check(t, err)
			return a.Code
		}
		w.set(t, store.ModuleGiveaways, store.Values{"enabled": ""})
		is(t, "while they are turned off", create("g0"), store.CodeSettings)
		for words, want := range map[string]string{
			"{winners} have {prize} of {server} from {host}": "<@3> have Lamp of World from <@10>", "enjoy": "<@3> enjoy",
		} {
			w.set(t, store.ModuleGiveaways, store.Values{"enabled": "on", "winMessage": words})
			id := store.NewID()
			is(t, "creating", create(id), "")
			check(t, e.Enter(t.Context(), w.guild, id, bot.Entrant{Person: store.Person{ID: "3", Username: "Cat"}}))
			_, err := e.Do(t.Context(), store.Command{ID: store.NewID(), GuildID: w.guild, Actor: ann, Verb: store.VerbGiveawayEnd, Target: id, Data: []byte("{}")})
			check(t, err)
			all := w.discord.Messages("900")
			is(t, "announced", all[len(all)-1].Content, want)
		}
	})
}
