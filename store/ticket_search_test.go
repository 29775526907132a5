package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

// ticketMatches returns the tickets that a query finds in a guild, by number, each with the matching message.
func ticketMatches(t *testing.T, s *store.Store, guild string, q store.TicketQuery) (found []string) {
	t.Helper()
	list, _, err := s.Tickets(t.Context(), guild, q, noon)
	noError(t, err)
	wantEqual(t, fmt.Sprintf("total of %+v", q), list.Total, len(list.Items))
	for _, ticket := range list.Items {
		line := fmt.Sprint("#", ticket.Number)
		if ticket.MatchedMessage != nil {
			line += " " + ticket.MatchedMessage.Author.Username + ": " + ticket.MatchedMessage.Content
		}
		found = append(found, line)
	}
	var exported []string
	noError(t, s.EachTicket(t.Context(), guild, q, func(ticket store.Ticket) error {
		exported = append(exported, fmt.Sprint("#", ticket.Number))
		return nil
	}))
	for i, line := range found {
		if found := line[:min(len(line), len(fmt.Sprint("#", list.Items[i].Number)))]; !slices.Contains(exported, found) {
			t.Errorf("%+v: the export has no %s", q, found)
		}
	}
	wantEqual(t, fmt.Sprintf("exported of %+v", q), len(exported), len(found))
	return found
}

func TestSearchFindsMessages(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		for guild, fillerTickets := range map[string]int{"1": 0, "2": 2500} { // 0: scan of the guild; 2500: search index
			fillGuild(t, s, guild, 0, fillerTickets)
			ann, bo := storetest.Member(t, s, guild, "10", "Ann"), storetest.Member(t, s, guild, "11", "Bo")
			number := func(n int) string { return fmt.Sprint("#", fillerTickets+n) }
			first := storetest.Ticket(t, s, ann, store.Ticket{Subject: ptr("Broken lamp")})
			second := storetest.Ticket(t, s, bo, store.Ticket{Subject: ptr("A bill, and an invoice")})
			third := storetest.Ticket(t, s, bo, store.Ticket{})
			addMessage := func(ticket store.Ticket, id, text string, bot bool) {
				t.Helper()
				noError(t, s.SaveMessage(t.Context(), store.TicketMessage{
					ID: guild + id, GuildID: guild, TicketID: ticket.ID, Author: contract.User{ID: "10", Username: "Ann"},
					Content: text, IsBot: bot,
				}))
			}
			wantMatches := func(text string, want ...string) {
				t.Helper()
				for _, q := range []store.TicketQuery{
					{SearchTerm: text}, {SearchTerm: text, From: noon.AddDate(-1, 0, 0)},
					{SearchTerm: text, Status: store.TicketOpen, From: noon.AddDate(0, 0, 60)},
				} {
					if found := ticketMatches(t, s, guild, q); !slices.Equal(found, want) {
						t.Errorf("guild %s, %+v: rows = %q, want %q", guild, q, found, want)
					}
				}
			}
			addMessage(first, "901", "Where is my ĐƠN HÀNG? <@10>", false)
			addMessage(first, "902", "The invoice 50% off", false)
			addMessage(first, "903", "invoice, INVOICE and invoice_2", false)
			addMessage(second, "904", "Your invoice, please", false)
			addMessage(third, "905", "An Invoice for you", false)
			addMessage(third, "906", "Xyzzy has closed this ticket", true)
			wantMatches("invoice", number(3)+" Ann: An Invoice for you", number(2), number(1)+" Ann: The invoice 50% off")
			if found := ticketMatches(t, s, guild, store.TicketQuery{SearchTerm: "invoice",
				Sort: store.TicketSortOldest}); len(found) != 3 || found[1] != number(2) {
				t.Errorf("oldest first: rows = %q, want 3, the second ticket 2", found)
			}
			wantMatches("đơn hàng", number(1)+" Ann: Where is my ĐƠN HÀNG? <@10>")
			wantMatches("50% OFF", number(1)+" Ann: The invoice 50% off")
			wantMatches("invoice_", number(1)+" Ann: invoice, INVOICE and invoice_2")
			wantMatches("lamp", number(1))
			wantMatches("xyzzy")
			for _, q := range []store.TicketQuery{{SearchTerm: "invoice", Opener: "10"}, {SearchTerm: "invoice", IDs: []string{first.ID}}} {
				wantEqual(t, "matches of one ticket",
					fmt.Sprint(ticketMatches(t, s, guild, q)), "["+number(1)+" Ann: The invoice 50% off]")
			}

			_, err := s.EditMessage(t.Context(), guild, guild+"905", "A receipt", noon)
			noError(t, err)
			wantMatches("receipt", number(3)+" Ann: A receipt")
			wantMatches("invoice", number(2), number(1)+" Ann: The invoice 50% off")
			_, err = s.DeleteMessage(t.Context(), guild, guild+"902", noon)
			noError(t, err)
			wantMatches("invoice", number(2), number(1)+" Ann: invoice, INVOICE and invoice_2")
			_, err = s.EditMessage(t.Context(), guild, guild+"902", "An invoice of what is gone", noon)
			noError(t, err)
			wantMatches("gone")
			execSQL(t, s, "DELETE FROM ticket_messages WHERE id = $1", guild+"903")
			wantMatches("invoice", number(2))
			addMessage(first, "907", "After all that: an invoice", false)
			wantMatches("invoice", number(2), number(1)+" Ann: After all that: an invoice")
			execSQL(t, s, "DELETE FROM tickets WHERE id = $1", first.ID)
			wantMatches("invoice", number(2))
			wantMatches("all that")
		}
		wantSearchTexts(t, s)
	})
}

