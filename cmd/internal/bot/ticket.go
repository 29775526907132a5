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
	"guildboard/store/contract"
)

// TicketRequest is a member's request in Discord to open a ticket.
type TicketRequest struct {
	ID       string // id of the interaction; a repeated id returns the same ticket
	GuildID  string
	Opener   contract.User // with the display name
	Category string        // row id of the ticket category; "" for none

	Subject          *string
	PlatformUsername *string
	ProductID        *string
	IssueType        *string
	IssueDetails     *string
	FormResponses    []store.FormResponse
}

// OpenTicket opens a ticket with the guild's next number, a channel and a row. A *Refusal says why it cannot be opened.
func (e *Engine) OpenTicket(ctx context.Context, o TicketRequest) (store.Ticket, error) {
	data, err := json.Marshal(o)
	if err != nil {
		return store.Ticket{}, fmt.Errorf("encode ticket request: %w", err)
	}
	answer, err := e.Execute(ctx, contract.Command{
		ID: "open-" + o.ID, GuildID: o.GuildID, Actor: o.Opener, Verb: verbOpenTicket, Target: o.ticketID(), Data: data,
	})
	if err != nil {
		return store.Ticket{}, err
	}
	if answer.Status == contract.CommandRefused {
		return store.Ticket{}, &Refusal{answer.Code, answer.Message}
	}
	return e.store.Ticket(ctx, o.GuildID, o.ticketID())
}

// ticketID returns the row id of the ticket, derived from the interaction: "c" and 24 more characters.
func (o TicketRequest) ticketID() string { return "c" + deriveNonce("opening", o.GuildID, o.ID)[:24] }

func (j *job) checkTicketRequest(ctx context.Context) error {
	o, err := j.ticketRequest()
	if err != nil {
		return err
	}
	if j.checkpoint.Checked || j.checkpoint.TicketNumber > 0 {
		return nil
	}
	if _, err := j.store.Guild(ctx, j.GuildID); err != nil {
		return err
	}
	if err := j.checkMayOpenTicket(ctx, o); err != nil {
		return err
	}
	channel, err := j.ticketChannel(ctx, o)
	if err != nil {
		return err
	}
	err = j.requireGuildIDs(ctx, j.GuildID, map[string][]string{"categoryChannelId": {channel.Parent}, "pingRoleIds": channel.Roles})
	if err != nil {
		return err
	}
	return j.markChecked(ctx)
}

func (j *job) ticketRequest() (o TicketRequest, err error) {
	if err := json.Unmarshal(j.Data, &o); err != nil {
		return o, refusalf(contract.RefusalUnknownCommand, "The ticket cannot be decoded.")
	}
	return o, nil
}

func (j *job) reserveNumber(ctx context.Context) (err error) {
	if j.checkpoint.TicketNumber == 0 {
		j.checkpoint.TicketNumber, err = j.store.ReserveTicketNumber(ctx, j.Work)
	}
	return err
}

func (j *job) createChannel(ctx context.Context) error {
	o, err := j.ticketRequest()
	if err != nil {
		return err
	}
	channel, err := j.ticketChannel(ctx, o)
	if err != nil {
		return err
	}
	j.ticket.ChannelID, err = j.discordIn(j.GuildID).CreateChannel(ctx, channel)
	j.guildsWithNewChannels.add(j.GuildID)
	return err
}

func (j *job) createTicket(ctx context.Context) error {
	o, err := j.ticketRequest()
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
		ID: j.Target, GuildID: j.GuildID, Number: j.checkpoint.TicketNumber, ChannelID: j.ticket.ChannelID, Subject: o.Subject,
		PlatformUsername: o.PlatformUsername, ProductID: o.ProductID, IssueType: o.IssueType, IssueDetails: o.IssueDetails,
		FormResponses: o.FormResponses, CreatedAt: j.StartedAt,
	}
	if o.Category != "" {
		t.Category = &store.TicketCategory{ID: o.Category}
	}
	// A conflict means that resumed work has created it before.
	if _, err := j.store.OpenTicket(ctx, t, member.ID); err != nil && !errors.Is(err, store.ErrConflict) {
		return err
	}
	return j.loadTicket(ctx)
}

func (j *job) publishOpened(ctx context.Context) error {
	opener := j.ticket.Opener
	data := contract.TicketCreateData{
		TicketID: j.ticket.ID, ChannelID: j.ticket.ChannelID, UserID: opener.ID, Username: opener.Username,
		CreatedAt: j.ticket.CreatedAt.Format(time.RFC3339),
	}
	if j.ticket.Category != nil {
		data.Category = j.ticket.Category.Name
	}
	j.publishChange(ctx, contract.TicketCreateEvent, opener.ID, data)
	return nil
}

