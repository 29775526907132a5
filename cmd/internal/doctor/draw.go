package doctor

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"guildboard/store/draw"
)

// DrawChecker recomputes the winners of a giveaway from its draw proof. Commitment, if not empty, is the commitment
// that the user noted before the draw.
type DrawChecker struct {
	Proof      draw.Proof
	Commitment string
}

// ReadDrawProof decodes the file that a giveaway's page offers for download.
func ReadDrawProof(r io.Reader) (DrawChecker, error) {
	var d DrawChecker
	decoder := json.NewDecoder(r)
	if err := decoder.Decode(&d.Proof); err != nil {
		return d, fmt.Errorf("not a draw proof: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return d, fmt.Errorf("not a draw proof: data after the end")
	}
	if len(d.Proof.Rounds) == 0 {
		return d, fmt.Errorf("not a draw proof: no rounds")
	}
	return d, nil
}

// Check recomputes every round. It returns draw.ErrNotDrawn if there has been no draw yet.
func (d DrawChecker) Check(r *Report) error {
	p := d.Proof
	r.note("%s: %s, %d entries, %d rounds", quote(p.GiveawayID), quote(p.Prize), len(p.Entries), len(p.Rounds))
	r.judge("lists every entrant once", duplicateEntrant(p.Entries), "%d entrants", len(p.Entries))
	if disqualified := countDisqualified(p.Entries); disqualified > 0 {
		r.note("%d of them were disqualified before the draw: they are listed and cannot win", disqualified)
	}
	digest := draw.Digest(p.Entries)
	var before []string
	drawn := false
	first := p.Rounds[0].Round
	if first > 0 {
		r.skip("first draw", "winners were not drawn from a commitment; another program may have drawn them")
	}
	for i, round := range p.Rounds {
		name := "first draw"
		if round.Round > 0 {
			name = fmt.Sprintf("reroll %d", round.Round)
		}
		if round.Round != first+i {
			r.fail(name+": has the next round number", "a round is missing or listed twice")
		}
		if round.DrawnAt == nil {
			r.skip(name, "not drawn yet; commitment %s", quote(round.Commitment))
			continue
		}
		drawn = true
		d.checkRound(r, name, round, digest, before)
		before = append(before, round.Winners...)
	}
	if d.Commitment != "" {
		problem := ""
		if !slices.ContainsFunc(p.Rounds, func(r draw.Round) bool { return strings.EqualFold(r.Commitment, d.Commitment) }) {
			problem = "no round has this commitment: the seed was changed"
		}
		r.judge("has the given commitment", problem, "%s", quote(d.Commitment))
	}
	if !drawn {
		return draw.ErrNotDrawn
	}
	return nil
}

// checkRound recomputes one round.
func (d DrawChecker) checkRound(r *Report, name string, round draw.Round, digest string, before []string) {
	seed, err := hex.DecodeString(round.Seed)
	problem := ""
	switch {
	case err != nil || len(seed) == 0:
		problem = "the seed is not hexadecimal: " + quote(round.Seed)
	case draw.Commitment(seed) != round.Commitment:
		problem = "got a seed with SHA-256 " + draw.Commitment(seed) + ", want " + quote(round.Commitment) + ", the commitment"
	case round.DrawnAt.Before(round.CommittedAt):
		problem = "drawn before the commitment"
	}
	r.judge(name+": seed matches the commitment", problem, "SHA-256 %s, committed %v before the draw",
		round.Commitment, round.DrawnAt.Sub(round.CommittedAt).Round(time.Second))

	problem = ""
	if digest != round.Digest || len(d.Proof.Entries) != round.Entries {
		problem = fmt.Sprintf("got %d entries with digest %s, want %d with %s",
			len(d.Proof.Entries), digest, round.Entries, quote(round.Digest))
	}
	r.judge(name+": entries match the digest", problem, "%d entries, SHA-256 %s", round.Entries, digest)

	excluded := make(map[string]bool, len(round.Excluded))
	for _, id := range round.Excluded {
		excluded[id] = true
	}
	problem = ""
	for _, id := range before {
		if !excluded[id] {
			problem = quote(id) + " is an earlier winner and was not excluded"
		}
	}
	for _, id := range round.Excluded {
		if d.Proof.Rounds[0].Round == 0 && !slices.Contains(before, id) {
			problem = quote(id) + " is not an earlier winner and was excluded"
		}
	}
	r.judge(name+": excludes exactly the earlier winners", problem, "%d excluded", len(excluded))

	winners := draw.Winners(seed, d.Proof.Entries, round.Places, excluded)
	problem = ""
	if !slices.Equal(winners, round.Winners) {
		problem = fmt.Sprintf("the seed gives %s, got %s", joinIDs(winners), joinIDs(round.Winners))
	}
	r.judge(name+": winners match the seed", problem, "%s, for %d places", joinIDs(winners), round.Places)
}

// countDisqualified returns the number of disqualified entrants.
func countDisqualified(entries []draw.Entry) (n int) {
	for _, e := range entries {
		if e.Weight <= 0 {
			n++
		}
	}
	return n
}

// duplicateEntrant returns a user who is listed twice; "" if there is none.
func duplicateEntrant(entries []draw.Entry) string {
	seen := make(map[string]bool, len(entries))
	for _, e := range entries {
		if seen[e.ID] {
			return quote(e.ID) + " is listed twice"
		}
		seen[e.ID] = true
	}
	return ""
}

func joinIDs(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	quotes := make([]string, len(list))
	for i, id := range list {
		quotes[i] = strings.Trim(quote(id), `"`)
	}
	return joinFirst(quotes, 20)
}
