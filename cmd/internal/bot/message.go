package bot

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"guildboard/store"
	"guildboard/views/text"
)

// deriveNonce returns a nonce of 25 characters that depends only on the parts.
func deriveNonce(parts ...any) string {
	sum := sha256.Sum256([]byte(fmt.Sprintln(parts...)))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:25]
}

// truncate shortens text to at most limit characters, the last of which is then an ellipsis.
func truncate(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return text.FirstRunes(s, limit-1) + "…"
}

// Limits of messages and channel names, in characters. https://docs.discord.com/developers/resources/message
const (
	maxContent     = 2000
	maxTitle       = store.MaxEmbedTitleLength
	maxAuthor      = 256
	maxDescription = 4096
	maxFooter      = 2048
	maxLabel       = 80
	maxChannelName = 100
	maxMentions    = 60 // mentions in one message, at 22 characters each
)

// entryButtonID returns the custom id of a giveaway's button.
func entryButtonID(giveaway string) string { return "giveaway:" + giveaway }

// giveawayMessage returns the giveaway's message for its status.
func giveawayMessage(g store.Giveaway) Message {
	var lines []string
	if g.Description != nil {
		lines = append(lines, *g.Description, "")
	}
	m := Message{
		Embed: &Embed{Title: truncate("🎉 "+g.Prize, maxTitle), Color: g.EmbedColor},
		Button: &Button{
			ID: entryButtonID(g.ID), Label: entryButtonLabel(g), Style: g.ButtonStyle, Disabled: g.Status != store.GiveawayActive,
		},
	}
	if g.ImageURL != nil {
		m.Embed.ImageURL = *g.ImageURL
	}
	switch g.Status {
	case store.GiveawayCancelled:
		lines = append(lines, "**Cancelled**")
	case store.GiveawayEnded:
		endedAt := g.EndsAt
		if g.EndedAt != nil { // possibly ended early
			endedAt = *g.EndedAt
		}
		lines = append(lines, fmt.Sprintf("**Ended** <t:%d:R>", endedAt.Unix()), winnersLine(g))
	default:
		if g.Status == store.GiveawayPaused {
			lines = append(lines, "**Paused**")
		}
		lines = append(lines, fmt.Sprintf("Ends <t:%d:R> (<t:%d:f>)", g.EndsAt.Unix(), g.EndsAt.Unix()),
			fmt.Sprintf("Winners: **%d**", g.WinnerCount))
		lines = append(lines, tierLines(g)...)
		lines = append(lines, requirementLines(g)...)
	}
	lines = append(lines, "Hosted by <@"+g.Host.ID+">")
	m.Embed.Description = truncate(strings.Join(lines, "\n"), maxDescription)
	m.Embed.Footer = truncate(drawProofLine(g), maxFooter)
	if g.PingRoleID != nil && g.Status == store.GiveawayActive {
		m.Content, m.MentionRoleIDs = "<@&"+*g.PingRoleID+">", []string{*g.PingRoleID}
	}
	return m
}

func entryButtonLabel(g store.Giveaway) string {
	count := fmt.Sprintf(" (%d)", g.Entries)
	return truncate(g.ButtonText, maxLabel-len(count)) + count
}

// drawProofLine returns the line that makes the draw verifiable: the commitment before the draw, the seed after it.
func drawProofLine(g store.Giveaway) string {
	line := ""
	for _, r := range g.Draws {
		switch {
		case r.DrawnAt != nil:
			line = "Seed of the draw: " + r.Seed
		case r.Round == 0:
			line = "SHA-256 of the draw's seed: " + r.Commitment
		}
	}
	return line
}

func winnersLine(g store.Giveaway) string {
	if names := winnerMentions(g); names != "" {
		return "Winners: " + names
	}
	return "No one entered."
}

