-- +goose Up

-- The search box looks in what people have said in a ticket, too. A ticket's texts are its own words, and one for each
-- message; all of them have its place in the order in which tickets came here, which is their rowid.
ALTER TABLE ticket_text ADD COLUMN message_id text NOT NULL DEFAULT ''; -- '' for the ticket's own words
ALTER TABLE ticket_text DROP CONSTRAINT ticket_text_pkey;
ALTER TABLE ticket_text ADD PRIMARY KEY (ticket_id, message_id);
INSERT INTO ticket_text (rowid, ticket_id, guild_id, message_id, body)
SELECT x.rowid, m.ticket_id, m.guild_id, m.id, lower(m.content)
FROM ticket_messages m JOIN ticket_text x ON x.ticket_id = m.ticket_id AND x.message_id = ''
WHERE m.content <> '' AND NOT m.is_bot AND m.deleted_at IS NULL;
DROP INDEX ticket_text_newest;
CREATE INDEX ticket_text_guild ON ticket_text (guild_id, rowid);
CREATE INDEX ticket_text_newest ON ticket_text (guild_id, rowid) WHERE message_id = '';
-- A search stops as soon as its page is full: before that, no other process would have begun to help.
ALTER TABLE ticket_text SET (parallel_workers = 0);

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION tickets_text() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    opener text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM ticket_text WHERE ticket_id = OLD.id;
        RETURN NULL;
    END IF;
    SELECT username INTO opener FROM members WHERE id = NEW.member_id FOR SHARE;
    INSERT INTO ticket_text (ticket_id, guild_id, body)
    VALUES (NEW.id, NEW.guild_id, ticket_body(NEW.subject, opener, NEW.issue_details, NEW.form_responses))
    ON CONFLICT (ticket_id, message_id) DO UPDATE SET body = excluded.body;
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION members_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ticket_text x SET body = ticket_body(t.subject, NEW.username, t.issue_details, t.form_responses)
    FROM tickets t WHERE t.member_id = NEW.id AND x.ticket_id = t.id AND x.message_id = '';
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- A message that was deleted in Discord is found no more; its ticket's page still shows it.
-- +goose StatementBegin
CREATE FUNCTION ticket_messages_said() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'DELETE' AND NEW.content <> '' AND NOT NEW.is_bot AND NEW.deleted_at IS NULL THEN
        INSERT INTO ticket_text (rowid, ticket_id, guild_id, message_id, body)
        SELECT x.rowid, NEW.ticket_id, NEW.guild_id, NEW.id, lower(NEW.content) FROM ticket_text x
        WHERE x.ticket_id = NEW.ticket_id AND x.message_id = ''
        ON CONFLICT (ticket_id, message_id) DO UPDATE SET body = excluded.body;
    ELSIF TG_OP <> 'INSERT' THEN
        DELETE FROM ticket_text WHERE ticket_id = OLD.ticket_id AND message_id = OLD.id;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER ticket_messages_said AFTER INSERT OR DELETE OR UPDATE OF content, deleted_at ON ticket_messages
    FOR EACH ROW EXECUTE FUNCTION ticket_messages_said();
