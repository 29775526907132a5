package gallery

import (
	"guildboard/store"
	"guildboard/store/access"
	settingsview "guildboard/views/settings"
)

// statesOfStaff returns the gallery states of the staff page.
func statesOfStaff(v stateFixtures) []State {
	known := store.Staff{
		Roles: []store.Role{{ID: "7", Name: v.text, Color: v.text}, {ID: "8", Name: v.text, Color: "#2ecc71"}},
		Grants: []access.Grant{{RoleID: "7", Module: access.ModuleTickets, Level: access.LevelAct},
			{RoleID: "9", Module: access.ModuleGiveaways, Level: access.LevelSee}},
		Members: []store.StaffMember{{User: v.user, Roles: store.Strings{"7"}}}, RolesSyncedAt: &v.now,
	}
	unconfirmed := known
	unconfirmed.RolesSyncedAt = nil
	overtaken := settingsview.StaffFormView{
		Staff:          known,
		OriginalGrants: []access.Grant{{RoleID: "7", Module: access.ModuleTickets, Level: access.LevelSee}},
		HasConflict:    true, Problems: map[string]string{"role": v.cleanText},
	}
	return []State{
		{"settings.Staff", "empty", settingsview.Staff(v.page, settingsview.StaffFormView{},
			v.liveRegion(settingsview.StaffMembers(v.page, store.Staff{})))},
		{"settings.Staff", "one", settingsview.Staff(v.page, settingsview.StaffFormView{Staff: known,
			OriginalGrants: known.Grants, Grants: known.Grants}, v.liveRegion(settingsview.StaffMembers(v.page,
			known)))},
		{"settings.Staff", "overtaken", settingsview.Staff(v.page, overtaken, v.region)},
		{"settings.StaffMembers", "one", settingsview.StaffMembers(v.page, known)},
		{"settings.StaffMembers", "unconfirmed", settingsview.StaffMembers(v.page, unconfirmed)},
	}
}
