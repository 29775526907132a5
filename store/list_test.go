package store_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

func TestGiveawayListsEqualASelectionByHand(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		var all []store.Giveaway
		for i := range 40 {
			g := store.Giveaway{
				Host: store.Person{ID: fmt.Sprint(i % 3)}, ChannelID: fmt.Sprint(i % 2),
				Prize: fmt.Sprintf("%s %d", []string{"Nitro", "ÉCLAIR", "100% cotton"}[i%3], i), Status: store.GiveawayStatuses[i%5],
				CreatedAt: noon.Add(time.Duration(i*7%40/2) * time.Hour), EndsAt: noon.Add(time.Duration(i*11%40/2) * time.Hour), // pairs tie
			}
			if g.Status == store.GiveawayPending {
				g.StartsAt = ptr(g.EndsAt.Add(-time.Hour))
			}
			if i%4 == 0 {
				g.RepeatDays = 7
			}
			if g.Status == store.GiveawayEnded {
				g.EndedAt = &g.EndsAt
			}
			storetest.Giveaway(t, s, "2", g)
			all = append(all, storetest.Giveaway(t, s, "1", g))
		}
		for i := range 15 {
			m := storetest.Member(t, s, "1", fmt.Sprint(100+i), "M")
			for j := range all {
				if all[j].Status == store.GiveawayActive && i < j%7 {
					check(t, s.EnterGiveaway(t.Context(), "1", all[j].ID, m.ID, 1, 0, nil))
					all[j].Entries++
				}
			}
		}
		for _, q := range giveawayQueries() {
			want := selectByHand(all, q)
			for number, size := range map[int]int{0: 0, 2: 7, 99: 7} {
				q.Page, q.PerPage = number, size
				list, tiles, err := s.Giveaways(t.Context(), "1", q)
				check(t, err)
				items, shown := cut(want, number, cmp.Or(size, 25))
				if got, want := giveawayIDs(list.Items), giveawayIDs(items); !slices.Equal(got, want) {
					t.Errorf("%+v:\n%v, want\n%v", q, got, want)
				}
				wantPage(t, fmt.Sprintf("%+v", q), list.Page, shown, list.Pages, list.Total, len(want), cmp.Or(size, 25))
				same(t, "tiles", tiles.Total(), 40)
			}
		}
	})
}

func giveawayQueries() []store.GiveawayQuery {
	var all []store.GiveawayQuery
	for _, sort := range []store.GiveawaySort{store.GiveawaysNewest, store.GiveawaysOldest, store.GiveawaysEnding, store.GiveawaysEntries, store.GiveawaysStarting, store.GiveawaysEnded} {
		for _, status := range []store.GiveawayStatus{"", store.GiveawayActive, store.GiveawayEnded, store.GiveawayHistory} {
			for _, text := range []string{"", "nitro", "éclair", "100%", "nothing such"} {
				all = append(all, store.GiveawayQuery{Sort: sort, Status: status, Text: text},
					store.GiveawayQuery{Sort: sort, Status: status, Text: text, From: noon.Add(3 * time.Hour), To: noon.Add(12 * time.Hour)},
					store.GiveawayQuery{Sort: sort, Status: status, Text: text, Host: "1"},
					store.GiveawayQuery{Sort: sort, Status: status, Text: text, Repeats: true},
					store.GiveawayQuery{Sort: sort, Status: status, Text: text, Host: "1", Channel: "0"})
			}
		}
	}
	return all
}

