// Package demo is a made-up world: guilds full of giveaways and tickets, a person who may manage them, and members who
// enter, ask, and are helped. The bot's engine runs in it as it would anywhere, over a Discord that is made up.
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
	"guildboard/store/discord"
)

// The guilds of the demo. The person who signs in may manage all but the last; the bot is in all but "away".
const (
	busyGuild  = "100000000000000001"
	smallGuild = "100000000000000002"
	emptyGuild = "100000000000000003"
	awayGuild  = "100000000000000004"
	otherGuild = "100000000000000005"
)

// Who can sign in: a manager, and somebody who helps in the busy guild and manages none.
const (
	userID  = "200000000000000001"
	staffID = "200000000000000002"
)

var guildNames = map[string]string{
	busyGuild: "Lantern Hollow", smallGuild: "Bến Sông Pixel", emptyGuild: "Quiet Harbour",
	awayGuild: "Paper Boats", otherGuild: "Somebody Else's",
}

// The channels of the busy guild; those of the others have ids of their own, see in. In two of them the bot finds out what
// Discord answers when something is wrong.
const (
	channelID      = "400000000000000001" // where giveaways are posted
	barredChannel  = "400000000000050013" // the bot may not write there
	missingChannel = "400000000000010003" // somebody has deleted it
	panelChannel   = "400000000000000005" // where tickets are opened
)

// The categories that they stand in.
const (
	eventsCategory  = "400000000000000010"
	supportCategory = "400000000000000020"
)

var channels = []store.Channel{
	{ID: "400000000000000002", Name: "announcements", Kind: store.ChannelAnnouncement},
	{ID: "400000000000000003", Name: "general", Kind: store.ChannelText, Position: 1},
	{ID: eventsCategory, Name: "Events", Kind: store.ChannelCategory, Position: 2},
	{ID: channelID, Name: "giveaways", Kind: store.ChannelText, ParentID: eventsCategory, Position: 3},
	{ID: barredChannel, Name: "read-only", Kind: store.ChannelText, ParentID: eventsCategory, Position: 4},
	{ID: missingChannel, Name: "deleted-just-now", Kind: store.ChannelText, ParentID: eventsCategory, Position: 5},
	{ID: "400000000000000004", Name: "Stage night", Kind: store.ChannelStage, ParentID: eventsCategory, Position: 6},
	{ID: supportCategory, Name: "Support", Kind: store.ChannelCategory, Position: 7},
	{ID: panelChannel, Name: "open-a-ticket", Kind: store.ChannelText, ParentID: supportCategory, Position: 8},
	{ID: "400000000000000006", Name: "ticket-log", Kind: store.ChannelText, ParentID: supportCategory, Position: 9},
}

// The roles of the busy guild, likewise. Boosters have more entries; helpers and hosts are let in.
const (
	boosters = "500000000000000001"
	helpers  = "500000000000000002"
	hosts    = "500000000000000003"
	veterans = "500000000000000004"
)

var roles = []store.Role{
	{ID: hosts, Name: "Event hosts", Color: "#b45309", Position: 4}, {ID: helpers, Name: "Helpers", Color: "#0f766e", Position: 3},
	{ID: boosters, Name: "Boosters", Color: "#be185d", Position: 2}, {ID: veterans, Name: "Veterans ⚔️", Position: 1},
}

// in is the id that a channel, category or role of the busy guild has in another guild of the demo: no two guilds share
// one, as in Discord. The second digit tells them apart.
func in(guild, id string) string {
	if guild == busyGuild {
		return id
	}
	return id[:1] + guild[len(guild)-1:] + id[2:]
}

// channelsOf are the channels of a guild.
func channelsOf(guild string) []store.Channel {
	own := slices.Clone(channels)
	for i, c := range own {
		own[i].ID, own[i].Name = in(guild, c.ID), cmp.Or(channelNames[guild][c.Name], c.Name)
		if c.ParentID != "" {
			own[i].ParentID = in(guild, c.ParentID)
		}
	}
	return own
}

// rolesOf are the roles of a guild.
func rolesOf(guild string) []store.Role {
	own := slices.Clone(roles)
	for i, r := range own {
		own[i].ID = in(guild, r.ID)
	}
	return own
}

