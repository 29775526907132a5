-- +goose Up

-- What those who answer a ticket write down for each other. The bot never sees it.
CREATE TABLE ticket_notes (
    id         text PRIMARY KEY,
    guild_id   text NOT NULL,
    ticket_id  text NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    user_id    text NOT NULL,
    user_name  text NOT NULL DEFAULT '',
    text       text NOT NULL,
    created_at timestamp(3) NOT NULL
);
CREATE INDEX ticket_notes_ticket ON ticket_notes (guild_id, ticket_id, created_at, id);