func selectByHand(all []store.Giveaway, q store.GiveawayQuery) []store.Giveaway {
	var found []store.Giveaway
	for _, g := range all {
		over := g.Status == store.GiveawayEnded || g.Status == store.GiveawayCancelled
		if q.Host != "" && g.Host.ID != q.Host || q.Channel != "" && g.ChannelID != q.Channel || q.Repeats && g.RepeatDays == 0 ||
			q.Sort == store.GiveawaysStarting && g.StartsAt == nil || q.Sort == store.GiveawaysEnded && g.EndedAt == nil {
			continue
		}
		if (q.Status == "" || g.Status == q.Status || q.Status == store.GiveawayHistory && over) && (q.From.IsZero() || !g.CreatedAt.Before(q.From)) &&
			(q.To.IsZero() || g.CreatedAt.Before(q.To)) && strings.Contains(strings.ToLower(g.Prize), strings.ToLower(q.Text)) {
			found = append(found, g)
		}
	}
	slices.SortFunc(found, func(a, b store.Giveaway) int {
		switch q.Sort {
		case store.GiveawaysOldest:
			return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
		case store.GiveawaysEnding:
			return cmp.Or(a.EndsAt.Compare(b.EndsAt), cmp.Compare(a.ID, b.ID))
		case store.GiveawaysStarting:
			return cmp.Or(a.StartsAt.Compare(*b.StartsAt), cmp.Compare(a.ID, b.ID))
		case store.GiveawaysEnded:
			return cmp.Or(b.EndedAt.Compare(*a.EndedAt), reversed(a.ID, b.ID))
		case store.GiveawaysEntries:
			return cmp.Or(reversed(a.Entries, b.Entries), reversed(a.ID, b.ID))
		default:
			return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), reversed(a.ID, b.ID))
		}
	})
	return found
}

func TestTicketListsEqualASelectionByHand(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		crowd(t, s, "1", 0, 60)
		crowd(t, s, "2", 0, 60)
		exec(t, s, "UPDATE tickets SET priority = 'HIGH' WHERE number % 4 = 0")
		exec(t, s, "INSERT INTO ticket_labels (id, guild_id, name) VALUES ('l2', '1', 'Second'), ('l3', '1', 'third'), ('l9', '2', 'Second')")
		exec(t, s, `INSERT INTO labelled_tickets (guild_id, ticket_id, label_id, created_at)
			SELECT '1', t.id, l.id, t.created_at FROM tickets t JOIN ticket_labels l ON l.guild_id = t.guild_id
			WHERE t.guild_id = '1' AND (l.id = 'l2' AND t.number % 2 = 0 OR l.id = 'l3' AND t.number % 3 = 0)`)
		all, _, err := s.Tickets(t.Context(), "1", store.TicketQuery{PerPage: 100}, noon)
		check(t, err)
		same(t, "tickets", len(all.Items), 60)
		for _, direction := range []store.TicketSort{store.TicketsNewest, store.TicketsOldest, store.TicketsWaiting} {
			for _, status := range []store.TicketStatus{"", store.TicketClosed, store.TicketActive} {
				for _, text := range []string{"", "REFUND", "user1", "nothing such", "#12", "12", " 7 "} {
					wantTickets(t, s, all.Items, store.TicketQuery{Sort: direction, Status: status, Text: text, Opener: "1008"})
					wantTickets(t, s, all.Items, store.TicketQuery{Sort: direction, Status: status, Text: text, Claimer: "1001"})
					wantTickets(t, s, all.Items, store.TicketQuery{Sort: direction, Status: status, Text: text, Priority: store.PriorityHigh})
					wantTickets(t, s, all.Items, store.TicketQuery{Sort: direction, Status: status, Text: text, Labels: []string{"l2", "l3"}})
					wantTickets(t, s, all.Items, store.TicketQuery{Sort: direction, Status: status, Text: text, Labels: []string{"l9"}})
					for _, from := range []time.Time{{}, noon.Add(10 * time.Minute)} {
						q := store.TicketQuery{Sort: direction, Status: status, Text: text, From: from}
						wantTickets(t, s, all.Items, q)
						wantTickets(t, s, all.Items, store.TicketQuery{Sort: direction, Status: status, Text: text, From: from, Labels: []string{"l3"}})
						if !from.IsZero() {
							q.To = noon.Add(50 * time.Minute)
							wantTickets(t, s, all.Items, q)
						}
					}
				}
			}
		}
	})
}

