package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"guildboard/store/contract"
	"guildboard/store/internal/sqldb"
)

// sortOrder is an order by a column, and by id among equal values.
type sortOrder struct{ column, direction string }

// giveawaySortOrders maps each sort to its order. Each reads an index that starts with the guild; GiveawaysPrize and
// GiveawaysStarting sort the rows of the index.
var giveawaySortOrders = map[GiveawaySort]sortOrder{
	GiveawaySortNewest:  {"created_at", "DESC"},
	GiveawaySortOldest:  {"created_at", "ASC"},
	GiveawaySortEnding:  {"ends_at", "ASC"},
	GiveawaySortEntries: {"entries", "DESC"},
	GiveawaySortPrize:   {"search", "ASC"},

	GiveawaySortStarting: {"starts_at", "ASC"},
	GiveawaySortEnded:    {"ended_at", "DESC"},
}

// GiveawayOverview is the part that all lists of a guild's giveaways share.
type GiveawayOverview struct {
	Stats          GiveawayStats      // over all giveaways
	PendingCreates []contract.Command // see Store.PendingCreates
}

// GiveawayOverview returns the guild's overview. Failed creates count if they were issued at or after since.
func (s *Store) GiveawayOverview(ctx context.Context, guild string, since time.Time) (GiveawayOverview, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var c GiveawayOverview
	err := s.batch(ctx, giveawayStatsQuery(guild, &c.Stats), pendingCreatesQuery(guild, since, &c.PendingCreates))
	return c, s.wrapError("read giveaway overview", err)
}

// Giveaways returns a page of the guild's giveaways with their winners, and the totals over all giveaways. It makes
// two round trips to the database, a third one if the page is past the end or is deep and located by its number, and
// only one if q.RowCache has all listed rows.
func (s *Store) Giveaways(ctx context.Context, guild string, q GiveawayQuery) (List[Giveaway], GiveawayStats, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	l, err := s.loadGiveaways(ctx, guild, q, time.Time{})
	return l.List, l.Stats, s.wrapError("list giveaways", err)
}

// RequestedGiveaways is a page of giveaways with the overview and the latest commands.
type RequestedGiveaways struct {
	List[Giveaway]
	GiveawayOverview
	Commands map[string]contract.Command // by the giveaway's id; see LatestCommands
}

// RequestedGiveaways returns the results of Giveaways, GiveawayOverview, and LatestCommands for the listed giveaways,
// in the round trips of Giveaways alone.
func (s *Store) RequestedGiveaways(
	ctx context.Context, guild string, q GiveawayQuery, since time.Time,
) (RequestedGiveaways, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	l, err := s.loadGiveaways(ctx, guild, q, since)
	return l, s.wrapError("list giveaways and commands", err)
}

// loadGiveaways implements RequestedGiveaways. With a zero since, it reads no commands.
func (s *Store) loadGiveaways(
	ctx context.Context, guild string, q GiveawayQuery, since time.Time,
) (l RequestedGiveaways, err error) {
	found, err := selectGiveaways(guild, q)
	if err != nil {
		return l, err
	}
	var (
		winners  = map[string][]Winner{}
		commands []contract.Command
	)
	// relatedReads reads the winners and commands of giveaways.
	relatedReads := func(ids []string) []sqldb.Query {
		if len(ids) == 0 {
			return nil
		}
		reads := []sqldb.Query{winnersQuery(guild, ids, func(w Winner) {
			winners[w.GiveawayID] = append(winners[w.GiveawayID], w)
		})}
		if !since.IsZero() {
			reads = append(reads, commandsWhereQuery(recentCommandsOf(guild, ids, since), oldestFirst, &commands))
		}
		return reads
	}
	if !s.db.IsPostgres() {
		q.RowCache = nil // see GiveawayRowCache
	}
	// Usually the list has the same rows as before, so that one round trip can read everything.
	cachedIDs := q.RowCache.ids()
	var reads []sqldb.Query
	switch {
	case q.Overview != nil:
		l.GiveawayOverview = *q.Overview
	case since.IsZero():
		reads = append(reads, giveawayStatsQuery(guild, &l.Stats))
	default:
		reads = append(reads, giveawayStatsQuery(guild, &l.Stats), pendingCreatesQuery(guild, since, &l.PendingCreates))
	}
	if err := s.listGiveaways(ctx, guild, q, found, &l, append(reads, relatedReads(cachedIDs)...)); err != nil {
		return l, err
	}
	listedIDs := giveawayIDs(l.Items)
	uncachedIDs := slices.DeleteFunc(slices.Clone(listedIDs), func(id string) bool {
		return slices.Contains(cachedIDs, id)
	})
	if err := s.batch(ctx, relatedReads(uncachedIDs)...); err != nil {
		return l, err
	}
	for i := range l.Items {
		l.Items[i].Winners = winners[l.Items[i].ID]
	}
	l.Commands = latestByTarget(commands)
	maps.DeleteFunc(l.Commands, func(id string, _ contract.Command) bool { return !slices.Contains(listedIDs, id) })
	return l, nil
}

