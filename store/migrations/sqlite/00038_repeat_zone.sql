-- +goose Up

-- Repeats keep the local time of the zone in which they were set. Each is counted from repeat_from, so that a day on which clocks
-- leave out that time, or show it twice, moves one repeat only. Those that are older keep the time of day in UTC.
ALTER TABLE giveaways ADD COLUMN repeat_zone text NOT NULL DEFAULT 'UTC';
ALTER TABLE giveaways ADD COLUMN repeat_from timestamp;
