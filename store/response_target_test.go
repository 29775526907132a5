package store_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/forms"
	"guildboard/store/storetest"
)

// setResponseTarget saves the response target of a guild in minutes; "" removes it.
func setResponseTarget(t *testing.T, s *store.Store, guild, minutes string) {
	t.Helper()
	now := must(s.Settings(t.Context(), guild, access.ModuleTickets))(t)
	v := maps.Clone(now.Values)
	v["answerWithin"] = minutes
	noError(t, s.SaveSettings(t.Context(), guild, access.ModuleTickets, ann, now.Version, v))
}

func TestResponseDueFollowsSettings(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		hours := func(n int) time.Time {
			return time.Now().Add(-time.Duration(n) * time.Hour).UTC().Truncate(time.Millisecond)
		}
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		opener := storetest.Member(t, s, "1", "20", "Opener")
		opened := func(ago int) store.Ticket { return storetest.Ticket(t, s, opener, store.Ticket{CreatedAt: hours(ago)}) }
		old, middle, fresh, claimed := opened(30), opened(10), opened(1), opened(40)
		noError(t, s.ClaimTicket(ctx, "1", claimed.ID, "9", hours(39)))
		foreign := storetest.Ticket(t, s, storetest.Member(t, s, "2", "20", "Opener"), store.Ticket{CreatedAt: hours(50)})
		due := func(guild, ticket string) *time.Time { return must(s.Ticket(ctx, guild, ticket))(t).ResponseDue }
		overdue := func(q store.TicketQuery) []string {
			t.Helper()
			q.Overdue = true
			list, stats, err := s.Tickets(ctx, "1", q, noon)
			noError(t, err)
			wantEqual(t, "total", list.Total, len(list.Items))
			wantEqual(t, "overdue tickets in separate stats",
				must(s.TicketStats(ctx, "1", noon))(t).Overdue, stats.Overdue)
			var exported []string
			noError(t, s.EachTicket(ctx, "1", q, func(t store.Ticket) error { exported = append(exported, t.ID); return nil }))
			ids := ticketIDs(list.Items)
			if got := slices.Sorted(slices.Values(exported)); !slices.Equal(got, slices.Sorted(slices.Values(ids))) {
				t.Errorf("%+v: exported = %v, want %v", q, exported, ids)
			}
			return ids
		}
		want := func(label string, got []string, tickets ...store.Ticket) {
			t.Helper()
			if want := ticketIDs(tickets); !slices.Equal(got, want) {
				t.Errorf("%s: rows = %v, want %v", label, got, want)
			}
		}
		stats := func() store.TicketStats { return must(s.TicketStats(ctx, "1", noon))(t) }

		wantEqual(t, "due time without settings", due("1", old.ID), nil)
		want("overdue without settings", overdue(store.TicketQuery{}))
		setResponseTarget(t, s, "1", "")
		wantEqual(t, "due time without a target", due("1", old.ID), nil)
		want("overdue without a target", overdue(store.TicketQuery{}))
		wantEqual(t, "overdue tickets without a target", stats().Overdue, 0)
		wantEqual(t, "response target", must(s.TicketFilterOptions(ctx, "1"))(t).ResponseTarget, 0)

		setResponseTarget(t, s, "1", "360")
		if at := due("1", old.ID); at == nil || at.Sub(old.CreatedAt) != 6*time.Hour {
			t.Errorf("due time = %v, want 6 hours after the opening", at)
		}
		wantEqual(t, "due time of a claimed ticket", due("1", claimed.ID), nil)
		wantEqual(t, "due time in another guild", due("2", foreign.ID), nil)
		wantEqual(t, "response target", must(s.TicketFilterOptions(ctx, "1"))(t).ResponseTarget, 6*time.Hour)
		wantEqual(t, "old ticket is overdue", must(s.Ticket(ctx, "1", middle.ID))(t).IsOverdue(time.Now()), true)
		wantEqual(t, "new ticket is overdue", must(s.Ticket(ctx, "1", fresh.ID))(t).IsOverdue(time.Now()), false)
		want("overdue", overdue(store.TicketQuery{}), middle, old)
		want("overdue, oldest first", overdue(store.TicketQuery{Sort: store.TicketSortOldest}), old, middle)
		want("overdue, longest waiting first", overdue(store.TicketQuery{Sort: store.TicketSortWaiting}), old, middle)
		want("overdue of selected rows", overdue(store.TicketQuery{IDs: []string{old.ID, fresh.ID, claimed.ID}}), old)
		want("overdue and closed", overdue(store.TicketQuery{Status: store.TicketClosed}))
		want("overdue and claimed", overdue(store.TicketQuery{Status: store.TicketClaimed}))
		want("overdue with a number", overdue(store.TicketQuery{SearchTerm: "#2"}), middle)
		want("overdue with a text", overdue(store.TicketQuery{SearchTerm: "opener"}), middle, old)
		wantEqual(t, "overdue tickets", stats().Overdue, 2)
		home := must(s.HomeSummary(ctx, nil, []string{"1", "2"}, noon))(t).WaitingTickets
		for _, ticket := range home {
			wantEqual(t, "ticket has a due time", ticket.ResponseDue != nil, ticket.GuildID == "1")
		}

		setResponseTarget(t, s, "1", "1440")
		want("overdue with another target", overdue(store.TicketQuery{}), old)
		noError(t, s.CloseTicket(ctx, "1", old.ID, "9", time.Now()))
		want("overdue after closing", overdue(store.TicketQuery{}))
		setResponseTarget(t, s, "1", "")
		wantEqual(t, "due time without a target", due("1", middle.ID), nil)
	})
}

