-- +goose Up

-- By how many milliseconds at most a ticket of the guild was opened before another whose text stands before its own. Texts
-- are in the order in which tickets came here: with this, a range of dates is a range of texts. Kept by triggers.
ALTER TABLE guild_counters ADD COLUMN tickets_late integer NOT NULL DEFAULT 0;
INSERT INTO guild_counters (guild_id, ticket_number, tickets_late)
SELECT guild_id, 0, max(late) FROM (
    SELECT t.guild_id, max(t.created_at) OVER (PARTITION BY t.guild_id ORDER BY x.rowid) - t.created_at AS late
    FROM tickets t JOIN ticket_text x ON x.ticket_id = t.id
) l WHERE late > 0 GROUP BY guild_id
ON CONFLICT (guild_id) DO UPDATE SET tickets_late = excluded.tickets_late;

-- +goose StatementBegin
CREATE TRIGGER tickets_came_late AFTER INSERT ON tickets BEGIN
    INSERT INTO guild_counters (guild_id, ticket_number, tickets_late)
    SELECT NEW.guild_id, 0, l.newest - NEW.created_at
    FROM (SELECT created_at AS newest FROM tickets WHERE guild_id = NEW.guild_id ORDER BY created_at DESC LIMIT 1) l
    WHERE l.newest > NEW.created_at
    ON CONFLICT (guild_id) DO UPDATE SET tickets_late = max(tickets_late, excluded.tickets_late);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tickets_made_late AFTER UPDATE OF created_at ON tickets WHEN OLD.created_at <> NEW.created_at BEGIN
    INSERT INTO guild_counters (guild_id, ticket_number, tickets_late)
    SELECT NEW.guild_id, 0, (SELECT max(created_at) FROM tickets WHERE guild_id = NEW.guild_id) -
        (SELECT min(created_at) FROM tickets WHERE guild_id = NEW.guild_id) WHERE true
    ON CONFLICT (guild_id) DO UPDATE SET tickets_late = max(tickets_late, excluded.tickets_late);
END;
-- +goose StatementEnd
