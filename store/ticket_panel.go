package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"guildboard/store/internal/sqldb"
)

// TicketPanel is a message in Discord with which members open tickets.
type TicketPanel struct {
	ID                string
	GuildID           string
	Name              string // unique in the guild
	Title             string
	Description       string
	Color             string // #rrggbb
	ImageURL          *string
	Thumbnail         *string
	Footer            *string
	ChannelID         *string
	MessageID         *string // nil until the bot has posted it
	MessageChannelID  *string // channel of that message; ChannelID may have changed since
	ComponentType     string  // BUTTONS, SELECT
	ButtonStyle       string  // PRIMARY, SECONDARY, SUCCESS, DANGER
	SelectPlaceholder string
	SortOrder         int
	Enabled           bool
	Version           int // number of saves on the dashboard
}

// SaveTicketPanel inserts the panel or, if the guild has its ID, replaces it. Empty texts get default values. It
// returns ErrConflict when another panel of the guild has the name.
func (s *Store) SaveTicketPanel(ctx context.Context, p TicketPanel) (TicketPanel, error) {
	p.ID = cmp.Or(p.ID, NewID())
	p.Title = cmp.Or(p.Title, "🎫 Support Tickets")
	p.Description = cmp.Or(p.Description, "Click a button below to open a ticket")
	p.Color = cmp.Or(p.Color, "#5865F2")
	p.ComponentType = cmp.Or(p.ComponentType, "BUTTONS")
	p.ButtonStyle = cmp.Or(p.ButtonStyle, "PRIMARY")
	p.SelectPlaceholder = cmp.Or(p.SelectPlaceholder, "Select a category...")
	err := s.withTx(ctx, "save ticket panel", func(ctx context.Context, t tx) error { return t.savePanel(ctx, p) })
	return p, err
}

func (t tx) savePanel(ctx context.Context, p TicketPanel) error {
	changed, err := t.Exec(ctx, sqldb.Insert(ticketPanelsTable, `id, guild_id, name, title, description, color,
		image_url, thumbnail, footer, channel_id, message_id, component_type, button_style, select_placeholder,
		sort_order, enabled, created_at, updated_at`)+`
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, title = excluded.title, description = excluded.description,
			color = excluded.color, image_url = excluded.image_url, thumbnail = excluded.thumbnail, footer = excluded.footer,
			channel_id = excluded.channel_id, component_type = excluded.component_type,
			button_style = excluded.button_style, select_placeholder = excluded.select_placeholder,
			sort_order = excluded.sort_order, enabled = excluded.enabled, updated_at = excluded.updated_at
		WHERE ticket_panels.guild_id = excluded.guild_id`,
		p.ID, p.GuildID, p.Name, p.Title, p.Description, p.Color,
		p.ImageURL, p.Thumbnail, p.Footer, p.ChannelID, p.MessageID, p.ComponentType, p.ButtonStyle, p.SelectPlaceholder,
		p.SortOrder, p.Enabled, time.Now(), time.Now())
	if err == nil && changed == 0 {
		err = ErrNotFound
	}
	return err
}

// SaveTicketCategory inserts the category or, if the guild has its ID, replaces it. It returns ErrNotFound when the
// guild lacks the panel and ErrConflict when another category of the panel has the name.
func (s *Store) SaveTicketCategory(ctx context.Context, c TicketCategory) (TicketCategory, error) {
	c.ID = cmp.Or(c.ID, NewID())
	err := s.withTx(ctx, "save ticket category", func(ctx context.Context, t tx) error { return t.saveCategory(ctx, c) })
	return c, err
}

func (t tx) saveCategory(ctx context.Context, c TicketCategory) error {
	var questions *string
	if len(c.FormQuestions) > 0 {
		text := string(c.FormQuestions)
		questions = &text
	}
	now := time.Now()
	if err := t.requireRow(ctx, ticketPanelsTable, c.GuildID, c.PanelID); err != nil {
		return err
	}
	changed, err := t.Exec(ctx, sqldb.Insert(ticketCategoriesTable, `id, panel_id, guild_id, name, emoji, description,
		ping_role_ids, ping_user_ids, category_channel_id, naming_pattern, form_enabled, form_questions,
		claim_enabled, auto_claim_role, sort_order, enabled, created_at, updated_at`)+`
		ON CONFLICT (id) DO UPDATE SET panel_id = excluded.panel_id, name = excluded.name, emoji = excluded.emoji,
			description = excluded.description, ping_role_ids = excluded.ping_role_ids,
			ping_user_ids = excluded.ping_user_ids, category_channel_id = excluded.category_channel_id,
			naming_pattern = excluded.naming_pattern, form_enabled = excluded.form_enabled,
			form_questions = excluded.form_questions, claim_enabled = excluded.claim_enabled,
			auto_claim_role = excluded.auto_claim_role, sort_order = excluded.sort_order, enabled = excluded.enabled,
			updated_at = excluded.updated_at
		WHERE ticket_categories.guild_id = excluded.guild_id`,
		c.ID, c.PanelID, c.GuildID, c.Name, c.Emoji, c.Description,
		c.PingRoleIDs, c.PingUserIDs, c.CategoryChannelID, c.NamingPattern, c.FormEnabled, questions,
		c.ClaimEnabled, c.AutoClaimRole, c.SortOrder, c.Enabled, now, now)
	if err == nil && changed == 0 {
		err = ErrNotFound
	}
	return err
}

// Panel returns the panel with that id.
func (s TicketSetup) Panel(id string) (TicketPanel, bool) {
	i := slices.IndexFunc(s.Panels, func(p TicketPanel) bool { return p.ID == id })
	if i < 0 {
		return TicketPanel{}, false
	}
	return s.Panels[i], true
}

// EnabledCategories returns the panel's enabled categories.
func (s TicketSetup) EnabledCategories(panel string) []TicketCategory {
	return slices.DeleteFunc(s.CategoriesOf(panel), func(c TicketCategory) bool { return !c.Enabled })
}
