package session

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

	"guildboard/store"
)

// cookieJar holds a browser's sign-in cookies.
type cookieJar map[string]*http.Cookie

func (j cookieJar) request(b *testBrowser) *http.Request {
	r := httptest.NewRequestWithContext(b.t.Context(), "GET", "/", nil)
	for _, c := range j {
		r.AddCookie(c)
	}
	return r
}

// accept stores the cookies of a response as a browser would.
func (j cookieJar) accept(w *httptest.ResponseRecorder) {
	for _, c := range w.Result().Cookies() {
		j[c.Name] = c
		if c.MaxAge < 0 {
			delete(j, c.Name)
		}
	}
}

func (j cookieJar) startSignIn(b *testBrowser, returnTo string) (state string) {
	b.t.Helper()
	w := httptest.NewRecorder()
	state, err := b.StartSignIn(w, j.request(b), "verifier of "+returnTo, returnTo)
	if err != nil {
		b.t.Fatal(err)
	}
	j.accept(w)
	return state
}

func (j cookieJar) finishSignIn(b *testBrowser, state string) (PendingSignIn, error) {
	w := httptest.NewRecorder()
	signIn, err := b.FinishSignIn(w, j.request(b), state)
	j.accept(w)
	return signIn, err
}

func TestSignInIsStoredInCookie(t *testing.T) {
	m := miniredis.RunT(t)
	for _, secure := range []bool{false, true} {
		b, j := newBrowser(t, newRedisClient(t, m.Addr())), cookieJar{}
		b.isSecure = secure
		state := j.startSignIn(b, "/guilds/1?page=2")
		if keys := m.Keys(); len(keys) != 0 {
			t.Errorf("keys in Redis after the start = %v, want none", keys)
		}
		if len(j) != 1 || !isSecret(state) {
			t.Fatalf("cookies = %v, state = %q, want one cookie and a secret state", j, state)
		}
		for name, c := range j {
			if !c.HttpOnly || c.Secure != secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" ||
				c.MaxAge != 600 || strings.HasPrefix(name, "__Host-") != secure {
				t.Errorf("cookie = %v with secure %t, want its attributes to match", c, secure)
			}
			for _, secret := range []string{state, "verifier", "/guilds"} {
				if strings.Contains(c.Value, secret) {
					t.Errorf("the cookie contains %q", secret)
				}
			}
		}
		signIn, err := j.finishSignIn(b, state)
		if err != nil || signIn.Verifier != "verifier of /guilds/1?page=2" || signIn.ReturnTo != "/guilds/1?page=2" {
			t.Errorf("FinishSignIn() = %+v, %v, want verifier and return path", signIn, err)
		}
		if len(j) != 0 {
			t.Errorf("cookies = %v, want none", j)
		}
		for _, key := range m.Keys() {
			if ttl := m.TTL(key); ttl <= 0 || ttl > 10*time.Minute {
				t.Errorf("TTL of %s = %v, want at most 10 minutes", key, ttl)
			}
			if strings.Contains(key, state) {
				t.Error("a Redis key contains the state")
			}
		}
		m.FlushAll()
	}
}

