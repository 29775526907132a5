-- +goose Up

-- A giveaway that is made again every so many days: the next time its clock does so. Both move on to the one it makes.
ALTER TABLE giveaways ADD COLUMN repeat_days integer NOT NULL DEFAULT 0;
ALTER TABLE giveaways ADD COLUMN repeat_at timestamp;
CREATE INDEX giveaways_repeating ON giveaways (repeat_at) WHERE repeat_at IS NOT NULL;
