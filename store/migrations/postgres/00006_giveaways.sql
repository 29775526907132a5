-- +goose Up

-- Who starts giveaways, and where: what a list can be narrowed to.
CREATE INDEX giveaways_host ON giveaways (guild_id, host_id, channel_id);
CREATE INDEX giveaways_ended ON giveaways (guild_id, ended_at, id) WHERE ended_at IS NOT NULL;

-- Names as they are looked up; in the order of their bytes, whatever the language of the database.
ALTER TABLE members ADD COLUMN search text COLLATE "C" GENERATED ALWAYS AS (lower(coalesce(username, ''))) STORED;
CREATE INDEX members_search ON members (guild_id, search, id);

-- Whoever is taken out of a giveaway stays listed, with a weight of 0: so the draw can still be made again.
ALTER TABLE giveaway_entries ADD COLUMN removed_at timestamp(3);
ALTER TABLE giveaway_entries ADD COLUMN removed_by text; -- a Discord id
ALTER TABLE giveaway_entries ADD COLUMN removed_why text;
CREATE INDEX giveaway_entries_out ON giveaway_entries (giveaway_id) WHERE removed_at IS NOT NULL;

-- How many entered in each ten minutes: slot is the number of those since 1970. Kept by triggers only.
CREATE TABLE giveaway_entry_counts (
    giveaway_id text NOT NULL REFERENCES giveaways (id) ON DELETE CASCADE,
    slot        bigint NOT NULL,
    n           integer NOT NULL,
    PRIMARY KEY (giveaway_id, slot)
);
INSERT INTO giveaway_entry_counts (giveaway_id, slot, n)
SELECT giveaway_id, floor(extract(epoch FROM created_at) / 600)::bigint, count(*) FROM giveaway_entries GROUP BY 1, 2;

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION giveaway_entries_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE giveaways g SET entries = g.entries + a.n
    FROM (SELECT giveaway_id, count(*) AS n FROM added WHERE removed_at IS NULL GROUP BY giveaway_id) a
    WHERE g.id = a.giveaway_id;
    INSERT INTO giveaway_entry_counts AS c (giveaway_id, slot, n)
    SELECT giveaway_id, floor(extract(epoch FROM created_at) / 600)::bigint, count(*) FROM added GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (giveaway_id, slot) DO UPDATE SET n = c.n + excluded.n;
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION giveaway_entries_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE giveaways g SET entries = g.entries - r.n
    FROM (SELECT giveaway_id, count(*) AS n FROM removed WHERE removed_at IS NULL GROUP BY giveaway_id) r
    WHERE g.id = r.giveaway_id;
    UPDATE giveaway_entry_counts c SET n = c.n - r.n
    FROM (SELECT giveaway_id, floor(extract(epoch FROM created_at) / 600)::bigint AS slot, count(*) AS n
        FROM removed GROUP BY 1, 2) r
    WHERE c.giveaway_id = r.giveaway_id AND c.slot = r.slot;
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION giveaway_entries_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE giveaways SET entries = entries + CASE WHEN NEW.removed_at IS NULL THEN 1 ELSE -1 END WHERE id = NEW.giveaway_id;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER giveaway_entries_out AFTER UPDATE OF removed_at ON giveaway_entries
    FOR EACH ROW WHEN ((OLD.removed_at IS NULL) <> (NEW.removed_at IS NULL)) EXECUTE FUNCTION giveaway_entries_out();

-- What else a template keeps of the form.
ALTER TABLE giveaway_templates ADD COLUMN channel_id text NOT NULL DEFAULT '';
ALTER TABLE giveaway_templates ADD COLUMN required_invites integer NOT NULL DEFAULT 0;
ALTER TABLE giveaway_templates ADD COLUMN required_reputation integer NOT NULL DEFAULT 0;
ALTER TABLE giveaway_templates ADD COLUMN max_rerolls integer NOT NULL DEFAULT 3;
ALTER TABLE giveaway_templates ADD COLUMN ping_role_id text;
ALTER TABLE giveaway_templates ADD COLUMN ping_on_end boolean NOT NULL DEFAULT true;
ALTER TABLE giveaway_templates ADD COLUMN notes text;
