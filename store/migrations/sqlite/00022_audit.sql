-- +goose Up

-- The audit log is filtered by what was asked for and by what came of it.
CREATE INDEX commands_outcome ON commands (guild_id, status, issued_at, id);
CREATE INDEX commands_what ON commands (guild_id, type, issued_at, id);
