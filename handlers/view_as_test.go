package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"guildboard/handlers"
	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
)

const (
	viewAsPath     = "/guilds/" + lantern + "/view-as"
	stopViewAsPath = viewAsPath + "/stop"
)

// setViewAs sets the cookie that startViewAs sets, with any value.
func (b *browser) setViewAs(value string) {
	b.client.Jar.SetCookies(b.url("/"), []*http.Cookie{{Name: "view_as", Value: value, Path: "/"}})
}

// setRoles gives roles of lantern a name and levels for giveaways and tickets.
func (s *site) setRoles(levels map[string][2]access.Level) {
	s.t.Helper()
	staff, err := s.Store.Staff(s.t.Context(), lantern)
	must(s.t, err)
	var grants []access.Grant
	var roles []store.Role
	for role, of := range levels {
		roles = append(roles, store.Role{ID: role, Name: "Role <b>" + role[len(role)-1:]})
		grants = append(grants, access.Grant{RoleID: role, Module: access.ModuleGiveaways, Level: of[0]},
			access.Grant{RoleID: role, Module: access.ModuleTickets, Level: of[1]})
	}
	must(s.t, s.Store.SaveGrants(s.t.Context(), lantern, contract.User{ID: robin}, staff.Grants, grants))
	_, err = s.Store.SyncRoles(s.t.Context(), lantern, roles, map[string]store.Strings{kim: {helperRole}}, time.Now())
	must(s.t, err)
}

func TestManagerViewsServerAsRole(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	s.setRoles(map[string][2]access.Level{
		helperRole: {access.LevelNone, access.LevelSee}, hostsRole: {access.LevelNone, access.LevelNone},
	})
	running, waiting := s.createGiveaway(store.Giveaway{Prize: "A lamp"}), s.createTicket("Help", time.Now())
	s.discord.update(func(m *fakeGuildLister) { m.guilds[robin][1].CanManage = true }) // harbour
	b := s.signIn(robin)
	button := b.get(staffPath).wantStatus(http.StatusOK).find("button[form=view-as-form][name=role]")
	if button.Length() != 1 || attr(button, "value") != helperRole {
		t.Fatalf("buttons to view as a role = %d, the first for %s; want 1 for %s", button.Length(), attr(button, "value"), helperRole)
	}

	a := b.post(viewAsPath, url.Values{"role": {helperRole}}).wantRedirect("/guilds/" + lantern)
	cookies := a.Cookies()
	if len(cookies) != 1 || cookies[0].Value != lantern+":"+helperRole || !cookies[0].HttpOnly || cookies[0].Path != "/" ||
		cookies[0].SameSite != http.SameSiteLaxMode || cookies[0].MaxAge != 0 || !cookies[0].Expires.IsZero() {
		t.Errorf("cookies = %v, want a session cookie with guild and role", cookies)
	}
	a = b.get("/guilds/"+lantern).wantStatus(http.StatusOK).wantText("#view-as", "@Role <b>1")
	for _, selector := range []string{"#overview-giveaways", "a[href*='/giveaways']", "a[href*='/settings']", "a[href$='/audit']",
		"a[href='" + staffPath + "']"} {
		if n := a.find(selector).Length(); n > 0 {
			t.Errorf("elements %s = %d, want 0", selector, n)
		}
	}
	for path, status := range map[string]int{
		giveawaysPath: http.StatusNotFound, giveawayPath(running): http.StatusNotFound, apiGiveaways: http.StatusNotFound,
		giveawaysPath + "/live": http.StatusNotFound, "/guilds/" + lantern + "/settings/giveaways": http.StatusNotFound,
		"/guilds/" + lantern + "/settings/tickets": http.StatusForbidden, staffPath: http.StatusForbidden,
		"/guilds/" + lantern + "/audit": http.StatusForbidden, ticketPath(waiting) + "/close": http.StatusForbidden,
	} {
		a := b.get(path).wantStatus(status)
		if n := a.find("#view-as button").Length(); n != 1 && !isAPIOrStream(path) {
			t.Errorf("%s: buttons that stop viewing = %d, want 1", path, n)
		}
	}
	b.get(ticketPath(waiting)).wantStatus(http.StatusOK).wantText("#view-as", "@Role")
	if a := b.get(ticketPath(waiting), asPartial...).wantStatus(http.StatusOK); a.find("#view-as").Length() > 0 {
		t.Error("the live part has the notice, want it in the page around it only")
	}
	b.post(ticketPath(waiting)+"/close", nil).wantStatus(http.StatusForbidden)
	b.post(viewAsPath, url.Values{"role": {hostsRole}}).wantStatus(http.StatusForbidden)
	b.get("/").wantStatus(http.StatusOK).wantText("main", "1 running giveaway") // pages about all servers keep the manager's rights
	b.get("/guilds/" + harbour + "/audit").wantStatus(http.StatusOK)

	b.post(stopViewAsPath, nil).wantRedirect(staffPath)
	if got := b.cookie("view_as"); got != "" {
		t.Errorf("cookie = %q, want none", got)
	}
	if a := b.get(staffPath).wantStatus(http.StatusOK); a.find("#view-as").Length() > 0 {
		t.Error("the page has the notice, want none")
	}
	b.get(giveawayPath(running)).wantStatus(http.StatusOK)
}