// World is the guilds, their members, and the bot among them.
type World struct {
	store   *store.Store
	bus     *store.Bus
	bot     *bot.Engine
	discord *sim.Discord
	log     *slog.Logger
	dice    *rand.Rand
	made    int // messages and channels so far, for their ids

	members map[string][]store.Member // by guild
	kinds   []store.TicketCategory
}

// New makes a world over a store and a Redis; Seed fills it.
func New(s *store.Store, client redis.UniversalClient, bus *store.Bus, log *slog.Logger) *World {
	made := sim.New()
	for _, guild := range []string{busyGuild, smallGuild, emptyGuild, otherGuild} {
		made.RefuseIn(in(guild, barredChannel), bot.MissingPermission, "Missing Permissions")
		made.RefuseIn(in(guild, missingChannel), bot.UnknownChannel, "Unknown Channel")
	}
	return &World{
		store: s, bus: bus, log: log, members: map[string][]store.Member{},
		discord: made, bot: bot.New(s, client, bus, made, log),
		dice: rand.New(rand.NewPCG(1, 2)), // the same world every time
	}
}

// SetContractKey sets the key with which the bot signs answers and checks commands. It must be called before Run.
func (w *World) SetContractKey(key store.ContractKey) { w.bot.Key = key }

// Run is the bot: it carries out what is asked for, and runs the clock.
func (w *World) Run(ctx context.Context) error { return w.bot.Run(ctx) }

// User is who signs in with one click.
func (w *World) User() store.Person {
	return store.Person{ID: userID, Username: "Robin"}
}

// Staff is who signs in with another click: a helper, who is no manager.
func (w *World) Staff() store.Person {
	return store.Person{ID: staffID, Username: "Kim"}
}

// Guilds tells which guilds the user is in; it stands in for discord.Client.
func (w *World) Guilds(_ context.Context, user string, _ discord.Tokens, _ discord.Freshness) (discord.GuildList, error) {
	list := discord.GuildList{At: time.Now()}
	if user == staffID {
		list.Guilds = []discord.Guild{{ID: busyGuild, Name: guildNames[busyGuild]}, {ID: otherGuild, Name: guildNames[otherGuild]}}
	}
	if user != userID {
		return list, nil
	}
	for _, id := range []string{busyGuild, smallGuild, emptyGuild, awayGuild, otherGuild} {
		list.Guilds = append(list.Guilds, discord.Guild{
			ID: id, Name: guildNames[id], Owner: id == busyGuild, CanManage: id != otherGuild,
		})
	}
	return list, nil
}

// Seed fills the store, unless that was done before, and puts into Discord what the rows speak of.
func (w *World) Seed(ctx context.Context) error {
	if err := w.fill(ctx); err != nil {
		return err
	}
	for _, guild := range []string{busyGuild, smallGuild, emptyGuild, otherGuild} {
		w.discord.SetRoles(guild, rolesOf(guild)...)
		if err := w.remember(ctx, guild); err != nil {
			return err
		}
	}
	return w.drift(ctx)
}

func (w *World) fill(ctx context.Context) error {
	_, err := w.store.Guild(ctx, emptyGuild) // saved last
	fresh := errors.Is(err, store.ErrNotFound)
	if err != nil && !fresh {
		return err
	}
	for _, guild := range []string{busyGuild, smallGuild, otherGuild} {
		if err := w.people(ctx, guild); err != nil {
			return err
		}
	}
	if err := w.categories(ctx, busyGuild, fresh); err != nil || !fresh {
		return err
	}
	w.log.Info("filling the demo's database")
	if err := errors.Join(w.letIn(ctx, busyGuild), w.settle(ctx, busyGuild)); err != nil {
		return err
	}
	now := time.Now().UTC()
	for guild, size := range map[string]struct{ giveaways, tickets int }{
		busyGuild: {64, 320}, smallGuild: {9, 24}, otherGuild: {3, 4},
	} {
		if err := w.giveaways(ctx, guild, size.giveaways, now); err != nil {
			return err
		}
		if err := w.tickets(ctx, guild, size.tickets, now); err != nil {
			return err
		}
		if err := w.praise(ctx, guild, now); err != nil {
			return err
		}
	}
	return w.store.SaveGuild(ctx, store.Guild{ID: emptyGuild, Name: guildNames[emptyGuild], JoinedAt: now})
}

