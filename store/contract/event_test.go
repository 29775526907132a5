package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func mustDecodeEvent(t *testing.T, raw string) Event {
	t.Helper()
	e, err := DecodeEvent([]byte(raw))
	if err != nil {
		t.Fatalf("DecodeEvent(%s) error = %v, want nil", raw, err)
	}
	return e
}

func TestDecodeEvent(t *testing.T) {
	full := mustDecodeEvent(t,
		`{"type":"TICKET_CLOSE","guildId":"111","userId":"444","data":{"reason":"<b>&\" "},"id":"368054fb","timestamp":1795442352401}`)
	want := Event{
		Type: TicketCloseEvent, GuildID: "111", UserID: "444", ID: "368054fb",
		Data: json.RawMessage(`{"reason":"<b>&\" "}`), Timestamp: time.Date(2026, 11, 23, 13, 59, 12, 401e6, time.UTC),
	}
	if diff := cmp.Diff(want, full); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}

	minimal := Event{Type: TicketCloseEvent, GuildID: "111"}
	for _, raw := range []string{
		`{"type":"TICKET_CLOSE","guildId":"111"}`,
		`{"type":"TICKET_CLOSE","guildId":"111","userId":null,"data":null,"id":null,"timestamp":null}`,
		`{"type":"TICKET_CLOSE","guildId":"111","userId":{},"id":{},"timestamp":"yesterday"}`,
		`{"type":"TICKET_CLOSE","guildId":"111","userId":"bob","id":"` + strings.Repeat("x", 65) + `","timestamp":-1}`,
		`{"type":"TICKET_CLOSE","guildId":"111","timestamp":0}`,
		`{"type":"TICKET_CLOSE","guildId":"111","timestamp":1e300}`,
		`{"type":"TICKET_CLOSE","guildId":"111","timestamp":0.5}`,
		` {"version":2,"more":[{}],"guildId":"111","type":"TICKET_CLOSE"} `,
	} {
		if diff := cmp.Diff(minimal, mustDecodeEvent(t, raw)); diff != "" {
			t.Errorf("DecodeEvent(%s) (-want +got):\n%s", raw, diff)
		}
	}
	if got := mustDecodeEvent(t, `{"type":"X","guildId":"1","timestamp":1795442352401.7}`).Timestamp; got.UnixMilli() != 1795442352401 {
		t.Errorf("time with a fraction = %v, want milliseconds", got)
	}
	if got := mustDecodeEvent(t, `{"type":"GIVEAWAY_START","guildId":"18446744073709551615"}`).Type; got != GiveawayCreateEvent {
		t.Errorf("type of the legacy name = %s, want GIVEAWAY_CREATE", got)
	}
	if got := mustDecodeEvent(t, `{"type":"VOICE_JOIN","guildId":"1"}`); got.Type != "VOICE_JOIN" || got.Type.MetricLabel() != "other" {
		t.Errorf("unknown type = %s with label %s, want it kept with label other", got.Type, got.Type.MetricLabel())
	}
}

func TestDecodeEventReportsReason(t *testing.T) {
	for raw, reason := range map[string]string{
		``:                                "json",
		`{`:                               "json",
		`[]`:                              "json",
		`"GIVEAWAY_END"`:                  "json",
		`{"type":"A","guildId":"1"} junk`: "json",
		`null`:                            "type",
		`{}`:                              "type",
		`{"guildId":"1"}`:                 "type",
		`{"type":"","guildId":"1"}`:       "type",
		`{"type":7,"guildId":"1"}`:        "type",
		`{"type":"` + strings.Repeat("A", 65) + `","guildId":"1"}`: "type",
		`{"type":"A"}`:                                   "guild",
		`{"type":"A","guildId":""}`:                      "guild",
		`{"type":"A","guildId":111111111111111111}`:      "number",
		`{"type":"A","guildId":9007199254740993}`:        "number", // 2^53 + 1
		`{"type":"A","guildId":1.1e+17}`:                 "number",
		`{"type":"A","guildId":1e999}`:                   "number",
		`{"type":"A","guildId":-5}`:                      "guild",
		`{"type":"A","guildId":1.5}`:                     "guild",
		`{"type":"A","guildId":true}`:                    "guild",
		`{"type":"A","guildId":"12a"}`:                   "guild",
		`{"type":"A","guildId":"-1"}`:                    "guild",
		`{"type":"A","guildId":"1:2"}`:                   "guild",
		`{"type":"A","guildId":"111111111111111111111"}`: "guild",
		`{"type":"A","guildId":"1","data":"` + strings.Repeat("x", maxEventBytes) + `"}`: "size",
		strings.Repeat("[", 20000): "json",
	} {
		_, err := DecodeEvent([]byte(raw))
		var bad *EventError
		if !errors.As(err, &bad) || bad.Reason != reason {
			t.Errorf("DecodeEvent(%.60s) error = %v, want %s", raw, err, reason)
		}
	}
}

