package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
)

// saveCannedReply adds a canned reply.
func (s *site) saveCannedReply(id, name, text string) {
	s.t.Helper()
	must(s.t, s.Store.ChangeCannedReply(s.t.Context(), contract.User{ID: robin}, nil,
		store.CannedReply{ID: id, GuildID: lantern, Name: name, Text: text}))
}

// requestedReplies returns the texts of the requested replies, newest first.
func (s *site) requestedReplies() (texts []string) {
	s.t.Helper()
	for _, c := range s.commands() {
		if c.Verb == contract.VerbTicketReply {
			texts = append(texts, store.DecodeReply(c))
		}
	}
	return texts
}

func TestReplyNeedsActLevel(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	ticket := s.createTicket("Help", time.Now())
	path := ticketPath(ticket) + "/reply"
	staff := s.signInStaff(access.LevelManage, access.LevelSee)
	staff.get(path).wantStatus(http.StatusForbidden)
	staff.post(path, url.Values{"text": {"Hello"}}).wantStatus(http.StatusForbidden)
	if a := staff.get(ticketPath(ticket)).wantStatus(http.StatusOK); a.find("#answer").Length() > 0 {
		t.Error("level see: the page offers to reply")
	}
	s.grantHelperRole(access.LevelNone, access.LevelAct)
	staff.get(path).wantRedirect(ticketPath(ticket) + "#answer")
	staff.post(path, url.Values{"text": {"Hello"}}).wantStatus(http.StatusSeeOther)
	staff.get("/guilds/" + lantern + "/tickets/none/reply").wantStatus(http.StatusNotFound)
	staff.post("/guilds/"+lantern+"/tickets/none/reply", url.Values{"text": {"Hello"}}).wantStatus(http.StatusNotFound)
	if got := s.requestedReplies(); len(got) != 1 {
		t.Errorf("replies = %q, want 1", got)
	}
}

func TestReplyFailsWithoutDatabase(t *testing.T) {
	s := openSite(t, withBrokenStore)
	s.signIn(robin).post("/guilds/"+lantern+"/tickets/c1/reply", url.Values{"text": {"Hello"}}).
		wantStatus(http.StatusServiceUnavailable).wantNoText("Hello")
}

func TestInvalidReplyKeepsText(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	ticket := s.createTicket("Help", time.Now())
	path, b := ticketPath(ticket)+"/reply", s.signIn(robin)
	long := "<b>" + strings.Repeat("ü", store.MaxReplyLength-2)
	for text, problem := range map[string]string{"": "required", " \r\n\x00 ": "required", long: "too long"} {
		for _, headers := range [][]string{nil, asPartial} {
			a := b.post(path, url.Values{"text": {text}}, headers...).wantStatus(http.StatusUnprocessableEntity).
				wantText("#problem-text", problem)
			field := a.find("#answer-text")
			if attr(field, "aria-invalid") != "true" || attr(field, "aria-describedby") != "problem-text answer-hint" {
				t.Errorf("%.10q: the field is not marked as invalid", text)
			}
			if text == long && field.Text() != long {
				t.Errorf("value = %.20q, want the submitted text", field.Text())
			}
			if isFullPage := a.find("#live #messages").Length() == 1; isFullPage == (headers != nil) {
				t.Errorf("%.10q with %q: full page = %v, want the opposite", text, headers, isFullPage)
			}
		}
	}
	s.closeTicket(ticket, time.Now())
	b.get(ticketPath(ticket)).wantText(".answer-closed", "closed")
	b.post(path, url.Values{"text": {"Too late"}}).wantStatus(http.StatusConflict).
		wantText("#answer-problem", "has changed").wantText("#answer-text", "Too late")
	a := b.post(path, url.Values{"text": {"Too late"}}, asPartial...).wantStatus(http.StatusConflict)
	if a.wantText("[role=alert]", "has changed"); a.find("form").Length() > 0 || a.Header.Get("HX-Trigger") != "" {
		t.Errorf("response to htmx = %q, HX-Trigger = %q, want only a message, so that the typed text stays",
			a.body, a.Header.Get("HX-Trigger"))
	}
	if got := s.requestedReplies(); len(got) > 0 {
		t.Errorf("replies = %q, want none", got)
	}
}

