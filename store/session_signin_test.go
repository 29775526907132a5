package store

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// jar is the sign-in cookies that a browser holds.
type jar map[string]*http.Cookie

func (j jar) request(b *browser) *http.Request {
	r := httptest.NewRequestWithContext(b.t.Context(), "GET", "/", nil)
	for _, c := range j {
		r.AddCookie(c)
	}
	return r
}

// accept keeps the cookies of an answer as a browser would.
func (j jar) accept(w *httptest.ResponseRecorder) {
	for _, c := range w.Result().Cookies() {
		j[c.Name] = c
		if c.MaxAge < 0 {
			delete(j, c.Name)
		}
	}
}

func (j jar) start(b *browser, returnTo string) (state string) {
	b.t.Helper()
	w := httptest.NewRecorder()
	state, err := b.StartSignIn(w, j.request(b), "verifier of "+returnTo, returnTo)
	if err != nil {
		b.t.Fatal(err)
	}
	j.accept(w)
	return state
}

func (j jar) finish(b *browser, state string) (SignIn, error) {
	w := httptest.NewRecorder()
	in, err := b.FinishSignIn(w, j.request(b), state)
	j.accept(w)
	return in, err
}

func TestSignInIsKeptByTheBrowser(t *testing.T) {
	m := miniredis.RunT(t)
	for _, secure := range []bool{false, true} {
		b, j := newBrowser(t, redisAt(t, m.Addr())), jar{}
		b.secure = secure
		state := j.start(b, "/guilds/1?page=2")
		if keys := m.Keys(); len(keys) != 0 {
			t.Errorf("starting left %v in Redis, want nothing", keys)
		}
		if len(j) != 1 || !isSecret(state) {
			t.Fatalf("starting gave cookies %v and state %q", j, state)
		}
		for name, c := range j {
			if !c.HttpOnly || c.Secure != secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" ||
				c.MaxAge != 600 || strings.HasPrefix(name, "__Host-") != secure {
				t.Errorf("cookie %v with secure %t", c, secure)
			}
			for _, secret := range []string{state, "verifier", "/guilds"} {
				if strings.Contains(c.Value, secret) {
					t.Errorf("the cookie shows %q", secret)
				}
			}
		}
		in, err := j.finish(b, state)
		if err != nil || in.Verifier != "verifier of /guilds/1?page=2" || in.Return != "/guilds/1?page=2" {
			t.Errorf("FinishSignIn() = %+v, %v", in, err)
		}
		if len(j) != 0 {
			t.Errorf("the browser keeps %v, want nothing", j)
		}
		for _, key := range m.Keys() {
			if ttl := m.TTL(key); ttl <= 0 || ttl > 10*time.Minute {
				t.Errorf("Redis keeps %s for %v, want 10 minutes at most", key, ttl)
			}
			if strings.Contains(key, state) {
				t.Errorf("Redis shows the state")
			}
		}
		m.FlushAll()
	}
}

func TestSignInIsFinishedOnce(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		b, j := newBrowser(t, client), jar{}
		state := j.start(b, "/guilds")
		var first, again atomic.Int32
		var tabs sync.WaitGroup
		for range 16 {
			tabs.Go(func() {
				in, err := b.FinishSignIn(httptest.NewRecorder(), j.request(b), state)
				switch {
				case in.Return != "/guilds":
					t.Errorf("FinishSignIn() = %+v, %v", in, err)
				case err == nil:
					first.Add(1)
				case errors.Is(err, ErrConflict):
					again.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		tabs.Wait()
		if first.Load() != 1 || again.Load() != 15 {
			t.Errorf("%d finished and %d were late, want 1 and 15", first.Load(), again.Load())
		}
	})
}

func TestSignInIsWorthNothingElsewhere(t *testing.T) {
	b := newBrowser(t, redisAt(t, miniredis.RunT(t).Addr()))
	mine, others := jar{}, jar{}
	state, other := mine.start(b, "/mine"), others.start(b, "/others")
	stranger := newBrowser(t, b.client)
	var err error
	if stranger.seal, err = NewSealer(otherSealKey); err != nil {
		t.Fatal(err)
	}
	foreign := jar{}
	foreignState := foreign.start(stranger, "/foreign")

	renamed := jar{}
	for _, c := range others {
		renamed[b.signInName(state)] = &http.Cookie{Name: b.signInName(state), Value: c.Value}
	}
	for name, test := range map[string]struct {
		jar   jar
		state string
	}{
		"no cookies":                             {jar{}, state},
		"another browser":                        {others, state},
		"another browser's cookie, renamed":      {renamed, state},
		"another browser's cookie and its state": {renamed, other},
		"sealed with another key":                {foreign, foreignState},
		"no state":                               {mine, ""},
		"a short state":                          {mine, "abc"},
		"part of the state":                      {mine, state[:8]},
		"another state of the same name":         {mine, state[:8] + newSecret()[8:]},
	} {
		if in, err := test.jar.finish(b, test.state); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: FinishSignIn() = %+v, %v, want %v", name, in, err, ErrNotFound)
		}
	}
	b.clock = b.clock.Add(signInLife)
	if in, err := mine.finish(b, state); !errors.Is(err, ErrNotFound) {
		t.Errorf("after ten minutes: %+v, %v, want %v", in, err, ErrNotFound)
	}
}

func TestSignInsOfSeveralTabs(t *testing.T) {
	b, j := newBrowser(t, redisAt(t, miniredis.RunT(t).Addr())), jar{}
	// Two tabs that start at the same time both send no cookie.
	w1, w2 := httptest.NewRecorder(), httptest.NewRecorder()
	one, err1 := b.StartSignIn(w1, jar{}.request(b), "v", "/one")
	two, err2 := b.StartSignIn(w2, jar{}.request(b), "v", "/two")
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	j.accept(w1)
	j.accept(w2)
	for state, want := range map[string]string{two: "/two", one: "/one"} {
		if in, err := j.finish(b, state); err != nil || in.Return != want {
			t.Errorf("FinishSignIn() = %+v, %v, want %s", in, err, want)
		}
	}

	// However often one starts, the browser keeps a few, and those the newest.
	var states []string
	for range 20 {
		b.clock = b.clock.Add(time.Second)
		states = append(states, j.start(b, "/"+strings.Repeat("a", 299)))
	}
	if len(j) != maxSignIns {
		t.Errorf("the browser keeps %d sign-ins, want %d", len(j), maxSignIns)
	}
	for i, state := range slices.Backward(states) {
		if _, err := j.finish(b, state); (err == nil) != (i >= len(states)-maxSignIns) {
			t.Errorf("start %d of %d: %v", i+1, len(states), err)
		}
	}

	// What does not open is removed first.
	j[b.signInName("madeup12")] = &http.Cookie{Name: b.signInName("madeup12"), Value: "x"}
	j.start(b, "/")
	if len(j) != 1 {
		t.Errorf("the browser keeps %v, want one sign-in", j)
	}
}

func TestSignInCookieThatOpensIsUsed(t *testing.T) {
	for _, secure := range []bool{false, true} {
		b, j := newBrowser(t, redisAt(t, miniredis.RunT(t).Addr())), jar{}
		b.secure = secure
		state := j.start(b, "/")
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		for _, value := range []string{"", "x", strings.Repeat("A", 600), j[b.signInName(state)].Value, "y"} {
			r.AddCookie(&http.Cookie{Name: b.signInName(state), Value: value})
		}
		if in, err := b.FinishSignIn(httptest.NewRecorder(), r, state); err != nil || in.Return != "/" {
			t.Errorf("secure %t: FinishSignIn() = %+v, %v", secure, in, err)
		}
	}
}
