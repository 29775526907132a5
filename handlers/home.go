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
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/discord"
	"guildboard/store/session"
	"guildboard/views/home"
	"guildboard/views/ui"
)

// visibleGuilds are the guilds of a user: those with the bot that the user can see, by name, and those without the bot
// that the user can add it to.
type visibleGuilds struct {
	withBot, withoutBot []ui.GuildLink
	isStale             bool // the guild list is not recent because Discord does not answer
}

// loadVisibleGuilds loads the visible guilds of the session's user.
func (s *Server) loadVisibleGuilds(ctx context.Context, sess *session.Session) (visible visibleGuilds, err error) {
	list, err := s.Guilds.Guilds(ctx, sess.UserID, sess, discord.ReadFreshness)
	if err != nil {
		return visible, err
	}
	found, err := s.loadMemberships(ctx, sess.UserID, list)
	if err != nil {
		return visible, err
	}
	visible.isStale = list.IsStale
	visible.withBot, visible.withoutBot = partitionGuilds(list, found.rights(confirmedSince(discord.ReadFreshness)))
	slices.SortFunc(visible.withBot, func(a, b ui.GuildLink) int {
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

// idsWithModule returns the IDs of the guilds in which the user can see the module.
func (v visibleGuilds) idsWithModule(module access.Module) (ids []string) {
	for _, g := range v.withBot {
		if g.Rights.Can(module, access.LevelSee) {
			ids = append(ids, g.ID)
		}
	}
	return ids
}

// scope returns a hash of the guilds with the bot as pages show them. Users with the same scope see the same pages.
func (v visibleGuilds) scope() string {
	h := sha256.New()
	for _, g := range v.withBot {
		fmt.Fprintf(h, "%q %q %q %t %s\n", g.ID, g.Name, g.Icon, g.IsOwner, g.Rights)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// allGuildsPage returns a live page about all visible guilds of the viewer.
func (s *Server) allGuildsPage(r *http.Request, path, title string) (livePage, visibleGuilds, error) {
	sess := visitorOf(r).session
	visible, err := s.loadVisibleGuilds(r.Context(), sess)
	if err != nil {
		return livePage{}, visible, err
	}
	page := s.page(r)
	page.Title, page.IsAccessUnconfirmed = page.T(title), page.IsAccessUnconfirmed || visible.isStale
	lp := livePage{
		Page: page, URL: path, StreamURL: strings.TrimSuffix(path, "/") + "/live",
		Scope: visible.scope(), AccessGuilds: visible.ids(),
	}
	for _, guild := range visible.idsWithModule(access.ModuleGiveaways) {
		lp.Topics = append(lp.Topics, contract.GiveawaysTopic(guild))
	}
	for _, guild := range visible.idsWithModule(access.ModuleTickets) {
		lp.Topics = append(lp.Topics, contract.TicketsTopic(guild), contract.SettingsTopic(guild))
	}
	lp.CheckAccess = func(ctx context.Context) (bool, error) {
		if err := sess.Check(ctx); err != nil {
			return false, ignoreRevoked(err)
		}
		current, err := s.loadVisibleGuilds(ctx, sess)
		if err != nil {
			return false, ignoreRevoked(err)
		}
		return current.scope() == lp.Scope, nil // a changed scope ends the stream; the browser reconnects
	}
	return lp, visible, nil
}

// showLandingOrHome answers "GET /": the landing page for signed-out visitors, home for signed-in users.
func (s *Server) showLandingOrHome(w http.ResponseWriter, r *http.Request) error {
	if visitorOf(r) == nil && !isPartial(r) {
		return s.render(w, r, home.Landing(s.page(r)))
	}
	s.requireSession(s.handle(s.showLivePage(s.home))).ServeHTTP(w, r)
	return nil
}

// home is "GET /" for signed-in users: the giveaways that end within the hour and the longest waiting tickets of all
// guilds.
func (s *Server) home(r *http.Request) (livePage, error) {
	lp, visible, err := s.allGuildsPage(r, "/", "home.title")
	if err != nil {
		return lp, err
	}
	lp.Layout = home.Home
	lp.Body = func(ctx context.Context, p ui.Page) (templ.Component, error) {
		// A full minute makes renders, polls and processes agree on the giveaways within the hour.
		until := time.Now().Truncate(time.Minute).Add(time.Hour)
		giveaways, tickets := visible.idsWithModule(access.ModuleGiveaways), visible.idsWithModule(access.ModuleTickets)
		summary, err := s.Store.HomeSummary(ctx, giveaways, tickets, until)
		if err != nil {
			return nil, err
		}
		attention, err := s.Store.Attention(ctx, giveaways, tickets, time.Now())
		if err != nil {
			return nil, err
		}
		return home.Content(p, home.View{
			Guilds: visible.withBot, Counts: summary.Counts, Attention: attention,
			EndingSoon: summary.EndingGiveaways, WaitingTickets: summary.WaitingTickets,
		}), nil
	}
	return lp, nil
}

// guildPicker is "GET /guilds": the guilds that the viewer can see, with the numbers of open giveaways and tickets.
func (s *Server) guildPicker(r *http.Request) (livePage, error) {
	lp, visible, err := s.allGuildsPage(r, "/guilds", "guilds.title")
	if err != nil {
		return lp, err
	}
	lp.Layout = func(p ui.Page, region ui.Region) templ.Component {
		return home.GuildPicker(p, region, len(visible.withBot) == 0, visible.withoutBot, s.inviteURL)
	}
	lp.Body = func(ctx context.Context, p ui.Page) (templ.Component, error) {
		giveaways, tickets := visible.idsWithModule(access.ModuleGiveaways), visible.idsWithModule(access.ModuleTickets)
		counts, err := s.Store.GuildCounts(ctx, giveaways, tickets)
		if err != nil {
			return nil, err
		}
		attention, err := s.Store.Attention(ctx, giveaways, tickets, time.Now())
		return home.GuildCards(p, visible.withBot, counts, attention), err
	}
	return lp, nil
}
