-- +goose Up

-- Search in tickets needs it; installing it is up to the owner of the database.
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

-- All times are UTC wall clock to the millisecond; all Discord ids are text.
CREATE TABLE guilds (
    id        text PRIMARY KEY,
    name      text NOT NULL,
    icon      text NOT NULL DEFAULT '',
    joined_at timestamp(3) NOT NULL,
    left_at   timestamp(3)
);

CREATE TABLE members (
    id         text PRIMARY KEY,
    guild_id   text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    discord_id text NOT NULL,
    username   text,
    avatar     text NOT NULL DEFAULT '',
    created_at timestamp(3) NOT NULL,
    updated_at timestamp(3) NOT NULL,
    UNIQUE (guild_id, discord_id)
);

-- How many there are, by status: kept by triggers only, so that the totals above a list cost a handful of rows.
CREATE TABLE guild_tiles (
    guild_id text NOT NULL,
    kind     text NOT NULL, -- giveaway, ticket
    status   text NOT NULL,
    n        integer NOT NULL,
    entries  integer NOT NULL,
    PRIMARY KEY (guild_id, kind, status)
);

-- The last number given to a ticket; its row is the lock that makes numbers consecutive.
CREATE TABLE guild_counters (
    guild_id      text PRIMARY KEY REFERENCES guilds (id) ON DELETE CASCADE,
    ticket_number integer NOT NULL
);