// listGiveaways executes reads, which set l's totals, and reads the page into l.
func (s *Store) listGiveaways(
	ctx context.Context, guild string, q GiveawayQuery, found giveawaySelection, l *RequestedGiveaways, reads []sqldb.Query,
) error {
	if !q.Keyset.IsZero() && q.hasCursors() {
		if err := s.listGiveawaysByCursor(ctx, guild, q, found, l, reads); err != nil || l.ByCursor {
			return err
		}
		q.Page, reads, l.List = q.Keyset.fallbackPage(), nil, List[Giveaway]{}
	}
	var total int
	p := newPage(q.Page, q.PerPage)
	needsTotal := !found.isFiltered && p.isDeep()
	if found.isFiltered {
		p = p.limitSkip()
		reads = append(reads, found.countQuery(p, &total))
	}
	if !needsTotal {
		reads = append(reads, found.listQuery(p.rowRange(), q.RowCache.newReader(&l.Items)))
	}
	if err := s.batch(ctx, reads...); err != nil {
		return err
	}
	if !found.isFiltered {
		total = l.Stats.Count(q.Status)
	}
	l.setPage(p, total, found.isFiltered)
	if needsTotal || l.Page != p.number {
		shownPage, part := p.locate(total, true)
		l.Items, l.Page = nil, shownPage.number
		if err := s.batch(ctx, found.listQuery(part, q.RowCache.newReader(&l.Items))); err != nil {
			return err
		}
	}
	if q.hasCursors() {
		l.setCursors(q.cursor)
	}
	return nil
}

// listGiveawaysByCursor is listGiveaways for a page at the query's cursor. l.ByCursor is false if there is no such
// page.
func (s *Store) listGiveawaysByCursor(
	ctx context.Context, guild string, q GiveawayQuery, found giveawaySelection, l *RequestedGiveaways, reads []sqldb.Query,
) error {
	beyond, err := selectGiveawaysAfterCursor(guild, q)
	if err != nil {
		return err
	}
	var total int
	p := newPage(q.Page, q.PerPage)
	first := page{number: 1, size: p.size}
	reads = append(reads, beyond.listQuery(q.Keyset.rowRange(p), q.RowCache.newReader(&l.Items)))
	if found.isFiltered {
		reads = append(reads, found.countQuery(first, &total))
	}
	if err := s.batch(ctx, reads...); err != nil {
		return err
	}
	if !found.isFiltered {
		total = l.Stats.Count(q.Status)
	}
	l.fillByCursor(q.Keyset, p, total, found.isFiltered && total == first.countLimit(), q.cursor)
	return nil
}

// hasCursors reports whether the list's pages have cursors: it is ordered by an indexed time and is not a search.
func (q GiveawayQuery) hasCursors() bool {
	switch q.Sort {
	case GiveawaySortNewest, GiveawaySortOldest, GiveawaySortEnding, GiveawaySortEnded:
		return newSearchTerm(q.SearchTerm).text == ""
	}
	return false
}

