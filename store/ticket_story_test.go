package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

func TestATicketsStoryIsToldInOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		ctx := t.Context()
		ticket := storetest.Ticket(t, s, storetest.Member(t, s, "1", "10", "Ada"), store.Ticket{CreatedAt: noon})
		storetest.Member(t, s, "1", "20", "Bea")
		for i, turn := range []func() error{
			func() error { return s.ClaimTicket(ctx, "1", ticket.ID, "20", noon.Add(time.Minute)) },
			func() error { return s.UnclaimTicket(ctx, "1", ticket.ID, "20", noon.Add(2*time.Minute)) },
			func() error { return s.CloseTicketWhy(ctx, "1", ticket.ID, "30", "Solved.", noon.Add(3*time.Minute)) },
			func() error { return s.ReopenTicket(ctx, "1", ticket.ID, "10", noon.Add(4*time.Minute)) },
		} {
			if err := turn(); err != nil {
				t.Fatal(i, err)
			}
		}
		wantError(t, "claiming what another guild has", s.ClaimTicket(ctx, "2", ticket.ID, "20", noon), store.ErrNotFound)
		exec(t, s, "UPDATE tickets SET status = 'CLAIMED', claimed_by = '30', updated_at = created_at WHERE id = $1", ticket.ID) // another bot

		var told []string
		for _, e := range must(s.TicketStory(ctx, "1", ticket.ID, store.MessageCursor{}))(t).Events {
			told = append(told, fmt.Sprintf("%s %s%s %s %d", e.Turn, e.By.ID, e.By.Username, e.Reason, int(e.At.Sub(noon).Minutes())))
		}
		same(t, "story", strings.Join(told, "; "), "claimed 30  0; claimed 20Bea  1; unclaimed 20Bea  2; closed 30 Solved. 3; reopened 10Ada  4")
		_, err := s.TicketStory(ctx, "2", ticket.ID, store.MessageCursor{})
		wantError(t, "another guild's", err, store.ErrNotFound)
	})
	_, err := storetest.Broken(t).TicketStory(t.Context(), "1", "c1", store.MessageCursor{})
	wantError(t, "story", err, store.ErrUnavailable)
}

func TestMessagesAreKeptEditedAndDeleted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		ctx := t.Context()
		ada := storetest.Member(t, s, "1", "10", "Ada")
		ticket := storetest.Ticket(t, s, ada, store.Ticket{ChannelID: "77", CreatedAt: noon})
		same(t, "ticket of the channel", must(s.TicketOfChannel(ctx, "1", "77"))(t), ticket.ID)
		same(t, "of another guild", must(s.TicketOfChannel(ctx, "2", "77"))(t), "")

		m := store.TicketMessage{
			ID: "900", GuildID: "1", TicketID: ticket.ID, Author: store.Person{ID: "10", Username: "Ada", Avatar: "a1"},
			Content: "Hello\x00 <@20>", Names: map[string]string{"20": "Bea"}, ReplyTo: "899", CreatedAt: noon.Add(time.Minute),
			Embeds: []store.MessageEmbed{{Title: "T", Fields: []store.MessageField{{Name: "a", Value: "b"}}}},
			Files:  []store.MessageFile{{Name: "log.txt", URL: "https://cdn.discordapp.com/x", Size: 5}},
		}
		check(t, s.KeepMessage(ctx, m))
		again := m
		again.Content = "Another"
		check(t, s.KeepMessage(ctx, again))
		m.GuildID = "2"
		wantError(t, "keeping it in another guild", s.KeepMessage(ctx, m), store.ErrNotFound)

		same(t, "edited", must(s.EditMessage(ctx, "1", "900", "Hello there", noon.Add(2*time.Minute)))(t), ticket.ID)
		check(t, must2(s.EditMessage(ctx, "1", "900", "Hello there", noon.Add(3*time.Minute)))) // nothing new
		_, err := s.EditMessage(ctx, "2", "900", "Mine", noon)
		wantError(t, "editing another guild's", err, store.ErrNotFound)
		same(t, "deleted", must(s.DeleteMessage(ctx, "1", "900", noon.Add(4*time.Minute)))(t), ticket.ID)
		check(t, must2(s.DeleteMessage(ctx, "1", "900", noon.Add(9*time.Minute))))
		_, err = s.DeleteMessage(ctx, "2", "900", noon)
		wantError(t, "deleting another guild's", err, store.ErrNotFound)

		story := must(s.TicketStory(ctx, "1", ticket.ID, store.MessageCursor{}))(t)
		same(t, "messages", len(story.Messages), 1)
		got := story.Messages[0]
		same(t, "content", got.Content, "Hello there")
		same(t, "edits", got.Edits, 1)
		same(t, "what it said is read", len(got.Before), 0)
		edited := must(s.MessageEdits(ctx, "1", ticket.ID, "900"))(t)
		same(t, "before", len(edited.Before), 1)
		same(t, "what it said", edited.Before[0].Content, "Hello <@20>")
		_, err = s.MessageEdits(ctx, "2", ticket.ID, "900")
		wantError(t, "edits in another guild", err, store.ErrNotFound)
		_, err = s.MessageEdits(ctx, "1", "other", "900")
		wantError(t, "edits of another ticket", err, store.ErrNotFound)
		same(t, "edited at", got.EditedAt.Equal(noon.Add(2*time.Minute)), true)
		same(t, "deleted at", got.DeletedAt.Equal(noon.Add(4*time.Minute)), true)
		same(t, "author", got.Author, store.Person{ID: "10", Username: "Ada", Avatar: "a1"})
		same(t, "name", got.Names["20"], "Bea")
		same(t, "embed", got.Embeds[0].Fields[0].Value, "b")
		same(t, "file", got.Files[0].Size, 5)
		same(t, "reply", got.ReplyTo, "899")
	})
}

