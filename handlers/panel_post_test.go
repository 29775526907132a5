package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

func TestPostPanel(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	s.recordNames()
	s.recordResults()
	s.subscribe()
	category := storetest.Category(t, s.Store, lantern, "Billing")
	list := settingsPath + "/panels"
	panel, id := list+"/"+category.PanelID, category.PanelID
	b := s.signIn(robin)
	post := panel + "/post"

	// settings require a manager
	s.signInStaff(access.LevelManage, access.LevelManage).post(post, nil).wantStatus(http.StatusForbidden)
	b.post(list+"/nothing/post", nil).wantStatus(http.StatusNotFound)
	foreign := storetest.Category(t, s.Store, harbour, "Theirs")
	b.post(list+"/"+foreign.PanelID+"/post", nil).wantStatus(http.StatusNotFound)

	b.get(list).wantStatus(http.StatusOK).wantText("#panel-"+id+" .actions", "turn it on, choose a channel")
	b.post(post, nil).wantRedirect(list + "?note=command.stateChanged")
	b.post(panel, b.get(panel).formValues("#settings-form", url.Values{"channelId": {news}})).wantStatus(http.StatusSeeOther)
	b.get(list).wantText("#post-"+id, "Post in #news")

	before := len(s.commands()) // the changes of the panel
	confirm := b.get(attr(b.get(list).find("#post-"+id), "href")).wantStatus(http.StatusOK)
	confirm.wantText("#confirm-title", "Post").wantText("#confirm-preview", "#news").wantText("#confirm-preview .embed-button", "Billing")
	if n := len(s.commands()); n != before {
		t.Errorf("new commands before the confirmation = %d, want 0", n-before)
	}

	st := b.openStream(list + "/live")
	st.next()
	b.post(post, nil).wantRedirect(list + "?note=command.requested")
	requested := s.commands()[0]
	if requested.Verb != contract.VerbPanelPost || requested.Target != id || requested.TargetName == "" {
		t.Fatalf("command = %+v, want PANEL_POST of the panel", requested)
	}
	if frame := st.next(); !strings.Contains(frame.data, "Posting…") {
		t.Errorf("frame = %q, want Posting…", frame.data)
	}
	if b.get(list).find("#post-"+id).Length() > 0 {
		t.Error("the list offers to post a panel that is being posted")
	}
	must(t, s.Store.SetPanelMessage(t.Context(), lantern, id, news, "900000000000000001"))
	s.answerCommand(requested, contract.CommandDone, "")
	a := b.get(list).wantText("#command-"+id, "Panel posted").wantText("#post-"+id, "Update in #news").
		wantText("#panel-"+id, "Posted in #news")
	if got, want := attr(a.find("#discord-panel-"+id), "href"),
		"https://discord.com/channels/"+lantern+"/"+news+"/900000000000000001"; got != want {
		t.Errorf("link to the message = %q, want %q", got, want)
	}

	b.post(post, nil, asPartial...).wantStatus(http.StatusNoContent)
	s.answerCommand(s.commands()[0], contract.CommandRefused, "discord.50013")
	b.get(list).wantText("#command-"+id, "missing a permission")
	b.get("/guilds/"+lantern+"/audit").wantText("#rows tr:first-child", "Post panel").wantText("#rows tr:first-child", requested.TargetName)
}

func TestPostPanelNeedsBotCapability(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat(contract.VerbTicketClose)
	category := storetest.Category(t, s.Store, lantern, "Billing")
	list := settingsPath + "/panels"
	panel := list + "/" + category.PanelID
	b := s.signIn(robin)
	b.post(panel, b.get(panel).formValues("#settings-form", url.Values{"channelId": {news}})).wantStatus(http.StatusSeeOther)
	b.post(panel+"/post", nil).wantRedirect(list + "?note=command.unsupported")
	if b.get(list).wantStatus(http.StatusOK).find("#post-"+category.PanelID).Length() > 0 {
		t.Error("the list offers to post although the bot does not support it")
	}
}

// TestUnusedFieldsAreDisabled checks that fields which our bot does not use say so and cannot be edited, and that saving
// keeps their values.
func TestUnusedFieldsAreDisabled(t *testing.T) {
	other := openSite(t) // with a bot that uses all fields
	if n := other.signIn(robin).get(settingsPath + "/tickets").find("#settings-form fieldset[disabled]").Length(); n > 0 {
		t.Errorf("disabled fields without Guildboard's bot = %d, want none", n)
	}
	s := openSite(t)
	must(t, s.redis.Set(contract.BotAliveKey, `{"version":"guildboard","capabilities":["TICKET_CLOSE"]}`))
	_, category, product := s.createTicketSetup()
	b := s.signIn(robin)
	tickets := settingsPath + "/tickets"
	stored := url.Values{"antiRaidEnabled": {"on"}, "antiRaidThreshold": {"77"}, "deleteDelay": {"300"}, "thankYouMessage": {"Two\nlines"},
		"logChannelId": {news}}
	b.post(tickets, b.get(tickets).formValues("#settings-form", stored)).wantStatus(http.StatusSeeOther)
	for path, want := range map[string]struct{ fields, sections int }{
		tickets:  {fields: 7, sections: 1}, // ratings
		category: {fields: 1, sections: 6}, // the questions for the opener
		product:  {fields: 5},
	} {
		form := b.get(path).wantStatus(http.StatusOK).find("#settings-form")
		notes := strings.Count(visibleText(form), "Your bot doesn’t use this yet.")
		if sections := strings.Count(visibleText(form), "Not used by your bot yet"); notes != want.fields || sections != want.sections {
			t.Errorf("%s: notes at fields = %d, at sections = %d, want %+v", path, notes, sections, want)
		}
		if form.Find("#name, #enabled, #welcomeMessage").Closest("fieldset[disabled]").Length() > 0 && path != product {
			t.Errorf("%s: a field that the bot uses is disabled", path)
		}
	}
	changed := b.get(tickets).formValues("#settings-form", url.Values{"maxPerUser": {"4"}})
	b.post(tickets, changed).wantStatus(http.StatusSeeOther)
	saved, err := s.Store.Settings(t.Context(), lantern, access.ModuleTickets)
	must(t, err)
	if got := saved.Values["maxPerUser"]; got != "4" {
		t.Errorf("maxPerUser = %q, want 4", got)
	}
	for field, want := range stored {
		if got := saved.Values[field]; got != want[0] {
			t.Errorf("%s = %q after saving, want %q as before", field, got, want[0])
		}
	}
}
