package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"guildboard/store"
)

// Opening is a ticket that a member asks for in Discord.
type Opening struct {
	ID       string // of the interaction: the same again is the same ticket
	GuildID  string
	Opener   store.Person // with the name that Discord shows
	Category string       // row id; "" for none

	Subject          *string
	PlatformUsername *string
	ProductID        *string
	IssueType        *string
	IssueDetails     *string
	FormResponses    []store.FormResponse
}

// OpenTicket opens a ticket: it gets the guild's next number, a channel, and a row. A *Refusal says why not.
func (e *Engine) OpenTicket(ctx context.Context, o Opening) (store.Ticket, error) {
	data, err := json.Marshal(o)
	if err != nil {
		return store.Ticket{}, fmt.Errorf("writing ticket: %w", err)
	}
	answer, err := e.Do(ctx, store.Command{
		ID: "open-" + o.ID, GuildID: o.GuildID, Actor: o.Opener, Verb: verbOpen, Target: o.target(), Data: data,
	})
	if err != nil {
		return store.Ticket{}, err
	}
	if answer.Status == store.CommandRefused {
		return store.Ticket{}, &Refusal{answer.Code, answer.Message}
	}
	return e.store.Ticket(ctx, o.GuildID, o.target())
}

// target is the id that the ticket's row will have, the same for the same interaction: "c" and 24 more characters.
func (o Opening) target() string { return "c" + nonce("opening", o.GuildID, o.ID)[:24] }

func (j *job) checkOpen(ctx context.Context) error {
	o, err := j.opening()
	if err != nil {
		return err
	}
	if j.memo.Checked || j.memo.Number > 0 {
		return nil
	}
	if _, err := j.store.Guild(ctx, j.GuildID); err != nil {
		return err
	}
	if err := j.mayOpen(ctx, o); err != nil {
		return err
	}
	channel, err := j.channelFor(ctx, o)
	if err != nil {
		return err
	}
	err = j.requireOwn(ctx, j.GuildID, map[string][]string{"categoryChannelId": {channel.Parent}, "pingRoleIds": channel.Roles})
	if err != nil {
		return err
	}
	return j.checked(ctx)
}

func (j *job) opening() (o Opening, err error) {
	if err := json.Unmarshal(j.Data, &o); err != nil {
		return o, refuse(store.CodeUnknown, "The ticket cannot be read: %v.", err)
	}
	return o, nil
}

func (j *job) number(ctx context.Context) (err error) {
	if j.memo.Number == 0 {
		j.memo.Number, err = j.store.ReserveTicketNumber(ctx, j.Work)
	}
	return err
}

func (j *job) openChannel(ctx context.Context) error {
	o, err := j.opening()
	if err != nil {
		return err
	}
	channel, err := j.channelFor(ctx, o)
	if err != nil {
		return err
	}
	j.t.ChannelID, err = j.in(j.GuildID).Open(ctx, channel)
	j.opened.add(j.GuildID)
	return err
}

func (j *job) open(ctx context.Context) error {
	o, err := j.opening()
	if err != nil {
		return err
	}
	member := store.Member{GuildID: j.GuildID, DiscordID: o.Opener.ID, Avatar: o.Opener.Avatar}
	if o.Opener.Username != "" {
		member.Username = &o.Opener.Username
	}
	if member, err = j.store.SaveMember(ctx, member); err != nil {
		return err
	}
	t := store.Ticket{
		ID: j.Target, GuildID: j.GuildID, Number: j.memo.Number, ChannelID: j.t.ChannelID, Subject: o.Subject,
		PlatformUsername: o.PlatformUsername, ProductID: o.ProductID, IssueType: o.IssueType, IssueDetails: o.IssueDetails,
		FormResponses: o.FormResponses, CreatedAt: j.BegunAt,
	}
	if o.Category != "" {
		t.Category = &store.TicketCategory{ID: o.Category}
	}
	if _, err := j.store.OpenTicket(ctx, t, member.ID); err != nil && !errors.Is(err, store.ErrConflict) { // there already
		return err
	}
	return j.loadTicket(ctx)
}

func (j *job) tellOpened(ctx context.Context) error {
	data := map[string]any{
		"ticketId": j.t.ID, "channelId": j.t.ChannelID, "userId": j.t.Opener.ID, "username": j.t.Opener.Username,
		"createdAt": j.t.CreatedAt.Format(time.RFC3339),
	}
	if j.t.Category != nil {
		data["category"] = j.t.Category.Name
	}
	return j.publish(ctx, store.TicketCreateEvent, j.t.Opener.ID, data)
}

