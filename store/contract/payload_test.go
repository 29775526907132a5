package contract

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// The data of a command is read by bots in other languages, so its members and their presence must not change.
func TestPayloadEncoding(t *testing.T) {
	for _, test := range []struct {
		payload CommandPayload
		want    string
	}{
		{NoPayload{}, `{}`},
		{RerollPayload{}, `{}`},
		{RerollPayload{UserIDs: []string{"1"}}, `{"userIds":["1"]}`},
		{RerollPayload{UserIDs: []string{"1"}, ClaimedIDs: []string{"1"}}, `{"userIds":["1"],"claimedIds":["1"]}`},
		{EntrantsPayload{UserIDs: []string{"1"}, Reason: "Twice."}, `{"userIds":["1"],"reason":"Twice."}`},
		{EntrantsPayload{UserIDs: []string{"1"}}, `{"userIds":["1"]}`},
		{RepeatPayload{Days: new(0)}, `{"days":0}`},
		{RepeatPayload{Days: new(7), Zone: new("Asia/Tokyo")}, `{"days":7,"zone":"Asia/Tokyo"}`},
		{AssignPayload{UserID: "2", Username: "kim"}, `{"userId":"2","username":"kim"}`},
		{AssignPayload{UserID: "2"}, `{"userId":"2","username":""}`},
		{ClosePayload{}, `{}`},
		{ClosePayload{Reason: "Solved."}, `{"reason":"Solved."}`},
		{ReplyPayload{Text: "Hi"}, `{"text":"Hi"}`},
		{PanelPostPayload{Name: "Support"}, `{"name":"Support"}`},
	} {
		data, err := EncodePayload(test.payload)
		if err != nil || string(data) != test.want {
			t.Errorf("EncodePayload(%+v) = %s, %v, want %s", test.payload, data, err, test.want)
		}
	}
}

func TestEveryVerbHasPayload(t *testing.T) {
	for _, verb := range Verbs {
		if verb.NewPayload() == nil {
			t.Errorf("%s: NewPayload() = nil, want a payload", verb)
		}
	}
	for _, verb := range slices.Concat(DashboardVerbs, []Verb{"GIVEAWAY_DANCE"}) {
		if payload := verb.NewPayload(); payload != nil {
			t.Errorf("%s: NewPayload() = %T, want nil", verb, payload)
		}
	}
}

func TestDecodePayload(t *testing.T) {
	decode := func(data string) (RepeatPayload, error) {
		p := RepeatPayload{Zone: new("UTC")}
		err := Command{Verb: VerbGiveawayRepeat, Data: json.RawMessage(data)}.DecodePayload(&p)
		return p, err
	}
	p, err := decode(`{"days":7,"later":true}`)
	if err != nil {
		t.Fatal(err)
	}
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
