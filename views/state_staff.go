package views

import "guildboard/store"

// statesOfStaff has the staff page.
func statesOfStaff(v stateFixtures) []State {
	known := store.Staff{
		Roles:   []store.Role{{ID: "7", Name: v.text, Color: v.text}, {ID: "8", Name: v.text, Color: "#2ecc71"}},
		Grants:  []store.Grant{{RoleID: "7", Module: store.ModuleTickets, Level: store.LevelAct}, {RoleID: "9", Module: store.ModuleGiveaways, Level: store.LevelSee}},
		Members: []store.StaffMember{{User: v.user, Roles: store.Strings{"7"}}}, RolesSyncedAt: &v.now,
	}
	unconfirmed := known
	unconfirmed.RolesSyncedAt = nil
	overtaken := StaffFormView{
		Staff:          known,
		OriginalGrants: []store.Grant{{RoleID: "7", Module: store.ModuleTickets, Level: store.LevelSee}}, HasConflict: true, Problems: map[string]string{"role": v.cleanText},
	}
	return []State{
		{"Staff", "empty", Staff(v.page, StaffFormView{}, v.liveRegion(StaffMembers(v.page, store.Staff{})))},
		{"Staff", "one", Staff(v.page, StaffFormView{Staff: known, OriginalGrants: known.Grants, Grants: known.Grants}, v.liveRegion(StaffMembers(v.page, known)))},
		{"Staff", "overtaken", Staff(v.page, overtaken, v.region)},
		{"StaffMembers", "one", StaffMembers(v.page, known)},
		{"StaffMembers", "unconfirmed", StaffMembers(v.page, unconfirmed)},
	}
}
