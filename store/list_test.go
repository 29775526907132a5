package store_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

func TestGiveawayListsMatchReferenceFilter(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		var all []store.Giveaway
		for i := range 40 {
			g := store.Giveaway{
				Host: contract.User{ID: fmt.Sprint(i % 3)}, ChannelID: fmt.Sprint(i % 2),
				Prize: fmt.Sprintf("%s %d", []string{"Nitro", "ÉCLAIR", "100% cotton"}[i%3], i), Status: store.GiveawayStatuses[i%5],
				// pairs have equal times
				CreatedAt: noon.Add(time.Duration(i*7%40/2) * time.Hour), EndsAt: noon.Add(time.Duration(i*11%40/2) * time.Hour),
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
					noError(t, s.EnterGiveaway(t.Context(), "1", all[j].ID, m.ID, 1, 0, nil))
					all[j].Entries++
				}
			}
		}
		for _, q := range giveawayQueries() {
			want := filterGiveaways(all, q)
			for number, size := range map[int]int{0: 0, 2: 7, 99: 7} {
				q.Page, q.PerPage = number, size
				list, stats, err := s.Giveaways(t.Context(), "1", q)
				noError(t, err)
				items, shown := slicePage(want, number, cmp.Or(size, 25))
				if got, want := giveawayIDs(list.Items), giveawayIDs(items); !slices.Equal(got, want) {
					t.Errorf("%+v: rows =\n%v, want\n%v", q, got, want)
				}
				wantPage(t, fmt.Sprintf("%+v", q), list.Page, shown, list.Pages, list.Total, len(want), cmp.Or(size, 25))
				wantEqual(t, "total of the tiles", stats.Total(), 40)
			}
		}
	})
}

func giveawayQueries() []store.GiveawayQuery {
	var all []store.GiveawayQuery
	for _, sort := range []store.GiveawaySort{store.GiveawaySortNewest, store.GiveawaySortOldest, store.GiveawaySortEnding,
		store.GiveawaySortEntries, store.GiveawaySortStarting, store.GiveawaySortEnded} {
		for _, status := range []store.GiveawayStatus{"", store.GiveawayActive, store.GiveawayEnded} {
			for _, text := range []string{"", "nitro", "éclair", "100%", "nothing such"} {
				all = append(all, store.GiveawayQuery{Sort: sort, Status: status, SearchTerm: text},
					store.GiveawayQuery{Sort: sort, Status: status, SearchTerm: text, From: noon.Add(3 * time.Hour),
						To: noon.Add(12 * time.Hour)},
					store.GiveawayQuery{Sort: sort, Status: status, SearchTerm: text, Host: "1"},
					store.GiveawayQuery{Sort: sort, Status: status, SearchTerm: text, RepeatingOnly: true},
					store.GiveawayQuery{Sort: sort, Status: status, SearchTerm: text, UnclaimedOnly: true},
					store.GiveawayQuery{Sort: sort, Status: status, SearchTerm: text, Host: "1", Channel: "0"})
			}
		}
	}
	return all
}

