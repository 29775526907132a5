package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"guildboard/store"
	"guildboard/store/storetest"
)

const settingsPath = "/guilds/" + lantern + "/settings"

// setup is one panel with one kind of ticket, and one product.
func (s *site) setup() (panel, category, product string) {
	s.t.Helper()
	c := storetest.Category(s.t, s.Store, lantern, "Billing")
	v := store.ProductSheet.Blank()
	v["name"] = "Nitro"
	must(s.t, s.Store.ChangeProduct(s.t.Context(), store.Person{ID: robin}, nil, store.TicketProduct{ID: "d1", GuildID: lantern}.Fill(v)))
	return settingsPath + "/panels/" + c.PanelID, settingsPath + "/panels/" + c.PanelID + "/categories/" + c.ID, settingsPath + "/products/d1"
}

func TestSettingsAreForManagers(t *testing.T) {
	s := open(t)
	panel, category, product := s.setup()
	giveaways := []string{settingsPath + "/giveaways"}
	tickets := []string{settingsPath + "/tickets", panel, category, product, panel + "/delete", category + "/delete", product + "/delete"}
	lists := []string{settingsPath + "/panels", settingsPath + "/products", settingsPath + "/replies", settingsPath + "/labels"}
	answers := func(b *browser, status int, paths ...string) {
		t.Helper()
		for _, path := range paths {
			b.get(path).wants(status).hides("Nitro", "Billing")
			b.get(path, asPartial...).wants(status)
			b.post(path, url.Values{"version": {"1"}, "name": {"Mine"}}).wants(status).hides("Nitro", "Billing")
			b.post(path, url.Values{"version": {"1"}}, asPartial...).wants(status)
		}
	}
	b := s.helper(store.LevelSee, store.LevelNone)
	answers(b, http.StatusForbidden, giveaways...)
	answers(b, http.StatusNotFound, slices.Concat(tickets, lists)...)
	b = s.helper(store.LevelNone, store.LevelManage)
	answers(b, http.StatusNotFound, giveaways...)
	answers(b, http.StatusForbidden, slices.Concat(tickets, lists)...)
	for _, path := range lists {
		b.get(path+"/new").wants(http.StatusForbidden).says("main", "You may look, but not manage")
		b.get(path + "/live").wants(http.StatusForbidden)
	}
	answers(s.signIn(sam), http.StatusNotFound, slices.Concat(giveaways, tickets, lists)...)
	b = s.helper(store.LevelManage, store.LevelManage)
	answers(b, http.StatusForbidden, slices.Concat(giveaways, tickets, lists)...)
	if a := b.get("/guilds/" + lantern); a.find("a[href*='/settings']").Length() > 0 {
		t.Error("a helper is shown the way")
	}
}

// Whoever managed the server when they opened a form, and does not when they send it, is told so above what they typed.
func TestSettingsThatMayNotBeSavedAnyMoreComeBack(t *testing.T) {
	s := open(t)
	panel, category, product := s.setup()
	manager := s.signIn(robin)
	typed := map[string]url.Values{
		settingsPath + "/giveaways": {"startTitle": {"Typed at length"}}, settingsPath + "/tickets": {"welcomeMessage": {"Typed at length"}},
		panel: {"name": {"Typed at length"}}, category: {"name": {"Typed at length"}}, product: {"name": {"Typed at length"}},
		settingsPath + "/panels": {"name": {"Typed at length"}}, panel + "/categories": {"name": {"Typed at length"}}, settingsPath + "/products": {"name": {"Typed at length"}},
		settingsPath + "/replies": {"name": {"Typed at length"}}, settingsPath + "/labels": {"name": {"Typed at length"}},
	}
	forms := map[string]url.Values{}
	for path, change := range typed {
		form := path
		if a := manager.get(path); a.find("#settings-form").Length() == 0 {
			form = path + "/new"
		}
		forms[path] = manager.get(form).wants(http.StatusOK).sent("#settings-form", change)
	}
	b := s.helper(store.LevelSee, store.LevelSee)
	before := len(s.commands())
	for path, form := range forms {
		a := b.post(path, form).wants(http.StatusForbidden).says("#refusal", "You may look, but not manage").says("#refusal", "nothing was done")
		for field := range typed[path] {
			e := a.find("#settings-form #" + field)
			if value := attr(e, "value") + e.Text(); value != "Typed at length" {
				t.Errorf("%s: typed was %q", path, value)
			}
		}
		if a.find("main [role=alert]").Length() != 1 || a.find("main a[href*='/settings']").Length() > 0 {
			t.Errorf("%s says it more than once, or leads where they may not go", path)
		}
		b.keep("lang", "vi")
		b.post(path, form).wants(http.StatusForbidden).says("#refusal", "không được quản lý")
		b.keep("lang", "en")
	}
	b.post(settingsPath+"/tickets", url.Values{"version": {"x"}}).wants(http.StatusForbidden).says("main", "You may look, but not manage")
	if len(s.commands()) != before {
		t.Error("something was saved")
	}
}

