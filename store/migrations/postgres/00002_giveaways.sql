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
    entries               integer NOT NULL DEFAULT 0, -- entrants, without disqualified ones; a trigger writes it
    reroll_count          integer NOT NULL DEFAULT 0,
    template_id           text,
    notes                 text,
    created_at            timestamp(3) NOT NULL,
    updated_at            timestamp(3) NOT NULL,
    -- The repeat rule: every repeat_days days, 0 for never, at the local time that repeat_from has in repeat_zone.
    -- Counting from repeat_from keeps that time after a day on which clocks skip it or show it twice. All four move to
    -- the next giveaway.
    repeat_days           integer NOT NULL DEFAULT 0,
    repeat_at             timestamp(3), -- when the bot creates the next giveaway
    -- The folded prize, for searches. It is cut before folding, to bound the cost, and afterwards, because an index row
    -- holds less than 2,704 bytes.
    search                text GENERATED ALWAYS AS (left(fold_text(left(prize, 256)), 256)) STORED,
    repeat_zone           text NOT NULL DEFAULT 'UTC', -- an IANA name
    repeat_from           timestamp(3)
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
CREATE UNIQUE INDEX giveaway_templates_name ON giveaway_templates (guild_id, left(fold_text(left(name, 256)), 256));

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
    created_at    timestamp(3) NOT NULL,
    removed_at    timestamp(3), -- when the entrant was disqualified; NULL if they were not
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
    slot        bigint NOT NULL, -- the number of ten-minute intervals since 1970
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
    claimed_at  timestamp(3),
    rerolled    boolean NOT NULL DEFAULT false,
    rerolled_at timestamp(3),
    dm_sent     boolean NOT NULL DEFAULT false,
    dm_sent_at  timestamp(3),
    feedback    text,
    created_at  timestamp(3) NOT NULL,
    claim_until timestamp(3), -- the deadline for claiming the prize; NULL for none
    lapsed_at   timestamp(3) -- when the bot found that the deadline had passed without a claim
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
    committed_at timestamp(3) NOT NULL,
    drawn_at     timestamp(3),
    places       integer NOT NULL DEFAULT 0,
    excluded     json NOT NULL DEFAULT '[]',
    winners      json NOT NULL DEFAULT '[]',
    entries      integer NOT NULL DEFAULT 0,
    digest       text NOT NULL DEFAULT '', -- of the entrants and their weights
    PRIMARY KEY (giveaway_id, round)
);

-- Keep guild_tiles. One statement updates its rows in the order of their status: transactions that locked them in
-- different orders would deadlock.
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

-- Keep giveaways.entries and giveaway_entry_counts.
-- +goose StatementBegin
CREATE FUNCTION giveaway_entries_added() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER giveaway_entries_added AFTER INSERT ON giveaway_entries REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION giveaway_entries_added();

-- +goose StatementBegin
CREATE FUNCTION giveaway_entries_removed() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER giveaway_entries_removed AFTER DELETE ON giveaway_entries REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION giveaway_entries_removed();

-- +goose StatementBegin
CREATE FUNCTION giveaway_entries_disqualified() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE giveaways SET entries = entries + CASE WHEN NEW.removed_at IS NULL THEN 1 ELSE -1 END WHERE id = NEW.giveaway_id;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER giveaway_entries_disqualified AFTER UPDATE OF removed_at ON giveaway_entries
    FOR EACH ROW WHEN ((OLD.removed_at IS NULL) <> (NEW.removed_at IS NULL)) EXECUTE FUNCTION giveaway_entries_disqualified();
