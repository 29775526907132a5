package store_test

import (
	"strings"
	"testing"

	"guildboard/store"
	"guildboard/store/access"
)

func TestWinnerFieldsAreRedactedBelowLevelAct(t *testing.T) {
	secret := "the code"
	full := store.Giveaway{Prize: "A lamp", PrizeSecret: &secret, DMWinnerMessage: &secret, Notes: &secret}
	event := []byte(`{"type":"GIVEAWAY_UPDATE","guildId":"1","data":{"id":100000000000000000001,"dmWinnerMessage":"the code",
		"giveaways":[{"prize\u0053ecret":"the code","NOTES":"the code","prize":"A lamp"}]}}`)
	plain := []byte(`{"type":"GIVEAWAY_END","guildId":"1"}`)
	for _, level := range []access.Level{access.LevelSee, access.LevelAct, access.LevelManage} {
		rights := access.Rights{Giveaways: level, Tickets: access.LevelManage}
		want := level >= access.LevelAct
		got := full.Redacted(rights)
		if shown := got.PrizeSecret != nil && got.DMWinnerMessage != nil && got.Notes != nil; shown != want {
			t.Errorf("level %v: Redact() = %+v, want all fields: %t", level, got, want)
		}
		message := string(rights.RedactEvent(event))
		if shown := strings.Contains(message, "the code"); shown != want {
			t.Errorf("level %v: RedactEvent() = %s, want the secret: %t", level, message, want)
		}
		if !strings.Contains(message, "100000000000000000001") || !strings.Contains(message, "A lamp") {
			t.Errorf("level %v: RedactEvent() = %s, want the public fields", level, message)
		}
		if got := rights.RedactEvent(plain); string(got) != string(plain) {
			t.Errorf("RedactEvent() of an event without winner fields = %s, want it unchanged", got)
		}
	}
	longS := []byte("{\"dmWinnerMe\u017fsage\":\"the code\"}") // encoding/json matches it to the field, too
	if got := string((access.Rights{}).RedactEvent(longS)); got != "{}" {
		t.Errorf("RedactEvent(%s) = %s, want {}", longS, got)
	}
	if got := (access.Rights{}).RedactEvent([]byte(`{"notes":`)); got != nil {
		t.Errorf("RedactEvent() of a malformed event = %s, want nil", got)
	}
}
