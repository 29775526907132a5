-- +goose Up

-- The same as on SQLite, which needs the priority to prefer this index to tickets_priority.
DROP INDEX tickets_urgent;
CREATE INDEX tickets_urgent ON tickets (guild_id, priority, status) WHERE priority = 'URGENT' AND status <> 'CLOSED';
