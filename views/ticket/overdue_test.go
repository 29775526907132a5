package ticket

import (
	"bytes"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/views/text"
	"guildboard/views/ui"
)

// TestTicketBecomesOverdueAtDueTime checks that the label appears with the first render after the due time, and that
// nothing else changes.
func TestTicketBecomesOverdueAtDueTime(t *testing.T) {
	due := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	since := due.Add(-time.Hour)
	p := ui.Page{Site: ui.DefaultSite(), Guild: &ui.GuildLink{ID: "1"}, Reader: ui.Reader{Locale: text.English},
		RenderState: ui.RenderState{Fragments: new(ui.FragmentCache)}}
	ticket := store.Ticket{ID: "t1", GuildID: "1", Status: store.TicketOpen, Priority: store.PriorityNormal,
		CreatedAt: since, WaitingSince: &since, ResponseDue: &due}
	v := ListView{Filter: Filter{Filter: ui.Filter{Path: "/guilds/1/tickets", Page: 1}},
		List: store.List[store.Ticket]{Items: []store.Ticket{ticket}, Total: 1, Page: 1, Pages: 1}}
	render := func(now time.Time) string {
		t.Helper()
		p.Now = now
		p.Fragments.BeginRender()
		var html bytes.Buffer
		if err := Rows(p, v).Render(t.Context(), &html); err != nil {
			t.Fatal(err)
		}
		p.Fragments.FinishRender(html.Bytes())
		return html.String()
	}
	early, before, overdue, later := render(since), render(due.Add(-time.Nanosecond)), render(due), render(due.Add(time.Hour))
	if early != before || overdue != later {
		t.Error("the rendering changes although the label does not")
	}
	hidden, shown := []byte(` hidden>Overdue</span>`), []byte(">Overdue</span>")
	if !bytes.Contains([]byte(before), hidden) || overdue != string(bytes.Replace([]byte(before), hidden, shown, 1)) {
		t.Errorf("before the due time =\n%s\nafter it =\n%s\nwant only the label to appear", before, overdue)
	}
}
