package bot

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"guildboard/store"
)

// What managers have set on a dashboard. Where nobody has saved anything the bot goes by its own ways, and says its own
// words.

// mayCreate passes the check when giveaways are not turned off.
func (j *job) mayCreate(ctx context.Context) error {
	set, err := j.store.Settings(ctx, j.GuildID, store.ModuleGiveaways)
	if err == nil && set.Version > 0 && !set.On("enabled") {
		err = refuse(store.CodeSettings, "Giveaways are turned off in the settings.")
	}
	return err
}

// mayOpen passes the check when the member may open a ticket of that kind now.
func (j *job) mayOpen(ctx context.Context, o Opening) error {
	kind, known, err := j.kind(ctx, o.Category)
	if err != nil {
		return err
	}
	if known && !kind.Enabled {
		return refuse(store.CodeSettings, "That kind of ticket is turned off in the settings.")
	}
	set, err := j.store.Settings(ctx, j.GuildID, store.ModuleTickets)
	if err != nil || set.Version == 0 {
		return err
	}
	if !set.On("enabled") {
		return refuse(store.CodeSettings, "Tickets are turned off in the settings.")
	}
	open, newest, err := j.store.OpenTicketsOf(ctx, j.GuildID, o.Opener.ID)
	switch wait := time.Duration(set.Number("cooldownMinutes")) * time.Minute; {
	case err != nil:
		return err
	case open >= set.Number("maxPerUser"):
		return refuse(store.CodeSettings, "They have %d open tickets, which is as many as the settings allow.", open)
	case !newest.IsZero() && time.Since(newest) < wait:
		return refuse(store.CodeSettings, "They opened a ticket a moment ago; the settings want %s between two.", wait)
	}
	return nil
}

func (j *job) mayBeClaimed(ctx context.Context) error {
	if j.t.Category == nil {
		return nil
	}
	kind, known, err := j.kind(ctx, j.t.Category.ID)
	if err == nil && known && !kind.ClaimEnabled {
		err = refuse(store.CodeSettings, "That kind of ticket is not claimed.")
	}
	return err
}

// mayTurn passes the check when the settings allow the ticket to be reopened, or claimed.
func (j *job) mayTurn(ctx context.Context) error {
	switch j.Verb {
	case store.VerbTicketAssign:
		if err := j.mayBeClaimed(ctx); err != nil {
			return err
		}
		return j.mayAssign(ctx)
	case store.VerbTicketClaim:
		return j.mayBeClaimed(ctx)
	case store.VerbTicketReopen:
		set, err := j.store.Settings(ctx, j.GuildID, store.ModuleTickets)
		if err != nil || set.Version == 0 {
			return err
		}
		within := time.Duration(set.Number("reopenTimeout")) * time.Minute
		switch {
		case !set.On("reopenEnabled"):
			return refuse(store.CodeSettings, "The settings do not let closed tickets be reopened.")
		case within > 0 && j.t.ClosedAt != nil && time.Since(*j.t.ClosedAt) > within:
			return refuse(store.CodeSettings, "It was closed more than %s ago, after which the settings do not let it be reopened.", within)
		}
	}
	return nil
}

// kind is the category with that id, if there is one.
func (j *job) kind(ctx context.Context, id string) (kind store.TicketCategory, known bool, err error) {
	if id == "" {
		return kind, false, nil
	}
	setup, err := j.store.TicketSetup(ctx, j.GuildID)
	i := slices.IndexFunc(setup.Categories, func(c store.TicketCategory) bool { return c.ID == id })
	if err != nil || i < 0 {
		return kind, false, err
	}
	return setup.Categories[i], true, nil
}

// channelFor returns the channel for a ticket, without a category and roles that were deleted in Discord.
func (j *job) channelFor(ctx context.Context, o Opening) (Channel, error) {
	c, err := j.configuredChannel(ctx, o)
	if err != nil {
		return c, err
	}
	if c.Roles, err = j.withoutDeleted(ctx, c.Roles); err != nil {
		return c, err
	}
	parents, err := j.withoutDeleted(ctx, []string{c.Parent})
	c.Parent = strings.Join(parents, "")
	return c, err
}