func TestSignInFinishesOnce(t *testing.T) {
	forEachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		b, j := newBrowser(t, client), cookieJar{}
		state := j.startSignIn(b, "/guilds")
		var first, again atomic.Int32
		var tabs sync.WaitGroup
		for range 16 {
			tabs.Go(func() {
				signIn, err := b.FinishSignIn(httptest.NewRecorder(), j.request(b), state)
				switch {
				case signIn.ReturnTo != "/guilds":
					t.Errorf("FinishSignIn() = %+v, %v, want return path /guilds", signIn, err)
				case err == nil:
					first.Add(1)
				case errors.Is(err, store.ErrConflict):
					again.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		tabs.Wait()
		if first.Load() != 1 || again.Load() != 15 {
			t.Errorf("finished = %d, repeated = %d, want 1 and 15", first.Load(), again.Load())
		}
	})
}

func TestSignInIsBoundToBrowserAndKey(t *testing.T) {
	b := newBrowser(t, newRedisClient(t, miniredis.RunT(t).Addr()))
	mine, others := cookieJar{}, cookieJar{}
	state, other := mine.startSignIn(b, "/mine"), others.startSignIn(b, "/others")
	otherSite := newBrowser(t, b.client)
	var err error
	if otherSite.sealer, err = NewSealer(otherSealKey); err != nil {
		t.Fatal(err)
	}
	foreign := cookieJar{}
	foreignState := foreign.startSignIn(otherSite, "/foreign")

	renamed := cookieJar{}
	for _, c := range others {
		renamed[b.signInCookieName(state)] = &http.Cookie{Name: b.signInCookieName(state), Value: c.Value}
	}
	for name, test := range map[string]struct {
		jar   cookieJar
		state string
	}{
		"no cookies":                             {cookieJar{}, state},
		"another browser":                        {others, state},
		"another browser's cookie, renamed":      {renamed, state},
		"another browser's cookie and its state": {renamed, other},
		"sealed with another key":                {foreign, foreignState},
		"no state":                               {mine, ""},
		"a short state":                          {mine, "abc"},
		"part of the state":                      {mine, state[:8]},
		"another state with the same prefix":     {mine, state[:8] + newSecret()[8:]},
	} {
		if signIn, err := test.jar.finishSignIn(b, test.state); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: FinishSignIn() = %+v, %v, want %v", name, signIn, err, store.ErrNotFound)
		}
	}
	b.clock = b.clock.Add(signInTimeout)
	if signIn, err := mine.finishSignIn(b, state); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("after ten minutes: FinishSignIn() = %+v, %v, want %v", signIn, err, store.ErrNotFound)
	}
}

func TestConcurrentSignIns(t *testing.T) {
	b, j := newBrowser(t, newRedisClient(t, miniredis.RunT(t).Addr())), cookieJar{}
	// Two tabs that start at the same time both send no cookie.
	w1, w2 := httptest.NewRecorder(), httptest.NewRecorder()
	one, err1 := b.StartSignIn(w1, cookieJar{}.request(b), "v", "/one")
	two, err2 := b.StartSignIn(w2, cookieJar{}.request(b), "v", "/two")
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	j.accept(w1)
	j.accept(w2)
	for state, want := range map[string]string{two: "/two", one: "/one"} {
		if signIn, err := j.finishSignIn(b, state); err != nil || signIn.ReturnTo != want {
			t.Errorf("FinishSignIn() = %+v, %v, want %s", signIn, err, want)
		}
	}

	// The browser keeps only the newest few of many started sign-ins.
	var states []string
	for range 20 {
		b.clock = b.clock.Add(time.Second)
		states = append(states, j.startSignIn(b, "/"+strings.Repeat("a", 299)))
	}
	if len(j) != maxPendingSignIns {
		t.Errorf("pending sign-ins = %d, want %d", len(j), maxPendingSignIns)
	}
	for i, state := range slices.Backward(states) {
		if _, err := j.finishSignIn(b, state); (err == nil) != (i >= len(states)-maxPendingSignIns) {
			t.Errorf("sign-in %d of %d: error = %v, want only the newest to succeed", i+1, len(states), err)
		}
	}

	// A cookie that can't be decrypted is removed first.
	j[b.signInCookieName("madeup12")] = &http.Cookie{Name: b.signInCookieName("madeup12"), Value: "x"}
	j.startSignIn(b, "/")
	if len(j) != 1 {
		t.Errorf("cookies = %v, want one", j)
	}
}

func TestSignInIgnoresForeignCookies(t *testing.T) {
	for _, secure := range []bool{false, true} {
		b, j := newBrowser(t, newRedisClient(t, miniredis.RunT(t).Addr())), cookieJar{}
		b.isSecure = secure
		state := j.startSignIn(b, "/")
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		for _, value := range []string{"", "x", strings.Repeat("A", 600), j[b.signInCookieName(state)].Value, "y"} {
			r.AddCookie(&http.Cookie{Name: b.signInCookieName(state), Value: value})
		}
		if signIn, err := b.FinishSignIn(httptest.NewRecorder(), r, state); err != nil || signIn.ReturnTo != "/" {
			t.Errorf("secure %t: FinishSignIn() = %+v, %v, want return path /", secure, signIn, err)
		}
	}
}
