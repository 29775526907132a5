package handlers

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"guildboard/store"
	"guildboard/views"
)

const momentLayout = "2006-01-02T15:04" // of <input type="datetime-local">

// newGiveaway answers "GET /guilds/{guild}/giveaways/new": an empty form, or with ?from= what was asked for before.
func (s *Server) newGiveaway(w http.ResponseWriter, r *http.Request) error {
	settings, err := s.Store.Settings(r.Context(), guildOf(r).link.ID, store.ModuleGiveaways)
	if err != nil {
		return err
	}
	form := settings.Begin(store.NewGiveawayForm(time.Now()))
	v := views.GiveawayFormView{EndsIn: spanText(time.Duration(settings.Number("duration")) * time.Second)}
	if from := r.URL.Query().Get("from"); isRowID(from) {
		before, err := s.Store.Command(r.Context(), guildOf(r).link.ID, from)
		if err == nil && before.Verb == store.VerbGiveawayCreate {
			err = json.Unmarshal(before.Data, &form)
			zone := s.page(r).TimeZone()
			v = views.GiveawayFormView{EndsAt: written(&form.EndsAt, zone), StartsAt: written(form.StartsAt, zone), Zone: zone.String()}
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
		form, v = store.FormOf(g), views.GiveawayFormView{EndsIn: spanOf(g)}
		form.StartsAt = nil
	}
	if from := r.URL.Query().Get("template"); isRowID(from) {
		t, err := s.Store.Template(r.Context(), guildOf(r).link.ID, from)
		if err != nil {
			return err
		}
		form, v = t.Form, views.GiveawayFormView{EndsIn: spanText(t.Lasts)}
	}
	return s.showForm(w, r, http.StatusOK, v, form)
}

// spanOf is how long a giveaway lasts, as the form reads it.
func spanOf(g store.Giveaway) string { return spanText(g.EndsAt.Sub(g.BeginsAt())) }

// spanText writes a span as duration reads it, to the minute; what is less is one.
func spanText(d time.Duration) string {
	var parts []string
	minutes := max(1, int(d.Round(time.Minute)/time.Minute))
	for _, unit := range []struct {
		size int
		name string
	}{{24 * 60, "d"}, {60, "h"}, {1, "m"}} {
		if n := minutes / unit.size; n > 0 {
			parts = append(parts, strconv.Itoa(n)+unit.name)
			minutes %= unit.size
		}
	}
	return strings.Join(parts, " ")
}

// editGiveaway answers "GET /guilds/{guild}/giveaways/{giveaway}/edit".
func (s *Server) editGiveaway(w http.ResponseWriter, r *http.Request) error {
	about, err := s.giveawaySubject(r)
	if err != nil {
		return err
	}
	if key := s.whyNot(r.Context(), about, store.VerbGiveawayEdit); key != "" {
		return s.notAsked(w, r, about, key)
	}
	g, err := s.Store.Giveaway(r.Context(), guildOf(r).link.ID, about.id)
	if err != nil {
		return err
	}
	form, zone := store.FormOf(g), s.page(r).TimeZone()
	v := views.GiveawayFormView{Editing: true, EndsAt: written(&form.EndsAt, zone), StartsAt: written(form.StartsAt, zone), Zone: zone.String()}
	return s.showForm(w, r, http.StatusOK, v, form)
}

// showForm renders the form as it was filled in.
func (s *Server) showForm(w http.ResponseWriter, r *http.Request, status int, v views.GiveawayFormView, form store.GiveawayForm) error {
	guild := guildOf(r).link.ID
	v.Form, v.Bot = form, s.Commands.Bot(r.Context())
	v.Back = "/guilds/" + guild + "/giveaways"
	v.Action = r.URL.Path
	if !v.Editing {
		v.Action = v.Back
	} else {
		v.Back = strings.TrimSuffix(v.Action, "/edit")
	}
	if v.Within == "" && form.WinnerClaimTimeout > 0 {
		v.Within = spanText(time.Duration(form.WinnerClaimTimeout) * time.Hour)
	}
	if v.Required == "" {
		v.Required = strings.Join(form.RequiredRoleIDs, " ")
	}
	if v.Barred == "" {
		v.Barred = strings.Join(form.BlacklistRoleIDs, " ")
	}
	recent, _, err := s.Store.Giveaways(r.Context(), guild, store.GiveawayQuery{PerPage: 50})
	if err != nil {
		return err
	}
	for _, g := range recent.Items {
		if !slices.Contains(v.Channels, g.ChannelID) {
			v.Channels = append(v.Channels, g.ChannelID)
		}
	}
	page := s.page(r)
	if v.Refused != "" {
		page.Names = store.Names{}
	}
	page.Section, page.Title = views.SectionGiveaways, page.T("form.new")
	if v.Zone == "" {
		v.Zone, v.AnyZone = page.TimeZone().String(), page.Zone == nil
	}
	s.write(w, r, status, views.GiveawayForm(page, v))
	return nil
}

// createGiveaway answers "POST /guilds/{guild}/giveaways".
func (s *Server) createGiveaway(w http.ResponseWriter, r *http.Request) error {
	list := "/guilds/" + guildOf(r).link.ID + "/giveaways"
	return s.takeForm(w, r, subject{id: store.NewID(), path: list, list: list}, store.VerbGiveawayCreate, store.NewGiveawayForm(time.Now()))
}

// changeGiveaway answers "POST /guilds/{guild}/giveaways/{giveaway}/edit".
func (s *Server) changeGiveaway(w http.ResponseWriter, r *http.Request) error {
	about, err := s.giveawaySubject(r)
	if err != nil {
		return err
	}
	if key := s.whyNot(r.Context(), about, store.VerbGiveawayEdit); key != "" {
		return s.notAsked(w, r, about, key)
	}
	g, err := s.Store.Giveaway(r.Context(), guildOf(r).link.ID, about.id)
	if err != nil {
		return err
	}
	return s.takeForm(w, r, about, store.VerbGiveawayEdit, store.FormOf(g))
}

// takeForm reads the form over base and asks the bot; a form that is not in order comes back with what is wrong.
func (s *Server) takeForm(w http.ResponseWriter, r *http.Request, about subject, verb store.Verb, base store.GiveawayForm) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	editing := verb == store.VerbGiveawayEdit
	form, problems := s.readGiveaway(r.PostForm, base, editing)
	foreign, err := s.foreignInForm(r, form, editing)
	if err != nil {
		return err
	}
	for _, found := range []map[string]string{form.Problems(), foreign} {
		for field, key := range found {
			problems[field] = cmp.Or(problems[field], key)
		}
	}
	if len(problems) == 0 {
		about.name = form.Prize
		return s.order(w, r, about, verb, form)
	}
	page, v := s.page(r), formAgain(r.PostForm, editing)
	for field, key := range problems {
		v.Problems[field] = page.T(key)
	}
	return s.showForm(w, r, http.StatusUnprocessableEntity, v, form)
}

