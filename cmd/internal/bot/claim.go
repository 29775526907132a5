package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"guildboard/store"
)

// What a refusal to claim a prize may be.
const (
	CodeNoWinner = "noWinner" // they have not won, or somebody else was drawn in their place
	CodeLate     = "late"     // they could until some time ago
)

// claimID is what the button sends by which a winner claims their prize. It names the guild, too, since it stands in direct
// messages as well.
func claimID(g store.Giveaway) string { return "claim:" + g.GuildID + ":" + g.ID }

// claimable puts that button below a message to winners, and says until when it can be pressed.
func claimable(m Message, g store.Giveaway, until *time.Time) Message {
	m.Button = &Button{ID: claimID(g), Label: "Claim the prize", Style: "SUCCESS"}
	if until != nil {
		line := fmt.Sprintf("\nClaim it <t:%[1]d:R> at the latest (<t:%[1]d:f>).", until.Unix())
		m.Content = cut(m.Content, maxContent-utf8.RuneCountInString(line)) + line
	}
	return m
}

// Claim has a winner take their prize. Who has taken it already has it still; a *Refusal says why others do not get it.
func (e *Engine) Claim(ctx context.Context, guild, giveaway, user string) error {
	for {
		g, err := e.store.Giveaway(ctx, guild, giveaway)
		if err != nil {
			return err
		}
		now := time.Now()
		if claimed, err := mayClaim(g, user, now); err != nil || claimed {
			return err
		}
		err = e.store.ClaimPrize(ctx, guild, giveaway, user, now)
		if errors.Is(err, store.ErrConflict) { // the clock, or another press, was first: then the rows say so
			continue
		}
		if err != nil {
			return err
		}
		return e.tellClaim(ctx, g, user)
	}
}

// mayClaim tells whether somebody has claimed already, and if not, why they may not.
func mayClaim(g store.Giveaway, user string, now time.Time) (claimed bool, err error) {
	won := slices.DeleteFunc(slices.Clone(g.Winners), func(w store.Winner) bool { return w.User.ID != user || w.Rerolled })
	if len(won) == 0 {
		return false, refuse(CodeNoWinner, "You have not won this giveaway.")
	}
	in := func(w store.Winner) bool { return w.LapsedAt == nil && !w.AwaitedUntil(now) }
	switch {
	case !slices.ContainsFunc(won, func(w store.Winner) bool { return !w.Claimed }):
		return true, nil
	case !slices.ContainsFunc(won, func(w store.Winner) bool { return !w.Claimed && in(w) }):
		return false, refuse(CodeLate, "It was to be claimed <t:%d:R>.", won[0].ClaimUntil.Unix())
	}
	return false, nil
}

func (e *Engine) tellClaim(ctx context.Context, g store.Giveaway, user string) error {
	data, err := json.Marshal(map[string]string{"giveawayId": g.ID, "prize": g.Prize, "claimedBy": user})
	if err != nil {
		return fmt.Errorf("writing event: %w", err)
	}
	e.tell(ctx, store.Event{Type: store.GiveawayUpdateEvent, GuildID: g.GuildID, UserID: user, Data: data})
	return nil
}

// beginLapses looks whose time to claim a prize is over.
func (e *Engine) beginLapses(ctx context.Context) error {
	now := time.Now()
	late, err := e.store.DueClaims(ctx, now)
	if err != nil {
		return err
	}
	for _, l := range late {
		data, err := json.Marshal(l)
		if err != nil {
			return fmt.Errorf("writing until when: %w", err)
		}
		id := clockID(verbLapse, fmt.Sprintf("%s-%d", l.ID, l.Until.UnixMilli()), now) // another may be late a minute after
		e.begin(ctx, store.Command{ID: id, GuildID: l.GuildID, Verb: verbLapse, Target: l.ID, Data: data})
	}
	return nil
}

// checkLapse notes who is late, as of when the clock has seen it: who carries this out may have another. They are replaced
// if the giveaway says so and has a reroll left.
func (j *job) checkLapse(ctx context.Context) error {
	if err := j.load(ctx); err != nil || j.memo.Checked {
		return err
	}
	var over store.Lapsing
	if err := json.Unmarshal(j.Data, &over); err != nil {
		return refuse(store.CodeUnknown, "Whose time is over cannot be read: %v.", err)
	}
	for _, w := range j.g.Winners {
		if w.AwaitedUntil(over.Until) {
			j.memo.Gone = append(j.memo.Gone, w.ID)
		}
	}
	if len(j.memo.Gone) == 0 {
		return refuse(store.CodeState, "Nobody is late.")
	}
	if j.g.AutoReroll && j.g.RerollCount < j.g.MaxRerolls {
		j.memo.Round = j.g.RerollCount + 1
	}
	return j.checked(ctx)
}

// lapse draws others in place of who is late, or, where nobody else can be drawn, leaves it at saying that they are.
func (j *job) lapse(ctx context.Context) error {
	if j.lapsed() {
		return nil
	}
	if j.memo.Round > 0 {
		err := j.redraw(ctx)
		if no, is := refused(err); !is || no.Code != store.CodeNoEntries {
			return err
		}
	}
	if err := j.store.LapseClaims(ctx, j.GuildID, j.Target, j.memo.Gone, time.Now()); err != nil {
		return err
	}
	return j.load(ctx)
}

// lapsed tells whether this work has been through its draw.
func (j *job) lapsed() bool {
	return slices.ContainsFunc(j.g.Winners, func(w store.Winner) bool { return w.ID == j.memo.Gone[0] && w.LapsedAt != nil })
}

// replaced tells whether others were drawn.
func (j *job) replaced() bool { return j.memo.Round > 0 && drawn(j.g, j.memo.Round) }

// clocked is the settlement of a draw as the clock makes it: it counts for those only who could be replaced, and the audit
// log says that nobody asked for it.
func (j *job) clocked(d store.Settlement) store.Settlement {
	d.Late, d.Gone = d.Gone, d.Gone[:len(d.Winners)]
	gone := []string{}
	for _, w := range j.g.Winners {
		if slices.Contains(d.Gone, w.ID) {
			gone = append(gone, w.User.ID)
		}
	}
	by := j.Work
	by.Verb = store.VerbGiveawayReroll
	by.Data, _ = json.Marshal(map[string][]string{"userIds": gone}) // strings always can be written
	d.Clock = &by
	return d
}

func (j *job) tellLapsed(ctx context.Context) error {
	if j.replaced() {
		return j.tellRerolled(ctx)
	}
	return j.tellUpdated(ctx)
}

func (j *job) announceLapsed(ctx context.Context) error {
	if !j.replaced() {
		return nil
	}
	return j.announce(ctx)
}

func (j *job) tellReplacements(ctx context.Context) error {
	if !j.replaced() {
		return nil
	}
	return j.tellWinners(ctx)
}
