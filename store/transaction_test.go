package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/draw"
	"guildboard/store/storetest"
)

func TestConcurrentEndGiveawaySucceedsOnce(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		g := storetest.Giveaway(t, s, "1", store.Giveaway{})
		won, lost := runConcurrently(t, 50, func(int) error { return s.EndGiveaway(t.Context(), "1", g.ID, noon) })
		wantEqual(t, "successful calls", won, 1)
		wantEqual(t, "refused calls", lost, 49)
		ended := must(s.Giveaway(t.Context(), "1", g.ID))(t)
		wantEqual(t, "status", ended.Status, store.GiveawayEnded)
		wantEqual(t, "ended at", *ended.EndedAt, noon)
	})
}

func TestConcurrentClaimTicketSucceedsOnce(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		ticket := storetest.Ticket(t, s, storetest.Member(t, s, "1", "10", "Ann"), store.Ticket{})
		won, lost := runConcurrently(t, 50, func(i int) error { return s.ClaimTicket(t.Context(), "1", ticket.ID, fmt.Sprint(i), noon) })
		wantEqual(t, "successful calls", won, 1)
		wantEqual(t, "refused calls", lost, 49)
	})
}

func TestEnterGiveawayRejectsDuplicatesAndLateEntries(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		g := storetest.Giveaway(t, s, "1", store.Giveaway{})
		ann := storetest.Member(t, s, "1", "10", "Ann")
		enter := func(m store.Member) error { return s.EnterGiveaway(t.Context(), "1", g.ID, m.ID, 1, 2, ptr("boost")) }
		won, lost := runConcurrently(t, 20, func(int) error { return enter(ann) })
		wantEqual(t, "successful calls", won, 1)
		wantEqual(t, "refused calls", lost, 19)

		var lateMembers []store.Member
		for i := range 20 {
			lateMembers = append(lateMembers, storetest.Member(t, s, "1", fmt.Sprint(100+i), "Late"))
		}
		won, _ = runConcurrently(t, 20, func(i int) error {
			if i == 10 {
				return s.EndGiveaway(t.Context(), "1", g.ID, noon)
			}
			return enter(lateMembers[i])
		})
		ended := must(s.Giveaway(t.Context(), "1", g.ID))(t)
		wantEqual(t, "entries", ended.Entries, won) // Ann's entry, and all of won except the EndGiveaway call
		wantErrorIs(t, "entry after the end", enter(storetest.Member(t, s, "1", "11", "Bob")), store.ErrConflict)

		entries := must(s.Entries(t.Context(), "1", g.ID, store.EntryQuery{}))(t)
		first := entries.Items[len(entries.Items)-1]
		wantEqual(t, "member", first.Member, contract.User{ID: "10", Username: "Ann"})
		wantEqual(t, "weight", first.Entries, 3)
		wantEqual(t, "total", entries.Total, ended.Entries)
	})
}

func TestTicketNumbersAreConsecutive(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		ann := storetest.Member(t, s, "1", "10", "Ann")
		numbers := make([]int, 200)
		for from := 0; from < 200; from += 50 { // concurrent calls wait for each other; 50 at a time stay within the timeout
			won, _ := runConcurrently(t, 50, func(i int) error {
				opened, err := s.OpenTicket(t.Context(), store.Ticket{GuildID: "1", ChannelID: store.NewID()}, ann.ID)
				numbers[from+i] = opened.Number
				return err
			})
			wantEqual(t, "opened tickets", won, 50)
		}
		slices.Sort(numbers)
		for i, n := range numbers {
			if n != i+1 {
				t.Fatalf("ticket %d has number %d", i+1, n)
			}
		}
		// A failed call leaves no gap.
		_, err := s.OpenTicket(t.Context(), store.Ticket{GuildID: "1", ChannelID: "x", Category: &store.TicketCategory{ID: "no"}}, ann.ID)
		wantErrorIs(t, "unknown category", err, store.ErrNotFound)
		wantEqual(t, "next number", storetest.Ticket(t, s, ann, store.Ticket{}).Number, 201)
	})
}

