package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
)

// streamEvents answers "GET /api/events/stream?guildId=": the events of the guild as they arrive, as "data: <json>".
// Viewers who can see one module only get the events of that module.
func (s *Server) streamEvents(w http.ResponseWriter, r *http.Request) error {
	access := guildOf(r)
	viewer, err := s.acquireStreamSlot(r, s.streamViewer(r))
	if err != nil {
		return err
	}
	return s.Live.ServeEvents(w, r, eventsTopic(access.link.ID, eventAudience(access.rights)), viewer)
}

// Audiences of a guild's events. Managers get all events, other viewers those of the modules that they can see. The
// audience of one module is the module's name.
const (
	audienceManagers    = "all"
	audienceBothModules = "both"
)

// redactedSuffix marks audiences that get events after access.Rights.RedactEvent.
const redactedSuffix = ":redacted"

// eventAudience returns the audience of a viewer with these rights.
func eventAudience(rights access.Rights) string {
	audience := moduleAudience(rights)
	if !rights.Can(access.ModuleGiveaways, access.LevelAct) {
		audience += redactedSuffix
	}
	return audience
}

func moduleAudience(rights access.Rights) string {
	giveaways, tickets := rights.Can(access.ModuleGiveaways, access.LevelSee), rights.Can(access.ModuleTickets, access.LevelSee)
	switch {
	case rights.IsManager:
		return audienceManagers
	case giveaways && tickets:
		return audienceBothModules
	case giveaways:
		return string(access.ModuleGiveaways)
	}
	return string(access.ModuleTickets) // the guard requires at least one module
}

func eventsTopic(guild, audience string) string { return "events:" + audience + ":" + guild }

// eventsTopics returns the topics of all audiences of a guild's events.
func eventsTopics(guild string) (topics []string) {
	audiences := []string{audienceManagers, audienceBothModules, string(access.ModuleGiveaways), string(access.ModuleTickets)}
	for _, audience := range audiences {
		topics = append(topics, eventsTopic(guild, audience), eventsTopic(guild, audience+redactedSuffix))
	}
	return topics
}

// The JSON follows the API's specification: camel case, upper-case states, times in ISO 8601 with milliseconds.

type giveawayJSON struct {
	ID                  string               `json:"id"`
	GuildID             string               `json:"guildId"`
	ChannelID           string               `json:"channelId"`
	Channel             *string              `json:"channel"` // channel name; all names are null if unknown
	MessageID           *string              `json:"messageId"`
	HostID              string               `json:"hostId"`
	Host                *string              `json:"host"`
	Prize               string               `json:"prize"`
	PrizeSecret         *string              `json:"prizeSecret"`
	Description         *string              `json:"description"`
	ImageURL            *string              `json:"imageUrl"`
	WinnerCount         int                  `json:"winnerCount"`
	PrizeTiers          []contract.PrizeTier `json:"prizeTiers"`
	EmbedColor          string               `json:"embedColor"`
	ButtonText          string               `json:"buttonText"`
	ButtonStyle         string               `json:"buttonStyle"`
	EntryMethod         string               `json:"entryMethod"`
	RequiredRoleIDs     []string             `json:"requiredRoleIds"`
	BlacklistRoleIDs    []string             `json:"blacklistRoleIds"`
	RequiredInvites     int                  `json:"requiredInvites"`
	RequiredLevel       int                  `json:"requiredLevel"`
	RequiredReputation  int                  `json:"requiredReputation"`
	RequiredMessages    int                  `json:"requiredMessages"`
	RequiredAccountAge  int                  `json:"requiredAccountAge"`
	RequiredServerAge   int                  `json:"requiredServerAge"`
	BonusEntryRoles     []contract.BonusRole `json:"bonusEntryRoles"`
	BoosterBonusEntries int                  `json:"boosterBonusEntries"`
	InviteBonusEntries  int                  `json:"inviteBonusEntries"`
	StartsAt            *jsonTime            `json:"startsAt"`
	EndsAt              jsonTime             `json:"endsAt"`
	EndedAt             *jsonTime            `json:"endedAt"`
	DMWinners           bool                 `json:"dmWinners"`
	DMWinnerMessage     *string              `json:"dmWinnerMessage"`
	WinnerClaimTimeout  int                  `json:"winnerClaimTimeout"`
	AutoReroll          bool                 `json:"autoReroll"`
	MaxRerolls          int                  `json:"maxRerolls"`
	PingRoleID          *string              `json:"pingRoleId"`
	PingOnEnd           bool                 `json:"pingOnEnd"`
	RepeatDays          int                  `json:"repeatDays"` // interval in days; 0 if it does not repeat
	RepeatAt            *jsonTime            `json:"repeatAt"`
	RepeatZone          string               `json:"repeatZone"` // IANA name; repeats keep their local time
	Roles               map[string]string    `json:"roles"`      // names by ID of the roles above
	Status              string               `json:"status"`
	Entries             int                  `json:"entries"`
	RerollCount         int                  `json:"rerollCount"`
	TemplateID          *string              `json:"templateId"`
	Notes               *string              `json:"notes"`
	CreatedAt           jsonTime             `json:"createdAt"`
	UpdatedAt           jsonTime             `json:"updatedAt"`
	Count               map[string]int       `json:"_count"`
	Winners             []winnerJSON         `json:"winners"`
}

