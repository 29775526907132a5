package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// How many there may be: 25 buttons or options under one message, and rows that still fit on a page.
// https://docs.discord.com/developers/components/reference
const (
	MaxPanels     = 25
	MaxCategories = 25 // of a panel
	MaxProducts   = 25
	MaxQuestions  = 5 // of a category's form: a modal holds no more
	maxEmbed      = 6000
)

// QuestionTypes are how the question of a form is answered.
var QuestionTypes = []string{"short", "paragraph", "select", "number"}

// PanelSheet is the message through which tickets are opened.
var PanelSheet = Sheet{
	{Name: "name", Group: "panel", Kind: FieldText, Needed: true, Most: 80},
	{Name: "enabled", Group: "panel", Kind: FieldTick, Default: "on"},
	{Name: "channelId", Group: "panel", Kind: FieldChannel},
	{Name: "sortOrder", Group: "panel", Kind: FieldNumber, Low: 0, High: 1000, Default: "0"},
	{Name: "title", Group: "message", Kind: FieldText, Needed: true, Most: 256, Default: "🎫 Support Tickets"},
	{Name: "description", Group: "message", Kind: FieldProse, Needed: true, Most: 4096, Default: "Click a button below to open a ticket"},
	{Name: "color", Group: "message", Kind: FieldColor, Default: "#5865f2"},
	{Name: "footer", Group: "message", Kind: FieldText, Most: 2048},
	{Name: "imageUrl", Group: "message", Kind: FieldAddress, Most: MaxURL},
	{Name: "thumbnail", Group: "message", Kind: FieldAddress, Most: MaxURL},
	{Name: "componentType", Group: "choice", Kind: FieldChoice, Options: componentTypes, Default: "BUTTONS"},
	{Name: "buttonStyle", Group: "choice", Kind: FieldChoice, Options: ButtonStyles, Default: "PRIMARY"},
	{Name: "selectPlaceholder", Group: "choice", Kind: FieldText, Needed: true, Most: 150, Default: "Select a category..."},
}

// CategorySheet is a kind of ticket, and the form that its opener fills in.
var CategorySheet = append(Sheet{
	{Name: "name", Group: "category", Kind: FieldText, Needed: true, Most: 80},
	{Name: "emoji", Group: "category", Kind: FieldText, Most: 32},
	{Name: "description", Group: "category", Kind: FieldText, Most: 100},
	{Name: "enabled", Group: "category", Kind: FieldTick, Default: "on"},
	{Name: "sortOrder", Group: "category", Kind: FieldNumber, Low: 0, High: 1000, Default: "0"},
	{Name: "pingRoleIds", Group: "staff", Kind: FieldRoles, Most: MaxRoles},
	{Name: "pingUserIds", Group: "staff", Kind: FieldPeople, Most: MaxRoles},
	{Name: "claimEnabled", Group: "staff", Kind: FieldTick, Default: "on"},
	{Name: "autoClaimRole", Group: "staff", Kind: FieldRole, Unused: true},
	{Name: "categoryChannelId", Group: "channel", Kind: FieldParent},
	{Name: "namingPattern", Group: "channel", Kind: FieldText, Most: 100},
	{Name: "formEnabled", Group: "form", Kind: FieldTick, Unused: true},
}, questionFields()...)

func questionFields() (fields Sheet) {
	for n := 1; n <= MaxQuestions; n++ {
		q, group := fmt.Sprintf("q%d", n), fmt.Sprintf("question%d", n)
		fields = append(fields,
			Field{Name: q + "Label", Group: group, Kind: FieldText, Most: 45},
			Field{Name: q + "Type", Group: group, Kind: FieldChoice, Options: QuestionTypes, Default: "short"},
			Field{Name: q + "Required", Group: group, Kind: FieldTick},
			Field{Name: q + "Placeholder", Group: group, Kind: FieldText, Most: 100},
			Field{Name: q + "Options", Group: group, Kind: FieldLines, Most: 25, Each: 100})
	}
	return fields
}

// ProductSheet is what a ticket can be about.
var ProductSheet = Sheet{
	{Name: "name", Group: "product", Kind: FieldText, Needed: true, Most: 50},
	{Name: "emoji", Group: "product", Kind: FieldText, Most: 32, Unused: true},
	{Name: "description", Group: "product", Kind: FieldText, Most: 100, Unused: true},
	{Name: "enabled", Group: "product", Kind: FieldTick, Default: "on", Unused: true},
	{Name: "sortOrder", Group: "product", Kind: FieldNumber, Low: 0, High: 1000, Default: "0"},
	{Name: "assignedRoleIds", Group: "product", Kind: FieldRoles, Most: MaxRoles, Unused: true},
	{Name: "assignedUserIds", Group: "product", Kind: FieldPeople, Most: MaxRoles, Unused: true},
}

