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
    prize_tiers           jsonb,
    embed_color           text NOT NULL DEFAULT '#14b8a6',
    button_text           text NOT NULL DEFAULT '🎉 Enter Giveaway',
    button_style          text NOT NULL DEFAULT 'PRIMARY',
    entry_method          text NOT NULL DEFAULT 'BUTTON',
    required_role_ids     text[] NOT NULL DEFAULT '{}',
    blacklist_role_ids    text[] NOT NULL DEFAULT '{}',
    required_invites      integer NOT NULL DEFAULT 0,
    required_level        integer NOT NULL DEFAULT 0,
    required_reputation   integer NOT NULL DEFAULT 0,
    required_messages     integer NOT NULL DEFAULT 0,
    required_account_age  integer NOT NULL DEFAULT 0, -- days
    required_server_age   integer NOT NULL DEFAULT 0, -- days
    bonus_entry_roles     jsonb,
    booster_bonus_entries integer NOT NULL DEFAULT 0,
    invite_bonus_entries  integer NOT NULL DEFAULT 0,
    starts_at             timestamp(3),
    ends_at               timestamp(3) NOT NULL,
    ended_at              timestamp(3),
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
    created_at            timestamp(3) NOT NULL,
    updated_at            timestamp(3) NOT NULL,
    -- What the search box looks in; cut, because an index row holds less than 2,704 bytes.
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
    prize_tiers           jsonb,
    embed_color           text NOT NULL DEFAULT '#14b8a6',
    button_text           text NOT NULL DEFAULT '🎉 Enter Giveaway',
    button_style          text NOT NULL DEFAULT 'PRIMARY',
    image_url             text,
    required_role_ids     text[] NOT NULL DEFAULT '{}',
    blacklist_role_ids    text[] NOT NULL DEFAULT '{}',
    required_level        integer NOT NULL DEFAULT 0,
    required_messages     integer NOT NULL DEFAULT 0,
    required_account_age  integer NOT NULL DEFAULT 0, -- days
    required_server_age   integer NOT NULL DEFAULT 0, -- days
    bonus_entry_roles     jsonb,
    booster_bonus_entries integer NOT NULL DEFAULT 0,
    default_duration      integer NOT NULL DEFAULT 86400, -- seconds
    dm_winners            boolean NOT NULL DEFAULT true,
    dm_winner_message     text,
    created_at            timestamp(3) NOT NULL,
    updated_at            timestamp(3) NOT NULL,
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
    created_at    timestamp(3) NOT NULL,
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
    claimed_at  timestamp(3),
    rerolled    boolean NOT NULL DEFAULT false,
    rerolled_at timestamp(3),
    dm_sent     boolean NOT NULL DEFAULT false,
    dm_sent_at  timestamp(3),
    feedback    text,
    created_at  timestamp(3) NOT NULL
);
-- A place is won once: a draw that is repeated finds it taken. Who was rerolled gives the place up.
CREATE UNIQUE INDEX giveaway_winners_place ON giveaway_winners (giveaway_id, place) WHERE NOT rerolled;
CREATE INDEX giveaway_winners_giveaway ON giveaway_winners (giveaway_id);

-- Tiles are locked in the order of their status, in one statement: two orders would deadlock.
-- +goose StatementBegin
CREATE FUNCTION giveaways_tiles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO guild_tiles AS t (guild_id, kind, status, n, entries)
    SELECT x.guild_id, 'giveaway', x.status, sum(x.n), sum(x.entries)
    FROM (
        SELECT OLD.guild_id, OLD.status, -1 AS n, -OLD.entries AS entries WHERE TG_OP <> 'INSERT'
        UNION ALL
        SELECT NEW.guild_id, NEW.status, 1, NEW.entries WHERE TG_OP <> 'DELETE'
    ) x
    GROUP BY x.guild_id, x.status
    ORDER BY x.guild_id, x.status
    ON CONFLICT (guild_id, kind, status) DO UPDATE SET n = t.n + excluded.n, entries = t.entries + excluded.entries;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER giveaways_tiles AFTER INSERT OR DELETE OR UPDATE OF status, entries ON giveaways
    FOR EACH ROW EXECUTE FUNCTION giveaways_tiles();

-- +goose StatementBegin
CREATE FUNCTION giveaway_entries_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE giveaways g SET entries = g.entries + a.n
    FROM (SELECT giveaway_id, count(*) AS n FROM added GROUP BY giveaway_id) a
    WHERE g.id = a.giveaway_id;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER giveaway_entries_added AFTER INSERT ON giveaway_entries REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION giveaway_entries_added();

-- +goose StatementBegin
CREATE FUNCTION giveaway_entries_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE giveaways g SET entries = g.entries - r.n
    FROM (SELECT giveaway_id, count(*) AS n FROM removed GROUP BY giveaway_id) r
    WHERE g.id = r.giveaway_id;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER giveaway_entries_removed AFTER DELETE ON giveaway_entries REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION giveaway_entries_removed();