// runConcurrently calls fn n times at the same time and counts successes and conflicts.
func runConcurrently(t *testing.T, n int, fn func(i int) error) (succeeded, conflicts int) {
	t.Helper()
	var (
		wg    sync.WaitGroup
		start = make(chan struct{})
		errs  = make([]error, n)
	)
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = fn(i)
		})
	}
	close(start)
	wg.Wait()
	for _, err := range errs {
		switch {
		case err == nil:
			succeeded++
		case errors.Is(err, store.ErrConflict):
			conflicts++
		default:
			t.Error(err)
		}
	}
	return succeeded, conflicts
}

func TestTicketStatusChanges(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		ann := storetest.Member(t, s, "1", "10", "Ann")
		bob := storetest.Member(t, s, "1", "11", "Bob")
		id := storetest.Ticket(t, s, ann, store.Ticket{}).ID
		step := func(change func(context.Context, string, string, string, time.Time) error, status store.TicketStatus,
			claimed, closed contract.User) {
			t.Helper()
			noError(t, change(t.Context(), "1", id, "11", noon))
			wantErrorIs(t, "repeated change", change(t.Context(), "1", id, "11", noon), store.ErrConflict)
			ticket := must(s.Ticket(t.Context(), "1", id))(t)
			wantEqual(t, "status", ticket.Status, status)
			wantEqual(t, "claimed by", ticket.ClaimedBy, claimed)
			wantEqual(t, "closed by", ticket.ClosedBy, closed)
			wantEqual(t, "has a closing time", ticket.ClosedAt != nil, closed.ID != "")
		}
		nobody, person := contract.User{}, contract.User{ID: bob.DiscordID, Username: "Bob"}
		step(s.ClaimTicket, store.TicketClaimed, person, nobody)
		step(s.UnclaimTicket, store.TicketOpen, nobody, nobody)
		step(s.ClaimTicket, store.TicketClaimed, person, nobody)
		step(s.CloseTicket, store.TicketClosed, person, person)
		step(s.ReopenTicket, store.TicketOpen, nobody, nobody)
		step(s.CloseTicket, store.TicketClosed, nobody, person)
		wantErrorIs(t, "claim of a closed ticket", s.ClaimTicket(t.Context(), "1", id, "11", noon), store.ErrConflict)
	})
}

func TestRateTicketReplacesRatingOfClaimer(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		id := storetest.Ticket(t, s, storetest.Member(t, s, "1", "10", "Ann"), store.Ticket{}).ID
		noError(t, s.ClaimTicket(t.Context(), "1", id, "77", noon))
		noError(t, s.RateTicket(t.Context(), "1", id, store.Rating{Stars: 2, Review: ptr("slow")}))
		noError(t, s.RateTicket(t.Context(), "1", id, store.Rating{Stars: 5}))
		r := must(s.Ticket(t.Context(), "1", id))(t).Rating
		if r == nil || r.Stars != 5 || r.Review != nil || r.StaffID == nil || *r.StaffID != "77" || r.CreatedAt.IsZero() {
			t.Errorf("rating = %+v, want 5 stars for staff member 77", r)
		}
		if s.RateTicket(t.Context(), "1", id, store.Rating{Stars: 6}) == nil {
			t.Error("RateTicket() with six stars = nil, want an error")
		}
	})
}

