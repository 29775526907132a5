package handlers

import (
	"context"
	"net/http"
	"strconv"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"guildboard/store"
	"guildboard/views"
)

// giveawayFilter reads the address of the list of giveaways.
func giveawayFilter(r *http.Request, page *views.Page) views.Filter {
	q := r.URL.Query()
	statuses := append(lowered(store.GiveawayStatuses), lowered([]store.GiveawayStatus{store.GiveawayHistory})...)
	f, problems := parseFilter(q, "/guilds/"+page.Guild.ID+"/giveaways", statuses, views.GiveawaySorts)
	f.Host, f.Channel = digits(q.Get("host")), digits(q.Get("channel"))
	switch repeat := q.Get("repeat"); repeat {
	case "", "yes":
		f.Repeats = repeat == "yes"
	default:
		problems = append(problems, filterProblem{"repeat", "filter.badRepeat", []any{"value", plain(repeat, 20)}})
	}
	f.Problems = append(problems, readSeek(q, &f)...).say(page)
	return f
}

// giveaways is "GET /guilds/{guild}/giveaways".
func (s *Server) giveaways(r *http.Request) (livePage, error) {
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = views.SectionGiveaways, page.T("giveaways.title")
	filter := giveawayFilter(r, &page)
	query := giveawayQuery(filter, page.TimeZone())
	var known store.KnownGiveaways
	var choices store.GiveawayChoices
	if !forProgram(r) && !isPoll(r) { // those see no form
		var err error
		if choices, err = s.Store.GiveawayChoices(r.Context(), guild); err != nil {
			return livePage{}, err
		}
	}
	shown := newShownPage(filter)
	return livePage{
		Page: page, URL: filter.URL(), Stream: filter.Stream(), Shown: shown,
		Topics: []string{store.GiveawaysTopic(guild)},
		Frame: func(p views.Page, region views.Region) templ.Component {
			return views.Giveaways(p, filter, choices, region)
		},
		Beside: func(p views.Page) templ.Component { return views.GiveawayFiltersAfter(p, filter, choices) },
		Body: func(ctx context.Context, p views.Page) (templ.Component, error) {
			query := query
			if p.Memo != nil { // it is looked at again and again
				query.Known = &known
			}
			list, tiles, asked, err := s.askedGiveaways(ctx, guild, query)
			if err != nil {
				return nil, err
			}
			list.Items, shown.number, shown.sought = p.Rights.RedactAll(list.Items), list.Page, list.Sought
			return views.GiveawayRows(p, views.GiveawayList{Filter: filter, List: list, Tiles: tiles, Asked: asked}), nil
		},
	}, nil
}

// How many giveaways the overview names.
const (
	homeActive = 13
	homeOthers = 5
)

// giveawayHome is "GET /guilds/{guild}/giveaways/overview": what runs and ends soon, what comes, and what has just ended.
func (s *Server) giveawayHome(r *http.Request) (livePage, error) {
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = views.SectionGiveaways, page.T("giveaways.title")
	path := "/guilds/" + guild + "/giveaways/overview"
	return livePage{
		Page: page, URL: path, Stream: path + "/live",
		Topics: []string{store.GiveawaysTopic(guild)},
		Frame:  views.GiveawayHome,
		Body: func(ctx context.Context, p views.Page) (templ.Component, error) {
			var v views.GiveawayHomeView
			active, tiles, asked, err := s.askedGiveaways(ctx, guild, store.GiveawayQuery{
				Status: store.GiveawayActive, Sort: store.GiveawaysEnding, PerPage: homeActive,
			})
			if err != nil {
				return nil, err
			}
			v.Active, v.Tiles, v.Asked = p.Rights.RedactAll(active.Items), tiles, asked
			for _, part := range []struct {
				query store.GiveawayQuery
				into  *[]store.Giveaway
			}{
				{store.GiveawayQuery{Status: store.GiveawayPending, Sort: store.GiveawaysStarting, PerPage: homeOthers}, &v.Scheduled},
				{store.GiveawayQuery{Status: store.GiveawayEnded, Sort: store.GiveawaysEnded, PerPage: homeOthers}, &v.Ended},
			} {
				part.query.Common = &store.GiveawayCommon{Tiles: tiles}
				list, _, err := s.Store.Giveaways(ctx, guild, part.query)
				if err != nil {
					return nil, err
				}
				*part.into = p.Rights.RedactAll(list.Items)
			}
			return views.GiveawayHomeFacts(p, v), nil
		},
	}, nil
}

// How many entrants, and how many requests, the page of one giveaway shows.
const (
	entrantsShown = 10
	asksShown     = 25
)

