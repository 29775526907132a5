package handlers

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/forms"
	"guildboard/views/link"
	settingsview "guildboard/views/settings"
	ticketview "guildboard/views/ticket"
	"guildboard/views/ui"
)

// newReplyForm returns the reply form of a ticket; renderCannedReplies completes it. With "?answer=" and a command's ID
// it contains the text of that reply, which was not sent.
func (s *Server) newReplyForm(r *http.Request, id string) (v ticketview.ReplyView, err error) {
	guild := guildOf(r).link.ID
	v.Action, v.IdempotencyKey = link.Reply(link.Ticket(guild, id)), store.NewID()
	if v.CannedReplies, err = s.Store.CannedReplies(r.Context(), guild); err != nil {
		return v, err
	}
	if resendID := r.URL.Query().Get("answer"); isRowID(resendID) {
		c, err := s.Store.Command(r.Context(), guild, resendID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return v, err
		}
		if c.Target == id {
			v.Text = store.DecodeReply(c)
		}
	}
	return v, nil
}

// renderCannedReplies fills in the placeholders of the replies.
func renderCannedReplies(replies []store.CannedReply, t store.Ticket) {
	for i, c := range replies {
		replies[i].Text = truncateText(c.Render(t), store.MaxReplyLength) // inserted names may be long
	}
}

// unsentReplies returns the replies among the newest commands that the bot has not sent: those in progress, and those
// that failed within failedVisibleFor.
func unsentReplies(newest []contract.Command, now time.Time) (replies []contract.Command) {
	for _, c := range slices.Backward(newest) {
		isShown := c.IsInProgress() || now.Sub(c.IssuedAt) < failedVisibleFor
		if c.Verb == contract.VerbTicketReply && c.Status != contract.CommandDone && isShown {
			replies = append(replies, c)
		}
	}
	return replies
}

// redirectToReplyForm answers "GET /guilds/{guild}/tickets/{ticket}/reply", the URL of a rejected form. It redirects to
// the ticket's page, which contains the form.
func (s *Server) redirectToReplyForm(w http.ResponseWriter, r *http.Request) error {
	target, err := s.loadTicketTarget(r)
	if err == nil {
		http.Redirect(w, r, target.path+"#answer", http.StatusSeeOther)
	}
	return err
}

// submitReply answers "POST /guilds/{guild}/tickets/{ticket}/reply". It enqueues the reply once per form. The form
// keeps its text on any problem.
func (s *Server) submitReply(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	t, err := s.loadTicket(r)
	if err != nil {
		return err
	}
	target := ticketTarget(t)
	view, err := s.newReplyForm(r, t.ID)
	if err != nil {
		return err
	}
	renderCannedReplies(view.CannedReplies, t)
	page := s.page(r)
	view.Text, view.SelectedID, view.Problems = cleanMessage(r.PostForm.Get("text")), r.PostForm.Get("canned"), map[string]string{}
	if r.PostForm.Has("insert") { // without scripts: append the canned reply
		if i := slices.IndexFunc(view.CannedReplies, func(c store.CannedReply) bool { return c.ID == view.SelectedID }); i >= 0 {
			view.Text = strings.TrimLeft(view.Text+"\n"+view.CannedReplies[i].Text, "\n")
		}
		return s.renderReplyForm(w, r, http.StatusOK, view)
	}
	switch n := utf8.RuneCountInString(view.Text); {
	case n == 0:
		view.Problems["text"] = page.T(forms.ProblemMissing)
	case n > store.MaxReplyLength:
		view.Problems["text"] = page.T(forms.ProblemTooLong)
	}
	if len(view.Problems) > 0 {
		return s.renderReplyForm(w, r, http.StatusUnprocessableEntity, view)
	}
	if key := s.unavailableReason(r.Context(), target, contract.VerbTicketReply); key != "" {
		return s.rejectReply(w, r, view, page.T(key))
	}
	command, accepted, err := s.enqueueReply(r, target, view.Text)
	switch {
	case err != nil:
		return err
	case !accepted && command.Actor.ID == visitorOf(r).session.UserID:
		return s.rejectReply(w, r, view, page.T("reply.wait"))
	case !accepted:
		return s.rejectReply(w, r, view, page.T("reply.busy", "who", command.Actor.Username))
	case command.Status == contract.CommandRefused: // no bot is connected
		return s.rejectReply(w, r, view, ui.CommandStatusText(page, command))
	case isPartial(r):
		view.Text, view.SelectedID = "", ""
		return s.renderReplyForm(w, r, http.StatusOK, view)
	}
	http.Redirect(w, r, withAlert(target.path, "command.requested"), http.StatusSeeOther)
	return nil
}

