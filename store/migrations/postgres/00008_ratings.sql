-- +goose Up

-- The guild of a rating is that of its ticket; a trigger fills it in, so that nobody has to.
ALTER TABLE ticket_ratings ADD COLUMN guild_id text NOT NULL DEFAULT '';
UPDATE ticket_ratings r SET guild_id = t.guild_id FROM tickets t WHERE t.id = r.ticket_id;
CREATE INDEX ticket_ratings_created ON ticket_ratings (guild_id, created_at, id);
CREATE INDEX ticket_ratings_stars ON ticket_ratings (guild_id, stars, created_at, id);
CREATE INDEX ticket_ratings_staff ON ticket_ratings (guild_id, staff_id, created_at, id, stars);
-- +goose StatementBegin
CREATE FUNCTION ticket_ratings_guild() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.guild_id = '' THEN
        SELECT t.guild_id INTO NEW.guild_id FROM tickets t WHERE t.id = NEW.ticket_id;
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER ticket_ratings_guild BEFORE INSERT ON ticket_ratings FOR EACH ROW EXECUTE FUNCTION ticket_ratings_guild();
