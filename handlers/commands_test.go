package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/handlers"
	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/draw"
)

// sendHeartbeat publishes a bot's heartbeat with the verbs as capabilities, or with all verbs if there are none.
func (s *site) sendHeartbeat(verbs ...contract.Verb) {
	s.t.Helper()
	if len(verbs) == 0 {
		verbs = contract.Verbs
	}
	client, err := store.OpenRedis("redis://" + s.redis.Addr())
	must(s.t, err)
	defer client.Close()
	must(s.t, contract.Heartbeat{Version: "test", Capabilities: verbs}.Send(s.t.Context(), client))
}

// commands returns the stored commands, newest first.
func (s *site) commands() []contract.Command {
	s.t.Helper()
	list, err := s.Store.Commands(s.t.Context(), lantern, store.CommandQuery{})
	must(s.t, err)
	return list.Items
}

// answerCommand sends the bot's result of a command and waits until the dashboard has recorded it.
func (s *site) answerCommand(c contract.Command, status contract.CommandStatus, code string) {
	s.t.Helper()
	s.answerCommandWith(c, status, code, "so it is")
}

func (s *site) answerCommandWith(c contract.Command, status contract.CommandStatus, code, message string) {
	s.t.Helper()
	_, err := s.redis.XAdd(contract.ResultsStream, "*", []string{
		"id", c.ID, "status", string(status), "code", code, "message", message, "at", "1795442487820",
	})
	must(s.t, err)
	for {
		current, err := s.Store.Command(s.t.Context(), lantern, c.ID)
		must(s.t, err)
		if current.Status == status {
			return
		}
		select {
		case <-s.t.Context().Done():
			s.t.Fatal("the result was not recorded in time")
		case <-time.After(time.Millisecond):
		}
	}
}

// recordResults makes the site record results until the test ends.
func (s *site) recordResults() {
	s.t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Commands.Run(s.t.Context())
	}()
	s.t.Cleanup(func() { <-done })
}

func giveawayPath(g store.Giveaway) string { return "/guilds/" + lantern + "/giveaways/" + g.ID }
func ticketPath(t store.Ticket) string     { return "/guilds/" + lantern + "/tickets/" + t.ID }

func TestCommandIsPendingUntilBotAnswers(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	g := s.createGiveaway(store.Giveaway{Prize: "Lamp"})
	b := s.signIn(robin)

	b.post(giveawayPath(g)+"/end", nil).wantRedirect(giveawayPath(g) + "?note=command.requested")

	page := b.get(giveawayPath(g)).wantStatus(http.StatusOK)
	if state := attr(page.find("#giveaway"), "data-state"); state != "active" {
		t.Errorf("state before the result = %q, want active", state)
	}
	if requested := attr(page.find("#command-"+g.ID), "data-command"); requested != "requested" {
		t.Errorf("row's command = %q, want requested", requested)
	}
	if c := s.commands(); len(c) != 1 || c[0].Verb != contract.VerbGiveawayEnd || c[0].Target != g.ID || c[0].Actor.ID != robin {
		t.Errorf("commands = %+v, want one GIVEAWAY_END of the giveaway by robin", c)
	}
	if entries, _ := s.redis.Stream(contract.CommandsStream); len(entries) != 1 {
		t.Errorf("commands in the stream = %d, want 1", len(entries))
	}
}

func TestRowShowsCommandResult(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	s.recordResults()
	b := s.signIn(robin)
	for _, tc := range []struct {
		status contract.CommandStatus
		code   string
		words  string
	}{
		{contract.CommandAccepted, "", "Pausing"},
		{contract.CommandDone, "", "Giveaway paused"},
		{contract.CommandRefused, "discord.50013", "missing a permission"},
		{contract.CommandRefused, "discord.99999", "99999"},
		{contract.CommandRefused, "of its own", "so it is"},
	} {
		g := s.createGiveaway(store.Giveaway{})
		b.post(giveawayPath(g)+"/pause", nil).wantStatus(http.StatusSeeOther)
		s.answerCommand(s.commands()[0], tc.status, tc.code)
		b.get("/guilds/"+lantern+"/giveaways").wantText("#command-"+g.ID, tc.words)
		b.get(giveawayPath(g)).wantText("#command-"+g.ID, tc.words)
	}
}