func wantTickets(t *testing.T, s *store.Store, newestFirst []store.Ticket, q store.TicketQuery) {
	t.Helper()
	text := strings.ToLower(strings.TrimSpace(q.Text))
	var hit, want []string
	for _, ticket := range newestFirst {
		if q.Status == store.TicketActive && ticket.Status == store.TicketClosed || q.Sort == store.TicketsWaiting && ticket.WaitingSince == nil ||
			q.Opener != "" && ticket.Opener.ID != q.Opener || q.Claimer != "" && ticket.ClaimedBy.ID != q.Claimer || q.Priority != "" && ticket.Priority != q.Priority ||
			slices.ContainsFunc(q.Labels, func(id string) bool { return !hasLabel(ticket, id) }) {
			continue
		}
		if q.Status != "" && q.Status != store.TicketActive && ticket.Status != q.Status || ticket.CreatedAt.Before(q.From) || !q.To.IsZero() && !ticket.CreatedAt.Before(q.To) {
			continue
		}
		if n := fmt.Sprint(ticket.Number); text == n || text == "#"+n {
			hit = []string{ticket.ID}
		} else if strings.Contains(strings.ToLower(*ticket.Subject+" "+ticket.Opener.Username), text) {
			want = append(want, ticket.ID)
		}
	}
	if q.Sort != store.TicketsNewest {
		slices.Reverse(want)
	}
	want = append(hit, want...)
	for number, size := range map[int]int{0: 0, 2: 7, 99: 7} {
		q.Page, q.PerPage = number, size
		list, _, err := s.Tickets(t.Context(), "1", q, noon)
		check(t, err)
		items, shown := cut(want, number, cmp.Or(size, 25))
		if got := ticketIDs(list.Items); !slices.Equal(got, items) {
			t.Errorf("%+v:\n%v, want\n%v", q, got, items)
		}
		wantPage(t, fmt.Sprintf("%+v", q), list.Page, shown, list.Pages, list.Total, len(want), cmp.Or(size, 25))
	}
}

func hasLabel(t store.Ticket, id string) bool {
	return slices.ContainsFunc(t.Labels, func(l store.TicketLabel) bool { return l.ID == id })
}

// cut is the page of that number, or the last one.
func cut[T any](all []T, number, size int) ([]T, int) {
	last := max(1, (len(all)+size-1)/size)
	number = min(max(number, 1), last)
	return all[min((number-1)*size, len(all)):min(number*size, len(all))], number
}

func wantPage(t *testing.T, what string, page, wantPage, pages, total, wantTotal, size int) {
	t.Helper()
	same(t, what+": page", page, wantPage)
	same(t, what+": total", total, wantTotal)
	same(t, what+": pages", pages, max(1, (wantTotal+size-1)/size))
}

func giveawayIDs(items []store.Giveaway) []string {
	var ids []string
	for _, g := range items {
		ids = append(ids, g.ID)
	}
	return ids
}

func ticketIDs(items []store.Ticket) []string {
	var ids []string
	for _, t := range items {
		ids = append(ids, t.ID)
	}
	return ids
}

