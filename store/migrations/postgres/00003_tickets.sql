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
    created_at         timestamp(3) NOT NULL,
    updated_at         timestamp(3) NOT NULL,
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
    ping_role_ids       text[] NOT NULL DEFAULT '{}',
    ping_user_ids       text[] NOT NULL DEFAULT '{}',
    category_channel_id text, -- the channel category that new ticket channels are created in
    naming_pattern      text,
    form_enabled        boolean NOT NULL DEFAULT false,
    form_questions      jsonb,
    claim_enabled       boolean NOT NULL DEFAULT true,
    auto_claim_role     text,
    sort_order          integer NOT NULL DEFAULT 0,
    enabled             boolean NOT NULL DEFAULT true,
    created_at          timestamp(3) NOT NULL,
    updated_at          timestamp(3) NOT NULL,
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
    assigned_role_ids text[] NOT NULL DEFAULT '{}',
    assigned_user_ids text[] NOT NULL DEFAULT '{}',
    sort_order        integer NOT NULL DEFAULT 0,
    enabled           boolean NOT NULL DEFAULT true,
    created_at        timestamp(3) NOT NULL,
    updated_at        timestamp(3) NOT NULL,
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
    closed_at         timestamp(3),
    number            integer NOT NULL, -- from guild_counters
    category_id       text REFERENCES ticket_categories (id) ON DELETE SET NULL,
    platform_username text,
    product_id        text REFERENCES ticket_products (id) ON DELETE SET NULL,
    issue_type        text,
    issue_details     text,
    form_responses    json, -- not jsonb, which does not keep the order of the questions
    transcript_url    text,
    created_at        timestamp(3) NOT NULL,
    updated_at        timestamp(3) NOT NULL,
    -- Since when the ticket waits for a response: since it was opened, reopened or unclaimed, or since the opener's
    -- first message after the last response. NULL if it does not wait. Triggers write it.
    waiting_since     timestamp(3),
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
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    guild_id  text NOT NULL,
    ticket_id text NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    kind      text NOT NULL CHECK (kind IN ('claimed', 'unclaimed', 'closed', 'reopened')),
    user_id   text NOT NULL DEFAULT '',
    reason    text NOT NULL DEFAULT '',
    at        timestamp(3) NOT NULL
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
    created_at  timestamp(3) NOT NULL,
    edited_at   timestamp(3),
    deleted_at  timestamp(3),
    -- The number of revisions, so that pages can show it without reading them. A JSON string cannot contain "until"
    -- with its quotation marks, since they have backslashes there.
    edits       integer NOT NULL GENERATED ALWAYS AS ((length(revisions) - length(replace(revisions, '"until"', ''))) / 7) STORED
);
CREATE INDEX ticket_messages_ticket ON ticket_messages (guild_id, ticket_id, created_at, id);

