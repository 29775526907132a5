package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
)

const labelsPath = ticketsPath + "/labels"

// createLabels creates labels with the names and returns their ids.
func (s *site) createLabels(names ...string) (ids []string) {
	s.t.Helper()
	for i, name := range names {
		l := store.TicketLabel{ID: store.NewID(), GuildID: lantern, Name: name, Color: store.LabelColors[i%len(store.LabelColors)]}
		must(s.t, s.Store.ChangeLabel(s.t.Context(), contract.User{ID: robin}, nil, l))
		ids = append(ids, l.ID)
	}
	return ids
}

func TestManagersEditLabels(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	ticket := s.createTicket("One", midnightUTC("2026-02-01"))
	b, path := s.signIn(robin), settingsPath+"/labels"
	b.get(path).wantStatus(http.StatusOK).wantText("#labels-none", "No labels yet").wantText("#settings-tabs [aria-current]", "Labels")
	values := func(version, name, color string) url.Values {
		return url.Values{"version": {version}, "name": {name}, "labelColor": {color}}
	}
	b.get(path+"/new").wantStatus(http.StatusOK).wantText("h1", "New label").wantText("#settings-form", "Violet")
	for _, invalid := range []url.Values{values("0", "", "red"), values("0", strings.Repeat("x", 33), "red"),
		values("0", "Billing", "#ff0000")} {
		b.post(path, invalid).wantStatus(http.StatusUnprocessableEntity).wantText("#problems", "")
	}
	b.post(path, values("0", "Billing <b>", "amber")).wantRedirect(path + "?note=settings.saved")
	for _, same := range []string{"Billing <b>", "ｂｉｌｌｉｎｇ <B>"} {
		b.post(path, values("0", same, "red")).wantStatus(http.StatusUnprocessableEntity).
			wantText("#problem-name", "This name is already taken")
	}
	id := strings.TrimPrefix(attr(b.get(path).wantText("#labels", "Billing <b>").find("#labels li"), "id"), "label-")

	must(t, s.Store.ChangeTicketLabels(t.Context(), lantern, []string{ticket.ID}, contract.User{ID: robin}, []string{id}, nil))
	list := b.openStream(ticketsPath + "/live")
	list.next()
	b.post(path+"/"+id, values("1", "Money", "green")).wantStatus(http.StatusSeeOther)
	if frame := list.next(); !strings.Contains(frame.data, `data-color="green" title="Money">Money`) {
		t.Errorf("frame = %s, want the label Money in green", frame.data)
	}
	b.post(path+"/"+id, values("1", "Cash", "red")).wantStatus(http.StatusConflict).wantText("#conflict", "")
	b.get("/guilds/"+lantern+"/audit").wantText("#rows", "Change label").wantText("#rows", "Colour: Amber → Green")
	b.get(path+"/"+id+"/delete").wantStatus(http.StatusOK).wantText("#confirm", "removed from all tickets")
	b.post(path+"/"+id+"/delete", nil).wantStatus(http.StatusSeeOther)
	if frame := list.next(); strings.Contains(frame.data, "Money") {
		t.Errorf("frame = %s, want no deleted label", frame.data)
	}
	b.get(path + "/" + id).wantStatus(http.StatusNotFound)

	for i := range store.MaxLabels {
		s.createLabels(fmt.Sprint("Label ", i))
	}
	b.get(path + "/new").wantStatus(http.StatusConflict)
	b.post(path, values("0", "One more", "red")).wantStatus(http.StatusConflict)
	s.signInStaff(access.LevelManage, access.LevelManage).get(path).wantStatus(http.StatusForbidden)
	s.closeStore()
	b.get(path).wantStatus(http.StatusServiceUnavailable)
}