type winnerJSON struct {
	ID         string    `json:"id"`
	GiveawayID string    `json:"giveawayId"`
	UserID     string    `json:"userId"`
	Username   *string   `json:"username"`
	Place      int       `json:"place"`
	Prize      *string   `json:"prize"`
	Claimed    bool      `json:"claimed"`
	ClaimedAt  *jsonTime `json:"claimedAt"`
	ClaimUntil *jsonTime `json:"claimUntil"`
	LapsedAt   *jsonTime `json:"lapsedAt"`
	Left       bool      `json:"left"`
	Rerolled   bool      `json:"rerolled"`
	RerolledAt *jsonTime `json:"rerolledAt"`
	DMSent     bool      `json:"dmSent"`
	DMSentAt   *jsonTime `json:"dmSentAt"`
	Feedback   *string   `json:"feedback"`
	CreatedAt  jsonTime  `json:"createdAt"`
}

type ticketJSON struct {
	ID               string            `json:"id"`
	GuildID          string            `json:"guildId"`
	ChannelID        string            `json:"channelId"`
	Number           int               `json:"number"`
	Subject          *string           `json:"subject"`
	Status           string            `json:"status"`
	Priority         string            `json:"priority"`
	Labels           []string          `json:"labels"`
	AnswerDue        *jsonTime         `json:"answerDue"` // null if the opener does not wait or the guild has no response target
	ClaimedBy        *string           `json:"claimedBy"`
	ClosedBy         *string           `json:"closedBy"`
	ClosedAt         *jsonTime         `json:"closedAt"`
	CategoryID       *string           `json:"categoryId"`
	PlatformUsername *string           `json:"platformUsername"`
	ProductID        *string           `json:"productId"`
	IssueType        *string           `json:"issueType"`
	IssueDetails     *string           `json:"issueDetails"`
	TranscriptURL    *string           `json:"transcriptUrl"`
	CreatedAt        jsonTime          `json:"createdAt"`
	UpdatedAt        jsonTime          `json:"updatedAt"`
	Member           map[string]string `json:"member"`
}

// jsonTime is a time in JavaScript's JSON format; null for the zero time.
type jsonTime time.Time

func (m jsonTime) MarshalJSON() ([]byte, error) {
	if time.Time(m).IsZero() {
		return []byte("null"), nil
	}
	return []byte(time.Time(m).UTC().Format(`"2006-01-02T15:04:05.000Z"`)), nil
}

func jsonTimeOrNil(t *time.Time) *jsonTime {
	if t == nil {
		return nil
	}
	m := jsonTime(*t)
	return &m
}

func newGiveawaysResponse(list store.List[store.Giveaway], stats store.GiveawayStats, names store.GuildDirectory) map[string]any {
	giveaways := make([]giveawayJSON, len(list.Items))
	for i, g := range list.Items {
		giveaways[i] = newGiveawayJSON(g, names)
	}
	return map[string]any{
		"giveaways": giveaways, "total": list.Total, "page": list.Page, "totalPages": list.Pages,
		"stats": map[string]any{
			"active": stats.Active, "pending": stats.Pending, "paused": stats.Paused, "ended": stats.Ended,
			"cancelled": stats.Cancelled, "total": stats.Total(), "entries": stats.Entries, "averageEntries": stats.Average(),
		},
	}
}

// maxAPIWinners is the number of winners of a giveaway in the API, including rerolled ones. It exceeds the limits of
// the form.
const maxAPIWinners = 250

