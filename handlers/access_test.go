package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"guildboard/handlers"
	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/discord"
)

// Kim is a member of lantern who may not manage it. helperRole is a role in lantern.
const (
	kim        = "200000000000000005"
	helperRole = "500000000000000001"
)

// grantHelperRole gives a role these levels in lantern's modules.
func (s *site) grantHelperRole(giveaways, tickets access.Level) {
	s.t.Helper()
	staff, err := s.Store.Staff(s.t.Context(), lantern)
	must(s.t, err)
	must(s.t, s.Store.SaveGrants(s.t.Context(), lantern, contract.User{ID: robin, Username: "Robin"}, staff.Grants, []access.Grant{
		{RoleID: helperRole, Module: access.ModuleGiveaways, Level: giveaways},
		{RoleID: helperRole, Module: access.ModuleTickets, Level: tickets},
	}))
}

// confirmHelperRole records, as the bot does, which users have the role at that time.
func (s *site) confirmHelperRole(at time.Time, users ...string) {
	s.t.Helper()
	holders := map[string]store.Strings{}
	for _, id := range users {
		holders[id] = store.Strings{helperRole}
	}
	_, err := s.Store.SyncRoles(s.t.Context(), lantern, []store.Role{{ID: helperRole, Name: "Helpers"}}, holders, at)
	must(s.t, err)
}

// signInStaff signs Kim in with a role that has these levels.
func (s *site) signInStaff(giveaways, tickets access.Level) *browser {
	s.t.Helper()
	s.discord.update(func(m *fakeGuildLister) { m.guilds[kim] = []discord.Guild{{ID: lantern, Name: "Lantern Hollow"}} })
	s.grantHelperRole(giveaways, tickets)
	s.confirmHelperRole(time.Now(), kim)
	return s.signIn(kim)
}

// TestRoleOpensOnlyItsModule requests every guild route of the router. A route of another module must respond 404, and
// a route that belongs to no module must require a manager.
func TestRoleOpensOnlyItsModule(t *testing.T) {
	for module, other := range map[access.Module]access.Module{access.ModuleGiveaways: access.ModuleTickets,
		access.ModuleTickets: access.ModuleGiveaways} {
		t.Run(string(module), func(t *testing.T) {
			t.Parallel()
			s := openSite(t)
			s.sendHeartbeat()
			b := s.signInStaff(access.LevelManage, access.LevelNone)
			if module == access.ModuleTickets {
				b = s.signInStaff(access.LevelNone, access.LevelManage)
			}
			closed := 0
			for _, route := range guildRoutes(guardedRoutes(t, s, lantern), lantern) {
				method, path, _ := strings.Cut(route, " ")
				switch {
				case strings.Contains(path, "/"+string(module)),
					module == access.ModuleTickets && strings.Contains(path, "/ratings"), path == "/guilds/"+lantern,
					path == "/guilds/"+lantern+"/live", path == stopViewAsPath,
					strings.HasPrefix(path, "/api/events/"):
					continue
				}
				closed++
				status := http.StatusNotFound
				// settings of a module that the visitor may or may not see
				ofTickets := strings.HasPrefix(path, settingsPath) && path != settingsPath+"/giveaways"
				ofServer := strings.HasSuffix(path, "/staff") || strings.Contains(path, "/staff/") || strings.Contains(path, "/audit") ||
					path == viewAsPath
				if ofServer || ofTickets && module == access.ModuleTickets {
					status = http.StatusForbidden
				}
				b.send(method, path, nil).wantStatus(status)
				b.send(method, path, nil, asPartial...).wantStatus(status)
			}
			if closed < 5 {
				t.Errorf("routes outside of %[2]s = %[1]d, want at least 5", closed, module)
			}
			a := b.get("/guilds/" + lantern).wantStatus(http.StatusOK)
			if a.find("nav a[href$='/"+string(module)+"']").Length() != 1 ||
				a.find("a[href*='/"+string(other)+"'], a[href$='/audit']").Length() > 0 {
				t.Errorf("links of the overview = %q, want only those of its module", a.find("main a, nav a").
					Map(func(_ int, e *goquery.Selection) string { return attr(e, "href") }))
			}
			if a.find("#overview-"+string(module)).Length() != 1 || a.find("#overview-"+string(other)).Length() > 0 {
				t.Error("the overview does not show exactly its own module")
			}
			b.get("/guilds/" + lantern + "/" + string(module)).wantStatus(http.StatusOK)
		})
	}
}

