package store

import (
	"database/sql"
	"fmt"
	"slices"
	"time"
)

// What the tests of the database look at behind the store's back.

func (s *Store) DB() *sql.DB      { return s.write }
func (s *Store) OnPostgres() bool { return s.pool != nil }

// Outrun, and the like, are the judgements on an error.
var (
	Outrun = outrun
	Again  = again
)

const Retries = retries

// Reads are all reads of lists, tiles and counts that the queries make in the guild, by name.
func Reads(postgres bool, guild string, gq []GiveawayQuery, tq []TicketQuery) map[string]read {
	reads := map[string]read{
		"giveaway tiles":   readGiveawayTiles(guild, new(GiveawayTiles)),
		"giveaway":         readGiveaway(guild, "g1", new([]Giveaway)),
		"settings":         readSettings("1", ModuleTickets, new(Settings)),
		"panels":           readPanels(guild, new([]TicketPanel)),
		"categories":       readCategories(guild, new([]TicketCategory)),
		"open of member":   readOpenOf(guild, "1001", new(int)),
		"newest of member": readNewestOf(guild, "1001", new(time.Time)),
		"products":         readProducts(guild, new([]TicketProduct)),
		"late tickets":     readLate(guild, time.Now(), new(int)),
		"target":           readTarget(postgres, guild, time.Now(), new(TicketQuery)),
		"labels":           readLabels(guild, new([]TicketLabel)),
		"canned replies":   readCanned(guild, new([]CannedReply)),
		"standings":        readStandings("1", []string{guild}, map[string]Standing{}),
		"grants":           readGrants([]string{guild}, func(string, Grant) {}),
		"roles":            readRoles(guild, new([]Role)),
		"helpers":          readHelpers(guild, new([]Helper)),
		"ticket helpers":   readTicketHelpers(guild, new([]Helper)),
		"winners":          readWinners(guild, []string{"g1", "g2"}, func(Winner) {}),
		"commands of rows": readOrdered(commandsOf(guild, []string{"g1", "g2"}, time.Now()), oldestFirst, new([]Command)),
		"creates":          readCreates(guild, time.Now(), new([]Command)),
		"hosts":            readHosts(guild, new([]Person)),
		"guild channels":   readGuildChannels(guild, new([]Channel)),
		"channels":         readChannels(guild, new([]string)),
		"entry counts":     readEntryCounts(guild, "g1", new([]EntryCount), new(time.Duration)),
		"entry bounds":     readEntryBounds(guild, "g1", new([]string)),
		"last entry":       readLastEntry(guild, "g1", new(*string)),
		"draw part":        readDrawPart(guild, "g1", "", "z", new(*string)),
		"preferences":      readPreferences("1001", map[string]string{}),
		"ticket":           readTicket(guild, "t1", new([]Ticket)),
	}
	for i, r := range readStory(guild, "t1", new(TicketStory)) {
		reads[fmt.Sprint("ticket story ", i)] = r
	}
	for _, at := range []MessageCursor{{}, {Before: "7"}, {After: "7"}} {
		reads[fmt.Sprintf("messages %+v", at)] = readMessages(guild, "t1", at, new([]TicketMessage), new(int))
	}
	for i, r := range readRatingStats(guild, time.Now(), new(RatingStats)) {
		reads[fmt.Sprint("rating stats ", i)] = r
	}
	for i, q := range []RatingQuery{{}, {State: RatingPending}, {Stars: 2, Reviewed: true, Page: 3}, {Staff: "1001"}, {From: time.Unix(0, 0), To: time.Now()}} {
		where, err := selectRatings(guild, q)
		if err != nil {
			panic(err)
		}
		p := pageOf(q.Page, q.PerPage)
		reads[fmt.Sprint("ratings list ", i)] = readRatings(where, p, new([]RatedTicket))
		reads[fmt.Sprint("ratings count ", i)] = countRatings(where, p, new(int))
	}
	for _, back := range []bool{false, true} {
		at := Seek{Cursor{time.Now().Add(-time.Hour), "x"}, back}
		reads[fmt.Sprint("entries from a place, back ", back)] = selectEntries(guild, "g1", "").from(at).
			list(at.stretch(pageOf(9, entriesPerPage)), new([]Entry))
		for i, q := range []CommandQuery{
			{}, {Verb: VerbTicketClose}, {Status: CommandDone}, {Actor: "1001"}, {Target: "t1"}, {From: time.Unix(0, 0), To: time.Now()},
		} {
			q.Seek = at
			where, err := selectCommandsFrom(guild, q)
			if err != nil {
				panic(err)
			}
			reads[fmt.Sprint("commands from a place ", i, ", back ", back)] = readCommands(commandColumns, where,
				at.stretch(pageOf(9, 25)), new([]Command))
		}
	}
	for _, back := range []bool{false, true} {
		for i, q := range []TicketQuery{
			{}, {Sort: TicketsOldest}, {Sort: TicketsWaiting}, {Status: TicketClosed}, {Priority: PriorityNormal},
			{From: time.Unix(0, 0), To: time.Now()},
		} {
			q.Seek = Seek{Cursor{time.Now().Add(-time.Hour), "x"}, back}
			found, err := selectTicketsFrom(guild, q)
			if err != nil {
				panic(err)
			}
			reads[fmt.Sprint("tickets from a place ", i, ", back ", back)] = found.list(q.Seek.stretch(pageOf(9, 25)), new([]Ticket))
		}
	}
	for _, back := range []bool{false, true} {
		for i, q := range []GiveawayQuery{
			{}, {Sort: GiveawaysOldest}, {Sort: GiveawaysEnding}, {Sort: GiveawaysEnded}, {Status: GiveawayEnded},
			{From: time.Unix(0, 0), To: time.Now()},
		} {
			q.Seek = Seek{Cursor{time.Now().Add(-time.Hour), "x"}, back}
			found, err := selectGiveawaysFrom(guild, q)
			if err != nil {
				panic(err)
			}
			reads[fmt.Sprint("giveaways from a place ", i, ", back ", back)] = found.list(q.Seek.stretch(pageOf(9, 25)), nil)
		}
	}
	for i, r := range readTicketChoices(guild, new(TicketChoices)) {
		reads[fmt.Sprint("ticket choices ", i)] = r
	}
	reads["templates"], reads["template"] = readTemplates(guild, nil), readTemplates(guild, new("t1"))
	reads["entries of people"] = entriesOfPeople(guild, "g1", []string{"1001", "1002"}).list(stretch{rows: 2}, new([]Entry))
	for _, text := range []string{"", "user1", "100000000000000001"} {
		found := selectEntries(guild, "g1", text)
		reads["entered "+text] = found.entered(new(int))
		for _, found.few = range []bool{false, true} {
			reads[fmt.Sprint("entries, few ", found.few, text)] = found.list(pageOf(2, entriesPerPage).stretch(), new([]Entry))
			reads[fmt.Sprint("entries found, few ", found.few, text)] = found.count(pageOf(2, entriesPerPage), new(int))
		}
	}
	for i, r := range readTicketTiles(guild, time.Now(), new(TicketTiles)) {
		reads[fmt.Sprint("ticket tiles ", i)] = r
	}
	for _, q := range gq {
		found, err := selectGiveaways(guild, q)
		if err != nil {
			panic(err)
		}
		p := pageOf(q.Page, q.PerPage)
		if reads[fmt.Sprintf("giveaways %+v export", q)], err = readGiveawaysAfter(guild, q, &Giveaway{ID: "g", CreatedAt: time.Now()}, 25, new([]Giveaway)); err != nil {
			panic(err)
		}
		reads[fmt.Sprintf("giveaways %+v list", q)] = found.list(p.stretch(), nil)
		reads[fmt.Sprintf("giveaways %+v count", q)] = found.count(p, new(int))
	}
	for _, q := range slices.Clone(tq) {
		if q.Late {
			q.lateMany = true
			tq = append(tq, q)
		}
	}
	for _, q := range tq {
		found, err := selectTickets(guild, q)
		if err != nil {
			panic(err)
		}
		p := pageOf(q.Page, q.PerPage)
		// A page of 25: for more rows Postgres may read all of a table that is as small as the tests', and be right.
		found.postgres = postgres
		reads[fmt.Sprintf("tickets %+v left", q)] = found.readLeft(new(textsLeft))
		reads[fmt.Sprintf("tickets %+v span", q)] = found.readSpan(q, new(textSpan))
		reads[fmt.Sprintf("tickets %+v place", q)] = found.readPlace(Ticket{ID: "t", Number: 7}, new(textSpan))
		if found.needle.text != "" {
			reads[fmt.Sprintf("tickets %+v said", q)] = found.readSaid([]Ticket{{ID: "t1"}, {ID: "t2"}})
		}
		for _, left := range []textsLeft{{}, {texts: fewTexts + 1}, {tickets: newestTickets + 1}} {
			found.within(left)
			if found.span = nil; found.way == lookIndex {
				found.span = &textSpan{after: 600, before: 1 << 46}
			}
			reads[fmt.Sprintf("tickets %+v list of %v", q, left)] = found.list(p.stretch(), new([]Ticket))
			reads[fmt.Sprintf("tickets %+v count of %v", q, left)] = found.count(p, new(int))
			// A page of 25: for more rows Postgres may read all of a table that is as small as the tests', and be right.
			reads[fmt.Sprintf("tickets %+v export of %v", q, left)] = found.readAfter(directionOf(false), &Ticket{ID: "t", CreatedAt: time.Now()}, 25, new([]Ticket))
		}
	}
	return reads
}

