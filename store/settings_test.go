package store_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/forms"
	"guildboard/store/storetest"
)

// TestSchemaValidatesValues checks the accepted values and limits of each field type. The limits are Discord's.
func TestSchemaValidatesValues(t *testing.T) {
	schema := forms.Schema{
		{Name: "text", Kind: forms.Text, Required: true, MaxLength: 3}, {Name: "prose", Kind: forms.Multiline, MaxLength: 5},
		{Name: "number", Kind: forms.Number, MinValue: 1, MaxValue: 10},
		{Name: "maybe", Kind: forms.Number, MinValue: 1, MaxValue: 10, AllowEmpty: true},
		{Name: "tick", Kind: forms.Checkbox},
		{Name: "color", Kind: forms.Color}, {Name: "address", Kind: forms.URL},
		{Name: "choice", Kind: forms.Choice, Options: []string{"A", "B"}}, {Name: "id", Kind: forms.Channel},
		{Name: "ids", Kind: forms.Roles, MaxLength: 2}, {Name: "lines", Kind: forms.StringList, MaxLength: 2, MaxItemLength: 3},
	}
	good := forms.Values{
		"text": "ễễễ", "prose": "a\nb", "number": "10", "maybe": "1", "tick": "on", "color": "#14B8A6",
		"address": "https://example.com/a.png",
		"choice":  "B", "id": "18446744073709551615", "ids": "1 2", "lines": "one\ntwo",
	}
	if p := schema.Problems(good); len(p) > 0 {
		t.Fatalf("problems of valid values = %v, want none", p)
	}
	if again := schema.Decode(schema.Encode(good)); !maps.Equal(again, good) {
		t.Errorf("after a round trip: values = %v, want %v", again, good)
	}
	for _, test := range []struct{ field, value, problem string }{
		{"text", "", forms.ProblemMissing}, {"text", "  ", forms.ProblemMissing}, {"text", "four", forms.ProblemTooLong},
		{"prose", "sixsix", forms.ProblemTooLong}, {"number", "", forms.ProblemOutOfRange}, {"number", "0", forms.ProblemOutOfRange},
		{"number", "11", forms.ProblemOutOfRange}, {"number", "1.5", forms.ProblemOutOfRange},
		{"maybe", "0", forms.ProblemOutOfRange}, {"tick", "yes", forms.ProblemChoice},
		{"color", "", forms.ProblemColor}, {"color", "red", forms.ProblemColor}, {"address", "javascript:alert(1)", forms.ProblemURL},
		{"address", "example.com", forms.ProblemURL}, {"choice", "", forms.ProblemChoice}, {"choice", "a", forms.ProblemChoice},
		{"id", "#general", forms.ProblemID}, {"id", "123456789012345678901", forms.ProblemID},
		{"ids", "1 x", forms.ProblemID}, {"ids", "1 1", forms.ProblemDuplicate}, {"ids", "1 2 3", forms.ProblemTooMany},
		{"lines", "a\nb\nc", forms.ProblemTooMany}, {"lines", "four", forms.ProblemTooLong}, {"lines", "a\na", forms.ProblemDuplicate},
	} {
		v := maps.Clone(good)
		v[test.field] = test.value
		if p := schema.Problems(v); p[test.field] != test.problem || len(p) != 1 {
			t.Errorf("%s = %q: problems = %v, want %s", test.field, test.value, p, test.problem)
		}
	}
	for _, empty := range []string{"prose", "maybe", "tick", "address", "id", "ids", "lines"} {
		v := maps.Clone(good)
		v[empty] = ""
		if p := schema.Problems(v); len(p) > 0 {
			t.Errorf("without %s: problems = %v, want none", empty, p)
		}
	}
	wantEqual(t, "JSON", string(schema.Encode(forms.Values{"number": "7", "tick": "on", "ids": "1 2"})),
		`{"address":"","choice":"","color":"","id":"","ids":["1","2"],"lines":[],"maybe":null,"number":7,"prose":"","text":"","tick":true}`)
	for _, odd := range []string{`nonsense`, `[]`, `{"number":[],"text":{},"ids":[1,2]}`} {
		if v := schema.Decode(json.RawMessage(odd)); len(v) != len(schema) {
			t.Errorf("Decode(%s) = %v, want a value per field", odd, v)
		}
	}
}

