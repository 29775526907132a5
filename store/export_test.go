package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/internal/sqldb"
)

// Access to unexported parts of the package for its tests.

func (s *Store) DB() *sql.DB      { return s.db.Writer() }
func (s *Store) OnPostgres() bool { return s.db.IsPostgres() }

// ExecSQL runs a change for which the store has no method, with its retries.
func ExecSQL(ctx context.Context, s *Store, text string, args ...any) error {
	_, err := s.db.Exec(ctx, text, args...)
	return err
}

// RecordAudit writes an audit record in a transaction of its own.
func (s *Store) RecordAudit(
	ctx context.Context, guild string, actor contract.User, verb contract.Verb, target, name string, before, after any,
) error {
	return s.withTx(ctx, "write audit record", func(ctx context.Context, t tx) error {
		return t.recordAudit(ctx, guild, actor, verb, target, name, before, after)
	})
}

// planRows is the number of rows of the planned exports: for more rows, Postgres may correctly scan a table as small as
// in these tests.
const planRows = 25

// Unexported constants and functions.
const (
	MaxResponseTargetMinutes = maxResponseTargetMinutes
	MaxTemplates             = maxTemplates
	MaxNotes                 = maxNotes
)

var JoinLabelNames = joinLabelNames

// GuildQueries returns all queries for lists, statistics and counts in the guild, by name.
func GuildQueries(postgres bool, guild string, gq []GiveawayQuery, tq []TicketQuery) map[string]sqldb.Query {
	reads := map[string]sqldb.Query{
		"giveaway tiles":          giveawayStatsQuery(guild, new(GiveawayStats)),
		"giveaway":                giveawayByIDQuery(guild, "g1", new([]Giveaway)),
		"settings":                settingsQuery("1", access.ModuleTickets, new(Settings)),
		"panels":                  panelsQuery(guild, new([]TicketPanel)),
		"categories":              categoriesQuery(guild, new([]TicketCategory)),
		"open tickets of member":  openCountQuery(guild, "1001", new(int)),
		"newest ticket of member": newestOpenedAtQuery(guild, "1001", new(time.Time)),
		"products":                productsQuery(guild, new([]TicketProduct)),
		"overdue tickets":         overdueCountQuery(guild, time.Now(), new(int)),
		"target":                  overdueCutoffQuery(postgres, guild, time.Now(), new(TicketQuery)),
		"labels":                  labelsQuery(guild, new([]TicketLabel)),
		"canned replies":          cannedRepliesQuery(guild, new([]CannedReply)),
		"memberships":             membershipsQuery("1", []string{guild}, map[string]access.Membership{}),
		"grants":                  grantsQuery([]string{guild}, func(string, access.Grant) {}),
		"roles":                   rolesQuery(guild, new([]Role)),
		"staff":                   staffMembersQuery(guild, new([]StaffMember)),
		"ticket staff":            ticketStaffQuery(guild, new([]StaffMember)),
		"winners":                 winnersQuery(guild, []string{"g1", "g2"}, func(Winner) {}),
		"commands of rows": commandsWhereQuery(recentCommandsOf(guild, []string{"g1", "g2"}, time.Now()),
			oldestFirst, new([]contract.Command)),
		"creates":        pendingCreatesQuery(guild, time.Now(), new([]contract.Command)),
		"hosts":          hostsQuery(guild, new([]contract.User)),
		"guild channels": guildChannelsQuery(guild, new([]Channel)),
		"channels":       giveawayChannelsQuery(guild, new([]string)),
		"entry counts":   entryCountsQuery(guild, "g1", new([]EntryCount), new(time.Duration)),
		"entry bounds":   entryBoundsQuery(guild, "g1", new([]string)),
		"last entry":     lastEntryQuery(guild, "g1", new(*string)),
		"draw batch":     drawBatchQuery(guild, "g1", "", "z", new(*string)),
		"preferences":    preferencesQuery("1001", map[string]string{}),
		"recipient":      notificationRecipientQuery("1001", new([]NotificationRecipient)),
		"ticket":         ticketByIDQuery(guild, "t1", new([]Ticket)),
	}
	for i, r := range timelineQueries(guild, "t1", new(TicketTimeline)) {
		reads[fmt.Sprint("ticket timeline ", i)] = r
	}
	for _, position := range []MessageCursor{{}, {Before: "7"}, {After: "7"}} {
		reads[fmt.Sprintf("messages %+v", position)] = messagesQuery(guild, "t1", position, new([]TicketMessage), new(int))
	}
	for i, r := range ratingStatsQueries(guild, time.Now(), new(RatingStats)) {
		reads[fmt.Sprint("rating stats ", i)] = r
	}
	for i, q := range []RatingQuery{{}, {State: RatingPending}, {Stars: 2, HasReview: true, Page: 3}, {Staff: "1001"},
		{From: time.Unix(0, 0), To: time.Now()}} {
		where, err := selectRatings(guild, q)
		if err != nil {
			panic(err)
		}
		p := newPage(q.Page, q.PerPage)
		reads[fmt.Sprint("ratings list ", i)] = ratingPageQuery(where, p, new([]RatedTicket))
		reads[fmt.Sprint("ratings count ", i)] = ratingCountQuery(where, p, new(int))
	}
	for _, back := range []bool{false, true} {
		position := Keyset{Cursor{time.Now().Add(-time.Hour), "x"}, back}
		reads[fmt.Sprint("entries from a place, back ", back)] = selectEntries(guild, "g1", "").afterCursor(position).
			listQuery(position.rowRange(newPage(9, entriesPerPage)), new([]Entry))
		for i, q := range []CommandQuery{
			{}, {Verb: contract.VerbTicketClose}, {Status: contract.CommandDone}, {Actor: "1001"}, {Target: "t1"},
			{From: time.Unix(0, 0), To: time.Now()},
		} {
			q.Keyset = position
			where, err := selectCommandsAfterCursor(guild, q)
			if err != nil {
				panic(err)
			}
			reads[fmt.Sprint("commands from a place ", i, ", back ", back)] = commandPageQuery(commandColumns, where,
				position.rowRange(newPage(9, 25)), new([]contract.Command))
		}
	}
	for _, back := range []bool{false, true} {
		for i, q := range []TicketQuery{
			{}, {Sort: TicketSortOldest}, {Sort: TicketSortWaiting}, {Status: TicketClosed}, {Priority: PriorityNormal},
			{From: time.Unix(0, 0), To: time.Now()},
		} {
			q.Keyset = Keyset{Cursor{time.Now().Add(-time.Hour), "x"}, back}
			found, err := selectTicketsAfterCursor(guild, q)
			if err != nil {
				panic(err)
			}
			reads[fmt.Sprint("tickets from a place ", i, ", back ",
				back)] = found.rowsQuery(q.Keyset.rowRange(newPage(9, 25)), new([]Ticket))
		}
	}
	for _, back := range []bool{false, true} {
		for i, q := range []GiveawayQuery{
			{}, {Sort: GiveawaySortOldest}, {Sort: GiveawaySortEnding}, {Sort: GiveawaySortEnded}, {Status: GiveawayEnded},
			{From: time.Unix(0, 0), To: time.Now()},
		} {
			q.Keyset = Keyset{Cursor{time.Now().Add(-time.Hour), "x"}, back}
			found, err := selectGiveawaysAfterCursor(guild, q)
			if err != nil {
				panic(err)
			}
			reads[fmt.Sprint("giveaways from a place ", i, ", back ", back)] = found.listQuery(q.Keyset.rowRange(newPage(9, 25)), nil)
		}
	}
	for i, r := range ticketFilterOptionsQueries(guild, new(TicketFilterOptions)) {
		reads[fmt.Sprint("ticket filter options ", i)] = r
	}
	reads["templates"], reads["template"] = templatesQuery(guild, nil), templatesQuery(guild, new("t1"))
	reads["entries of users"] = selectEntriesByUser(guild, "g1", []string{"1001", "1002"}).listQuery(rowRange{rows: 2}, new([]Entry))
	for _, text := range []string{"", "user1", "100000000000000001"} {
		found := selectEntries(guild, "g1", text)
		reads["entered "+text] = found.enteredCountQuery(new(int))
		for _, found.isSmall = range []bool{false, true} {
			reads[fmt.Sprint("entries, few ", found.isSmall, text)] = found.listQuery(newPage(2, entriesPerPage).rowRange(), new([]Entry))
			reads[fmt.Sprint("entries found, few ", found.isSmall, text)] = found.countQuery(newPage(2, entriesPerPage), new(int))
		}
	}
	for i, r := range ticketStatsQueries(guild, time.Now(), new(TicketStats)) {
		reads[fmt.Sprint("ticket tiles ", i)] = r
	}
	for _, q := range gq {
		found, err := selectGiveaways(guild, q)
		if err != nil {
			panic(err)
		}
		p := newPage(q.Page, q.PerPage)
		if reads[fmt.Sprintf("giveaways %+v export", q)],
			err = giveawaysAfterQuery(guild, q, &Giveaway{ID: "g", CreatedAt: time.Now()}, 25,
			new([]Giveaway)); err != nil {
			panic(err)
		}
		reads[fmt.Sprintf("giveaways %+v list", q)] = found.listQuery(p.rowRange(), nil)
		reads[fmt.Sprintf("giveaways %+v count", q)] = found.countQuery(p, new(int))
	}
	for _, q := range slices.Clone(tq) {
		if q.Overdue {
			q.hasManyOverdue = true
			tq = append(tq, q)
		}
	}
	for _, q := range tq {
		found, err := selectTickets(guild, q)
		if err != nil {
			panic(err)
		}
		p := newPage(q.Page, q.PerPage)
		after := &Ticket{ID: "t", Number: 7, CreatedAt: time.Now()}
		if !found.isSearch() {
			reads[fmt.Sprintf("tickets %+v list", q)] = found.rowsQuery(p.rowRange(), new([]Ticket))
			reads[fmt.Sprintf("tickets %+v count", q)] = found.countQuery(p, new(int))
			reads[fmt.Sprintf("tickets %+v export", q)] = found.afterQuery(timeOrderOf(false), after, planRows, new([]Ticket))
			continue
		}
		reads[fmt.Sprintf("tickets %+v left", q)] = found.scopeQuery(new(searchScope))
		reads[fmt.Sprintf("tickets %+v matches", q)] = found.matchedMessagesQuery([]Ticket{{ID: "t1"}, {ID: "t2"}})
		for _, scope := range []searchScope{{}, {texts: maxFewTexts + 1}, {tickets: maxNewestTickets + 1}} {
			plan := searchPlan{selection: found, isPostgres: postgres, strategy: chooseStrategy(found, scope), scope: scope}
			var export sqldb.Query
			if plan.strategy == searchIndex {
				plan.rowIDs = new(rowIDRange)
				reads[fmt.Sprintf("tickets %+v span", q)] = plan.rowIDRangeQuery(q)
				reads[fmt.Sprintf("tickets %+v place", q)] = plan.rowIDAfterQuery(*after)
				plan.rowIDs = &rowIDRange{after: 600, before: 1 << 46}
				export = plan.columnsQuery(ticketColumns, rowRange{rows: planRows}, new([]Ticket))
			} else {
				export = plan.textFilter().afterQuery(timeOrderOf(false), after, planRows, new([]Ticket))
			}
			reads[fmt.Sprintf("tickets %+v list of %v", q, scope)] = plan.rowsQuery(p.rowRange(), new([]Ticket))
			reads[fmt.Sprintf("tickets %+v count of %v", q, scope)] = plan.countQuery(p, new(int))
			reads[fmt.Sprintf("tickets %+v export of %v", q, scope)] = export
		}
	}
	return reads
}

