package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/views/link"
	"guildboard/views/ui"
)

// bulkActions describes the actions on several selected rows of a list.
type bulkActions struct {
	verbPrefix  string // prefix of the verbs
	listPath    func(guild string) string
	section     ui.Section
	loadTargets func(ctx context.Context, guild string, ids []string) ([]commandTarget, error) // of the rows that exist
	// loadSkipped loads the rows that were skipped because they had changed; nil if the action skips none.
	loadSkipped func(ctx context.Context, guild string, ids []string) ([]ui.BulkRow, error)
}

func (s *Server) giveawayBulkActions() bulkActions {
	return bulkActions{
		verbPrefix: "GIVEAWAY_", listPath: link.Giveaways, section: ui.SectionGiveaways, loadTargets: s.loadGiveawayTargets,
	}
}

// loadGiveawayTargets loads the giveaways with these IDs that exist.
func (s *Server) loadGiveawayTargets(ctx context.Context, guild string, ids []string) ([]commandTarget, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list, _, err := s.Store.Giveaways(ctx, guild, store.GiveawayQuery{IDs: ids, PerPage: maxSelectedRows})
	targets := make([]commandTarget, len(list.Items))
	for i, g := range list.Items {
		targets[i] = commandTarget{
			id: g.ID, name: g.Prize, state: strings.ToLower(string(g.Status)),
			availableVerbs: store.AvailableGiveawayVerbs(g),
		}
	}
	return targets, err
}

func (s *Server) ticketBulkActions() bulkActions {
	return bulkActions{verbPrefix: "TICKET_", listPath: link.Tickets, section: ui.SectionTickets, loadTargets: s.loadTicketTargets}
}

// loadTicketTargets loads the tickets with these IDs that exist.
func (s *Server) loadTicketTargets(ctx context.Context, guild string, ids []string) ([]commandTarget, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list, _, err := s.Store.Tickets(ctx, guild, store.TicketQuery{IDs: ids, PerPage: maxSelectedRows}, startOfToday(s.Site.Zone))
	targets := make([]commandTarget, len(list.Items))
	for i, t := range list.Items {
		name := "#" + strconv.Itoa(t.Number)
		if t.Subject != nil {
			name += " " + *t.Subject
		}
		targets[i] = commandTarget{
			id: t.ID, name: name, state: strings.ToLower(string(t.Status)), availableVerbs: store.AvailableTicketVerbs(t),
		}
	}
	return targets, err
}

// parseSelection returns the requested verb and the IDs of the selected rows.
func (b bulkActions) parseSelection(q url.Values) (verb contract.Verb, ids []string, err error) {
	verb = contract.Verb(b.verbPrefix + strings.ToUpper(q.Get("verb")))
	if !ui.IsBulkVerb(verb) {
		return "", nil, badInput("verb does not support bulk actions")
	}
	return verb, parseRowIDs(q["only"]), nil
}

// authorizeSelection is parseSelection for a visitor. It returns errForbidden if the visitor lacks the rights for the
// verb.
func (b bulkActions) authorizeSelection(r *http.Request, q url.Values) (verb contract.Verb, ids []string, err error) {
	verb, ids, err = b.parseSelection(q)
	if err == nil && !guildOf(r).rights.CanRequest(verb) {
		err = errForbidden
	}
	return verb, ids, err
}

// parseRowIDs returns the valid row IDs among values, without duplicates, at most maxSelectedRows.
func parseRowIDs(values []string) (ids []string) {
	for _, id := range values {
		if isRowID(id) && !slices.Contains(ids, id) && len(ids) < maxSelectedRows {
			ids = append(ids, id)
		}
	}
	return ids
}

// confirmBulk returns a handler for "GET …/bulk?verb=&only=&only=". It shows the confirmation for all selected rows.
func (s *Server) confirmBulk(b bulkActions) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		verb, ids, err := b.authorizeSelection(r, r.URL.Query())
		if err != nil {
			return err
		}
		return s.renderBulkConfirm(w, r, b, verb, ids, http.StatusOK, ui.ConfirmView{})
	}
}

