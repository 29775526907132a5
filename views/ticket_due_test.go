package views

import (
	"bytes"
	"testing"
	"time"

	"guildboard/store"
)

// A view that is drawn again and again says that a ticket is late from the look on at which it is, and nothing else of it changes.
func TestATicketIsLateFromAMomentOn(t *testing.T) {
	due := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	since := due.Add(-time.Hour)
	p := Page{Site: DefaultSite(), Locale: English, Guild: &GuildLink{ID: "1"}, Memo: new(Memo)}
	ticket := store.Ticket{ID: "t1", GuildID: "1", Status: store.TicketOpen, Priority: store.PriorityNormal, CreatedAt: since, WaitingSince: &since, AnswerDue: &due}
	v := TicketList{Filter: Filter{Path: "/guilds/1/tickets", Page: 1}, List: store.List[store.Ticket]{Items: []store.Ticket{ticket}, Total: 1, Page: 1, Pages: 1}}
	draw := func(now time.Time) string {
		t.Helper()
		p.Now = now
		p.Memo.Next()
		var html bytes.Buffer
		if err := TicketRows(p, v).Render(t.Context(), &html); err != nil {
			t.Fatal(err)
		}
		p.Memo.Settle(html.Bytes())
		return html.String()
	}
	early, before, late, later := draw(since), draw(due.Add(-time.Nanosecond)), draw(due), draw(due.Add(time.Hour))
	if early != before || late != later {
		t.Error("it changes from look to look")
	}
	if hidden := ` hidden>Late</span>`; !bytes.Contains([]byte(before), []byte(hidden)) || late != string(bytes.Replace([]byte(before), []byte(hidden), []byte(">Late</span>"), 1)) {
		t.Errorf("before it is due it reads\n%s\nand then\n%s", before, late)
	}
}
