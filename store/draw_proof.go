package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// DrawRound is one draw of a giveaway: round 0 is its end, each further one a reroll.
type DrawRound struct {
	Round       int        `json:"round"`
	Commitment  string     `json:"commitment"` // of Seed
	Seed        string     `json:"seed"`       // hex; "" until the draw
	CommittedAt time.Time  `json:"committedAt"`
	DrawnAt     *time.Time `json:"drawnAt"`
	Places      int        `json:"places"`   // how many were to be drawn
	Excluded    []string   `json:"excluded"` // who could not be: all who had won before
	Winners     []string   `json:"winners"`  // who was drawn, in that order
	Entries     int        `json:"entries"`  // how many had entered
	Digest      string     `json:"digest"`   // DrawDigest of their entries
}

// DrawDigest names a list of entries: the SHA-256, in hex, of one line "id weight\n" each, sorted by id.
func DrawDigest(entries []DrawEntry) string {
	sorted := slices.Clone(entries)
	slices.SortFunc(sorted, compareDrawEntries)
	h := sha256.New()
	var line []byte
	for _, e := range sorted {
		line = append(line[:0], e.ID...)
		line = append(line, ' ')
		line = strconv.AppendInt(line, int64(e.Weight), 10)
		h.Write(append(line, '\n'))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// DrawProof is all that is needed to draw again.
type DrawProof struct {
	GiveawayID string      `json:"giveawayId"`
	Prize      string      `json:"prize"`
	Entries    []DrawEntry `json:"entries"`
	Rounds     []DrawRound `json:"rounds"`
}

// Verify draws every round again. The error says what is wrong with the first that does not come out the same; when
// nothing has been drawn yet it is ErrNotDrawn.
func (p DrawProof) Verify() error {
	digest := DrawDigest(p.Entries)
	var earlierWinners []string
	hasDraw := false
	for _, r := range p.Rounds {
		if r.DrawnAt == nil {
			continue
		}
		hasDraw = true
		excluded := make(map[string]bool, len(r.Excluded))
		for _, id := range r.Excluded {
			excluded[id] = true
		}
		seed, err := hex.DecodeString(r.Seed)
		switch {
		case err != nil || len(seed) == 0:
			return fmt.Errorf("round %d: its seed is not hex", r.Round)
		case Commitment(seed) != r.Commitment:
			return fmt.Errorf("round %d: its seed is not the one committed to", r.Round)
		case digest != r.Digest:
			return fmt.Errorf("round %d: the entries are not those it was drawn from", r.Round)
		case slices.ContainsFunc(earlierWinners, func(id string) bool { return !excluded[id] }):
			return fmt.Errorf("round %d: who had won before could win again", r.Round)
		case !slices.Equal(Draw(seed, p.Entries, r.Places, excluded), r.Winners):
			return fmt.Errorf("round %d: the seed gives other winners", r.Round)
		}
		earlierWinners = append(earlierWinners, r.Winners...)
	}
	if !hasDraw {
		return ErrNotDrawn
	}
	return nil
}

// ErrNotDrawn: there is nothing to verify yet.
var ErrNotDrawn = errors.New("nothing has been drawn yet")
