package contract

import (
	"guildboard/store/forms"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func validForm() GiveawayForm {
	f := NewGiveawayForm(time.Now())
	f.Prize, f.ChannelID = "Poster", "100000000000000001"
	return f
}

func TestNewGiveawayFormRequiresPrizeAndChannel(t *testing.T) {
	problems := NewGiveawayForm(time.Now()).Problems()
	want := map[string]string{"prize": forms.ProblemMissing, "channelId": forms.ProblemMissing}
	if !maps.Equal(problems, want) {
		t.Errorf("problems = %v, want %v", problems, want)
	}
	if problems := validForm().Problems(); len(problems) > 0 {
		t.Errorf("problems of a valid form = %v, want none", problems)
	}
}

func TestGiveawayFormProblemsByField(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		at := func(d time.Duration) *time.Time { return new(now.Add(d)) }
		roles := func(n int) (ids []string) {
			for i := range n {
				ids = append(ids, "10"+string(rune('0'+i/10))+string(rune('0'+i%10)))
			}
			return ids
		}
		for _, c := range []struct {
			field, problem string
			change         func(f *GiveawayForm)
		}{
			{"prize", forms.ProblemMissing, func(f *GiveawayForm) { f.Prize = "  " }},
			{"prize", forms.ProblemTooLong, func(f *GiveawayForm) { f.Prize = strings.Repeat("ü", 241) }},
			{"prize", "", func(f *GiveawayForm) { f.Prize = strings.Repeat("ü", 240) }},
			{"description", forms.ProblemTooLong, func(f *GiveawayForm) { f.Description = strings.Repeat("x", 3001) }},
			{"buttonText", forms.ProblemTooLong, func(f *GiveawayForm) { f.ButtonText = strings.Repeat("x", 69) }},
			{"buttonText", forms.ProblemMissing, func(f *GiveawayForm) { f.ButtonText = "" }},
			{"notes", forms.ProblemTooLong, func(f *GiveawayForm) { f.Notes = strings.Repeat("x", 1001) }},
			{"channelId", forms.ProblemChannel, func(f *GiveawayForm) { f.ChannelID = "general" }},
			{"imageUrl", forms.ProblemURL, func(f *GiveawayForm) { f.ImageURL = "javascript:alert(1)" }},
			{"imageUrl", forms.ProblemURL, func(f *GiveawayForm) { f.ImageURL = "https://" }},
			{"imageUrl", "", func(f *GiveawayForm) { f.ImageURL = "https://example.com/a.png" }},
			{"embedColor", forms.ProblemColor, func(f *GiveawayForm) { f.EmbedColor = "teal" }},
			{"buttonStyle", forms.ProblemStyle, func(f *GiveawayForm) { f.ButtonStyle = "LINK" }},
			{"winnerCount", forms.ProblemOutOfRange, func(f *GiveawayForm) { f.WinnerCount = 0 }},
			{"winnerCount", forms.ProblemOutOfRange, func(f *GiveawayForm) { f.WinnerCount = 21 }},
			{"endsAt", forms.ProblemMissing, func(f *GiveawayForm) { f.EndsAt = time.Time{} }},
			{"endsAt", forms.ProblemInPast, func(f *GiveawayForm) { f.EndsAt = now }},
			{"endsAt", "", func(f *GiveawayForm) { f.EndsAt = *at(time.Second) }},
			{"endsAt", forms.ProblemDuration, func(f *GiveawayForm) { f.EndsAt = *at(366 * 24 * time.Hour) }},
			{"endsAt", forms.ProblemEndBeforeStart, func(f *GiveawayForm) { f.StartsAt, f.EndsAt = at(2*time.Hour), *at(time.Hour) }},
			{"startsAt", forms.ProblemInPast, func(f *GiveawayForm) { f.StartsAt = at(-time.Hour) }},
			{"startsAt", "", func(f *GiveawayForm) { f.StartsAt = at(-time.Minute) }}, // it has already started
			{"startsAt", forms.ProblemDuration, func(f *GiveawayForm) {
				f.StartsAt, f.EndsAt = at(400*24*time.Hour), *at(401 * 24 * time.Hour)
			}},
			{"prizeTiers", forms.ProblemTierSum, func(f *GiveawayForm) {
				f.PrizeTiers = []PrizeTier{{1, "A",
					1}, {2, "B", 1}}
			}},
			{"prizeTiers", "", func(f *GiveawayForm) {
				f.WinnerCount, f.PrizeTiers = 3, []PrizeTier{{1, "A", 1}, {2, "B", 2}}
			}},
			{"prizeTiers", forms.ProblemTier, func(f *GiveawayForm) { f.PrizeTiers = []PrizeTier{{1, "", 1}} }},
			{"prizeTiers", forms.ProblemTooMany, func(f *GiveawayForm) {
				f.WinnerCount = 6
				for i := range 6 {
					f.PrizeTiers = append(f.PrizeTiers, PrizeTier{Place: i + 1, Prize: "A", Count: 1})
				}
			}},
			{"requiredLevel", forms.ProblemOutOfRange, func(f *GiveawayForm) { f.RequiredLevel = -1 }},
			{"boosterBonusEntries", forms.ProblemOutOfRange, func(f *GiveawayForm) { f.BoosterBonusEntries = 11 }},
			{"maxRerolls", forms.ProblemOutOfRange, func(f *GiveawayForm) { f.MaxRerolls = 11 }},
			{"bonusEntryRoles", forms.ProblemBonus, func(f *GiveawayForm) { f.BonusEntryRoles = []BonusRole{{"1", "", 11}} }},
			{"bonusEntryRoles", forms.ProblemDuplicate,
				func(f *GiveawayForm) { f.BonusEntryRoles = []BonusRole{{"1", "", 1}, {"1", "", 2}} }},
			{"requiredRoleIds", forms.ProblemRole, func(f *GiveawayForm) { f.RequiredRoleIDs = []string{"@everyone"} }},
			{"requiredRoleIds", forms.ProblemTooMany, func(f *GiveawayForm) { f.RequiredRoleIDs = roles(11) }},
			{"requiredRoleIds", "", func(f *GiveawayForm) { f.RequiredRoleIDs = roles(10) }},
			{"blacklistRoleIds", forms.ProblemDuplicate, func(f *GiveawayForm) {
				f.RequiredRoleIDs,
					f.BlacklistRoleIDs = roles(2), roles(1)
			}},
			{"pingRoleId", forms.ProblemRole, func(f *GiveawayForm) { f.PingRoleID = "here" }},
		} {
			f := validForm()
			c.change(&f)
			problems := f.Problems()
			if problems[c.field] != c.problem {
				t.Errorf("problem of %s = %q, want %q", c.field, problems[c.field], c.problem)
			}
			if c.problem == "" && len(problems) > 0 {
				t.Errorf("problems = %v, want none", problems)
			}
		}
	})
}
