package bot

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"guildboard/store"
)

// load reads the giveaway that the work is about; one of another guild is not there.
func (j *job) load(ctx context.Context) (err error) {
	j.g, err = j.store.Giveaway(ctx, j.GuildID, j.Target)
	return err
}

// allowed passes the check when the giveaway is in one of the states, or when it was before this work changed it.
func (j *job) allowed(ctx context.Context, states ...store.GiveawayStatus) error {
	if err := j.load(ctx); err != nil {
		return err
	}
	if j.memo.Checked {
		return nil
	}
	if !slices.Contains(states, j.g.Status) {
		return refuse(store.CodeState, "It is %s.", strings.ToLower(string(j.g.Status)))
	}
	return j.checked(ctx)
}

// running are the states of a giveaway that is not over.
var running = []store.GiveawayStatus{store.GiveawayPending, store.GiveawayActive, store.GiveawayPaused}

// form reads the command's form. What it leaves out is as in a new form.
func (j *job) form(f store.GiveawayForm) (store.GiveawayForm, error) {
	if err := json.Unmarshal(j.Data, &f); err != nil {
		return f, refuse(store.CodeUnknown, "The form cannot be read: %v.", err)
	}
	if problems := f.Problems(); len(problems) > 0 && !j.memo.Checked {
		return f, refuseInvalid(slices.Sorted(maps.Keys(problems))...)
	}
	return f, nil
}

func (j *job) checkCreate(ctx context.Context) error {
	err := j.load(ctx)
	switch {
	case err == nil && !j.memo.Checked:
		return refuse(store.CodeState, "It has been created already.")
	case err == nil || !errors.Is(err, store.ErrNotFound):
		return err
	}
	if _, err := j.store.Guild(ctx, j.GuildID); err != nil {
		return err
	}
	if !j.memo.Checked {
		if err := j.mayCreate(ctx); err != nil {
			return err
		}
	}
	f, err := j.form(store.NewGiveawayForm(time.Now()))
	if err != nil {
		return err
	}
	j.g = j.repeating(f.Fill(store.Giveaway{ID: j.Target, GuildID: j.GuildID, Host: j.Actor}))
	j.g.Status = store.GiveawayActive
	if j.g.StartsAt != nil && j.g.StartsAt.After(j.BegunAt) {
		j.g.Status = store.GiveawayPending
	}
	if !j.memo.Checked {
		if err := j.requireOwn(ctx, j.GuildID, f.DiscordIDs()); err != nil {
			return err
		}
		j.memo.Seed = store.NewSeed()
		err = j.checked(ctx)
	}
	j.g.Draws = []store.DrawRound{{Commitment: store.Commitment(j.memo.Seed)}}
	return err
}

// post posts the giveaway, unless it is scheduled or stands there already.
func (j *job) post(ctx context.Context) error {
	if j.g.Status != store.GiveawayActive {
		return nil
	}
	return j.postAs(ctx, j.g)
}

// postAs posts the message of g, which is the work's giveaway as it is going to be.
func (j *job) postAs(ctx context.Context, g store.Giveaway) error {
	if g.MessageID != nil {
		return nil
	}
	m, err := j.worded(ctx, g)
	if err != nil {
		return err
	}
	m.Nonce = nonce("post", g.ID)
	id, err := j.say(ctx, g.ChannelID, m)
	if err == nil {
		j.g.MessageID = &id
	}
	return err
}

// say posts a message in a channel of the guild, once.
func (j *job) say(ctx context.Context, channel string, m Message) (id string, err error) {
	return j.postOnce(ctx, j.in(j.GuildID), channel, m)
}

// poster posts messages and finds them again.
type poster interface {
	Post(ctx context.Context, channel string, m Message) (id string, err error)
	Find(ctx context.Context, channel, nonce string) (id string, err error)
}

