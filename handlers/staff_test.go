package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"guildboard/store"
)

const staffPath = "/guilds/" + lantern + "/staff"

const hosts = "500000000000000002"

// sent is what a browser sends of the form: its fields as they stand, and those that were changed.
func (a *answer) sent(form string, changes url.Values) url.Values {
	a.t.Helper()
	fields := url.Values{}
	a.find(form).Find("input[name], select[name], textarea[name]").Each(func(_ int, e *goquery.Selection) {
		name := attr(e, "name")
		switch {
		case e.Is("select"):
			fields.Add(name, attr(e.Find("option[selected]"), "value"))
		case e.Is("textarea"):
			fields.Add(name, strings.TrimPrefix(e.Text(), "\n"))
		case e.Is("[type=checkbox], [type=radio]") && !e.Is("[checked]"):
		default:
			fields.Add(name, attr(e, "value"))
		}
	})
	for name, values := range changes {
		if fields[name] = values; len(values) == 0 {
			delete(fields, name)
		}
	}
	return fields
}

func TestRolesAreLetInByTheMatrix(t *testing.T) {
	s := open(t)
	b := s.signIn(robin)
	b.get(staffPath).wants(http.StatusOK).says("#confirmed", "The bot has not said").says("#people-none", "Nobody yet")
	_, err := s.Store.ConfirmRoles(t.Context(), lantern, []store.Role{
		{ID: lantern, Name: "@everyone"}, {ID: helpers, Name: "Helpers <b>", Color: "#14b8a6", Position: 2}, {ID: hosts, Name: "Hosts", Position: 1},
	}, map[string]store.Strings{kim: {helpers}}, time.Now())
	must(t, err)

	a := b.get(staffPath).wants(http.StatusOK)
	form := a.sent("#staff-form", url.Values{"role": {helpers}, "add-tickets": {"act"}})
	b.post(staffPath, form).leadsTo(staffPath + "?note=staff.saved")
	a = b.get(staffPath+"?note=staff.saved").wants(http.StatusOK).says("main .note-success", "Saved")
	a.says("#role-"+helpers, "Helpers <b>")
	if got := attr(a.find("#level-"+helpers+"-tickets option[selected]"), "value"); got != "act" {
		t.Errorf("tickets are at %q", got)
	}
	a.says("#staff-member-"+kim, "Act")
	if c := s.commands(); len(c) != 1 || c[0].Verb != store.VerbStaffChange || c[0].Actor.ID != robin || !strings.Contains(string(c[0].Data), `"act"`) {
		t.Errorf("written down is %+v", c)
	}
	b.get("/guilds/"+lantern+"/audit").wants(http.StatusOK).says("#rows", "Change staff")

	form = a.sent("#staff-form", url.Values{"level-" + helpers + "-tickets": {"none"}})
	b.post(staffPath, form).wants(http.StatusSeeOther)
	if a = b.get(staffPath); a.find("#role-"+helpers+", #staff-member-"+kim).Length() > 0 {
		t.Error("a role that is let into nothing has a row")
	}
}

func TestTheMatrixIsForManagers(t *testing.T) {
	s := open(t)
	b := s.helper(store.LevelManage, store.LevelManage)
	for _, path := range []string{staffPath, staffPath + "/live"} {
		b.get(path).wants(http.StatusForbidden).hides("Helpers")
	}
	b.post(staffPath, url.Values{"role": {hosts}, "add-tickets": {"manage"}}).wants(http.StatusForbidden).says("main", "for those who may manage the server")
	s.signIn(sam).get(staffPath).wants(http.StatusNotFound) // a stranger
	if staff, err := s.Store.Staff(t.Context(), lantern); err != nil || len(staff.Grants) != 2 {
		t.Errorf("let in are %+v, %v", staff.Grants, err)
	}
	if a := b.get("/guilds/" + lantern).wants(http.StatusOK); a.find("a[href='"+staffPath+"']").Length() > 0 {
		t.Error("a helper is shown the way")
	}
}

