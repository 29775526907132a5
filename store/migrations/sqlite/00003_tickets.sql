-- +goose Up

-- Panels, their categories, and products are what members open tickets with. Dashboards write them, the bot reads them;
-- version counts the times that a row was saved, to detect conflicting changes.
CREATE TABLE ticket_panels (
    id                 text PRIMARY KEY,
    guild_id           text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    name               text NOT NULL,
    title              text NOT NULL DEFAULT '🎫 Support Tickets',
    description        text NOT NULL DEFAULT 'Click a button below to open a ticket',
    color              text NOT NULL DEFAULT '#5865F2',
    image_url          text,
    thumbnail          text,
    footer             text,
    channel_id         text, -- where the panel should be
    message_id         text, -- the panel's message, in posted_in; the bot writes both
    component_type     text NOT NULL DEFAULT 'BUTTONS',
    button_style       text NOT NULL DEFAULT 'PRIMARY',
    select_placeholder text NOT NULL DEFAULT 'Select a category...',
    sort_order         integer NOT NULL DEFAULT 0,
    enabled            boolean NOT NULL DEFAULT true,
    created_at         timestamp NOT NULL,
    updated_at         timestamp NOT NULL,
    version            integer NOT NULL DEFAULT 1,
    posted_in          text, -- a channel id; differs from channel_id until the bot has moved the panel
    UNIQUE (guild_id, name)
);

CREATE TABLE ticket_categories (
    id                  text PRIMARY KEY,
    panel_id            text NOT NULL REFERENCES ticket_panels (id) ON DELETE CASCADE,
    guild_id            text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    name                text NOT NULL,
    emoji               text,
    description         text,
    ping_role_ids       text NOT NULL DEFAULT '{}',
    ping_user_ids       text NOT NULL DEFAULT '{}',
    category_channel_id text, -- the channel category that new ticket channels are created in
    naming_pattern      text,
    form_enabled        boolean NOT NULL DEFAULT false,
    form_questions      text,
    claim_enabled       boolean NOT NULL DEFAULT true,
    auto_claim_role     text,
    sort_order          integer NOT NULL DEFAULT 0,
    enabled             boolean NOT NULL DEFAULT true,
    created_at          timestamp NOT NULL,
    updated_at          timestamp NOT NULL,
    version             integer NOT NULL DEFAULT 1,
    UNIQUE (panel_id, name)
);
CREATE INDEX ticket_categories_guild ON ticket_categories (guild_id);
CREATE INDEX ticket_categories_panel ON ticket_categories (panel_id);

CREATE TABLE ticket_products (
    id                text PRIMARY KEY,
    guild_id          text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    name              text NOT NULL,
    emoji             text,
    description       text,
    assigned_role_ids text NOT NULL DEFAULT '{}',
    assigned_user_ids text NOT NULL DEFAULT '{}',
    sort_order        integer NOT NULL DEFAULT 0,
    enabled           boolean NOT NULL DEFAULT true,
    created_at        timestamp NOT NULL,
    updated_at        timestamp NOT NULL,
    version           integer NOT NULL DEFAULT 1,
    UNIQUE (guild_id, name)
);

