-- +goose Up

-- Whoever is answered waits no longer, though nobody has claimed the ticket: there are kinds that nobody can claim.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION ticket_messages_waits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    author text;
BEGIN
    SELECT m.id INTO author FROM members m WHERE m.guild_id = NEW.guild_id AND m.discord_id = NEW.user_id;
    UPDATE tickets SET waiting_since = NEW.created_at
    WHERE id = NEW.ticket_id AND status <> 'CLOSED' AND waiting_since IS NULL AND member_id = author;
    UPDATE tickets SET waiting_since = NULL
    WHERE id = NEW.ticket_id AND waiting_since <= NEW.created_at AND member_id <> coalesce(author, '');
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- Those that are open since before: from the first thing that the opener said after the last answer, if anything.
UPDATE tickets SET waiting_since = (
    SELECT min(q.created_at) FROM ticket_messages q
    WHERE q.guild_id = tickets.guild_id AND q.ticket_id = tickets.id AND NOT q.is_bot
        AND q.user_id = (SELECT m.discord_id FROM members m WHERE m.id = tickets.member_id)
        AND q.created_at > (
            SELECT max(a.created_at) FROM ticket_messages a
            WHERE a.guild_id = tickets.guild_id AND a.ticket_id = tickets.id AND NOT a.is_bot
                AND a.user_id <> (SELECT m.discord_id FROM members m WHERE m.id = tickets.member_id)))
WHERE status = 'OPEN' AND EXISTS (
    SELECT 1 FROM ticket_messages a
    WHERE a.guild_id = tickets.guild_id AND a.ticket_id = tickets.id AND NOT a.is_bot AND a.created_at >= tickets.waiting_since
        AND a.user_id <> (SELECT m.discord_id FROM members m WHERE m.id = tickets.member_id));
