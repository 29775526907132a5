package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

// walkPages follows the links between the pages of a list, forward and back, and checks that each row is shown once.
// page returns the ids on a page.
func walkPages[T any](t *testing.T, want []string, size int, page func(number int, keyset store.Keyset) store.List[T], id func(T) string) {
	t.Helper()
	var forward, backward []string
	list := page(1, store.Keyset{})
	for n := 1; ; n++ {
		wantEqual(t, fmt.Sprint("page going forward to ", n), list.Page, n)
		for _, item := range list.Items {
			forward = append(forward, id(item))
		}
		if list.NextCursor.IsZero() {
			wantEqual(t, fmt.Sprint("pages at page ", n), list.Pages, n)
			break
		}
		list = page(n+1, store.Keyset{Cursor: list.NextCursor})
	}
	if !slices.Equal(forward, want) {
		t.Errorf("going forward: %d rows %v, want %d: %v", len(forward), forward, len(want), want)
	}
	for {
		ids := []string{}
		for _, item := range list.Items {
			ids = append(ids, id(item))
		}
		backward = append(ids, backward...)
		if list.PrevCursor.IsZero() {
			break
		}
		list = page(max(list.Page-1, 1), store.Keyset{Cursor: list.PrevCursor, Backward: true})
		if len(list.Items) != size {
			t.Fatalf("going back: page %d has %d rows, want %d", list.Page, len(list.Items), size)
		}
	}
	if !slices.Equal(backward, want) {
		t.Errorf("going back: %d rows %v, want %d: %v", len(backward), backward, len(want), want)
	}
}

// queryIDs returns the ids that a SELECT returns.
func queryIDs(t *testing.T, s *store.Store, text string, args ...any) (ids []string) {
	t.Helper()
	for _, line := range queryLines(t, s, text, args...) {
		ids = append(ids, strings.TrimSpace(line))
	}
	return ids
}

// TestEntryPagesByCursor checks that entries with equal times are ordered by id, with some pages ending between them.
func TestEntryPagesByCursor(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		g := storetest.Giveaway(t, s, "1", store.Giveaway{})
		other := storetest.Giveaway(t, s, "1", store.Giveaway{})
		for i := range 230 {
			m := storetest.Member(t, s, "1", fmt.Sprint(1000+i), fmt.Sprint("m", i))
			noError(t, s.EnterGiveawayAt(t.Context(), "1", g.ID, m.ID, 1, 0, nil, noon.Add(time.Duration(i/40)*time.Second)))
			if i%20 == 0 {
				noError(t, s.EnterGiveawayAt(t.Context(), "1", other.ID, m.ID, 1, 0, nil, noon))
			}
		}
		want := queryIDs(t, s, "SELECT id FROM giveaway_entries WHERE giveaway_id = $1 ORDER BY created_at DESC, id DESC", g.ID)
		wantEqual(t, "entries", len(want), 230)
		page := func(number int, keyset store.Keyset) store.List[store.Entry] {
			return must(s.Entries(t.Context(), "1", g.ID, store.EntryQuery{Page: number, Keyset: keyset}))(t)
		}
		id := func(e store.Entry) string { return e.ID }
		walkPages(t, want, 50, page, id)

		third := page(3, store.Keyset{Cursor: page(2, store.Keyset{}).NextCursor})
		if ids := fmt.Sprint(third.Items[0].ID, third.Items[49].ID); ids != fmt.Sprint(want[100], want[149]) ||
			!third.ByCursor || third.Total != 230 {
			t.Errorf("page 3 = %s of %d, by cursor = %v, want rows 100 to 149 of 230", ids, third.Total, third.ByCursor)
		}
		execSQL(t, s, "DELETE FROM giveaway_entries WHERE id = $1", third.Items[49].ID)
		next := page(4, store.Keyset{Cursor: third.NextCursor})
		wantEqual(t, "first row after a deleted row", next.Items[0].ID, want[150])
		walkPages(t, slices.Delete(slices.Clone(want), 149, 150), 50, page, id)

		past := page(2, store.Keyset{Cursor: store.Cursor{At: noon.Add(-time.Hour), ID: "x"}})
		if past.ByCursor || past.Page != 5 || past.Items[len(past.Items)-1].ID != want[229] {
			t.Errorf("past the end: page %d, by cursor = %v, want the last page", past.Page, past.ByCursor)
		}
		first := page(4, store.Keyset{Cursor: store.Cursor{At: noon.Add(time.Hour), ID: "x"}, Backward: true})
		if first.ByCursor || first.Page != 1 || first.Items[0].ID != want[0] {
			t.Errorf("before the start: page %d, by cursor = %v, want the first page", first.Page, first.ByCursor)
		}
		_, err := s.Entries(t.Context(), "2", g.ID, store.EntryQuery{Page: 2, Keyset: store.Keyset{Cursor: third.NextCursor}})
		wantErrorIs(t, "cursor in another guild", err, store.ErrNotFound)
	})
}

