-- +goose Up

CREATE TABLE giveaways (
    id                    text PRIMARY KEY,
    guild_id              text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    channel_id            text NOT NULL,
    message_id            text,
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
    entries               integer NOT NULL DEFAULT 0, -- people, kept by a trigger
    reroll_count          integer NOT NULL DEFAULT 0,
    template_id           text,
    notes                 text,
    created_at            timestamp NOT NULL,
    updated_at            timestamp NOT NULL,
    -- What the search box looks in.
    search                text GENERATED ALWAYS AS (lower(substr(prize, 1, 256))) STORED
);
-- Also covers a plain list by created_at: search comes last.
CREATE INDEX giveaways_search ON giveaways (guild_id, created_at, id, search);
CREATE INDEX giveaways_status ON giveaways (guild_id, status, created_at, id);
CREATE INDEX giveaways_ends ON giveaways (guild_id, ends_at, id);
CREATE INDEX giveaways_entries ON giveaways (guild_id, entries, id);
CREATE INDEX giveaways_due ON giveaways (ends_at) WHERE status = 'ACTIVE';

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
    UNIQUE (guild_id, name)
);

CREATE TABLE giveaway_entries (
    id            text PRIMARY KEY,
    giveaway_id   text NOT NULL REFERENCES giveaways (id) ON DELETE CASCADE,
    member_id     text NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    entries       integer NOT NULL DEFAULT 1, -- weight in the draw
    base_entries  integer NOT NULL DEFAULT 1,
    bonus_entries integer NOT NULL DEFAULT 0,
    bonus_source  text,
    created_at    timestamp NOT NULL,
    UNIQUE (giveaway_id, member_id)
);
CREATE INDEX giveaway_entries_newest ON giveaway_entries (giveaway_id, created_at, id);
CREATE INDEX giveaway_entries_member ON giveaway_entries (member_id);

CREATE TABLE giveaway_winners (
    id          text PRIMARY KEY,
    giveaway_id text NOT NULL REFERENCES giveaways (id) ON DELETE CASCADE,
    user_id     text NOT NULL, -- a Discord id
    place       integer NOT NULL DEFAULT 1,
    prize       text,
    claimed     boolean NOT NULL DEFAULT false,
    claimed_at  timestamp,
    rerolled    boolean NOT NULL DEFAULT false,
    rerolled_at timestamp,
    dm_sent     boolean NOT NULL DEFAULT false,
    dm_sent_at  timestamp,
    feedback    text,
    created_at  timestamp NOT NULL
);
-- A place is won once: a draw that is repeated finds it taken. Who was rerolled gives the place up.
CREATE UNIQUE INDEX giveaway_winners_place ON giveaway_winners (giveaway_id, place) WHERE NOT rerolled;
CREATE INDEX giveaway_winners_giveaway ON giveaway_winners (giveaway_id);

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
CREATE TRIGGER giveaways_moved AFTER UPDATE OF status, entries ON giveaways BEGIN
    UPDATE guild_tiles SET n = n - 1, entries = entries - OLD.entries
    WHERE guild_id = OLD.guild_id AND kind = 'giveaway' AND status = OLD.status;
    INSERT INTO guild_tiles (guild_id, kind, status, n, entries) VALUES (NEW.guild_id, 'giveaway', NEW.status, 1, NEW.entries)
    ON CONFLICT (guild_id, kind, status) DO UPDATE SET n = n + excluded.n, entries = entries + excluded.entries;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER giveaway_entries_added AFTER INSERT ON giveaway_entries BEGIN
    UPDATE giveaways SET entries = entries + 1 WHERE id = NEW.giveaway_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER giveaway_entries_removed AFTER DELETE ON giveaway_entries BEGIN
    UPDATE giveaways SET entries = entries - 1 WHERE id = OLD.giveaway_id;
END;
-- +goose StatementEnd
