package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// giveawayOrders are the ORDER BY of each sort; @ stands for the table's alias. Each reads an index that begins with the
// guild; those by prize and by start sort what it gives.
var giveawayOrders = map[GiveawaySort]string{
	GiveawaysNewest:  "@created_at DESC, @id DESC",
	GiveawaysOldest:  "@created_at, @id",
	GiveawaysEnding:  "@ends_at, @id",
	GiveawaysEntries: "@entries DESC, @id DESC",
	GiveawaysPrize:   "@search, @id",

	GiveawaysStarting: "@starts_at, @id",
	GiveawaysEnded:    "@ended_at DESC, @id DESC",
}

// Giveaways is one page of the guild's giveaways with their winners, and the totals over all of them. It makes two
// trips to the database, and a third when the page lies past the end.
func (s *Store) Giveaways(ctx context.Context, guild string, q GiveawayQuery) (List[Giveaway], GiveawayTiles, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	list, tiles, err := s.giveaways(ctx, guild, q)
	return list, tiles, s.fault("listing giveaways", err)
}

func (s *Store) giveaways(ctx context.Context, guild string, q GiveawayQuery) (List[Giveaway], GiveawayTiles, error) {
	var (
		list  List[Giveaway]
		tiles GiveawayTiles
		total int
	)
	found, err := selectGiveaways(guild, q)
	if err != nil {
		return list, tiles, err
	}
	p := pageOf(q.Page, q.PerPage)
	var reads []read
	if q.Tiles != nil {
		tiles = *q.Tiles
	} else {
		reads = append(reads, readGiveawayTiles(guild, &tiles))
	}
	reads = append(reads, found.list(p, &list.Items))
	if found.filtered {
		reads = append(reads, found.count(p, &total))
	}
	if err := s.batch(ctx, reads...); err != nil {
		return list, tiles, err
	}
	if !found.filtered {
		total = tiles.Count(q.Status)
	}
	list.fill(p, total, found.filtered)
	if list.Page != p.number {
		list.Items = nil
		if err := s.batch(ctx, found.list(p.last(total), &list.Items)); err != nil {
			return list, tiles, err
		}
	}
	return list, tiles, s.attachWinners(ctx, guild, list.Items)
}

// foundGiveaways is what a query selects.
type foundGiveaways struct {
	where    clause
	order    string
	filtered bool // by more than the status, so that the tiles do not tell how many there are
}

func selectGiveaways(guild string, q GiveawayQuery) (foundGiveaways, error) {
	order, ok := giveawayOrders[q.Sort]
	if !ok {
		return foundGiveaways{}, fmt.Errorf("no order of giveaways is called %q", q.Sort)
	}
	f := foundGiveaways{order: order}
	f.where.and("guild_id = ?", guild)
	switch {
	case q.Status == "":
	case q.Status == GiveawayHistory:
		f.where.and("status IN ('ENDED', 'CANCELLED')")
	case !slices.Contains(GiveawayStatuses, q.Status):
		return f, fmt.Errorf("no status of giveaways is called %q", q.Status)
	default:
		f.where.and("status = ?", q.Status)
	}
	switch q.Sort {
	case GiveawaysStarting:
		f.where.and("starts_at IS NOT NULL")
		f.filtered = true
	case GiveawaysEnded:
		f.where.and("ended_at IS NOT NULL")
		f.filtered = true
	}
	if q.Host != "" {
		f.where.and("host_id = ?", q.Host)
		f.filtered = true
	}
	if q.Channel != "" {
		f.where.and("channel_id = ?", q.Channel)
		f.filtered = true
	}
	if !q.From.IsZero() {
		f.where.and("created_at >= ?", q.From)
		f.filtered = true
	}
	if !q.To.IsZero() {
		f.where.and("created_at < ?", q.To)
		f.filtered = true
	}
	if len(q.IDs) > 0 {
		in(&f.where, "id", q.IDs)
		f.filtered = true
	}
	if n := needleOf(q.Text); n.text != "" {
		n.find(&f.where, "search")
		f.filtered = true
	}
	return f, nil
}

// list reads a page: the ids first, from an index alone, then the rows.
func (f foundGiveaways) list(p page, items *[]Giveaway) read {
	where := f.where.clone()
	ids := "SELECT id FROM giveaways WHERE " + where.String() +
		" ORDER BY " + strings.ReplaceAll(f.order, "@", "") + p.limit()
	return read{
		sql: "SELECT " + giveawayColumns + " FROM (" + ids + ") p CROSS JOIN giveaways g" + giveawayHost +
			" WHERE g.id = p.id ORDER BY " + strings.ReplaceAll(f.order, "@", "g."),
		args: where.args,
		row:  appendTo(items, scanGiveaway),
	}
}

// count reads how many are selected, or p.enough() when there are more.
func (f foundGiveaways) count(p page, total *int) read {
	where := f.where.clone()
	return read{
		sql: "SELECT count(*) FROM (SELECT 1 FROM giveaways WHERE " + where.String() +
			p.countable() + ") c",
		args: where.args,
		row:  func(r row) error { return r.Scan(total) },
	}
}

// attachWinners reads the winners of all items in one query.
func (s *Store) attachWinners(ctx context.Context, guild string, items []Giveaway) error {
	if len(items) == 0 {
		return nil
	}
	ids := make([]string, len(items))
	at := make(map[string]*Giveaway, len(items))
	for i := range items {
		ids[i] = items[i].ID
		at[items[i].ID] = &items[i]
	}
	return s.batch(ctx, readWinners(guild, ids, func(w Winner) {
		at[w.GiveawayID].Winners = append(at[w.GiveawayID].Winners, w)
	}))
}

// GiveawayChoices are who has started giveaways in the guild, and in which channels.
func (s *Store) GiveawayChoices(ctx context.Context, guild string) (GiveawayChoices, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var c GiveawayChoices
	err := s.batch(ctx, readHosts(guild, &c.Hosts), readChannels(guild, &c.Channels))
	return c, s.fault("reading hosts and channels", err)
}

func readHosts(guild string, hosts *[]Person) read {
	return read{
		sql: `SELECT p.host_id, coalesce(m.username, ''), coalesce(m.avatar, '') FROM
				(SELECT DISTINCT host_id FROM giveaways WHERE guild_id = $1 LIMIT 100) p
			LEFT JOIN members m ON m.guild_id = $1 AND m.discord_id = p.host_id ORDER BY 2, 1`,
		args: []any{guild},
		row: appendTo(hosts, func(r row) (p Person, err error) {
			return p, r.Scan(&p.ID, &p.Username, &p.Avatar)
		}),
	}
}

func readChannels(guild string, channels *[]string) read {
	return read{
		sql:  "SELECT DISTINCT channel_id FROM giveaways WHERE guild_id = $1 ORDER BY channel_id LIMIT 100",
		args: []any{guild},
		row:  appendTo(channels, func(r row) (id string, err error) { return id, r.Scan(&id) }),
	}
}
