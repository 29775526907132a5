package bot_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"guildboard/cmd/internal/bot"
	"guildboard/cmd/internal/bot/sim"
	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/forms"
	"guildboard/store/storetest"
)

func TestSweepFindsEverySyncIssueAndRepairResolvesIt(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		env.sendHeartbeat(t)
		e, c := env.newEngine(), env.startDashboard(t)
		hourAgo := time.Now().Add(-time.Hour)
		withActiveButton := env.addGiveaway(t, 0, store.Giveaway{Prize: "Taking", Status: store.GiveawayCancelled})
		overdue := env.addGiveaway(t, 3, store.Giveaway{Prize: "Overdue", EndsAt: hourAgo})
		unposted := storetest.Giveaway(t, env.Store, env.guild,
			store.Giveaway{Prize: "Unposted", Status: store.GiveawayPending, StartsAt: &hourAgo})
		withoutChannel, unlocked := openTicket(t, env, "81"), closedTicket(t, env, "82")
		env.discord.RemoveChannel("81")
		env.discord.AddChannel(env.guild, "82", true)
		// Rows without sync issues.
		env.addGiveaway(t, 0, store.Giveaway{})
		openTicket(t, env, "83")
		closedTicket(t, env, "84")

		check(t, e.SweepGuild(t.Context(), env.guild))
		found := env.syncIssues(t)
		want := map[store.SyncIssueKind]string{
			store.SyncIssueAcceptsEntries: withActiveButton.ID, store.SyncIssueOverdue: overdue.ID, store.SyncIssueUnposted: unposted.ID,
			store.SyncIssueChannelDeleted: withoutChannel, store.SyncIssueChannelOpen: unlocked,
		}
		for _, d := range found {
			wantEqual(t, string(d.Kind), d.Target, want[d.Kind])
		}
		wantEqual(t, "found", len(found), len(want))
		first := found[0].FoundAt
		check(t, e.SweepGuild(t.Context(), env.guild))
		wantEqual(t, "found first", env.syncIssues(t)[0].FoundAt, first)

		e.ClockInterval = time.Hour // the clock would be faster
		startBackground(t, e.Run)
		for _, d := range found {
			_, err := env.Command(t.Context(), env.guild, d.Target)
			if d.Kind == store.SyncIssueOverdue || d.Kind == store.SyncIssueUnposted || err == nil {
				continue // the clock ran it at the start
			}
			env.mustComplete(t, c, d.RepairVerb, d.Target, nil)
		}
		eventually(t, "the clock has caught up", func() bool {
			return env.loadGiveaway(t, overdue.ID).Status == store.GiveawayEnded &&
				env.loadGiveaway(t, unposted.ID).Status == store.GiveawayActive
		})
		check(t, e.SweepGuild(t.Context(), env.guild))
		eventually(t, "no work is left", func() bool { return len(env.syncIssues(t)) == 0 })
		wantEqual(t, "button disabled", env.discord.Message(*withActiveButton.MessageID).Button.Disabled, true)
		wantEqual(t, "ticket whose channel was gone", env.loadTicket(t, withoutChannel).Status, store.TicketClosed)
		wantEqual(t, "existing channel", env.discord.IsLocked("82"), true)
	})
}

func (env *testEnv) syncIssues(t *testing.T) []store.SyncIssue {
	t.Helper()
	found, err := env.SyncIssues(t.Context(), env.guild)
	check(t, err)
	return found
}

func TestSweepClearsResolvedSyncIssue(t *testing.T) {
	env := newTestEnv(t, storetest.Open(t), storetest.Redis(t))
	e := env.newEngine()
	openTicket(t, env, "81")
	env.discord.RemoveChannel("81")
	check(t, e.SweepGuild(t.Context(), env.guild))
	wantEqual(t, "found", len(env.syncIssues(t)), 1)
	env.discord.AddChannel(env.guild, "81", true)
	check(t, e.SweepGuild(t.Context(), env.guild))
	wantEqual(t, "found", len(env.syncIssues(t)), 0)
}

// racingDiscord is a Discord in which a row changes during the sweep.
type racingDiscord struct {
	*sim.Discord
	afterRead func()
}

func (d racingDiscord) ChannelWriteAccess(ctx context.Context, guild string) (map[string]bool, error) {
	channels, err := d.Discord.ChannelWriteAccess(ctx, guild)
	d.afterRead()
	return channels, err
}

func TestSweepIgnoresIssueResolvedDuringSweep(t *testing.T) {
	env := newTestEnv(t, storetest.Open(t), storetest.Redis(t))
	id := openTicket(t, env, "81")
	env.discord.RemoveChannel("81")
	resolve := sync.OnceFunc(func() {
		check(t, env.CloseTicket(t.Context(), env.guild, id, "10", time.Now()))
		check(t, env.DeleteSyncIssues(t.Context(), env.guild, id))
	})
	e := bot.New(env.Store, env.client, env.bus(), racingDiscord{env.discord, resolve}, env.log)
	check(t, e.SweepGuild(t.Context(), env.guild))
	wantEqual(t, "found", len(env.syncIssues(t)), 0)
}

