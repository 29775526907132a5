package bot

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/draw"
)

// loadGiveaway reads the work's giveaway. A giveaway of another guild is not found.
func (j *job) loadGiveaway(ctx context.Context) (err error) {
	j.giveaway, err = j.store.Giveaway(ctx, j.GuildID, j.Target)
	return err
}

// requireStatus passes the check if the giveaway has one of the statuses, or had one before this work changed it.
func (j *job) requireStatus(ctx context.Context, statuses ...store.GiveawayStatus) error {
	if err := j.loadGiveaway(ctx); err != nil {
		return err
	}
	if j.checkpoint.Checked {
		return nil
	}
	if !slices.Contains(statuses, j.giveaway.Status) {
		return refusalf(contract.RefusalWrongState, "It is %s.", strings.ToLower(string(j.giveaway.Status)))
	}
	return j.markChecked(ctx)
}

// unfinishedStatuses are the statuses before a giveaway ends or is cancelled.
var unfinishedStatuses = []store.GiveawayStatus{store.GiveawayPending, store.GiveawayActive, store.GiveawayPaused}

// parseForm decodes the command's form over f, which provides the missing fields.
func (j *job) parseForm(f contract.GiveawayForm) (contract.GiveawayForm, error) {
	if err := j.DecodePayload(&f); err != nil {
		return f, refusalf(contract.RefusalUnknownCommand, "The form cannot be decoded.")
	}
	if problems := f.Problems(); len(problems) > 0 && !j.checkpoint.Checked {
		return f, invalidFormRefusal(slices.Sorted(maps.Keys(problems))...)
	}
	return f, nil
}

// parseEdit decodes the changed members of the command's form over current.
func (j *job) parseEdit(current contract.GiveawayForm) (contract.GiveawayForm, error) {
	var changes contract.GiveawayChanges
	err := j.DecodePayload(&changes)
	f := current
	if err == nil {
		f, err = current.With(changes)
	}
	if err != nil {
		return f, refusalf(contract.RefusalUnknownCommand, "The form cannot be decoded.")
	}
	if problems := f.ProblemsSince(current); len(problems) > 0 && !j.checkpoint.Checked {
		return f, invalidFormRefusal(slices.Sorted(maps.Keys(problems))...)
	}
	return f, nil
}

func (j *job) checkCreate(ctx context.Context) error {
	err := j.loadGiveaway(ctx)
	switch {
	case err == nil && !j.checkpoint.Checked:
		return refusalf(contract.RefusalWrongState, "It has already been created.")
	case err == nil || !errors.Is(err, store.ErrNotFound):
		return err
	}
	if _, err := j.store.Guild(ctx, j.GuildID); err != nil {
		return err
	}
	if !j.checkpoint.Checked {
		if err := j.checkGiveawaysEnabled(ctx); err != nil {
			return err
		}
	}
	f, err := j.parseForm(contract.NewGiveawayForm(time.Now()))
	if err != nil {
		return err
	}
	j.giveaway = j.withRepeat(store.Giveaway{ID: j.Target, GuildID: j.GuildID, Host: j.Actor}.WithForm(f))
	j.giveaway.Status = store.GiveawayActive
	if j.giveaway.StartsAt != nil && j.giveaway.StartsAt.After(j.StartedAt) {
		j.giveaway.Status = store.GiveawayPending
	}
	if !j.checkpoint.Checked {
		if err := j.requireGuildIDs(ctx, j.GuildID, f.DiscordIDs()); err != nil {
			return err
		}
		j.checkpoint.Seed = draw.NewSeed()
		err = j.markChecked(ctx)
	}
	j.giveaway.Draws = []draw.Round{{Commitment: draw.Commitment(j.checkpoint.Seed)}}
	return err
}

// postGiveaway posts an active giveaway, unless it has been posted already.
func (j *job) postGiveaway(ctx context.Context) error {
	if j.giveaway.Status != store.GiveawayActive {
		return nil
	}
	return j.postGiveawayMessage(ctx, j.giveaway)
}

// postGiveawayMessage posts the message of g, which is the work's giveaway with its future status.
func (j *job) postGiveawayMessage(ctx context.Context, g store.Giveaway) error {
	if g.MessageID != nil {
		return nil
	}
	m, err := j.customizedMessage(ctx, g)
	if err != nil {
		return err
	}
	m.Nonce = deriveNonce("post", g.ID)
	id, err := j.postMessage(ctx, g.ChannelID, m)
	if err == nil {
		j.giveaway.MessageID = &id
	}
	return err
}

// postMessage posts a message in a channel of the guild, once.
func (j *job) postMessage(ctx context.Context, channel string, m Message) (id string, err error) {
	return j.postOnce(ctx, j.discordIn(j.GuildID), channel, m)
}

