-- +goose Up

-- Since when somebody waits for an answer: since the ticket was opened or given back, or since the opener wrote to who has
-- claimed it; NULL when nobody waits. Kept by triggers.
ALTER TABLE tickets ADD COLUMN waiting_since timestamp;
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
    id        integer PRIMARY KEY,
    guild_id  text NOT NULL,
    ticket_id text NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    kind      text NOT NULL CHECK (kind IN ('claimed', 'unclaimed', 'closed', 'reopened')),
    user_id   text NOT NULL DEFAULT '',
    reason    text NOT NULL DEFAULT '',
    at        timestamp NOT NULL
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
    created_at  timestamp NOT NULL,
    edited_at   timestamp,
    deleted_at  timestamp
);
CREATE INDEX ticket_messages_ticket ON ticket_messages (guild_id, ticket_id, created_at, id);

-- Who looked at a ticket and its transcript.
CREATE TABLE ticket_views (
    id        integer PRIMARY KEY,
    guild_id  text NOT NULL,
    ticket_id text NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    user_id   text NOT NULL,
    user_name text NOT NULL DEFAULT '',
    at        timestamp NOT NULL
);
CREATE INDEX ticket_views_ticket ON ticket_views (guild_id, ticket_id, at, id);

-- The search box looks in the answers to the form, too.
DROP TRIGGER tickets_added;
DROP TRIGGER tickets_reworded;
DROP TRIGGER members_renamed;
CREATE VIEW ticket_words AS
SELECT t.id AS ticket_id, t.guild_id, t.member_id,
    lower(coalesce(t.subject, '') || ' ' || coalesce(m.username, '') || coalesce(' ' || substr(t.issue_details, 1, 4000), '') ||
        CASE WHEN json_valid(t.form_responses) THEN
            coalesce(' ' || (SELECT substr(group_concat(a.value, ' '), 1, 8000) FROM json_each(t.form_responses) a), '') ELSE '' END) AS body
FROM tickets t JOIN members m ON m.id = t.member_id;
-- +goose StatementBegin
CREATE TRIGGER tickets_added AFTER INSERT ON tickets BEGIN
    INSERT INTO guild_tiles (guild_id, kind, status, n, entries) VALUES (NEW.guild_id, 'ticket', NEW.status, 1, 0)
    ON CONFLICT (guild_id, kind, status) DO UPDATE SET n = n + 1;
    INSERT INTO ticket_text (ticket_id, guild_id, body)
    SELECT w.ticket_id, w.guild_id, w.body FROM ticket_words w WHERE w.ticket_id = NEW.id;
    UPDATE tickets SET waiting_since = NEW.created_at WHERE id = NEW.id AND NEW.status = 'OPEN';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tickets_reworded AFTER UPDATE OF subject, member_id, issue_details, form_responses ON tickets BEGIN
    UPDATE ticket_text SET body = (SELECT w.body FROM ticket_words w WHERE w.ticket_id = NEW.id) WHERE ticket_id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER members_renamed AFTER UPDATE OF username ON members WHEN OLD.username IS NOT NEW.username BEGIN
    UPDATE ticket_text SET body = (SELECT w.body FROM ticket_words w WHERE w.ticket_id = ticket_text.ticket_id)
    WHERE ticket_id IN (SELECT t.id FROM tickets t WHERE t.member_id = NEW.id);
END;
-- +goose StatementEnd
UPDATE ticket_text SET body = (SELECT w.body FROM ticket_words w WHERE w.ticket_id = ticket_text.ticket_id);

-- +goose StatementBegin
CREATE TRIGGER tickets_turned AFTER UPDATE OF status ON tickets WHEN OLD.status <> NEW.status BEGIN
    INSERT INTO ticket_events (guild_id, ticket_id, kind, user_id, reason, at)
    VALUES (NEW.guild_id, NEW.id,
        CASE WHEN NEW.status = 'CLAIMED' THEN 'claimed' WHEN NEW.status = 'CLOSED' THEN 'closed'
            WHEN OLD.status = 'CLOSED' THEN 'reopened' ELSE 'unclaimed' END,
        coalesce(CASE NEW.status WHEN 'CLAIMED' THEN NEW.claimed_by WHEN 'CLOSED' THEN NEW.closed_by ELSE NEW.moved_by END, ''),
        CASE WHEN NEW.status = 'CLOSED' THEN coalesce(NEW.close_reason, '') ELSE '' END, NEW.updated_at);
    UPDATE tickets SET moved_by = NULL, waiting_since = CASE WHEN NEW.status = 'OPEN' THEN NEW.updated_at END,
        close_reason = CASE WHEN NEW.status = 'CLOSED' THEN NEW.close_reason END
    WHERE id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ticket_messages_waits AFTER INSERT ON ticket_messages WHEN NOT NEW.is_bot BEGIN
    UPDATE tickets SET waiting_since = NEW.created_at
    WHERE id = NEW.ticket_id AND status <> 'CLOSED' AND waiting_since IS NULL
        AND member_id = (SELECT m.id FROM members m WHERE m.guild_id = NEW.guild_id AND m.discord_id = NEW.user_id);
    UPDATE tickets SET waiting_since = NULL
    WHERE id = NEW.ticket_id AND status = 'CLAIMED' AND waiting_since <= NEW.created_at
        AND member_id <> coalesce((SELECT m.id FROM members m WHERE m.guild_id = NEW.guild_id AND m.discord_id = NEW.user_id), '');
END;
-- +goose StatementEnd