func TestPartialCommandAnswersWithToast(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	g := s.createGiveaway(store.Giveaway{Prize: "Đèn lồng 🏮"})
	answer := s.signIn(robin).post(giveawayPath(g)+"/pause", nil, asPartial...).wantStatus(http.StatusNoContent)
	if level, text := toastOf(t, answer); level != "info" || text != "Đèn lồng 🏮: Pausing…" {
		t.Errorf("toast = %q of level %s, want the prize of level info", text, level)
	}
}

// answerNextCommand makes a bot answer the next command, which is requested meanwhile.
func (s *site) answerNextCommand(status contract.CommandStatus, code string) (wait func()) {
	answered := make(chan struct{})
	known := len(s.commands())
	go func() {
		defer close(answered)
		for s.t.Context().Err() == nil {
			if all := s.commands(); len(all) > known {
				s.answerCommand(all[0], status, code)
				return
			}
			select {
			case <-s.t.Context().Done():
			case <-time.After(time.Millisecond):
			}
		}
	}()
	return func() { <-answered }
}

func TestActionAnswersWithItsResult(t *testing.T) {
	s := openSite(t, func(_ *site, c *handlers.Config) { c.ResultWait = deadline })
	s.sendHeartbeat()
	s.subscribe()
	s.recordResults()
	b := s.signIn(robin)
	for _, test := range []struct {
		status       contract.CommandStatus
		code         string
		level, toast string
		note         string
	}{
		{contract.CommandDone, "", "info", "Lamp ended", "?note=result.GIVEAWAY_END"},
		{contract.CommandRefused, "discord.50013", "problem", "End giveaway failed.", ""},
	} {
		partial, whole := s.createGiveaway(store.Giveaway{Prize: "Lamp"}), s.createGiveaway(store.Giveaway{Prize: "Lamp"})
		wait := s.answerNextCommand(test.status, test.code)
		answer := b.post(giveawayPath(partial)+"/end", nil, asPartial...).wantStatus(http.StatusNoContent)
		wait()
		if level, text := toastOf(t, answer); level != test.level || !strings.HasPrefix(text, test.toast) {
			t.Errorf("toast = %q of level %s, want %q of level %s", text, level, test.toast, test.level)
		}
		wait = s.answerNextCommand(test.status, test.code)
		b.post(giveawayPath(whole)+"/end", nil).wantRedirect(giveawayPath(whole) + test.note)
		wait()
	}
	b.get(giveawaysPath+"?note=result.GIVEAWAY_END").wantText("#main", "Giveaway ended")
	without, unknown := b.get(giveawaysPath), b.get(giveawaysPath+"?note=result.GIVEAWAY_ELECT")
	if got, want := unknown.find("[role=status]").Length(), without.find("[role=status]").Length(); got != want {
		t.Errorf("status messages with an unknown key = %d, want %d as without", got, want)
	}

	t.Run("deleted", func(t *testing.T) {
		g := s.createGiveaway(store.Giveaway{Prize: "Rug", Status: store.GiveawayEnded})
		for _, test := range []struct{ page, redirect, toast string }{
			{giveawayPath(g), giveawaysPath + "?note=result.GIVEAWAY_DELETE", ""},
			{giveawaysPath + "?q=rug", "", "Rug deleted"},
		} {
			wait := s.answerNextCommand(contract.CommandDone, "")
			answer := b.post(giveawayPath(g)+"/delete", nil, withHeaders(asPartial, "HX-Current-URL", s.PublicURL+test.page)...)
			wait()
			_, text := toastOf(t, answer.wantStatus(http.StatusNoContent))
			if redirect := answer.Header.Get("HX-Redirect"); redirect != test.redirect || text != test.toast {
				t.Errorf("from %s: redirect = %q, toast = %q, want %q, %q", test.page, redirect, text, test.redirect, test.toast)
			}
		}
		wait := s.answerNextCommand(contract.CommandDone, "")
		b.post(giveawayPath(g)+"/delete", nil).wantRedirect(giveawaysPath + "?note=result.GIVEAWAY_DELETE")
		wait()
	})
}

