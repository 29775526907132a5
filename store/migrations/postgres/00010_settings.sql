-- +goose Up

-- What managers have set, a JSON object for each module.
CREATE TABLE guild_settings (
    guild_id text NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    module   text NOT NULL CHECK (module IN ('giveaways', 'tickets')),
    data     text NOT NULL,
    version  integer NOT NULL,
    PRIMARY KEY (guild_id, module)
);

-- Counts the times that a row was saved on the dashboard: who saves over somebody else's change finds out.
ALTER TABLE ticket_panels ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE ticket_categories ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE ticket_products ADD COLUMN version integer NOT NULL DEFAULT 1;

CREATE INDEX ticket_categories_panel ON ticket_categories (panel_id);