func TestRerollReplacesWinnerOnce(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Member(t, s, "1", "11", "Bob")
		g := storetest.Giveaway(t, s, "1", store.Giveaway{WinnerCount: 2})
		drawn := []store.Winner{{User: contract.User{ID: "10"}, Prize: ptr("Gold")}, {User: contract.User{ID: "11"}}}
		noError(t, s.AddWinners(t.Context(), "1", g.ID, drawn))
		wantErrorIs(t, "second draw", s.AddWinners(t.Context(), "1", g.ID, drawn), store.ErrConflict)

		winners := must(s.Giveaway(t.Context(), "1", g.ID))(t).Winners
		wantEqual(t, "winners", len(winners), 2)
		wantEqual(t, "first winner", winners[0].User, contract.User{ID: "10"})
		wantEqual(t, "second winner", winners[1].User, contract.User{ID: "11", Username: "Bob"})
		noError(t, s.CommitDraw(t.Context(), "1", g.ID, 1, draw.NewSeed()))
		reroll := func() error {
			return s.FinalizeDraw(t.Context(), "1", g.ID, store.DrawOutcome{Round: 1, Places: 1, ReplacedWinnerIDs: []string{winners[0].ID},
				Winners: []store.Winner{{User: contract.User{ID: "12"}, Place: 1}}, At: noon, NextSeed: draw.NewSeed()})
		}
		wantErrorIs(t, "reroll before the end", reroll(), store.ErrConflict)
		noError(t, s.EndGiveaway(t.Context(), "1", g.ID, noon))
		won, lost := runConcurrently(t, 10, func(int) error { return reroll() })
		wantEqual(t, "successful calls", won, 1)
		wantEqual(t, "refused calls", lost, 9)

		g = must(s.Giveaway(t.Context(), "1", g.ID))(t)
		var order []string
		for _, w := range g.Winners {
			order = append(order, w.User.ID)
		}
		if !slices.Equal(order, []string{"12", "11", "10"}) || !g.Winners[2].Rerolled || g.RerollCount != 1 {
			t.Errorf("winners = %v, rerolls = %d, want 12, 11, 10 and 1", order, g.RerollCount)
		}
	})
}

func TestSaveMemberKeepsRowAndName(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		first := must(s.SaveMember(t.Context(), store.Member{GuildID: "1", DiscordID: "10"}))(t)
		if first.Username != nil {
			t.Errorf("name of a new member = %q, want none", *first.Username)
		}
		named := must(s.SaveMember(t.Context(), store.Member{GuildID: "1", DiscordID: "10", Username: ptr("Ann"), Avatar: "a"}))(t)
		again := must(s.SaveMember(t.Context(), store.Member{GuildID: "1", DiscordID: "10"}))(t)
		wantEqual(t, "id", named.ID, first.ID)
		wantEqual(t, "id", again.ID, first.ID)
		wantEqual(t, "name", *again.Username, "Ann")
		wantEqual(t, "avatar", again.Avatar, "a")
	})
}

func TestSaveGuildKeepsTimes(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		noError(t, s.SaveGuild(t.Context(), store.Guild{ID: "1", Name: "One", JoinedAt: noon}))
		noError(t, s.SaveGuild(t.Context(), store.Guild{ID: "1", Name: "Uno", Icon: "i"}))
		noError(t, s.SaveGuild(t.Context(), store.Guild{ID: "2", Name: "Two", JoinedAt: noon, LeftAt: ptr(noon)}))
		wantEqual(t, "guild", must(s.Guild(t.Context(), "1"))(t), store.Guild{ID: "1", Name: "Uno", Icon: "i", JoinedAt: noon})
		wantEqual(t, "time of leaving", *must(s.Guild(t.Context(), "2"))(t).LeftAt, noon)
	})
}

