-- +goose Up

-- Within how many minutes the guild's managers want tickets to be answered; none is NULL. It is read out of the settings of
-- tickets as text, since json's operators refuse a document with \u0000 anywhere: within a text of it the quotes have backslashes.
ALTER TABLE guild_settings ADD COLUMN answer_within integer
    GENERATED ALWAYS AS (CAST(substring(data FROM '"answerWithin"\s*:\s*([1-9][0-9]{0,4})\s*[,}]') AS integer)) STORED;