// winnerMentions returns mentions of the current winners.
func winnerMentions(g store.Giveaway) string {
	var names []string
	for _, w := range g.Winners {
		if !w.Rerolled {
			name := "<@" + w.User.ID + ">"
			if w.ClaimExpiredAt != nil {
				name += " (not claimed in time)"
			}
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

func tierLines(g store.Giveaway) []string {
	var lines []string
	for _, tier := range g.PrizeTiers {
		lines = append(lines, fmt.Sprintf("%d. %s × %d", tier.Place, tier.Prize, tier.Count))
	}
	return lines
}

func requirementLines(g store.Giveaway) []string {
	var lines []string
	if len(g.RequiredRoleIDs) > 0 {
		lines = append(lines, "Required: "+roleMentions(g.RequiredRoleIDs))
	}
	if len(g.BlacklistRoleIDs) > 0 {
		lines = append(lines, "Excluded: "+roleMentions(g.BlacklistRoleIDs))
	}
	for _, r := range []struct {
		minimum int
		unit    string
	}{
		{g.RequiredLevel, "level"}, {g.RequiredMessages, "messages"}, {g.RequiredInvites, "invites"},
		{g.RequiredReputation, "reputation"}, {g.RequiredAccountAge, "days since the account was created"},
		{g.RequiredServerAge, "days on this server"},
	} {
		if r.minimum > 0 {
			lines = append(lines, "At least "+strconv.Itoa(r.minimum)+" "+r.unit)
		}
	}
	for _, b := range g.BonusEntryRoles {
		lines = append(lines, fmt.Sprintf("<@&%s>: +%d entries", b.RoleID, b.Entries))
	}
	if g.BoosterBonusEntries > 0 {
		lines = append(lines, fmt.Sprintf("Boosters: +%d entries", g.BoosterBonusEntries))
	}
	return lines
}

func roleMentions(ids []string) string { return "<@&" + strings.Join(ids, ">, <@&") + ">" }

// winnerAnnouncements announces the winners in as many messages as their mentions need.
func winnerAnnouncements(g store.Giveaway, winners []store.Winner, note string) []Message {
	prize := "**" + truncate(g.Prize, 500) + "**"
	if len(winners) == 0 {
		return []Message{{Content: "No one entered, so there are no winners of " + prize + "."}}
	}
	var messages []Message
	for len(winners) > 0 {
		batch := winners[:min(maxMentions, len(winners))]
		winners = winners[len(batch):]
		var m Message
		for _, w := range batch {
			m.MentionUserIDs = append(m.MentionUserIDs, w.User.ID)
		}
		m.Content = truncate("🎉 <@"+strings.Join(m.MentionUserIDs, ">, <@")+"> won "+prize+note, maxContent)
		messages = append(messages, m)
	}
	return messages
}

// winnerMessage returns the direct message to a winner.
func winnerMessage(g store.Giveaway, guild store.Guild, w store.Winner) Message {
	prize := g.Prize
	if w.Prize != nil {
		prize = *w.Prize
	}
	content := "🎉 You won **{prize}** in {server}."
	if g.DMWinnerMessage != nil {
		content = *g.DMWinnerMessage
	}
	content = strings.NewReplacer("{prize}", prize, "{server}", guild.Name, "{host}", "<@"+g.Host.ID+">").Replace(content)
	if g.PrizeSecret != nil {
		content += "\n" + *g.PrizeSecret
	}
	return withClaimButton(Message{Content: truncate(content, maxContent)}, g, w.ClaimDeadline)
}

// refreshMessage reloads the giveaway and edits its message to match.
func (j *job) refreshMessage(ctx context.Context) error {
	if err := j.loadGiveaway(ctx); err != nil {
		return err
	}
	return j.editGiveawayMessage(ctx, j.giveaway)
}

// editGiveawayMessage edits the giveaway's message to match g.
func (e *Engine) editGiveawayMessage(ctx context.Context, g store.Giveaway) error {
	if g.MessageID == nil {
		return nil
	}
	m, err := e.customizedMessage(ctx, g)
	if err != nil {
		return err
	}
	return e.discordIn(g.GuildID).EditMessage(ctx, g.ChannelID, *g.MessageID, m)
}
