-- +goose Up

-- Within how many minutes the guild's managers want tickets to be answered; none is NULL. It is read out of the settings of
-- tickets when those are saved: every row of a list asks for it, and the document is long.
ALTER TABLE guild_settings ADD COLUMN answer_within integer;

-- +goose StatementBegin
CREATE TRIGGER guild_settings_answer_insert AFTER INSERT ON guild_settings
BEGIN
    UPDATE guild_settings SET answer_within = CASE
        WHEN NOT json_valid(NEW.data) OR json_type(NEW.data, '$.answerWithin') IS NOT 'integer' THEN NULL
        WHEN NEW.data ->> '$.answerWithin' BETWEEN 1 AND 99999 THEN NEW.data ->> '$.answerWithin' END
    WHERE guild_id = NEW.guild_id AND module = NEW.module;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER guild_settings_answer_update AFTER UPDATE OF data ON guild_settings
BEGIN
    UPDATE guild_settings SET answer_within = CASE
        WHEN NOT json_valid(NEW.data) OR json_type(NEW.data, '$.answerWithin') IS NOT 'integer' THEN NULL
        WHEN NEW.data ->> '$.answerWithin' BETWEEN 1 AND 99999 THEN NEW.data ->> '$.answerWithin' END
    WHERE guild_id = NEW.guild_id AND module = NEW.module;
END;
-- +goose StatementEnd
