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
	"guildboard/store/storetest"
)

const (
	lobby = "400000000000000001"
	news  = "400000000000000002"
	vip   = "500000000000000001"
	guest = "500000000000000002"
)

// names has the bot say what the guild's channels and roles are called.
func (s *site) names() {
	s.t.Helper()
	_, err := s.Store.ConfirmChannels(s.t.Context(), lantern, []store.Channel{
		{ID: "30", Name: "Events", Kind: store.ChannelCategory, Position: 1}, {ID: lobby, Name: "lobby <b>", Kind: store.ChannelText, ParentID: "30", Position: 2},
		{ID: news, Name: "news", Kind: store.ChannelAnnouncement}, {ID: "43", Name: "Talk", Kind: store.ChannelVoice},
	})
	must(s.t, err)
	_, err = s.Store.ConfirmRoles(s.t.Context(), lantern, []store.Role{{ID: vip, Name: "VIP <i>", Position: 2}, {ID: guest, Name: "Guests"}}, nil, time.Now())
	must(s.t, err)
}

func TestChannelsAndRolesAreShownByName(t *testing.T) {
	s := open(t)
	s.names()
	g := s.giveaway(store.Giveaway{
		ChannelID: lobby, RequiredRoleIDs: store.Strings{vip}, BlacklistRoleIDs: store.Strings{"77"},
		BonusEntryRoles: []store.BonusRole{{RoleID: guest, RoleName: "Old name", Entries: 2}, {RoleID: "78", RoleName: "Gone role", Entries: 3}},
	})
	elsewhere := s.giveaway(store.Giveaway{ChannelID: "400000000000000009"})
	b := s.signIn(robin)
	a := b.get(giveawaysPath+"/"+g.ID).wants(http.StatusOK).hides("lobby <b>", "VIP <i>", "Old name")
	a.says("#live", "#lobby <b>").says("#live", "role @VIP <i>").says("#live", "role 77").says("#live", "for @Guests").says("#live", "for Gone role")
	if copies := a.find("#copy-channel"); attr(copies, "data-copy") != lobby || attr(a.find("#discord-channel"), "href") != "https://discord.com/channels/"+lantern+"/"+lobby {
		t.Error("the channel's id cannot be copied, or its link not followed")
	}
	b.get(giveawaysPath+"/"+elsewhere.ID).says("#live code", "400000000000000009")
	a = b.get(giveawaysPath + "?channel=" + lobby).wants(http.StatusOK)
	if got := folded(a.find("#channel option[selected]")); got != "#lobby <b>" {
		t.Errorf("the filter says %q", got)
	}

	m := storetest.Member(t, s.Store, lantern, "300000000000000001", "Ada")
	ticket, err := s.Store.OpenTicket(t.Context(), store.Ticket{GuildID: lantern, ChannelID: news}, m.ID)
	must(t, err)
	b.get("/guilds/"+lantern+"/tickets/"+ticket.ID).wants(http.StatusOK).says("#live .channel", "#news")

	columns, rows := exported(t, b.get(giveawaysPath+"/export?format=csv&sort=oldest"))
	if !slices.Contains(columns, "channel") || rows[0]["channel"]+rows[1]["channel"] != "lobby <b>" {
		t.Errorf("exported is %q", rows)
	}
	_, rows = exported(t, b.get("/guilds/"+lantern+"/tickets/export?format=csv"))
	if rows[0]["channel"] != "news" {
		t.Errorf("exported is %q", rows)
	}
}

