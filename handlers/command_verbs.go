package handlers

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/forms"
	giveawayview "guildboard/views/giveaway"
	"guildboard/views/ui"
)

// verbForm describes the form with which users request a verb. A function is nil if the form
// needs no such step.
type verbForm struct {
	hasOwnRoute bool // requested with a form and routes of its own

	load   func(*Server, *http.Request, *commandForm) error                 // rows that the form offers or names
	fill   func(*Server, *http.Request, commandForm, *ui.ConfirmView) error // first values of the confirmation's fields
	decode func(commandForm) (contract.CommandPayload, map[string]string)   // as commandForm.decode
}

// verbForms has the form of each verb.
var verbForms = map[contract.Verb]verbForm{
	contract.VerbGiveawayCreate: {hasOwnRoute: true},
	contract.VerbGiveawayEdit:   {hasOwnRoute: true},
	contract.VerbGiveawayEnd:    {fill: (*Server).fillEnd},
	contract.VerbGiveawayReroll: {fill: (*Server).fillReroll, decode: decodeReroll},
	contract.VerbGiveawayPause:  {},
	contract.VerbGiveawayResume: {},
	contract.VerbGiveawayCancel: {},
	contract.VerbGiveawayDelete: {},
	contract.VerbEntrantDisqualify: {
		load: (*Server).loadSelectedEntrants, fill: (*Server).fillEntrants, decode: decodeDisqualification,
	},
	contract.VerbEntrantReinstate: {
		load: (*Server).loadSelectedEntrants, fill: (*Server).fillEntrants, decode: decodeReinstatement,
	},
	contract.VerbGiveawayRepeat: {fill: (*Server).fillRepeat, decode: decodeRepeat},
	contract.VerbGiveawayRepair: {},

	contract.VerbTicketClaim:   {},
	contract.VerbTicketUnclaim: {},
	contract.VerbTicketAssign: {
		load: (*Server).loadAssignableStaff, fill: (*Server).fillAssignment, decode: decodeAssignment,
	},
	contract.VerbTicketClose:  {fill: (*Server).fillCloseReasons, decode: decodeClose},
	contract.VerbTicketReopen: {},
	contract.VerbTicketReply:  {hasOwnRoute: true},
	contract.VerbTicketRepair: {},

	contract.VerbPanelPost: {hasOwnRoute: true},
}

// commandForm is a request for the form of a verb, or a submitted form, with the rows that it needs.
type commandForm struct {
	verb            contract.Verb
	target          commandTarget
	values          url.Values
	assignableStaff []contract.User // without the assignee
	entrants        []store.Entry   // selected ones that the verb can disqualify or reinstate
}

// decode returns the payload of the submitted form, or its problems (message keys) by field.
func (f commandForm) decode() (contract.CommandPayload, map[string]string) {
	if decode := verbForms[f.verb].decode; decode != nil {
		return decode(f)
	}
	return contract.NoPayload{}, nil
}

// fillConfirmView sets the first values of the fields of a verb's confirmation.
func (s *Server) fillConfirmView(r *http.Request, f commandForm, v *ui.ConfirmView) error {
	if fill := verbForms[f.verb].fill; fill != nil {
		return fill(s, r, f, v)
	}
	return nil
}

// restoreValues shows what was submitted and its problems (message keys by field) in a confirmation.
func (f commandForm) restoreValues(v *ui.ConfirmView, page ui.Page, problems map[string]string) {
	v.Days, v.SelectedWinners = cleanLine(f.values.Get("days"), 10), f.values["winner"]
	v.RerollUnclaimed = f.values.Get("reroll") == "unclaimed"
	v.Zone, v.IsDefaultZone = cleanLine(f.values.Get("zone"), 60), false
	v.Preset, v.Reason = f.values.Get("preset"), cleanLine(f.values.Get("reason"), 2*maxReason)
	v.Problems = map[string]string{}
	for field, key := range problems {
		v.Problems[field] = page.T(key)
	}
}

func (s *Server) fillEnd(_ *http.Request, f commandForm, v *ui.ConfirmView) error {
	v.HasNoEntries = f.target.hasNoEntries
	return nil
}

// fillReroll selects the winner in the address, else the only winner, or those that did not claim in time or have left.
func (s *Server) fillReroll(_ *http.Request, f commandForm, v *ui.ConfirmView) error {
	v.Winners, v.Unclaimed = f.target.winners, len(f.target.unclaimed)
	if v.SelectedWinners = f.values["winner"]; len(v.SelectedWinners) > 0 {
		return nil
	}
	for _, w := range v.Winners {
		if len(v.Winners) == 1 || w.ClaimExpiredAt != nil || w.HasLeft && !w.Claimed {
			v.SelectedWinners = append(v.SelectedWinners, w.User.ID)
		}
	}
	return nil
}

// decodeReroll replaces the selected winners, or all without a claim if the user has chosen that.
func decodeReroll(f commandForm) (contract.CommandPayload, map[string]string) {
	selected := f.values["winner"]
	if f.values.Get("reroll") == "unclaimed" {
		selected = nil
	}
	var claimed []string
	for _, id := range selected {
		i := slices.IndexFunc(f.target.winners, func(w store.Winner) bool { return w.User.ID == id })
		switch {
		case i < 0:
			return nil, map[string]string{"winner": "form.winner"}
		case f.target.winners[i].Claimed && !slices.Contains(f.values["claimed"], id):
			return nil, map[string]string{"winner": "form.claimedMeanwhile"} // claimed after the user selected them
		case f.target.winners[i].Claimed:
			claimed = append(claimed, id)
		}
	}
	switch {
	case f.values.Get("reroll") != "unclaimed" && len(selected) == 0:
		return nil, map[string]string{"winner": "form.noWinner"}
	case f.values.Get("reroll") != "unclaimed":
		return contract.RerollPayload{UserIDs: selected, ClaimedIDs: claimed}, nil
	case len(f.target.unclaimed) == 0:
		return nil, map[string]string{"winner": "form.claimed"}
	case len(f.target.unclaimed) < len(f.target.winners): // else the bot decides, since more winners can claim until then
		return contract.RerollPayload{UserIDs: winnerUserIDs(f.target.unclaimed)}, nil
	}
	return contract.RerollPayload{}, nil
}

