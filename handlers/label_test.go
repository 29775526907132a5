package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"guildboard/store"
)

const labelsPath = ticketsPath + "/labels"

// labels makes labels of the guild with these names, and gives their ids.
func (s *site) labels(names ...string) (ids []string) {
	s.t.Helper()
	for i, name := range names {
		l := store.TicketLabel{ID: store.NewID(), GuildID: lantern, Name: name, Color: store.LabelColors[i%len(store.LabelColors)]}
		must(s.t, s.Store.ChangeLabel(s.t.Context(), store.Person{ID: robin}, nil, l))
		ids = append(ids, l.ID)
	}
	return ids
}

func TestManagersMakeLabels(t *testing.T) {
	s := open(t)
	s.beats()
	ticket := s.ticket("One", day("2026-02-01"))
	b, path := s.signIn(robin), settingsPath+"/labels"
	b.get(path).wants(http.StatusOK).says("#labels-none", "No labels yet").says("#settings-tabs [aria-current]", "Labels")
	values := func(version, name, color string) url.Values {
		return url.Values{"version": {version}, "name": {name}, "labelColor": {color}}
	}
	b.get(path+"/new").wants(http.StatusOK).says("h1", "New label").says("#settings-form", "Violet")
	for _, wrong := range []url.Values{values("0", "", "red"), values("0", strings.Repeat("x", 33), "red"), values("0", "Billing", "#ff0000")} {
		b.post(path, wrong).wants(http.StatusUnprocessableEntity).says("#problems", "")
	}
	b.post(path, values("0", "Billing <b>", "amber")).leadsTo(path + "?note=settings.saved")
	for _, same := range []string{"Billing <b>", "ｂｉｌｌｉｎｇ <B>"} {
		b.post(path, values("0", same, "red")).wants(http.StatusUnprocessableEntity).says("#problem-name", "Another one has that name")
	}
	id := strings.TrimPrefix(attr(b.get(path).says("#labels", "Billing <b>").find("#labels li"), "id"), "label-")

	must(t, s.Store.LabelTickets(t.Context(), lantern, []string{ticket.ID}, store.Person{ID: robin}, []string{id}, nil))
	list := b.watch(ticketsPath + "/live")
	list.next()
	b.post(path+"/"+id, values("1", "Money", "green")).wants(http.StatusSeeOther)
	if frame := list.next(); !strings.Contains(frame.data, `data-color="green">Money`) {
		t.Errorf("whoever looks at the list is sent %s", frame.data)
	}
	b.post(path+"/"+id, values("1", "Cash", "red")).wants(http.StatusConflict).says("#conflict", "")
	b.get("/guilds/"+lantern+"/audit").says("#rows", "Change label").says("#rows", "Colour: Amber → Green")
	b.get(path+"/"+id+"/delete").wants(http.StatusOK).says("#confirm", "taken off all tickets")
	b.post(path+"/"+id+"/delete", nil).wants(http.StatusSeeOther)
	if frame := list.next(); strings.Contains(frame.data, "Money") {
		t.Errorf("after it was deleted they are sent %s", frame.data)
	}
	b.get(path + "/" + id).wants(http.StatusNotFound)

	for i := range store.MaxLabels {
		s.labels(fmt.Sprint("Label ", i))
	}
	b.get(path + "/new").wants(http.StatusConflict)
	b.post(path, values("0", "One more", "red")).wants(http.StatusConflict)
	s.helper(store.LevelManage, store.LevelManage).get(path).wants(http.StatusForbidden)
	s.loseStore()
	b.get(path).wants(http.StatusServiceUnavailable)
}

