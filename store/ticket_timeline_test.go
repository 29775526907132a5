package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"guildboard/store"
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
		wantErrorIs(t, "claiming what another guild has", s.ClaimTicket(ctx, "2", ticket.ID, "20", noon), store.ErrNotFound)
		// another bot
		execSQL(t, s, "UPDATE tickets SET status = 'CLAIMED', claimed_by = '30', updated_at = created_at WHERE id = $1", ticket.ID)

		var events []string
		for _, e := range must(s.TicketTimeline(ctx, "1", ticket.ID, store.MessageCursor{}))(t).Events {
			events = append(events, fmt.Sprintf("%s %s%s %s %d", e.Change, e.Actor.ID, e.Actor.Username, e.Reason,
				int(e.At.Sub(noon).Minutes())))
		}
		wantEqual(t, "story", strings.Join(events, "; "),
			"claimed 30  0; claimed 20Bea  1; unclaimed 20Bea  2; closed 30 Solved. 3; reopened 10Ada  4")
		_, err := s.TicketTimeline(ctx, "2", ticket.ID, store.MessageCursor{})
		wantErrorIs(t, "another guild's", err, store.ErrNotFound)
	})
	_, err := storetest.OpenBroken(t).TicketTimeline(t.Context(), "1", "c1", store.MessageCursor{})
	wantErrorIs(t, "story", err, store.ErrUnavailable)
}

func TestMessagesAreSavedEditedAndDeleted(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		ctx := t.Context()
		ada := storetest.Member(t, s, "1", "10", "Ada")
		ticket := storetest.Ticket(t, s, ada, store.Ticket{ChannelID: "77", CreatedAt: noon})
		wantEqual(t, "ticket of the channel", must(s.TicketIDByChannel(ctx, "1", "77"))(t), ticket.ID)
		wantEqual(t, "of another guild", must(s.TicketIDByChannel(ctx, "2", "77"))(t), "")

		m := store.TicketMessage{
			ID: "900", GuildID: "1", TicketID: ticket.ID, Author: store.User{ID: "10", Username: "Ada", Avatar: "a1"},
			Content: "Hello\x00 <@20>", MentionNames: map[string]string{"20": "Bea"}, ReplyTo: "899", CreatedAt: noon.Add(time.Minute),
			Embeds:      []store.MessageEmbed{{Title: "T", Fields: []store.MessageEmbedField{{Name: "a", Value: "b"}}}},
			Attachments: []store.MessageAttachment{{Name: "log.txt", URL: "https://cdn.discordapp.com/x", Size: 5}},
		}
		noError(t, s.SaveMessage(ctx, m))
		again := m
		again.Content = "Another"
		noError(t, s.SaveMessage(ctx, again))
		m.GuildID = "2"
		wantErrorIs(t, "keeping it in another guild", s.SaveMessage(ctx, m), store.ErrNotFound)

		wantEqual(t, "edited", must(s.EditMessage(ctx, "1", "900", "Hello there", noon.Add(2*time.Minute)))(t), ticket.ID)
		noError(t, errorOf(s.EditMessage(ctx, "1", "900", "Hello there", noon.Add(3*time.Minute)))) // no change
		_, err := s.EditMessage(ctx, "2", "900", "Mine", noon)
		wantErrorIs(t, "editing another guild's", err, store.ErrNotFound)
		wantEqual(t, "deleted", must(s.DeleteMessage(ctx, "1", "900", noon.Add(4*time.Minute)))(t), ticket.ID)
		noError(t, errorOf(s.DeleteMessage(ctx, "1", "900", noon.Add(9*time.Minute))))
		_, err = s.DeleteMessage(ctx, "2", "900", noon)
		wantErrorIs(t, "deleting another guild's", err, store.ErrNotFound)

		timeline := must(s.TicketTimeline(ctx, "1", ticket.ID, store.MessageCursor{}))(t)
		wantEqual(t, "messages", len(timeline.Messages), 1)
		got := timeline.Messages[0]
		wantEqual(t, "content", got.Content, "Hello there")
		wantEqual(t, "edits", got.EditCount, 1)
		wantEqual(t, "what it said is read", len(got.Revisions), 0)
		edited := must(s.MessageRevisions(ctx, "1", ticket.ID, "900"))(t)
		wantEqual(t, "before", len(edited.Revisions), 1)
		wantEqual(t, "what it said", edited.Revisions[0].Content, "Hello <@20>")
		_, err = s.MessageRevisions(ctx, "2", ticket.ID, "900")
		wantErrorIs(t, "edits in another guild", err, store.ErrNotFound)
		_, err = s.MessageRevisions(ctx, "1", "other", "900")
		wantErrorIs(t, "edits of another ticket", err, store.ErrNotFound)
		wantEqual(t, "edited at", got.EditedAt.Equal(noon.Add(2*time.Minute)), true)
		wantEqual(t, "deleted at", got.DeletedAt.Equal(noon.Add(4*time.Minute)), true)
		wantEqual(t, "author", got.Author, store.User{ID: "10", Username: "Ada", Avatar: "a1"})
		wantEqual(t, "name", got.MentionNames["20"], "Bea")
		wantEqual(t, "embed", got.Embeds[0].Fields[0].Value, "b")
		wantEqual(t, "file", got.Attachments[0].Size, 5)
		wantEqual(t, "reply", got.ReplyTo, "899")
	})
}

