package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// entriesPerPage is how many entries a page of them holds.
const entriesPerPage = 50

// Entries is one page of who entered the giveaway, 50 a page: newest first, or those that a text finds.
func (s *Store) Entries(ctx context.Context, guild, giveaway string, q EntryQuery) (List[Entry], error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	list, err := s.listEntries(ctx, selectEntries(guild, giveaway, q.Text), newPage(q.Page, entriesPerPage), q.Keyset)
	return list, s.wrapError("listing entries", err)
}

func (s *Store) listEntries(ctx context.Context, found entrySelection, p page, keyset Keyset) (List[Entry], error) {
	var list List[Entry]
	entryCount, total := -1, 0
	if err := s.batch(ctx, found.countEntered(&entryCount)); err != nil {
		return list, err
	}
	if entryCount < 0 {
		return list, ErrNotFound
	}
	if !found.isSearch() {
		return s.listAllEntries(ctx, found, p, keyset, entryCount)
	}
	found.isSmall = entryCount <= maxScannedEntries
	if err := s.batch(ctx, found.list(p.rowRange(), &list.Items), found.count(p, &total)); err != nil {
		return list, err
	}
	list.setPage(p, total, true)
	if list.Page == p.number {
		return list, nil
	}
	list.Items = nil
	return list, s.batch(ctx, found.list(p.clamp(total).rowRange(), &list.Items))
}

// listAllEntries returns a page of all entries, found by a cursor or from the nearer end of the list.
func (s *Store) listAllEntries(ctx context.Context, found entrySelection, p page, keyset Keyset, entryCount int) (list List[Entry], err error) {
	if !keyset.IsZero() {
		err := s.batch(ctx, found.beyond(keyset).list(keyset.rowRange(p), &list.Items))
		if err != nil || list.fillByCursor(keyset, p, entryCount, false, entryCursor) {
			return list, err
		}
		list = List[Entry]{}
		if p.number = pageCount(entryCount, p.size); keyset.Backward {
			p.number = 1
		}
	}
	p, part := p.locate(entryCount, true)
	if err := s.batch(ctx, found.list(part, &list.Items)); err != nil {
		return list, err
	}
	list.setPage(p, entryCount, false)
	list.setCursors(entryCursor)
	return list, nil
}

func entryCursor(e Entry) Cursor { return Cursor{e.CreatedAt, e.ID} }

// entrySelection is what a query of entries selects: e of the giveaway, m who entered.
type entrySelection struct {
	where      clause // $1 is the guild, $2 the giveaway; about m
	order      sortOrder
	tieBreaker string // by which column where that is the same
	keysetSQL  string // condition that they lie beyond a cursor; "" for all
	isSmall    bool   // so few entered that a name is looked for among them, and not in the guild
}

// maxScannedEntries is how many are looked through by name: that takes no longer than members who have not entered.
const maxScannedEntries = 5000

// entriesOfGiveawaySQL names the giveaway itself: of one that a subquery gives, Postgres would not know how many entered.
const entriesOfGiveawaySQL = "e.giveaway_id = $2 AND EXISTS (SELECT 1 FROM giveaways g WHERE g.guild_id = $1 AND g.id = $2)"

func selectEntries(guild, giveaway, text string) entrySelection {
	f := entrySelection{order: sortOrder{"e.created_at", "DESC"}, tieBreaker: "e.id"}
	f.where.args = []any{guild, giveaway}
	n := newSearchTerm(text)
	switch {
	case n.text == "":
	case len(n.text) >= 17 && isSnowflake(n.text):
		f.where.and("m.guild_id = $1")
		f.where.and("m.discord_id = ?", n.text)
	default:
		f.where.and("m.guild_id = $1")
		f.where.and("m.search >= ?", n.text)
		f.where.and("m.search < ?", n.text+"\U0010FFFF")
		f.order, f.tieBreaker = sortOrder{"m.search", "ASC"}, "m.id"
	}
	return f
}

// isSearch tells whether a text is looked for.
func (f entrySelection) isSearch() bool { return len(f.where.conditions) > 0 }

// beyond selects the entries beyond a cursor. f must not search for a text.
func (f entrySelection) beyond(keyset Keyset) entrySelection {
	where := f.where.clone()
	keyset.addCondition(&where, f.order, f.tieBreaker)
	f.keysetSQL, f.where.args = " AND "+where.String(), where.args
	return f
}

// idsSQL selects the ids, from an index of entries or, when a text is looked for among many, from one of members.
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