func TestAMatrixThatIsNotInOrderComesBack(t *testing.T) {
	s := open(t)
	s.let(store.LevelNone, store.LevelSee)
	_, err := s.Store.ConfirmRoles(t.Context(), lantern, []store.Role{{ID: helpers, Name: "Helpers"}, {ID: lantern, Name: "@everyone"}}, nil, time.Now())
	must(t, err)
	b := s.signIn(robin)
	a := b.get(staffPath).wants(http.StatusOK)
	for words, changes := range map[string]url.Values{
		"no such role":     {"role": {"123"}, "add-tickets": {"see"}},
		"That is everyone": {"role": {lantern}, "add-tickets": {"see"}},
		"has a row":        {"role": {helpers}, "add-tickets": {"act"}},
		"how far":          {"role": {hosts}},
	} {
		if words == "how far" {
			s.holds(time.Now()) // forgets the roles but helpers
			_, err := s.Store.ConfirmRoles(t.Context(), lantern, []store.Role{{ID: helpers, Name: "Helpers"}, {ID: hosts, Name: "Hosts"}}, nil, time.Now())
			must(t, err)
		} else {
			_, err := s.Store.ConfirmRoles(t.Context(), lantern, []store.Role{{ID: helpers, Name: "Helpers"}, {ID: lantern, Name: "@everyone"}}, nil, time.Now())
			must(t, err)
		}
		answer := b.post(staffPath, a.sent("#staff-form", changes)).wants(http.StatusUnprocessableEntity)
		answer.says("#problem-role", words)
		if attr(answer.find("#role"), "aria-invalid") != "true" {
			t.Errorf("%s: the field is not marked", words)
		}
	}
	for _, bad := range []url.Values{
		{"level-" + helpers + "-tickets": {"all"}}, {"level-x-tickets": {"see"}}, {"level-" + helpers + "-settings": {"see"}},
		{"before": {"nonsense"}}, {"add-tickets": {"owner"}},
	} {
		b.post(staffPath, a.sent("#staff-form", bad)).wants(http.StatusBadRequest)
	}
	if c := s.commands(); len(c) != 1 {
		t.Errorf("written down is %+v", c)
	}
}

func TestWhoSavesOverAnothersChangeSeesBoth(t *testing.T) {
	s := open(t)
	s.let(store.LevelNone, store.LevelSee)
	b := s.signIn(robin)
	old := b.get(staffPath).wants(http.StatusOK)
	s.let(store.LevelSee, store.LevelManage)
	a := b.post(staffPath, old.sent("#staff-form", url.Values{"level-" + helpers + "-tickets": {"act"}})).wants(http.StatusConflict)
	a.says("#conflict", "meanwhile").says("#role-"+helpers, "now: Manage").says("#role-"+helpers, "now: See")
	if got := attr(a.find("#level-"+helpers+"-tickets option[selected]"), "value"); got != "act" {
		t.Errorf("what was filled in has become %q", got)
	}
	b.post(staffPath, a.sent("#staff-form", nil)).wants(http.StatusSeeOther)
	staff, err := s.Store.Staff(t.Context(), lantern)
	must(t, err)
	if len(staff.Grants) != 1 || staff.Grants[0].Level != store.LevelAct {
		t.Errorf("granted is %+v", staff.Grants)
	}
}

func TestTheMatrixFollowsTheBot(t *testing.T) {
	s := open(t)
	s.listen()
	s.let(store.LevelNone, store.LevelSee)
	b := s.signIn(robin)
	st := b.watch(staffPath + "/live")
	st.next()
	s.holds(time.Now(), kim)
	s.publish(store.MemberUpdateEvent, lantern)
	if frame := st.next(); !strings.Contains(frame.data, "staff-member-"+kim) {
		t.Errorf("the frame is %q", frame.data)
	}
}
