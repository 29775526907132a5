package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

func TestTemplatesKeepFormAndAreAudited(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		ann := contract.User{ID: "10", Username: "Ann"}
		f := contract.GiveawayForm{
			Prize: "Lamp", Description: "Shines", PrizeSecret: "CODE", Notes: "Sponsored", ChannelID: "7", WinnerCount: 3,
			PrizeTiers: []contract.PrizeTier{{Place: 1, Prize: "Gold", Count: 3}}, ImageURL: "https://example.com/i.png",
			EmbedColor: "#123456",
			ButtonText: "Go", ButtonStyle: "DANGER", RequiredRoleIDs: []string{"1", "2"}, BlacklistRoleIDs: []string{"3"},
			RequiredLevel: 1, RequiredMessages: 2, RequiredInvites: 3, RequiredReputation: 4, RequiredAccountAge: 5, RequiredServerAge: 6,
			BonusEntryRoles: []contract.BonusRole{{RoleID: "9", Entries: 2}}, BoosterBonusEntries: 7, DMWinners: true,
			DMWinnerMessage: "Hi",
			PingRoleID:      "8", PingOnEnd: true, WinnerClaimTimeout: 24, AutoReroll: true, MaxRerolls: 2,
		}
		saved := must(s.SaveTemplate(t.Context(), ann,
			store.GiveawayTemplate{GuildID: "1", Name: "Weekly", Form: f, Duration: 26 * time.Hour}))(t)
		got := must(s.Template(t.Context(), "1", saved.ID))(t)
		if diff := cmp.Diff(f, got.Form); diff != "" {
			t.Errorf("form (-want +got):\n%s", diff)
		}
		if got.Name != "Weekly" || got.Duration != 26*time.Hour || !got.CreatedAt.Equal(saved.CreatedAt) {
			t.Errorf("template %q of %v, created at %v; want Weekly of 26h, created at %v",
				got.Name, got.Duration, got.CreatedAt, saved.CreatedAt)
		}
		_, err := s.SaveTemplate(t.Context(), ann, store.GiveawayTemplate{GuildID: "1", Name: "Weekly", Form: f})
		wantErrorIs(t, "taken name", err, store.ErrConflict)
		must(s.SaveTemplate(t.Context(), ann, store.GiveawayTemplate{GuildID: "2", Name: "Weekly", Form: f}))(t)
		must(s.SaveTemplate(t.Context(), ann, store.GiveawayTemplate{GuildID: "1", Name: "A first",
			Form: contract.NewGiveawayForm(noon)}))(t)
		list := must(s.Templates(t.Context(), "1"))(t)
		wantEqual(t, "templates", len(list), 2)
		wantEqual(t, "names", list[0].Name+list[1].Name, "A firstWeekly")
		_, err = s.Template(t.Context(), "2", saved.ID)
		wantErrorIs(t, "template of another guild", err, store.ErrNotFound)
		wantErrorIs(t, "template of another guild",
			s.DeleteTemplate(t.Context(), "2", ann, saved.ID), store.ErrNotFound)
		noError(t, s.DeleteTemplate(t.Context(), "1", ann, saved.ID))
		wantErrorIs(t, "second DeleteTemplate", s.DeleteTemplate(t.Context(), "1", ann, saved.ID), store.ErrNotFound)
		commands := must(s.Commands(t.Context(), "1", store.CommandQuery{}))(t)
		wantEqual(t, "audit log entries", len(commands.Items), 3)
		for _, c := range commands.Items {
			wantEqual(t, "actor", c.Actor.Username, "Ann")
			wantEqual(t, "status", c.Status, contract.CommandDone)
		}
		for i := range store.MaxTemplates {
			_, err = s.SaveTemplate(t.Context(), ann, store.GiveawayTemplate{GuildID: "1", Name: fmt.Sprint(i), Form: f})
		}
		wantErrorIs(t, "too many templates", err, store.ErrConflict)
	})
}