func (j *job) postGreeting(ctx context.Context) error {
	m := Message{MentionUserIDs: []string{j.ticket.Opener.ID}}
	var err error
	if m.Content, err = j.customText(ctx, "welcomeMessage"); err != nil {
		return err
	}
	if m.Content == "" {
		m.Content = fmt.Sprintf("<@%s>, this is ticket #%d. Someone will be with you soon.", j.ticket.Opener.ID, j.ticket.Number)
	}
	if j.ticket.Category != nil {
		category, _, err := j.ticketCategory(ctx, j.ticket.Category.ID)
		if err != nil {
			return err
		}
		for _, id := range category.PingUserIDs {
			m.Content, m.MentionUserIDs = m.Content+" <@"+id+">", append(m.MentionUserIDs, id)
		}
		roles, err := j.withoutDeleted(ctx, category.PingRoleIDs)
		if err != nil {
			return err
		}
		for _, id := range roles {
			m.Content, m.MentionRoleIDs = m.Content+" <@&"+id+">", append(m.MentionRoleIDs, id)
		}
		m.Content = truncate(m.Content, maxContent)
	}
	return j.postInTicket(ctx, m)
}

// postInTicket posts a message in the ticket's channel, once for this work, and stores it in the transcript.
func (j *job) postInTicket(ctx context.Context, m Message) error {
	m.Nonce = deriveNonce("notice", j.ID)
	id, err := j.postMessage(ctx, j.ticket.ChannelID, m)
	if err != nil {
		return err
	}
	return j.recordOwnMessage(ctx, id, m)
}

func (j *job) loadTicket(ctx context.Context) (err error) {
	j.ticket, err = j.store.Ticket(ctx, j.GuildID, j.Target)
	return err
}

// ticketStatusChanges are the status changes of tickets by verb.
var ticketStatusChanges = map[contract.Verb]struct {
	from   []store.TicketStatus
	to     store.TicketStatus
	change func(s *store.Store, ctx context.Context, guild, id, by string, at time.Time) error
	event  contract.EventType
}{
	contract.VerbTicketClaim: {
		[]store.TicketStatus{store.TicketOpen}, store.TicketClaimed, (*store.Store).ClaimTicket, contract.TicketClaimEvent,
	},
	contract.VerbTicketAssign: {
		// changeTicketStatus handles it itself.
		[]store.TicketStatus{store.TicketOpen, store.TicketClaimed}, store.TicketClaimed, nil, contract.TicketClaimEvent,
	},
	contract.VerbTicketUnclaim: {
		[]store.TicketStatus{store.TicketClaimed}, store.TicketOpen, (*store.Store).UnclaimTicket, contract.TicketUpdateEvent,
	},
	contract.VerbTicketClose: {
		[]store.TicketStatus{store.TicketOpen, store.TicketClaimed}, store.TicketClosed, (*store.Store).CloseTicket,
		contract.TicketCloseEvent,
	},
	contract.VerbTicketReopen: {
		[]store.TicketStatus{store.TicketClosed}, store.TicketOpen, (*store.Store).ReopenTicket, contract.TicketReopenEvent,
	},
}

// checkTicketStatusChange checks that the ticket's status allows the change and that the actor may make it. The refusal
// of a conflict names the user who made the other change.
func (j *job) checkTicketStatusChange(ctx context.Context) error {
	if err := j.loadTicket(ctx); err != nil || j.checkpoint.Checked {
		return err
	}
	if slices.Contains(ticketStatusChanges[j.Verb].from, j.ticket.Status) {
		if err := j.checkMayChangeStatus(ctx); err != nil {
			return err
		}
		return j.markChecked(ctx)
	}
	switch j.ticket.Status {
	case store.TicketClaimed:
		return j.conflictRefusal(ctx, j.ticket.ClaimedBy, "claimed")
	case store.TicketClosed:
		return j.conflictRefusal(ctx, j.ticket.ClosedBy, "closed")
	}
	return refusalf(contract.RefusalWrongState, "It is already open.")
}

// conflictRefusal returns a refusal that names the user who has already changed the ticket.
func (j *job) conflictRefusal(ctx context.Context, person contract.User, action string) error {
	person, err := j.resolveName(ctx, person)
	if err != nil {
		return err
	}
	return refusalf(contract.RefusalWrongState, "%s has already %s it.", displayName(person), action)
}

// resolveName returns person with the name in their newest command on the target, if person has an id but no name. The
// name stays empty if there is no such command.
func (j *job) resolveName(ctx context.Context, person contract.User) (contract.User, error) {
	if person.Username != "" || person.ID == "" {
		return person, nil
	}
	commands, err := j.store.Commands(ctx, j.GuildID, store.CommandQuery{Target: j.Target, Actor: person.ID, PerPage: 1})
	if err == nil && len(commands.Items) > 0 {
		person.Username = commands.Items[0].Actor.Username
	}
	return person, err
}

func displayName(p contract.User) string {
	switch {
	case p.Username != "":
		return p.Username
	case p.ID != "":
		return p.ID
	}
	return "Someone"
}

func (j *job) changeTicketStatus(ctx context.Context) error {
	change := ticketStatusChanges[j.Verb]
	switch {
	case j.Verb == contract.VerbTicketAssign:
		if err := j.assignTicket(ctx); err != nil {
			return err
		}
	case j.ticket.Status == change.to && (change.to != store.TicketClaimed || j.ticket.ClaimedBy.ID == j.Actor.ID):
	case change.to == store.TicketClosed:
		if err := j.store.CloseTicketWithReason(ctx, j.GuildID, j.Target, j.Actor.ID, j.reason(), time.Now()); err != nil {
			return err
		}
	default:
		if err := change.change(j.store, ctx, j.GuildID, j.Target, j.Actor.ID, time.Now()); err != nil {
			return err
		}
	}
	return j.loadTicket(ctx)
}

