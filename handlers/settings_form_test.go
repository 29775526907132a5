package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

const settingsPath = "/guilds/" + lantern + "/settings"

// createTicketSetup creates a panel with one ticket category, and a product.
func (s *site) createTicketSetup() (panel, category, product string) {
	s.t.Helper()
	c := storetest.Category(s.t, s.Store, lantern, "Billing")
	v := store.ProductSchema.Defaults()
	v["name"] = "Nitro"
	must(s.t, s.Store.ChangeProduct(s.t.Context(), contract.User{ID: robin}, nil,
		store.TicketProduct{ID: "d1", GuildID: lantern}.WithValues(v)))
	return settingsPath + "/panels/" + c.PanelID, settingsPath + "/panels/" + c.PanelID + "/categories/" + c.ID,
		settingsPath + "/products/d1"
}

func TestSettingsNeedManager(t *testing.T) {
	s := openSite(t)
	panel, category, product := s.createTicketSetup()
	giveaways := []string{settingsPath + "/giveaways"}
	tickets := []string{settingsPath + "/tickets", panel, category, product, panel + "/delete", category + "/delete", product + "/delete"}
	lists := []string{settingsPath + "/panels", settingsPath + "/products", settingsPath + "/replies", settingsPath + "/labels"}
	wantStatuses := func(b *browser, status int, paths ...string) {
		t.Helper()
		for _, path := range paths {
			b.get(path).wantStatus(status).wantNoText("Nitro", "Billing")
			b.get(path, asPartial...).wantStatus(status)
			b.post(path, url.Values{"version": {"1"}, "name": {"Mine"}}).wantStatus(status).wantNoText("Nitro", "Billing")
			b.post(path, url.Values{"version": {"1"}}, asPartial...).wantStatus(status)
		}
	}
	b := s.signInStaff(access.LevelSee, access.LevelNone)
	wantStatuses(b, http.StatusForbidden, giveaways...)
	wantStatuses(b, http.StatusNotFound, slices.Concat(tickets, lists)...)
	b = s.signInStaff(access.LevelNone, access.LevelManage)
	wantStatuses(b, http.StatusNotFound, giveaways...)
	wantStatuses(b, http.StatusForbidden, slices.Concat(tickets, lists)...)
	for _, path := range lists {
		b.get(path+"/new").wantStatus(http.StatusForbidden).wantText("main", "Only for server managers")
		b.get(path + "/live").wantStatus(http.StatusForbidden)
	}
	wantStatuses(s.signIn(sam), http.StatusNotFound, slices.Concat(giveaways, tickets, lists)...)
	b = s.signInStaff(access.LevelManage, access.LevelManage)
	wantStatuses(b, http.StatusForbidden, slices.Concat(giveaways, tickets, lists)...)
	if a := b.get("/guilds/" + lantern); a.find("a[href*='/settings']").Length() > 0 {
		t.Error("a staff member sees a link to settings")
	}
}

// TestRefusedSettingsKeepInput checks that a former manager who submits a form gets a refusal above the submitted
// input.
func TestRefusedSettingsKeepInput(t *testing.T) {
	s := openSite(t)
	panel, category, product := s.createTicketSetup()
	manager := s.signIn(robin)
	inputs := map[string]url.Values{
		settingsPath + "/giveaways": {"startTitle": {"Typed at length"}},
		settingsPath + "/tickets":   {"welcomeMessage": {"Typed at length"}},
		panel:                       {"name": {"Typed at length"}}, category: {"name": {"Typed at length"}},
		product:                  {"name": {"Typed at length"}},
		settingsPath + "/panels": {"name": {"Typed at length"}}, panel + "/categories": {"name": {"Typed at length"}},
		settingsPath + "/products": {"name": {"Typed at length"}},
		settingsPath + "/replies":  {"name": {"Typed at length"}}, settingsPath + "/labels": {"name": {"Typed at length"}},
	}
	forms := map[string]url.Values{}
	for path, change := range inputs {
		form := path
		if a := manager.get(path); a.find("#settings-form").Length() == 0 {
			form = path + "/new"
		}
		forms[path] = manager.get(form).wantStatus(http.StatusOK).formValues("#settings-form", change)
	}
	b := s.signInStaff(access.LevelSee, access.LevelSee)
	before := len(s.commands())
	for path, form := range forms {
		a := b.post(path, form).wantStatus(http.StatusForbidden).wantText("#refusal", "Only for server managers").
			wantText("#refusal", "Nothing was changed")
		for field := range inputs[path] {
			e := a.find("#settings-form #" + field)
			if value := attr(e, "value") + e.Text(); value != "Typed at length" {
				t.Errorf("%s: value = %q, want the submitted one", path, value)
			}
		}
		if a.find("main [role=alert]").Length() != 1 || a.find("main a[href*='/settings']").Length() > 0 {
			t.Errorf("%s: not one message, or a link to settings without access", path)
		}
		b.setCookie("lang", "vi")
		b.post(path, form).wantStatus(http.StatusForbidden).wantText("#refusal", "Chỉ dành cho người quản lý")
		b.setCookie("lang", "en")
	}
	b.post(settingsPath+"/tickets", url.Values{"version": {"x"}}).wantStatus(http.StatusForbidden).
		wantText("main", "Only for server managers")
	if len(s.commands()) != before {
		t.Errorf("commands = %d, want %d", len(s.commands()), before)
	}
}

