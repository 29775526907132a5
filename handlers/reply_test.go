package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"guildboard/store"
)

// canned keeps a canned reply.
func (s *site) canned(id, name, text string) {
	s.t.Helper()
	must(s.t, s.Store.ChangeCanned(s.t.Context(), store.Person{ID: robin}, nil, store.CannedReply{ID: id, GuildID: lantern, Name: name, Text: text}))
}

// replies are what was asked to be said, newest first.
func (s *site) replies() (texts []string) {
	s.t.Helper()
	for _, c := range s.commands() {
		if c.Verb == store.VerbTicketReply {
			texts = append(texts, store.ReplyOf(c))
		}
	}
	return texts
}

func TestATicketIsAnsweredByWhoMayAct(t *testing.T) {
	s := open(t)
	s.beats()
	ticket := s.ticket("Help", time.Now())
	path := ticketPath(ticket) + "/reply"
	watcher := s.helper(store.LevelManage, store.LevelSee)
	watcher.get(path).wants(http.StatusForbidden)
	watcher.post(path, url.Values{"text": {"Hello"}}).wants(http.StatusForbidden)
	if a := watcher.get(ticketPath(ticket)).wants(http.StatusOK); a.find("#answer").Length() > 0 {
		t.Error("who may only look is offered to answer")
	}
	s.let(store.LevelNone, store.LevelAct)
	watcher.get(path).leadsTo(ticketPath(ticket) + "#answer")
	watcher.post(path, url.Values{"text": {"Hello"}}).wants(http.StatusSeeOther)
	watcher.get("/guilds/" + lantern + "/tickets/none/reply").wants(http.StatusNotFound)
	watcher.post("/guilds/"+lantern+"/tickets/none/reply", url.Values{"text": {"Hello"}}).wants(http.StatusNotFound)
	if got := s.replies(); len(got) != 1 {
		t.Errorf("asked for is %q", got)
	}
}

func TestAnsweringAsksNothingOfABrokenStore(t *testing.T) {
	s := open(t, broken)
	s.signIn(robin).post("/guilds/"+lantern+"/tickets/c1/reply", url.Values{"text": {"Hello"}}).wants(http.StatusServiceUnavailable).hides("Hello")
}

func TestAnAnswerThatCannotBeSentComesBackAsItWasTyped(t *testing.T) {
	s := open(t)
	s.beats()
	ticket := s.ticket("Help", time.Now())
	path, b := ticketPath(ticket)+"/reply", s.signIn(robin)
	long := "<b>" + strings.Repeat("ü", store.MaxReply-2)
	for text, problem := range map[string]string{"": "needed", " \r\n\x00 ": "needed", long: "too long"} {
		for _, headers := range [][]string{nil, asPartial} {
			a := b.post(path, url.Values{"text": {text}}, headers...).wants(http.StatusUnprocessableEntity).says("#problem-text", problem)
			field := a.find("#answer-text")
			if attr(field, "aria-invalid") != "true" || attr(field, "aria-describedby") != "problem-text answer-hint" {
				t.Errorf("%.10q: the field is not marked", text)
			}
			if text == long && field.Text() != long {
				t.Errorf("what was typed has become %.20q", field.Text())
			}
			if whole := a.find("#live #messages").Length() == 1; whole == (headers != nil) {
				t.Errorf("%.10q with %q: the whole page is there: %v", text, headers, whole)
			}
		}
	}
	s.close(ticket, time.Now())
	b.get(ticketPath(ticket)).says(".answer-closed", "closed")
	b.post(path, url.Values{"text": {"Too late"}}).wants(http.StatusConflict).says("#answer-problem", "changed meanwhile").says("#answer-text", "Too late")
	a := b.post(path, url.Values{"text": {"Too late"}}, asPartial...).wants(http.StatusConflict)
	if a.says("[role=alert]", "changed meanwhile"); a.find("form").Length() > 0 || a.Header.Get("HX-Trigger") != "" {
		t.Errorf("htmx gets %q, and %q: what is typed must stay", a.body, a.Header.Get("HX-Trigger"))
	}
	if got := s.replies(); len(got) > 0 {
		t.Errorf("asked for is %q", got)
	}
}