// checkAssignment passes the check if the assignee may act on tickets and does not have the ticket already.
func (j *job) checkAssignment(ctx context.Context) error {
	assignment := store.DecodeAssignment(j.Command)
	if assignment.UserID == "" {
		return refusalf(contract.RefusalUnknownCommand, "The request has no assignee.")
	}
	if j.ticket.ClaimedBy.ID == assignment.UserID {
		return j.conflictRefusal(ctx, j.ticket.ClaimedBy, "claimed")
	}
	allowed, err := j.store.IsAssignable(ctx, j.GuildID, assignment.UserID, time.Now())
	if err == nil && !allowed {
		assignee := displayName(contract.User{ID: assignment.UserID, Username: assignment.Username})
		err = refusalf(contract.RefusalAssigneeNotStaff, "%s can’t work on tickets.", assignee)
	}
	return err
}

func (j *job) assignTicket(ctx context.Context) error {
	assignee := store.DecodeAssignment(j.Command).UserID
	if j.ticket.Status == store.TicketClaimed && j.ticket.ClaimedBy.ID == assignee {
		return nil
	}
	return j.store.AssignTicket(ctx, j.GuildID, j.Target, assignee, time.Now())
}

// reason returns the reason given in the command, truncated since Discord's audit log takes 512 characters.
func (j *job) reason() string {
	var p contract.ClosePayload
	_ = j.DecodePayload(&p) // the data of other verbs has no reason
	return truncate(strings.TrimSpace(p.Reason), 500)
}

// lockChannel locks the ticket's channel. A deleted channel needs no lock.
func (j *job) lockChannel(ctx context.Context) error {
	err := j.discord.LockChannel(ctx, j.GuildID, j.ticket.ChannelID, j.reason())
	if isGone(err) {
		return nil
	}
	return err
}

func (j *job) unlockChannel(ctx context.Context) error {
	return j.discord.UnlockChannel(ctx, j.GuildID, j.ticket.ChannelID, j.reason())
}

func (j *job) checkTicketRepair(ctx context.Context) error {
	if err := j.loadTicket(ctx); err != nil || j.checkpoint.Checked {
		return err
	}
	return j.markChecked(ctx)
}

func (j *job) repairChannel(ctx context.Context) error {
	if j.ticket.Status == store.TicketClosed {
		return j.lockChannel(ctx)
	}
	return j.unlockChannel(ctx)
}

func (j *job) publishTicketChange(ctx context.Context) error {
	eventType := ticketStatusChanges[j.Verb].event
	if eventType == "" {
		eventType = contract.TicketUpdateEvent
	}
	id, channel := j.ticket.ID, j.ticket.ChannelID
	var data contract.EventData = contract.TicketUpdateData{TicketID: id, ChannelID: channel}
	switch eventType {
	case contract.TicketClaimEvent:
		claimer, err := j.resolveName(ctx, j.ticket.ClaimedBy)
		if err != nil {
			return err
		}
		data = contract.TicketClaimData{TicketID: id, ChannelID: channel, ClaimedBy: claimer.ID, ClaimerName: claimer.Username}
	case contract.TicketCloseEvent:
		data = contract.TicketCloseData{TicketID: id, ChannelID: channel, ClosedBy: j.ticket.ClosedBy.ID, Reason: j.reason()}
	}
	j.publishChange(ctx, eventType, j.Actor.ID, data)
	return nil
}

// postNotice posts the status change in the ticket's channel. A deleted channel needs no notice.
func (j *job) postNotice(ctx context.Context) error {
	assignee := store.DecodeAssignment(j.Command).UserID
	action := map[contract.Verb]string{
		contract.VerbTicketClaim:   "has claimed this ticket",
		contract.VerbTicketAssign:  "has given this ticket to <@" + assignee + ">",
		contract.VerbTicketUnclaim: "has given this ticket back",
		contract.VerbTicketClose:   "has closed this ticket",
		contract.VerbTicketReopen:  "has opened this ticket again",
	}[j.Verb]
	content, err := j.customText(ctx, map[contract.Verb]string{
		contract.VerbTicketClaim: "claimMessage", contract.VerbTicketClose: "closeMessage", contract.VerbTicketReopen: "reopenMessage",
	}[j.Verb])
	if err != nil {
		return err
	}
	isDefault := content == ""
	if isDefault {
		content = "<@" + j.Actor.ID + "> " + action + "."
	}
	if reason := j.reason(); reason != "" && isDefault {
		content += "\n> " + strings.ReplaceAll(reason, "\n", "\n> ")
	}
	m := Message{Content: truncate(content, maxContent)}
	if assignee != "" {
		m.MentionUserIDs = []string{assignee}
	}
	err = j.postInTicket(ctx, m)
	if isGone(err) {
		return nil
	}
	return err
}
