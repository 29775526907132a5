package handlers_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"guildboard/store"
)

func TestARepeatIsAskedForAndStopped(t *testing.T) {
	s := open(t)
	s.beats()
	s.collect()
	g := s.giveaway(store.Giveaway{Prize: "Lamp <b>"})
	path := giveawayPath(g) + "/repeat"
	b := s.signIn(robin)

	t.Run("by nobody who may not make giveaways", func(t *testing.T) {
		helper := s.helper(store.LevelAct, store.LevelAct)
		helper.get(path).wants(http.StatusForbidden)
		helper.post(path, url.Values{"days": {"7"}}).wants(http.StatusForbidden)
		if a := helper.get(giveawayPath(g)); a.find("a[href$='/repeat']").Length() > 0 {
			t.Error("it is offered to who may not ask for it")
		}
	})
	for _, days := range []string{"", "0", "366", "-1", "7.5", "x"} {
		a := b.post(path, url.Values{"days": {days}}).wants(http.StatusUnprocessableEntity)
		a.says("#problem-days", "not a number within its bounds")
		if got := attr(a.find("#days"), "value"); got != days {
			t.Errorf("%q comes back as %q", days, got)
		}
	}
	a := b.get(path).wants(http.StatusOK).says("#confirm-title", "Repeat “Lamp <b>”?")
	if got := attr(a.find("#days"), "value"); got != "7" || a.find("#confirm-stop").Length() > 0 {
		t.Errorf("the question begins with %q days", got)
	}
	b.post(path, url.Values{"days": {"14"}}).leadsTo(giveawayPath(g) + "?note=command.asked")
	asked := s.commands()
	if c := asked[0]; c.Verb != store.VerbGiveawayRepeat || string(c.Data) != `{"days":14}` {
		t.Fatalf("asked for is %+v", asked)
	}
	if b.get(giveawayPath(g)).find("#repeats-"+g.ID).Length() > 0 {
		t.Error("it is shown as done before the bot says so")
	}

	next := time.Now().Add(14 * 24 * time.Hour)
	must(t, s.Store.SetRepeat(t.Context(), lantern, g.ID, 14, &next))
	s.answered(asked[0], store.CommandDone, "")
	b.get(giveawayPath(g)).says("#repeats-"+g.ID, "every 14 days").says("#asks", "every 14 days").says("#live .facts", "Made again")
	b.get(giveawaysPath).says("#g-"+g.ID+" .badge", "every 14 days")
	a = b.get(path).wants(http.StatusOK)
	if got := attr(a.find("#days"), "value"); got != "14" {
		t.Errorf("the question begins with %q days", got)
	}
	b.post(path, url.Values{"days": {"nonsense"}, attr(a.find("#confirm-stop"), "name"): {"1"}}).wants(http.StatusSeeOther)
	if c := s.commands()[0]; string(c.Data) != `{"days":0}` {
		t.Errorf("asked for is %s", c.Data)
	}
	b.get("/guilds/"+lantern+"/audit").says("#rows", "every 14 days").says("#rows", "no more")

	over := s.giveaway(store.Giveaway{Status: store.GiveawayCancelled})
	b.post(giveawayPath(over)+"/repeat", url.Values{"days": {"7"}}).leadsTo(giveawayPath(over) + "?note=command.moved")
}

// What the clock has made again stands in the audit log, asked for by nobody.
func TestWhatTheClockDoesIsWrittenDownAsItsOwn(t *testing.T) {
	s := open(t)
	g := s.giveaway(store.Giveaway{Prize: "Lamp"})
	due := time.Now().UTC().Truncate(time.Millisecond)
	must(t, s.Store.SetRepeat(t.Context(), lantern, g.ID, 7, &due))
	r := store.Repetition{Of: g.ID, Due: due}
	w := store.Work{Command: store.Command{ID: "repeat-x", GuildID: lantern, Actor: g.Host, Verb: store.VerbGiveawayCreate, Target: "x", Data: []byte(`{"prize":"Lamp","repeat":{"of":"` + g.ID + `"}}`)}}
	next := store.FormOf(g).Fill(store.Giveaway{ID: "x", GuildID: lantern, Host: g.Host, RepeatDays: 7})
	must(t, s.Store.RepeatGiveaway(t.Context(), r, next, store.NewSeed(), w))
	b := s.signIn(robin)
	a := b.get("/guilds/"+lantern+"/audit").wants(http.StatusOK).says("#rows tr", "The bot’s clock").says("#rows tr", "made again by itself")
	if a.find("#rows a[id^=by-]").Length() > 0 {
		t.Error("there is a link to what nobody asked for")
	}
	b.get(giveawaysPath+"/x").wants(http.StatusOK).says("#asks", "The bot’s clock")
}