func TestTranscriptIsPaged(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		ticket := storetest.Ticket(t, s, storetest.Member(t, s, "1", "10", "Ada"), store.Ticket{CreatedAt: noon})
		for i := range 150 { // pairs have equal times
			noError(t, s.SaveMessage(t.Context(), store.TicketMessage{
				ID: fmt.Sprint(1000 + i), GuildID: "1", TicketID: ticket.ID, Author: store.User{ID: "10"},
				CreatedAt: noon.Add(time.Duration(i/2) * time.Second),
			}))
		}
		newest := must(s.TicketTimeline(t.Context(), "1", ticket.ID, store.MessageCursor{}))(t)
		wantEqual(t, "newest", len(newest.Messages), 100)
		wantEqual(t, "first", newest.Messages[0].ID, "1050")
		wantEqual(t, "there are earlier ones", newest.HasEarlier, true)
		earlier := must(s.TicketTimeline(t.Context(), "1", ticket.ID, store.MessageCursor{Before: newest.Messages[0].ID}))(t)
		wantEqual(t, "earlier", len(earlier.Messages), 50)
		wantEqual(t, "last", earlier.Messages[49].ID, "1049")
		wantEqual(t, "earlier still", earlier.HasEarlier, false)
		wantEqual(t, "before what is not there",
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
				ID: fmt.Sprint(1000 + i), GuildID: "1", TicketID: ticket.ID, Author: store.User{ID: "10"},
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
			t.Errorf("the newest part has %d messages of %d bytes", n, read)
		}
		wantEqual(t, "there are earlier ones", newest.HasEarlier, true)
		wantEqual(t, "there are later ones", newest.HasLater, false)
		last := newest.Messages[len(newest.Messages)-1]
		wantEqual(t, "last", last.ID, "1119")
		wantEqual(t, "its edits", last.EditCount, 20)
		wantEqual(t, "edits that are read for it", len(must(s.MessageRevisions(ctx, "1", ticket.ID, "1119"))(t).Revisions), 20)

		seen := len(newest.Messages)
		for part := newest; part.HasEarlier; seen += len(part.Messages) {
			part = must(s.TicketTimeline(ctx, "1", ticket.ID, store.MessageCursor{Before: part.Messages[0].ID}))(t)
			wantEqual(t, "there are later ones before it", part.HasLater, true)
		}
		wantEqual(t, "messages before each other", seen, 120)
		part := must(s.TicketTimeline(ctx, "1", ticket.ID, store.MessageCursor{After: "1000"}))(t)
		for seen = 1 + len(part.Messages); part.HasLater; seen += len(part.Messages) {
			wantEqual(t, "first after it", part.Messages[0].ID, fmt.Sprint(1000+seen-len(part.Messages)))
			wantEqual(t, "there are earlier ones", part.HasEarlier, true)
			part = must(s.TicketTimeline(ctx, "1", ticket.ID, store.MessageCursor{After: part.Messages[len(part.Messages)-1].ID}))(t)
		}
		wantEqual(t, "messages after each other", seen, 120)
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
				GuildID: "1", TicketID: ticket.ID, Author: store.User{ID: author}, IsBot: isBot,
				CreatedAt: noon.Add(time.Duration(minute) * time.Minute),
			}))
		}
		wantWaiting := func(what string, since int) {
			t.Helper()
			now := must(s.Ticket(ctx, "1", ticket.ID))(t).WaitingSince
			got := -1
			if now != nil {
				got = int(now.Sub(noon).Minutes())
			}
			wantEqual(t, what, got, since)
		}
		sendMessage("20", false)
		wantWaiting("somebody answers what nobody has claimed", -1)
		noError(t, s.ClaimTicket(ctx, "1", ticket.ID, "20", noon.Add(time.Minute)))
		sendMessage("20", true)
		sendMessage("10", true)
		wantWaiting("bots say nothing", -1)
		sendMessage("10", false) // the fourth minute
		sendMessage("10", false)
		wantWaiting("since the first of two", 4)
		sendMessage("20", false)
		wantWaiting("answered", -1)
		sendMessage("10", false)
		sendMessage("10", false)
		wantWaiting("again", 7)
		noError(t, s.CloseTicket(ctx, "1", ticket.ID, "20", noon.Add(time.Hour)))
		sendMessage("10", false)
		wantWaiting("thanks after it was closed", -1)
	})
}

func TestTicketViewsAreDeduplicated(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		ctx := t.Context()
		ticket := storetest.Ticket(t, s, storetest.Member(t, s, "1", "10", "Ada"), store.Ticket{CreatedAt: noon})
		bea, cem := store.User{ID: "20", Username: "Bea"}, store.User{ID: "30", Username: "Cem"}
		noError(t, s.RecordTicketView(ctx, "1", ticket.ID, bea, noon))
		noError(t, s.RecordTicketView(ctx, "1", ticket.ID, bea, noon.Add(9*time.Minute)))
		noError(t, s.RecordTicketView(ctx, "1", ticket.ID, cem, noon.Add(time.Minute)))
		noError(t, s.RecordTicketView(ctx, "2", ticket.ID, bea, noon)) // another guild
		noError(t, s.RecordTicketView(ctx, "1", ticket.ID, bea, noon.Add(11*time.Minute)))
		var views []string
		for _, l := range must(s.TicketTimeline(ctx, "1", ticket.ID, store.MessageCursor{}))(t).Views {
			views = append(views, fmt.Sprint(l.Viewer.Username, int(l.At.Sub(noon).Minutes())))
		}
		wantEqual(t, "looks", strings.Join(views, " "), "Bea11 Cem1 Bea0")
	})
	wantErrorIs(t, "looking", storetest.OpenBroken(t).RecordTicketView(t.Context(), "1", "c", store.User{}, noon), store.ErrUnavailable)
}

// errorOf returns only the error.
func errorOf[T any](_ T, err error) error { return err }
