package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/views/link"
	"guildboard/views/ui"
)

const (
	maxReason        = 500              // characters
	failedVisibleFor = 10 * time.Minute // how long a row shows that its bot request failed
	doneVisibleFor   = 20 * time.Second // how long a row shows that its bot request succeeded

	defaultRepeatDays = 7 // proposed interval of a repeat, in days
)

// commandTarget is a giveaway or ticket that a bot request can be about.
type commandTarget struct {
	id, name, state string
	subject         string     // of the ticket
	section         ui.Section // of the navigation
	path, listPath  string     // of its page, and of its list
	availableVerbs  []contract.Verb
	winners         []store.Winner   // winners that a reroll can replace
	unclaimed       []store.Winner   // winners that a reroll replaces if the user chooses all unclaimed ones
	hasNoEntries    bool             // nobody has entered the giveaway
	repeatRule      store.RepeatRule // 0 days if it does not repeat
	claimerID       string           // Discord ID; "" for none
}

// pathRowID returns the row ID in a parameter of the request's path, or errNotFound if it can't be one.
func pathRowID(r *http.Request, param string) (string, error) {
	id := chi.URLParam(r, param)
	if !isRowID(id) {
		return "", errNotFound
	}
	return id, nil
}

// loadGiveaway loads the giveaway that the request's path names.
func (s *Server) loadGiveaway(r *http.Request) (g store.Giveaway, err error) {
	id, err := pathRowID(r, "giveaway")
	if err != nil {
		return g, err
	}
	return s.Store.Giveaway(r.Context(), guildOf(r).link.ID, id)
}

// loadGiveawayTarget loads the giveaway that the request's path names as a command target.
func (s *Server) loadGiveawayTarget(r *http.Request) (commandTarget, error) {
	g, err := s.loadGiveaway(r)
	if err != nil {
		return commandTarget{}, err
	}
	return giveawayTarget(r, g), nil
}

func giveawayTarget(r *http.Request, g store.Giveaway) commandTarget {
	list := link.Giveaways(guildOf(r).link.ID)
	verbs := append(store.AvailableGiveawayVerbs(g), contract.VerbGiveawayRepair)
	if store.CanDisqualify(g) {
		verbs = append(verbs, contract.VerbEntrantDisqualify, contract.VerbEntrantReinstate)
	}
	return commandTarget{
		id: g.ID, name: g.Prize, state: strings.ToLower(string(g.Status)),
		path: link.Item(list, g.ID), listPath: list, section: ui.SectionGiveaways,
		availableVerbs: verbs, repeatRule: g.RepeatRule(),
		winners:   slices.DeleteFunc(slices.Clone(g.Winners), func(w store.Winner) bool { return w.Rerolled }),
		unclaimed: g.UnclaimedWinners(), hasNoEntries: g.Entries == 0,
	}
}

// loadTicket loads the ticket that the request's path names.
func (s *Server) loadTicket(r *http.Request) (t store.Ticket, err error) {
	id, err := pathRowID(r, "ticket")
	if err != nil {
		return t, err
	}
	return s.Store.Ticket(r.Context(), guildOf(r).link.ID, id)
}

// loadTicketTarget loads the ticket that the request's path names as a command target.
func (s *Server) loadTicketTarget(r *http.Request) (commandTarget, error) {
	t, err := s.loadTicket(r)
	if err != nil {
		return commandTarget{}, err
	}
	target := ticketTarget(t)
	target.subject = ui.SubjectText(s.page(r), t)
	return target, nil
}

func ticketTarget(t store.Ticket) commandTarget {
	list := link.Tickets(t.GuildID)
	verbs := append(store.AvailableTicketVerbs(t), contract.VerbTicketRepair)
	if store.CanReply(t) {
		verbs = append(verbs, contract.VerbTicketReply)
	}
	return commandTarget{
		id: t.ID, name: "#" + strconv.Itoa(t.Number), state: strings.ToLower(string(t.Status)),
		path: link.Item(list, t.ID), listPath: list, section: ui.SectionTickets,
		availableVerbs: verbs, claimerID: t.ClaimedBy.ID,
	}
}

// parsePathVerb returns the verb at the end of the request's path. It returns errNotFound if the path names no verb,
// or one that is requested with a form and routes of its own, and errForbidden if the visitor lacks the rights for it.
func parsePathVerb(r *http.Request, verbPrefix string) (contract.Verb, error) {
	verb := contract.Verb(verbPrefix + strings.ToUpper(chi.URLParam(r, "verb")))
	if form, ok := verbForms[verb]; !ok || form.hasOwnRoute {
		return "", errNotFound
	}
	if !guildOf(r).rights.CanRequest(verb) {
		return "", errForbidden
	}
	return verb, nil
}

