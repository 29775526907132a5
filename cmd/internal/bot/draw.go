package bot

import (
	"context"
	"errors"
	"slices"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/draw"
)

func (j *job) checkEnd(ctx context.Context) error {
	return j.requireStatus(ctx, store.GiveawayActive, store.GiveawayPaused)
}

// endGiveaway closes entries. The draw runs afterwards, so entries do not wait for it.
func (j *job) endGiveaway(ctx context.Context) error {
	if j.giveaway.Status != store.GiveawayEnded {
		if err := j.store.EndGiveaway(ctx, j.GuildID, j.Target, time.Now()); err != nil {
			return err
		}
	}
	return j.loadGiveaway(ctx)
}

// findDrawRound returns a round of the giveaway, if its seed has been committed to.
func findDrawRound(g store.Giveaway, n int) (draw.Round, bool) {
	for _, r := range g.Draws {
		if r.Round == n {
			return r, true
		}
	}
	return draw.Round{}, false
}

func isDrawn(g store.Giveaway, n int) bool {
	r, committed := findDrawRound(g, n)
	return committed && r.DrawnAt != nil
}

// drawInitialWinners draws the winners of the first round.
func (j *job) drawInitialWinners(ctx context.Context) error {
	places := make([]int, j.giveaway.WinnerCount)
	for i := range places {
		places[i] = i + 1
	}
	return j.runDraw(ctx, 0, places, nil)
}

func (j *job) checkReroll(ctx context.Context) error {
	if err := j.loadGiveaway(ctx); err != nil || j.checkpoint.Checked {
		return err
	}
	var selection contract.RerollPayload
	if err := j.DecodePayload(&selection); err != nil {
		return refusalf(contract.RefusalUnknownCommand, "The winners to replace cannot be decoded.")
	}
	replaced := j.giveaway.UnclaimedWinners()
	if len(selection.UserIDs) > 0 {
		replaced = slices.DeleteFunc(slices.Clone(j.giveaway.Winners), func(w store.Winner) bool {
			return w.Rerolled || !slices.Contains(selection.UserIDs, w.User.ID)
		})
	}
	j.checkpoint.Round, j.checkpoint.Replaced, j.checkpoint.Claimed = j.giveaway.RerollCount+1, nil, nil
	for _, w := range replaced {
		j.checkpoint.Replaced = append(j.checkpoint.Replaced, w.ID)
		if slices.Contains(selection.ClaimedIDs, w.User.ID) {
			j.checkpoint.Claimed = append(j.checkpoint.Claimed, w.ID)
		}
	}
	switch {
	case j.giveaway.Status != store.GiveawayEnded:
		return refusalf(contract.RefusalWrongState, "It hasn’t ended yet.")
	case j.giveaway.RerollCount >= j.giveaway.MaxRerolls:
		return refusalf(contract.RefusalMaxRerolls, "It has been rerolled %d times, the most allowed.",
			j.giveaway.RerollCount)
	case len(replaced) == 0 && len(selection.UserIDs) == 0 &&
		slices.ContainsFunc(j.giveaway.Winners, func(w store.Winner) bool { return !w.Rerolled }):
		return refusalf(contract.RefusalWrongState, "All winners have claimed their prizes.")
	case len(replaced) == 0 || len(selection.UserIDs) > len(replaced):
		return refusalf(contract.RefusalWrongState, "They are no longer winners.")
	case j.hasClaimsSinceRequest():
		return errClaimedSinceRequest
	}
	return j.markChecked(ctx)
}

// errClaimedSinceRequest refuses a reroll that would replace a claim made after the request.
var errClaimedSinceRequest = refusalf(contract.RefusalWrongState, "A winner has claimed their prize in the meantime.")

// hasClaimsSinceRequest reports whether a winner to be replaced has claimed the prize after the reroll was requested.
func (j *job) hasClaimsSinceRequest() bool {
	return slices.ContainsFunc(j.giveaway.Winners, func(w store.Winner) bool {
		return slices.Contains(j.checkpoint.Replaced, w.ID) && w.Claimed && !slices.Contains(j.checkpoint.Claimed, w.ID)
	})
}

// drawReplacements draws replacements for the replaced winners. Previous winners are excluded. A claim and the draw
// lock the same row, so the first of them takes effect.
func (j *job) drawReplacements(ctx context.Context) error {
	var places []int
	for _, w := range j.giveaway.Winners {
		if slices.Contains(j.checkpoint.Replaced, w.ID) {
			places = append(places, w.Place)
		}
	}
	err := j.runDraw(ctx, j.checkpoint.Round, places, j.checkpoint.Replaced)
	if errors.Is(err, store.ErrConflict) { // a concurrent claim, or another worker's draw
		if err := j.loadGiveaway(ctx); err != nil {
			return err
		}
		if !isDrawn(j.giveaway, j.checkpoint.Round) && j.hasClaimsSinceRequest() {
			return errClaimedSinceRequest
		}
	}
	return err
}

