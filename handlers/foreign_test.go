package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

// What another guild has where the bot is, too.
const (
	foreignChannel  = "410000000000000001"
	foreignCategory = "410000000000000010"
	foreignRole     = "510000000000000001"
)

// estates has the bot write down what lantern and harbour have.
func (s *site) estates() {
	s.t.Helper()
	s.names()
	storetest.Guild(s.t, s.Store, harbour, "Harbour")
	_, err := s.Store.ConfirmChannels(s.t.Context(), harbour, []store.Channel{
		{ID: foreignChannel, Name: "theirs", Kind: store.ChannelText}, {ID: foreignCategory, Name: "Theirs", Kind: store.ChannelCategory},
	})
	must(s.t, err)
	_, err = s.Store.ConfirmRoles(s.t.Context(), harbour, []store.Role{{ID: foreignRole, Name: "Theirs"}}, nil, time.Now())
	must(s.t, err)
}

// ownLamp is a form that is in order, and names what lantern has.
func ownLamp() url.Values {
	form := lamp()
	form.Set("channelId", lobby)
	form.Set("requiredRoleIds", vip)
	form["bonusRole"] = []string{guest}
	return form
}

// Each place of a form in which an id of Discord's is carried, with an id of another guild, and one of the wrong kind.
func TestGiveawayFormTakesOnlyTheGuildsOwnChannelsAndRoles(t *testing.T) {
	s := open(t)
	s.estates()
	s.beats()
	b := s.signIn(robin)
	g := s.giveaway(store.Giveaway{ChannelID: lobby, Status: store.GiveawayActive, EndsAt: time.Now().Add(time.Hour)})
	for _, test := range []struct{ field, value, at string }{
		{"channelId", foreignChannel, "channelId"}, {"channelId", "30", "channelId"}, // a category takes no messages
		{"pingRoleId", foreignRole, "pingRoleId"},
		{"requiredRoleIds", vip + " " + foreignRole, "requiredRoleIds"},
		{"blacklistRoleIds", foreignRole, "blacklistRoleIds"},
		{"bonusRole", foreignRole, "bonusEntryRoles"},
	} {
		form := ownLamp()
		form.Set(test.field, test.value)
		a := b.post(giveawaysPath, form).wants(http.StatusUnprocessableEntity)
		a.says("#problem-"+test.at, "This server has no such")
		if test.field != "channelId" { // which cannot be changed later
			b.post(giveawayPath(g)+"/edit", form).wants(http.StatusUnprocessableEntity).says("#problem-"+test.at, "This server has no such")
		}
	}
	if n := len(s.commands()); n != 0 {
		t.Errorf("%d commands were sent, want none", n)
	}
	form := ownLamp()
	form.Set("pingRoleId", lantern) // the role @everyone
	b.post(giveawaysPath, form).wants(http.StatusSeeOther)
	form = ownLamp()
	form.Set("channelId", "43") // one can write in a voice channel, too
	b.post(giveawaysPath, form).wants(http.StatusSeeOther)
}

func TestSettingsTakeOnlyTheGuildsOwnChannelsAndRoles(t *testing.T) {
	s := open(t)
	s.estates()
	panel, category, product := s.setup()
	b := s.signIn(robin)
	sheets := map[string]store.Sheet{
		settingsPath + "/giveaways": store.GiveawaySheet, settingsPath + "/tickets": store.TicketSheet,
		panel: store.PanelSheet, category: store.CategorySheet, product: store.ProductSheet,
	}
	wrong := map[store.FieldKind][]string{ // and of the wrong kind
		store.FieldChannel: {foreignChannel, "30"}, store.FieldParent: {foreignCategory, lobby},
		store.FieldRole: {foreignRole}, store.FieldRoles: {vip + " " + foreignRole},
	}
	right := map[store.FieldKind]string{
		store.FieldChannel: lobby, store.FieldParent: "30", store.FieldRole: vip, store.FieldRoles: vip + " " + guest,
	}
	checked := 0
	for path, sheet := range sheets {
		for _, f := range sheet {
			for _, value := range wrong[f.Kind] {
				checked++
				form := b.get(path).sent("#settings-form", url.Values{f.Name: {value}})
				a := b.post(path, form).wants(http.StatusUnprocessableEntity)
				if !strings.Contains(a.text("#problem-"+f.Name), "This server has no such") {
					t.Errorf("%s: %s = %s: the field says %q", path, f.Name, value, a.text("#problem-"+f.Name))
				}
			}
			if value := right[f.Kind]; value != "" {
				form := b.get(path).sent("#settings-form", url.Values{f.Name: {value}})
				b.post(path, form).wants(http.StatusSeeOther)
			}
		}
	}
	if checked < 15 {
		t.Errorf("%d values were tried, which is not all there are", checked)
	}
}