// cursor returns the position of a giveaway in the query's order, or an empty cursor if that order has none.
func (q GiveawayQuery) cursor(g Giveaway) Cursor {
	switch {
	case q.Sort == GiveawaySortEnding:
		return Cursor{g.EndsAt, g.ID}
	case q.Sort == GiveawaySortEnded && g.EndedAt != nil:
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

// giveawaySelection is the selection of a GiveawayQuery.
type giveawaySelection struct {
	where      sqldb.Where
	order      sortOrder
	isFiltered bool // by more than the status, so that GiveawayStats does not contain the total
}

func selectGiveaways(guild string, q GiveawayQuery) (giveawaySelection, error) {
	order, ok := giveawaySortOrders[q.Sort]
	if !ok {
		return giveawaySelection{}, fmt.Errorf("unknown giveaway sort %q", q.Sort)
	}
	f := giveawaySelection{order: order}
	if len(q.IDs) > 0 {
		andIDsOfGuild(&f.where, "guild_id", guild, "id", q.IDs)
		f.isFiltered = true
	} else {
		f.where.And("guild_id = ?", guild)
	}
	switch {
	case q.Status == "":
	case !slices.Contains(GiveawayStatuses, q.Status):
		return f, fmt.Errorf("unknown giveaway status %q", q.Status)
	default:
		f.where.And("status = ?", q.Status)
	}
	switch q.Sort {
	case GiveawaySortStarting:
		f.where.And("starts_at IS NOT NULL")
		f.isFiltered = true
	case GiveawaySortEnded:
		f.where.And("ended_at IS NOT NULL")
		f.isFiltered = true
	}
	if q.Host != "" {
		f.where.And("host_id = ?", q.Host)
		f.isFiltered = true
	}
	if q.Channel != "" {
		f.where.And("channel_id = ?", q.Channel)
		f.isFiltered = true
	}
	if q.RepeatingOnly {
		f.where.And("repeat_days > 0")
		f.isFiltered = true
	}
	if q.UnclaimedOnly {
		// A scalar subquery, because Postgres would hash the winners of all guilds for EXISTS.
		f.where.And("(SELECT 1 FROM giveaway_winners w WHERE w.giveaway_id = giveaways.id AND w.lapsed_at IS NOT NULL" +
			" AND NOT w.claimed AND NOT w.rerolled LIMIT 1) IS NOT NULL")
		f.isFiltered = true
	}
	if !q.From.IsZero() {
		f.where.And("created_at >= ?", q.From)
		f.isFiltered = true
	}
	if !q.To.IsZero() {
		f.where.And("created_at < ?", q.To)
		f.isFiltered = true
	}
	if n := newSearchTerm(q.SearchTerm); n.text != "" {
		n.addCondition(&f.where, "search")
		f.isFiltered = true
	}
	return f, nil
}

// selectGiveawaysAfterCursor selects the giveaways after the query's cursor. The query must have cursors.
func selectGiveawaysAfterCursor(guild string, q GiveawayQuery) (giveawaySelection, error) {
	if by := giveawaySortOrders[q.Sort]; by.column == "created_at" {
		q.Keyset.dropImpliedBound(by, &q.From, &q.To)
	}
	f, err := selectGiveaways(guild, q)
	q.Keyset.addCondition(&f.where, f.order, "id")
	return f, err
}

// list reads a page: first the ids, from an index alone, then the rows.
func (f giveawaySelection) listQuery(part rowRange, row func(sqldb.Row) error) sqldb.Query {
	where := f.where.Clone()
	column, direction, by := f.order.column, f.order.direction, " "+part.readDirection(f.order.direction)
	ids := "SELECT id, " + column + " AS at FROM giveaways WHERE " + where.String() +
		" ORDER BY " + column + by + ", id" + by + part.limit()
	return sqldb.Query{
		SQL: "SELECT " + giveawayColumns + " FROM (" + ids + ") p CROSS JOIN giveaways g" +
			" WHERE g.id = p.id ORDER BY p.at " + direction + ", p.id " + direction,
		Args:  where.Args,
		Table: giveawaysTable,
		Row:   row,
	}
}

// count reads the number of selected giveaways, at most p.countLimit().
func (f giveawaySelection) countQuery(p page, total *int) sqldb.Query {
	where := f.where.Clone()
	return sqldb.Query{
		SQL: "SELECT count(*) FROM (SELECT 1 FROM giveaways WHERE " + where.String() +
			p.countLimitSQL() + ") c",
		Args: where.Args,
		Row:  func(r sqldb.Row) error { return r.Scan(total) },
	}
}

// attachWinners reads the winners of all items in one query.
func (s *Store) attachWinners(ctx context.Context, guild string, items []Giveaway) error {
	if len(items) == 0 {
		return nil
	}
	byID := make(map[string]*Giveaway, len(items))
	for i := range items {
		byID[items[i].ID] = &items[i]
	}
	return s.batch(ctx, winnersQuery(guild, giveawayIDs(items), func(w Winner) {
		byID[w.GiveawayID].Winners = append(byID[w.GiveawayID].Winners, w)
	}))
}

// GiveawayFilterOptions returns the hosts and channels of the guild's giveaways.
func (s *Store) GiveawayFilterOptions(ctx context.Context, guild string) (GiveawayFilterOptions, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var c GiveawayFilterOptions
	err := s.batch(ctx, hostsQuery(guild, &c.Hosts), giveawayChannelsQuery(guild, &c.Channels))
	return c, s.wrapError("read giveaway filter options", err)
}

func hostsQuery(guild string, hosts *[]contract.User) sqldb.Query {
	return sqldb.Query{
		SQL: `SELECT p.host_id, ` + substrSQL("coalesce(m.username, '')", maxNameRunes) + `, coalesce(m.avatar, '') FROM
				(SELECT DISTINCT host_id FROM giveaways WHERE guild_id = $1 LIMIT 100) p
			LEFT JOIN members m ON m.guild_id = $1 AND m.discord_id = p.host_id
			ORDER BY ` + orderByName("coalesce(m.username, '')") + `, 1`,
		Args: []any{guild},
		Row: appendTo(hosts, func(r sqldb.Row) (p contract.User, err error) {
			return p, r.Scan(&p.ID, &p.Username, &p.Avatar)
		}),
	}
}

func giveawayChannelsQuery(guild string, channels *[]string) sqldb.Query {
	return sqldb.Query{
		SQL:  "SELECT DISTINCT channel_id FROM giveaways WHERE guild_id = $1 ORDER BY channel_id LIMIT 100",
		Args: []any{guild},
		Row:  appendTo(channels, func(r sqldb.Row) (id string, err error) { return id, r.Scan(&id) }),
	}
}