func TestASearchFindsAnyScriptInAnyCase(t *testing.T) {
	subjects := []string{
		"Không thể ĐĂNG NHẬP", "支払いができません", "退款 请求", "Оплата не прошла", "CAFÉ fermé", "Party 🎉🎉🎉 now", "50% off",
		`back\slash`, "snake_case_name", "snakeXcaseXname", "50x off", "'; DROP TABLE tickets; --", "",
	}
	finds := map[string][]string{
		"đăng nhập": {"Không thể ĐĂNG NHẬP"}, "KHÔNG": {"Không thể ĐĂNG NHẬP"}, "払い": {"支払いができません"}, "ができません": {"支払いができません"},
		"退款": {"退款 请求"}, "ОПЛАТА": {"Оплата не прошла"}, "café": {"CAFÉ fermé"}, "É": {"CAFÉ fermé"}, "🎉": {"Party 🎉🎉🎉 now"},
		"🎉🎉🎉": {"Party 🎉🎉🎉 now"}, "50%": {"50% off"}, "%": {"50% off"}, "50% OFF": {"50% off"}, `\`: {`back\slash`}, `K\S`: {`back\slash`},
		"_": {"snake_case_name"}, "case_name": {"snake_case_name"}, "snake": {"snake_case_name", "snakeXcaseXname"},
		"'; drop": {"'; DROP TABLE tickets; --"}, "\x00\xff": append([]string(nil), subjects...), "nothing such": nil,
		strings.Repeat("ü", 5000): nil,
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for guild, crowded := range map[string]int{"1": 0, "2": 2500} { // a scan of the guild; the index
			crowd(t, s, guild, 0, crowded)
			opener := storetest.Member(t, s, guild, "10", "Zoë")
			for _, subject := range subjects {
				storetest.Giveaway(t, s, guild, store.Giveaway{Prize: subject})
				storetest.Ticket(t, s, opener, store.Ticket{Subject: &subject})
			}
			for text, want := range finds {
				if text == "\x00\xff" {
					if crowded == 0 {
						wantFound(t, s, guild, text, want)
					}
					continue
				}
				wantFound(t, s, guild, text, want)
			}
			for _, text := range []string{"ZOË", "zo"} {
				list, _, err := s.Tickets(t.Context(), guild, store.TicketQuery{Text: text}, noon)
				check(t, err)
				same(t, "tickets of "+text, list.Total, len(subjects))
			}
			renamed := storetest.Member(t, s, guild, "10", "Ngọc")
			same(t, "row", renamed.ID, opener.ID)
			list, _, err := s.Tickets(t.Context(), guild, store.TicketQuery{Text: "NGỌC"}, noon)
			check(t, err)
			same(t, "tickets of the new name", list.Total, len(subjects))
			list, _, err = s.Tickets(t.Context(), guild, store.TicketQuery{Text: "Zoë"}, noon)
			check(t, err)
			same(t, "tickets of the old name", list.Total, 0)
		}
		// An opener without a name is no reason to miss the subject.
		check(t, discard(s.SaveMember(t.Context(), store.Member{GuildID: "1", DiscordID: "11"})))
		nobody := must(s.SaveMember(t.Context(), store.Member{GuildID: "1", DiscordID: "11"}))(t)
		storetest.Ticket(t, s, nobody, store.Ticket{Subject: ptr("Unnamed opener")})
		list, _, err := s.Tickets(t.Context(), "1", store.TicketQuery{Text: "unnamed"}, noon)
		check(t, err)
		same(t, "tickets of the unnamed", list.Total, 1)
	})
}

func wantFound(t *testing.T, s *store.Store, guild, text string, want []string) {
	t.Helper()
	tickets, _, err := s.Tickets(t.Context(), guild, store.TicketQuery{Text: text, Sort: store.TicketsOldest}, noon)
	check(t, err)
	var got []string
	for _, ticket := range tickets.Items {
		got = append(got, *ticket.Subject)
	}
	slices.Sort(got) // some are opened in the same millisecond
	want = slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("tickets of guild %s with %.20q: %q, want %q", guild, text, got, want)
	}
	if guild != "1" {
		return // its giveaways are the same
	}
	giveaways, _, err := s.Giveaways(t.Context(), guild, store.GiveawayQuery{Text: text, Sort: store.GiveawaysOldest})
	check(t, err)
	got = nil
	for _, g := range giveaways.Items {
		got = append(got, g.Prize)
	}
	slices.Sort(got)
	if slices.Contains(want, "") { // a giveaway is never without a prize
		want[0] = "Nitro"
		slices.Sort(want)
	}
	if !slices.Equal(got, want) {
		t.Errorf("giveaways with %.20q: %q, want %q", text, got, want)
	}
}

func TestASearchInABigGuildStaysBounded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		crowd(t, s, "1", 0, 3000)
		search := func(q store.TicketQuery) store.List[store.Ticket] {
			t.Helper()
			list, _, err := s.Tickets(t.Context(), "1", q, noon)
			check(t, err)
			return list
		}
		common := search(store.TicketQuery{Text: "question"})
		same(t, "counting stops", common.Total, 101)
		same(t, "and says so", common.AtLeast, true)
		same(t, "with the index", common.Newest, 0)
		same(t, "newest first", common.Items[0].Number, 3000) // 3000 % 7 is 4
		// Going on past where counting stopped, to the end.
		deep := search(store.TicketQuery{Text: "question", Page: 50})
		same(t, "a deep page", deep.Page, 50)
		same(t, "its rows", len(deep.Items), 25)
		same(t, "counted on", deep.Total, 1251)
		last := search(store.TicketQuery{Text: "question", Page: 10_000_000})
		same(t, "the exact total", fmt.Sprint(last.Total, last.AtLeast), "1285 false")
		same(t, "the last page", fmt.Sprint(last.Page, last.Pages, len(last.Items)), "52 52 10")

		short := search(store.TicketQuery{Text: "re"})
		same(t, "only the newest", short.Newest, 2000)
		oldest := search(store.TicketQuery{Text: "re", Sort: store.TicketsOldest}).Items[0]
		if oldest.Number <= 1000 {
			t.Errorf("ticket %d is not among the newest 2,000", oldest.Number)
		}
		for _, text := range []string{"12", "#12"} { // it is not among the newest either
			found := search(store.TicketQuery{Text: text})
			same(t, "ticket "+text, found.Items[0].Number, 12)
		}
		same(t, "a number that is closed, among the open", search(store.TicketQuery{Text: "#12", Status: store.TicketOpen}).Total, 0)
	})
}

func TestASearchBetweenDatesFindsTicketsThatCameLate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		crowd(t, s, "1", 0, 7000) // ticket n is opened n minutes after noon
		at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
		found := func(from, to int) (numbers []int) {
			t.Helper()
			list, _, err := s.Tickets(t.Context(), "1", store.TicketQuery{Text: "LATE", From: at(from), To: at(to)}, noon)
			check(t, err)
			for _, ticket := range list.Items {
				numbers = append(numbers, ticket.Number)
			}
			return numbers
		}
		exec(t, s, "UPDATE tickets SET subject = 'Late' WHERE number IN (1000, 3000, 5999, 6000)")
		same(t, "in the order of time", fmt.Sprint(found(1000, 6000)), "[5999 3000 1000]")
		ann := storetest.Member(t, s, "1", "10", "Ann")
		storetest.Ticket(t, s, ann, store.Ticket{Subject: ptr("Late one"), CreatedAt: at(2500)})
		same(t, "one that came later than it was opened", fmt.Sprint(found(1000, 6000)), "[7001 5999 3000 1000]")
		same(t, "and no other", fmt.Sprint(found(3001, 7001)), "[6000 5999]")
		exec(t, s, "UPDATE tickets SET created_at = $1 WHERE number = 6000", at(-50))
		exec(t, s, "UPDATE tickets SET created_at = $1 WHERE number = 1000", at(9000))
		same(t, "those that were moved", fmt.Sprint(found(-60, 3500)), "[7001 6000 3000]")
		same(t, "to either side", fmt.Sprint(found(4000, 9001)), "[5999 1000]")
	})
}

func TestClosedTodayAndLongestWaiting(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		ann := storetest.Member(t, s, "1", "10", "Ann")
		open := func(at time.Time) string { return storetest.Ticket(t, s, ann, store.Ticket{CreatedAt: at}).ID }
		claimed, waiting := open(noon.Add(-3*time.Hour)), noon.Add(-2*time.Hour)
		open(waiting)
		open(noon.Add(-time.Hour))
		check(t, s.ClaimTicket(t.Context(), "1", claimed, "10", noon))
		for _, at := range []time.Time{noon.Add(-time.Millisecond), noon, noon.Add(time.Hour)} {
			check(t, s.CloseTicket(t.Context(), "1", open(noon.Add(-48*time.Hour)), "10", at))
		}
		_, listed, err := s.Tickets(t.Context(), "1", store.TicketQuery{Status: store.TicketOpen}, noon)
		check(t, err)
		for _, tiles := range []store.TicketTiles{listed, must(s.TicketTiles(t.Context(), "1", noon))(t)} {
			same(t, "counts", fmt.Sprint(tiles.Open, tiles.Claimed, tiles.Closed, tiles.ClosedToday), "2 1 3 2")
			same(t, "longest waiting", *tiles.LongestWaiting, waiting)
		}
	})
}

func TestListsCarryTheirWinners(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		crowd(t, s, "1", 60, 0)
		list, tiles, err := s.Giveaways(t.Context(), "1", store.GiveawayQuery{PerPage: 60})
		check(t, err)
		same(t, "tiles", tiles, store.GiveawayTiles{Active: 15, Cancelled: 15, Ended: 30, Entries: 150})
		for _, g := range list.Items {
			switch {
			case g.Status != store.GiveawayEnded:
				same(t, "winners of a giveaway that has not ended", len(g.Winners), 0)
			case len(g.Winners) != 1 || g.Winners[0].User != g.Host || g.Host.Username == "":
				t.Errorf("winners of %s, host %v: %+v", g.ID, g.Host, g.Winners)
			}
		}
	})
}

func TestEntriesComeNewestFirstInPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		g := storetest.Giveaway(t, s, "1", store.Giveaway{})
		for i := range 60 {
			m := storetest.Member(t, s, "1", fmt.Sprint(i), fmt.Sprint("M", i))
			check(t, s.EnterGiveaway(t.Context(), "1", g.ID, m.ID, 1, 0, nil))
		}
		first, last := must(s.Entries(t.Context(), "1", g.ID, store.EntryQuery{}))(t), must(s.Entries(t.Context(), "1", g.ID, store.EntryQuery{Page: 9}))(t)
		same(t, "first page", fmt.Sprint(len(first.Items), first.Total, first.Page, first.Pages), "50 60 1 2")
		same(t, "past the end", fmt.Sprint(len(last.Items), last.Total, last.Page, last.Pages), "10 60 2 2")
		all := append(first.Items, last.Items...)
		if !slices.IsSortedFunc(all, func(a, b store.Entry) int { return b.CreatedAt.Compare(a.CreatedAt) }) {
			t.Error("not newest first")
		}
	})
}

func TestRowsPickedByHandAreTheGuildsOwn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		crowd(t, s, "1", 40, 40)
		crowd(t, s, "2", 40, 40)
		giveaways, _, err := s.Giveaways(t.Context(), "1", store.GiveawayQuery{IDs: []string{"g1-7", "g2-7", "g1-9", "no"}})
		check(t, err)
		if ids := giveawayIDs(giveaways.Items); !slices.Equal(ids, []string{"g1-9", "g1-7"}) || giveaways.Total != 2 {
			t.Errorf("giveaways %v of %d", ids, giveaways.Total)
		}
		for text, want := range map[string][]string{"": {"t1-9", "t1-7"}, "payment": {"t1-7"}, "9": {"t1-9"}} {
			tickets, _, err := s.Tickets(t.Context(), "1", store.TicketQuery{IDs: []string{"t1-7", "t2-7", "t1-9"}, Text: text}, noon)
			check(t, err)
			if ids := ticketIDs(tickets.Items); !slices.Equal(ids, want) || tickets.Total != len(want) {
				t.Errorf("tickets with %q: %v of %d, want %v", text, ids, tickets.Total, want)
			}
		}
	})
}

func TestAPageHoldsOneToAHundredRows(t *testing.T) {
	s := storetest.Open(t)
	crowd(t, s, "1", 120, 0)
	for size, want := range map[int]int{-5: 25, 0: 25, 1: 1, 100: 100, 1000: 100} {
		list, _, err := s.Giveaways(t.Context(), "1", store.GiveawayQuery{PerPage: size, Page: -1})
		check(t, err)
		same(t, fmt.Sprint("rows of ", size), len(list.Items), want)
		same(t, "page", list.Page, 1)
	}
}

func TestAnUnknownStatusOrSortIsNoQuery(t *testing.T) {
	s := storetest.Open(t)
	for _, q := range []store.GiveawayQuery{{Status: "ALL"}, {Sort: "id; DROP TABLE giveaways"}} {
		if _, _, err := s.Giveaways(t.Context(), "1", q); err == nil {
			t.Errorf("%+v was answered", q)
		}
	}
	for _, q := range []store.TicketQuery{{Status: "ALL"}, {Sort: "sideways"}} {
		if _, _, err := s.Tickets(t.Context(), "1", q, noon); err == nil {
			t.Errorf("%+v was answered", q)
		}
	}
}