func TestUnsupportedReplyKeepsText(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat(contract.VerbTicketClose)
	ticket, b := s.createTicket("Help", time.Now()), s.signIn(robin)
	if a := b.get(ticketPath(ticket)).wantStatus(http.StatusOK); a.find("#answer").Length() > 0 {
		t.Error("the page offers to reply")
	}
	b.post(ticketPath(ticket)+"/reply", url.Values{"text": {"Hello"}}).wantStatus(http.StatusConflict).
		wantText("#answer-problem", "Your bot doesn’t support this action").wantText("#answer-text", "Hello")
}

func TestReplyWithoutBotKeepsText(t *testing.T) {
	s := openSite(t)
	must(t, s.redis.Set(contract.BotLastSeenKey,
		`{"version":"1","capabilities":["TICKET_REPLY"],"at":`+jsonMillis(time.Now().Add(-time.Hour))+`}`))
	ticket, b := s.createTicket("Help", time.Now()), s.signIn(robin)
	form := b.get(ticketPath(ticket)).wantStatus(http.StatusOK).formValues("#answer", url.Values{"text": {"Hello"}})
	b.post(ticketPath(ticket)+"/reply", form).wantStatus(http.StatusConflict).
		wantText("#answer-problem", "No bot is connected").wantText("#answer-text", "Hello")
}

func TestReplyIsPendingUntilBotAnswers(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	s.recordResults()
	ticket, b := s.createTicket("Help", time.Now()), s.signIn(robin)
	text := "Hello **Ada**,\n\n  this is <script>"
	form := b.get(ticketPath(ticket)).wantStatus(http.StatusOK).
		formValues("#answer", url.Values{"text": {strings.ReplaceAll(text, "\n", "\r\n") + "  "}})
	b.post(ticketPath(ticket)+"/reply", form).wantRedirect(ticketPath(ticket) + "?note=command.requested")
	c := s.commands()[0]
	if c.Verb != contract.VerbTicketReply || c.Target != ticket.ID || c.Actor.ID != robin ||
		store.DecodeReply(c) != text || c.ID != form.Get("once") {
		t.Fatalf("command = %+v with data %s, want the submitted reply", c, c.Data)
	}
	a := b.get(ticketPath(ticket)).wantText("#unsent-"+c.ID, "Sending reply").
		wantText("#unsent-"+c.ID, "this is <script>").wantText("#messages", "No messages yet")
	if a.find("#unsent a[id^=resend]").Length() > 0 || a.find("#answer-text").Text() != "" {
		t.Error("the page offers to resend a reply in progress, or keeps its text")
	}
	b.get("/guilds/"+lantern+"/audit").wantText("#rows", "Reply to ticket").wantText("#rows", "Hello **Ada**")

	s.addMessage(ticket, store.TicketMessage{ID: "901", Author: contract.User{ID: robin, Username: "Robin"}, Content: text,
		CreatedAt: time.Now()})
	s.answerCommand(c, contract.CommandDone, "")
	a = b.get(ticketPath(ticket)).wantText("#m-901 .message-head", "Robin").wantText("#m-901", "this is <script>")
	if a.find("#unsent").Length() > 0 {
		t.Error("a sent reply is shown as unsent")
	}
}

func TestRefusedReplyCanBeResent(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	s.recordResults()
	ticket, b := s.createTicket("Help", time.Now()), s.signIn(robin)
	path := ticketPath(ticket) + "/reply"
	form := b.get(ticketPath(ticket)).formValues("#answer", url.Values{"text": {"Hello"}})
	b.post(path, form).wantStatus(http.StatusSeeOther)
	c := s.commands()[0]
	s.answerCommand(c, contract.CommandRefused, contract.RefusalWrongState)
	a := b.get(ticketPath(ticket)).wantText("#unsent-"+c.ID, "Already changed by someone else").wantText("#unsent-"+c.ID, "Hello")
	resend := attr(a.find("#resend-"+c.ID), "href")
	if got := b.get(resend).wantStatus(http.StatusOK).find("#answer-text").Text(); got != "Hello" {
		t.Errorf("initial text = %q, want Hello", got)
	}
	other := s.createTicket("Another", time.Now())
	if got := b.get(ticketPath(other) + "?answer=" + c.ID).wantStatus(http.StatusOK).find("#answer-text").Text(); got != "" {
		t.Errorf("initial text for another ticket = %q, want none", got)
	}
	b.get(ticketPath(ticket) + "?answer=none").wantStatus(http.StatusOK)
	b.post(path, form).wantStatus(http.StatusSeeOther) // the form is submitted again after the browser's Back button
	if got := s.requestedReplies(); fmt.Sprint(got) != "[Hello Hello]" {
		t.Errorf("replies = %q, want Hello twice", got)
	}
}