func newGiveawayJSON(g store.Giveaway, names store.GuildDirectory) giveawayJSON {
	shown := g.Winners[:min(len(g.Winners), maxAPIWinners)]
	winners := make([]winnerJSON, len(shown))
	for i, w := range shown {
		winners[i] = winnerJSON{
			ID: w.ID, GiveawayID: w.GiveawayID, UserID: w.User.ID, Username: textOrNil(w.User.Username), Place: w.Place, Prize: w.Prize,
			Claimed: w.Claimed, ClaimedAt: jsonTimeOrNil(w.ClaimedAt),
			ClaimUntil: jsonTimeOrNil(w.ClaimDeadline), LapsedAt: jsonTimeOrNil(w.ClaimExpiredAt), Left: w.HasLeft,
			Rerolled: w.Rerolled, RerolledAt: jsonTimeOrNil(w.RerolledAt),
			DMSent: w.DMSent, DMSentAt: jsonTimeOrNil(w.DMSentAt), Feedback: w.Feedback, CreatedAt: jsonTime(w.CreatedAt),
		}
	}
	return giveawayJSON{
		ID: g.ID, GuildID: g.GuildID, ChannelID: g.ChannelID, MessageID: g.MessageID, HostID: g.Host.ID,
		Channel: textOrNil(channelName(names, g.ChannelID)), Host: textOrNil(g.Host.Username), Roles: roleNamesByID(names, g),
		Prize: g.Prize, PrizeSecret: g.PrizeSecret, Description: g.Description, ImageURL: g.ImageURL,
		WinnerCount: g.WinnerCount, PrizeTiers: g.PrizeTiers,
		EmbedColor: g.EmbedColor, ButtonText: g.ButtonText, ButtonStyle: g.ButtonStyle, EntryMethod: g.EntryMethod,
		RequiredRoleIDs: nonNilSlice(g.RequiredRoleIDs), BlacklistRoleIDs: nonNilSlice(g.BlacklistRoleIDs),
		RequiredInvites: g.RequiredInvites, RequiredLevel: g.RequiredLevel, RequiredReputation: g.RequiredReputation,
		RequiredMessages: g.RequiredMessages, RequiredAccountAge: g.RequiredAccountAge, RequiredServerAge: g.RequiredServerAge,
		BonusEntryRoles: g.BonusEntryRoles, BoosterBonusEntries: g.BoosterBonusEntries, InviteBonusEntries: g.InviteBonusEntries,
		StartsAt: jsonTimeOrNil(g.StartsAt), EndsAt: jsonTime(g.EndsAt), EndedAt: jsonTimeOrNil(g.EndedAt),
		DMWinners: g.DMWinners, DMWinnerMessage: g.DMWinnerMessage, WinnerClaimTimeout: g.WinnerClaimTimeout,
		AutoReroll: g.AutoReroll, MaxRerolls: g.MaxRerolls, PingRoleID: g.PingRoleID, PingOnEnd: g.PingOnEnd,
		RepeatDays: g.RepeatDays, RepeatAt: jsonTimeOrNil(g.RepeatAt), RepeatZone: g.RepeatRule().Location().String(),
		Status: string(g.Status), Entries: g.Entries, RerollCount: g.RerollCount, TemplateID: g.TemplateID, Notes: g.Notes,
		CreatedAt: jsonTime(g.CreatedAt), UpdatedAt: jsonTime(g.UpdatedAt),
		Count: map[string]int{"entryList": g.Entries}, Winners: winners,
	}
}

func newTicketsResponse(list store.List[store.Ticket], stats store.TicketStats) map[string]any {
	tickets := make([]ticketJSON, len(list.Items))
	for i, t := range list.Items {
		tickets[i] = newTicketJSON(t)
	}
	return map[string]any{
		"data":  tickets,
		"stats": map[string]int{"OPEN": stats.Open, "CLAIMED": stats.Claimed, "CLOSED": stats.Closed},
	}
}

func newTicketJSON(t store.Ticket) ticketJSON {
	out := ticketJSON{
		ID: t.ID, GuildID: t.GuildID, ChannelID: t.ChannelID, Number: t.Number, Subject: t.Subject, Status: string(t.Status),
		Priority: string(t.Priority), Labels: labelNames(t), AnswerDue: jsonTimeOrNil(t.ResponseDue),
		ClaimedBy: idOrNil(t.ClaimedBy), ClosedBy: idOrNil(t.ClosedBy), ClosedAt: jsonTimeOrNil(t.ClosedAt),
		PlatformUsername: t.PlatformUsername, ProductID: t.ProductID, IssueType: t.IssueType, IssueDetails: t.IssueDetails,
		TranscriptURL: t.TranscriptURL, CreatedAt: jsonTime(t.CreatedAt), UpdatedAt: jsonTime(t.UpdatedAt),
		Member: map[string]string{"discordId": t.Opener.ID},
	}
	if t.Category != nil {
		out.CategoryID = &t.Category.ID
	}
	return out
}