// people saves a guild and its members.
func (w *World) people(ctx context.Context, guild string) error {
	err := w.store.SaveGuild(ctx, store.Guild{ID: guild, Name: guildNames[guild], JoinedAt: time.Now().AddDate(-1, 0, 0)})
	if err != nil {
		return err
	}
	robin := w.User().Username
	if _, err := w.store.SaveMember(ctx, store.Member{GuildID: guild, DiscordID: userID, Username: &robin}); err != nil {
		return err
	}
	if guild == busyGuild {
		kim := w.Staff().Username
		if _, err := w.store.SaveMember(ctx, store.Member{GuildID: guild, DiscordID: staffID, Username: &kim}); err != nil {
			return err
		}
		w.discord.SetMember(guild, staffID, bot.Member{Roles: []string{helpers, veterans}, JoinedAt: time.Now().AddDate(0, -7, 0)})
	}
	for i, name := range names {
		m := store.Member{GuildID: guild, DiscordID: fmt.Sprintf("3%017d", i), Username: &name}
		if name == "" {
			m.Username = nil // entered before the bot learnt the name
		}
		saved, err := w.store.SaveMember(ctx, m)
		if err != nil {
			return err
		}
		known := bot.Member{JoinedAt: time.Now().AddDate(0, 0, -3*i), Boosts: i%7 == 0}
		if i%4 == 0 {
			known.Roles = []string{in(guild, boosters)}
		}
		if i < 4 { // those who answer tickets
			known.Roles = append(known.Roles, in(guild, helpers))
		}
		if i == 5 {
			known.Roles = append(known.Roles, in(guild, hosts))
		}
		w.discord.SetMember(guild, m.DiscordID, known)
		w.members[guild] = append(w.members[guild], saved)
		if i%11 == 10 {
			gone := time.Now().AddDate(0, 0, -2)
			if _, err := w.store.SetLeft(ctx, guild, m.DiscordID, &gone); err != nil {
				return err
			}
		}
	}
	return nil
}

// letIn lets two roles in: helpers act on tickets and see giveaways, hosts the other way round.
func (w *World) letIn(ctx context.Context, guild string) error {
	return w.store.SaveGrants(ctx, guild, w.User(), nil, []store.Grant{
		{RoleID: in(guild, helpers), Module: store.ModuleTickets, Level: store.LevelAct},
		{RoleID: in(guild, helpers), Module: store.ModuleGiveaways, Level: store.LevelSee},
		{RoleID: in(guild, hosts), Module: store.ModuleGiveaways, Level: store.LevelManage},
	})
}

// settle sets what the bot says, how much it takes, and how soon tickets are to be answered; nobody waits between two
// tickets, so that something happens.
func (w *World) settle(ctx context.Context, guild string) error {
	tickets, giveaways := store.TicketSheet.Blank(), store.GiveawaySheet.Blank()
	maps.Copy(tickets, store.Values{
		"maxPerUser": "10", "cooldownMinutes": "0",
		"answerWithin":   "1170", // of those who wait some have for longer, and for half an hour no other will
		"welcomeMessage": "Welcome, {user}. This is ticket #{number}; a helper will be with you. Tell us meanwhile what happened.",
		"closeMessage":   "{staff} has closed this ticket. {reason}",
	})
	maps.Copy(giveaways, store.Values{"channelId": in(guild, channelID), "winMessage": "🏮 {winners} won **{prize}**! Thank you all for being here."})
	if err := w.store.SaveSettings(ctx, guild, store.ModuleTickets, w.User(), 0, tickets); err != nil {
		return err
	}
	product := store.TicketProduct{ID: "cdemoproduct1", GuildID: guild}.Fill(product(guild))
	if err := w.store.ChangeProduct(ctx, w.User(), nil, product); err != nil {
		return err
	}
	for name, text := range cannedReplies {
		if err := w.store.ChangeCanned(ctx, w.User(), nil, store.CannedReply{ID: store.NewID(), GuildID: guild, Name: name, Text: text}); err != nil {
			return err
		}
	}
	return w.store.SaveSettings(ctx, guild, store.ModuleGiveaways, w.User(), 0, giveaways)
}

