package handlers

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"guildboard/store"
	"guildboard/store/contract"
	auditview "guildboard/views/audit"
	"guildboard/views/link"
	"guildboard/views/ui"
)

// parseAuditFilter parses the query of the audit log.
func parseAuditFilter(r *http.Request, page *ui.Page) auditview.Filter {
	statuses := make([]string, len(contract.CommandStatuses))
	for i, s := range contract.CommandStatuses {
		statuses[i] = string(s)
	}
	q := r.URL.Query()
	common, problems := parseFilter(q, link.Audit(page.Guild.ID), statuses, []string{""})
	common.SearchTerm = "" // the log cannot be searched
	f := auditview.Filter{Filter: common}
	if verb := contract.Verb(q.Get("verb")); slices.Contains(slices.Concat(contract.Verbs, contract.DashboardVerbs), verb) {
		f.Verb = string(verb)
	} else if verb != "" {
		problems = append(problems, filterProblem{"verb", "filter.badVerb", []any{"value", cleanLine(string(verb), 20)}})
	}
	if actor := q.Get("by"); actor != "" && len(actor) <= 20 && strings.Trim(actor, "0123456789") == "" {
		f.Actor = actor
	}
	f.Problems = append(problems, readCursor(q, &f.Filter)...).translate(page)
	return f
}

func commandQuery(f auditview.Filter, zone *time.Location) store.CommandQuery {
	from, to := dayRange(f.Filter, zone)
	return store.CommandQuery{
		Verb: contract.Verb(f.Verb), Status: contract.CommandStatus(f.Status), Actor: f.Actor,
		From: from, To: to, Page: f.Page, Keyset: f.Keyset,
	}
}

// audit is "GET /guilds/{guild}/audit": the actions of users and bot requests, with their results.
func (s *Server) audit(r *http.Request) (livePage, error) {
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = ui.SectionAudit, page.T("audit.title")
	filter := parseAuditFilter(r, &page)
	query := commandQuery(filter, page.TimeZone())
	shown := newListPage(filter.URL())
	actor, err := s.loadPerson(r.Context(), guild, filter.Actor)
	if err != nil {
		return livePage{}, err
	}
	toolbar := auditview.Toolbar(page, filter, actor)
	return livePage{
		Page: page, URL: shown.url.String(), StreamURL: shown.url.Stream(), ListPage: shown, Toolbar: &toolbar,
		Topics: []string{contract.CommandsTopic(guild)},
		Layout: func(p ui.Page, region ui.Region) templ.Component { return auditview.Log(p, toolbar, region) },
		Body: func(ctx context.Context, p ui.Page) (templ.Component, error) {
			list, err := s.Store.Commands(ctx, guild, query)
			if err != nil {
				return nil, err
			}
			shown.number, shown.byCursor = list.Page, list.ByCursor
			return auditview.Rows(p, auditview.LogView{Filter: filter, List: list}), nil
		},
	}, nil
}

// exportAudit answers "GET /guilds/{guild}/audit/export?format=csv|json|xlsx" with the records that the filters select.
func (s *Server) exportAudit(w http.ResponseWriter, r *http.Request) error {
	page := s.page(r)
	zone := page.TimeZone()
	query := commandQuery(parseAuditFilter(r, &page), zone)
	return s.export(w, r, newExportFile("audit-"+page.Guild.ID, auditColumns(zone),
		func(fn func(contract.Command) error) error {
			return s.Store.EachCommand(r.Context(), page.Guild.ID, query, fn)
		}))
}

// auditColumns returns the columns of an export of the audit log. zone is the viewer's.
func auditColumns(zone *time.Location) []exportColumn[contract.Command] {
	return []exportColumn[contract.Command]{
		{"id", func(c *contract.Command) any { return c.ID }},
		{"issuedAt", func(c *contract.Command) any { return exportTime(&c.IssuedAt, zone) }},
		{"userId", func(c *contract.Command) any { return c.Actor.ID }},
		{"username", func(c *contract.Command) any { return c.Actor.Username }},
		{"type", func(c *contract.Command) any { return c.Verb }},
		{"target", func(c *contract.Command) any { return c.Target }},
		{"targetName", func(c *contract.Command) any { return c.TargetName }},
		{"data", func(c *contract.Command) any { return c.Data }},
		{"status", func(c *contract.Command) any { return c.Status }},
		{"code", func(c *contract.Command) any { return c.Code }},
		{"message", func(c *contract.Command) any { return c.Message }},
		{"answeredAt", func(c *contract.Command) any { return exportTime(c.AnsweredAt, zone) }},
	}
}