// PanelProblems is what is wrong with a panel: what the sheet says, and that all texts of an embed are 6,000 together.
func PanelProblems(v Values) map[string]string {
	p := problems(PanelSheet.Problems(v))
	all := utf8.RuneCountInString(v["title"] + v["description"] + v["footer"])
	p.unless(all <= maxEmbed, "description", ProblemLong)
	return p
}

// CategoryProblems is what is wrong with a category: what the sheet says, and questions that cannot be asked.
func CategoryProblems(v Values) map[string]string {
	p := problems(CategorySheet.Problems(v))
	for n := 1; n <= MaxQuestions; n++ {
		q := fmt.Sprintf("q%d", n)
		asked := v[q+"Label"] != ""
		p.unless(asked || v[q+"Placeholder"]+v[q+"Options"] == "", q+"Label", ProblemMissing)
		p.unless(!asked || v[q+"Type"] != "select" || v[q+"Options"] != "", q+"Options", ProblemMissing)
	}
	p.unless(v["formEnabled"] != "on" || v["q1Label"] != "", "q1Label", ProblemMissing)
	return p
}

// question is one of a category's form, in the existing bot's words.
type question struct {
	ID          string   `json:"id"`
	Label       string   `json:"label"`
	Type        string   `json:"type"`
	Required    bool     `json:"required"`
	Placeholder string   `json:"placeholder,omitempty"`
	Options     []string `json:"options,omitempty"`
	MinLength   int      `json:"minLength,omitempty"`
	MaxLength   int      `json:"maxLength,omitempty"`
}

// TicketProduct is something that a ticket can be about.
type TicketProduct struct {
	ID              string
	GuildID         string
	Name            string // unique in the guild
	Emoji           *string
	Description     *string
	AssignedRoleIDs Strings
	AssignedUserIDs Strings
	SortOrder       int
	Enabled         bool
	Version         int
}

// Values is the panel as its sheet has it.
func (p TicketPanel) Values() Values {
	return Values{
		"name": p.Name, "enabled": tick(p.Enabled), "channelId": text(p.ChannelID), "sortOrder": strconv.Itoa(p.SortOrder),
		"title": p.Title, "description": p.Description, "color": strings.ToLower(p.Color), "footer": text(p.Footer), "imageUrl": text(p.ImageURL),
		"thumbnail": text(p.Thumbnail), "componentType": p.ComponentType, "buttonStyle": p.ButtonStyle, "selectPlaceholder": p.SelectPlaceholder,
	}
}

// Fill puts what the sheet says into the panel and leaves the rest as it is.
func (p TicketPanel) Fill(v Values) TicketPanel {
	p.Name, p.Enabled, p.ChannelID, p.SortOrder = v["name"], v["enabled"] == "on", orNil(v["channelId"]), number(v["sortOrder"])
	p.Title, p.Description, p.Color = v["title"], v["description"], v["color"]
	p.Footer, p.ImageURL, p.Thumbnail = orNil(v["footer"]), orNil(v["imageUrl"]), orNil(v["thumbnail"])
	p.ComponentType, p.ButtonStyle, p.SelectPlaceholder = v["componentType"], v["buttonStyle"], v["selectPlaceholder"]
	return p
}

// Values is the category as its sheet has it.
func (c TicketCategory) Values() Values {
	v := CategorySheet.Blank()
	for name, value := range map[string]string{
		"name": c.Name, "emoji": text(c.Emoji), "description": text(c.Description), "enabled": tick(c.Enabled),
		"sortOrder": strconv.Itoa(c.SortOrder), "pingRoleIds": strings.Join(c.PingRoleIDs, " "), "pingUserIds": strings.Join(c.PingUserIDs, " "),
		"claimEnabled": tick(c.ClaimEnabled), "autoClaimRole": text(c.AutoClaimRole), "categoryChannelId": text(c.CategoryChannelID),
		"namingPattern": text(c.NamingPattern), "formEnabled": tick(c.FormEnabled),
	} {
		v[name] = value
	}
	for i, q := range c.questions() {
		if i < MaxQuestions {
			n := fmt.Sprintf("q%d", i+1)
			v[n+"Label"], v[n+"Type"], v[n+"Required"] = q.Label, q.Type, tick(q.Required)
			v[n+"Placeholder"], v[n+"Options"] = q.Placeholder, strings.Join(q.Options, "\n")
		}
	}
	return v
}

