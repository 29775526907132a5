package contract

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"guildboard/store/forms"
)

func TestGiveawayChangesHaveChangedMembersOnly(t *testing.T) {
	old := validForm()
	old.RequiredRoleIDs = []string{"500000000000000001", "500000000000000002"}
	old.BonusEntryRoles = []BonusRole{{RoleID: "500000000000000003", RoleName: "Friends", Entries: 2}}
	changed := old
	changed.Prize, changed.RequiredRoleIDs = "Lamp", []string{"500000000000000002"}
	changed.BonusEntryRoles, changed.StartsAt = nil, new(old.EndsAt.Add(-time.Hour))

	changes, err := changed.ChangesSince(old)
	if err != nil {
		t.Fatal(err)
	}
	got, want := slices.Sorted(maps.Keys(changes)), []string{"bonusEntryRoles", "prize", "requiredRoleIds", "startsAt"}
	if !slices.Equal(got, want) {
		t.Errorf("changed members = %v, want %v", got, want)
	}
	applied, err := old.With(changes)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(changed, applied); diff != "" {
		t.Errorf("form with the changes (-want +got):\n%s", diff)
	}
	if old.RequiredRoleIDs[0] != "500000000000000001" {
		t.Errorf("roles of the old form = %v, want them unchanged", old.RequiredRoleIDs)
	}
	if none, err := old.ChangesSince(old); err != nil || len(none) > 0 {
		t.Errorf("changes since itself = %v, %v, want none", none, err)
	}
}

func TestEditIgnoresProblemsOfUnchangedMembers(t *testing.T) {
	old := validForm()
	old.EndsAt, old.EmbedColor = time.Now().Add(-time.Minute), "red"
	edited := old
	edited.Prize = "Lamp"
	if problems := edited.ProblemsSince(old); len(problems) > 0 {
		t.Errorf("problems of a changed prize = %v, want none", problems)
	}
	edited.EndsAt = old.EndsAt.Add(time.Second)
	edited.Prize = ""
	want := map[string]string{"endsAt": forms.ProblemInPast, "prize": forms.ProblemMissing}
	if problems := edited.ProblemsSince(old); !maps.Equal(problems, want) {
		t.Errorf("problems = %v, want %v", problems, want)
	}
	tiers := validForm()
	tiers.PrizeTiers = []PrizeTier{{Place: 1, Prize: "Gold", Count: 1}}
	more := tiers
	more.WinnerCount = 2 // the unchanged tiers no longer add up
	want = map[string]string{"prizeTiers": forms.ProblemTierSum}
	if problems := more.ProblemsSince(tiers); !maps.Equal(problems, want) {
		t.Errorf("problems of a changed number of winners = %v, want %v", problems, want)
	}
}