// messagePoster posts messages and finds posted ones.
type messagePoster interface {
	PostMessage(ctx context.Context, channel string, m Message) (id string, err error)
	FindMessage(ctx context.Context, channel, nonce string) (id string, err error)
}

// postOnce posts a message once. Discord remembers nonces only for some minutes, so resumed work first searches for the
// message.
func (j *job) postOnce(ctx context.Context, poster messagePoster, channel string, m Message) (id string, err error) {
	if j.IsResumed {
		if id, err = poster.FindMessage(ctx, channel, m.Nonce); err != nil || id != "" {
			return id, err
		}
	}
	return poster.PostMessage(ctx, channel, m)
}

func (j *job) createGiveaway(ctx context.Context) error {
	if r, ok := j.repetition(); ok {
		return j.store.RepeatGiveaway(ctx, r, j.giveaway, j.checkpoint.Seed, j.Work)
	}
	_, err := j.store.CreateGiveaway(ctx, j.giveaway)
	if err != nil && !errors.Is(err, store.ErrConflict) { // a conflict means that resumed work has created it before
		return err
	}
	return j.store.CommitDraw(ctx, j.GuildID, j.Target, 0, j.checkpoint.Seed)
}

func (j *job) checkEdit(ctx context.Context) error {
	if err := j.loadGiveaway(ctx); err != nil {
		return err
	}
	if !slices.Contains(unfinishedStatuses, j.giveaway.Status) && !j.checkpoint.Checked {
		return refusalf(contract.RefusalWrongState, "It is %s.", strings.ToLower(string(j.giveaway.Status)))
	}
	f, err := j.parseEdit(j.giveaway.Form())
	if err != nil {
		return err
	}
	j.giveaway = j.giveaway.WithForm(f)
	if j.checkpoint.Checked {
		return nil
	}
	// The ids of the changed giveaway, not of the form: a posted giveaway keeps its channel.
	if err := j.requireGuildIDs(ctx, j.GuildID, j.giveaway.Form().DiscordIDs()); err != nil {
		return err
	}
	return j.markChecked(ctx)
}

func (j *job) showEditedMessage(ctx context.Context) error {
	return j.editGiveawayMessage(ctx, j.giveaway)
}

func (j *job) saveEdit(ctx context.Context) error { return j.store.EditGiveaway(ctx, j.giveaway) }

// giveawayStatusChanges are the status changes without further effects.
var giveawayStatusChanges = map[contract.Verb]struct {
	from []store.GiveawayStatus
	to   store.GiveawayStatus
}{
	contract.VerbGiveawayPause:  {[]store.GiveawayStatus{store.GiveawayActive}, store.GiveawayPaused},
	contract.VerbGiveawayResume: {[]store.GiveawayStatus{store.GiveawayPaused}, store.GiveawayActive},
	contract.VerbGiveawayCancel: {unfinishedStatuses, store.GiveawayCancelled},
}

func (j *job) checkStatusChange(ctx context.Context) error {
	return j.requireStatus(ctx, giveawayStatusChanges[j.Verb].from...)
}

// showStatusChange edits the message to show the status that the row is about to get.
func (j *job) showStatusChange(ctx context.Context) error {
	g := j.giveaway
	g.Status = giveawayStatusChanges[j.Verb].to
	return j.editGiveawayMessage(ctx, g)
}

func (j *job) changeStatus(ctx context.Context) error {
	m := giveawayStatusChanges[j.Verb]
	if j.giveaway.Status == m.to {
		return nil
	}
	if err := j.store.SetGiveawayStatus(ctx, j.GuildID, j.Target, m.from, m.to); err != nil {
		return err
	}
	return j.loadGiveaway(ctx)
}

func (j *job) checkDelete(ctx context.Context) error {
	err := j.requireStatus(ctx, store.GiveawayEnded, store.GiveawayCancelled)
	if errors.Is(err, store.ErrNotFound) && j.checkpoint.Checked { // deleted by this work before a crash
		return nil
	}
	return err
}

func (j *job) deleteMessage(ctx context.Context) error {
	if j.giveaway.MessageID == nil {
		return nil
	}
	err := j.discordIn(j.GuildID).DeleteMessage(ctx, j.giveaway.ChannelID, *j.giveaway.MessageID)
	if isGone(err) {
		return nil
	}
	return err
}