func filterGiveaways(all []store.Giveaway, q store.GiveawayQuery) []store.Giveaway {
	var found []store.Giveaway
	for _, g := range all {
		if q.Host != "" && g.Host.ID != q.Host || q.Channel != "" && g.ChannelID != q.Channel || q.RepeatingOnly && g.RepeatDays == 0 ||
			q.UnclaimedOnly && !slices.ContainsFunc(g.Winners, func(w store.Winner) bool {
				return w.ClaimExpiredAt != nil && !w.Claimed && !w.Rerolled
			}) ||
			q.Sort == store.GiveawaySortStarting && g.StartsAt == nil || q.Sort == store.GiveawaySortEnded && g.EndedAt == nil {
			continue
		}
		if (q.Status == "" || g.Status == q.Status) &&
			(q.From.IsZero() || !g.CreatedAt.Before(q.From)) &&
			(q.To.IsZero() || g.CreatedAt.Before(q.To)) && strings.Contains(strings.ToLower(g.Prize), strings.ToLower(q.SearchTerm)) {
			found = append(found, g)
		}
	}
	slices.SortFunc(found, func(a, b store.Giveaway) int {
		switch q.Sort {
		case store.GiveawaySortOldest:
			return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
		case store.GiveawaySortEnding:
			return cmp.Or(a.EndsAt.Compare(b.EndsAt), cmp.Compare(a.ID, b.ID))
		case store.GiveawaySortStarting:
			return cmp.Or(a.StartsAt.Compare(*b.StartsAt), cmp.Compare(a.ID, b.ID))
		case store.GiveawaySortEnded:
			return cmp.Or(b.EndedAt.Compare(*a.EndedAt), descending(a.ID, b.ID))
		case store.GiveawaySortEntries:
			return cmp.Or(descending(a.Entries, b.Entries), descending(a.ID, b.ID))
		default:
			return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), descending(a.ID, b.ID))
		}
	})
	return found
}