// foreignInForm returns what the form names that is not the guild's. The channel of a giveaway that is edited cannot be
// changed, so nothing is said about it; the bot checks it.
func (s *Server) foreignInForm(r *http.Request, form store.GiveawayForm, editing bool) (map[string]string, error) {
	guild := guildOf(r).link.ID
	names, err := s.Store.Names(r.Context(), guild)
	foreign := names.ForeignInForm(guild, form)
	if editing {
		delete(foreign, "channelId")
	}
	return foreign, err
}

// formAgain is the form as it was filled in, as far as that is not what it says.
func formAgain(q url.Values, editing bool) views.GiveawayFormView {
	return views.GiveawayFormView{
		Editing: editing, EndsIn: q.Get("endsIn"), EndsAt: q.Get("endsAt"), StartsAt: q.Get("startsAt"),
		Zone: q.Get("zone"), Within: q.Get("winnerClaimTimeout"), Required: strings.Join(q["requiredRoleIds"], " "), Barred: strings.Join(q["blacklistRoleIds"], " "),
		Problems: map[string]string{},
	}
}

// readGiveaway reads the form's fields over base, and says which cannot be read.
func (s *Server) readGiveaway(q url.Values, base store.GiveawayForm, editing bool) (store.GiveawayForm, map[string]string) {
	f, problems := base, map[string]string{}
	f.Prize = plain(q.Get("prize"), 2*store.MaxPrize)
	f.Description = prose(q.Get("description"), 2*store.MaxDescription)
	f.PrizeSecret, f.Notes = prose(q.Get("prizeSecret"), 2*store.MaxNote), prose(q.Get("notes"), 2*store.MaxNote)
	f.DMWinnerMessage = prose(q.Get("dmWinnerMessage"), 2*store.MaxNote)
	f.ImageURL = plain(q.Get("imageUrl"), 2*store.MaxURL)
	f.EmbedColor, f.ButtonStyle = plain(q.Get("embedColor"), 20), plain(q.Get("buttonStyle"), 20)
	f.ButtonText = plain(q.Get("buttonText"), 2*store.MaxButtonText)
	f.PingRoleID = plain(q.Get("pingRoleId"), 40)
	f.DMWinners, f.PingOnEnd = q.Has("dmWinners"), q.Has("pingOnEnd")
	f.RequiredRoleIDs, f.BlacklistRoleIDs = ids(strings.Join(q["requiredRoleIds"], " ")), ids(strings.Join(q["blacklistRoleIds"], " "))
	if !editing {
		f.ChannelID = plain(q.Get("channelId"), 40)
	}
	for field, into := range map[string]*int{
		"winnerCount": &f.WinnerCount, "requiredLevel": &f.RequiredLevel, "requiredMessages": &f.RequiredMessages,
		"requiredInvites": &f.RequiredInvites, "requiredReputation": &f.RequiredReputation,
		"requiredAccountAge": &f.RequiredAccountAge, "requiredServerAge": &f.RequiredServerAge,
		"boosterBonusEntries": &f.BoosterBonusEntries, "maxRerolls": &f.MaxRerolls,
	} {
		if !wholeNumber(q.Get(field), into) {
			problems[field] = store.ProblemRange
		}
	}
	s.readTimes(q, &f, problems)
	readWindow(q, &f, problems)
	readTiers(q, &f, problems)
	readBonus(q, &f, problems)
	return f, problems
}