-- Tickets. The bot writes them, except for priority.
CREATE TABLE tickets (
    id                text PRIMARY KEY,
    guild_id          text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    member_id         text NOT NULL REFERENCES members (id) ON DELETE CASCADE, -- the opener
    channel_id        text NOT NULL UNIQUE,
    subject           text,
    status            text NOT NULL DEFAULT 'OPEN' CHECK (status IN ('OPEN', 'CLAIMED', 'CLOSED')),
    claimed_by        text,
    closed_by         text,
    closed_at         timestamp,
    number            integer NOT NULL, -- from guild_counters
    category_id       text REFERENCES ticket_categories (id) ON DELETE SET NULL,
    platform_username text,
    product_id        text REFERENCES ticket_products (id) ON DELETE SET NULL,
    issue_type        text,
    issue_details     text,
    form_responses    text,
    transcript_url    text,
    created_at        timestamp NOT NULL,
    updated_at        timestamp NOT NULL,
    -- Since when the ticket waits for a response: since it was opened, reopened or unclaimed, or since the opener's
    -- first message after the last response. NULL if it does not wait. Triggers write it.
    waiting_since     timestamp,
    close_reason      text,
    moved_by          text, -- author of a change that no other column names; a trigger moves it to ticket_events
    priority          text NOT NULL DEFAULT 'NORMAL' CHECK (priority IN ('LOW', 'NORMAL', 'HIGH', 'URGENT')),
    UNIQUE (guild_id, number)
);
CREATE INDEX tickets_created ON tickets (guild_id, created_at, id);
CREATE INDEX tickets_status ON tickets (guild_id, status, created_at, id);
CREATE INDEX tickets_waiting ON tickets (guild_id, created_at, id) WHERE status = 'OPEN' AND claimed_by IS NULL;
CREATE INDEX tickets_closed ON tickets (guild_id, closed_at) WHERE status = 'CLOSED';
CREATE INDEX tickets_member ON tickets (member_id);
CREATE INDEX tickets_category ON tickets (category_id);
CREATE INDEX tickets_product ON tickets (product_id);
CREATE INDEX tickets_waiting_since ON tickets (guild_id, waiting_since, id) WHERE waiting_since IS NOT NULL;
CREATE INDEX tickets_opener ON tickets (guild_id, member_id, created_at, id);
-- Filters that are often combined are evaluated in the index, without reading rows of the table.
CREATE INDEX tickets_claimer ON tickets (guild_id, claimed_by, created_at, id, category_id, status);
CREATE INDEX tickets_category_page ON tickets (guild_id, category_id, created_at, id, claimed_by, status);
CREATE INDEX tickets_priority ON tickets (guild_id, priority, created_at, id);

-- Status changes of a ticket after it was opened. A trigger writes them.
CREATE TABLE ticket_events (
    id        integer PRIMARY KEY,
    guild_id  text NOT NULL,
    ticket_id text NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    kind      text NOT NULL CHECK (kind IN ('claimed', 'unclaimed', 'closed', 'reopened')),
    user_id   text NOT NULL DEFAULT '',
    reason    text NOT NULL DEFAULT '',
    at        timestamp NOT NULL
);
CREATE INDEX ticket_events_ticket ON ticket_events (ticket_id, at, id);

-- Messages in a ticket's channel. The bot writes them.
CREATE TABLE ticket_messages (
    id          text PRIMARY KEY, -- the Discord id
    guild_id    text NOT NULL,
    ticket_id   text NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    user_id     text NOT NULL,
    user_name   text NOT NULL DEFAULT '',
    user_avatar text NOT NULL DEFAULT '',
    is_bot      boolean NOT NULL DEFAULT false,
    content     text NOT NULL DEFAULT '',
    embeds      text NOT NULL DEFAULT '[]',
    attachments text NOT NULL DEFAULT '[]',
    mentions    text NOT NULL DEFAULT '{}', -- names of the users, roles and channels that the content mentions, by id
    reply_to    text NOT NULL DEFAULT '', -- a message id
    revisions   text NOT NULL DEFAULT '[]', -- earlier contents, each with "until", the time of the edit
    created_at  timestamp NOT NULL,
    edited_at   timestamp,
    deleted_at  timestamp,
    edits       integer NOT NULL DEFAULT 0 -- number of revisions, so that pages need not read them; triggers write it
);
CREATE INDEX ticket_messages_ticket ON ticket_messages (guild_id, ticket_id, created_at, id);

-- Who viewed a ticket or its transcript. Dashboards write it.
CREATE TABLE ticket_views (
    id        integer PRIMARY KEY,
    guild_id  text NOT NULL,
    ticket_id text NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    user_id   text NOT NULL,
    user_name text NOT NULL DEFAULT '',
    at        timestamp NOT NULL
);
CREATE INDEX ticket_views_ticket ON ticket_views (guild_id, ticket_id, at, id);

-- Notes of staff members about a ticket. Dashboards write them; the bot does not read them.
CREATE TABLE ticket_notes (
    id         text PRIMARY KEY,
    guild_id   text NOT NULL,
    ticket_id  text NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    user_id    text NOT NULL,
    user_name  text NOT NULL DEFAULT '',
    text       text NOT NULL,
    created_at timestamp NOT NULL
);
CREATE INDEX ticket_notes_ticket ON ticket_notes (guild_id, ticket_id, created_at, id);

