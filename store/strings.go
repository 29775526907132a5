package store

import (
	"database/sql/driver"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"
)

// Strings is a list of texts in one column: text[] on Postgres, the same array literal as text on SQLite. NULL is
// read as an empty list.
type Strings []string

var quoteElement = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// Value returns the array literal with every element quoted: {"a","b"}.
func (s Strings) Value() (driver.Value, error) {
	var b strings.Builder
	b.WriteByte('{')
	for i, element := range s {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		b.WriteString(quoteElement.Replace(element))
		b.WriteByte('"')
	}
	b.WriteByte('}')
	return b.String(), nil
}

// Scan parses the array literal.
func (s *Strings) Scan(src any) error {
	*s = nil
	if src == nil || src == "{}" {
		return nil
	}
	var elements []string
	if err := pgtype.NewMap().SQLScanner(&elements).Scan(src); err != nil {
		return fmt.Errorf("parse list of texts: %w", err)
	}
	*s = elements
	return nil
}

// SetDimensions, ScanIndex and ScanIndexType implement pgtype.ArraySetter, so that pgx fills the list from Postgres's
// binary format without Scan.
func (s *Strings) SetDimensions(dimensions []pgtype.ArrayDimension) error {
	return (*pgtype.FlatArray[string])(s).SetDimensions(dimensions)
}

func (s *Strings) ScanIndex(i int) any { return &(*s)[i] }

func (s *Strings) ScanIndexType() any { return new(string) }
