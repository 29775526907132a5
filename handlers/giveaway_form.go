package handlers

import (
	"cmp"
	"errors"
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
	"guildboard/views/link"
	"guildboard/views/ui"
)

const dateTimeLocalLayout = "2006-01-02T15:04" // value format of <input type="datetime-local">

// newGiveaway answers "GET /guilds/{guild}/giveaways/new". The form contains the defaults, or the values of an earlier
// command (from), of a giveaway (copy) or of a template (template).
func (s *Server) newGiveaway(w http.ResponseWriter, r *http.Request) error {
	settings, err := s.Store.Settings(r.Context(), guildOf(r).link.ID, access.ModuleGiveaways)
	if err != nil {
		return err
	}
	form := settings.ApplyDefaults(contract.NewGiveawayForm(time.Now()))
	v := giveawayview.FormView{EndsIn: forms.FormatDuration(time.Duration(settings.Number("duration")) * time.Second)}
	if from := r.URL.Query().Get("from"); isRowID(from) {
		previous, err := s.Store.Command(r.Context(), guildOf(r).link.ID, from)
		if err == nil && previous.Verb == contract.VerbGiveawayCreate {
			err = previous.DecodePayload(&form)
			zone := s.page(r).TimeZone()
			v = giveawayview.FormView{
				EndsAt: formatLocalTime(&form.EndsAt, zone), StartsAt: formatLocalTime(form.StartsAt, zone), Zone: zone.String(),
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
		form, v = g.Form(), giveawayview.FormView{EndsIn: giveawayDurationText(g)}
		form.StartsAt = nil
	}
	if from := r.URL.Query().Get("template"); isRowID(from) {
		t, err := s.Store.Template(r.Context(), guildOf(r).link.ID, from)
		if err != nil {
			return err
		}
		form, v = t.Form, giveawayview.FormView{EndsIn: forms.FormatDuration(t.Duration)}
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
	form, zone := g.Form(), s.page(r).TimeZone()
	v := giveawayview.FormView{
		IsEditing: true, EndsAt: formatLocalTime(&form.EndsAt, zone), StartsAt: formatLocalTime(form.StartsAt, zone),
		Zone: zone.String(),
	}
	return s.renderGiveawayForm(w, r, http.StatusOK, v, form)
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
	if v.ClaimWithin == "" && form.WinnerClaimTimeout > 0 {
		v.ClaimWithin = forms.FormatDuration(time.Duration(form.WinnerClaimTimeout) * time.Hour)
	}
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
	if v.Zone == "" {
		v.Zone, v.IsDefaultZone = page.TimeZone().String(), page.Zone == nil
	}
	s.respond(w, r, status, giveawayview.Form(page, v))
	return nil
}

// createGiveaway answers "POST /guilds/{guild}/giveaways".
func (s *Server) createGiveaway(w http.ResponseWriter, r *http.Request) error {
	list := link.Giveaways(guildOf(r).link.ID)
	target := commandTarget{id: store.NewID(), path: list, listPath: list}
	return s.submitGiveawayForm(w, r, target, contract.VerbGiveawayCreate, contract.NewGiveawayForm(time.Now()))
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
	return s.submitGiveawayForm(w, r, target, contract.VerbGiveawayEdit, g.Form())
}

// submitGiveawayForm parses the form over base and enqueues the command. An invalid form is shown again with its
// problems.
func (s *Server) submitGiveawayForm(
	w http.ResponseWriter, r *http.Request, target commandTarget, verb contract.Verb, base contract.GiveawayForm,
) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	editing := verb == contract.VerbGiveawayEdit
	form, problems := s.parseGiveawayForm(r.PostForm, base, editing)
	foreign, err := s.foreignIDsInForm(r, form, editing)
	if err != nil {
		return err
	}
	for _, group := range []map[string]string{form.Problems(), foreign} {
		for field, key := range group {
			problems[field] = cmp.Or(problems[field], key)
		}
	}
	if len(problems) == 0 {
		target.name = form.Prize
		return s.enqueueCommand(w, r, target, verb, form)
	}
	page, v := s.page(r), submittedGiveawayForm(r.PostForm, editing)
	for field, key := range problems {
		v.Problems[field] = page.T(key)
	}
	return s.renderGiveawayForm(w, r, http.StatusUnprocessableEntity, v, form)
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

// submittedGiveawayForm returns the view of a submitted form: the values that contract.GiveawayForm does not contain as
// entered.
func submittedGiveawayForm(q url.Values, editing bool) giveawayview.FormView {
	return giveawayview.FormView{
		IsEditing: editing, EndsIn: q.Get("endsIn"), EndsAt: q.Get("endsAt"), StartsAt: q.Get("startsAt"),
		Zone: q.Get("zone"), ClaimWithin: q.Get("winnerClaimTimeout"),
		RequiredRoles: strings.Join(q["requiredRoleIds"], " "), ExcludedRoles: strings.Join(q["blacklistRoleIds"], " "),
		Problems: map[string]string{},
	}
}

// parseGiveawayForm parses the form over base, and returns the problems (message keys) by field.
func (s *Server) parseGiveawayForm(q url.Values, base contract.GiveawayForm, editing bool) (contract.GiveawayForm, map[string]string) {
	f, problems := base, map[string]string{}
	f.Prize = cleanLine(q.Get("prize"), 2*contract.MaxPrizeLength)
	f.Description = cleanText(q.Get("description"), 2*contract.MaxDescriptionLength)
	f.PrizeSecret, f.Notes = cleanText(q.Get("prizeSecret"), 2*contract.MaxGiveawayNoteLength),
		cleanText(q.Get("notes"), 2*contract.MaxGiveawayNoteLength)
	f.DMWinnerMessage = cleanText(q.Get("dmWinnerMessage"), 2*contract.MaxGiveawayNoteLength)
	f.ImageURL = cleanLine(q.Get("imageUrl"), 2*forms.MaxURLLength)
	f.EmbedColor, f.ButtonStyle = cleanLine(q.Get("embedColor"), 20), cleanLine(q.Get("buttonStyle"), 20)
	f.ButtonText = cleanLine(q.Get("buttonText"), 2*contract.MaxButtonTextLength)
	f.PingRoleID = cleanLine(q.Get("pingRoleId"), 40)
	f.DMWinners, f.PingOnEnd = q.Has("dmWinners"), q.Has("pingOnEnd")
	f.RequiredRoleIDs = splitIDs(strings.Join(q["requiredRoleIds"], " "))
	f.BlacklistRoleIDs = splitIDs(strings.Join(q["blacklistRoleIds"], " "))
	if !editing {
		f.ChannelID = cleanLine(q.Get("channelId"), 40)
	}
	for field, into := range map[string]*int{
		"winnerCount": &f.WinnerCount, "requiredLevel": &f.RequiredLevel, "requiredMessages": &f.RequiredMessages,
		"requiredInvites": &f.RequiredInvites, "requiredReputation": &f.RequiredReputation,
		"requiredAccountAge": &f.RequiredAccountAge, "requiredServerAge": &f.RequiredServerAge,
		"boosterBonusEntries": &f.BoosterBonusEntries, "maxRerolls": &f.MaxRerolls,
	} {
		if !parseInt(q.Get(field), into) {
			problems[field] = forms.ProblemOutOfRange
		}
	}
	s.parseTimes(q, &f, problems)
	parseClaimWindow(q, &f, problems)
	parsePrizeTiers(q, &f, problems)
	parseBonusRoles(q, &f, problems)
	return f, problems
}

// parseTimes parses the start and the end: a duration from the start, or a local time in the form's zone.
func (s *Server) parseTimes(q url.Values, f *contract.GiveawayForm, problems map[string]string) {
	zone := store.Zone(cleanLine(q.Get("zone"), 60))
	if zone == nil {
		problems["zone"] = "form.zone"
		return
	}
	f.StartsAt = nil
	start, err := parseLocalTime(q.Get("startsAt"), zone)
	switch {
	case q.Get("startsAt") == "":
		start = time.Now()
	case err != nil:
		problems["startsAt"] = "form.time"
	default:
		utc := start.UTC()
		f.StartsAt = &utc
	}
	endsIn, endsAt := cleanLine(q.Get("endsIn"), 40), q.Get("endsAt")
	switch {
	case endsIn != "" && endsAt != "":
		problems["endsIn"] = "form.oneEnd"
	case endsIn != "":
		length, err := forms.ParseDuration(endsIn)
		if err != nil {
			problems["endsIn"] = "form.duration"
		}
		f.EndsAt = start.Add(length).UTC()
	case endsAt != "":
		end, err := parseLocalTime(endsAt, zone)
		if err != nil {
			problems["endsAt"] = "form.time"
		}
		f.EndsAt = end.UTC()
	default:
		f.EndsAt = time.Time{}
		problems["endsIn"] = forms.ProblemMissing
	}
}

// parseClaimWindow parses the time that winners have to claim their prize, in whole hours, and whether unclaimed prizes
// are rerolled.
func parseClaimWindow(q url.Values, f *contract.GiveawayForm, problems map[string]string) {
	if !q.Has("winnerClaimTimeout") {
		return
	}
	f.WinnerClaimTimeout, f.AutoReroll = 0, q.Has("autoReroll")
	value := cleanLine(q.Get("winnerClaimTimeout"), 40)
	window, err := forms.ParseDuration(value)
	switch {
	case value == "" && f.AutoReroll:
		problems["winnerClaimTimeout"] = forms.ProblemClaimTimeout
	case value == "":
	case err != nil || window%time.Hour != 0 || window > contract.MaxClaimTimeout*time.Hour:
		problems["winnerClaimTimeout"] = "form.claimHours"
	default:
		f.WinnerClaimTimeout = int(window / time.Hour)
	}
}

// parsePrizeTiers parses the prizes by place. Rows without a prize are ignored.
func parsePrizeTiers(q url.Values, f *contract.GiveawayForm, problems map[string]string) {
	f.PrizeTiers = nil
	for i, prize := range q["tierPrize"] {
		if prize = cleanLine(prize, 2*contract.MaxPrizeLength); prize == "" || i >= 2*contract.MaxPrizeTiers {
			continue
		}
		tier := contract.PrizeTier{Place: len(f.PrizeTiers) + 1, Prize: prize}
		if i >= len(q["tierCount"]) || !parseInt(q["tierCount"][i], &tier.Count) {
			problems["prizeTiers"] = forms.ProblemTier
		}
		f.PrizeTiers = append(f.PrizeTiers, tier)
	}
}

// parseBonusRoles parses the roles with bonus entries. Rows without a role are ignored.
func parseBonusRoles(q url.Values, f *contract.GiveawayForm, problems map[string]string) {
	f.BonusEntryRoles = nil
	for i, role := range q["bonusRole"] {
		if role = cleanLine(role, 40); role == "" || i >= 2*contract.MaxRoles {
			continue
		}
		bonus := contract.BonusRole{RoleID: role}
		if i >= len(q["bonusEntries"]) || !parseInt(q["bonusEntries"][i], &bonus.Entries) {
			problems["bonusEntryRoles"] = forms.ProblemBonus
		}
		f.BonusEntryRoles = append(f.BonusEntryRoles, bonus)
	}
}

// parseInt parses a number into n and reports whether it is valid. An empty value leaves n unchanged.
func parseInt(value string, n *int) bool {
	if value = strings.TrimSpace(value); value == "" {
		return true
	}
	parsed, err := strconv.Atoi(value)
	if err != nil || parsed < -1_000_000_000 || parsed > 1_000_000_000 {
		return false
	}
	*n = parsed
	return true
}

// splitIDs splits text into IDs at spaces, commas and semicolons.
func splitIDs(s string) []string {
	return strings.FieldsFunc(cleanLine(s, 1000), func(r rune) bool { return r == ' ' || r == ',' || r == ';' })
}

// cleanText is like cleanLine, but keeps line breaks.
func cleanText(s string, maxRunes int) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(cleanLine(" "+line, maxRunes+1), " ")
	}
	return truncateText(strings.Join(lines, "\n"), maxRunes)
}

func truncateText(s string, maxRunes int) string {
	if runes := []rune(s); len(runes) > maxRunes {
		s = string(runes[:maxRunes])
	}
	return strings.Trim(s, "\n ")
}

// parseLocalTime parses the value of an <input type="datetime-local"> as a local time in the zone.
func parseLocalTime(value string, zone *time.Location) (time.Time, error) {
	wallTime, err := time.Parse(dateTimeLocalLayout, value)
	if err != nil {
		return time.Time{}, err
	}
	return store.WallTime(wallTime, zone), nil
}

// formatLocalTime formats a time for an <input type="datetime-local"> in the zone; "" for no time.
func formatLocalTime(t *time.Time, zone *time.Location) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.In(zone).Format(dateTimeLocalLayout)
}
