-- +goose Up

-- Choices of users of the dashboard, such as their language. Dashboards write them.
CREATE TABLE preferences (
    user_id text NOT NULL,
    name    text NOT NULL,
    value   text NOT NULL,
    PRIMARY KEY (user_id, name)
);
