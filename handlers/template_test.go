package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"guildboard/store"
)

const templatesPath = giveawaysPath + "/templates"

func TestAGiveawayIsSavedAsATemplateAndANewOneStartsFromIt(t *testing.T) {
	s := open(t)
	s.beats()
	created := time.Now().Add(-time.Hour)
	g := s.giveaway(store.Giveaway{Prize: "Lamp <b>", WinnerCount: 3, CreatedAt: created, EndsAt: created.Add(50 * time.Hour), ChannelID: "400000000000000001"})
	b := s.signIn(robin)
	b.get(templatesPath).wants(http.StatusOK).says("#row-none", "save it as a template")
	ask := b.get(attr(b.get(giveawayPath(g)).find("#save-template"), "href")).wants(http.StatusOK)
	if form := ask.find("#template-form"); attr(form, "action") != templatesPath || attr(form.Find("[name=name]"), "value") != "Lamp <b>" {
		t.Error("the form does not begin with the prize")
	}
	for name, problem := range map[string]string{"": "needed", strings.Repeat("ü", 61): "60 characters"} {
		a := b.post(templatesPath, url.Values{"from": {g.ID}, "name": {name}}).wants(http.StatusUnprocessableEntity).says("#problem-name", problem)
		if attr(a.find("#name"), "aria-invalid") != "true" {
			t.Error("the field is not marked")
		}
	}
	form := url.Values{"from": {g.ID}, "name": {"Weekly <i>"}}
	b.post(templatesPath, form).leadsTo(templatesPath + "?note=templates.saved")
	b.post(templatesPath, form).wants(http.StatusUnprocessableEntity).says("#problem-name", "of that name")
	list := b.get(templatesPath).wants(http.StatusOK).says("#rows", "Weekly <i>").says("#rows", "Lamp <b>").says("#rows", "50 hours").says("#live-summary", "1 template")
	start := b.get(attr(list.find("[id^=start-]"), "href")).wants(http.StatusOK).find("#giveaway-form")
	for field, want := range map[string]string{"prize": "Lamp <b>", "winnerCount": "3", "endsIn": "2d 2h", "endsAt": "", "channelId": "400000000000000001"} {
		if got := attr(start.Find("[name="+field+"]"), "value"); got != want {
			t.Errorf("%s is %q, not %q", field, got, want)
		}
	}
	b.get("/guilds/"+lantern+"/audit").says("#rows", "Save template").says("#rows", "Weekly <i>")
	if to := attr(b.get("/guilds/"+lantern+"/audit").find("#rows th a"), "href"); to != templatesPath {
		t.Errorf("the audit log leads to %q", to)
	}
	remove := attr(list.find("form[action$='/delete']"), "action")
	b.post(remove, nil, asPartial...).wants(http.StatusNoContent)
	b.post(remove, nil).wants(http.StatusNotFound)
	b.get(templatesPath).says("#live-summary", "0 templates")
	b.get("/guilds/"+lantern+"/audit").says("#rows", "Delete template")
}

func TestTemplatesAreOfOneGuild(t *testing.T) {
	s := open(t)
	g := s.giveaway(store.Giveaway{})
	made, err := s.Store.SaveTemplate(t.Context(), store.Person{ID: robin}, store.GiveawayTemplate{GuildID: lantern, Name: "Ours", Form: store.FormOf(g), Lasts: time.Hour})
	must(t, err)
	other := s.signIn(sam)
	base := "/guilds/" + harbour + "/giveaways"
	other.get(base + "/new?template=" + made.ID).wants(http.StatusNotFound)
	other.get(base + "/templates").wants(http.StatusOK).hides("Ours")
	other.get(base + "/templates/new?from=" + g.ID).wants(http.StatusNotFound)
	other.post(base+"/templates", url.Values{"from": {g.ID}, "name": {"x"}}).wants(http.StatusNotFound)
	other.post(base+"/templates/"+made.ID+"/delete", nil).wants(http.StatusNotFound)
	b := s.signIn(robin)
	b.get(templatesPath + "/new").wants(http.StatusNotFound)
	b.get(templatesPath).says("#rows", "Ours")
	s.loseStore()
	b.get(templatesPath).wants(http.StatusServiceUnavailable)
}
