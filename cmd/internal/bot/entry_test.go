package bot_test

import (
	"errors"
	"testing"
	"time"

	"guildboard/cmd/internal/bot"
	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

func newEntrant(id string) bot.Entrant {
	return bot.Entrant{User: contract.User{ID: id, Username: "User" + id}}
}

func wantRefusal(t *testing.T, err error, code string) {
	t.Helper()
	var refusal *bot.Refusal
	if !errors.As(err, &refusal) || refusal.Code != code {
		t.Errorf("refusal = %v, want code %s", err, code)
	}
}

func TestEnterGiveawayChecksRequirementsAndAppliesBonus(t *testing.T) {
	env := newTestEnv(t, storetest.Open(t), storetest.Redis(t))
	e := env.newEngine()
	g := env.addGiveaway(t, 0, store.Giveaway{
		RequiredRoleIDs: []string{"1", "2"}, BlacklistRoleIDs: []string{"3"}, RequiredLevel: 5, RequiredServerAge: 7,
		BonusEntryRoles:     []contract.BonusRole{{RoleID: "4", RoleName: "Four", Entries: 4}, {RoleID: "2", RoleName: "Two", Entries: 2}},
		BoosterBonusEntries: 1,
	})
	long := time.Now().AddDate(0, 0, -8)
	level5 := bot.Entrant{User: contract.User{ID: "20"}, Level: 5}
	for name, m := range map[string]bot.Member{
		"one role of two": {Roles: []string{"1"}, JoinedAt: long},
		"a barred role":   {Roles: []string{"1", "2", "3"}, JoinedAt: long},
		"too new here":    {Roles: []string{"1", "2"}, JoinedAt: time.Now()},
		"never joined":    {Roles: []string{"1", "2"}},
	} {
		t.Log(name)
		env.discord.SetMember(env.guild, "20", m)
		wantRefusal(t, e.EnterGiveaway(t.Context(), env.guild, g.ID, level5), bot.RefusalRequirementsNotMet)
	}
	env.discord.SetMember(env.guild, "20", bot.Member{Roles: []string{"1", "2", "4"}, JoinedAt: long, IsBooster: true})
	wantRefusal(t, e.EnterGiveaway(t.Context(), env.guild, g.ID, bot.Entrant{User: contract.User{ID: "20"}, Level: 4}),
		bot.RefusalRequirementsNotMet)
	check(t, e.EnterGiveaway(t.Context(), env.guild, g.ID, level5))
	wantRefusal(t, e.EnterGiveaway(t.Context(), env.guild, g.ID, level5), bot.RefusalAlreadyEntered)
	entries, err := env.Entries(t.Context(), env.guild, g.ID, store.EntryQuery{})
	check(t, err)
	wantEqual(t, "entries", entries.Items[0].Entries, 1+4+1)
	wantEqual(t, "source", *entries.Items[0].BonusSource, "Four, Booster")
	if err := e.EnterGiveaway(t.Context(), "1", g.ID, level5); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("EnterGiveaway() in another guild = %v, want ErrNotFound", err)
	}
}
