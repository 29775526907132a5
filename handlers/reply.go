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
	"guildboard/views"
)

// emptyReply is the form in which a ticket is answered; what was asked for in vain and is to be mended ("?answer=" and the
// command's id) stands in it.
func (s *Server) emptyReply(r *http.Request, id string) (v views.ReplyView, err error) {
	guild := guildOf(r).link.ID
	v.Action, v.Once = "/guilds/"+guild+"/tickets/"+id+"/reply", store.NewID()
	if v.Canned, err = s.Store.CannedReplies(r.Context(), guild); err != nil {
		return v, err
	}
	if len(v.Canned) > 0 {
		t, err := s.Store.Ticket(r.Context(), guild, id)
		if err != nil {
			return v, err
		}
		for i, c := range v.Canned {
			v.Canned[i].Text = plainLines(c.For(t), store.MaxReply) // names in it may be long
		}
	}
	if mend := r.URL.Query().Get("answer"); isRowID(mend) {
		c, err := s.Store.Command(r.Context(), guild, mend)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return v, err
		}
		if c.Target == id {
			v.Text = store.ReplyOf(c)
		}
	}
	return v, nil
}

// unsent are the answers among the newest requests that the bot has not said: those under way, and for a while those that
// it refused or did not answer.
func unsent(newest []store.Command, now time.Time) (left []store.Command) {
	for _, c := range slices.Backward(newest) {
		if c.Verb == store.VerbTicketReply && c.Status != store.CommandDone && (c.UnderWay() || now.Sub(c.IssuedAt) < failedStay) {
			left = append(left, c)
		}
	}
	return left
}

// replyAlone answers "GET /guilds/{guild}/tickets/{ticket}/reply", where a form that was not sent has left its reader: the
// form is on the ticket's page.
func (s *Server) replyAlone(w http.ResponseWriter, r *http.Request) error {
	about, err := s.ticketSubject(r)
	if err == nil {
		http.Redirect(w, r, about.path+"#answer", http.StatusSeeOther)
	}
	return err
}

// reply answers "POST /guilds/{guild}/tickets/{ticket}/reply": the bot is asked to say something in the ticket's channel,
// once for each form. Whatever stands in the way, what was typed stays.
func (s *Server) reply(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	about, err := s.ticketSubject(r)
	if err != nil {
		return err
	}
	form, err := s.emptyReply(r, about.id)
	if err != nil {
		return err
	}
	page := s.page(r)
	form.Text, form.Chosen, form.Problems = said(r.PostForm.Get("text")), r.PostForm.Get("canned"), map[string]string{}
	if r.PostForm.Has("insert") { // without scripts: a canned reply goes behind what was typed
		if i := slices.IndexFunc(form.Canned, func(c store.CannedReply) bool { return c.ID == form.Chosen }); i >= 0 {
			form.Text = strings.TrimLeft(form.Text+"\n"+form.Canned[i].Text, "\n")
		}
		return s.replyAgain(w, r, http.StatusOK, form)
	}
	switch n := utf8.RuneCountInString(form.Text); {
	case n == 0:
		form.Problems["text"] = page.T(store.ProblemMissing)
	case n > store.MaxReply:
		form.Problems["text"] = page.T(store.ProblemLong)
	}
	if len(form.Problems) > 0 {
		return s.replyAgain(w, r, http.StatusUnprocessableEntity, form)
	}
	if key := s.whyNot(r.Context(), about, store.VerbTicketReply); key != "" {
		return s.notReplied(w, r, form, page.T(key))
	}
	command, mine, err := s.askReply(r, about, form.Text)
	switch {
	case err != nil:
		return err
	case !mine && command.Actor.ID == visitorOf(r).session.UserID:
		return s.notReplied(w, r, form, page.T("reply.wait"))
	case !mine:
		return s.notReplied(w, r, form, page.T("reply.busy", "who", command.Actor.Username))
	case command.Status == store.CommandRefused: // at once: nobody listens
		return s.notReplied(w, r, form, views.CommandWords(page, command))
	case partial(r):
		toast(w, "info", page.T("toast.asked", "verb", page.T("verb."+string(command.Verb)), "name", about.name))
		form.Text, form.Chosen = "", ""
		return s.replyAgain(w, r, http.StatusOK, form)
	}
	http.Redirect(w, r, withNote(about.path, "command.asked"), http.StatusSeeOther)
	return nil
}

