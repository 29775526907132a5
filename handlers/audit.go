package handlers

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"guildboard/store"
	"guildboard/views"
)

// auditFilter reads the address of the audit log.
func auditFilter(r *http.Request, page *views.Page) views.Filter {
	statuses := make([]string, len(store.CommandStatuses))
	for i, s := range store.CommandStatuses {
		statuses[i] = string(s)
	}
	q := r.URL.Query()
	f, problems := parseFilter(q, "/guilds/"+page.Guild.ID+"/audit", statuses, []string{""})
	f.Text, f.Only = "", nil
	if verb := store.Verb(q.Get("verb")); slices.Contains(slices.Concat(store.Verbs, store.Changes), verb) {
		f.Verb = string(verb)
	} else if verb != "" {
		problems = append(problems, filterProblem{"verb", "filter.badStatus", []any{"value", plain(string(verb), 20)}})
	}
	if by := q.Get("by"); by != "" && len(by) <= 20 && strings.Trim(by, "0123456789") == "" {
		f.By = by
	}
	f.Problems = problems.say(page)
	return f
}

func commandQuery(f views.Filter, zone *time.Location) store.CommandQuery {
	from, to := days(f, zone)
	return store.CommandQuery{
		Verb: store.Verb(f.Verb), Status: store.CommandStatus(f.Status), Actor: f.By, From: from, To: to, Page: f.Page,
	}
}

// audit is "GET /guilds/{guild}/audit": who asked for what, and what came of it.
func (s *Server) audit(r *http.Request) (livePage, error) {
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = views.SectionAudit, page.T("audit.title")
	filter := auditFilter(r, &page)
	query := commandQuery(filter, page.TimeZone())
	return livePage{
		Page: page, URL: filter.URL(), Stream: filter.Stream(),
		Topics: []string{store.CommandsTopic(guild)},
		Frame:  func(p views.Page, region views.Region) templ.Component { return views.Audit(p, filter, region) },
		Beside: func(p views.Page) templ.Component { return views.AuditFiltersAfter(p, filter) },
		Body: func(ctx context.Context, p views.Page) (templ.Component, error) {
			list, err := s.Store.Commands(ctx, guild, query)
			if err != nil {
				return nil, err
			}
			return views.AuditRows(p, views.AuditList{Filter: filter, List: list}), nil
		},
	}, nil
}

// auditLine is one request as it is exported. Times are ISO 8601 with their offset.
type auditLine struct {
	ID         string          `json:"id"`
	IssuedAt   string          `json:"issuedAt"`
	UserID     string          `json:"userId"`
	Username   string          `json:"username"`
	Type       string          `json:"type"`
	Target     string          `json:"target"`
	TargetName string          `json:"targetName"`
	Data       json.RawMessage `json:"data"`
	Status     string          `json:"status"`
	Code       string          `json:"code"`
	Message    string          `json:"message"`
	AnsweredAt string          `json:"answeredAt"`
}

var auditColumns = []string{"id", "issuedAt", "userId", "username", "type", "target", "targetName", "data", "status", "code", "message", "answeredAt"}

func (l auditLine) cells() []string {
	return []string{
		l.ID, l.IssuedAt, l.UserID, l.Username, l.Type, l.Target, l.TargetName, string(l.Data), l.Status, l.Code, l.Message, l.AnsweredAt,
	}
}

func (s *Server) auditLine(c store.Command) auditLine {
	line := auditLine{
		ID: c.ID, IssuedAt: c.IssuedAt.In(s.Site.Zone).Format(time.RFC3339), UserID: c.Actor.ID, Username: c.Actor.Username,
		Type: string(c.Verb), Target: c.Target, TargetName: c.TargetName, Data: c.Data,
		Status: string(c.Status), Code: c.Code, Message: c.Message,
	}
	if c.AnsweredAt != nil {
		line.AnsweredAt = c.AnsweredAt.In(s.Site.Zone).Format(time.RFC3339)
	}
	return line
}

// exportAudit answers "GET /guilds/{guild}/audit/export?format=csv|json": all that the filters select, page by page, so
// that memory does not grow with it.
func (s *Server) exportAudit(w http.ResponseWriter, r *http.Request) error {
	format := r.URL.Query().Get("format")
	if format != "csv" && format != "json" {
		return badInput("format must be csv or json")
	}
	page := s.page(r)
	query := commandQuery(auditFilter(r, &page), page.TimeZone())
	query.Page, query.PerPage = 1, 100
	list, err := s.Store.Commands(r.Context(), page.Guild.ID, query)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="audit-`+page.Guild.ID+"."+format+`"`)
	w.Header().Set("Cache-Control", "no-store")
	out := newExport(w, format)
	out.begin()
	for {
		for _, c := range list.Items {
			out.line(s.auditLine(c))
		}
		if len(list.Items) < query.PerPage || out.err != nil {
			break
		}
		query.Page++
		if list, err = s.Store.Commands(r.Context(), page.Guild.ID, query); err != nil {
			s.Log.ErrorContext(r.Context(), "export broken off", "error", err, "request", requestID(r))
			panic(http.ErrAbortHandler) // so that the file is seen to be incomplete
		}
	}
	out.end()
	return nil
}

// export writes lines as CSV (RFC 4180) or as a JSON array.
type export struct {
	w     http.ResponseWriter
	csv   *csv.Writer // nil for JSON
	lines int
	err   error // of the first write that failed
}

func newExport(w http.ResponseWriter, format string) *export {
	e := &export{w: w}
	if format == "csv" {
		e.csv = csv.NewWriter(w)
		e.csv.UseCRLF = true
	}
	return e
}

func (e *export) begin() {
	if e.csv != nil {
		e.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		e.err = e.csv.Write(auditColumns)
		return
	}
	e.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	e.write("[")
}

func (e *export) line(l auditLine) {
	if e.lines++; e.csv != nil {
		cells := l.cells()
		for i, cell := range cells {
			cells[i] = harmless(cell)
		}
		e.err = e.csv.Write(cells)
		return
	}
	if e.lines > 1 {
		e.write(",")
	}
	body, err := json.Marshal(l)
	if err != nil {
		e.err = err
		return
	}
	e.write("\n" + string(body))
}

func (e *export) end() {
	if e.csv != nil {
		e.csv.Flush()
		return
	}
	e.write("\n]\n")
}

func (e *export) write(s string) {
	if e.err == nil {
		_, e.err = e.w.Write([]byte(s))
	}
}

// harmless keeps a spreadsheet from taking a stranger's text for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