// giveaway is "GET /guilds/{guild}/giveaways/{giveaway}".
func (s *Server) giveaway(r *http.Request) (livePage, error) {
	id := chi.URLParam(r, "giveaway")
	if !isRowID(id) {
		return livePage{}, errNotFound
	}
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = views.SectionGiveaways, page.T("giveaways.title")
	list := "/guilds/" + guild + "/giveaways"
	path := list + "/" + id
	return livePage{
		Page: page, URL: path, Stream: path + "/live", Gone: list,
		Topics: []string{store.GiveawaysTopic(guild)},
		Frame:  views.Giveaway,
		Body: func(ctx context.Context, p views.Page) (templ.Component, error) {
			v := views.GiveawayView{Path: path}
			var err error
			if v.Giveaway, err = s.Store.Giveaway(ctx, guild, id); err != nil {
				return nil, err
			}
			v.Giveaway = p.Rights.Redact(v.Giveaway)
			entries, err := s.Store.Entries(ctx, guild, id, store.EntryQuery{})
			if err != nil {
				return nil, err
			}
			v.Entries = entries.Items[:min(len(entries.Items), entrantsShown)]
			if v.Counts, v.Step, err = s.Store.EntryCounts(ctx, guild, id); err != nil {
				return nil, err
			}
			asks, err := s.Store.Commands(ctx, guild, store.CommandQuery{Target: id, PerPage: asksShown})
			if err != nil {
				return nil, err
			}
			v.Asks = asks.Items
			if v.Asked, err = s.asked(ctx, guild, []string{id}); err != nil {
				return nil, err
			}
			return views.GiveawayFacts(p, v), nil
		},
	}, nil
}

// giveawayColumns begin with those that the bot's own dashboard exports, in its order.
var giveawayColumns = []string{
	"id", "prize", "winnerCount", "entries", "status", "createdAt", "endedAt", "winners",
	"endsAt", "startsAt", "channelId", "messageId", "hostId", "host", "description", "winnerNames", "rerollCount", "channel",
	"repeatDays", "repeatAt", "requiredRoleIds", "requiredRoles", "blacklistRoleIds", "blacklistRoles", "claimed", "repeatZone",
}

// exportGiveaways answers "GET /guilds/{guild}/giveaways/export?format=csv|json|xlsx": all that the filters select.
func (s *Server) exportGiveaways(w http.ResponseWriter, r *http.Request) error {
	page := s.page(r)
	zone := page.TimeZone()
	query := giveawayQuery(giveawayFilter(r, &page), zone)
	names, rights := page.Names, guildOf(r).rights
	return s.export(w, r, exportFile{
		name: "giveaways-" + page.Guild.ID, columns: giveawayColumns,
		each: func(line func(...any) error) error {
			return s.Store.EachGiveaway(r.Context(), page.Guild.ID, query, func(g store.Giveaway) error {
				g = rights.Redact(g)
				ids, people, claimed := commaList{}, []string{}, commaList{}
				for _, w := range g.Winners {
					if !w.Rerolled {
						ids, people = append(ids, w.User.ID), append(people, w.User.Username)
					}
					if w.Claimed && !w.Rerolled {
						claimed = append(claimed, w.User.ID)
					}
				}
				return line(g.ID, g.Prize, g.WinnerCount, g.Entries, g.Status, exportTime(&g.CreatedAt, zone), exportTime(g.EndedAt, zone), ids,
					exportTime(&g.EndsAt, zone), exportTime(g.StartsAt, zone), g.ChannelID, g.MessageID, g.Host.ID, g.Host.Username,
					g.Description, people, g.RerollCount, channelOf(names, g.ChannelID),
					g.RepeatDays, exportTime(g.RepeatAt, zone), commaList(g.RequiredRoleIDs), rolesOf(names, g.RequiredRoleIDs),
					commaList(g.BlacklistRoleIDs), rolesOf(names, g.BlacklistRoleIDs),
					claimed, g.RepeatRule().Location().String())
			})
		},
	})
}

// showDraw answers "GET /guilds/{guild}/giveaways/{giveaway}/draw.json": all that is needed to draw again.
func (s *Server) showDraw(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "giveaway")
	if !isRowID(id) {
		return errNotFound
	}
	proof, err := s.Store.DrawProof(r.Context(), guildOf(r).link.ID, id)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="draw-`+id+`.json"`)
	s.json(w, r, http.StatusOK, proof)
	return nil
}

// listGiveaways answers "GET /api/guilds/{guild}/giveaways".
func (s *Server) listGiveaways(w http.ResponseWriter, r *http.Request) error {
	query, err := giveawayAPIQuery(r.URL.Query())
	if err != nil {
		return err
	}
	list, tiles, err := s.Store.Giveaways(r.Context(), guildOf(r).link.ID, query)
	if err != nil {
		return err
	}
	list.Items = guildOf(r).rights.RedactAll(list.Items)
	if list.Page < min(query.Page, list.Pages) { // the page is deeper than the store can skip
		return badInput("page must be at most " + strconv.Itoa(list.Page) + ": select less with startDate and endDate")
	}
	s.json(w, r, http.StatusOK, map[string]any{"data": giveawayAnswer(list, tiles, s.Names.of(r.Context(), guildOf(r).link.ID))})
	return nil
}
