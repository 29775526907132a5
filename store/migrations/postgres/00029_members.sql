-- +goose Up

-- When a member left the guild; null while they are in it, as far as the bot knows.
ALTER TABLE members ADD COLUMN left_at timestamp(3);