// countEntered reads how many have entered, those included who were taken out again.
func (f entrySelection) countEntered(n *int) read {
	return read{
		sql: `SELECT g.entries + (SELECT count(*) FROM giveaway_entries e WHERE e.giveaway_id = g.id AND e.removed_at IS NOT NULL)
			FROM giveaways g WHERE g.guild_id = $1 AND g.id = $2`,
		args: f.where.args[:2],
		row:  func(r row) error { return r.Scan(n) },
	}
}

func (f entrySelection) count(p page, total *int) read {
	return read{
		sql:        "SELECT count(*) FROM (" + f.idsSQL() + p.countLimitSQL() + ") c",
		args:       f.where.args,
		unprepared: true, // it depends on the text, and on how many entered
		row:        func(r row) error { return r.Scan(total) },
	}
}

func (f entrySelection) list(part rowRange, items *[]Entry) read {
	by, innerDirection := " "+f.order.direction, " "+part.readDirection(f.order.direction)
	return read{
		sql: `SELECT e.id, e.giveaway_id, m.discord_id, ` + substrSQL("coalesce(m.username, '')", maxNameRunes) + `, m.avatar, m.left_at IS NOT NULL,
				e.entries, e.base_entries, e.bonus_entries, ` + substrSQL("e.bonus_source", maxShortTextRunes) + `, e.created_at,
				e.removed_at, coalesce(e.removed_by, ''), ` + memberColumns("m.guild_id", "e.removed_by") + `,
				` + substrSQL("coalesce(e.removed_why, '')", maxShortTextRunes) + `
			FROM (` + f.idsSQL() + " ORDER BY " + f.order.column + innerDirection + ", " + f.tieBreaker + innerDirection + part.limit() + `) p
			CROSS JOIN giveaway_entries e JOIN members m ON m.id = e.member_id
			WHERE e.id = p.id ORDER BY p.at` + by + ", p.tie" + by,
		args:       f.where.args,
		unprepared: f.isSearch(),
		table:      "giveaway_entries",
		row:        appendTo(items, scanEntry),
	}
}

func scanEntry(r row) (e Entry, err error) {
	err = r.Scan(&e.ID, &e.GiveawayID, &e.Member.ID, &e.Member.Username, &e.Member.Avatar, &e.HasLeft,
		&e.Entries, &e.BaseEntries, &e.BonusEntries, &e.BonusSource, &e.CreatedAt,
		&e.DisqualifiedAt, &e.DisqualifiedBy.ID, &e.DisqualifiedBy.Username, &e.DisqualifiedBy.Avatar, &e.DisqualifiedReason)
	return e, err
}

// entryCountInterval is the time in which entries are counted together.
const entryCountInterval = 10 * time.Minute

// maxEntryCounts is about how many counts there are of a giveaway, however long it lasts.
const maxEntryCounts = 48

// EntryCounts is how many people entered when, in steps of the time that is returned with them; a step in which nobody
// entered is left out. Who was taken out again had entered all the same. A giveaway that is not the guild's has none.
func (s *Store) EntryCounts(ctx context.Context, guild, giveaway string) ([]EntryCount, time.Duration, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var (
		counts []EntryCount
		step   = entryCountInterval
	)
	err := s.batch(ctx, readEntryCounts(guild, giveaway, &counts, &step))
	return counts, step, s.wrapError("counting entries by time", err)
}

func readEntryCounts(guild, giveaway string, counts *[]EntryCount, step *time.Duration) read {
	const ofGiveaway = "c.giveaway_id = (SELECT id FROM giveaways WHERE guild_id = $1 AND id = $2)"
	return read{
		sql: fmt.Sprintf(`SELECT c.slot / p.wide * p.wide, sum(c.n), p.wide FROM giveaway_entry_counts c
			CROSS JOIN (SELECT (max(c.slot) - min(c.slot)) / %d + 1 AS wide FROM giveaway_entry_counts c WHERE %s) p
			WHERE %s AND c.n > 0 GROUP BY 1, 3 ORDER BY 1`, maxEntryCounts, ofGiveaway, ofGiveaway),
		args: []any{guild, giveaway},
		row: appendTo(counts, func(r row) (c EntryCount, err error) {
			var slot, width int64
			err = r.Scan(&slot, &c.Count, &width)
			c.From = time.UnixMilli(slot * entryCountInterval.Milliseconds()).UTC()
			*step = time.Duration(width) * entryCountInterval
			return c, err
		}),
	}
}

// EnterGiveaway lets the member, named by their row's id, take part with base plus bonus entries; source says where the
// bonus is from. ErrConflict when the giveaway is not active or the member has entered already.
func (s *Store) EnterGiveaway(ctx context.Context, guild, giveaway, memberRowID string, base, bonus int, source *string) error {
	return s.EnterGiveawayAt(ctx, guild, giveaway, memberRowID, base, bonus, source, time.Now())
}