func TestSignOutEndsViewAs(t *testing.T) {
	s := openSite(t)
	b := s.signIn(robin)
	b.setViewAs(lantern + ":" + helperRole)
	b.post("/logout", nil).wantRedirect("/login?note=login.out")
	if got := b.cookie("view_as"); got != "" {
		t.Errorf("cookie after sign-out = %q, want none", got)
	}
}

// TestViewAsPerformsActionsOfRole checks that a manager can do what the role can, and that the audit log has the manager.
func TestViewAsPerformsActionsOfRole(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	s.setRoles(map[string][2]access.Level{helperRole: {access.LevelNone, access.LevelAct}})
	waiting := s.createTicket("Help", time.Now())
	b := s.signIn(robin)
	b.post(viewAsPath, url.Values{"role": {helperRole}}).wantStatus(http.StatusSeeOther)
	b.post(ticketPath(waiting)+"/claim", nil).wantStatus(http.StatusSeeOther)
	if c := s.commands(); c[0].Verb != contract.VerbTicketClaim || c[0].Actor.ID != robin {
		t.Errorf("command = %+v, want the claim by %s", c[0], robin)
	}
}

func TestViewAsNeedsRoleWithAccess(t *testing.T) {
	s := openSite(t)
	s.setRoles(map[string][2]access.Level{
		helperRole: {access.LevelSee, access.LevelNone}, hostsRole: {access.LevelNone, access.LevelNone},
	})
	b := s.signIn(robin)
	for role, status := range map[string]int{
		"": http.StatusBadRequest, "x:y": http.StatusBadRequest, hostsRole: http.StatusNotFound, "123": http.StatusNotFound,
	} {
		if a := b.post(viewAsPath, url.Values{"role": {role}}).wantStatus(status); len(a.Cookies()) > 0 {
			t.Errorf("role %q: cookies = %v, want none", role, a.Cookies())
		}
	}
	s.signIn(kim).post(viewAsPath, url.Values{"role": {helperRole}}).wantStatus(http.StatusNotFound) // not in lantern
	s.signInStaff(access.LevelSee, access.LevelNone).post(viewAsPath, url.Values{"role": {helperRole}}).wantStatus(http.StatusForbidden)
}

