package draw

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Round is one draw of a giveaway: round 0 is the first draw, each further round a reroll.
type Round struct {
	Round       int        `json:"round"`
	Commitment  string     `json:"commitment"` // to Seed
	Seed        string     `json:"seed"`       // hex; "" until the draw
	CommittedAt time.Time  `json:"committedAt"`
	DrawnAt     *time.Time `json:"drawnAt"`
	Places      int        `json:"places"`   // number of winners to draw
	Excluded    []string   `json:"excluded"` // ids of the users who had won before
	Winners     []string   `json:"winners"`  // ids in the order in which they were drawn
	Entries     int        `json:"entries"`  // number of entries
	Digest      string     `json:"digest"`   // Digest of the entries
}

// Digest returns a digest of entries: the SHA-256, in hexadecimal digits, of one line "id weight\n" per entry,
// sorted by id.
func Digest(entries []Entry) string {
	sorted := slices.Clone(entries)
	slices.SortFunc(sorted, Compare)
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

// Proof contains the data to verify the draws of a giveaway.
type Proof struct {
	GiveawayID string  `json:"giveawayId"`
	Prize      string  `json:"prize"`
	Entries    []Entry `json:"entries"`
	Rounds     []Round `json:"rounds"`
}

// Verify repeats every round. It returns an error that describes the first round with another outcome, or ErrNotDrawn
// if nothing has been drawn yet.
func (p Proof) Verify() error {
	digest := Digest(p.Entries)
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
			return fmt.Errorf("round %d: the seed is not hexadecimal", r.Round)
		case Commitment(seed) != r.Commitment:
			return fmt.Errorf("round %d: the seed does not match the commitment", r.Round)
		case digest != r.Digest:
			return fmt.Errorf("round %d: the entries do not match the digest", r.Round)
		case slices.ContainsFunc(earlierWinners, func(id string) bool { return !excluded[id] }):
			return fmt.Errorf("round %d: an earlier winner is not excluded", r.Round)
		case !slices.Equal(Winners(seed, p.Entries, r.Places, excluded), r.Winners):
			return fmt.Errorf("round %d: the seed gives other winners", r.Round)
		}
		earlierWinners = append(earlierWinners, r.Winners...)
	}
	if !hasDraw {
		return ErrNotDrawn
	}
	return nil
}

// ErrNotDrawn reports that a giveaway has no draw to verify yet.
var ErrNotDrawn = errors.New("nothing has been drawn yet")
