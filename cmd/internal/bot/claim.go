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
	RefusalNotWinner    = "noWinner" // they have not won, or somebody else was drawn in their place
	RefusalClaimExpired = "late"     // they could until some time ago
)

// claimButtonID is what the button sends by which a winner claims their prize. It names the guild, too, since it stands in direct
// messages as well.
func claimButtonID(g store.Giveaway) string { return "claim:" + g.GuildID + ":" + g.ID }

// withClaimButton puts that button below a message to winners, and says until when it can be pressed.
func withClaimButton(m Message, g store.Giveaway, until *time.Time) Message {
	m.Button = &Button{ID: claimButtonID(g), Label: "Claim the prize", Style: "SUCCESS"}
	if until != nil {
		deadline := fmt.Sprintf("\nClaim it <t:%[1]d:R> at the latest (<t:%[1]d:f>).", until.Unix())
		m.Content = truncate(m.Content, maxContent-utf8.RuneCountInString(deadline)) + deadline
	}
	return m
}

// ClaimPrize has a winner take their prize. Who has taken it already has it still; a *Refusal says why others do not get it.
func (e *Engine) ClaimPrize(ctx context.Context, guild, giveaway, user string) error {
	for {
		g, err := e.store.Giveaway(ctx, guild, giveaway)
		if err != nil {
			return err
		}
		now := time.Now()
		if claimed, err := checkClaim(g, user, now); err != nil || claimed {
			return err
		}
		err = e.store.ClaimPrize(ctx, guild, giveaway, user, now)
		if errors.Is(err, store.ErrConflict) { // the clock, or another press, was first: then the rows say so
			continue
		}
		if err != nil {
			return err
		}
		return e.publishClaim(ctx, g, user)
	}
}

// checkClaim tells whether somebody has claimed already, and if not, why they may not.
func checkClaim(g store.Giveaway, user string, now time.Time) (claimed bool, err error) {
	won := slices.DeleteFunc(slices.Clone(g.Winners), func(w store.Winner) bool { return w.User.ID != user || w.Rerolled })
	if len(won) == 0 {
		return false, refusalf(RefusalNotWinner, "You have not won this giveaway.")
	}
	isOpen := func(w store.Winner) bool { return w.ClaimExpiredAt == nil && !w.IsClaimDueBy(now) }
	switch {
	case !slices.ContainsFunc(won, func(w store.Winner) bool { return !w.Claimed }):
		return true, nil
	case !slices.ContainsFunc(won, func(w store.Winner) bool { return !w.Claimed && isOpen(w) }):
		return false, refusalf(RefusalClaimExpired, "It was to be claimed <t:%d:R>.", won[0].ClaimDeadline.Unix())
	}
	return false, nil
}

func (e *Engine) publishClaim(ctx context.Context, g store.Giveaway, user string) error {
	data, err := json.Marshal(map[string]string{"giveawayId": g.ID, "prize": g.Prize, "claimedBy": user})
	if err != nil {
		return fmt.Errorf("writing event: %w", err)
	}
	e.publishEvent(ctx, store.Event{Type: store.GiveawayUpdateEvent, GuildID: g.GuildID, UserID: user, Data: data})
	return nil
}

// processExpiredClaims looks whose time to claim a prize is over.
func (e *Engine) processExpiredClaims(ctx context.Context) error {
	now := time.Now()
	expired, err := e.store.DueClaims(ctx, now)
	if err != nil {
		return err
	}
	for _, due := range expired {
		data, err := json.Marshal(due)
		if err != nil {
			return fmt.Errorf("writing until when: %w", err)
		}
		id := clockCommandID(verbExpireClaims, fmt.Sprintf("%s-%d", due.ID, due.Deadline.UnixMilli()), now) // another may be late a minute after
		e.startWork(ctx, store.Command{ID: id, GuildID: due.GuildID, Verb: verbExpireClaims, Target: due.ID, Data: data})
	}
	return nil
}

// checkClaimExpiry notes who is late, as of when the clock has seen it: who carries this out may have another. They are replaced
// if the giveaway says so and has a reroll left.
func (j *job) checkClaimExpiry(ctx context.Context) error {
	if err := j.loadGiveaway(ctx); err != nil || j.checkpoint.Checked {
		return err
	}
	var expiry store.ExpiringClaims
	if err := json.Unmarshal(j.Data, &expiry); err != nil {
		return refusalf(store.RefusalUnknownCommand, "Whose time is over cannot be read: %v.", err)
	}
	for _, w := range j.giveaway.Winners {
		if w.IsClaimDueBy(expiry.Deadline) {
			j.checkpoint.Replaced = append(j.checkpoint.Replaced, w.ID)
		}
	}
	if len(j.checkpoint.Replaced) == 0 {
		return refusalf(store.RefusalWrongState, "Nobody is late.")
	}
	if j.giveaway.AutoReroll && j.giveaway.RerollCount < j.giveaway.MaxRerolls {
		j.checkpoint.Round = j.giveaway.RerollCount + 1
	}
	return j.markChecked(ctx)
}

// expireClaims draws others in place of who is late, or, where nobody else can be drawn, leaves it at saying that they are.
func (j *job) expireClaims(ctx context.Context) error {
	if j.hasExpiredClaims() {
		return nil
	}
	if j.checkpoint.Round > 0 {
		err := j.drawReplacements(ctx)
		if refusal, ok := asRefusal(err); !ok || refusal.Code != store.RefusalNoEntries {
			return err
		}
	}
	if err := j.store.ExpireClaims(ctx, j.GuildID, j.Target, j.checkpoint.Replaced, time.Now()); err != nil {
		return err
	}
	return j.loadGiveaway(ctx)
}

// hasExpiredClaims tells whether this work has been through its draw.
func (j *job) hasExpiredClaims() bool {
	return slices.ContainsFunc(j.giveaway.Winners, func(w store.Winner) bool { return w.ID == j.checkpoint.Replaced[0] && w.ClaimExpiredAt != nil })
}

// hasReplacements tells whether others were drawn.
func (j *job) hasReplacements() bool {
	return j.checkpoint.Round > 0 && isDrawn(j.giveaway, j.checkpoint.Round)
}

// asAutomaticReroll is the settlement of a draw as the clock makes it: it counts for those only who could be replaced, and the audit
// log says that nobody asked for it.
func (j *job) asAutomaticReroll(d store.DrawOutcome) store.DrawOutcome {
	d.ExpiredClaimIDs, d.ReplacedWinnerIDs = d.ReplacedWinnerIDs, d.ReplacedWinnerIDs[:len(d.Winners)]
	userIDs := []string{}
	for _, w := range j.giveaway.Winners {
		if slices.Contains(d.ReplacedWinnerIDs, w.ID) {
			userIDs = append(userIDs, w.User.ID)
		}
	}
	work := j.Work
	work.Verb = store.VerbGiveawayReroll
	work.Data, _ = json.Marshal(map[string][]string{"userIds": userIDs}) // strings always can be written
	d.ScheduledWork = &work
	return d
}

func (j *job) publishClaimExpiry(ctx context.Context) error {
	if j.hasReplacements() {
		return j.publishRerolled(ctx)
	}
	return j.publishUpdated(ctx)
}

func (j *job) announceReplacements(ctx context.Context) error {
	if !j.hasReplacements() {
		return nil
	}
	return j.announceWinners(ctx)
}

func (j *job) notifyReplacements(ctx context.Context) error {
	if !j.hasReplacements() {
		return nil
	}
	return j.notifyWinners(ctx)
}
