package views

import "guildboard/store"

// statesOfStaff are who may do what.
func statesOfStaff(v values) []State {
	known := store.Staff{
		Roles:   []store.Role{{ID: "7", Name: v.text, Color: v.text}, {ID: "8", Name: v.text, Color: "#2ecc71"}},
		Grants:  []store.Grant{{RoleID: "7", Module: store.ModuleTickets, Level: store.LevelAct}, {RoleID: "9", Module: store.ModuleGiveaways, Level: store.LevelSee}},
		Helpers: []store.Helper{{Person: v.who, Roles: store.Strings{"7"}}}, RolesAt: &v.at,
	}
	unconfirmed := known
	unconfirmed.RolesAt = nil
	overtaken := StaffFormView{
		Staff:  known,
		Before: []store.Grant{{RoleID: "7", Module: store.ModuleTickets, Level: store.LevelSee}}, Overtaken: true, Problems: map[string]string{"role": v.said},
	}
	return []State{
		{"Staff", "empty", Staff(v.p, StaffFormView{}, v.live(StaffPeople(v.p, store.Staff{})))},
		{"Staff", "one", Staff(v.p, StaffFormView{Staff: known, Before: known.Grants, Grants: known.Grants}, v.live(StaffPeople(v.p, known)))},
		{"Staff", "overtaken", Staff(v.p, overtaken, v.region)},
		{"StaffPeople", "one", StaffPeople(v.p, known)},
		{"StaffPeople", "unconfirmed", StaffPeople(v.p, unconfirmed)},
	}
}
