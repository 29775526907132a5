package handlers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
)

// exported returns the rows as one exported file: the CSV, and then the JSON.
func exported[T any](t *testing.T, columns []exportColumn[T], rows ...T) []byte {
	t.Helper()
	file := newExportFile("list", columns, func(fn func(T) error) error {
		for _, row := range rows {
			if err := fn(row); err != nil {
				return err
			}
		}
		return nil
	})
	var out bytes.Buffer
	w := bufio.NewWriter(&out)
	for _, rows := range []rowWriter{
		&csvRowWriter{columns: file.columns, w: w}, &jsonRowWriter{columns: file.columns, w: w},
	} {
		if err := rows.writeHeader(nil); err != nil {
			t.Fatal(err)
		}
		if err := file.eachRow(func(cells ...any) error { return rows.writeRow(cells) }); err != nil {
			t.Fatal(err)
		}
		if err := rows.close(); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

// TestExportColumns compares a full and an empty row of each export with testdata/export_*.golden. Spreadsheets and
// scripts depend on the names, the order and the form of the columns.
func TestExportColumns(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	if err != nil {
		t.Fatal(err)
	}
	day := func(n int) time.Time { return time.Date(2026, 3, n, 23, 30, 0, 0, time.UTC) }
	names := store.GuildDirectory{
		Channels: []store.Channel{{ID: "41", Name: "lobby"}},
		Roles:    []store.Role{{ID: "51", Name: "VIP"}, {ID: "52", Name: "Guests"}},
	}
	ada := contract.User{ID: "11", Username: "Ada"}
	for name, got := range map[string][]byte{
		"tickets": exported(t, ticketColumns(zone, names), exportedTicket(ada, day), store.Ticket{}),
		"giveaways": exported(t, giveawayColumns(zone, names), exportedGiveaway(ada, day),
			store.Giveaway{CreatedAt: day(1), EndsAt: day(2)}),
		"audit": exported(t, auditColumns(zone), contract.Command{
			ID: "c1", Actor: ada, Verb: contract.VerbTicketClose, Target: "t1", TargetName: "#12",
			Data: json.RawMessage(`{"reason":"done"}`), Status: contract.CommandRefused, Code: "not_found",
			Message: "no such ticket", IssuedAt: day(1), AnsweredAt: new(day(2)),
		}, contract.Command{IssuedAt: day(3), Data: json.RawMessage("{}")}),
	} {
		golden := filepath.Join("testdata", "export_"+name+".golden")
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("export of %s differs from %s; got:\n%s", name, golden, got)
		}
	}
}

func exportedTicket(ada contract.User, day func(int) time.Time) store.Ticket {
	return store.Ticket{
		ID: "t1", Number: 12, ChannelID: "41", Opener: ada, Subject: new("=Refund"), Status: store.TicketClosed,
		Priority: store.PriorityUrgent, ClaimedBy: contract.User{ID: "12", Username: "Bo"},
		ClosedBy: contract.User{ID: "13", Username: "Cy"}, CreatedAt: day(1), ClosedAt: new(day(2)), CloseReason: new("paid back"),
		WaitingSince: new(day(3)), ResponseDue: new(day(4)),
		Category: &store.TicketCategory{Name: "Billing"}, Labels: []store.TicketLabel{{Name: "bug"}, {Name: "paid"}},
		PlatformUsername: new("ada#1"), IssueType: new("payment"), IssueDetails: new("charged twice"),
		FormResponses: []store.FormResponse{{Question: "Order", Answer: "77"}, {Question: "Plan", Answer: "Pro"}},
		TranscriptURL: new("https://example.com/t1"), Rating: &store.Rating{Stars: 4, Review: new("+1")},
	}
}

func exportedGiveaway(ada contract.User, day func(int) time.Time) store.Giveaway {
	return store.Giveaway{
		ID: "g1", ChannelID: "41", MessageID: new("61"), Host: ada, Prize: "Nitro; \"one\"", Description: new("two\nlines"),
		WinnerCount: 3, RequiredRoleIDs: store.Strings{"51", "77"}, BlacklistRoleIDs: store.Strings{"52"},
		CreatedAt: day(1), StartsAt: new(day(2)), EndsAt: day(3), EndedAt: new(day(4)), RepeatDays: 7, RepeatAt: new(day(10)),
		RepeatZone: "Europe/Berlin", Status: store.GiveawayEnded, Entries: 40, RerollCount: 1,
		Winners: []store.Winner{
			{User: contract.User{ID: "21", Username: "Di"}, Claimed: true}, {User: contract.User{ID: "22", Username: "Ed"}},
			{User: contract.User{ID: "23", Username: "Flo"}, Claimed: true, Rerolled: true},
		},
	}
}