func TestGiveawayRoundTrip(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		noError(t, onlyError(s.SaveMember(t.Context(), store.Member{GuildID: "1", DiscordID: "10", Username: ptr("Ann"), Avatar: "a"})))
		want := store.Giveaway{
			ID: "g", GuildID: "1", ChannelID: "7", MessageID: ptr("8"), Host: contract.User{ID: "10", Username: "Ann", Avatar: "a"},
			Prize: "Größe 🎁", PrizeSecret: ptr("key"), Description: ptr("d"), ImageURL: ptr("https://x"), WinnerCount: 3,
			PrizeTiers: []contract.PrizeTier{{Place: 1, Prize: "Gold", Count: 1}}, EmbedColor: "#000000", ButtonText: "Go",
			ButtonStyle: "DANGER", EntryMethod: "REACTION", RequiredRoleIDs: store.Strings{"1", "2"}, BlacklistRoleIDs: store.Strings{"3"},
			RequiredInvites: 1, RequiredLevel: 2, RequiredReputation: 3, RequiredMessages: 4, RequiredAccountAge: 5, RequiredServerAge: 6,
			BonusEntryRoles: []contract.BonusRole{{RoleID: "4", Entries: 2}}, BoosterBonusEntries: 7, InviteBonusEntries: 8,
			StartsAt: ptr(noon), EndsAt: noon.Add(time.Hour), EndedAt: ptr(noon.Add(2 * time.Hour)), DMWinners: true,
			DMWinnerMessage:    ptr("hi"),
			WinnerClaimTimeout: 9, AutoReroll: true, MaxRerolls: 10, PingRoleID: ptr("5"), PingOnEnd: true,
			RepeatZone: "Europe/Berlin", Status: store.GiveawayEnded,
			RerollCount: 11, TemplateID: ptr("t"), Notes: ptr("n"), CreatedAt: noon, UpdatedAt: noon,
		}
		created := must(s.CreateGiveaway(t.Context(), want))(t)
		read := must(s.Giveaway(t.Context(), "1", "g"))(t)
		listed, _, err := s.Giveaways(t.Context(), "1", store.GiveawayQuery{})
		noError(t, err)
		for _, got := range []store.Giveaway{created, read, listed.Items[0]} {
			if fmt.Sprintf("%+v", printable(got)) != fmt.Sprintf("%+v", printable(want)) {
				t.Errorf("got  %+v\nwant %+v", printable(got), printable(want))
			}
		}
	})
}

func TestTicketRoundTrip(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		category := storetest.Category(t, s, "1", "Billing")
		category.Emoji = ptr("💳")
		category = must(s.SaveTicketCategory(t.Context(), category))(t)
		form := []store.FormResponse{{Question: "Zulu?", Answer: "é\n\"x\""}, {Question: "A", Answer: ""},
			{Question: "longer question", Answer: "3"}}
		opened := storetest.Ticket(t, s, storetest.Member(t, s, "1", "10", "Ann"), store.Ticket{
			Subject: ptr("Hi"), Category: &category, FormResponses: form, PlatformUsername: ptr("p"),
			IssueType: ptr("i"), IssueDetails: ptr("d"), TranscriptURL: ptr("https://x"), CreatedAt: noon, UpdatedAt: noon,
		})
		read := must(s.Ticket(t.Context(), "1", opened.ID))(t)
		if !slices.Equal(read.FormResponses, form) {
			t.Errorf("form responses = %+v, want those of the form", read.FormResponses)
		}
		if c := read.Category; c == nil || c.ID != category.ID || c.Name != "Billing" || *c.Emoji != "💳" {
			t.Errorf("category = %+v, want Billing", c)
		}
		wantEqual(t, "opener", read.Opener, contract.User{ID: "10", Username: "Ann"})
		wantEqual(t, "times", [2]time.Time{read.CreatedAt, read.UpdatedAt}, [2]time.Time{noon, noon})
		wantEqual(t, "texts",
			*read.PlatformUsername+*read.IssueType+*read.IssueDetails+*read.TranscriptURL+*read.Subject, "pidhttps://xHi")
		execSQL(t, s, "UPDATE tickets SET form_responses = 'null', category_id = NULL")
		read = must(s.Ticket(t.Context(), "1", opened.ID))(t)
		if read.FormResponses != nil || read.Category != nil {
			t.Errorf("ticket with null: form responses = %+v, category = %+v, want none",
				read.FormResponses, read.Category)
		}
	})
}

