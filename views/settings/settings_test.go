package settings

import (
	"strings"
	"testing"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/forms"
	"guildboard/views/text"
	"guildboard/views/ui"
	"guildboard/views/viewstest"
)

// TestEverySchemaFieldIsTranslated checks that fields, groups and options of all form schemas have a text, because their
// keys are built at run time.
func TestEverySchemaFieldIsTranslated(t *testing.T) {
	used := map[string]bool{}
	checkKey := func(key string) {
		if used[key] = true; !text.HasMessage(key) {
			t.Errorf("no text for %s", key)
		}
	}
	for _, schema := range []forms.Schema{store.GiveawaySettingsSchema, store.TicketSettingsSchema, store.PanelSchema,
		store.CategorySchema, store.ProductSchema, store.CannedReplySchema, store.LabelSchema} {
		for _, f := range schema {
			checkKey(ui.FieldMessageKey(f))
			if !strings.HasPrefix(f.Group, "question") {
				checkKey("group." + f.Group)
			}
			for _, option := range f.Options {
				p := ui.Page{Reader: ui.Reader{Locale: text.English}}
				if name := ui.OptionName(p, f, option); name == "" || strings.Contains(name, "option.") {
					t.Errorf("option %s of %s: text = %q", option, f.Name, name)
				}
				used["option."+option] = true
			}
		}
	}
	for _, tab := range Tabs {
		checkKey("tab." + string(tab))
	}
	for _, other := range []string{"set.yes", "set.no", "set.empty", "set.on", "set.off", "set.unused", "set.unusedGroup",
		"set.defaultMessage", "group.question", "set.enabled.giveaways", "set.enabled.tickets"} {
		used[other] = true
	}
	for key := range text.All() {
		kind, _, _ := strings.Cut(key, ".")
		if (kind == "set" || kind == "group" || kind == "option") && !used[strings.TrimSuffix(key, ".hint")] {
			t.Errorf("unused key %q", key)
		}
	}
}

func TestAuditLogShowsChangedFields(t *testing.T) {
	p := ui.Page{Reader: ui.Reader{Locale: text.English}}
	for data, want := range map[string]string{
		`{"before":{"maxPerUser":"3"},"after":{"maxPerUser":"5"}}`:                        "Open tickets per member (maximum): 3 → 5",
		`{"before":{"q2Label":"What?"},"after":{"q2Label":""}}`:                           "Question: What? → (empty)",
		`{"before":null,"after":{"name":"x"}}`:                                            "Created",
		`{"before":{"name":"x"},"after":null}`:                                            "Deleted",
		`{"before":{"a":"1","b":"1","c":"1","d":"1","e":"1","f":"1","g":"1"},"after":{}}`: "and 2 more fields",
		`nonsense`: "",
	} {
		lines := ui.ChangeLines(p, contract.Command{Verb: contract.VerbSettingsChange, Data: []byte(data)})
		if shown := strings.Join(lines, "\n"); !strings.Contains(shown, want) || want == "" && shown != "" {
			t.Errorf("changes of %s = %q, want %q", data, shown, want)
		}
	}
	staff := ui.ChangeLines(p, contract.Command{Verb: contract.VerbStaffChange, Data: []byte(`{"before":{},"after":{"7 tickets":"act"}}`)})
	if len(staff) != 1 || staff[0] != "Role 7, Tickets and ratings: No access → Moderate" {
		t.Errorf("changes of staff = %q, want one", staff)
	}
	if lines := ui.ChangeLines(p, contract.Command{Verb: contract.VerbGiveawayEnd, Data: []byte(`{"before":{"a":"b"}}`)}); lines != nil {
		t.Errorf("changes of a bot command = %q, want none", lines)
	}
}

func TestSettingsFormShowsPreview(t *testing.T) {
	p := ui.Page{Site: ui.DefaultSite(), Reader: ui.Reader{Locale: text.English}, Guild: &ui.GuildLink{ID: "1", Name: "x"}}
	view := func(preview Preview, schema forms.Schema, changes forms.Values) FormView {
		v := FormView{Schema: schema, Values: schema.Defaults(), Preview: preview, Tab: TabTickets}
		for name, value := range changes {
			v.Values[name] = value
		}
		return v
	}
	for phrase, v := range map[string]FormView{
		"Hello @Ada, this is #42": view(PreviewMessages, store.TicketSettingsSchema,
			forms.Values{"welcomeMessage": "Hello {user}, this is #{number}"}),
		"(default message)": view(PreviewMessages, store.TicketSettingsSchema, nil),
		"Join":              view(PreviewGiveaway, store.GiveawaySettingsSchema, forms.Values{"buttonText": "Join"}),
		"Win A month of Nitro on x": view(PreviewGiveaway, store.GiveawaySettingsSchema,
			forms.Values{"startTitle": "Win {prize} on {server}"}),
		"@Ada, @Minh got it":   view(PreviewGiveaway, store.GiveawaySettingsSchema, forms.Values{"endText": "{winners} got it"}),
		"Click a button below": view(PreviewPanel, store.PanelSchema, nil),
		"What happened?":       view(PreviewCategory, store.CategorySchema, forms.Values{"q1Label": "What happened?"}),
	} {
		if shown := viewstest.Render(t, Form(p, v)).Find(".form-preview").Text(); !strings.Contains(shown, phrase) {
			t.Errorf("preview = %q, want it to contain %q", shown, phrase)
		}
	}
	running := view(PreviewGiveaway, store.GiveawaySettingsSchema, forms.Values{"startText": "**{winners}** win <b>"})
	if got := viewstest.Render(t, Form(p, running)).Find("#preview-startText strong").Text(); got != "2" {
		t.Errorf("number of winners in bold = %q, want 2", got)
	}
	label := view(PreviewLabel, store.LabelSchema, forms.Values{"name": "Bug", "labelColor": "red"})
	chip := viewstest.Render(t, Form(p, label)).Find(".form-preview .label[data-color=red]")
	if got := strings.TrimSpace(chip.Text()); got != "Bug" {
		t.Errorf("preview of a label = %q, want Bug in red", got)
	}
	off := view(PreviewPanel, store.PanelSchema, forms.Values{"componentType": "SELECT"})
	off.Categories = []store.TicketCategory{{Name: "Seen", Enabled: true}, {Name: "Unseen"}}
	shown := viewstest.Render(t, Form(p, off)).Find(".form-preview").Text()
	if !strings.Contains(shown, "Seen") || strings.Contains(shown, "Unseen") {
		t.Errorf("select menu = %q, want only the visible option", shown)
	}
	for seconds, want := range map[string]string{"3600": "1 hour", "86400": "1 day", "259200": "3 days",
		"604800": "1 week", "1209600": "2 weeks"} {
		if got := ui.OptionName(p, forms.Field{Name: "duration"}, seconds); got != want {
			t.Errorf("optionName(%s) = %q, want %q", seconds, got, want)
		}
	}
}