// TestSchemaDefaultsAreValid checks that the defaults are valid, apart from required fields.
func TestSchemaDefaultsAreValid(t *testing.T) {
	for _, m := range access.Modules {
		if p := store.SettingsProblems(m, store.SchemaOf(m).Defaults()); len(p) > 0 {
			t.Errorf("problems of the defaults of %s = %v, want none", m, p)
		}
	}
	for name, problems := range map[string]map[string]string{
		"panel": store.PanelProblems(store.PanelSchema.Defaults()), "category": store.CategoryProblems(store.CategorySchema.Defaults()),
		"product": store.ProductSchema.Problems(store.ProductSchema.Defaults()),
	} {
		if len(problems) != 1 || problems["name"] != forms.ProblemMissing {
			t.Errorf("%s: problems = %v, want only the missing name", name, problems)
		}
	}
}

func TestCrossFieldProblems(t *testing.T) {
	v := store.GiveawaySettingsSchema.Defaults()
	v["buttonText"], v["buttonEmoji"] = strings.Repeat("a", 60), strings.Repeat("b", 10)
	wantEqual(t, "button text of 71 characters",
		store.SettingsProblems(access.ModuleGiveaways, v)["buttonText"], forms.ProblemTooLong)
	p := store.PanelSchema.Defaults()
	p["name"], p["description"], p["footer"] = "x", strings.Repeat("d", 4096), strings.Repeat("f", 1950)
	wantEqual(t, "embed of more than 6,000 characters", store.PanelProblems(p)["description"], forms.ProblemTooLong)
	c := store.CategorySchema.Defaults()
	c["name"], c["formEnabled"] = "x", "on"
	wantEqual(t, "form without questions", store.CategoryProblems(c)["q1Label"], forms.ProblemMissing)
	c["q1Label"], c["q1Type"] = "Which?", "select"
	wantEqual(t, "select without options", store.CategoryProblems(c)["q1Options"], forms.ProblemMissing)
	c["q1Options"], c["q3Placeholder"] = "one", "…"
	wantEqual(t, "question without a label", store.CategoryProblems(c)["q3Label"], forms.ProblemMissing)
}

func TestSaveSettingsDetectsConflicts(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		defaults := must(s.Settings(t.Context(), "1", access.ModuleTickets))(t)
		wantEqual(t, "version", defaults.Version, 0)
		wantEqual(t, "default value", defaults.Number("maxPerUser"), 3)

		v := maps.Clone(defaults.Values)
		v["maxPerUser"], v["welcomeMessage"] = "5", "Hello \x00 {user}"
		noError(t, s.SaveSettings(t.Context(), "1", access.ModuleTickets, ann, 0, v))
		wantErrorIs(t, "as if nobody had",
			s.SaveSettings(t.Context(), "1", access.ModuleTickets, cat, 0, v), store.ErrConflict)
		now := must(s.Settings(t.Context(), "1", access.ModuleTickets))(t)
		wantEqual(t, "version", now.Version, 1)
		wantEqual(t, "saved value", now.Number("maxPerUser"), 5)
		v["maxPerUser"] = "6"
		noError(t, s.SaveSettings(t.Context(), "1", access.ModuleTickets, cat, 1, v))
		wantErrorIs(t, "over a newer version",
			s.SaveSettings(t.Context(), "1", access.ModuleTickets, ann, 1, v), store.ErrConflict)
		wantErrorIs(t, "over settings that do not exist",
			s.SaveSettings(t.Context(), "2", access.ModuleTickets, ann, 1, v), store.ErrConflict)
		wantErrorIs(t, "in no guild",
			s.SaveSettings(t.Context(), "3", access.ModuleTickets, ann, 0, v), store.ErrNotFound)
		wantEqual(t, "version of the other module",
			must(s.Settings(t.Context(), "1", access.ModuleGiveaways))(t).Version, 0)
		wantEqual(t, "version in the other guild",
			must(s.Settings(t.Context(), "2", access.ModuleTickets))(t).Version, 0)

		last := must(s.LastChange(t.Context(), "1", string(access.ModuleTickets)))(t)
		wantEqual(t, "actor", last.Actor.Username, "Cat")
		wantEqual(t, "data", string(last.Data), `{"before":{"maxPerUser":"5"},"after":{"maxPerUser":"6"}}`)
		_, err := s.LastChange(t.Context(), "1", string(access.ModuleGiveaways))
		wantErrorIs(t, "unchanged row", err, store.ErrNotFound)
	})
}