func TestWhatTheBotCannotDoIsNotOfferedAndKeepsWhatWasTyped(t *testing.T) {
	s := open(t)
	s.beats(store.VerbTicketClose)
	ticket, b := s.ticket("Help", time.Now()), s.signIn(robin)
	if a := b.get(ticketPath(ticket)).wants(http.StatusOK); a.find("#answer").Length() > 0 {
		t.Error("it is offered")
	}
	b.post(ticketPath(ticket)+"/reply", url.Values{"text": {"Hello"}}).wants(http.StatusConflict).
		says("#answer-problem", "This bot cannot do that").says("#answer-text", "Hello")
}

func TestWhereNoBotListensAnAnswerKeepsWhatWasTyped(t *testing.T) {
	s := open(t)
	must(t, s.redis.Set(store.BotHeardKey, `{"version":"1","capabilities":["TICKET_REPLY"],"at":`+jsonMillis(time.Now().Add(-time.Hour))+`}`))
	ticket, b := s.ticket("Help", time.Now()), s.signIn(robin)
	form := b.get(ticketPath(ticket)).wants(http.StatusOK).sent("#answer", url.Values{"text": {"Hello"}})
	b.post(ticketPath(ticket)+"/reply", form).wants(http.StatusConflict).says("#answer-problem", "No bot is listening").says("#answer-text", "Hello")
}

func TestAnAnswerIsShownAsSentOnlyWhenTheBotSaysSo(t *testing.T) {
	s := open(t)
	s.beats()
	s.collect()
	ticket, b := s.ticket("Help", time.Now()), s.signIn(robin)
	text := "Hello **Ada**,\n\n  this is <script>"
	form := b.get(ticketPath(ticket)).wants(http.StatusOK).sent("#answer", url.Values{"text": {strings.ReplaceAll(text, "\n", "\r\n") + "  "}})
	b.post(ticketPath(ticket)+"/reply", form).leadsTo(ticketPath(ticket) + "?note=command.asked")
	c := s.commands()[0]
	if c.Verb != store.VerbTicketReply || c.Target != ticket.ID || c.Actor.ID != robin || store.ReplyOf(c) != text || c.ID != form.Get("once") {
		t.Fatalf("asked for is %+v with %s", c, c.Data)
	}
	a := b.get(ticketPath(ticket)).says("#unsent-"+c.ID, "Asked to answer").says("#unsent-"+c.ID, "this is <script>").says("#messages", "kept no messages")
	if a.find("#unsent a[id^=resend]").Length() > 0 || a.find("#answer-text").Text() != "" {
		t.Error("it is offered to be sent again")
	}
	b.get("/guilds/"+lantern+"/audit").says("#rows", "Answer ticket").says("#rows", "Hello **Ada**")

	s.say(ticket, store.TicketMessage{ID: "901", Author: store.Person{ID: robin, Username: "Robin"}, Content: text, CreatedAt: time.Now()})
	s.answered(c, store.CommandDone, "")
	a = b.get(ticketPath(ticket)).says("#m-901 .message-head", "Robin").says("#m-901", "this is <script>")
	if a.find("#unsent").Length() > 0 {
		t.Error("it is still shown as not said")
	}
}

