package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"guildboard/store"
)

// streamEvents answers "GET /api/events/stream?guildId=": each event of the guild as it came, as "data: <json>"; for who
// may see one module only, those about it.
func (s *Server) streamEvents(w http.ResponseWriter, r *http.Request) error {
	access := guildOf(r)
	who, err := s.seated(r, s.viewer(r))
	if err != nil {
		return err
	}
	return s.Live.ServeEvents(w, r, eventsTopic(access.link.ID, hears(access.rights)), who)
}

// Who hears what of a guild's events: managers all, others what is about the modules that they may see.
const (
	hearsAll  = "all"
	hearsBoth = "both"
)

// redacted marks readers who get events only after store.Rights.RedactEvent.
const redacted = ":redacted"

func hears(rights store.Rights) string {
	heard := heardModules(rights)
	if !rights.May(store.ModuleGiveaways, store.LevelAct) {
		heard += redacted
	}
	return heard
}

func heardModules(rights store.Rights) string {
	switch giveaways, tickets := rights.May(store.ModuleGiveaways, store.LevelSee), rights.May(store.ModuleTickets, store.LevelSee); {
	case rights.Manager:
		return hearsAll
	case giveaways && tickets:
		return hearsBoth
	case giveaways:
		return string(store.ModuleGiveaways)
	}
	return string(store.ModuleTickets) // the guard lets nobody in who may see nothing
}

func eventsTopic(guild, who string) string { return "events:" + who + ":" + guild }

// eventsTopics are the topics of all readers of a guild's events.
func eventsTopics(guild string) (topics []string) {
	for _, who := range []string{hearsAll, hearsBoth, string(store.ModuleGiveaways), string(store.ModuleTickets)} {
		topics = append(topics, eventsTopic(guild, who), eventsTopic(guild, who+redacted))
	}
	return topics
}

// The API's words are the specification's: camel case, upper-case states, times in ISO 8601 with milliseconds.

type giveawayJSON struct {
	ID                  string            `json:"id"`
	GuildID             string            `json:"guildId"`
	ChannelID           string            `json:"channelId"`
	Channel             *string           `json:"channel"` // what it is called; null where nobody has said, as with all names
	MessageID           *string           `json:"messageId"`
	HostID              string            `json:"hostId"`
	Host                *string           `json:"host"`
	Prize               string            `json:"prize"`
	PrizeSecret         *string           `json:"prizeSecret"`
	Description         *string           `json:"description"`
	ImageURL            *string           `json:"imageUrl"`
	WinnerCount         int               `json:"winnerCount"`
	PrizeTiers          []store.PrizeTier `json:"prizeTiers"`
	EmbedColor          string            `json:"embedColor"`
	ButtonText          string            `json:"buttonText"`
	ButtonStyle         string            `json:"buttonStyle"`
	EntryMethod         string            `json:"entryMethod"`
	RequiredRoleIDs     []string          `json:"requiredRoleIds"`
	BlacklistRoleIDs    []string          `json:"blacklistRoleIds"`
	RequiredInvites     int               `json:"requiredInvites"`
	RequiredLevel       int               `json:"requiredLevel"`
	RequiredReputation  int               `json:"requiredReputation"`
	RequiredMessages    int               `json:"requiredMessages"`
	RequiredAccountAge  int               `json:"requiredAccountAge"`
	RequiredServerAge   int               `json:"requiredServerAge"`
	BonusEntryRoles     []store.BonusRole `json:"bonusEntryRoles"`
	BoosterBonusEntries int               `json:"boosterBonusEntries"`
	InviteBonusEntries  int               `json:"inviteBonusEntries"`
	StartsAt            *moment           `json:"startsAt"`
	EndsAt              moment            `json:"endsAt"`
	EndedAt             *moment           `json:"endedAt"`
	DMWinners           bool              `json:"dmWinners"`
	DMWinnerMessage     *string           `json:"dmWinnerMessage"`
	WinnerClaimTimeout  int               `json:"winnerClaimTimeout"`
	AutoReroll          bool              `json:"autoReroll"`
	MaxRerolls          int               `json:"maxRerolls"`
	PingRoleID          *string           `json:"pingRoleId"`
	PingOnEnd           bool              `json:"pingOnEnd"`
	RepeatDays          int               `json:"repeatDays"` // it is made again every so many; 0: it is not
	RepeatAt            *moment           `json:"repeatAt"`
	RepeatZone          string            `json:"repeatZone"` // IANA name; repeats keep its local time
	Roles               map[string]string `json:"roles"`      // names of the roles above, by id
	Status              string            `json:"status"`
	Entries             int               `json:"entries"`
	RerollCount         int               `json:"rerollCount"`
	TemplateID          *string           `json:"templateId"`
	Notes               *string           `json:"notes"`
	CreatedAt           moment            `json:"createdAt"`
	UpdatedAt           moment            `json:"updatedAt"`
	Count               map[string]int    `json:"_count"`
	Winners             []winnerJSON      `json:"winners"`
}

