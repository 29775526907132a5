package handlers_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/handlers"
	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

const (
	apiGiveaways = "/api/guilds/" + lantern + "/giveaways"
	apiTickets   = "/api/guilds/" + lantern + "/tickets"
)

// giveawayListResponse is the JSON response with giveaways.
type giveawayListResponse struct {
	Data struct {
		Giveaways               []map[string]any
		Total, Page, TotalPages int
		Stats                   map[string]float64
	}
}

func (l giveawayListResponse) prizes() (prizes []string) {
	for _, g := range l.Data.Giveaways {
		prizes = append(prizes, g["prize"].(string))
	}
	return prizes
}

func TestGiveawaysAPI(t *testing.T) {
	s := openSite(t)
	_, err := s.Store.SyncChannels(t.Context(), lantern, []store.Channel{{ID: lobby, Name: "lobby", Kind: store.ChannelText}})
	must(t, err)
	_, err = s.Store.SyncRoles(t.Context(), lantern,
		[]store.Role{{ID: "1", Name: "Regulars"}, {ID: "7", Name: "Boosters"}, {ID: "8", Name: "Others"}}, nil,
		time.Now())
	must(t, err)
	b := s.signIn(robin)
	fetch := func(query string) (l giveawayListResponse) {
		t.Helper()
		a := b.get(apiGiveaways + query).wantStatus(http.StatusOK)
		a.json(&l)
		if a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: Cache-Control = %q, want no-store", query, a.Header.Get("Cache-Control"))
		}
		return l
	}

	t.Run("no giveaways are an empty list", func(t *testing.T) {
		if a := b.get(apiGiveaways).wantStatus(http.StatusOK); !bytes.Contains(a.body, []byte(`"giveaways":[]`)) {
			t.Errorf("body = %s, want an empty list of giveaways", a.body)
		}
	})
	giveaways := s.createGiveaways(23, store.GiveawayActive)
	g := s.createGiveaway(store.Giveaway{
		Prize: "A <lamp>", PrizeSecret: new("code"), MessageID: new("500000000000000001"), WinnerCount: 2,
		CreatedAt: midnightUTC("2026-03-05"),
		EndsAt:    midnightUTC("2026-03-06").Add(1500 * time.Microsecond), RequiredRoleIDs: store.Strings{"1", "2"}, Notes: new("n"),
		PrizeTiers:      []contract.PrizeTier{{Place: 1, Prize: "Gold", Count: 1}},
		BonusEntryRoles: []contract.BonusRole{{RoleID: "7", Entries: 2}},
		Host:            contract.User{ID: "300000000000000007"}, ChannelID: lobby, RepeatDays: 7, RepeatAt: new(midnightUTC("2026-03-12")),
	})
	storetest.Member(t, s.Store, lantern, "300000000000000007", "Ada")
	s.addEntries(g, 3)
	must(t, s.Store.EndGiveaway(t.Context(), lantern, g.ID, midnightUTC("2026-03-06")))
	must(t, s.Store.AddWinners(t.Context(), lantern, g.ID, []store.Winner{{User: contract.User{ID: "300000000000000001"}}}))
	storetest.Giveaway(t, s.Store, harbour, store.Giveaway{Prize: "Somebody else's"})

	t.Run("envelope", func(t *testing.T) {
		l := fetch("")
		if l.Data.Total != 24 || l.Data.Page != 1 || l.Data.TotalPages != 2 || len(l.Data.Giveaways) != 20 {
			t.Errorf("total %d, page %d of %d, %d giveaways, want total 24, page 1 of 2, 20 giveaways",
				l.Data.Total, l.Data.Page, l.Data.TotalPages, len(l.Data.Giveaways))
		}
		want := map[string]float64{"active": 23, "pending": 0, "paused": 0, "ended": 1, "cancelled": 0, "total": 24,
			"entries": 3, "averageEntries": 0.125}
		if fmt.Sprint(l.Data.Stats) != fmt.Sprint(want) {
			t.Errorf("stats = %v, want %v", l.Data.Stats, want)
		}
	})
	t.Run("fields of a giveaway", func(t *testing.T) {
		got := fetch("?status=ENDED").Data.Giveaways[0]
		for _, field := range strings.Fields(`id guildId channelId messageId hostId prize prizeSecret description imageUrl winnerCount
			prizeTiers embedColor buttonText buttonStyle entryMethod requiredRoleIds blacklistRoleIds requiredInvites requiredLevel
			requiredReputation requiredMessages requiredAccountAge requiredServerAge bonusEntryRoles boosterBonusEntries inviteBonusEntries
			startsAt endsAt endedAt dmWinners dmWinnerMessage winnerClaimTimeout autoReroll maxRerolls pingRoleId pingOnEnd status entries
			rerollCount templateId notes createdAt updatedAt _count winners channel host roles repeatDays repeatAt repeatZone`) {
			if _, ok := got[field]; !ok {
				t.Errorf("field %s is missing", field)
			}
		}
		for field, want := range map[string]any{
			"id": g.ID, "guildId": lantern, "prize": "A <lamp>", "prizeSecret": "code", "description": nil,
			"status": "ENDED", "winnerCount": 2.0,
			"host": "Ada", "channel": "lobby", "roles": map[string]any{"1": "Regulars", "7": "Boosters"},
			"repeatZone": "UTC", "repeatDays": 7.0, "repeatAt": "2026-03-12T00:00:00.000Z",
			"createdAt": "2026-03-05T00:00:00.000Z", "endsAt": "2026-03-06T00:00:00.001Z",
			"endedAt": "2026-03-06T00:00:00.000Z", "startsAt": nil,
			"entries": 3.0, "blacklistRoleIds": []any{}, "requiredRoleIds": []any{"1", "2"}, "_count": map[string]any{"entryList": 3.0},
		} {
			if fmt.Sprint(got[field]) != fmt.Sprint(want) {
				t.Errorf("%s = %v, want %v", field, got[field], want)
			}
		}
		winner := got["winners"].([]any)[0].(map[string]any)
		if winner["userId"] != "300000000000000001" || winner["giveawayId"] != g.ID || winner["place"] != 1.0 ||
			winner["username"] != "Member 1" {
			t.Errorf("winner = %v, want Member 1 in place 1", winner)
		}
	})
	t.Run("filters", func(t *testing.T) {
		first, second := giveaways[0].Prize, giveaways[1].Prize
		date := func(t time.Time) string { return url.QueryEscape(t.Format(time.RFC3339Nano)) }
		for query, want := range map[string][]string{
			"?status=ENDED":             {"A <lamp>"},
			"?status=PAUSED":            nil,
			"?repeat=yes":               {"A <lamp>"},
			"?repeat=yes&status=ACTIVE": nil,
			"?search=LAMP":              {"A <lamp>"},
			"?search=%3Clamp":           {"A <lamp>"},
			"?endDate=" + date(giveaways[1].CreatedAt):                     {second, first}, // inclusive
			"?endDate=2026-03-01T00:59:59.999Z":                            {first},
			"?startDate=2026-03-05T00:00:00Z":                              {"A <lamp>"},
			"?startDate=2026-03-05T07:00:00%2B07:00":                       {"A <lamp>"},
			"?startDate=2026-03-05T00:00:00.001Z":                          nil,
			"?startDate=2026-03-06T00:00:00Z&endDate=2026-03-01T00:00:00Z": nil,
			"?limit=1":             {"A <lamp>"},
			"?limit=2&page=12":     {second, first},
			"?limit=100&page=9999": nil, // see below
			"?status=":             nil,
		} {
			l := fetch(query)
			if len(want) > 0 && !slices.Equal(l.prizes(), want) || strings.Contains(query, "PAUSED") && len(l.prizes()) > 0 {
				t.Errorf("%s: prizes = %q, want %q", query, l.prizes(), want)
			}
		}
		if l := fetch("?limit=10&page=9999"); l.Data.Page > l.Data.TotalPages {
			t.Errorf("page = %d of %d, want an existing page", l.Data.Page, l.Data.TotalPages)
		}
	})
	t.Run("invalid parameters are named", func(t *testing.T) {
		for query, field := range map[string]string{
			"repeat=no": "repeat", "status=active": "status", "status=GONE": "status", "page=0": "page",
			"page=1.5": "page", "page=x": "page", "page=99999999999999999999": "page",
			"limit=0": "limit", "limit=101": "limit", "limit=-1": "limit", "startDate=yesterday": "startDate",
			"startDate=2026-01-01":         "startDate",
			"endDate=2026-13-01T00:00:00Z": "endDate", "endDate=0001-01-01T00:00:00Z": "endDate",
			"endDate=99999-01-01T00:00:00Z": "endDate",
		} {
			var body map[string]string
			b.get(apiGiveaways + "?" + query).wantStatus(http.StatusBadRequest).json(&body)
			if !strings.HasPrefix(body["error"], field+" must be") {
				t.Errorf("%s: error = %q, want it to name %s", query, body["error"], field)
			}
		}
	})
	t.Run("errors are never HTML", func(t *testing.T) {
		for _, path := range []string{"", "?page=x", "/nothing", "?search=%3Cscript%3E"} {
			a := b.get(apiGiveaways+path, "Accept", "text/html")
			if got := a.Header.Get("Content-Type"); got != "application/json; charset=utf-8" || bytes.Contains(a.body, []byte("<")) {
				t.Errorf("%s: Content-Type = %s, body = %s, want JSON", a.path, got, a.body)
			}
		}
		b.post(apiGiveaways, nil).wantStatus(http.StatusMethodNotAllowed).json(new(map[string]string))
		b.get("/api/").wantStatus(http.StatusNotFound).json(new(map[string]string))
	})
}