func TestChannelsAndRolesAreChosenByName(t *testing.T) {
	s := open(t)
	s.names()
	s.beats()
	panel, category, _ := s.setup()
	b := s.signIn(robin)
	values := func(options *goquery.Selection) []string {
		return options.Map(func(_ int, e *goquery.Selection) string { return attr(e, "value") })
	}
	a := b.get(giveawaysPath + "/new").wants(http.StatusOK)
	if got := values(a.find("select#channelId option")); !slices.Equal(got, []string{"", news, lobby}) {
		t.Errorf("a giveaway can be posted in %q", got)
	}
	if got := attr(a.find("#channelId optgroup"), "label"); got != "Events" {
		t.Errorf("the lobby stands in %q", got)
	}
	form := a.sent("#giveaway-form", url.Values{
		"prize": {"Lamp"}, "channelId": {lobby}, "requiredRoleIds": {vip, guest}, "pingRoleId": {guest}, "bonusRole": {vip, "", "", "", ""}, "blacklistRoleIds": {vip},
	})
	a = b.post(giveawaysPath, form).wants(http.StatusUnprocessableEntity)
	a.says("#problem-blacklistRoleIds", "both required and barred")
	if attr(a.find("fieldset#blacklistRoleIds"), "aria-describedby") != "problem-blacklistRoleIds" {
		t.Error("what is wrong is not tied to the roles")
	}
	if got := values(a.find("#requiredRoleIds [checked]")); !slices.Equal(got, []string{vip, guest}) {
		t.Errorf("ticked are %q", got)
	}
	b.post(giveawaysPath, a.sent("#giveaway-form", url.Values{"blacklistRoleIds": nil})).wants(http.StatusSeeOther)
	if c := s.commands(); len(c) != 2 || !strings.Contains(string(c[0].Data), `"requiredRoleIds":["`+vip+`","`+guest+`"]`) || !strings.Contains(string(c[0].Data), `"channelId":"`+lobby+`"`) {
		t.Errorf("asked for is %s", c[0].Data)
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
		a := b.get(test.path).wants(http.StatusOK)
		b.post(test.path, a.sent("#settings-form", test.change)).wants(http.StatusSeeOther)
		a = b.get(test.path)
		for field, want := range test.change {
			got := values(a.find("#" + field).Find("[selected], [checked]"))
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s: %s is %q, not %q", test.path, field, got, want)
			}
		}
		b.get("/guilds/"+lantern+"/audit").says("#rows tr:first-child .change", "→ "+test.reads)
	}
	b.get(settingsPath+"/panels").says(".panel .channel", "#news")
}

// What has been chosen before the bot named anything, or is gone since, is neither lost nor changed by saving the rest.
func TestAChoiceThatTheBotDoesNotNameStays(t *testing.T) {
	s := open(t)
	_, category, _ := s.setup()
	b := s.signIn(robin)
	for path, change := range map[string]url.Values{
		category: {"pingRoleIds": {"77 " + vip}, "categoryChannelId": {"31"}}, settingsPath + "/giveaways": {"channelId": {"40"}, "pingRoleId": {"77"}},
	} {
		b.post(path, b.get(path).sent("#settings-form", change)).wants(http.StatusSeeOther)
	}
	s.names()
	s.Subscribed(true)
	for path, want := range map[string]map[string]string{
		category: {"pingRoleIds": "77 " + vip, "categoryChannelId": "31"}, settingsPath + "/giveaways": {"channelId": "40", "pingRoleId": "77"},
	} {
		form := b.get(path).wants(http.StatusOK).sent("#settings-form", nil)
		for field, value := range want {
			if got := strings.Join(form[field], " "); got != value {
				t.Errorf("%s would be sent as %q, not %q", field, got, value)
			}
		}
	}
}

func TestANewNameIsOnOpenPagesAtOnce(t *testing.T) {
	s := open(t)
	s.listen()
	s.names()
	g := s.giveaway(store.Giveaway{ChannelID: news})
	b := s.signIn(robin)
	st := b.watch(giveawaysPath + "/" + g.ID + "/live")
	if frame := st.next(); !strings.Contains(frame.data, "#news") {
		t.Fatalf("the page shows %q", frame.data)
	}
	_, err := s.Store.ConfirmChannels(t.Context(), lantern, []store.Channel{{ID: news, Name: "olds", Kind: store.ChannelText}})
	must(t, err)
	s.publish(store.GuildUpdateEvent, lantern)
	if frame := st.next(); !strings.Contains(frame.data, "#olds") {
		t.Errorf("the frame is %q", frame.data)
	}
}

// A refused form gives back what was typed, and does not say what channels and roles there are.
func TestARefusalNamesNoChannelsAndRoles(t *testing.T) {
	s := open(t)
	s.beats()
	b := s.helper(store.LevelSee, store.LevelSee)
	_, err := s.Store.ConfirmChannels(t.Context(), lantern, []store.Channel{{ID: news, Name: "secret-room", Kind: store.ChannelText}})
	must(t, err)
	_, err = s.Store.ConfirmRoles(t.Context(), lantern, []store.Role{{ID: helpers, Name: "Helpers"}, {ID: hosts, Name: "Secret role"}}, map[string]store.Strings{kim: {helpers}}, time.Now())
	must(t, err)
	form := lamp()
	form.Set("version", "0")
	for _, path := range []string{giveawaysPath, settingsPath + "/giveaways", settingsPath + "/tickets", settingsPath + "/panels", settingsPath + "/panels/x/categories"} {
		for _, as := range [][]string{nil, asPartial} {
			b.post(path, form, as...).wants(http.StatusForbidden).hides("secret-room", "Secret role")
		}
	}
	s.signIn(robin).get(settingsPath+"/panels/new").wants(http.StatusOK).says("main", "secret-room") // who may read them
}