func TestReplyFormIsIdempotent(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	s.recordResults()
	ticket := s.createTicket("Help", time.Now())
	path, b, staff := ticketPath(ticket)+"/reply", s.signIn(robin), s.signInStaff(access.LevelNone, access.LevelAct)
	first := b.get(ticketPath(ticket)).formValues("#answer", url.Values{"text": {"First"}})
	a := b.post(path, first, asPartial...).wantStatus(http.StatusOK)
	if a.find("#answer-text").Text() != "" || attr(a.find("[name=once]"), "value") == first.Get("once") ||
		a.Header.Get("HX-Trigger") != "" {
		t.Error("htmx gets no new form, or a toast besides the reply in the conversation")
	}
	b.post(path, first).wantStatus(http.StatusSeeOther)
	second := staff.get(ticketPath(ticket)).formValues("#answer", url.Values{"text": {"Second"}})
	staff.post(path, second).wantStatus(http.StatusConflict).wantText("#answer-problem", "Robin <b> has just replied").
		wantText("#answer-text", "Second")
	reused := url.Values{"text": {"First"}, "once": first["once"]}
	staff.post(path, reused).wantStatus(http.StatusConflict)
	if got := s.requestedReplies(); fmt.Sprint(got) != "[First]" {
		t.Fatalf("replies = %q, want First", got)
	}
	s.answerCommand(s.commands()[0], contract.CommandDone, "")
	b.post(path, first).wantStatus(http.StatusSeeOther)
	staff.post(path, second).wantStatus(http.StatusSeeOther)
	s.answerCommand(s.commands()[0], contract.CommandDone, "")
	first.Set("text", "Third") // the form is submitted again after the browser's Back button
	b.post(path, first).wantStatus(http.StatusSeeOther)
	if got := s.requestedReplies(); fmt.Sprint(got) != "[Third Second First]" {
		t.Errorf("replies = %q, want Third, Second and First", got)
	}
}

func TestSecondReplyWaitsForFirst(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	s.recordResults()
	ticket, b := s.createTicket("Help", time.Now()), s.signIn(robin)
	path := ticketPath(ticket) + "/reply"
	first := b.get(ticketPath(ticket)).formValues("#answer", url.Values{"text": {"First"}})
	second := b.post(path, first, asPartial...).wantStatus(http.StatusOK).formValues("#answer", url.Values{"text": {"Second"}})
	a := b.post(path, second, asPartial...).wantStatus(http.StatusConflict).wantText("[role=alert]", "Your last reply is still being sent")
	if a.find("form").Length() > 0 || a.Header.Get("HX-Trigger") != "" {
		t.Errorf("response to htmx = %q, HX-Trigger = %q, want only a message, so that the typed text stays",
			a.body, a.Header.Get("HX-Trigger"))
	}
	b.post(path, second).wantStatus(http.StatusConflict).
		wantText("#answer-problem", "Your last reply is still being sent").wantText("#answer-text", "Second")
	s.answerCommand(s.commands()[0], contract.CommandDone, "")
	b.post(path, second).wantStatus(http.StatusSeeOther)
	if got := s.requestedReplies(); fmt.Sprint(got) != "[Second First]" {
		t.Errorf("replies = %q, want Second and First", got)
	}
}