func (j *job) deleteGiveaway(ctx context.Context) error {
	err := j.store.DeleteGiveaway(ctx, j.GuildID, j.Target)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

func (j *job) checkStart(ctx context.Context) error {
	if err := j.requireGuildIDsIfDue(ctx); err != nil {
		return err
	}
	return j.requireStatus(ctx, store.GiveawayPending)
}

func (j *job) checkRepair(ctx context.Context) error {
	if err := j.requireGuildIDsIfDue(ctx); err != nil {
		return err
	}
	return j.requireStatus(ctx, store.GiveawayStatuses...)
}

// requireGuildIDsIfDue checks that the channel and roles of a giveaway that is about to be posted belong to the guild.
func (j *job) requireGuildIDsIfDue(ctx context.Context) error {
	if err := j.loadGiveaway(ctx); err != nil || j.checkpoint.Checked || !j.isDue() {
		return err
	}
	return j.requireGuildIDs(ctx, j.GuildID, j.giveaway.Form().DiscordIDs())
}

// isDue reports whether the giveaway is scheduled and its start time has come.
func (j *job) isDue() bool {
	return j.giveaway.Status == store.GiveawayPending && j.giveaway.StartsAt != nil && !j.giveaway.StartsAt.After(time.Now())
}

func (j *job) postIfDue(ctx context.Context) error {
	if !j.isDue() {
		return nil
	}
	g := j.giveaway
	g.Status = store.GiveawayActive
	return j.postGiveawayMessage(ctx, g)
}

func (j *job) startIfDue(ctx context.Context) error {
	if !j.isDue() {
		return nil
	}
	if err := j.store.StartGiveaway(ctx, j.GuildID, j.Target, *j.giveaway.MessageID); err != nil {
		return err
	}
	return j.loadGiveaway(ctx)
}

// repairMessage edits the message to match the row. A deleted message of a finished giveaway needs no repair.
func (j *job) repairMessage(ctx context.Context) error {
	err := j.refreshMessage(ctx)
	if isGone(err) && !slices.Contains(unfinishedStatuses, j.giveaway.Status) {
		return nil
	}
	return err
}

// revertDiscordChanges reverts, as far as possible, the changes made in Discord before the work was refused.
func (j *job) revertDiscordChanges(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var err error
	switch j.Verb {
	case contract.VerbGiveawayCreate, verbStartGiveaway:
		err = j.deleteOrphanedMessage(ctx)
	case contract.VerbGiveawayEdit, contract.VerbGiveawayPause, contract.VerbGiveawayResume:
		if j.checkpoint.Checked && j.loadGiveaway(ctx) == nil {
			err = j.refreshMessage(ctx)
		}
	case contract.VerbPanelPost:
		if j.panelMessageID != "" && (j.panel.MessageID == nil || *j.panel.MessageID != j.panelMessageID) {
			err = j.discordIn(j.GuildID).DeleteMessage(ctx, stringOrEmpty(j.panel.ChannelID), j.panelMessageID)
		}
	case verbOpenTicket:
		if j.ticket.ChannelID != "" {
			err = j.discord.LockChannel(ctx, j.GuildID, j.ticket.ChannelID, "no ticket")
		}
		if j.checkpoint.TicketNumber > 0 {
			err = errors.Join(err, j.store.ReleaseTicketNumber(ctx, j.Work, j.checkpoint.TicketNumber))
		}
	}
	if _, isRefusal := asRefusal(err); err != nil && !isRefusal {
		j.log.WarnContext(ctx, "revert changes in Discord", "command", j.ID, "type", string(j.Verb), "err", err)
	}
}

// deleteOrphanedMessage deletes the message of a giveaway that has no row.
func (j *job) deleteOrphanedMessage(ctx context.Context) error {
	if j.giveaway.MessageID == nil {
		return nil
	}
	if g, err := j.store.Giveaway(ctx, j.GuildID, j.Target); !errors.Is(err, store.ErrNotFound) && (err != nil || g.MessageID != nil) {
		return err
	}
	return j.discordIn(j.GuildID).DeleteMessage(ctx, j.giveaway.ChannelID, *j.giveaway.MessageID)
}

func (j *job) publishCreated(ctx context.Context) error {
	j.publishChange(ctx, contract.GiveawayCreateEvent, j.giveaway.Host.ID, contract.GiveawayCreateData{
		GiveawayID: j.giveaway.ID, Prize: j.giveaway.Prize, EndsAt: j.giveaway.EndsAt.Format(time.RFC3339),
		WinnerCount: j.giveaway.WinnerCount, HostID: j.giveaway.Host.ID,
	})
	return nil
}

func (j *job) publishUpdated(ctx context.Context) error {
	data := contract.GiveawayUpdateData{GiveawayID: j.Target, Prize: j.giveaway.Prize}
	j.publishChange(ctx, contract.GiveawayUpdateEvent, j.Actor.ID, data)
	return nil
}

func (j *job) publishCancelled(ctx context.Context) error {
	data := contract.GiveawayUpdateData{GiveawayID: j.Target, Prize: j.giveaway.Prize}
	j.publishChange(ctx, contract.GiveawayCancelEvent, j.Actor.ID, data)
	return nil
}
