package handlers_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"guildboard/views/link"
)

// TestLinksMatchRoutes checks that each function of package link builds the path of a route, whatever the ids contain.
func TestLinksMatchRoutes(t *testing.T) {
	const guild, id = "1/2?3", "a/b?c#d"
	giveaways, giveaway := link.Giveaways(guild), link.Giveaway(guild, id)
	tickets, ticket := link.Tickets(guild), link.Ticket(guild, id)
	labels, panel := link.Settings(guild, "labels"), link.Item(link.Settings(guild, "panels"), id)
	routes := openSite(t).Handler().(chi.Routes)
	checked := map[string]bool{}
	for _, test := range []struct{ function, method, path, pattern string }{
		{"Guild", http.MethodGet, link.Guild(guild), ""},
		{"Staff", http.MethodGet, link.Staff(guild), "/staff"},
		{"ViewAs", http.MethodPost, link.ViewAs(guild), "/view-as"},
		{"StopViewAs", http.MethodPost, link.StopViewAs(guild), "/view-as/stop"},
		{"Audit", http.MethodGet, link.Audit(guild), "/audit"},
		{"Giveaways", http.MethodGet, giveaways, "/giveaways"},
		{"GiveawayOverview", http.MethodGet, link.GiveawayOverview(guild), "/giveaways/overview"},
		{"Giveaway", http.MethodGet, giveaway, "/giveaways/{giveaway}"},
		{"Templates", http.MethodGet, link.Templates(guild), "/giveaways/templates"},
		{"Tickets", http.MethodGet, tickets, "/tickets"},
		{"Ticket", http.MethodGet, ticket, "/tickets/{ticket}"},
		{"TicketPriority", http.MethodPost, link.TicketPriority(guild), "/tickets/priority"},
		{"TicketLabels", http.MethodPost, link.TicketLabels(guild), "/tickets/labels"},
		{"Ratings", http.MethodGet, link.Ratings(guild), "/ratings"},
		{"Settings", http.MethodGet, labels, "/settings/labels"},
		{"Stream", http.MethodGet, link.Stream(tickets), "/tickets/live"},
		{"Stream", http.MethodGet, link.Stream(link.BulkResults(tickets)), "/tickets/results/live"},
		{"Item", http.MethodPost, link.Item(labels, id), "/settings/labels/{label}"},
		{"New", http.MethodGet, link.New(giveaways), "/giveaways/new"},
		{"New", http.MethodGet, link.New(link.Templates(guild)), "/giveaways/templates/new"},
		{"New", http.MethodGet, link.New(labels), "/settings/labels/new"},
		{"New", http.MethodGet, link.New(link.Categories(panel)), "/settings/panels/{panel}/categories/new"},
		{"Delete", http.MethodPost, link.Delete(link.Item(labels, id)), "/settings/labels/{label}/delete"},
		{"Delete", http.MethodPost, link.Delete(link.Item(link.Notes(ticket), id)), "/tickets/{ticket}/notes/{note}/delete"},
		{"Delete", http.MethodPost, link.Delete(link.Item(link.Templates(guild), id)), "/giveaways/templates/{template}/delete"},
		{"Export", http.MethodGet, link.Export(giveaways), "/giveaways/export"},
		{"Export", http.MethodGet, link.Export(tickets), "/tickets/export"},
		{"Export", http.MethodGet, link.Export(link.Audit(guild)), "/audit/export"},
		{"Bulk", http.MethodPost, link.Bulk(giveaways), "/giveaways/bulk"},
		{"Bulk", http.MethodPost, link.Bulk(tickets), "/tickets/bulk"},
		{"Bulk", http.MethodPost, link.Bulk(link.Ratings(guild)), "/ratings/bulk"},
		{"BulkResults", http.MethodGet, link.BulkResults(giveaways), "/giveaways/results"},
		{"BulkResults", http.MethodGet, link.BulkResults(tickets), "/tickets/results"},
		{"BulkResults", http.MethodGet, link.BulkResults(link.Ratings(guild)), "/ratings/results"},
		{"Verb", http.MethodPost, link.Verb(giveaway, id), "/giveaways/{giveaway}/{verb}"},
		{"Verb", http.MethodPost, link.Verb(ticket, id), "/tickets/{ticket}/{verb}"},
		{"Edit", http.MethodPost, link.Edit(giveaway), "/giveaways/{giveaway}/edit"},
		{"Entries", http.MethodGet, link.Entries(giveaway), "/giveaways/{giveaway}/entries"},
		{"DrawProof", http.MethodGet, link.DrawProof(giveaway), "/giveaways/{giveaway}/draw.json"},
		{"Reply", http.MethodPost, link.Reply(ticket), "/tickets/{ticket}/reply"},
		{"Notes", http.MethodGet, link.Notes(ticket), "/tickets/{ticket}/notes"},
		{"MessageEdits", http.MethodGet, link.MessageEdits(ticket, id), "/tickets/{ticket}/messages/{message}/edits"},
		{"Categories", http.MethodPost, link.Categories(panel), "/settings/panels/{panel}/categories"},
		{"PostPanel", http.MethodPost, link.PostPanel(panel), "/settings/panels/{panel}/post"},
		{"WithQuery", http.MethodGet, link.WithQuery(tickets, "q", "a&b?"), "/tickets"},
		{"EndSession", http.MethodPost, link.EndSession(id), "/sessions/{session}/end"},
	} {
		checked[test.function] = true
		want := "/guilds/{guild}" + test.pattern
		if test.function == "EndSession" {
			want = test.pattern
		}
		path, _, _ := strings.Cut(test.path, "?")
		got := strings.TrimSuffix(routes.Find(chi.NewRouteContext(), test.method, path), "/")
		if got != want {
			t.Errorf("%s: %s %s has the route %q, want %q", test.function, test.method, test.path, got, want)
		}
	}
	if got, want := link.WithQuery("/x", "q", "a&b?", "only", "1"), "/x?q=a%26b%3F&only=1"; got != want {
		t.Errorf("WithQuery() = %q, want %q", got, want)
	}
	for _, function := range exportedFunctions(t, filepath.Join("..", "views", "link", "link.go")) {
		if !checked[function] {
			t.Errorf("link.%s is not checked", function)
		}
	}
}

// exportedFunctions returns the names of the exported functions of a Go file.
func exportedFunctions(t *testing.T, path string) (names []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	must(t, err)
	for _, d := range file.Decls {
		if function, ok := d.(*ast.FuncDecl); ok && function.Name.IsExported() {
			names = append(names, function.Name.Name)
		}
	}
	return names
}
