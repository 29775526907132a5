-- +goose Up

-- The place of each guild in ticket_text. A trigger writes it.
CREATE TABLE guild_places (
    place    integer PRIMARY KEY,
    guild_id text NOT NULL UNIQUE REFERENCES guilds (id) ON DELETE CASCADE
);

-- The folded texts that a search in tickets reads: for each ticket one row with its subject, opener and form answers,
-- and one for each message. A ticket's row has the rowid place * 2^46 + number * 2^16, and its messages have the next
-- ones, so that a search reads the texts of one guild in the order of ticket numbers. Only triggers write it.
CREATE TABLE ticket_text (
    rowid      integer PRIMARY KEY,
    ticket_id  text NOT NULL,
    guild_id   text NOT NULL,
    message_id text NOT NULL DEFAULT '', -- '' for the row of the ticket itself
    body       text NOT NULL,
    UNIQUE (ticket_id, message_id)
);
CREATE INDEX ticket_text_guild ON ticket_text (guild_id, rowid);
CREATE INDEX ticket_text_newest ON ticket_text (guild_id, rowid, body) WHERE message_id = '';

-- The trigrams of ticket_text. The texts stay outside, because columns of a full-text table cannot be indexed.
CREATE VIRTUAL TABLE ticket_fts USING fts5 (
    ticket_id UNINDEXED, guild_id UNINDEXED, body, content = 'ticket_text', content_rowid = 'rowid', tokenize = 'trigram'
);
-- +goose StatementBegin
CREATE TRIGGER ticket_text_added AFTER INSERT ON ticket_text BEGIN
    INSERT INTO ticket_fts (rowid, ticket_id, guild_id, body) VALUES (NEW.rowid, NEW.ticket_id, NEW.guild_id, NEW.body);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ticket_text_removed AFTER DELETE ON ticket_text BEGIN
    INSERT INTO ticket_fts (ticket_fts, rowid, ticket_id, guild_id, body)
    VALUES ('delete', OLD.rowid, OLD.ticket_id, OLD.guild_id, OLD.body);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ticket_text_changed AFTER UPDATE ON ticket_text BEGIN
    INSERT INTO ticket_fts (ticket_fts, rowid, ticket_id, guild_id, body)
    VALUES ('delete', OLD.rowid, OLD.ticket_id, OLD.guild_id, OLD.body);
    INSERT INTO ticket_fts (rowid, ticket_id, guild_id, body) VALUES (NEW.rowid, NEW.ticket_id, NEW.guild_id, NEW.body);
END;
-- +goose StatementEnd

-- The folded text of each ticket without its messages. Details and form answers are cut.
CREATE VIEW ticket_words AS
SELECT t.id AS ticket_id, t.guild_id, t.member_id,
    fold_text(coalesce(t.subject, '') || ' ' || coalesce(m.username, '') || coalesce(' ' || substr(t.issue_details, 1, 4000), '') ||
        CASE WHEN json_valid(t.form_responses) THEN
            coalesce(' ' || (SELECT substr(group_concat(a.value, ' '), 1, 8000) FROM json_each(t.form_responses) a), '')
                ELSE '' END) AS body
FROM tickets t JOIN members m ON m.id = t.member_id;

-- A new ticket is counted, gets its text, and waits for a response. A deleted one is removed from counts and texts.
-- +goose StatementBegin
CREATE TRIGGER tickets_added AFTER INSERT ON tickets BEGIN
    INSERT INTO guild_tiles (guild_id, kind, status, n, entries) VALUES (NEW.guild_id, 'ticket', NEW.status, 1, 0)
    ON CONFLICT (guild_id, kind, status) DO UPDATE SET n = n + 1;
    INSERT INTO guild_places (guild_id) VALUES (NEW.guild_id) ON CONFLICT (guild_id) DO NOTHING;
    INSERT INTO ticket_text (rowid, ticket_id, guild_id, body)
    SELECT (p.place << 46) + (NEW.number << 16), w.ticket_id, w.guild_id, w.body
    FROM ticket_words w JOIN guild_places p ON p.guild_id = w.guild_id WHERE w.ticket_id = NEW.id;
    UPDATE tickets SET waiting_since = NEW.created_at WHERE id = NEW.id AND NEW.status = 'OPEN';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tickets_removed AFTER DELETE ON tickets BEGIN
    UPDATE guild_tiles SET n = n - 1 WHERE guild_id = OLD.guild_id AND kind = 'ticket' AND status = OLD.status;
    DELETE FROM ticket_text WHERE ticket_id = OLD.id;
END;
-- +goose StatementEnd

-- Keep the text of a ticket when it or its opener's name changes.
-- +goose StatementBegin
CREATE TRIGGER tickets_text_updated AFTER UPDATE OF subject, member_id, issue_details, form_responses ON tickets BEGIN
    UPDATE ticket_text SET body = (SELECT w.body FROM ticket_words w WHERE w.ticket_id = NEW.id)
    WHERE ticket_id = NEW.id AND message_id = '';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER members_renamed AFTER UPDATE OF username ON members WHEN OLD.username IS NOT NEW.username BEGIN
    UPDATE ticket_text SET body = (SELECT w.body FROM ticket_words w WHERE w.ticket_id = ticket_text.ticket_id)
    WHERE message_id = '' AND ticket_id IN (SELECT t.id FROM tickets t WHERE t.member_id = NEW.id);
END;
-- +goose StatementEnd

-- Keep the texts of messages, except those of bots and deleted ones. A ticket has room for 2^16 - 1 messages;
-- further ones are not searched.
-- +goose StatementBegin
CREATE TRIGGER ticket_messages_text_added AFTER INSERT ON ticket_messages
WHEN NEW.content <> '' AND NOT NEW.is_bot AND NEW.deleted_at IS NULL BEGIN
    INSERT INTO ticket_text (rowid, ticket_id, guild_id, message_id, body)
    SELECT l.last + 1, NEW.ticket_id, NEW.guild_id, NEW.id, fold_text(NEW.content)
    FROM (SELECT x.rowid AS last FROM ticket_text x WHERE x.rowid <
        (SELECT o.rowid + (1 << 16) FROM ticket_text o WHERE o.ticket_id = NEW.ticket_id AND o.message_id = '')
        ORDER BY x.rowid DESC LIMIT 1) l
    WHERE l.last + 1 & (1 << 16) - 1 <> 0;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ticket_messages_text_updated AFTER UPDATE OF content, deleted_at ON ticket_messages BEGIN
    DELETE FROM ticket_text WHERE ticket_id = OLD.ticket_id AND message_id = OLD.id;
    INSERT INTO ticket_text (rowid, ticket_id, guild_id, message_id, body)
    SELECT l.last + 1, NEW.ticket_id, NEW.guild_id, NEW.id, fold_text(NEW.content)
    FROM (SELECT x.rowid AS last FROM ticket_text x WHERE x.rowid <
        (SELECT o.rowid + (1 << 16) FROM ticket_text o WHERE o.ticket_id = NEW.ticket_id AND o.message_id = '')
        ORDER BY x.rowid DESC LIMIT 1) l
    WHERE l.last + 1 & (1 << 16) - 1 <> 0 AND NEW.content <> '' AND NOT NEW.is_bot AND NEW.deleted_at IS NULL;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ticket_messages_text_removed AFTER DELETE ON ticket_messages BEGIN
    DELETE FROM ticket_text WHERE ticket_id = OLD.ticket_id AND message_id = OLD.id;
END;
-- +goose StatementEnd
