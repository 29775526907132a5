package views

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"guildboard/store"
)

// State is a component as it looks with certain values. The gallery shows all of them, and the tests of this package
// render them; a component that is in none fails a test.
type State struct {
	Component string // as its templ is called
	Name      string // of the state: empty, one, many, problems, …
	View      templ.Component
}

// Anchor names the state on its page.
func (s State) Anchor() string { return s.Component + "-" + s.Name }

// stateNouns are the parts of the gallery, a page each. A new state is a line in the function of its noun
// (state_<noun>.go); a new noun is a line here.
var stateNouns = []struct {
	name   string
	states func(values) []State
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

// StateNouns are the names of the parts of the gallery.
func StateNouns() (names []string) {
	for _, n := range stateNouns {
		names = append(names, n.name)
	}
	return names
}

// States are those of the components of one noun; none when there is no such noun. Wherever a text of somebody's goes in
// it is text. Site, language, theme and zone are those of p, and now is when all of it happens.
func States(p Page, noun, text string, now time.Time) []State {
	for _, n := range stateNouns {
		if n.name == noun {
			return n.states(valuesOf(p, text, now))
		}
	}
	return nil
}

// stateGuild is the server of all states.
const stateGuild = "100000000000000001"

// values are what states are made of. Ids are ours, all else is somebody's text.
type values struct {
	text string
	said string // the text where a sentence of ours quotes it: there it cannot turn what follows
	at   time.Time

	p        Page // of a manager, within a server
	named    Page // of a manager whose bot names channels and roles
	watcher  Page // of somebody who may look and do nothing
	stranger Page // of nobody

	who       store.Person
	nobody    store.Person // whose name the bot has not learnt
	guild     GuildLink
	filter    Filter // that selects by everything, and is wrong about some of it
	region    Region
	giveaways []store.Giveaway // one of each status
	tickets   []store.Ticket   // likewise
	entries   []store.Entry
	commands  []store.Command // one of each status
	asked     Asked           // by those commands, of a bot that is there
	silent    store.BotState  // a bot that is not
}

func valuesOf(shell Page, text string, now time.Time) values {
	v := values{text: text, said: clean(text), at: now}
	v.who, v.nobody = store.Person{ID: "3", Username: text, Avatar: text}, store.Person{ID: "300000000000000004"}
	all := store.Rights{Manager: true, Giveaways: store.LevelManage, Tickets: store.LevelManage}
	v.guild = GuildLink{ID: stateGuild, Name: text, Icon: text, Owner: true, Present: true, Rights: all}

	v.p = shell
	v.p.Title, v.p.Path, v.p.Section, v.p.Live, v.p.Notes, v.p.Stale = text, "/x?q="+text, SectionGiveaways, true, nil, false
	v.p.Now = now
	v.p.User, v.p.Guild, v.p.Rights = &store.Person{ID: "1", Username: text, Avatar: text}, &v.guild, all
	v.p.Guilds = []GuildLink{v.guild, {ID: "2", Name: text}}
	v.named = v.p
	v.named.Names = store.Names{
		Channels: []store.Channel{
			{ID: "30", Name: text, Kind: store.ChannelCategory}, {ID: "400000000000000001", Name: text, Kind: store.ChannelText, ParentID: "30"},
			{ID: "41", Name: text, Kind: store.ChannelAnnouncement},
		},
		Roles: []store.Role{{ID: "7", Name: text, Color: text, Position: 2}, {ID: "8", Name: text, Color: "#14b8a6"}},
	}
	v.watcher = v.p
	v.watcher.Rights = store.Rights{Giveaways: store.LevelSee, Tickets: store.LevelSee}
	v.stranger = v.p
	v.stranger.User, v.stranger.Guild, v.stranger.Guilds, v.stranger.Demo = nil, nil, nil, true

	v.filter = Filter{
		Path: "/guilds/1/giveaways", Status: "active", Host: "3", Channel: "4", Text: text, From: text, To: text, Only: []string{"c1"}, Page: 2,
		Kind: "c1", Opener: "3", Claims: "3", Priority: "high", Labels: []string{"b1", "gone"}, Late: true,
		Problems: map[string]string{"q": v.said, "from": v.said, "to": v.said},
	}
	v.region = Region{URL: "/guilds/1/giveaways?q=" + text, Stream: "/guilds/1/giveaways/live?q=" + text, Version: "v1", Poll: 15 * time.Second}
	for i, status := range store.GiveawayStatuses {
		v.giveaways = append(v.giveaways, v.giveaway("c"+strconv.Itoa(i+1), status))
	}
	for i, status := range store.TicketStatuses {
		v.tickets = append(v.tickets, v.ticket(i+1, status))
	}
	v.entries = []store.Entry{
		{ID: "e1", Member: v.who, Entries: 3, BaseEntries: 1, BonusEntries: 2, BonusSource: &text, CreatedAt: now},
		{ID: "e2", Member: v.who, Left: true, BaseEntries: 1, CreatedAt: now, RemovedAt: &now, RemovedBy: v.who, RemovedWhy: text},
	}
	v.asked = Asked{Bot: store.BotState{Known: true, Alive: true, LastHeard: now, Version: text, Capabilities: store.Verbs}, Commands: map[string]store.Command{}}
	v.silent = store.BotState{Known: true, LastHeard: now, Version: text, Capabilities: store.Verbs}
	for i, status := range store.CommandStatuses {
		c := v.command(i+1, store.VerbGiveawayEnd, status)
		v.commands = append(v.commands, c)
		v.asked.Commands[c.Target] = c
	}
	return v
}

func (v values) giveaway(id string, status store.GiveawayStatus) store.Giveaway {
	earlier := v.at.Add(-48 * time.Hour)
	g := store.Giveaway{
		ID: id, GuildID: stateGuild, ChannelID: v.text, MessageID: &v.text, Host: v.who, Prize: v.text,
		PrizeSecret: &v.text, Description: &v.text, ImageURL: &v.text, WinnerCount: 3, PrizeTiers: []store.PrizeTier{{Place: 1, Prize: v.text, Count: 2}},
		EmbedColor: v.text, ButtonText: v.text, RequiredRoleIDs: store.Strings{v.text}, RequiredLevel: 5,
		BonusEntryRoles: []store.BonusRole{{RoleID: v.text, RoleName: v.text, Entries: 2}},
		StartsAt:        &earlier, EndsAt: v.at.Add(3 * time.Hour), Status: status, Entries: 1234, Notes: &v.text, CreatedAt: earlier,
	}
	if status == store.GiveawayActive || status == store.GiveawayPaused {
		again := earlier.AddDate(0, 0, 7)
		g.RepeatDays, g.RepeatAt, g.RepeatZone, g.RepeatFrom = 7, &again, "Europe/Berlin", &earlier
	}
	if status == store.GiveawayPending {
		soon := v.at.Add(time.Hour)
		g.StartsAt, g.Entries = &soon, 0
	}
	if status == store.GiveawayEnded {
		soon := v.at.Add(20 * time.Hour)
		g.EndsAt, g.EndedAt, g.WinnerClaimTimeout, g.AutoReroll = v.at, &v.at, 20, true
		g.Winners = []store.Winner{
			{ID: "w1", User: v.who, Place: 1, Prize: &v.text, CreatedAt: v.at},
			{ID: "w2", User: v.who, Place: 2, Rerolled: true, RerolledAt: &v.at, CreatedAt: v.at},
			{ID: "w3", User: v.who, Place: 3, DMSent: true, DMSentAt: &v.at, Claimed: true, ClaimedAt: &v.at, Feedback: &v.text, CreatedAt: v.at},
			{ID: "w4", User: v.who, Place: 4, CreatedAt: v.at, ClaimUntil: &soon},
			{ID: "w5", User: v.who, Place: 5, CreatedAt: earlier, ClaimUntil: &v.at, LapsedAt: &v.at, Left: true},
			{ID: "w6", User: v.who, Place: 1, CreatedAt: earlier, ClaimUntil: &v.at, LapsedAt: &v.at, Rerolled: true, RerolledAt: &v.at},
		}
		g.Draws = []store.DrawRound{{Commitment: "9f86d081", Seed: "2c26b46b"}, {Round: 1, Commitment: "fcde2b2e"}}
	}
	return g
}

// labels are one of each colour.
func (v values) labels() (labels []store.TicketLabel) {
	for i, color := range store.LabelColors {
		labels = append(labels, store.TicketLabel{ID: "b" + strconv.Itoa(i+1), Name: v.text, Color: color, Version: 1})
	}
	return append(labels, store.TicketLabel{ID: "b9", Name: v.text, Color: v.text})
}

func (v values) ticket(number int, status store.TicketStatus) store.Ticket {
	t := store.Ticket{
		ID: "t" + strconv.Itoa(number), GuildID: stateGuild, Number: number, ChannelID: v.text, Opener: v.who, Subject: &v.text, Status: status,
		Priority: []store.TicketPriority{store.PriorityUrgent, store.PriorityHigh, store.PriorityLow}[number-1], Labels: v.labels()[:3*number-3],
		Category:         &store.TicketCategory{ID: v.text, Name: v.text, Emoji: &v.text},
		PlatformUsername: &v.text, ProductID: &v.text, IssueType: &v.text, IssueDetails: &v.text, TranscriptURL: &v.text,
		FormResponses: []store.FormResponse{{Question: v.text, Answer: v.text}}, CreatedAt: v.at.Add(-26 * time.Hour),
	}
	switch status {
	case store.TicketOpen:
		waiting := v.at.Add(-25 * time.Hour)
		t.WaitingSince, t.AnswerDue = &waiting, new(v.at.Add(-time.Hour))
	case store.TicketClosed:
		t.ClaimedBy, t.ClosedBy, t.ClosedAt, t.CloseReason = v.who, v.who, &v.at, &v.text
		t.Rating = &store.Rating{Stars: 4, Review: &v.text, CreatedAt: v.at}
	default:
		t.ClaimedBy, t.WaitingSince, t.AnswerDue = v.who, new(v.at.Add(-time.Hour)), new(v.at.Add(time.Hour))
	}
	return t
}

// command is one about the giveaway c<n>.
func (v values) command(n int, verb store.Verb, status store.CommandStatus) store.Command {
	id := strconv.Itoa(n)
	data, err := json.Marshal(map[string]string{"prize": v.text, "reason": v.text})
	if err != nil { // of strings
		panic(err)
	}
	c := store.Command{
		ID: "k" + id, GuildID: stateGuild, Actor: v.who, Verb: verb, Target: "c" + id, TargetName: v.text, Data: data,
		Status: status, IssuedAt: v.at, ExpiresAt: v.at.Add(time.Minute),
	}
	if !c.UnderWay() {
		c.AnsweredAt = &v.at
	}
	if status == store.CommandRefused {
		c.Code, c.Message = v.said, v.text
	}
	return c
}

// live is the region around a component, as a page shows it.
func (v values) live(part templ.Component) Region {
	var html bytes.Buffer
	if err := part.Render(context.Background(), &html); err != nil { // a buffer takes everything
		panic(err)
	}
	r := v.region
	r.Body = html.Bytes()
	return r
}
