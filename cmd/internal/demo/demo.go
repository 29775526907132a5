// Package demo provides demo data: guilds with giveaways and tickets, a manager, a staff member, and members who enter
// giveaways and open tickets. The bot's engine runs on a simulated Discord.
package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/cmd/internal/bot"
	"guildboard/cmd/internal/bot/sim"
	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/discord"
	"guildboard/store/draw"
	"guildboard/store/forms"
)

// The guilds of the demo. The manager may manage all of them except unmanagedGuild. The bot is a member of all except
// guildWithoutBot.
const (
	busyGuild       = "100000000000000001"
	smallGuild      = "100000000000000002"
	emptyGuild      = "100000000000000003"
	guildWithoutBot = "100000000000000004"
	unmanagedGuild  = "100000000000000005"
)

// The users who can sign in: a manager, and a staff member of the busy guild who manages no guild.
const (
	managerID = "200000000000000001"
	staffID   = "200000000000000002"
)

var guildNames = map[string]string{
	busyGuild: "Lantern Hollow", smallGuild: "Bến Sông Pixel", emptyGuild: "Quiet Harbour",
	guildWithoutBot: "Paper Boats", unmanagedGuild: "Somebody Else's",
}

// The channels of the busy guild; idIn returns the ids in other guilds. Discord refuses posts in two of the channels.
const (
	giveawayChannel = "400000000000000001" // channel of giveaways
	readOnlyChannel = "400000000000050013" // the bot has no permission to write
	deletedChannel  = "400000000000010003" // deleted in Discord
	panelChannel    = "400000000000000005" // channel of the panel
)

// The channel categories of the busy guild.
const (
	eventsCategory  = "400000000000000010"
	supportCategory = "400000000000000020"
)

var channels = []store.Channel{
	{ID: "400000000000000002", Name: "announcements", Kind: store.ChannelAnnouncement},
	{ID: "400000000000000003", Name: "general", Kind: store.ChannelText, Position: 1},
	{ID: eventsCategory, Name: "Events", Kind: store.ChannelCategory, Position: 2},
	{ID: giveawayChannel, Name: "giveaways", Kind: store.ChannelText, ParentID: eventsCategory, Position: 3},
	{ID: readOnlyChannel, Name: "read-only", Kind: store.ChannelText, ParentID: eventsCategory, Position: 4},
	{ID: deletedChannel, Name: "deleted-just-now", Kind: store.ChannelText, ParentID: eventsCategory, Position: 5},
	{ID: "400000000000000004", Name: "Stage night", Kind: store.ChannelStage, ParentID: eventsCategory, Position: 6},
	{ID: supportCategory, Name: "Support", Kind: store.ChannelCategory, Position: 7},
	{ID: panelChannel, Name: "open-a-ticket", Kind: store.ChannelText, ParentID: supportCategory, Position: 8},
	{ID: "400000000000000006", Name: "ticket-log", Kind: store.ChannelText, ParentID: supportCategory, Position: 9},
}

// The roles of the busy guild; idIn returns the ids in other guilds. Boosters have bonus entries. Staff and hosts have
// access to the dashboard.
const (
	boosterRole = "500000000000000001"
	staffRole   = "500000000000000002"
	hostRole    = "500000000000000003"
	veteranRole = "500000000000000004"
)

var roles = []store.Role{
	{ID: hostRole, Name: "Event hosts", Color: "#b45309", Position: 4}, {ID: staffRole, Name: "Helpers", Color: "#0f766e", Position: 3},
	{ID: boosterRole, Name: "Boosters", Color: "#be185d", Position: 2}, {ID: veteranRole, Name: "Veterans ⚔️", Position: 1},
}

// guildScopedID returns the id that a channel, category or role of the busy guild has in another guild of the demo. As in
// Discord, guilds share no ids; the second digit differs.
func guildScopedID(guild, id string) string {
	if guild == busyGuild {
		return id
	}
	return id[:1] + guild[len(guild)-1:] + id[2:]
}

