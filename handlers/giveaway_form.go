package handlers

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/forms"
	giveawayview "guildboard/views/giveaway"
	"guildboard/views/link"
	"guildboard/views/ui"
)

// newGiveaway answers "GET /guilds/{guild}/giveaways/new". The form contains the defaults, or the values of an earlier
// command (from), of a giveaway (copy) or of a template (template).
func (s *Server) newGiveaway(w http.ResponseWriter, r *http.Request) error {
	settings, err := s.Store.Settings(r.Context(), guildOf(r).link.ID, access.ModuleGiveaways)
	if err != nil {
		return err
	}
	form := settings.ApplyDefaults(contract.NewGiveawayForm(time.Now()))
	v := giveawayview.FormView{
		EndMode: giveawayview.EndAfterDuration,
		EndsIn:  forms.FormatDuration(time.Duration(settings.Number("duration")) * time.Second),
	}
	if from := r.URL.Query().Get("from"); isRowID(from) {
		previous, err := s.Store.Command(r.Context(), guildOf(r).link.ID, from)
		if err == nil && previous.Verb == contract.VerbGiveawayCreate {
			err = previous.DecodePayload(&form)
			zone := s.page(r).TimeZone()
			v = giveawayview.FormView{
				EndMode: giveawayview.EndAtDate, EndsAt: formatLocalTime(&form.EndsAt, zone),
				StartsAt: formatLocalTime(form.StartsAt, zone), Zone: zone.String(),
			}
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	if from := r.URL.Query().Get("copy"); isRowID(from) {
		g, err := s.Store.Giveaway(r.Context(), guildOf(r).link.ID, from)
		if err != nil {
			return err
		}
		form, v = g.Form(), giveawayview.FormView{EndMode: giveawayview.EndAfterDuration, EndsIn: giveawayDurationText(g)}
		form.StartsAt = nil
	}
	if from := r.URL.Query().Get("template"); isRowID(from) {
		t, err := s.Store.Template(r.Context(), guildOf(r).link.ID, from)
		if err != nil {
			return err
		}
		form, v = t.Form, giveawayview.FormView{EndMode: giveawayview.EndAfterDuration, EndsIn: forms.FormatDuration(t.Duration)}
	}
	return s.renderGiveawayForm(w, r, http.StatusOK, v, form)
}

// giveawayDurationText returns the duration of a giveaway in the format of forms.FormatDuration.
func giveawayDurationText(g store.Giveaway) string {
	return forms.FormatDuration(g.EndsAt.Sub(g.BeginsAt()))
}

// editGiveaway answers "GET /guilds/{guild}/giveaways/{giveaway}/edit".
func (s *Server) editGiveaway(w http.ResponseWriter, r *http.Request) error {
	g, err := s.loadGiveaway(r)
	if err != nil {
		return err
	}
	target := giveawayTarget(r, g)
	if key := s.unavailableReason(r.Context(), target, contract.VerbGiveawayEdit); key != "" {
		return s.respondUnavailable(w, r, target, key)
	}
	shown := shownGiveaway{Form: g.Form(), Zone: s.page(r).TimeZone().String()}
	v := submittedGiveawayForm(shown.values(), true)
	v.Shown = shown.encode()
	return s.renderGiveawayForm(w, r, http.StatusOK, v, shown.Form)
}

// renderGiveawayForm renders the form with the given values.
func (s *Server) renderGiveawayForm(
	w http.ResponseWriter, r *http.Request, status int, v giveawayview.FormView, form contract.GiveawayForm,
) error {
	guild := guildOf(r).link.ID
	v.Form, v.Bot = form, s.Commands.BotState(r.Context())
	v.Back = link.Giveaways(guild)
	v.Action = r.URL.Path
	if !v.IsEditing {
		v.Action = v.Back
	} else {
		v.Back = strings.TrimSuffix(v.Action, "/edit")
	}
	v.ClaimWithin = cmp.Or(v.ClaimWithin, formatClaimTimeout(form.WinnerClaimTimeout))
	if v.RequiredRoles == "" {
		v.RequiredRoles = strings.Join(form.RequiredRoleIDs, " ")
	}
	if v.ExcludedRoles == "" {
		v.ExcludedRoles = strings.Join(form.BlacklistRoleIDs, " ")
	}
	recent, _, err := s.Store.Giveaways(r.Context(), guild, store.GiveawayQuery{PerPage: 50})
	if err != nil {
		return err
	}
	for _, g := range recent.Items {
		if !slices.Contains(v.RecentChannels, g.ChannelID) {
			v.RecentChannels = append(v.RecentChannels, g.ChannelID)
		}
	}
	page := s.page(r)
	if v.RefusedReason != "" {
		page.Names = store.GuildDirectory{}
	}
	page.Section, page.Title = ui.SectionGiveaways, page.T("form.new")
	if v.IsEditing {
		page.Title = page.T("form.editing", "name", ui.PrizeText(page, form.Prize))
	}
	if v.Zone == "" {
		v.Zone, v.IsDefaultZone = page.TimeZone().String(), page.Zone == nil
	}
	s.respond(w, r, status, giveawayview.Form(page, v))
	return nil
}

// createGiveaway answers "POST /guilds/{guild}/giveaways".
func (s *Server) createGiveaway(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	form, problems := parseGiveawayForm(r.PostForm, shownGiveaway{Form: contract.NewGiveawayForm(time.Now()), Zone: "UTC"}, false)
	addFormProblems(problems, form.Problems(), r.PostForm)
	if isValid, err := s.checkGiveawayForm(w, r, form, problems, false); err != nil || !isValid {
		return err
	}
	list := link.Giveaways(guildOf(r).link.ID)
	target := commandTarget{id: store.NewID(), name: form.Prize, path: list, listPath: list}
	return s.enqueueCommand(w, r, target, contract.VerbGiveawayCreate, form)
}

// updateGiveaway answers "POST /guilds/{guild}/giveaways/{giveaway}/edit".
func (s *Server) updateGiveaway(w http.ResponseWriter, r *http.Request) error {
	g, err := s.loadGiveaway(r)
	if err != nil {
		return err
	}
	target := giveawayTarget(r, g)
	if key := s.unavailableReason(r.Context(), target, contract.VerbGiveawayEdit); key != "" {
		return s.respondUnavailable(w, r, target, key)
	}
	if err := parseForm(w, r); err != nil {
		return err
	}
	shown, err := parseShownGiveaway(r.PostForm.Get("shown"), g.Form())
	if err != nil {
		return err
	}
	form, changes, problems, err := giveawayEdit(r.PostForm, shown, g.Form())
	if err != nil {
		return err
	}
	if isValid, err := s.checkGiveawayForm(w, r, form, problems, true); err != nil || !isValid {
		return err
	}
	if len(changes) == 0 {
		http.Redirect(w, r, withAlert(target.path, "form.unchanged"), http.StatusSeeOther)
		return nil
	}
	target.name = form.Prize
	return s.enqueueCommand(w, r, target, contract.VerbGiveawayEdit, changes)
}

// checkGiveawayForm reports whether a submitted form is valid. If it is not, the form is shown again with all its problems,
// which are message keys by field.
func (s *Server) checkGiveawayForm(
	w http.ResponseWriter, r *http.Request, form contract.GiveawayForm, problems map[string]string, editing bool,
) (isValid bool, err error) {
	foreign, err := s.foreignIDsInForm(r, form, editing)
	if err != nil {
		return false, err
	}
	for field, key := range foreign {
		problems[field] = cmp.Or(problems[field], key)
	}
	if len(problems) == 0 {
		return true, nil
	}
	page, v := s.page(r), submittedGiveawayForm(r.PostForm, editing)
	for field, key := range problems {
		v.Problems[field] = page.T(key)
	}
	return false, s.renderGiveawayForm(w, r, http.StatusUnprocessableEntity, v, form)
}

// foreignIDsInForm returns problems for the channels and roles of the form that are not the guild's, by field. It
// ignores the channel of an edited giveaway, because it cannot be changed; the bot checks it.
func (s *Server) foreignIDsInForm(r *http.Request, form contract.GiveawayForm, editing bool) (map[string]string, error) {
	guild := guildOf(r).link.ID
	names, err := s.Store.GuildDirectory(r.Context(), guild)
	foreign := names.ForeignIDsInForm(guild, form)
	if editing {
		delete(foreign, "channelId")
	}
	return foreign, err
}