// winnerUserIDs returns the Discord user IDs of winners.
func winnerUserIDs(winners []store.Winner) (ids []string) {
	for _, w := range winners {
		ids = append(ids, w.User.ID)
	}
	return ids
}

// loadSelectedEntrants loads the selected entrants that the verb can disqualify or reinstate. It returns errNotFound if
// there are none.
func (s *Server) loadSelectedEntrants(r *http.Request, f *commandForm) error {
	users := f.values["user"]
	if len(users) == 0 || len(users) > maxSelectedRows {
		return errNotFound
	}
	entries, err := s.Store.EntriesByUser(r.Context(), guildOf(r).link.ID, f.target.id, users)
	if err != nil {
		return err
	}
	f.entrants = slices.DeleteFunc(entries, func(e store.Entry) bool { return giveawayview.EntrantVerb(e) != f.verb })
	if len(f.entrants) == 0 {
		return errNotFound
	}
	return nil
}

func (s *Server) fillEntrants(_ *http.Request, f commandForm, v *ui.ConfirmView) error {
	v.Entrants = f.entrants
	return nil
}

func decodeDisqualification(f commandForm) (contract.CommandPayload, map[string]string) {
	reason := cleanLine(f.values.Get("reason"), 2*maxReason)
	switch {
	case reason == "":
		return nil, map[string]string{"reason": forms.ProblemMissing}
	case len([]rune(reason)) > maxReason:
		return nil, map[string]string{"reason": forms.ProblemTooLong}
	}
	return contract.EntrantsPayload{UserIDs: f.values["user"], Reason: reason}, nil
}

func decodeReinstatement(f commandForm) (contract.CommandPayload, map[string]string) {
	return contract.EntrantsPayload{UserIDs: f.values["user"]}, nil
}

// fillRepeat proposes the current repeat rule, else a week in the viewer's time zone. The browser's zone may replace
// the proposed one if the viewer has chosen none.
func (s *Server) fillRepeat(r *http.Request, f commandForm, v *ui.ConfirmView) error {
	rule := f.target.repeatRule
	v.Days, v.IsRepeating = strconv.Itoa(cmp.Or(rule.Days, defaultRepeatDays)), rule.Days > 0
	if v.IsRepeating {
		v.Zone = rule.Location().String()
		return nil
	}
	page := s.page(r)
	v.Zone, v.IsDefaultZone = page.TimeZone().String(), page.Zone == nil
	return nil
}

func decodeRepeat(f commandForm) (contract.CommandPayload, map[string]string) {
	if f.values.Has("stop") {
		return contract.RepeatPayload{Days: new(0)}, nil
	}
	problems := map[string]string{}
	days, err := strconv.Atoi(cleanLine(f.values.Get("days"), 10))
	if err != nil || days < 1 || days > store.MaxRepeatDays {
		problems["days"] = forms.ProblemOutOfRange
	}
	zone, problem := parseZone(f.values)
	if problem != "" {
		problems["zone"] = problem
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return contract.RepeatPayload{Days: &days, Zone: new(zone.String())}, nil
}

// loadAssignableStaff loads the staff that the ticket can be assigned to.
func (s *Server) loadAssignableStaff(r *http.Request, f *commandForm) error {
	staff, err := s.Store.AssignableStaff(r.Context(), guildOf(r).link.ID, time.Now())
	f.assignableStaff = slices.DeleteFunc(staff, func(p contract.User) bool { return p.ID == f.target.claimerID })
	return err
}

func (s *Server) fillAssignment(_ *http.Request, f commandForm, v *ui.ConfirmView) error {
	v.Assignees = f.assignableStaff
	return nil
}

func decodeAssignment(f commandForm) (contract.CommandPayload, map[string]string) {
	i := slices.IndexFunc(f.assignableStaff, func(p contract.User) bool { return p.ID == f.values.Get("whom") })
	if i < 0 {
		return nil, map[string]string{"whom": forms.ProblemChoice}
	}
	assignee := f.assignableStaff[i]
	return contract.AssignPayload{UserID: assignee.ID, Username: assignee.Username}, nil
}

// fillCloseReasons offers the guild's predefined close reasons.
func (s *Server) fillCloseReasons(r *http.Request, _ commandForm, v *ui.ConfirmView) error {
	settings, err := s.Store.Settings(r.Context(), guildOf(r).link.ID, access.ModuleTickets)
	v.Presets = settings.StringList("closeReasons")
	return err
}

func decodeClose(f commandForm) (contract.CommandPayload, map[string]string) {
	preset, reason := cleanLine(f.values.Get("preset"), maxReason), cleanLine(f.values.Get("reason"), 2*maxReason)
	reason = strings.TrimSpace(preset + " " + reason)
	if len([]rune(reason)) > maxReason {
		return nil, map[string]string{"reason": forms.ProblemTooLong}
	}
	return contract.ClosePayload{Reason: reason}, nil
}
