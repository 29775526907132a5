package store_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

// target saves within how many minutes a guild's tickets are to be answered; "" for no target.
func target(t *testing.T, s *store.Store, guild, minutes string) {
	t.Helper()
	now := must(s.Settings(t.Context(), guild, store.ModuleTickets))(t)
	v := maps.Clone(now.Values)
	v["answerWithin"] = minutes
	check(t, s.SaveSettings(t.Context(), guild, store.ModuleTickets, ann, now.Version, v))
}

func TestAnAnswerIsDueAsTheSettingsSay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		hours := func(n int) time.Time {
			return time.Now().Add(-time.Duration(n) * time.Hour).UTC().Truncate(time.Millisecond)
		}
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		opener := storetest.Member(t, s, "1", "20", "Opener")
		opened := func(ago int) store.Ticket { return storetest.Ticket(t, s, opener, store.Ticket{CreatedAt: hours(ago)}) }
		old, middle, fresh, claimed := opened(30), opened(10), opened(1), opened(40)
		check(t, s.ClaimTicket(ctx, "1", claimed.ID, "9", hours(39)))
		foreign := storetest.Ticket(t, s, storetest.Member(t, s, "2", "20", "Opener"), store.Ticket{CreatedAt: hours(50)})
		due := func(guild, ticket string) *time.Time { return must(s.Ticket(ctx, guild, ticket))(t).AnswerDue }
		late := func(q store.TicketQuery) []string {
			t.Helper()
			q.Late = true
			list, tiles, err := s.Tickets(ctx, "1", q, noon)
			check(t, err)
			same(t, "total", list.Total, len(list.Items))
			same(t, "the tiles when counted alone", must(s.TicketTiles(ctx, "1", noon))(t).Late, tiles.Late)
			var exported []string
			check(t, s.EachTicket(ctx, "1", q, func(t store.Ticket) error { exported = append(exported, t.ID); return nil }))
			ids := ticketIDs(list.Items)
			if got := slices.Sorted(slices.Values(exported)); !slices.Equal(got, slices.Sorted(slices.Values(ids))) {
				t.Errorf("%+v exports %v, and lists %v", q, exported, ids)
			}
			return ids
		}
		want := func(what string, got []string, tickets ...store.Ticket) {
			t.Helper()
			if want := ticketIDs(tickets); !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
		tiles := func() store.TicketTiles { return must(s.TicketTiles(ctx, "1", noon))(t) }

		same(t, "without settings", due("1", old.ID), nil)
		want("late without settings", late(store.TicketQuery{}))
		target(t, s, "1", "")
		same(t, "without a target", due("1", old.ID), nil)
		want("late without a target", late(store.TicketQuery{}))
		same(t, "their number", tiles().Late, 0)
		same(t, "the target to choose by", must(s.TicketChoices(ctx, "1"))(t).Answer, 0)

		target(t, s, "1", "360")
		if at := due("1", old.ID); at == nil || at.Sub(old.CreatedAt) != 6*time.Hour {
			t.Errorf("after six hours it is due at %v", at)
		}
		same(t, "where nobody waits", due("1", claimed.ID), nil)
		same(t, "in another guild", due("2", foreign.ID), nil)
		same(t, "the target to choose by", must(s.TicketChoices(ctx, "1"))(t).Answer, 6*time.Hour)
		same(t, "late", must(s.Ticket(ctx, "1", middle.ID))(t).Late(time.Now()), true)
		same(t, "not yet", must(s.Ticket(ctx, "1", fresh.ID))(t).Late(time.Now()), false)
		want("late", late(store.TicketQuery{}), middle, old)
		want("the oldest first", late(store.TicketQuery{Sort: store.TicketsOldest}), old, middle)
		want("who waits longest", late(store.TicketQuery{Sort: store.TicketsWaiting}), old, middle)
		want("of those picked by hand", late(store.TicketQuery{IDs: []string{old.ID, fresh.ID, claimed.ID}}), old)
		want("closed", late(store.TicketQuery{Status: store.TicketClosed}))
		want("claimed", late(store.TicketQuery{Status: store.TicketClaimed}))
		want("with its number", late(store.TicketQuery{Text: "#2"}), middle)
		want("with a text", late(store.TicketQuery{Text: "opener"}), middle, old)
		same(t, "their number", tiles().Late, 2)
		across := must(s.Across(ctx, nil, []string{"1", "2"}, noon))(t).Waiting
		for _, ticket := range across {
			same(t, "across guilds it is the same", ticket.AnswerDue != nil, ticket.GuildID == "1")
		}

		target(t, s, "1", "1440")
		want("late by another target", late(store.TicketQuery{}), old)
		check(t, s.CloseTicket(ctx, "1", old.ID, "9", time.Now()))
		want("late once it is closed", late(store.TicketQuery{}))
		target(t, s, "1", "")
		same(t, "no target again", due("1", middle.ID), nil)
	})
}

