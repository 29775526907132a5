-- +goose Up

-- With the priority, SQLite prefers this index to tickets_priority, which has the closed tickets, too.
DROP INDEX tickets_urgent;
CREATE INDEX tickets_urgent ON tickets (guild_id, priority, status) WHERE priority = 'URGENT' AND status <> 'CLOSED';