// guildChannels returns the channels of a guild.
func guildChannels(guild string) []store.Channel {
	result := slices.Clone(channels)
	for i, c := range result {
		result[i].ID, result[i].Name = guildScopedID(guild, c.ID), cmp.Or(channelNameOverrides[guild][c.Name], c.Name)
		if c.ParentID != "" {
			result[i].ParentID = guildScopedID(guild, c.ParentID)
		}
	}
	return result
}

// guildRoles returns the roles of a guild.
func guildRoles(guild string) []store.Role {
	result := slices.Clone(roles)
	for i, r := range result {
		result[i].ID = guildScopedID(guild, r.ID)
	}
	return result
}

// World holds the demo's guilds and members, and runs the bot.
type World struct {
	store   *store.Store
	bus     *store.Bus
	bot     *bot.Engine
	discord *sim.Discord
	log     *slog.Logger
	rng     *rand.Rand
	idCount int // number of messages and channels created, for their ids

	members    map[string][]store.Member // by guild
	categories []store.TicketCategory
}

// New returns a World that uses a store and a Redis client. Seed fills it.
func New(s *store.Store, client redis.UniversalClient, bus *store.Bus, log *slog.Logger) *World {
	simulated := sim.New()
	for _, guild := range []string{busyGuild, smallGuild, emptyGuild, unmanagedGuild} {
		simulated.RefuseInChannel(guildScopedID(guild, readOnlyChannel), bot.ErrCodeMissingPermission, "Missing Permissions")
		simulated.RefuseInChannel(guildScopedID(guild, deletedChannel), bot.ErrCodeUnknownChannel, "Unknown Channel")
	}
	return &World{
		store: s, bus: bus, log: log, members: map[string][]store.Member{},
		discord: simulated, bot: bot.New(s, client, bus, simulated, log),
		rng: rand.New(rand.NewPCG(1, 2)), // fixed seed: the data is the same each time
	}
}

// SetContractKey sets the key with which the bot signs answers and verifies commands. It must be called before Run.
func (w *World) SetContractKey(key contract.Key) { w.bot.ContractKey = key }

// Run runs the bot until ctx ends.
func (w *World) Run(ctx context.Context) error { return w.bot.Run(ctx) }

// Manager returns the user who signs in as manager.
func (w *World) Manager() contract.User {
	return contract.User{ID: managerID, Username: "Robin"}
}

// StaffMember returns the user who signs in as staff member and manages no guild.
func (w *World) StaffMember() contract.User {
	return contract.User{ID: staffID, Username: "Kim"}
}

// Guilds returns the guilds that the user is a member of, in place of discord.Client.
func (w *World) Guilds(_ context.Context, user string, _ discord.Tokens, _ discord.Freshness) (discord.GuildList, error) {
	list := discord.GuildList{FetchedAt: time.Now()}
	if user == staffID {
		list.Guilds = []discord.Guild{{ID: busyGuild, Name: guildNames[busyGuild]}, {ID: unmanagedGuild, Name: guildNames[unmanagedGuild]}}
	}
	if user != managerID {
		return list, nil
	}
	for _, id := range []string{busyGuild, smallGuild, emptyGuild, guildWithoutBot, unmanagedGuild} {
		list.Guilds = append(list.Guilds, discord.Guild{
			ID: id, Name: guildNames[id], Owner: id == busyGuild, CanManage: id != unmanagedGuild,
		})
	}
	return list, nil
}

// Seed fills the store, unless it has been filled before, and adds the messages and channels of its rows to the
// simulated Discord.
func (w *World) Seed(ctx context.Context) error {
	if err := w.seedDatabase(ctx); err != nil {
		return err
	}
	for _, guild := range []string{busyGuild, smallGuild, emptyGuild, unmanagedGuild} {
		w.discord.SetRoles(guild, guildRoles(guild)...)
		if err := w.seedDiscord(ctx, guild); err != nil {
			return err
		}
	}
	w.discord.DenyPermissions(busyGuild, supportCategory, store.PermissionAttachFiles)
	return w.createSyncIssue(ctx)
}

