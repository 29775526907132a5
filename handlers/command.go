package handlers

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"guildboard/store"
	"guildboard/views"
)

const (
	maxReason  = 500              // characters of a reason
	failedStay = 10 * time.Minute // how long a row says that it was refused, or got no answer
	doneStays  = 20 * time.Second // how long it says that it is done

	usualRepeat = 7 // days, where nobody has said another number
)

// subject is a row that something can be asked about.
type subject struct {
	id, name, state string
	path, list      string // of its page, and of the list it stands in
	possible        []store.Verb
	winners         []store.Winner   // winners that a reroll can replace
	unclaimed       []store.Winner   // winners that it replaces if none is selected
	removable       bool             // entrants can be disqualified and reinstated
	repeats         store.RepeatRule // 0 days if it does not repeat
	claimer         string           // Discord id; "" for none
	staff           []store.Person   // assignable people; only for TICKET_ASSIGN
}

// giveawaySubject is the giveaway that a request names.
func (s *Server) giveawaySubject(r *http.Request) (subject, error) {
	id := chi.URLParam(r, "giveaway")
	if !isRowID(id) {
		return subject{}, errNotFound
	}
	guild := guildOf(r).link.ID
	g, err := s.Store.Giveaway(r.Context(), guild, id)
	if err != nil {
		return subject{}, err
	}
	list := "/guilds/" + guild + "/giveaways"
	return subject{
		id: id, name: g.Prize, state: strings.ToLower(string(g.Status)), path: list + "/" + id, list: list,
		possible: append(store.Possible(g), store.VerbGiveawayRepair), removable: store.CanRemove(g), repeats: g.RepeatRule(),
		winners:   slices.DeleteFunc(slices.Clone(g.Winners), func(w store.Winner) bool { return w.Rerolled }),
		unclaimed: g.Unclaimed(),
	}, nil
}

// ticketSubject is the ticket that a request names.
func (s *Server) ticketSubject(r *http.Request) (subject, error) {
	id := chi.URLParam(r, "ticket")
	if !isRowID(id) {
		return subject{}, errNotFound
	}
	guild := guildOf(r).link.ID
	t, err := s.Store.Ticket(r.Context(), guild, id)
	if err != nil {
		return subject{}, err
	}
	list := "/guilds/" + guild + "/tickets"
	possible := append(store.PossibleFor(t), store.VerbTicketRepair)
	if store.CanReply(t) {
		possible = append(possible, store.VerbTicketReply)
	}
	return subject{
		id: id, name: "#" + strconv.Itoa(t.Number), state: strings.ToLower(string(t.Status)), path: list + "/" + id, list: list,
		possible: possible, claimer: t.ClaimedBy.ID,
	}, nil
}

// verbInPath is the verb that an address ends with, of the noun that it speaks of, if the visitor may ask for it.
func verbInPath(r *http.Request, noun string) (store.Verb, error) {
	verb := store.Verb(noun + strings.ToUpper(chi.URLParam(r, "verb")))
	if !slices.Contains(store.Verbs, verb) || verb == store.VerbTicketReply || verb == store.VerbGiveawayCreate || verb == store.VerbGiveawayEdit {
		return "", errNotFound
	}
	if !guildOf(r).rights.MayAsk(verb) {
		return "", errForbidden
	}
	return verb, nil
}

// askFirst answers GET of a verb's address: the question, in a dialog or on a page of its own. It changes nothing.
func (s *Server) askFirst(noun string, of func(*http.Request) (subject, error)) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		verb, err := verbInPath(r, noun)
		if err != nil {
			return err
		}
		about, err := of(r)
		if err != nil {
			return err
		}
		if key := s.whyNot(r.Context(), about, verb); key != "" {
			return s.notAsked(w, r, about, key)
		}
		if about.staff, err = s.assignable(r, about, verb); err != nil {
			return err
		}
		v, err := s.question(r, about, verb)
		if err != nil {
			return err
		}
		if v.Entrants, err = s.chosenEntrants(r, about, verb, r.URL.Query()["user"]); err != nil {
			return err
		}
		return s.confirm(w, r, http.StatusOK, v)
	}
}

// question is what is put before somebody asks the bot.
func (s *Server) question(r *http.Request, about subject, verb store.Verb) (v views.ConfirmView, err error) {
	v = views.ConfirmView{
		Verb: verb, ID: about.id, Name: about.name, State: about.state,
		Action: about.path + "/" + views.VerbName(verb), Back: about.path,
		Bot: s.Commands.Bot(r.Context()), Problems: map[string]string{},
	}
	switch verb {
	case store.VerbGiveawayReroll:
		v.Winners = about.winners
		for _, w := range v.Winners {
			if w.LapsedAt != nil || w.Left && !w.Claimed {
				v.Whom = append(v.Whom, w.User.ID)
			}
		}
	case store.VerbTicketAssign:
		v.Staff = about.staff
	case store.VerbGiveawayRepeat:
		v.Zone, v.AnyZone = s.repeatZone(r, about)
		v.Days, v.Repeats = strconv.Itoa(cmp.Or(about.repeats.Days, usualRepeat)), about.repeats.Days > 0
	}
	v.Presets, err = s.presets(r, verb)
	return v, err
}

