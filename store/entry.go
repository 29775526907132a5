package store

import (
	"context"
	"fmt"
	"time"

	"guildboard/store/internal/sqldb"
	"guildboard/store/snowflake"
)

// entriesPerPage is the number of entries per page.
const entriesPerPage = 50

// Entries returns a page of 50 entries of the giveaway, newest first, or the entries that match a search, by name.
func (s *Store) Entries(ctx context.Context, guild, giveaway string, q EntryQuery) (List[Entry], error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	list, err := s.listEntries(ctx, selectEntries(guild, giveaway, q.SearchTerm), newPage(q.Page, entriesPerPage), q.Keyset)
	return list, s.wrapError("list entries", err)
}

func (s *Store) listEntries(ctx context.Context, found entrySelection, p page, keyset Keyset) (List[Entry], error) {
	var list List[Entry]
	entryCount, total := -1, 0
	if err := s.batch(ctx, found.enteredCountQuery(&entryCount)); err != nil {
		return list, err
	}
	if entryCount < 0 {
		return list, ErrNotFound
	}
	if !found.isSearch() {
		return s.listAllEntries(ctx, found, p, keyset, entryCount)
	}
	found.isSmall = entryCount <= maxScannedEntries
	if err := s.batch(ctx, found.listQuery(p.rowRange(), &list.Items), found.countQuery(p, &total)); err != nil {
		return list, err
	}
	list.setPage(p, total, true)
	if list.Page == p.number {
		return list, nil
	}
	list.Items = nil
	return list, s.batch(ctx, found.listQuery(p.clamp(total).rowRange(), &list.Items))
}

// listAllEntries returns a page of all entries, located by a cursor or read from the nearer end of the list.
func (s *Store) listAllEntries(
	ctx context.Context, found entrySelection, p page, keyset Keyset, entryCount int,
) (list List[Entry], err error) {
	if !keyset.IsZero() {
		err := s.batch(ctx, found.afterCursor(keyset).listQuery(keyset.rowRange(p), &list.Items))
		if err != nil || list.fillByCursor(keyset, p, entryCount, false, entryCursor) {
			return list, err
		}
		list = List[Entry]{}
		if p.number = pageCount(entryCount, p.size); keyset.Backward {
			p.number = 1
		}
	}
	p, part := p.locate(entryCount, true)
	if err := s.batch(ctx, found.listQuery(part, &list.Items)); err != nil {
		return list, err
	}
	list.setPage(p, entryCount, false)
	list.setCursors(entryCursor)
	return list, nil
}

func entryCursor(e Entry) Cursor { return Cursor{e.CreatedAt, e.ID} }

// entrySelection is the selection of an EntryQuery: entries e of the giveaway, and their members m.
type entrySelection struct {
	where      sqldb.Where // conditions on m; $1 is the guild, $2 the giveaway
	order      sortOrder
	tieBreaker string // column that orders equal rows
	keysetSQL  string // condition that entries are beyond a cursor; "" for all
	isSmall    bool   // the giveaway has so few entries that a search reads them instead of the guild's members
}

// maxScannedEntries is the number of entries up to which a search by name reads the entries. That is as fast as
// reading members who have not entered.
const maxScannedEntries = 5000

// entriesOfGiveawaySQL compares with the giveaway's id itself: with a subquery, Postgres could not estimate the
// number of entries.
const entriesOfGiveawaySQL = "e.giveaway_id = $2 AND EXISTS (SELECT 1 FROM giveaways g WHERE g.guild_id = $1 AND g.id = $2)"

func selectEntries(guild, giveaway, text string) entrySelection {
	f := entrySelection{order: sortOrder{"e.created_at", "DESC"}, tieBreaker: "e.id"}
	f.where.Args = []any{guild, giveaway}
	n := newSearchTerm(text)
	switch {
	case n.text == "":
	case len(n.text) >= 17 && snowflake.IsValid(n.text):
		f.where.And("m.guild_id = $1")
		f.where.And("m.discord_id = ?", n.text)
	default:
		f.where.And("m.guild_id = $1")
		f.where.And("m.search >= ?", n.text)
		f.where.And("m.search < ?", n.text+"\U0010FFFF")
		f.order, f.tieBreaker = sortOrder{"m.search", "ASC"}, "m.id"
	}
	return f
}

// isSearch reports whether the selection is a search for a text.
func (f entrySelection) isSearch() bool { return len(f.where.Conditions) > 0 }

// afterCursor selects the entries after a cursor. f must not be a search.
func (f entrySelection) afterCursor(keyset Keyset) entrySelection {
	where := f.where.Clone()
	keyset.addCondition(&where, f.order, f.tieBreaker)
	f.keysetSQL, f.where.Args = " AND "+where.String(), where.Args
	return f
}

// idsSQL returns the SQL that selects the ids, from an index of entries or, for searches in large giveaways, of
// members.
func (f entrySelection) idsSQL() string {
	text := "SELECT e.id, " + f.order.column + " AS at, " + f.tieBreaker + " AS tie FROM "
	switch {
	case !f.isSearch():
		return text + "giveaway_entries e WHERE " + entriesOfGiveawaySQL + f.keysetSQL
	case f.isSmall:
		text += "giveaway_entries e CROSS JOIN members m"
	default:
		text += "members m CROSS JOIN giveaway_entries e"
	}
	return text + " WHERE " + f.where.String() + " AND " + entriesOfGiveawaySQL + " AND e.member_id = m.id"
}

