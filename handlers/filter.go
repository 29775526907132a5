package handlers

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"guildboard/store"
	"guildboard/views/text"
	"guildboard/views/ui"
)

const (
	maxSearchRunes  = 100    // characters of a search term
	maxSelectedRows = 50     // individually selected rows
	maxPage         = 10_000 // of a list

	maxSearchPage = 100 // of search results: each page reads all results before it
)

// filterProblem is an invalid query parameter: the field, the message key and the arguments of the message.
type filterProblem struct {
	field, key string
	args       []any
}

type filterProblems []filterProblem

// translate returns the message for each field. Problems of parameters without a field become alerts on the page.
func (problems filterProblems) translate(page *ui.Page) map[string]string {
	byField := map[string]string{}
	for _, p := range problems {
		text := page.T(p.key, p.args...)
		switch p.field {
		case "q", "from", "to":
			byField[p.field] = text
		default:
			page.Alerts = append(page.Alerts, ui.Alert{Kind: ui.AlertProblem, Text: text})
		}
	}
	return byField
}

// parseFilter parses the parameters that lists have in common. Invalid values get their default and a problem.
func parseFilter(q url.Values, path string, statuses, sorts []string) (ui.Filter, filterProblems) {
	f := ui.Filter{Path: path, Page: 1}
	var problems filterProblems
	addProblem := func(field, key string, args ...any) { problems = append(problems, filterProblem{field, key, args}) }

	if status := q.Get("status"); status == "" || slices.Contains(statuses, status) {
		f.Status = status
	} else {
		addProblem("status", "filter.badStatus", "value", cleanLine(status, 20))
	}
	if sort := q.Get("sort"); slices.Contains(sorts, sort) {
		f.Sort = sort
	} else {
		addProblem("sort", "filter.badSort", "value", cleanLine(sort, 20))
	}
	if f.SearchTerm = cleanLine(q.Get("q"), maxSearchRunes); len([]rune(q.Get("q"))) > maxSearchRunes {
		addProblem("q", "filter.tooLong", "n", maxSearchRunes)
	}
	for _, day := range []struct {
		field string
		dst   *string
	}{{"from", &f.From}, {"to", &f.To}} {
		value := q.Get(day.field)
		if _, err := time.Parse(time.DateOnly, value); value == "" || err == nil {
			*day.dst = value
		} else {
			addProblem(day.field, "filter.badDate", "value", cleanLine(value, 20))
		}
	}
	if f.To != "" && f.To < f.From {
		f.To = ""
		addProblem("to", "filter.badRange")
	}
	for _, id := range q["only"] {
		switch {
		case !isRowID(id) || len(f.SelectedIDs) == maxSelectedRows:
			addProblem("only", "filter.badSelection")
		case !slices.Contains(f.SelectedIDs, id):
			f.SelectedIDs = append(f.SelectedIDs, id)
		}
	}
	if value := q.Get("page"); value != "" {
		page, err := strconv.Atoi(value)
		if err != nil || page < 1 || page > maxPage {
			addProblem("page", "filter.badPage", "value", cleanLine(value, 20))
		} else {
			f.Page = page
		}
	}
	if f.SearchTerm != "" && f.Page > maxSearchPage {
		f.Page = maxSearchPage
		addProblem("page", "filter.deepPage", "n", maxSearchPage)
	}
	return f, problems
}

// cleanLine returns user input as one line: without control characters and invalid UTF-8, at most maxRunes characters
// long.
func cleanLine(s string, maxRunes int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.TrimSpace(text.FirstRunes(s, maxRunes))
}

// isRowID reports whether id has the form of a row ID: at most 64 letters, digits, dashes and underscores.
func isRowID(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	return strings.IndexFunc(id, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_')
	}) < 0
}

// snowflakeOrEmpty returns id if it has the form of a Discord ID, else "".
func snowflakeOrEmpty(id string) string {
	if len(id) > 20 || strings.Trim(id, "0123456789") != "" {
		return ""
	}
	return id
}

func lowerCase[S ~string](statuses []S) []string {
	names := make([]string, len(statuses))
	for i, s := range statuses {
		names[i] = strings.ToLower(string(s))
	}
	return names
}

// dayRange returns the start of the first day and of the day after the last one in zone; the zero time for no bound.
func dayRange(f ui.Filter, zone *time.Location) (from, to time.Time) {
	if day, err := time.Parse(time.DateOnly, f.From); err == nil {
		from = store.StartOfDay(day, zone)
	}
	if day, err := time.Parse(time.DateOnly, f.To); err == nil {
		to = store.StartOfDay(day.AddDate(0, 0, 1), zone)
	}
	return from, to
}
