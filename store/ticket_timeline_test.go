package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

func TestTimelineEventsAreInOrder(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		ctx := t.Context()
		ticket := storetest.Ticket(t, s, storetest.Member(t, s, "1", "10", "Ada"), store.Ticket{CreatedAt: noon})
		storetest.Member(t, s, "1", "20", "Bea")
		for i, change := range []func() error{
			func() error { return s.ClaimTicket(ctx, "1", ticket.ID, "20", noon.Add(time.Minute)) },
			func() error { return s.UnclaimTicket(ctx, "1", ticket.ID, "20", noon.Add(2*time.Minute)) },
			func() error {
				return s.CloseTicketWithReason(ctx, "1", ticket.ID, "30", "Solved.", noon.Add(3*time.Minute))
			},
			func() error { return s.ReopenTicket(ctx, "1", ticket.ID, "10", noon.Add(4*time.Minute)) },
		} {
			if err := change(); err != nil {
				t.Fatal(i, err)
			}
		}
		wantErrorIs(t, "ticket of another guild", s.ClaimTicket(ctx, "2", ticket.ID, "20", noon), store.ErrNotFound)
		// another bot
		execSQL(t, s, "UPDATE tickets SET status = 'CLAIMED', claimed_by = '30', updated_at = created_at WHERE id = $1", ticket.ID)

		var events []string
		for _, e := range must(s.TicketTimeline(ctx, "1", ticket.ID, store.MessageCursor{}))(t).Events {
			events = append(events, fmt.Sprintf("%s %s%s %s %d", e.Change, e.Actor.ID, e.Actor.Username, e.Reason,
				int(e.At.Sub(noon).Minutes())))
		}
		wantEqual(t, "timeline", strings.Join(events, "; "),
			"claimed 30  0; claimed 20Bea  1; unclaimed 20Bea  2; closed 30 Solved. 3; reopened 10Ada  4")
		_, err := s.TicketTimeline(ctx, "2", ticket.ID, store.MessageCursor{})
		wantErrorIs(t, "timeline in another guild", err, store.ErrNotFound)
	})
	_, err := storetest.OpenBroken(t).TicketTimeline(t.Context(), "1", "c1", store.MessageCursor{})
	wantErrorIs(t, "TicketTimeline", err, store.ErrUnavailable)
}

func TestMessagesAreSavedEditedAndDeleted(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		ctx := t.Context()
		ada := storetest.Member(t, s, "1", "10", "Ada")
		ticket := storetest.Ticket(t, s, ada, store.Ticket{ChannelID: "77", CreatedAt: noon})
		wantEqual(t, "ticket of the channel", must(s.TicketIDByChannel(ctx, "1", "77"))(t), ticket.ID)
		wantEqual(t, "ticket of the channel in another guild", must(s.TicketIDByChannel(ctx, "2", "77"))(t), "")

		m := store.TicketMessage{
			ID: "900", GuildID: "1", TicketID: ticket.ID, Author: contract.User{ID: "10", Username: "Ada", Avatar: "a1"},
			Content: "Hello\x00 <@20>", MentionNames: map[string]string{"20": "Bea"}, ReplyTo: "899", CreatedAt: noon.Add(time.Minute),
			Embeds:      []store.MessageEmbed{{Title: "T", Fields: []store.MessageEmbedField{{Name: "a", Value: "b"}}}},
			Attachments: []store.MessageAttachment{{Name: "log.txt", URL: "https://cdn.discordapp.com/x", Size: 5}},
		}
		noError(t, s.SaveMessage(ctx, m))
		again := m
		again.Content = "Another"
		noError(t, s.SaveMessage(ctx, again))
		m.GuildID = "2"
		wantErrorIs(t, "SaveMessage in another guild", s.SaveMessage(ctx, m), store.ErrNotFound)

		wantEqual(t, "ticket of the edited message",
			must(s.EditMessage(ctx, "1", "900", "Hello there", noon.Add(2*time.Minute)))(t), ticket.ID)
		noError(t, errorOf(s.EditMessage(ctx, "1", "900", "Hello there", noon.Add(3*time.Minute)))) // no change
		_, err := s.EditMessage(ctx, "2", "900", "Mine", noon)
		wantErrorIs(t, "EditMessage in another guild", err, store.ErrNotFound)
		wantEqual(t, "ticket of the deleted message",
			must(s.DeleteMessage(ctx, "1", "900", noon.Add(4*time.Minute)))(t), ticket.ID)
		noError(t, errorOf(s.DeleteMessage(ctx, "1", "900", noon.Add(9*time.Minute))))
		_, err = s.DeleteMessage(ctx, "2", "900", noon)
		wantErrorIs(t, "DeleteMessage in another guild", err, store.ErrNotFound)

		timeline := must(s.TicketTimeline(ctx, "1", ticket.ID, store.MessageCursor{}))(t)
		wantEqual(t, "messages", len(timeline.Messages), 1)
		got := timeline.Messages[0]
		wantEqual(t, "content", got.Content, "Hello there")
		wantEqual(t, "edits", got.EditCount, 1)
		wantEqual(t, "revisions in the timeline", len(got.Revisions), 0)
		edited := must(s.MessageRevisions(ctx, "1", ticket.ID, "900"))(t)
		wantEqual(t, "revisions", len(edited.Revisions), 1)
		wantEqual(t, "content of the revision", edited.Revisions[0].Content, "Hello <@20>")
		_, err = s.MessageRevisions(ctx, "2", ticket.ID, "900")
		wantErrorIs(t, "revisions in another guild", err, store.ErrNotFound)
		_, err = s.MessageRevisions(ctx, "1", "other", "900")
		wantErrorIs(t, "revisions of another ticket", err, store.ErrNotFound)
		wantEqual(t, "edited at", got.EditedAt.Equal(noon.Add(2*time.Minute)), true)
		wantEqual(t, "deleted at", got.DeletedAt.Equal(noon.Add(4*time.Minute)), true)
		wantEqual(t, "author", got.Author, contract.User{ID: "10", Username: "Ada", Avatar: "a1"})
		wantEqual(t, "mentioned name", got.MentionNames["20"], "Bea")
		wantEqual(t, "embed", got.Embeds[0].Fields[0].Value, "b")
		wantEqual(t, "size of the file", got.Attachments[0].Size, 5)
		wantEqual(t, "reply", got.ReplyTo, "899")
	})
}

