package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"guildboard/store/contract"
	"guildboard/store/forms"
	"guildboard/store/internal/sqldb"
)

// Limits of a guild's ticket setup. Discord allows 25 buttons or options in one message.
// https://docs.discord.com/developers/components/reference
const (
	MaxPanels     = 25
	MaxCategories = 25 // of a panel
	MaxProducts   = 25
	MaxQuestions  = 5 // of a category's form: the limit of a Discord modal
	maxEmbedRunes = 6000
)

// questionTypes are the input types of a form question.
var questionTypes = []string{"short", "paragraph", "select", "number"}

// PanelSchema is the form schema of a ticket panel.
var PanelSchema = forms.Schema{
	{Name: "name", Group: "panel", Kind: forms.Text, Required: true, MaxLength: 80},
	{Name: "enabled", Group: "panel", Kind: forms.Checkbox, Default: "on"},
	{Name: "channelId", Group: "panel", Kind: forms.Channel},
	{Name: "sortOrder", Group: "panel", Kind: forms.Number, MinValue: 0, MaxValue: 1000, Default: "0"},
	{Name: "title", Group: "message", Kind: forms.Text, Required: true, MaxLength: 256, Default: "🎫 Support Tickets"},
	{Name: "description", Group: "message", Kind: forms.Multiline, Required: true, MaxLength: 4096,
		Default: "Click a button below to open a ticket"},
	{Name: "color", Group: "message", Kind: forms.Color, Default: "#5865f2"},
	{Name: "footer", Group: "message", Kind: forms.Text, MaxLength: 2048},
	{Name: "imageUrl", Group: "message", Kind: forms.URL, MaxLength: forms.MaxURLLength},
	{Name: "thumbnail", Group: "message", Kind: forms.URL, MaxLength: forms.MaxURLLength},
	{Name: "componentType", Group: "choice", Kind: forms.Choice, Options: componentTypes, Default: "BUTTONS"},
	{Name: "buttonStyle", Group: "choice", Kind: forms.Choice, Options: contract.ButtonStyles, Default: "PRIMARY"},
	{Name: "selectPlaceholder", Group: "choice", Kind: forms.Text, Required: true, MaxLength: 150, Default: "Select a category..."},
}

// CategorySchema is the form schema of a ticket category, including the questions of its form.
var CategorySchema = append(forms.Schema{
	{Name: "name", Group: "category", Kind: forms.Text, Required: true, MaxLength: 80},
	{Name: "emoji", Group: "category", Kind: forms.Text, MaxLength: 32},
	{Name: "description", Group: "category", Kind: forms.Text, MaxLength: 100},
	{Name: "enabled", Group: "category", Kind: forms.Checkbox, Default: "on"},
	{Name: "sortOrder", Group: "category", Kind: forms.Number, MinValue: 0, MaxValue: 1000, Default: "0"},
	{Name: "pingRoleIds", Group: "staff", Kind: forms.Roles, MaxLength: contract.MaxRoles},
	{Name: "pingUserIds", Group: "staff", Kind: forms.Members, MaxLength: contract.MaxRoles},
	{Name: "claimEnabled", Group: "staff", Kind: forms.Checkbox, Default: "on"},
	{Name: "autoClaimRole", Group: "staff", Kind: forms.Role, IgnoredByBot: true},
	{Name: "categoryChannelId", Group: "channel", Kind: forms.ChannelCategory},
	{Name: "namingPattern", Group: "channel", Kind: forms.Text, MaxLength: 100},
	{Name: "formEnabled", Group: "form", Kind: forms.Checkbox, IgnoredByBot: true},
}, questionFields()...)

func questionFields() (fields forms.Schema) {
	for n := 1; n <= MaxQuestions; n++ {
		q, group := fmt.Sprintf("q%d", n), fmt.Sprintf("question%d", n)
		fields = append(fields,
			forms.Field{Name: q + "Label", Group: group, Kind: forms.Text, MaxLength: 45, IgnoredByBot: true},
			forms.Field{Name: q + "Type", Group: group, Kind: forms.Choice, Options: questionTypes, Default: "short", IgnoredByBot: true},
			forms.Field{Name: q + "Required", Group: group, Kind: forms.Checkbox, IgnoredByBot: true},
			forms.Field{Name: q + "Placeholder", Group: group, Kind: forms.Text, MaxLength: 100, IgnoredByBot: true},
			forms.Field{Name: q + "Options", Group: group, Kind: forms.StringList, MaxLength: 25, MaxItemLength: 100, IgnoredByBot: true})
	}
	return fields
}

