-- +goose Up

-- What people have chosen for themselves, such as a language, by the name of the choice.
CREATE TABLE preferences (
    user_id text NOT NULL,
    name    text NOT NULL,
    value   text NOT NULL,
    PRIMARY KEY (user_id, name)
);