func TestSettingsApplyDefaultsToGiveawayForm(t *testing.T) {
	v := store.GiveawaySettingsSchema.Defaults()
	maps.Copy(v, forms.Values{"buttonText": "Join", "buttonEmoji": "🦊", "channelId": "7", "dmWinners": "",
		"maxRerolls": "1", "winnerClaimTimeout": "48", "autoReroll": "on", "pingRoleId": "8"})
	f := store.Settings{Values: v}.ApplyDefaults(contract.NewGiveawayForm(time.Now()))
	if f.ButtonText != "🦊 Join" || f.ChannelID != "7" || f.DMWinners || f.MaxRerolls != 1 ||
		f.WinnerClaimTimeout != 48 || !f.AutoReroll || f.PingRoleID != "8" || !f.PingOnEnd {
		t.Errorf("form = %+v, want the settings", f)
	}
	f = store.Settings{Values: store.GiveawaySettingsSchema.Defaults()}.ApplyDefaults(contract.NewGiveawayForm(time.Now()))
	if defaults := contract.NewGiveawayForm(time.Now()); f.ButtonText != defaults.ButtonText ||
		f.EmbedColor != defaults.EmbedColor || f.MaxRerolls != defaults.MaxRerolls || f.WinnerClaimTimeout != 0 ||
		f.AutoReroll {
		t.Errorf("form without settings = %+v, want the defaults", f)
	}
}

