package handlers_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"guildboard/store"
)

// hold blocks every query whose text contains word until letGo is called. came receives a value for each blocked query.
func (s *site) hold(word string) (came <-chan struct{}, letGo func()) {
	arrived, release := make(chan struct{}, 100), make(chan struct{})
	s.Store.Watch(func(q store.Statement) {
		if strings.Contains(q.SQL, word) {
			arrived <- struct{}{}
			<-release
		}
	})
	letGo = sync.OnceFunc(func() { close(release) })
	s.t.Cleanup(letGo)
	return arrived, letGo
}

// A user may run a few expensive requests at a time. Others get a Retry-After, and other users do not wait.
func TestFewExpensiveRequestsAreAnsweredAtATime(t *testing.T) {
	for name, kind := range map[string]struct {
		path, word string
		most       int
	}{
		"searches": {giveawaysPath + "?q=lamp", "LIKE", 3},
		"files":    {giveawaysPath + "/export?format=csv", "giveaway_winners", 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			s.giveaway(store.Giveaway{Prize: "A lamp"})
			b, other := s.signIn(robin), s.helper(store.LevelSee, store.LevelNone)
			b.get("/guilds/" + lantern + "/audit").wants(http.StatusOK)
			came, letGo := s.hold(kind.word)
			var done sync.WaitGroup
			for range kind.most {
				done.Go(func() {
					r := b.do(t.Context(), http.MethodGet, kind.path, nil)
					_, _ = io.Copy(io.Discard, r.Body)
					r.Body.Close()
					if r.StatusCode != http.StatusOK {
						t.Errorf("a request within the limit = %d, want 200", r.StatusCode)
					}
				})
			}
			for range kind.most {
				await(t, came, "the queries")
			}
			for _, headers := range [][]string{nil, asPartial} {
				a := b.get(kind.path, headers...).wants(http.StatusTooManyRequests)
				if after, err := strconv.Atoi(a.Header.Get("Retry-After")); err != nil || after < 1 || after > 10 {
					t.Errorf("Retry-After is %q", a.Header.Get("Retry-After"))
				}
				a.hides("A lamp")
			}
			b.get(kind.path).says("main h1", "Too many searches or downloads")
			b.get("/guilds/" + lantern + "/audit").wants(http.StatusOK)
			finished := make(chan struct{})
			go func() {
				defer close(finished)
				other.get(kind.path).wants(http.StatusOK)
			}()
			await(t, came, "another user's query")
			letGo()
			await(t, finished, "another user's answer")
			done.Wait()
			b.get(kind.path).wants(http.StatusOK)
		})
	}
}

func TestWhatATextFindsHasAHundredPages(t *testing.T) {
	s := open(t)
	s.giveaway(store.Giveaway{Prize: "A lamp"})
	b := s.signIn(robin)
	a := b.get(giveawaysPath+"?q=lamp&page=101", asPartial...).wants(http.StatusOK)
	if got := attr(a.find("#live"), "hx-get"); got != giveawaysPath+"?q=lamp" {
		t.Errorf("the address becomes %q", got)
	}
	b.get("/api" + giveawaysPath + "?search=lamp&page=100").wants(http.StatusOK)
	b.get("/api" + giveawaysPath + "?search=lamp&page=101").wants(http.StatusBadRequest)
	b.get("/api" + giveawaysPath + "?page=101").wants(http.StatusOK)
}

// If the last page of a list becomes empty while it is open, its address changes to the page that is shown.
func TestTheAddressFollowsWhenAPageIsEmptied(t *testing.T) {
	s := open(t)
	s.listen()
	made := s.giveaways(26, store.GiveawayActive)
	b := s.signIn(robin)
	second := giveawaysPath + "?page=2"
	st := b.watch(streamOf(second))
	if frame := st.next(); strings.Contains(frame.data, `id="moved"`) || !strings.Contains(frame.data, "Prize 1<") {
		t.Errorf("the second page is %.300s", frame.data)
	}
	must(t, s.Store.DeleteGiveaway(t.Context(), lantern, made[0].ID))
	s.publish(store.GiveawayUpdateEvent, lantern)
	if frame := st.next(); !strings.Contains(frame.data, `id="moved" hidden hx-get="`+giveawaysPath+`"`) ||
		!strings.Contains(frame.data, `hx-replace-url="true"`) {
		t.Errorf("the frame does not lead to the first page: %.600s", frame.data)
	}
	b.get(second).leadsTo(giveawaysPath)
	for _, headers := range [][]string{asPoll, asPartial} {
		a := b.get(second, headers...).wants(http.StatusOK)
		if got := attr(a.find("#live"), "hx-get"); got != giveawaysPath {
			t.Errorf("the live part is at %q, want %q", got, giveawaysPath)
		}
		if replace, push := a.Header.Get("HX-Replace-Url"), a.Header.Get("HX-Push-Url"); replace+push != giveawaysPath {
			t.Errorf("the address is replaced by %q and %q, want %q once", replace, push, giveawaysPath)
		}
	}
}
