package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

const priorityPath = ticketsPath + "/priority"

func TestStaffSetTicketPriority(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat(contract.Verbs...)
	one, two := s.createTicket("One", midnightUTC("2026-02-01")), s.createTicket("Two", midnightUTC("2026-02-02"))
	foreign := storetest.Ticket(t, s.Store, storetest.Member(t, s.Store, harbour, sam, "Sam"),
		store.Ticket{Subject: new("Somebody else's")})
	b := s.signIn(robin)
	list, page := b.openStream(ticketsPath+"/live"), b.openStream(ticketPath(one)+"/live")
	list.next()
	page.next()

	confirm := b.get(priorityPath+"?only="+one.ID, asPartial...).wantStatus(http.StatusOK).wantNoText("<html")
	confirm.wantText("#confirm-title", "Priority of ticket #1").wantText("#confirm label", "Urgent")
	if got := attr(confirm.find("#confirm input:checked"), "value"); got != "normal" {
		t.Errorf("selected priority = %q, want normal", got)
	}
	form := url.Values{"only": {one.ID}, "priority": {"urgent"}}
	answer := b.post(priorityPath, form, asPartial...).wantStatus(http.StatusNoContent)
	if !strings.Contains(answer.Header.Get("HX-Trigger"), "Priority saved.") {
		t.Errorf("toast = %q, want the confirmation", answer.Header.Get("HX-Trigger"))
	}
	for name, stream := range map[string]*stream{"list": list, "page": page} {
		if frame := stream.next(); !strings.Contains(frame.data, `data-state="urgent"`) {
			t.Errorf("frame of the %s = %s, want urgent", name, frame.data)
		}
	}
	b.get(ticketPath(one)).wantText("#ticket .facts", "Urgent").
		wantText("#ticket .timeline", "changed: Priority: Normal → Urgent")
	b.get("/guilds/"+lantern+"/audit").wantText("#rows", "Set ticket priority").wantText("#rows", "Priority: Normal → Urgent")
	if b.get(ticketsPath).find("#marks-"+two.ID).Length() != 0 {
		t.Error("a normal priority is shown")
	}

	t.Run("bulk change", func(t *testing.T) {
		bar := b.get(ticketsPath + "?q=o").find("#selection-priority")
		if got := attr(bar, "formaction"); got != priorityPath {
			t.Errorf("URL of the bulk button = %q, want %q", got, priorityPath)
		}
		from := s.PublicURL + ticketsPath + "?q=o"
		confirm := b.get(priorityPath+"?only="+one.ID+"&only="+two.ID+"&only="+foreign.ID, "Referer", from).
			wantStatus(http.StatusOK).wantNoText("Somebody else's")
		confirm.wantText("h1", "Priority of 2 tickets").wantText("#bulk-rows", "#2 Two")
		if confirm.find("#confirm input:checked").Length() != 0 {
			t.Error("a priority is selected although the tickets differ")
		}
		b.post(priorityPath, confirm.formValues("#confirm", url.Values{"priority": {"low"}})).
			wantRedirect(ticketsPath + "?note=priority.set&q=o")
		b.get(ticketsPath+"?note=priority.set").wantText("main", "Priority saved.").
			wantText("#marks-"+two.ID, "Low").wantText("#marks-"+one.ID, "Low")
	})
	t.Run("filter by priority", func(t *testing.T) {
		b.post(priorityPath, url.Values{"only": {two.ID}, "priority": {"high"}}).wantRedirect(ticketsPath + "?note=priority.set")
		a := b.get(ticketsPath+"?priority=high").wantStatus(http.StatusOK).wantText("#priority option[selected]", "High")
		if got := a.texts("#rows tr th a"); !slices.Equal(got, []string{"Two"}) {
			t.Errorf("urgent tickets = %q, want Two", got)
		}
		_, rows := parseCSV(t, b.get(ticketsPath+"/export?format=csv&priority=high"))
		if len(rows) != 1 || rows[0]["priority"] != "HIGH" {
			t.Errorf("export = %v, want priority HIGH", rows)
		}
		var apiTicketList struct{ Data []struct{ Priority string } }
		b.get(apiTickets).json(&apiTicketList)
		if len(apiTicketList.Data) != 2 || apiTicketList.Data[0].Priority != "HIGH" {
			t.Errorf("API response = %v, want priority HIGH", apiTicketList.Data)
		}
		b.get(ticketsPath+"?priority=soon").wantStatus(http.StatusOK).wantText("main [role=alert]", "“soon” isn’t a priority")
	})
	t.Run("invalid values are refused", func(t *testing.T) {
		for _, invalid := range []string{"", "soon", "URGENT"} {
			b.post(priorityPath, url.Values{"only": {one.ID}, "priority": {invalid}}).
				wantStatus(http.StatusUnprocessableEntity).wantText("#problem-priority", "required")
		}
		for _, empty := range []url.Values{{}, {"only": {foreign.ID}}, {"only": {".."}}} {
			b.get(priorityPath + "?" + empty.Encode()).wantStatus(http.StatusNotFound)
			empty.Set("priority", "low")
			b.post(priorityPath, empty).wantStatus(http.StatusNotFound)
		}
		for _, externalPath := range []string{"//evil.example", "https://evil.example/guilds", "/logout",
			"/guilds/" + harbour + "/tickets", "\\x"} {
			b.post(priorityPath, url.Values{"only": {one.ID}, "priority": {"low"}, "back": {externalPath}}).
				wantRedirect(ticketsPath + "?note=priority.set")
		}
	})
	t.Run("store unavailable", func(t *testing.T) {
		s.closeStore()
		b.get(priorityPath + "?only=" + one.ID).wantStatus(http.StatusServiceUnavailable)
		b.post(priorityPath, form).wantStatus(http.StatusServiceUnavailable)
	})
}

func TestViewersCannotUpdateTickets(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat(contract.Verbs...)
	ticket := s.createTicket("One", time.Now())
	form := url.Values{"only": {ticket.ID}, "priority": {"urgent"}}
	viewOnly := s.signInStaff(access.LevelNone, access.LevelSee)
	for _, page := range []string{ticketsPath, ticketPath(ticket)} {
		if n := viewOnly.get(page).wantStatus(http.StatusOK).find("[id^=priority-], #selection-priority").Length(); n != 0 {
			t.Errorf("%s: level see: priority actions = %d, want 0", page, n)
		}
	}
	viewOnly.get(priorityPath + "?only=" + ticket.ID).wantStatus(http.StatusForbidden)
	viewOnly.post(priorityPath, form).wantStatus(http.StatusForbidden).
		wantText("#confirm [role=alert]", "You don’t have permission").wantText("#bulk-rows", "One")

	acting := s.signInStaff(access.LevelNone, access.LevelAct)
	for _, page := range []string{ticketsPath, ticketPath(ticket)} {
		if n := acting.get(page).wantStatus(http.StatusOK).find("#priority-" + ticket.ID).Length(); n != 1 {
			t.Errorf("%s: level act: priority actions = %d, want 1", page, n)
		}
	}
	acting.post(priorityPath, form).wantStatus(http.StatusSeeOther)
	s.signInStaff(access.LevelManage, access.LevelNone).post(priorityPath, form).wantStatus(http.StatusNotFound)
}