// renderBulkConfirm shows the confirmation for all selected rows, with the problems of form.
func (s *Server) renderBulkConfirm(
	w http.ResponseWriter, r *http.Request, b bulkActions, verb contract.Verb, ids []string, status int, form ui.ConfirmView,
) error {
	page := s.page(r)
	targets, err := b.loadTargets(r.Context(), page.Guild.ID, ids)
	if err != nil {
		return err
	}
	if err := s.fillConfirmView(r, commandForm{verb: verb}, &form); err != nil {
		return err
	}
	path := b.listPath(page.Guild.ID)
	v := ui.BulkView{
		Verb: verb, Action: link.Bulk(path), Back: s.backPath(r, commandTarget{path: path, listPath: path}),
		Bot: s.Commands.BotState(r.Context()), ReasonForm: form,
	}
	for _, target := range targets {
		row := ui.BulkRow{ID: target.id, Name: target.name, State: target.state}
		if slices.Contains(target.availableVerbs, verb) && v.Bot.Supports(verb) {
			v.Rows = append(v.Rows, row)
		} else {
			v.Skipped = append(v.Skipped, row)
		}
	}
	page.Section, page.Title = b.section, page.T("verb."+string(verb))
	s.respond(w, r, status, ui.Bulk(page, v))
	return nil
}

// submitBulk returns a handler for "POST …/bulk". It enqueues a bot request per row and redirects to a page with their
// results. The bot checks each row, because it can change after it was selected.
func (s *Server) submitBulk(b bulkActions) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := parseForm(w, r); err != nil {
			return err
		}
		verb, ids, err := b.authorizeSelection(r, r.PostForm)
		if err != nil {
			return err
		}
		guild := guildOf(r).link.ID
		path := b.listPath(guild)
		targets, err := b.loadTargets(r.Context(), guild, ids)
		switch {
		case err != nil:
			return err
		case len(targets) == 0:
			return errNotFound
		case !s.Commands.BotState(r.Context()).Supports(verb):
			http.Redirect(w, r, withAlert(path, "command.unsupported"), http.StatusSeeOther)
			return nil
		}
		submitted := commandForm{verb: verb, values: r.PostForm}
		payload, problems := submitted.decode()
		if len(problems) > 0 {
			var form ui.ConfirmView
			submitted.restoreValues(&form, s.page(r), problems)
			return s.renderBulkConfirm(w, r, b, verb, ids, http.StatusUnprocessableEntity, form)
		}
		data, err := contract.EncodePayload(payload)
		if err != nil {
			return err
		}
		q := url.Values{}
		for _, target := range targets {
			command, _, err := s.Commands.Enqueue(r.Context(), contract.Command{
				GuildID: guild, Actor: visitorOf(r).session.User(), Verb: verb, Target: target.id, Data: data,
			})
			if err != nil && len(q["id"]) == 0 {
				return err
			}
			if err != nil {
				s.Log.ErrorContext(r.Context(), "enqueue bulk commands", "err", err, "request", requestID(r))
				q.Set("note", "bulk.partial")
				break
			}
			q.Add("id", command.ID)
		}
		http.Redirect(w, r, link.BulkResults(path)+"?"+q.Encode(), http.StatusSeeOther)
		return nil
	}
}

// bulkResults returns the page "GET …/results?id=&id=&left=": the status of each command (id) and a line for each skipped
// row (left).
func (s *Server) bulkResults(b bulkActions) func(*http.Request) (livePage, error) {
	return func(r *http.Request) (livePage, error) {
		page := s.page(r)
		guild := page.Guild.ID
		page.Section, page.Title = b.section, page.T("bulk.title")
		list := b.listPath(guild)
		ids, skipped := parseRowIDs(r.URL.Query()["id"]), parseRowIDs(r.URL.Query()["left"])
		if b.loadSkipped == nil {
			skipped = nil
		}
		if len(ids)+len(skipped) == 0 {
			return livePage{}, errNotFound
		}
		query := "?" + url.Values{"id": ids, "left": skipped}.Encode()
		return livePage{
			Page: page, URL: link.BulkResults(list) + query, StreamURL: link.Stream(link.BulkResults(list)) + query,
			Topics: []string{contract.CommandsTopic(guild)},
			Layout: func(p ui.Page, region ui.Region) templ.Component { return ui.BulkResults(p, list, region) },
			Body: func(ctx context.Context, p ui.Page) (templ.Component, error) {
				commands, err := s.Store.CommandsByID(ctx, guild, ids)
				if err != nil {
					return nil, err
				}
				commands = slices.DeleteFunc(commands, func(c contract.Command) bool {
					return !strings.HasPrefix(string(c.Verb), b.verbPrefix)
				})
				v := ui.BulkResultsView{Commands: commands, Bot: s.Commands.BotState(ctx)}
				if len(skipped) > 0 {
					v.Skipped, err = b.loadSkipped(ctx, guild, skipped)
				}
				return ui.BulkResultRows(p, v), err
			},
		}, nil
	}
}
