package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// dataColumn is a column of the database as its catalogue describes it.
type dataColumn struct {
	table, name, kind string
	key               bool // part of the primary key
}

// jsonShapes maps each column of JSON documents to the type that reads them.
var jsonShapes = map[string]func() any{
	"giveaways.prize_tiers":                func() any { return new([]PrizeTier) },
	"giveaways.bonus_entry_roles":          func() any { return new([]BonusRole) },
	"giveaway_templates.prize_tiers":       func() any { return new([]PrizeTier) },
	"giveaway_templates.bonus_entry_roles": func() any { return new([]BonusRole) },
	"tickets.form_responses":               func() any { return new(map[string]json.RawMessage) },
	"ticket_messages.embeds":               func() any { return new([]MessageEmbed) },
	"ticket_messages.attachments":          func() any { return new([]MessageFile) },
	"ticket_messages.mentions":             func() any { return new(map[string]string) },
	"ticket_messages.revisions":            func() any { return new([]MessageRevision) },
	"guild_settings.data":                  func() any { return new(map[string]json.RawMessage) },
	"commands.data":                        func() any { return new(map[string]json.RawMessage) },
}

// signed lists the columns of numbers that may be negative.
var signed = []string{"position", "parent_position", "sort_order", "rowid"}

// CheckData reads the whole database and calls report for each bad value, table by table. It changes nothing. An error of
// report ends it.
func (s *Store) CheckData(ctx context.Context, report func(BadValue) error) error {
	tables, err := s.dataColumns(ctx)
	if err != nil {
		return s.fault("reading the schema", err)
	}
	for _, columns := range tables {
		if err := s.checkTable(ctx, columns, report); err != nil {
			return s.fault("checking "+columns[0].table, err)
		}
	}
	return nil
}

// dataColumns returns the columns of each table, in the order of the tables' names.
func (s *Store) dataColumns(ctx context.Context) (tables [][]dataColumn, err error) {
	text := `SELECT m.name, c.name, lower(c.type), c.pk > 0 FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL%' AND m.name NOT LIKE 'sqlite%'
			AND m.name NOT LIKE 'ticket_fts%' ORDER BY 1, c.cid`
	if s.pool != nil {
		text = `SELECT c.relname, a.attname, format_type(a.atttypid, NULL), coalesce(a.attnum = ANY (i.indkey), false)
			FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
			WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, a.attnum`
	}
	err = s.batch(ctx, read{sql: text, row: func(r row) error {
		var c dataColumn
		if err := r.Scan(&c.table, &c.name, &c.kind, &c.key); err != nil {
			return err
		}
		switch n := len(tables); {
		case c.table == "goose_db_version":
		case n > 0 && tables[n-1][0].table == c.table:
			tables[n-1] = append(tables[n-1], c)
		default:
			tables = append(tables, []dataColumn{c})
		}
		return nil
	}})
	return tables, err
}

// checkTable reads one table once, and once more for each of its columns of JSON.
func (s *Store) checkTable(ctx context.Context, columns []dataColumn, report func(BadValue) error) error {
	var keys, cases, conditions []string
	for _, c := range columns {
		if c.key {
			keys = append(keys, "coalesce(CAST("+c.name+" AS text), '')")
		}
		for what, condition := range s.badConditions(c) {
			cases = append(cases, "CASE WHEN "+condition+" THEN '"+c.name+":"+what+"|' ELSE '' END")
			conditions = append(conditions, condition)
		}
	}
	key := strings.Join(keys, " || '/' || ")
	if key == "" || len(cases) == 0 {
		return nil
	}
	slices.Sort(cases)
	table := columns[0].table
	err := s.eachText(ctx, "SELECT "+key+", "+strings.Join(cases, " || ")+" FROM "+table+" WHERE "+strings.Join(conditions, " OR "),
		func(id, found string) error {
			for bad := range strings.SplitSeq(strings.TrimSuffix(found, "|"), "|") {
				column, what, _ := strings.Cut(bad, ":")
				if err := report(BadValue{Table: table, ID: id, Column: column, What: what}); err != nil {
					return err
				}
			}
			return nil
		})
	for _, c := range columns {
		if shape := jsonShapes[table+"."+c.name]; shape != nil && err == nil {
			query := "SELECT " + key + ", CAST(" + c.name + " AS text) FROM " + table + " WHERE " + c.name + " IS NOT NULL"
			err = s.eachText(ctx, query, func(id, text string) error {
				if bad := json.Unmarshal([]byte(text), shape()); bad != nil && text != "" {
					return report(BadValue{Table: table, ID: id, Column: c.name, What: bad.Error()})
				}
				return nil
			})
		}
	}
	return err
}

// maxKey bounds the reported key of a row, in bytes. A key may consist of several ids.
const maxKey = 1000

// eachText calls do for each row of a query that selects two texts.
func (s *Store) eachText(ctx context.Context, text string, do func(id, text string) error) error {
	db := s.read
	if s.pool != nil {
		db = s.write
	}
	rows, err := db.QueryContext(ctx, text)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, found sql.NullString
		if err := rows.Scan(&id, &found); err != nil {
			return err
		}
		key := id.String[:min(len(id.String), maxKey)]
		if err := do(validText(key), validText(found.String)); err != nil {
			return err
		}
	}
	return rows.Err()
}

// badConditions returns the SQL conditions that bad values of the column meet, by what is wrong with them.
func (s *Store) badConditions(c dataColumn) map[string]string {
	bad := map[string]string{}
	number := c.kind == "integer" || c.kind == "bigint"
	if number && !slices.Contains(signed, c.name) {
		bad["negative number"] = c.name + " < 0"
	}
	if c.kind == "text" && isID(c.name) {
		bad[fmt.Sprintf("an id of more than %d bytes", maxID)] = fmt.Sprintf("octet_length(%s) > %d", c.name, maxID)
	}
	isTime := strings.HasPrefix(c.kind, "timestamp")
	if s.pool != nil {
		switch {
		case isTime:
			bad["time out of range"] = fmt.Sprintf("(%s < '0001-01-01' OR %[1]s >= '10000-01-01')", c.name)
		case strings.HasSuffix(c.kind, "[]"):
			bad["not a list of texts"] = fmt.Sprintf("(array_ndims(%s) > 1 OR array_position(%[1]s, NULL) IS NOT NULL)", c.name)
		}
		return bad
	}
	switch {
	case isTime:
		bad["not a time"] = "typeof(" + c.name + ") NOT IN ('integer', 'null')"
		bad["time out of range"] = fmt.Sprintf("(typeof(%s) = 'integer' AND (%[1]s < -62135596800000 OR %[1]s > 253402300799999))", c.name)
	case number, c.kind == "boolean":
		bad["not a number"] = "typeof(" + c.name + ") NOT IN ('integer', 'null')"
	case c.kind == "text":
		bad["not text"] = "typeof(" + c.name + ") NOT IN ('text', 'null')"
		bad["not UTF-8"] = "(typeof(" + c.name + ") = 'text' AND NOT is_utf8(" + c.name + "))"
	}
	return bad
}