// TestAccessLevels checks that actions above the visitor's level are refused with the reason, and that actions within
// it are allowed.
func TestAccessLevels(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	running := s.createGiveaway(store.Giveaway{Prize: "A lamp", PrizeSecret: new("the code"), Notes: new("a sponsor")})
	waiting := s.createTicket("Help", time.Now())
	daily := []string{giveawayPath(running) + "/end", giveawayPath(running) + "/pause",
		giveawayPath(running) + "/repair", ticketPath(waiting) + "/claim", ticketPath(waiting) + "/close"}
	dangerous := []string{giveawayPath(running) + "/cancel", giveawayPath(running) + "/delete"}
	forms := []string{giveawaysPath + "/new", giveawayPath(running) + "/edit"}
	sends := []string{giveawaysPath, giveawayPath(running) + "/edit"}
	pages := []string{"/guilds/" + lantern, giveawaysPath, giveawayPath(running), ticketsPath, ticketPath(waiting),
		apiGiveaways, apiTickets}

	t.Run("see", func(t *testing.T) {
		b := s.signInStaff(access.LevelSee, access.LevelSee)
		for _, path := range pages {
			a := b.get(path).wantStatus(http.StatusOK).wantNoText("the code", "a sponsor")
			if strings.HasPrefix(path, "/api/") {
				continue
			}
			actions := a.find("main form[method=post]:not(#columns), main a[href$='/new'], main a[href$='/edit'], main a[href$='/end'], " +
				"main a[href$='/close']")
			if n := actions.Length(); n > 0 {
				t.Errorf("%s offers %d actions, want 0", path, n)
			}
		}
		for _, path := range slices.Concat(daily, dangerous, forms) {
			b.get(path).wantStatus(http.StatusForbidden).wantText("main", "You don’t have permission")
		}
		for _, path := range slices.Concat(daily, dangerous, sends) {
			b.post(path, validGiveawayForm()).wantStatus(http.StatusForbidden).wantText("main", "You don’t have permission")
			a := b.post(path, validGiveawayForm(), asPartial...).wantStatus(http.StatusForbidden).
				wantText("[role=alert]", "A server manager can")
			if got := a.Header.Get("HX-Trigger"); got != "" {
				t.Errorf("%s: HX-Trigger = %s, want none", path, got)
			}
		}
	})
	if requested := s.commands(); len(requested) > 1 { // the first command is the grant
		t.Fatalf("commands = %+v, want only the grant", requested)
	}
	t.Run("act", func(t *testing.T) {
		b := s.signInStaff(access.LevelAct, access.LevelAct)
		a := b.get(giveawayPath(running)).wantStatus(http.StatusOK)
		if got, want := a.texts("main .actions a[hx-get], main .actions form button"), []string{"End now", "Pause"}; !slices.Equal(got, want) {
			t.Errorf("actions = %q, want %q", got, want)
		}
		if a := b.get(giveawaysPath); a.find("#new").Length() > 0 {
			t.Error("the list offers a new giveaway, want no action")
		}
		for _, path := range slices.Concat(dangerous, forms) {
			b.get(path).wantStatus(http.StatusForbidden)
		}
		for _, path := range slices.Concat(dangerous, sends) {
			b.post(path, validGiveawayForm()).wantStatus(http.StatusForbidden)
		}
		for _, path := range daily {
			b.get(path).wantStatus(http.StatusOK)
			b.post(path, nil).wantStatus(http.StatusSeeOther)
		}
		if requested := s.commands(); requested[0].Actor.ID != kim {
			t.Errorf("command = %+v, want actor %s", requested[0], kim)
		}
		b.get(apiGiveaways).wantStatus(http.StatusOK).wantText("body", "the code")
	})
	t.Run("manage", func(t *testing.T) {
		b := s.signInStaff(access.LevelManage, access.LevelManage)
		other := s.createGiveaway(store.Giveaway{Prize: "Oil"})
		for _, path := range []string{giveawaysPath + "/new", giveawayPath(other) + "/edit", giveawayPath(other) + "/cancel"} {
			b.get(path).wantStatus(http.StatusOK)
		}
		known := validGiveawayForm()
		known.Set("requiredRoleIds", helperRole) // the only role that the bot has recorded
		known.Del("bonusRole")
		known.Del("bonusEntries")
		b.post(giveawaysPath, known).wantStatus(http.StatusSeeOther)
		b.post(giveawayPath(other)+"/cancel", nil).wantStatus(http.StatusSeeOther)
		// managing a module is not managing the server
		b.get("/guilds/" + lantern + "/audit").wantStatus(http.StatusForbidden)
	})
}

