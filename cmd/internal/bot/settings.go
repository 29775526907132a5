package bot

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
)

// This file applies the settings that managers save on the dashboard. Without saved settings the bot uses its defaults.

// checkGiveawaysEnabled refuses if giveaways are turned off.
func (j *job) checkGiveawaysEnabled(ctx context.Context) error {
	settings, err := j.store.Settings(ctx, j.GuildID, access.ModuleGiveaways)
	if err == nil && settings.Version > 0 && !settings.Bool("enabled") {
		err = refusalf(contract.RefusalSettings, "Giveaways are turned off in the settings.")
	}
	return err
}

// checkMayOpenTicket refuses if the settings do not let the member open a ticket of that category now.
func (j *job) checkMayOpenTicket(ctx context.Context, o TicketRequest) error {
	category, found, err := j.ticketCategory(ctx, o.Category)
	if err != nil {
		return err
	}
	if found && !category.Enabled {
		return refusalf(contract.RefusalSettings, "That ticket category is turned off in the settings.")
	}
	settings, err := j.store.Settings(ctx, j.GuildID, access.ModuleTickets)
	if err != nil || settings.Version == 0 {
		return err
	}
	if !settings.Bool("enabled") {
		return refusalf(contract.RefusalSettings, "Tickets are turned off in the settings.")
	}
	open, newest, err := j.store.MemberTicketActivity(ctx, j.GuildID, o.Opener.ID)
	switch wait := time.Duration(settings.Number("cooldownMinutes")) * time.Minute; {
	case err != nil:
		return err
	case open >= settings.Number("maxPerUser"):
		return refusalf(contract.RefusalSettings, "They have %d open tickets, the most the settings allow.", open)
	case !newest.IsZero() && time.Since(newest) < wait:
		return refusalf(contract.RefusalSettings, "They opened a ticket a moment ago. The settings require %s between tickets.", wait)
	}
	return nil
}

func (j *job) checkMayBeClaimed(ctx context.Context) error {
	if j.ticket.Category == nil {
		return nil
	}
	category, found, err := j.ticketCategory(ctx, j.ticket.Category.ID)
	if err == nil && found && !category.ClaimEnabled {
		err = refusalf(contract.RefusalSettings, "Tickets in this category can’t be claimed.")
	}
	return err
}

// checkMayChangeStatus refuses if the settings do not let the ticket be reopened, claimed or assigned.
func (j *job) checkMayChangeStatus(ctx context.Context) error {
	switch j.Verb {
	case contract.VerbTicketAssign:
		if err := j.checkMayBeClaimed(ctx); err != nil {
			return err
		}
		return j.checkAssignment(ctx)
	case contract.VerbTicketClaim:
		return j.checkMayBeClaimed(ctx)
	case contract.VerbTicketReopen:
		settings, err := j.store.Settings(ctx, j.GuildID, access.ModuleTickets)
		if err != nil || settings.Version == 0 {
			return err
		}
		within := time.Duration(settings.Number("reopenTimeout")) * time.Minute
		switch {
		case !settings.Bool("reopenEnabled"):
			return refusalf(contract.RefusalSettings, "The settings don’t allow closed tickets to be reopened.")
		case within > 0 && j.ticket.ClosedAt != nil && time.Since(*j.ticket.ClosedAt) > within:
			return refusalf(contract.RefusalSettings,
				"It was closed more than %s ago. The settings don’t allow it to be reopened after that.", within)
		}
	}
	return nil
}

// ticketCategory returns the ticket category with the id, if there is one.
func (j *job) ticketCategory(ctx context.Context, id string) (category store.TicketCategory, found bool, err error) {
	if id == "" {
		return category, false, nil
	}
	setup, err := j.store.TicketSetup(ctx, j.GuildID)
	i := slices.IndexFunc(setup.Categories, func(c store.TicketCategory) bool { return c.ID == id })
	if err != nil || i < 0 {
		return category, false, err
	}
	return setup.Categories[i], true, nil
}