func TestTranscriptIsPaged(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		ticket := storetest.Ticket(t, s, storetest.Member(t, s, "1", "10", "Ada"), store.Ticket{CreatedAt: noon})
		for i := range 150 { // pairs have equal times
			noError(t, s.SaveMessage(t.Context(), store.TicketMessage{
				ID: fmt.Sprint(1000 + i), GuildID: "1", TicketID: ticket.ID, Author: contract.User{ID: "10"},
				CreatedAt: noon.Add(time.Duration(i/2) * time.Second),
			}))
		}
		newest := must(s.TicketTimeline(t.Context(), "1", ticket.ID, store.MessageCursor{}))(t)
		wantEqual(t, "newest messages", len(newest.Messages), 100)
		wantEqual(t, "first of the newest", newest.Messages[0].ID, "1050")
		wantEqual(t, "has earlier messages", newest.HasEarlier, true)
		earlier := must(s.TicketTimeline(t.Context(), "1", ticket.ID, store.MessageCursor{Before: newest.Messages[0].ID}))(t)
		wantEqual(t, "earlier messages", len(earlier.Messages), 50)
		wantEqual(t, "last of the earlier", earlier.Messages[49].ID, "1049")
		wantEqual(t, "has even earlier messages", earlier.HasEarlier, false)
		for at, first := range map[string]string{"1075": "1070", "1002": "1000", "1149": "1144"} {
			around := must(s.TicketTimeline(t.Context(), "1", ticket.ID, store.MessageCursor{At: at}))(t)
			wantEqual(t, "first message around "+at, around.Messages[0].ID, first)
		}
		wantEqual(t, "messages around an unknown one",
			len(must(s.TicketTimeline(t.Context(), "1", ticket.ID, store.MessageCursor{At: "5"}))(t).Messages), 0)
		wantEqual(t, "messages before an unknown one",
			len(must(s.TicketTimeline(t.Context(), "1", ticket.ID, store.MessageCursor{Before: "5"}))(t).Messages), 0)
	})
}