func product(guild string) store.Values {
	v := store.ProductSheet.Blank()
	maps.Copy(v, store.Values{"name": "Lantern Pass", "emoji": "🏮", "description": "The season's pass", "assignedRoleIds": in(guild, helpers)})
	return v
}

func (w *World) categories(ctx context.Context, guild string, fresh bool) error {
	panel := store.TicketPanel{ID: "cdemopanel" + guild[13:], GuildID: guild, Name: "Support", ChannelID: new(in(guild, panelChannel)), Enabled: true}
	if fresh {
		if _, err := w.store.SaveTicketPanel(ctx, panel); err != nil {
			return err
		}
	}
	for i, kind := range ticketKinds {
		c := store.TicketCategory{
			ID: fmt.Sprintf("cdemokind%d", i), PanelID: panel.ID, GuildID: guild, Name: kind.name, Emoji: &kind.emoji,
			ClaimEnabled: true, Enabled: true, SortOrder: i,
		}
		if fresh {
			if _, err := w.store.SaveTicketCategory(ctx, c); err != nil {
				return err
			}
		}
		w.kinds = append(w.kinds, c)
	}
	return nil
}

// giveaways makes n of them: most are over, some run, some wait, are paused, or were called off.
func (w *World) giveaways(ctx context.Context, guild string, n int, now time.Time) error {
	states := []store.GiveawayStatus{
		store.GiveawayEnded, store.GiveawayActive, store.GiveawayEnded, store.GiveawayEnded, store.GiveawayPending,
		store.GiveawayEnded, store.GiveawayActive, store.GiveawayCancelled, store.GiveawayEnded, store.GiveawayPaused,
	}
	for i := range n {
		state := states[i%len(states)]
		created := now.Add(-time.Duration(n-i) * 9 * time.Hour).Add(-w.upTo(3 * time.Hour))
		g := w.newGiveaway(guild, i, created)
		switch state {
		case store.GiveawayEnded, store.GiveawayCancelled:
			g.EndsAt = created.Add(time.Hour + w.upTo(7*time.Hour))
		case store.GiveawayPending:
			starts := now.Add(time.Hour + w.upTo(72*time.Hour))
			g.StartsAt, g.EndsAt, g.MessageID = &starts, starts.Add(24*time.Hour), nil
			if again := starts.AddDate(0, 0, 7); i%20 == 4 {
				g.RepeatDays, g.RepeatAt, g.RepeatZone, g.RepeatFrom = 7, &again, "Europe/Berlin", &starts
			}
		default:
			g.EndsAt = now.Add(10*time.Minute + w.upTo(96*time.Hour))
		}
		if err := w.saveGiveaway(ctx, g, state); err != nil {
			return err
		}
	}
	return nil
}

// saveGiveaway takes a giveaway through its life, up to the state it is to be in.
func (w *World) saveGiveaway(ctx context.Context, g store.Giveaway, state store.GiveawayStatus) error {
	g.Status = store.GiveawayActive
	if state == store.GiveawayPending {
		g.Status = store.GiveawayPending
	}
	g, err := w.store.CreateGiveaway(ctx, g)
	if err == nil {
		err = w.store.CommitDraw(ctx, g.GuildID, g.ID, 0, store.NewSeed())
	}
	if err != nil || state == store.GiveawayPending {
		return err
	}
	people := w.members[g.GuildID]
	for _, i := range w.dice.Perm(len(people))[:w.dice.IntN(len(people))] {
		if err := w.enter(ctx, g, people[i]); err != nil {
			return err
		}
	}
	if entered, err := w.store.Entries(ctx, g.GuildID, g.ID, store.EntryQuery{}); err != nil {
		return err
	} else if len(entered.Items) > 9 && w.dice.IntN(2) == 0 {
		out := store.Removal{UserIDs: []string{entered.Items[3].Member.ID}, Reason: "A second account of somebody who has entered."}
		if err := w.store.RemoveEntrants(ctx, g.GuildID, g.ID, out, userID, entered.Items[0].CreatedAt); err != nil {
			return err
		}
	}
	switch state {
	case store.GiveawayEnded:
		return w.end(ctx, g, g.EndsAt)
	case store.GiveawayPaused, store.GiveawayCancelled:
		return w.store.SetGiveawayStatus(ctx, g.GuildID, g.ID, []store.GiveawayStatus{store.GiveawayActive}, state)
	}
	return nil
}