// repeatZone returns the time zone for a repeat: the zone of the current repeat, else the reader's. replaceable reports
// whether the browser's zone may replace it, because the reader has chosen none.
func (s *Server) repeatZone(r *http.Request, about subject) (name string, replaceable bool) {
	if about.repeats.Days > 0 {
		return about.repeats.Location().String(), false
	}
	page := s.page(r)
	return page.TimeZone().String(), page.Zone == nil
}

// assignable are those to whom a ticket can be given, if that is what is asked for: not who has it already.
func (s *Server) assignable(r *http.Request, about subject, verb store.Verb) ([]store.Person, error) {
	if verb != store.VerbTicketAssign {
		return nil, nil
	}
	staff, err := s.Store.TicketStaff(r.Context(), guildOf(r).link.ID, time.Now())
	return slices.DeleteFunc(staff, func(p store.Person) bool { return p.ID == about.claimer }), err
}

// presets are the guild's own reasons for closing tickets, if that is what is asked for.
func (s *Server) presets(r *http.Request, verb store.Verb) ([]string, error) {
	if verb != store.VerbTicketClose {
		return nil, nil
	}
	set, err := s.Store.Settings(r.Context(), guildOf(r).link.ID, store.ModuleTickets)
	return set.Lines("closeReasons"), err
}

func (s *Server) confirm(w http.ResponseWriter, r *http.Request, status int, v views.ConfirmView) error {
	page := s.page(r)
	page.Title = page.T("verb." + string(v.Verb))
	if v.Dialog = partial(r); v.Dialog {
		s.write(w, r, status, views.ConfirmForm(page, v))
	} else {
		s.write(w, r, status, views.Confirm(page, v))
	}
	return nil
}

// ask answers POST of a verb's address: the bot is asked, once, and the row says what comes of it.
func (s *Server) ask(noun string, of func(*http.Request) (subject, error)) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		verb, err := verbInPath(r, noun)
		if err != nil {
			return err
		}
		if err := readForm(w, r); err != nil {
			return err
		}
		about, err := of(r)
		if err != nil {
			return err
		}
		if key := s.whyNot(r.Context(), about, verb); key != "" {
			return s.notAsked(w, r, about, key)
		}
		entrants, err := s.chosenEntrants(r, about, verb, r.PostForm["user"])
		if err != nil {
			return err
		}
		if about.staff, err = s.assignable(r, about, verb); err != nil {
			return err
		}
		data, problems := commandData(r.PostForm, verb, about)
		if len(problems) > 0 {
			v, err := s.question(r, about, verb)
			if err != nil {
				return err
			}
			v.Entrants = entrants
			page := s.page(r)
			v.Days, v.Whom = plain(r.PostForm.Get("days"), 10), r.PostForm["winner"]
			v.Zone, v.AnyZone = plain(r.PostForm.Get("zone"), 60), false
			v.Preset, v.Reason = r.PostForm.Get("preset"), plain(r.PostForm.Get("reason"), 2*maxReason)
			for field, key := range problems {
				v.Problems[field] = page.T(key)
			}
			return s.confirm(w, r, http.StatusUnprocessableEntity, v)
		}
		return s.order(w, r, about, verb, data)
	}
}

// whyNot says why a verb is not asked for, as a key of the page's words; "" when it is.
func (s *Server) whyNot(ctx context.Context, about subject, verb store.Verb) string {
	switch {
	case !slices.Contains(about.possible, verb) && !(verb.OfEntrants() && about.removable):
		return "command.moved"
	case !s.Commands.Bot(ctx).Offers(verb):
		return "command.cannot"
	}
	return ""
}

// commandData is what goes along with a verb, or what is wrong with the form by field.
func commandData(form url.Values, verb store.Verb, about subject) (map[string]any, map[string]string) {
	data := map[string]any{}
	switch verb {
	case store.VerbGiveawayRemove:
		reason := plain(form.Get("reason"), 2*maxReason)
		switch {
		case reason == "":
			return nil, map[string]string{"reason": store.ProblemMissing}
		case len([]rune(reason)) > maxReason:
			return nil, map[string]string{"reason": store.ProblemLong}
		}
		data["userIds"], data["reason"] = form["user"], reason
	case store.VerbGiveawayRepeat:
		return repeatData(form)
	case store.VerbTicketAssign:
		i := slices.IndexFunc(about.staff, func(p store.Person) bool { return p.ID == form.Get("whom") })
		if i < 0 {
			return nil, map[string]string{"whom": store.ProblemChoice}
		}
		data["userId"], data["username"] = about.staff[i].ID, about.staff[i].Username
	case store.VerbGiveawayReadmit:
		data["userIds"] = form["user"]
	case store.VerbTicketClose:
		reason := strings.TrimSpace(plain(form.Get("preset"), maxReason) + " " + plain(form.Get("reason"), 2*maxReason))
		if len([]rune(reason)) > maxReason {
			return nil, map[string]string{"reason": store.ProblemLong}
		} else if reason != "" {
			data["reason"] = reason
		}
	case store.VerbGiveawayReroll:
		var claimed []string
		for _, id := range form["winner"] {
			i := slices.IndexFunc(about.winners, func(w store.Winner) bool { return w.User.ID == id })
			switch {
			case i < 0:
				return nil, map[string]string{"winner": "form.whom"}
			case about.winners[i].Claimed && !slices.Contains(form["claimed"], id):
				return nil, map[string]string{"winner": "form.claimedSince"} // whoever ticked them did not see that
			case about.winners[i].Claimed:
				claimed = append(claimed, id)
			}
		}
		switch {
		case len(form["winner"]) > 0:
			data["userIds"] = form["winner"]
			if len(claimed) > 0 {
				data["claimedIds"] = claimed
			}
		case len(about.unclaimed) == 0:
			return nil, map[string]string{"winner": "form.claimed"}
		case len(about.unclaimed) < len(about.winners): // else the bot decides: somebody may claim before it does
			data["userIds"] = peopleOf(about.unclaimed)
		}
	}
	return data, nil
}

