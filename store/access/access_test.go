package access

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/store/contract"
)

func TestCanManage(t *testing.T) {
	const owner, member = true, false
	allow := func(isOwner bool, permissions string) {
		t.Helper()
		if !CanManage(isOwner, permissions) {
			t.Errorf("CanManage(%t, %q) = false, want true", isOwner, permissions)
		}
	}
	deny := func(isOwner bool, permissions string) {
		t.Helper()
		if CanManage(isOwner, permissions) {
			t.Errorf("CanManage(%t, %q) = true, want false", isOwner, permissions)
		}
	}

	allow(owner, "0")
	allow(owner, "104320577")
	allow(owner, "nonsense") // owners need no permissions
	allow(owner, "")

	allow(member, "8")  // ADMINISTRATOR
	allow(member, "32") // MANAGE_GUILD
	allow(member, "40")
	allow(member, "2147483647")
	allow(member, "4503599627370536")     // bits 52, 5 and 3
	allow(member, "9007199254740993032")  // past 2^53, where a float loses the low bits
	allow(member, "18446744073709551615") // all 64 bits
	allow(member, "18446744073709551583") // all but MANAGE_GUILD

	deny(member, "0")
	deny(member, "16")        // MANAGE_CHANNELS
	deny(member, "268435456") // MANAGE_ROLES
	deny(member, "4294967296")
	deny(member, "1099511627776")        // MODERATE_MEMBERS
	deny(member, "9007199254740992")     // 2^53
	deny(member, "18446744073709551575") // all but ADMINISTRATOR and MANAGE_GUILD

	allow(member, "18446744073709551624")                    // 2^64 + ADMINISTRATOR
	allow(member, "340282366920938463463374607431768211488") // 2^128 + MANAGE_GUILD

	deny(member, "18446744073709551616")                    // 2^64
	deny(member, "340282366920938463463374607431768211456") // 2^128
	deny(member, strings.Repeat("9", 5000))                 // not a set of permissions
	deny(member, "")
	deny(member, "-1")
	deny(member, "-8")
	deny(member, "+8")
	deny(member, "0x8")
	deny(member, "0b1000")
	deny(member, "1_000")
	deny(member, "8.0")
	deny(member, "8e0")
	deny(member, " 8")
	deny(member, "8 ")
	deny(member, "8\n")
	deny(member, "8,32")
	deny(member, "٨") // a digit of another script
	deny(member, "true")
	deny(member, "null")
}

// TestViewAsNeverRaisesRights compares every kind of rights with what ViewAs makes of them.
func TestViewAsNeverRaisesRights(t *testing.T) {
	grants := []Grant{
		{"helper", ModuleTickets, LevelSee}, {"host", ModuleGiveaways, LevelManage}, {"host", ModuleTickets, LevelAct},
		{"odd", "settings", LevelManage}, {"none", ModuleTickets, LevelNone}, {"", ModuleTickets, LevelManage},
	}
	manager := Rights{IsManager: true, Giveaways: LevelManage, Tickets: LevelManage}
	for role, want := range map[string]Rights{
		"helper": {Tickets: LevelSee}, "host": {Giveaways: LevelManage, Tickets: LevelAct},
		"odd": manager, "none": manager, "unknown": manager, "": manager,
	} {
		if got, isRole := manager.ViewAs(role, grants); got != want || isRole != (want != manager) {
			t.Errorf("manager as %q = %+v, %t, want %+v", role, got, isRole, want)
		}
		for giveaways := LevelNone; giveaways <= LevelManage; giveaways++ {
			for tickets := LevelNone; tickets <= LevelManage; tickets++ {
				own := Rights{Giveaways: giveaways, Tickets: tickets}
				if got, isRole := own.ViewAs(role, grants); got != own || isRole {
					t.Errorf("%v as %q = %v, %t, want no change", own, role, got, isRole)
				}
			}
		}
	}
}

// TestMembershipRights checks, as one table, which rights follow from the guild's grants and the user's membership.
func TestMembershipRights(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	since := now.Add(-time.Minute)
	grants := []Grant{
		{"helper", ModuleTickets, LevelAct}, {"helper", ModuleGiveaways, LevelSee},
		{"host", ModuleGiveaways, LevelManage}, {"lead", ModuleTickets, LevelManage},
		{"reader", ModuleTickets, LevelSee}, {"odd", "settings", LevelManage}, {"odd", ModuleTickets, Level(9)},
		{"odd", ModuleGiveaways, Level(-1)},
		{"", ModuleTickets, LevelManage},
	}
	with := func(roles ...string) Membership { return Membership{Roles: roles, RolesSyncedAt: &now, Grants: grants} }
	manager := Membership{IsManager: true}
	unknown, stale, fresh := with("host"), with("host"), with("host")
	unknown.RolesSyncedAt, stale.RolesSyncedAt, fresh.RolesSyncedAt = nil, new(since.Add(-time.Millisecond)), &since
	revoked := with("host")
	revoked.Grants = nil

	allow := func(role string, s Membership, m Module, l Level) {
		t.Helper()
		if !s.Rights(since).Can(m, l) {
			t.Errorf("%s: Can(%[3]s, %[2]s) = false, want true", role, l, m)
		}
	}
	deny := func(role string, s Membership, m Module, l Level) {
		t.Helper()
		if s.Rights(since).Can(m, l) {
			t.Errorf("%s: Can(%[3]s, %[2]s) = true, want false", role, l, m)
		}
	}

	for _, m := range Modules {
		for _, l := range Levels {
			allow("manager", manager, m, l)
			deny("no role", with(), m, l)
			deny("role without grants", with("booster"), m, l)
			deny("revoked grant", revoked, m, l)
			deny("roles never synced", unknown, m, l)
			deny("outdated roles", stale, m, l)
			deny("invalid grant", with("odd"), m, l)
		}
		deny("manager, level none", manager, m, LevelNone)
	}
	allow("staff member", with("helper"), ModuleTickets, LevelSee)
	allow("staff member", with("helper"), ModuleTickets, LevelAct)
	deny("staff member", with("helper"), ModuleTickets, LevelManage)
	allow("staff member", with("helper"), ModuleGiveaways, LevelSee)
	deny("staff member", with("helper"), ModuleGiveaways, LevelAct)
	allow("host", fresh, ModuleGiveaways, LevelManage)
	deny("host", fresh, ModuleTickets, LevelSee)
	allow("two roles, the higher level", with("helper", "lead"), ModuleTickets, LevelManage)
	allow("two roles, the higher level", with("lead", "reader"), ModuleTickets, LevelManage)
	allow("two roles, each module", with("host", "reader"), ModuleTickets, LevelSee)
	deny("two roles, more than either", with("host", "reader"), ModuleTickets, LevelAct)
	deny("manager, unknown module", manager, "settings", LevelSee)

	for role, s := range map[string]Membership{"host": with("host"), "lead": with("lead", "host", "helper")} {
		if s.Rights(since).IsManager {
			t.Errorf("%s: IsManager = true, want false", role)
		}
	}
	if !manager.Rights(now.Add(time.Hour)).IsManager {
		t.Error("IsManager of a manager without synced roles = false, want true")
	}
	if with().Rights(since).HasAny() || !with("reader").Rights(since).HasAny() {
		t.Error("HasAny() = true without roles, or false with level see")
	}
}