func TestTicketsAPI(t *testing.T) {
	s := openSite(t)
	b := s.signIn(robin)
	if a := b.get(apiTickets).wantStatus(http.StatusOK); !bytes.Contains(a.body, []byte(`"data":[]`)) {
		t.Errorf("body = %s, want an empty list", a.body)
	}
	for i := range 102 {
		s.createTicket(fmt.Sprint("Ticket ", i+1), midnightUTC("2026-03-01").Add(time.Duration(i)*time.Minute))
	}
	kind := storetest.Category(t, s.Store, lantern, "Billing")
	ada := storetest.Member(t, s.Store, lantern, "300000000000000001", "Ada")
	last := storetest.Ticket(t, s.Store, ada, store.Ticket{Subject: new("Last"), Category: &kind, CreatedAt: midnightUTC("2026-04-01")})
	s.claimTicket(last)

	var all struct {
		Data  []map[string]any
		Stats map[string]int
	}
	b.get(apiTickets).wantStatus(http.StatusOK).json(&all)
	if len(all.Data) != 100 || all.Data[0]["id"] != last.ID {
		t.Errorf("tickets = %d, the first %v, want 100 and %v", len(all.Data), all.Data[0]["id"], last.ID)
	}
	if want := map[string]int{"OPEN": 102, "CLAIMED": 1, "CLOSED": 0}; fmt.Sprint(all.Stats) != fmt.Sprint(want) {
		t.Errorf("stats = %v, want %v", all.Stats, want)
	}
	for _, field := range strings.Fields(`id guildId channelId number subject status claimedBy closedBy closedAt categoryId platformUsername
		productId issueType issueDetails transcriptUrl createdAt updatedAt member`) {
		if _, ok := all.Data[0][field]; !ok {
			t.Errorf("field %s is missing", field)
		}
	}
	for field, want := range map[string]any{
		"number": 103, "subject": "Last", "status": "CLAIMED", "claimedBy": robin, "closedBy": nil, "closedAt": nil, "categoryId": kind.ID,
		"createdAt": "2026-04-01T00:00:00.000Z", "member": map[string]any{"discordId": "300000000000000001"},
	} {
		if fmt.Sprint(all.Data[0][field]) != fmt.Sprint(want) {
			t.Errorf("%s = %v, want %v", field, all.Data[0][field], want)
		}
	}
	b.get(apiTickets + "?status=CLAIMED").wantStatus(http.StatusOK).json(&all)
	if len(all.Data) != 1 {
		t.Errorf("claimed tickets = %d, want 1", len(all.Data))
	}
	var body map[string]string
	b.get(apiTickets + "?status=open").wantStatus(http.StatusBadRequest).json(&body)
	if body["error"] != "status must be one of OPEN, CLAIMED, CLOSED" {
		t.Errorf("invalid status: error = %q, want the allowed values", body["error"])
	}
}

func TestGiveawaysAPIRefusesDeepPages(t *testing.T) {
	if testing.Short() {
		t.Skip("not run in short mode: the test creates 41,000 giveaways")
	}
	full := storetest.Open(t)
	storetest.Fill(t, full, storetest.GuildSize{Members: 20, Giveaways: 41_000}, lantern)
	s := openSite(t, func(_ *site, c *handlers.Config) { c.Store = full })
	b := s.signIn(robin)
	api := "/api/guilds/" + lantern + "/giveaways?limit=5&page="
	for page, status := range map[string]int{"4001": http.StatusOK, "4100": http.StatusBadRequest, "8000": http.StatusOK} {
		a := b.get(api + page).wantStatus(status)
		if want := map[int]string{http.StatusOK: `"page":` + page,
			http.StatusBadRequest: "page must be at most 4001"}[status]; !strings.Contains(string(a.body), want) {
			t.Errorf("page %s: body = %.200s, want it to contain %s", page, a.body, want)
		}
	}
}
