package gallery

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/draw"
	giveawayview "guildboard/views/giveaway"
	"guildboard/views/text"
	ticketview "guildboard/views/ticket"
	"guildboard/views/ui"
)

// State is a component with example values. The gallery shows all states, and the tests of this package render them. A
// component without a state fails a test.
type State struct {
	Component string // package and name of the component: "giveaway.Rows"
	Name      string // name of the state: empty, one, many, problems, …
	View      templ.Component
}

// Anchor returns the id of the state on its page.
func (s State) Anchor() string { return s.Component + "-" + s.Name }

// sections are the pages of the gallery, each with the function that returns its states.
var sections = []struct {
	name   string
	states func(stateFixtures) []State
}{
	{"shell", statesOfShell},
	{"parts", statesOfParts},
	{"guilds", statesOfGuilds},
	{"giveaways", statesOfGiveaways},
	{"entrants", statesOfEntrants},
	{"forms", statesOfForms},
	{"tickets", statesOfTickets},
	{"replies", statesOfReplies},
	{"ratings", statesOfRatings},
	{"commands", statesOfCommands},
	{"staff", statesOfStaff},
	{"settings", statesOfSettings},
	{"search", statesOfSearch},
}

// SectionNames returns the names of the gallery's pages.
func SectionNames() (names []string) {
	for _, s := range sections {
		names = append(names, s.name)
	}
	return names
}

// States returns the states of the components of a section, or nil for an unknown section. text is used for all user-provided
// texts. Site, locale, theme and zone are those of p, and all events happen around now.
func States(p ui.Page, section, text string, now time.Time) []State {
	for _, s := range sections {
		if s.name == section {
			return s.states(newStateFixtures(p, text, now))
		}
	}
	return nil
}

// stateGuild is the server id of all states.
const stateGuild = "100000000000000001"

// stateFixtures are the values that states consist of. Ids are fixed; other strings are the sample text.
type stateFixtures struct {
	text      string
	cleanText string // sanitized text, as quoted in our own messages
	now       time.Time

	page          ui.Page // of a manager, in a server
	namedPage     ui.Page // like page, with names of channels and roles
	readOnlyPage  ui.Page // of a viewer with read access
	anonymousPage ui.Page // not signed in

	user           contract.User
	unknownUser    contract.User // without a name
	guild          ui.GuildLink
	giveawayFilter giveawayview.Filter // with all filters, some of them invalid
	ticketFilter   ticketview.Filter   // likewise
	region         ui.Region
	giveaways      []store.Giveaway // one of each status
	tickets        []store.Ticket   // likewise
	entries        []store.Entry
	commands       []contract.Command // one of each status
	requests       ui.BotRequests     // those commands, with a running bot
	silentBot      store.BotState     // a bot that does not respond
}

