package store_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"guildboard/store"
)

// The data of a command is read by bots in other languages, so its members and their presence must not change.
func TestPayloadEncoding(t *testing.T) {
	for _, test := range []struct {
		payload store.CommandPayload
		want    string
	}{
		{store.NoPayload{}, `{}`},
		{store.RerollPayload{}, `{}`},
		{store.RerollPayload{UserIDs: []string{"1"}}, `{"userIds":["1"]}`},
		{store.RerollPayload{UserIDs: []string{"1"}, ClaimedIDs: []string{"1"}}, `{"userIds":["1"],"claimedIds":["1"]}`},
		{store.EntrantsPayload{UserIDs: []string{"1"}, Reason: "Twice."}, `{"userIds":["1"],"reason":"Twice."}`},
		{store.EntrantsPayload{UserIDs: []string{"1"}}, `{"userIds":["1"]}`},
		{store.RepeatPayload{Days: new(0)}, `{"days":0}`},
		{store.RepeatPayload{Days: new(7), Zone: new("Asia/Tokyo")}, `{"days":7,"zone":"Asia/Tokyo"}`},
		{store.AssignPayload{UserID: "2", Username: "kim"}, `{"userId":"2","username":"kim"}`},
		{store.AssignPayload{UserID: "2"}, `{"userId":"2","username":""}`},
		{store.ClosePayload{}, `{}`},
		{store.ClosePayload{Reason: "Solved."}, `{"reason":"Solved."}`},
		{store.ReplyPayload{Text: "Hi"}, `{"text":"Hi"}`},
		{store.PanelPostPayload{Name: "Support"}, `{"name":"Support"}`},
	} {
		wantEqual(t, "data", string(must(store.EncodePayload(test.payload))(t)), test.want)
	}
}

func TestEveryVerbHasPayload(t *testing.T) {
	for _, verb := range store.Verbs {
		if verb.NewPayload() == nil {
			t.Errorf("%s: NewPayload() = nil, want a payload", verb)
		}
	}
	for _, verb := range slices.Concat(store.DashboardVerbs, []store.Verb{"GIVEAWAY_DANCE"}) {
		if payload := verb.NewPayload(); payload != nil {
			t.Errorf("%s: NewPayload() = %T, want nil", verb, payload)
		}
	}
}

func TestDecodePayload(t *testing.T) {
	decode := func(data string) (store.RepeatPayload, error) {
		p := store.RepeatPayload{Zone: new("UTC")}
		err := store.Command{Verb: store.VerbGiveawayRepeat, Data: json.RawMessage(data)}.DecodePayload(&p)
		return p, err
	}
	p := must(decode(`{"days":7,"later":true}`))(t)
	if p.Days == nil || *p.Days != 7 || *p.Zone != "UTC" {
		t.Errorf("payload = %+v, want 7 days and the previous zone", p)
	}
	for data, member := range map[string]string{`{"days":"7"}`: "days", `{"days":7,"zone":1}`: "zone", `"now"`: "", `{`: ""} {
		_, err := decode(data)
		if err == nil || !strings.Contains(err.Error(), "GIVEAWAY_REPEAT") || !strings.Contains(err.Error(), member) {
			t.Errorf("decode %s: error = %v, want one with the verb and the member %q", data, err, member)
		}
	}
}