// However many are late, lists and exports hold those that are, in their order.
func TestManyThatAreLateAreFoundAsFewAre(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		crowd(t, s, "1", 0, 1300)
		target(t, s, "1", "60")
		for _, many := range []int{30, 1200} {
			exec(t, s, "UPDATE tickets SET waiting_since = NULL")
			exec(t, s, fmt.Sprintf("UPDATE tickets SET waiting_since = created_at WHERE number <= %d AND number %% 20 < 2", 20*many))
			exec(t, s, fmt.Sprintf("UPDATE tickets SET waiting_since = created_at WHERE number <= %d", many))
			exec(t, s, "UPDATE tickets SET waiting_since = $1 WHERE number = 40", time.Now())
			var want []string
			check(t, s.EachTicket(t.Context(), "1", store.TicketQuery{Sort: store.TicketsOldest}, func(t store.Ticket) error {
				if t.Late(time.Now()) {
					want = append(want, t.ID)
				}
				return nil
			}))
			for sort, backwards := range map[store.TicketSort]bool{store.TicketsOldest: false, store.TicketsNewest: true, store.TicketsWaiting: false} {
				order := slices.Clone(want)
				if backwards {
					slices.Reverse(order)
				}
				q := store.TicketQuery{Late: true, Sort: sort, Page: 2, PerPage: 10}
				list, _, err := s.Tickets(t.Context(), "1", q, noon)
				check(t, err)
				if got := ticketIDs(list.Items); !slices.Equal(got, order[10:20]) {
					t.Errorf("%d, %q: the second page has %v, not %v", many, sort, got, order[10:20])
				}
				var exported []string
				check(t, s.EachTicket(t.Context(), "1", store.TicketQuery{Late: true, Sort: sort}, func(t store.Ticket) error {
					exported = append(exported, t.ID)
					return nil
				}))
				if slices.Sort(exported); !slices.Equal(exported, slices.Sorted(slices.Values(want))) {
					t.Errorf("%d, %q: %d are exported of %d", many, sort, len(exported), len(want))
				}
			}
		}
	})
}

// Words of the settings that look like the target are none.
func TestTheTargetIsThatOfTheSettings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		v := store.TicketSheet.Blank()
		v["welcomeMessage"] = "\x00 \"answerWithin\":7, \\\"answerWithin\":8,"
		check(t, s.SaveSettings(t.Context(), "1", store.ModuleTickets, ann, 0, v))
		same(t, "none", must(s.TicketChoices(t.Context(), "1"))(t).Answer, 0)
		target(t, s, "1", "10080")
		same(t, "a week", must(s.TicketChoices(t.Context(), "1"))(t).Answer, 7*24*time.Hour)
		same(t, "as it is kept", must(s.Settings(t.Context(), "1", store.ModuleTickets))(t).Values["answerWithin"], "10080")
		target(t, s, "1", "")
		same(t, "none again", must(s.Settings(t.Context(), "1", store.ModuleTickets))(t).Values["answerWithin"], "")
	})
	for value, problem := range map[string]string{"": "", " ": "", "1": "", "10080": "", "0": store.ProblemRange, "10081": store.ProblemRange, "-5": store.ProblemRange, "soon": store.ProblemRange, "1.5": store.ProblemRange} {
		v := store.TicketSheet.Blank()
		v["answerWithin"] = value
		same(t, "“"+value+"”", store.SettingsProblems(store.ModuleTickets, v)["answerWithin"], problem)
	}
}

func TestATargetThatCannotBeReadIsNone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		ticket := storetest.Ticket(t, s, storetest.Member(t, s, "1", "20", "Opener"), store.Ticket{CreatedAt: noon})
		due := func() *time.Time { return must(s.Ticket(t.Context(), "1", ticket.ID))(t).AnswerDue }
		target(t, s, "1", "60")
		if due() == nil {
			t.Fatal("there is no target")
		}
		for _, data := range []string{
			`{"answerWithin":"soon"}`, `{"answerWithin":1.5}`, `{"answerWithin":0}`, `{"answerWithin":-60}`, `{"answerWithin":999999999999}`,
			`{"answerWithin":[60]}`, `{"answerWithin":null}`, `{"welcomeMessage":"\"answerWithin\":60,"}`, `{"answerWithin":60`, "60", "",
		} {
			exec(t, s, "UPDATE guild_settings SET data = '"+data+"' WHERE guild_id = '1'")
			same(t, "due with "+data, due(), nil)
		}
		exec(t, s, `UPDATE guild_settings SET data = '{"answerWithin" : 60 }' WHERE guild_id = '1'`)
		if at := due(); at == nil || !at.Equal(ticket.CreatedAt.Add(time.Hour)) {
			t.Errorf("written with blanks it is due %v", at)
		}
	})
}