func newStateFixtures(shell ui.Page, sample string, now time.Time) stateFixtures {
	v := stateFixtures{text: sample, cleanText: text.SanitizeLine(sample), now: now}
	v.user, v.unknownUser = contract.User{ID: "3", Username: sample, Avatar: sample}, contract.User{ID: "300000000000000004"}
	all := access.Rights{IsManager: true, Giveaways: access.LevelManage, Tickets: access.LevelManage}
	v.guild = ui.GuildLink{ID: stateGuild, Name: sample, Icon: sample, IsOwner: true, HasBot: true, Rights: all}

	v.page = shell
	v.page.Title, v.page.Path, v.page.Section = sample, "/x?q="+sample, ui.SectionGiveaways
	v.page.HasLiveRegion, v.page.Alerts, v.page.IsAccessUnconfirmed = true, nil, false
	v.page.Now = now
	v.page.User, v.page.Guild, v.page.Rights = &contract.User{ID: "1", Username: sample, Avatar: sample}, &v.guild, all
	v.page.Guilds = []ui.GuildLink{v.guild, {ID: "2", Name: sample}}
	v.namedPage = v.page
	v.namedPage.Names = store.GuildDirectory{
		Channels: []store.Channel{
			{ID: "30", Name: sample, Kind: store.ChannelCategory},
			{ID: "400000000000000001", Name: sample, Kind: store.ChannelText, ParentID: "30"},
			{ID: "41", Name: sample, Kind: store.ChannelAnnouncement},
		},
		Roles: []store.Role{{ID: "7", Name: sample, Color: sample, Position: 2}, {ID: "8", Name: sample, Color: "#14b8a6"}},
	}
	v.readOnlyPage = v.page
	v.readOnlyPage.Rights = access.Rights{Giveaways: access.LevelSee, Tickets: access.LevelSee}
	v.anonymousPage = v.page
	v.anonymousPage.User, v.anonymousPage.Guild, v.anonymousPage.Guilds, v.anonymousPage.IsDemo = nil, nil, nil, true

	filter := ui.Filter{
		Path: "/guilds/1/giveaways", Status: "active", SearchTerm: sample, From: sample, To: sample,
		SelectedIDs: []string{"c1"}, Page: 2,
		Problems: map[string]string{"q": v.cleanText, "from": v.cleanText, "to": v.cleanText},
	}
	v.giveawayFilter = giveawayview.Filter{Filter: filter, Host: "3", Channel: "4"}
	v.ticketFilter = ticketview.Filter{Filter: filter, Category: "c1", Opener: "3", Claimer: "3", Priority: "high",
		Labels: []string{"b1", "gone"}, OnlyOverdue: true}
	v.region = ui.Region{URL: "/guilds/1/giveaways?q=" + sample, StreamURL: "/guilds/1/giveaways/live?q=" + sample,
		Version: "v1", PollInterval: 15 * time.Second}
	for i, status := range store.GiveawayStatuses {
		v.giveaways = append(v.giveaways, v.giveaway("c"+strconv.Itoa(i+1), status))
	}
	for i, status := range store.TicketStatuses {
		v.tickets = append(v.tickets, v.ticket(i+1, status))
	}
	v.entries = []store.Entry{
		{ID: "e1", Member: v.user, Entries: 3, BaseEntries: 1, BonusEntries: 2, BonusSource: &sample, CreatedAt: now},
		{ID: "e2", Member: v.user, HasLeft: true, BaseEntries: 1, CreatedAt: now, DisqualifiedAt: &now,
			DisqualifiedBy: v.user, DisqualifiedReason: sample},
	}
	v.requests = ui.BotRequests{Bot: store.BotState{IsCurrent: true, Alive: true, LastSeen: now, Version: sample,
		Capabilities: contract.Verbs}, Commands: map[string]contract.Command{}}
	v.silentBot = store.BotState{IsCurrent: true, LastSeen: now, Version: sample, Capabilities: contract.Verbs}
	for i, status := range contract.CommandStatuses {
		c := v.command(i+1, contract.VerbGiveawayEnd, status)
		v.commands = append(v.commands, c)
		v.requests.Commands[c.Target] = c
	}
	return v
}

func (v stateFixtures) giveaway(id string, status store.GiveawayStatus) store.Giveaway {
	earlier := v.now.Add(-48 * time.Hour)
	g := store.Giveaway{
		ID: id, GuildID: stateGuild, ChannelID: v.text, MessageID: &v.text, Host: v.user, Prize: v.text,
		PrizeSecret: &v.text, Description: &v.text, ImageURL: &v.text, WinnerCount: 3,
		PrizeTiers: []contract.PrizeTier{{Place: 1, Prize: v.text, Count: 2}},
		EmbedColor: v.text, ButtonText: v.text, RequiredRoleIDs: store.Strings{v.text}, RequiredLevel: 5,
		BonusEntryRoles: []contract.BonusRole{{RoleID: v.text, RoleName: v.text, Entries: 2}},
		StartsAt:        &earlier, EndsAt: v.now.Add(3 * time.Hour), Status: status, Entries: 1234, Notes: &v.text, CreatedAt: earlier,
	}
	if status == store.GiveawayActive || status == store.GiveawayPaused {
		nextRun := earlier.AddDate(0, 0, 7)
		g.RepeatDays, g.RepeatAt, g.RepeatZone, g.RepeatFrom = 7, &nextRun, "Europe/Berlin", &earlier
	}
	if status == store.GiveawayPending {
		soon := v.now.Add(time.Hour)
		g.StartsAt, g.Entries = &soon, 0
	}
	if status == store.GiveawayEnded {
		soon := v.now.Add(20 * time.Hour)
		g.EndsAt, g.EndedAt, g.WinnerClaimTimeout, g.AutoReroll = v.now, &v.now, 20, true
		g.Winners = []store.Winner{
			{ID: "w1", User: v.user, Place: 1, Prize: &v.text, CreatedAt: v.now},
			{ID: "w2", User: v.user, Place: 2, Rerolled: true, RerolledAt: &v.now, CreatedAt: v.now},
			{ID: "w3", User: v.user, Place: 3, DMSent: true, DMSentAt: &v.now, Claimed: true, ClaimedAt: &v.now,
				Feedback: &v.text, CreatedAt: v.now},
			{ID: "w4", User: v.user, Place: 4, CreatedAt: v.now, ClaimDeadline: &soon},
			{ID: "w5", User: v.user, Place: 5, CreatedAt: earlier, ClaimDeadline: &v.now, ClaimExpiredAt: &v.now, HasLeft: true},
			{ID: "w6", User: v.user, Place: 1, CreatedAt: earlier, ClaimDeadline: &v.now, ClaimExpiredAt: &v.now,
				Rerolled: true, RerolledAt: &v.now},
		}
		g.Draws = []draw.Round{{Commitment: "9f86d081", Seed: "2c26b46b"}, {Round: 1, Commitment: "fcde2b2e"}}
	}
	return g
}