func TestRoleAccessExpiresWithoutConfirmation(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	waiting := s.createTicket("Help", time.Now())
	b := s.signInStaff(access.LevelNone, access.LevelAct)
	picker := func() *testResponse { return b.get("/guilds").wantStatus(http.StatusOK) }

	picker().wantText("#guild-"+lantern, "Staff")
	b.get(ticketsPath).wantStatus(http.StatusOK)
	b.post(ticketPath(waiting)+"/claim", nil).wantStatus(http.StatusSeeOther)

	s.confirmHelperRole(time.Now().Add(-2*time.Minute), kim) // recent enough for reading
	b.get(ticketsPath).wantStatus(http.StatusOK)
	closing := ticketPath(waiting) + "/close"
	a := b.post(closing, nil).wantStatus(http.StatusForbidden).
		wantText("main .note-problem", "The bot hasn’t confirmed your role").wantText("#ticket h1", "Help")
	if a.find("#live").Length() != 1 || a.find("main .actions form, main .actions a[hx-get]").Length() > 0 {
		t.Error("the ticket page has no live region or offers actions, want a page without actions")
	}
	b.post(closing, nil, asPartial...).wantStatus(http.StatusForbidden).wantText("[role=alert]", "nothing was changed")
	b.post(giveawaysPath, validGiveawayForm()).wantStatus(http.StatusNotFound) // a module that the user could never see
	s.signIn(sam).post(closing, nil).wantStatus(http.StatusNotFound).wantNoText("Help")

	for name, revoke := range map[string]func(){
		"with an outdated sync": func() { s.confirmHelperRole(time.Now().Add(-6*time.Minute), kim) },
		"lost":                  func() { s.confirmHelperRole(time.Now()) },
		"without its grant":     func() { s.grantHelperRole(access.LevelNone, access.LevelNone) },
		"of a departed member":  func() { s.discord.update(func(m *fakeGuildLister) { m.guilds[kim] = nil }) },
		"of a server without the bot": func() {
			must(t, s.Store.SaveGuild(t.Context(), store.Guild{ID: lantern, Name: "Lantern Hollow", LeftAt: new(time.Now())}))
		},
	} {
		b = s.signInStaff(access.LevelNone, access.LevelAct)
		must(t, s.Store.SaveGuild(t.Context(), store.Guild{ID: lantern, Name: "Lantern Hollow"}))
		b.get(ticketsPath).wantStatus(http.StatusOK)
		revoke()
		b.get(ticketsPath).wantStatus(http.StatusNotFound).wantNoText("Lantern")
		b.get(apiTickets).wantStatus(http.StatusNotFound)
		b.get(ticketsPath + "/live").wantStatus(http.StatusNotFound)
		b.get("/api/events/stream?guildId=" + lantern).wantStatus(http.StatusNotFound)
		b.post(ticketPath(waiting)+"/close", nil).wantStatus(http.StatusNotFound)
		if picker().find("#guild-"+lantern).Length() > 0 {
			t.Errorf("role %s: the picker shows the server, want none", name)
		}
	}
}

