package handlers

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/forms"
	giveawayview "guildboard/views/giveaway"
	"guildboard/views/text"
	"guildboard/views/ui"
)

const (
	dateTimeLocalLayout = "2006-01-02T15:04" // value format of <input type="datetime-local">
	offsetLayout        = "-07:00"           // value format of the choice between two equal local times
)

// shownGiveaway is a giveaway as its edit form shows it. The form sends it back, so that the fields that the user has not
// changed change nothing, whatever they cannot show: the seconds of a time, for example.
type shownGiveaway struct {
	Form contract.GiveawayForm `json:"form"`
	Zone string                `json:"zone"`
}

// encode returns the value of the form's hidden field; "" for a giveaway that JSON cannot represent (year 10000).
func (g shownGiveaway) encode() string {
	data, err := json.Marshal(g)
	if err != nil {
		return ""
	}
	return string(data)
}

// parseShownGiveaway parses the hidden field of an edit form. Without it, the giveaway counts as shown in UTC.
func parseShownGiveaway(value string, current contract.GiveawayForm) (shownGiveaway, error) {
	shown := shownGiveaway{Form: current, Zone: "UTC"}
	if value == "" {
		return shown, nil
	}
	shown.Form = contract.GiveawayForm{}
	if json.Unmarshal([]byte(value), &shown) != nil || store.Zone(shown.Zone) == nil {
		return shown, badInput("shown giveaway is malformed")
	}
	return shown, nil
}

// values returns what the form submits if the user changes nothing.
func (g shownGiveaway) values() url.Values {
	f, zone := g.Form, store.Zone(g.Zone)
	q := url.Values{
		"prize": {singleLine(f.Prize)}, "description": {f.Description}, "prizeSecret": {f.PrizeSecret}, "notes": {f.Notes},
		"dmWinnerMessage": {f.DMWinnerMessage}, "imageUrl": {singleLine(f.ImageURL)},
		"embedColor": {ui.FormEmbedColor(f.EmbedColor)}, "buttonStyle": {f.ButtonStyle}, "buttonText": {singleLine(f.ButtonText)},
		"pingRoleId": {f.PingRoleID}, "requiredRoleIds": f.RequiredRoleIDs, "blacklistRoleIds": f.BlacklistRoleIDs,
		"endMode": {giveawayview.EndAtDate}, "zone": {g.Zone},
		"endsAt": {formatLocalTime(&f.EndsAt, zone)}, "endsAtOffset": {formatOffset(&f.EndsAt, zone)},
		"startsAt": {formatLocalTime(f.StartsAt, zone)}, "startsAtOffset": {formatOffset(f.StartsAt, zone)},
		"winnerClaimTimeout": {formatClaimTimeout(f.WinnerClaimTimeout)},
	}
	if !slices.Contains(contract.ButtonStyles, f.ButtonStyle) {
		q.Set("buttonStyle", contract.ButtonStyles[0]) // what a <select> without its value submits
	}
	for field, checked := range map[string]bool{
		"dmWinners": f.DMWinners, "pingOnEnd": f.PingOnEnd, "autoReroll": f.AutoReroll,
	} {
		if checked {
			q.Set(field, "on")
		}
	}
	for field, n := range giveawayNumbers(&f) {
		q.Set(field, strconv.Itoa(*n))
	}
	for _, tier := range f.PrizeTiers {
		q.Add("tierPrize", singleLine(tier.Prize))
		q.Add("tierCount", strconv.Itoa(tier.Count))
	}
	for _, bonus := range f.BonusEntryRoles {
		q.Add("bonusRole", bonus.RoleID)
		q.Add("bonusEntries", strconv.Itoa(bonus.Entries))
	}
	return q
}

// singleLine returns the text as an <input> submits it: without line breaks.
func singleLine(s string) string { return strings.NewReplacer("\r", "", "\n", "").Replace(s) }

