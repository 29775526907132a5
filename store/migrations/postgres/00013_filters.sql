-- +goose Up

-- What tickets are filtered by together is looked up in the index itself, and not in thousands of rows.
DROP INDEX tickets_claimer;
DROP INDEX tickets_kind;
CREATE INDEX tickets_claimer ON tickets (guild_id, claimed_by, created_at, id, category_id, status);
CREATE INDEX tickets_kind ON tickets (guild_id, category_id, created_at, id, claimed_by, status);
