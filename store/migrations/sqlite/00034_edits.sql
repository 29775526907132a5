-- +goose Up

-- The number of edits of a message, so that a page can show it without reading the earlier texts. Each revision has one
-- "until"; a text can't contain it, because its quotes have backslashes.
ALTER TABLE ticket_messages ADD COLUMN edits integer NOT NULL DEFAULT 0;
UPDATE ticket_messages SET edits = (length(revisions) - length(replace(revisions, '"until"', ''))) / 7 WHERE revisions <> '[]';
-- +goose StatementBegin
CREATE TRIGGER ticket_messages_kept_edited AFTER INSERT ON ticket_messages WHEN NEW.revisions <> '[]' BEGIN
    UPDATE ticket_messages SET edits = (length(NEW.revisions) - length(replace(NEW.revisions, '"until"', ''))) / 7 WHERE id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ticket_messages_edited AFTER UPDATE OF revisions ON ticket_messages WHEN NEW.revisions <> OLD.revisions BEGIN
    UPDATE ticket_messages SET edits = (length(NEW.revisions) - length(replace(NEW.revisions, '"until"', ''))) / 7 WHERE id = NEW.id;
END;
-- +goose StatementEnd