func TestTicketSetupChanges(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		pv := store.PanelSchema.Defaults()
		maps.Copy(pv, forms.Values{"name": "Support", "footer": "Be kind", "sortOrder": "2",
			"componentType": "SELECT", "channelId": "9"})
		panel := store.TicketPanel{ID: "p1", GuildID: "1"}.WithValues(pv)
		noError(t, s.ChangePanel(t.Context(), ann, nil, panel))
		cv := store.CategorySchema.Defaults()
		maps.Copy(cv, forms.Values{
			"name": "Billing", "emoji": "💳", "pingRoleIds": "1 2", "formEnabled": "on", "q1Label": "What?", "q2Label": "Which?",
			"q2Type": "select", "q2Options": "one\ntwo", "q2Required": "on",
		})
		category := store.TicketCategory{ID: "c1", GuildID: "1", PanelID: "p1"}.WithValues(cv)
		noError(t, s.ChangeCategory(t.Context(), ann, nil, category))
		dv := store.ProductSchema.Defaults()
		maps.Copy(dv, forms.Values{"name": "Nitro", "assignedUserIds": "7"})
		product := store.TicketProduct{ID: "d1", GuildID: "1"}.WithValues(dv)
		noError(t, s.ChangeProduct(t.Context(), ann, nil, product))

		setup := must(s.TicketSetup(t.Context(), "1"))(t)
		if len(setup.Panels) != 1 || !maps.Equal(setup.Panels[0].Values(), pv) || setup.Panels[0].Version != 1 {
			t.Errorf("panels = %+v, want the saved one", setup.Panels)
		}
		if len(setup.CategoriesOf("p1")) != 1 || !maps.Equal(setup.Categories[0].Values(), cv) || len(setup.CategoriesOf("p2")) > 0 {
			t.Errorf("categories = %+v\nwant %+v", setup.Categories[0].Values(), cv)
		}
		if len(setup.Products) != 1 || !maps.Equal(setup.Products[0].Values(), dv) {
			t.Errorf("products = %+v, want the saved one", setup.Products)
		}
		wantEqual(t, "panels of the other guild", len(must(s.TicketSetup(t.Context(), "2"))(t).Panels), 0)

		changed := setup.Panels[0]
		changed.Title = "Help"
		noError(t, s.ChangePanel(t.Context(), cat, pv, changed))
		wantErrorIs(t, "changing what another has changed",
			s.ChangePanel(t.Context(), ann, pv, changed), store.ErrConflict)
		last := must(s.LastChange(t.Context(), "1", "p1"))(t)
		wantEqual(t, "actor and target", last.Actor.Username+" "+last.TargetName, "Cat Support")
		if !strings.Contains(string(last.Data), `"after":{"title":"Help"}`) {
			t.Errorf("data = %s, want the changed title", last.Data)
		}
		for name, err := range map[string]error{
			"panel of another guild": s.ChangePanel(t.Context(), ann, nil,
				store.TicketPanel{ID: "p1", GuildID: "2", Version: 1}.WithValues(pv)),
			"new panel with a used id": s.ChangePanel(t.Context(), ann, nil,
				store.TicketPanel{ID: "p1", GuildID: "2"}.WithValues(pv)),
			"category on a panel of another guild": s.ChangeCategory(t.Context(), ann, nil,
				store.TicketCategory{ID: "c2", GuildID: "2", PanelID: "p1"}.WithValues(cv)),
			"product of another guild": s.ChangeProduct(t.Context(), ann, nil,
				store.TicketProduct{ID: "d1", GuildID: "2", Version: 1}.WithValues(dv)),
			"deleting a panel of another guild":    s.DeletePanel(t.Context(), ann, store.TicketPanel{ID: "p1", GuildID: "2"}),
			"deleting a category of another guild": s.DeleteCategory(t.Context(), ann, store.TicketCategory{ID: "c1", GuildID: "2"}),
			"deleting a product of another guild":  s.DeleteProduct(t.Context(), ann, store.TicketProduct{ID: "d1", GuildID: "2"}),
			"deleting a missing panel":             s.DeletePanel(t.Context(), ann, store.TicketPanel{ID: "p9", GuildID: "1"}),
		} {
			wantErrorIs(t, name, err, store.ErrNotFound)
		}
		wantErrorIs(t, "duplicate name", s.ChangePanel(t.Context(), ann, nil,
			store.TicketPanel{ID: "p2", GuildID: "1"}.WithValues(pv)), store.ErrConflict)
		noError(t, s.DeleteProduct(t.Context(), ann, setup.Products[0]))
		noError(t, s.DeletePanel(t.Context(), ann, setup.Panels[0]))
		setup = must(s.TicketSetup(t.Context(), "1"))(t)
		wantEqual(t, "remaining rows", len(setup.Panels)+len(setup.Categories)+len(setup.Products), 0)
		list := must(s.Commands(t.Context(), "1", store.CommandQuery{}))(t)
		wantEqual(t, "audit log entries", len(list.Items), 6)
	})
}

func TestFormQuestionsKeepTheirIDs(t *testing.T) {
	c := store.TicketCategory{FormQuestions: []byte(`[{"id":"old","label":"What?","type":"short","required":true,"maxLength":200},{"id":"x"}]`)}
	v := c.Values()
	v["q1Label"] = "What happened?"
	after := string(c.WithValues(v).FormQuestions)
	if after != `[{"id":"old","label":"What happened?","type":"short","required":true,"maxLength":200}]` {
		t.Errorf("questions = %s, want the known fields", after)
	}
	broken := store.TicketCategory{FormQuestions: []byte(`{}`)}
	wantEqual(t, "label of an invalid question", broken.Values()["q1Label"], "")
}

