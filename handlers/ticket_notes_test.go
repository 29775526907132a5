package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
)

func TestStaffWriteTicketNotes(t *testing.T) {
	s := openSite(t)
	path := ticketsPath + "/" + s.createTicket("Charged twice", time.Now()).ID
	b := s.signIn(robin)
	b.get(path+"/notes").wantStatus(http.StatusOK).wantText("#notes", "No notes yet")
	if summary := b.get(path + "/notes").wantStatus(http.StatusOK).find("#notes p"); summary.Length() != 1 ||
		attr(summary, "id") != "live-summary" {
		t.Errorf("summaries of an empty list of notes = %d, want 1", summary.Length())
	}
	stream := b.openStream(path + "/live")
	stream.next()

	notes := attr(b.get(path).find("#note-form"), "action")
	for text, problem := range map[string]string{"": "required", " \r\n ": "required",
		strings.Repeat("ü", store.MaxNoteLength+1): "at most 2,000 characters"} {
		a := b.post(notes, url.Values{"text": {text}}).wantStatus(http.StatusUnprocessableEntity).wantText("#problem-text", problem)
		if attr(a.find("#text"), "aria-invalid") != "true" {
			t.Error("the text field is not marked as invalid")
		}
	}
	b.post(notes, url.Values{"text": {"Paid <b>twice</b>\r\non Monday"}}).wantRedirect(path + "?note=notes.saved#messages")
	if frame := stream.next(); !strings.Contains(frame.data, "Paid &lt;b&gt;twice&lt;/b&gt;") {
		t.Errorf("frame = %s, want the escaped note", frame.data)
	}
	a := b.get(path+"?note=notes.saved").wantStatus(http.StatusOK).wantText("#messages", "Paid <b>twice</b>").
		wantText("main", "Note saved.")
	b.get("/guilds/"+lantern+"/audit").wantText("#rows", "Write note")
	if to := attr(b.get("/guilds/"+lantern+"/audit").find("#rows th a"), "href"); to != ticketsPath+"?q=%231" {
		t.Errorf("link in the audit log = %q, want %q", to, ticketsPath+"?q=%231")
	}

	mark := "#rows .mark"
	b.get(ticketsPath).wantText(mark, "Has internal notes")
	remove := attr(a.find("#messages form"), "action")
	b.post(remove, nil, asPartial...).wantStatus(http.StatusNoContent)
	b.post(remove, nil).wantStatus(http.StatusNotFound)
	if b.get(path).find("#messages .message-note").Length() != 0 {
		t.Error("the conversation shows a deleted note")
	}
	if b.get(ticketsPath).find(mark).Length() != 0 {
		t.Error("the list marks a ticket whose only note was deleted")
	}
	b.get("/guilds/"+lantern+"/audit").wantText("#rows", "Remove note")
	b.post(ticketsPath+"/c00000000000000000000000/notes", url.Values{"text": {"x"}}).wantStatus(http.StatusNotFound)

	s.closeStore()
	b.post(notes, url.Values{"text": {"x"}}).wantStatus(http.StatusServiceUnavailable)
}

func TestTicketNotePermissions(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	ticket := s.createTicket("Charged twice", time.Now())
	path := ticketPath(ticket)
	note, err := s.Store.AddNote(t.Context(), lantern, ticket.ID, contract.User{ID: robin}, "Paid twice")
	must(t, err)
	remove := path + "/notes/" + note.ID + "/delete"

	viewOnly := s.signInStaff(access.LevelNone, access.LevelSee)
	a := viewOnly.get(path).wantStatus(http.StatusOK).wantText("#messages", "Paid twice")
	if a.find("#note-form, #messages form").Length() > 0 {
		t.Error("level see: the page offers to add or delete notes")
	}
	viewOnly.post(path+"/notes", url.Values{"text": {"x"}}).wantStatus(http.StatusForbidden)
	viewOnly.post(remove, nil).wantStatus(http.StatusForbidden)

	act := s.signInStaff(access.LevelNone, access.LevelAct)
	if a := act.get(path).wantStatus(http.StatusOK); a.find("#note-form").Length() != 1 || a.find("#messages form").Length() > 0 {
		t.Error("level act: the page does not offer to add notes, or offers to delete them")
	}
	act.post(path+"/notes", url.Values{"text": {"Mine"}}).wantStatus(http.StatusSeeOther)
	act.post(remove, nil).wantStatus(http.StatusForbidden)
	act.get(path).wantText("#messages", "Mine").wantText("#messages", "Paid twice")

	other := s.signInStaff(access.LevelManage, access.LevelNone)
	other.post(path+"/notes", url.Values{"text": {"x"}}).wantStatus(http.StatusNotFound)
}
