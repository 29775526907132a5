package doctor

import (
	"slices"
	"testing"

	"guildboard/store/contract"
)

// newSignedTestRedis returns a Redis whose bot and doctor have a contract key.
func newSignedTestRedis(t *testing.T) testRedis {
	t.Helper()
	p := newTestRedis(t)
	key, err := contract.NewKey("Zt4Jw0pQ7cRk2VxY9mHs6LbN1fGd8uEa")
	must(t, err)
	p.key = key
	return p
}

func TestBotCheckSignatures(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault botFault
		fails []string
	}{
		"correct":              {noBotFault, nil},
		"signs nothing":        {signsNoAnswers, []string{ruleSignsAnswers}},
		"answers unsigned":     {answersUnsignedCommands, []string{ruleIgnoresUnsignedCommands}},
		"leaves unsigned ones": {leavesUnsignedPending, []string{ruleIgnoresUnsignedCommands}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newSignedTestRedis(t)
			b, polls := p.newBotChecker(t)
			if test.fault == leavesUnsignedPending {
				b.Wait = shortWait
			}
			p.startBot(t, test.fault, polls.wait)
			r := checkBot(t, b)
			r.wantRules(t, Fail, test.fails...)
			passes := r.rules(Pass)
			for _, rule := range []string{ruleSignsAnswers, ruleIgnoresUnsignedCommands} {
				if slices.Contains(passes, rule) == slices.Contains(test.fails, rule) {
					t.Errorf("passed(%q) = %v, want %v", rule, slices.Contains(passes, rule), !slices.Contains(test.fails, rule))
				}
			}
		})
	}
}

func TestBotCheckSkipsSignaturesWithoutKey(t *testing.T) {
	t.Parallel()
	p := newTestRedis(t)
	b, polls := p.newBotChecker(t)
	p.startBot(t, noBotFault, polls.wait)
	for _, f := range checkBot(t, b).Findings {
		if f.Rule == ruleSignsAnswers || f.Rule == ruleIgnoresUnsignedCommands {
			t.Errorf("finding for %q without a key, want none", f.Rule)
		}
	}
}

func TestDashboardCheckSignatures(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault dashboardFault
		fails []string
	}{
		"correct":           {noDashboardFault, nil},
		"sends unsigned":    {sendsUnsignedCommands, []string{ruleSendsValidCommands}},
		"believes unsigned": {acceptsUnsignedAnswers, []string{ruleIgnoresUnsignedAnswers}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newSignedTestRedis(t)
			d, r, commandWait := p.newDashboardChecker(t)
			d.Answer = true
			p.startDashboard(t, test.fault, commandWait)
			must(t, d.Check(t.Context(), r))
			r.wantRules(t, Fail, test.fails...)
			if passes := slices.Contains(r.rules(Pass), ruleIgnoresUnsignedAnswers); passes != (test.fault == noDashboardFault) {
				t.Errorf("passed(%q) = %v, want %v", ruleIgnoresUnsignedAnswers, passes, test.fault == noDashboardFault)
			}
		})
	}
}
