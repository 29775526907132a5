package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// order is by a column, and by id where that is the same.
type order struct{ column, direction string }

// giveawayOrders are those of each sort. Each reads an index that begins with the guild; those by prize and by start sort
// what it gives.
var giveawayOrders = map[GiveawaySort]order{
	GiveawaysNewest:  {"created_at", "DESC"},
	GiveawaysOldest:  {"created_at", "ASC"},
	GiveawaysEnding:  {"ends_at", "ASC"},
	GiveawaysEntries: {"entries", "DESC"},
	GiveawaysPrize:   {"search", "ASC"},

	GiveawaysStarting: {"starts_at", "ASC"},
	GiveawaysEnded:    {"ended_at", "DESC"},
}

// GiveawayCommon is what all lists of a guild's giveaways have in common.
type GiveawayCommon struct {
	Tiles   GiveawayTiles // over all giveaways
	Creates []Command     // giveaways that were asked for and are not there; see CreatesUnderWay
}

// GiveawayCommon is that of the guild; creates that failed count since then.
func (s *Store) GiveawayCommon(ctx context.Context, guild string, since time.Time) (GiveawayCommon, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	var c GiveawayCommon
	err := s.batch(ctx, readGiveawayTiles(guild, &c.Tiles), readCreates(guild, since, &c.Creates))
	return c, s.fault("reading what giveaways have in common", err)
}

// Giveaways is one page of the guild's giveaways with their winners, and the totals over all of them. It makes two
// round trips to the database, a third if the page lies past the end or is deep and found by its number, and only one
// if q.Known has all listed rows.
func (s *Store) Giveaways(ctx context.Context, guild string, q GiveawayQuery) (List[Giveaway], GiveawayTiles, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	l, err := s.giveaways(ctx, guild, q, time.Time{})
	return l.List, l.Tiles, s.fault("listing giveaways", err)
}

// AskedGiveaways is one page of giveaways, and what was asked of the bot.
type AskedGiveaways struct {
	List[Giveaway]
	GiveawayCommon
	Commands map[string]Command // by the giveaway's id; see CommandsOf
}

// AskedGiveaways is Giveaways, what they have in common, and CommandsOf those that are listed, all in the same trips.
func (s *Store) AskedGiveaways(ctx context.Context, guild string, q GiveawayQuery, since time.Time) (AskedGiveaways, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	l, err := s.giveaways(ctx, guild, q, since)
	return l, s.fault("listing giveaways and what was asked", err)
}

// giveaways is AskedGiveaways; without since nothing that was asked is read.
func (s *Store) giveaways(ctx context.Context, guild string, q GiveawayQuery, since time.Time) (l AskedGiveaways, err error) {
	found, err := selectGiveaways(guild, q)
	if err != nil {
		return l, err
	}
	var (
		winners = map[string][]Winner{}
		asked   []Command
	)
	// beside reads what belongs to giveaways.
	beside := func(ids []string) []read {
		if len(ids) == 0 {
			return nil
		}
		reads := []read{readWinners(guild, ids, func(w Winner) { winners[w.GiveawayID] = append(winners[w.GiveawayID], w) })}
		if !since.IsZero() {
			reads = append(reads, readOrdered(commandsOf(guild, ids, since), oldestFirst, &asked))
		}
		return reads
	}
	// Most often the same are listed as before, and all can be had in one trip.
	likely := q.Known.ids()
	var reads []read
	switch {
	case q.Common != nil:
		l.GiveawayCommon = *q.Common
	case since.IsZero():
		reads = append(reads, readGiveawayTiles(guild, &l.Tiles))
	default:
		reads = append(reads, readGiveawayTiles(guild, &l.Tiles), readCreates(guild, since, &l.Creates))
	}
	if err := s.listGiveaways(ctx, guild, q, found, &l, append(reads, beside(likely)...)); err != nil {
		return l, err
	}
	listed := giveawayIDs(l.Items)
	unlikely := slices.DeleteFunc(slices.Clone(listed), func(id string) bool { return slices.Contains(likely, id) })
	if err := s.batch(ctx, beside(unlikely)...); err != nil {
		return l, err
	}
	for i := range l.Items {
		l.Items[i].Winners = winners[l.Items[i].ID]
	}
	l.Commands = newestOf(asked)
	maps.DeleteFunc(l.Commands, func(id string, _ Command) bool { return !slices.Contains(listed, id) })
	return l, nil
}

// listGiveaways makes the other reads, which set l's totals, and reads the page into l.
func (s *Store) listGiveaways(
	ctx context.Context, guild string, q GiveawayQuery, found foundGiveaways, l *AskedGiveaways, reads []read,
) error {
	if !q.Seek.IsZero() && q.hasCursors() {
		if err := s.giveawaysFrom(ctx, guild, q, found, l, reads); err != nil || l.Sought {
			return err
		}
		q.Page, reads, l.List = q.Seek.elsewhere(), nil, List[Giveaway]{}
	}
	var total int
	p := pageOf(q.Page, q.PerPage)
	isLater := !found.filtered && p.isDeep()
	if found.filtered {
		p = p.near()
		reads = append(reads, found.count(p, &total))
	}
	if !isLater {
		reads = append(reads, found.list(p.stretch(), q.Known.reading(&l.Items)))
	}
	if err := s.batch(ctx, reads...); err != nil {
		return err
	}
	if !found.filtered {
		total = l.Tiles.Count(q.Status)
	}
	l.fill(p, total, found.filtered)
	if isLater || l.Page != p.number {
		shown, part := p.within(total, true)
		l.Items, l.Page = nil, shown.number
		if err := s.batch(ctx, found.list(part, q.Known.reading(&l.Items))); err != nil {
			return err
		}
	}
	if q.hasCursors() {
		l.between(q.cursor)
	}
	return nil
}