func TestSettingsAreSavedToldAndWrittenDown(t *testing.T) {
	s := open(t)
	s.beats()
	b := s.signIn(robin)
	client, err := store.OpenRedis("redis://" + s.redis.Addr())
	must(t, err)
	defer client.Close()
	told := client.PSubscribe(t.Context(), "bot:config:*")
	defer told.Close()
	_, err = told.Receive(t.Context())
	must(t, err)
	for module, change := range map[string]url.Values{
		"giveaways": {"buttonText": {"Join & win"}, "buttonEmoji": {"🦊"}, "duration": {"604800"}, "pingOnEnd": nil, "channelId": {"400000000000000001"}},
		"tickets":   {"maxPerUser": {"7"}, "welcomeMessage": {"Hello {user}\r\n<b>you</b>"}, "reopenEnabled": nil},
	} {
		path := settingsPath + "/" + module
		form := b.get(path).wants(http.StatusOK).sent("#settings-form", change)
		b.post(path, form).leadsTo(path + "?note=settings.saved")
		a := b.get(path+"?note=settings.saved").wants(http.StatusOK).says("main .note-success", "Saved")
		for field, values := range change {
			e := a.find("#" + field)
			switch {
			case values == nil:
				if e.Is("[checked]") {
					t.Errorf("%s is still ticked", field)
				}
			case e.Is("select"):
				if got := attr(e.Find("option[selected]"), "value"); got != values[0] {
					t.Errorf("%s is %q", field, got)
				}
			case e.Is("textarea"):
				if got := e.Text(); got != strings.ReplaceAll(values[0], "\r", "") {
					t.Errorf("%s is %q", field, got)
				}
			default:
				if got := attr(e, "value"); got != values[0] {
					t.Errorf("%s is %q", field, got)
				}
			}
		}
		for range 2 {
			m := await(t, told.Channel(), "what bots are told")
			if !strings.Contains(m.Payload, `"action":"update"`) || !strings.Contains(m.Payload, lantern) {
				t.Errorf("told is %s on %s", m.Payload, m.Channel)
			}
		}
	}
	if c := s.commands(); len(c) != 2 || c[0].Verb != store.VerbSettingsChange || c[0].Actor.ID != robin {
		t.Errorf("written down is %+v", c)
	}
	b.get("/guilds/"+lantern+"/audit").wants(http.StatusOK).says("#rows", "Change settings").says("#rows", "Giveaways")

	t.Run("and a new giveaway begins with them", func(t *testing.T) {
		a := b.get(giveawaysPath + "/new").wants(http.StatusOK)
		for field, want := range map[string]string{"buttonText": "🦊 Join & win", "endsIn": "7d", "channelId": "400000000000000001"} {
			if got := attr(a.find("#"+field), "value"); got != want {
				t.Errorf("%s begins as %q, not %q", field, got, want)
			}
		}
		if a.find("#pingOnEnd").Is("[checked]") {
			t.Error("pingOnEnd begins ticked")
		}
	})
}

