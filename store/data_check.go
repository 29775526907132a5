package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"guildboard/store/contract"
	"guildboard/store/internal/sqldb"
)

// BadValue is a value in the database that does not fit its column's Go type. It is read as unknown, so that the rest of
// its row and all other rows can be shown.
type BadValue = sqldb.BadValue

// dataColumn is a column of the database as its catalogue describes it.
type dataColumn struct {
	table, name, kind string
	isKey             bool // part of the primary key
}

// jsonColumnTypes maps each column of JSON documents to the type that reads them.
var jsonColumnTypes = map[string]func() any{
	"giveaways.prize_tiers":                func() any { return new([]contract.PrizeTier) },
	"giveaways.bonus_entry_roles":          func() any { return new([]contract.BonusRole) },
	"giveaway_templates.prize_tiers":       func() any { return new([]contract.PrizeTier) },
	"giveaway_templates.bonus_entry_roles": func() any { return new([]contract.BonusRole) },
	"tickets.form_responses":               func() any { return new(map[string]json.RawMessage) },
	"ticket_messages.embeds":               func() any { return new([]MessageEmbed) },
	"ticket_messages.attachments":          func() any { return new([]MessageAttachment) },
	"ticket_messages.mentions":             func() any { return new(map[string]string) },
	"ticket_messages.revisions":            func() any { return new([]MessageRevision) },
	"guild_settings.data":                  func() any { return new(map[string]json.RawMessage) },
	"commands.data":                        func() any { return new(map[string]json.RawMessage) },
}

// signedColumns lists the numeric columns that may be negative.
var signedColumns = []string{"position", "parent_position", "sort_order", "rowid"}

// CheckData reads the whole database and calls report for each bad value, table by table. It changes nothing. It
// stops if report returns an error, and returns it.
func (s *Store) CheckData(ctx context.Context, report func(BadValue) error) error {
	tables, err := s.dataColumns(ctx)
	if err != nil {
		return s.wrapError("read schema", err)
	}
	for _, columns := range tables {
		if err := s.checkTable(ctx, columns, report); err != nil {
			return s.wrapError("check "+columns[0].table, err)
		}
	}
	return nil
}

// dataColumns returns the columns of each table, in the order of the tables' names.
func (s *Store) dataColumns(ctx context.Context) (tables [][]dataColumn, err error) {
	text := `SELECT m.name, c.name, lower(c.type), c.pk > 0 FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL%' AND m.name NOT LIKE 'sqlite%'
			AND m.name NOT LIKE 'ticket_fts%' ORDER BY 1, c.cid`
	if s.db.IsPostgres() {
		text = `SELECT c.relname, a.attname, format_type(a.atttypid, NULL), coalesce(a.attnum = ANY (i.indkey), false)
			FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
				LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
			WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0
				AND NOT a.attisdropped ORDER BY 1, a.attnum`
	}
	err = s.batch(ctx, sqldb.Query{SQL: text, Row: func(r sqldb.Row) error {
		var c dataColumn
		if err := r.Scan(&c.table, &c.name, &c.kind, &c.isKey); err != nil {
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

// checkTable reads a table once for all columns, and once more for each JSON column.
func (s *Store) checkTable(ctx context.Context, columns []dataColumn, report func(BadValue) error) error {
	var keys, cases, conditions []string
	for _, c := range columns {
		if c.isKey {
			keys = append(keys, "coalesce(CAST("+c.name+" AS text), '')")
		}
		for problem, condition := range s.badValueConditions(c) {
			cases = append(cases, "CASE WHEN "+condition+" THEN '"+c.name+":"+problem+"|' ELSE '' END")
			conditions = append(conditions, condition)
		}
	}
	key := strings.Join(keys, " || '/' || ")
	if key == "" || len(cases) == 0 {
		return nil
	}
	slices.Sort(cases)
	table := columns[0].table
	query := "SELECT " + key + ", " + strings.Join(cases, " || ") + " FROM " + table +
		" WHERE " + strings.Join(conditions, " OR ")
	err := s.queryTexts(ctx, query,
		func(id, found string) error {
			for bad := range strings.SplitSeq(strings.TrimSuffix(found, "|"), "|") {
				column, problem, _ := strings.Cut(bad, ":")
				if err := report(BadValue{Table: table, ID: id, Column: column, Problem: problem}); err != nil {
					return err
				}
			}
			return nil
		})
	for _, c := range columns {
		if newValue := jsonColumnTypes[table+"."+c.name]; newValue != nil && err == nil {
			query := "SELECT " + key + ", CAST(" + c.name + " AS text) FROM " + table + " WHERE " + c.name + " IS NOT NULL"
			err = s.queryTexts(ctx, query, func(id, text string) error {
				if bad := json.Unmarshal([]byte(text), newValue()); bad != nil && text != "" {
					return report(BadValue{Table: table, ID: id, Column: c.name, Problem: bad.Error()})
				}
				return nil
			})
		}
	}
	return err
}

// maxKeyBytes bounds the reported key of a row, in bytes. A key may consist of several ids.
const maxKeyBytes = 1000

// queryTexts calls fn for each row of a query that selects two texts.
func (s *Store) queryTexts(ctx context.Context, text string, fn func(id, text string) error) error {
	rows, err := s.db.Reader().QueryContext(ctx, text)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, found sql.NullString
		if err := rows.Scan(&id, &found); err != nil {
			return err
		}
		key := id.String[:min(len(id.String), maxKeyBytes)]
		if err := fn(sqldb.ValidText(key), sqldb.ValidText(found.String)); err != nil {
			return err
		}
	}
	return rows.Err()
}

// badValueConditions returns the SQL conditions of bad values of the column, by a description of the problem.
func (s *Store) badValueConditions(c dataColumn) map[string]string {
	conditions := map[string]string{}
	isNumber := c.kind == "integer" || c.kind == "bigint"
	if isNumber && !slices.Contains(signedColumns, c.name) {
		conditions["negative number"] = c.name + " < 0"
	}
	if c.kind == "text" && sqldb.IsIDColumn(c.name) {
		conditions[fmt.Sprintf("an id of more than %d bytes", sqldb.MaxIDBytes)] =
			fmt.Sprintf("octet_length(%s) > %d", c.name, sqldb.MaxIDBytes)
	}
	isTime := strings.HasPrefix(c.kind, "timestamp")
	if s.db.IsPostgres() {
		switch {
		case isTime:
			conditions["time out of range"] = fmt.Sprintf("(%s < '0001-01-01' OR %[1]s >= '10000-01-01')", c.name)
		case strings.HasSuffix(c.kind, "[]"):
			conditions["not a list of texts"] = fmt.Sprintf(
				"(array_ndims(%s) > 1 OR array_position(%[1]s, NULL) IS NOT NULL)", c.name)
		}
		return conditions
	}
	switch {
	case isTime:
		conditions["not a time"] = "typeof(" + c.name + ") NOT IN ('integer', 'null')"
		conditions["time out of range"] = fmt.Sprintf(
			"(typeof(%s) = 'integer' AND (%[1]s < -62135596800000 OR %[1]s > 253402300799999))", c.name)
	case isNumber, c.kind == "boolean":
		conditions["not a number"] = "typeof(" + c.name + ") NOT IN ('integer', 'null')"
	case c.kind == "text":
		conditions["not text"] = "typeof(" + c.name + ") NOT IN ('text', 'null')"
		conditions["not UTF-8"] = "(typeof(" + c.name + ") = 'text' AND NOT is_utf8(" + c.name + "))"
	}
	return conditions
}