// TestSearchFindsEachTicketOnce checks that a ticket with many matching messages is one row of the list and is counted
// once.
func TestSearchFindsEachTicketOnce(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		fillGuild(t, s, "1", 0, 2600)
		now := "1777636800000"
		if s.OnPostgres() {
			now = "timestamp '2026-05-01 12:00:00'"
		}
		execSQL(t, s, `INSERT INTO ticket_messages (id, guild_id, ticket_id, user_id, content, created_at)
			WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 7)
			SELECT t.id || '-m' || n.i, t.guild_id, t.id, '7', 'Look at the invoice ' || n.i, `+now+` FROM tickets t CROSS JOIN n WHERE t.number % 2 = 0`)
		analyze(t, s)
		seen := map[int]bool{}
		for page, pages := 1, 2; page <= pages; page++ {
			list, _, err := s.Tickets(t.Context(), "1", store.TicketQuery{SearchTerm: "INVOICE", Page: page, PerPage: 100}, noon)
			noError(t, err)
			for i, ticket := range list.Items {
				if want := 2600 - 2*(100*(page-1)+i); ticket.Number != want || ticket.MatchedMessage == nil ||
					ticket.MatchedMessage.Content != "Look at the invoice 1" {
					t.Fatalf("row %d of page %d is #%d with match %+v, want #%d",
						i, page, ticket.Number, ticket.MatchedMessage, want)
				}
				seen[ticket.Number] = true
			}
			pages = list.Pages
		}
		wantEqual(t, "tickets", len(seen), 1300)
		for _, oldest := range []store.TicketSort{store.TicketSortNewest, store.TicketSortOldest} {
			exported := map[int]bool{}
			last, n := 0, 0
			noError(t, s.EachTicket(t.Context(), "1", store.TicketQuery{SearchTerm: "invoice", Sort: oldest},
				func(ticket store.Ticket) error {
					if last != 0 && (ticket.Number > last) != (oldest == store.TicketSortOldest) {
						t.Errorf("#%d comes after #%d", ticket.Number, last)
					}
					last = ticket.Number
					exported[last] = true
					n++
					return nil
				}))
			wantEqual(t, "exported rows", fmt.Sprint(len(exported), n), "1300 1300")
		}
		dated := ticketMatches(t, s, "1", store.TicketQuery{SearchTerm: "invoice", From: noon.Add(100 * time.Minute),
			To: noon.Add(2000 * time.Minute), Status: store.TicketOpen, PerPage: 100})
		wantEqual(t, "open tickets in a date range", len(dated), 95) // numbers 100 to 1980, every twentieth
	})
}