// ReadsAcross are the reads over several guilds at once, by name.
func ReadsAcross(s *Store, guilds []string, until time.Time) map[string]read {
	tell := TellQuery{Since: until.Add(-time.Hour), Until: until, Opened: guilds, Waiting: guilds, Late: guilds, Ended: guilds, Failed: guilds, User: "9"}
	return map[string]read{
		"counts":  readCounts(guilds, "ticket", []string{"OPEN", "CLAIMED"}, func(string, int) {}),
		"ending":  readEnding(guilds, until, new([]Giveaway)),
		"waiting": readWaiting(guilds, new([]Ticket)),

		"tell opened":  readOpened(tell, new([]Ticket)),
		"tell waiting": readImpatient(tell, new([]Ticket)),
		"tell late":    s.readLately(tell, new([]Ticket)),
		"tell ended":   readEnded(tell, new([]Giveaway)),
		"tell failed":  readFailed(tell, new([]Command)),

		"jump to a giveaway":   readGiveawayJumps(needleOf("nitro"), "nitro", guilds, new([]Giveaway)),
		"jump to a ticket":     readTicketJumps(needleOf("#12"), "#12", guilds, new([]Ticket)),
		"jump to who is rated": readRatedJumps(needleOf("ada"), guilds, new([]RatedStaff)),
	}
}

// Statement is what the read asks of the database.
func (r read) Statement() Statement { return Statement{r.sql, r.args} }

// Renew says now that all places are still taken.
func (p *places) Renew() { p.renew() }

// Kill has no place renewed any more, as if the process were killed.
func (p *places) Kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.held)
	p.timer.Stop()
}
