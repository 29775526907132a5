-- +goose Up

-- The same is asked of the same row once at a time, however many people click in however many processes.
CREATE UNIQUE INDEX commands_under_way ON commands (guild_id, target, type) WHERE status IN ('asked', 'sent', 'accepted');

-- What the bot has begun, how far it has come, and what it answered: a repeated command gets the first answer, and what
-- one worker left half done another finishes.
CREATE TABLE bot_work (
    id           text PRIMARY KEY, -- the command's, or one that follows from what is done
    guild_id     text NOT NULL,
    user_id      text NOT NULL DEFAULT '',
    type         text NOT NULL,
    target       text NOT NULL,
    data         json NOT NULL DEFAULT '{}',
    memo         json NOT NULL DEFAULT '{}', -- what must not be lost between two steps
    expires_at   timestamp(3), -- what has not changed a row by then is given up; NULL: never
    worker       text NOT NULL DEFAULT '',
    leased_until timestamp(3) NOT NULL, -- until then it is that worker's alone
    status       text NOT NULL DEFAULT '' CHECK (status IN ('', 'done', 'refused')),
    code         text NOT NULL DEFAULT '',
    message      text NOT NULL DEFAULT '',
    delivered    boolean NOT NULL DEFAULT false, -- the answer is in bot:results, or nobody waits for it
    begun_at     timestamp(3) NOT NULL,
    answered_at  timestamp(3)
);
-- One piece of work at a time on one row.
CREATE UNIQUE INDEX bot_work_target ON bot_work (guild_id, target) WHERE status = '';
CREATE INDEX bot_work_left ON bot_work (leased_until) WHERE status = '';
CREATE INDEX bot_work_undelivered ON bot_work (answered_at) WHERE status <> '' AND NOT delivered;
CREATE INDEX bot_work_answered ON bot_work (answered_at) WHERE delivered;

-- Round 0 is the draw at the end, each further one a reroll. The seed is secret until drawn_at.
CREATE TABLE giveaway_draws (
    giveaway_id  text NOT NULL REFERENCES giveaways (id) ON DELETE CASCADE,
    round        integer NOT NULL,
    commitment   text NOT NULL,
    seed         text NOT NULL,
    committed_at timestamp(3) NOT NULL,
    drawn_at     timestamp(3),
    places       integer NOT NULL DEFAULT 0,
    excluded     json NOT NULL DEFAULT '[]',
    winners      json NOT NULL DEFAULT '[]',
    entries      integer NOT NULL DEFAULT 0,
    digest       text NOT NULL DEFAULT '',
    PRIMARY KEY (giveaway_id, round)
);
CREATE INDEX giveaways_starting ON giveaways (starts_at) WHERE status = 'PENDING';

-- Where Discord and the rows disagree, as the bot last found it.
CREATE TABLE drifts (
    guild_id text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    kind     text NOT NULL,
    target   text NOT NULL,
    label    text NOT NULL,
    found_at timestamp(3) NOT NULL,
    PRIMARY KEY (guild_id, kind, target)
);