// toastOf returns the toast that the answer shows; empty if there is none.
func toastOf(t *testing.T, a *testResponse) (level, text string) {
	t.Helper()
	var trigger struct{ Toast struct{ Level, Text string } }
	if header := a.Header.Get("HX-Trigger"); header != "" {
		must(t, json.Unmarshal([]byte(header), &trigger))
	}
	return trigger.Toast.Level, trigger.Toast.Text
}

func TestCommandIsRefusedWithoutBot(t *testing.T) {
	s := openSite(t)
	g := s.createGiveaway(store.Giveaway{})
	b := s.signIn(robin)
	b.post(giveawayPath(g)+"/end", nil).wantRedirect(giveawayPath(g) + "?note=command.noBot")
	b.get(giveawayPath(g)).wantText("#command-"+g.ID, "No bot is connected")
}

func TestRepeatedCommandIsEnqueuedOnce(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	g := s.createGiveaway(store.Giveaway{})
	b := s.signIn(robin)
	b.post(giveawayPath(g)+"/end", nil).wantRedirect(giveawayPath(g) + "?note=command.requested")
	b.post(giveawayPath(g)+"/end", nil).wantRedirect(giveawayPath(g) + "?note=command.pending")
	if n := len(s.commands()); n != 1 {
		t.Errorf("commands = %d, want 1", n)
	}
}

func TestDestructiveCommandsAreConfirmed(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	b := s.signIn(robin)
	active, ended := s.createGiveaway(store.Giveaway{Prize: "Lamp"}), s.createGiveaway(store.Giveaway{Prize: "Rug", MaxRerolls: 3})
	s.addEntries(ended, 1)
	must(t, s.Store.EndGiveaway(t.Context(), lantern, ended.ID, time.Now()))
	must(t, s.Store.AddWinners(t.Context(), lantern, ended.ID, []store.Winner{{User: contract.User{ID: "300000000000000000"}}}))
	ticket := s.createTicket("Help", time.Now())
	for path, text := range map[string]string{
		giveawayPath(active) + "/end": "Lamp", giveawayPath(active) + "/cancel": "Lamp",
		giveawayPath(ended) + "/reroll": "Rug", giveawayPath(ended) + "/delete": "Rug", ticketPath(ticket) + "/close": "#1",
	} {
		page := b.get(path).wantStatus(http.StatusOK)
		page.wantText("#confirm-title", text)
		if action := attr(page.find("form#confirm"), "action"); action != path {
			t.Errorf("%s: form action = %q, want the same path", path, action)
		}
		part := b.get(path, asPartial...).wantStatus(http.StatusOK)
		if part.find("form#confirm").Length() != 1 || part.find("header").Length() != 0 {
			t.Errorf("%s: the dialog is not only the form", path)
		}
	}
	if n := len(s.commands()); n != 0 {
		t.Errorf("commands before the confirmation = %d, want 0", n)
	}
}

func TestCloseReasonIsSentAndValidated(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	ticket := s.createTicket("Help", time.Now())
	b := s.signIn(robin)
	long := url.Values{"reason": {strings.Repeat("é", 501)}}
	page := b.post(ticketPath(ticket)+"/close", long).wantStatus(http.StatusUnprocessableEntity)
	if attr(page.find("#reason"), "aria-invalid") != "true" || page.find("#problem-reason").Length() != 1 {
		t.Error("the reason field is not marked as invalid")
	}
	b.post(ticketPath(ticket)+"/close", url.Values{"reason": {"Solved <b>"}}).wantStatus(http.StatusSeeOther)
	if c := s.commands(); len(c) != 1 || !strings.Contains(string(c[0].Data), "Solved") {
		t.Fatalf("commands = %+v, want one with the reason", c)
	}
	b.get("/guilds/"+lantern+"/audit").wantText("#rows", "Solved <b>").wantText("#rows th", *ticket.Subject)
}

