-- +goose Up

-- The giveaways of a guild that are made again, which are few.
CREATE INDEX giveaways_repeats ON giveaways (guild_id, status, created_at, id) WHERE repeat_days > 0;