// postOnce posts a message once. Discord remembers nonces for some minutes only, so who takes up another's work looks first.
func (j *job) postOnce(ctx context.Context, in poster, channel string, m Message) (id string, err error) {
	if j.Resumed {
		if id, err = in.Find(ctx, channel, m.Nonce); err != nil || id != "" {
			return id, err
		}
	}
	return in.Post(ctx, channel, m)
}

func (j *job) create(ctx context.Context) error {
	if r, is := j.repetition(); is {
		return j.store.RepeatGiveaway(ctx, r, j.g, j.memo.Seed, j.Work)
	}
	_, err := j.store.CreateGiveaway(ctx, j.g)
	if err != nil && !errors.Is(err, store.ErrConflict) { // there already: this work is not begun for the first time
		return err
	}
	return j.store.CommitDraw(ctx, j.GuildID, j.Target, 0, j.memo.Seed)
}

func (j *job) checkEdit(ctx context.Context) error {
	if err := j.load(ctx); err != nil {
		return err
	}
	if !slices.Contains(running, j.g.Status) && !j.memo.Checked {
		return refuse(store.CodeState, "It is %s.", strings.ToLower(string(j.g.Status)))
	}
	f, err := j.form(store.FormOf(j.g))
	if err != nil {
		return err
	}
	j.g = f.Fill(j.g)
	if j.memo.Checked {
		return nil
	}
	if err := j.requireOwn(ctx, j.GuildID, store.FormOf(j.g).DiscordIDs()); err != nil { // once posted, its channel stays
		return err
	}
	return j.checked(ctx)
}

func (j *job) showEdit(ctx context.Context) error { return j.showAs(ctx, j.g) }

func (j *job) edit(ctx context.Context) error { return j.store.EditGiveaway(ctx, j.g) }

// moves are the changes of state that are no more than that.
var moves = map[store.Verb]struct {
	from []store.GiveawayStatus
	to   store.GiveawayStatus
}{
	store.VerbGiveawayPause:  {[]store.GiveawayStatus{store.GiveawayActive}, store.GiveawayPaused},
	store.VerbGiveawayResume: {[]store.GiveawayStatus{store.GiveawayPaused}, store.GiveawayActive},
	store.VerbGiveawayCancel: {running, store.GiveawayCancelled},
}

func (j *job) checkMove(ctx context.Context) error { return j.allowed(ctx, moves[j.Verb].from...) }

// showMoved has the message say what the row is about to say.
func (j *job) showMoved(ctx context.Context) error {
	g := j.g
	g.Status = moves[j.Verb].to
	return j.showAs(ctx, g)
}

func (j *job) move(ctx context.Context) error {
	m := moves[j.Verb]
	if j.g.Status == m.to {
		return nil
	}
	if err := j.store.SetGiveawayStatus(ctx, j.GuildID, j.Target, m.from, m.to); err != nil {
		return err
	}
	return j.load(ctx)
}

func (j *job) checkDelete(ctx context.Context) error {
	err := j.allowed(ctx, store.GiveawayEnded, store.GiveawayCancelled)
	if errors.Is(err, store.ErrNotFound) && j.memo.Checked { // by this work
		return nil
	}
	return err
}

func (j *job) removeMessage(ctx context.Context) error {
	if j.g.MessageID == nil {
		return nil
	}
	err := j.in(j.GuildID).Remove(ctx, j.g.ChannelID, *j.g.MessageID)
	if gone(err) {
		return nil
	}
	return err
}

