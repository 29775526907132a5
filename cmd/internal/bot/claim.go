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
	"guildboard/store/contract"
)

// Refusal codes of prize claims.
const (
	RefusalNotWinner    = "noWinner"     // the member has not won, or was replaced by a reroll
	RefusalClaimExpired = "claimExpired" // the claim deadline has passed
)

// claimButtonID returns the custom id of the button that claims a prize. It contains the guild, since the button also
// appears in direct messages.
func claimButtonID(g store.Giveaway) string { return "claim:" + g.GuildID + ":" + g.ID }

// withClaimButton adds the claim button to a message to winners, and the claim deadline if there is one.
func withClaimButton(m Message, g store.Giveaway, until *time.Time) Message {
	m.Button = &Button{ID: claimButtonID(g), Label: "Claim prize", Style: "SUCCESS"}
	if until != nil {
		deadline := fmt.Sprintf("\nClaim it <t:%[1]d:R> at the latest (<t:%[1]d:f>).", until.Unix())
		m.Content = truncate(m.Content, maxContent-utf8.RuneCountInString(deadline)) + deadline
	}
	return m
}

// ClaimPrize records that a winner claims the prize. Claiming again succeeds. A *Refusal says why the user cannot
// claim.
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
		if errors.Is(err, store.ErrConflict) { // a concurrent expiry or claim: check the new rows
			continue
		}
		if err != nil {
			return err
		}
		e.publishClaim(ctx, g, user)
		return nil
	}
}

// checkClaim reports whether the user has already claimed. If the user cannot claim, the error is a *Refusal.
func checkClaim(g store.Giveaway, user string, now time.Time) (claimed bool, err error) {
	won := slices.DeleteFunc(slices.Clone(g.Winners), func(w store.Winner) bool { return w.User.ID != user || w.Rerolled })
	if len(won) == 0 {
		return false, refusalf(RefusalNotWinner, "You didn’t win this giveaway.")
	}
	isOpen := func(w store.Winner) bool { return w.ClaimExpiredAt == nil && !w.IsClaimDueBy(now) }
	switch {
	case !slices.ContainsFunc(won, func(w store.Winner) bool { return !w.Claimed }):
		return true, nil
	case !slices.ContainsFunc(won, func(w store.Winner) bool { return !w.Claimed && isOpen(w) }):
		return false, refusalf(RefusalClaimExpired, "The claim deadline was <t:%d:R>.", won[0].ClaimDeadline.Unix())
	}
	return false, nil
}

func (e *Engine) publishClaim(ctx context.Context, g store.Giveaway, user string) {
	event := contract.Event{Type: contract.GiveawayUpdateEvent, GuildID: g.GuildID, UserID: user}
	e.publishEvent(ctx, event.WithData(contract.GiveawayUpdateData{GiveawayID: g.ID, Prize: g.Prize, ClaimedBy: user}))
}

// processExpiredClaims starts work for the claims whose deadline has passed.
func (e *Engine) processExpiredClaims(ctx context.Context) error {
	now := time.Now()
	expired, err := e.store.DueClaims(ctx, now)
	if err != nil {
		return err
	}
	for _, due := range expired {
		data, err := json.Marshal(due)
		if err != nil {
			return fmt.Errorf("encode expired claims: %w", err)
		}
		// The deadline is part of the id: claims of one giveaway may expire at different times.
		id := clockCommandID(verbExpireClaims, fmt.Sprintf("%s-%d", due.ID, due.Deadline.UnixMilli()), now)
		e.startWork(ctx, contract.Command{ID: id, GuildID: due.GuildID, Verb: verbExpireClaims, Target: due.ID, Data: data})
	}
	return nil
}

// checkClaimExpiry records which claims had expired when the clock noticed, since the clock of this worker may differ.
// The winners are replaced if the giveaway rerolls automatically and has a reroll left.
func (j *job) checkClaimExpiry(ctx context.Context) error {
	if err := j.loadGiveaway(ctx); err != nil || j.checkpoint.Checked {
		return err
	}
	var expiry store.ExpiringClaims
	if err := json.Unmarshal(j.Data, &expiry); err != nil {
		return refusalf(contract.RefusalUnknownCommand, "The expired claims cannot be decoded.")
	}
	for _, w := range j.giveaway.Winners {
		if w.IsClaimDueBy(expiry.Deadline) {
			j.checkpoint.Replaced = append(j.checkpoint.Replaced, w.ID)
		}
	}
	if len(j.checkpoint.Replaced) == 0 {
		return refusalf(contract.RefusalWrongState, "No claim deadline has passed.")
	}
	if j.giveaway.AutoReroll && j.giveaway.RerollCount < j.giveaway.MaxRerolls {
		j.checkpoint.Round = j.giveaway.RerollCount + 1
	}
	return j.markChecked(ctx)
}

// expireClaims draws replacements for the expired claims. If no other entrant can be drawn, it only marks the claims as
// expired.
func (j *job) expireClaims(ctx context.Context) error {
	if j.hasExpiredClaims() {
		return nil
	}
	if j.checkpoint.Round > 0 {
		err := j.drawReplacements(ctx)
		if refusal, ok := asRefusal(err); !ok || refusal.Code != contract.RefusalNoEntries {
			return err
		}
	}
	if err := j.store.ExpireClaims(ctx, j.GuildID, j.Target, j.checkpoint.Replaced, time.Now()); err != nil {
		return err
	}
	return j.loadGiveaway(ctx)
}

// hasExpiredClaims reports whether this work has already marked the claims as expired.
func (j *job) hasExpiredClaims() bool {
	return slices.ContainsFunc(j.giveaway.Winners, func(w store.Winner) bool {
		return w.ID == j.checkpoint.Replaced[0] && w.ClaimExpiredAt != nil
	})
}

// hasReplacements reports whether replacements were drawn.
func (j *job) hasReplacements() bool {
	return j.checkpoint.Round > 0 && isDrawn(j.giveaway, j.checkpoint.Round)
}

// asAutomaticReroll returns the outcome of a draw that the clock starts: only winners with a replacement count as
// replaced, and the audit log records no actor.
func (j *job) asAutomaticReroll(d store.DrawOutcome) store.DrawOutcome {
	d.ExpiredClaimIDs, d.ReplacedWinnerIDs = d.ReplacedWinnerIDs, d.ReplacedWinnerIDs[:len(d.Winners)]
	userIDs := []string{}
	for _, w := range j.giveaway.Winners {
		if slices.Contains(d.ReplacedWinnerIDs, w.ID) {
			userIDs = append(userIDs, w.User.ID)
		}
	}
	work := j.Work
	work.Verb = contract.VerbGiveawayReroll
	work.Data, _ = contract.EncodePayload(contract.RerollPayload{UserIDs: userIDs}) // texts always encode
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
