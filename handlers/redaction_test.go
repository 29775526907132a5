package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
)

// TestViewersGetNoWinnerFields checks that staff members who may only view giveaways get winner fields nowhere: not on
// a page, in its stream, in the API, in a file or in an event.
func TestViewersGetNoWinnerFields(t *testing.T) {
	const secret = "zyxwv-code"
	s := openSite(t, withoutStreamLimit)
	s.subscribe()
	g := s.createGiveaway(store.Giveaway{
		Prize: "A lamp", PrizeSecret: new(secret), DMWinnerMessage: new(secret), Notes: new(secret), EndsAt: time.Now().Add(time.Hour),
	})
	event := fmt.Sprintf(`{"type":"GIVEAWAY_UPDATE","guildId":%q,"data":{"giveaway":
		{"id":%q,"prize":"A lamp","prizeSecret":%q,"dmWinnerMessage":%[3]q,"notes":%[3]q}}}`, lantern, g.ID, secret)
	for _, level := range []access.Level{access.LevelSee, access.LevelAct} {
		b := s.signInStaff(level, access.LevelNone)
		events, page := b.openStream("/api/events/stream?guildId="+lantern), b.openStream(giveawaysPath+"/"+g.ID+"/live")
		frame := page.next().data
		s.HandleEvent(contract.Event{Type: contract.GiveawayUpdateEvent, GuildID: lantern}, []byte(event))
		received := events.next().data
		if !strings.Contains(received, "A lamp") || !strings.Contains(frame, "A lamp") {
			t.Fatalf("at level %v event = %s, frame = %.200s, want the prize in both", level, received, frame)
		}
		shown := map[string]string{
			"page": string(b.get(giveawaysPath + "/" + g.ID).wantStatus(http.StatusOK).body), "frame": frame, "event": received,
			"list":   string(b.get(giveawaysPath).wantStatus(http.StatusOK).body),
			"API":    string(b.get("/api" + giveawaysPath).wantStatus(http.StatusOK).body),
			"CSV":    string(b.get(giveawaysPath + "/export?format=csv").wantStatus(http.StatusOK).body),
			"JSON":   string(b.get(giveawaysPath + "/export?format=json").wantStatus(http.StatusOK).body),
			"search": string(b.get("/search?q=lamp").wantStatus(http.StatusOK).body),
		}
		for source, text := range shown {
			if strings.Contains(text, secret) && level < access.LevelAct {
				t.Errorf("level %v: %s has winner fields, want none", level, source)
			}
		}
		for _, source := range []string{"page", "frame", "API", "event"} {
			if !strings.Contains(shown[source], secret) && level >= access.LevelAct {
				t.Errorf("level %v: %s has no winner fields, want them", level, source)
			}
		}
	}
}
