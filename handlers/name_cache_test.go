package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

const (
	lobby = "400000000000000001"
	news  = "400000000000000002"
	vip   = "500000000000000001"
	guest = "500000000000000002"
)

// recordNames records the names of the guild's channels and roles, as the bot does.
func (s *site) recordNames() {
	s.t.Helper()
	_, err := s.Store.SyncChannels(s.t.Context(), lantern, []store.Channel{
		{ID: "30", Name: "Events", Kind: store.ChannelCategory, Position: 1},
		{ID: lobby, Name: "lobby <b>", Kind: store.ChannelText, ParentID: "30", Position: 2},
		{ID: news, Name: "news", Kind: store.ChannelAnnouncement}, {ID: "43", Name: "Talk", Kind: store.ChannelVoice},
	})
	must(s.t, err)
	_, err = s.Store.SyncRoles(s.t.Context(), lantern,
		[]store.Role{{ID: vip, Name: "VIP <i>", Position: 2}, {ID: guest, Name: "Guests"}}, nil, time.Now())
	must(s.t, err)
}

func TestChannelAndRoleNamesAreShown(t *testing.T) {
	s := openSite(t)
	s.recordNames()
	g := s.createGiveaway(store.Giveaway{
		ChannelID: lobby, RequiredRoleIDs: store.Strings{vip}, BlacklistRoleIDs: store.Strings{"77"},
		BonusEntryRoles: []contract.BonusRole{{RoleID: guest, RoleName: "Old name", Entries: 2},
			{RoleID: "78", RoleName: "Gone role", Entries: 3}},
	})
	elsewhere := s.createGiveaway(store.Giveaway{ChannelID: "400000000000000009"})
	b := s.signIn(robin)
	a := b.get(giveawaysPath+"/"+g.ID).wantStatus(http.StatusOK).wantNoText("lobby <b>", "VIP <i>", "Old name")
	a.wantText("#live", "#lobby <b>").wantText("#live", "role @VIP <i>").wantText("#live", "role 77").
		wantText("#live", "for @Guests").wantText("#live", "for Gone role")
	if copies := a.find("#copy-channel"); attr(copies, "data-copy") != lobby ||
		attr(a.find("#discord-channel"), "href") != "https://discord.com/channels/"+lantern+"/"+lobby {
		t.Error("the channel has no copy button for its id or no link to Discord")
	}
	b.get(giveawaysPath+"/"+elsewhere.ID).wantText("#live code", "400000000000000009")
	a = b.get(giveawaysPath + "?channel=" + lobby).wantStatus(http.StatusOK)
	if got := visibleText(a.find("#channel option[selected]")); got != "#lobby <b>" {
		t.Errorf("selected channel = %q, want %q", got, "#lobby <b>")
	}

	m := storetest.Member(t, s.Store, lantern, "300000000000000001", "Ada")
	ticket, err := s.Store.OpenTicket(t.Context(), store.Ticket{GuildID: lantern, ChannelID: news}, m.ID)
	must(t, err)
	b.get("/guilds/"+lantern+"/tickets/"+ticket.ID).wantStatus(http.StatusOK).wantText("#live .channel", "#news")

	columns, rows := parseCSV(t, b.get(giveawaysPath+"/export?format=csv&sort=oldest"))
	if !slices.Contains(columns, "channel") || rows[0]["channel"]+rows[1]["channel"] != "lobby <b>" {
		t.Errorf("export = %q, want the channel's name", rows)
	}
	_, rows = parseCSV(t, b.get("/guilds/"+lantern+"/tickets/export?format=csv"))
	if rows[0]["channel"] != "news" {
		t.Errorf("export = %q, want channel news", rows)
	}
}