func TestConfigChangesArePublished(t *testing.T) {
	client := storetest.Redis(t)
	sub := client.PSubscribe(t.Context(), "bot:config:*")
	t.Cleanup(func() { sub.Close() })
	if _, err := sub.Receive(t.Context()); err != nil {
		t.Fatal(err)
	}
	guild := store.NewID() // Redis delivers a channel to all of its databases
	noError(t, store.NewBus(client, nil).PublishConfig(t.Context(), guild, access.ModuleTickets, store.ConfigCreate))
	var channels []string
	for len(channels) < 2 {
		m := must(sub.ReceiveMessage(t.Context()))(t)
		if !strings.Contains(m.Payload, guild) {
			continue
		}
		channels = append(channels, m.Channel)
		if begins := `{"guildId":"` + guild +
			`","module":"TICKETS","action":"create","timestamp":1`; !strings.HasPrefix(m.Payload, begins) {
			t.Errorf("message = %s, want the creation in the guild", m.Payload)
		}
	}
	if slices.Sort(channels); !slices.Equal(channels, []string{"bot:config:tickets", "bot:config:update"}) {
		t.Errorf("channels = %q, want both", channels)
	}
}

func TestCannedReplies(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		hi := store.CannedReply{ID: "r1", GuildID: "1", Name: "Hi", Text: "Hello {user}"}
		noError(t, s.ChangeCannedReply(t.Context(), ann, nil, hi))
		noError(t, s.ChangeCannedReply(t.Context(), ann, nil, store.CannedReply{ID: "r2", GuildID: "1", Name: "Bye", Text: "x"}))
		all := must(s.CannedReplies(t.Context(), "1"))(t)
		if len(all) != 2 || all[0].Name != "Bye" || !maps.Equal(all[1].Values(), hi.Values()) || all[1].Version != 1 {
			t.Fatalf("replies = %+v, want the 2 saved ones", all)
		}
		wantEqual(t, "replies of the other guild", len(must(s.CannedReplies(t.Context(), "2"))(t)), 0)
		noError(t, s.ChangeCannedReply(t.Context(), cat, hi.Values(),
			all[1].WithValues(forms.Values{"name": "Hi", "text": "Hi {user}"})))
		wantErrorIs(t, "over a newer version", s.ChangeCannedReply(t.Context(), ann, hi.Values(), all[1]), store.ErrConflict)
		wantErrorIs(t, "duplicate name", s.ChangeCannedReply(t.Context(), ann, nil,
			store.CannedReply{ID: "r3", GuildID: "1", Name: "Hi"}), store.ErrConflict)
		noError(t, s.ChangeCannedReply(t.Context(), ann, nil, store.CannedReply{ID: "r4", GuildID: "2", Name: "Hi", Text: "x"}))
		wantErrorIs(t, "of another guild", s.ChangeCannedReply(t.Context(), ann, nil,
			store.CannedReply{ID: "r1", GuildID: "2", Name: "New"}), store.ErrNotFound)
		wantErrorIs(t, "deleting of another guild", s.DeleteCannedReply(t.Context(), ann,
			store.CannedReply{ID: "r1", GuildID: "2"}), store.ErrNotFound)
		noError(t, s.DeleteCannedReply(t.Context(), ann, all[0]))
		left := must(s.CannedReplies(t.Context(), "1"))(t)
		if len(left) != 1 || left[0].Text != "Hi {user}" || left[0].Version != 2 {
			t.Errorf("replies = %+v, want the changed one", left)
		}
		commands := must(s.Commands(t.Context(), "1", store.CommandQuery{Target: "r1"}))(t)
		if !slices.ContainsFunc(commands.Items, func(c contract.Command) bool {
			return c.Actor.ID == cat.ID && string(c.Data) == `{"name":"Hi","before":{"text":"Hello {user}"},"after":{"text":"Hi {user}"}}`
		}) {
			t.Errorf("commands = %+v, want the change by Cat", commands.Items)
		}
	})
	rendered := store.CannedReply{Text: "{user} {ticket} {user} {other}"}.Render(store.Ticket{Number: 12,
		Opener: contract.User{ID: "7", Username: "{ticket}"}})
	wantEqual(t, "rendered text", rendered, "@{ticket} #12 @{ticket} {other}")
}