func TestSettingsThatAreNotInOrderComeBackWithWhatIsWrongAtTheField(t *testing.T) {
	s := open(t)
	panel, category, product := s.setup()
	b := s.signIn(robin)
	for _, test := range []struct{ path, field, value string }{
		{settingsPath + "/giveaways", "buttonText", ""}, {settingsPath + "/giveaways", "buttonText", strings.Repeat("ü", 61)},
		{settingsPath + "/giveaways", "embedColor", "red"}, {settingsPath + "/giveaways", "imageUrl", "javascript:alert(1)"},
		{settingsPath + "/giveaways", "duration", "5"}, {settingsPath + "/giveaways", "maxRerolls", "-1"},
		{settingsPath + "/tickets", "maxPerUser", "11"}, {settingsPath + "/tickets", "cooldownMinutes", "x"},
		{settingsPath + "/tickets", "logChannelId", "#general"}, {settingsPath + "/tickets", "closeMessage", strings.Repeat("a", 1001)},
		{panel, "name", ""}, {panel, "title", strings.Repeat("a", 257)}, {panel, "componentType", "LIST"}, {panel, "selectPlaceholder", strings.Repeat("a", 151)},
		{category, "name", strings.Repeat("a", 81)}, {category, "pingRoleIds", "1 1"}, {category, "q1Label", strings.Repeat("a", 46)},
		{product, "name", strings.Repeat("a", 51)}, {product, "assignedUserIds", "ann"},
	} {
		form := b.get(test.path).wants(http.StatusOK).sent("#settings-form", url.Values{test.field: {test.value}})
		a := b.post(test.path, form).wants(http.StatusUnprocessableEntity)
		if a.text("#problem-"+test.field) == "" || attr(a.find("#"+test.field), "aria-invalid") != "true" {
			t.Errorf("%s: %s is not marked", test.path, test.field)
		}
		if e := a.find("#" + test.field); !e.Is("select, textarea") && attr(e, "value") != test.value {
			t.Errorf("%s: what was typed has become %q", test.field, attr(e, "value"))
		}
	}
	b.post(settingsPath+"/tickets", url.Values{"version": {"x"}}).wants(http.StatusBadRequest)
	if c := s.commands(); len(c) != 1 { // the product of setup
		t.Errorf("written down is %+v", c)
	}
}

func TestWhoSavesSettingsOverAnothersSeesBoth(t *testing.T) {
	s := open(t)
	panel, _, _ := s.setup()
	b := s.signIn(robin)
	for path, fields := range map[string][3]string{
		settingsPath + "/tickets": {"maxPerUser", "4", "6"}, panel: {"title", "Yours", "Theirs <b>"},
	} {
		field, mine, theirs := fields[0], fields[1], fields[2]
		old := b.get(path).wants(http.StatusOK)
		b.post(path, old.sent("#settings-form", url.Values{field: {theirs}})).wants(http.StatusSeeOther)
		a := b.post(path, old.sent("#settings-form", url.Values{field: {mine}})).wants(http.StatusConflict)
		a.says("#conflict", "Changed by Robin").says("#theirs-"+field, theirs)
		if got := attr(a.find("#"+field), "value"); got != mine {
			t.Errorf("what was filled in has become %q", got)
		}
		if a.find(".theirs").Length() != 1 {
			t.Errorf("%d fields are said to differ", a.find(".theirs").Length())
		}
		if attr(b.get(path).find("#"+field), "value") != theirs {
			t.Error("it was saved all the same")
		}
		b.post(path, a.sent("#settings-form", nil)).wants(http.StatusSeeOther)
		if attr(b.get(path).find("#"+field), "value") != mine {
			t.Error("saving it again did not decide")
		}
	}
}