func TestStaffLabelTickets(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat(contract.Verbs...)
	labels := s.createLabels("Billing", "Bug", "<script>idea")
	one, two := s.createTicket("One", midnightUTC("2026-02-01")), s.createTicket("Two", midnightUTC("2026-02-02"))
	b := s.signIn(robin)
	list := b.openStream(ticketsPath + "/live")
	list.next()

	confirm := b.get(labelsPath+"?only="+one.ID, asPartial...).wantStatus(http.StatusOK).wantNoText("<html")
	confirm.wantText("#confirm-title", "Labels of ticket #1")
	b.post(labelsPath, confirm.formValues("#confirm", url.Values{"label": labels[:2]}), asPartial...).wantStatus(http.StatusNoContent)
	if frame := list.next(); !strings.Contains(frame.data, ">Billing<") || !strings.Contains(frame.data, ">Bug<") {
		t.Errorf("frame = %s, want both labels", frame.data)
	}
	b.get(ticketPath(one)).wantText("#ticket .facts", "Billing").wantText("#ticket .timeline", "Labels: (empty) → Billing, Bug")

	t.Run("concurrent changes are kept", func(t *testing.T) {
		form := b.get(labelsPath + "?only=" + one.ID).wantStatus(http.StatusOK)
		if got := form.find("#confirm [name=label]:checked").Length(); got != 2 {
			t.Errorf("checked labels = %d, want 2", got)
		}
		must(t, s.Store.ChangeTicketLabels(t.Context(), lantern, []string{one.ID}, contract.User{ID: sam}, []string{labels[2]}, nil))
		b.post(labelsPath, form.formValues("#confirm", url.Values{"label": {labels[1]}})).wantRedirect(ticketPath(one) + "?note=labels.set")
		a := b.get(ticketPath(one)+"?note=labels.set").wantText("main", "Labels saved.").wantNoText("<script>idea")
		if got := a.texts("#ticket .label"); !slices.Equal(got, []string{"<script>idea", "Bug"}) {
			t.Errorf("labels = %q, want <script>idea and Bug", got)
		}
	})
	t.Run("bulk change", func(t *testing.T) {
		if got := attr(b.get(ticketsPath).find("#selection-labels"), "formaction"); got != labelsPath {
			t.Errorf("URL of the bulk button = %q, want %q", got, labelsPath)
		}
		confirm := b.get(labelsPath+"?only="+one.ID+"&only="+two.ID).wantStatus(http.StatusOK).wantText("h1", "Labels of 2 tickets")
		if on, off := confirm.find("[name=on]").Length(), confirm.find("[name=off]").Length(); on != 3 || off != 2 {
			t.Errorf("labels to add = %d, to remove = %d, want 3 and 2", on, off)
		}
		b.post(labelsPath, confirm.formValues("#confirm", url.Values{"on": {labels[0]}, "off": {labels[1]}})).
			wantRedirect(ticketsPath + "?note=labels.set")
		a := b.get(ticketsPath)
		if one, two := a.texts("#marks-"+one.ID+" .label"),
			a.texts("#marks-"+two.ID+" .label"); !slices.Equal(one, []string{"<script>idea", "Billing"}) ||
			!slices.Equal(two, []string{"Billing"}) {
			t.Errorf("labels = %q and %q, want the changed ones", one, two)
		}
	})
	t.Run("filter by label", func(t *testing.T) {
		for query, want := range map[string][]string{
			"?label=" + labels[0]: {"Two", "One"}, "?label=" + labels[0] + "&label=" + labels[2]: {"One"},
			"?label=" + labels[1]: nil, "?label=none": nil,
			"?label=" + labels[0] + "&status=open&sort=oldest": {"One", "Two"},
		} {
			a := b.get(ticketsPath + query).wantStatus(http.StatusOK)
			if got := a.texts("#rows tr th a"); !slices.Equal(got, want) {
				t.Errorf("%s: rows = %q, want %q", query, got, want)
			}
			if got := a.find("#filter-labels :checked").Length(); got != strings.Count(query, "label=") {
				t.Errorf("%s: checked labels = %d, want one per parameter", query, got)
			}
		}
		_, rows := parseCSV(t, b.get(ticketsPath+"/export?format=csv&label="+labels[2]))
		if len(rows) != 1 || rows[0]["labels"] != "<script>idea;Billing" {
			t.Errorf("export = %v, want both labels", rows)
		}
		var apiTicketList struct{ Data []struct{ Labels []string } }
		b.get(apiTickets).json(&apiTicketList)
		if len(apiTicketList.Data) != 2 || !slices.Equal(apiTicketList.Data[0].Labels, []string{"Billing"}) {
			t.Errorf("API response = %v, want the labels", apiTicketList.Data)
		}
		b.get(ticketsPath+"?label=a.b").wantStatus(http.StatusOK).wantText("main [role=alert]", "“a.b” isn’t a label")
	})
	t.Run("too many or deleted labels are refused", func(t *testing.T) {
		tooMany := s.createLabels("1", "2", "3", "4", "5", "6", "7")
		invalid := map[string]url.Values{
			"at most 6 labels": {"only": {two.ID}, "had": {labels[0]}, "label": tooMany},
			"was deleted":      {"only": {two.ID}, "label": {"c0000000000000000000000"}},
		}
		for words, form := range invalid {
			b.post(labelsPath, form).wantStatus(http.StatusUnprocessableEntity).wantText("#problem-labels", words)
		}
		a := b.post(labelsPath, invalid["at most 6 labels"], asPartial...).wantStatus(http.StatusUnprocessableEntity)
		if a.find("[name=label]:checked").Length() != 7 {
			t.Error("the selection is lost, want 7 labels")
		}
		b.post(labelsPath, url.Values{"label": labels}).wantStatus(http.StatusNotFound)
	})
	t.Run("level see", func(t *testing.T) {
		viewOnly := s.signInStaff(access.LevelNone, access.LevelSee)
		if viewOnly.get(ticketsPath).wantStatus(http.StatusOK).wantText("#rows", "Billing").
			find("#rows [id^=labels-], #selection-labels").Length() != 0 {
			t.Error("level see: the list offers to change labels")
		}
		viewOnly.get(labelsPath + "?only=" + one.ID).wantStatus(http.StatusForbidden)
		viewOnly.post(labelsPath, url.Values{"only": {one.ID}, "on": {labels[0]}}).wantStatus(http.StatusForbidden)
		acting := s.signInStaff(access.LevelNone, access.LevelAct)
		if acting.get(labelsPath+"?only="+one.ID).wantStatus(http.StatusOK).find("#labels-manage").Length() != 0 {
			t.Error("a user without manager rights sees a link to the settings of labels")
		}
		acting.post(labelsPath, url.Values{"only": {one.ID}, "on": {labels[0]}}).wantStatus(http.StatusSeeOther)
	})
	t.Run("store unavailable", func(t *testing.T) {
		s.closeStore()
		b.get(labelsPath + "?only=" + one.ID).wantStatus(http.StatusServiceUnavailable)
		b.post(labelsPath, url.Values{"only": {one.ID}}).wantStatus(http.StatusServiceUnavailable)
	})
}
