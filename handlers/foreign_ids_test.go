package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/forms"
	"guildboard/store/storetest"
)

// Channels and roles of another guild that has the bot, too.
const (
	foreignChannel  = "410000000000000001"
	foreignCategory = "410000000000000010"
	foreignRole     = "510000000000000001"
)

// recordChannelsAndRoles records lantern's and harbour's channels and roles, as the bot does.
func (s *site) recordChannelsAndRoles() {
	s.t.Helper()
	s.recordNames()
	storetest.Guild(s.t, s.Store, harbour, "Harbour")
	_, err := s.Store.SyncChannels(s.t.Context(), harbour, []store.Channel{
		{ID: foreignChannel, Name: "theirs", Kind: store.ChannelText}, {ID: foreignCategory, Name: "Theirs", Kind: store.ChannelCategory},
	})
	must(s.t, err)
	_, err = s.Store.SyncRoles(s.t.Context(), harbour, []store.Role{{ID: foreignRole, Name: "Theirs"}}, nil, time.Now())
	must(s.t, err)
}

// validLanternForm returns a valid form with lantern's ids.
func validLanternForm() url.Values {
	form := validGiveawayForm()
	form.Set("channelId", lobby)
	form.Set("requiredRoleIds", vip)
	form["bonusRole"] = []string{guest}
	return form
}

// TestGiveawayFormRefusesForeignIDs sends, in each field that carries a Discord id, an id of another guild and one of
// the wrong type.
func TestGiveawayFormRefusesForeignIDs(t *testing.T) {
	s := openSite(t)
	s.recordChannelsAndRoles()
	s.sendHeartbeat()
	b := s.signIn(robin)
	g := s.createGiveaway(store.Giveaway{ChannelID: lobby, Status: store.GiveawayActive, EndsAt: time.Now().Add(time.Hour)})
	for _, test := range []struct{ field, value, at string }{
		{"channelId", foreignChannel, "channelId"}, {"channelId", "30", "channelId"}, // a category can't receive messages
		{"pingRoleId", foreignRole, "pingRoleId"},
		{"requiredRoleIds", vip + " " + foreignRole, "requiredRoleIds"},
		{"blacklistRoleIds", foreignRole, "blacklistRoleIds"},
		{"bonusRole", foreignRole, "bonusEntryRoles"},
	} {
		form := validLanternForm()
		form.Set(test.field, test.value)
		a := b.post(giveawaysPath, form).wantStatus(http.StatusUnprocessableEntity)
		a.wantText("#problem-"+test.at, "This server has no such")
		if test.field != "channelId" { // which can't be changed later
			b.post(giveawayPath(g)+"/edit", form).wantStatus(http.StatusUnprocessableEntity).
				wantText("#problem-"+test.at, "This server has no such")
		}
	}
	if n := len(s.commands()); n != 0 {
		t.Errorf("commands = %d, want 0", n)
	}
	form := validLanternForm()
	form.Set("pingRoleId", lantern) // the role @everyone
	b.post(giveawaysPath, form).wantStatus(http.StatusSeeOther)
	form = validLanternForm()
	form.Set("channelId", "43") // a voice channel also has text messages
	b.post(giveawaysPath, form).wantStatus(http.StatusSeeOther)
}

func TestSettingsRefuseForeignIDs(t *testing.T) {
	s := openSite(t)
	s.recordChannelsAndRoles()
	panel, category, product := s.createTicketSetup()
	b := s.signIn(robin)
	schemas := map[string]forms.Schema{
		settingsPath + "/giveaways": store.GiveawaySettingsSchema, settingsPath + "/tickets": store.TicketSettingsSchema,
		panel: store.PanelSchema, category: store.CategorySchema, product: store.ProductSchema,
	}
	tc := map[forms.Kind][]string{ // and of the wrong type
		forms.Channel: {foreignChannel, "30"}, forms.ChannelCategory: {foreignCategory, lobby},
		forms.Role: {foreignRole}, forms.Roles: {vip + " " + foreignRole},
	}
	right := map[forms.Kind]string{
		forms.Channel: lobby, forms.ChannelCategory: "30", forms.Role: vip, forms.Roles: vip + " " + guest,
	}
	checked := 0
	for path, schema := range schemas {
		for _, f := range schema {
			for _, value := range tc[f.Kind] {
				checked++
				form := b.get(path).formValues("#settings-form", url.Values{f.Name: {value}})
				a := b.post(path, form).wantStatus(http.StatusUnprocessableEntity)
				if !strings.Contains(a.text("#problem-"+f.Name), "This server has no such") {
					t.Errorf("%s: %s = %s: error = %q, want one for an unknown id",
						path, f.Name, value, a.text("#problem-"+f.Name))
				}
			}
			if value := right[f.Kind]; value != "" {
				form := b.get(path).formValues("#settings-form", url.Values{f.Name: {value}})
				b.post(path, form).wantStatus(http.StatusSeeOther)
			}
		}
	}
	if checked < 15 {
		t.Errorf("tried values = %d, want at least 15", checked)
	}
}

