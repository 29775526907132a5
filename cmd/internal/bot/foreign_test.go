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
	"guildboard/store/storetest"
)

// estate is what a world's guild has in Discord, and what another guild has where the bot is, too.
type estate struct{ channel, category, role, foreignChannel, foreignCategory, foreignRole string }

// settle gives the world's guild and another one their channels, categories and roles. Nothing else exists.
func (w *world) settle() estate {
	id := func(kind int) string { return fmt.Sprintf("%s%d", w.guild[len(w.guild)-16:], kind) }
	e := estate{id(1), id(2), id(3), id(4), id(5), id(6)}
	other := w.guild + "9"
	w.discord.SetChannels(w.guild, store.Channel{ID: e.channel, Name: "own", Kind: store.ChannelText},
		store.Channel{ID: e.category, Name: "Own", Kind: store.ChannelCategory})
	w.discord.SetRoles(w.guild, store.Role{ID: e.role, Name: "Own"})
	w.discord.SetChannels(other, store.Channel{ID: e.foreignChannel, Name: "foreign", Kind: store.ChannelText},
		store.Channel{ID: e.foreignCategory, Name: "Foreign", Kind: store.ChannelCategory})
	w.discord.SetRoles(other, store.Role{ID: e.foreignRole, Name: "Foreign"})
	return e
}

// carries carries out a command through the engine and returns its answer.
func (w *world) carries(t *testing.T, e *bot.Engine, verb store.Verb, target string, data []byte) store.Answer {
	t.Helper()
	a, err := e.Do(t.Context(), store.Command{ID: store.NewID(), GuildID: w.guild, Actor: ann, Verb: verb, Target: target, Data: data})
	check(t, err)
	return a
}

func TestFormThatNamesAnotherGuildsChannelOrRoleIsRefused(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		own, e := w.settle(), w.engine()
		form := func(change func(*store.GiveawayForm)) []byte {
			f := form()
			f.ChannelID, f.PingRoleID, f.RequiredRoleIDs = own.channel, own.role, []string{own.role}
			f.BonusEntryRoles = []store.BonusRole{{RoleID: own.role, Entries: 2}}
			change(&f)
			text, err := json.Marshal(f)
			check(t, err)
			return text
		}
		foreign := map[string]func(*store.GiveawayForm){
			"channelId":        func(f *store.GiveawayForm) { f.ChannelID = own.foreignChannel },
			"pingRoleId":       func(f *store.GiveawayForm) { f.PingRoleID = own.foreignRole },
			"requiredRoleIds":  func(f *store.GiveawayForm) { f.RequiredRoleIDs = []string{own.role, own.foreignRole} },
			"blacklistRoleIds": func(f *store.GiveawayForm) { f.BlacklistRoleIDs = []string{own.foreignRole} },
			"bonusEntryRoles": func(f *store.GiveawayForm) {
				f.BonusEntryRoles = []store.BonusRole{{RoleID: own.foreignRole, Entries: 1}}
			},
		}
		everyone := func(f *store.GiveawayForm) { f.PingRoleID = w.guild } // the role @everyone
		later := func(f *store.GiveawayForm) {
			start := time.Now().Add(time.Hour)
			f.StartsAt, f.EndsAt = &start, start.Add(time.Hour)
		}

		posted, scheduled := store.NewID(), store.NewID()
		is(t, "own ids", w.carries(t, e, store.VerbGiveawayCreate, posted, form(everyone)).Code, "")
		is(t, "own ids, later", w.carries(t, e, store.VerbGiveawayCreate, scheduled, form(later)).Code, "")
		for field, change := range foreign {
			for name, also := range map[string]func(*store.GiveawayForm){"now": func(*store.GiveawayForm) {}, "later": later} {
				id := store.NewID()
				a := w.carries(t, e, store.VerbGiveawayCreate, id, form(func(f *store.GiveawayForm) { also(f); change(f) }))
				w.isRefusedAsForm(t, "create "+name, field, a)
				if _, err := w.Giveaway(t.Context(), w.guild, id); err == nil {
					t.Errorf("create %s with foreign %s: there is a giveaway", name, field)
				}
			}
			a := w.carries(t, e, store.VerbGiveawayEdit, scheduled, form(func(f *store.GiveawayForm) { later(f); change(f) }))
			w.isRefusedAsForm(t, "edit of a scheduled one", field, a)
			a = w.carries(t, e, store.VerbGiveawayEdit, posted, form(change))
			if field == "channelId" { // the channel of a giveaway that has been posted stays
				is(t, "edit of a posted one", a.Code, "")
				is(t, "its channel", w.giveaway(t, posted).ChannelID, own.channel)
				continue
			}
			w.isRefusedAsForm(t, "edit of a posted one", field, a)
		}
		same(t, "messages in the foreign channel", len(w.discord.Messages(own.foreignChannel)), 0)
	})
}