// TestOverdueListsDoNotDependOnCount checks that lists and exports contain exactly the overdue tickets in the right
// order, whatever their number.
func TestOverdueListsDoNotDependOnCount(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		fillGuild(t, s, "1", 0, 1300)
		setResponseTarget(t, s, "1", "60")
		for _, many := range []int{30, 1200} {
			execSQL(t, s, "UPDATE tickets SET waiting_since = NULL")
			execSQL(t, s, fmt.Sprintf("UPDATE tickets SET waiting_since = created_at WHERE number <= %d AND number %% 20 < 2", 20*many))
			execSQL(t, s, fmt.Sprintf("UPDATE tickets SET waiting_since = created_at WHERE number <= %d", many))
			execSQL(t, s, "UPDATE tickets SET waiting_since = $1 WHERE number = 40", time.Now())
			var want []string
			noError(t, s.EachTicket(t.Context(), "1", store.TicketQuery{Sort: store.TicketSortOldest}, func(t store.Ticket) error {
				if t.IsOverdue(time.Now()) {
					want = append(want, t.ID)
				}
				return nil
			}))
			for sort, backwards := range map[store.TicketSort]bool{store.TicketSortOldest: false,
				store.TicketSortNewest: true, store.TicketSortWaiting: false} {
				order := slices.Clone(want)
				if backwards {
					slices.Reverse(order)
				}
				q := store.TicketQuery{Overdue: true, Sort: sort, Page: 2, PerPage: 10}
				list, _, err := s.Tickets(t.Context(), "1", q, noon)
				noError(t, err)
				if got := ticketIDs(list.Items); !slices.Equal(got, order[10:20]) {
					t.Errorf("%d, %q: second page = %v, want %v", many, sort, got, order[10:20])
				}
				var exported []string
				noError(t, s.EachTicket(t.Context(), "1", store.TicketQuery{Overdue: true, Sort: sort}, func(t store.Ticket) error {
					exported = append(exported, t.ID)
					return nil
				}))
				if slices.Sort(exported); !slices.Equal(exported, slices.Sorted(slices.Values(want))) {
					t.Errorf("%d, %q: exported = %d, want %d", many, sort, len(exported), len(want))
				}
			}
		}
	})
}

// TestResponseTargetIsReadFromSettings checks that text in the settings that looks like the target is ignored.
func TestResponseTargetIsReadFromSettings(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		v := store.TicketSettingsSchema.Defaults()
		v["welcomeMessage"] = "\x00 \"answerWithin\":7, \\\"answerWithin\":8,"
		noError(t, s.SaveSettings(t.Context(), "1", access.ModuleTickets, ann, 0, v))
		wantEqual(t, "target before saving", must(s.TicketFilterOptions(t.Context(), "1"))(t).ResponseTarget, 0)
		setResponseTarget(t, s, "1", "10080")
		wantEqual(t, "target of a week",
			must(s.TicketFilterOptions(t.Context(), "1"))(t).ResponseTarget, 7*24*time.Hour)
		wantEqual(t, "stored value",
			must(s.Settings(t.Context(), "1", access.ModuleTickets))(t).Values["answerWithin"], "10080")
		setResponseTarget(t, s, "1", "")
		wantEqual(t, "stored value after deleting it",
			must(s.Settings(t.Context(), "1", access.ModuleTickets))(t).Values["answerWithin"], "")
	})
	for value, problem := range map[string]string{"": "", " ": "", "1": "", "10080": "", "0": forms.ProblemOutOfRange,
		"10081": forms.ProblemOutOfRange, "-5": forms.ProblemOutOfRange, "soon": forms.ProblemDurationFormat,
		"1.5": forms.ProblemDurationFormat} {
		v := store.TicketSettingsSchema.Defaults()
		v["answerWithin"] = value
		wantEqual(t, "“"+value+"”", store.SettingsProblems(access.ModuleTickets, v)["answerWithin"], problem)
	}
}

func TestInvalidResponseTargetIsIgnored(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		ticket := storetest.Ticket(t, s, storetest.Member(t, s, "1", "20", "Opener"), store.Ticket{CreatedAt: noon})
		due := func() *time.Time { return must(s.Ticket(t.Context(), "1", ticket.ID))(t).ResponseDue }
		setResponseTarget(t, s, "1", "60")
		if due() == nil {
			t.Fatal("due time = nil, want one")
		}
		for _, data := range []string{
			`{"answerWithin":"soon"}`, `{"answerWithin":1.5}`, `{"answerWithin":0}`, `{"answerWithin":-60}`,
			`{"answerWithin":999999999999}`,
			`{"answerWithin":[60]}`, `{"answerWithin":null}`, `{"welcomeMessage":"\"answerWithin\":60,"}`, `{"answerWithin":60`, "60", "",
		} {
			execSQL(t, s, "UPDATE guild_settings SET data = '"+data+"' WHERE guild_id = '1'")
			wantEqual(t, "due time with "+data, due(), nil)
		}
		execSQL(t, s, `UPDATE guild_settings SET data = '{"answerWithin" : 60 }' WHERE guild_id = '1'`)
		if at := due(); at == nil || !at.Equal(ticket.CreatedAt.Add(time.Hour)) {
			t.Errorf("due time with spaces in the JSON = %v, want an hour after the opening", at)
		}
	})
}