// EnterGiveawayAt is EnterGiveaway for what has happened before.
func (s *Store) EnterGiveawayAt(ctx context.Context, guild, giveaway, memberRowID string, base, bonus int, source *string, at time.Time) error {
	now := time.Now()
	return s.withTx(ctx, "entering giveaway", func(ctx context.Context, t tx) error {
		// Takes the lock that EndGiveaway takes, so that no entry slips in after the end.
		n, err := t.exec(ctx, "UPDATE giveaways SET updated_at = $3 WHERE guild_id = $1 AND id = $2 AND status = 'ACTIVE'",
			guild, giveaway, now)
		if err != nil {
			return err
		}
		if err := errors.Join(t.requireRow(ctx, giveawaysTable, guild, giveaway), t.requireRow(ctx, membersTable, guild, memberRowID)); err != nil {
			return err
		}
		if n == 0 {
			return ErrConflict
		}
		_, err = t.exec(ctx, insertSQL("giveaway_entries",
			"id, giveaway_id, member_id, entries, base_entries, bonus_entries, bonus_source, created_at"),
			NewID(), giveaway, memberRowID, base+bonus, base, bonus, source, at)
		return err
	})
}

// Disqualification is the data of GIVEAWAY_REMOVE; that of GIVEAWAY_READMIT is the same, without a reason.
type Disqualification struct {
	UserIDs []string `json:"userIds"` // Discord ids
	Reason  string   `json:"reason,omitempty"`
}

// EntriesByUser are the entries of these people, named by their Discord ids, as far as they have entered the giveaway.
func (s *Store) EntriesByUser(ctx context.Context, guild, giveaway string, users []string) ([]Entry, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var entries []Entry
	if len(users) == 0 {
		return nil, nil
	}
	err := s.batch(ctx, selectEntriesByUser(guild, giveaway, users).list(rowRange{rows: len(users)}, &entries))
	return entries, s.wrapError("reading entries", err)
}

func selectEntriesByUser(guild, giveaway string, users []string) entrySelection {
	f := entrySelection{order: sortOrder{"m.search || ''", "ASC"}, tieBreaker: "m.id"} // by no index: few are named
	f.where.args = []any{guild, giveaway}
	f.where.and("m.guild_id = $1")
	andIn(&f.where, "m.discord_id", users)
	return f
}

// DisqualifyEntrants takes people out of a giveaway that has not ended. Their entries stay, with a weight of 0 and who said
// so and why: what is drawn from can be seen by everybody. ErrConflict when it has ended, or none of them takes part.
func (s *Store) DisqualifyEntrants(ctx context.Context, guild, giveaway string, r Disqualification, disqualifiedBy string, at time.Time) error {
	return s.updateEntries(ctx, "removing entrants", guild, giveaway, r.UserIDs, at, `UPDATE giveaway_entries
		SET entries = 0, removed_at = $3, removed_by = $4, removed_why = $5 WHERE removed_at IS NULL`, at, disqualifiedBy, r.Reason)
}

// ReinstateEntrants lets people in again who were taken out of a giveaway that has not ended: they weigh what they did.
// ErrConflict when it has ended, or none of them was taken out.
func (s *Store) ReinstateEntrants(ctx context.Context, guild, giveaway string, users []string, at time.Time) error {
	return s.updateEntries(ctx, "letting entrants in again", guild, giveaway, users, at, `UPDATE giveaway_entries
		SET entries = base_entries + bonus_entries, removed_at = NULL, removed_by = NULL, removed_why = NULL WHERE removed_at IS NOT NULL`)
}

// updateEntries changes the entries of some people, by an UPDATE whose arguments begin with $3.
func (s *Store) updateEntries(
	ctx context.Context, op, guild, giveaway string, users []string, at time.Time, update string, args ...any,
) error {
	return s.withTx(ctx, op, func(ctx context.Context, t tx) error {
		if err := t.requireRow(ctx, giveawaysTable, guild, giveaway); err != nil {
			return err
		}
		n, err := t.exec(ctx, `UPDATE giveaways SET updated_at = $3
			WHERE guild_id = $1 AND id = $2 AND status IN ('ACTIVE', 'PAUSED')`, guild, giveaway, at)
		if err != nil || n == 0 || len(users) == 0 {
			return orConflict(err)
		}
		where := clause{args: append([]any{guild, giveaway}, args...)}
		andIn(&where, "discord_id", users)
		n, err = t.exec(ctx, update+" AND giveaway_id = $2 AND member_id IN (SELECT id FROM members WHERE guild_id = $1 AND "+
			where.String()+")", where.args...)
		if err != nil || n == 0 {
			return orConflict(err)
		}
		return nil
	})
}