// enqueueReply enqueues the reply. The form's ID becomes the command's ID, so that a form submitted twice is one
// command. If the command with that ID has another text, or failed, the reply gets a new ID. accepted is false if
// another reply to the ticket is in progress; command is that reply.
func (s *Server) enqueueReply(
	r *http.Request, target commandTarget, text string,
) (command contract.Command, accepted bool, err error) {
	id, actor := r.PostForm.Get("once"), visitorOf(r).session.User()
	if !isRowID(id) {
		id = store.NewID()
	}
	data, err := contract.EncodePayload(contract.ReplyPayload{Text: text})
	if err != nil {
		return command, false, err
	}
	for range 2 {
		var isNew bool
		command, isNew, err = s.Commands.Enqueue(r.Context(), contract.Command{
			ID: id, GuildID: guildOf(r).link.ID, Actor: actor,
			Verb: contract.VerbTicketReply, Target: target.id, Data: data,
		})
		if err != nil || isNew || command.ID != id {
			return command, isNew, err
		}
		isSame := command.Actor.ID == actor.ID && command.Target == target.id && store.DecodeReply(command) == text
		if isSame && (command.IsInProgress() || command.Status == contract.CommandDone) {
			return command, true, nil
		}
		id = store.NewID()
	}
	return command, false, nil
}

// rejectReply shows why the reply was not enqueued: in an alert for htmx, else in the form.
func (s *Server) rejectReply(w http.ResponseWriter, r *http.Request, form ticketview.ReplyView, reason string) error {
	if isPartial(r) {
		s.respond(w, r, http.StatusConflict, ui.AlertBox(s.page(r), ui.Alert{Kind: ui.AlertProblem, Text: reason}))
		return nil
	}
	form.Problem = reason
	return s.renderReplyForm(w, r, http.StatusConflict, form)
}

// renderReplyForm shows the form: only the form for htmx, otherwise the ticket's page.
func (s *Server) renderReplyForm(w http.ResponseWriter, r *http.Request, status int, form ticketview.ReplyView) error {
	if isPartial(r) {
		s.respond(w, r, status, ticketview.ReplyForm(s.page(r), form))
		return nil
	}
	lp, err := s.ticket(r)
	if err != nil {
		return err
	}
	region, err := s.renderRegion(r.Context(), lp, false)
	if err != nil {
		return err
	}
	lp.Page.HasLiveRegion = true
	s.respond(w, r, status, ticketview.Ticket(lp.Page,
		ticketview.PageView{Ticket: chi.URLParam(r, "ticket"), Reply: form}, region))
	return nil
}

// cleanMessage returns text as Discord accepts it: valid UTF-8 without control characters other than line breaks and
// tabs.
func cleanMessage(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return strings.TrimSpace(text)
}

// cannedReplies is "GET /guilds/{guild}/settings/replies": the canned replies of the guild.
func (s *Server) cannedReplies(r *http.Request) (livePage, error) {
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = ui.SectionSettings, page.T("tab.replies")
	path := link.Settings(guild, "replies")
	return livePage{
		Page: page, URL: path, StreamURL: link.Stream(path),
		Topics: []string{contract.SettingsTopic(guild)},
		Layout: func(p ui.Page, region ui.Region) templ.Component {
			return settingsview.List(p, settingsview.TabReplies, link.New(path), region)
		},
		Body: func(ctx context.Context, p ui.Page) (templ.Component, error) {
			replies, err := s.Store.CannedReplies(ctx, guild)
			return ticketview.CannedReplyRows(p, replies), err
		},
	}, nil
}

// cannedReplyForm loads the settings form of a canned reply.
func (s *Server) cannedReplyForm(r *http.Request) (settingsForm, error) {
	guild := guildOf(r).link.ID
	all, err := s.Store.CannedReplies(r.Context(), guild)
	if err != nil {
		return settingsForm{}, err
	}
	reply, isNew, err := rowByParam(r, "reply", all, func(c store.CannedReply) string { return c.ID })
	if err == nil && isNew && len(all) >= store.MaxCannedReplies {
		err = store.ErrConflict
	}
	if err != nil {
		return settingsForm{}, err
	}
	page, list := s.page(r), link.Settings(guild, "replies")
	reply.ID, reply.GuildID = cmp.Or(reply.ID, store.NewID()), guild
	form := settingsForm{
		view: settingsview.FormView{
			Title: reply.Name, Tab: settingsview.TabReplies, Schema: store.CannedReplySchema, Action: link.Item(list, reply.ID), Back: list,
			Preview: settingsview.PreviewMessages, DeletePath: link.Delete(link.Item(list, reply.ID)),
		},
		values: reply.Values(), version: reply.Version, target: reply.ID, module: access.ModuleTickets, redirectPath: list,
		validate: func(v forms.Values) map[string]string {
			return addNameTaken(store.CannedReplySchema.Problems(v), all, func(c store.CannedReply) bool {
				return c.ID != reply.ID && store.FoldText(c.Name) == store.FoldText(v["name"])
			})
		},
	}
	before := form.values
	if isNew {
		form.view.Title, form.view.Action, form.view.DeletePath, before = page.T("canned.new"), list, "", nil
	}
	form.save = func(ctx context.Context, actor contract.User, v forms.Values) error {
		return s.Store.ChangeCannedReply(ctx, actor, before, reply.WithValues(v))
	}
	return form, nil
}

func (s *Server) cannedReplyDeletion(r *http.Request) (deletion, error) {
	form, err := s.cannedReplyForm(r)
	if err != nil {
		return deletion{}, err
	}
	reply := store.CannedReply{ID: form.target, GuildID: guildOf(r).link.ID}.WithValues(form.values)
	return deletion{reply.Name, "canned.delete", form.view.Action, form.view.Back, func(ctx context.Context, actor contract.User) error {
		return s.Store.DeleteCannedReply(ctx, actor, reply)
	}}, nil
}
