package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

// guildSimulation makes random changes in a guild.
type guildSimulation struct {
	s     *store.Store
	guild string
	rng   *rand.Rand

	mu        sync.Mutex
	members   []store.Member
	giveaways []string
	tickets   []string
}

func TestDerivedRowsMatchSource(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		seed := rand.Uint64()
		t.Log("seed", seed)
		a, b := newGuildSimulation(t, s, "1", seed), newGuildSimulation(t, s, "2", seed+1)
		for range 300 {
			a.step(t)
			b.step(t)
		}
		wantDerivedRows(t, s)
	})
}

func TestDerivedRowsMatchSourceAfterConcurrentChanges(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		shared := newGuildSimulation(t, s, "1", rand.Uint64())
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 60 {
					shared.step(t)
				}
			})
		}
		wg.Wait()
		wantDerivedRows(t, s)
	})
}

func newGuildSimulation(t *testing.T, s *store.Store, guild string, seed uint64) *guildSimulation {
	storetest.Guild(t, s, guild, "Guild")
	l := &guildSimulation{s: s, guild: guild, rng: rand.New(rand.NewPCG(seed, 1))}
	for i := range 12 {
		l.members = append(l.members, storetest.Member(t, s, guild, fmt.Sprint(100+i), fmt.Sprintf("Ünal%d", i)))
	}
	for range 3 {
		l.giveaways = append(l.giveaways, storetest.Giveaway(t, s, guild, store.Giveaway{}).ID)
		l.tickets = append(l.tickets, storetest.Ticket(t, s, l.members[0], store.Ticket{Subject: ptr("Ärger")}).ID)
	}
	return l
}

// step makes one random change. Conflicts and rows that another goroutine has just removed are expected.
func (l *guildSimulation) step(t *testing.T) {
	l.mu.Lock()
	n, pick := l.rng.IntN(100), l.rng.Int()
	member := l.members[pick%len(l.members)]
	giveaway, ticket := l.giveaways[pick%len(l.giveaways)], l.tickets[pick%len(l.tickets)]
	l.mu.Unlock()

	ctx, now := t.Context(), time.Now()
	var err error
	switch {
	case n < 8:
		var g store.Giveaway
		g, err = l.s.CreateGiveaway(ctx, store.Giveaway{GuildID: l.guild, ChannelID: "1", Prize: "P", EndsAt: now,
			Status: store.GiveawayStatuses[pick%5]})
		l.add(&l.giveaways, g.ID)
	case n < 35:
		err = l.s.EnterGiveaway(ctx, l.guild, giveaway, member.ID, 1, pick%3, nil)
	case n < 45:
		to := []store.GiveawayStatus{store.GiveawayActive, store.GiveawayPaused, store.GiveawayCancelled}[pick%3]
		err = l.s.SetGiveawayStatus(ctx, l.guild, giveaway, store.GiveawayStatuses, to)
	case n < 50:
		err = l.s.EndGiveaway(ctx, l.guild, giveaway, now)
	case n < 53:
		err = l.s.DeleteGiveaway(ctx, l.guild, giveaway)
	case n < 63:
		var opened store.Ticket
		opened, err = l.s.OpenTicket(ctx, store.Ticket{GuildID: l.guild, ChannelID: store.NewID(), Subject: ptr("Frage"),
			CreatedAt: now.Add(-time.Duration(pick%3) * time.Hour)}, member.ID)
		if err == nil {
			l.add(&l.tickets, opened.ID)
		}
	case n < 70:
		err = l.s.ClaimTicket(ctx, l.guild, ticket, "100", now)
	case n < 74:
		err = l.s.UnclaimTicket(ctx, l.guild, ticket, "100", now)
	case n < 82:
		err = l.s.CloseTicket(ctx, l.guild, ticket, "100", now)
	case n < 86:
		err = l.s.ReopenTicket(ctx, l.guild, ticket, "100", now)
	case n < 90:
		_, err = l.s.SaveMember(ctx, store.Member{GuildID: l.guild, DiscordID: member.DiscordID,
			Username: ptr(fmt.Sprintf("Ömer%d", pick%50))})
	case n < 95 && pick%2 == 0:
		err = l.s.SaveMessage(ctx, store.TicketMessage{ID: fmt.Sprint(l.guild, "-", pick%40), GuildID: l.guild,
			TicketID: ticket, IsBot: pick%7 == 0,
			Content: []string{"Grüße", ""}[pick%9/8]})
	case n < 95:
		_, err = l.s.EditMessage(ctx, l.guild, fmt.Sprint(l.guild, "-", pick%40), fmt.Sprint("Ännderung ", pick%3), now)
	case n < 96 && pick%4 == 0:
		_, err = l.s.DeleteMessage(ctx, l.guild, fmt.Sprint(l.guild, "-", pick%40), now)
	case n < 96 && pick%4 == 1:
		err = l.exec(ctx, "DELETE FROM ticket_messages WHERE id = $1", fmt.Sprint(l.guild, "-", pick%40))
	case n < 96:
		err = l.exec(ctx, "UPDATE tickets SET subject = $2 WHERE id = $1", ticket, fmt.Sprintf("Änderung %d", pick%50))
	case n < 97:
		err = l.exec(ctx, `UPDATE giveaway_entries SET removed_at = CASE WHEN removed_at IS NULL THEN created_at END
			WHERE giveaway_id = $1 AND member_id = $2`, giveaway, member.ID)
	case n < 98:
		err = l.exec(ctx, "DELETE FROM tickets WHERE id = $1", ticket)
	default:
		err = l.exec(ctx, "DELETE FROM giveaway_entries WHERE giveaway_id = $1 AND member_id = $2", giveaway, member.ID)
	}
	if err != nil && !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrNotFound) {
		t.Errorf("step %d: error = %v, want nil, ErrConflict or ErrNotFound", n, err)
	}
}

