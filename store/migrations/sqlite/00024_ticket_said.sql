-- +goose Up

-- The search box looks in what people have said in a ticket, too. A ticket's texts are its own words, and one for each
-- message. Those of a guild stand together, in the order of the tickets' numbers, or a search would walk along other guilds'
-- texts: a ticket's own words at place * 2^46 + number * 2^16, and its messages on the rows behind.
CREATE TABLE guild_places (
    place    integer PRIMARY KEY,
    guild_id text NOT NULL UNIQUE REFERENCES guilds (id) ON DELETE CASCADE
);
INSERT INTO guild_places (guild_id) SELECT DISTINCT guild_id FROM tickets;
DROP TRIGGER tickets_added;
DROP TRIGGER tickets_removed;
DROP TRIGGER tickets_reworded;
DROP TRIGGER members_renamed;
DROP TABLE ticket_fts;
CREATE TABLE ticket_texts (
    rowid      integer PRIMARY KEY,
    ticket_id  text NOT NULL,
    guild_id   text NOT NULL,
    message_id text NOT NULL DEFAULT '', -- '' for the ticket's own words
    body       text NOT NULL,
    UNIQUE (ticket_id, message_id)
);
INSERT INTO ticket_texts (rowid, ticket_id, guild_id, body)
SELECT (p.place << 46) + (t.number << 16), x.ticket_id, x.guild_id, x.body
FROM ticket_text x JOIN tickets t ON t.id = x.ticket_id JOIN guild_places p ON p.guild_id = t.guild_id ORDER BY 1;
INSERT INTO ticket_texts (rowid, ticket_id, guild_id, message_id, body)
SELECT x.rowid + m.n, m.ticket_id, m.guild_id, m.id, lower(m.content)
FROM (SELECT id, guild_id, ticket_id, content, row_number() OVER (PARTITION BY ticket_id ORDER BY created_at, id) AS n
    FROM ticket_messages WHERE content <> '' AND NOT is_bot AND deleted_at IS NULL) m
JOIN ticket_texts x ON x.ticket_id = m.ticket_id AND x.message_id = '' WHERE m.n < 1 << 16 ORDER BY x.rowid, m.n;
DROP TABLE ticket_text;
ALTER TABLE ticket_texts RENAME TO ticket_text;
CREATE INDEX ticket_text_guild ON ticket_text (guild_id, rowid);
CREATE INDEX ticket_text_newest ON ticket_text (guild_id, rowid, body) WHERE message_id = '';

-- Its trigrams. The text itself stays outside, because columns of a full text table cannot be looked up.
CREATE VIRTUAL TABLE ticket_fts USING fts5 (
    ticket_id UNINDEXED, guild_id UNINDEXED, body, content = 'ticket_text', content_rowid = 'rowid', tokenize = 'trigram'
);
INSERT INTO ticket_fts (ticket_fts) VALUES ('rebuild');
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
-- +goose StatementBegin
CREATE TRIGGER tickets_reworded AFTER UPDATE OF subject, member_id, issue_details, form_responses ON tickets BEGIN
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

-- A message that was deleted in Discord is found no more; its ticket's page still shows it.
-- +goose StatementBegin
CREATE TRIGGER ticket_messages_said AFTER INSERT ON ticket_messages WHEN NEW.content <> '' AND NOT NEW.is_bot AND NEW.deleted_at IS NULL BEGIN
    INSERT INTO ticket_text (rowid, ticket_id, guild_id, message_id, body)
    SELECT l.last + 1, NEW.ticket_id, NEW.guild_id, NEW.id, lower(NEW.content)
    FROM (SELECT x.rowid AS last FROM ticket_text x WHERE x.rowid <
        (SELECT o.rowid + (1 << 16) FROM ticket_text o WHERE o.ticket_id = NEW.ticket_id AND o.message_id = '')
        ORDER BY x.rowid DESC LIMIT 1) l
    WHERE l.last + 1 & (1 << 16) - 1 <> 0; -- more messages than have room are not looked in
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ticket_messages_reworded AFTER UPDATE OF content, deleted_at ON ticket_messages BEGIN
    DELETE FROM ticket_text WHERE ticket_id = OLD.ticket_id AND message_id = OLD.id;
    INSERT INTO ticket_text (rowid, ticket_id, guild_id, message_id, body)
    SELECT l.last + 1, NEW.ticket_id, NEW.guild_id, NEW.id, lower(NEW.content)
    FROM (SELECT x.rowid AS last FROM ticket_text x WHERE x.rowid <
        (SELECT o.rowid + (1 << 16) FROM ticket_text o WHERE o.ticket_id = NEW.ticket_id AND o.message_id = '')
        ORDER BY x.rowid DESC LIMIT 1) l
    WHERE l.last + 1 & (1 << 16) - 1 <> 0 AND NEW.content <> '' AND NOT NEW.is_bot AND NEW.deleted_at IS NULL;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ticket_messages_unsaid AFTER DELETE ON ticket_messages BEGIN
    DELETE FROM ticket_text WHERE ticket_id = OLD.ticket_id AND message_id = OLD.id;
END;
-- +goose StatementEnd