// readTimes reads when it starts and ends: a span from the start, or a moment in the zone that the form names.
func (s *Server) readTimes(q url.Values, f *store.GiveawayForm, problems map[string]string) {
	zone := store.Zone(plain(q.Get("zone"), 60))
	if zone == nil {
		problems["zone"] = "form.zone"
		return
	}
	f.StartsAt = nil
	starts, err := readMoment(q.Get("startsAt"), zone)
	switch {
	case q.Get("startsAt") == "":
		starts = time.Now()
	case err != nil:
		problems["startsAt"] = "form.moment"
	default:
		utc := starts.UTC()
		f.StartsAt = &utc
	}
	span, at := plain(q.Get("endsIn"), 40), q.Get("endsAt")
	switch {
	case span != "" && at != "":
		problems["endsIn"] = "form.either"
	case span != "":
		lasts, err := duration(span)
		if err != nil {
			problems["endsIn"] = "form.duration"
		}
		f.EndsAt = starts.Add(lasts).UTC()
	case at != "":
		ends, err := readMoment(at, zone)
		if err != nil {
			problems["endsAt"] = "form.moment"
		}
		f.EndsAt = ends.UTC()
	default:
		f.EndsAt = time.Time{}
		problems["endsIn"] = store.ProblemMissing
	}
}

var spanPart = regexp.MustCompile(`^(\d{1,6})\s*([smhdw])\s*`)

