package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
)

const staffPath = "/guilds/" + lantern + "/staff"

const hostsRole = "500000000000000002"

// formValues returns the fields that a browser would submit for the form, with some changed.
func (a *testResponse) formValues(form string, changes url.Values) url.Values {
	a.t.Helper()
	fields := url.Values{}
	a.find(form).Find("input[name], select[name], textarea[name]").Each(func(_ int, e *goquery.Selection) {
		name := attr(e, "name")
		switch {
		case e.Closest("fieldset[disabled]").Length() > 0: // browsers submit no disabled field
		case e.Is("select"):
			option := e.Find("option[selected]")
			if option.Length() == 0 { // browsers submit the first one
				option = e.Find("option").First()
			}
			fields.Add(name, attr(option, "value"))
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

func TestGrantRoles(t *testing.T) {
	s := openSite(t)
	b := s.signIn(robin)
	b.get(staffPath).wantStatus(http.StatusOK).wantText("#confirmed", "The bot hasn’t reported").wantText("#people-none", "No members yet")
	_, err := s.Store.SyncRoles(t.Context(), lantern, []store.Role{
		{ID: lantern, Name: "@everyone"}, {ID: helperRole, Name: "Helpers <b>", Color: "#14b8a6", Position: 2},
		{ID: hostsRole, Name: "Hosts", Position: 1},
	}, map[string]store.Strings{kim: {helperRole}}, time.Now())
	must(t, err)

	a := b.get(staffPath).wantStatus(http.StatusOK)
	form := a.formValues("#staff-form", url.Values{"role": {""}, "add-tickets": {"act"}})
	b.post(staffPath, form).wantStatus(http.StatusUnprocessableEntity).wantText("#problem-role", "Choose the role")
	form = a.formValues("#staff-form", url.Values{"role": {helperRole}, "add-tickets": {"act"}})
	b.post(staffPath, form).wantRedirect(staffPath + "?note=staff.saved")
	a = b.get(staffPath+"?note=staff.saved").wantStatus(http.StatusOK).wantText("main .note-success", "Saved")
	a.wantText("#role-"+helperRole, "Helpers <b>")
	if got := attr(a.find("#level-"+helperRole+"-tickets option[selected]"), "value"); got != "act" {
		t.Errorf("level for tickets = %q, want act", got)
	}
	a.wantText("#staff-member-"+kim, "Moderate")
	if c := s.commands(); len(c) != 1 || c[0].Verb != contract.VerbStaffChange || c[0].Actor.ID != robin ||
		!strings.Contains(string(c[0].Data), `"act"`) {
		t.Errorf("commands = %+v, want one STAFF_CHANGE with level act", c)
	}
	b.get("/guilds/"+lantern+"/audit").wantStatus(http.StatusOK).wantText("#rows", "Change role permissions")

	form = a.formValues("#staff-form", url.Values{"level-" + helperRole + "-tickets": {"none"}})
	b.post(staffPath, form).wantStatus(http.StatusSeeOther)
	if a = b.get(staffPath); a.find("#role-"+helperRole+", #staff-member-"+kim).Length() > 0 {
		t.Error("a role without rights already in the list")
	}
}

func TestStaffPageNeedsManager(t *testing.T) {
	s := openSite(t)
	b := s.signInStaff(access.LevelManage, access.LevelManage)
	for _, path := range []string{staffPath, staffPath + "/live"} {
		b.get(path).wantStatus(http.StatusForbidden).wantNoText("Helpers")
	}
	b.post(staffPath, url.Values{"role": {hostsRole}, "add-tickets": {"manage"}}).wantStatus(http.StatusForbidden).
		wantText("main", "needs the Manage Server permission")
	s.signIn(sam).get(staffPath).wantStatus(http.StatusNotFound) // not a member of lantern
	if staff, err := s.Store.Staff(t.Context(), lantern); err != nil || len(staff.Grants) != 2 {
		t.Errorf("grants = %+v, error = %v, want 2 grants", staff.Grants, err)
	}
	if a := b.get("/guilds/" + lantern).wantStatus(http.StatusOK); a.find("a[href='"+staffPath+"']").Length() > 0 {
		t.Error("a staff member sees a link to the staff page")
	}
}

func TestInvalidStaffFormShowsErrors(t *testing.T) {
	s := openSite(t)
	s.grantHelperRole(access.LevelNone, access.LevelSee)
	_, err := s.Store.SyncRoles(t.Context(), lantern,
		[]store.Role{{ID: helperRole, Name: "Helpers"}, {ID: lantern, Name: "@everyone"}}, nil, time.Now())
	must(t, err)
	b := s.signIn(robin)
	a := b.get(staffPath).wantStatus(http.StatusOK)
	for words, changes := range map[string]url.Values{
		"no such role":               {"role": {"123"}, "add-tickets": {"see"}},
		"Every member has this role": {"role": {lantern}, "add-tickets": {"see"}},
		"already in the list":        {"role": {helperRole}, "add-tickets": {"act"}},
		"access level":               {"role": {hostsRole}},
	} {
		if words == "access level" {
			s.confirmHelperRole(time.Now()) // records helperRole as the only role
			_, err := s.Store.SyncRoles(t.Context(), lantern,
				[]store.Role{{ID: helperRole, Name: "Helpers"}, {ID: hostsRole, Name: "Hosts"}}, nil, time.Now())
			must(t, err)
		} else {
			_, err := s.Store.SyncRoles(t.Context(), lantern,
				[]store.Role{{ID: helperRole, Name: "Helpers"}, {ID: lantern, Name: "@everyone"}}, nil, time.Now())
			must(t, err)
		}
		answer := b.post(staffPath, a.formValues("#staff-form", changes)).wantStatus(http.StatusUnprocessableEntity)
		answer.wantText("#problem-role", words)
		if attr(answer.find("#role"), "aria-invalid") != "true" {
			t.Errorf("%s: the role field is not marked as invalid", words)
		}
	}
	for _, bad := range []url.Values{
		{"level-" + helperRole + "-tickets": {"all"}}, {"level-x-tickets": {"see"}}, {"level-" + helperRole + "-settings": {"see"}},
		{"before": {"nonsense"}}, {"add-tickets": {"owner"}},
	} {
		b.post(staffPath, a.formValues("#staff-form", bad)).wantStatus(http.StatusBadRequest)
	}
	if c := s.commands(); len(c) != 1 {
		t.Errorf("commands = %+v, want 1", c)
	}
}

func TestConflictingGrantsShowBothVersions(t *testing.T) {
	s := openSite(t)
	s.grantHelperRole(access.LevelNone, access.LevelSee)
	b := s.signIn(robin)
	old := b.get(staffPath).wantStatus(http.StatusOK)
	s.grantHelperRole(access.LevelSee, access.LevelManage)
	a := b.post(staffPath, old.formValues("#staff-form", url.Values{"level-" + helperRole + "-tickets": {"act"}})).
		wantStatus(http.StatusConflict)
	a.wantText("#conflict", "Someone else").wantText("#role-"+helperRole, "saved: Manage").wantText("#role-"+helperRole, "saved: View")
	if got := attr(a.find("#level-"+helperRole+"-tickets option[selected]"), "value"); got != "act" {
		t.Errorf("level = %q, want the submitted act", got)
	}
	b.post(staffPath, a.formValues("#staff-form", nil)).wantStatus(http.StatusSeeOther)
	staff, err := s.Store.Staff(t.Context(), lantern)
	must(t, err)
	if len(staff.Grants) != 1 || staff.Grants[0].Level != access.LevelAct {
		t.Errorf("grants = %+v, want one with level act", staff.Grants)
	}
}

func TestStaffPageIsLive(t *testing.T) {
	s := openSite(t)
	s.subscribe()
	s.grantHelperRole(access.LevelNone, access.LevelSee)
	b := s.signIn(robin)
	st := b.openStream(staffPath + "/live")
	st.next()
	s.confirmHelperRole(time.Now(), kim)
	s.publish(contract.MemberUpdateEvent, lantern)
	if frame := st.next(); !strings.Contains(frame.data, "staff-member-"+kim) {
		t.Errorf("frame = %q, want the staff member", frame.data)
	}
}