// runDraw draws round n, unless that has been done. Concurrent workers would draw the same winners from the same
// entries and seed; only the first one's outcome is stored.
func (j *job) runDraw(ctx context.Context, n int, places []int, replaced []string) error {
	if isDrawn(j.giveaway, n) {
		return nil
	}
	seed, err := j.drawSeed(ctx, n)
	if err != nil {
		return err
	}
	entries, err := j.store.DrawEntries(ctx, j.GuildID, j.Target)
	if err != nil {
		return err
	}
	d := store.DrawOutcome{
		Round: n, Places: len(places), Entries: entries, ReplacedWinnerIDs: replaced,
		ReplacedDespiteClaim: j.checkpoint.Claimed, At: time.Now(), NextSeed: draw.NewSeed(),
	}
	previousWinners := make(map[string]bool)
	for _, w := range j.giveaway.Winners {
		if !previousWinners[w.User.ID] {
			previousWinners[w.User.ID] = true
			d.Excluded = append(d.Excluded, w.User.ID)
		}
	}
	for i, id := range draw.Winners(seed, entries, len(places), previousWinners) {
		d.Winners = append(d.Winners, store.Winner{
			User: contract.User{ID: id}, Place: places[i], Prize: prizeForPlace(j.giveaway, places[i]), CreatedAt: d.At,
			ClaimDeadline: j.giveaway.ClaimDeadline(d.At),
		})
	}
	if n > 0 && len(d.Winners) == 0 {
		return refusalf(contract.RefusalNoEntries, "No other entrant can win.")
	}
	if j.Verb == verbExpireClaims {
		d = j.asAutomaticReroll(d)
	}
	if err := j.store.FinalizeDraw(ctx, j.GuildID, j.Target, d); err != nil {
		return err
	}
	return j.loadGiveaway(ctx)
}

// drawSeed returns the seed of round n. For a giveaway without a commitment, as created by another program, it commits
// to a new seed.
func (j *job) drawSeed(ctx context.Context, n int) ([]byte, error) {
	seed, err := j.store.DrawSeed(ctx, j.GuildID, j.Target, n)
	if !errors.Is(err, store.ErrNotFound) {
		return seed, err
	}
	if err := j.store.CommitDraw(ctx, j.GuildID, j.Target, n, draw.NewSeed()); err != nil {
		return nil, err
	}
	return j.store.DrawSeed(ctx, j.GuildID, j.Target, n)
}

// prizeForPlace returns the prize of the tier that contains place; nil for a giveaway without prize tiers.
func prizeForPlace(g store.Giveaway, place int) *string {
	lastPlace := 0
	for _, tier := range g.PrizeTiers {
		if lastPlace += tier.Count; place <= lastPlace {
			return &tier.Prize
		}
	}
	return nil
}

// newWinners returns the winners that this work has drawn.
func (j *job) newWinners() []store.Winner {
	r, _ := findDrawRound(j.giveaway, j.checkpoint.Round)
	var found []store.Winner
	for _, id := range r.Winners {
		for _, w := range j.giveaway.Winners {
			if w.User.ID == id {
				found = append(found, w)
				break
			}
		}
	}
	return found
}

func (j *job) publishEnded(ctx context.Context) error {
	return j.publishDraw(ctx, contract.GiveawayEndEvent)
}

func (j *job) publishRerolled(ctx context.Context) error {
	return j.publishDraw(ctx, contract.GiveawayRerollEvent)
}

func (j *job) publishDraw(ctx context.Context, eventType contract.EventType) error {
	data := contract.DrawData{GiveawayID: j.giveaway.ID, Prize: j.giveaway.Prize, WinnerIDs: []string{}}
	for _, w := range j.newWinners() {
		data.WinnerIDs = append(data.WinnerIDs, w.User.ID)
	}
	if len(data.WinnerIDs) > 0 {
		data.WinnerID = data.WinnerIDs[0]
	}
	j.publishChange(ctx, eventType, j.Actor.ID, data)
	return nil
}

// redrawNote returns the reason of a reroll in parentheses; "" for the first draw.
func (j *job) redrawNote() string {
	switch {
	case j.Verb == verbExpireClaims:
		return " (not claimed in time, so drawn again)"
	case j.checkpoint.Round > 0:
		return " (drawn again)"
	}
	return ""
}

// announceWinners posts the winners in the giveaway's channel.
func (j *job) announceWinners(ctx context.Context) error {
	if j.giveaway.MessageID == nil { // it was never posted
		return nil
	}
	messages, err := j.customizedAnnouncements(ctx, winnerAnnouncements(j.giveaway, j.newWinners(), j.redrawNote()))
	if err != nil {
		return err
	}
	for i, m := range messages {
		if len(m.MentionUserIDs) > 0 {
			m = withClaimButton(m, j.giveaway, j.newWinners()[0].ClaimDeadline)
		}
		m.Nonce = deriveNonce("announce", j.ID, i)
		if _, err := j.postMessage(ctx, j.giveaway.ChannelID, m); err != nil {
			return err
		}
	}
	return nil
}

// notifyWinners sends each winner a direct message. Refusals are only logged: many users do not accept direct messages
// from bots.
func (j *job) notifyWinners(ctx context.Context) error {
	if !j.giveaway.DMWinners {
		return nil
	}
	guild, err := j.store.Guild(ctx, j.GuildID)
	if err != nil {
		return err
	}
	for _, w := range j.newWinners() {
		if w.DMSent {
			continue
		}
		err := j.notifyWinner(ctx, guild, w)
		if _, isRefusal := asRefusal(err); isRefusal {
			j.log.InfoContext(ctx, "direct message to winner refused", "giveaway", j.giveaway.ID, "user", w.User.ID, "err", err)
			continue
		}
		if err != nil {
			return err
		}
	}
	return j.loadGiveaway(ctx)
}

func (j *job) notifyWinner(ctx context.Context, guild store.Guild, w store.Winner) error {
	channel, err := j.discord.CreateDM(ctx, w.User.ID)
	if err != nil {
		return err
	}
	m := winnerMessage(j.giveaway, guild, w)
	m.Nonce = deriveNonce("winner", w.ID)
	if _, err := j.postOnce(ctx, j.discord, channel, m); err != nil { // a direct message channel belongs to no guild
		return err
	}
	return j.store.MarkWinnerNotified(ctx, j.GuildID, j.giveaway.ID, w.ID, time.Now())
}