func TestTicketListsMatchReferenceFilter(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		fillGuild(t, s, "1", 0, 60)
		fillGuild(t, s, "2", 0, 60)
		execSQL(t, s, "UPDATE tickets SET priority = 'HIGH' WHERE number % 4 = 0")
		execSQL(t, s,
			"INSERT INTO ticket_labels (id, guild_id, name) VALUES ('l2', '1', 'Second'), ('l3', '1', 'third'), ('l9', '2', 'Second')")
		execSQL(t, s, `INSERT INTO labelled_tickets (guild_id, ticket_id, label_id, created_at)
			SELECT '1', t.id, l.id, t.created_at FROM tickets t JOIN ticket_labels l ON l.guild_id = t.guild_id
			WHERE t.guild_id = '1' AND (l.id = 'l2' AND t.number % 2 = 0 OR l.id = 'l3' AND t.number % 3 = 0)`)
		all, _, err := s.Tickets(t.Context(), "1", store.TicketQuery{PerPage: 100}, noon)
		noError(t, err)
		wantEqual(t, "tickets", len(all.Items), 60)
		for _, direction := range []store.TicketSort{store.TicketSortNewest, store.TicketSortOldest, store.TicketSortWaiting} {
			for _, status := range []store.TicketStatus{"", store.TicketClosed, store.TicketActive} {
				for _, text := range []string{"", "REFUND", "user1", "nothing such", "#12", "12", " 7 "} {
					wantTickets(t, s, all.Items, store.TicketQuery{Sort: direction, Status: status, SearchTerm: text, Opener: "1008"})
					wantTickets(t, s, all.Items, store.TicketQuery{Sort: direction, Status: status, SearchTerm: text, ClaimedBy: "1001"})
					wantTickets(t, s, all.Items, store.TicketQuery{Sort: direction, Status: status, SearchTerm: text,
						Priority: store.PriorityHigh})
					wantTickets(t, s, all.Items, store.TicketQuery{Sort: direction, Status: status, SearchTerm: text,
						Labels: []string{"l2", "l3"}})
					wantTickets(t, s, all.Items, store.TicketQuery{Sort: direction, Status: status, SearchTerm: text,
						Labels: []string{"l9"}})
					for _, from := range []time.Time{{}, noon.Add(10 * time.Minute)} {
						q := store.TicketQuery{Sort: direction, Status: status, SearchTerm: text, From: from}
						wantTickets(t, s, all.Items, q)
						wantTickets(t, s, all.Items, store.TicketQuery{Sort: direction, Status: status, SearchTerm: text,
							From: from, Labels: []string{"l3"}})
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
	text := strings.ToLower(strings.TrimSpace(q.SearchTerm))
	var numberMatch, want []string
	for _, ticket := range newestFirst {
		if q.Status == store.TicketActive && ticket.Status == store.TicketClosed ||
			q.Sort == store.TicketSortWaiting && ticket.WaitingSince == nil ||
			q.Opener != "" && ticket.Opener.ID != q.Opener || q.ClaimedBy != "" && ticket.ClaimedBy.ID != q.ClaimedBy ||
			q.Priority != "" && ticket.Priority != q.Priority ||
			slices.ContainsFunc(q.Labels, func(id string) bool { return !hasLabel(ticket, id) }) {
			continue
		}
		if q.Status != "" && q.Status != store.TicketActive && ticket.Status != q.Status ||
			ticket.CreatedAt.Before(q.From) || !q.To.IsZero() && !ticket.CreatedAt.Before(q.To) {
			continue
		}
		if n := fmt.Sprint(ticket.Number); text == n || text == "#"+n {
			numberMatch = []string{ticket.ID}
		} else if strings.Contains(strings.ToLower(*ticket.Subject+" "+ticket.Opener.Username), text) {
			want = append(want, ticket.ID)
		}
	}
	if q.Sort != store.TicketSortNewest {
		slices.Reverse(want)
	}
	want = append(numberMatch, want...)
	for number, size := range map[int]int{0: 0, 2: 7, 99: 7} {
		q.Page, q.PerPage = number, size
		list, _, err := s.Tickets(t.Context(), "1", q, noon)
		noError(t, err)
		items, shown := slicePage(want, number, cmp.Or(size, 25))
		if got := ticketIDs(list.Items); !slices.Equal(got, items) {
			t.Errorf("%+v: rows =\n%v, want\n%v", q, got, items)
		}
		wantPage(t, fmt.Sprintf("%+v", q), list.Page, shown, list.Pages, list.Total, len(want), cmp.Or(size, 25))
	}
}

func hasLabel(t store.Ticket, id string) bool {
	return slices.ContainsFunc(t.Labels, func(l store.TicketLabel) bool { return l.ID == id })
}

// slicePage returns the page with this number, or the last page.
func slicePage[T any](all []T, number, size int) ([]T, int) {
	last := max(1, (len(all)+size-1)/size)
	number = min(max(number, 1), last)
	return all[min((number-1)*size, len(all)):min(number*size, len(all))], number
}

func wantPage(t *testing.T, label string, page, wantPage, pages, total, wantTotal, size int) {
	t.Helper()
	wantEqual(t, label+": page", page, wantPage)
	wantEqual(t, label+": total", total, wantTotal)
	wantEqual(t, label+": pages", pages, max(1, (wantTotal+size-1)/size))
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

func TestSearchFoldsCaseInAnyScript(t *testing.T) {
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
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		for guild, fillerTickets := range map[string]int{"1": 0, "2": 2500} { // 0: scan of the guild; 2500: search index
			fillGuild(t, s, guild, 0, fillerTickets)
			opener := storetest.Member(t, s, guild, "10", "Zoë")
			for _, subject := range subjects {
				storetest.Giveaway(t, s, guild, store.Giveaway{Prize: subject})
				storetest.Ticket(t, s, opener, store.Ticket{Subject: &subject})
			}
			for text, want := range finds {
				if text == "\x00\xff" {
					if fillerTickets == 0 {
						wantFound(t, s, guild, text, want)
					}
					continue
				}
				wantFound(t, s, guild, text, want)
			}
			for _, text := range []string{"ZOË", "zo"} {
				list, _, err := s.Tickets(t.Context(), guild, store.TicketQuery{SearchTerm: text}, noon)
				noError(t, err)
				wantEqual(t, "tickets for "+text, list.Total, len(subjects))
			}
			renamed := storetest.Member(t, s, guild, "10", "Ngọc")
			wantEqual(t, "id after the renaming", renamed.ID, opener.ID)
			list, _, err := s.Tickets(t.Context(), guild, store.TicketQuery{SearchTerm: "NGỌC"}, noon)
			noError(t, err)
			wantEqual(t, "tickets for the new name", list.Total, len(subjects))
			list, _, err = s.Tickets(t.Context(), guild, store.TicketQuery{SearchTerm: "Zoë"}, noon)
			noError(t, err)
			wantEqual(t, "tickets for the old name", list.Total, 0)
		}
		// An opener without a name must not prevent a match of the subject.
		noError(t, onlyError(s.SaveMember(t.Context(), store.Member{GuildID: "1", DiscordID: "11"})))
		nobody := must(s.SaveMember(t.Context(), store.Member{GuildID: "1", DiscordID: "11"}))(t)
		storetest.Ticket(t, s, nobody, store.Ticket{Subject: ptr("Unnamed opener")})
		list, _, err := s.Tickets(t.Context(), "1", store.TicketQuery{SearchTerm: "unnamed"}, noon)
		noError(t, err)
		wantEqual(t, "tickets of a member without a name", list.Total, 1)
	})
}

func wantFound(t *testing.T, s *store.Store, guild, text string, want []string) {
	t.Helper()
	tickets, _, err := s.Tickets(t.Context(), guild, store.TicketQuery{SearchTerm: text, Sort: store.TicketSortOldest}, noon)
	noError(t, err)
	var got []string
	for _, ticket := range tickets.Items {
		got = append(got, *ticket.Subject)
	}
	slices.Sort(got) // some have the same creation time
	want = slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("tickets of guild %s for %.20q = %q, want %q", guild, text, got, want)
	}
	if guild != "1" {
		return // the other guilds have the same giveaways
	}
	giveaways, _, err := s.Giveaways(t.Context(), guild, store.GiveawayQuery{SearchTerm: text, Sort: store.GiveawaySortOldest})
	noError(t, err)
	got = nil
	for _, g := range giveaways.Items {
		got = append(got, g.Prize)
	}
	slices.Sort(got)
	if slices.Contains(want, "") { // a giveaway always has a prize
		want[0] = "Nitro"
		slices.Sort(want)
	}
	if !slices.Equal(got, want) {
		t.Errorf("giveaways for %.20q = %q, want %q", text, got, want)
	}
}

func TestSearchInLargeGuildIsBounded(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		fillGuild(t, s, "1", 0, 3000)
		search := func(q store.TicketQuery) store.List[store.Ticket] {
			t.Helper()
			list, _, err := s.Tickets(t.Context(), "1", q, noon)
			noError(t, err)
			return list
		}
		common := search(store.TicketQuery{SearchTerm: "question"})
		wantEqual(t, "total up to the limit", common.Total, 101)
		wantEqual(t, "total is a lower bound", common.TotalIsLowerBound, true)
		wantEqual(t, "search limit with the index", common.SearchLimit, 0)
		wantEqual(t, "number of the first row", common.Items[0].Number, 3000) // 3000 % 7 is 4
		// Pages after the point where counting stopped, up to the last page.
		deep := search(store.TicketQuery{SearchTerm: "question", Page: 50})
		wantEqual(t, "page", deep.Page, 50)
		wantEqual(t, "rows of page 50", len(deep.Items), 25)
		wantEqual(t, "total at page 50", deep.Total, 1251)
		last := search(store.TicketQuery{SearchTerm: "question", Page: 10_000_000})
		wantEqual(t, "exact total", fmt.Sprint(last.Total, last.TotalIsLowerBound), "1285 false")
		wantEqual(t, "last page", fmt.Sprint(last.Page, last.Pages, len(last.Items)), "52 52 10")

		short := search(store.TicketQuery{SearchTerm: "re"})
		wantEqual(t, "search limit without the index", short.SearchLimit, 2000)
		oldest := search(store.TicketQuery{SearchTerm: "re", Sort: store.TicketSortOldest}).Items[0]
		if oldest.Number <= 1000 {
			t.Errorf("oldest ticket = %d, want one of the newest 2,000", oldest.Number)
		}
		for _, text := range []string{"12", "#12"} { // ticket 12 is not among the newest 2,000 either
			found := search(store.TicketQuery{SearchTerm: text})
			wantEqual(t, "ticket "+text, found.Items[0].Number, 12)
		}
		wantEqual(t, "open tickets with the number of a closed one",
			search(store.TicketQuery{SearchTerm: "#12", Status: store.TicketOpen}).Total, 0)
	})
}