func TestTranscriptPagesAreBoundedInBothDirections(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		ctx := t.Context()
		ticket := storetest.Ticket(t, s, storetest.Member(t, s, "1", "10", "Ada"), store.Ticket{CreatedAt: noon})
		for i := range 120 {
			noError(t, s.SaveMessage(ctx, store.TicketMessage{
				ID: fmt.Sprint(1000 + i), GuildID: "1", TicketID: ticket.ID, Author: contract.User{ID: "10"},
				Content: strings.Repeat("🎁", 4000), CreatedAt: noon.Add(time.Duration(i) * time.Second),
			}))
		}
		for range 25 { // two edits each, more than the 20 revisions that are kept
			must(s.EditMessage(ctx, "1", "1119", "once", noon))(t)
			must(s.EditMessage(ctx, "1", "1119", strings.Repeat("<", 4000), noon))(t)
		}
		newest := must(s.TicketTimeline(ctx, "1", ticket.ID, store.MessageCursor{}))(t)
		read := 0
		for _, m := range newest.Messages {
			read += len(m.Content)
		}
		if n := len(newest.Messages); n < 20 || n > 40 || read > 600_000 {
			t.Errorf("newest part = %d messages, %d bytes, want 20 to 40 messages and at most 600000 bytes", n, read)
		}
		wantEqual(t, "has earlier messages", newest.HasEarlier, true)
		wantEqual(t, "has later messages", newest.HasLater, false)
		last := newest.Messages[len(newest.Messages)-1]
		wantEqual(t, "last message", last.ID, "1119")
		wantEqual(t, "edits of the last message", last.EditCount, 20)
		wantEqual(t, "revisions of the last message",
			len(must(s.MessageRevisions(ctx, "1", ticket.ID, "1119"))(t).Revisions), 20)

		seen := len(newest.Messages)
		for part := newest; part.HasEarlier; seen += len(part.Messages) {
			part = must(s.TicketTimeline(ctx, "1", ticket.ID, store.MessageCursor{Before: part.Messages[0].ID}))(t)
			wantEqual(t, "has later messages", part.HasLater, true)
		}
		wantEqual(t, "messages going back", seen, 120)
		part := must(s.TicketTimeline(ctx, "1", ticket.ID, store.MessageCursor{After: "1000"}))(t)
		for seen = 1 + len(part.Messages); part.HasLater; seen += len(part.Messages) {
			wantEqual(t, "first message of the part", part.Messages[0].ID, fmt.Sprint(1000+seen-len(part.Messages)))
			wantEqual(t, "has earlier messages", part.HasEarlier, true)
			part = must(s.TicketTimeline(ctx, "1", ticket.ID, store.MessageCursor{After: part.Messages[len(part.Messages)-1].ID}))(t)
		}
		wantEqual(t, "messages going forward", seen, 120)
	})
}

func TestWaitingSinceFollowsMessages(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		ctx := t.Context()
		ticket := storetest.Ticket(t, s, storetest.Member(t, s, "1", "10", "Ada"), store.Ticket{CreatedAt: noon})
		minute := 0
		sendMessage := func(author string, isBot bool) {
			t.Helper()
			minute++
			noError(t, s.SaveMessage(ctx, store.TicketMessage{
				GuildID: "1", TicketID: ticket.ID, Author: contract.User{ID: author}, IsBot: isBot,
				CreatedAt: noon.Add(time.Duration(minute) * time.Minute),
			}))
		}
		wantWaiting := func(label string, since int) {
			t.Helper()
			now := must(s.Ticket(ctx, "1", ticket.ID))(t).WaitingSince
			got := -1
			if now != nil {
				got = int(now.Sub(noon).Minutes())
			}
			wantEqual(t, label, got, since)
		}
		sendMessage("20", false)
		wantWaiting("reply to an unclaimed ticket", -1)
		noError(t, s.ClaimTicket(ctx, "1", ticket.ID, "20", noon.Add(time.Minute)))
		sendMessage("20", true)
		sendMessage("10", true)
		wantWaiting("messages of bots", -1)
		sendMessage("10", false) // the fourth minute
		sendMessage("10", false)
		wantWaiting("two questions", 4)
		sendMessage("20", false)
		wantWaiting("reply", -1)
		sendMessage("10", false)
		sendMessage("10", false)
		wantWaiting("third question", 7)
		noError(t, s.CloseTicket(ctx, "1", ticket.ID, "20", noon.Add(time.Hour)))
		sendMessage("10", false)
		wantWaiting("message after closing", -1)
	})
}

func TestTicketViewsAreDeduplicated(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		ctx := t.Context()
		ticket := storetest.Ticket(t, s, storetest.Member(t, s, "1", "10", "Ada"), store.Ticket{CreatedAt: noon})
		bea, cem := contract.User{ID: "20", Username: "Bea"}, contract.User{ID: "30", Username: "Cem"}
		noError(t, s.RecordTicketView(ctx, "1", ticket.ID, bea, noon))
		noError(t, s.RecordTicketView(ctx, "1", ticket.ID, bea, noon.Add(9*time.Minute)))
		noError(t, s.RecordTicketView(ctx, "1", ticket.ID, cem, noon.Add(time.Minute)))
		noError(t, s.RecordTicketView(ctx, "2", ticket.ID, bea, noon)) // another guild
		noError(t, s.RecordTicketView(ctx, "1", ticket.ID, bea, noon.Add(11*time.Minute)))
		var views []string
		for _, l := range must(s.TicketTimeline(ctx, "1", ticket.ID, store.MessageCursor{}))(t).Views {
			views = append(views, fmt.Sprint(l.Viewer.Username, int(l.At.Sub(noon).Minutes())))
		}
		wantEqual(t, "views", strings.Join(views, " "), "Bea11 Cem1 Bea0")
	})
	wantErrorIs(t, "RecordTicketView",
		storetest.OpenBroken(t).RecordTicketView(t.Context(), "1", "c", contract.User{}, noon), store.ErrUnavailable)
}

// errorOf returns only the error.
func errorOf[T any](_ T, err error) error { return err }