func TestInsertCannedReplyWithoutScripts(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	s.saveCannedReply("r1", "Hi <b>", "Hello {user}, about {ticket}: {other}")
	ticket, b := s.createTicket("Help", time.Now()), s.signIn(robin)
	want := fmt.Sprintf("Hello @Ada, about #%d: {other}", ticket.Number)
	a := b.get(ticketPath(ticket)).wantStatus(http.StatusOK).wantText("#canned", "Hi <b>")
	if got := attr(a.find("#canned option[value=r1]"), "data-text"); got != want {
		t.Errorf("inserted text = %q, want %q", got, want)
	}
	for typed, field := range map[string]string{"": want, "So:": "So:\n" + want} {
		form := a.formValues("#answer", url.Values{"text": {typed}, "canned": {"r1"}, "insert": {"1"}})
		again := b.post(ticketPath(ticket)+"/reply", form).wantStatus(http.StatusOK)
		if got := again.find("#live ~ section #answer-text").Text(); got != field {
			t.Errorf("%q: text = %q, want %q", typed, got, field)
		}
	}
	b.post(ticketPath(ticket)+"/reply", a.formValues("#answer",
		url.Values{"text": {"So"}, "canned": {"none"}, "insert": {"1"}})).wantStatus(http.StatusOK).
		wantText("#answer-text", "So")
	if got := s.requestedReplies(); len(got) > 0 {
		t.Errorf("replies after inserting = %q, want none", got)
	}
}

func TestEditCannedReplies(t *testing.T) {
	s := openSite(t)
	list := settingsPath + "/replies"
	staff := s.signInStaff(access.LevelManage, access.LevelManage)
	for _, path := range []string{list, list + "/new", list + "/live"} {
		staff.get(path).wantStatus(http.StatusForbidden)
	}
	staff.post(list, url.Values{"version": {"0"}, "name": {"Hi"}, "text": {"Hello"}}).wantStatus(http.StatusForbidden)
	b := s.signIn(robin)
	b.get(list).wantStatus(http.StatusOK).wantText("#canned-none", "No canned replies yet")
	form := b.get(list+"/new").wantStatus(http.StatusOK).
		formValues("#settings-form", url.Values{"name": {"Hi"}, "text": {"Hello {user}: {ticket}"}})
	b.post(list, form).wantRedirect(list + "?note=settings.saved")
	reply := attr(b.get(list).wantText("#canned-replies", "Hello {user}").find("#canned-replies a"), "href")
	b.get(reply).wantStatus(http.StatusOK).wantText("#preview-text", "Hello @Ada: #42")
	for field, value := range map[string]string{"name": strings.Repeat("ü", 101), "text": strings.Repeat("ü", store.MaxReplyLength+1)} {
		b.post(reply, b.get(reply).formValues("#settings-form", url.Values{field: {value}})).
			wantStatus(http.StatusUnprocessableEntity).wantText("#problem-"+field, "long")
	}
	for _, same := range []string{form.Get("name"), strings.ToUpper(form.Get("name"))} {
		form.Set("name", same)
		b.post(list, form).wantStatus(http.StatusUnprocessableEntity).wantText("#problem-name", "This name is already taken")
	}
	b.post(reply, b.get(reply).formValues("#settings-form", url.Values{"text": {"Hi {user}"}})).wantStatus(http.StatusSeeOther)
	b.post(reply, b.get(reply).formValues("#settings-form", url.Values{"version": {"1"}})).wantStatus(http.StatusConflict)
	b.get(list).wantText("#canned-replies", "Hi {user}")
	b.get("/guilds/"+lantern+"/audit").wantText("#rows", "Change canned reply")
	b.get(reply + "/delete").wantStatus(http.StatusOK)
	b.post(reply+"/delete", nil).wantRedirect(list + "?note=settings.deleted")
	b.get(list).wantText("#canned-none", "No canned replies yet")
	b.get(reply).wantStatus(http.StatusNotFound)

	for i := range store.MaxCannedReplies {
		s.saveCannedReply(fmt.Sprint("r", i), fmt.Sprint("Reply ", i), "x")
	}
	b.get(list + "/new").wantStatus(http.StatusConflict)
	b.post(list, form).wantStatus(http.StatusConflict)
}