func TestSearchByDateFindsBackdatedTickets(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		fillGuild(t, s, "1", 0, 7000) // ticket n is opened n minutes after noon
		at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
		found := func(from, to int) (numbers []int) {
			t.Helper()
			list, _, err := s.Tickets(t.Context(), "1", store.TicketQuery{SearchTerm: "LATE", From: at(from), To: at(to)}, noon)
			noError(t, err)
			for _, ticket := range list.Items {
				numbers = append(numbers, ticket.Number)
			}
			return numbers
		}
		execSQL(t, s, "UPDATE tickets SET subject = 'Late' WHERE number IN (1000, 3000, 5999, 6000)")
		wantEqual(t, "sorted by time", fmt.Sprint(found(1000, 6000)), "[5999 3000 1000]")
		ann := storetest.Member(t, s, "1", "10", "Ann")
		storetest.Ticket(t, s, ann, store.Ticket{Subject: ptr("Late one"), CreatedAt: at(2500)})
		wantEqual(t, "with a ticket inserted later", fmt.Sprint(found(1000, 6000)), "[7001 5999 3000 1000]")
		wantEqual(t, "range between them", fmt.Sprint(found(3001, 7001)), "[6000 5999]")
		execSQL(t, s, "UPDATE tickets SET created_at = $1 WHERE number = 6000", at(-50))
		execSQL(t, s, "UPDATE tickets SET created_at = $1 WHERE number = 1000", at(9000))
		wantEqual(t, "range with moved tickets", fmt.Sprint(found(-60, 3500)), "[7001 6000 3000]")
		wantEqual(t, "range on the other side", fmt.Sprint(found(4000, 9001)), "[5999 1000]")
	})
}

