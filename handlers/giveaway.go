package handlers

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"guildboard/store"
	"guildboard/store/contract"
	giveawayview "guildboard/views/giveaway"
	"guildboard/views/link"
	"guildboard/views/ui"
)

// parseGiveawayFilter parses the query of the giveaway list.
func parseGiveawayFilter(r *http.Request, page *ui.Page) giveawayview.Filter {
	q := r.URL.Query()
	common, problems := parseFilter(q, link.Giveaways(page.Guild.ID), lowerCase(store.GiveawayStatuses), giveawayview.Sorts)
	f := giveawayview.Filter{Filter: common}
	f.Host, f.Channel = snowflakeOrEmpty(q.Get("host")), snowflakeOrEmpty(q.Get("channel"))
	switch repeat := q.Get("repeat"); repeat {
	case "", "yes":
		f.OnlyRepeating = repeat == "yes"
	default:
		problems = append(problems, filterProblem{"repeat", "filter.badRepeat", []any{"value", cleanLine(repeat, 20)}})
	}
	switch prizes := q.Get("prizes"); prizes {
	case "", "unclaimed":
		f.OnlyUnclaimed = prizes == "unclaimed"
	default:
		problems = append(problems, filterProblem{"prizes", "filter.badPrizes", []any{"value", cleanLine(prizes, 20)}})
	}
	f.Problems = append(problems, readCursor(q, &f.Filter)...).translate(page)
	return f
}

func giveawayQuery(f giveawayview.Filter, zone *time.Location) store.GiveawayQuery {
	from, to := dayRange(f.Filter, zone)
	return store.GiveawayQuery{
		Status: store.GiveawayStatus(strings.ToUpper(f.Status)), From: from, To: to,
		Host: f.Host, Channel: f.Channel, RepeatingOnly: f.OnlyRepeating, UnclaimedOnly: f.OnlyUnclaimed,
		SearchTerm: f.SearchTerm, IDs: f.SelectedIDs,
		Sort: store.GiveawaySort(f.Sort), Page: f.Page, Keyset: f.Keyset,
	}
}

// giveaways is "GET /guilds/{guild}/giveaways".
func (s *Server) giveaways(r *http.Request) (livePage, error) {
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = ui.SectionGiveaways, page.T("giveaways.title")
	filter := parseGiveawayFilter(r, &page)
	query := giveawayQuery(filter, page.TimeZone())
	var rowCache store.GiveawayRowCache
	var choices store.GiveawayFilterOptions
	if !isAPIOrStream(r) && !isPoll(r) { // these requests do not show the form
		var err error
		if choices, err = s.Store.GiveawayFilterOptions(r.Context(), guild); err != nil {
			return livePage{}, err
		}
	}
	shown := newListPage(filter.URL())
	toolbar := giveawayview.Toolbar(page, filter, choices)
	return livePage{
		Page: page, URL: shown.url.String(), StreamURL: shown.url.Stream(), ListPage: shown, Toolbar: &toolbar,
		Topics: []string{contract.GiveawaysTopic(guild)},
		Layout: func(p ui.Page, region ui.Region) templ.Component { return giveawayview.List(p, toolbar, region) },
		Body: func(ctx context.Context, p ui.Page) (templ.Component, error) {
			query := query
			if p.Fragments != nil { // streams render the list repeatedly
				query.RowCache = &rowCache
			}
			return s.giveawayRows(ctx, p, filter, query, shown)
		},
	}, nil
}

// giveawayRows loads the rows of the giveaway list and returns its live part.
func (s *Server) giveawayRows(
	ctx context.Context, p ui.Page, f giveawayview.Filter, q store.GiveawayQuery, shown *listPage,
) (templ.Component, error) {
	list, stats, requests, err := s.loadGiveawaysWithRequests(ctx, p.Guild.ID, q)
	if err != nil {
		return nil, err
	}
	list.Items, shown.number, shown.byCursor = store.RedactGiveaways(list.Items, p.Rights), list.Page, list.ByCursor
	v := giveawayview.ListView{Filter: f, List: list, Stats: stats, Requests: requests}
	return giveawayview.Rows(p, v), nil
}

// Rows of the giveaway overview.
const (
	overviewActiveRows = 13
	overviewOtherRows  = 5
)

