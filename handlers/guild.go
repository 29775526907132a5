package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/discord"
	"guildboard/views/home"
	"guildboard/views/link"
	"guildboard/views/ui"
)

// inviteURL returns the URL that invites the bot to a guild; "" if there is none.
func (s *Server) inviteURL(guild string) string {
	if s.InviteURL == nil {
		return ""
	}
	return s.InviteURL(guild)
}

// refreshGuilds answers "POST /guilds/refresh". It reads the user's guild list from Discord without the cache.
func (s *Server) refreshGuilds(w http.ResponseWriter, r *http.Request) error {
	sess := visitorOf(r).session
	if _, err := s.Guilds.Guilds(r.Context(), sess.UserID, sess, discord.ForcedFreshness); err != nil {
		return err
	}
	http.Redirect(w, r, "/guilds", http.StatusSeeOther)
	return nil
}

// overviewRows is the number of giveaways and of tickets on the overview.
const overviewRows = 5

// overview is "GET /guilds/{guild}": running giveaways, waiting tickets and sync issues.
func (s *Server) overview(r *http.Request) (livePage, error) {
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = ui.SectionOverview, page.Guild.Name
	path := link.Guild(guild)
	return livePage{
		Page: page, URL: path, StreamURL: link.Stream(path),
		Topics: []string{contract.GiveawaysTopic(guild), contract.TicketsTopic(guild), contract.SettingsTopic(guild)},
		Layout: home.Overview,
		Body: func(ctx context.Context, p ui.Page) (templ.Component, error) {
			var v home.OverviewView
			if p.Rights.Can(access.ModuleGiveaways, access.LevelSee) {
				running := store.GiveawayQuery{Status: store.GiveawayActive, Sort: store.GiveawaySortEnding, PerPage: overviewRows}
				giveaways, stats, err := s.loadGiveaways(ctx, guild, running)
				if err != nil {
					return nil, err
				}
				v.Giveaways, v.GiveawayStats = giveaways.Items, stats
			}
			if p.Rights.Can(access.ModuleTickets, access.LevelSee) {
				waiting := store.TicketQuery{Sort: store.TicketSortWaiting, PerPage: overviewRows}
				tickets, stats, err := s.loadTickets(ctx, guild, waiting, startOfToday(p.TimeZone()))
				if err != nil {
					return nil, err
				}
				v.Tickets, v.TicketStats = tickets.Items, stats
			}
			own := visibleGuilds{withBot: []ui.GuildLink{{ID: guild, Rights: p.Rights}}}
			attention, err := s.Store.Attention(ctx, own.idsWithModule(access.ModuleGiveaways),
				own.idsWithModule(access.ModuleTickets), time.Now())
			if err != nil {
				return nil, err
			}
			v.Attention = attention[guild]
			syncIssues, err := s.Store.SyncIssues(ctx, guild)
			if err != nil {
				return nil, err
			}
			var ids []string
			for _, d := range syncIssues {
				switch {
				case d.Kind.IsMissingPermissions():
					if p.Rights.Can(d.Kind.Module(), access.LevelSee) {
						v.PermissionIssues = append(v.PermissionIssues, d)
					}
				case p.Rights.CanRequest(d.RepairVerb): // issues that the viewer cannot repair are hidden
					v.SyncIssues, ids = append(v.SyncIssues, d), append(ids, d.Target)
				}
			}
			v.Requests, err = s.loadBotRequests(ctx, guild, ids)
			if err != nil {
				return nil, err
			}
			return home.OverviewContent(p, v), nil
		},
	}, nil
}