func TestClosedTodayAndLongestWaiting(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		ann := storetest.Member(t, s, "1", "10", "Ann")
		open := func(at time.Time) string { return storetest.Ticket(t, s, ann, store.Ticket{CreatedAt: at}).ID }
		claimed, waiting := open(noon.Add(-3*time.Hour)), noon.Add(-2*time.Hour)
		open(waiting)
		open(noon.Add(-time.Hour))
		noError(t, s.ClaimTicket(t.Context(), "1", claimed, "10", noon))
		for _, at := range []time.Time{noon.Add(-time.Millisecond), noon, noon.Add(time.Hour)} {
			noError(t, s.CloseTicket(t.Context(), "1", open(noon.Add(-48*time.Hour)), "10", at))
		}
		_, listed, err := s.Tickets(t.Context(), "1", store.TicketQuery{Status: store.TicketOpen}, noon)
		noError(t, err)
		for _, stats := range []store.TicketStats{listed, must(s.TicketStats(t.Context(), "1", noon))(t)} {
			wantEqual(t, "counts", fmt.Sprint(stats.Open, stats.Claimed, stats.Closed, stats.ClosedToday), "2 1 3 2")
			wantEqual(t, "longest waiting", *stats.LongestWaitingSince, waiting)
		}
	})
}

func TestGiveawayListsIncludeWinners(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		fillGuild(t, s, "1", 60, 0)
		list, stats, err := s.Giveaways(t.Context(), "1", store.GiveawayQuery{PerPage: 60})
		noError(t, err)
		wantEqual(t, "tiles", stats, store.GiveawayStats{Active: 15, Cancelled: 15, Ended: 30, Entries: 150})
		for _, g := range list.Items {
			switch {
			case g.Status != store.GiveawayEnded:
				wantEqual(t, "winners of a running giveaway", len(g.Winners), 0)
			case len(g.Winners) != 1 || g.Winners[0].User != g.Host || g.Host.Username == "":
				t.Errorf("winners of %s with host %v = %+v, want the host", g.ID, g.Host, g.Winners)
			}
		}
	})
}

