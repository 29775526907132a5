package handlers_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

// parseCSV returns the header and the rows of a CSV response, each row by column.
func parseCSV(t *testing.T, a *testResponse) (columns []string, rows []map[string]string) {
	t.Helper()
	text, marked := strings.CutPrefix(string(a.wantStatus(http.StatusOK).body), "\ufeff")
	if !marked {
		t.Error("no byte order mark, without which Excel assumes another encoding")
	}
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	must(t, err)
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, column := range lines[0] {
			row[column] = line[i]
		}
		rows = append(rows, row)
	}
	return lines[0], rows
}

func TestExportGiveaways(t *testing.T) {
	s := openSite(t)
	storetest.Member(t, s.Store, lantern, "300000000000000008", "=cmd|' /C calc'!A0")
	created := time.Date(2026, 3, 1, 23, 30, 0, 0, time.UTC)
	g := s.createGiveaway(store.Giveaway{
		Prize: "=HYPERLINK(\"x\"), \"quoted\"\nand more", WinnerCount: 2, CreatedAt: created, Host: contract.User{ID: "300000000000000008"},
		RepeatDays: 7, RepeatAt: new(created.AddDate(0, 0, 7)), ChannelID: lobby,
		RequiredRoleIDs: store.Strings{vip, "77"}, BlacklistRoleIDs: store.Strings{guest},
		PrizeSecret: new("CODE"), Notes: new("from a sponsor"),
	})
	s.recordNames()
	s.addEntries(g, 3)
	must(t, s.Store.EndGiveaway(t.Context(), lantern, g.ID, created.Add(time.Hour)))
	must(t, s.Store.AddWinners(t.Context(), lantern, g.ID, []store.Winner{
		{User: contract.User{ID: "300000000000000000"}}, {User: contract.User{ID: "300000000000000002"}},
		{User: contract.User{ID: "300000000000000009"}, Rerolled: true},
	}))
	s.createGiveaway(store.Giveaway{Prize: "Other", CreatedAt: created.Add(time.Minute)})
	storetest.Giveaway(t, s.Store, harbour, store.Giveaway{Prize: "Somebody else's"})
	b := s.signIn(robin)
	a := b.get(giveawaysPath+"/export?status=ended&format=csv").wantNoText("Somebody else's", "Other", "CODE", "sponsor")
	columns, rows := parseCSV(t, a)
	if want := []string{"id", "prize", "winnerCount", "entries", "status", "createdAt", "endedAt",
		"winners"}; !slices.Equal(columns[:8], want) || len(rows) != 1 {
		t.Fatalf("rows = %d, columns = %q, want 1 row and the documented columns first", len(rows), columns)
	}
	for column, want := range map[string]string{
		"id": g.ID, "prize": "'=HYPERLINK(\"x\"), \"quoted\"\nand more", "winnerCount": "2", "entries": "3", "status": "ENDED",
		"createdAt": "2026-03-01T23:30:00Z", "endedAt": "2026-03-02T00:30:00Z", "winners": "300000000000000000;300000000000000002",
		"host": "'=cmd|' /C calc'!A0", "startsAt": "", "winnerNames": "Member 0;Member 2",
		"channel": "lobby <b>", "requiredRoleIds": vip + ";77", "requiredRoles": "VIP <i>;77",
		"blacklistRoleIds": guest, "blacklistRoles": "Guests",
	} {
		if rows[0][column] != want {
			t.Errorf("%s = %q, want %q", column, rows[0][column], want)
		}
	}
	if !strings.Contains(string(a.body), "\r\n") ||
		a.Header.Get("Content-Disposition") != `attachment; filename="giveaways-`+lantern+`.csv"` {
		t.Errorf("header = %v, want an attachment with CRLF line ends", a.Header)
	}
	var list []map[string]any
	must(t, json.Unmarshal(b.get(giveawaysPath+"/export?format=json").wantStatus(http.StatusOK).body, &list))
	if len(list) != 2 || list[0]["prize"] != "Other" ||
		list[1]["winners"] != "300000000000000000, 300000000000000002" || list[1]["entries"] != 3.0 {
		t.Errorf("export = %v, want both giveaways with their winners", list)
	}
	must(t, json.Unmarshal(b.get(giveawaysPath+"/export?format=json&q=nothing").wantStatus(http.StatusOK).body, &list))
	if len(list) != 0 {
		t.Errorf("export = %v, want no rows", list)
	}
	if columns, rows := parseCSV(t, b.get(giveawaysPath+"/export?format=csv&q=nothing")); len(columns) < 8 || len(rows) > 0 {
		t.Errorf("export = %v, want no rows", rows)
	}
	b.get(giveawaysPath + "/export").wantStatus(http.StatusBadRequest)
	page := b.get(giveawaysPath + "?status=ended&page=1")
	if got := attr(page.find("#export-csv"), "href"); got != giveawaysPath+"/export?status=ended&format=csv" {
		t.Errorf("export link = %q, want %q", got, giveawaysPath+"/export?status=ended&format=csv")
	}
}