func TestAnAnswerThatTheBotRefusesCanBeMendedAndSentAgain(t *testing.T) {
	s := open(t)
	s.beats()
	s.collect()
	ticket, b := s.ticket("Help", time.Now()), s.signIn(robin)
	path := ticketPath(ticket) + "/reply"
	form := b.get(ticketPath(ticket)).sent("#answer", url.Values{"text": {"Hello"}})
	b.post(path, form).wants(http.StatusSeeOther)
	c := s.commands()[0]
	s.answered(c, store.CommandRefused, store.CodeState)
	a := b.get(ticketPath(ticket)).says("#unsent-"+c.ID, "Somebody was first").says("#unsent-"+c.ID, "Hello")
	mend := attr(a.find("#resend-"+c.ID), "href")
	if got := b.get(mend).wants(http.StatusOK).find("#answer-text").Text(); got != "Hello" {
		t.Errorf("the form begins with %q", got)
	}
	other := s.ticket("Another", time.Now())
	if got := b.get(ticketPath(other) + "?answer=" + c.ID).wants(http.StatusOK).find("#answer-text").Text(); got != "" {
		t.Errorf("the form of another ticket begins with %q", got)
	}
	b.get(ticketPath(ticket) + "?answer=none").wants(http.StatusOK)
	b.post(path, form).wants(http.StatusSeeOther) // by the browser's way back
	if got := s.replies(); fmt.Sprint(got) != "[Hello Hello]" {
		t.Errorf("asked for is %q", got)
	}
}

func TestAFormSentTwiceIsOneAnswerAndAnothersIsNotInItsPlace(t *testing.T) {
	s := open(t)
	s.beats()
	s.collect()
	ticket := s.ticket("Help", time.Now())
	path, b, helper := ticketPath(ticket)+"/reply", s.signIn(robin), s.helper(store.LevelNone, store.LevelAct)
	first := b.get(ticketPath(ticket)).sent("#answer", url.Values{"text": {"First"}})
	a := b.post(path, first, asPartial...).wants(http.StatusOK)
	if a.find("#answer-text").Text() != "" || attr(a.find("[name=once]"), "value") == first.Get("once") || !strings.Contains(a.Header.Get("HX-Trigger"), "toast") {
		t.Error("htmx does not get a new form")
	}
	b.post(path, first).wants(http.StatusSeeOther)
	theirs := helper.get(ticketPath(ticket)).sent("#answer", url.Values{"text": {"Second"}})
	helper.post(path, theirs).wants(http.StatusConflict).says("#answer-problem", "Robin <b> has just answered").says("#answer-text", "Second")
	stolen := url.Values{"text": {"First"}, "once": first["once"]}
	helper.post(path, stolen).wants(http.StatusConflict)
	if got := s.replies(); fmt.Sprint(got) != "[First]" {
		t.Fatalf("asked for is %q", got)
	}
	s.answered(s.commands()[0], store.CommandDone, "")
	b.post(path, first).wants(http.StatusSeeOther)
	helper.post(path, theirs).wants(http.StatusSeeOther)
	s.answered(s.commands()[0], store.CommandDone, "")
	first.Set("text", "Third") // by the browser's way back
	b.post(path, first).wants(http.StatusSeeOther)
	if got := s.replies(); fmt.Sprint(got) != "[Third Second First]" {
		t.Errorf("asked for is %q", got)
	}
}

func TestASecondAnswerWaitsForTheFirstAndIsKept(t *testing.T) {
	s := open(t)
	s.beats()
	s.collect()
	ticket, b := s.ticket("Help", time.Now()), s.signIn(robin)
	path := ticketPath(ticket) + "/reply"
	first := b.get(ticketPath(ticket)).sent("#answer", url.Values{"text": {"First"}})
	second := b.post(path, first, asPartial...).wants(http.StatusOK).sent("#answer", url.Values{"text": {"Second"}})
	a := b.post(path, second, asPartial...).wants(http.StatusConflict).says("[role=alert]", "Your last answer is still on its way")
	if a.find("form").Length() > 0 || a.Header.Get("HX-Trigger") != "" {
		t.Errorf("htmx gets %q, and %q: what is typed must stay", a.body, a.Header.Get("HX-Trigger"))
	}
	b.post(path, second).wants(http.StatusConflict).says("#answer-problem", "Your last answer is still on its way").says("#answer-text", "Second")
	s.answered(s.commands()[0], store.CommandDone, "")
	b.post(path, second).wants(http.StatusSeeOther)
	if got := s.replies(); fmt.Sprint(got) != "[Second First]" {
		t.Errorf("asked for is %q", got)
	}
}