// TestRefusalKeepsSubmittedForm checks that a visitor whose rights were reduced gets the page with the refusal and all
// submitted input.
func TestRefusalKeepsSubmittedForm(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	running, waiting := s.createGiveaway(store.Giveaway{Prize: "A lamp", PrizeSecret: new("the code")}), s.createTicket("Help", time.Now())
	rated := s.createRating(4, "Kind.", time.Now())
	form := validGiveawayForm()
	form.Set("prize", "Typed at length")
	many := func(verb, id string) url.Values { return url.Values{"verb": {verb}, "only": {id}} }
	for level, why := range map[string]string{"with a lower level": "A server manager can",
		"not confirmed": "The bot hasn’t confirmed your role"} {
		t.Run(level, func(t *testing.T) {
			b := s.signInStaff(access.LevelSee, access.LevelSee)
			if level == "not confirmed" {
				b = s.signInStaff(access.LevelManage, access.LevelManage)
				s.confirmHelperRole(time.Now().Add(-2*time.Minute), kim)
			}
			for _, c := range []struct {
				path     string
				sent     url.Values
				selector string // an element of the page that was open
				words    string
			}{
				{giveawaysPath, form, "#giveaway-form #prize[value='Typed at length']", ""},
				{giveawayPath(running) + "/edit", form, "#giveaway-form #prize[value='Typed at length']", ""},
				{giveawaysPath + "/templates", url.Values{"from": {running.ID}, "name": {"Typed"}},
					"#template-form #name[value=Typed]", ""},
				{giveawaysPath + "/bulk", many("end", running.ID), "#bulk input[name=only][value=" + running.ID + "]", ""},
				{ticketsPath + "/bulk", url.Values{"verb": {"close"}, "only": {waiting.ID}, "reason": {"Because"}},
					"#bulk #reason", "Because"},
				{ratingsPath + "/bulk", many("approve", rated), "#bulk input[name=only][value=" + rated + "]", ""},
				{ticketPath(waiting) + "/reply", url.Values{"text": {"Have you tried"}}, "#answer #answer-text", "Have you tried"},
				{ticketPath(waiting) + "/notes", url.Values{"text": {"Once a friend"}}, "#note-form #text", "Once a friend"},
			} {
				a := b.post(c.path, c.sent).wantStatus(http.StatusForbidden).wantText("main", why).wantNoText("the code")
				if a.find(c.selector).Length() != 1 || !strings.Contains(a.find(c.selector).Text(), c.words) {
					t.Errorf("%s: page = %s, want the previous page", c.path, a.text("main"))
				}
				if n := a.find("main [role=alert], main .field-error").Length(); n != 1 {
					t.Errorf("%s: messages = %d, want 1", c.path, n)
				}
			}
		})
	}
	t.Run("after following a link", func(t *testing.T) {
		b := s.signInStaff(access.LevelSee, access.LevelSee)
		for path, selector := range map[string]string{
			giveawaysPath + "/bulk?verb=end&only=" + running.ID: "#g-" + running.ID,
			ticketsPath + "/bulk?verb=claim&only=" + waiting.ID: "#t-" + waiting.ID,
			ratingsPath + "/bulk?verb=remove&only=" + rated:     "#r-" + rated,
			giveawayPath(running) + "/edit":                     "#giveaway",
			ticketPath(waiting) + "/close":                      "#ticket",
		} {
			if a := b.get(path).wantStatus(http.StatusForbidden).
				wantText("main .note-problem", "You don’t have permission"); a.find(selector).Length() != 1 {
				t.Errorf("%s: no element %s, want a link back", path, selector)
			}
		}
		b.get(giveawayPath(running)+"/end", withHeaders(asPartial, "HX-Target", "div#dialog")...).wantStatus(http.StatusForbidden).
			wantText(".confirm [role=alert]", "A server manager can").wantText("button[data-close]", "Close")
	})
	for _, c := range s.commands() {
		if c.Verb != contract.VerbStaffChange {
			t.Errorf("command = %s, want only changes of staff", c.Verb)
		}
	}
}

