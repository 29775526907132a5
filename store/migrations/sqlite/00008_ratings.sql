-- +goose Up

-- The guild of a rating is that of its ticket; a trigger fills it in, so that nobody has to.
ALTER TABLE ticket_ratings ADD COLUMN guild_id text NOT NULL DEFAULT '';
UPDATE ticket_ratings SET guild_id = (SELECT t.guild_id FROM tickets t WHERE t.id = ticket_ratings.ticket_id);
CREATE INDEX ticket_ratings_created ON ticket_ratings (guild_id, created_at, id);
CREATE INDEX ticket_ratings_stars ON ticket_ratings (guild_id, stars, created_at, id);
CREATE INDEX ticket_ratings_staff ON ticket_ratings (guild_id, staff_id, created_at, id, stars);
-- +goose StatementBegin
CREATE TRIGGER ticket_ratings_guild AFTER INSERT ON ticket_ratings WHEN NEW.guild_id = '' BEGIN
    UPDATE ticket_ratings SET guild_id = (SELECT t.guild_id FROM tickets t WHERE t.id = NEW.ticket_id) WHERE id = NEW.id;
END;
-- +goose StatementEnd