func TestACannedReplyIsInsertedWithoutScripts(t *testing.T) {
	s := open(t)
	s.beats()
	s.canned("r1", "Hi <b>", "Hello {user}, about {ticket}: {other}")
	ticket, b := s.ticket("Help", time.Now()), s.signIn(robin)
	want := fmt.Sprintf("Hello @Ada, about #%d: {other}", ticket.Number)
	a := b.get(ticketPath(ticket)).wants(http.StatusOK).says("#canned", "Hi <b>")
	if got := attr(a.find("#canned option[value=r1]"), "data-text"); got != want {
		t.Errorf("scripts insert %q", got)
	}
	for typed, field := range map[string]string{"": want, "So:": "So:\n" + want} {
		form := a.sent("#answer", url.Values{"text": {typed}, "canned": {"r1"}, "insert": {"1"}})
		again := b.post(ticketPath(ticket)+"/reply", form).wants(http.StatusOK)
		if got := again.find("#live ~ section #answer-text").Text(); got != field {
			t.Errorf("%q becomes %q", typed, got)
		}
	}
	b.post(ticketPath(ticket)+"/reply", a.sent("#answer", url.Values{"text": {"So"}, "canned": {"none"}, "insert": {"1"}})).wants(http.StatusOK).says("#answer-text", "So")
	if got := s.replies(); len(got) > 0 {
		t.Errorf("inserting has sent %q", got)
	}
}

func TestCannedRepliesAreMadeChangedAndDeleted(t *testing.T) {
	s := open(t)
	list := settingsPath + "/replies"
	helper := s.helper(store.LevelManage, store.LevelManage)
	for _, path := range []string{list, list + "/new", list + "/live"} {
		helper.get(path).wants(http.StatusForbidden)
	}
	helper.post(list, url.Values{"version": {"0"}, "name": {"Hi"}, "text": {"Hello"}}).wants(http.StatusForbidden)
	b := s.signIn(robin)
	b.get(list).wants(http.StatusOK).says("#canned-none", "No canned reply yet")
	form := b.get(list+"/new").wants(http.StatusOK).sent("#settings-form", url.Values{"name": {"Hi"}, "text": {"Hello {user}: {ticket}"}})
	b.post(list, form).leadsTo(list + "?note=settings.saved")
	reply := attr(b.get(list).says("#canned-replies", "Hello {user}").find("#canned-replies a"), "href")
	b.get(reply).wants(http.StatusOK).says("#preview-text", "Hello @Ada: #42")
	for field, value := range map[string]string{"name": strings.Repeat("ü", 101), "text": strings.Repeat("ü", store.MaxReply+1)} {
		b.post(reply, b.get(reply).sent("#settings-form", url.Values{field: {value}})).wants(http.StatusUnprocessableEntity).says("#problem-"+field, "long")
	}
	for _, same := range []string{form.Get("name"), strings.ToUpper(form.Get("name"))} {
		form.Set("name", same)
		b.post(list, form).wants(http.StatusUnprocessableEntity).says("#problem-name", "Another one has that name")
	}
	b.post(reply, b.get(reply).sent("#settings-form", url.Values{"text": {"Hi {user}"}})).wants(http.StatusSeeOther)
	b.post(reply, b.get(reply).sent("#settings-form", url.Values{"version": {"1"}})).wants(http.StatusConflict)
	b.get(list).says("#canned-replies", "Hi {user}")
	b.get("/guilds/"+lantern+"/audit").says("#rows", "Change canned reply")
	b.get(reply + "/delete").wants(http.StatusOK)
	b.post(reply+"/delete", nil).leadsTo(list + "?note=settings.gone")
	b.get(list).says("#canned-none", "No canned reply yet")
	b.get(reply).wants(http.StatusNotFound)

	for i := range store.MaxCanned {
		s.canned(fmt.Sprint("r", i), fmt.Sprint("Reply ", i), "x")
	}
	b.get(list + "/new").wants(http.StatusConflict)
	b.post(list, form).wants(http.StatusConflict)
}