type winnerJSON struct {
	ID         string  `json:"id"`
	GiveawayID string  `json:"giveawayId"`
	UserID     string  `json:"userId"`
	Username   *string `json:"username"`
	Place      int     `json:"place"`
	Prize      *string `json:"prize"`
	Claimed    bool    `json:"claimed"`
	ClaimedAt  *moment `json:"claimedAt"`
	ClaimUntil *moment `json:"claimUntil"`
	LapsedAt   *moment `json:"lapsedAt"`
	Left       bool    `json:"left"`
	Rerolled   bool    `json:"rerolled"`
	RerolledAt *moment `json:"rerolledAt"`
	DMSent     bool    `json:"dmSent"`
	DMSentAt   *moment `json:"dmSentAt"`
	Feedback   *string `json:"feedback"`
	CreatedAt  moment  `json:"createdAt"`
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
	AnswerDue        *moment           `json:"answerDue"` // null: nobody waits, or the guild has no target
	ClaimedBy        *string           `json:"claimedBy"`
	ClosedBy         *string           `json:"closedBy"`
	ClosedAt         *moment           `json:"closedAt"`
	CategoryID       *string           `json:"categoryId"`
	PlatformUsername *string           `json:"platformUsername"`
	ProductID        *string           `json:"productId"`
	IssueType        *string           `json:"issueType"`
	IssueDetails     *string           `json:"issueDetails"`
	TranscriptURL    *string           `json:"transcriptUrl"`
	CreatedAt        moment            `json:"createdAt"`
	UpdatedAt        moment            `json:"updatedAt"`
	Member           map[string]string `json:"member"`
}

// moment is a time as JavaScript writes it; null when the database holds none that could be written.
type moment time.Time

func (m moment) MarshalJSON() ([]byte, error) {
	if time.Time(m).IsZero() {
		return []byte("null"), nil
	}
	return []byte(time.Time(m).UTC().Format(`"2006-01-02T15:04:05.000Z"`)), nil
}

func momentOrNil(t *time.Time) *moment {
	if t == nil {
		return nil
	}
	m := moment(*t)
	return &m
}

func giveawayAnswer(list store.List[store.Giveaway], tiles store.GiveawayTiles, names store.Names) map[string]any {
	giveaways := make([]giveawayJSON, len(list.Items))
	for i, g := range list.Items {
		giveaways[i] = giveawayOut(g, names)
	}
	return map[string]any{
		"giveaways": giveaways, "total": list.Total, "page": list.Page, "totalPages": list.Pages,
		"stats": map[string]any{
			"active": tiles.Active, "pending": tiles.Pending, "paused": tiles.Paused, "ended": tiles.Ended,
			"cancelled": tiles.Cancelled, "total": tiles.Total(), "entries": tiles.Entries, "averageEntries": tiles.Average(),
		},
	}
}

// maxWinners is how many winners of a giveaway the API lists, including rerolled ones: more than the limits of the form
// allow.
const maxWinners = 250

