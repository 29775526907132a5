package store_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

const (
	helpers = "500000000000000001"
	hosts   = "500000000000000002"
)

var (
	ann = store.Person{ID: "10", Username: "Ann"}
	cat = store.Person{ID: "11", Username: "Cat"}
)

func roles() []store.Role {
	return []store.Role{{ID: hosts, Name: "Hosts", Position: 2}, {ID: helpers, Name: "Helpers", Color: "#14b8a6", Position: 5}}
}

func TestAStandingIsWhatManagersAndTheBotHaveSaid(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, guild := range []string{"1", "2"} {
			storetest.Guild(t, s, guild, "Guild "+guild)
		}
		storetest.Member(t, s, "1", cat.ID, cat.Username)
		check(t, s.SaveGuild(t.Context(), store.Guild{ID: "3", Name: "Left", LeftAt: &noon}))
		of := func(user string, guilds ...string) map[string]store.Standing {
			t.Helper()
			return must(s.Standings(t.Context(), user, guilds))(t)
		}
		same(t, "of no guild", len(of(cat.ID)), 0)
		before := of(cat.ID, "1", "2", "3", "4")
		same(t, "guilds with the bot", len(before), 2)
		if st := before["1"]; st.RolesAt != nil || len(st.Roles)+len(st.Grants) > 0 || st.Manages {
			t.Errorf("before anybody has said anything: %+v", st)
		}

		granted := []store.Grant{{RoleID: helpers, Module: store.ModuleTickets, Level: store.LevelAct}}
		check(t, s.SaveGrants(t.Context(), "1", ann, nil, granted))
		changed := must(s.ConfirmRoles(t.Context(), "1", roles(), map[string]store.Strings{cat.ID: {helpers, "9"}, "12": {helpers}}, noon))(t)
		same(t, "changed", changed, true)
		after := of(cat.ID, "1", "2")
		st := after["1"]
		if !slices.Equal(st.Roles, []string{helpers, "9"}) || !slices.Equal(st.Grants, granted) || !st.RolesAt.Equal(noon) {
			t.Errorf("standing: %+v", st)
		}
		same(t, "rights", st.Rights(noon), store.Rights{Tickets: store.LevelAct})
		same(t, "rights elsewhere", after["2"].Rights(time.Time{}), store.Rights{})
		same(t, "who was never seen before", of("12", "1")["1"].Rights(noon), store.Rights{Tickets: store.LevelAct})
		same(t, "a stranger", of("13", "1")["1"].Rights(noon), store.Rights{})

		later := noon.Add(time.Minute)
		changed = must(s.ConfirmRoles(t.Context(), "1", roles(), map[string]store.Strings{cat.ID: {helpers, "9"}, "12": {helpers}}, later))(t)
		same(t, "changed by the same again", changed, false)
		changed = must(s.ConfirmRoles(t.Context(), "1", roles(), map[string]store.Strings{cat.ID: {"9"}, "14": {}}, later))(t)
		same(t, "changed by who lost it", changed, true)
		same(t, "who lost it", of(cat.ID, "1")["1"].Rights(noon), store.Rights{})
		same(t, "who is gone", of("12", "1")["1"].Rights(noon), store.Rights{})
		if at := of(cat.ID, "1")["1"].RolesAt; !at.Equal(later) {
			t.Errorf("confirmed at %s", at)
		}
		_, err := s.ConfirmRoles(t.Context(), "4", nil, nil, noon)
		wantError(t, "confirming in no guild", err, store.ErrNotFound)
	})
}

func TestStaffIsRolesGrantsAndPeople(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		storetest.Member(t, s, "1", cat.ID, "zoe")
		storetest.Member(t, s, "1", "12", "Bob")
		storetest.Member(t, s, "1", "13", "Nobody")
		for _, guild := range []string{"1", "2"} {
			must(s.ConfirmRoles(t.Context(), guild, roles(), map[string]store.Strings{cat.ID: {helpers}, "12": {hosts}}, noon))(t)
		}
		staff := must(s.Staff(t.Context(), "1"))(t)
		if want := []store.Role{roles()[1], roles()[0]}; !slices.Equal(staff.Roles, want) {
			t.Errorf("roles %+v, want %+v", staff.Roles, want)
		}
		var names []string
		for _, h := range staff.Helpers {
			names = append(names, h.Username)
		}
		if !slices.Equal(names, []string{"Bob", "zoe"}) || !staff.RolesAt.Equal(noon) {
			t.Errorf("helpers %q at %v", names, staff.RolesAt)
		}
		renamed := []store.Role{{ID: hosts, Name: "Event hosts"}}
		same(t, "changed by a name", must(s.ConfirmRoles(t.Context(), "1", renamed, nil, noon))(t), true)
		staff = must(s.Staff(t.Context(), "1"))(t)
		if !slices.Equal(staff.Roles, renamed) || len(staff.Helpers) > 0 {
			t.Errorf("after: %+v", staff)
		}
		same(t, "roles of the other", len(must(s.Staff(t.Context(), "2"))(t).Roles), 2)
	})
}

func TestGrantsAreSavedOnceAndWrittenDown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		first := []store.Grant{
			{RoleID: hosts, Module: store.ModuleGiveaways, Level: store.LevelManage},
			{RoleID: helpers, Module: store.ModuleTickets, Level: store.LevelSee},
			{RoleID: helpers, Module: store.ModuleGiveaways, Level: store.LevelNone},
		}
		check(t, s.SaveGrants(t.Context(), "1", ann, nil, first))
		granted := must(s.GrantedRoles(t.Context(), "1"))(t)
		if slices.Sort(granted); !slices.Equal(granted, []string{helpers, hosts}) {
			t.Errorf("granted to %q", granted)
		}
		same(t, "granted elsewhere", len(must(s.GrantedRoles(t.Context(), "2"))(t)), 0)

		second := []store.Grant{{RoleID: helpers, Module: store.ModuleTickets, Level: store.LevelAct}}
		wantError(t, "saving over what one has not seen", s.SaveGrants(t.Context(), "1", cat, nil, second), store.ErrConflict)
		check(t, s.SaveGrants(t.Context(), "1", cat, []store.Grant{first[1], first[0]}, second)) // in any order
		wantError(t, "saving in no guild", s.SaveGrants(t.Context(), "4", cat, nil, second), store.ErrNotFound)

		list := must(s.Commands(t.Context(), "1", store.CommandQuery{Verb: store.VerbStaffChange}))(t)
		same(t, "lines in the audit log", len(list.Items), 2)
		var was struct{ Before, After map[string]string }
		for _, line := range list.Items {
			if line.Actor.ID != cat.ID {
				continue
			}
			check(t, json.Unmarshal(line.Data, &was))
			same(t, "status", line.Status, store.CommandDone)
		}
		same(t, "before", len(was.Before), 2)
		same(t, "after", was.After[helpers+" tickets"], "act")
	})
}

func TestWhatTheDashboardDidItselfIsWrittenDown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		check(t, s.Record(t.Context(), "1", ann, store.VerbStaffChange, "x", "the <name>", nil, map[string]string{"a": "b\x00c"}))
		list := must(s.Commands(t.Context(), "1", store.CommandQuery{}))(t)
		same(t, "lines", len(list.Items), 1)
		same(t, "name", list.Items[0].TargetName, "the <name>")
		same(t, "who", list.Items[0].Actor.Username, "Ann")
		same(t, "data", string(list.Items[0].Data), `{"name":"the \u003cname\u003e","before":null,"after":{"a":"bc"}}`)
	})
}
