-- +goose Up

-- Commands to the bot and their results, which are also the audit log. Dashboards write them. They have no foreign key,
-- since the audit log outlives the guild.
CREATE TABLE commands (
    id          text PRIMARY KEY,
    guild_id    text NOT NULL,
    user_id     text NOT NULL,
    user_name   text NOT NULL DEFAULT '',
    type        text NOT NULL, -- such as TICKET_CLOSE
    target      text NOT NULL DEFAULT '', -- id of the giveaway, ticket or panel
    data        json NOT NULL DEFAULT '{}',
    status      text NOT NULL DEFAULT 'requested'
        CHECK (status IN ('requested', 'sent', 'accepted', 'done', 'refused', 'expired')),
    code        text NOT NULL DEFAULT '', -- why the bot refused it
    message     text NOT NULL DEFAULT '',
    issued_at   timestamp(3) NOT NULL,
    expires_at  timestamp(3) NOT NULL, -- the bot does not begin it later
    answered_at timestamp(3)
);
CREATE INDEX commands_issued ON commands (guild_id, issued_at, id);
CREATE INDEX commands_target ON commands (guild_id, target, issued_at);
CREATE INDEX commands_unanswered ON commands (expires_at) WHERE status IN ('requested', 'sent', 'accepted');
-- A target has at most one command of a type in progress, however many users and processes submit it.
CREATE UNIQUE INDEX commands_in_progress ON commands (guild_id, target, type) WHERE status IN ('requested', 'sent', 'accepted');
CREATE INDEX commands_outcome ON commands (guild_id, status, issued_at, id);
CREATE INDEX commands_type ON commands (guild_id, type, issued_at, id);

-- Commands that the bot has started, and their results. A command that arrives again gets the stored result, and another
-- worker finishes a command whose worker has died. The bot writes it.
CREATE TABLE bot_work (
    id           text PRIMARY KEY, -- of the command, or derived from what the bot's clock does
    guild_id     text NOT NULL,
    user_id      text NOT NULL DEFAULT '',
    type         text NOT NULL,
    target       text NOT NULL,
    data         json NOT NULL DEFAULT '{}',
    checkpoint   json NOT NULL DEFAULT '{}', -- state that later steps need
    expires_at   timestamp(3), -- a command that has changed no row by then is refused; NULL: never
    lease_token  text NOT NULL DEFAULT '',
    leased_until timestamp(3) NOT NULL, -- until then no other worker may take the command over
    status       text NOT NULL DEFAULT '' CHECK (status IN ('', 'done', 'refused')), -- '' for in progress
    code         text NOT NULL DEFAULT '',
    message      text NOT NULL DEFAULT '',
    delivered    boolean NOT NULL DEFAULT false, -- the result is in bot:results, or no dashboard waits for it
    started_at   timestamp(3) NOT NULL,
    answered_at  timestamp(3)
);
-- The bot works on a target with one command at a time.
CREATE UNIQUE INDEX bot_work_target ON bot_work (guild_id, target) WHERE status = '';
CREATE INDEX bot_work_unfinished ON bot_work (leased_until) WHERE status = '';
CREATE INDEX bot_work_undelivered ON bot_work (answered_at) WHERE status <> '' AND NOT delivered;
CREATE INDEX bot_work_answered ON bot_work (answered_at) WHERE delivered;

-- Differences between Discord and the database, as of the bot's last comparison. The bot writes them.
CREATE TABLE drifts (
    guild_id text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    kind     text NOT NULL, -- such as ticket.channel-deleted
    target   text NOT NULL, -- id of the giveaway or ticket; of missing permissions, the channel, or '' for the guild
    label    text NOT NULL, -- the giveaway's prize, or the ticket's number and subject; of missing permissions, their names
    found_at timestamp(3) NOT NULL,
    PRIMARY KEY (guild_id, kind, target)
);
