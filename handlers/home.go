package handlers

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"guildboard/store"
	"guildboard/store/discord"
	"guildboard/views"
)

// visibleGuilds are the guilds that a person may see something of: those with the bot, by name, and those without.
type visibleGuilds struct {
	withBot, withoutBot []views.GuildLink
	isStale             bool // confirmed a while ago: Discord does not answer
}

// loadVisibleGuilds tells which guilds a person may see something of.
func (s *Server) loadVisibleGuilds(ctx context.Context, session *store.Session) (visible visibleGuilds, err error) {
	list, err := s.Guilds.Guilds(ctx, session.UserID, session, discord.ReadFreshness)
	if err != nil {
		return visible, err
	}
	rights, err := s.rightsByGuild(ctx, session.UserID, list, confirmedSince(discord.ReadFreshness))
	if err != nil {
		return visible, err
	}
	visible.isStale = list.Stale
	visible.withBot, visible.withoutBot = partitionGuilds(list, rights)
	slices.SortFunc(visible.withBot, func(a, b views.GuildLink) int {
		return cmp.Or(strings.Compare(store.FoldText(a.Name), store.FoldText(b.Name)), strings.Compare(a.ID, b.ID))
	})
	return visible, nil
}

func (v visibleGuilds) ids() (ids []string) {
	for _, g := range v.withBot {
		ids = append(ids, g.ID)
	}
	return ids
}

// idsWithModule are those of the guilds in which the module may be seen.
func (v visibleGuilds) idsWithModule(module store.Module) (ids []string) {
	for _, g := range v.withBot {
		if g.Rights.Can(module, store.LevelSee) {
			ids = append(ids, g.ID)
		}
	}
	return ids
}

// scope stands for the guilds as their pages show them. Two people with the same scope see the same; a set that changed
// is another scope.
func (v visibleGuilds) scope() string {
	h := sha256.New()
	for _, g := range v.withBot {
		fmt.Fprintf(h, "%q %q %q %t %s\n", g.ID, g.Name, g.Icon, g.IsOwner, g.Rights)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// allGuildsPage makes a live page of the reader's guilds, all at once.
func (s *Server) allGuildsPage(r *http.Request, path, title string) (livePage, visibleGuilds, error) {
	session := visitorOf(r).session
	visible, err := s.loadVisibleGuilds(r.Context(), session)
	if err != nil {
		return livePage{}, visible, err
	}
	page := s.page(r)
	page.Title, page.IsAccessUnconfirmed = page.T(title), page.IsAccessUnconfirmed || visible.isStale
	lp := livePage{Page: page, URL: path, StreamURL: strings.TrimSuffix(path, "/") + "/live", Scope: visible.scope(), AccessGuilds: visible.ids()}
	for _, guild := range visible.idsWithModule(store.ModuleGiveaways) {
		lp.Topics = append(lp.Topics, store.GiveawaysTopic(guild))
	}
	for _, guild := range visible.idsWithModule(store.ModuleTickets) {
		lp.Topics = append(lp.Topics, store.TicketsTopic(guild), store.SettingsTopic(guild))
	}
	lp.CheckAccess = func(ctx context.Context) (bool, error) {
		if err := session.Check(ctx); err != nil {
			return false, ignoreRevoked(err)
		}
		current, err := s.loadVisibleGuilds(ctx, session)
		if err != nil {
			return false, ignoreRevoked(err)
		}
		return current.scope() == lp.Scope, nil // else the stream ends, and the next one is of the other guilds
	}
	return lp, visible, nil
}

// showLandingOrHome answers "GET /": what this is to a stranger, what matters soonest to who is signed in.
func (s *Server) showLandingOrHome(w http.ResponseWriter, r *http.Request) error {
	if visitorOf(r) == nil && !isPartial(r) {
		return s.render(w, r, views.Landing(s.page(r)))
	}
	s.requireSession(s.handle(s.showLivePage(s.home))).ServeHTTP(w, r)
	return nil
}

// home is "GET /" for who is signed in: what runs out within the hour, and who waits longest, over all their guilds.
func (s *Server) home(r *http.Request) (livePage, error) {
	lp, visible, err := s.allGuildsPage(r, "/", "across.title")
	if err != nil {
		return lp, err
	}
	lp.Layout = views.Home
	lp.Body = func(ctx context.Context, p views.Page) (templ.Component, error) {
		// To the minute, so that looks, polls and processes agree about what lies within the hour.
		summary, err := s.Store.HomeSummary(ctx, visible.idsWithModule(store.ModuleGiveaways), visible.idsWithModule(store.ModuleTickets), time.Now().Truncate(time.Minute).Add(time.Hour))
		if err != nil {
			return nil, err
		}
		return views.HomeContent(p, views.HomeView{
			Guilds: visible.withBot, Counts: summary.Counts, EndingSoon: summary.EndingGiveaways, WaitingTickets: summary.WaitingTickets,
		}), nil
	}
	return lp, nil
}

// guildPicker is "GET /guilds": the servers one may manage or help in, and how much there is to look after in each.
func (s *Server) guildPicker(r *http.Request) (livePage, error) {
	lp, visible, err := s.allGuildsPage(r, "/guilds", "guilds.title")
	if err != nil {
		return lp, err
	}
	lp.Layout = func(p views.Page, region views.Region) templ.Component {
		return views.GuildPicker(p, region, len(visible.withBot) == 0, visible.withoutBot, s.inviteURL)
	}
	lp.Body = func(ctx context.Context, p views.Page) (templ.Component, error) {
		counts, err := s.Store.GuildCounts(ctx, visible.idsWithModule(store.ModuleGiveaways), visible.idsWithModule(store.ModuleTickets))
		if err != nil {
			return nil, err
		}
		return views.GuildCards(p, visible.withBot, counts), nil
	}
	return lp, nil
}
