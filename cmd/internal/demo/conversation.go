package demo

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"guildboard/cmd/internal/bot"
	"guildboard/store"
	"guildboard/store/contract"
)

// chatLine is a message in a ticket, by its opener or by a staff member.
type chatLine struct {
	fromStaff bool
	text      string
}

// conversations are complete conversations in tickets.
var conversations = [][]chatLine{
	{
		{false, "Hi! I did what the pinned message says, but **the channel is still not there** for me."},
		{true, "Hello <@{opener}>, which one do you mean? <#{giveaways}>?"},
		{false, "Yes, that one. Here is what I see:"},
		{true, "Thanks. You miss the role <@&{boosters}>; take it in `/roles` and it should appear.\n" +
			"> did what the pinned message says\nThat message is *old*, sorry."},
		{false, "Works now, thank you <:heart:700000000000000001>"},
	},
	{
		{false, "Payment went through twice 😕"},
		{true, "Can you send me the two numbers? Please do ||not|| post the whole receipt."},
		{false, "```\n2026-03-01 10:12  ORDER 5512  4.99 EUR\n2026-03-01 10:12  ORDER 5513  4.99 EUR\n```"},
		{true, "Found it. __5513__ is refunded, it takes until <t:1795500000:D>. See https://example.com/refunds?order=5513&lang=en"},
		{false, "~~Still nothing~~ ah, there it is. Merci !"},
	},
	{
		{false, "Chào bạn, mình muốn đổi tên hiển thị nhưng bot báo lỗi."},
		{true, "# Đổi tên\n- vào **Cài đặt**\n- chọn *Hồ sơ máy chủ*\n- nhấn `Lưu`"},
		{false, "Được rồi, cảm ơn nhiều!"},
	},
	{
		{false, "@everyone who can help me?"},
		{true, "Somebody is here already. (`@everyone` does nothing in tickets, luckily.)"},
		{false, "<script>alert('hello')</script> <img src=x onerror=alert(1)> [click me](javascript:alert(1)) \u202egnp.exe"},
		{true, "Nice try. [The rules](https://example.com/rules) say what comes next."},
	},
}

// seedConversation adds a conversation of the opener and a staff member, from the opening of the ticket on. Some
// messages are edited or deleted.
func (w *World) seedConversation(ctx context.Context, t store.Ticket, opener, staff contract.User) error {
	conversation := conversations[t.Number%len(conversations)]
	at, first := t.CreatedAt, ""
	for i, l := range conversation {
		at = at.Add(20*time.Second + w.randomDuration(4*time.Minute))
		m := w.newMessage(t, l, opener, staff, at)
		switch {
		case i == 0:
			first = m.ID
		case i == 2 && t.Number%len(conversations) == 0:
			m.Attachments = []store.MessageAttachment{
				{Name: "what I see.png",
					URL:  "https://cdn.discordapp.com/attachments/4/7/what_I_see.png?ex=6930f100&is=692f9f80&hm=00",
					Size: 184_320},
				{Name: "log.txt", URL: "https://cdn.discordapp.com/attachments/4/7/log.txt?ex=6930f100&is=692f9f80&hm=00", Size: 912},
			}
		case i == 3:
			m.ReplyTo = first
		}
		if err := w.store.SaveMessage(ctx, m); err != nil {
			return err
		}
		if i == 1 && t.Number%3 == 0 {
			if _, err := w.store.EditMessage(ctx, t.GuildID, m.ID, m.Content+" (I am here until 18:00 UTC.)",
				at.Add(time.Minute)); err != nil {
				return err
			}
		}
		if i == len(conversation)-1 && t.Number%5 == 0 {
			if _, err := w.store.DeleteMessage(ctx, t.GuildID, m.ID, at.Add(2*time.Minute)); err != nil {
				return err
			}
		}
	}
	return w.store.SaveMessage(ctx, store.TicketMessage{
		ID: *w.newSnowflake(), GuildID: t.GuildID, TicketID: t.ID, IsBot: true, CreatedAt: at.Add(time.Second),
		Author: contract.User{ID: "600000000000000001", Username: "Support bot"},
		Embeds: []store.MessageEmbed{{
			Title: "How was it?", Description: "You can rate the help you got from **1** to **5** stars.", Color: "#5865f2",
			Footer: "Lantern Hollow",
			Fields: []store.MessageEmbedField{
				{Name: "Ticket", Value: fmt.Sprintf("`#%d`", t.Number)}, {Name: "Staff member", Value: "<@" + staff.ID + ">"},
			},
		}},
		MentionNames: map[string]string{staff.ID: staff.Username},
	})
}

func (w *World) newMessage(t store.Ticket, l chatLine, opener, staff contract.User, at time.Time) store.TicketMessage {
	channel, role := guildScopedID(t.GuildID, giveawayChannel), guildScopedID(t.GuildID, boosterRole)
	text := strings.NewReplacer("{opener}", opener.ID, "{giveaways}", channel, "{boosters}", role).Replace(l.text)
	m := store.TicketMessage{
		ID: *w.newSnowflake(), GuildID: t.GuildID, TicketID: t.ID, Author: opener, Content: text, CreatedAt: at,
		MentionNames: map[string]string{
			opener.ID: opener.Username, channel: cmp.Or(channelNameOverrides[t.GuildID]["giveaways"], "giveaways"), role: "Boosters",
		},
	}
	if l.fromStaff {
		m.Author = staff
	}
	return m
}

// seedLongConversation adds more messages than a page of a transcript shows.
func (w *World) seedLongConversation(ctx context.Context, t store.Ticket, opener, staff contract.User) error {
	for i := range 140 {
		l := chatLine{fromStaff: i%3 == 1, text: fmt.Sprintf("Line %d of a long story.", i+1)}
		at := t.CreatedAt.Add(time.Duration(i) * 20 * time.Second)
		if err := w.store.SaveMessage(ctx, w.newMessage(t, l, opener, staff, at)); err != nil {
			return err
		}
	}
	return nil
}

// simulateMessage posts a message in a claimed ticket, or edits or deletes its last one.
func (w *World) simulateMessage(ctx context.Context, guild string) error {
	t, err := w.oldestTicket(ctx, guild, store.TicketClaimed)
	if err != nil || t == nil {
		return err
	}
	timeline, err := w.store.TicketTimeline(ctx, guild, t.ID, store.MessageCursor{})
	if err != nil {
		return err
	}
	now := time.Now()
	if n := len(timeline.Messages); n > 0 && !timeline.Messages[n-1].IsBot {
		switch last := timeline.Messages[n-1]; w.rng.IntN(8) {
		case 0:
			return w.bot.RecordMessageEdit(ctx, guild, last.ID, last.Content+" …", now)
		case 1:
			return w.bot.RecordMessageDeletion(ctx, guild, last.ID, now)
		}
	}
	conversation := conversations[t.Number%len(conversations)]
	l := conversation[len(timeline.Messages)%len(conversation)]
	m := w.newMessage(*t, l, t.Opener, t.ClaimedBy, now)
	return w.bot.RecordMessage(ctx, bot.IncomingMessage{
		ID: m.ID, GuildID: guild, ChannelID: t.ChannelID, Author: m.Author, Content: m.Content, Names: m.MentionNames, At: now,
	})
}
