package doctor

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/store/draw"
)

// newDrawProof returns the proof of a giveaway with two drawn rounds and a pending one.
func newDrawProof() draw.Proof {
	p := draw.Proof{GiveawayID: "cgiveaway", Prize: "Nitro"}
	for i := range 50 {
		p.Entries = append(p.Entries, draw.Entry{ID: fmt.Sprint(1000 + i), Weight: 1 + i%3})
	}
	committed := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	var before []string
	for i, places := range []int{3, 1} {
		seed := []byte(fmt.Sprint("the seed of round ", i))
		drawn := committed.Add(time.Hour)
		excluded := map[string]bool{}
		for _, id := range before {
			excluded[id] = true
		}
		r := draw.Round{
			Round: i, Commitment: draw.Commitment(seed), Seed: hex.EncodeToString(seed), CommittedAt: committed, DrawnAt: &drawn,
			Places: places, Excluded: slices.Clone(before), Winners: draw.Winners(seed, p.Entries, places, excluded),
			Entries: len(p.Entries), Digest: draw.Digest(p.Entries),
		}
		p.Rounds = append(p.Rounds, r)
		before = append(before, r.Winners...)
	}
	p.Rounds = append(p.Rounds, draw.Round{Round: 2, Commitment: draw.Commitment([]byte("next")), CommittedAt: committed})
	return p
}

func checkDraw(t *testing.T, p draw.Proof, commitment string) (*Report, error) {
	t.Helper()
	text, err := json.Marshal(p)
	must(t, err)
	d, err := ReadDrawProof(bytes.NewReader(text))
	must(t, err)
	d.Commitment = commitment
	r := &Report{Out: t.Output()}
	return r, d.Check(r)
}

func TestDrawCheckReproducesWinners(t *testing.T) {
	p := newDrawProof()
	must(t, p.Verify())
	r, err := checkDraw(t, p, strings.ToUpper(p.Rounds[0].Commitment))
	must(t, err)
	r.wantRules(t, Fail)
	r.wantRules(t, Skip, "reroll 2")
	if got := len(r.rules(Pass)); got != 10 {
		t.Errorf("passed rules = %d, want 10", got)
	}
}

func TestDrawCheckFailsTamperedDraw(t *testing.T) {
	for want, tamper := range map[string]func(p *draw.Proof){
		"first draw: seed matches the commitment": func(p *draw.Proof) {
			p.Rounds[0].Commitment = draw.Commitment([]byte("another"))
		},
		"reroll 1: seed matches the commitment": func(p *draw.Proof) {
			earlier := p.Rounds[1].CommittedAt.Add(-time.Hour)
			p.Rounds[1].DrawnAt = &earlier
		},
		"first draw: entries match the digest": func(p *draw.Proof) { p.Rounds[0].Entries++ },
		"first draw: winners match the seed":   func(p *draw.Proof) { slices.Reverse(p.Rounds[0].Winners) },
		"reroll 1: winners match the seed":     func(p *draw.Proof) { p.Rounds[1].Winners[0] = "1" },
		"reroll 1: excludes exactly the earlier winners": func(p *draw.Proof) {
			unlucky := p.Entries[0].ID
			if slices.Contains(p.Rounds[0].Winners, unlucky) || slices.Contains(p.Rounds[1].Winners, unlucky) {
				panic("choose somebody else")
			}
			p.Rounds[1].Excluded = append(p.Rounds[1].Excluded, unlucky)
			excluded := map[string]bool{}
			for _, id := range p.Rounds[1].Excluded {
				excluded[id] = true
			}
			seed, _ := hex.DecodeString(p.Rounds[1].Seed)
			p.Rounds[1].Winners = draw.Winners(seed, p.Entries, 1, excluded)
		},
		"reroll 1: has the next round number": func(p *draw.Proof) { p.Rounds[1].Round = 7 },
	} {
		t.Run(want, func(t *testing.T) {
			p := newDrawProof()
			tamper(&p)
			r, err := checkDraw(t, p, "")
			must(t, err)
			if want == "reroll 1: has the next round number" { // the rule is named by the wrong number
				if !slices.Contains(r.rules(Fail), "reroll 7: has the next round number") {
					t.Errorf("failed rules = %q, want the round named by its number", r.rules(Fail))
				}
				return
			}
			r.wantRules(t, Fail, want)
		})
	}
	p := newDrawProof()
	p.Entries[0].Weight++
	r, err := checkDraw(t, p, "")
	must(t, err)
	if !slices.Contains(r.rules(Fail), "first draw: entries match the digest") || p.Verify() == nil {
		t.Errorf("changed weight: failed rules = %q, want the digest", r.rules(Fail))
	}
	p = newDrawProof()
	p.Entries = append(p.Entries, p.Entries[0])
	if r, _ = checkDraw(t, p, ""); !slices.Contains(r.rules(Fail), "lists every entrant once") {
		t.Errorf("duplicate entrant: failed rules = %q, want the rule of unique entrants", r.rules(Fail))
	}
	r, err = checkDraw(t, newDrawProof(), draw.Commitment([]byte("noted")))
	must(t, err)
	r.wantRules(t, Fail, "has the given commitment")
}

func TestDrawCheckAcceptsRerollOfForeignDraw(t *testing.T) {
	p := newDrawProof()
	p.Rounds = p.Rounds[1:]
	must(t, p.Verify())
	r, err := checkDraw(t, p, "")
	must(t, err)
	r.wantRules(t, Fail)
	r.wantRules(t, Skip, "first draw", "reroll 2")
}

func TestDrawCheckReportsMissingDraw(t *testing.T) {
	p := newDrawProof()
	p.Rounds = p.Rounds[2:]
	p.Rounds[0].Round = 0
	r, err := checkDraw(t, p, "")
	if !errors.Is(err, draw.ErrNotDrawn) {
		t.Errorf("Check() = %v, want ErrNotDrawn", err)
	}
	r.wantRules(t, Fail)
	for _, text := range []string{"", "{}", "[]", `{"rounds":[]}`, `{"rounds":[{}]} more`, "<html>"} {
		if _, err := ReadDrawProof(strings.NewReader(text)); err == nil {
			t.Errorf("ReadDrawProof(%q) = nil error, want an error", text)
		}
	}
}
