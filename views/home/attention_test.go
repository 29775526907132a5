package home

import (
	"fmt"
	"testing"

	"guildboard/store"
	"guildboard/views/ui"
)

func TestUrgentGuildsComeFirst(t *testing.T) {
	var guilds []ui.GuildLink
	attention := map[string]store.Attention{}
	for i := range maxAttentionGuilds + 3 {
		g := ui.GuildLink{ID: fmt.Sprint(i)}
		guilds = append(guilds, g)
		attention[g.ID] = store.Attention{UnclaimedTickets: 1, UnclaimedPrizes: 1}
	}
	attention["0"], attention["9"] = store.Attention{}, store.Attention{UnclaimedTickets: 1, SyncIssues: 1}
	found, more := needsAttention(guilds, attention)
	if len(found) != maxAttentionGuilds || more != 2 || found[0].ID != "9" || found[1].ID != "1" {
		t.Errorf("needsAttention() = %v and %d more, want server 9, then 1, and 2 more", found, more)
	}
	if found, more := needsAttention(guilds[:1], attention); len(found) != 0 || more != 0 {
		t.Errorf("needsAttention() of a server without anything = %v and %d more, want none", found, more)
	}
}
