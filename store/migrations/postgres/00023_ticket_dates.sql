-- +goose Up

-- By how many milliseconds at most a ticket of the guild was opened before another whose text stands before its own. Texts
-- are in the order in which tickets came here: with this, a range of dates is a range of texts. Kept by triggers.
ALTER TABLE guild_counters ADD COLUMN tickets_late bigint NOT NULL DEFAULT 0;
-- +goose StatementBegin
CREATE FUNCTION milliseconds(d interval) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT ceil(extract(epoch FROM d) * 1000)::bigint
$$;
-- +goose StatementEnd
INSERT INTO guild_counters (guild_id, ticket_number, tickets_late)
SELECT guild_id, 0, max(milliseconds(late)) FROM (
    SELECT t.guild_id, max(t.created_at) OVER (PARTITION BY t.guild_id ORDER BY x.rowid) - t.created_at AS late
    FROM tickets t JOIN ticket_text x ON x.ticket_id = t.id
) l WHERE late > interval '0' GROUP BY guild_id
ON CONFLICT (guild_id) DO UPDATE SET tickets_late = excluded.tickets_late;

-- +goose StatementBegin
CREATE FUNCTION tickets_late() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    newest timestamp(3);
    since  timestamp(3) := NEW.created_at;
BEGIN
    SELECT max(created_at) INTO newest FROM tickets WHERE guild_id = NEW.guild_id;
    IF TG_OP = 'UPDATE' THEN
        SELECT min(created_at) INTO since FROM tickets WHERE guild_id = NEW.guild_id;
    END IF;
    IF newest > since THEN
        INSERT INTO guild_counters AS c (guild_id, ticket_number, tickets_late) VALUES (NEW.guild_id, 0, milliseconds(newest - since))
        ON CONFLICT (guild_id) DO UPDATE SET tickets_late = excluded.tickets_late WHERE c.tickets_late < excluded.tickets_late;
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER tickets_came_late BEFORE INSERT ON tickets FOR EACH ROW EXECUTE FUNCTION tickets_late();
CREATE TRIGGER tickets_made_late AFTER UPDATE OF created_at ON tickets
    FOR EACH ROW WHEN (OLD.created_at <> NEW.created_at) EXECUTE FUNCTION tickets_late();

-- A span of texts is one of a guild's.
ALTER TABLE ticket_text DROP CONSTRAINT ticket_text_pkey;
ALTER TABLE ticket_text DROP CONSTRAINT ticket_text_ticket_id_key;
ALTER TABLE ticket_text ADD PRIMARY KEY (ticket_id);