func giveawayOut(g store.Giveaway, names store.Names) giveawayJSON {
	shown := g.Winners[:min(len(g.Winners), maxWinners)]
	winners := make([]winnerJSON, len(shown))
	for i, w := range shown {
		winners[i] = winnerJSON{
			ID: w.ID, GiveawayID: w.GiveawayID, UserID: w.User.ID, Username: textOrNil(w.User.Username), Place: w.Place, Prize: w.Prize,
			Claimed: w.Claimed, ClaimedAt: momentOrNil(w.ClaimedAt),
			ClaimUntil: momentOrNil(w.ClaimUntil), LapsedAt: momentOrNil(w.LapsedAt), Left: w.Left, Rerolled: w.Rerolled, RerolledAt: momentOrNil(w.RerolledAt),
			DMSent: w.DMSent, DMSentAt: momentOrNil(w.DMSentAt), Feedback: w.Feedback, CreatedAt: moment(w.CreatedAt),
		}
	}
	return giveawayJSON{
		ID: g.ID, GuildID: g.GuildID, ChannelID: g.ChannelID, MessageID: g.MessageID, HostID: g.Host.ID,
		Channel: textOrNil(channelOf(names, g.ChannelID)), Host: textOrNil(g.Host.Username), Roles: rolesNamed(names, g),
		Prize: g.Prize, PrizeSecret: g.PrizeSecret, Description: g.Description, ImageURL: g.ImageURL,
		WinnerCount: g.WinnerCount, PrizeTiers: g.PrizeTiers,
		EmbedColor: g.EmbedColor, ButtonText: g.ButtonText, ButtonStyle: g.ButtonStyle, EntryMethod: g.EntryMethod,
		RequiredRoleIDs: listOf(g.RequiredRoleIDs), BlacklistRoleIDs: listOf(g.BlacklistRoleIDs),
		RequiredInvites: g.RequiredInvites, RequiredLevel: g.RequiredLevel, RequiredReputation: g.RequiredReputation,
		RequiredMessages: g.RequiredMessages, RequiredAccountAge: g.RequiredAccountAge, RequiredServerAge: g.RequiredServerAge,
		BonusEntryRoles: g.BonusEntryRoles, BoosterBonusEntries: g.BoosterBonusEntries, InviteBonusEntries: g.InviteBonusEntries,
		StartsAt: momentOrNil(g.StartsAt), EndsAt: moment(g.EndsAt), EndedAt: momentOrNil(g.EndedAt),
		DMWinners: g.DMWinners, DMWinnerMessage: g.DMWinnerMessage, WinnerClaimTimeout: g.WinnerClaimTimeout,
		AutoReroll: g.AutoReroll, MaxRerolls: g.MaxRerolls, PingRoleID: g.PingRoleID, PingOnEnd: g.PingOnEnd,
		RepeatDays: g.RepeatDays, RepeatAt: momentOrNil(g.RepeatAt), RepeatZone: g.RepeatRule().Location().String(),
		Status: string(g.Status), Entries: g.Entries, RerollCount: g.RerollCount, TemplateID: g.TemplateID, Notes: g.Notes,
		CreatedAt: moment(g.CreatedAt), UpdatedAt: moment(g.UpdatedAt),
		Count: map[string]int{"entryList": g.Entries}, Winners: winners,
	}
}

func ticketAnswer(list store.List[store.Ticket], tiles store.TicketTiles) map[string]any {
	tickets := make([]ticketJSON, len(list.Items))
	for i, t := range list.Items {
		tickets[i] = ticketOut(t)
	}
	return map[string]any{
		"data":  tickets,
		"stats": map[string]int{"OPEN": tiles.Open, "CLAIMED": tiles.Claimed, "CLOSED": tiles.Closed},
	}
}

