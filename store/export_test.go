package store

import (
	"database/sql"
	"fmt"
	"slices"
	"time"
)

// Access to unexported parts of the package for its tests.

func (s *Store) DB() *sql.DB      { return s.writeDB }
func (s *Store) OnPostgres() bool { return s.pool != nil }

// Unexported functions about errors and retries.
var (
	IsSerializationFailure = isSerializationFailure
	RetryTx                = retryTx
)

const MaxTxRetries = maxTxRetries

// GuildReads returns all reads of lists, statistics and counts in the guild, by name.
func GuildReads(postgres bool, guild string, gq []GiveawayQuery, tq []TicketQuery) map[string]read {
	reads := map[string]read{
		"giveaway tiles":          readGiveawayStats(guild, new(GiveawayStats)),
		"giveaway":                readGiveaway(guild, "g1", new([]Giveaway)),
		"settings":                readSettings("1", ModuleTickets, new(Settings)),
		"panels":                  readPanels(guild, new([]TicketPanel)),
		"categories":              readCategories(guild, new([]TicketCategory)),
		"open tickets of member":  readOpenCount(guild, "1001", new(int)),
		"newest ticket of member": readNewestOpenedAt(guild, "1001", new(time.Time)),
		"products":                readProducts(guild, new([]TicketProduct)),
		"overdue tickets":         readOverdueCount(guild, time.Now(), new(int)),
		"target":                  readOverdueCutoff(postgres, guild, time.Now(), new(TicketQuery)),
		"labels":                  readLabels(guild, new([]TicketLabel)),
		"canned replies":          readCannedReplies(guild, new([]CannedReply)),
		"memberships":             readMemberships("1", []string{guild}, map[string]Membership{}),
		"grants":                  readGrants([]string{guild}, func(string, Grant) {}),
		"roles":                   readRoles(guild, new([]Role)),
		"staff":                   readStaffMembers(guild, new([]StaffMember)),
		"ticket staff":            readTicketStaff(guild, new([]StaffMember)),
		"winners":                 readWinners(guild, []string{"g1", "g2"}, func(Winner) {}),
		"commands of rows":        readCommandsWhere(recentCommandsOf(guild, []string{"g1", "g2"}, time.Now()), oldestFirst, new([]Command)),
		"creates":                 readPendingCreates(guild, time.Now(), new([]Command)),
		"hosts":                   readHosts(guild, new([]User)),
		"guild channels":          readGuildChannels(guild, new([]Channel)),
		"channels":                readGiveawayChannels(guild, new([]string)),
		"entry counts":            readEntryCounts(guild, "g1", new([]EntryCount), new(time.Duration)),
		"entry bounds":            readEntryBounds(guild, "g1", new([]string)),
		"last entry":              readLastEntry(guild, "g1", new(*string)),
		"draw batch":              readDrawBatch(guild, "g1", "", "z", new(*string)),
		"preferences":             readPreferences("1001", map[string]string{}),
		"ticket":                  readTicket(guild, "t1", new([]Ticket)),
	}
	for i, r := range readTimeline(guild, "t1", new(TicketTimeline)) {
		reads[fmt.Sprint("ticket timeline ", i)] = r
	}
	for _, position := range []MessageCursor{{}, {Before: "7"}, {After: "7"}} {
		reads[fmt.Sprintf("messages %+v", position)] = readMessages(guild, "t1", position, new([]TicketMessage), new(int))
	}
	for i, r := range readRatingStats(guild, time.Now(), new(RatingStats)) {
		reads[fmt.Sprint("rating stats ", i)] = r
	}
	for i, q := range []RatingQuery{{}, {State: RatingPending}, {Stars: 2, HasReview: true, Page: 3}, {Staff: "1001"},
		{From: time.Unix(0, 0), To: time.Now()}} {
		where, err := selectRatings(guild, q)
		if err != nil {
			panic(err)
		}
		p := newPage(q.Page, q.PerPage)
		reads[fmt.Sprint("ratings list ", i)] = readRatings(where, p, new([]RatedTicket))
		reads[fmt.Sprint("ratings count ", i)] = countRatings(where, p, new(int))
	}
	for _, back := range []bool{false, true} {
		position := Keyset{Cursor{time.Now().Add(-time.Hour), "x"}, back}
		reads[fmt.Sprint("entries from a place, back ", back)] = selectEntries(guild, "g1", "").beyond(position).
			list(position.rowRange(newPage(9, entriesPerPage)), new([]Entry))
		for i, q := range []CommandQuery{
			{}, {Verb: VerbTicketClose}, {Status: CommandDone}, {Actor: "1001"}, {Target: "t1"}, {From: time.Unix(0, 0), To: time.Now()},
		} {
			q.Keyset = position
			where, err := selectCommandsBeyond(guild, q)
			if err != nil {
				panic(err)
			}
			reads[fmt.Sprint("commands from a place ", i, ", back ", back)] = readCommands(commandColumns, where,
				position.rowRange(newPage(9, 25)), new([]Command))
		}
	}
	for _, back := range []bool{false, true} {
		for i, q := range []TicketQuery{
			{}, {Sort: TicketsOldest}, {Sort: TicketsWaiting}, {Status: TicketClosed}, {Priority: PriorityNormal},
			{From: time.Unix(0, 0), To: time.Now()},
		} {
			q.Keyset = Keyset{Cursor{time.Now().Add(-time.Hour), "x"}, back}
			found, err := selectTicketsBeyond(guild, q)
			if err != nil {
				panic(err)
			}
			reads[fmt.Sprint("tickets from a place ", i, ", back ",
				back)] = found.readRows(q.Keyset.rowRange(newPage(9, 25)), new([]Ticket))
		}
	}
	for _, back := range []bool{false, true} {
		for i, q := range []GiveawayQuery{
			{}, {Sort: GiveawaysOldest}, {Sort: GiveawaysEnding}, {Sort: GiveawaysEnded}, {Status: GiveawayEnded},
			{From: time.Unix(0, 0), To: time.Now()},
		} {
			q.Keyset = Keyset{Cursor{time.Now().Add(-time.Hour), "x"}, back}
			found, err := selectGiveawaysBeyond(guild, q)
			if err != nil {
				panic(err)
			}
			reads[fmt.Sprint("giveaways from a place ", i, ", back ", back)] = found.list(q.Keyset.rowRange(newPage(9, 25)), nil)
		}
	}
	for i, r := range readTicketFilterOptions(guild, new(TicketFilterOptions)) {
		reads[fmt.Sprint("ticket filter options ", i)] = r
	}
	reads["templates"], reads["template"] = readTemplates(guild, nil), readTemplates(guild, new("t1"))
	reads["entries of users"] = selectEntriesByUser(guild, "g1", []string{"1001", "1002"}).list(rowRange{rows: 2}, new([]Entry))
	for _, text := range []string{"", "user1", "100000000000000001"} {
		found := selectEntries(guild, "g1", text)
		reads["entered "+text] = found.countEntered(new(int))
		for _, found.isSmall = range []bool{false, true} {
			reads[fmt.Sprint("entries, few ", found.isSmall, text)] = found.list(newPage(2, entriesPerPage).rowRange(), new([]Entry))
			reads[fmt.Sprint("entries found, few ", found.isSmall, text)] = found.count(newPage(2, entriesPerPage), new(int))
		}
	}
	for i, r := range readTicketStats(guild, time.Now(), new(TicketStats)) {
		reads[fmt.Sprint("ticket tiles ", i)] = r
	}
	for _, q := range gq {
		found, err := selectGiveaways(guild, q)
		if err != nil {
			panic(err)
		}
		p := newPage(q.Page, q.PerPage)
		if reads[fmt.Sprintf("giveaways %+v export", q)],
			err = readGiveawaysAfter(guild, q, &Giveaway{ID: "g", CreatedAt: time.Now()}, 25,
			new([]Giveaway)); err != nil {
			panic(err)
		}
		reads[fmt.Sprintf("giveaways %+v list", q)] = found.list(p.rowRange(), nil)
		reads[fmt.Sprintf("giveaways %+v count", q)] = found.count(p, new(int))
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
		// A page of 25 rows: for more rows, Postgres may correctly scan a table as small as in these tests.
		found.isPostgres = postgres
		reads[fmt.Sprintf("tickets %+v left", q)] = found.readScope(new(searchScope))
		reads[fmt.Sprintf("tickets %+v span", q)] = found.readRowIDRange(q, new(rowIDRange))
		reads[fmt.Sprintf("tickets %+v place", q)] = found.readRowIDsAfter(Ticket{ID: "t", Number: 7}, new(rowIDRange))
		if found.term.text != "" {
			reads[fmt.Sprintf("tickets %+v matches", q)] = found.readMatchedMessages([]Ticket{{ID: "t1"}, {ID: "t2"}})
		}
		for _, remaining := range []searchScope{{}, {texts: maxFewTexts + 1}, {tickets: maxNewestTickets + 1}} {
			found.chooseStrategy(remaining)
			if found.rowIDs = nil; found.strategy == searchIndex {
				found.rowIDs = &rowIDRange{after: 600, before: 1 << 46}
			}
			reads[fmt.Sprintf("tickets %+v list of %v", q, remaining)] = found.readRows(p.rowRange(), new([]Ticket))
			reads[fmt.Sprintf("tickets %+v count of %v", q, remaining)] = found.readCount(p, new(int))
			// A page of 25 rows: for more rows, Postgres may correctly scan a table as small as in these tests.
			reads[fmt.Sprintf("tickets %+v export of %v", q, remaining)] = found.readAfter(timeOrderOf(false),
				&Ticket{ID: "t", CreatedAt: time.Now()}, 25, new([]Ticket))
		}
	}
	return reads
}