// TestViewAsNeverRaisesRights checks that members have the same rights with any cookie as without one.
func TestViewAsNeverRaisesRights(t *testing.T) {
	s := openSite(t)
	s.signInStaff(access.LevelNone, access.LevelNone) // makes Kim a member of lantern
	s.setRoles(map[string][2]access.Level{
		helperRole: {access.LevelNone, access.LevelSee}, hostsRole: {access.LevelManage, access.LevelManage},
	})
	waiting := s.createTicket("Help", time.Now())
	for _, value := range []string{
		lantern + ":" + hostsRole, lantern + ":" + lantern, lantern + ":", ":" + hostsRole, harbour + ":" + hostsRole,
	} {
		b := s.signIn(kim)
		b.setViewAs(value)
		if a := b.get(ticketsPath).wantStatus(http.StatusOK); a.find("#view-as").Length() > 0 {
			t.Errorf("cookie %q: a member sees the notice, want none", value)
		}
		b.get(giveawaysPath).wantStatus(http.StatusNotFound)
		b.get(apiGiveaways).wantStatus(http.StatusNotFound)
		b.get(staffPath).wantStatus(http.StatusForbidden)
		b.post(ticketPath(waiting)+"/close", nil).wantStatus(http.StatusForbidden)
		b.post(viewAsPath, url.Values{"role": {hostsRole}}).wantStatus(http.StatusForbidden)

		stranger := s.signIn(sam)
		stranger.setViewAs(value)
		stranger.get("/guilds/" + lantern).wantStatus(http.StatusNotFound)
		stranger.post(stopViewAsPath, nil).wantStatus(http.StatusNotFound)
		manager := s.signIn(robin)
		manager.setViewAs(value)
		manager.get("/guilds/" + harbour).wantStatus(http.StatusNotFound) // Robin does not manage it
	}
}

// TestViewAsIsIgnoredForRoleWithoutAccess checks that managers cannot lock themselves out.
func TestViewAsIsIgnoredForRoleWithoutAccess(t *testing.T) {
	s := openSite(t)
	s.setRoles(map[string][2]access.Level{helperRole: {access.LevelSee, access.LevelNone}})
	b := s.signIn(robin)
	for _, value := range []string{lantern + ":" + hostsRole, lantern + ":", lantern, ":", "x", harbour + ":" + helperRole} {
		b.setViewAs(value)
		if a := b.get(staffPath).wantStatus(http.StatusOK); a.find("#view-as").Length() > 0 {
			t.Errorf("cookie %q: the page has the notice, want none", value)
		}
	}
	b.post(viewAsPath, url.Values{"role": {helperRole}}).wantStatus(http.StatusSeeOther)
	b.get(staffPath).wantStatus(http.StatusForbidden)
	s.setRoles(map[string][2]access.Level{helperRole: {access.LevelNone, access.LevelNone}})
	if a := b.get(staffPath).wantStatus(http.StatusOK); a.find("#view-as").Length() > 0 {
		t.Error("the role lost its access and the page has the notice, want none")
	}
}

// TestStreamOfViewedRole checks that the stream of a manager who views the server as a role passes the checks of its
// access, and ends when the role's rights change.
func TestStreamOfViewedRole(t *testing.T) {
	for name, after := range map[string]access.Level{"without its grant": access.LevelNone, "with a higher level": access.LevelAct} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openSite(t, func(_ *site, c *handlers.Config) { c.Streams.RecheckInterval = 20 * time.Millisecond })
			s.subscribe()
			s.setRoles(map[string][2]access.Level{helperRole: {access.LevelNone, access.LevelSee}})
			b := s.signIn(robin)
			b.post(viewAsPath, url.Values{"role": {helperRole}}).wantStatus(http.StatusSeeOther)
			st, events := b.openStream(ticketsPath+"/live"), b.openStream("/api/events/stream?guildId="+lantern)
			st.next()
			checks := make(chan struct{}, 100)
			s.discord.update(func(m *fakeGuildLister) {
				m.fail = func(context.Context) error {
					select {
					case checks <- struct{}{}:
					default:
					}
					return nil
				}
			})
			for n := 0; n < 6; { // several checks of both streams
				select {
				case <-checks:
					n++
				case m := <-st.messages:
					if m == (message{}) {
						t.Fatal("the stream ended, want it to stay open")
					}
				}
			}
			waiting := s.createTicket("Help", time.Now())
			s.publish(contract.TicketCreateEvent, lantern)
			if frame := st.next(); !strings.Contains(frame.data, waiting.ID) || strings.Contains(frame.data, "/claim") {
				t.Errorf("frame = %q, want the ticket without actions", frame.data)
			}
			if m := events.next(); !strings.Contains(m.data, "TICKET_CREATE") {
				t.Errorf("event = %s, want TICKET_CREATE", m.data)
			}
			s.setRoles(map[string][2]access.Level{helperRole: {access.LevelNone, after}})
			st.waitForEnd()
			events.waitForEnd()
		})
	}
}
