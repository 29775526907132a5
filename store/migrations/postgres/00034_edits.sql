-- +goose Up

-- The number of edits of a message, so that a page can show it without reading the earlier texts. Each revision has one
-- "until"; a text can't contain it, because its quotes have backslashes.
ALTER TABLE ticket_messages ADD COLUMN edits integer NOT NULL
    GENERATED ALWAYS AS ((length(revisions) - length(replace(revisions, '"until"', ''))) / 7) STORED;
