-- +goose Up

-- Giveaways. The bot writes them.
CREATE TABLE giveaways (
    id                    text PRIMARY KEY,
    guild_id              text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    channel_id            text NOT NULL,
    message_id            text, -- the announcement, in channel_id
    host_id               text NOT NULL,
    prize                 text NOT NULL,
    prize_secret          text,
    description           text,
    image_url             text,
    winner_count          integer NOT NULL DEFAULT 1,
    prize_tiers           text,
    embed_color           text NOT NULL DEFAULT '#14b8a6',
    button_text           text NOT NULL DEFAULT '🎉 Enter Giveaway',
    button_style          text NOT NULL DEFAULT 'PRIMARY',
    entry_method          text NOT NULL DEFAULT 'BUTTON',
    required_role_ids     text NOT NULL DEFAULT '{}',
    blacklist_role_ids    text NOT NULL DEFAULT '{}',
    required_invites      integer NOT NULL DEFAULT 0,
    required_level        integer NOT NULL DEFAULT 0,
    required_reputation   integer NOT NULL DEFAULT 0,
    required_messages     integer NOT NULL DEFAULT 0,
    required_account_age  integer NOT NULL DEFAULT 0, -- days
    required_server_age   integer NOT NULL DEFAULT 0, -- days
    bonus_entry_roles     text,
    booster_bonus_entries integer NOT NULL DEFAULT 0,
    invite_bonus_entries  integer NOT NULL DEFAULT 0,
    starts_at             timestamp,
    ends_at               timestamp NOT NULL,
    ended_at              timestamp,
    dm_winners            boolean NOT NULL DEFAULT true,
    dm_winner_message     text,
    winner_claim_timeout  integer NOT NULL DEFAULT 0, -- hours
    auto_reroll           boolean NOT NULL DEFAULT false,
    max_rerolls           integer NOT NULL DEFAULT 3,
    ping_role_id          text,
    ping_on_end           boolean NOT NULL DEFAULT true,
    status                text NOT NULL DEFAULT 'PENDING'
        CHECK (status IN ('PENDING', 'ACTIVE', 'PAUSED', 'ENDED', 'CANCELLED')),
    entries               integer NOT NULL DEFAULT 0, -- entrants, without disqualified ones; a trigger writes it
    reroll_count          integer NOT NULL DEFAULT 0,
    template_id           text,
    notes                 text,
    created_at            timestamp NOT NULL,
    updated_at            timestamp NOT NULL,
    -- The repeat rule: every repeat_days days, 0 for never, at the local time that repeat_from has in repeat_zone.
    -- Counting from repeat_from keeps that time after a day on which clocks skip it or show it twice. All four move to
    -- the next giveaway.
    repeat_days           integer NOT NULL DEFAULT 0,
    repeat_at             timestamp, -- when the bot creates the next giveaway
    search                text NOT NULL DEFAULT '', -- the folded prize, cut, for searches; a trigger writes it
    repeat_zone           text NOT NULL DEFAULT 'UTC', -- an IANA name
    repeat_from           timestamp
);
CREATE INDEX giveaways_status ON giveaways (guild_id, status, created_at, id);
CREATE INDEX giveaways_ends ON giveaways (guild_id, ends_at, id);
CREATE INDEX giveaways_entries ON giveaways (guild_id, entries, id);
CREATE INDEX giveaways_due ON giveaways (ends_at) WHERE status = 'ACTIVE';
CREATE INDEX giveaways_starting ON giveaways (starts_at) WHERE status = 'PENDING';
CREATE INDEX giveaways_host ON giveaways (guild_id, host_id, channel_id); -- the choices of the list's filters
CREATE INDEX giveaways_ended ON giveaways (guild_id, ended_at, id) WHERE ended_at IS NOT NULL;
-- For the page of all servers: the giveaways of many guilds that end soon.
CREATE INDEX giveaways_running ON giveaways (guild_id, ends_at, id) WHERE status = 'ACTIVE';
CREATE INDEX giveaways_repeating ON giveaways (repeat_at) WHERE repeat_at IS NOT NULL;
CREATE INDEX giveaways_repeats ON giveaways (guild_id, status, created_at, id) WHERE repeat_days > 0;
-- Also serves the list without a search, in order of created_at: search is the last column.
CREATE INDEX giveaways_search ON giveaways (guild_id, created_at, id, search);