// ProductSchema is the form schema of a product.
var ProductSchema = forms.Schema{
	{Name: "name", Group: "product", Kind: forms.Text, Required: true, MaxLength: 50},
	{Name: "emoji", Group: "product", Kind: forms.Text, MaxLength: 32, IgnoredByBot: true},
	{Name: "description", Group: "product", Kind: forms.Text, MaxLength: 100, IgnoredByBot: true},
	{Name: "enabled", Group: "product", Kind: forms.Checkbox, Default: "on", IgnoredByBot: true},
	{Name: "sortOrder", Group: "product", Kind: forms.Number, MinValue: 0, MaxValue: 1000, Default: "0"},
	{Name: "assignedRoleIds", Group: "product", Kind: forms.Roles, MaxLength: contract.MaxRoles, IgnoredByBot: true},
	{Name: "assignedUserIds", Group: "product", Kind: forms.Members, MaxLength: contract.MaxRoles, IgnoredByBot: true},
}

// PanelProblems validates a panel: by its schema, and that the embed's texts have at most 6,000 characters together.
func PanelProblems(v forms.Values) map[string]string {
	p := forms.Problems(PanelSchema.Problems(v))
	all := utf8.RuneCountInString(v["title"] + v["description"] + v["footer"])
	p.Require(all <= maxEmbedRunes, "description", forms.ProblemTooLong)
	return p
}

// CategoryProblems validates a category: by its schema, and that its questions are complete.
func CategoryProblems(v forms.Values) map[string]string {
	p := forms.Problems(CategorySchema.Problems(v))
	for n := 1; n <= MaxQuestions; n++ {
		q := fmt.Sprintf("q%d", n)
		hasLabel := v[q+"Label"] != ""
		p.Require(hasLabel || v[q+"Placeholder"]+v[q+"Options"] == "", q+"Label", forms.ProblemMissing)
		p.Require(!hasLabel || v[q+"Type"] != "select" || v[q+"Options"] != "", q+"Options", forms.ProblemMissing)
	}
	p.Require(v["formEnabled"] != "on" || v["q1Label"] != "", "q1Label", forms.ProblemMissing)
	return p
}

// formQuestion is a question of a category's form, in the JSON format of the existing bot.
type formQuestion struct {
	ID          string   `json:"id"`
	Label       string   `json:"label"`
	Type        string   `json:"type"`
	Required    bool     `json:"required"`
	Placeholder string   `json:"placeholder,omitempty"`
	Options     []string `json:"options,omitempty"`
	MinLength   int      `json:"minLength,omitempty"`
	MaxLength   int      `json:"maxLength,omitempty"`
}

// TicketProduct is a product that a ticket can be about.
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

// Values returns the panel's form values.
func (p TicketPanel) Values() forms.Values {
	return forms.Values{
		"name": p.Name, "enabled": forms.CheckboxValue(p.Enabled), "channelId": deref(p.ChannelID), "sortOrder": strconv.Itoa(p.SortOrder),
		"title": p.Title, "description": p.Description, "color": strings.ToLower(p.Color),
		"footer": deref(p.Footer), "imageUrl": deref(p.ImageURL),
		"thumbnail": deref(p.Thumbnail), "componentType": p.ComponentType,
		"buttonStyle": p.ButtonStyle, "selectPlaceholder": p.SelectPlaceholder,
	}
}

