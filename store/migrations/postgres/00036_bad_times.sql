-- +goose Up

-- A ticket with an infinite time, or with one beyond the range of intervals, does not prevent new tickets.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION tickets_late() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    newest timestamp(3);
    since  timestamp(3) := NEW.created_at;
BEGIN
    IF since NOT BETWEEN '0001-01-01' AND '9999-12-31' THEN
        RETURN NEW;
    END IF;
    SELECT max(created_at) INTO newest FROM tickets WHERE guild_id = NEW.guild_id AND created_at BETWEEN '0001-01-01' AND '9999-12-31';
    IF TG_OP = 'UPDATE' THEN
        SELECT min(created_at) INTO since FROM tickets WHERE guild_id = NEW.guild_id AND created_at BETWEEN '0001-01-01' AND '9999-12-31';
    END IF;
    IF newest > since THEN
        INSERT INTO guild_counters AS c (guild_id, ticket_number, tickets_late) VALUES (NEW.guild_id, 0, milliseconds(newest - since))
        ON CONFLICT (guild_id) DO UPDATE SET tickets_late = excluded.tickets_late WHERE c.tickets_late < excluded.tickets_late;
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