func (j *job) greet(ctx context.Context) error {
	m := Message{Mention: []string{j.t.Opener.ID}}
	var err error
	if m.Content, err = j.said(ctx, "welcomeMessage"); err != nil {
		return err
	}
	if m.Content == "" {
		m.Content = fmt.Sprintf("<@%s>, this is ticket #%d. Somebody will be with you.", j.t.Opener.ID, j.t.Number)
	}
	if j.t.Category != nil {
		kind, _, err := j.kind(ctx, j.t.Category.ID)
		if err != nil {
			return err
		}
		for _, id := range kind.PingUserIDs {
			m.Content, m.Mention = m.Content+" <@"+id+">", append(m.Mention, id)
		}
		roles, err := j.withoutDeleted(ctx, kind.PingRoleIDs)
		if err != nil {
			return err
		}
		for _, id := range roles {
			m.Content, m.Pings = m.Content+" <@&"+id+">", append(m.Pings, id)
		}
		m.Content = cut(m.Content, maxContent)
	}
	return j.sayHere(ctx, m)
}

// sayHere says something in the ticket's channel, once for this work, and keeps it for the transcript.
func (j *job) sayHere(ctx context.Context, m Message) error {
	m.Nonce = nonce("notice", j.ID)
	id, err := j.say(ctx, j.t.ChannelID, m)
	if err != nil {
		return err
	}
	return j.keepOwn(ctx, id, m)
}

func (j *job) loadTicket(ctx context.Context) (err error) {
	j.t, err = j.store.Ticket(ctx, j.GuildID, j.Target)
	return err
}

// turns are the changes of a ticket's state.
var turns = map[store.Verb]struct {
	from   []store.TicketStatus
	to     store.TicketStatus
	change func(s *store.Store, ctx context.Context, guild, id, by string, at time.Time) error
	event  store.EventType
}{
	store.VerbTicketClaim: {
		[]store.TicketStatus{store.TicketOpen}, store.TicketClaimed, (*store.Store).ClaimTicket, store.TicketClaimEvent,
	},
	store.VerbTicketAssign: {
		[]store.TicketStatus{store.TicketOpen, store.TicketClaimed}, store.TicketClaimed, nil, store.TicketClaimEvent, // see moveTicket
	},
	store.VerbTicketUnclaim: {
		[]store.TicketStatus{store.TicketClaimed}, store.TicketOpen, (*store.Store).UnclaimTicket, store.TicketUpdateEvent,
	},
	store.VerbTicketClose: {
		[]store.TicketStatus{store.TicketOpen, store.TicketClaimed}, store.TicketClosed, (*store.Store).CloseTicket, store.TicketCloseEvent,
	},
	store.VerbTicketReopen: {
		[]store.TicketStatus{store.TicketClosed}, store.TicketOpen, (*store.Store).ReopenTicket, store.TicketReopenEvent,
	},
}

// checkTicket passes the check when the ticket can make that turn, and else tells who was first.
func (j *job) checkTicket(ctx context.Context) error {
	if err := j.loadTicket(ctx); err != nil || j.memo.Checked {
		return err
	}
	if slices.Contains(turns[j.Verb].from, j.t.Status) {
		if err := j.mayTurn(ctx); err != nil {
			return err
		}
		return j.checked(ctx)
	}
	switch j.t.Status {
	case store.TicketClaimed:
		return j.refuseAfter(ctx, j.t.ClaimedBy, "claimed")
	case store.TicketClosed:
		return j.refuseAfter(ctx, j.t.ClosedBy, "closed")
	}
	return refuse(store.CodeState, "It is open already.")
}

// refuseAfter refuses because somebody was first.
func (j *job) refuseAfter(ctx context.Context, who store.Person, has string) error {
	who, err := j.called(ctx, who)
	if err != nil {
		return err
	}
	return refuse(store.CodeState, "%s has %s it already.", name(who), has)
}

// called is somebody with the name by which the guild or, for who was never heard of there, the dashboard knows them: they
// asked for something about the ticket.
func (j *job) called(ctx context.Context, who store.Person) (store.Person, error) {
	if who.Username != "" || who.ID == "" {
		return who, nil
	}
	asked, err := j.store.Commands(ctx, j.GuildID, store.CommandQuery{Target: j.Target, Actor: who.ID, PerPage: 1})
	if err == nil && len(asked.Items) > 0 {
		who.Username = asked.Items[0].Actor.Username
	}
	return who, err
}

func name(p store.Person) string {
	switch {
	case p.Username != "":
		return p.Username
	case p.ID != "":
		return p.ID
	}
	return "Somebody"
}