func TestStreamEndsWhenRoleIsLost(t *testing.T) {
	for name, revoke := range map[string]func(*site){
		"lost":               func(s *site) { s.confirmHelperRole(time.Now()) },
		"without its grant":  func(s *site) { s.grantHelperRole(access.LevelNone, access.LevelNone) },
		"with a lower level": func(s *site) { s.grantHelperRole(access.LevelNone, access.LevelSee) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openSite(t, func(_ *site, c *handlers.Config) { c.Streams.RecheckInterval = 20 * time.Millisecond })
			b := s.signInStaff(access.LevelNone, access.LevelAct)
			st, raw := b.openStream(ticketsPath+"/live"), b.openStream("/api/events/stream?guildId="+lantern)
			st.next()
			revoke(s)
			st.waitForEnd()
			raw.waitForEnd()
		})
	}
}

// TestFramesDependOnRights checks that two viewers of the same URL with different rights do not share a frame.
func TestFramesDependOnRights(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	s.subscribe()
	manager, staff := s.signIn(robin), s.signInStaff(access.LevelSee, access.LevelNone)
	more, less := manager.openStream(giveawaysPath+"/live"), staff.openStream(giveawaysPath+"/live")
	more.next()
	less.next()
	g := s.createGiveaway(store.Giveaway{Prize: "A lamp"})
	s.publish(contract.GiveawayCreateEvent, lantern)
	if frame := more.next(); !strings.Contains(frame.data, "/"+g.ID+"/end") {
		t.Errorf("manager's frame = %q, want the End action", frame.data)
	}
	if frame := less.next(); !strings.Contains(frame.data, "A lamp") || strings.Contains(frame.data, "/"+g.ID+"/end") {
		t.Errorf("staff member's frame = %q, want the giveaway without the End action", frame.data)
	}
}

func TestEventStreamIsFilteredByModule(t *testing.T) {
	s := openSite(t)
	s.subscribe()
	manager, staff := s.signIn(robin), s.signInStaff(access.LevelNone, access.LevelSee)
	path := "/api/events/stream?guildId=" + lantern
	all, tickets := manager.openStream(path), staff.openStream(path)
	for _, kind := range []contract.EventType{contract.GiveawayEndEvent, contract.MemberJoinEvent, "XP_GAIN", contract.TicketCloseEvent} {
		s.publish(kind, lantern)
	}
	for _, kind := range []string{"GIVEAWAY_END", "MEMBER_JOIN", "XP_GAIN", "TICKET_CLOSE"} {
		if m := all.next(); !strings.Contains(m.data, kind) {
			t.Errorf("manager's stream: event = %s, want %s", m.data, kind)
		}
	}
	if m := tickets.next(); !strings.Contains(m.data, "TICKET_CLOSE") {
		t.Errorf("stream of tickets: event = %s, want TICKET_CLOSE", m.data)
	}
	both := s.signInStaff(access.LevelSee, access.LevelSee).openStream(path)
	for _, kind := range []contract.EventType{contract.MemberJoinEvent, contract.GiveawayEndEvent, contract.TicketCloseEvent} {
		s.publish(kind, lantern)
	}
	for _, kind := range []string{"GIVEAWAY_END", "TICKET_CLOSE"} {
		if m := both.next(); !strings.Contains(m.data, kind) {
			t.Errorf("stream of both modules: event = %s, want %s", m.data, kind)
		}
	}
}
