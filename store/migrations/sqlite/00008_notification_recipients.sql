-- +goose Up

-- Users whom the bot notifies by direct message, and of which servers. Dashboards insert and delete the rows; the bot
-- writes notified_until and refusal.
CREATE TABLE notification_recipients (
    user_id        text PRIMARY KEY,
    guild_ids      text NOT NULL,
    dashboard_url  text NOT NULL, -- scheme and host, for links
    locale         text NOT NULL, -- for users without this preference, as time_zone
    time_zone      text NOT NULL,
    notified_until timestamp, -- NULL until the bot has confirmed the setting
    refusal        text -- Discord's refusal of a message, after which the bot sends no more; NULL if there was none
);
