-- +goose Up

-- What ends soon, of many guilds at once: most giveaways have ended long ago.
CREATE INDEX giveaways_running ON giveaways (guild_id, ends_at, id) WHERE status = 'ACTIVE';
