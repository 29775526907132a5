package store

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"guildboard/store/contract"
	"guildboard/store/internal/sqldb"
)

// auditChange is the data of an audit record of one of contract.DashboardVerbs.
type auditChange struct {
	Name   string `json:"name,omitempty"` // name of the target
	Before any    `json:"before"`
	After  any    `json:"after"`
}

// recordAudit writes an audit record of a change that the dashboard has made to target, which is called name. before
// and after are its values; before is nil if it was created, after is nil if it was deleted.
func (t tx) recordAudit(
	ctx context.Context, guild string, actor contract.User, verb contract.Verb, target, name string, before, after any,
) error {
	return t.recordAuditAs(ctx, NewID(), guild, actor, verb, target, name, before, after)
}

// recordAuditAs is recordAudit with a given id for the record.
func (t tx) recordAuditAs(
	ctx context.Context, id, guild string, actor contract.User, verb contract.Verb, target, name string, before, after any,
) error {
	data, err := json.Marshal(auditChange{name, before, after})
	if err != nil {
		return err
	}
	now := time.Now()
	_, err = t.Exec(ctx, sqldb.Insert("commands",
		"id, guild_id, user_id, user_name, type, target, data, status, issued_at, expires_at, answered_at"),
		id, guild, actor.ID, actor.Username, verb, target, strings.ReplaceAll(string(data), `\u0000`, ""),
		string(contract.CommandDone), now, now, now)
	return err
}