// giveawaysFrom does the same for a page that is found by a cursor. If there is none, l.Sought is false.
func (s *Store) giveawaysFrom(
	ctx context.Context, guild string, q GiveawayQuery, found foundGiveaways, l *AskedGiveaways, reads []read,
) error {
	beyond, err := selectGiveawaysFrom(guild, q)
	if err != nil {
		return err
	}
	var total int
	p := pageOf(q.Page, q.PerPage)
	first := page{number: 1, size: p.size}
	reads = append(reads, beyond.list(q.Seek.stretch(p), q.Known.reading(&l.Items)))
	if found.filtered {
		reads = append(reads, found.count(first, &total))
	}
	if err := s.batch(ctx, reads...); err != nil {
		return err
	}
	if !found.filtered {
		total = l.Tiles.Count(q.Status)
	}
	l.sought(q.Seek, p, total, found.filtered && total == first.enough(), q.cursor)
	return nil
}

// hasCursors reports whether pages are found by cursors: the list is ordered by an indexed time and is no search.
func (q GiveawayQuery) hasCursors() bool {
	switch q.Sort {
	case GiveawaysNewest, GiveawaysOldest, GiveawaysEnding, GiveawaysEnded:
		return needleOf(q.Text).text == ""
	}
	return false
}

// cursor returns the position of a giveaway in the query's order, or an empty cursor if that order has none.
func (q GiveawayQuery) cursor(g Giveaway) Cursor {
	switch {
	case q.Sort == GiveawaysEnding:
		return Cursor{g.EndsAt, g.ID}
	case q.Sort == GiveawaysEnded && g.EndedAt != nil:
		return Cursor{*g.EndedAt, g.ID}
	}
	return Cursor{g.CreatedAt, g.ID}
}

func giveawayIDs(items []Giveaway) []string {
	ids := make([]string, len(items))
	for i, g := range items {
		ids[i] = g.ID
	}
	return ids
}

// foundGiveaways is what a query selects.
type foundGiveaways struct {
	where    clause
	order    order
	filtered bool // by more than the status, so that the tiles do not tell how many there are
}

func selectGiveaways(guild string, q GiveawayQuery) (foundGiveaways, error) {
	order, ok := giveawayOrders[q.Sort]
	if !ok {
		return foundGiveaways{}, fmt.Errorf("no order of giveaways is called %q", q.Sort)
	}
	f := foundGiveaways{order: order}
	if len(q.IDs) > 0 {
		named(&f.where, "guild_id", guild, "id", q.IDs)
		f.filtered = true
	} else {
		f.where.and("guild_id = ?", guild)
	}
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
	if q.Repeats {
		f.where.and("repeat_days > 0")
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
	if n := needleOf(q.Text); n.text != "" {
		n.find(&f.where, "search")
		f.filtered = true
	}
	return f, nil
}

// selectGiveawaysFrom selects the giveaways beyond the query's cursor. Its order must have cursors.
func selectGiveawaysFrom(guild string, q GiveawayQuery) (foundGiveaways, error) {
	if by := giveawayOrders[q.Sort]; by.column == "created_at" {
		q.Seek.implied(by, &q.From, &q.To)
	}
	f, err := selectGiveaways(guild, q)
	q.Seek.bound(&f.where, f.order, "id")
	return f, err
}

// list reads a page: the ids first, from an index alone, then the rows.
func (f foundGiveaways) list(part stretch, row func(row) error) read {
	where := f.where.clone()
	column, direction, by := f.order.column, f.order.direction, " "+part.direction(f.order.direction)
	ids := "SELECT id, " + column + " AS at FROM giveaways WHERE " + where.String() +
		" ORDER BY " + column + by + ", id" + by + part.limit()
	return read{
		sql: "SELECT " + giveawayColumns + " FROM (" + ids + ") p CROSS JOIN giveaways g" +
			" WHERE g.id = p.id ORDER BY p.at " + direction + ", p.id " + direction,
		args: where.args,
		of:   giveaways,
		row:  row,
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
	at := make(map[string]*Giveaway, len(items))
	for i := range items {
		at[items[i].ID] = &items[i]
	}
	return s.batch(ctx, readWinners(guild, giveawayIDs(items), func(w Winner) {
		at[w.GiveawayID].Winners = append(at[w.GiveawayID].Winners, w)
	}))
}

// GiveawayChoices are who has started giveaways in the guild, and in which channels.
func (s *Store) GiveawayChoices(ctx context.Context, guild string) (GiveawayChoices, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	var c GiveawayChoices
	err := s.batch(ctx, readHosts(guild, &c.Hosts), readChannels(guild, &c.Channels))
	return c, s.fault("reading hosts and channels", err)
}

func readHosts(guild string, hosts *[]Person) read {
	return read{
		sql: `SELECT p.host_id, ` + cut("coalesce(m.username, '')", nameRunes) + `, coalesce(m.avatar, '') FROM
				(SELECT DISTINCT host_id FROM giveaways WHERE guild_id = $1 LIMIT 100) p
			LEFT JOIN members m ON m.guild_id = $1 AND m.discord_id = p.host_id ORDER BY ` + byName("coalesce(m.username, '')") + `, 1`,
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