func TestOnlyAvailableVerbsAreOffered(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat(contract.VerbGiveawayPause)
	g := s.createGiveaway(store.Giveaway{})
	b := s.signIn(robin)
	page := b.get(giveawayPath(g))
	if page.find("#pause-"+g.ID).Length() != 1 || page.find("#end-"+g.ID).Length() != 0 || page.find("#resume-"+g.ID).Length() != 0 {
		t.Errorf("actions = %q, want Pause without End and Resume", page.texts(".actions *"))
	}
	b.post(giveawayPath(g)+"/end", nil).wantRedirect(giveawayPath(g) + "?note=command.unsupported")
	b.post(giveawayPath(g)+"/resume", nil).wantRedirect(giveawayPath(g) + "?note=command.stateChanged")
	b.post(giveawayPath(g)+"/resume", nil, asPartial...).wantStatus(http.StatusConflict)
	b.get(giveawayPath(g) + "/explode").wantStatus(http.StatusNotFound)
	b.post(giveawayPath(g)+"/create", nil).wantStatus(http.StatusNotFound)
	if n := len(s.commands()); n != 0 {
		t.Errorf("commands = %d, want 0", n)
	}
}

func TestSilentBotKeepsItsVerbs(t *testing.T) {
	s := openSite(t)
	g := s.createGiveaway(store.Giveaway{})
	must(t, s.redis.Set(contract.BotLastSeenKey,
		`{"version":"1","capabilities":["GIVEAWAY_END"],"at":`+jsonMillis(time.Now().Add(-time.Minute))+`}`))
	b := s.signIn(robin)
	page := b.get(giveawayPath(g)).wantText("#bot", "hasn’t responded since")
	if page.find("#end-"+g.ID).Length() != 1 {
		t.Error("the page of a silent bot has no End action, want one")
	}
	b.post(giveawayPath(g)+"/end", nil).wantRedirect(giveawayPath(g) + "?note=command.requested")
}

func jsonMillis(at time.Time) string {
	text, err := json.Marshal(at.UnixMilli())
	if err != nil {
		panic(err)
	}
	return string(text)
}

func TestCommandsRefuseRowsOfOtherGuilds(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	g := s.createGiveaway(store.Giveaway{})
	sam := s.signIn(sam) // manages harbour only
	sam.post(giveawayPath(g)+"/end", nil).wantStatus(http.StatusNotFound)
	sam.post("/guilds/"+harbour+"/giveaways/"+g.ID+"/end", nil).wantStatus(http.StatusNotFound)
	sam.get("/guilds/" + harbour + "/giveaways/" + g.ID + "/edit").wantStatus(http.StatusNotFound)
	sam.get("/guilds/" + harbour + "/giveaways/" + g.ID + "/draw.json").wantStatus(http.StatusNotFound)
	if n := len(s.commands()); n != 0 {
		t.Errorf("commands = %d, want 0", n)
	}
}

func TestCommandsRequireFresherAccessThanPages(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	g := s.createGiveaway(store.Giveaway{})
	b := s.signIn(robin)
	b.get(giveawayPath(g)).wantStatus(http.StatusOK)
	reading := s.discord.freshness()
	b.post(giveawayPath(g)+"/end", nil).wantStatus(http.StatusSeeOther)
	acting := s.discord.freshness()
	if last := acting[len(acting)-1]; last.MaxAge >= reading[len(reading)-1].MaxAge || last.MaxStale != 0 {
		t.Errorf("freshness of an action = %v, stale %v, want fresher than a read and no stale list",
			last.MaxAge, last.MaxStale)
	}
}