func (w *World) seedDatabase(ctx context.Context) error {
	_, err := w.store.Guild(ctx, emptyGuild) // the last guild that seedDatabase saves
	fresh := errors.Is(err, store.ErrNotFound)
	if err != nil && !fresh {
		return err
	}
	for _, guild := range []string{busyGuild, smallGuild, unmanagedGuild} {
		if err := w.seedMembers(ctx, guild); err != nil {
			return err
		}
	}
	if err := w.seedCategories(ctx, busyGuild, fresh); err != nil || !fresh {
		return err
	}
	w.log.Info("seeding demo data")
	if err := errors.Join(w.grantRoles(ctx, busyGuild), w.saveSettings(ctx, busyGuild)); err != nil {
		return err
	}
	now := time.Now().UTC()
	for guild, size := range map[string]struct{ giveaways, tickets int }{
		busyGuild: {64, 320}, smallGuild: {9, 24}, unmanagedGuild: {3, 4},
	} {
		if err := w.seedGiveaways(ctx, guild, size.giveaways, now); err != nil {
			return err
		}
		if err := w.seedTickets(ctx, guild, size.tickets, now); err != nil {
			return err
		}
		if err := w.approveRatings(ctx, guild, now); err != nil {
			return err
		}
	}
	return w.store.SaveGuild(ctx, store.Guild{ID: emptyGuild, Name: guildNames[emptyGuild], JoinedAt: now})
}

// seedMembers saves a guild and its members.
func (w *World) seedMembers(ctx context.Context, guild string) error {
	err := w.store.SaveGuild(ctx, store.Guild{ID: guild, Name: guildNames[guild], JoinedAt: time.Now().AddDate(-1, 0, 0)})
	if err != nil {
		return err
	}
	robin := w.Manager().Username
	if _, err := w.store.SaveMember(ctx, store.Member{GuildID: guild, DiscordID: managerID, Username: &robin}); err != nil {
		return err
	}
	w.discord.SetMember(guild, managerID, bot.Member{IsManager: guild != unmanagedGuild})
	if guild == busyGuild {
		kim := w.StaffMember().Username
		if _, err := w.store.SaveMember(ctx, store.Member{GuildID: guild, DiscordID: staffID, Username: &kim}); err != nil {
			return err
		}
		w.discord.SetMember(guild, staffID, bot.Member{Roles: []string{staffRole, veteranRole}, JoinedAt: time.Now().AddDate(0, -7, 0)})
	}
	for i, name := range memberNames {
		m := store.Member{GuildID: guild, DiscordID: fmt.Sprintf("3%017d", i), Username: &name}
		if name == "" {
			m.Username = nil // a member whose name the bot does not know yet
		}
		saved, err := w.store.SaveMember(ctx, m)
		if err != nil {
			return err
		}
		member := bot.Member{JoinedAt: time.Now().AddDate(0, 0, -3*i), IsBooster: i%7 == 0}
		if i%4 == 0 {
			member.Roles = []string{guildScopedID(guild, boosterRole)}
		}
		if i < 4 { // the staff
			member.Roles = append(member.Roles, guildScopedID(guild, staffRole))
		}
		if i == 5 {
			member.Roles = append(member.Roles, guildScopedID(guild, hostRole))
		}
		w.discord.SetMember(guild, m.DiscordID, member)
		w.members[guild] = append(w.members[guild], saved)
		if i%11 == 10 {
			leftAt := time.Now().AddDate(0, 0, -2)
			if _, err := w.store.SetMemberLeft(ctx, guild, m.DiscordID, &leftAt); err != nil {
				return err
			}
		}
	}
	return nil
}

// grantRoles grants access to two roles: staff manage tickets and see giveaways, hosts manage giveaways and see
// tickets.
func (w *World) grantRoles(ctx context.Context, guild string) error {
	return w.store.SaveGrants(ctx, guild, w.Manager(), nil, []access.Grant{
		{RoleID: guildScopedID(guild, staffRole), Module: access.ModuleTickets, Level: access.LevelAct},
		{RoleID: guildScopedID(guild, staffRole), Module: access.ModuleGiveaways, Level: access.LevelSee},
		{RoleID: guildScopedID(guild, hostRole), Module: access.ModuleGiveaways, Level: access.LevelManage},
	})
}