func (j *job) remove(ctx context.Context) error {
	err := j.store.DeleteGiveaway(ctx, j.GuildID, j.Target)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

func (j *job) checkStart(ctx context.Context) error {
	if err := j.ownIfDue(ctx); err != nil {
		return err
	}
	return j.allowed(ctx, store.GiveawayPending)
}

func (j *job) checkRepair(ctx context.Context) error {
	if err := j.ownIfDue(ctx); err != nil {
		return err
	}
	return j.allowed(ctx, store.GiveawayStatuses...)
}

// ownIfDue passes the check of a giveaway that is about to be posted when its channel and roles are the guild's.
func (j *job) ownIfDue(ctx context.Context) error {
	if err := j.load(ctx); err != nil || j.memo.Checked || !j.due() {
		return err
	}
	return j.requireOwn(ctx, j.GuildID, store.FormOf(j.g).DiscordIDs())
}

// due tells whether the giveaway is scheduled, and its time has come.
func (j *job) due() bool {
	return j.g.Status == store.GiveawayPending && j.g.StartsAt != nil && !j.g.StartsAt.After(time.Now())
}

func (j *job) postIfDue(ctx context.Context) error {
	if !j.due() {
		return nil
	}
	g := j.g
	g.Status = store.GiveawayActive
	return j.postAs(ctx, g)
}

func (j *job) startIfDue(ctx context.Context) error {
	if !j.due() {
		return nil
	}
	if err := j.store.StartGiveaway(ctx, j.GuildID, j.Target, *j.g.MessageID); err != nil {
		return err
	}
	return j.load(ctx)
}

// repair makes the message say what the row says. One that is gone says nothing wrong.
func (j *job) repair(ctx context.Context) error {
	err := j.show(ctx)
	if gone(err) && !slices.Contains(running, j.g.Status) {
		return nil
	}
	return err
}

// undo takes back, as far as possible, what was done in Discord before the refusal.
func (j *job) undo(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var err error
	switch j.Verb {
	case store.VerbGiveawayCreate, verbStart:
		err = j.undoPost(ctx)
	case store.VerbGiveawayEdit, store.VerbGiveawayPause, store.VerbGiveawayResume:
		if j.memo.Checked && j.load(ctx) == nil {
			err = j.show(ctx)
		}
	case store.VerbPanelPost:
		if j.stands != "" && (j.p.MessageID == nil || *j.p.MessageID != j.stands) {
			err = j.in(j.GuildID).Remove(ctx, text(j.p.ChannelID), j.stands)
		}
	case verbOpen:
		if j.t.ChannelID != "" {
			err = j.discord.Lock(ctx, j.GuildID, j.t.ChannelID, "no ticket")
		}
		if j.memo.Number > 0 {
			err = errors.Join(err, j.store.ReleaseTicketNumber(ctx, j.Work, j.memo.Number))
		}
	}
	if _, no := refused(err); err != nil && !no {
		j.log.WarnContext(ctx, "bot: not undone", "command", j.ID, "type", string(j.Verb), "error", err)
	}
}

// undoPost removes the message of a giveaway that has no row to go with it.
func (j *job) undoPost(ctx context.Context) error {
	if j.g.MessageID == nil {
		return nil
	}
	if g, err := j.store.Giveaway(ctx, j.GuildID, j.Target); !errors.Is(err, store.ErrNotFound) && (err != nil || g.MessageID != nil) {
		return err
	}
	return j.in(j.GuildID).Remove(ctx, j.g.ChannelID, *j.g.MessageID)
}

func (j *job) tellCreated(ctx context.Context) error {
	return j.publish(ctx, store.GiveawayCreateEvent, j.g.Host.ID, map[string]any{
		"giveawayId": j.g.ID, "prize": j.g.Prize, "endTime": j.g.EndsAt.Format(time.RFC3339), "winners": j.g.WinnerCount,
		"hostId": j.g.Host.ID,
	})
}

func (j *job) tellUpdated(ctx context.Context) error {
	return j.publish(ctx, store.GiveawayUpdateEvent, j.Actor.ID, map[string]any{"giveawayId": j.Target, "prize": j.g.Prize})
}

func (j *job) tellCancelled(ctx context.Context) error {
	return j.publish(ctx, store.GiveawayCancelEvent, j.Actor.ID, map[string]any{"giveawayId": j.Target, "prize": j.g.Prize})
}
