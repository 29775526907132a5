package store_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

const (
	helperRole = "500000000000000001"
	hostRole   = "500000000000000002"
)

var (
	ann = contract.User{ID: "10", Username: "Ann"}
	cat = contract.User{ID: "11", Username: "Cat"}
)

func testRoles() []store.Role {
	return []store.Role{{ID: hostRole, Name: "Hosts", Position: 2}, {ID: helperRole, Name: "Helpers", Color: "#14b8a6", Position: 5}}
}

func TestMembershipCombinesGrantsAndRoles(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		for _, guild := range []string{"1", "2"} {
			storetest.Guild(t, s, guild, "Guild "+guild)
		}
		storetest.Member(t, s, "1", cat.ID, cat.Username)
		noError(t, s.SaveGuild(t.Context(), store.Guild{ID: "3", Name: "Left", LeftAt: &noon}))
		memberships := func(user string, guilds ...string) map[string]access.Membership {
			t.Helper()
			return must(s.Memberships(t.Context(), user, guilds))(t)
		}
		wantEqual(t, "memberships without guilds", len(memberships(cat.ID)), 0)
		before := memberships(cat.ID, "1", "2", "3", "4")
		wantEqual(t, "guilds with the bot", len(before), 2)
		if membership := before["1"]; membership.RolesSyncedAt != nil ||
			len(membership.Roles)+len(membership.Grants) > 0 || membership.IsManager {
			t.Errorf("membership before the first sync = %+v, want an empty one", membership)
		}

		granted := []access.Grant{{RoleID: helperRole, Module: access.ModuleTickets, Level: access.LevelAct}}
		noError(t, s.SaveGrants(t.Context(), "1", ann, nil, granted))
		changed := must(s.SyncRoles(t.Context(), "1", testRoles(),
			map[string]store.Strings{cat.ID: {helperRole, "9"}, "12": {helperRole}}, noon))(t)
		wantEqual(t, "sync changes rows", changed, true)
		after := memberships(cat.ID, "1", "2")
		membership := after["1"]
		if !slices.Equal(membership.Roles, []string{helperRole, "9"}) || !slices.Equal(membership.Grants, granted) ||
			!membership.RolesSyncedAt.Equal(noon) {
			t.Errorf("membership = %+v, want the synced roles and grants", membership)
		}
		wantEqual(t, "rights", membership.Rights(noon), access.Rights{Tickets: access.LevelAct})
		wantEqual(t, "rights in another guild", after["2"].Rights(time.Time{}), access.Rights{})
		wantEqual(t, "rights of a new user",
			memberships("12", "1")["1"].Rights(noon), access.Rights{Tickets: access.LevelAct})
		wantEqual(t, "rights of an unknown user", memberships("13", "1")["1"].Rights(noon), access.Rights{})

		later := noon.Add(time.Minute)
		changed = must(s.SyncRoles(t.Context(), "1", testRoles(),
			map[string]store.Strings{cat.ID: {helperRole, "9"}, "12": {helperRole}}, later))(t)
		wantEqual(t, "same sync changes rows", changed, false)
		changed = must(s.SyncRoles(t.Context(), "1", testRoles(), map[string]store.Strings{cat.ID: {"9"}, "14": {}}, later))(t)
		wantEqual(t, "sync without a role changes rows", changed, true)
		wantEqual(t, "rights of a user without the role", memberships(cat.ID, "1")["1"].Rights(noon), access.Rights{})
		wantEqual(t, "rights of a user that left", memberships("12", "1")["1"].Rights(noon), access.Rights{})
		if at := memberships(cat.ID, "1")["1"].RolesSyncedAt; !at.Equal(later) {
			t.Errorf("RolesSyncedAt = %s, want the last sync", at)
		}
		_, err := s.SyncRoles(t.Context(), "4", nil, nil, noon)
		wantErrorIs(t, "sync of an unknown guild", err, store.ErrNotFound)
	})
}

func TestStaffListsRolesAndMembers(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		storetest.Member(t, s, "1", cat.ID, "zoe")
		storetest.Member(t, s, "1", "12", "Bob")
		storetest.Member(t, s, "1", "13", "Nobody")
		for _, guild := range []string{"1", "2"} {
			must(s.SyncRoles(t.Context(), guild, testRoles(), map[string]store.Strings{cat.ID: {helperRole}, "12": {hostRole}}, noon))(t)
		}
		staff := must(s.Staff(t.Context(), "1"))(t)
		if want := []store.Role{testRoles()[1], testRoles()[0]}; !slices.Equal(staff.Roles, want) {
			t.Errorf("roles = %+v, want %+v", staff.Roles, want)
		}
		var names []string
		for _, member := range staff.Members {
			names = append(names, member.Username)
		}
		if !slices.Equal(names, []string{"Bob", "zoe"}) || !staff.RolesSyncedAt.Equal(noon) {
			t.Errorf("staff = %q, synced at %v, want Bob and zoe", names, staff.RolesSyncedAt)
		}
		renamed := []store.Role{{ID: hostRole, Name: "Event hosts"}}
		wantEqual(t, "renaming changes rows", must(s.SyncRoles(t.Context(), "1", renamed, nil, noon))(t), true)
		staff = must(s.Staff(t.Context(), "1"))(t)
		if !slices.Equal(staff.Roles, renamed) || len(staff.Members) > 0 {
			t.Errorf("staff = %+v, want the renamed roles without members", staff)
		}
		wantEqual(t, "roles of the other guild", len(must(s.Staff(t.Context(), "2"))(t).Roles), 2)
	})
}