func TestALongTranscriptIsReadInParts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		ticket := storetest.Ticket(t, s, storetest.Member(t, s, "1", "10", "Ada"), store.Ticket{CreatedAt: noon})
		for i := range 150 { // pairs tie
			check(t, s.KeepMessage(t.Context(), store.TicketMessage{
				ID: fmt.Sprint(1000 + i), GuildID: "1", TicketID: ticket.ID, Author: store.Person{ID: "10"}, CreatedAt: noon.Add(time.Duration(i/2) * time.Second),
			}))
		}
		newest := must(s.TicketStory(t.Context(), "1", ticket.ID, store.MessageCursor{}))(t)
		same(t, "newest", len(newest.Messages), 100)
		same(t, "first", newest.Messages[0].ID, "1050")
		same(t, "there are earlier ones", newest.Earlier, true)
		earlier := must(s.TicketStory(t.Context(), "1", ticket.ID, store.MessageCursor{Before: newest.Messages[0].ID}))(t)
		same(t, "earlier", len(earlier.Messages), 50)
		same(t, "last", earlier.Messages[49].ID, "1049")
		same(t, "earlier still", earlier.Earlier, false)
		same(t, "before what is not there",
			len(must(s.TicketStory(t.Context(), "1", ticket.ID, store.MessageCursor{Before: "5"}))(t).Messages), 0)
	})
}

func TestATranscriptIsReadInBothDirectionsAndWithinItsBytes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		ctx := t.Context()
		ticket := storetest.Ticket(t, s, storetest.Member(t, s, "1", "10", "Ada"), store.Ticket{CreatedAt: noon})
		for i := range 120 {
			check(t, s.KeepMessage(ctx, store.TicketMessage{
				ID: fmt.Sprint(1000 + i), GuildID: "1", TicketID: ticket.ID, Author: store.Person{ID: "10"},
				Content: strings.Repeat("🎁", 4000), CreatedAt: noon.Add(time.Duration(i) * time.Second),
			}))
		}
		for range 25 { // as many revisions as are kept, and five that are forgotten
			must(s.EditMessage(ctx, "1", "1119", "once", noon))(t)
			must(s.EditMessage(ctx, "1", "1119", strings.Repeat("<", 4000), noon))(t)
		}
		newest := must(s.TicketStory(ctx, "1", ticket.ID, store.MessageCursor{}))(t)
		read := 0
		for _, m := range newest.Messages {
			read += len(m.Content)
		}
		if n := len(newest.Messages); n < 20 || n > 40 || read > 600_000 {
			t.Errorf("the newest part has %d messages of %d bytes", n, read)
		}
		same(t, "there are earlier ones", newest.Earlier, true)
		same(t, "there are later ones", newest.Later, false)
		last := newest.Messages[len(newest.Messages)-1]
		same(t, "last", last.ID, "1119")
		same(t, "its edits", last.Edits, 20)
		same(t, "edits that are read for it", len(must(s.MessageEdits(ctx, "1", ticket.ID, "1119"))(t).Before), 20)

		seen := len(newest.Messages)
		for part := newest; part.Earlier; seen += len(part.Messages) {
			part = must(s.TicketStory(ctx, "1", ticket.ID, store.MessageCursor{Before: part.Messages[0].ID}))(t)
			same(t, "there are later ones before it", part.Later, true)
		}
		same(t, "messages before each other", seen, 120)
		part := must(s.TicketStory(ctx, "1", ticket.ID, store.MessageCursor{After: "1000"}))(t)
		for seen = 1 + len(part.Messages); part.Later; seen += len(part.Messages) {
			same(t, "first after it", part.Messages[0].ID, fmt.Sprint(1000+seen-len(part.Messages)))
			same(t, "there are earlier ones", part.Earlier, true)
			part = must(s.TicketStory(ctx, "1", ticket.ID, store.MessageCursor{After: part.Messages[len(part.Messages)-1].ID}))(t)
		}
		same(t, "messages after each other", seen, 120)
	})
}

