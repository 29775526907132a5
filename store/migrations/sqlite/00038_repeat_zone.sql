-- +goose Up

-- Repeats keep their local time in the zone in which they were set. Each is counted from repeat_from, so that a day on
-- which clocks skip that time, or show it twice, moves only one repeat. Older repeats keep their time of day in UTC.
ALTER TABLE giveaways ADD COLUMN repeat_zone text NOT NULL DEFAULT 'UTC';
ALTER TABLE giveaways ADD COLUMN repeat_from timestamp;
