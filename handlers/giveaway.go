package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"guildboard/store"
	"guildboard/views"
)

// giveaways is "GET /guilds/{guild}/giveaways".
func (s *Server) giveaways(r *http.Request) (livePage, error) {
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = views.SectionGiveaways, page.T("giveaways.title")
	filter, problems := parseFilter(r.URL.Query(), "/guilds/"+guild+"/giveaways", lowered(store.GiveawayStatuses), views.GiveawaySorts)
	filter.Problems = problems.say(&page)
	query := giveawayQuery(filter, page.TimeZone())
	return livePage{
		Page: page, URL: filter.URL(), Stream: filter.Stream(),
		Topics: []string{store.GiveawaysTopic(guild)},
		Frame:  func(p views.Page, region views.Region) templ.Component { return views.Giveaways(p, filter, region) },
		Beside: func(p views.Page) templ.Component {
			return views.FiltersAfter(p, filter, p.T("giveaways.search"), views.GiveawaySorts)
		},
		Body: func(ctx context.Context, p views.Page) (templ.Component, error) {
			list, tiles, err := s.Store.Giveaways(ctx, guild, query)
			if err != nil {
				return nil, err
			}
			ids := make([]string, len(list.Items))
			for i, g := range list.Items {
				ids[i] = g.ID
			}
			asked, err := s.asked(ctx, guild, ids)
			if err != nil {
				return nil, err
			}
			if asked.Creates, err = s.Store.CreatesUnderWay(ctx, guild, time.Now().Add(-failedStay)); err != nil {
				return nil, err
			}
			return views.GiveawayRows(p, views.GiveawayList{Filter: filter, List: list, Tiles: tiles, Asked: asked}), nil
		},
	}, nil
}

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
	filter, problems := parseFilter(r.URL.Query(), list+"/"+id, nil, []string{""})
	problems.say(&page)
	filter = views.Filter{Path: filter.Path, Page: filter.Page}
	return livePage{
		Page: page, URL: filter.URL(), Stream: filter.Stream(), Gone: list,
		Topics: []string{store.GiveawaysTopic(guild)},
		Frame:  views.Giveaway,
		Body: func(ctx context.Context, p views.Page) (templ.Component, error) {
			giveaway, err := s.Store.Giveaway(ctx, guild, id)
			if err != nil {
				return nil, err
			}
			entries, err := s.Store.Entries(ctx, guild, id, filter.Page)
			if err != nil {
				return nil, err
			}
			asked, err := s.asked(ctx, guild, []string{id})
			if err != nil {
				return nil, err
			}
			return views.GiveawayFacts(p, views.GiveawayView{Giveaway: giveaway, Entries: entries, Filter: filter, Asked: asked}), nil
		},
	}, nil
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
	if !guildOf(r).rights.May(store.ModuleGiveaways, store.LevelAct) {
		for i := range list.Items { // for winners, and for those who tell them
			list.Items[i].PrizeSecret, list.Items[i].Notes = nil, nil
		}
	}
	s.json(w, r, http.StatusOK, map[string]any{"data": giveawayAnswer(list, tiles)})
	return nil
}