func TestSaveSettingsPublishesAndAudits(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	b := s.signIn(robin)
	client, err := store.OpenRedis("redis://" + s.redis.Addr())
	must(t, err)
	defer client.Close()
	subscription := client.PSubscribe(t.Context(), "bot:config:*")
	defer subscription.Close()
	_, err = subscription.Receive(t.Context())
	must(t, err)
	for module, change := range map[string]url.Values{
		"giveaways": {"buttonText": {"Join & win"}, "buttonEmoji": {"🦊"}, "duration": {"604800"}, "pingOnEnd": nil,
			"channelId": {"400000000000000001"}},
		"tickets": {"maxPerUser": {"7"}, "welcomeMessage": {"Hello {user}\r\n<b>you</b>"}, "reopenEnabled": nil},
	} {
		path := settingsPath + "/" + module
		form := b.get(path).wantStatus(http.StatusOK).formValues("#settings-form", change)
		b.post(path, form).wantRedirect(path + "?note=settings.saved")
		a := b.get(path+"?note=settings.saved").wantStatus(http.StatusOK).wantText("main .note-success", "Saved")
		for field, values := range change {
			e := a.find("#" + field)
			switch {
			case values == nil:
				if e.Is("[checked]") {
					t.Errorf("%s is checked, want unchecked", field)
				}
			case e.Is("select"):
				if got := attr(e.Find("option[selected]"), "value"); got != values[0] {
					t.Errorf("%s = %q, want %q", field, got, values[0])
				}
			case e.Is("textarea"):
				if got := e.Text(); got != strings.ReplaceAll(values[0], "\r", "") {
					t.Errorf("%s = %q, want %q", field, got, values[0])
				}
			default:
				if got := attr(e, "value"); got != values[0] {
					t.Errorf("%s = %q, want %q", field, got, values[0])
				}
			}
		}
		for range 2 {
			m := await(t, subscription.Channel(), "the event for bots")
			if !strings.Contains(m.Payload, `"action":"update"`) || !strings.Contains(m.Payload, lantern) {
				t.Errorf("event = %s on %s, want an update of the guild", m.Payload, m.Channel)
			}
		}
	}
	if c := s.commands(); len(c) != 2 || c[0].Verb != contract.VerbSettingsChange || c[0].Actor.ID != robin {
		t.Errorf("commands = %+v, want a SETTINGS_CHANGE by robin", c)
	}
	b.get("/guilds/"+lantern+"/audit").wantStatus(http.StatusOK).wantText("#rows", "Change settings").wantText("#rows", "Giveaways")

	t.Run("a new giveaway starts with the settings", func(t *testing.T) {
		a := b.get(giveawaysPath + "/new").wantStatus(http.StatusOK)
		for field, want := range map[string]string{"buttonText": "🦊 Join & win", "endsIn": "7d", "channelId": "400000000000000001"} {
			if got := attr(a.find("#"+field), "value"); got != want {
				t.Errorf("initial %s = %q, want %q", field, got, want)
			}
		}
		if a.find("#pingOnEnd").Is("[checked]") {
			t.Error("pingOnEnd is checked initially")
		}
	})
}

