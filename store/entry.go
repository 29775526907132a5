package store

import (
	"context"
	"errors"
	"time"
)

// entriesPerPage is how many entries a page of them holds.
const entriesPerPage = 50

// Entries is one page of who entered the giveaway, newest first, 50 a page.
func (s *Store) Entries(ctx context.Context, guild, giveaway string, number int) (List[Entry], error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	list, err := s.entries(ctx, guild, giveaway, pageOf(number, entriesPerPage))
	return list, s.fault("listing entries", err)
}

func (s *Store) entries(ctx context.Context, guild, giveaway string, p page) (List[Entry], error) {
	var list List[Entry]
	total := -1
	err := s.batch(ctx, readEntryCount(guild, giveaway, &total), readEntries(guild, giveaway, p, &list.Items))
	if err != nil {
		return list, err
	}
	if total < 0 {
		return list, ErrNotFound
	}
	list.fill(p, total, false)
	if list.Page != p.number {
		list.Items = nil
		err = s.batch(ctx, readEntries(guild, giveaway, p.last(total), &list.Items))
	}
	return list, err
}

func readEntryCount(guild, giveaway string, total *int) read {
	return read{
		sql:  "SELECT entries FROM giveaways WHERE guild_id = $1 AND id = $2",
		args: []any{guild, giveaway},
		row:  func(r row) error { return r.Scan(total) },
	}
}

func readEntries(guild, giveaway string, p page, items *[]Entry) read {
	ids := `SELECT id FROM giveaway_entries
		WHERE giveaway_id = (SELECT id FROM giveaways WHERE guild_id = $1 AND id = $2)
		ORDER BY created_at DESC, id DESC` + p.limit()
	return read{
		sql: `SELECT e.id, e.giveaway_id, m.discord_id, coalesce(m.username, ''), m.avatar,
				e.entries, e.base_entries, e.bonus_entries, e.bonus_source, e.created_at
			FROM (` + ids + `) p CROSS JOIN giveaway_entries e JOIN members m ON m.id = e.member_id
			WHERE e.id = p.id ORDER BY e.created_at DESC, e.id DESC`,
		args: []any{guild, giveaway},
		row:  appendTo(items, scanEntry),
	}
}

func scanEntry(r row) (e Entry, err error) {
	err = r.Scan(&e.ID, &e.GiveawayID, &e.Member.ID, &e.Member.Username, &e.Member.Avatar,
		&e.Entries, &e.BaseEntries, &e.BonusEntries, &e.BonusSource, &e.CreatedAt)
	return e, err
}

// EnterGiveaway lets the member, named by their row's id, take part with base plus bonus entries; source says where the
// bonus is from. ErrConflict when the giveaway is not active or the member has entered already.
func (s *Store) EnterGiveaway(ctx context.Context, guild, giveaway, memberRowID string, base, bonus int, source *string) error {
	now := time.Now()
	return s.change(ctx, "entering giveaway", func(ctx context.Context, t tx) error {
		// Takes the lock that EndGiveaway takes, so that no entry slips in after the end.
		n, err := t.exec(ctx, "UPDATE giveaways SET updated_at = $3 WHERE guild_id = $1 AND id = $2 AND status = 'ACTIVE'",
			guild, giveaway, now)
		if err != nil {
			return err
		}
		if err := errors.Join(t.owns(ctx, giveaways, guild, giveaway), t.owns(ctx, members, guild, memberRowID)); err != nil {
			return err
		}
		if n == 0 {
			return ErrConflict
		}
		_, err = t.exec(ctx, insert("giveaway_entries",
			"id, giveaway_id, member_id, entries, base_entries, bonus_entries, bonus_source, created_at"),
			NewID(), giveaway, memberRowID, base+bonus, base, bonus, source, now)
		return err
	})
}
