-- +goose Up

-- How urgent a ticket is to the team. It is the dashboard's own: the bot neither reads nor writes it.
ALTER TABLE tickets ADD COLUMN priority text NOT NULL DEFAULT 'NORMAL' CHECK (priority IN ('LOW', 'NORMAL', 'HIGH', 'URGENT'));
CREATE INDEX tickets_priority ON tickets (guild_id, priority, created_at, id);