func TestInvalidSettingsShowFieldErrors(t *testing.T) {
	s := openSite(t)
	panel, category, product := s.createTicketSetup()
	b := s.signIn(robin)
	for _, test := range []struct{ path, field, value string }{
		{settingsPath + "/giveaways", "buttonText", ""}, {settingsPath + "/giveaways", "buttonText", strings.Repeat("ü", 61)},
		{settingsPath + "/giveaways", "embedColor", "red"}, {settingsPath + "/giveaways", "imageUrl", "javascript:alert(1)"},
		{settingsPath + "/giveaways", "duration", "5"}, {settingsPath + "/giveaways", "maxRerolls", "-1"},
		{settingsPath + "/tickets", "maxPerUser", "11"}, {settingsPath + "/tickets", "cooldownMinutes", "x"},
		{settingsPath + "/tickets", "logChannelId", "#general"}, {settingsPath + "/tickets", "closeMessage", strings.Repeat("a", 1001)},
		{panel, "name", ""}, {panel, "title", strings.Repeat("a", 257)}, {panel, "componentType", "LIST"},
		{panel, "selectPlaceholder", strings.Repeat("a", 151)},
		{category, "name", strings.Repeat("a", 81)}, {category, "pingRoleIds", "1 1"}, {category, "q1Label", strings.Repeat("a", 46)},
		{product, "name", strings.Repeat("a", 51)}, {product, "assignedUserIds", "ann"},
	} {
		form := b.get(test.path).wantStatus(http.StatusOK).formValues("#settings-form", url.Values{test.field: {test.value}})
		a := b.post(test.path, form).wantStatus(http.StatusUnprocessableEntity)
		if a.text("#problem-"+test.field) == "" || attr(a.find("#"+test.field), "aria-invalid") != "true" {
			t.Errorf("%s: %s is not marked as invalid", test.path, test.field)
		}
		if e := a.find("#" + test.field); !e.Is("select, textarea") && attr(e, "value") != test.value {
			t.Errorf("%s: value = %q, want the submitted one", test.field, attr(e, "value"))
		}
	}
	b.post(settingsPath+"/tickets", url.Values{"version": {"x"}}).wantStatus(http.StatusBadRequest)
	if c := s.commands(); len(c) != 1 { // the product of setup
		t.Errorf("commands = %+v, want only that of the setup", c)
	}
}

func TestConflictingSettingsShowBothVersions(t *testing.T) {
	s := openSite(t)
	panel, _, _ := s.createTicketSetup()
	b := s.signIn(robin)
	for path, fields := range map[string][3]string{
		settingsPath + "/tickets": {"maxPerUser", "4", "6"}, panel: {"title", "Yours", "Theirs <b>"},
	} {
		field, mine, theirs := fields[0], fields[1], fields[2]
		old := b.get(path).wantStatus(http.StatusOK)
		b.post(path, old.formValues("#settings-form", url.Values{field: {theirs}})).wantStatus(http.StatusSeeOther)
		a := b.post(path, old.formValues("#settings-form", url.Values{field: {mine}})).wantStatus(http.StatusConflict)
		a.wantText("#conflict", "Changed by Robin").wantText("#theirs-"+field, theirs)
		if got := attr(a.find("#"+field), "value"); got != mine {
			t.Errorf("value = %q, want the submitted %q", got, mine)
		}
		if a.find(".theirs").Length() != 1 {
			t.Errorf("fields that differ = %d, want 1", a.find(".theirs").Length())
		}
		if attr(b.get(path).find("#"+field), "value") != theirs {
			t.Error("the conflicting form was saved")
		}
		b.post(path, a.formValues("#settings-form", nil)).wantStatus(http.StatusSeeOther)
		if attr(b.get(path).find("#"+field), "value") != mine {
			t.Error("the repeated form was not saved")
		}
	}
}