// confirmCommand returns a handler for GET of a verb's path. It shows the confirmation, in a dialog or on a page of its
// own.
func (s *Server) confirmCommand(
	verbPrefix string, load func(*http.Request) (commandTarget, error),
) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		verb, err := parsePathVerb(r, verbPrefix)
		if err != nil {
			return err
		}
		f := commandForm{verb: verb, values: r.URL.Query()}
		key, err := s.loadCommandForm(r, &f, load)
		if err != nil {
			return err
		}
		if key != "" {
			return s.respondUnavailable(w, r, f.target, key)
		}
		v, err := s.newConfirmView(r, f)
		if err != nil {
			return err
		}
		return s.renderConfirm(w, r, http.StatusOK, v)
	}
}

// loadCommandForm loads the form's target and the rows that the form needs. If the verb cannot be requested, it returns
// the message key of the reason.
func (s *Server) loadCommandForm(
	r *http.Request, f *commandForm, loadTarget func(*http.Request) (commandTarget, error),
) (unavailable string, err error) {
	if f.target, err = loadTarget(r); err != nil {
		return "", err
	}
	if key := s.unavailableReason(r.Context(), f.target, f.verb); key != "" {
		return key, nil
	}
	if load := verbForms[f.verb].load; load != nil {
		return "", load(s, r, f)
	}
	return "", nil
}

// newConfirmView returns the content of the confirmation of a bot request.
func (s *Server) newConfirmView(r *http.Request, f commandForm) (v ui.ConfirmView, err error) {
	v = ui.ConfirmView{
		Verb: f.verb, ID: f.target.id, Name: f.target.name, Subject: f.target.subject, State: f.target.state,
		Section: f.target.section,
		Action:  link.Verb(f.target.path, ui.VerbName(f.verb)), Back: f.target.path,
		Bot: s.Commands.BotState(r.Context()), Problems: map[string]string{},
	}
	err = s.fillConfirmView(r, f, &v)
	return v, err
}

// renderConfirm shows the confirmation: only the form for a dialog, otherwise a page.
func (s *Server) renderConfirm(w http.ResponseWriter, r *http.Request, status int, v ui.ConfirmView) error {
	page := s.page(r)
	page.Section, page.Title = v.Section, page.T("verb."+string(v.Verb))
	if v.InDialog = isPartial(r); v.InDialog {
		s.respond(w, r, status, ui.ConfirmForm(page, v))
	} else {
		s.respond(w, r, status, ui.Confirm(page, v))
	}
	return nil
}

// submitCommand returns a handler for POST of a verb's path. It enqueues the bot request; the row shows its status.
func (s *Server) submitCommand(
	verbPrefix string, load func(*http.Request) (commandTarget, error),
) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		verb, err := parsePathVerb(r, verbPrefix)
		if err != nil {
			return err
		}
		if err := parseForm(w, r); err != nil {
			return err
		}
		f := commandForm{verb: verb, values: r.PostForm}
		key, err := s.loadCommandForm(r, &f, load)
		if err != nil {
			return err
		}
		if key != "" {
			return s.respondUnavailable(w, r, f.target, key)
		}
		payload, problems := f.decode()
		if len(problems) == 0 {
			return s.enqueueCommand(w, r, f.target, verb, payload)
		}
		v, err := s.newConfirmView(r, f)
		if err != nil {
			return err
		}
		f.restoreValues(&v, s.page(r), problems)
		return s.renderConfirm(w, r, http.StatusUnprocessableEntity, v)
	}
}

// unavailableReason returns the message key of the reason why a verb cannot be requested; "" if it can.
func (s *Server) unavailableReason(ctx context.Context, target commandTarget, verb contract.Verb) string {
	switch {
	case !slices.Contains(target.availableVerbs, verb):
		return "command.stateChanged"
	case !s.Commands.BotState(ctx).Supports(verb):
		return "command.unsupported"
	}
	return ""
}

