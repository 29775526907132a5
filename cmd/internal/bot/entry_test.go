package bot_test

import (
	"errors"
	"testing"
	"time"

	"guildboard/cmd/internal/bot"
	"guildboard/store"
	"guildboard/store/storetest"
)

func entrant(id string) bot.Entrant {
	return bot.Entrant{Person: store.Person{ID: id, Username: "User" + id}}
}

func wantRefusal(t *testing.T, err error, code string) {
	t.Helper()
	var no *bot.Refusal
	if !errors.As(err, &no) || no.Code != code {
		t.Errorf("refusal: %v, want %s", err, code)
	}
}

func TestWhoMeetsTheRequirementsEntersOnceWithTheirBonus(t *testing.T) {
	w := newWorld(t, storetest.Open(t), storetest.Redis(t))
	e := w.engine()
	g := w.posted(t, 0, store.Giveaway{
		RequiredRoleIDs: []string{"1", "2"}, BlacklistRoleIDs: []string{"3"}, RequiredLevel: 5, RequiredServerAge: 7,
		BonusEntryRoles:     []store.BonusRole{{RoleID: "4", RoleName: "Four", Entries: 4}, {RoleID: "2", RoleName: "Two", Entries: 2}},
		BoosterBonusEntries: 1,
	})
	long := time.Now().AddDate(0, 0, -8)
	level5 := bot.Entrant{Person: store.Person{ID: "20"}, Level: 5}
	for code, m := range map[string]bot.Member{
		"one role of two": {Roles: []string{"1"}, JoinedAt: long},
		"a barred role":   {Roles: []string{"1", "2", "3"}, JoinedAt: long},
		"too new here":    {Roles: []string{"1", "2"}, JoinedAt: time.Now()},
		"never joined":    {Roles: []string{"1", "2"}},
	} {
		t.Log(code)
		w.discord.SetMember(w.guild, "20", m)
		wantRefusal(t, e.Enter(t.Context(), w.guild, g.ID, level5), bot.CodeNeeds)
	}
	w.discord.SetMember(w.guild, "20", bot.Member{Roles: []string{"1", "2", "4"}, JoinedAt: long, Boosts: true})
	wantRefusal(t, e.Enter(t.Context(), w.guild, g.ID, bot.Entrant{Person: store.Person{ID: "20"}, Level: 4}), bot.CodeNeeds)
	check(t, e.Enter(t.Context(), w.guild, g.ID, level5))
	wantRefusal(t, e.Enter(t.Context(), w.guild, g.ID, level5), bot.CodeEntered)
	entries, err := w.Entries(t.Context(), w.guild, g.ID, store.EntryQuery{})
	check(t, err)
	same(t, "entries", entries.Items[0].Entries, 1+4+1)
	same(t, "source", *entries.Items[0].BonusSource, "Four, Booster")
	if err := e.Enter(t.Context(), "1", g.ID, level5); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("entering another guild's giveaway: %v", err)
	}
}