func (j *job) moveTicket(ctx context.Context) error {
	turn := turns[j.Verb]
	switch {
	case j.Verb == store.VerbTicketAssign:
		if err := j.assign(ctx); err != nil {
			return err
		}
	case j.t.Status == turn.to && (turn.to != store.TicketClaimed || j.t.ClaimedBy.ID == j.Actor.ID):
	case turn.to == store.TicketClosed:
		if err := j.store.CloseTicketWhy(ctx, j.GuildID, j.Target, j.Actor.ID, j.reason(), time.Now()); err != nil {
			return err
		}
	default:
		if err := turn.change(j.store, ctx, j.GuildID, j.Target, j.Actor.ID, time.Now()); err != nil {
			return err
		}
	}
	return j.loadTicket(ctx)
}

// mayAssign passes the check when whoever is to have the ticket may act on tickets, and does not have it already.
func (j *job) mayAssign(ctx context.Context) error {
	to := store.AssignmentOf(j.Command)
	if to.UserID == "" {
		return refuse(store.CodeUnknown, "It is not said who is to have the ticket.")
	}
	if j.t.ClaimedBy.ID == to.UserID {
		return j.refuseAfter(ctx, j.t.ClaimedBy, "claimed")
	}
	may, err := j.store.MayHaveTickets(ctx, j.GuildID, to.UserID, time.Now())
	if err == nil && !may {
		err = refuse(store.CodeStaff, "%s may not act on tickets.", name(store.Person{ID: to.UserID, Username: to.Username}))
	}
	return err
}

func (j *job) assign(ctx context.Context) error {
	to := store.AssignmentOf(j.Command).UserID
	if j.t.Status == store.TicketClaimed && j.t.ClaimedBy.ID == to {
		return nil
	}
	return j.store.AssignTicket(ctx, j.GuildID, j.Target, to, time.Now())
}

// reason is why, as the person who asked put it; Discord's audit log takes 512 characters.
func (j *job) reason() string {
	var why struct{ Reason string }
	_ = json.Unmarshal(j.Data, &why) // another form of data has no reason
	return cut(strings.TrimSpace(why.Reason), 500)
}

// lock ends the conversation in the channel. One that is gone holds none.
func (j *job) lock(ctx context.Context) error {
	err := j.discord.Lock(ctx, j.GuildID, j.t.ChannelID, j.reason())
	if gone(err) {
		return nil
	}
	return err
}

func (j *job) unlock(ctx context.Context) error {
	return j.discord.Unlock(ctx, j.GuildID, j.t.ChannelID, j.reason())
}

func (j *job) checkTicketRepair(ctx context.Context) error {
	if err := j.loadTicket(ctx); err != nil || j.memo.Checked {
		return err
	}
	return j.checked(ctx)
}

func (j *job) repairTicket(ctx context.Context) error {
	if j.t.Status == store.TicketClosed {
		return j.lock(ctx)
	}
	return j.unlock(ctx)
}

func (j *job) tellTicket(ctx context.Context) error {
	kind := turns[j.Verb].event
	if kind == "" {
		kind = store.TicketUpdateEvent
	}
	data := map[string]any{"ticketId": j.t.ID, "channelId": j.t.ChannelID}
	switch kind {
	case store.TicketClaimEvent:
		by, err := j.called(ctx, j.t.ClaimedBy)
		if err != nil {
			return err
		}
		data["claimedBy"], data["claimerName"] = by.ID, by.Username
	case store.TicketCloseEvent:
		data["closedBy"] = j.t.ClosedBy.ID
		if why := j.reason(); why != "" {
			data["reason"] = why
		}
	}
	return j.publish(ctx, kind, j.Actor.ID, data)
}

// notice says in the channel what has happened to the ticket. A channel that is gone has no readers.
func (j *job) notice(ctx context.Context) error {
	to := store.AssignmentOf(j.Command).UserID
	what := map[store.Verb]string{
		store.VerbTicketClaim: "has claimed this ticket", store.VerbTicketAssign: "has given this ticket to <@" + to + ">", store.VerbTicketUnclaim: "has given this ticket back",
		store.VerbTicketClose: "has closed this ticket", store.VerbTicketReopen: "has opened this ticket again",
	}[j.Verb]
	content, err := j.said(ctx, map[store.Verb]string{
		store.VerbTicketClaim: "claimMessage", store.VerbTicketClose: "closeMessage", store.VerbTicketReopen: "reopenMessage",
	}[j.Verb])
	if err != nil {
		return err
	}
	own := content == ""
	if own {
		content = "<@" + j.Actor.ID + "> " + what + "."
	}
	if why := j.reason(); why != "" && own {
		content += "\n> " + strings.ReplaceAll(why, "\n", "\n> ")
	}
	m := Message{Content: cut(content, maxContent)}
	if to != "" {
		m.Mention = []string{to}
	}
	err = j.sayHere(ctx, m)
	if gone(err) {
		return nil
	}
	return err
}