// exec makes a change for which the store has no method. It retries serialization failures.
func (l *guildSimulation) exec(ctx context.Context, text string, args ...any) error {
	return store.ExecSQL(ctx, l.s, text, args...)
}

func (l *guildSimulation) add(list *[]string, id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	*list = append(*list, id)
}

func TestDeletingMemberOrGuildRemovesDerivedRows(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		fillGuild(t, s, "1", 10, 100)
		fillGuild(t, s, "2", 10, 100)
		execSQL(t, s, "DELETE FROM members WHERE guild_id = '1' AND discord_id IN ('1001', '1002')")
		wantDerivedRows(t, s)
		execSQL(t, s, "DELETE FROM guilds WHERE id = '1'")
		wantDerivedRows(t, s)
		stats := must(s.GiveawayStats(t.Context(), "1"))(t)
		wantEqual(t, "tiles of a deleted guild", stats, store.GiveawayStats{})
	})
}

// wantDerivedRows compares all rows that triggers maintain with the rows that they derive from.
func wantDerivedRows(t *testing.T, s *store.Store) {
	t.Helper()
	tiles := queryLines(t, s, `SELECT guild_id, kind, status, n, entries FROM guild_tiles
		WHERE n <> 0 OR entries <> 0 ORDER BY guild_id, kind, status`)
	rows := queryLines(t, s, `SELECT guild_id, 'giveaway', status, count(*), sum(entries) FROM giveaways GROUP BY guild_id, status
		UNION ALL SELECT guild_id, 'ticket', status, count(*), 0 FROM tickets GROUP BY guild_id, status ORDER BY 1, 2, 3`)
	if !slices.Equal(tiles, rows) {
		t.Errorf("tiles =\n%q\nwant the rows\n%q", tiles, rows)
	}
	for label, query := range map[string]string{
		"giveaways with a wrong number of entries": `SELECT g.id, g.entries FROM giveaways g
			WHERE g.entries <> (SELECT count(*) FROM giveaway_entries e WHERE e.giveaway_id = g.id AND e.removed_at IS NULL)`,
		"giveaways with a wrong number of entries by time": `SELECT g.id FROM giveaways g
			WHERE (SELECT count(*) FROM giveaway_entries e WHERE e.giveaway_id = g.id)
				<> coalesce((SELECT sum(c.n) FROM giveaway_entry_counts c WHERE c.giveaway_id = g.id), 0)`,
		"tickets with a wrong text": `SELECT t.id, x.body FROM tickets t JOIN members m ON m.id = t.member_id
			LEFT JOIN ticket_text x ON x.ticket_id = t.id AND x.guild_id = t.guild_id AND x.message_id = ''
			WHERE x.body IS NULL OR x.body <> fold_text(coalesce(t.subject, '') || ' ' || coalesce(m.username, ''))`,
		"texts without a ticket": "SELECT ticket_id FROM ticket_text WHERE ticket_id NOT IN (SELECT id FROM tickets)",
		"texts that are not in the order of the tickets": `SELECT a.id, b.id FROM tickets a JOIN tickets b
			ON b.guild_id = a.guild_id AND b.number > a.number JOIN ticket_text x ON x.ticket_id = a.id
			JOIN ticket_text y ON y.ticket_id = b.id WHERE y.rowid < x.rowid`,
		"guilds with tickets that came later than is known": `SELECT a.guild_id FROM tickets a
			JOIN tickets b ON b.guild_id = a.guild_id AND b.created_at < a.created_at
			JOIN ticket_text x ON x.ticket_id = a.id AND x.message_id = '' JOIN ticket_text y ON y.ticket_id = b.id AND y.message_id = '' AND y.rowid > x.rowid
			JOIN guild_counters c ON c.guild_id = a.guild_id GROUP BY a.guild_id HAVING max(` + millisSQL(s, "a.created_at - b.created_at") + `) > max(c.tickets_late)`,
	} {
		if wrong := queryLines(t, s, query); len(wrong) > 0 {
			t.Errorf("%s: wrong rows = %q, want none", label, wrong)
		}
	}
	wantSearchTexts(t, s)
}