// saveSettings saves the bot's messages, limits, response target, product, canned replies and giveaway templates. There
// is no cooldown between two tickets, so that the simulation can open them often.
func (w *World) saveSettings(ctx context.Context, guild string) error {
	tickets, giveaways := store.TicketSettingsSchema.Defaults(), store.GiveawaySettingsSchema.Defaults()
	maps.Copy(tickets, forms.Values{
		"maxPerUser": "10", "cooldownMinutes": "0", "categoryChannelId": guildScopedID(guild, supportCategory),
		"answerWithin":   "1170", // minutes: some waiting tickets are overdue, and no other becomes so within half an hour
		"welcomeMessage": "Welcome, {user}. This is ticket #{number}; a staff member will be with you. Tell us meanwhile what happened.",
		"closeMessage":   "{staff} has closed this ticket. {reason}",
	})
	maps.Copy(giveaways, forms.Values{
		"channelId": guildScopedID(guild, giveawayChannel), "winMessage": "🏮 {winners} won **{prize}**! Thank you all for being here.",
	})
	if err := w.store.SaveSettings(ctx, guild, access.ModuleTickets, w.Manager(), 0, tickets); err != nil {
		return err
	}
	product := store.TicketProduct{ID: "cdemoproduct1", GuildID: guild}.WithValues(productValues(guild))
	if err := w.store.ChangeProduct(ctx, w.Manager(), nil, product); err != nil {
		return err
	}
	for name, text := range cannedReplies {
		reply := store.CannedReply{ID: store.NewID(), GuildID: guild, Name: name, Text: text}
		if err := w.store.ChangeCannedReply(ctx, w.Manager(), nil, reply); err != nil {
			return err
		}
	}
	for _, t := range giveawayTemplates {
		form := contract.NewGiveawayForm(time.Now())
		form.Prize, form.WinnerCount, form.ChannelID = t.prize, t.winners, guildScopedID(guild, giveawayChannel)
		template := store.GiveawayTemplate{GuildID: guild, Name: t.name, Form: form, Duration: t.duration}
		if _, err := w.store.SaveTemplate(ctx, w.Manager(), template); err != nil {
			return err
		}
	}
	return w.store.SaveSettings(ctx, guild, access.ModuleGiveaways, w.Manager(), 0, giveaways)
}

func productValues(guild string) forms.Values {
	v := store.ProductSchema.Defaults()
	maps.Copy(v, forms.Values{
		"name": "Lantern Pass", "emoji": "🏮", "description": "The season's pass", "assignedRoleIds": guildScopedID(guild, staffRole),
	})
	return v
}

func (w *World) seedCategories(ctx context.Context, guild string, fresh bool) error {
	panel := store.TicketPanel{
		ID: "cdemopanel" + guild[13:], GuildID: guild, Name: "Support", ChannelID: new(guildScopedID(guild, panelChannel)), Enabled: true,
	}
	if fresh {
		if _, err := w.store.SaveTicketPanel(ctx, panel); err != nil {
			return err
		}
	}
	for i, names := range categoryNames {
		c := store.TicketCategory{
			ID: fmt.Sprintf("cdemokind%d", i), PanelID: panel.ID, GuildID: guild, Name: names.name, Emoji: &names.emoji,
			ClaimEnabled: true, Enabled: true, SortOrder: i,
		}
		if fresh {
			if _, err := w.store.SaveTicketCategory(ctx, c); err != nil {
				return err
			}
		}
		w.categories = append(w.categories, c)
	}
	return nil
}

