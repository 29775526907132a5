-- +goose NO TRANSACTION
-- +goose Up

-- fold_text returns the form of a text that searches and comparisons of names use, the same as store.Fold. It depends
-- neither on the locale of the database nor on whether the text is composed. Without ICU it uses another collation that
-- knows all letters. If there is none, or the encoding is not UTF8, it folds what the locale can, and the dashboard
-- logs a warning at its start. If this migration fails, it is run again from its beginning: each statement can be
-- repeated.
-- +goose StatementBegin
DO $do$
DECLARE
    letters text; -- a collation
BEGIN
    SELECT format('pg_catalog.%I', collname) INTO letters FROM pg_collation
    WHERE collnamespace = 'pg_catalog'::regnamespace AND collencoding IN (-1, 6) -- any, UTF8
        AND (collname IN ('und-x-icu', 'pg_c_utf8') OR collname ~* '^[a-z_]+\.utf-?8$' AND collname !~ '^(tr|az)_')
    ORDER BY collname <> 'und-x-icu', collname <> 'pg_c_utf8', collname !~ '^C', collname LIMIT 1;
    IF current_setting('server_encoding') <> 'UTF8' THEN
        CREATE OR REPLACE FUNCTION fold_text(t text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT lower(t)';
        RETURN;
    END IF;
    EXECUTE format($create$
        CREATE OR REPLACE FUNCTION fold_text(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
        BEGIN
            IF octet_length(t) = char_length(t) THEN
                RETURN lower(t COLLATE "C");
            END IF;
            IF t IS NOT NFKC NORMALIZED THEN
                t := normalize(t, NFKC);
            END IF;
            t := lower(t COLLATE %1$s);
            IF t ~ '[ßςı\u0300-\u036f]' COLLATE "C" THEN
                t := normalize(replace(replace(translate(t, 'ςı', 'σi'), U&'i\0307', 'i'), 'ß', 'ss'), NFKC);
            ELSIF t IS NOT NFKC NORMALIZED THEN
                t := normalize(t, NFKC);
            END IF;
            RETURN t;
        END $$
    $create$, coalesce(letters, '"default"'));
END $do$;
-- +goose StatementEnd

-- From here on new texts are folded. The lock waits for transactions that have written unfolded ones.
-- +goose StatementBegin
BEGIN;
LOCK TABLE ticket_text IN SHARE ROW EXCLUSIVE MODE;
CREATE OR REPLACE FUNCTION ticket_body(subject text, opener text, details text, form json) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT fold_text(coalesce(subject, '') || ' ' || coalesce(opener, '') || coalesce(' ' || left(details, 4000), '') ||
        CASE WHEN json_typeof(form) = 'object' THEN
            coalesce(' ' || (SELECT left(string_agg(a.value, ' '), 8000) FROM json_each_text(form) a), '') ELSE '' END)
$$;
CREATE OR REPLACE FUNCTION ticket_messages_said() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'DELETE' AND NEW.content <> '' AND NOT NEW.is_bot AND NEW.deleted_at IS NULL THEN
        INSERT INTO ticket_text (rowid, ticket_id, guild_id, message_id, body)
        SELECT x.rowid, NEW.ticket_id, NEW.guild_id, NEW.id, fold_text(NEW.content) FROM ticket_text x
        WHERE x.ticket_id = NEW.ticket_id AND x.message_id = ''
        ON CONFLICT (ticket_id, message_id) DO UPDATE SET body = excluded.body;
    ELSIF TG_OP <> 'INSERT' THEN
        DELETE FROM ticket_text WHERE ticket_id = OLD.ticket_id AND message_id = OLD.id;
    END IF;
    RETURN NULL;
END $$;
COMMIT;
-- +goose StatementEnd

-- Fold the existing texts, a few thousand per transaction, so that writers wait for one transaction at most. The texts
-- are in small letters already, so most do not change.
-- +goose StatementBegin
DO $$
DECLARE
    after   record;
    through record;
BEGIN
    SELECT '' AS ticket_id, '' AS message_id INTO after;
    LOOP
        SELECT x.ticket_id, x.message_id INTO through FROM ticket_text x
        WHERE (x.ticket_id, x.message_id) > (after.ticket_id, after.message_id)
        ORDER BY x.ticket_id, x.message_id OFFSET 4999 LIMIT 1;
        IF NOT FOUND THEN
            UPDATE ticket_text x SET body = fold_text(x.body)
            WHERE (x.ticket_id, x.message_id) > (after.ticket_id, after.message_id) AND x.body <> fold_text(x.body);
            EXIT;
        END IF;
        UPDATE ticket_text x SET body = fold_text(x.body)
        WHERE (x.ticket_id, x.message_id) > (after.ticket_id, after.message_id)
            AND (x.ticket_id, x.message_id) <= (through.ticket_id, through.message_id) AND x.body <> fold_text(x.body);
        COMMIT;
        after := through;
    END LOOP;
END $$;
-- +goose StatementEnd

-- Cut the text before folding, to bound its cost, and afterwards, because an index row holds less than 2,704 bytes.
-- +goose StatementBegin
BEGIN;
ALTER TABLE giveaways DROP COLUMN search, ADD COLUMN search text GENERATED ALWAYS AS (left(fold_text(left(prize, 256)), 256)) STORED;
CREATE INDEX giveaways_search ON giveaways (guild_id, created_at, id, search);
COMMIT;
-- +goose StatementEnd
-- +goose StatementBegin
BEGIN;
ALTER TABLE members DROP COLUMN search,
    ADD COLUMN search text COLLATE "C" GENERATED ALWAYS AS (left(fold_text(left(coalesce(username, ''), 256)), 256)) STORED;
CREATE INDEX members_search ON members (guild_id, search, id);
COMMIT;
-- +goose StatementEnd

-- If names of a guild are the same once folded, all but the first get a number, or their id if that name is taken.
-- +goose StatementBegin
BEGIN;
LOCK TABLE ticket_labels, ticket_replies, giveaway_templates IN SHARE ROW EXCLUSIVE MODE;
DO $do$
DECLARE
    named text;
BEGIN
    FOREACH named IN ARRAY ARRAY['ticket_labels', 'ticket_replies', 'giveaway_templates'] LOOP
        EXECUTE format($$
            UPDATE %1$I x SET name = d.name FROM (
                SELECT id, guild_id, name || ' (' ||
                        row_number() OVER (PARTITION BY guild_id, left(fold_text(left(name, 256)), 256) ORDER BY id) || ')' AS name,
                    row_number() OVER (PARTITION BY guild_id, left(fold_text(left(name, 256)), 256) ORDER BY id) AS n FROM %1$I
            ) d WHERE x.id = d.id AND d.n > 1 AND NOT EXISTS (
                SELECT 1 FROM %1$I o WHERE o.guild_id = d.guild_id
                    AND left(fold_text(left(o.name, 256)), 256) = left(fold_text(left(d.name, 256)), 256))
        $$, named);
        EXECUTE format($$
            UPDATE %1$I x SET name = x.id || ' ' || x.name FROM (
                SELECT id, row_number() OVER (PARTITION BY guild_id, left(fold_text(left(name, 256)), 256) ORDER BY id) AS n FROM %1$I
            ) d WHERE x.id = d.id AND d.n > 1
        $$, named);
        EXECUTE format('CREATE UNIQUE INDEX IF NOT EXISTS %s ON %I (guild_id, left(fold_text(left(name, 256)), 256))',
            named || '_name', named);
    END LOOP;
END $do$;
COMMIT;
-- +goose StatementEnd