func TestRerollDrawsDistinctWinnersUpToMaxRerolls(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		env.sendHeartbeat(t)
		c := env.startDashboard(t)
		env.startEngine(t)
		g := env.addEndedGiveaway(t, c, 20, store.Giveaway{WinnerCount: 2})
		for range g.MaxRerolls {
			env.mustComplete(t, c, contract.VerbGiveawayReroll, g.ID, nil)
		}
		answer := env.awaitAnswer(t, env.enqueueCommand(t, c, contract.VerbGiveawayReroll, g.ID, nil).ID)
		wantEqual(t, "code", answer.Code, contract.RefusalMaxRerolls)
		var ids []string
		for _, winner := range env.loadGiveaway(t, g.ID).Winners {
			ids = append(ids, winner.User.ID)
		}
		slices.Sort(ids)
		wantEqual(t, "distinct winners", len(slices.Compact(ids)), 2*(1+g.MaxRerolls))
		proof, err := env.DrawProof(t.Context(), env.guild, g.ID)
		check(t, err)
		check(t, proof.Verify())
		wantEqual(t, "rounds, and the next", len(proof.Rounds), g.MaxRerolls+2)
		wantEqual(t, "seed of the next", proof.Rounds[len(proof.Rounds)-1].Seed, "")

		oneEntrant := env.addEndedGiveaway(t, c, 1, store.Giveaway{})
		answer = env.awaitAnswer(t, env.enqueueCommand(t, c, contract.VerbGiveawayReroll, oneEntrant.ID, nil).ID)
		wantEqual(t, "code", answer.Code, contract.RefusalNoEntries)
		wantEqual(t, "winner stays", env.loadGiveaway(t, oneEntrant.ID).Winners[0].Rerolled, false)
		noEntrants := env.addEndedGiveaway(t, c, 0, store.Giveaway{})
		wantEqual(t, "winners without entries", len(noEntrants.Winners), 0)
		answer = env.awaitAnswer(t, env.enqueueCommand(t, c, contract.VerbGiveawayReroll, noEntrants.ID, nil).ID)
		wantEqual(t, "code", answer.Code, contract.RefusalWrongState)
	})
}

func TestSweepFindsMissingPermissions(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, env *testEnv) {
		const giveaways, scheduled, ended, panel, parent, own = "41", "42", "43", "44", "45", "46"
		e := env.newEngine()
		env.addGiveaway(t, 0, store.Giveaway{ChannelID: giveaways})
		tomorrow := time.Now().Add(24 * time.Hour)
		storetest.Giveaway(t, env.Store, env.guild,
			store.Giveaway{ChannelID: scheduled, Status: store.GiveawayPending, StartsAt: &tomorrow})
		storetest.Giveaway(t, env.Store, env.guild, store.Giveaway{ChannelID: ended, Status: store.GiveawayEnded})
		addPanel(t, env, panel)
		deny := env.discord.DenyPermissions
		deny(env.guild, giveaways, store.PermissionSendMessages, store.PermissionEmbedLinks)
		deny(env.guild, scheduled, store.PermissionViewChannel)
		deny(env.guild, ended, store.PermissionViewChannel)
		deny(env.guild, panel, store.PermissionEmbedLinks, store.PermissionAttachFiles) // no files are posted there
		deny(env.guild, parent, store.PermissionManageChannels)
		deny(env.guild, own, store.PermissionManageRoles)
		deny(env.guild, "", store.PermissionManageRoles, store.PermissionManageChannels)
		wantIssues := func(description string, want ...string) {
			t.Helper()
			check(t, e.SweepGuild(t.Context(), env.guild))
			var got []string
			for _, d := range env.syncIssues(t) {
				got = append(got, string(d.Kind)+" "+d.Target+": "+d.Label)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s: issues = %q, want %q", description, got, want)
			}
		}
		wantIssues("tickets outside of a category",
			"giveaway.permissions 41: SEND_MESSAGES EMBED_LINKS", "giveaway.permissions 42: VIEW_CHANNEL",
			"ticket.permissions 44: EMBED_LINKS", "ticket.permissions : MANAGE_CHANNELS MANAGE_ROLES")

		env.changeSettings(t, access.ModuleTickets, forms.Values{"categoryChannelId": parent})
		deny(env.guild, giveaways, store.PermissionEmbedLinks)
		env.discord.RemoveChannel(scheduled)
		deny(env.guild, panel)
		wantIssues("tickets in the category of the settings",
			"giveaway.permissions 41: EMBED_LINKS", "ticket.permissions 45: MANAGE_CHANNELS")

		setup, err := env.TicketSetup(t.Context(), env.guild)
		check(t, err)
		category := setup.Categories[0]
		v := category.Values()
		v["categoryChannelId"] = own
		check(t, env.ChangeCategory(t.Context(), ann, category.Values(), category.WithValues(v)))
		deny(env.guild, giveaways)
		wantIssues("tickets in the category of their ticket category", "ticket.permissions 46: MANAGE_ROLES")

		env.changeSettings(t, access.ModuleTickets, forms.Values{"enabled": ""})
		wantIssues("tickets are turned off")
	})
}

// unavailableDiscord is a Discord in which all guilds are unavailable.
type unavailableDiscord struct{ *sim.Discord }

func (unavailableDiscord) MissingPermissions(context.Context, string, map[string][]store.Permission) (
	map[string][]store.Permission, error) {
	return nil, &bot.DiscordError{Code: bot.ErrCodeUnknownGuild, Message: "Unknown Guild"}
}

func TestSweepKeepsIssuesOfUnavailableGuild(t *testing.T) {
	env := newTestEnv(t, storetest.Open(t), storetest.Redis(t))
	env.addGiveaway(t, 0, store.Giveaway{ChannelID: "41"})
	env.discord.DenyPermissions(env.guild, "41", store.PermissionEmbedLinks)
	check(t, env.newEngine().SweepGuild(t.Context(), env.guild))
	e := bot.New(env.Store, env.client, env.bus(), unavailableDiscord{env.discord}, env.log)
	check(t, e.SweepGuild(t.Context(), env.guild))
	wantEqual(t, "issues", len(env.syncIssues(t)), 1)
}