func ticketOut(t store.Ticket) ticketJSON {
	out := ticketJSON{
		ID: t.ID, GuildID: t.GuildID, ChannelID: t.ChannelID, Number: t.Number, Subject: t.Subject, Status: string(t.Status),
		Priority: string(t.Priority), Labels: labelNames(t), AnswerDue: momentOrNil(t.AnswerDue),
		ClaimedBy: idOrNil(t.ClaimedBy), ClosedBy: idOrNil(t.ClosedBy), ClosedAt: momentOrNil(t.ClosedAt),
		PlatformUsername: t.PlatformUsername, ProductID: t.ProductID, IssueType: t.IssueType, IssueDetails: t.IssueDetails,
		TranscriptURL: t.TranscriptURL, CreatedAt: moment(t.CreatedAt), UpdatedAt: moment(t.UpdatedAt),
		Member: map[string]string{"discordId": t.Opener.ID},
	}
	if t.Category != nil {
		out.CategoryID = &t.Category.ID
	}
	return out
}

// labelNames are what the labels of the ticket are called.
func labelNames(t store.Ticket) []string {
	names := make([]string, len(t.Labels))
	for i, l := range t.Labels {
		names[i] = l.Name
	}
	return names
}

// rolesNamed are the names of the roles that a giveaway has to do with, as far as the bot has said them.
func rolesNamed(names store.Names, g store.Giveaway) map[string]string {
	ids := slices.Concat(g.RequiredRoleIDs, g.BlacklistRoleIDs)
	for _, bonus := range g.BonusEntryRoles {
		ids = append(ids, bonus.RoleID)
	}
	if g.PingRoleID != nil {
		ids = append(ids, *g.PingRoleID)
	}
	named := map[string]string{}
	for _, id := range ids {
		if role, known := names.Role(id); known {
			named[id] = role.Name
		}
	}
	return named
}

func idOrNil(p store.Person) *string { return textOrNil(p.ID) }

func textOrNil(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func listOf(s store.Strings) []string { return append([]string{}, s...) }

// giveawayAPIQuery reads the specification's parameters; what is wrong is named.
func giveawayAPIQuery(q url.Values) (store.GiveawayQuery, error) {
	page, err := number(q, "page", 1, 1, maxPage)
	if err != nil {
		return store.GiveawayQuery{}, err
	}
	limit, err := number(q, "limit", 20, 1, 100)
	if err != nil {
		return store.GiveawayQuery{}, err
	}
	from, err := dateTime(q, "startDate")
	if err != nil {
		return store.GiveawayQuery{}, err
	}
	to, err := dateTime(q, "endDate")
	if err != nil {
		return store.GiveawayQuery{}, err
	}
	if !to.IsZero() {
		to = to.Add(time.Millisecond) // inclusive, and no time is finer
	}
	repeat := q.Get("repeat")
	if repeat != "" && repeat != "yes" {
		return store.GiveawayQuery{}, badInput("repeat must be yes, or left out")
	}
	if text := plain(q.Get("search"), maxText); text != "" && page > maxTextPage {
		return store.GiveawayQuery{}, badInput("page must be at most " + strconv.Itoa(maxTextPage) + " where a text is searched for")
	}
	status, err := statusOf(q, store.GiveawayStatuses)
	return store.GiveawayQuery{
		Status: status, From: from, To: to, Repeats: repeat == "yes", Text: plain(q.Get("search"), maxText), Page: page, PerPage: limit,
	}, err
}

func ticketAPIQuery(q url.Values) (store.TicketQuery, error) {
	late := q.Get("late")
	if late != "" && late != "yes" {
		return store.TicketQuery{}, badInput("late must be yes, or left out")
	}
	status, err := statusOf(q, store.TicketStatuses)
	return store.TicketQuery{Status: status, Late: late == "yes", PerPage: 100}, err
}

func statusOf[S ~string](q url.Values, known []S) (S, error) {
	status := S(q.Get("status"))
	if status == "" {
		return "", nil
	}
	var names []string
	for _, k := range known {
		if k == status {
			return status, nil
		}
		names = append(names, string(k))
	}
	return "", badInput("status must be one of " + strings.Join(names, ", "))
}

func number(q url.Values, key string, missing, low, high int) (int, error) {
	value := q.Get(key)
	if value == "" {
		return missing, nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < low || n > high {
		return 0, badInput(key + " must be a whole number from " + strconv.Itoa(low) + " to " + strconv.Itoa(high))
	}
	return n, nil
}

func dateTime(q url.Values, key string) (time.Time, error) {
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