// enteredCountQuery reads the number of entries, including disqualified ones.
func (f entrySelection) enteredCountQuery(n *int) sqldb.Query {
	return sqldb.Query{
		SQL: `SELECT g.entries +
				(SELECT count(*) FROM giveaway_entries e WHERE e.giveaway_id = g.id AND e.removed_at IS NOT NULL)
			FROM giveaways g WHERE g.guild_id = $1 AND g.id = $2`,
		Args: f.where.Args[:2],
		Row:  func(r sqldb.Row) error { return r.Scan(n) },
	}
}

func (f entrySelection) countQuery(p page, total *int) sqldb.Query {
	return sqldb.Query{
		SQL:        "SELECT count(*) FROM (" + f.idsSQL() + p.countLimitSQL() + ") c",
		Args:       f.where.Args,
		Unprepared: true, // the best plan depends on the text and on the number of entries
		Row:        func(r sqldb.Row) error { return r.Scan(total) },
	}
}

func (f entrySelection) listQuery(part rowRange, items *[]Entry) sqldb.Query {
	by, innerDirection := " "+f.order.direction, " "+part.readDirection(f.order.direction)
	return sqldb.Query{
		SQL: `SELECT e.id, e.giveaway_id, m.discord_id, ` + substrSQL("coalesce(m.username, '')", maxNameRunes) + `,
				m.avatar, m.left_at IS NOT NULL, e.entries, e.base_entries, e.bonus_entries,
				` + substrSQL("e.bonus_source", maxShortTextRunes) + `, e.created_at,
				e.removed_at, coalesce(e.removed_by, ''), ` + memberColumns("m.guild_id", "e.removed_by") + `,
				` + substrSQL("coalesce(e.removed_why, '')", maxShortTextRunes) + `
			FROM (` + f.idsSQL() + " ORDER BY " + f.order.column + innerDirection + ", " +
			f.tieBreaker + innerDirection + part.limit() + `) p
			CROSS JOIN giveaway_entries e JOIN members m ON m.id = e.member_id
			WHERE e.id = p.id ORDER BY p.at` + by + ", p.tie" + by,
		Args:       f.where.Args,
		Unprepared: f.isSearch(),
		Table:      "giveaway_entries",
		Row:        appendTo(items, scanEntry),
	}
}

func scanEntry(r sqldb.Row) (e Entry, err error) {
	err = r.Scan(&e.ID, &e.GiveawayID, &e.Member.ID, &e.Member.Username, &e.Member.Avatar, &e.HasLeft,
		&e.Entries, &e.BaseEntries, &e.BonusEntries, &e.BonusSource, &e.CreatedAt,
		&e.DisqualifiedAt, &e.DisqualifiedBy.ID, &e.DisqualifiedBy.Username, &e.DisqualifiedBy.Avatar, &e.DisqualifiedReason)
	return e, err
}

// entryCountInterval is the length of the intervals in which the database counts entries.
const entryCountInterval = 10 * time.Minute

// maxEntryCounts is the approximate maximum number of counts that EntryCounts returns.
const maxEntryCounts = 48

// EntryCounts returns how many members entered the giveaway over time, in steps of the returned duration; steps
// without entries are omitted. Disqualified entrants are included. A giveaway of another guild has no counts.
func (s *Store) EntryCounts(ctx context.Context, guild, giveaway string) ([]EntryCount, time.Duration, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var (
		counts []EntryCount
		step   = entryCountInterval
	)
	err := s.batch(ctx, entryCountsQuery(guild, giveaway, &counts, &step))
	return counts, step, s.wrapError("count entries by time", err)
}

func entryCountsQuery(guild, giveaway string, counts *[]EntryCount, step *time.Duration) sqldb.Query {
	const ofGiveaway = "c.giveaway_id = (SELECT id FROM giveaways WHERE guild_id = $1 AND id = $2)"
	return sqldb.Query{
		SQL: fmt.Sprintf(`SELECT c.slot / p.wide * p.wide, sum(c.n), p.wide FROM giveaway_entry_counts c
			CROSS JOIN (SELECT (max(c.slot) - min(c.slot)) / %d + 1 AS wide FROM giveaway_entry_counts c WHERE %s) p
			WHERE %s AND c.n > 0 GROUP BY 1, 3 ORDER BY 1`, maxEntryCounts, ofGiveaway, ofGiveaway),
		Args: []any{guild, giveaway},
		Row: appendTo(counts, func(r sqldb.Row) (c EntryCount, err error) {
			var slot, width int64
			err = r.Scan(&slot, &c.Count, &width)
			c.From = time.UnixMilli(slot * entryCountInterval.Milliseconds()).UTC()
			*step = time.Duration(width) * entryCountInterval
			return c, err
		}),
	}
}

// EntriesByUser returns the entries of the given users, by Discord id, in the giveaway. Users without an entry are
// omitted.
func (s *Store) EntriesByUser(ctx context.Context, guild, giveaway string, users []string) ([]Entry, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var entries []Entry
	if len(users) == 0 {
		return nil, nil
	}
	err := s.batch(ctx, selectEntriesByUser(guild, giveaway, users).listQuery(rowRange{rows: len(users)}, &entries))
	return entries, s.wrapError("read entries", err)
}

func selectEntriesByUser(guild, giveaway string, users []string) entrySelection {
	f := entrySelection{order: sortOrder{"m.search || ''", "ASC"}, tieBreaker: "m.id"} // few rows: sort without an index
	f.where.Args = []any{guild, giveaway}
	f.where.And("m.guild_id = $1")
	sqldb.AndIn(&f.where, "m.discord_id", users)
	return f
}