// enqueueCommand enqueues a bot request, waits some time for its result and reports that to the user: with a toast for
// htmx, because the live region updates the row, and with a redirect to the previous page for browsers without scripts.
func (s *Server) enqueueCommand(
	w http.ResponseWriter, r *http.Request, target commandTarget, verb contract.Verb, payload contract.CommandPayload,
) error {
	data, err := contract.EncodePayload(payload)
	if err != nil {
		return err
	}
	command, isNew, err := s.Commands.Enqueue(r.Context(), contract.Command{
		GuildID: guildOf(r).link.ID, Actor: visitorOf(r).session.User(), Verb: verb, Target: target.id, Data: data,
	})
	if err != nil {
		return err
	}
	if isNew {
		if current, err := s.Commands.AwaitResult(r.Context(), command, s.ResultWait); err == nil {
			command = current
		}
	}
	if verb == contract.VerbGiveawayDelete && command.Status == contract.CommandDone {
		return s.leaveDeleted(w, r, target)
	}
	if isPartial(r) {
		level, text := commandToast(s.page(r), command, isNew, cleanLine(target.name, 60))
		setToast(w, level, text)
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	http.Redirect(w, r, withAlert(s.backPath(r, target), commandAlert(command, isNew)), http.StatusSeeOther)
	return nil
}

// leaveDeleted reports that the target was deleted. A browser that shows its page leaves it for the list.
func (s *Server) leaveDeleted(w http.ResponseWriter, r *http.Request, target commandTarget) error {
	const key = "result.GIVEAWAY_DELETE"
	back, _, _ := strings.Cut(s.sameSitePath(r, r.Header.Get("HX-Current-URL")), "?")
	switch isOwnPage := back == target.path || strings.HasPrefix(back, target.path+"/"); {
	case isPartial(r) && isOwnPage:
		w.Header().Set("HX-Redirect", withAlert(target.listPath, key))
	case isPartial(r):
		page := s.page(r)
		setToast(w, "info", page.T(key, "name", cleanLine(target.name, 60)))
	default:
		http.Redirect(w, r, withAlert(target.listPath, key), http.StatusSeeOther)
		return nil
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// commandToast returns the level and the text of the toast about a command to the target with the name. isNew is false
// for a command that was in progress already.
func commandToast(page ui.Page, c contract.Command, isNew bool, name string) (level, text string) {
	switch {
	case !isNew:
		return "info", page.T("toast.pending", "who", c.Actor.Username, "name", name)
	case c.IsInProgress():
		return "info", page.T("toast.requested", "name", name, "doing", ui.CommandStatusText(page, c))
	case c.Status == contract.CommandDone && c.Code == "":
		return "info", page.T("result."+string(c.Verb), "name", name)
	}
	return "problem", ui.CommandStatusText(page, c)
}

// commandAlert returns the message key of the alert about a command; "" if the row shows its result. isNew is false for
// a command that was in progress already.
func commandAlert(c contract.Command, isNew bool) string {
	switch {
	case !isNew:
		return "command.pending"
	case c.IsInProgress():
		return "command.requested"
	case c.Status == contract.CommandDone && c.Code == "":
		return "result." + string(c.Verb)
	case c.Code == contract.RefusalNoBot:
		return "command.noBot"
	}
	return ""
}

// respondUnavailable reports why the bot request was not enqueued. key is a message key.
func (s *Server) respondUnavailable(w http.ResponseWriter, r *http.Request, target commandTarget, key string) error {
	if isPartial(r) {
		setToast(w, "problem", s.page(r).T(key))
		w.WriteHeader(http.StatusConflict)
		return nil
	}
	http.Redirect(w, r, withAlert(s.backPath(r, target), key), http.StatusSeeOther)
	return nil
}

// backPath returns the page that sent the form if it is the row's page, its list or the overview; else the row's page.
func (s *Server) backPath(r *http.Request, target commandTarget) string {
	from := s.sameSitePath(r, r.Referer())
	switch path, _, _ := strings.Cut(from, "?"); path {
	case target.listPath, link.Entries(target.path), link.Guild(guildOf(r).link.ID):
		return from
	}
	return target.path
}

// withAlert returns path with a query parameter that makes the page show the message of key, if there is one.
func withAlert(path, key string) string {
	if key == "" {
		return path
	}
	u, err := url.Parse(path)
	if err != nil {
		return path
	}
	q := u.Query()
	q.Set("note", key)
	u.RawQuery = q.Encode()
	return u.String()
}

// parseForm parses a form of at most maxFormBytes.
func parseForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
	if err := r.ParseForm(); err != nil {
		return badInput("form is malformed")
	}
	return nil
}

// loadBotRequests loads the bot requests for the rows with these IDs that the rows still show.
func (s *Server) loadBotRequests(ctx context.Context, guild string, ids []string) (ui.BotRequests, error) {
	now := time.Now()
	requests := ui.BotRequests{Bot: s.Commands.BotState(ctx)}
	if len(ids) == 0 {
		return requests, nil
	}
	var err error
	requests.Commands, err = s.Store.LatestCommands(ctx, guild, ids, now.Add(-failedVisibleFor))
	dropCompleted(requests.Commands, now)
	return requests, err
}

// dropCompleted removes commands that are done without a code and were answered more than doneVisibleFor ago, or at an
// unknown time.
func dropCompleted(commands map[string]contract.Command, now time.Time) {
	for id, c := range commands {
		if c.Status == contract.CommandDone && c.Code == "" && (c.AnsweredAt == nil || now.Sub(*c.AnsweredAt) > doneVisibleFor) {
			delete(commands, id)
		}
	}
}