// WithValues returns the panel with the form values applied; other fields stay as they are.
func (p TicketPanel) WithValues(v forms.Values) TicketPanel {
	p.Name, p.Enabled, p.ChannelID, p.SortOrder = v["name"], v["enabled"] == "on", nilIfEmpty(v["channelId"]), parseNumber(v["sortOrder"])
	p.Title, p.Description, p.Color = v["title"], v["description"], v["color"]
	p.Footer, p.ImageURL, p.Thumbnail = nilIfEmpty(v["footer"]), nilIfEmpty(v["imageUrl"]), nilIfEmpty(v["thumbnail"])
	p.ComponentType, p.ButtonStyle, p.SelectPlaceholder = v["componentType"], v["buttonStyle"], v["selectPlaceholder"]
	return p
}

// Values returns the category's form values.
func (c TicketCategory) Values() forms.Values {
	v := CategorySchema.Defaults()
	for name, value := range map[string]string{
		"name": c.Name, "emoji": deref(c.Emoji), "description": deref(c.Description), "enabled": forms.CheckboxValue(c.Enabled),
		"sortOrder": strconv.Itoa(c.SortOrder), "pingRoleIds": strings.Join(c.PingRoleIDs, " "),
		"pingUserIds":  strings.Join(c.PingUserIDs, " "),
		"claimEnabled": forms.CheckboxValue(c.ClaimEnabled), "autoClaimRole": deref(c.AutoClaimRole),
		"categoryChannelId": deref(c.CategoryChannelID),
		"namingPattern":     deref(c.NamingPattern), "formEnabled": forms.CheckboxValue(c.FormEnabled),
	} {
		v[name] = value
	}
	for i, q := range c.questions() {
		if i < MaxQuestions {
			n := fmt.Sprintf("q%d", i+1)
			v[n+"Label"], v[n+"Type"], v[n+"Required"] = q.Label, q.Type, forms.CheckboxValue(q.Required)
			v[n+"Placeholder"], v[n+"Options"] = q.Placeholder, strings.Join(q.Options, "\n")
		}
	}
	return v
}

func (c TicketCategory) questions() (questions []formQuestion) {
	_ = json.Unmarshal(c.FormQuestions, &questions) // questions of another bot that cannot be decoded are not shown
	return questions
}

// WithValues returns the category with the form values applied; other fields stay as they are.
func (c TicketCategory) WithValues(v forms.Values) TicketCategory {
	before := c.questions()
	c.Name, c.Emoji, c.Description, c.Enabled = v["name"], nilIfEmpty(v["emoji"]), nilIfEmpty(v["description"]), v["enabled"] == "on"
	c.SortOrder = parseNumber(v["sortOrder"])
	c.PingRoleIDs, c.PingUserIDs = strings.Fields(v["pingRoleIds"]), strings.Fields(v["pingUserIds"])
	c.ClaimEnabled, c.AutoClaimRole = v["claimEnabled"] == "on", nilIfEmpty(v["autoClaimRole"])
	c.CategoryChannelID, c.NamingPattern = nilIfEmpty(v["categoryChannelId"]), nilIfEmpty(v["namingPattern"])
	c.FormEnabled, c.FormQuestions = v["formEnabled"] == "on", nil
	var questions []formQuestion
	for n := 1; n <= MaxQuestions; n++ {
		name := fmt.Sprintf("q%d", n)
		if v[name+"Label"] == "" {
			continue
		}
		q := formQuestion{ID: name}
		if n <= len(before) { // keep the id, under which responses are stored
			q = before[n-1]
		}
		q.Label, q.Type, q.Required = v[name+"Label"], v[name+"Type"], v[name+"Required"] == "on"
		q.Placeholder, q.Options = v[name+"Placeholder"], forms.SplitLines(v[name+"Options"])
		questions = append(questions, q)
	}
	if len(questions) > 0 {
		c.FormQuestions, _ = json.Marshal(questions) // marshalling strings cannot fail
	}
	return c
}

// Values returns the product's form values.
func (p TicketProduct) Values() forms.Values {
	return forms.Values{
		"name": p.Name, "emoji": deref(p.Emoji), "description": deref(p.Description),
		"enabled": forms.CheckboxValue(p.Enabled), "sortOrder": strconv.Itoa(p.SortOrder),
		"assignedRoleIds": strings.Join(p.AssignedRoleIDs, " "), "assignedUserIds": strings.Join(p.AssignedUserIDs, " "),
	}
}