// labelNames returns the names of the ticket's labels.
func labelNames(t store.Ticket) []string {
	names := make([]string, len(t.Labels))
	for i, l := range t.Labels {
		names[i] = l.Name
	}
	return names
}

// roleNamesByID returns the known names of the roles that a giveaway refers to, by role ID.
func roleNamesByID(names store.GuildDirectory, g store.Giveaway) map[string]string {
	ids := slices.Concat(g.RequiredRoleIDs, g.BlacklistRoleIDs)
	for _, bonus := range g.BonusEntryRoles {
		ids = append(ids, bonus.RoleID)
	}
	if g.PingRoleID != nil {
		ids = append(ids, *g.PingRoleID)
	}
	byID := map[string]string{}
	for _, id := range ids {
		if role, known := names.Role(id); known {
			byID[id] = role.Name
		}
	}
	return byID
}

func idOrNil(p contract.User) *string { return textOrNil(p.ID) }

func textOrNil(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func nonNilSlice(s store.Strings) []string { return append([]string{}, s...) }

// parseGiveawayParams parses the query parameters of the giveaway list. It returns a badInput for an invalid one.
func parseGiveawayParams(q url.Values) (store.GiveawayQuery, error) {
	page, err := intParam(q, "page", 1, 1, maxPage)
	if err != nil {
		return store.GiveawayQuery{}, err
	}
	limit, err := intParam(q, "limit", 20, 1, 100)
	if err != nil {
		return store.GiveawayQuery{}, err
	}
	from, err := timeParam(q, "startDate")
	if err != nil {
		return store.GiveawayQuery{}, err
	}
	to, err := timeParam(q, "endDate")
	if err != nil {
		return store.GiveawayQuery{}, err
	}
	if !to.IsZero() {
		to = to.Add(time.Millisecond) // endDate is inclusive; times have millisecond precision
	}
	repeat := q.Get("repeat")
	if repeat != "" && repeat != "yes" {
		return store.GiveawayQuery{}, badInput("repeat must be yes or omitted")
	}
	if text := cleanLine(q.Get("search"), maxSearchRunes); text != "" && page > maxSearchPage {
		return store.GiveawayQuery{}, badInput("page must be at most " + strconv.Itoa(maxSearchPage) + " with search")
	}
	status, err := statusParam(q, store.GiveawayStatuses)
	return store.GiveawayQuery{
		Status: status, From: from, To: to, RepeatingOnly: repeat == "yes",
		SearchTerm: cleanLine(q.Get("search"), maxSearchRunes), Page: page, PerPage: limit,
	}, err
}

func parseTicketParams(q url.Values) (store.TicketQuery, error) {
	overdue := q.Get("overdue")
	if overdue != "" && overdue != "yes" {
		return store.TicketQuery{}, badInput("overdue must be yes or omitted")
	}
	status, err := statusParam(q, store.TicketStatuses)
	return store.TicketQuery{Status: status, Overdue: overdue == "yes", PerPage: 100}, err
}

// statusParam parses the status parameter; "" if it is missing. It returns a badInput for an unknown status.
func statusParam[S ~string](q url.Values, allowed []S) (S, error) {
	status := S(q.Get("status"))
	if status == "" {
		return "", nil
	}
	var names []string
	for _, s := range allowed {
		if s == status {
			return status, nil
		}
		names = append(names, string(s))
	}
	return "", badInput("status must be one of " + strings.Join(names, ", "))
}

// intParam parses an integer from low to high; fallback if it is missing. It returns a badInput for an invalid one.
func intParam(q url.Values, key string, fallback, low, high int) (int, error) {
	value := q.Get(key)
	if value == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < low || n > high {
		return 0, badInput(key + " must be a whole number from " + strconv.Itoa(low) + " to " + strconv.Itoa(high))
	}
	return n, nil
}

// timeParam parses an RFC 3339 time of the years 1970 to 9999; the zero time if it is missing.
func timeParam(q url.Values, key string) (time.Time, error) {
	value := q.Get(key)
	if value == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, value)
	if err != nil || t.Year() < 1970 || t.Year() > 9999 {
		return time.Time{}, badInput(key + " must be a date and time such as 2026-12-31T12:00:00Z")
	}
	return t, nil
}
