-- +goose Up

-- How often a message was edited, so that a page can say so without reading what it said before. Each revision has one
-- "until"; within a text of it the quotes have backslashes.
ALTER TABLE ticket_messages ADD COLUMN edits integer NOT NULL
    GENERATED ALWAYS AS ((length(revisions) - length(replace(revisions, '"until"', ''))) / 7) STORED;
