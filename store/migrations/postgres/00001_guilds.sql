-- +goose Up

-- Times are UTC, rounded to milliseconds. Ids of Discord objects are text; columns named …_by, user_id, host_id and
-- …role_id hold them. member_id is the id of a row in members.

-- The search in tickets uses trigrams. Only the owner of the database can install the extension.
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

-- fold_text returns the form of a text that searches and comparisons of names use, the same as store.Fold. It depends
-- neither on the locale of the database nor on whether the text is composed. Without ICU it uses another collation that
-- knows all letters. If there is none, or the encoding is not UTF8, it folds what the locale can, and the dashboard
-- logs a warning at its start.
-- +goose StatementBegin
DO $do$
DECLARE
    letters text; -- a collation
BEGIN
    SELECT format('pg_catalog.%I', collname) INTO letters FROM pg_collation
    WHERE collnamespace = 'pg_catalog'::regnamespace AND collencoding IN (-1, 6) -- any, UTF8
        AND (collname IN ('und-x-icu', 'pg_c_utf8') OR collname ~* '^[a-z_]+\.utf-?8$' AND collname !~ '^(tr|az)_')
    ORDER BY collname <> 'und-x-icu', collname <> 'pg_c_utf8', collname !~ '^C', collname LIMIT 1;
    IF current_setting('server_encoding') <> 'UTF8' THEN
        CREATE FUNCTION fold_text(t text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT lower(t)';
        RETURN;
    END IF;
    EXECUTE format($create$
        CREATE FUNCTION fold_text(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
        BEGIN
            IF octet_length(t) = char_length(t) THEN
                RETURN lower(t COLLATE "C");
            END IF;
            IF t IS NOT NFKC NORMALIZED THEN
                t := normalize(t, NFKC);
            END IF;
            t := lower(t COLLATE %1$s);
            IF t ~ '[ßςı\u0300-\u036f]' COLLATE "C" THEN
                t := normalize(replace(replace(translate(t, 'ςı', 'σi'), U&'i\0307', 'i'), 'ß', 'ss'), NFKC);
            ELSIF t IS NOT NFKC NORMALIZED THEN
                t := normalize(t, NFKC);
            END IF;
            RETURN t;
        END $$
    $create$, coalesce(letters, '"default"'));
END $do$;
-- +goose StatementEnd

-- The Discord servers that the bot has been in. The bot writes them.
CREATE TABLE guilds (
    id        text PRIMARY KEY, -- the Discord id
    name      text NOT NULL,
    icon      text NOT NULL DEFAULT '',
    joined_at timestamp(3) NOT NULL, -- when the bot joined
    left_at   timestamp(3), -- when the bot left; NULL while it is in the guild
    roles_at  timestamp(3) -- when the bot last confirmed members.role_ids, which are valid for some minutes only
);

-- The roles of a guild. The bot writes them.
CREATE TABLE guild_roles (
    guild_id text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    id       text NOT NULL, -- the Discord id
    name     text NOT NULL,
    color    text NOT NULL DEFAULT '', -- #rrggbb, or empty for none
    position integer NOT NULL DEFAULT 0, -- higher ones first
    PRIMARY KEY (guild_id, id)
);

-- The channels of a guild. The bot writes them.
CREATE TABLE guild_channels (
    guild_id  text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    id        text NOT NULL, -- the Discord id
    name      text NOT NULL, -- without #
    kind      text NOT NULL DEFAULT 'text', -- text, announcement, voice, stage, forum, category
    parent_id text NOT NULL DEFAULT '', -- the channel's category, or empty for none
    position  integer NOT NULL DEFAULT 0, -- lower ones first
    PRIMARY KEY (guild_id, id)
);

-- The members of a guild that the bot has recorded. The bot writes them.
CREATE TABLE members (
    id         text PRIMARY KEY,
    guild_id   text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    discord_id text NOT NULL,
    username   text,
    avatar     text NOT NULL DEFAULT '',
    created_at timestamp(3) NOT NULL,
    updated_at timestamp(3) NOT NULL,
    role_ids   text[] NOT NULL DEFAULT '{}', -- empty for members without a role in staff_grants; see guilds.roles_at
    left_at    timestamp(3), -- when the member left the guild; NULL while they are in it
    -- The folded name, for searches by prefix: ordered by bytes, whatever the locale of the database.
    search     text COLLATE "C" GENERATED ALWAYS AS (left(fold_text(left(coalesce(username, ''), 256)), 256)) STORED,
    UNIQUE (guild_id, discord_id)
);
CREATE INDEX members_staff ON members (guild_id, discord_id) WHERE role_ids <> '{}';
CREATE INDEX members_search ON members (guild_id, search, id);

-- The access that managers give to roles, by module. Dashboards write it.
CREATE TABLE staff_grants (
    guild_id text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    role_id  text NOT NULL,
    module   text NOT NULL CHECK (module IN ('giveaways', 'tickets')),
    level    text NOT NULL CHECK (level IN ('see', 'act', 'manage')),
    PRIMARY KEY (guild_id, role_id, module)
);

-- The settings of a guild, by module. Dashboards write them, the bot reads them.
CREATE TABLE guild_settings (
    guild_id text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    module   text NOT NULL CHECK (module IN ('giveaways', 'tickets')),
    data     text NOT NULL, -- a JSON object
    version  integer NOT NULL, -- the number of times that the row was saved, to detect conflicting changes
    -- The response time target for tickets, in minutes; NULL for none. It is read out of data as text, since the JSON
    -- operators refuse a document that has \u0000 anywhere; a quotation mark within a JSON string has a backslash.
    response_target_minutes integer
        GENERATED ALWAYS AS (CAST(substring(data FROM '"answerWithin"\s*:\s*([1-9][0-9]{0,4})\s*[,}]') AS integer)) STORED,
    PRIMARY KEY (guild_id, module)
);

-- The numbers of giveaways and tickets by status, for the totals above lists. Only triggers write it.
CREATE TABLE guild_tiles (
    guild_id text NOT NULL,
    kind     text NOT NULL, -- giveaway, ticket
    status   text NOT NULL,
    n        integer NOT NULL,
    entries  integer NOT NULL, -- of these giveaways; 0 for tickets
    PRIMARY KEY (guild_id, kind, status)
);

-- Counters of a guild.
CREATE TABLE guild_counters (
    guild_id      text PRIMARY KEY REFERENCES guilds (id) ON DELETE CASCADE,
    ticket_number integer NOT NULL, -- of the last ticket; the bot's row lock keeps numbers consecutive
    -- An upper bound, in milliseconds, of how much earlier a ticket was opened than one that was inserted before it.
    -- Rows of ticket_text are in insertion order: with this bound, a search by date reads a range of them. Triggers
    -- write it.
    tickets_late  bigint NOT NULL DEFAULT 0
);