func TestWhoWritesDecidesWhoWaits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		ctx := t.Context()
		ticket := storetest.Ticket(t, s, storetest.Member(t, s, "1", "10", "Ada"), store.Ticket{CreatedAt: noon})
		minute := 0
		says := func(who string, isBot bool) {
			t.Helper()
			minute++
			check(t, s.KeepMessage(ctx, store.TicketMessage{
				GuildID: "1", TicketID: ticket.ID, Author: store.Person{ID: who}, IsBot: isBot, CreatedAt: noon.Add(time.Duration(minute) * time.Minute),
			}))
		}
		waits := func(what string, since int) {
			t.Helper()
			now := must(s.Ticket(ctx, "1", ticket.ID))(t).WaitingSince
			got := -1
			if now != nil {
				got = int(now.Sub(noon).Minutes())
			}
			same(t, what, got, since)
		}
		says("20", false)
		waits("somebody answers what nobody has claimed", -1)
		check(t, s.ClaimTicket(ctx, "1", ticket.ID, "20", noon.Add(time.Minute)))
		says("20", true)
		says("10", true)
		waits("bots say nothing", -1)
		says("10", false) // the fourth
		says("10", false)
		waits("since the first of two", 4)
		says("20", false)
		waits("answered", -1)
		says("10", false)
		says("10", false)
		waits("again", 7)
		check(t, s.CloseTicket(ctx, "1", ticket.ID, "20", noon.Add(time.Hour)))
		says("10", false)
		waits("thanks after it was closed", -1)
	})
}

func TestLooksAreWrittenDownOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		ctx := t.Context()
		ticket := storetest.Ticket(t, s, storetest.Member(t, s, "1", "10", "Ada"), store.Ticket{CreatedAt: noon})
		bea, cem := store.Person{ID: "20", Username: "Bea"}, store.Person{ID: "30", Username: "Cem"}
		check(t, s.LookAtTicket(ctx, "1", ticket.ID, bea, noon))
		check(t, s.LookAtTicket(ctx, "1", ticket.ID, bea, noon.Add(9*time.Minute)))
		check(t, s.LookAtTicket(ctx, "1", ticket.ID, cem, noon.Add(time.Minute)))
		check(t, s.LookAtTicket(ctx, "2", ticket.ID, bea, noon)) // not theirs
		check(t, s.LookAtTicket(ctx, "1", ticket.ID, bea, noon.Add(11*time.Minute)))
		var looks []string
		for _, l := range must(s.TicketStory(ctx, "1", ticket.ID, store.MessageCursor{}))(t).Looks {
			looks = append(looks, fmt.Sprint(l.By.Username, int(l.At.Sub(noon).Minutes())))
		}
		same(t, "looks", strings.Join(looks, " "), "Bea11 Cem1 Bea0")
	})
	wantError(t, "looking", storetest.Broken(t).LookAtTicket(t.Context(), "1", "c", store.Person{}, noon), store.ErrUnavailable)
}

// must2 is the error alone.
func must2[T any](_ T, err error) error { return err }
