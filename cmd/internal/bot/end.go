package bot

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"guildboard/store"
)

func (j *job) checkEnd(ctx context.Context) error {
	return j.allowed(ctx, store.GiveawayActive, store.GiveawayPaused)
}

// end stops entries. The draw can take its time after that, and nobody waits behind it.
func (j *job) end(ctx context.Context) error {
	if j.g.Status != store.GiveawayEnded {
		if err := j.store.EndGiveaway(ctx, j.GuildID, j.Target, time.Now()); err != nil {
			return err
		}
	}
	return j.load(ctx)
}

// round is one draw of the giveaway, if there has been a commitment to it.
func round(g store.Giveaway, n int) (store.DrawRound, bool) {
	for _, r := range g.Draws {
		if r.Round == n {
			return r, true
		}
	}
	return store.DrawRound{}, false
}

func drawn(g store.Giveaway, n int) bool {
	r, committed := round(g, n)
	return committed && r.DrawnAt != nil
}

// draw draws the first winners.
func (j *job) draw(ctx context.Context) error {
	places := make([]int, j.g.WinnerCount)
	for i := range places {
		places[i] = i + 1
	}
	return j.drawFor(ctx, 0, places, nil)
}

func (j *job) checkReroll(ctx context.Context) error {
	if err := j.load(ctx); err != nil || j.memo.Checked {
		return err
	}
	var which struct {
		UserIDs    []string // empty: all who have not claimed their prize
		ClaimedIDs []string // of those, who had claimed theirs when it was asked for
	}
	if err := json.Unmarshal(j.Data, &which); err != nil {
		return refuse(store.CodeUnknown, "Whom to reroll cannot be read: %v.", err)
	}
	gone := j.g.Unclaimed()
	if len(which.UserIDs) > 0 {
		gone = slices.DeleteFunc(slices.Clone(j.g.Winners), func(w store.Winner) bool {
			return w.Rerolled || !slices.Contains(which.UserIDs, w.User.ID)
		})
	}
	j.memo.Round, j.memo.Gone, j.memo.Claimed = j.g.RerollCount+1, nil, nil
	for _, w := range gone {
		j.memo.Gone = append(j.memo.Gone, w.ID)
		if slices.Contains(which.ClaimedIDs, w.User.ID) {
			j.memo.Claimed = append(j.memo.Claimed, w.ID)
		}
	}
	switch {
	case j.g.Status != store.GiveawayEnded:
		return refuse(store.CodeState, "It has not ended.")
	case j.g.RerollCount >= j.g.MaxRerolls:
		return refuse(store.CodeMaxRerolls, "It has been rerolled %d times, which is as often as it may be.", j.g.RerollCount)
	case len(gone) == 0 && len(which.UserIDs) == 0 && slices.ContainsFunc(j.g.Winners, func(w store.Winner) bool { return !w.Rerolled }):
		return refuse(store.CodeState, "All have claimed their prize.")
	case len(gone) == 0 || len(which.UserIDs) > len(gone):
		return refuse(store.CodeState, "They are no winners any more.")
	case j.claimedSince():
		return errClaimedSince
	}
	return j.checked(ctx)
}

// errClaimedSince: whoever asked for a reroll did not know that.
var errClaimedSince = refuse(store.CodeState, "Somebody has claimed their prize meanwhile.")

// claimedSince tells whether somebody has claimed the prize of whom that was not known when it was asked for that their
// place is drawn again.
func (j *job) claimedSince() bool {
	return slices.ContainsFunc(j.g.Winners, func(w store.Winner) bool {
		return slices.Contains(j.memo.Gone, w.ID) && w.Claimed && !slices.Contains(j.memo.Claimed, w.ID)
	})
}

// redraw draws others in place of those who are gone. Nobody wins who has won before. A claim and this lock the same row:
// the first of them holds.
func (j *job) redraw(ctx context.Context) error {
	var places []int
	for _, w := range j.g.Winners {
		if slices.Contains(j.memo.Gone, w.ID) {
			places = append(places, w.Place)
		}
	}
	err := j.drawFor(ctx, j.memo.Round, places, j.memo.Gone)
	if errors.Is(err, store.ErrConflict) { // a claim was first, or another worker
		if err := j.load(ctx); err != nil {
			return err
		}
		if !drawn(j.g, j.memo.Round) && j.claimedSince() {
			return errClaimedSince
		}
	}
	return err
}

