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
)

// nonce names a message: the same parts, the same message.
func nonce(parts ...any) string {
	sum := sha256.Sum256([]byte(fmt.Sprintln(parts...)))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:25]
}

// cut shortens text to so many characters.
func cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}

// Limits of a message. https://docs.discord.com/developers/resources/message
const (
	maxContent     = 2000
	maxTitle       = store.MaxEmbedTitle
	maxAuthor      = 256
	maxDescription = 4096
	maxFooter      = 2048
	maxLabel       = 80
	maxChannelName = 100
	maxMentions    = 60 // of 22 characters each, in one message
)

// enterID is what a giveaway's button sends.
func enterID(giveaway string) string { return "giveaway:" + giveaway }

// giveawayMessage is what a giveaway's message says in its state.
func giveawayMessage(g store.Giveaway) Message {
	var lines []string
	if g.Description != nil {
		lines = append(lines, *g.Description, "")
	}
	m := Message{
		Embed:  &Embed{Title: cut("🎉 "+g.Prize, maxTitle), Color: g.EmbedColor},
		Button: &Button{ID: enterID(g.ID), Label: label(g), Style: g.ButtonStyle, Disabled: g.Status != store.GiveawayActive},
	}
	if g.ImageURL != nil {
		m.Embed.ImageURL = *g.ImageURL
	}
	switch g.Status {
	case store.GiveawayCancelled:
		lines = append(lines, "**Cancelled**")
	case store.GiveawayEnded:
		lines = append(lines, fmt.Sprintf("**Ended** <t:%d:R>", g.EndsAt.Unix()), winnersLine(g))
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
	m.Embed.Description = cut(strings.Join(lines, "\n"), maxDescription)
	m.Embed.Footer = cut(drawLine(g), maxFooter)
	if g.PingRoleID != nil && g.Status == store.GiveawayActive {
		m.Content, m.Pings = "<@&"+*g.PingRoleID+">", []string{*g.PingRoleID}
	}
	return m
}

func label(g store.Giveaway) string {
	count := fmt.Sprintf(" (%d)", g.Entries)
	return cut(g.ButtonText, maxLabel-len(count)) + count
}

// drawLine is what shows that the draw is fair: before it the commitment to its seed, after it the seed.
func drawLine(g store.Giveaway) string {
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
	if names := winnersOf(g); names != "" {
		return "Winners: " + names
	}
	return "Nobody entered."
}

// winnersOf are who has won, and was not drawn again for.
func winnersOf(g store.Giveaway) string {
	var names []string
	for _, w := range g.Winners {
		if !w.Rerolled {
			name := "<@" + w.User.ID + ">"
			if w.LapsedAt != nil {
				name += " (did not claim in time)"
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
		lines = append(lines, "Needed: "+roles(g.RequiredRoleIDs))
	}
	if len(g.BlacklistRoleIDs) > 0 {
		lines = append(lines, "Not for: "+roles(g.BlacklistRoleIDs))
	}
	for _, r := range []struct {
		least int
		what  string
	}{
		{g.RequiredLevel, "level"}, {g.RequiredMessages, "messages"}, {g.RequiredInvites, "invites"},
		{g.RequiredReputation, "reputation"}, {g.RequiredAccountAge, "days since the account was made"},
		{g.RequiredServerAge, "days on this server"},
	} {
		if r.least > 0 {
			lines = append(lines, "At least "+strconv.Itoa(r.least)+" "+r.what)
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

func roles(ids []string) string { return "<@&" + strings.Join(ids, ">, <@&") + ">" }

// announcement says who has won, in as many messages as it takes.
func announcement(g store.Giveaway, winners []store.Winner, again string) []Message {
	prize := "**" + cut(g.Prize, 500) + "**"
	if len(winners) == 0 {
		return []Message{{Content: "Nobody entered, so nobody wins " + prize + "."}}
	}
	var messages []Message
	for len(winners) > 0 {
		some := winners[:min(maxMentions, len(winners))]
		winners = winners[len(some):]
		var m Message
		for _, w := range some {
			m.Mention = append(m.Mention, w.User.ID)
		}
		m.Content = cut("🎉 <@"+strings.Join(m.Mention, ">, <@")+"> won "+prize+again, maxContent)
		messages = append(messages, m)
	}
	return messages
}

// winnerMessage is what a winner is told in private.
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
	return claimable(Message{Content: cut(content, maxContent)}, g, w.ClaimUntil)
}

// show has the giveaway's message say what the row says.
func (j *job) show(ctx context.Context) error {
	if err := j.load(ctx); err != nil {
		return err
	}
	return j.showAs(ctx, j.g)
}

// showAs has the giveaway's message say what g says.
func (e *Engine) showAs(ctx context.Context, g store.Giveaway) error {
	if g.MessageID == nil {
		return nil
	}
	m, err := e.worded(ctx, g)
	if err != nil {
		return err
	}
	return e.in(g.GuildID).Edit(ctx, g.ChannelID, *g.MessageID, m)
}