func (w *World) newGiveaway(guild string, i int, created time.Time) store.Giveaway {
	prize := prizes[i%len(prizes)]
	g := store.Giveaway{
		GuildID: guild, ChannelID: in(guild, channelID), MessageID: w.snowflake(), Host: store.Person{ID: userID},
		Prize: prize.name, WinnerCount: 1 + i%3, EmbedColor: "#14b8a6", ButtonText: "🎉 Enter Giveaway",
		ButtonStyle: "PRIMARY", EntryMethod: "BUTTON", MaxRerolls: 3, DMWinners: true, PingOnEnd: true,
		EndsAt: created.Add(24 * time.Hour), CreatedAt: created,
	}
	if prize.about != "" {
		g.Description = &prize.about
	}
	if i%3 > 0 {
		g.WinnerClaimTimeout, g.AutoReroll = 24, i%2 == 0
	}
	if i%4 == 1 {
		g.RequiredLevel, g.RequiredServerAge = 5, 7
		g.BonusEntryRoles = []store.BonusRole{{RoleID: in(guild, boosters), RoleName: "Boosters", Entries: 3}}
	}
	if people := w.members[guild]; i%3 == 0 {
		g.Host.ID = people[i%len(people)].DiscordID
	}
	return g
}

func (w *World) enter(ctx context.Context, g store.Giveaway, m store.Member) error {
	bonus, source := 0, (*string)(nil)
	if len(g.BonusEntryRoles) > 0 && w.dice.IntN(4) == 0 {
		bonus, source = g.BonusEntryRoles[0].Entries, &g.BonusEntryRoles[0].RoleName
	}
	until := time.Now()
	if g.EndsAt.Before(until) {
		until = g.EndsAt
	}
	at := g.CreatedAt.Add(w.upTo(w.upTo(until.Sub(g.CreatedAt)-time.Second) + time.Second)) // most of them soon
	return w.store.EnterGiveawayAt(ctx, g.GuildID, g.ID, m.ID, 1, bonus, source, at)
}

// end ends a giveaway in the past, draws its winners, and has them claim their prize.
func (w *World) end(ctx context.Context, g store.Giveaway, at time.Time) error {
	if err := w.draw(ctx, g, at); err != nil {
		return err
	}
	return w.claims(ctx, g, at)
}

func (w *World) draw(ctx context.Context, g store.Giveaway, at time.Time) error {
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
	d := store.Settlement{Places: g.WinnerCount, Entries: entries, At: at, Next: store.NewSeed()}
	for i, id := range store.Draw(seed, entries, g.WinnerCount, nil) {
		d.Winners = append(d.Winners, store.Winner{
			User: store.Person{ID: id}, Place: i + 1, DMSent: w.dice.IntN(3) > 0, CreatedAt: at, ClaimUntil: g.ClaimsUntil(at),
		})
	}
	return w.store.SettleDraw(ctx, g.GuildID, g.ID, d)
}

// priorities are what is set of one ticket after the other; "" for none.
var priorities = []store.TicketPriority{"", "", store.PriorityHigh, "", "", store.PriorityUrgent, "", "", "", store.PriorityLow, ""}

// demoLabels are by what the demo's team tells tickets apart.
var demoLabels = []store.TicketLabel{{Name: "Billing", Color: "amber"}, {Name: "Bug", Color: "red"}, {Name: "Waiting for the shop", Color: "violet"}, {Name: "Good idea", Color: "green"}}

// label makes labels, and returns their ids.
func (w *World) label(ctx context.Context, guild string) (ids []string, err error) {
	for _, l := range demoLabels {
		l.ID, l.GuildID = store.NewID(), guild
		if err := w.store.ChangeLabel(ctx, w.User(), nil, l); err != nil {
			return nil, err
		}
		ids = append(ids, l.ID)
	}
	return ids, nil
}