func (c TicketCategory) questions() (asked []question) {
	_ = json.Unmarshal(c.FormQuestions, &asked) // what another bot has written and we cannot read is not shown
	return asked
}

// Fill puts what the sheet says into the category and leaves the rest as it is.
func (c TicketCategory) Fill(v Values) TicketCategory {
	before := c.questions()
	c.Name, c.Emoji, c.Description, c.Enabled = v["name"], orNil(v["emoji"]), orNil(v["description"]), v["enabled"] == "on"
	c.SortOrder, c.PingRoleIDs, c.PingUserIDs = number(v["sortOrder"]), strings.Fields(v["pingRoleIds"]), strings.Fields(v["pingUserIds"])
	c.ClaimEnabled, c.AutoClaimRole = v["claimEnabled"] == "on", orNil(v["autoClaimRole"])
	c.CategoryChannelID, c.NamingPattern = orNil(v["categoryChannelId"]), orNil(v["namingPattern"])
	c.FormEnabled, c.FormQuestions = v["formEnabled"] == "on", nil
	var asked []question
	for n := 1; n <= MaxQuestions; n++ {
		name := fmt.Sprintf("q%d", n)
		if v[name+"Label"] == "" {
			continue
		}
		q := question{ID: name}
		if n <= len(before) { // answers are kept under it
			q = before[n-1]
		}
		q.Label, q.Type, q.Required = v[name+"Label"], v[name+"Type"], v[name+"Required"] == "on"
		q.Placeholder, q.Options = v[name+"Placeholder"], linesOf(v[name+"Options"])
		asked = append(asked, q)
	}
	if len(asked) > 0 {
		c.FormQuestions, _ = json.Marshal(asked) // texts always encode
	}
	return c
}

// Values is the product as its sheet has it.
func (p TicketProduct) Values() Values {
	return Values{
		"name": p.Name, "emoji": text(p.Emoji), "description": text(p.Description), "enabled": tick(p.Enabled), "sortOrder": strconv.Itoa(p.SortOrder),
		"assignedRoleIds": strings.Join(p.AssignedRoleIDs, " "), "assignedUserIds": strings.Join(p.AssignedUserIDs, " "),
	}
}

// Fill puts what the sheet says into the product.
func (p TicketProduct) Fill(v Values) TicketProduct {
	p.Name, p.Emoji, p.Description, p.Enabled = v["name"], orNil(v["emoji"]), orNil(v["description"]), v["enabled"] == "on"
	p.SortOrder = number(v["sortOrder"])
	p.AssignedRoleIDs, p.AssignedUserIDs = strings.Fields(v["assignedRoleIds"]), strings.Fields(v["assignedUserIds"])
	return p
}

func number(value string) int {
	n, _ := strconv.Atoi(value) // the sheet's Problems has seen that it is one
	return n
}

// TicketSetup is through what tickets are opened in a guild, in the order in which it is shown.
type TicketSetup struct {
	Panels     []TicketPanel
	Categories []TicketCategory // of all panels
	Products   []TicketProduct
}

// Of are the categories of one panel.
func (s TicketSetup) Of(panel string) (categories []TicketCategory) {
	for _, c := range s.Categories {
		if c.PanelID == panel {
			categories = append(categories, c)
		}
	}
	return categories
}

// TicketSetup is through what tickets are opened in the guild.
func (s *Store) TicketSetup(ctx context.Context, guild string) (TicketSetup, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	var setup TicketSetup
	err := s.batch(ctx, readPanels(guild, &setup.Panels), readCategories(guild, &setup.Categories), readProducts(guild, &setup.Products))
	return setup, s.fault("reading panels", err)
}

// mostSetUp is how many panels, categories or products are read of a guild: all that Discord has room for.
const mostSetUp = MaxPanels * MaxCategories

func readPanels(guild string, panels *[]TicketPanel) read {
	return read{
		sql: `SELECT id, guild_id, ` + cut("name", nameRunes) + `, ` + cut("title", lineRunes) + `,
			` + cut("description", proseRunes) + `, ` + cut("color", nameRunes) + `,
			` + cut("image_url", addressSize) + `, ` + cut("thumbnail", addressSize) + `, ` + cut("footer", proseRunes) + `,
			channel_id, message_id, posted_in,
			component_type, button_style, ` + cut("select_placeholder", nameRunes) + `, sort_order, enabled, version
			FROM ticket_panels WHERE guild_id = $1 ORDER BY sort_order, created_at, id` + page{1, mostSetUp}.limit(),
		args: []any{guild},
		row: appendTo(panels, func(r row) (p TicketPanel, err error) {
			err = r.Scan(&p.ID, &p.GuildID, &p.Name, &p.Title, &p.Description, &p.Color, &p.ImageURL, &p.Thumbnail, &p.Footer, &p.ChannelID,
				&p.MessageID, &p.PostedIn, &p.ComponentType, &p.ButtonStyle, &p.SelectPlaceholder, &p.SortOrder, &p.Enabled, &p.Version)
			return p, err
		}),
	}
}

