package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"guildboard/store"
	"guildboard/store/storetest"
)

func TestAPanelIsPostedByTheBotAndTheRowSaysWhatComesOfIt(t *testing.T) {
	s := open(t)
	s.beats()
	s.names()
	s.collect()
	s.listen()
	category := storetest.Category(t, s.Store, lantern, "Billing")
	list := settingsPath + "/panels"
	panel, id := list+"/"+category.PanelID, category.PanelID
	b := s.signIn(robin)
	post := panel + "/post"

	s.helper(store.LevelManage, store.LevelManage).post(post, nil).wants(http.StatusForbidden) // settings are for managers
	b.post(list+"/nothing/post", nil).wants(http.StatusNotFound)
	theirs := storetest.Category(t, s.Store, harbour, "Theirs")
	b.post(list+"/"+theirs.PanelID+"/post", nil).wants(http.StatusNotFound)

	b.get(list).wants(http.StatusOK).says("#panel-"+id+" .actions", "once it is turned on, has a channel")
	b.post(post, nil).leadsTo(list + "?note=command.moved")
	b.post(panel, b.get(panel).sent("#settings-form", url.Values{"channelId": {news}})).wants(http.StatusSeeOther)
	b.get(list).says("#post-"+id, "Post in #news")

	st := b.watch(list + "/live")
	st.next()
	b.post(post, nil).leadsTo(list + "?note=command.asked")
	asked := s.commands()[0]
	if asked.Verb != store.VerbPanelPost || asked.Target != id || asked.TargetName == "" {
		t.Fatalf("asked for is %+v", asked)
	}
	if frame := st.next(); !strings.Contains(frame.data, "Posting…") {
		t.Errorf("the frame is %q", frame.data)
	}
	if b.get(list).find("#post-"+id).Length() > 0 {
		t.Error("it is offered again while it is under way")
	}
	must(t, s.Store.PanelPosted(t.Context(), lantern, id, news, "900000000000000001"))
	s.answered(asked, store.CommandDone, "")
	a := b.get(list).says("#command-"+id, "Done").says("#post-"+id, "Update in #news").says("#panel-"+id, "It stands in #news")
	if got, want := attr(a.find("#discord-panel-"+id), "href"), "https://discord.com/channels/"+lantern+"/"+news+"/900000000000000001"; got != want {
		t.Errorf("the link leads to %q, not %q", got, want)
	}

	b.post(post, nil, asPartial...).wants(http.StatusNoContent)
	s.answered(s.commands()[0], store.CommandRefused, "discord.50013")
	b.get(list).says("#command-"+id, "lacks a permission")
	b.get("/guilds/"+lantern+"/audit").says("#rows tr:first-child", "Post panel").says("#rows tr:first-child", asked.TargetName)
}

func TestAPanelIsNotOfferedToABotThatCannotPostIt(t *testing.T) {
	s := open(t)
	s.beats(store.VerbTicketClose)
	category := storetest.Category(t, s.Store, lantern, "Billing")
	list := settingsPath + "/panels"
	panel := list + "/" + category.PanelID
	b := s.signIn(robin)
	b.post(panel, b.get(panel).sent("#settings-form", url.Values{"channelId": {news}})).wants(http.StatusSeeOther)
	b.post(panel+"/post", nil).leadsTo(list + "?note=command.cannot")
	if b.get(list).wants(http.StatusOK).find("#post-"+category.PanelID).Length() > 0 {
		t.Error("it is offered by a bot that cannot do it")
	}
}

// What our bot keeps and does not go by is said at the field.
func TestFieldsThatTheBotDoesNotUseSaySo(t *testing.T) {
	s := open(t)
	_, category, product := s.setup()
	b := s.signIn(robin)
	must(t, s.redis.Set(store.BotAliveKey, `{"version":"guildboard","capabilities":["TICKET_CLOSE"]}`))
	for path, fields := range map[string][]string{category: {"autoClaimRole", "formEnabled"}, product: {"emoji", "assignedRoleIds", "enabled"}} {
		a := b.get(path).wants(http.StatusOK)
		for _, field := range fields {
			if got := folded(a.find("#" + field).Closest(".field")); !strings.Contains(got, "this one does not") {
				t.Errorf("%s of %s says %q", field, path, got)
			}
		}
		if got := folded(a.find("#name").Closest(".field")); strings.Contains(got, "this one does not") {
			t.Errorf("the name says %q", got)
		}
	}
}