// giveawayEdit parses an edit form: the current giveaway with the members that the user has changed, these members, and
// the problems (message keys) by field.
func giveawayEdit(q url.Values, shown shownGiveaway, current contract.GiveawayForm) (
	edited contract.GiveawayForm, changes contract.GiveawayChanges, problems map[string]string, err error,
) {
	unchanged, shownProblems := parseGiveawayForm(shown.values(), shown, true)
	submitted, problems := parseGiveawayForm(q, shown, true)
	if changes, err = submitted.ChangesSince(unchanged); err != nil {
		return edited, nil, nil, err
	}
	if edited, err = current.With(changes); err != nil {
		return edited, nil, nil, err
	}
	for field, key := range shownProblems { // values of another bot that this form would not accept
		if _, isChanged := changes[field]; !isChanged && problems[field] == key {
			delete(problems, field)
		}
	}
	addFormProblems(problems, edited.ProblemsSince(current), q)
	return edited, changes, problems, nil
}

// addFormProblems adds the problems of a form whose fields could be parsed. Problems of the end belong to the field in
// which it was entered. The times of a form without a valid zone are unknown.
func addFormProblems(problems, found map[string]string, q url.Values) {
	isStartKnown := problems["zone"] == "" && problems["startsAt"] == ""
	for field, key := range found {
		if isTime := field == "endsAt" || field == "startsAt"; isTime && !isStartKnown {
			continue
		}
		if field == "endsAt" {
			field = endField(q)
		}
		problems[field] = cmp.Or(problems[field], key)
	}
}

// endField returns the field in which the end was entered: a duration or a date. Forms without the choice may have
// only one of them.
func endField(q url.Values) string {
	switch {
	case q.Get("endMode") == giveawayview.EndAtDate:
		return "endsAt"
	case q.Get("endMode") == "" && cleanLine(q.Get("endsIn"), 40) == "" && q.Get("endsAt") != "":
		return "endsAt"
	}
	return "endsIn"
}

// submittedGiveawayForm returns the view of a submitted form: the values that contract.GiveawayForm does not contain as
// entered.
func submittedGiveawayForm(q url.Values, editing bool) giveawayview.FormView {
	return giveawayview.FormView{
		IsEditing: editing, EndMode: endMode(q), Shown: q.Get("shown"), EndsIn: q.Get("endsIn"),
		EndsAt: q.Get("endsAt"), StartsAt: q.Get("startsAt"),
		Zone: submittedZone(q), ClaimWithin: q.Get("winnerClaimTimeout"),
		RequiredRoles: strings.Join(q["requiredRoleIds"], " "), ExcludedRoles: strings.Join(q["blacklistRoleIds"], " "),
		TimeNotes: timeNotes(q), Problems: map[string]string{},
	}
}

// submittedZone returns the zone of the form, or what was typed if it names no zone.
func submittedZone(q url.Values) string {
	if zone, _ := parseZone(q); zone != nil {
		return zone.String()
	}
	return q.Get("zone")
}

// endMode returns the choice of how the end was entered.
func endMode(q url.Values) string {
	if endField(q) == "endsAt" {
		return giveawayview.EndAtDate
	}
	return giveawayview.EndAfterDuration
}

// timeNotes returns the notes of both time fields.
func timeNotes(q url.Values) map[string]giveawayview.TimeNote {
	zone, _ := parseZone(q)
	return map[string]giveawayview.TimeNote{
		"startsAt": timeNote(q, "startsAt", zone), "endsAt": timeNote(q, "endsAt", zone),
	}
}

// parseGiveawayForm parses the form over the shown giveaway, and returns the problems (message keys) by field.
func parseGiveawayForm(q url.Values, shown shownGiveaway, editing bool) (contract.GiveawayForm, map[string]string) {
	f, problems := shown.Form, map[string]string{}
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
	for field, into := range giveawayNumbers(&f) {
		if !parseInt(q.Get(field), into) {
			problems[field] = forms.ProblemOutOfRange
		}
	}
	parseTimes(q, shown, &f, problems)
	parseClaimWindow(q, &f, problems)
	parsePrizeTiers(q, &f, problems)
	parseBonusRoles(q, &f, problems)
	return f, problems
}

// giveawayNumbers returns the number fields of the form by name.
func giveawayNumbers(f *contract.GiveawayForm) map[string]*int {
	return map[string]*int{
		"winnerCount": &f.WinnerCount, "requiredLevel": &f.RequiredLevel, "requiredMessages": &f.RequiredMessages,
		"requiredInvites": &f.RequiredInvites, "requiredReputation": &f.RequiredReputation,
		"requiredAccountAge": &f.RequiredAccountAge, "requiredServerAge": &f.RequiredServerAge,
		"boosterBonusEntries": &f.BoosterBonusEntries, "maxRerolls": &f.MaxRerolls,
	}
}