// tickets makes n of them: most are closed and many of those rated.
func (w *World) tickets(ctx context.Context, guild string, n int, now time.Time) error {
	people := w.members[guild]
	labels, err := w.label(ctx, guild)
	if err != nil {
		return err
	}
	for i := range n {
		opened := now.Add(-time.Duration(n-i) * 2 * time.Hour).Add(-w.upTo(time.Hour))
		opener := people[w.dice.IntN(len(people))]
		t, err := w.store.OpenTicket(ctx, w.newTicket(guild, opened), opener.ID)
		if err != nil {
			return err
		}
		left := n - i
		if p := priorities[i%len(priorities)]; left < 60 && p != "" {
			if err := w.store.SetPriority(ctx, guild, []string{t.ID}, person(people[i%4]), p); err != nil {
				return err
			}
		}
		if left < 60 && i%3 == 0 {
			err := w.store.LabelTickets(ctx, guild, []string{t.ID}, person(people[i%4]), []string{labels[i%4], labels[i/3%4]}, nil)
			if err != nil {
				return err
			}
		}
		if left < 12 && w.dice.IntN(3) > 0 {
			continue // waits
		}
		helper := people[w.dice.IntN(4)]
		staff := helper.DiscordID
		if err := w.store.ClaimTicket(ctx, guild, t.ID, staff, opened.Add(w.upTo(time.Hour))); err != nil {
			return err
		}
		switch { // the bot keeps messages since lately
		case left == 31:
			err = w.longTalk(ctx, t, person(opener), person(helper))
		case left < 60:
			err = w.talk(ctx, t, person(opener), person(helper))
		}
		if err != nil {
			return err
		}
		if left < 30 && w.dice.IntN(2) == 0 {
			continue // is being worked on
		}
		closed := opened.Add(time.Hour + w.upTo(time.Hour))
		if err := w.store.CloseTicketWhy(ctx, guild, t.ID, staff, reasons[w.dice.IntN(len(reasons))], closed); err != nil {
			return err
		}
		if err := w.rate(ctx, guild, t.ID, staff, closed); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) rate(ctx context.Context, guild, ticket, staff string, closed time.Time) error {
	if w.dice.IntN(3) == 0 {
		return nil
	}
	r := store.Rating{Stars: 5 - w.dice.IntN(3)*w.dice.IntN(2), StaffID: &staff, CreatedAt: closed.Add(w.upTo(time.Hour))}
	if w.dice.IntN(2) == 0 {
		r.Review = &reviews[w.dice.IntN(len(reviews))]
	}
	return w.store.RateTicket(ctx, guild, ticket, r)
}

// praise approves some of the ratings with words, and features some of those.
func (w *World) praise(ctx context.Context, guild string, now time.Time) error {
	list, _, err := w.store.Ratings(ctx, guild, store.RatingQuery{Reviewed: true, PerPage: 8}, now)
	for i, r := range list.Items {
		verb := []store.Verb{"", store.VerbRatingApprove, store.VerbRatingFeature, store.VerbRatingApprove}[i%4]
		if err == nil && verb != "" {
			_, err = w.store.ChangeRating(ctx, guild, r.ID, w.User(), verb)
		}
	}
	return err
}

func (w *World) newTicket(guild string, opened time.Time) store.Ticket {
	t := store.Ticket{GuildID: guild, ChannelID: *w.snowflake(), Status: store.TicketOpen, CreatedAt: opened}
	if subject := subjects[w.dice.IntN(len(subjects))]; subject != "" {
		t.Subject = &subject
	}
	if guild == busyGuild && len(w.kinds) > 0 {
		kind := w.kinds[w.dice.IntN(len(w.kinds))]
		t.Category = &kind
		t.FormResponses = []store.FormResponse{
			{Question: "What happened?", Answer: subjects[w.dice.IntN(len(subjects))]},
			{Question: "Since when?", Answer: "Yesterday\nor the day before"},
		}
	}
	return t
}

func (w *World) upTo(d time.Duration) time.Duration { return time.Duration(w.dice.Int64N(int64(d))) }

// snowflake is an id as Discord would give it, never the same twice.
func (w *World) snowflake() *string {
	w.made++
	id := fmt.Sprintf("%d", uint64(time.Now().UnixMilli()-1420070400000)<<22|uint64(w.made&0x3fffff))
	return &id
}