// duration reads "3d 4h", "90m" or "2w".
func duration(s string) (time.Duration, error) {
	units := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}
	var total time.Duration
	rest := strings.ToLower(strings.TrimSpace(s))
	for rest != "" {
		part := spanPart.FindStringSubmatch(rest)
		if part == nil {
			return 0, fmt.Errorf("%q is not a span of time", s)
		}
		n, err := strconv.Atoi(part[1])
		if err != nil {
			return 0, err
		}
		total += time.Duration(n) * units[part[2]]
		rest = rest[len(part[0]):]
	}
	if total <= 0 || total > 10*store.MaxDuration {
		return 0, fmt.Errorf("%q is no span that a giveaway can last", s)
	}
	return total, nil
}

// readWindow reads how long winners have to claim their prize, in whole hours, and what comes of it if they do not.
func readWindow(q url.Values, f *store.GiveawayForm, problems map[string]string) {
	if !q.Has("winnerClaimTimeout") {
		return
	}
	f.WinnerClaimTimeout, f.AutoReroll = 0, q.Has("autoReroll")
	typed := plain(q.Get("winnerClaimTimeout"), 40)
	within, err := duration(typed)
	switch {
	case typed == "" && f.AutoReroll:
		problems["winnerClaimTimeout"] = store.ProblemWindow
	case typed == "":
	case err != nil || within%time.Hour != 0 || within > store.MaxClaimTimeout*time.Hour:
		problems["winnerClaimTimeout"] = "form.hours"
	default:
		f.WinnerClaimTimeout = int(within / time.Hour)
	}
}

// readTiers reads the prizes by place; rows without a prize are left out.
func readTiers(q url.Values, f *store.GiveawayForm, problems map[string]string) {
	f.PrizeTiers = nil
	for i, prize := range q["tierPrize"] {
		if prize = plain(prize, 2*store.MaxPrize); prize == "" || i >= 2*store.MaxPrizeTiers {
			continue
		}
		tier := store.PrizeTier{Place: len(f.PrizeTiers) + 1, Prize: prize}
		if i >= len(q["tierCount"]) || !wholeNumber(q["tierCount"][i], &tier.Count) {
			problems["prizeTiers"] = store.ProblemTier
		}
		f.PrizeTiers = append(f.PrizeTiers, tier)
	}
}

// readBonus reads the roles with more entries; rows without a role are left out.
func readBonus(q url.Values, f *store.GiveawayForm, problems map[string]string) {
	f.BonusEntryRoles = nil
	for i, role := range q["bonusRole"] {
		if role = plain(role, 40); role == "" || i >= 2*store.MaxRoles {
			continue
		}
		bonus := store.BonusRole{RoleID: role}
		if i >= len(q["bonusEntries"]) || !wholeNumber(q["bonusEntries"][i], &bonus.Entries) {
			problems["bonusEntryRoles"] = store.ProblemBonus
		}
		f.BonusEntryRoles = append(f.BonusEntryRoles, bonus)
	}
}

// wholeNumber reads a number into n; an empty field leaves it as it is.
func wholeNumber(value string, n *int) bool {
	if value = strings.TrimSpace(value); value == "" {
		return true
	}
	read, err := strconv.Atoi(value)
	if err != nil || read < -1_000_000_000 || read > 1_000_000_000 {
		return false
	}
	*n = read
	return true
}

// ids parts what was typed into ids, at commas and spaces.
func ids(s string) []string {
	return strings.FieldsFunc(plain(s, 1000), func(r rune) bool { return r == ' ' || r == ',' || r == ';' })
}

// prose is plain, but keeps line breaks.
func prose(s string, most int) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(plain(" "+line, most+1), " ")
	}
	return plainLines(strings.Join(lines, "\n"), most)
}

func plainLines(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most])
	}
	return strings.Trim(s, "\n ")
}

// readMoment reads what <input type="datetime-local"> sends, as clocks in the zone show it.
func readMoment(value string, zone *time.Location) (time.Time, error) {
	wall, err := time.Parse(momentLayout, value)
	if err != nil {
		return time.Time{}, err
	}
	return store.WallTime(wall, zone), nil
}

// written is a moment as <input type="datetime-local"> wants it, in the zone that the form names.
func written(t *time.Time, zone *time.Location) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.In(zone).Format(momentLayout)
}