// configuredChannel returns the channel for a ticket as configured: with the name and place that its ticket category
// sets, else with those of the settings.
func (j *job) configuredChannel(ctx context.Context, o Opening) (Channel, error) {
	c := Channel{Nonce: nonce("ticket", j.Target), Name: fmt.Sprintf("ticket-%04d", j.memo.Number), Opener: o.Opener.ID}
	set, err := j.store.Settings(ctx, j.GuildID, store.ModuleTickets)
	if err != nil {
		return c, err
	}
	kind, known, err := j.kind(ctx, o.Category)
	c.Parent = set.Values["categoryChannelId"]
	if !known || err != nil {
		return c, err
	}
	c.Roles = kind.PingRoleIDs
	if kind.CategoryChannelID != nil {
		c.Parent = *kind.CategoryChannelID
	}
	if kind.NamingPattern != nil {
		name := strings.NewReplacer("{number}", fmt.Sprintf("%04d", j.memo.Number), "{user}", o.Opener.Username).Replace(*kind.NamingPattern)
		c.Name = cut(name, maxChannelName)
	}
	return c, nil
}

// said is what managers have the bot say in the ticket, in place of its own words; "" where they have not.
func (j *job) said(ctx context.Context, field string) (string, error) {
	set, err := j.store.Settings(ctx, j.GuildID, store.ModuleTickets)
	if err != nil || set.Values[field] == "" {
		return "", err
	}
	guild, err := j.store.Guild(ctx, j.GuildID)
	if err != nil {
		return "", err
	}
	category := ""
	if j.t.Category != nil {
		category = j.t.Category.Name
	}
	return cut(strings.NewReplacer("{user}", "<@"+j.t.Opener.ID+">", "{staff}", "<@"+j.Actor.ID+">", "{number}", fmt.Sprint(j.t.Number),
		"{category}", category, "{server}", guild.Name, "{reason}", j.reason()).Replace(set.Values[field]), maxContent), nil
}

// worded is the giveaway's message with managers' title in place of the bot's, and their text above what the bot says; other
// ones once it has ended.
func (e *Engine) worded(ctx context.Context, g store.Giveaway) (Message, error) {
	m := giveawayMessage(g)
	set, err := e.store.Settings(ctx, g.GuildID, store.ModuleGiveaways)
	title, text, winners := set.Values["startTitle"], set.Values["startText"], fmt.Sprint(g.WinnerCount)
	if g.Status == store.GiveawayEnded {
		title, text, winners = set.Values["endTitle"], set.Values["endText"], cmp.Or(winnersOf(g), "–")
	}
	if err != nil || title+text == "" || g.Status == store.GiveawayCancelled {
		return m, err
	}
	guild, err := e.store.Guild(ctx, g.GuildID)
	if err != nil {
		return m, err
	}
	if title != "" {
		m.Embed.Title = cut(strings.NewReplacer("{prize}", g.Prize, "{server}", guild.Name).Replace(title), maxTitle)
	}
	if text != "" {
		text = strings.NewReplacer("{prize}", g.Prize, "{winners}", winners, "{host}", "<@"+g.Host.ID+">", "{server}", guild.Name).Replace(text)
		m.Embed.Description = cut(text+"\n\n"+m.Embed.Description, maxDescription)
	}
	return m, nil
}

// announced has managers' words in place of the bot's in the announcement of winners, if they have any.
func (j *job) announced(ctx context.Context, messages []Message) ([]Message, error) {
	set, err := j.store.Settings(ctx, j.GuildID, store.ModuleGiveaways)
	words := set.Values["winMessage"]
	if err != nil || words == "" {
		return messages, err
	}
	guild, err := j.store.Guild(ctx, j.GuildID)
	if err != nil {
		return nil, err
	}
	for i, m := range messages {
		if len(m.Mention) == 0 { // nobody has won
			continue
		}
		winners, text := "<@"+strings.Join(m.Mention, ">, <@")+">", words
		if !strings.Contains(text, "{winners}") {
			text = "{winners} " + text
		}
		messages[i].Content = cut(strings.NewReplacer("{winners}", winners, "{prize}", cut(j.g.Prize, 240), "{server}", guild.Name,
			"{host}", "<@"+j.g.Host.ID+">").Replace(text), maxContent)
	}
	return messages, nil
}