// labels returns one label of each colour, and one with an unknown colour.
func (v stateFixtures) labels() (labels []store.TicketLabel) {
	for i, color := range store.LabelColors {
		labels = append(labels, store.TicketLabel{ID: "b" + strconv.Itoa(i+1), Name: v.text, Color: color, Version: 1})
	}
	return append(labels, store.TicketLabel{ID: "b9", Name: v.text, Color: v.text})
}

func (v stateFixtures) ticket(number int, status store.TicketStatus) store.Ticket {
	t := store.Ticket{
		ID: "t" + strconv.Itoa(number), GuildID: stateGuild, Number: number, ChannelID: v.text, Opener: v.user,
		Subject: &v.text, Status: status,
		Priority:         []store.TicketPriority{store.PriorityUrgent, store.PriorityHigh, store.PriorityLow}[number-1],
		Labels:           v.labels()[:3*number-3],
		Category:         &store.TicketCategory{ID: v.text, Name: v.text, Emoji: &v.text},
		PlatformUsername: &v.text, ProductID: &v.text, IssueType: &v.text, IssueDetails: &v.text, TranscriptURL: &v.text,
		FormResponses: []store.FormResponse{{Question: v.text, Answer: v.text}}, CreatedAt: v.now.Add(-26 * time.Hour),
	}
	switch status {
	case store.TicketOpen:
		waiting := v.now.Add(-25 * time.Hour)
		t.WaitingSince, t.ResponseDue = &waiting, new(v.now.Add(-time.Hour))
	case store.TicketClosed:
		t.ClaimedBy, t.ClosedBy, t.ClosedAt, t.CloseReason = v.user, v.user, &v.now, &v.text
		t.Rating = &store.Rating{Stars: 4, Review: &v.text, CreatedAt: v.now}
	default:
		t.ClaimedBy, t.WaitingSince, t.ResponseDue = v.user, new(v.now.Add(-time.Hour)), new(v.now.Add(time.Hour))
	}
	return t
}

// command returns a command whose target is the giveaway c<n>.
func (v stateFixtures) command(n int, verb contract.Verb, status contract.CommandStatus) contract.Command {
	id := strconv.Itoa(n)
	data, err := json.Marshal(map[string]string{"prize": v.text, "reason": v.text})
	if err != nil { // impossible: all values are strings
		panic(err)
	}
	c := contract.Command{
		ID: "k" + id, GuildID: stateGuild, Actor: v.user, Verb: verb, Target: "c" + id, TargetName: v.text, TicketSubject: v.text, Data: data,
		Status: status, IssuedAt: v.now, ExpiresAt: v.now.Add(time.Minute),
	}
	if !c.IsInProgress() {
		c.AnsweredAt = &v.now
	}
	if status == contract.CommandRefused {
		c.Code, c.Message = v.cleanText, v.text
	}
	return c
}

// liveRegion returns the live region with the rendered component.
func (v stateFixtures) liveRegion(part templ.Component) ui.Region {
	var html bytes.Buffer
	if err := part.Render(context.Background(), &html); err != nil { // impossible: writing to a buffer does not fail
		panic(err)
	}
	r := v.region
	r.Body = html.Bytes()
	return r
}