func (w *world) isRefusedAsForm(t *testing.T, what, field string, a store.Answer) {
	t.Helper()
	if a.Status != store.CommandRefused || a.Code != store.CodeForm || !strings.Contains(a.Message, field) {
		t.Errorf("%s with foreign %s: %s %s %q, want refused as form, naming the field", what, field, a.Status, a.Code, a.Message)
	}
}

// A row may have got its ids before they were checked, or from another program.
func TestRowThatNamesAnotherGuildsChannelIsNeverPosted(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		own, e := w.settle(), w.engine()
		posted := w.posted(t, 3, store.Giveaway{ChannelID: own.foreignChannel, WinnerCount: 1})
		message := w.discord.Message(*posted.MessageID)
		past := time.Now().Add(-time.Minute)
		due := storetest.Giveaway(t, w.Store, w.guild, store.Giveaway{
			ID: store.NewID(), ChannelID: own.foreignChannel, Status: store.GiveawayPending, StartsAt: &past, EndsAt: time.Now().Add(time.Hour),
		})
		pinged := storetest.Giveaway(t, w.Store, w.guild, store.Giveaway{
			ID: store.NewID(), ChannelID: own.channel, PingRoleID: &own.foreignRole, Status: store.GiveawayPending, StartsAt: &past, EndsAt: time.Now().Add(time.Hour),
		})
		panel := panel(t, w, own.foreignChannel)
		for _, c := range []struct {
			verb   store.Verb
			target string
			data   string
			status store.CommandStatus
		}{
			{bot.VerbStart, due.ID, "{}", store.CommandRefused},
			{bot.VerbStart, pinged.ID, "{}", store.CommandRefused},
			{store.VerbGiveawayRepair, due.ID, "{}", store.CommandRefused},
			{store.VerbGiveawayEdit, posted.ID, `{"prize":"Other"}`, store.CommandRefused},
			{store.VerbGiveawayPause, posted.ID, "{}", store.CommandRefused},
			{store.VerbPanelPost, panel, "{}", store.CommandRefused},
			{store.VerbGiveawayEnd, posted.ID, "{}", store.CommandDone}, // it ends; only telling of it is refused
			{store.VerbGiveawayReroll, posted.ID, "{}", store.CommandDone},
		} {
			a := w.carries(t, e, c.verb, c.target, []byte(c.data))
			if a.Status != c.status || a.Code != store.CodeForm {
				t.Errorf("%s: %s %s %q, want %s with code form", c.verb, a.Status, a.Code, a.Message, c.status)
			}
		}
		is(t, "repair of one that is over", w.carries(t, e, store.VerbGiveawayRepair, posted.ID, []byte("{}")).Code, "")
		is(t, "deleting", w.carries(t, e, store.VerbGiveawayDelete, posted.ID, []byte("{}")).Code, "")
		if got := w.discord.Messages(own.foreignChannel); len(got) != 1 || got[0].Embed != message.Embed || got[0].Button.Disabled {
			t.Errorf("messages in the foreign channel = %+v, want the one from before, untouched", got)
		}
	})
}

func TestPanelIsMovedWithoutTouchingAnotherGuildsMessage(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		own, e := w.settle(), w.engine()
		id := panel(t, w, own.channel)
		check(t, w.PanelPosted(t.Context(), w.guild, id, own.foreignChannel, "77"))
		w.discord.AddMessage(own.foreignChannel, "77", bot.Message{Content: "theirs"})
		same(t, "posting", w.carries(t, e, store.VerbPanelPost, id, []byte("{}")).Status, store.CommandDone)
		same(t, "messages in the foreign channel", len(w.discord.Messages(own.foreignChannel)), 1)
		same(t, "messages in its own", len(w.discord.Messages(own.channel)), 1)
	})
}

func TestTicketIsOpenedOnlyWithTheGuildsOwnCategoryAndRoles(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		own, e := w.settle(), w.engine()
		w.confirmOther(t, own)
		w.set(t, store.ModuleTickets, store.Values{"maxPerUser": "9", "cooldownMinutes": "0", "categoryChannelId": own.foreignCategory})
		_, why := w.opens(t, e, "1", "")
		is(t, "a foreign category in the settings", why, store.CodeForm)
		w.set(t, store.ModuleTickets, store.Values{"categoryChannelId": own.category})
		_, why = w.opens(t, e, "1", "")
		is(t, "an own category in the settings", why, "")

		check(t, w.ChangePanel(t.Context(), ann, nil, store.TicketPanel{ID: "p", GuildID: w.guild}.Fill(store.PanelSheet.Blank())))
		for name, values := range map[string]store.Values{
			"a foreign category": {"categoryChannelId": own.foreignCategory},
			"a foreign role":     {"pingRoleIds": own.role + " " + own.foreignRole},
			"own ids":            {"categoryChannelId": own.category, "pingRoleIds": own.role},
		} {
			v := store.CategorySheet.Blank()
			maps.Copy(v, values)
			v["name"] = name
			kind := store.TicketCategory{ID: store.NewID(), GuildID: w.guild, PanelID: "p"}.Fill(v)
			check(t, w.ChangeCategory(t.Context(), ann, nil, kind))
			opened := len(w.discord.Opened(w.guild))
			want := store.CodeForm
			if name == "own ids" {
				want = ""
				opened++
			}
			_, why := w.opens(t, e, "1", kind.ID)
			is(t, name, why, want)
			same(t, "channels after "+name, len(w.discord.Opened(w.guild)), opened)
		}
	})
}