// HomeReads returns the reads that cover several guilds at once, by name.
func HomeReads(s *Store, guilds []string, until time.Time) map[string]read {
	query := NotificationQuery{Since: until.Add(-time.Hour), Until: until, NewTicketGuilds: guilds,
		UnclaimedGuilds: guilds, OverdueGuilds: guilds, EndedGuilds: guilds, FailedGuilds: guilds, UserID: "9"}
	return map[string]read{
		"counts":  readStatusCounts(guilds, "ticket", []string{"OPEN", "CLAIMED"}, func(string, int) {}),
		"ending":  readEndingGiveaways(guilds, until, new([]Giveaway)),
		"waiting": readWaitingTickets(guilds, new([]Ticket)),

		"new tickets":       readNewTickets(query, new([]Ticket)),
		"unclaimed tickets": readUnclaimedTickets(query, new([]Ticket)),
		"overdue tickets":   s.readNewlyOverdueTickets(query, new([]Ticket)),
		"ended giveaways":   readEndedGiveaways(query, new([]Giveaway)),
		"failed commands":   readFailedCommands(query, new([]Command)),

		"giveaway results":    readGiveawayResults(newSearchTerm("nitro"), "nitro", guilds, new([]Giveaway)),
		"ticket results":      readTicketResults(newSearchTerm("#12"), "#12", guilds, new([]Ticket)),
		"rated staff results": readRatedStaffResults(newSearchTerm("ada"), guilds, new([]RatedStaffMember)),
	}
}

// Statement returns the SQL statement of the read.
func (r read) Statement() Statement { return Statement{r.sql, r.args} }

// Renew renews all leases now.
func (p *leaseSet) Renew() { p.renew() }

// StopRenewing stops the renewal of all leases, as if the process had been killed.
func (p *leaseSet) StopRenewing() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.held)
	p.renewTimer.Stop()
}