-- Saved values for the form of new giveaways. Dashboards write them.
CREATE TABLE giveaway_templates (
    id                    text PRIMARY KEY,
    guild_id              text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    name                  text NOT NULL,
    description           text,
    prize                 text NOT NULL,
    prize_secret          text,
    winner_count          integer NOT NULL DEFAULT 1,
    prize_tiers           text,
    embed_color           text NOT NULL DEFAULT '#14b8a6',
    button_text           text NOT NULL DEFAULT '🎉 Enter Giveaway',
    button_style          text NOT NULL DEFAULT 'PRIMARY',
    image_url             text,
    required_role_ids     text NOT NULL DEFAULT '{}',
    blacklist_role_ids    text NOT NULL DEFAULT '{}',
    required_level        integer NOT NULL DEFAULT 0,
    required_messages     integer NOT NULL DEFAULT 0,
    required_account_age  integer NOT NULL DEFAULT 0, -- days
    required_server_age   integer NOT NULL DEFAULT 0, -- days
    bonus_entry_roles     text,
    booster_bonus_entries integer NOT NULL DEFAULT 0,
    default_duration      integer NOT NULL DEFAULT 86400, -- seconds
    dm_winners            boolean NOT NULL DEFAULT true,
    dm_winner_message     text,
    created_at            timestamp NOT NULL,
    updated_at            timestamp NOT NULL,
    channel_id            text NOT NULL DEFAULT '',
    required_invites      integer NOT NULL DEFAULT 0,
    required_reputation   integer NOT NULL DEFAULT 0,
    max_rerolls           integer NOT NULL DEFAULT 3,
    ping_role_id          text,
    ping_on_end           boolean NOT NULL DEFAULT true,
    notes                 text,
    winner_claim_timeout  integer NOT NULL DEFAULT 0, -- hours
    auto_reroll           boolean NOT NULL DEFAULT false,
    UNIQUE (guild_id, name)
);
-- Names that differ only in case or composition are the same.
CREATE UNIQUE INDEX giveaway_templates_name ON giveaway_templates (guild_id, substr(fold_text(substr(name, 1, 256)), 1, 256));

-- Entrants of a giveaway. The bot writes them. A disqualified entrant stays listed with a weight of 0, so that the draw
-- can be verified.
CREATE TABLE giveaway_entries (
    id            text PRIMARY KEY,
    giveaway_id   text NOT NULL REFERENCES giveaways (id) ON DELETE CASCADE,
    member_id     text NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    entries       integer NOT NULL DEFAULT 1, -- weight in the draw
    base_entries  integer NOT NULL DEFAULT 1,
    bonus_entries integer NOT NULL DEFAULT 0,
    bonus_source  text,
    created_at    timestamp NOT NULL,
    removed_at    timestamp, -- when the entrant was disqualified; NULL if they were not
    removed_by    text,
    removed_why   text,
    UNIQUE (giveaway_id, member_id)
);
CREATE INDEX giveaway_entries_newest ON giveaway_entries (giveaway_id, created_at, id);
CREATE INDEX giveaway_entries_member ON giveaway_entries (member_id);
CREATE INDEX giveaway_entries_disqualified ON giveaway_entries (giveaway_id) WHERE removed_at IS NOT NULL;

-- Entries by time, for the chart of a giveaway. Only triggers write it.
CREATE TABLE giveaway_entry_counts (
    giveaway_id text NOT NULL REFERENCES giveaways (id) ON DELETE CASCADE,
    slot        integer NOT NULL, -- the number of ten-minute intervals since 1970
    n           integer NOT NULL,
    PRIMARY KEY (giveaway_id, slot)
);