// parseTimes parses the start and the end: a duration from the start, or a local time in the form's zone.
func parseTimes(q url.Values, shown shownGiveaway, f *contract.GiveawayForm, problems map[string]string) {
	zone, problem := parseZone(q)
	if problem != "" {
		problems["zone"] = problem
		zone = time.UTC // to find the problems of the other fields
	}
	f.StartsAt = nil
	start := time.Now()
	if q.Get("startsAt") != "" {
		at := parseTimeField(q, "startsAt", shown.Form.StartsAt, shown.Zone, zone, problems)
		start, f.StartsAt = at, &at
	}
	f.EndsAt = time.Time{}
	endsIn := cleanLine(q.Get("endsIn"), 40)
	switch field := endField(q); {
	case q.Get("endMode") == "" && endsIn != "" && q.Get("endsAt") != "":
		problems["endsIn"] = "form.oneEnd"
	case q.Get(field) == "":
		problems[field] = forms.ProblemMissing
	case field == "endsAt":
		f.EndsAt = parseTimeField(q, "endsAt", &shown.Form.EndsAt, shown.Zone, zone, problems)
	default:
		length, err := forms.ParseDuration(endsIn)
		if err != nil {
			problems["endsIn"] = "form.duration"
		}
		f.EndsAt = start.Add(length).UTC()
	}
}

// parseTimeField parses a local time in zone. A time that the user has not changed stays as it was shown.
func parseTimeField(
	q url.Values, field string, shownTime *time.Time, shownZone string, zone *time.Location, problems map[string]string,
) time.Time {
	value, offset := q.Get(field), q.Get(field+"Offset")
	isShown := shownTime != nil && value == formatLocalTime(shownTime, store.Zone(shownZone)) && zone.String() == shownZone
	if isShown && (offset == "" || offset == formatOffset(shownTime, zone)) {
		return *shownTime
	}
	wallTime, err := time.Parse(dateTimeLocalLayout, value)
	if err != nil {
		problems[field] = "form.time"
		return time.Time{}
	}
	candidates := store.WallTimes(wallTime, zone)
	switch len(candidates) {
	case 0:
		problems[field] = "form.timeSkipped"
		return store.WallTime(wallTime, zone).UTC()
	case 1:
		return candidates[0].UTC()
	}
	for _, at := range candidates {
		if at.Format(offsetLayout) == offset {
			return at.UTC()
		}
	}
	problems[field] = "form.timeTwice"
	return candidates[0].UTC()
}

// timeNote describes the local time in a field if clocks in zone show it twice or never.
func timeNote(q url.Values, field string, zone *time.Location) giveawayview.TimeNote {
	wallTime, err := time.Parse(dateTimeLocalLayout, q.Get(field))
	if err != nil || zone == nil {
		return giveawayview.TimeNote{}
	}
	switch candidates := store.WallTimes(wallTime, zone); len(candidates) {
	case 0:
		return giveawayview.TimeNote{Next: store.WallTime(wallTime, zone).Format("15:04")}
	case 1:
		return giveawayview.TimeNote{}
	default:
		note := giveawayview.TimeNote{Selected: q.Get(field + "Offset")}
		for _, at := range candidates {
			note.Offsets = append(note.Offsets, at.Format(offsetLayout))
		}
		return note
	}
}

// formatLocalTime formats a time for an <input type="datetime-local"> in the zone; "" for no time.
func formatLocalTime(t *time.Time, zone *time.Location) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.In(zone).Format(dateTimeLocalLayout)
}

// formatOffset formats the offset of the zone from UTC at a time; "" for no time.
func formatOffset(t *time.Time, zone *time.Location) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.In(zone).Format(offsetLayout)
}

// formatClaimTimeout formats a claim timeout in hours; "" for none.
func formatClaimTimeout(hours int) string {
	if hours <= 0 {
		return ""
	}
	return forms.FormatDuration(time.Duration(hours) * time.Hour)
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
	return strings.Trim(text.FirstRunes(s, maxRunes), "\n ")
}