// HomeQueries returns the queries that cover several guilds at once, by name.
func HomeQueries(s *Store, guilds []string, until time.Time) map[string]sqldb.Query {
	query := NotificationQuery{Since: until.Add(-time.Hour), Until: until, NewTicketGuilds: guilds,
		UnclaimedGuilds: guilds, OverdueGuilds: guilds, EndedGuilds: guilds, FailedGuilds: guilds, UserID: "9"}
	return map[string]sqldb.Query{
		"counts":  statusCountsQuery(guilds, "ticket", []string{"OPEN", "CLAIMED"}, func(string, int) {}),
		"ending":  endingGiveawaysQuery(guilds, until, new([]Giveaway)),
		"waiting": waitingTicketsQuery(guilds, new([]Ticket)),

		"new tickets":       newTicketsQuery(query, new([]Ticket)),
		"unclaimed tickets": unclaimedTicketsQuery(query, new([]Ticket)),
		"overdue tickets":   s.newlyOverdueTicketsQuery(query, new([]Ticket)),
		"ended giveaways":   endedGiveawaysQuery(query, new([]Giveaway)),
		"failed commands":   failedCommandsQuery(query, new([]contract.Command)),

		"giveaway results":    giveawayResultsQuery(newSearchTerm("nitro"), "nitro", guilds, new([]Giveaway)),
		"ticket results":      ticketResultsQuery(newSearchTerm("#12"), "#12", guilds, new([]Ticket)),
		"rated staff results": ratedStaffResultsQuery(newSearchTerm("ada"), guilds, new([]RatedStaffMember)),
	}
}

// StatementOf returns the SQL statement of a query.
func StatementOf(q sqldb.Query) Statement { return Statement{SQL: q.SQL, Args: q.Args} }
