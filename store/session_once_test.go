package store

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

type pending struct{ Verifier, ReturnTo string }

func TestRememberedIsTakenOnce(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		b := newBrowser(t, client)
		want := pending{"v", "/guilds/1?page=2"}
		key, err := b.Remember(t.Context(), "login", want, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		var got pending
		if err := b.Take(t.Context(), "flash", key, &got); !errors.Is(err, ErrNotFound) {
			t.Errorf("of another kind: %v", err)
		}
		for _, key := range []string{"", "x", newSecret()} {
			if err := b.Take(t.Context(), "login", key, &got); !errors.Is(err, ErrNotFound) {
				t.Errorf("with key %q: %v", key, err)
			}
		}
		var taken atomic.Int32
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				var p pending
				switch err := b.Take(t.Context(), "login", key, &p); {
				case err == nil && p == want:
					taken.Add(1)
				case !errors.Is(err, ErrNotFound):
					t.Errorf("took %+v, %v", p, err)
				}
			})
		}
		wg.Wait()
		if n := taken.Load(); n != 1 {
			t.Errorf("taken %d times", n)
		}
	})
}

func TestRememberedIsForgottenInTime(t *testing.T) {
	b := newBrowser(t, redisAt(t, miniredis.RunT(t).Addr())) // which forgets nothing by itself
	key, err := b.Remember(t.Context(), "login", 1, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	b.clock = b.clock.Add(time.Minute)
	if err := b.Take(t.Context(), "login", key, new(int)); !errors.Is(err, ErrNotFound) {
		t.Errorf("after its time: %v", err)
	}
}

func TestRememberedHereIsWorthNothingElsewhere(t *testing.T) {
	m := miniredis.RunT(t)
	b := newBrowser(t, redisAt(t, m.Addr()))
	b.secure = true
	remember := func(cookies []*http.Cookie, ttl time.Duration) (string, []*http.Cookie) {
		t.Helper()
		w, r := httptest.NewRecorder(), b.request()
		for _, c := range cookies {
			r.AddCookie(c)
		}
		key, err := b.RememberHere(w, r, "login", "mine", ttl)
		if err != nil {
			t.Fatal(err)
		}
		return key, w.Result().Cookies()
	}
	take := func(cookies []*http.Cookie, key string) error {
		r := b.request()
		for _, c := range cookies {
			r.AddCookie(c)
		}
		var got string
		return b.TakeHere(r, "login", key, &got)
	}

	key, mine := remember(nil, time.Hour)
	if len(mine) != 1 || mine[0].Name != "__Host-guildboard-browser" || !mine[0].HttpOnly || !mine[0].Secure ||
		mine[0].SameSite != http.SameSiteLaxMode || mine[0].Path != "/" || mine[0].MaxAge != 600 {
		t.Errorf("cookies %v", mine)
	}
	for _, k := range m.Keys() {
		if ttl := m.TTL(k); ttl <= 0 || ttl > 10*time.Minute {
			t.Errorf("%s stays %v", k, ttl)
		}
	}
	_, others := remember(nil, time.Minute)
	if b.KnowsBrowser(b.request()) {
		t.Error("a browser without a mark is known")
	}
	for name, cookies := range map[string][]*http.Cookie{
		"no browser":      nil,
		"another browser": others,
		"a made-up one":   {{Name: mine[0].Name, Value: "x"}},
	} {
		if err := take(cookies, key); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}

	// Two tabs that sign in at the same time do not disturb each other.
	second, again := remember(mine, time.Minute)
	if again[0].Value != mine[0].Value {
		t.Error("a second sign-in gives the browser another mark")
	}
	if err := take(mine, key); err != nil {
		t.Errorf("the first: %v", err)
	}
	if err := take(mine, second); err != nil {
		t.Errorf("the second: %v", err)
	}
	if err := take(mine, key); !errors.Is(err, ErrNotFound) {
		t.Errorf("a second time: %v", err)
	}
}