func readCategories(guild string, categories *[]TicketCategory) read {
	return read{
		sql: `SELECT id, panel_id, guild_id, ` + cut("name", nameRunes) + `, ` + cut("emoji", nameRunes) + `,
			` + cut("description", lineRunes) + `,
			` + wholeOr("ping_role_ids", idListBytes, "'{}'") + `, ` + wholeOr("ping_user_ids", idListBytes, "'{}'") + `,
			category_channel_id, ` + cut("naming_pattern", nameRunes) + `,
			form_enabled, ` + whole("form_questions", questions) + `, claim_enabled, auto_claim_role, sort_order, enabled, version
			FROM ticket_categories WHERE guild_id = $1 ORDER BY sort_order, created_at, id` + page{1, mostSetUp}.limit(),
		args: []any{guild},
		row: appendTo(categories, func(r row) (c TicketCategory, err error) {
			err = r.Scan(&c.ID, &c.PanelID, &c.GuildID, &c.Name, &c.Emoji, &c.Description, &c.PingRoleIDs, &c.PingUserIDs, &c.CategoryChannelID,
				&c.NamingPattern, &c.FormEnabled, &c.FormQuestions, &c.ClaimEnabled, &c.AutoClaimRole, &c.SortOrder, &c.Enabled, &c.Version)
			return c, err
		}),
	}
}

func readProducts(guild string, products *[]TicketProduct) read {
	return read{
		sql: `SELECT id, guild_id, ` + cut("name", nameRunes) + `, ` + cut("emoji", nameRunes) + `, ` + cut("description", lineRunes) + `,
			` + wholeOr("assigned_role_ids", idListBytes, "'{}'") + `, ` + wholeOr("assigned_user_ids", idListBytes, "'{}'") + `,
			sort_order, enabled, version
			FROM ticket_products WHERE guild_id = $1 ORDER BY sort_order, created_at, id` + page{1, mostSetUp}.limit(),
		args: []any{guild},
		row: appendTo(products, func(r row) (p TicketProduct, err error) {
			err = r.Scan(&p.ID, &p.GuildID, &p.Name, &p.Emoji, &p.Description, &p.AssignedRoleIDs, &p.AssignedUserIDs, &p.SortOrder,
				&p.Enabled, &p.Version)
			return p, err
		}),
	}
}

// ChangePanel saves what somebody has made of a panel that they read as of p.Version, or a new one where that is 0, and
// writes it into the audit log. ErrConflict when somebody else has changed it meanwhile, or another has the name: the
// two are told apart by reading it again.
func (s *Store) ChangePanel(ctx context.Context, by Person, before Values, p TicketPanel) error {
	return s.change(ctx, "changing panel", func(ctx context.Context, t tx) error {
		if err := t.turnover(ctx, ticketPanels, p.GuildID, p.ID, p.Version); err != nil {
			return err
		}
		if err := t.savePanel(ctx, p); err != nil {
			return err
		}
		return t.recordSheet(ctx, p.GuildID, by, VerbPanelChange, PanelSheet, p.ID, p.Name, before, p.Values())
	})
}

// ChangeCategory does the same for a category; ErrNotFound when its panel is not the guild's.
func (s *Store) ChangeCategory(ctx context.Context, by Person, before Values, c TicketCategory) error {
	return s.change(ctx, "changing category", func(ctx context.Context, t tx) error {
		if err := t.turnover(ctx, ticketCategories, c.GuildID, c.ID, c.Version); err != nil {
			return err
		}
		if err := t.saveCategory(ctx, c); err != nil {
			return err
		}
		return t.recordSheet(ctx, c.GuildID, by, VerbCategoryChange, CategorySheet, c.ID, c.Name, before, c.Values())
	})
}

