-- +goose Up

-- Since when somebody waits for an answer: since the ticket was opened or given back, or since the opener wrote to who has
-- claimed it; NULL when nobody waits. Kept by triggers.
ALTER TABLE tickets ADD COLUMN waiting_since timestamp(3);
ALTER TABLE tickets ADD COLUMN close_reason text;
-- Who makes a change that leaves no name on the row; the trigger takes it over into ticket_events.
ALTER TABLE tickets ADD COLUMN moved_by text;
UPDATE tickets SET waiting_since = created_at WHERE status = 'OPEN';

CREATE INDEX tickets_waits ON tickets (guild_id, waiting_since, id) WHERE waiting_since IS NOT NULL;
CREATE INDEX tickets_claimer ON tickets (guild_id, claimed_by, created_at, id);
CREATE INDEX tickets_opener ON tickets (guild_id, member_id, created_at, id);
CREATE INDEX tickets_kind ON tickets (guild_id, category_id, created_at, id);

-- The turns of a ticket's life after it was opened.
CREATE TABLE ticket_events (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    guild_id  text NOT NULL,
    ticket_id text NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    kind      text NOT NULL CHECK (kind IN ('claimed', 'unclaimed', 'closed', 'reopened')),
    user_id   text NOT NULL DEFAULT '',
    reason    text NOT NULL DEFAULT '',
    at        timestamp(3) NOT NULL
);
CREATE INDEX ticket_events_ticket ON ticket_events (ticket_id, at, id);

-- What was said in a ticket's channel, as far as the bot has kept it. id is the message's in Discord.
CREATE TABLE ticket_messages (
    id          text PRIMARY KEY,
    guild_id    text NOT NULL,
    ticket_id   text NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    user_id     text NOT NULL,
    user_name   text NOT NULL DEFAULT '',
    user_avatar text NOT NULL DEFAULT '',
    is_bot      boolean NOT NULL DEFAULT false,
    content     text NOT NULL DEFAULT '',
    embeds      text NOT NULL DEFAULT '[]',
    attachments text NOT NULL DEFAULT '[]',
    mentions    text NOT NULL DEFAULT '{}', -- names of the people, roles and channels that the content mentions, by id
    reply_to    text NOT NULL DEFAULT '',
    revisions   text NOT NULL DEFAULT '[]', -- what it said before it was edited
    created_at  timestamp(3) NOT NULL,
    edited_at   timestamp(3),
    deleted_at  timestamp(3)
);
CREATE INDEX ticket_messages_ticket ON ticket_messages (guild_id, ticket_id, created_at, id);

-- Who looked at a ticket and its transcript.
CREATE TABLE ticket_views (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    guild_id  text NOT NULL,
    ticket_id text NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    user_id   text NOT NULL,
    user_name text NOT NULL DEFAULT '',
    at        timestamp(3) NOT NULL
);
CREATE INDEX ticket_views_ticket ON ticket_views (guild_id, ticket_id, at, id);

-- The search box looks in the answers to the form, too.
-- +goose StatementBegin
CREATE FUNCTION ticket_body(subject text, opener text, details text, form json) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT lower(coalesce(subject, '') || ' ' || coalesce(opener, '') || coalesce(' ' || left(details, 4000), '') ||
        CASE WHEN json_typeof(form) = 'object' THEN
            coalesce(' ' || (SELECT left(string_agg(a.value, ' '), 8000) FROM json_each_text(form) a), '') ELSE '' END)
$$;
-- +goose StatementEnd
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
    ON CONFLICT (ticket_id) DO UPDATE SET body = excluded.body;
    RETURN NULL;
END $$;
-- +goose StatementEnd
DROP TRIGGER tickets_text ON tickets;
CREATE TRIGGER tickets_text AFTER INSERT OR DELETE OR UPDATE OF subject, member_id, issue_details, form_responses ON tickets
    FOR EACH ROW EXECUTE FUNCTION tickets_text();
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION members_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ticket_text x SET body = ticket_body(t.subject, NEW.username, t.issue_details, t.form_responses)
    FROM tickets t WHERE t.member_id = NEW.id AND x.ticket_id = t.id;
    RETURN NULL;
END $$;
-- +goose StatementEnd
UPDATE ticket_text x SET body = ticket_body(t.subject, m.username, t.issue_details, t.form_responses)
FROM tickets t JOIN members m ON m.id = t.member_id WHERE x.ticket_id = t.id;

-- +goose StatementBegin
CREATE FUNCTION tickets_turned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status = 'OPEN' THEN
            NEW.waiting_since := NEW.created_at;
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.status = NEW.status THEN
        RETURN NEW;
    END IF;
    INSERT INTO ticket_events (guild_id, ticket_id, kind, user_id, reason, at)
    VALUES (NEW.guild_id, NEW.id,
        CASE WHEN NEW.status = 'CLAIMED' THEN 'claimed' WHEN NEW.status = 'CLOSED' THEN 'closed'
            WHEN OLD.status = 'CLOSED' THEN 'reopened' ELSE 'unclaimed' END,
        coalesce(CASE NEW.status WHEN 'CLAIMED' THEN NEW.claimed_by WHEN 'CLOSED' THEN NEW.closed_by ELSE NEW.moved_by END, ''),
        CASE WHEN NEW.status = 'CLOSED' THEN coalesce(NEW.close_reason, '') ELSE '' END, NEW.updated_at);
    NEW.moved_by := NULL;
    NEW.waiting_since := CASE WHEN NEW.status = 'OPEN' THEN NEW.updated_at END;
    NEW.close_reason := CASE WHEN NEW.status = 'CLOSED' THEN NEW.close_reason END;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER tickets_turned BEFORE INSERT OR UPDATE OF status ON tickets
    FOR EACH ROW EXECUTE FUNCTION tickets_turned();
-- +goose StatementBegin
CREATE FUNCTION ticket_messages_waits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    author text;
BEGIN
    SELECT m.id INTO author FROM members m WHERE m.guild_id = NEW.guild_id AND m.discord_id = NEW.user_id;
    UPDATE tickets SET waiting_since = NEW.created_at
    WHERE id = NEW.ticket_id AND status <> 'CLOSED' AND waiting_since IS NULL AND member_id = author;
    UPDATE tickets SET waiting_since = NULL
    WHERE id = NEW.ticket_id AND status = 'CLAIMED' AND waiting_since <= NEW.created_at AND member_id <> coalesce(author, '');
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER ticket_messages_waits AFTER INSERT ON ticket_messages
    FOR EACH ROW WHEN (NOT NEW.is_bot) EXECUTE FUNCTION ticket_messages_waits();
