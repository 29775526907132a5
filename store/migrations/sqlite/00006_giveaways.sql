-- +goose Up

-- Who starts giveaways, and where: what a list can be narrowed to.
CREATE INDEX giveaways_host ON giveaways (guild_id, host_id, channel_id);
CREATE INDEX giveaways_ended ON giveaways (guild_id, ended_at, id) WHERE ended_at IS NOT NULL;

-- Names as they are looked up.
ALTER TABLE members ADD COLUMN search text GENERATED ALWAYS AS (lower(coalesce(username, ''))) VIRTUAL;
CREATE INDEX members_search ON members (guild_id, search, id);

-- Whoever is taken out of a giveaway stays listed, with a weight of 0: so the draw can still be made again.
ALTER TABLE giveaway_entries ADD COLUMN removed_at timestamp;
ALTER TABLE giveaway_entries ADD COLUMN removed_by text; -- a Discord id
ALTER TABLE giveaway_entries ADD COLUMN removed_why text;
CREATE INDEX giveaway_entries_out ON giveaway_entries (giveaway_id) WHERE removed_at IS NOT NULL;

-- How many entered in each ten minutes: slot is the number of those since 1970. Kept by triggers only.
CREATE TABLE giveaway_entry_counts (
    giveaway_id text NOT NULL REFERENCES giveaways (id) ON DELETE CASCADE,
    slot        integer NOT NULL,
    n           integer NOT NULL,
    PRIMARY KEY (giveaway_id, slot)
);
INSERT INTO giveaway_entry_counts (giveaway_id, slot, n)
SELECT giveaway_id, created_at / 600000, count(*) FROM giveaway_entries GROUP BY 1, 2;

DROP TRIGGER giveaway_entries_added;
DROP TRIGGER giveaway_entries_removed;
-- +goose StatementBegin
CREATE TRIGGER giveaway_entries_added AFTER INSERT ON giveaway_entries BEGIN
    UPDATE giveaways SET entries = entries + 1 WHERE id = NEW.giveaway_id AND NEW.removed_at IS NULL;
    INSERT INTO giveaway_entry_counts (giveaway_id, slot, n) VALUES (NEW.giveaway_id, NEW.created_at / 600000, 1)
    ON CONFLICT (giveaway_id, slot) DO UPDATE SET n = n + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER giveaway_entries_removed AFTER DELETE ON giveaway_entries BEGIN
    UPDATE giveaways SET entries = entries - 1 WHERE id = OLD.giveaway_id AND OLD.removed_at IS NULL;
    UPDATE giveaway_entry_counts SET n = n - 1 WHERE giveaway_id = OLD.giveaway_id AND slot = OLD.created_at / 600000;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER giveaway_entries_out AFTER UPDATE OF removed_at ON giveaway_entries
WHEN (OLD.removed_at IS NULL) <> (NEW.removed_at IS NULL) BEGIN
    UPDATE giveaways SET entries = entries + CASE WHEN NEW.removed_at IS NULL THEN 1 ELSE -1 END WHERE id = NEW.giveaway_id;
END;
-- +goose StatementEnd

-- What else a template keeps of the form.
ALTER TABLE giveaway_templates ADD COLUMN channel_id text NOT NULL DEFAULT '';
ALTER TABLE giveaway_templates ADD COLUMN required_invites integer NOT NULL DEFAULT 0;
ALTER TABLE giveaway_templates ADD COLUMN required_reputation integer NOT NULL DEFAULT 0;
ALTER TABLE giveaway_templates ADD COLUMN max_rerolls integer NOT NULL DEFAULT 3;
ALTER TABLE giveaway_templates ADD COLUMN ping_role_id text;
ALTER TABLE giveaway_templates ADD COLUMN ping_on_end boolean NOT NULL DEFAULT true;
ALTER TABLE giveaway_templates ADD COLUMN notes text;
