package sqldb

import (
	"strconv"
	"strings"
)

// Where collects the conditions of a WHERE clause and their arguments. The zero value has none.
type Where struct {
	Conditions []string
	Args       []any
}

// And adds a condition. Each ? in it is replaced by the $n of the next argument.
func (w *Where) And(condition string, args ...any) {
	for _, arg := range args {
		condition = strings.Replace(condition, "?", w.Arg(arg), 1)
	}
	w.Conditions = append(w.Conditions, condition)
}

// Arg adds an argument and returns its placeholder, such as "$3".
func (w *Where) Arg(arg any) string {
	w.Args = append(w.Args, arg)
	return "$" + strconv.Itoa(len(w.Args))
}

func (w *Where) String() string { return strings.Join(w.Conditions, " AND ") }

// Clone returns a copy that can be extended without changing w.
func (w *Where) Clone() Where {
	return Where{Conditions: append([]string(nil), w.Conditions...), Args: append([]any(nil), w.Args...)}
}

// AndIn adds "column IN (…)". values must not be empty.
func AndIn[T any](w *Where, column string, values []T) {
	from := len(w.Args)
	for _, v := range values {
		w.Args = append(w.Args, v)
	}
	w.Conditions = append(w.Conditions, column+" IN ("+placeholders(from, len(w.Args))+")")
}

// placeholders returns the comma-separated placeholders of the arguments with indexes from to to-1.
func placeholders(from, to int) string {
	if to >= len(placeholderEnds) {
		return joinPlaceholders(from, to)
	}
	return allPlaceholders[placeholderEnds[from] : placeholderEnds[to]-len(", ")]
}

// allPlaceholders holds the placeholders of more arguments than most queries have; placeholderEnds[n] is the offset
// at which the first n of them end.
var (
	allPlaceholders = joinPlaceholders(0, 200) + ", "
	placeholderEnds = func() []int {
		ends := []int{0}
		for i, c := range allPlaceholders {
			if c == ' ' {
				ends = append(ends, i+1)
			}
		}
		return ends
	}()
)

func joinPlaceholders(from, to int) string {
	all := make([]string, 0, to-from)
	for i := from; i < to; i++ {
		all = append(all, "$"+strconv.Itoa(i+1))
	}
	return strings.Join(all, ", ")
}

// Insert returns the statement that inserts one row. columns are the names of the columns, separated by commas.
func Insert(table, columns string) string {
	return "INSERT INTO " + table + " (" + columns + ") VALUES (" + placeholders(0, strings.Count(columns, ",")+1) + ")"
}