-- Saved replies of a guild. Dashboards write them.
CREATE TABLE ticket_replies (
    id       text PRIMARY KEY,
    guild_id text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    name     text NOT NULL,
    content  text NOT NULL,
    version  integer NOT NULL DEFAULT 1, -- the number of times that the row was saved, to detect conflicting changes
    UNIQUE (guild_id, name)
);
-- Names that differ only in case or composition are the same.
CREATE UNIQUE INDEX ticket_replies_name ON ticket_replies (guild_id, substr(fold_text(substr(name, 1, 256)), 1, 256));

-- Labels of a guild. Dashboards write them; the bot does not read them.
CREATE TABLE ticket_labels (
    id       text PRIMARY KEY,
    guild_id text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    name     text NOT NULL,
    color    text NOT NULL DEFAULT 'grey',
    version  integer NOT NULL DEFAULT 1, -- the number of times that the row was saved, to detect conflicting changes
    UNIQUE (guild_id, name)
);
CREATE UNIQUE INDEX ticket_labels_name ON ticket_labels (guild_id, substr(fold_text(substr(name, 1, 256)), 1, 256));

-- The labels of each ticket. Dashboards write them.
CREATE TABLE labelled_tickets (
    guild_id   text NOT NULL,
    ticket_id  text NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    label_id   text NOT NULL REFERENCES ticket_labels (id) ON DELETE CASCADE,
    created_at timestamp NOT NULL, -- of the ticket, so that the index has the order of the list
    PRIMARY KEY (ticket_id, label_id)
);
CREATE INDEX labelled_tickets_label ON labelled_tickets (guild_id, label_id, created_at, ticket_id);
CREATE INDEX labelled_tickets_label_id ON labelled_tickets (label_id); -- for the deletion of a label

-- Ratings by the openers of tickets. The bot writes them; dashboards write approved and featured.
CREATE TABLE ticket_ratings (
    id                text PRIMARY KEY,
    ticket_id         text NOT NULL UNIQUE REFERENCES tickets (id) ON DELETE CASCADE,
    stars             integer NOT NULL CHECK (stars BETWEEN 1 AND 5),
    review            text,
    staff_id          text,
    approved          boolean NOT NULL DEFAULT false,
    featured          boolean NOT NULL DEFAULT false,
    review_message_id text,
    created_at        timestamp NOT NULL,
    updated_at        timestamp NOT NULL,
    guild_id          text NOT NULL DEFAULT '' -- of the ticket; if an insert leaves it empty, a trigger writes it
);
CREATE INDEX ticket_ratings_created ON ticket_ratings (guild_id, created_at, id);
CREATE INDEX ticket_ratings_stars ON ticket_ratings (guild_id, stars, created_at, id);
CREATE INDEX ticket_ratings_staff ON ticket_ratings (guild_id, staff_id, created_at, id, stars);

-- Keep guild_tiles. New and deleted tickets are counted by tickets_added and tickets_removed.
-- +goose StatementBegin
CREATE TRIGGER tickets_tiles_updated AFTER UPDATE OF status ON tickets BEGIN
    UPDATE guild_tiles SET n = n - 1 WHERE guild_id = OLD.guild_id AND kind = 'ticket' AND status = OLD.status;
    INSERT INTO guild_tiles (guild_id, kind, status, n, entries) VALUES (NEW.guild_id, 'ticket', NEW.status, 1, 0)
    ON CONFLICT (guild_id, kind, status) DO UPDATE SET n = n + 1;
END;
-- +goose StatementEnd

