package store

import (
	"context"
	"encoding/json"
	"strings"
	"time"
)

// What the dashboard does itself, without a bot. They stand in the audit log beside the verbs, and are done at once.
const (
	VerbStaffChange        Verb = "STAFF_CHANGE"    // who may do what
	VerbSettingsChange     Verb = "SETTINGS_CHANGE" // of a module
	VerbPanelChange        Verb = "PANEL_CHANGE"    // the message through which tickets are opened
	VerbCategoryChange     Verb = "CATEGORY_CHANGE" // a kind of ticket
	VerbProductChange      Verb = "PRODUCT_CHANGE"  // what a ticket can be about
	VerbCannedReplyChange  Verb = "CANNED_CHANGE"   // a reply to choose from
	VerbTemplateSave       Verb = "TEMPLATE_SAVE"
	VerbTemplateDelete     Verb = "TEMPLATE_DELETE"
	VerbNoteWrite          Verb = "NOTE_WRITE" // about a ticket
	VerbNoteRemove         Verb = "NOTE_REMOVE"
	VerbPriorityChange     Verb = "PRIORITY_CHANGE" // of a ticket
	VerbLabelChange        Verb = "LABEL_CHANGE"    // a label to choose from
	VerbTicketLabelsChange Verb = "LABELS_SET"      // on a ticket
)

// DashboardVerbs lists them.
var DashboardVerbs = append([]Verb{
	VerbStaffChange, VerbSettingsChange, VerbPanelChange, VerbCategoryChange, VerbProductChange, VerbCannedReplyChange, VerbTemplateSave, VerbTemplateDelete,
	VerbNoteWrite, VerbNoteRemove, VerbPriorityChange, VerbLabelChange, VerbTicketLabelsChange,
}, RatingVerbs...)

// auditChange is the data of such a line in the audit log.
type auditChange struct {
	Name   string `json:"name,omitempty"` // of what was changed
	Before any    `json:"before"`
	After  any    `json:"after"`
}

// recordAudit writes into the audit log what the dashboard has done itself: on which target, called name, and how it was before
// and after; nil before is new, nil after is gone.
func (t tx) recordAudit(ctx context.Context, guild string, actor User, verb Verb, target, name string, before, after any) error {
	return t.recordAuditAs(ctx, NewID(), guild, actor, verb, target, name, before, after)
}

// recordAuditAs is record for whoever wants to know the line again.
func (t tx) recordAuditAs(ctx context.Context, id, guild string, actor User, verb Verb, target, name string, before, after any) error {
	data, err := json.Marshal(auditChange{name, before, after})
	if err != nil {
		return err
	}
	now := time.Now()
	_, err = t.exec(ctx, insertSQL("commands",
		"id, guild_id, user_id, user_name, type, target, data, status, issued_at, expires_at, answered_at"),
		id, guild, actor.ID, actor.Username, verb, target, strings.ReplaceAll(string(data), `\u0000`, ""), string(CommandDone), now, now, now)
	return err
}

// RecordAudit writes into the audit log what the dashboard has done itself, where that is no change of the store's own.
func (s *Store) RecordAudit(ctx context.Context, guild string, actor User, verb Verb, target, name string, before, after any) error {
	return s.withTx(ctx, "writing the audit log", func(ctx context.Context, t tx) error {
		return t.recordAudit(ctx, guild, actor, verb, target, name, before, after)
	})
}
