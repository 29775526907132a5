-- +goose Up

-- fold_text returns the form of a text that searches and comparisons of names use. It is store.Fold, which the store
-- registers. Existing texts are in small letters already, so most do not change.
DROP VIEW ticket_words;
CREATE VIEW ticket_words AS
SELECT t.id AS ticket_id, t.guild_id, t.member_id,
    fold_text(coalesce(t.subject, '') || ' ' || coalesce(m.username, '') || coalesce(' ' || substr(t.issue_details, 1, 4000), '') ||
        CASE WHEN json_valid(t.form_responses) THEN
            coalesce(' ' || (SELECT substr(group_concat(a.value, ' '), 1, 8000) FROM json_each(t.form_responses) a), '')
                ELSE '' END) AS body
FROM tickets t JOIN members m ON m.id = t.member_id;
DROP TRIGGER ticket_messages_said;
-- +goose StatementBegin
CREATE TRIGGER ticket_messages_said AFTER INSERT ON ticket_messages
WHEN NEW.content <> '' AND NOT NEW.is_bot AND NEW.deleted_at IS NULL BEGIN
    INSERT INTO ticket_text (rowid, ticket_id, guild_id, message_id, body)
    SELECT l.last + 1, NEW.ticket_id, NEW.guild_id, NEW.id, fold_text(NEW.content)
    FROM (SELECT x.rowid AS last FROM ticket_text x WHERE x.rowid <
        (SELECT o.rowid + (1 << 16) FROM ticket_text o WHERE o.ticket_id = NEW.ticket_id AND o.message_id = '')
        ORDER BY x.rowid DESC LIMIT 1) l
    WHERE l.last + 1 & (1 << 16) - 1 <> 0; -- messages beyond that room are not searched
END;
-- +goose StatementEnd
DROP TRIGGER ticket_messages_reworded;
-- +goose StatementBegin
CREATE TRIGGER ticket_messages_reworded AFTER UPDATE OF content, deleted_at ON ticket_messages BEGIN
    DELETE FROM ticket_text WHERE ticket_id = OLD.ticket_id AND message_id = OLD.id;
    INSERT INTO ticket_text (rowid, ticket_id, guild_id, message_id, body)
    SELECT l.last + 1, NEW.ticket_id, NEW.guild_id, NEW.id, fold_text(NEW.content)
    FROM (SELECT x.rowid AS last FROM ticket_text x WHERE x.rowid <
        (SELECT o.rowid + (1 << 16) FROM ticket_text o WHERE o.ticket_id = NEW.ticket_id AND o.message_id = '')
        ORDER BY x.rowid DESC LIMIT 1) l
    WHERE l.last + 1 & (1 << 16) - 1 <> 0 AND NEW.content <> '' AND NOT NEW.is_bot AND NEW.deleted_at IS NULL;
END;
-- +goose StatementEnd
UPDATE ticket_text SET body = fold_text(body) WHERE body <> fold_text(body);

-- A stored generated column cannot be added to a table, and a virtual one would be folded again for every row that is
-- read. Cut the text before folding, to bound its cost, and afterwards.
DROP INDEX giveaways_search;
ALTER TABLE giveaways DROP COLUMN search;
ALTER TABLE giveaways ADD COLUMN search text NOT NULL DEFAULT ''; -- kept by triggers
UPDATE giveaways SET search = substr(fold_text(substr(prize, 1, 256)), 1, 256);
CREATE INDEX giveaways_search ON giveaways (guild_id, created_at, id, search);
-- +goose StatementBegin
CREATE TRIGGER giveaways_named AFTER INSERT ON giveaways BEGIN
    UPDATE giveaways SET search = substr(fold_text(substr(NEW.prize, 1, 256)), 1, 256) WHERE id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER giveaways_renamed AFTER UPDATE OF prize ON giveaways WHEN NEW.prize <> OLD.prize BEGIN
    UPDATE giveaways SET search = substr(fold_text(substr(NEW.prize, 1, 256)), 1, 256) WHERE id = NEW.id;
END;
-- +goose StatementEnd
DROP INDEX members_search;
ALTER TABLE members DROP COLUMN search;
ALTER TABLE members ADD COLUMN search text GENERATED ALWAYS AS (substr(fold_text(substr(coalesce(username, ''), 1, 256)), 1, 256)) VIRTUAL;
CREATE INDEX members_search ON members (guild_id, search, id);