func TestEntriesAreListedNewestFirst(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		g := storetest.Giveaway(t, s, "1", store.Giveaway{})
		for i := range 60 {
			m := storetest.Member(t, s, "1", fmt.Sprint(i), fmt.Sprint("M", i))
			noError(t, s.EnterGiveaway(t.Context(), "1", g.ID, m.ID, 1, 0, nil))
		}
		first, last := must(s.Entries(t.Context(), "1", g.ID, store.EntryQuery{}))(t),
			must(s.Entries(t.Context(), "1", g.ID, store.EntryQuery{Page: 9}))(t)
		wantEqual(t, "first page", fmt.Sprint(len(first.Items), first.Total, first.Page, first.Pages), "50 60 1 2")
		wantEqual(t, "past the end", fmt.Sprint(len(last.Items), last.Total, last.Page, last.Pages), "10 60 2 2")
		all := append(first.Items, last.Items...)
		if !slices.IsSortedFunc(all, func(a, b store.Entry) int { return b.CreatedAt.Compare(a.CreatedAt) }) {
			t.Error("entries are not sorted by time, newest first")
		}
	})
}

func TestSelectedIDsAreLimitedToGuild(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		fillGuild(t, s, "1", 40, 40)
		fillGuild(t, s, "2", 40, 40)
		giveaways, _, err := s.Giveaways(t.Context(), "1", store.GiveawayQuery{IDs: []string{"g1-7", "g2-7", "g1-9", "no"}})
		noError(t, err)
		if ids := giveawayIDs(giveaways.Items); !slices.Equal(ids, []string{"g1-9", "g1-7"}) || giveaways.Total != 2 {
			t.Errorf("giveaways = %v of %d, want g1-9 and g1-7", ids, giveaways.Total)
		}
		for text, want := range map[string][]string{"": {"t1-9", "t1-7"}, "payment": {"t1-7"}, "9": {"t1-9"}} {
			tickets, _, err := s.Tickets(t.Context(), "1", store.TicketQuery{IDs: []string{"t1-7", "t2-7", "t1-9"}, SearchTerm: text}, noon)
			noError(t, err)
			if ids := ticketIDs(tickets.Items); !slices.Equal(ids, want) || tickets.Total != len(want) {
				t.Errorf("tickets for %q = %v of %d, want %v", text, ids, tickets.Total, want)
			}
		}
	})
}

func TestPageSizeIsOneToHundred(t *testing.T) {
	s := storetest.Open(t)
	fillGuild(t, s, "1", 120, 0)
	for size, want := range map[int]int{-5: 25, 0: 25, 1: 1, 100: 100, 1000: 100} {
		list, _, err := s.Giveaways(t.Context(), "1", store.GiveawayQuery{PerPage: size, Page: -1})
		noError(t, err)
		wantEqual(t, fmt.Sprint("rows of ", size), len(list.Items), want)
		wantEqual(t, "page", list.Page, 1)
	}
}

func TestUnknownStatusOrSortIsAnError(t *testing.T) {
	s := storetest.Open(t)
	for _, q := range []store.GiveawayQuery{{Status: "ALL"}, {Sort: "id; DROP TABLE giveaways"}} {
		if _, _, err := s.Giveaways(t.Context(), "1", q); err == nil {
			t.Errorf("%+v: no error, want one", q)
		}
	}
	for _, q := range []store.TicketQuery{{Status: "ALL"}, {Sort: "sideways"}} {
		if _, _, err := s.Tickets(t.Context(), "1", q, noon); err == nil {
			t.Errorf("%+v: no error, want one", q)
		}
	}
}