-- Record status changes in ticket_events, and start or end the wait for a response.
-- +goose StatementBegin
CREATE TRIGGER tickets_status_changed AFTER UPDATE OF status ON tickets WHEN OLD.status <> NEW.status BEGIN
    INSERT INTO ticket_events (guild_id, ticket_id, kind, user_id, reason, at)
    VALUES (NEW.guild_id, NEW.id,
        CASE WHEN NEW.status = 'CLAIMED' THEN 'claimed' WHEN NEW.status = 'CLOSED' THEN 'closed'
            WHEN OLD.status = 'CLOSED' THEN 'reopened' ELSE 'unclaimed' END,
        coalesce(CASE NEW.status WHEN 'CLAIMED' THEN NEW.claimed_by WHEN 'CLOSED' THEN NEW.closed_by ELSE NEW.moved_by END, ''),
        CASE WHEN NEW.status = 'CLOSED' THEN coalesce(NEW.close_reason, '') ELSE '' END, NEW.updated_at);
    UPDATE tickets SET moved_by = NULL, waiting_since = CASE WHEN NEW.status = 'OPEN' THEN NEW.updated_at END,
        close_reason = CASE WHEN NEW.status = 'CLOSED' THEN NEW.close_reason END
    WHERE id = NEW.id;
END;
-- +goose StatementEnd

-- A message of the opener starts the wait for a response, and a message of any other user ends it, whether the ticket is
-- claimed or not: there are categories in which tickets cannot be claimed.
-- +goose StatementBegin
CREATE TRIGGER ticket_messages_waiting_since AFTER INSERT ON ticket_messages WHEN NOT NEW.is_bot BEGIN
    UPDATE tickets SET waiting_since = NEW.created_at
    WHERE id = NEW.ticket_id AND status <> 'CLOSED' AND waiting_since IS NULL
        AND member_id = (SELECT m.id FROM members m WHERE m.guild_id = NEW.guild_id AND m.discord_id = NEW.user_id);
    UPDATE tickets SET waiting_since = NULL
    WHERE id = NEW.ticket_id AND waiting_since <= NEW.created_at
        AND member_id <> coalesce((SELECT m.id FROM members m WHERE m.guild_id = NEW.guild_id AND m.discord_id = NEW.user_id), '');
END;
-- +goose StatementEnd

-- Keep ticket_messages.edits. A JSON string cannot contain "until" with its quotation marks, since they have
-- backslashes there.
-- +goose StatementBegin
CREATE TRIGGER ticket_messages_edited_inserted AFTER INSERT ON ticket_messages WHEN NEW.revisions <> '[]' BEGIN
    UPDATE ticket_messages SET edits = (length(NEW.revisions) - length(replace(NEW.revisions, '"until"', ''))) / 7 WHERE id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ticket_messages_edited AFTER UPDATE OF revisions ON ticket_messages WHEN NEW.revisions <> OLD.revisions BEGIN
    UPDATE ticket_messages SET edits = (length(NEW.revisions) - length(replace(NEW.revisions, '"until"', ''))) / 7 WHERE id = NEW.id;
END;
-- +goose StatementEnd

-- Keep guild_counters.tickets_late.
-- +goose StatementBegin
CREATE TRIGGER tickets_late_inserted AFTER INSERT ON tickets BEGIN
    INSERT INTO guild_counters (guild_id, ticket_number, tickets_late)
    SELECT NEW.guild_id, 0, l.newest - NEW.created_at
    FROM (SELECT created_at AS newest FROM tickets WHERE guild_id = NEW.guild_id ORDER BY created_at DESC LIMIT 1) l
    WHERE l.newest > NEW.created_at
    ON CONFLICT (guild_id) DO UPDATE SET tickets_late = max(tickets_late, excluded.tickets_late);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tickets_late_updated AFTER UPDATE OF created_at ON tickets WHEN OLD.created_at <> NEW.created_at BEGIN
    INSERT INTO guild_counters (guild_id, ticket_number, tickets_late)
    SELECT NEW.guild_id, 0, (SELECT max(created_at) FROM tickets WHERE guild_id = NEW.guild_id) -
        (SELECT min(created_at) FROM tickets WHERE guild_id = NEW.guild_id) WHERE true
    ON CONFLICT (guild_id) DO UPDATE SET tickets_late = max(tickets_late, excluded.tickets_late);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ticket_ratings_guild AFTER INSERT ON ticket_ratings WHEN NEW.guild_id = '' BEGIN
    UPDATE ticket_ratings SET guild_id = (SELECT t.guild_id FROM tickets t WHERE t.id = NEW.ticket_id) WHERE id = NEW.id;
END;
-- +goose StatementEnd
