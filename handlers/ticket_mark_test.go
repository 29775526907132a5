package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

const priorityPath = ticketsPath + "/priority"

func TestTheTeamSetsThePriorityOfTickets(t *testing.T) {
	s := open(t)
	s.beats(store.Verbs...)
	one, two := s.ticket("One", day("2026-02-01")), s.ticket("Two", day("2026-02-02"))
	foreign := storetest.Ticket(t, s.Store, storetest.Member(t, s.Store, harbour, sam, "Sam"), store.Ticket{Subject: new("Somebody else's")})
	b := s.signIn(robin)
	list, page := b.watch(ticketsPath+"/live"), b.watch(ticketPath(one)+"/live")
	list.next()
	page.next()

	ask := b.get(priorityPath+"?only="+one.ID, asPartial...).wants(http.StatusOK).hides("<html")
	ask.says("#confirm-title", "Priority of ticket #1").says("#confirm label", "Urgent")
	if got := attr(ask.find("#confirm input:checked"), "value"); got != "normal" {
		t.Errorf("%q is chosen", got)
	}
	form := url.Values{"only": {one.ID}, "priority": {"urgent"}}
	answer := b.post(priorityPath, form, asPartial...).wants(http.StatusNoContent)
	if !strings.Contains(answer.Header.Get("HX-Trigger"), "The priority is set.") {
		t.Errorf("the toast says %q", answer.Header.Get("HX-Trigger"))
	}
	for name, stream := range map[string]*stream{"list": list, "page": page} {
		if frame := stream.next(); !strings.Contains(frame.data, `data-state="urgent"`) {
			t.Errorf("whoever looks at the %s is sent %s", name, frame.data)
		}
	}
	b.get(ticketPath(one)).says("#ticket .marks", "Urgent").says("#ticket .timeline", "changed on the dashboard: Priority: Normal → Urgent")
	b.get("/guilds/"+lantern+"/audit").says("#rows", "Set priority of ticket").says("#rows", "Priority: Normal → Urgent")
	if b.get(ticketsPath).find("#marks-"+two.ID).Length() != 0 {
		t.Error("what is normal is shown")
	}

	t.Run("of all that are ticked", func(t *testing.T) {
		bar := b.get(ticketsPath + "?q=o").find("#selection-priority")
		if got := attr(bar, "formaction"); got != priorityPath {
			t.Errorf("the bar leads to %q", got)
		}
		from := s.PublicURL + ticketsPath + "?q=o"
		ask := b.get(priorityPath+"?only="+one.ID+"&only="+two.ID+"&only="+foreign.ID, "Referer", from).wants(http.StatusOK).hides("Somebody else's")
		ask.says("h1", "Priority of 2 tickets").says("#bulk-rows", "#2 Two")
		if ask.find("#confirm input:checked").Length() != 0 {
			t.Error("they differ, and one priority is chosen")
		}
		b.post(priorityPath, ask.sent("#confirm", url.Values{"priority": {"low"}})).leadsTo(ticketsPath + "?note=priority.set&q=o")
		b.get(ticketsPath+"?note=priority.set").says("main", "The priority is set.").says("#marks-"+two.ID, "Low").says("#marks-"+one.ID, "Low")
	})
	t.Run("and selects by it", func(t *testing.T) {
		b.post(priorityPath, url.Values{"only": {two.ID}, "priority": {"high"}}).leadsTo(ticketsPath + "?note=priority.set")
		a := b.get(ticketsPath+"?priority=high").wants(http.StatusOK).says("#priority option[selected]", "High")
		if got := a.texts("#rows tr th a"); !slices.Equal(got, []string{"Two"}) {
			t.Errorf("urgent are %q", got)
		}
		_, rows := exported(t, b.get(ticketsPath+"/export?format=csv&priority=high"))
		if len(rows) != 1 || rows[0]["priority"] != "HIGH" {
			t.Errorf("the file has %v", rows)
		}
		var told struct{ Data []struct{ Priority string } }
		b.get(apiTickets).json(&told)
		if len(told.Data) != 2 || told.Data[0].Priority != "HIGH" {
			t.Errorf("the API says %v", told.Data)
		}
		b.get(ticketsPath+"?priority=soon").wants(http.StatusOK).says("main [role=alert]", "“soon” is not a priority")
	})
	t.Run("but not to what is none, and not of nothing", func(t *testing.T) {
		for _, wrong := range []string{"", "soon", "URGENT"} {
			b.post(priorityPath, url.Values{"only": {one.ID}, "priority": {wrong}}).wants(http.StatusUnprocessableEntity).says("#problem-priority", "needed")
		}
		for _, nothing := range []url.Values{{}, {"only": {foreign.ID}}, {"only": {".."}}} {
			b.get(priorityPath + "?" + nothing.Encode()).wants(http.StatusNotFound)
			nothing.Set("priority", "low")
			b.post(priorityPath, nothing).wants(http.StatusNotFound)
		}
		for _, elsewhere := range []string{"//evil.example", "https://evil.example/guilds", "/logout", "/guilds/" + harbour + "/tickets", "\\x"} {
			b.post(priorityPath, url.Values{"only": {one.ID}, "priority": {"low"}, "back": {elsewhere}}).leadsTo(ticketsPath + "?note=priority.set")
		}
	})
	t.Run("the store is away", func(t *testing.T) {
		s.loseStore()
		b.get(priorityPath + "?only=" + one.ID).wants(http.StatusServiceUnavailable)
		b.post(priorityPath, form).wants(http.StatusServiceUnavailable)
	})
}

func TestWhoMayOnlyLookMarksNoTickets(t *testing.T) {
	s := open(t)
	s.beats(store.Verbs...)
	ticket := s.ticket("One", time.Now())
	form := url.Values{"only": {ticket.ID}, "priority": {"urgent"}}
	see := s.helper(store.LevelNone, store.LevelSee)
	for _, page := range []string{ticketsPath, ticketPath(ticket)} {
		if n := see.get(page).wants(http.StatusOK).find("[id^=priority-], #selection-priority").Length(); n != 0 {
			t.Errorf("%s offers it %d times", page, n)
		}
	}
	see.get(priorityPath + "?only=" + ticket.ID).wants(http.StatusForbidden)
	see.post(priorityPath, form).wants(http.StatusForbidden).says("#confirm [role=alert]", "You may look, but not do that").says("#bulk-rows", "One")

	act := s.helper(store.LevelNone, store.LevelAct)
	for _, page := range []string{ticketsPath, ticketPath(ticket)} {
		if n := act.get(page).wants(http.StatusOK).find("#priority-" + ticket.ID).Length(); n != 1 {
			t.Errorf("%s offers it %d times", page, n)
		}
	}
	act.post(priorityPath, form).wants(http.StatusSeeOther)
	s.helper(store.LevelManage, store.LevelNone).post(priorityPath, form).wants(http.StatusNotFound)
}
