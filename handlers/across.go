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

// ownGuilds are the guilds that a person may see something of: those with the bot, by name, and those without.
type ownGuilds struct {
	present, absent []views.GuildLink
	stale           bool // confirmed a while ago: Discord does not answer
}

// guildsOf tells which guilds a person may see something of.
func (s *Server) guildsOf(ctx context.Context, session *store.Session) (own ownGuilds, err error) {
	list, err := s.Guilds.Guilds(ctx, session.UserID, session, discord.Reading)
	if err != nil {
		return own, err
	}
	rights, err := s.rightsIn(ctx, session.UserID, list, trusted(discord.Reading))
	if err != nil {
		return own, err
	}
	own.stale = list.Stale
	own.present, own.absent = sortGuilds(list, rights)
	slices.SortFunc(own.present, func(a, b views.GuildLink) int {
		return cmp.Or(strings.Compare(store.Fold(a.Name), store.Fold(b.Name)), strings.Compare(a.ID, b.ID))
	})
	return own, nil
}

func (own ownGuilds) all() (ids []string) {
	for _, g := range own.present {
		ids = append(ids, g.ID)
	}
	return ids
}

// that are those of the guilds in which the module may be seen.
func (own ownGuilds) that(module store.Module) (ids []string) {
	for _, g := range own.present {
		if g.Rights.May(module, store.LevelSee) {
			ids = append(ids, g.ID)
		}
	}
	return ids
}

// scope stands for the guilds as their pages show them. Two people with the same scope see the same; a set that changed
// is another scope.
func (own ownGuilds) scope() string {
	h := sha256.New()
	for _, g := range own.present {
		fmt.Fprintf(h, "%q %q %q %t %s\n", g.ID, g.Name, g.Icon, g.Owner, g.Rights)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// ofAll makes a live page of the reader's guilds, all at once.
func (s *Server) ofAll(r *http.Request, path, title string) (livePage, ownGuilds, error) {
	session := visitorOf(r).session
	own, err := s.guildsOf(r.Context(), session)
	if err != nil {
		return livePage{}, own, err
	}
	page := s.page(r)
	page.Title, page.Stale = page.T(title), page.Stale || own.stale
	lp := livePage{Page: page, URL: path, Stream: strings.TrimSuffix(path, "/") + "/live", Scope: own.scope(), Access: own.all()}
	for _, guild := range own.that(store.ModuleGiveaways) {
		lp.Topics = append(lp.Topics, store.GiveawaysTopic(guild))
	}
	for _, guild := range own.that(store.ModuleTickets) {
		lp.Topics = append(lp.Topics, store.TicketsTopic(guild), store.SettingsTopic(guild))
	}
	lp.Allowed = func(ctx context.Context) (bool, error) {
		if err := session.Check(ctx); err != nil {
			return false, noIfNotFound(err)
		}
		now, err := s.guildsOf(ctx, session)
		if err != nil {
			return false, noIfNotFound(err)
		}
		return now.scope() == lp.Scope, nil // else the stream ends, and the next one is of the other guilds
	}
	return lp, own, nil
}

// showFront answers "GET /": what this is to a stranger, what matters soonest to who is signed in.
func (s *Server) showFront(w http.ResponseWriter, r *http.Request) error {
	if visitorOf(r) == nil && !partial(r) {
		return s.render(w, r, views.Landing(s.page(r)))
	}
	s.requireSession(s.handle(s.showLive(s.across))).ServeHTTP(w, r)
	return nil
}

// across is "GET /" for who is signed in: what runs out within the hour, and who waits longest, over all their guilds.
func (s *Server) across(r *http.Request) (livePage, error) {
	lp, own, err := s.ofAll(r, "/", "across.title")
	if err != nil {
		return lp, err
	}
	lp.Frame = views.Across
	lp.Body = func(ctx context.Context, p views.Page) (templ.Component, error) {
		// To the minute, so that looks, polls and processes agree about what lies within the hour.
		found, err := s.Store.Across(ctx, own.that(store.ModuleGiveaways), own.that(store.ModuleTickets), time.Now().Truncate(time.Minute).Add(time.Hour))
		if err != nil {
			return nil, err
		}
		return views.AcrossFacts(p, views.AcrossView{
			Guilds: own.present, Counts: found.Counts, Ending: found.Ending, Waiting: found.Waiting,
		}), nil
	}
	return lp, nil
}

// picker is "GET /guilds": the servers one may manage or help in, and how much there is to look after in each.
func (s *Server) picker(r *http.Request) (livePage, error) {
	lp, own, err := s.ofAll(r, "/guilds", "guilds.title")
	if err != nil {
		return lp, err
	}
	lp.Frame = func(p views.Page, region views.Region) templ.Component {
		return views.GuildPicker(p, region, len(own.present) == 0, own.absent, s.invite)
	}
	lp.Body = func(ctx context.Context, p views.Page) (templ.Component, error) {
		counts, err := s.Store.GuildCounts(ctx, own.that(store.ModuleGiveaways), own.that(store.ModuleTickets))
		if err != nil {
			return nil, err
		}
		return views.GuildCards(p, own.present, counts), nil
	}
	return lp, nil
}