// TestSettingsKeepDeletedChannels checks that ids saved before the check existed, or deleted since, do not prevent
// other changes from being saved.
func TestSettingsKeepDeletedChannels(t *testing.T) {
	s := openSite(t)
	path := settingsPath + "/giveaways"
	b := s.signIn(robin)
	// The bot has recorded no channels yet.
	b.post(path, b.get(path).formValues("#settings-form", url.Values{"channelId": {foreignChannel}})).wantStatus(http.StatusSeeOther)
	s.recordChannelsAndRoles()
	s.Resubscribe()
	a := b.get(path).wantStatus(http.StatusOK)
	if got := a.text("#problem-channelId"); !strings.Contains(got, "This server has no such") {
		t.Errorf("error of a deleted channel = %q, want one for an unknown channel", got)
	}
	if a.find("#problem-pingRoleId").Length() > 0 || a.find("#settings-form[data-resubmit]").Length() > 0 {
		t.Error("the page has an error at an empty field, or asks before leaving the page")
	}
	b.post(path, b.get(path).formValues("#settings-form", url.Values{"maxRerolls": {"4"}})).wantStatus(http.StatusSeeOther)
	b.post(path, b.get(path).formValues("#settings-form", url.Values{"pingRoleId": {foreignRole}})).
		wantStatus(http.StatusUnprocessableEntity)
}

func TestIDsAreUncheckedBeforeFirstSync(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	form := validGiveawayForm()
	form.Set("channelId", foreignChannel)
	s.signIn(robin).post(giveawaysPath, form).wantStatus(http.StatusSeeOther)
	if n := len(s.commands()); n != 1 {
		t.Errorf("commands = %d, want 1: the bot decides", n)
	}
}

func TestTemplateRefusesForeignChannel(t *testing.T) {
	s := openSite(t)
	s.recordChannelsAndRoles()
	b := s.signIn(robin)
	for _, g := range []store.Giveaway{{ChannelID: foreignChannel}, {ChannelID: lobby, RequiredRoleIDs: store.Strings{foreignRole}}} {
		g = s.createGiveaway(g)
		a := b.post(templatesPath, url.Values{"from": {g.ID}, "name": {"Theirs"}}).wantStatus(http.StatusUnprocessableEntity)
		a.wantText("#problem-name", "this server doesn’t have")
	}
	list, err := s.Store.Templates(t.Context(), lantern)
	must(t, err)
	if len(list) != 0 {
		t.Errorf("templates = %d, want 0", len(list))
	}
}

func TestStaffFormRefusesForeignRoles(t *testing.T) {
	s := openSite(t)
	s.recordChannelsAndRoles()
	b := s.signIn(robin)
	form := b.get(staffPath).formValues("#staff-form", url.Values{"role": {foreignRole}, "add-tickets": {"act"}})
	b.post(staffPath, form).wantStatus(http.StatusUnprocessableEntity).wantText("#problem-role", "no such role")
	form = b.get(staffPath).formValues("#staff-form", url.Values{"level-" + foreignRole + "-tickets": {"act"}})
	b.post(staffPath, form).wantStatus(http.StatusUnprocessableEntity).wantText("#problem-role", "no such role")
	form = b.get(staffPath).formValues("#staff-form", url.Values{"level-" + vip + "-tickets": {"act"}})
	b.post(staffPath, form).wantStatus(http.StatusSeeOther)
}

// TestForeignIDCheckReadsDatabase checks that the check uses what the bot has written, not the cached names of a page.
func TestForeignIDCheckReadsDatabase(t *testing.T) {
	s := openSite(t)
	s.recordChannelsAndRoles()
	s.sendHeartbeat()
	b := s.signIn(robin)
	s.closeStore()
	b.post(giveawaysPath, validLanternForm()).wantStatus(http.StatusServiceUnavailable)
}