// TestVerbsRequireTheirLevel lists what each verb requires, so that a new verb fails the test until it is added.
func TestVerbsRequireTheirLevel(t *testing.T) {
	viewer := Rights{Giveaways: LevelSee, Tickets: LevelSee}
	actor := Rights{Giveaways: LevelAct, Tickets: LevelAct}
	manager := Rights{Giveaways: LevelManage, Tickets: LevelManage}
	requiresManage := map[contract.Verb]bool{contract.VerbGiveawayCreate: true, contract.VerbGiveawayEdit: true,
		contract.VerbGiveawayCancel: true,
		contract.VerbGiveawayDelete: true, contract.VerbEntrantDisqualify: true, contract.VerbEntrantReinstate: true,
		contract.VerbGiveawayRepeat: true,
		contract.VerbPanelPost:      true}
	for _, v := range contract.Verbs {
		if viewer.CanRequest(v) {
			t.Errorf("level see: CanRequest(%s) = true, want false", v)
		}
		if actor.CanRequest(v) == requiresManage[v] {
			t.Errorf("level act: CanRequest(%s) differs from %t", v, !requiresManage[v])
		}
		if !manager.CanRequest(v) {
			t.Errorf("manager: CanRequest(%s) = false, want true", v)
		}
		if module, _ := Required(v); (Rights{Giveaways: LevelManage}).CanRequest(v) != (module == ModuleGiveaways) {
			t.Errorf("verb %s of module %s: CanRequest() with level manage for giveaways differs from %t",
				v, module, module != ModuleGiveaways)
		}
	}
	for _, v := range append([]contract.Verb{"", "NONSENSE", "GIVEAWAY", "TICKETS_CLOSE"}, contract.DashboardVerbs...) {
		switch rating := slices.Contains(contract.RatingVerbs, v); {
		case !rating && manager.CanRequest(v):
			t.Errorf("CanRequest(%q) = true, want false", v)
		case rating && (viewer.CanRequest(v) || actor.CanRequest(v) == (v == contract.VerbRatingRemove) ||
			!manager.CanRequest(v) || (Rights{Giveaways: LevelManage}).CanRequest(v)):
			t.Errorf("CanRequest(%q) differs from the levels that ratings need", v)
		}
	}
}

func TestParseLevelIsInverseOfString(t *testing.T) {
	for _, l := range append([]Level{LevelNone}, Levels...) {
		if parsed, ok := ParseLevel(l.String()); parsed != l || !ok {
			t.Errorf("ParseLevel(%[2]q) = %[3]d, want %[1]d", l, l, parsed)
		}
	}
	for _, name := range []string{"", "SEE", "owner", " see", "3"} {
		if l, ok := ParseLevel(name); l != LevelNone || ok {
			t.Errorf("ParseLevel(%q) = %d, want an error", name, l)
		}
	}
	if Level(7).String() != "none" || Level(-1).String() != "none" {
		t.Error("String() of an unknown level is not none")
	}
}

func TestEventModule(t *testing.T) {
	for kind, want := range map[contract.EventType]Module{
		contract.GiveawayEntryEvent: ModuleGiveaways, "GIVEAWAY_NEWS": ModuleGiveaways, contract.TicketCloseEvent: ModuleTickets,
		contract.MemberJoinEvent: "", "XP_GAIN": "", "GIVEAWAYS": "", contract.CommandResultEvent: "",
	} {
		if got := ModuleOf(contract.Event{Type: kind}); got != want {
			t.Errorf("Module() of %s = %q, want %q", kind, got, want)
		}
	}
	for data, want := range map[string]Module{
		`{"type":"TICKET_CLOSE"}`: ModuleTickets, `{"type":"GIVEAWAY_END"}`: ModuleGiveaways, `{"type":"STAFF_CHANGE"}`: "",
		`{"type":7}`: "", `[]`: "", `nonsense`: "",
	} {
		if got := ModuleOf(contract.Event{Type: contract.CommandResultEvent, Data: json.RawMessage(data)}); got != want {
			t.Errorf("Module() of the result %s = %q, want %q", data, got, want)
		}
	}
}
