package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
)

const templatesPath = giveawaysPath + "/templates"

func TestSaveAndUseTemplate(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	created := time.Now().Add(-time.Hour)
	g := s.createGiveaway(store.Giveaway{Prize: "Lamp <b>", WinnerCount: 3, CreatedAt: created,
		EndsAt: created.Add(50 * time.Hour), ChannelID: "400000000000000001"})
	b := s.signIn(robin)
	b.get(templatesPath).wantStatus(http.StatusOK).wantText("#row-none", "choose Save as template")
	formPage := b.get(attr(b.get(giveawayPath(g)).find("#save-template"), "href")).wantStatus(http.StatusOK)
	saved := formPage.find("#template-form")
	if attr(saved, "action") != templatesPath || attr(saved.Find("[name=name]"), "value") != "Lamp <b>" {
		t.Error("the form is not prefilled with the prize")
	}
	for name, problem := range map[string]string{"": "required", strings.Repeat("ü", 61): "60 characters"} {
		a := b.post(templatesPath, url.Values{"from": {g.ID}, "name": {name}}).
			wantStatus(http.StatusUnprocessableEntity).wantText("#problem-name", problem)
		if attr(a.find("#name"), "aria-invalid") != "true" {
			t.Error("the name field is not marked as invalid")
		}
	}
	form := url.Values{"from": {g.ID}, "name": {"Weekly <i>"}}
	b.post(templatesPath, form).wantRedirect(templatesPath + "?note=templates.saved")
	b.post(templatesPath, form).wantStatus(http.StatusUnprocessableEntity).wantText("#problem-name", "name is taken")
	list := b.get(templatesPath).wantStatus(http.StatusOK).wantText("#rows", "Weekly <i>").
		wantText("#rows", "Lamp <b>").wantText("#rows", "50 hours").wantText("#live-summary", "1 template")
	start := b.get(attr(list.find("[id^=start-]"), "href")).wantStatus(http.StatusOK).find("#giveaway-form")
	for field, want := range map[string]string{"prize": "Lamp <b>", "winnerCount": "3", "endsIn": "2d 2h", "endsAt": "",
		"channelId": "400000000000000001"} {
		if got := attr(start.Find("[name="+field+"]"), "value"); got != want {
			t.Errorf("%s = %q, want %q", field, got, want)
		}
	}
	b.get("/guilds/"+lantern+"/audit").wantText("#rows", "Save template").wantText("#rows", "Weekly <i>")
	if to := attr(b.get("/guilds/"+lantern+"/audit").find("#rows th a"), "href"); to != templatesPath {
		t.Errorf("the audit log links to %q, want %q", to, templatesPath)
	}
	remove := attr(list.find("form[action$='/delete']"), "action")
	b.post(remove, nil, asPartial...).wantStatus(http.StatusNoContent)
	b.post(remove, nil).wantStatus(http.StatusNotFound)
	b.get(templatesPath).wantText("#live-summary", "0 templates")
	b.get("/guilds/"+lantern+"/audit").wantText("#rows", "Delete template")
}

func TestTemplatesBelongToGuild(t *testing.T) {
	s := openSite(t)
	g := s.createGiveaway(store.Giveaway{})
	template, err := s.Store.SaveTemplate(t.Context(), contract.User{ID: robin},
		store.GiveawayTemplate{GuildID: lantern, Name: "Ours", Form: g.Form(), Duration: time.Hour})
	must(t, err)
	other := s.signIn(sam)
	base := "/guilds/" + harbour + "/giveaways"
	other.get(base + "/new?template=" + template.ID).wantStatus(http.StatusNotFound)
	other.get(base + "/templates").wantStatus(http.StatusOK).wantNoText("Ours")
	other.get(base + "/templates/new?from=" + g.ID).wantStatus(http.StatusNotFound)
	other.post(base+"/templates", url.Values{"from": {g.ID}, "name": {"x"}}).wantStatus(http.StatusNotFound)
	other.post(base+"/templates/"+template.ID+"/delete", nil).wantStatus(http.StatusNotFound)
	b := s.signIn(robin)
	b.get(templatesPath + "/new").wantStatus(http.StatusNotFound)
	b.get(templatesPath).wantText("#rows", "Ours")
	s.closeStore()
	b.get(templatesPath).wantStatus(http.StatusServiceUnavailable)
}