func TestExportTickets(t *testing.T) {
	s := openSite(t)
	first := s.createTicket("Refund", midnightUTC("2026-02-01"))
	s.claimTicket(first)
	s.closeTicket(first, midnightUTC("2026-02-02"))
	must(t, s.Store.RateTicket(t.Context(), lantern, first.ID, store.Rating{Stars: 4, Review: new("+1")}))
	s.createTicket("Question", midnightUTC("2026-02-03"))
	b := s.signIn(robin)
	_, rows := parseCSV(t, b.get(ticketsPath+"/export?format=csv&q=refund"))
	if len(rows) != 1 {
		t.Fatalf("export = %v, want 1 row", rows)
	}
	for column, want := range map[string]string{
		"id": first.ID, "number": "1", "subject": "Refund", "status": "CLOSED", "opener": "Ada", "createdAt": "2026-02-01T00:00:00Z",
		"closedAt": "2026-02-02T00:00:00Z", "closedById": robin, "stars": "4", "review": "'+1",
	} {
		if rows[0][column] != want {
			t.Errorf("%s = %q, want %q", column, rows[0][column], want)
		}
	}
	var list []map[string]any
	must(t, json.Unmarshal(b.get(ticketsPath+"/export?format=json&sort=oldest").wantStatus(http.StatusOK).body, &list))
	if len(list) != 2 || list[0]["number"] != 1.0 || list[1]["stars"] != nil {
		t.Errorf("export = %v, want 2 tickets, the second without stars", list)
	}
	if attr(b.get(ticketsPath).find("#export-json"), "href") != ticketsPath+"/export?format=json" {
		t.Error("the list has no link to the JSON export")
	}
}

func TestExportUsesViewerZone(t *testing.T) {
	s := openSite(t)
	s.createGiveaway(store.Giveaway{CreatedAt: time.Date(2026, 3, 1, 23, 30, 0, 0, time.UTC)})
	b := s.signIn(robin)
	b.client.Jar.SetCookies(b.url("/"), []*http.Cookie{{Name: "zone", Value: "Asia/Ho_Chi_Minh", Path: "/"}})
	_, rows := parseCSV(t, b.get(giveawaysPath+"/export?format=csv&from=2026-03-02&to=2026-03-02"))
	if len(rows) != 1 || rows[0]["createdAt"] != "2026-03-02T06:30:00+07:00" {
		t.Errorf("export = %v, want one row in the viewer's zone", rows)
	}
}

func TestExportFailsWithoutDatabase(t *testing.T) {
	s := openSite(t)
	b := s.signIn(robin)
	b.get(giveawaysPath).wantStatus(http.StatusOK)
	s.closeStore()
	for _, path := range []string{giveawaysPath, ticketsPath} {
		b.get(path + "/export?format=csv").wantStatus(http.StatusServiceUnavailable)
	}
}