func TestEditPanels(t *testing.T) {
	s := openSite(t)
	b := s.signIn(robin)
	list := settingsPath + "/panels"
	b.get(list).wantStatus(http.StatusOK).wantText("#panels-none", "No panels yet")
	form := b.get(list+"/new").wantStatus(http.StatusOK).formValues("#settings-form", url.Values{"name": {"Support"}})
	saved := b.post(list, form).wantStatus(http.StatusSeeOther).Header.Get("Location")
	a := b.post(list, form).wantStatus(http.StatusUnprocessableEntity)
	a.wantText("#problem-name", "This name is already taken")
	a = b.get(list)
	panel, atPanel := attr(a.find(".panel h2 a"), "href"), list+"?note=settings.saved#"+attr(a.find(".panel"), "id")
	if saved != atPanel {
		t.Errorf("page after saving = %s, want the new panel, %s", saved, atPanel)
	}

	form = b.get(panel+"/categories/new").wantStatus(http.StatusOK).formValues("#settings-form", url.Values{
		"name": {"Billing"}, "emoji": {"💳"}, "formEnabled": {"on"}, "q1Label": {"Which payment?"}, "pingRoleIds": {"1, 2"},
	})
	b.post(panel+"/categories", form).wantRedirect(atPanel)
	b.get(panel).wantStatus(http.StatusOK).wantText(".form-preview", "💳 Billing")
	category := attr(b.get(list).find(".panel li a"), "href")
	a = b.get(category).wantStatus(http.StatusOK).wantText(".form-preview", "Which payment?")
	if got := attr(a.find("#pingRoleIds"), "value"); got != "1 2" {
		t.Errorf("roles = %q, want 1 and 2", got)
	}

	b.get(category+"/delete").wantStatus(http.StatusOK).wantText("#confirm-title", "Billing")
	b.post(category+"/delete", nil).wantRedirect(list + "?note=settings.deleted")
	b.get(category).wantStatus(http.StatusNotFound)
	b.post(panel+"/delete", nil).wantRedirect(list + "?note=settings.deleted")
	for _, path := range []string{panel, panel + "/delete", panel + "/categories/new", category, settingsPath + "/products/none"} {
		b.get(path).wantStatus(http.StatusNotFound)
		b.post(strings.TrimSuffix(path, "/new"), url.Values{"version": {"0"}}).wantStatus(http.StatusNotFound)
	}
	if c := s.commands(); len(c) != 4 || c[0].Verb != contract.VerbPanelChange || c[0].TargetName != "Support" {
		t.Errorf("commands = %+v, want a PANEL_CHANGE of Support", c)
	}
}

func TestEditProducts(t *testing.T) {
	s := openSite(t)
	b := s.signIn(robin)
	list := settingsPath + "/products"
	b.get(list).wantStatus(http.StatusOK).wantText("#products-none", "No products yet")
	form := b.get(list+"/new").wantStatus(http.StatusOK).formValues("#settings-form", url.Values{"name": {"Nitro"}})
	b.post(list, form).wantRedirect(list + "?note=settings.saved")
	product := attr(b.get(list).find("#products a"), "href")
	b.post(product, b.get(product).formValues("#settings-form", url.Values{"name": {"Nitro Basic"}})).wantStatus(http.StatusSeeOther)
	b.get(list).wantText("#products", "Nitro Basic")
	b.get(product + "/delete").wantStatus(http.StatusOK)
	b.post(product+"/delete", nil).wantStatus(http.StatusSeeOther)
	b.get(list).wantText("#products-none", "No products yet")
}

// TestForeignPanelIsNotFound checks that rows of another guild are not found.
func TestForeignPanelIsNotFound(t *testing.T) {
	s := openSite(t)
	c := storetest.Category(t, s.Store, harbour, "Theirs")
	b := s.signIn(robin)
	panel := settingsPath + "/panels/" + c.PanelID
	for _, path := range []string{panel, panel + "/delete", panel + "/categories", panel + "/categories/" + c.ID,
		panel + "/categories/" + c.ID + "/delete"} {
		b.post(path, url.Values{"version": {"1"}, "name": {"Mine"}}).wantStatus(http.StatusNotFound)
	}
	own := storetest.Category(t, s.Store, lantern, "Mine")
	b.post(settingsPath+"/panels/"+own.PanelID+"/categories/"+c.ID+"/delete", nil).wantStatus(http.StatusNotFound)
}

func TestPanelListIsLive(t *testing.T) {
	s := openSite(t)
	s.subscribe()
	b := s.signIn(robin)
	st := b.openStream(settingsPath + "/panels/live")
	st.next()
	form := b.get(settingsPath+"/panels/new").formValues("#settings-form", url.Values{"name": {"Support"}})
	b.post(settingsPath+"/panels", form).wantStatus(http.StatusSeeOther)
	if frame := st.next(); !strings.Contains(frame.data, "Support") {
		t.Errorf("frame = %q, want Support", frame.data)
	}
}
