package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
)

// savePermissionIssues saves what the bot's check found: two permissions are missing in a giveaway's channel, and one each in
// the category of tickets and in the whole server.
func savePermissionIssues(t *testing.T, s *site) {
	t.Helper()
	_, err := s.Store.ReplaceSyncIssues(t.Context(), lantern, []store.SyncIssue{
		{Kind: store.SyncIssueGiveawayPermissions, Target: lobby,
			Label: store.PermissionLabel([]store.Permission{store.PermissionEmbedLinks, store.PermissionManageRoles})},
		{Kind: store.SyncIssueTicketPermissions, Target: "30", Label: string(store.PermissionManageChannels)},
		{Kind: store.SyncIssueTicketPermissions, Label: string(store.PermissionManageRoles)},
	}, time.Now())
	must(t, err)
}

// wantPermissionIssues checks the names of the places that the overview lists.
func wantPermissionIssues(t *testing.T, a *testResponse, places ...string) {
	t.Helper()
	got := a.find("#missing-permissions > li").Map(func(_ int, row *goquery.Selection) string {
		return strings.TrimSpace(row.Find(".channel").Text())
	})
	if strings.Join(got, "|") != strings.Join(places, "|") {
		t.Errorf("places with missing permissions = %q, want %q", got, places)
	}
}

func TestMissingPermissionsNeedAttention(t *testing.T) {
	s := openSite(t)
	s.recordNames()
	s.sendHeartbeat()
	b := s.signIn(robin)
	overview := "/guilds/" + lantern
	for _, page := range []string{"/", overview} {
		if a := b.get(page).wantStatus(http.StatusOK); a.find("#attention-permissions-"+lantern+", #missing-permissions").Length() > 0 {
			t.Errorf("%s shows missing permissions before the bot found any", page)
		}
	}
	savePermissionIssues(t, s)

	for _, page := range []string{"/", overview} {
		a := b.get(page).wantStatus(http.StatusOK)
		chip := a.find("#attention-permissions-" + lantern)
		if got, want := attr(chip, "href"), overview+"#missing-permissions-title"; got != want || !strings.HasPrefix(chip.Text(), "3 ") {
			t.Errorf("%s: link = %q %q, want 3 issues and %q", page, chip.Text(), got, want)
		}
		if a.find("#attention-issues-"+lantern).Length() > 0 {
			t.Errorf("%s counts missing permissions as sync issues, too", page)
		}
	}

	a := b.get(overview)
	wantPermissionIssues(t, a, "#lobby <b>", "Whole server", "Events")
	a.wantText("#missing-permissions > li:nth-child(1)", "Embed Links, Manage Permissions").
		wantText("#missing-permissions > li:nth-child(2)", "Manage Roles").
		wantText("#missing-permissions > li:nth-child(3)", "Manage Channels")
	server := "https://discord.com/channels/" + lantern
	a.find("#missing-permissions > li").Each(func(i int, row *goquery.Selection) {
		want := []string{server + "/" + lobby, server, server}[i] // Discord opens no categories
		if row.Find("a[href='"+want+"']").Length() != 1 {
			t.Errorf("row %d: no link to %s", i, want)
		}
	})
	if n := a.find("#sync-issues, #missing-permissions form, #missing-permissions button").Length(); n > 0 {
		t.Errorf("elements that offer a repair = %d, want none", n)
	}
	for _, path := range []string{giveawaysPath + "/" + lobby, ticketsPath + "/30"} {
		b.post(path+"/repair", url.Values{}).wantStatus(http.StatusNotFound)
	}

	b.setCookie("lang", "vi")
	b.get(overview).wantText("#missing-permissions", "Nhúng liên kết (Embed Links)")
}

func TestMissingPermissionsAreShownByModule(t *testing.T) {
	s := openSite(t)
	s.recordNames()
	savePermissionIssues(t, s)
	overview := "/guilds/" + lantern
	giveaways := s.signInStaff(access.LevelSee, access.LevelNone).get(overview).wantStatus(http.StatusOK)
	wantPermissionIssues(t, giveaways, "#lobby <b>")
	giveaways.wantText("#attention-permissions-"+lantern, "1 ")
	tickets := s.signInStaff(access.LevelNone, access.LevelSee).get(overview).wantStatus(http.StatusOK)
	wantPermissionIssues(t, tickets, "Whole server", "Events")
	tickets.wantText("#attention-permissions-"+lantern, "2 ")
}

// TestOverviewDropsGrantedPermissions checks that open pages follow the bot's next check.
func TestOverviewDropsGrantedPermissions(t *testing.T) {
	s := openSite(t)
	s.subscribe()
	savePermissionIssues(t, s)
	b := s.signIn(robin)
	for _, page := range []string{"/", "/guilds/" + lantern} {
		stream := b.openStream(strings.TrimSuffix(page, "/") + "/live")
		for !strings.Contains(stream.next().data, "attention-permissions-") { // an earlier frame may carry the viewers
		}
		_, err := s.Store.ReplaceSyncIssues(t.Context(), lantern, nil, time.Now())
		must(t, err)
		s.publish(contract.TicketUpdateEvent, lantern)
		for strings.Contains(stream.next().data, "attention-permissions-") {
		}
		savePermissionIssues(t, s)
	}
}
