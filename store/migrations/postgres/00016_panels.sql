-- +goose Up

-- The channel in which the panel's message stands, which need not be the one that it is to stand in by now.
ALTER TABLE ticket_panels ADD COLUMN posted_in text;