func TestRowsOfOtherGuildsAreNotFound(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		ownMember, otherMember := storetest.Member(t, s, "1", "10", "Ann"), storetest.Member(t, s, "2", "10", "Ann")
		g := storetest.Giveaway(t, s, "2", store.Giveaway{})
		ownGiveaway := storetest.Giveaway(t, s, "1", store.Giveaway{})
		ticket := storetest.Ticket(t, s, otherMember, store.Ticket{})
		category := storetest.Category(t, s, "2", "Theirs")
		panel := store.TicketPanel{ID: category.PanelID, GuildID: "1", Name: "Mine"}
		ctx := t.Context()
		for _, gid := range []string{g.ID, "nothing", "", "\x00", "\xff"} {
			for label, err := range map[string]error{
				"Giveaway":                       onlyError(s.Giveaway(ctx, "1", gid)),
				"Entries":                        onlyError(s.Entries(ctx, "1", gid, store.EntryQuery{SearchTerm: "ann"})),
				"EnterGiveaway":                  s.EnterGiveaway(ctx, "1", gid, ownMember.ID, 1, 0, nil),
				"SetGiveawayStatus":              s.SetGiveawayStatus(ctx, "1", gid, store.GiveawayStatuses, store.GiveawayPaused),
				"EndGiveaway":                    s.EndGiveaway(ctx, "1", gid, noon),
				"AddWinners":                     s.AddWinners(ctx, "1", gid, []store.Winner{{User: contract.User{ID: "10"}}}),
				"FinalizeDraw":                   s.FinalizeDraw(ctx, "1", gid, store.DrawOutcome{At: noon, NextSeed: draw.NewSeed()}),
				"DeleteGiveaway":                 s.DeleteGiveaway(ctx, "1", gid),
				"Giveaway in another guild":      onlyError(s.Giveaway(ctx, gid, ownGiveaway.ID)),
				"SaveMember in an unknown guild": onlyError(s.SaveMember(ctx, store.Member{GuildID: gid, DiscordID: "1"})),
			} {
				wantErrorIs(t, fmt.Sprintf("%s of %q", label, gid), err, store.ErrNotFound)
			}
		}
		for _, tid := range []string{ticket.ID, "nothing", "", "\x00"} {
			for label, err := range map[string]error{
				"Ticket":        onlyError(s.Ticket(ctx, "1", tid)),
				"ClaimTicket":   s.ClaimTicket(ctx, "1", tid, "10", noon),
				"UnclaimTicket": s.UnclaimTicket(ctx, "1", tid, "10", noon),
				"CloseTicket":   s.CloseTicket(ctx, "1", tid, "10", noon),
				"ReopenTicket":  s.ReopenTicket(ctx, "1", tid, "10", noon),
				"RateTicket":    s.RateTicket(ctx, "1", tid, store.Rating{Stars: 5}),
			} {
				wantErrorIs(t, fmt.Sprintf("%s of %q", label, tid), err, store.ErrNotFound)
			}
		}
		for label, err := range map[string]error{
			"entry of another guild's member":  s.EnterGiveaway(ctx, "1", ownGiveaway.ID, otherMember.ID, 1, 0, nil),
			"ticket of another guild's member": onlyError(s.OpenTicket(ctx, store.Ticket{GuildID: "1", ChannelID: "x"}, otherMember.ID)),
			"ticket in another guild's category": onlyError(s.OpenTicket(ctx,
				store.Ticket{GuildID: "1", ChannelID: "x", Category: &category}, ownMember.ID)),
			"ticket with another guild's product": onlyError(s.OpenTicket(ctx,
				store.Ticket{GuildID: "1", ChannelID: "x", ProductID: ptr("p")}, ownMember.ID)),
			"category on another guild's panel": onlyError(s.SaveTicketCategory(ctx,
				store.TicketCategory{GuildID: "1", PanelID: category.PanelID, Name: "x"})),
			"panel of another guild":       onlyError(s.SaveTicketPanel(ctx, panel)),
			"giveaway of an unknown guild": onlyError(s.CreateGiveaway(ctx, store.Giveaway{GuildID: "9", Prize: "x"})),
		} {
			wantErrorIs(t, label, err, store.ErrNotFound)
		}
		untouched := must(s.Giveaway(ctx, "2", g.ID))(t)
		wantEqual(t, "giveaway of the other guild",
			fmt.Sprint(untouched.Status, untouched.Entries, untouched.UpdatedAt),
			fmt.Sprint(g.Status, 0, g.UpdatedAt))
		list, stats, err := s.Tickets(ctx, "3", store.TicketQuery{SearchTerm: "Ann"}, noon)
		noError(t, err)
		wantEqual(t, "tickets of an unknown guild", len(list.Items)+list.Total+stats.Total(), 0)
	})
}

