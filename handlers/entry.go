package handlers

import (
	"context"
	"net/http"
	"slices"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"guildboard/store"
	"guildboard/views"
)

// entrants is "GET /guilds/{guild}/giveaways/{giveaway}/entries": all who entered, with search.
func (s *Server) entrants(r *http.Request) (livePage, error) {
	id := chi.URLParam(r, "giveaway")
	if !isRowID(id) {
		return livePage{}, errNotFound
	}
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = views.SectionGiveaways, page.T("giveaway.entrants")
	list := "/guilds/" + guild + "/giveaways"
	filter, problems := parseFilter(r.URL.Query(), list+"/"+id+"/entries", nil, []string{""})
	said := append(problems, readSeek(r.URL.Query(), &filter)...).say(&page)
	filter = views.Filter{Path: filter.Path, Text: filter.Text, Page: filter.Page, Seek: filter.Seek, Problems: said}
	shown := newShownPage(filter)
	return livePage{
		Page: page, URL: filter.URL(), Stream: filter.Stream(), Gone: list, Shown: shown,
		Topics: []string{store.GiveawaysTopic(guild)},
		Frame: func(p views.Page, region views.Region) templ.Component {
			return views.Entrants(p, filter, list+"/"+id, region)
		},
		Beside: func(p views.Page) templ.Component { return views.EntrantFiltersAfter(p, filter) },
		Body: func(ctx context.Context, p views.Page) (templ.Component, error) {
			v := views.EntrantsView{Filter: filter}
			var err error
			if v.Giveaway, err = s.Store.Giveaway(ctx, guild, id); err != nil {
				return nil, err
			}
			if v.List, err = s.Store.Entries(ctx, guild, id, store.EntryQuery{Text: filter.Text, Page: filter.Page, Seek: filter.Seek}); err != nil {
				return nil, err
			}
			shown.number, shown.sought = v.List.Page, v.List.Sought
			if v.Asked, err = s.asked(ctx, guild, []string{id}); err != nil {
				return nil, err
			}
			return views.EntrantRows(p, v), nil
		},
	}, nil
}

// chosenEntrants are the people that a request wants taken out or let in again, if that is what it wants. Somebody with
// whom that cannot be done is not there.
func (s *Server) chosenEntrants(r *http.Request, giveaway subject, verb store.Verb, users []string) ([]store.Entry, error) {
	if !verb.OfEntrants() {
		return nil, nil
	}
	if len(users) == 0 || len(users) > maxOnly {
		return nil, errNotFound
	}
	entries, err := s.Store.EntriesOf(r.Context(), guildOf(r).link.ID, giveaway.id, users)
	if err != nil {
		return nil, err
	}
	about := slices.DeleteFunc(entries, func(e store.Entry) bool { return views.EntrantVerb(e) != verb })
	if len(about) == 0 {
		return nil, errNotFound
	}
	return about, nil
}