// validGiveawayForm returns the fields of a valid giveaway form.
func validGiveawayForm() url.Values {
	return url.Values{
		"prize": {"A lamp"}, "description": {"Brass.\nOld."}, "channelId": {"400000000000000001"}, "winnerCount": {"2"},
		"endsIn": {"3d 4h"}, "zone": {"Asia/Ho_Chi_Minh"}, "embedColor": {"#123abc"}, "buttonText": {"Enter"},
		"buttonStyle": {"SUCCESS"}, "requiredRoleIds": {"500000000000000001, 500000000000000002"}, "dmWinners": {"on"},
		"tierPrize": {"Gold", "", "Silver"}, "tierCount": {"1", "1", "1"}, "bonusRole": {"500000000000000003"}, "bonusEntries": {"4"},
	}
}

func decodeGiveawayForm(t *testing.T, c contract.Command) (f contract.GiveawayForm) {
	t.Helper()
	must(t, json.Unmarshal(c.Data, &f))
	return f
}

func TestCreateGiveawaySendsWholeForm(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	b := s.signIn(robin)
	list := "/guilds/" + lantern + "/giveaways"
	b.get(list+"/new").wantStatus(http.StatusOK).wantText("h1", "New giveaway")

	b.post(list, validGiveawayForm()).wantRedirect(list + "?note=command.requested")

	c := s.commands()[0]
	f := decodeGiveawayForm(t, c)
	if c.Verb != contract.VerbGiveawayCreate || f.Prize != "A lamp" || f.Description != "Brass.\nOld." ||
		f.WinnerCount != 2 || len(f.RequiredRoleIDs) != 2 {
		t.Errorf("form = %+v in the command, want the submitted values", f)
	}
	if len(f.PrizeTiers) != 2 || f.PrizeTiers[1] != (contract.PrizeTier{Place: 2, Prize: "Silver",
		Count: 1}) || len(f.BonusEntryRoles) != 1 {
		t.Errorf("tiers = %+v, bonus = %+v, want 2 tiers and 1 bonus role", f.PrizeTiers, f.BonusEntryRoles)
	}
	if remaining := time.Until(f.EndsAt); remaining < 75*time.Hour || remaining > 77*time.Hour {
		t.Errorf("ends in %v, want 76 h", remaining)
	}
	page := b.get(list)
	page.wantText("#creates", "A lamp").wantText("#creates", "Posting")
	if page.find("#rows").Length() != 0 {
		t.Error("the list shows the giveaway before the bot posted it")
	}
}

func TestGiveawayFormUnderstandsDurations(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	b := s.signIn(robin)
	for text, want := range map[string]time.Duration{
		"1h30": 90 * time.Minute, "1.5h": 90 * time.Minute, "90 min": 90 * time.Minute, "1 day": 24 * time.Hour, "2 ngày": 48 * time.Hour,
	} {
		form := validGiveawayForm()
		form.Set("endsIn", text)
		form.Set("prize", text)
		form.Set("winnerClaimTimeout", "1.5 days")
		b.post("/guilds/"+lantern+"/giveaways", form).wantStatus(http.StatusSeeOther)
		commands := s.commands()
		c := commands[slices.IndexFunc(commands, func(c contract.Command) bool { return decodeGiveawayForm(t, c).Prize == text })]
		f := decodeGiveawayForm(t, c)
		if got := f.EndsAt.Sub(c.IssuedAt).Round(time.Minute); got != want {
			t.Errorf("ends in %q: %v after the request, want %v", text, got, want)
		}
		if f.WinnerClaimTimeout != 36 {
			t.Errorf("claim timeout = %d hours, want 36", f.WinnerClaimTimeout)
		}
	}
}