// askReply asks the bot to say it. The form has an id, which becomes the command's: sent twice it is the same command. But
// a form that comes back with other words, by the browser's way back, or after it was refused, is another answer. The
// command is not mine when somebody else's answer is under way.
func (s *Server) askReply(r *http.Request, about subject, text string) (command store.Command, mine bool, err error) {
	id, me := r.PostForm.Get("once"), visitorOf(r).session.Person()
	if !isRowID(id) {
		id = store.NewID()
	}
	for range 2 {
		var asked bool
		command, asked, err = s.Commands.Ask(r.Context(), store.Command{
			ID: id, GuildID: guildOf(r).link.ID, Actor: me, Verb: store.VerbTicketReply, Target: about.id, Data: store.ReplyData(text),
		})
		if err != nil || asked || command.ID != id {
			return command, asked, err
		}
		same := command.Actor.ID == me.ID && command.Target == about.id && store.ReplyOf(command) == text
		if same && (command.UnderWay() || command.Status == store.CommandDone) {
			return command, true, nil
		}
		id = store.NewID()
	}
	return command, false, nil
}

// notReplied says in the form why the bot was not asked. With htmx the rest of it is left alone.
func (s *Server) notReplied(w http.ResponseWriter, r *http.Request, form views.ReplyView, why string) error {
	if partial(r) {
		s.write(w, r, http.StatusConflict, views.Notice(s.page(r), views.Note{Kind: views.NoteProblem, Text: why}))
		return nil
	}
	form.Problem = why
	return s.replyAgain(w, r, http.StatusConflict, form)
}

// replyAgain gives the form back as it is now: alone to htmx, else with the page around it.
func (s *Server) replyAgain(w http.ResponseWriter, r *http.Request, status int, form views.ReplyView) error {
	if partial(r) {
		s.write(w, r, status, views.ReplyForm(s.page(r), form))
		return nil
	}
	lp, err := s.ticket(r)
	if err != nil {
		return err
	}
	region, err := s.region(r.Context(), lp, false)
	if err != nil {
		return err
	}
	lp.Page.Live = true
	s.write(w, r, status, views.Ticket(lp.Page, chi.URLParam(r, "ticket"), region, nil, form))
	return nil
}

// said is what somebody typed, as Discord takes it: with its lines and spaces, and nothing that cannot be seen.
func said(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return strings.TrimSpace(text)
}

// cannedReplies is "GET /guilds/{guild}/settings/replies": what can be chosen where a ticket is answered.
func (s *Server) cannedReplies(r *http.Request) (livePage, error) {
	page := s.page(r)
	guild := page.Guild.ID
	page.Section, page.Title = views.SectionSettings, page.T("tab.replies")
	path := "/guilds/" + guild + "/settings/replies"
	return livePage{
		Page: page, URL: path, Stream: path + "/live",
		Topics: []string{store.SettingsTopic(guild)},
		Frame: func(p views.Page, region views.Region) templ.Component {
			return views.SettingsList(p, views.TabReplies, path+"/new", region)
		},
		Body: func(ctx context.Context, p views.Page) (templ.Component, error) {
			replies, err := s.Store.CannedReplies(ctx, guild)
			return views.CannedRows(p, replies), err
		},
	}, nil
}

// cannedReply is the sheet of a canned reply.
func (s *Server) cannedReply(r *http.Request) (sheetEdit, error) {
	guild := guildOf(r).link.ID
	all, err := s.Store.CannedReplies(r.Context(), guild)
	if err != nil {
		return sheetEdit{}, err
	}
	reply, isNew, err := one(r, "reply", all, func(c store.CannedReply) string { return c.ID })
	if err == nil && isNew && len(all) >= store.MaxCanned {
		err = store.ErrConflict
	}
	if err != nil {
		return sheetEdit{}, err
	}
	page, list := s.page(r), "/guilds/"+guild+"/settings/replies"
	reply.ID, reply.GuildID = cmp.Or(reply.ID, store.NewID()), guild
	e := sheetEdit{
		view: views.SheetView{
			Title: reply.Name, Tab: views.TabReplies, Sheet: store.CannedSheet, Action: list + "/" + reply.ID, Back: list,
			Preview: views.PreviewMessages, Delete: list + "/" + reply.ID + "/delete",
		},
		now: reply.Values(), version: reply.Version, target: reply.ID, module: store.ModuleTickets, done: list,
		problems: func(v store.Values) map[string]string {
			return taken(store.CannedSheet.Problems(v), all, func(c store.CannedReply) bool {
				return c.ID != reply.ID && store.Fold(c.Name) == store.Fold(v["name"])
			})
		},
	}
	before := e.now
	if isNew {
		e.view.Title, e.view.Action, e.view.Delete, before = page.T("canned.new"), list, "", nil
	}
	e.save = func(ctx context.Context, by store.Person, v store.Values) error {
		return s.Store.ChangeCanned(ctx, by, before, reply.Fill(v))
	}
	return e, nil
}

func (s *Server) cannedDeletion(r *http.Request) (deletion, error) {
	e, err := s.cannedReply(r)
	if err != nil {
		return deletion{}, err
	}
	reply := store.CannedReply{ID: e.target, GuildID: guildOf(r).link.ID}.Fill(e.now)
	return deletion{reply.Name, "canned.delete", e.view.Action, e.view.Back, func(ctx context.Context, by store.Person) error {
		return s.Store.DeleteCanned(ctx, by, reply)
	}}, nil
}