func TestPanelsAreMadeChangedAndDeleted(t *testing.T) {
	s := open(t)
	b := s.signIn(robin)
	list := settingsPath + "/panels"
	b.get(list).wants(http.StatusOK).says("#panels-none", "No panel yet")
	form := b.get(list+"/new").wants(http.StatusOK).sent("#settings-form", url.Values{"name": {"Support"}})
	b.post(list, form).leadsTo(list + "?note=settings.saved")
	a := b.post(list, form).wants(http.StatusUnprocessableEntity)
	a.says("#problem-name", "Another one has that name")
	panel := attr(b.get(list).find(".panel h2 a"), "href")

	form = b.get(panel+"/categories/new").wants(http.StatusOK).sent("#settings-form", url.Values{
		"name": {"Billing"}, "emoji": {"💳"}, "formEnabled": {"on"}, "q1Label": {"Which payment?"}, "pingRoleIds": {"1, 2"},
	})
	b.post(panel+"/categories", form).leadsTo(list + "?note=settings.saved")
	b.get(panel).wants(http.StatusOK).says(".form-preview", "💳 Billing")
	category := attr(b.get(list).find(".panel li a"), "href")
	a = b.get(category).wants(http.StatusOK).says(".form-preview", "Which payment?")
	if got := attr(a.find("#pingRoleIds"), "value"); got != "1 2" {
		t.Errorf("roles are %q", got)
	}

	b.get(category+"/delete").wants(http.StatusOK).says("#confirm-title", "Billing")
	b.post(category+"/delete", nil).leadsTo(list + "?note=settings.gone")
	b.get(category).wants(http.StatusNotFound)
	b.post(panel+"/delete", nil).leadsTo(list + "?note=settings.gone")
	for _, path := range []string{panel, panel + "/delete", panel + "/categories/new", category, settingsPath + "/products/none"} {
		b.get(path).wants(http.StatusNotFound)
		b.post(strings.TrimSuffix(path, "/new"), url.Values{"version": {"0"}}).wants(http.StatusNotFound)
	}
	if c := s.commands(); len(c) != 4 || c[0].Verb != store.VerbPanelChange || c[0].TargetName != "Support" {
		t.Errorf("written down is %+v", c)
	}
}

func TestProductsAreMadeChangedAndDeleted(t *testing.T) {
	s := open(t)
	b := s.signIn(robin)
	list := settingsPath + "/products"
	b.get(list).wants(http.StatusOK).says("#products-none", "No product yet")
	form := b.get(list+"/new").wants(http.StatusOK).sent("#settings-form", url.Values{"name": {"Nitro"}})
	b.post(list, form).leadsTo(list + "?note=settings.saved")
	product := attr(b.get(list).find("#products a"), "href")
	b.post(product, b.get(product).sent("#settings-form", url.Values{"name": {"Nitro Basic"}})).wants(http.StatusSeeOther)
	b.get(list).says("#products", "Nitro Basic")
	b.get(product + "/delete").wants(http.StatusOK)
	b.post(product+"/delete", nil).wants(http.StatusSeeOther)
	b.get(list).says("#products-none", "No product yet")
}

// What belongs to another guild is not there.
func TestAnotherGuildsPanelIsNotThere(t *testing.T) {
	s := open(t)
	c := storetest.Category(t, s.Store, harbour, "Theirs")
	b := s.signIn(robin)
	panel := settingsPath + "/panels/" + c.PanelID
	for _, path := range []string{panel, panel + "/delete", panel + "/categories", panel + "/categories/" + c.ID, panel + "/categories/" + c.ID + "/delete"} {
		b.post(path, url.Values{"version": {"1"}, "name": {"Mine"}}).wants(http.StatusNotFound)
	}
	mine := storetest.Category(t, s.Store, lantern, "Mine")
	b.post(settingsPath+"/panels/"+mine.PanelID+"/categories/"+c.ID+"/delete", nil).wants(http.StatusNotFound)
}

func TestAListOfPanelsFollowsWhatOthersDo(t *testing.T) {
	s := open(t)
	s.listen()
	b := s.signIn(robin)
	st := b.watch(settingsPath + "/panels/live")
	st.next()
	form := b.get(settingsPath+"/panels/new").sent("#settings-form", url.Values{"name": {"Support"}})
	b.post(settingsPath+"/panels", form).wants(http.StatusSeeOther)
	if frame := st.next(); !strings.Contains(frame.data, "Support") {
		t.Errorf("the frame is %q", frame.data)
	}
}
