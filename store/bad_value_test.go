package store_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"guildboard/store"
	"guildboard/store/storetest"
)

func TestBadValueReadsAsUnknownAndIsReported(t *testing.T) {
	for name, address := range newDatabaseURLs(t) {
		t.Run(name, func(t *testing.T) {
			var log storetest.Log
			s := must(store.Open(t.Context(), address, store.WithLogger(slog.New(slog.NewTextHandler(&log, nil)))))(t)
			defer s.Close()
			storetest.Guild(t, s, "1", "One")
			bad, good := storetest.Giveaway(t, s, "1", store.Giveaway{}), storetest.Giveaway(t, s, "1", store.Giveaway{})
			value := "never"
			if s.OnPostgres() {
				value = "infinity"
			}
			execSQL(t, s, "UPDATE giveaways SET ends_at = '"+value+"', ended_at = '"+value+"' WHERE id = $1", bad.ID)
			for range 3 {
				list, _, err := s.Giveaways(t.Context(), "1", store.GiveawayQuery{Sort: store.GiveawaySortOldest})
				noError(t, err)
				wantEqual(t, "giveaways", len(list.Items), 2)
				got := list.Items[0]
				wantEqual(t, "id", got.ID, bad.ID)
				if !got.EndsAt.IsZero() || got.EndedAt == nil || !got.EndedAt.IsZero() || got.Prize != bad.Prize {
					t.Errorf("EndsAt = %v, EndedAt = %v, Prize = %q, want zero times and %q", got.EndsAt, got.EndedAt, got.Prize, bad.Prize)
				}
				wantEqual(t, "end of the valid giveaway", list.Items[1].EndsAt, good.EndsAt.Truncate(time.Millisecond))
			}
			wantEqual(t, "log lines about ends_at", log.Count("id="+bad.ID+" column=ends_at"), 1)
			wantEqual(t, "log lines", log.Count("\n"), 2)

			var found []store.BadValue
			noError(t, s.CheckData(t.Context(), func(v store.BadValue) error {
				found = append(found, v)
				return nil
			}))
			wantEqual(t, "bad values", len(found), 2)
			for _, v := range found {
				if v.Table != "giveaways" || v.ID != bad.ID || v.Column != "ends_at" && v.Column != "ended_at" || v.Problem == "" {
					t.Errorf("bad value = %+v, want ends_at or ended_at of %s", v, bad.ID)
				}
			}
		})
	}
}

func TestCheckDataReportsEveryKindOfBadValue(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		g := storetest.Giveaway(t, s, "1", store.Giveaway{})
		member := storetest.Member(t, s, "1", "1001", "Ada")
		ticket := storetest.Ticket(t, s, member, store.Ticket{})
		noError(t, s.SaveMessage(t.Context(), store.TicketMessage{ID: "m1", GuildID: "1", TicketID: ticket.ID, Content: "Hello"}))
		want := map[string]string{"giveaways.winner_count": g.ID, "ticket_messages.embeds": "m1", "giveaways.prize_tiers": g.ID}
		execSQL(t, s, `UPDATE giveaways SET winner_count = -3, prize_tiers = '{"place":1}' WHERE id = $1`, g.ID)
		execSQL(t, s, `UPDATE ticket_messages SET embeds = '{' WHERE id = 'm1'`)
		if s.OnPostgres() {
			execSQL(t, s, "UPDATE members SET role_ids = '{NULL}' WHERE id = $1", member.ID)
			want["members.role_ids"] = member.ID
		} else {
			execSQL(t, s, "UPDATE members SET username = x'ff', updated_at = 1e300 WHERE id = $1", member.ID)
			execSQL(t, s, "UPDATE tickets SET subject = CAST(x'ff' AS text) WHERE id = $1", ticket.ID)
			want["members.username"], want["members.updated_at"], want["tickets.subject"] = member.ID, member.ID, ticket.ID
		}
		noError(t, s.CheckData(t.Context(), func(v store.BadValue) error {
			if column := v.Table + "." + v.Column; want[column] != v.ID && v.Table != "ticket_text" {
				t.Errorf("unexpected bad value %v", v)
			} else {
				delete(want, column)
			}
			return nil
		}))
		if len(want) > 0 {
			t.Errorf("missing bad values: %v", want)
		}
	})
}

func TestLongIDIsTruncatedAndReported(t *testing.T) {
	for name, address := range newDatabaseURLs(t) {
		t.Run(name, func(t *testing.T) {
			s := storetest.OpenAt(t, address)
			storetest.Guild(t, s, "1", "One")
			bad, good := storetest.Giveaway(t, s, "1", store.Giveaway{}), storetest.Giveaway(t, s, "1", store.Giveaway{})
			long := strings.Repeat("é", 15_000)
			execSQL(t, s, "UPDATE giveaways SET id = $2, channel_id = $2 WHERE id = $1", bad.ID, long)
			list, _, err := s.Giveaways(t.Context(), "1", store.GiveawayQuery{Sort: store.GiveawaySortOldest})
			noError(t, err)
			wantEqual(t, "giveaways", len(list.Items), 2)
			cut, neighbour := list.Items[0], list.Items[1]
			if cut.ID == good.ID { // created in the same millisecond, so ordered by id, which was changed
				cut, neighbour = neighbour, cut
			}
			for _, id := range []string{cut.ID, cut.ChannelID} {
				if len(id) > 260 || !strings.HasPrefix(id, "éé") || !utf8.ValidString(id) {
					t.Errorf("id = %.300q, want it truncated", id)
				}
			}
			wantEqual(t, "valid giveaway", neighbour.ID, good.ID)
			listed := false
			noError(t, s.CheckData(t.Context(), func(v store.BadValue) error {
				listed = listed || v.Table == "giveaways" && v.Column == "id" && strings.Contains(v.Problem, "more than 255 bytes")
				return nil
			}))
			wantEqual(t, "giveaway is listed", listed, true)
		})
	}
}

func TestOpenTicketIgnoresTicketsAtInfinity(t *testing.T) {
	if !hasPostgres() {
		t.Skip("not run: DATABASE_URL is not set")
	}
	s := storetest.OpenAt(t, storetest.CreateSchema(t))
	storetest.Guild(t, s, "1", "One")
	member := storetest.Member(t, s, "1", "1001", "Ada")
	for _, at := range []string{"infinity", "-infinity", "294276-12-31", "4713-01-01 BC"} {
		ticket := storetest.Ticket(t, s, member, store.Ticket{})
		execSQL(t, s, "UPDATE tickets SET created_at = '"+at+"' WHERE id = $1", ticket.ID)
		storetest.Ticket(t, s, member, store.Ticket{CreatedAt: noon})
	}
}

func TestOpenWarnsAboutASCIIOnlyIndexLocale(t *testing.T) {
	for to, want := range map[string]int{newLocaleCDatabase(t): 1, storetest.CreateSchema(t): 0} {
		var log storetest.Log
		s := must(store.Open(t.Context(), to, store.WithLogger(slog.New(slog.NewTextHandler(&log, nil)))))(t)
		wantEqual(t, "warnings of the index", log.Count("cover only ASCII letters"), want)
		wantEqual(t, "warnings", log.Count("level=WARN"), want)
		noError(t, s.Close())
	}
}