// WithValues returns the product with the form values applied.
func (p TicketProduct) WithValues(v forms.Values) TicketProduct {
	p.Name, p.Emoji, p.Description, p.Enabled = v["name"], nilIfEmpty(v["emoji"]), nilIfEmpty(v["description"]), v["enabled"] == "on"
	p.SortOrder = parseNumber(v["sortOrder"])
	p.AssignedRoleIDs, p.AssignedUserIDs = strings.Fields(v["assignedRoleIds"]), strings.Fields(v["assignedUserIds"])
	return p
}

func parseNumber(value string) int {
	n, _ := strconv.Atoi(value) // Schema.Problems has validated it
	return n
}

// TicketSetup holds the panels, categories and products of a guild, in display order.
type TicketSetup struct {
	Panels     []TicketPanel
	Categories []TicketCategory // of all panels
	Products   []TicketProduct
}

// CategoriesOf returns the categories of a panel.
func (s TicketSetup) CategoriesOf(panel string) (categories []TicketCategory) {
	for _, c := range s.Categories {
		if c.PanelID == panel {
			categories = append(categories, c)
		}
	}
	return categories
}

// TicketSetup returns the guild's panels, categories and products.
func (s *Store) TicketSetup(ctx context.Context, guild string) (TicketSetup, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var setup TicketSetup
	err := s.batch(ctx, panelsQuery(guild, &setup.Panels), categoriesQuery(guild, &setup.Categories), productsQuery(guild, &setup.Products))
	return setup, s.wrapError("read ticket setup", err)
}

// maxSetupRows is the maximum number of panels that are read of a guild, and also of categories and of products: the
// number of categories on MaxPanels full panels.
const maxSetupRows = MaxPanels * MaxCategories

func panelsQuery(guild string, panels *[]TicketPanel) sqldb.Query {
	return sqldb.Query{
		SQL: `SELECT id, guild_id, ` + substrSQL("name", maxNameRunes) + `, ` + substrSQL("title", maxShortTextRunes) + `,
			` + substrSQL("description", maxLongTextRunes) + `, ` + substrSQL("color", maxNameRunes) + `,
			` + substrSQL("image_url", maxURLRunes) + `, ` + substrSQL("thumbnail", maxURLRunes) + `, ` +
			substrSQL("footer", maxLongTextRunes) + `,
			channel_id, message_id, posted_in,
			component_type, button_style, ` + substrSQL("select_placeholder", maxNameRunes) + `, sort_order, enabled, version
			FROM ticket_panels WHERE guild_id = $1 ORDER BY sort_order, created_at, id` + page{1, maxSetupRows}.limitSQL(),
		Args: []any{guild},
		Row: appendTo(panels, func(r sqldb.Row) (p TicketPanel, err error) {
			err = r.Scan(&p.ID, &p.GuildID, &p.Name, &p.Title, &p.Description, &p.Color, &p.ImageURL, &p.Thumbnail, &p.Footer, &p.ChannelID,
				&p.MessageID, &p.MessageChannelID, &p.ComponentType, &p.ButtonStyle, &p.SelectPlaceholder, &p.SortOrder,
				&p.Enabled, &p.Version)
			return p, err
		}),
	}
}

func categoriesQuery(guild string, categories *[]TicketCategory) sqldb.Query {
	return sqldb.Query{
		SQL: `SELECT id, panel_id, guild_id, ` + substrSQL("name", maxNameRunes) + `, ` + substrSQL("emoji", maxNameRunes) + `,
			` + substrSQL("description", maxShortTextRunes) + `,
			` + boundedJSONOr("ping_role_ids", maxIDListBytes, "'{}'") + `, ` + boundedJSONOr("ping_user_ids", maxIDListBytes, "'{}'") + `,
			category_channel_id, ` + substrSQL("naming_pattern", maxNameRunes) + `,
			form_enabled, ` + boundedJSON("form_questions", maxQuestionsBytes) +
			`, claim_enabled, auto_claim_role, sort_order, enabled, version
			FROM ticket_categories WHERE guild_id = $1 ORDER BY sort_order, created_at, id` + page{1, maxSetupRows}.limitSQL(),
		Args: []any{guild},
		Row: appendTo(categories, func(r sqldb.Row) (c TicketCategory, err error) {
			err = r.Scan(&c.ID, &c.PanelID, &c.GuildID, &c.Name, &c.Emoji, &c.Description, &c.PingRoleIDs,
				&c.PingUserIDs, &c.CategoryChannelID,
				&c.NamingPattern, &c.FormEnabled, &c.FormQuestions, &c.ClaimEnabled, &c.AutoClaimRole, &c.SortOrder, &c.Enabled, &c.Version)
			return c, err
		}),
	}
}

