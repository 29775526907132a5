package handlers_test

import (
	"net/http"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/access"
)

func TestPageOfItemShowsItsSyncIssue(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	b := s.signIn(robin)
	ticket, other := s.createTicket("Help", time.Now()), s.createTicket("Me, too", time.Now())
	g := s.createGiveaway(store.Giveaway{Prize: "A lamp"})
	_, err := s.Store.ReplaceSyncIssues(t.Context(), lantern, []store.SyncIssue{
		{GuildID: lantern, Kind: store.SyncIssueChannelDeleted, Target: ticket.ID, Label: "#1"},
		{GuildID: lantern, Kind: store.SyncIssueOverdue, Target: g.ID, Label: "A lamp"},
	}, time.Now())
	must(t, err)
	b.get(ticketPath(ticket)).wantStatus(http.StatusOK).wantText(".sync-issue", "its channel was deleted").
		wantCount(".sync-issue form[action='"+ticketPath(ticket)+"/close']", 1)
	b.get(giveawayPath(g)).wantText(".sync-issue", "Should have ended already").
		wantCount(".sync-issue form[action='"+giveawayPath(g)+"/end']", 1)
	b.get(ticketPath(other)).wantCount(".sync-issue", 0)

	s.signInStaff(access.LevelNone, access.LevelSee).get(ticketPath(ticket)).
		wantText(".sync-issue", "its channel was deleted").wantCount(".sync-issue form", 0)
}
