-- +goose Up

-- What a guild's team tells tickets apart by: words of its own. The bot knows nothing of them.
CREATE TABLE ticket_labels (
    id       text PRIMARY KEY,
    guild_id text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    name     text NOT NULL,
    color    text NOT NULL DEFAULT 'grey',
    version  integer NOT NULL DEFAULT 1,
    UNIQUE (guild_id, name)
);

-- Which tickets have which. created_at is the ticket's, so that those of one label are found in the order of lists.
CREATE TABLE labelled_tickets (
    guild_id   text NOT NULL,
    ticket_id  text NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    label_id   text NOT NULL REFERENCES ticket_labels (id) ON DELETE CASCADE,
    created_at timestamp NOT NULL,
    PRIMARY KEY (ticket_id, label_id)
);
CREATE INDEX labelled_tickets_label ON labelled_tickets (guild_id, label_id, created_at, ticket_id);
CREATE INDEX labelled_tickets_gone ON labelled_tickets (label_id);