// What was saved before ids were checked, or is gone since, does not keep anybody from saving the rest.
func TestChannelThatIsGoneDoesNotKeepTheRestFromBeingSaved(t *testing.T) {
	s := open(t)
	path := settingsPath + "/giveaways"
	b := s.signIn(robin)
	b.post(path, b.get(path).sent("#settings-form", url.Values{"channelId": {foreignChannel}})).wants(http.StatusSeeOther) // nothing is known yet
	s.estates()
	s.Subscribed(true)
	a := b.get(path).wants(http.StatusOK)
	if got := a.text("#problem-channelId"); !strings.Contains(got, "This server has no such") {
		t.Errorf("the page says %q at a channel that is gone, want that it is", got)
	}
	if a.find("#problem-pingRoleId").Length() > 0 || a.find("#settings-form[data-resubmit]").Length() > 0 {
		t.Error("the page has a problem with an empty field, or asks whether to leave what was changed")
	}
	b.post(path, b.get(path).sent("#settings-form", url.Values{"maxRerolls": {"4"}})).wants(http.StatusSeeOther)
	b.post(path, b.get(path).sent("#settings-form", url.Values{"pingRoleId": {foreignRole}})).wants(http.StatusUnprocessableEntity)
}

func TestAnUnknownGuildsIDsPassToTheBot(t *testing.T) {
	s := open(t)
	s.beats()
	form := lamp()
	form.Set("channelId", foreignChannel)
	s.signIn(robin).post(giveawaysPath, form).wants(http.StatusSeeOther)
	if n := len(s.commands()); n != 1 {
		t.Errorf("%d commands were sent, want 1: the bot decides", n)
	}
}

func TestTemplateOfAForeignChannelIsNotSaved(t *testing.T) {
	s := open(t)
	s.estates()
	b := s.signIn(robin)
	for _, g := range []store.Giveaway{{ChannelID: foreignChannel}, {ChannelID: lobby, RequiredRoleIDs: store.Strings{foreignRole}}} {
		g = s.giveaway(g)
		a := b.post(templatesPath, url.Values{"from": {g.ID}, "name": {"Theirs"}}).wants(http.StatusUnprocessableEntity)
		a.says("#problem-name", "this server doesn’t have")
	}
	list, err := s.Store.Templates(t.Context(), lantern)
	must(t, err)
	if len(list) != 0 {
		t.Errorf("%d templates were saved, want none", len(list))
	}
}

func TestStaffMatrixTakesOnlyTheGuildsOwnRoles(t *testing.T) {
	s := open(t)
	s.estates()
	b := s.signIn(robin)
	form := b.get(staffPath).sent("#staff-form", url.Values{"role": {foreignRole}, "add-tickets": {"act"}})
	b.post(staffPath, form).wants(http.StatusUnprocessableEntity).says("#problem-role", "no such role")
	form = b.get(staffPath).sent("#staff-form", url.Values{"level-" + foreignRole + "-tickets": {"act"}})
	b.post(staffPath, form).wants(http.StatusUnprocessableEntity).says("#problem-role", "no such role")
	form = b.get(staffPath).sent("#staff-form", url.Values{"level-" + vip + "-tickets": {"act"}})
	b.post(staffPath, form).wants(http.StatusSeeOther)
}

// The check reads what the bot has written, not what a page has remembered for some seconds.
func TestForeignIDsAreRefusedWhenTheDatabaseDoesNotSay(t *testing.T) {
	s := open(t)
	s.estates()
	s.beats()
	b := s.signIn(robin)
	s.loseStore()
	b.post(giveawaysPath, ownLamp()).wants(http.StatusServiceUnavailable)
}