func TestExportWorkbook(t *testing.T) {
	s := openSite(t)
	storetest.Member(t, s.Store, lantern, "300000000000000008", "=cmd|' /C calc'!A0")
	g := s.createGiveaway(store.Giveaway{
		Prize: "first;=1+1", WinnerCount: 2, CreatedAt: time.Date(2026, 3, 1, 23, 30, 0, 0, time.UTC),
		Host: contract.User{ID: "300000000000000008"},
	})
	ticket := s.createTicket("＝Refund", midnightUTC("2026-02-01"))
	b := s.signIn(robin)
	b.client.Jar.SetCookies(b.url("/"), []*http.Cookie{{Name: "zone", Value: "Asia/Ho_Chi_Minh", Path: "/"}})

	a := b.get(giveawaysPath + "/export?format=xlsx").wantStatus(http.StatusOK)
	if got, want := a.Header.Get("Content-Disposition"), `attachment; filename="giveaways-`+lantern+`.xlsx"`; got != want {
		t.Errorf("Content-Disposition = %q, want %q", got, want)
	}
	row := workbookRow(t, a)
	for column, want := range map[string]string{
		"id": g.ID, "prize": "first;'=1+1", "winnerCount": "2", "createdAt (Asia/Ho_Chi_Minh)": "2026-03-02 06:30:00",
		"endedAt (Asia/Ho_Chi_Minh)": "",
		"hostId":                     "300000000000000008", "host": "'=cmd|' /C calc'!A0",
	} {
		if got, ok := row[column]; !ok || got != want {
			t.Errorf("%s = %q, want %q, in %q", column, got, want, row)
		}
	}
	row = workbookRow(t, b.get(ticketsPath+"/export?format=xlsx&q=refund").wantStatus(http.StatusOK))
	for column, want := range map[string]string{"id": ticket.ID, "subject": "'＝Refund",
		"createdAt (Asia/Ho_Chi_Minh)": "2026-02-01 07:00:00"} {
		if row[column] != want {
			t.Errorf("%s = %q, want %q", column, row[column], want)
		}
	}
	empty := b.get("/guilds/" + lantern + "/audit/export?format=xlsx").wantStatus(http.StatusOK)
	if row := workbookRow(t, empty); len(row) != 0 {
		t.Errorf("row of the empty audit log = %q, want none", row)
	}
	for _, list := range []string{giveawaysPath, ticketsPath, "/guilds/" + lantern + "/audit"} {
		if attr(b.get(list).find("#export-xlsx"), "href") != list+"/export?format=xlsx" {
			t.Errorf("%s has no link to the workbook", list)
		}
	}
}

// workbookRow returns the first row of a workbook, by column.
func workbookRow(t *testing.T, a *testResponse) map[string]string {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(a.body))
	must(t, err)
	defer book.Close()
	rows, err := book.GetRows(book.GetSheetName(0))
	must(t, err)
	row := map[string]string{}
	for i, column := range rows[0] {
		switch {
		case len(rows) == 1:
		case i < len(rows[1]):
			row[column] = rows[1][i]
		default:
			row[column] = ""
		}
	}
	return row
}

// The client reads nothing, so the connection is aborted. The test only requires that the export ends.
func TestExportEndsWhenClientIsGone(t *testing.T) {
	s := openSite(t)
	for range 50 {
		s.createGiveaway(store.Giveaway{Prize: strings.Repeat("x", 200)})
	}
	r := httptest.NewRequest(http.MethodGet, giveawaysPath+"/export?format=csv", nil)
	for _, c := range s.signIn(robin).client.Jar.Cookies(s.browser().url("/")) {
		r.AddCookie(c)
	}
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("panic of the export = %v, want %v", p, http.ErrAbortHandler)
		}
	}()
	s.web.Config.Handler.ServeHTTP(brokenWriter{httptest.NewRecorder()}, r)
}

// brokenWriter is a client that has disconnected.
type brokenWriter struct{ *httptest.ResponseRecorder }

func (brokenWriter) Write([]byte) (int, error)       { return 0, errors.New("broken pipe") }
func (brokenWriter) WriteString(string) (int, error) { return 0, errors.New("broken pipe") }