// ticketChannel returns the channel for a ticket, without the channel category and roles that were deleted in Discord.
func (j *job) ticketChannel(ctx context.Context, o TicketRequest) (Channel, error) {
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

// configuredChannel returns the channel for a ticket as configured: name and channel category come from its ticket
// category, or else from the settings.
func (j *job) configuredChannel(ctx context.Context, o TicketRequest) (Channel, error) {
	c := Channel{
		Nonce: deriveNonce("ticket", j.Target), Name: fmt.Sprintf("ticket-%04d", j.checkpoint.TicketNumber), Opener: o.Opener.ID,
	}
	settings, err := j.store.Settings(ctx, j.GuildID, access.ModuleTickets)
	if err != nil {
		return c, err
	}
	category, found, err := j.ticketCategory(ctx, o.Category)
	c.Parent = settings.Values["categoryChannelId"]
	if !found || err != nil {
		return c, err
	}
	c.Roles = category.PingRoleIDs
	if category.CategoryChannelID != nil {
		c.Parent = *category.CategoryChannelID
	}
	if category.NamingPattern != nil {
		number := fmt.Sprintf("%04d", j.checkpoint.TicketNumber)
		name := strings.NewReplacer("{number}", number, "{user}", o.Opener.Username).Replace(*category.NamingPattern)
		c.Name = truncate(name, maxChannelName)
	}
	return c, nil
}

// customText returns the text that managers have set for a message in the ticket; "" if the default applies.
func (j *job) customText(ctx context.Context, field string) (string, error) {
	settings, err := j.store.Settings(ctx, j.GuildID, access.ModuleTickets)
	if err != nil || settings.Values[field] == "" {
		return "", err
	}
	guild, err := j.store.Guild(ctx, j.GuildID)
	if err != nil {
		return "", err
	}
	category := ""
	if j.ticket.Category != nil {
		category = j.ticket.Category.Name
	}
	placeholders := strings.NewReplacer("{user}", "<@"+j.ticket.Opener.ID+">", "{staff}", "<@"+j.Actor.ID+">",
		"{number}", fmt.Sprint(j.ticket.Number), "{category}", category, "{server}", guild.Name, "{reason}", j.reason())
	return truncate(placeholders.Replace(settings.Values[field]), maxContent), nil
}

// customizedMessage returns the giveaway's message with the title that managers have set, and their text above the
// default one. An ended giveaway has a different title and text.
func (e *Engine) customizedMessage(ctx context.Context, g store.Giveaway) (Message, error) {
	m := giveawayMessage(g)
	settings, err := e.store.Settings(ctx, g.GuildID, access.ModuleGiveaways)
	title, text, winners := settings.Values["startTitle"], settings.Values["startText"], fmt.Sprint(g.WinnerCount)
	if g.Status == store.GiveawayEnded {
		title, text, winners = settings.Values["endTitle"], settings.Values["endText"], cmp.Or(winnerMentions(g), "–")
	}
	if err != nil || title+text == "" || g.Status == store.GiveawayCancelled {
		return m, err
	}
	guild, err := e.store.Guild(ctx, g.GuildID)
	if err != nil {
		return m, err
	}
	if title != "" {
		m.Embed.Title = truncate(strings.NewReplacer("{prize}", g.Prize, "{server}", guild.Name).Replace(title), maxTitle)
	}
	if text != "" {
		text = strings.NewReplacer("{prize}", g.Prize, "{winners}", winners, "{host}", "<@"+g.Host.ID+">",
			"{server}", guild.Name).Replace(text)
		m.Embed.Description = truncate(text+"\n\n"+m.Embed.Description, maxDescription)
	}
	return m, nil
}

// customizedAnnouncements replaces the text of winner announcements by the one that managers have set, if any.
func (j *job) customizedAnnouncements(ctx context.Context, messages []Message) ([]Message, error) {
	settings, err := j.store.Settings(ctx, j.GuildID, access.ModuleGiveaways)
	template := settings.Values["winMessage"]
	if err != nil || template == "" {
		return messages, err
	}
	guild, err := j.store.Guild(ctx, j.GuildID)
	if err != nil {
		return nil, err
	}
	for i, m := range messages {
		if len(m.MentionUserIDs) == 0 { // there are no winners
			continue
		}
		winners, text := "<@"+strings.Join(m.MentionUserIDs, ">, <@")+">", template
		if !strings.Contains(text, "{winners}") {
			text = "{winners} " + text
		}
		placeholders := strings.NewReplacer("{winners}", winners, "{prize}", truncate(j.giveaway.Prize, 240),
			"{server}", guild.Name, "{host}", "<@"+j.giveaway.Host.ID+">")
		messages[i].Content = truncate(placeholders.Replace(text), maxContent)
	}
	return messages, nil
}
