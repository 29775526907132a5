-- +goose Up

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
    channel_id         text,
    message_id         text,
    component_type     text NOT NULL DEFAULT 'BUTTONS',
    button_style       text NOT NULL DEFAULT 'PRIMARY',
    select_placeholder text NOT NULL DEFAULT 'Select a category...',
    sort_order         integer NOT NULL DEFAULT 0,
    enabled            boolean NOT NULL DEFAULT true,
    created_at         timestamp NOT NULL,
    updated_at         timestamp NOT NULL,
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
    category_channel_id text,
    naming_pattern      text,
    form_enabled        boolean NOT NULL DEFAULT false,
    form_questions      text,
    claim_enabled       boolean NOT NULL DEFAULT true,
    auto_claim_role     text,
    sort_order          integer NOT NULL DEFAULT 0,
    enabled             boolean NOT NULL DEFAULT true,
    created_at          timestamp NOT NULL,
    updated_at          timestamp NOT NULL,
    UNIQUE (panel_id, name)
);
CREATE INDEX ticket_categories_guild ON ticket_categories (guild_id);

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
    UNIQUE (guild_id, name)
);

CREATE TABLE tickets (
    id                text PRIMARY KEY,
    guild_id          text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    member_id         text NOT NULL REFERENCES members (id) ON DELETE CASCADE, -- who opened it
    channel_id        text NOT NULL UNIQUE,
    subject           text,
    status            text NOT NULL DEFAULT 'OPEN' CHECK (status IN ('OPEN', 'CLAIMED', 'CLOSED')),
    claimed_by        text, -- a Discord id, as is closed_by
    closed_by         text,
    closed_at         timestamp,
    number            integer NOT NULL,
    category_id       text REFERENCES ticket_categories (id) ON DELETE SET NULL,
    platform_username text,
    product_id        text REFERENCES ticket_products (id) ON DELETE SET NULL,
    issue_type        text,
    issue_details     text,
    form_responses    text,
    transcript_url    text,
    created_at        timestamp NOT NULL,
    updated_at        timestamp NOT NULL,
    UNIQUE (guild_id, number)
);
CREATE INDEX tickets_created ON tickets (guild_id, created_at, id);
CREATE INDEX tickets_status ON tickets (guild_id, status, created_at, id);
CREATE INDEX tickets_waiting ON tickets (guild_id, created_at, id) WHERE status = 'OPEN' AND claimed_by IS NULL;
CREATE INDEX tickets_closed ON tickets (guild_id, closed_at) WHERE status = 'CLOSED';
CREATE INDEX tickets_member ON tickets (member_id);
CREATE INDEX tickets_category ON tickets (category_id);
CREATE INDEX tickets_product ON tickets (product_id);

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
    updated_at        timestamp NOT NULL
);

-- What the search box looks in: the folded subject and the opener's name. rowid follows the ticket's number.
CREATE TABLE ticket_text (
    rowid     integer PRIMARY KEY,
    ticket_id text NOT NULL UNIQUE,
    guild_id  text NOT NULL,
    body      text NOT NULL
);
CREATE INDEX ticket_text_newest ON ticket_text (guild_id, rowid, body);

-- Its trigrams. The text itself stays outside, because columns of a full text table cannot be looked up.
CREATE VIRTUAL TABLE ticket_fts USING fts5 (
    ticket_id UNINDEXED, guild_id UNINDEXED, body, content = 'ticket_text', content_rowid = 'rowid', tokenize = 'trigram'
);
-- +goose StatementBegin
CREATE TRIGGER ticket_text_added AFTER INSERT ON ticket_text BEGIN
    INSERT INTO ticket_fts (rowid, ticket_id, guild_id, body) VALUES (NEW.rowid, NEW.ticket_id, NEW.guild_id, NEW.body);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ticket_text_removed AFTER DELETE ON ticket_text BEGIN
    INSERT INTO ticket_fts (ticket_fts, rowid, ticket_id, guild_id, body)
    VALUES ('delete', OLD.rowid, OLD.ticket_id, OLD.guild_id, OLD.body);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ticket_text_changed AFTER UPDATE ON ticket_text BEGIN
    INSERT INTO ticket_fts (ticket_fts, rowid, ticket_id, guild_id, body)
    VALUES ('delete', OLD.rowid, OLD.ticket_id, OLD.guild_id, OLD.body);
    INSERT INTO ticket_fts (rowid, ticket_id, guild_id, body) VALUES (NEW.rowid, NEW.ticket_id, NEW.guild_id, NEW.body);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER tickets_added AFTER INSERT ON tickets BEGIN
    INSERT INTO guild_tiles (guild_id, kind, status, n, entries) VALUES (NEW.guild_id, 'ticket', NEW.status, 1, 0)
    ON CONFLICT (guild_id, kind, status) DO UPDATE SET n = n + 1;
    INSERT INTO ticket_text (ticket_id, guild_id, body)
    SELECT NEW.id, NEW.guild_id, lower(coalesce(NEW.subject, '') || ' ' || coalesce(m.username, ''))
    FROM members m WHERE m.id = NEW.member_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tickets_removed AFTER DELETE ON tickets BEGIN
    UPDATE guild_tiles SET n = n - 1 WHERE guild_id = OLD.guild_id AND kind = 'ticket' AND status = OLD.status;
    DELETE FROM ticket_text WHERE ticket_id = OLD.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tickets_moved AFTER UPDATE OF status ON tickets BEGIN
    UPDATE guild_tiles SET n = n - 1 WHERE guild_id = OLD.guild_id AND kind = 'ticket' AND status = OLD.status;
    INSERT INTO guild_tiles (guild_id, kind, status, n, entries) VALUES (NEW.guild_id, 'ticket', NEW.status, 1, 0)
    ON CONFLICT (guild_id, kind, status) DO UPDATE SET n = n + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tickets_reworded AFTER UPDATE OF subject, member_id ON tickets BEGIN
    UPDATE ticket_text SET body = (
        SELECT lower(coalesce(NEW.subject, '') || ' ' || coalesce(m.username, '')) FROM members m WHERE m.id = NEW.member_id
    ) WHERE ticket_id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER members_renamed AFTER UPDATE OF username ON members WHEN OLD.username IS NOT NEW.username BEGIN
    UPDATE ticket_text SET body = (
        SELECT lower(coalesce(t.subject, '') || ' ' || coalesce(NEW.username, '')) FROM tickets t WHERE t.id = ticket_text.ticket_id
    ) WHERE ticket_id IN (SELECT t.id FROM tickets t WHERE t.member_id = NEW.id);
END;
-- +goose StatementEnd