// TestEntryPagesByNumber checks that all pages without a cursor are numbered correctly. They are counted from the
// nearer end of the list.
func TestEntryPagesByNumber(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		g := storetest.Giveaway(t, s, "1", store.Giveaway{})
		for i := range 260 {
			m := storetest.Member(t, s, "1", fmt.Sprint(1000+i), fmt.Sprint("m", i))
			noError(t, s.EnterGiveawayAt(t.Context(), "1", g.ID, m.ID, 1, 0, nil, noon.Add(time.Duration(i/7)*time.Second)))
		}
		want := queryIDs(t, s, "SELECT id FROM giveaway_entries WHERE giveaway_id = $1 ORDER BY created_at DESC, id DESC", g.ID)
		for number := range 9 {
			list := must(s.Entries(t.Context(), "1", g.ID, store.EntryQuery{Page: number}))(t)
			rows, shown := slicePage(want, number, 50)
			var got []string
			for _, e := range list.Items {
				got = append(got, e.ID)
			}
			if !slices.Equal(got, rows) || list.Page != shown {
				t.Errorf("page %d: got page %d with %v, want page %d with %v", number, list.Page, got, shown, rows)
			}
		}
	})
}

func TestCommandPagesByCursor(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		execSQL(t, s, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)
			INSERT INTO commands (id, guild_id, user_id, type, target, data, status, code, message, issued_at, expires_at)
			SELECT 'c' || n.i, '1', '9', CASE WHEN n.i % 2 = 0 THEN 'TICKET_CLOSE' ELSE 'TICKET_CLAIM' END, 't' || n.i, '{}', 'done', '', '', `+
			stepTimeSQL(s)+`, `+stepTimeSQL(s)+` FROM n`)
		for verb, n := range map[contract.Verb]int{"": 120, contract.VerbTicketClose: 60} {
			query := store.CommandQuery{Verb: verb}
			text := "SELECT id FROM commands WHERE guild_id = '1' AND (type = $1 OR $1 = '') ORDER BY issued_at DESC, id DESC"
			want := queryIDs(t, s, text, string(verb))
			wantEqual(t, "commands", len(want), n)
			walkPages(t, want, 25, func(number int, keyset store.Keyset) store.List[contract.Command] {
				query.Page, query.Keyset = number, keyset
				return must(s.Commands(t.Context(), "1", query))(t)
			}, func(c contract.Command) string { return c.ID })
		}
	})
}

// stepTimeSQL returns an SQL expression for the time of row n.i. Seven consecutive rows have the same time.
func stepTimeSQL(s *store.Store) string {
	if s.OnPostgres() {
		return "timestamp '2026-05-01 12:00:00' + (n.i / 7) * interval '1 second'"
	}
	return "1777636800000 + (n.i / 7) * 1000"
}

// TestTicketPagesByCursor checks that tickets with equal times are ordered by id, in every sort order and with every
// filter.
func TestTicketPagesByCursor(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		fillGuild(t, s, "1", 0, 120)
		fillGuild(t, s, "2", 0, 30)
		execSQL(t, s, "UPDATE tickets SET created_at = "+strings.ReplaceAll(stepTimeSQL(s), "n.i", "number"))
		execSQL(t, s, "UPDATE tickets SET waiting_since = "+strings.ReplaceAll(stepTimeSQL(s), "n.i",
			"(number + 3)")+" WHERE number % 2 = 0")
		execSQL(t, s, "INSERT INTO ticket_labels (id, guild_id, name) VALUES ('l2', '1', 'Second')")
		execSQL(t, s, `INSERT INTO labelled_tickets (guild_id, ticket_id, label_id, created_at)
			SELECT '1', id, 'l2', created_at FROM tickets WHERE guild_id = '1' AND number % 2 = 0`)
		const newest, oldest = "created_at DESC, id DESC", "created_at ASC, id ASC"
		from, to := noon.Add(2*time.Second), noon.Add(9*time.Second)
		for _, c := range []struct {
			query        store.TicketQuery
			where, order string
		}{
			{store.TicketQuery{}, "1 = 1", newest},
			{store.TicketQuery{Sort: store.TicketSortOldest}, "1 = 1", oldest},
			{store.TicketQuery{Sort: store.TicketSortWaiting}, "waiting_since IS NOT NULL", "waiting_since, id"},
			{store.TicketQuery{Status: store.TicketClosed}, "status = 'CLOSED'", newest},
			{store.TicketQuery{Status: store.TicketActive, Sort: store.TicketSortOldest}, "status <> 'CLOSED'", oldest},
			{store.TicketQuery{Labels: []string{"l2"}}, "number % 2 = 0", newest},
			{
				store.TicketQuery{Labels: []string{"l2"}, Sort: store.TicketSortOldest, Status: store.TicketClosed},
				"number % 2 = 0 AND status = 'CLOSED'", oldest,
			},
			{store.TicketQuery{From: from, To: to}, "number BETWEEN 14 AND 62", newest},
			{store.TicketQuery{From: from, To: to, Sort: store.TicketSortOldest}, "number BETWEEN 14 AND 62", oldest},
		} {
			t.Logf("%+v", c.query)
			want := queryIDs(t, s, "SELECT id FROM tickets WHERE guild_id = '1' AND "+c.where+" ORDER BY "+c.order)
			if c.query.PerPage = 7; len(want) < 10 {
				c.query.PerPage = 2
			}
			walkPages(t, want, c.query.PerPage, func(number int, keyset store.Keyset) store.List[store.Ticket] {
				c.query.Page, c.query.Keyset = number, keyset
				list, _, err := s.Tickets(t.Context(), "1", c.query, noon)
				noError(t, err)
				return list
			}, func(ticket store.Ticket) string { return ticket.ID })
		}
	})
}

// TestGiveawayPagesByCursor checks that giveaways with equal times are ordered by id, and that pages in sort orders
// without cursors are found by number.
func TestGiveawayPagesByCursor(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		fillGuild(t, s, "1", 90, 0)
		fillGuild(t, s, "2", 30, 0)
		step, spaced := stepTimeSQL(s), "(length(prize) + entries + winner_count)"
		execSQL(t, s, "UPDATE giveaways SET created_at = "+strings.ReplaceAll(step, "n.i", spaced)+
			", ends_at = "+strings.ReplaceAll(step, "n.i", "(7 * length(prize))"))
		execSQL(t, s, "UPDATE giveaways SET ended_at = ends_at WHERE status = 'ENDED'")
		const newest = "created_at DESC, id DESC"
		for _, c := range []struct {
			query        store.GiveawayQuery
			where, order string
		}{
			{store.GiveawayQuery{}, "1 = 1", newest},
			{store.GiveawayQuery{Sort: store.GiveawaySortOldest}, "1 = 1", "created_at, id"},
			{store.GiveawayQuery{Sort: store.GiveawaySortEnding}, "1 = 1", "ends_at, id"},
			{store.GiveawayQuery{Sort: store.GiveawaySortEnded}, "ended_at IS NOT NULL", "ended_at DESC, id DESC"},
			{store.GiveawayQuery{Status: store.GiveawayActive}, "status = 'ACTIVE'", newest},
			{store.GiveawayQuery{Status: store.GiveawayEnded, Sort: store.GiveawaySortOldest},
				"status = 'ENDED'", "created_at, id"},
			{store.GiveawayQuery{From: noon, To: noon.AddDate(0, 0, 1), Sort: store.GiveawaySortEnding}, "1 = 1", "ends_at, id"},
		} {
			t.Logf("%+v", c.query)
			want := queryIDs(t, s, "SELECT id FROM giveaways WHERE guild_id = '1' AND "+c.where+" ORDER BY "+c.order)
			c.query.PerPage, c.query.RowCache = 7, new(store.GiveawayRowCache)
			walkPages(t, want, 7, func(number int, keyset store.Keyset) store.List[store.Giveaway] {
				c.query.Page, c.query.Keyset = number, keyset
				list, _, err := s.Giveaways(t.Context(), "1", c.query)
				noError(t, err)
				for _, g := range list.Items {
					wantEqual(t, "ended giveaway has winners", len(g.Winners) == 1, g.Status == store.GiveawayEnded)
				}
				return list
			}, func(g store.Giveaway) string { return g.ID })
		}
		pastKeyset := store.Keyset{Cursor: store.Cursor{At: noon.AddDate(1, 0, 0), ID: "x"}}
		for _, q := range []store.GiveawayQuery{{Sort: store.GiveawaySortEntries}, {Sort: store.GiveawaySortPrize}, {SearchTerm: "nitro"}} {
			q.Page, q.PerPage, q.Keyset = 2, 7, pastKeyset
			list, _, err := s.Giveaways(t.Context(), "1", q)
			noError(t, err)
			if list.ByCursor || list.Page != 2 || !list.PrevCursor.IsZero() || !list.NextCursor.IsZero() {
				t.Errorf("%+v: page %d, by cursor = %v, want page 2 by number", q, list.Page, list.ByCursor)
			}
		}
	})
}

// TestGiveawayPageByCursorIsStable checks that a page by cursor does not move when a giveaway is created, ended or
// deleted, and that the last page is returned, by number, for a cursor past the end.
func TestGiveawayPageByCursorIsStable(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		fillGuild(t, s, "1", 60, 0)
		fillGuild(t, s, "2", 60, 0)
		page := func(guild string, number int, keyset store.Keyset) store.List[store.Giveaway] {
			list, _, err := s.Giveaways(t.Context(), guild,
				store.GiveawayQuery{Status: store.GiveawayEnded, PerPage: 10, Page: number, Keyset: keyset})
			noError(t, err)
			return list
		}
		first := page("1", 1, store.Keyset{})
		keyset := store.Keyset{Cursor: first.NextCursor}
		want := giveawayIDs(page("1", 2, keyset).Items)
		storetest.Giveaway(t, s, "1", store.Giveaway{Status: store.GiveawayEnded, CreatedAt: noon.AddDate(1, 0, 0)})
		execSQL(t, s, "UPDATE giveaways SET status = 'CANCELLED' WHERE id = $1", first.Items[9].ID)
		if list := page("1", 2, keyset); !slices.Equal(giveawayIDs(list.Items), want) || !list.ByCursor {
			t.Errorf("rows of page 2 = %v, want %v", giveawayIDs(list.Items), want)
		}
		for _, g := range page("2", 2, keyset).Items {
			wantEqual(t, "guild with a cursor of another guild", g.GuildID, "2")
		}
		past := page("2", 2, store.Keyset{Cursor: store.Cursor{At: noon.AddDate(-1, 0, 0), ID: "x"}})
		if past.ByCursor || past.Page != 3 || len(past.Items) != 10 {
			t.Errorf("past the end: page %d with %d rows, by cursor = %v, want the last page",
				past.Page, len(past.Items), past.ByCursor)
		}
	})
}

// TestTicketPageByCursorIsStable checks that tickets added, removed or changed between two pages make the list neither
// repeat nor omit a ticket.
func TestTicketPageByCursorIsStable(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		fillGuild(t, s, "1", 0, 60)
		fillGuild(t, s, "2", 0, 60)
		page := func(guild string, q store.TicketQuery) store.List[store.Ticket] {
			q.PerPage = 10
			list, _, err := s.Tickets(t.Context(), guild, q, noon)
			noError(t, err)
			return list
		}
		for _, status := range []store.TicketStatus{"", store.TicketClosed} {
			first := page("1", store.TicketQuery{Status: status})
			keyset := store.Keyset{Cursor: first.NextCursor}
			second := page("1", store.TicketQuery{Status: status, Page: 2, Keyset: keyset})
			opener := storetest.Member(t, s, "1", "10", "Zoë")
			storetest.Ticket(t, s, opener, store.Ticket{Status: store.TicketClosed, CreatedAt: noon.AddDate(1, 0, 0)})
			execSQL(t, s, "UPDATE tickets SET status = 'OPEN' WHERE id = $1", first.Items[9].ID)
			again := page("1", store.TicketQuery{Status: status, Page: 2, Keyset: keyset})
			if got, want := ticketIDs(again.Items), ticketIDs(second.Items); !slices.Equal(got, want) ||
				!again.ByCursor || again.Page != 2 {
				t.Errorf("status %q: page %d = %v, want page 2 by cursor: %v", status, again.Page, got, want)
			}
			execSQL(t, s, "DELETE FROM tickets WHERE id = $1", first.Items[9].ID)
			if got := ticketIDs(page("1", store.TicketQuery{Status: status, Page: 2, Keyset: keyset}).
				Items); !slices.Equal(got, ticketIDs(second.Items)) {
				t.Errorf("status %q after a deleted row: rows = %v, want %v", status, got, ticketIDs(second.Items))
			}
		}
		theirs := page("2", store.TicketQuery{Page: 2, Keyset: store.Keyset{Cursor: page("1", store.TicketQuery{}).NextCursor}})
		for _, ticket := range theirs.Items {
			wantEqual(t, "guild with a cursor of another guild", ticket.GuildID, "2")
		}
		past := page("2", store.TicketQuery{Page: 2, Keyset: store.Keyset{Cursor: store.Cursor{At: noon.AddDate(-1, 0, 0), ID: "x"}}})
		if past.ByCursor || past.Page != 6 || len(past.Items) != 10 {
			t.Errorf("past the end: page %d, by cursor = %v, want the last page", past.Page, past.ByCursor)
		}
		ahead := page("2", store.TicketQuery{Page: 4,
			Keyset: store.Keyset{Cursor: store.Cursor{At: noon.AddDate(2, 0, 0), ID: "x"}, Backward: true}})
		if ahead.ByCursor || ahead.Page != 1 || len(ahead.Items) != 10 {
			t.Errorf("before the start: page %d, by cursor = %v, want the first page", ahead.Page, ahead.ByCursor)
		}
	})
}

// TestDeepTicketPagesByNumber checks that deep pages by number are counted from the nearer end once the total is known.
func TestDeepTicketPagesByNumber(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		fillGuild(t, s, "1", 0, 1300)
		want := queryIDs(t, s, "SELECT id FROM tickets WHERE guild_id = '1' ORDER BY created_at DESC, id DESC")
		for _, number := range []int{1, 40, 41, 42, 43, 51, 52, 53, 9999} {
			list, stats, err := s.Tickets(t.Context(), "1", store.TicketQuery{Page: number}, noon)
			noError(t, err)
			rows, shown := slicePage(want, number, 25)
			if got := ticketIDs(list.Items); !slices.Equal(got, rows) || list.Page != shown || list.Total != 1300 || stats.Total() != 1300 {
				t.Errorf("page %d: got page %d of %d rows with %v, want page %d with %v",
					number, list.Page, list.Total, got, shown, rows)
			}
		}
	})
}

// TestPagesByCursorSkipNoRows checks that a page at a cursor reads and skips no rows before it, at any depth.
func TestPagesByCursorSkipNoRows(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		fillGuild(t, s, "1", 60, 60)
		analyze(t, s)
		plan := storetest.NewExplainer(t, s, true)
		checked := 0
		for name, read := range store.GuildQueries(s.OnPostgres(), "1", nil, nil) {
			if !strings.Contains(name, "from a place") || strings.Contains(name, "commands from a place 4") {
				continue // there are few commands for one target
			}
			checked++
			st := store.StatementOf(read)
			if !strings.Contains(st.SQL, "OFFSET 0") {
				t.Errorf("%s uses OFFSET: %s", name, st.SQL)
			}
			steps, text := plan(st)
			sought := false
			for _, step := range steps {
				for _, column := range []string{"ends_at", "ended_at"} {
					sought = sought || strings.Contains(step.Condition, "("+column+",id)") ||
						strings.Contains(step.Condition, "ROW("+column+", id)")
				}
				// With bounded days, SQLite shows only the time of the row comparison. The bound on the cursor's side
				// is omitted in that case, so one of the two comparisons belongs to the cursor.
				sought = sought || strings.Contains(step.Condition, "issued_at>? AND issued_at<?") ||
					strings.Contains(step.Condition, "(created_at,id)") || strings.Contains(step.Condition, "(issued_at,id)") ||
					strings.Contains(step.Condition, "ROW(created_at, id)") || strings.Contains(step.Condition, "ROW(issued_at, id)") ||
					strings.Contains(step.Condition, "ROW(e.created_at") || strings.Contains(step.Condition, "ROW(t.") ||
					strings.Contains(step.Condition, "(waiting_since,id)") ||
					strings.Contains(step.Condition, "created_at>? AND created_at<?") ||
					strings.Contains(step.Condition, "ROW(waiting_since, id)")
			}
			if !sought {
				t.Errorf("%s has no index seek to the cursor: %+v in\n%s", name, steps, text)
			}
		}
		wantEqual(t, "checked queries", checked, 36)
	})
}

func TestCursorRoundTrip(t *testing.T) {
	for _, c := range []store.Cursor{
		{At: noon, ID: "cm3k9q2yx0001mn08w4r5t6y7"}, {At: time.UnixMilli(-1).UTC(), ID: "a b"},
		{At: noon, ID: strings.Repeat("x", 64)}, {At: noon, ID: "Größe"},
	} {
		if got, ok := store.ParseCursor(c.String()); !ok || got != c {
			t.Errorf("ParseCursor(%q) = %v, %v, want %v", c.String(), got, ok, c)
		}
	}
	for _, c := range []store.Cursor{{}, {At: noon}, {ID: "x"}, {At: noon, ID: strings.Repeat("x", 65)}} {
		if got := c.String(); got != "" {
			t.Errorf("String() of %v = %q, want none", c, got)
		}
	}
}

// FuzzParseCursor checks that any text is parsed either as a cursor that String could have returned, or as no cursor.
func FuzzParseCursor(f *testing.F) {
	for _, s := range []string{
		"", "x", "MTc3NzYzNjgwMDAwMCBj", "MTc3NzYzNjgwMDAwMCA", "OTk5OTk5OTk5OTk5OTk5OTk5OSBh",
		"MSAA", "LTEgYQ", "KzEgYQ", "MSBh=", strings.Repeat("A", 5000),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, ok := store.ParseCursor(s)
		if ok && (c.String() != s || c.IsZero() || c.At.Year() < 1 || c.At.Year() > 9999 || strings.ContainsRune(c.ID, 0)) {
			t.Errorf("ParseCursor(%q) = %+v, which is encoded as %q", s, c, c.String())
		}
		if !ok && !c.IsZero() {
			t.Errorf("ParseCursor(%q) = %+v, false, want zero", s, c)
		}
	})
}