// confirmOther makes the bot record the roles and channels of the other guild.
func (w *world) confirmOther(t *testing.T, own estate) {
	t.Helper()
	other := w.guild + "9"
	storetest.Guild(t, w.Store, other, "Other")
	_, err := w.ConfirmChannels(t.Context(), other, []store.Channel{
		{ID: own.foreignChannel, Name: "foreign", Kind: store.ChannelText},
		{ID: own.foreignCategory, Name: "Foreign", Kind: store.ChannelCategory},
	})
	check(t, err)
	_, err = w.ConfirmRoles(t.Context(), other, []store.Role{{ID: own.foreignRole, Name: "Foreign"}}, nil, time.Now())
	check(t, err)
}

func TestTicketIsOpenedWithoutWhatWasDeleted(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		own, e := w.settle(), w.engine()
		w.confirmOther(t, own)
		deleted := own.role + "7"
		w.set(t, store.ModuleTickets, store.Values{"maxPerUser": "9", "cooldownMinutes": "0"})
		check(t, w.ChangePanel(t.Context(), ann, nil, store.TicketPanel{ID: "p", GuildID: w.guild}.Fill(store.PanelSheet.Blank())))
		category := func(name string, values store.Values) string {
			v := store.CategorySheet.Blank()
			maps.Copy(v, values)
			v["name"] = name
			kind := store.TicketCategory{ID: store.NewID(), GuildID: w.guild, PanelID: "p"}.Fill(v)
			check(t, w.ChangeCategory(t.Context(), ann, nil, kind))
			return kind.ID
		}
		ticket, why := w.opens(t, e, "1", category("deleted", store.Values{
			"categoryChannelId": deleted + "8", "pingRoleIds": own.role + " " + deleted,
		}))
		is(t, "refusal where a category and a role are deleted", why, "")
		opened := w.discord.Opened(w.guild)
		same(t, "channels", len(opened), 1)
		for _, c := range opened {
			same(t, "parent", c.Parent, "")
			if !slices.Equal(c.Roles, []string{own.role}) {
				t.Errorf("roles of the channel = %q, want %q", c.Roles, own.role)
			}
		}
		greeting := w.discord.Messages(ticket.ChannelID)
		if len(greeting) != 1 || !slices.Equal(greeting[0].Pings, []string{own.role}) {
			t.Errorf("greeting = %+v, want one that pings %s alone", greeting, own.role)
		}
		_, why = w.opens(t, e, "1", category("foreign", store.Values{"pingRoleIds": deleted + " " + own.foreignRole}))
		is(t, "refusal where a role is another guild's", why, store.CodeForm)
		same(t, "channels", len(w.discord.Opened(w.guild)), 1)
	})
}

func TestRepeatOfAGiveawayInAnotherGuildsChannelIsSkipped(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		own := w.settle()
		due := time.Now().Add(-time.Minute)
		g := storetest.Giveaway(t, w.Store, w.guild, store.Giveaway{
			ID: store.NewID(), ChannelID: own.foreignChannel, Status: store.GiveawayEnded,
			CreatedAt: due.AddDate(0, 0, -7), EndsAt: due.AddDate(0, 0, -6), RepeatDays: 7, RepeatAt: &due,
		})
		w.runs(t)
		eventually(t, "its turn is left out", func() bool {
			now, err := w.Giveaway(t.Context(), w.guild, g.ID)
			return err == nil && now.RepeatAt != nil && now.RepeatAt.After(time.Now())
		})
		list, _, err := w.Giveaways(t.Context(), w.guild, store.GiveawayQuery{})
		check(t, err)
		same(t, "giveaways", len(list.Items), 1)
		same(t, "messages in the foreign channel", len(w.discord.Messages(own.foreignChannel)), 0)
	})
}

// Every id of Discord's that a form carries is checked: one that is added to it must be added to DiscordIDs.
func TestFormsDiscordIDsAreAllItsIDs(t *testing.T) {
	f := store.GiveawayForm{
		ChannelID: "1", PingRoleID: "2", RequiredRoleIDs: []string{"3"}, BlacklistRoleIDs: []string{"4"}, BonusEntryRoles: []store.BonusRole{{RoleID: "5"}},
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