func TestDecodeEventAcceptsExactNumericIDs(t *testing.T) {
	for raw, want := range map[string]Event{
		`{"type":"A","guildId":111}`:                         {GuildID: "111", HasNumberIDs: true},
		`{"type":"A","guildId":9007199254740992,"userId":7}`: {GuildID: "9007199254740992", UserID: "7", HasNumberIDs: true},
		`{"type":"A","guildId":"111","userId":7}`:            {GuildID: "111", UserID: "7", HasNumberIDs: true},
		// rounded, so it is no valid id
		`{"type":"A","guildId":"111","userId":1.1e17}`:  {GuildID: "111", HasNumberIDs: true},
		`{"type":"A","guildId":"111","userId":"7"}`:     {GuildID: "111", UserID: "7"},
		`{"type":"A","guildId":"18446744073709551615"}`: {GuildID: "18446744073709551615"},
	} {
		want.Type = "A"
		if diff := cmp.Diff(want, mustDecodeEvent(t, raw)); diff != "" {
			t.Errorf("DecodeEvent(%s) (-want +got):\n%s", raw, diff)
		}
	}
	e := mustDecodeEvent(t, `{"type":"GIVEAWAY_END","guildId":"1","data":{"winnerId":7,"winnerIds":[7,9007199254740993,"8"]}}`)
	if got := strings.Join(e.WinnerIDs(), " "); got != "7 8" {
		t.Errorf("WinnerIDs() = %q, want %q", got, "7 8")
	}
}

// TestDecodeEventAcceptsOlderDialect decodes messages as bots of the older dialect have sent them.
func TestDecodeEventAcceptsOlderDialect(t *testing.T) {
	file, err := os.ReadFile("testdata/events.tsv")
	if err != nil {
		t.Fatal(err)
	}
	topics := map[string]int{}
	for line := range strings.Lines(string(file)) {
		channel, raw, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if channel != EventsChannel {
			t.Fatalf("channel = %q, want EventsChannel", channel)
		}
		e := mustDecodeEvent(t, raw)
		if e.GuildID != "111111111111111111" || e.ID == "" || e.Data == nil || e.Timestamp.Year() != 2026 {
			t.Errorf("DecodeEvent(%s) = %+v, want all fields", raw, e)
		}
		encoded, err := e.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.Replace(raw, "GIVEAWAY_START", "GIVEAWAY_CREATE", 1); string(encoded) != want {
			t.Errorf("encoded = %s\nwant %s", encoded, want)
		}
		for _, topic := range e.Topics() {
			topics[topic]++
		}
	}
	want := map[string]int{"giveaways:111111111111111111": 10, "tickets:111111111111111111": 9,
		"staff:111111111111111111": 4, "settings:111111111111111111": 1, "commands:111111111111111111": 1}
	if !reflect.DeepEqual(topics, want) {
		t.Errorf("topics = %v, want %v", topics, want)
	}
}

func TestEventTopics(t *testing.T) {
	for kind, want := range map[EventType][]string{
		GiveawayEntryEvent:   {"giveaways:1"},
		"GIVEAWAY_PAUSE":     {"giveaways:1"},
		TicketReopenEvent:    {"tickets:1"},
		"TICKET_MESSAGE":     {"tickets:1"},
		CommandResultEvent:   {"commands:1", "giveaways:1", "tickets:1"},
		MemberJoinEvent:      {"staff:1"},
		MemberUpdateEvent:    {"staff:1"},
		SettingsUpdateEvent:  {"settings:1", "staff:1", "commands:1"},
		"XP_GAIN":            nil,
		"GIVEAWAYS":          nil,
		"giveaway_of_others": nil,
	} {
		if got := (Event{Type: kind, GuildID: "1"}).Topics(); !reflect.DeepEqual(got, want) {
			t.Errorf("Topics() of %s = %q, want %q", kind, got, want)
		}
	}
}

func TestEventWinnerIDs(t *testing.T) {
	for data, want := range map[string][]string{
		``:                                      nil,
		`{}`:                                    nil,
		`[]`:                                    nil,
		`{"winnerId":"2"}`:                      {"2"},
		`{"winnerId":null}`:                     nil,
		`{"winnerIds":[]}`:                      nil,
		`{"winnerIds":["2","3"]}`:               {"2", "3"},
		`{"winnerId":"3","winnerIds":["2"]}`:    {"3", "2"},
		`{"winnerId":"2","winnerIds":["2"]}`:    {"2"},
		`{"winnerIds":"2","winnerId":"3"}`:      {"3"},
		`{"winnerIds":["2",3,null,"x",{},"4"]}`: {"2", "3", "4"},
	} {
		if got := (Event{Data: json.RawMessage(data)}).WinnerIDs(); !reflect.DeepEqual(got, want) {
			t.Errorf("WinnerIDs() of %s = %q, want %q", data, got, want)
		}
	}
}

func FuzzDecodeEvent(f *testing.F) {
	file, err := os.ReadFile("testdata/events.tsv")
	if err != nil {
		f.Fatal(err)
	}
	for line := range bytes.Lines(file) {
		_, raw, _ := bytes.Cut(bytes.TrimSpace(line), []byte("\t"))
		f.Add(raw)
	}
	f.Add([]byte(`{"type":"A","guildId":"1","timestamp":1e3,"data":[1,"\u2028"]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := DecodeEvent(raw)
		if err != nil {
			if bad := (*EventError)(nil); !errors.As(err, &bad) || bad.Reason == "" {
				t.Fatalf("error = %v, want a reason", err)
			}
			return
		}
		e.Topics()
		e.WinnerIDs()
		first, err := e.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if len(first) > maxEventBytes {
			return // escaping may have made it longer
		}
		redecoded, err := DecodeEvent(first)
		if err != nil {
			t.Fatalf("decode %s: %v", first, err)
		}
		second, err := redecoded.MarshalJSON()
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%s: encoded again = %s, error = %v, want the same", first, second, err)
		}
		redecoded.Data, e.Data = nil, nil // equal values that may differ in spacing or escapes
		if !reflect.DeepEqual(e, redecoded) {
			t.Fatalf("event = %+v, decoded again = %+v", e, redecoded)
		}
	})
}
