package doctor

import (
	"slices"
	"testing"

	"guildboard/store"
)

// signedPatch is a patch on which everybody has a key.
func signedPatch(t *testing.T) patch {
	t.Helper()
	p := newPatch(t)
	key, err := store.NewContractKey("Zt4Jw0pQ7cRk2VxY9mHs6LbN1fGd8uEa")
	check(t, err)
	p.key = key
	return p
}

func TestDoctorExaminesTheSignaturesOfABot(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		flaw  flaw
		fails []string
	}{
		"correct":              {none, nil},
		"signs nothing":        {signsNothing, []string{ruleSigns}},
		"answers unsigned":     {answersUnsigned, []string{ruleIgnoresCommand}},
		"leaves unsigned ones": {leavesUnsigned, []string{ruleIgnoresCommand}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := signedPatch(t)
			b, watched := p.doctorFor(t)
			if test.flaw == leavesUnsigned {
				b.Wait = short
			}
			p.start(t, test.flaw, watched.wait)
			r := examine(t, b)
			r.wantRules(t, Fail, test.fails...)
			passes := r.rules(Pass)
			for _, rule := range []string{ruleSigns, ruleIgnoresCommand} {
				if slices.Contains(passes, rule) == slices.Contains(test.fails, rule) {
					t.Errorf("%q passed = %v, want %v", rule, slices.Contains(passes, rule), !slices.Contains(test.fails, rule))
				}
			}
		})
	}
}

func TestDoctorExaminesNoSignaturesWithoutAKey(t *testing.T) {
	t.Parallel()
	p := newPatch(t)
	b, watched := p.doctorFor(t)
	p.start(t, none, watched.wait)
	for _, f := range examine(t, b).Findings {
		if f.Rule == ruleSigns || f.Rule == ruleIgnoresCommand {
			t.Errorf("Examine() judges %q without a key", f.Rule)
		}
	}
}

func TestDoctorExaminesTheSignaturesOfADashboard(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault fault
		fails []string
	}{
		"correct":           {faultless, nil},
		"sends unsigned":    {sendsUnsigned, []string{ruleSends}},
		"believes unsigned": {believesUnsigned, []string{ruleIgnoresAnswer}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := signedPatch(t)
			d, r, cue := p.dashboardDoctor(t)
			d.Answer = true
			p.startDashboard(t, test.fault, cue)
			check(t, d.Examine(t.Context(), r))
			r.wantRules(t, Fail, test.fails...)
			if passes := slices.Contains(r.rules(Pass), ruleIgnoresAnswer); passes != (test.fault == faultless) {
				t.Errorf("%q passed = %v, want %v", ruleIgnoresAnswer, passes, test.fault == faultless)
			}
		})
	}
}
