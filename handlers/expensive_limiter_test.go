package handlers_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
)

// blockQueries blocks every query whose text contains word until the returned function is called. The channel receives
// a value for each blocked query.
func (s *site) blockQueries(word string) (blocked <-chan struct{}, unblock func()) {
	blockedQueries, release := make(chan struct{}, 100), make(chan struct{})
	s.Store.Watch(func(q store.Statement) {
		if strings.Contains(q.SQL, word) {
			blockedQueries <- struct{}{}
			<-release
		}
	})
	unblock = sync.OnceFunc(func() { close(release) })
	s.t.Cleanup(unblock)
	return blockedQueries, unblock
}

// TestExpensiveRequestsAreLimited checks that a user may run a few expensive requests at a time. Further requests get a
// Retry-After, and other users do not wait.
func TestExpensiveRequestsAreLimited(t *testing.T) {
	for name, kind := range map[string]struct {
		path, word string
		limit      int
	}{
		"searches": {giveawaysPath + "?q=lamp", "LIKE", 3},
		"files":    {giveawaysPath + "/export?format=csv", "giveaway_winners", 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := openSite(t)
			s.createGiveaway(store.Giveaway{Prize: "A lamp"})
			b, other := s.signIn(robin), s.signInStaff(access.LevelSee, access.LevelNone)
			b.get("/guilds/" + lantern + "/audit").wantStatus(http.StatusOK)
			blocked, unblock := s.blockQueries(kind.word)
			var done sync.WaitGroup
			for range kind.limit {
				done.Go(func() {
					r := b.do(t.Context(), http.MethodGet, kind.path, nil)
					_, _ = io.Copy(io.Discard, r.Body)
					r.Body.Close()
					if r.StatusCode != http.StatusOK {
						t.Errorf("request within the limit: status %d, want 200", r.StatusCode)
					}
				})
			}
			for range kind.limit {
				await(t, blocked, "the queries")
			}
			for _, headers := range [][]string{nil, asPartial} {
				a := b.get(kind.path, headers...).wantStatus(http.StatusTooManyRequests)
				if retryAfter, err := strconv.Atoi(a.Header.Get("Retry-After")); err != nil || retryAfter < 1 || retryAfter > 10 {
					t.Errorf("Retry-After = %q, want 1 to 10", a.Header.Get("Retry-After"))
				}
				a.wantNoText("A lamp")
			}
			b.get(kind.path).wantText("main h1", "Too many searches or downloads")
			b.get("/guilds/" + lantern + "/audit").wantStatus(http.StatusOK)
			finished := make(chan struct{})
			go func() {
				defer close(finished)
				other.get(kind.path).wantStatus(http.StatusOK)
			}()
			await(t, blocked, "another user's query")
			unblock()
			await(t, finished, "another user's response")
			done.Wait()
			b.get(kind.path).wantStatus(http.StatusOK)
		})
	}
}

func TestSearchResultsAreLimitedToMaxPages(t *testing.T) {
	s := openSite(t)
	s.createGiveaway(store.Giveaway{Prize: "A lamp"})
	b := s.signIn(robin)
	a := b.get(giveawaysPath+"?q=lamp&page=101", asPartial...).wantStatus(http.StatusOK)
	if got := attr(a.find("#live"), "hx-get"); got != giveawaysPath+"?q=lamp" {
		t.Errorf("URL of the live region = %q, want %q", got, giveawaysPath+"?q=lamp")
	}
	b.get("/api" + giveawaysPath + "?search=lamp&page=100").wantStatus(http.StatusOK)
	b.get("/api" + giveawaysPath + "?search=lamp&page=101").wantStatus(http.StatusBadRequest)
	b.get("/api" + giveawaysPath + "?page=101").wantStatus(http.StatusOK)
}

// TestURLFollowsShownPage checks that, if the last page of a list becomes empty while it is open, its URL changes to
// the page that is shown.
func TestURLFollowsShownPage(t *testing.T) {
	s := openSite(t)
	s.subscribe()
	giveaways := s.createGiveaways(26, store.GiveawayActive)
	b := s.signIn(robin)
	second := giveawaysPath + "?page=2"
	st := b.openStream(streamPath(second))
	if frame := st.next(); strings.Contains(frame.data, `id="moved"`) || !strings.Contains(frame.data, "Prize 1<") {
		t.Errorf("frame of the second page = %.300s, want its rows", frame.data)
	}
	must(t, s.Store.DeleteGiveaway(t.Context(), lantern, giveaways[0].ID))
	s.publish(contract.GiveawayUpdateEvent, lantern)
	if frame := st.next(); !strings.Contains(frame.data, `id="moved" hidden hx-get="`+giveawaysPath+`"`) ||
		!strings.Contains(frame.data, `hx-replace-url="true"`) {
		t.Errorf("frame = %.600s, want a link to the first page", frame.data)
	}
	b.get(second).wantRedirect(giveawaysPath)
	for _, headers := range [][]string{asPoll, asPartial} {
		a := b.get(second, headers...).wantStatus(http.StatusOK)
		if got := attr(a.find("#live"), "hx-get"); got != giveawaysPath {
			t.Errorf("URL of the live region = %q, want %q", got, giveawaysPath)
		}
		if replace, push := a.Header.Get("HX-Replace-Url"), a.Header.Get("HX-Push-Url"); replace+push != giveawaysPath {
			t.Errorf("HX-Replace-Url = %q, HX-Push-Url = %q, want %q in one of them", replace, push, giveawaysPath)
		}
	}
}
