-- +goose Up

-- What people asked the bot for and what came of it: the audit log. It outlives the guild, so no foreign key.
CREATE TABLE commands (
    id          text PRIMARY KEY,
    guild_id    text NOT NULL,
    user_id     text NOT NULL,
    user_name   text NOT NULL DEFAULT '',
    type        text NOT NULL,
    target      text NOT NULL DEFAULT '',
    data        text NOT NULL DEFAULT '{}',
    status      text NOT NULL DEFAULT 'asked'
        CHECK (status IN ('asked', 'sent', 'accepted', 'done', 'refused', 'expired')),
    code        text NOT NULL DEFAULT '',
    message     text NOT NULL DEFAULT '',
    issued_at   timestamp NOT NULL,
    expires_at  timestamp NOT NULL,
    answered_at timestamp
);
CREATE INDEX commands_issued ON commands (guild_id, issued_at, id);
CREATE INDEX commands_target ON commands (guild_id, target, issued_at);
CREATE INDEX commands_unanswered ON commands (expires_at) WHERE status IN ('asked', 'sent', 'accepted');