// drawFor makes the draw of a round, unless that has been done. Only who settles it has drawn: the same entries and the
// same seed would give the same winners anyway.
func (j *job) drawFor(ctx context.Context, n int, places []int, gone []string) error {
	if drawn(j.g, n) {
		return nil
	}
	seed, err := j.seed(ctx, n)
	if err != nil {
		return err
	}
	entries, err := j.store.DrawEntries(ctx, j.GuildID, j.Target)
	if err != nil {
		return err
	}
	d := store.Settlement{
		Round: n, Places: len(places), Entries: entries, Gone: gone, Claimed: j.memo.Claimed, At: time.Now(), Next: store.NewSeed(),
	}
	before := make(map[string]bool)
	for _, w := range j.g.Winners {
		if !before[w.User.ID] {
			before[w.User.ID] = true
			d.Excluded = append(d.Excluded, w.User.ID)
		}
	}
	for i, id := range store.Draw(seed, entries, len(places), before) {
		d.Winners = append(d.Winners, store.Winner{
			User: store.Person{ID: id}, Place: places[i], Prize: tierPrize(j.g, places[i]), CreatedAt: d.At, ClaimUntil: j.g.ClaimsUntil(d.At),
		})
	}
	if n > 0 && len(d.Winners) == 0 {
		return refuse(store.CodeNoEntries, "Nobody is left who could win.")
	}
	if j.Verb == verbLapse {
		d = j.clocked(d)
	}
	if err := j.store.SettleDraw(ctx, j.GuildID, j.Target, d); err != nil {
		return err
	}
	return j.load(ctx)
}

// seed is that of the round. A giveaway that another program made has none: then it is committed to now.
func (j *job) seed(ctx context.Context, n int) ([]byte, error) {
	seed, err := j.store.DrawSeed(ctx, j.GuildID, j.Target, n)
	if !errors.Is(err, store.ErrNotFound) {
		return seed, err
	}
	if err := j.store.CommitDraw(ctx, j.GuildID, j.Target, n, store.NewSeed()); err != nil {
		return nil, err
	}
	return j.store.DrawSeed(ctx, j.GuildID, j.Target, n)
}

// tierPrize is what that place wins where places win different things.
func tierPrize(g store.Giveaway, place int) *string {
	upTo := 0
	for _, tier := range g.PrizeTiers {
		if upTo += tier.Count; place <= upTo {
			return &tier.Prize
		}
	}
	return nil
}

// fresh are the winners that this work has drawn.
func (j *job) fresh() []store.Winner {
	r, _ := round(j.g, j.memo.Round)
	var found []store.Winner
	for _, id := range r.Winners {
		for _, w := range j.g.Winners {
			if w.User.ID == id {
				found = append(found, w)
				break
			}
		}
	}
	return found
}

func (j *job) tellEnded(ctx context.Context) error { return j.tellDrawn(ctx, store.GiveawayEndEvent) }

func (j *job) tellRerolled(ctx context.Context) error {
	return j.tellDrawn(ctx, store.GiveawayRerollEvent)
}

func (j *job) tellDrawn(ctx context.Context, kind store.EventType) error {
	data := map[string]any{"giveawayId": j.g.ID, "prize": j.g.Prize}
	ids := []string{}
	for _, w := range j.fresh() {
		ids = append(ids, w.User.ID)
	}
	data["winnerIds"] = ids
	if len(ids) > 0 {
		data["winnerId"] = ids[0]
	}
	return j.publish(ctx, kind, j.Actor.ID, data)
}

// again is why it was drawn again, in brackets, if it was.
func (j *job) again() string {
	switch {
	case j.Verb == verbLapse:
		return " (not claimed in time, so drawn again)"
	case j.memo.Round > 0:
		return " (drawn again)"
	}
	return ""
}

// announce says in the channel who has won.
func (j *job) announce(ctx context.Context) error {
	if j.g.MessageID == nil { // it never was in a channel
		return nil
	}
	messages, err := j.announced(ctx, announcement(j.g, j.fresh(), j.again()))
	if err != nil {
		return err
	}
	for i, m := range messages {
		if len(m.Mention) > 0 {
			m = claimable(m, j.g, j.fresh()[0].ClaimUntil)
		}
		m.Nonce = nonce("announce", j.ID, i)
		if _, err := j.say(ctx, j.g.ChannelID, m); err != nil {
			return err
		}
	}
	return nil
}

// tellWinners sends each winner a direct message. Many people take none from bots, which is nobody's fault.
func (j *job) tellWinners(ctx context.Context) error {
	if !j.g.DMWinners {
		return nil
	}
	guild, err := j.store.Guild(ctx, j.GuildID)
	if err != nil {
		return err
	}
	for _, w := range j.fresh() {
		if w.DMSent {
			continue
		}
		err := j.tellWinner(ctx, guild, w)
		if _, no := refused(err); no {
			j.log.InfoContext(ctx, "bot: winner not told", "giveaway", j.g.ID, "user", w.User.ID, "error", err)
			continue
		}
		if err != nil {
			return err
		}
	}
	return j.load(ctx)
}

func (j *job) tellWinner(ctx context.Context, guild store.Guild, w store.Winner) error {
	channel, err := j.discord.Direct(ctx, w.User.ID)
	if err != nil {
		return err
	}
	m := winnerMessage(j.g, guild, w)
	m.Nonce = nonce("winner", w.ID)
	if _, err := j.postOnce(ctx, j.discord, channel, m); err != nil { // in no guild: Discord has just named the channel
		return err
	}
	return j.store.WinnerTold(ctx, j.GuildID, j.g.ID, w.ID, time.Now())
}