-- If names of a guild are the same once folded, all but the first get a number, or their id if that name is taken.
UPDATE ticket_labels SET name = d.name FROM (
    SELECT id, guild_id, name || ' (' ||
        row_number() OVER (PARTITION BY guild_id, substr(fold_text(substr(name, 1, 256)), 1, 256) ORDER BY id) || ')' AS name,
        row_number() OVER (PARTITION BY guild_id, substr(fold_text(substr(name, 1, 256)), 1, 256) ORDER BY id) AS n FROM ticket_labels
) d WHERE ticket_labels.id = d.id AND d.n > 1 AND NOT EXISTS (
    SELECT 1 FROM ticket_labels o WHERE o.guild_id = d.guild_id
        AND substr(fold_text(substr(o.name, 1, 256)), 1, 256) = substr(fold_text(substr(d.name, 1, 256)), 1, 256));
UPDATE ticket_labels SET name = ticket_labels.id || ' ' || ticket_labels.name FROM (
    SELECT id, row_number() OVER (PARTITION BY guild_id, substr(fold_text(substr(name, 1, 256)), 1, 256) ORDER BY id) AS n
        FROM ticket_labels
) d WHERE ticket_labels.id = d.id AND d.n > 1;
CREATE UNIQUE INDEX ticket_labels_name ON ticket_labels (guild_id, substr(fold_text(substr(name, 1, 256)), 1, 256));
UPDATE ticket_replies SET name = d.name FROM (
    SELECT id, guild_id, name || ' (' ||
        row_number() OVER (PARTITION BY guild_id, substr(fold_text(substr(name, 1, 256)), 1, 256) ORDER BY id) || ')' AS name,
        row_number() OVER (PARTITION BY guild_id, substr(fold_text(substr(name, 1, 256)), 1, 256) ORDER BY id) AS n FROM ticket_replies
) d WHERE ticket_replies.id = d.id AND d.n > 1 AND NOT EXISTS (
    SELECT 1 FROM ticket_replies o WHERE o.guild_id = d.guild_id
        AND substr(fold_text(substr(o.name, 1, 256)), 1, 256) = substr(fold_text(substr(d.name, 1, 256)), 1, 256));
UPDATE ticket_replies SET name = ticket_replies.id || ' ' || ticket_replies.name FROM (
    SELECT id, row_number() OVER (PARTITION BY guild_id, substr(fold_text(substr(name, 1, 256)), 1, 256) ORDER BY id) AS n
        FROM ticket_replies
) d WHERE ticket_replies.id = d.id AND d.n > 1;
CREATE UNIQUE INDEX ticket_replies_name ON ticket_replies (guild_id, substr(fold_text(substr(name, 1, 256)), 1, 256));
UPDATE giveaway_templates SET name = d.name FROM (
    SELECT id, guild_id, name || ' (' ||
        row_number() OVER (PARTITION BY guild_id, substr(fold_text(substr(name, 1, 256)), 1, 256) ORDER BY id) || ')' AS name,
        row_number() OVER (PARTITION BY guild_id, substr(fold_text(substr(name, 1, 256)), 1, 256) ORDER BY id) AS n FROM giveaway_templates
) d WHERE giveaway_templates.id = d.id AND d.n > 1 AND NOT EXISTS (
    SELECT 1 FROM giveaway_templates o WHERE o.guild_id = d.guild_id
        AND substr(fold_text(substr(o.name, 1, 256)), 1, 256) = substr(fold_text(substr(d.name, 1, 256)), 1, 256));
UPDATE giveaway_templates SET name = giveaway_templates.id || ' ' || giveaway_templates.name FROM (
    SELECT id, row_number() OVER (PARTITION BY guild_id, substr(fold_text(substr(name, 1, 256)), 1, 256) ORDER BY id) AS n
        FROM giveaway_templates
) d WHERE giveaway_templates.id = d.id AND d.n > 1;
CREATE UNIQUE INDEX giveaway_templates_name ON giveaway_templates (guild_id, substr(fold_text(substr(name, 1, 256)), 1, 256));