// repeatData returns the data of a GIVEAWAY_REPEAT, or the form's problems by field.
func repeatData(form url.Values) (map[string]any, map[string]string) {
	if form.Has("stop") {
		return map[string]any{"days": 0}, nil
	}
	problems := map[string]string{}
	days, err := strconv.Atoi(plain(form.Get("days"), 10))
	if err != nil || days < 1 || days > store.MaxRepeatDays {
		problems["days"] = store.ProblemRange
	}
	zone := form.Get("zone")
	if store.Zone(zone) == nil {
		problems["zone"] = "form.zone"
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return map[string]any{"days": days, "zone": zone}, nil
}

// peopleOf are the Discord ids of winners.
func peopleOf(winners []store.Winner) (ids []string) {
	for _, w := range winners {
		ids = append(ids, w.User.ID)
	}
	return ids
}

// order asks the bot, and tells whoever asked: htmx by a toast, since the row itself changes by the live region; a page
// without scripts by going back to it.
func (s *Server) order(w http.ResponseWriter, r *http.Request, about subject, verb store.Verb, data any) error {
	raw, err := json.Marshal(data)
	if err != nil {
		return err
	}
	command, asked, err := s.Commands.Ask(r.Context(), store.Command{
		GuildID: guildOf(r).link.ID, Actor: visitorOf(r).session.Person(), Verb: verb, Target: about.id, Data: raw,
	})
	if err != nil {
		return err
	}
	page := s.page(r)
	name := plain(about.name, 60)
	key, text := "command.asked", page.T("toast.asked", "verb", page.T("verb."+string(verb)), "name", name)
	if !asked {
		key, text = "command.already", page.T("toast.already", "who", command.Actor.Username, "name", name)
	}
	level := "info"
	if command.Status == store.CommandRefused { // at once: nobody listens
		key, level, text = "command.nobody", "problem", views.CommandWords(page, command)
	}
	if partial(r) {
		toast(w, level, text)
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	http.Redirect(w, r, withNote(s.backTo(r, about), key), http.StatusSeeOther)
	return nil
}

// notAsked says why the bot was not asked.
func (s *Server) notAsked(w http.ResponseWriter, r *http.Request, about subject, key string) error {
	if partial(r) {
		toast(w, "problem", s.page(r).T(key))
		w.WriteHeader(http.StatusConflict)
		return nil
	}
	http.Redirect(w, r, withNote(s.backTo(r, about), key), http.StatusSeeOther)
	return nil
}

// backTo is where a form was sent from, if that was the row's page, its list or the overview; else the row's page.
func (s *Server) backTo(r *http.Request, about subject) string {
	from := s.ownPath(r, r.Referer())
	switch path, _, _ := strings.Cut(from, "?"); path {
	case about.list, about.path + "/entries", "/guilds/" + guildOf(r).link.ID:
		return from
	}
	return about.path
}

// withNote has the page at path say a sentence.
func withNote(path, key string) string {
	u, err := url.Parse(path)
	if err != nil {
		return path
	}
	q := u.Query()
	q.Set("note", key)
	u.RawQuery = q.Encode()
	return u.String()
}

// readForm reads a form of reasonable size.
func readForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return badInput("the form cannot be read")
	}
	return nil
}

// asked is what was asked of the bot about the rows with these ids, as far as it is still news.
func (s *Server) asked(ctx context.Context, guild string, ids []string) (views.Asked, error) {
	now := time.Now()
	asked := views.Asked{Bot: s.Commands.Bot(ctx)}
	if len(ids) == 0 {
		return asked, nil
	}
	var err error
	asked.Commands, err = s.Store.CommandsOf(ctx, guild, ids, now.Add(-failedStay))
	forgetDone(asked.Commands, now)
	return asked, err
}

// forgetDone leaves out what went well, and that a while ago.
func forgetDone(commands map[string]store.Command, now time.Time) {
	for id, c := range commands {
		if c.Status == store.CommandDone && c.Code == "" && (c.AnsweredAt == nil || now.Sub(*c.AnsweredAt) > doneStays) {
			delete(commands, id)
		}
	}
}
