package handlers

import (
	"context"
	"net/http"

	"github.com/a-h/templ"

	"guildboard/store"
	"guildboard/store/contract"
	giveawayview "guildboard/views/giveaway"
	"guildboard/views/link"
	"guildboard/views/ui"
)

// entrants is "GET /guilds/{guild}/giveaways/{giveaway}/entries": all entrants, with search.
func (s *Server) entrants(r *http.Request) (livePage, error) {
	id, err := pathRowID(r, "giveaway")
	if err != nil {
		return livePage{}, err
	}
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = ui.SectionGiveaways, page.T("giveaway.entrants")
	list := link.Giveaways(guild)
	common, problems := parseFilter(r.URL.Query(), link.Entries(link.Item(list, id)), nil, []string{""})
	filter := giveawayview.EntrantFilter{Filter: common}
	filter.Problems = append(problems, readCursor(r.URL.Query(), &filter.Filter)...).translate(&page)
	shown := newListPage(filter.URL())
	toolbar := giveawayview.EntrantToolbar(page, filter)
	name := page.T("entry.giveaway") // until Body has loaded the giveaway, which runs before Layout
	return livePage{
		Page: page, URL: shown.url.String(), StreamURL: shown.url.Stream(), GoneURL: list, ListPage: shown, Toolbar: &toolbar,
		Topics: []string{contract.GiveawaysTopic(guild)},
		Layout: func(p ui.Page, region ui.Region) templ.Component {
			return giveawayview.Entrants(p, toolbar, name, link.Item(list, id), region)
		},
		Body: func(ctx context.Context, p ui.Page) (templ.Component, error) {
			v := giveawayview.EntrantsView{Filter: filter}
			var err error
			if v.Giveaway, err = s.Store.Giveaway(ctx, guild, id); err != nil {
				return nil, err
			}
			name = ui.PrizeText(p, v.Giveaway.Prize)
			query := store.EntryQuery{SearchTerm: filter.SearchTerm, Page: filter.Page, Keyset: filter.Keyset}
			if v.List, err = s.Store.Entries(ctx, guild, id, query); err != nil {
				return nil, err
			}
			shown.number, shown.byCursor = v.List.Page, v.List.ByCursor
			if v.Requests, err = s.loadBotRequests(ctx, guild, []string{id}); err != nil {
				return nil, err
			}
			return giveawayview.EntrantRows(p, v), nil
		},
	}, nil
}