// giveawayOverview is "GET /guilds/{guild}/giveaways/overview": running giveaways that end soon, scheduled ones, and
// those that ended most recently.
func (s *Server) giveawayOverview(r *http.Request) (livePage, error) {
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = ui.SectionGiveaways, page.T("giveaways.title")
	path := link.GiveawayOverview(guild)
	return livePage{
		Page: page, URL: path, StreamURL: link.Stream(path),
		Topics: []string{contract.GiveawaysTopic(guild)},
		Layout: giveawayview.Overview,
		Body: func(ctx context.Context, p ui.Page) (templ.Component, error) {
			var v giveawayview.OverviewView
			active, stats, requests, err := s.loadGiveawaysWithRequests(ctx, guild, store.GiveawayQuery{
				Status: store.GiveawayActive, Sort: store.GiveawaySortEnding, PerPage: overviewActiveRows,
			})
			if err != nil {
				return nil, err
			}
			v.Active, v.Stats, v.Requests = store.RedactGiveaways(active.Items, p.Rights), stats, requests
			for _, part := range []struct {
				query store.GiveawayQuery
				dst   *[]store.Giveaway
			}{
				{store.GiveawayQuery{Status: store.GiveawayPending, Sort: store.GiveawaySortStarting}, &v.Scheduled},
				{store.GiveawayQuery{Status: store.GiveawayEnded, Sort: store.GiveawaySortEnded}, &v.Ended},
			} {
				part.query.PerPage, part.query.Overview = overviewOtherRows, &store.GiveawayOverview{Stats: stats}
				list, _, err := s.Store.Giveaways(ctx, guild, part.query)
				if err != nil {
					return nil, err
				}
				*part.dst = store.RedactGiveaways(list.Items, p.Rights)
			}
			return giveawayview.OverviewContent(p, v), nil
		},
	}, nil
}

// Numbers of entrants and bot requests on the page of a giveaway.
const (
	maxEntrantsShown = 10
	maxRequestsShown = 25
)

// giveaway is "GET /guilds/{guild}/giveaways/{giveaway}".
func (s *Server) giveaway(r *http.Request) (livePage, error) {
	id, err := pathRowID(r, "giveaway")
	if err != nil {
		return livePage{}, err
	}
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = ui.SectionGiveaways, page.T("giveaways.title")
	list := link.Giveaways(guild)
	path := link.Item(list, id)
	return livePage{
		Page: page, URL: path, StreamURL: link.Stream(path), GoneURL: list,
		Topics: []string{contract.GiveawaysTopic(guild)},
		Layout: giveawayview.Giveaway,
		Body: func(ctx context.Context, p ui.Page) (templ.Component, error) {
			v := giveawayview.View{Path: path}
			var err error
			if v.Giveaway, err = s.Store.Giveaway(ctx, guild, id); err != nil {
				return nil, err
			}
			v.Giveaway = v.Giveaway.Redacted(p.Rights)
			entries, err := s.Store.Entries(ctx, guild, id, store.EntryQuery{})
			if err != nil {
				return nil, err
			}
			v.Entries = entries.Items[:min(len(entries.Items), maxEntrantsShown)]
			if v.EntryCounts, v.EntryCountInterval, err = s.Store.EntryCounts(ctx, guild, id); err != nil {
				return nil, err
			}
			requests, err := s.Store.Commands(ctx, guild, store.CommandQuery{Target: id, PerPage: maxRequestsShown})
			if err != nil {
				return nil, err
			}
			v.Commands = requests.Items
			if v.Requests, err = s.loadBotRequests(ctx, guild, []string{id}); err != nil {
				return nil, err
			}
			if v.SyncIssues, err = s.Store.SyncIssuesOf(ctx, guild, id); err != nil {
				return nil, err
			}
			return giveawayview.Details(p, v), nil
		},
	}, nil
}

// showDrawProof answers "GET /guilds/{guild}/giveaways/{giveaway}/draw.json" with the data that is needed to repeat the
// draw.
func (s *Server) showDrawProof(w http.ResponseWriter, r *http.Request) error {
	id, err := pathRowID(r, "giveaway")
	if err != nil {
		return err
	}
	proof, err := s.Store.DrawProof(r.Context(), guildOf(r).link.ID, id)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="draw-`+id+`.json"`)
	s.respondJSON(w, r, http.StatusOK, proof)
	return nil
}

// listGiveaways answers "GET /api/guilds/{guild}/giveaways".
func (s *Server) listGiveaways(w http.ResponseWriter, r *http.Request) error {
	query, err := parseGiveawayParams(r.URL.Query())
	if err != nil {
		return err
	}
	list, stats, err := s.Store.Giveaways(r.Context(), guildOf(r).link.ID, query)
	if err != nil {
		return err
	}
	list.Items = store.RedactGiveaways(list.Items, guildOf(r).rights)
	if list.Page < min(query.Page, list.Pages) { // beyond the deepest page that the store reads
		return badInput("page must be at most " + strconv.Itoa(list.Page) + ": narrow the range with startDate and endDate")
	}
	names := s.names.get(r.Context(), guildOf(r).link.ID)
	s.respondJSON(w, r, http.StatusOK, map[string]any{"data": newGiveawaysResponse(list, stats, names)})
	return nil
}