func TestTimesAreUTCMilliseconds(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		local := noon.In(time.FixedZone("", 2*60*60)).Add(1234567 * time.Nanosecond)
		want := noon.Add(time.Millisecond)
		noError(t, s.SaveGuild(t.Context(), store.Guild{ID: "1", Name: "One", JoinedAt: local, LeftAt: &local}))
		ann := storetest.Member(t, s, "1", "10", "Ann")
		g := storetest.Giveaway(t, s, "1", store.Giveaway{StartsAt: &local, EndsAt: local, CreatedAt: local, UpdatedAt: local})
		noError(t, s.EndGiveaway(t.Context(), "1", g.ID, local))
		noError(t, s.AddWinners(t.Context(), "1", g.ID,
			[]store.Winner{{User: contract.User{ID: "10"}, ClaimedAt: &local, ClaimDeadline: &local,
				ClaimExpiredAt: &local, CreatedAt: local}}))
		ticket := storetest.Ticket(t, s, ann, store.Ticket{CreatedAt: local, UpdatedAt: local})
		waiting := must(s.TicketStats(t.Context(), "1", noon))(t).LongestWaitingSince
		noError(t, s.CloseTicket(t.Context(), "1", ticket.ID, "10", local))
		noError(t, s.RateTicket(t.Context(), "1", ticket.ID, store.Rating{Stars: 1, CreatedAt: local}))

		guild := must(s.Guild(t.Context(), "1"))(t)
		g = must(s.Giveaway(t.Context(), "1", g.ID))(t)
		read := must(s.Ticket(t.Context(), "1", ticket.ID))(t)
		for label, got := range map[string]time.Time{
			"guild joined": guild.JoinedAt, "guild left": *guild.LeftAt,
			"starts": *g.StartsAt, "ends": g.EndsAt, "ended": *g.EndedAt, "created": g.CreatedAt,
			"won": g.Winners[0].CreatedAt, "claimed": *g.Winners[0].ClaimedAt, "until": *g.Winners[0].ClaimDeadline,
			"lapsed": *g.Winners[0].ClaimExpiredAt, "waiting": *waiting,
			"opened": ticket.CreatedAt, "opened, read": read.CreatedAt, "closed": *read.ClosedAt, "updated": read.UpdatedAt,
			"rated": read.Rating.CreatedAt,
		} {
			if got != want { // not Equal, because the location must be UTC, too
				t.Errorf("%s: %v, want %v", label, got, want)
			}
		}
		// The bounds of a list are converted, too.
		for from, n := range map[time.Time]int{local: 1, local.Add(time.Millisecond): 0} {
			list, _, err := s.Giveaways(t.Context(), "1", store.GiveawayQuery{From: from})
			noError(t, err)
			wantEqual(t, "giveaways since the start", list.Total, n)
		}
	})
}

func onlyError[T any](_ T, err error) error { return err }

// printable returns g without pointers, for printing.
func printable(g store.Giveaway) any {
	text := func(p *string) string {
		if p == nil {
			return "-"
		}
		return *p
	}
	return struct {
		G     store.Giveaway
		Texts []string
		Times []time.Time
	}{
		func() store.Giveaway {
			g := g
			g.MessageID, g.PrizeSecret, g.Description, g.ImageURL, g.DMWinnerMessage = nil, nil, nil, nil, nil
			g.PingRoleID, g.TemplateID, g.Notes, g.StartsAt, g.EndedAt = nil, nil, nil, nil, nil
			return g
		}(),
		[]string{text(g.MessageID), text(g.PrizeSecret), text(g.Description), text(g.ImageURL), text(g.DMWinnerMessage),
			text(g.PingRoleID), text(g.TemplateID), text(g.Notes)},
		[]time.Time{*g.StartsAt, *g.EndedAt},
	}
}