// seedGiveaways adds n giveaways: most have ended, others are active, scheduled, paused or cancelled.
func (w *World) seedGiveaways(ctx context.Context, guild string, n int, now time.Time) error {
	states := []store.GiveawayStatus{
		store.GiveawayEnded, store.GiveawayActive, store.GiveawayEnded, store.GiveawayEnded, store.GiveawayPending,
		store.GiveawayEnded, store.GiveawayActive, store.GiveawayCancelled, store.GiveawayEnded, store.GiveawayPaused,
	}
	for i := range n {
		state := states[i%len(states)]
		created := now.Add(-time.Duration(n-i) * 9 * time.Hour).Add(-w.randomDuration(3 * time.Hour))
		g := w.newGiveaway(guild, i, created)
		switch state {
		case store.GiveawayEnded, store.GiveawayCancelled:
			g.EndsAt = created.Add(time.Hour + w.randomDuration(7*time.Hour))
		case store.GiveawayPending:
			starts := now.Add(time.Hour + w.randomDuration(72*time.Hour))
			g.StartsAt, g.EndsAt, g.MessageID = &starts, starts.Add(24*time.Hour), nil
			if next := starts.AddDate(0, 0, 7); i%20 == 4 {
				g.RepeatDays, g.RepeatAt, g.RepeatZone, g.RepeatFrom = 7, &next, "Europe/Berlin", &starts
			}
		default:
			g.EndsAt = now.Add(10*time.Minute + w.randomDuration(96*time.Hour))
		}
		if err := w.seedGiveaway(ctx, g, state); err != nil {
			return err
		}
	}
	return nil
}

// seedGiveaway adds a giveaway and takes it through its life to its final status.
func (w *World) seedGiveaway(ctx context.Context, g store.Giveaway, status store.GiveawayStatus) error {
	g.Status = store.GiveawayActive
	if status == store.GiveawayPending {
		g.Status = store.GiveawayPending
	}
	g, err := w.store.CreateGiveaway(ctx, g)
	if err == nil {
		err = w.store.CommitDraw(ctx, g.GuildID, g.ID, 0, draw.NewSeed())
	}
	if err != nil || status == store.GiveawayPending {
		return err
	}
	members := w.members[g.GuildID]
	for _, i := range w.rng.Perm(len(members))[:w.rng.IntN(len(members))] {
		if err := w.enterGiveaway(ctx, g, members[i]); err != nil {
			return err
		}
	}
	if entries, err := w.store.Entries(ctx, g.GuildID, g.ID, store.EntryQuery{}); err != nil {
		return err
	} else if len(entries.Items) > 9 && w.rng.IntN(2) == 0 {
		disqualification := contract.EntrantsPayload{
			UserIDs: []string{entries.Items[3].Member.ID}, Reason: "A second account of somebody who has entered.",
		}
		if err := w.store.DisqualifyEntrants(ctx, g.GuildID, g.ID, disqualification, managerID, entries.Items[0].CreatedAt); err != nil {
			return err
		}
	}
	switch status {
	case store.GiveawayEnded:
		return w.endGiveaway(ctx, g, g.EndsAt)
	case store.GiveawayPaused, store.GiveawayCancelled:
		return w.store.SetGiveawayStatus(ctx, g.GuildID, g.ID, []store.GiveawayStatus{store.GiveawayActive}, status)
	}
	return nil
}

func (w *World) newGiveaway(guild string, i int, created time.Time) store.Giveaway {
	prize := prizes[i%len(prizes)]
	g := store.Giveaway{
		GuildID: guild, ChannelID: guildScopedID(guild, giveawayChannel), MessageID: w.newSnowflake(), Host: contract.User{ID: managerID},
		Prize: prize.name, WinnerCount: 1 + i%3, EmbedColor: "#14b8a6", ButtonText: "🎉 Enter Giveaway",
		ButtonStyle: "PRIMARY", EntryMethod: "BUTTON", MaxRerolls: 3, DMWinners: true, PingOnEnd: true,
		EndsAt: created.Add(24 * time.Hour), CreatedAt: created,
	}
	if prize.description != "" {
		g.Description = &prize.description
	}
	if i%3 > 0 {
		g.WinnerClaimTimeout, g.AutoReroll = 24, i%2 == 0
	}
	if i%4 == 1 {
		g.RequiredLevel, g.RequiredServerAge = 5, 7
		g.BonusEntryRoles = []contract.BonusRole{{RoleID: guildScopedID(guild, boosterRole), RoleName: "Boosters", Entries: 3}}
	}
	if members := w.members[guild]; i%3 == 0 {
		g.Host.ID = members[i%len(members)].DiscordID
	}
	return g
}

