package store

import (
	"context"
	"encoding/json"
	"strings"
	"time"
)

// What the dashboard does itself, without a bot. They stand in the audit log beside the verbs, and are done at once.
const (
	VerbStaffChange    Verb = "STAFF_CHANGE"    // who may do what
	VerbSettingsChange Verb = "SETTINGS_CHANGE" // of a module
	VerbPanelChange    Verb = "PANEL_CHANGE"    // the message through which tickets are opened
	VerbCategoryChange Verb = "CATEGORY_CHANGE" // a kind of ticket
	VerbProductChange  Verb = "PRODUCT_CHANGE"  // what a ticket can be about
	VerbCannedChange   Verb = "CANNED_CHANGE"   // a reply to choose from
	VerbTemplateSave   Verb = "TEMPLATE_SAVE"
	VerbTemplateDelete Verb = "TEMPLATE_DELETE"
	VerbNoteWrite      Verb = "NOTE_WRITE" // about a ticket
	VerbNoteRemove     Verb = "NOTE_REMOVE"
	VerbPriorityChange Verb = "PRIORITY_CHANGE" // of a ticket
	VerbLabelChange    Verb = "LABEL_CHANGE"    // a label to choose from
	VerbLabelsSet      Verb = "LABELS_SET"      // on a ticket
)

// Changes lists them.
var Changes = append([]Verb{
	VerbStaffChange, VerbSettingsChange, VerbPanelChange, VerbCategoryChange, VerbProductChange, VerbCannedChange, VerbTemplateSave, VerbTemplateDelete,
	VerbNoteWrite, VerbNoteRemove, VerbPriorityChange, VerbLabelChange, VerbLabelsSet,
}, RatingVerbs...)

// change is the data of such a line in the audit log.
type change struct {
	Name   string `json:"name,omitempty"` // of what was changed
	Before any    `json:"before"`
	After  any    `json:"after"`
}

// record writes into the audit log what the dashboard has done itself: on which target, called name, and how it was before
// and after; nil before is new, nil after is gone.
func (t tx) record(ctx context.Context, guild string, by Person, what Verb, target, name string, before, after any) error {
	return t.recordAs(ctx, NewID(), guild, by, what, target, name, before, after)
}

// recordAs is record for whoever wants to know the line again.
func (t tx) recordAs(ctx context.Context, id, guild string, by Person, what Verb, target, name string, before, after any) error {
	data, err := json.Marshal(change{name, before, after})
	if err != nil {
		return err
	}
	now := time.Now()
	_, err = t.exec(ctx, insert("commands",
		"id, guild_id, user_id, user_name, type, target, data, status, issued_at, expires_at, answered_at"),
		id, guild, by.ID, by.Username, what, target, strings.ReplaceAll(string(data), `\u0000`, ""), string(CommandDone), now, now, now)
	return err
}

// Record writes into the audit log what the dashboard has done itself, where that is no change of the store's own.
func (s *Store) Record(ctx context.Context, guild string, by Person, what Verb, target, name string, before, after any) error {
	return s.change(ctx, "writing the audit log", func(ctx context.Context, t tx) error {
		return t.record(ctx, guild, by, what, target, name, before, after)
	})
}