func TestFormTimesUseFormZone(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	form := validGiveawayForm()
	day := time.Now().AddDate(0, 0, 7).UTC().Format(time.DateOnly)
	form.Set("endsIn", "")
	form.Set("endsAt", day+"T20:00")
	form.Set("startsAt", day+"T08:00")
	s.signIn(robin).post("/guilds/"+lantern+"/giveaways", form).wantStatus(http.StatusSeeOther)
	f := decodeGiveawayForm(t, s.commands()[0])
	if ends := f.EndsAt.Format(time.RFC3339); ends != day+"T13:00:00Z" {
		t.Errorf("20:00 in Ho Chi Minh City = %s, want 13:00 UTC", ends)
	}
	if starts := f.StartsAt.Format(time.RFC3339); starts != day+"T01:00:00Z" {
		t.Errorf("08:00 in Ho Chi Minh City = %s, want 01:00 UTC", starts)
	}
}

func TestInvalidGiveawayFormShowsFieldErrors(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	b := s.signIn(robin)
	for _, tc := range []struct{ field, value, at string }{
		{"prize", "", "prize"}, {"prize", strings.Repeat("p", 241), "prize"}, {"channelId", "general", "channelId"},
		{"channelId", "", "channelId"},
		{"winnerCount", "0", "winnerCount"}, {"winnerCount", "many", "winnerCount"}, {"winnerCount", "21", "winnerCount"},
		{"endsIn", "soon", "endsIn"}, {"endsIn", "", "endsIn"}, {"endsIn", "900w", "endsIn"}, {"endsIn", "60w", "endsIn"},
		{"endsAt", "2999-01-01T00:00", "endsIn"},
		{"startsAt", "yesterday", "startsAt"}, {"zone", "Mars/Olympus", "zone"}, {"embedColor", "red", "embedColor"},
		{"buttonText", "", "buttonText"}, {"buttonStyle", "GOLD", "buttonStyle"}, {"imageUrl", "javascript:alert(1)", "imageUrl"},
		{"requiredRoleIds", "mods", "requiredRoleIds"}, {"blacklistRoleIds", "500000000000000001", "blacklistRoleIds"},
		{"boosterBonusEntries", "11", "boosterBonusEntries"}, {"tierCount", "x", "prizeTiers"}, {"bonusEntries", "99", "bonusEntryRoles"},
		{"maxRerolls", "-1", "maxRerolls"}, {"pingRoleId", "everyone", "pingRoleId"},
	} {
		form := validGiveawayForm()
		form.Set(tc.field, tc.value)
		if tc.field == "tierCount" {
			form["tierCount"] = []string{"x", "1", "1"}
		}
		page := b.post("/guilds/"+lantern+"/giveaways", form).wantStatus(http.StatusUnprocessableEntity)
		if page.find("#problem-"+tc.at).Length() != 1 {
			t.Errorf("%s=%q: no error at %s; errors: %q", tc.field, tc.value, tc.at, page.texts(".field-error"))
		}
		if got := attr(page.find("#prize"), "value"); tc.field != "prize" && got != "A lamp" {
			t.Errorf("%s=%q: prize = %q, want the submitted value", tc.field, tc.value, got)
		}
	}
	if n := len(s.commands()); n != 0 {
		t.Errorf("commands = %d, want 0", n)
	}
}

func TestEditFormIsPrefilled(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	g := s.createGiveaway(store.Giveaway{Prize: "Lamp", WinnerCount: 3, EndsAt: time.Now().Add(48 * time.Hour)})
	b := s.signIn(robin)
	page := b.get(giveawayPath(g) + "/edit").wantStatus(http.StatusOK)
	if attr(page.find("#prize"), "value") != "Lamp" || attr(page.find("#winnerCount"), "value") != "3" ||
		page.find("#channelId").Length() != 0 {
		t.Error("the form is not prefilled with the giveaway, or offers a channel")
	}
	form := validGiveawayForm()
	form.Set("tierPrize", "")
	b.post(giveawayPath(g)+"/edit", form).wantRedirect(giveawayPath(g) + "?note=command.requested")
	f := decodeGiveawayForm(t, s.commands()[0])
	if f.Prize != "A lamp" || f.ChannelID != "" {
		t.Errorf("form = %+v in the command, want the new prize and no channel", f)
	}
}