-- Who viewed a ticket or its transcript. Dashboards write it.
CREATE TABLE ticket_views (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    guild_id  text NOT NULL,
    ticket_id text NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    user_id   text NOT NULL,
    user_name text NOT NULL DEFAULT '',
    at        timestamp(3) NOT NULL
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
    created_at timestamp(3) NOT NULL
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
CREATE UNIQUE INDEX ticket_replies_name ON ticket_replies (guild_id, left(fold_text(left(name, 256)), 256));

-- Labels of a guild. Dashboards write them; the bot does not read them.
CREATE TABLE ticket_labels (
    id       text PRIMARY KEY,
    guild_id text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    name     text NOT NULL,
    color    text NOT NULL DEFAULT 'grey',
    version  integer NOT NULL DEFAULT 1, -- the number of times that the row was saved, to detect conflicting changes
    UNIQUE (guild_id, name)
);
CREATE UNIQUE INDEX ticket_labels_name ON ticket_labels (guild_id, left(fold_text(left(name, 256)), 256));

-- The labels of each ticket. Dashboards write them.
CREATE TABLE labelled_tickets (
    guild_id   text NOT NULL,
    ticket_id  text NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    label_id   text NOT NULL REFERENCES ticket_labels (id) ON DELETE CASCADE,
    created_at timestamp(3) NOT NULL, -- of the ticket, so that the index has the order of the list
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
    created_at        timestamp(3) NOT NULL,
    updated_at        timestamp(3) NOT NULL,
    guild_id          text NOT NULL DEFAULT '' -- of the ticket; if an insert leaves it empty, a trigger writes it
);
CREATE INDEX ticket_ratings_created ON ticket_ratings (guild_id, created_at, id);
CREATE INDEX ticket_ratings_stars ON ticket_ratings (guild_id, stars, created_at, id);
CREATE INDEX ticket_ratings_staff ON ticket_ratings (guild_id, staff_id, created_at, id, stars);

-- Keep guild_tiles, in the same way as giveaways_tiles.
-- +goose StatementBegin
CREATE FUNCTION tickets_tiles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO guild_tiles AS t (guild_id, kind, status, n, entries)
    SELECT x.guild_id, 'ticket', x.status, sum(x.n), 0
    FROM (
        SELECT OLD.guild_id, OLD.status, -1 AS n WHERE TG_OP <> 'INSERT'
        UNION ALL
        SELECT NEW.guild_id, NEW.status, 1 WHERE TG_OP <> 'DELETE'
    ) x
    GROUP BY x.guild_id, x.status
    ORDER BY x.guild_id, x.status
    ON CONFLICT (guild_id, kind, status) DO UPDATE SET n = t.n + excluded.n;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER tickets_tiles AFTER INSERT OR DELETE OR UPDATE OF status ON tickets
    FOR EACH ROW EXECUTE FUNCTION tickets_tiles();

-- Record status changes in ticket_events, and start or end the wait for a response.
-- +goose StatementBegin
CREATE FUNCTION tickets_status_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status = 'OPEN' THEN
            NEW.waiting_since := NEW.created_at;
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.status = NEW.status THEN
        RETURN NEW;
    END IF;
    INSERT INTO ticket_events (guild_id, ticket_id, kind, user_id, reason, at)
    VALUES (NEW.guild_id, NEW.id,
        CASE WHEN NEW.status = 'CLAIMED' THEN 'claimed' WHEN NEW.status = 'CLOSED' THEN 'closed'
            WHEN OLD.status = 'CLOSED' THEN 'reopened' ELSE 'unclaimed' END,
        coalesce(CASE NEW.status WHEN 'CLAIMED' THEN NEW.claimed_by WHEN 'CLOSED' THEN NEW.closed_by ELSE NEW.moved_by END, ''),
        CASE WHEN NEW.status = 'CLOSED' THEN coalesce(NEW.close_reason, '') ELSE '' END, NEW.updated_at);
    NEW.moved_by := NULL;
    NEW.waiting_since := CASE WHEN NEW.status = 'OPEN' THEN NEW.updated_at END;
    NEW.close_reason := CASE WHEN NEW.status = 'CLOSED' THEN NEW.close_reason END;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER tickets_status_changed BEFORE INSERT OR UPDATE OF status ON tickets
    FOR EACH ROW EXECUTE FUNCTION tickets_status_changed();

-- A message of the opener starts the wait for a response, and a message of any other user ends it, whether the ticket is
-- claimed or not: there are categories in which tickets cannot be claimed.
-- +goose StatementBegin
CREATE FUNCTION ticket_messages_waiting_since() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    author text;
BEGIN
    SELECT m.id INTO author FROM members m WHERE m.guild_id = NEW.guild_id AND m.discord_id = NEW.user_id;
    UPDATE tickets SET waiting_since = NEW.created_at
    WHERE id = NEW.ticket_id AND status <> 'CLOSED' AND waiting_since IS NULL AND member_id = author;
    UPDATE tickets SET waiting_since = NULL
    WHERE id = NEW.ticket_id AND waiting_since <= NEW.created_at AND member_id <> coalesce(author, '');
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER ticket_messages_waiting_since AFTER INSERT ON ticket_messages
    FOR EACH ROW WHEN (NOT NEW.is_bot) EXECUTE FUNCTION ticket_messages_waiting_since();

-- Keep guild_counters.tickets_late. Tickets with an infinite time, or with one beyond the range of intervals, are
-- ignored.
-- +goose StatementBegin
CREATE FUNCTION milliseconds(d interval) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT ceil(extract(epoch FROM d) * 1000)::bigint
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION tickets_late() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    newest timestamp(3);
    since  timestamp(3) := NEW.created_at;
BEGIN
    IF since NOT BETWEEN '0001-01-01' AND '9999-12-31' THEN
        RETURN NEW;
    END IF;
    SELECT max(created_at) INTO newest FROM tickets WHERE guild_id = NEW.guild_id AND created_at BETWEEN '0001-01-01' AND '9999-12-31';
    IF TG_OP = 'UPDATE' THEN
        SELECT min(created_at) INTO since FROM tickets WHERE guild_id = NEW.guild_id AND created_at BETWEEN '0001-01-01' AND '9999-12-31';
    END IF;
    IF newest > since THEN
        INSERT INTO guild_counters AS c (guild_id, ticket_number, tickets_late) VALUES (NEW.guild_id, 0, milliseconds(newest - since))
        ON CONFLICT (guild_id) DO UPDATE SET tickets_late = excluded.tickets_late WHERE c.tickets_late < excluded.tickets_late;
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER tickets_late_inserted BEFORE INSERT ON tickets FOR EACH ROW EXECUTE FUNCTION tickets_late();
CREATE TRIGGER tickets_late_updated AFTER UPDATE OF created_at ON tickets
    FOR EACH ROW WHEN (OLD.created_at <> NEW.created_at) EXECUTE FUNCTION tickets_late();

-- +goose StatementBegin
CREATE FUNCTION ticket_ratings_guild() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.guild_id = '' THEN
        SELECT t.guild_id INTO NEW.guild_id FROM tickets t WHERE t.id = NEW.ticket_id;
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER ticket_ratings_guild BEFORE INSERT ON ticket_ratings FOR EACH ROW EXECUTE FUNCTION ticket_ratings_guild();