// wantSearchTexts compares the search texts of messages and their index with the messages.
func wantSearchTexts(t *testing.T, s *store.Store) {
	t.Helper()
	for label, query := range map[string]string{
		"messages with a wrong text": `SELECT m.id, x.body FROM ticket_messages m
			LEFT JOIN ticket_text x ON x.ticket_id = m.ticket_id AND x.message_id = m.id AND x.guild_id = m.guild_id
			WHERE coalesce(x.body, '') <> CASE WHEN m.is_bot OR m.deleted_at IS NOT NULL THEN '' ELSE fold_text(m.content) END`,
		"texts without a message": `SELECT message_id FROM ticket_text WHERE message_id <> '' AND message_id NOT IN (SELECT id FROM ticket_messages)`,
		"texts that are not where their ticket's are": `SELECT x.ticket_id, x.rowid FROM ticket_text x JOIN ticket_text o ON o.ticket_id = x.ticket_id AND o.message_id = ''
			WHERE x.rowid < o.rowid OR x.rowid >= o.rowid + 65536`,
	} {
		if wrong := queryLines(t, s, query); len(wrong) > 0 {
			t.Errorf("%s: wrong rows = %q, want none", label, wrong)
		}
	}
	if !s.OnPostgres() {
		execSQL(t, s, "INSERT INTO ticket_fts (ticket_fts, rank) VALUES ('integrity-check', 1)")
	}
}

// millisSQL returns an SQL expression for a difference of times in milliseconds.
func millisSQL(s *store.Store, difference string) string {
	if s.OnPostgres() {
		return "extract(epoch FROM " + difference + ") * 1000"
	}
	return difference
}