-- Winners of a giveaway. The bot writes them. A winner that was rerolled stays listed.
CREATE TABLE giveaway_winners (
    id          text PRIMARY KEY,
    giveaway_id text NOT NULL REFERENCES giveaways (id) ON DELETE CASCADE,
    user_id     text NOT NULL,
    place       integer NOT NULL DEFAULT 1,
    prize       text,
    claimed     boolean NOT NULL DEFAULT false,
    claimed_at  timestamp,
    rerolled    boolean NOT NULL DEFAULT false,
    rerolled_at timestamp,
    dm_sent     boolean NOT NULL DEFAULT false,
    dm_sent_at  timestamp,
    feedback    text,
    created_at  timestamp NOT NULL,
    claim_until timestamp, -- the deadline for claiming the prize; NULL for none
    lapsed_at   timestamp -- when the bot found that the deadline had passed without a claim
);
-- Each place has one winner: a draw that is repeated after a crash inserts none twice.
CREATE UNIQUE INDEX giveaway_winners_place ON giveaway_winners (giveaway_id, place) WHERE NOT rerolled;
CREATE INDEX giveaway_winners_giveaway ON giveaway_winners (giveaway_id);
CREATE INDEX giveaway_winners_waiting ON giveaway_winners (claim_until)
    WHERE claim_until IS NOT NULL AND lapsed_at IS NULL AND NOT claimed AND NOT rerolled;

-- The draws of a giveaway, with what is needed to verify them. The bot writes them.
CREATE TABLE giveaway_draws (
    giveaway_id  text NOT NULL REFERENCES giveaways (id) ON DELETE CASCADE,
    round        integer NOT NULL, -- 0 for the draw at the end, then one more for each reroll
    commitment   text NOT NULL, -- published before the draw
    seed         text NOT NULL, -- secret until drawn_at
    committed_at timestamp NOT NULL,
    drawn_at     timestamp,
    places       integer NOT NULL DEFAULT 0,
    excluded     text NOT NULL DEFAULT '[]',
    winners      text NOT NULL DEFAULT '[]',
    entries      integer NOT NULL DEFAULT 0,
    digest       text NOT NULL DEFAULT '', -- of the entrants and their weights
    PRIMARY KEY (giveaway_id, round)
);

-- Keep guild_tiles.
-- +goose StatementBegin
CREATE TRIGGER giveaways_added AFTER INSERT ON giveaways BEGIN
    INSERT INTO guild_tiles (guild_id, kind, status, n, entries) VALUES (NEW.guild_id, 'giveaway', NEW.status, 1, NEW.entries)
    ON CONFLICT (guild_id, kind, status) DO UPDATE SET n = n + excluded.n, entries = entries + excluded.entries;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER giveaways_removed AFTER DELETE ON giveaways BEGIN
    UPDATE guild_tiles SET n = n - 1, entries = entries - OLD.entries
    WHERE guild_id = OLD.guild_id AND kind = 'giveaway' AND status = OLD.status;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER giveaways_tiles_updated AFTER UPDATE OF status, entries ON giveaways BEGIN
    UPDATE guild_tiles SET n = n - 1, entries = entries - OLD.entries
    WHERE guild_id = OLD.guild_id AND kind = 'giveaway' AND status = OLD.status;
    INSERT INTO guild_tiles (guild_id, kind, status, n, entries) VALUES (NEW.guild_id, 'giveaway', NEW.status, 1, NEW.entries)
    ON CONFLICT (guild_id, kind, status) DO UPDATE SET n = n + excluded.n, entries = entries + excluded.entries;
END;
-- +goose StatementEnd

-- Keep giveaways.search. The prize is cut before folding, to bound the cost, and afterwards.
-- +goose StatementBegin
CREATE TRIGGER giveaways_named AFTER INSERT ON giveaways BEGIN
    UPDATE giveaways SET search = substr(fold_text(substr(NEW.prize, 1, 256)), 1, 256) WHERE id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER giveaways_renamed AFTER UPDATE OF prize ON giveaways WHEN NEW.prize <> OLD.prize BEGIN
    UPDATE giveaways SET search = substr(fold_text(substr(NEW.prize, 1, 256)), 1, 256) WHERE id = NEW.id;
END;
-- +goose StatementEnd

-- Keep giveaways.entries and giveaway_entry_counts.
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
CREATE TRIGGER giveaway_entries_disqualified AFTER UPDATE OF removed_at ON giveaway_entries
WHEN (OLD.removed_at IS NULL) <> (NEW.removed_at IS NULL) BEGIN
    UPDATE giveaways SET entries = entries + CASE WHEN NEW.removed_at IS NULL THEN 1 ELSE -1 END WHERE id = NEW.giveaway_id;
END;
-- +goose StatementEnd
