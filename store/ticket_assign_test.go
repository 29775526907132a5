package store_test

import (
	"fmt"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/storetest"
)

// TestAssignableStaffAmongManyMembers checks that staff with access to tickets are found among many members with roles
// of other modules.
func TestAssignableStaffAmongManyMembers(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		now := time.Now()
		grants := []access.Grant{
			{RoleID: "70", Module: access.ModuleGiveaways, Level: access.LevelManage},
			{RoleID: "70", Module: access.ModuleTickets, Level: access.LevelSee},
			{RoleID: "80", Module: access.ModuleTickets, Level: access.LevelAct},
			{RoleID: "90", Module: access.ModuleTickets, Level: access.LevelManage},
		}
		noError(t, s.SaveGrants(t.Context(), "1", ann, nil, grants))
		roles := []store.Role{{ID: "70", Name: "Many"}, {ID: "80", Name: "Helpers"}, {ID: "90", Name: "Heads"},
			{ID: "800", Name: "Another"}}
		rolesByMember := map[string]store.Strings{}
		for i := range 510 {
			id := fmt.Sprint(1000 + i)
			storetest.Member(t, s, "1", id, fmt.Sprintf("a%03d", i))
			rolesByMember[id] = store.Strings{"70"}
		}
		storetest.Member(t, s, "1", "5", "z1")
		storetest.Member(t, s, "1", "6", "z2")
		storetest.Member(t, s, "1", "7", "z3")
		rolesByMember["5"], rolesByMember["6"], rolesByMember["7"] = store.Strings{"70", "80"}, store.Strings{"90"}, store.Strings{"800"}
		_, err := s.SyncRoles(t.Context(), "1", roles, rolesByMember, now)
		noError(t, err)

		assignable := must(s.AssignableStaff(t.Context(), "1", now))(t)
		if len(assignable) != 2 || assignable[0].ID != "5" || assignable[1].ID != "6" {
			t.Errorf("assignable staff = %+v, want 5 and 6", assignable)
		}
		for id, want := range map[string]bool{"5": true, "6": true, "7": false, "1000": false, "nobody": false} {
			wantEqual(t, id+" is assignable", must(s.IsAssignable(t.Context(), "1", id, now))(t), want)
			wantEqual(t, id+" is assignable with an old sync",
				must(s.IsAssignable(t.Context(), "1", id, now.Add(2*time.Minute)))(t), false)
		}
		wantEqual(t, "assignable staff with an old sync",
			len(must(s.AssignableStaff(t.Context(), "1", now.Add(2*time.Minute)))(t)), 0)
	})
	_, err := storetest.OpenBroken(t).IsAssignable(t.Context(), "1", "2", noon)
	wantErrorIs(t, "AssignableStaff", err, store.ErrUnavailable)
}
