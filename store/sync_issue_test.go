package store_test

import (
	"slices"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

// TestReplaceSyncIssuesUpdatesLabel checks that an issue whose missing permissions change keeps the time when it was
// first found.
func TestReplaceSyncIssuesUpdatesLabel(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "Guild 1")
		replace := func(at time.Time, missing ...store.Permission) bool {
			t.Helper()
			var found []store.SyncIssue
			for _, target := range []string{"", "40"} {
				found = append(found, store.SyncIssue{
					Kind: store.SyncIssueTicketPermissions, Target: target, Label: store.PermissionLabel(missing),
				})
			}
			return must(s.ReplaceSyncIssues(t.Context(), "1", found, at))(t)
		}
		wantEqual(t, "changed by the first check", replace(noon, store.PermissionEmbedLinks), true)
		wantEqual(t, "changed by the same result", replace(noon.Add(time.Minute), store.PermissionEmbedLinks), false)
		wantEqual(t, "changed by another permission",
			replace(noon.Add(2*time.Minute), store.PermissionEmbedLinks, store.PermissionSendMessages), true)
		issues := must(s.SyncIssues(t.Context(), "1"))(t)
		wantEqual(t, "issues", len(issues), 2)
		for i, target := range []string{"", "40"} {
			want := []store.Permission{store.PermissionEmbedLinks, store.PermissionSendMessages}
			if d := issues[i]; d.Target != target || !slices.Equal(d.MissingPermissions(), want) || !d.FoundAt.Equal(noon) || d.RepairVerb != "" {
				t.Errorf("issue %d = %+v, want target %q, %v, found at %v and no repair", i, d, target, want, noon)
			}
		}
	})
}

func TestSyncTargetsHaveChannelsOfCurrentGiveaways(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "Guild 1")
		storetest.Guild(t, s, "2", "Guild 2")
		for channel, status := range map[string]store.GiveawayStatus{
			"41": store.GiveawayPending, "42": store.GiveawayActive, "43": store.GiveawayPaused,
			"44": store.GiveawayEnded, "45": store.GiveawayCancelled,
		} {
			storetest.Giveaway(t, s, "1", store.Giveaway{ChannelID: channel, Status: status})
			storetest.Giveaway(t, s, "1", store.Giveaway{ChannelID: channel, Status: status})
		}
		repeating := storetest.Giveaway(t, s, "1", store.Giveaway{ChannelID: "46", Status: store.GiveawayEnded})
		noError(t, s.SetRepeat(t.Context(), "1", repeating.ID, store.RepeatRule{Days: 7, Zone: "UTC", From: noon}, noon))
		storetest.Giveaway(t, s, "2", store.Giveaway{ChannelID: "47"})

		targets := must(s.SyncTargets(t.Context(), "1", noon, time.Minute))(t)
		if want := []string{"41", "42", "43", "46"}; !slices.Equal(targets.GiveawayChannels, want) {
			t.Errorf("GiveawayChannels = %v, want %v", targets.GiveawayChannels, want)
		}
	})
}

func TestPermissionBits(t *testing.T) {
	seen := map[int64]bool{}
	for _, p := range store.Permissions {
		bit := p.Bit()
		if bit == 0 || bit&(bit-1) != 0 || seen[bit] {
			t.Errorf("Bit() of %s = %d, want one bit that no other permission has", p, bit)
		}
		seen[bit] = true
	}
	if bit := store.Permission("ADMINISTRATOR").Bit(); bit != 0 {
		t.Errorf("Bit() of a permission that the bot does not need = %d, want 0", bit)
	}
}