func productsQuery(guild string, products *[]TicketProduct) sqldb.Query {
	return sqldb.Query{
		SQL: `SELECT id, guild_id, ` + substrSQL("name", maxNameRunes) + `, ` + substrSQL("emoji", maxNameRunes) +
			`, ` + substrSQL("description", maxShortTextRunes) + `,
			` + boundedJSONOr("assigned_role_ids", maxIDListBytes, "'{}'") + `, ` +
			boundedJSONOr("assigned_user_ids", maxIDListBytes, "'{}'") + `,
			sort_order, enabled, version
			FROM ticket_products WHERE guild_id = $1 ORDER BY sort_order, created_at, id` + page{1, maxSetupRows}.limitSQL(),
		Args: []any{guild},
		Row: appendTo(products, func(r sqldb.Row) (p TicketProduct, err error) {
			err = r.Scan(&p.ID, &p.GuildID, &p.Name, &p.Emoji, &p.Description, &p.AssignedRoleIDs, &p.AssignedUserIDs, &p.SortOrder,
				&p.Enabled, &p.Version)
			return p, err
		}),
	}
}

// ChangePanel saves a panel that was edited at version p.Version, or inserts a new one if that is 0, and writes an
// audit entry. It returns ErrConflict when the panel was changed meanwhile or another panel has the name; reading the
// panel again tells which.
func (s *Store) ChangePanel(ctx context.Context, actor contract.User, before forms.Values, p TicketPanel) error {
	return s.withTx(ctx, "change panel", func(ctx context.Context, t tx) error {
		if err := t.bumpVersion(ctx, ticketPanelsTable, p.GuildID, p.ID, p.Version); err != nil {
			return err
		}
		if err := t.savePanel(ctx, p); err != nil {
			return err
		}
		return t.recordFormAudit(ctx, p.GuildID, actor, contract.VerbPanelChange, PanelSchema, p.ID, p.Name, before, p.Values())
	})
}

// ChangeCategory saves a category like ChangePanel does a panel; ErrNotFound when the guild lacks its panel.
func (s *Store) ChangeCategory(ctx context.Context, actor contract.User, before forms.Values, c TicketCategory) error {
	return s.withTx(ctx, "change category", func(ctx context.Context, t tx) error {
		if err := t.bumpVersion(ctx, ticketCategoriesTable, c.GuildID, c.ID, c.Version); err != nil {
			return err
		}
		if err := t.saveCategory(ctx, c); err != nil {
			return err
		}
		return t.recordFormAudit(ctx, c.GuildID, actor, contract.VerbCategoryChange, CategorySchema, c.ID, c.Name, before, c.Values())
	})
}