func (w *World) enterGiveaway(ctx context.Context, g store.Giveaway, m store.Member) error {
	bonus, source := 0, (*string)(nil)
	if len(g.BonusEntryRoles) > 0 && w.rng.IntN(4) == 0 {
		bonus, source = g.BonusEntryRoles[0].Entries, &g.BonusEntryRoles[0].RoleName
	}
	until := time.Now()
	if g.EndsAt.Before(until) {
		until = g.EndsAt
	}
	at := g.CreatedAt.Add(w.randomDuration(w.randomDuration(until.Sub(g.CreatedAt)-time.Second) + time.Second)) // most entries are early
	return w.store.EnterGiveawayAt(ctx, g.GuildID, g.ID, m.ID, 1, bonus, source, at)
}

// endGiveaway ends a giveaway in the past, draws its winners and adds their claims.
func (w *World) endGiveaway(ctx context.Context, g store.Giveaway, at time.Time) error {
	if err := w.drawWinners(ctx, g, at); err != nil {
		return err
	}
	return w.seedClaims(ctx, g, at)
}

func (w *World) drawWinners(ctx context.Context, g store.Giveaway, at time.Time) error {
	if err := w.store.EndGiveaway(ctx, g.GuildID, g.ID, at); err != nil {
		return err
	}
	seed, err := w.store.DrawSeed(ctx, g.GuildID, g.ID, 0)
	if err != nil {
		return err
	}
	entries, err := w.store.DrawEntries(ctx, g.GuildID, g.ID)
	if err != nil {
		return err
	}
	d := store.DrawOutcome{Places: g.WinnerCount, Entries: entries, At: at, NextSeed: draw.NewSeed()}
	for i, id := range draw.Winners(seed, entries, g.WinnerCount, nil) {
		d.Winners = append(d.Winners, store.Winner{
			User: contract.User{ID: id}, Place: i + 1, DMSent: w.rng.IntN(3) > 0, CreatedAt: at, ClaimDeadline: g.ClaimDeadline(at),
		})
	}
	return w.store.FinalizeDraw(ctx, g.GuildID, g.ID, d)
}

// ticketPriorities are the priorities of consecutive tickets; "" for none.
var ticketPriorities = []store.TicketPriority{"", "", store.PriorityHigh, "", "", store.PriorityUrgent, "", "", "", store.PriorityLow, ""}

// ticketLabels are the labels of the demo's guilds.
var ticketLabels = []store.TicketLabel{
	{Name: "Billing", Color: "amber"}, {Name: "Bug", Color: "red"}, {Name: "Waiting for the shop", Color: "violet"},
	{Name: "Good idea", Color: "green"},
}

// seedLabels adds the labels and returns their ids.
func (w *World) seedLabels(ctx context.Context, guild string) (ids []string, err error) {
	for _, l := range ticketLabels {
		l.ID, l.GuildID = store.NewID(), guild
		if err := w.store.ChangeLabel(ctx, w.Manager(), nil, l); err != nil {
			return nil, err
		}
		ids = append(ids, l.ID)
	}
	return ids, nil
}