func TestSaveGrantsDetectsConflictsAndAudits(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		first := []access.Grant{
			{RoleID: hostRole, Module: access.ModuleGiveaways, Level: access.LevelManage},
			{RoleID: helperRole, Module: access.ModuleTickets, Level: access.LevelSee},
			{RoleID: helperRole, Module: access.ModuleGiveaways, Level: access.LevelNone},
		}
		noError(t, s.SaveGrants(t.Context(), "1", ann, nil, first))
		granted := must(s.GrantedRoles(t.Context(), "1"))(t)
		if slices.Sort(granted); !slices.Equal(granted, []string{helperRole, hostRole}) {
			t.Errorf("granted roles = %q, want both", granted)
		}
		wantEqual(t, "granted roles of the other guild", len(must(s.GrantedRoles(t.Context(), "2"))(t)), 0)

		second := []access.Grant{{RoleID: helperRole, Module: access.ModuleTickets, Level: access.LevelAct}}
		wantErrorIs(t, "saving over an unseen change",
			s.SaveGrants(t.Context(), "1", cat, nil, second), store.ErrConflict)
		noError(t, s.SaveGrants(t.Context(), "1", cat, []access.Grant{first[1], first[0]}, second)) // in any order
		wantErrorIs(t, "saving in an unknown guild",
			s.SaveGrants(t.Context(), "4", cat, nil, second), store.ErrNotFound)

		list := must(s.Commands(t.Context(), "1", store.CommandQuery{Verb: contract.VerbStaffChange}))(t)
		wantEqual(t, "audit log entries", len(list.Items), 2)
		var change struct{ Before, After map[string]string }
		for _, line := range list.Items {
			if line.Actor.ID != cat.ID {
				continue
			}
			noError(t, json.Unmarshal(line.Data, &change))
			wantEqual(t, "status", line.Status, contract.CommandDone)
		}
		wantEqual(t, "grants before", len(change.Before), 2)
		wantEqual(t, "grant after", change.After[helperRole+" tickets"], "act")
	})
}

func TestRecordAuditWritesCommand(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		noError(t, s.RecordAudit(t.Context(), "1", ann, contract.VerbStaffChange, "x", "the <name>", nil, map[string]string{"a": "b\x00c"}))
		list := must(s.Commands(t.Context(), "1", store.CommandQuery{}))(t)
		wantEqual(t, "audit log entries", len(list.Items), 1)
		wantEqual(t, "name", list.Items[0].TargetName, "the <name>")
		wantEqual(t, "actor", list.Items[0].Actor.Username, "Ann")
		wantEqual(t, "data",
			string(list.Items[0].Data), `{"name":"the \u003cname\u003e","before":null,"after":{"a":"bc"}}`)
	})
}

func TestStaffAuditHasChangedGrantsOnly(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		before := []access.Grant{
			{RoleID: "5", Module: access.ModuleTickets, Level: access.LevelSee},
			{RoleID: "6", Module: access.ModuleTickets, Level: access.LevelSee},
		}
		noError(t, s.SaveGrants(t.Context(), "1", ann, nil, before))
		after := []access.Grant{before[0], {RoleID: "6", Module: access.ModuleTickets, Level: access.LevelAct}}
		noError(t, s.SaveGrants(t.Context(), "1", ann, before, after))
		noError(t, s.SaveGrants(t.Context(), "1", ann, after, after))
		list := must(s.Commands(t.Context(), "1", store.CommandQuery{Verb: contract.VerbStaffChange}))(t)
		wantEqual(t, "audit entries", len(list.Items), 2) // none for a save without changes
		for _, c := range list.Items {
			var change struct{ Before, After map[string]string }
			noError(t, json.Unmarshal(c.Data, &change))
			if len(change.Before) == 0 { // the first save
				continue
			}
			if len(change.Before) != 1 || change.Before["6 tickets"] != "see" || len(change.After) != 1 || change.After["6 tickets"] != "act" {
				t.Errorf("change = %+v, want role 6 from see to act only", change)
			}
		}
	})
}
