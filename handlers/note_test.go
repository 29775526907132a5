package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"guildboard/store"
)

func TestTheTeamWritesNotesAboutATicket(t *testing.T) {
	s := open(t)
	path := ticketsPath + "/" + s.ticket("Charged twice", time.Now()).ID
	b := s.signIn(robin)
	b.get(path).wants(http.StatusOK).says("#notes", "Nobody has noted anything")
	if said := b.get(path + "/notes").wants(http.StatusOK).find("#notes p"); said.Length() != 1 || attr(said, "id") != "live-summary" {
		t.Errorf("the page of no notes says it in %d sentences, want 1", said.Length())
	}
	stream := b.watch(path + "/live")
	stream.next()

	notes := attr(b.get(path).find("#note-form"), "action")
	for text, problem := range map[string]string{"": "needed", " \r\n ": "needed", strings.Repeat("ü", store.MaxNoteText+1): "at most 2,000 characters"} {
		a := b.post(notes, url.Values{"text": {text}}).wants(http.StatusUnprocessableEntity).says("#problem-text", problem)
		if attr(a.find("#text"), "aria-invalid") != "true" {
			t.Error("the field is not marked")
		}
	}
	b.post(notes, url.Values{"text": {"Paid <b>twice</b>\r\non Monday"}}).leadsTo(path + "?note=notes.saved#notes")
	if frame := stream.next(); !strings.Contains(frame.data, "Paid &lt;b&gt;twice&lt;/b&gt;") {
		t.Errorf("who looks on is sent %s", frame.data)
	}
	a := b.get(path+"?note=notes.saved").wants(http.StatusOK).says("#notes", "Paid <b>twice</b>").says("main", "The note is saved.")
	b.get("/guilds/"+lantern+"/audit").says("#rows", "Write note")
	if to := attr(b.get("/guilds/"+lantern+"/audit").find("#rows th a"), "href"); to != ticketsPath+"?q=%231" {
		t.Errorf("the audit log leads to %q", to)
	}

	remove := attr(a.find("#notes form"), "action")
	b.post(remove, nil, asPartial...).wants(http.StatusNoContent)
	b.post(remove, nil).wants(http.StatusNotFound)
	b.get(path).says("#notes", "Nobody has noted anything")
	b.get("/guilds/"+lantern+"/audit").says("#rows", "Remove note")
	b.post(ticketsPath+"/c00000000000000000000000/notes", url.Values{"text": {"x"}}).wants(http.StatusNotFound)

	s.loseStore()
	b.post(notes, url.Values{"text": {"x"}}).wants(http.StatusServiceUnavailable)
}

func TestWhoMayOnlyLookReadsNotesAndWhoActsWritesThem(t *testing.T) {
	s := open(t)
	s.beats()
	ticket := s.ticket("Charged twice", time.Now())
	path := ticketPath(ticket)
	note, err := s.Store.AddNote(t.Context(), lantern, ticket.ID, store.Person{ID: robin}, "Paid twice")
	must(t, err)
	remove := path + "/notes/" + note.ID + "/delete"

	see := s.helper(store.LevelNone, store.LevelSee)
	if a := see.get(path).wants(http.StatusOK).says("#notes", "Paid twice"); a.find("#note-form, #notes form").Length() > 0 {
		t.Error("who may only look is offered to write or remove")
	}
	see.post(path+"/notes", url.Values{"text": {"x"}}).wants(http.StatusForbidden)
	see.post(remove, nil).wants(http.StatusForbidden)

	act := s.helper(store.LevelNone, store.LevelAct)
	if a := act.get(path).wants(http.StatusOK); a.find("#note-form").Length() != 1 || a.find("#notes form").Length() > 0 {
		t.Error("who acts is to write, and to remove nothing")
	}
	act.post(path+"/notes", url.Values{"text": {"Mine"}}).wants(http.StatusSeeOther)
	act.post(remove, nil).wants(http.StatusForbidden)
	act.get(path).says("#notes", "Mine").says("#notes", "Paid twice")

	other := s.helper(store.LevelManage, store.LevelNone)
	other.post(path+"/notes", url.Values{"text": {"x"}}).wants(http.StatusNotFound)
}