// seedTickets adds n tickets: most are closed, and many of those are rated.
func (w *World) seedTickets(ctx context.Context, guild string, n int, now time.Time) error {
	members := w.members[guild]
	labels, err := w.seedLabels(ctx, guild)
	if err != nil {
		return err
	}
	for i := range n {
		opened := now.Add(-time.Duration(n-i) * 2 * time.Hour).Add(-w.randomDuration(time.Hour))
		opener := members[w.rng.IntN(len(members))]
		t, err := w.store.OpenTicket(ctx, w.newTicket(guild, opened), opener.ID)
		if err != nil {
			return err
		}
		remaining := n - i
		if p := ticketPriorities[i%len(ticketPriorities)]; remaining < 60 && p != "" {
			if err := w.store.SetPriority(ctx, guild, []string{t.ID}, userOf(members[i%4]), p); err != nil {
				return err
			}
		}
		if remaining < 60 && i%3 == 0 {
			err := w.store.ChangeTicketLabels(ctx, guild, []string{t.ID}, userOf(members[i%4]), []string{labels[i%4], labels[i/3%4]}, nil)
			if err != nil {
				return err
			}
		}
		if remaining < 12 && w.rng.IntN(3) > 0 {
			continue // stays open
		}
		staffMember := members[w.rng.IntN(4)]
		staff := staffMember.DiscordID
		if err := w.store.ClaimTicket(ctx, guild, t.ID, staff, opened.Add(w.randomDuration(time.Hour))); err != nil {
			return err
		}
		switch { // only recent tickets have stored messages
		case remaining == 31:
			err = w.seedLongConversation(ctx, t, userOf(opener), userOf(staffMember))
		case remaining < 60:
			err = w.seedConversation(ctx, t, userOf(opener), userOf(staffMember))
		}
		if err != nil {
			return err
		}
		if remaining < 30 && w.rng.IntN(2) == 0 {
			continue // stays claimed
		}
		closed := opened.Add(time.Hour + w.randomDuration(time.Hour))
		if err := w.store.CloseTicketWithReason(ctx, guild, t.ID, staff, closeReasons[w.rng.IntN(len(closeReasons))], closed); err != nil {
			return err
		}
		if err := w.rateTicket(ctx, guild, t.ID, staff, closed); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) rateTicket(ctx context.Context, guild, ticket, staff string, closed time.Time) error {
	if w.rng.IntN(3) == 0 {
		return nil
	}
	r := store.Rating{Stars: 5 - w.rng.IntN(3)*w.rng.IntN(2), StaffID: &staff, CreatedAt: closed.Add(w.randomDuration(time.Hour))}
	if w.rng.IntN(2) == 0 {
		r.Review = &reviews[w.rng.IntN(len(reviews))]
	}
	return w.store.RateTicket(ctx, guild, ticket, r)
}

// approveRatings approves some of the ratings with a review, and features some of those.
func (w *World) approveRatings(ctx context.Context, guild string, now time.Time) error {
	list, _, err := w.store.Ratings(ctx, guild, store.RatingQuery{HasReview: true, PerPage: 8}, now)
	for i, r := range list.Items {
		verb := []contract.Verb{"", contract.VerbRatingApprove, contract.VerbRatingFeature, contract.VerbRatingApprove}[i%4]
		if err == nil && verb != "" {
			_, err = w.store.ChangeRating(ctx, guild, r.ID, w.Manager(), verb)
		}
	}
	return err
}

func (w *World) newTicket(guild string, opened time.Time) store.Ticket {
	t := store.Ticket{GuildID: guild, ChannelID: *w.newSnowflake(), Status: store.TicketOpen, CreatedAt: opened}
	if subject := subjects[w.rng.IntN(len(subjects))]; subject != "" {
		t.Subject = &subject
	}
	if guild == busyGuild && len(w.categories) > 0 {
		category := w.categories[w.rng.IntN(len(w.categories))]
		t.Category = &category
		t.FormResponses = []store.FormResponse{
			{Question: "What happened?", Answer: subjects[w.rng.IntN(len(subjects))]},
			{Question: "Since when?", Answer: "Yesterday\nor the day before"},
		}
	}
	return t
}

func (w *World) randomDuration(d time.Duration) time.Duration {
	return time.Duration(w.rng.Int64N(int64(d)))
}

// newSnowflake returns a unique id in Discord's format.
func (w *World) newSnowflake() *string {
	w.idCount++
	id := fmt.Sprintf("%d", uint64(time.Now().UnixMilli()-1420070400000)<<22|uint64(w.idCount&0x3fffff))
	return &id
}