func TestRefusedGiveawayCanBeResubmitted(t *testing.T) {
	s := openSite(t)
	b := s.signIn(robin)
	list := "/guilds/" + lantern + "/giveaways"
	b.post(list, validGiveawayForm()).wantRedirect(list + "?note=command.noBot")
	page := b.get(list).wantText("#creates", "No bot is connected")
	resubmit := attr(page.find("#creates a"), "href")
	if got := attr(b.get(resubmit).wantStatus(http.StatusOK).find("#prize"), "value"); got != "A lamp" {
		t.Errorf("prize in the form = %q, want %q", got, "A lamp")
	}
}

func TestAuditLogListsAndFiltersCommands(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	s.recordResults()
	g, ticket := s.createGiveaway(store.Giveaway{Prize: "Lamp"}), s.createTicket("Help", time.Now())
	b := s.signIn(robin)
	b.post(giveawayPath(g)+"/pause", nil).wantStatus(http.StatusSeeOther)
	s.answerCommand(s.commands()[0], contract.CommandDone, "")
	b.post(ticketPath(ticket)+"/close", url.Values{"reason": {"=1+1"}}).wantStatus(http.StatusSeeOther)
	audit := "/guilds/" + lantern + "/audit"

	page := b.get(audit).wantStatus(http.StatusOK)
	page.wantText("#rows", "Robin <b>").wantText("#rows", "Lamp").wantText("#rows", "#1").wantText("#live-summary", "2 actions")
	if rows := b.get(audit + "?status=done").find("#rows tr"); rows.Length() != 1 || attr(rows, "data-state") != "done" {
		t.Error("the filter by status does not leave the one done command")
	}
	if rows := b.get(audit + "?verb=TICKET_CLOSE").find("#rows tr").Length(); rows != 1 {
		t.Errorf("filter by verb: rows = %d, want 1", rows)
	}
	if rows := b.get(audit + "?by=" + sam).find("#rows tr").Length(); rows != 0 {
		t.Errorf("filter by user: rows = %d, want 0", rows)
	}
	b.get(audit+"?status=great&verb=EXPLODE&from=x&by=robin&page=-1").wantStatus(http.StatusOK).
		wantText("main", "“great” isn’t a status").wantText("main", "“EXPLODE” isn’t an action")
}

func TestAuditExportEscapesFormulas(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	g := s.createGiveaway(store.Giveaway{Prize: "=HYPERLINK(\"x\")"})
	b := s.signIn(robin)
	b.post(giveawayPath(g)+"/pause", nil).wantStatus(http.StatusSeeOther)
	audit := "/guilds/" + lantern + "/audit/export"

	columns, lines := parseCSV(t, b.get(audit+"?format=csv"))
	if len(lines) != 1 || columns[0] != "id" || !strings.HasPrefix(lines[0]["targetName"], "'=") {
		t.Errorf("export = %q, want one row with an escaped formula", lines)
	}
	var rows []map[string]any
	must(t, json.Unmarshal(b.get(audit+"?format=json").wantStatus(http.StatusOK).body, &rows))
	if len(rows) != 1 || rows[0]["type"] != "GIVEAWAY_PAUSE" {
		t.Errorf("export = %v, want one GIVEAWAY_PAUSE", rows)
	}
	if _, err := time.Parse(time.RFC3339, rows[0]["issuedAt"].(string)); err != nil {
		t.Error(err)
	}
	b.get(audit + "?format=xml").wantStatus(http.StatusBadRequest)
}

func TestDrawProofFile(t *testing.T) {
	s := openSite(t)
	g := s.createGiveaway(store.Giveaway{})
	s.addEntries(g, 3)
	answer := s.signIn(robin).get(giveawayPath(g) + "/draw.json").wantStatus(http.StatusOK)
	var proof draw.Proof
	answer.json(&proof)
	if proof.GiveawayID != g.ID || len(proof.Entries) != 3 {
		t.Errorf("draw proof = %+v, want that of the giveaway with 3 entries", proof)
	}
}