// ChangeProduct saves a product like ChangePanel does a panel.
func (s *Store) ChangeProduct(ctx context.Context, actor contract.User, before forms.Values, p TicketProduct) error {
	return s.withTx(ctx, "change product", func(ctx context.Context, t tx) error {
		if err := t.bumpVersion(ctx, ticketProductsTable, p.GuildID, p.ID, p.Version); err != nil {
			return err
		}
		now := time.Now()
		changed, err := t.Exec(ctx, sqldb.Insert(ticketProductsTable, `id, guild_id, name, emoji, description,
			assigned_role_ids, assigned_user_ids,
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
		return t.recordFormAudit(ctx, p.GuildID, actor, contract.VerbProductChange, ProductSchema, p.ID, p.Name, before, p.Values())
	})
}

// bumpVersion increments the version of a row, or returns ErrConflict if it is not at that version. Version 0 is a
// new row and is not incremented.
func (t tx) bumpVersion(ctx context.Context, tbl string, guild, id string, version int) error {
	if version == 0 {
		return nil
	}
	changed, err := t.Exec(ctx, "UPDATE "+tbl+" SET version = version + 1 WHERE guild_id = $1 AND id = $2"+
		" AND version = $3", guild, id, version)
	if err != nil || changed > 0 {
		return err
	}
	if err := t.requireRow(ctx, tbl, guild, id); err != nil {
		return err
	}
	return ErrConflict
}

func (t tx) recordFormAudit(
	ctx context.Context, guild string, actor contract.User, verb contract.Verb, schema forms.Schema, id, name string,
	before, after forms.Values,
) error {
	if before == nil {
		return t.recordAudit(ctx, guild, actor, verb, id, name, nil, after)
	}
	names := schema.ChangedFields(before, after)
	return t.recordAudit(ctx, guild, actor, verb, id, name, before.Subset(names), after.Subset(names))
}

// DeletePanel deletes a panel and its categories. Tickets of these categories have none afterwards.
func (s *Store) DeletePanel(ctx context.Context, actor contract.User, p TicketPanel) error {
	return s.deleteAudited(ctx, actor, contract.VerbPanelChange, ticketPanelsTable, p.GuildID, p.ID, p.Name, p.Values())
}

// DeleteCategory deletes a category. Its tickets have none afterwards.
func (s *Store) DeleteCategory(ctx context.Context, actor contract.User, c TicketCategory) error {
	return s.deleteAudited(ctx, actor, contract.VerbCategoryChange, ticketCategoriesTable, c.GuildID, c.ID, c.Name, c.Values())
}

// DeleteProduct deletes a product. Its tickets have none afterwards.
func (s *Store) DeleteProduct(ctx context.Context, actor contract.User, p TicketProduct) error {
	return s.deleteAudited(ctx, actor, contract.VerbProductChange, ticketProductsTable, p.GuildID, p.ID, p.Name, p.Values())
}

func (s *Store) deleteAudited(ctx context.Context, actor contract.User, verb contract.Verb, tbl string, guild, id,
	name string, before forms.Values) error {
	return s.withTx(ctx, "delete from "+tbl, func(ctx context.Context, t tx) error {
		deleted, err := t.Exec(ctx, "DELETE FROM "+tbl+" WHERE guild_id = $1 AND id = $2", guild, id)
		if err == nil && deleted == 0 {
			err = ErrNotFound
		}
		if err != nil {
			return err
		}
		return t.recordAudit(ctx, guild, actor, verb, id, name, before, nil)
	})
}

// MemberTicketActivity returns how many of the member's tickets are not closed, and when the member opened the newest
// ticket of any status; the zero time if there is none.
func (s *Store) MemberTicketActivity(ctx context.Context, guild, user string) (open int, newest time.Time, err error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	err = s.batch(ctx, openCountQuery(guild, user, &open), newestOpenedAtQuery(guild, user, &newest))
	return open, newest, s.wrapError("read ticket activity of member", err)
}

func openCountQuery(guild, user string, open *int) sqldb.Query {
	return sqldb.Query{
		SQL: `SELECT count(*) FROM members m CROSS JOIN tickets t
			WHERE m.guild_id = $1 AND m.discord_id = $2 AND t.member_id = m.id AND t.status <> 'CLOSED'`,
		Args: []any{guild, user},
		Row:  func(r sqldb.Row) error { return r.Scan(open) },
	}
}

func newestOpenedAtQuery(guild, user string, newest *time.Time) sqldb.Query {
	return sqldb.Query{
		SQL: `SELECT t.created_at FROM members m CROSS JOIN tickets t
			WHERE m.guild_id = $1 AND m.discord_id = $2 AND t.member_id = m.id ORDER BY t.created_at DESC LIMIT 1`,
		Args: []any{guild, user},
		Row:  func(r sqldb.Row) error { return r.Scan(newest) },
	}
}