func TestChannelsAndRolesAreSelectedByName(t *testing.T) {
	s := openSite(t)
	s.recordNames()
	s.sendHeartbeat()
	panel, category, _ := s.createTicketSetup()
	b := s.signIn(robin)
	values := func(options *goquery.Selection) []string {
		return options.Map(func(_ int, e *goquery.Selection) string { return attr(e, "value") })
	}
	a := b.get(giveawaysPath + "/new").wantStatus(http.StatusOK)
	if got := values(a.find("select#channelId option")); !slices.Equal(got, []string{"", news, lobby}) {
		t.Errorf("channel options = %q, want text channels only", got)
	}
	if got := attr(a.find("#channelId optgroup"), "label"); got != "Events" {
		t.Errorf("group of the lobby = %q, want Events", got)
	}
	form := a.formValues("#giveaway-form", url.Values{
		"prize": {"Lamp"}, "channelId": {lobby}, "requiredRoleIds": {vip, guest}, "pingRoleId": {guest},
		"bonusRole": {vip, "", "", "", ""}, "blacklistRoleIds": {vip},
	})
	a = b.post(giveawaysPath, form).wantStatus(http.StatusUnprocessableEntity)
	a.wantText("#problem-blacklistRoleIds", "both required and excluded")
	if attr(a.find("fieldset#blacklistRoleIds"), "aria-describedby") != "problem-blacklistRoleIds" {
		t.Error("the roles have no description by their error")
	}
	if got := values(a.find("#requiredRoleIds [checked]")); !slices.Equal(got, []string{vip, guest}) {
		t.Errorf("selected roles = %q, want VIP and Guests", got)
	}
	b.post(giveawaysPath, a.formValues("#giveaway-form", url.Values{"blacklistRoleIds": nil})).wantStatus(http.StatusSeeOther)
	if c := s.commands(); len(c) != 2 || !strings.Contains(string(c[0].Data),
		`"requiredRoleIds":["`+vip+`","`+guest+`"]`) ||
		!strings.Contains(string(c[0].Data), `"channelId":"`+lobby+`"`) {
		t.Errorf("command data = %s, want the selected roles and channel", c[0].Data)
	}

	for _, test := range []struct {
		path   string
		change url.Values
		reads  string
	}{
		{settingsPath + "/tickets", url.Values{"logChannelId": {news}, "categoryChannelId": {"30"}}, "#news"},
		{settingsPath + "/giveaways", url.Values{"pingRoleId": {vip}, "channelId": {lobby}}, "@VIP <i>"},
		{panel, url.Values{"channelId": {news}}, "#news"},
		{category, url.Values{"pingRoleIds": {guest, vip}}, "@Guests, @VIP <i>"},
	} {
		a := b.get(test.path).wantStatus(http.StatusOK)
		b.post(test.path, a.formValues("#settings-form", test.change)).wantStatus(http.StatusSeeOther)
		a = b.get(test.path)
		for field, want := range test.change {
			got := values(a.find("#" + field).Find("[selected], [checked]"))
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s: %s = %q, want %q", test.path, field, got, want)
			}
		}
		b.get("/guilds/"+lantern+"/audit").wantText("#rows tr:first-child .change", "→ "+test.reads)
	}
	b.get(settingsPath+"/panels").wantText(".panel .channel", "#news")
}

// TestUnknownSelectionIsKept checks that saving a form keeps selected ids that the bot has not named yet, or that no
// longer exist.
func TestUnknownSelectionIsKept(t *testing.T) {
	s := openSite(t)
	_, category, _ := s.createTicketSetup()
	b := s.signIn(robin)
	for path, change := range map[string]url.Values{
		category:                    {"pingRoleIds": {"77 " + vip}, "categoryChannelId": {"31"}},
		settingsPath + "/giveaways": {"channelId": {"40"}, "pingRoleId": {"77"}},
	} {
		b.post(path, b.get(path).formValues("#settings-form", change)).wantStatus(http.StatusSeeOther)
	}
	s.recordNames()
	s.Resubscribe()
	for path, want := range map[string]map[string]string{
		category:                    {"pingRoleIds": "77 " + vip, "categoryChannelId": "31"},
		settingsPath + "/giveaways": {"channelId": "40", "pingRoleId": "77"},
	} {
		form := b.get(path).wantStatus(http.StatusOK).formValues("#settings-form", nil)
		for field, value := range want {
			if got := strings.Join(form[field], " "); got != value {
				t.Errorf("%s in the form = %q, want %q", field, got, value)
			}
		}
	}
}

func TestRenameUpdatesOpenPages(t *testing.T) {
	s := openSite(t)
	s.subscribe()
	s.recordNames()
	g := s.createGiveaway(store.Giveaway{ChannelID: news})
	b := s.signIn(robin)
	st := b.openStream(giveawaysPath + "/" + g.ID + "/live")
	if frame := st.next(); !strings.Contains(frame.data, "#news") {
		t.Fatalf("frame = %q, want #news", frame.data)
	}
	_, err := s.Store.SyncChannels(t.Context(), lantern, []store.Channel{{ID: news, Name: "olds", Kind: store.ChannelText}})
	must(t, err)
	s.publish(contract.GuildUpdateEvent, lantern)
	if frame := st.next(); !strings.Contains(frame.data, "#olds") {
		t.Errorf("frame = %q, want #olds", frame.data)
	}
}

// TestRefusalHidesChannelsAndRoles checks that a refused form shows the submitted input without the guild's channels
// and roles.
func TestRefusalHidesChannelsAndRoles(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	b := s.signInStaff(access.LevelSee, access.LevelSee)
	_, err := s.Store.SyncChannels(t.Context(), lantern, []store.Channel{{ID: news, Name: "secret-room", Kind: store.ChannelText}})
	must(t, err)
	_, err = s.Store.SyncRoles(t.Context(), lantern,
		[]store.Role{{ID: helperRole, Name: "Helpers"}, {ID: hostsRole, Name: "Secret role"}},
		map[string]store.Strings{kim: {helperRole}}, time.Now())
	must(t, err)
	form := validGiveawayForm()
	form.Set("version", "0")
	for _, path := range []string{giveawaysPath, settingsPath + "/giveaways", settingsPath + "/tickets",
		settingsPath + "/panels", settingsPath + "/panels/x/categories"} {
		for _, as := range [][]string{nil, asPartial} {
			b.post(path, form, as...).wantStatus(http.StatusForbidden).wantNoText("secret-room", "Secret role")
		}
	}
	// may read them
	s.signIn(robin).get(settingsPath+"/panels/new").wantStatus(http.StatusOK).wantText("main", "secret-room")
}