// ChangeProduct does the same for a product.
func (s *Store) ChangeProduct(ctx context.Context, by Person, before Values, p TicketProduct) error {
	return s.change(ctx, "changing product", func(ctx context.Context, t tx) error {
		if err := t.turnover(ctx, ticketProducts, p.GuildID, p.ID, p.Version); err != nil {
			return err
		}
		now := time.Now()
		changed, err := t.exec(ctx, insert(ticketProducts, `id, guild_id, name, emoji, description, assigned_role_ids, assigned_user_ids,
			sort_order, enabled, created_at, updated_at`)+`
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, emoji = excluded.emoji, description = excluded.description,
				assigned_role_ids = excluded.assigned_role_ids, assigned_user_ids = excluded.assigned_user_ids,
				sort_order = excluded.sort_order, enabled = excluded.enabled, updated_at = excluded.updated_at
			WHERE ticket_products.guild_id = excluded.guild_id`,
			p.ID, p.GuildID, p.Name, p.Emoji, p.Description, p.AssignedRoleIDs, p.AssignedUserIDs, p.SortOrder, p.Enabled, now, now)
		if err == nil && changed == 0 {
			err = ErrNotFound
		}
		if err != nil {
			return err
		}
		return t.recordSheet(ctx, p.GuildID, by, VerbProductChange, ProductSheet, p.ID, p.Name, before, p.Values())
	})
}

// turnover makes the next version of a row its own, if it still is at that version; a new one, at 0, has none.
func (t tx) turnover(ctx context.Context, of table, guild, id string, version int) error {
	if version == 0 {
		return nil
	}
	changed, err := t.exec(ctx, "UPDATE "+string(of)+" SET version = version + 1 WHERE guild_id = $1 AND id = $2 AND version = $3", guild, id, version)
	if err != nil || changed > 0 {
		return err
	}
	if err := t.owns(ctx, of, guild, id); err != nil {
		return err
	}
	return ErrConflict
}

func (t tx) recordSheet(ctx context.Context, guild string, by Person, what Verb, sheet Sheet, id, name string, before, after Values) error {
	if before == nil {
		return t.record(ctx, guild, by, what, id, name, nil, after)
	}
	names := sheet.Changed(before, after)
	return t.record(ctx, guild, by, what, id, name, before.pick(names), after.pick(names))
}

// DeletePanel removes a panel with its categories; tickets that were of them stay, and are of none.
func (s *Store) DeletePanel(ctx context.Context, by Person, p TicketPanel) error {
	return s.remove(ctx, by, VerbPanelChange, ticketPanels, p.GuildID, p.ID, p.Name, p.Values())
}

// DeleteCategory removes a category; its tickets stay, and are of none.
func (s *Store) DeleteCategory(ctx context.Context, by Person, c TicketCategory) error {
	return s.remove(ctx, by, VerbCategoryChange, ticketCategories, c.GuildID, c.ID, c.Name, c.Values())
}

// DeleteProduct removes a product; tickets that were about it stay, and are about none.
func (s *Store) DeleteProduct(ctx context.Context, by Person, p TicketProduct) error {
	return s.remove(ctx, by, VerbProductChange, ticketProducts, p.GuildID, p.ID, p.Name, p.Values())
}

func (s *Store) remove(ctx context.Context, by Person, what Verb, of table, guild, id, name string, before Values) error {
	return s.change(ctx, "deleting from "+string(of), func(ctx context.Context, t tx) error {
		gone, err := t.exec(ctx, "DELETE FROM "+string(of)+" WHERE guild_id = $1 AND id = $2", guild, id)
		if err == nil && gone == 0 {
			err = ErrNotFound
		}
		if err != nil {
			return err
		}
		return t.record(ctx, guild, by, what, id, name, before, nil)
	})
}

// OpenTicketsOf is how many tickets of a member are not closed, and when they opened their newest, of whatever state; the
// zero time for none.
func (s *Store) OpenTicketsOf(ctx context.Context, guild, user string) (open int, newest time.Time, err error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	err = s.batch(ctx, readOpenOf(guild, user, &open), readNewestOf(guild, user, &newest))
	return open, newest, s.fault("counting a member's tickets", err)
}

func readOpenOf(guild, user string, open *int) read {
	return read{
		sql: `SELECT count(*) FROM members m CROSS JOIN tickets t
			WHERE m.guild_id = $1 AND m.discord_id = $2 AND t.member_id = m.id AND t.status <> 'CLOSED'`,
		args: []any{guild, user},
		row:  func(r row) error { return r.Scan(open) },
	}
}

func readNewestOf(guild, user string, newest *time.Time) read {
	return read{
		sql: `SELECT t.created_at FROM members m CROSS JOIN tickets t
			WHERE m.guild_id = $1 AND m.discord_id = $2 AND t.member_id = m.id ORDER BY t.created_at DESC LIMIT 1`,
		args: []any{guild, user},
		row:  func(r row) error { return r.Scan(newest) },
	}
}