func TestTheTeamLabelsATicket(t *testing.T) {
	s := open(t)
	s.beats(store.Verbs...)
	labels := s.labels("Billing", "Bug", "<script>idea")
	one, two := s.ticket("One", day("2026-02-01")), s.ticket("Two", day("2026-02-02"))
	b := s.signIn(robin)
	list := b.watch(ticketsPath + "/live")
	list.next()

	ask := b.get(labelsPath+"?only="+one.ID, asPartial...).wants(http.StatusOK).hides("<html")
	ask.says("#confirm-title", "Labels of ticket #1")
	b.post(labelsPath, ask.sent("#confirm", url.Values{"label": labels[:2]}), asPartial...).wants(http.StatusNoContent)
	if frame := list.next(); !strings.Contains(frame.data, ">Billing<") || !strings.Contains(frame.data, ">Bug<") {
		t.Errorf("whoever looks on is sent %s", frame.data)
	}
	b.get(ticketPath(one)).says("#ticket .marks", "Billing").says("#ticket .timeline", "Labels: (nothing) → Billing, Bug")

	t.Run("and what somebody else does meanwhile stays", func(t *testing.T) {
		form := b.get(labelsPath + "?only=" + one.ID).wants(http.StatusOK)
		if got := form.find("#confirm [name=label]:checked").Length(); got != 2 {
			t.Errorf("%d are ticked", got)
		}
		must(t, s.Store.LabelTickets(t.Context(), lantern, []string{one.ID}, store.Person{ID: sam}, []string{labels[2]}, nil))
		b.post(labelsPath, form.sent("#confirm", url.Values{"label": {labels[1]}})).leadsTo(ticketPath(one) + "?note=labels.set")
		a := b.get(ticketPath(one)+"?note=labels.set").says("main", "The labels are saved.").hides("<script>idea")
		if got := a.texts("#ticket .label"); !slices.Equal(got, []string{"<script>idea", "Bug"}) {
			t.Errorf("it has %q", got)
		}
	})
	t.Run("many at once", func(t *testing.T) {
		if got := attr(b.get(ticketsPath).find("#selection-labels"), "formaction"); got != labelsPath {
			t.Errorf("the bar leads to %q", got)
		}
		ask := b.get(labelsPath+"?only="+one.ID+"&only="+two.ID).wants(http.StatusOK).says("h1", "Labels of 2 tickets")
		if on, off := ask.find("[name=on]").Length(), ask.find("[name=off]").Length(); on != 3 || off != 2 {
			t.Errorf("%d can be put on, %d taken off", on, off)
		}
		b.post(labelsPath, ask.sent("#confirm", url.Values{"on": {labels[0]}, "off": {labels[1]}})).leadsTo(ticketsPath + "?note=labels.set")
		a := b.get(ticketsPath)
		if one, two := a.texts("#marks-"+one.ID+" .label"), a.texts("#marks-"+two.ID+" .label"); !slices.Equal(one, []string{"<script>idea", "Billing"}) || !slices.Equal(two, []string{"Billing"}) {
			t.Errorf("they have %q and %q", one, two)
		}
	})
	t.Run("and selects by them", func(t *testing.T) {
		for query, want := range map[string][]string{
			"?label=" + labels[0]: {"Two", "One"}, "?label=" + labels[0] + "&label=" + labels[2]: {"One"}, "?label=" + labels[1]: nil, "?label=none": nil,
			"?label=" + labels[0] + "&status=open&sort=oldest": {"One", "Two"},
		} {
			a := b.get(ticketsPath + query).wants(http.StatusOK)
			if got := a.texts("#rows tr th a"); !slices.Equal(got, want) {
				t.Errorf("%s selects %q, not %q", query, got, want)
			}
			if got := a.find("#filter-labels :checked").Length(); got != strings.Count(query, "label=") {
				t.Errorf("%s ticks %d", query, got)
			}
		}
		_, rows := exported(t, b.get(ticketsPath+"/export?format=csv&label="+labels[2]))
		if len(rows) != 1 || rows[0]["labels"] != "<script>idea;Billing" {
			t.Errorf("the file has %v", rows)
		}
		var told struct{ Data []struct{ Labels []string } }
		b.get(apiTickets).json(&told)
		if len(told.Data) != 2 || !slices.Equal(told.Data[0].Labels, []string{"Billing"}) {
			t.Errorf("the API says %v", told.Data)
		}
		b.get(ticketsPath+"?label=a.b").wants(http.StatusOK).says("main [role=alert]", "“a.b” is not a label")
	})
	t.Run("but with no more than there may be, and none that is gone", func(t *testing.T) {
		many := s.labels("1", "2", "3", "4", "5", "6", "7")
		wrong := map[string]url.Values{
			"at most 6 labels": {"only": {two.ID}, "had": {labels[0]}, "label": many}, "is gone": {"only": {two.ID}, "label": {"c0000000000000000000000"}},
		}
		for words, form := range wrong {
			b.post(labelsPath, form).wants(http.StatusUnprocessableEntity).says("#problem-labels", words)
		}
		a := b.post(labelsPath, wrong["at most 6 labels"], asPartial...).wants(http.StatusUnprocessableEntity)
		if a.find("[name=label]:checked").Length() != 7 {
			t.Error("what was chosen is lost")
		}
		b.post(labelsPath, url.Values{"label": labels}).wants(http.StatusNotFound)
	})
	t.Run("who may only look", func(t *testing.T) {
		see := s.helper(store.LevelNone, store.LevelSee)
		if see.get(ticketsPath).wants(http.StatusOK).says("#rows", "Billing").find("#rows [id^=labels-], #selection-labels").Length() != 0 {
			t.Error("it is offered")
		}
		see.get(labelsPath + "?only=" + one.ID).wants(http.StatusForbidden)
		see.post(labelsPath, url.Values{"only": {one.ID}, "on": {labels[0]}}).wants(http.StatusForbidden)
		act := s.helper(store.LevelNone, store.LevelAct)
		if act.get(labelsPath+"?only="+one.ID).wants(http.StatusOK).find("#labels-manage").Length() != 0 {
			t.Error("who is no manager is led to the settings")
		}
		act.post(labelsPath, url.Values{"only": {one.ID}, "on": {labels[0]}}).wants(http.StatusSeeOther)
	})
	t.Run("the store is away", func(t *testing.T) {
		s.loseStore()
		b.get(labelsPath + "?only=" + one.ID).wants(http.StatusServiceUnavailable)
		b.post(labelsPath, url.Values{"only": {one.ID}}).wants(http.StatusServiceUnavailable)
	})
}
