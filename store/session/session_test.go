package session

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"golang.org/x/oauth2"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

func TestMain(m *testing.M) {
	logging.Disable() // go-redis would log every failed connection to a Redis that a test has stopped
	os.Exit(m.Run())
}

// forEachRedis runs a test on an embedded Redis, and on the Redis of REDIS_URL if it is set.
func forEachRedis(t *testing.T, test func(t *testing.T, client redis.UniversalClient)) {
	t.Run("embedded", func(t *testing.T) {
		test(t, newRedisClient(t, storetest.RedisServer(t).Addr()))
	})
	t.Run("real", func(t *testing.T) {
		if os.Getenv("REDIS_URL") == "" {
			t.Skip("REDIS_URL is not set")
		}
		test(t, storetest.Redis(t))
	})
}

func newRedisClient(t *testing.T, addr string) redis.UniversalClient {
	t.Helper()
	client, err := store.OpenRedis("redis://" + addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// testBrowser is a Store with one browser and a clock that the test controls.
type testBrowser struct {
	*Store
	t      *testing.T
	user   string // id that no other test uses
	clock  time.Time
	cookie *http.Cookie
}

func newBrowser(t *testing.T, client redis.UniversalClient) *testBrowser {
	t.Helper()
	b := &testBrowser{t: t, user: rand.Text(), clock: time.Now()}
	b.Store = NewStore(client, newTestSealer(t), false, slog.New(slog.DiscardHandler))
	b.now = func() time.Time { return b.clock }
	return b
}

// otherBrowser returns another browser of the same Store.
func (b *testBrowser) otherBrowser() *testBrowser {
	o := *b
	o.cookie = nil
	return &o
}

func (b *testBrowser) request() *http.Request {
	r := httptest.NewRequestWithContext(b.t.Context(), "GET", "/", nil)
	r.Header.Set("User-Agent", "Testbrowser/1.0")
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	return r
}

// acceptCookie stores the session cookie of a response as a browser would, and reports whether there was one.
func (b *testBrowser) acceptCookie(w *httptest.ResponseRecorder) bool {
	b.t.Helper()
	for _, c := range w.Result().Cookies() {
		if c.Name != b.cookieName() {
			continue
		}
		b.cookie = c
		if c.MaxAge < 0 {
			b.cookie = nil
		}
		return true
	}
	return false
}

func (b *testBrowser) startSession(token *oauth2.Token) *Session {
	b.t.Helper()
	w := httptest.NewRecorder()
	sess, err := b.Start(w, b.request(), Session{UserID: b.user, Username: "alice", Avatar: "a1"}, token)
	if err != nil {
		b.t.Fatal(err)
	}
	if !b.acceptCookie(w) {
		b.t.Fatal("no session cookie, want one")
	}
	return sess
}

func (b *testBrowser) loadSession() *Session {
	b.t.Helper()
	sess, err := b.Load(nil, b.request())
	if err != nil {
		b.t.Fatal(err)
	}
	return sess
}

func (b *testBrowser) endSession() *oauth2.Token {
	b.t.Helper()
	w := httptest.NewRecorder()
	last, err := b.End(w, b.request())
	if err != nil {
		b.t.Fatal(err)
	}
	b.acceptCookie(w)
	return last
}

func TestSessionStartAndEnd(t *testing.T) {
	forEachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		b := newBrowser(t, client)
		if got := b.loadSession(); got != nil {
			t.Fatalf("session without a cookie = %+v, want none", got)
		}
		started := b.startSession(&oauth2.Token{AccessToken: "acc", RefreshToken: "ref"})
		got := b.loadSession()
		if got == nil || got.UserID != b.user || got.Username != "alice" || got.Avatar != "a1" || got.IsStale ||
			got.UserAgent != "Testbrowser/1.0" || got.ID != started.ID || !got.CreatedAt.Equal(started.CreatedAt) {
			t.Fatalf("session = %+v, want %+v", got, started)
		}
		if want := (contract.User{ID: b.user, Username: "alice", Avatar: "a1"}); got.User() != want {
			t.Errorf("User() = %+v, want %+v", got.User(), want)
		}
		if err := got.Check(t.Context()); err != nil {
			t.Errorf("Check() = %v, want nil", err)
		}
		cookie := b.cookie
		if last := b.endSession(); last == nil || last.RefreshToken != "ref" {
			t.Errorf("token of the last session = %+v, want one", last)
		}
		if b.cookie != nil {
			t.Error("the cookie is not deleted")
		}
		b.cookie = cookie
		if got := b.loadSession(); got != nil {
			t.Errorf("session of the old cookie = %+v, want none", got)
		}
		if err := got.Check(t.Context()); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Check() of an ended session = %v, want %v", err, store.ErrNotFound)
		}
		if last := b.endSession(); last != nil {
			t.Errorf("token after ending the session twice = %+v, want none", last)
		}
	})
}

func TestSessionCookieAttributes(t *testing.T) {
	b := newBrowser(t, newRedisClient(t, miniredis.RunT(t).Addr()))
	b.startSession(nil)
	if c := b.cookie; c.Name != "guildboard" || !c.HttpOnly || c.Secure || c.SameSite != http.SameSiteLaxMode ||
		c.Path != "/" || c.Domain != "" || c.MaxAge != 7*24*3600 || len(c.Value) != 43 {
		t.Errorf("cookie over http = %v, want guildboard without Secure", c)
	}
	b.isSecure = true
	b.startSession(nil)
	if c := b.cookie; c.Name != "__Host-guildboard" || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode ||
		c.Path != "/" || c.Domain != "" {
		t.Errorf("cookie over https = %v, want __Host-guildboard with Secure", c)
	}
}

func TestRedisRevealsNoSessionSecrets(t *testing.T) {
	m := miniredis.RunT(t)
	b := newBrowser(t, newRedisClient(t, m.Addr()))
	sess := b.startSession(&oauth2.Token{AccessToken: "acc-token", RefreshToken: "ref-token"})
	dump := m.Dump()
	for _, secret := range []string{b.cookie.Value, "acc-token", "ref-token", "alice", "Testbrowser", sess.ID} {
		if strings.Contains(dump, secret) {
			t.Errorf("Redis contains %q", secret)
		}
	}
	for _, key := range m.Keys() {
		if m.TTL(key) <= 0 {
			t.Errorf("%s has no TTL, want one", key)
		}
	}
}

func TestSignInReplacesSession(t *testing.T) {
	b := newBrowser(t, newRedisClient(t, miniredis.RunT(t).Addr()))
	first := b.startSession(nil)
	before := b.otherBrowser()
	before.cookie = b.cookie
	second := b.startSession(nil)
	if b.cookie.Value == before.cookie.Value || first.ID == second.ID {
		t.Error("the session id is unchanged, want a new one")
	}
	if got := before.loadSession(); got != nil {
		t.Errorf("session of the previous cookie = %+v, want none", got)
	}
	if list, err := b.List(t.Context(), b.user); err != nil || len(list) != 1 || list[0].ID != second.ID {
		t.Errorf("List() = %+v, %v, want only the new session", list, err)
	}
}

func TestForgedSessionsAreIgnored(t *testing.T) {
	m := miniredis.RunT(t)
	b := newBrowser(t, newRedisClient(t, m.Addr()))
	b.startSession(nil)
	secret := b.cookie.Value
	other := "A" // differs from the first letter of the secret
	if strings.HasPrefix(secret, other) {
		other = "B"
	}
	for _, value := range []string{
		"", "x", secret[:42], secret + "A", other + secret[1:], strings.Repeat("A", 43), strings.Repeat("/", 43),
		strings.Repeat("A", 10_000),
		`"; DROP TABLE`, "session:1",
	} {
		b.cookie = &http.Cookie{Name: b.cookieName(), Value: value}
		if got := b.loadSession(); got != nil {
			t.Errorf("session of cookie %.50q = %+v, want none", value, got)
		}
	}

	// A record that was modified or copied to another cookie's key is rejected.
	b.cookie = &http.Cookie{Name: b.cookieName(), Value: secret}
	sealed, err := m.Get(sessionKey(secret))
	if err != nil {
		t.Fatal(err)
	}
	forged := newSecret()
	for key, value := range map[string]string{
		sessionKey(forged): sealed,
		sessionKey(secret): sealed[:len(sealed)-1] + string([]byte{^sealed[len(sealed)-1]}),
	} {
		if err := m.Set(key, value); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.loadSession(); got != nil {
		t.Errorf("session of a broken record = %+v, want none", got)
	}
	b.cookie.Value = forged
	if got := b.loadSession(); got != nil {
		t.Errorf("session of a moved record = %+v, want none", got)
	}
	if list, err := b.List(t.Context(), b.user); err != nil || len(list) != 0 {
		t.Errorf("List() = %+v, %v, want none", list, err)
	}
}

func TestSessionExpiresSevenDaysAfterLastVisit(t *testing.T) {
	m := miniredis.RunT(t)
	b := newBrowser(t, newRedisClient(t, m.Addr()))
	b.startSession(&oauth2.Token{AccessToken: "acc"})
	visit := func(after time.Duration, extends bool) *Session {
		t.Helper()
		b.clock = b.clock.Add(after)
		m.FastForward(after)
		w := httptest.NewRecorder()
		sess, err := b.Load(w, b.request())
		if err != nil {
			t.Fatal(err)
		}
		if got := b.acceptCookie(w); got != extends {
			t.Errorf("after %v: cookie renewed = %t, want %t", after, got, extends)
		}
		return sess
	}
	visit(59*time.Minute, false)
	if got := visit(time.Minute, true); !got.SeenAt.Equal(b.clock.Truncate(time.Millisecond)) {
		t.Errorf("SeenAt = %v, want %v", got.SeenAt, b.clock)
	}
	visit(59*time.Minute, false)
	for range 3 {
		if visit(6*24*time.Hour+23*time.Hour, true) == nil { // visits are recorded with a resolution of one hour
			t.Fatal("the session expired despite visits")
		}
	}
	token, err := b.loadSession().Token(t.Context())
	if err != nil || token.AccessToken != "acc" {
		t.Errorf("Token() = %+v, %v, want the first token", token, err)
	}
	if visit(7*24*time.Hour+time.Second, false) != nil {
		t.Error("the session is valid after seven days without a visit, want it expired")
	}

	// The session also expires by the process's clock, in case Redis expires it late.
	b.startSession(nil)
	b.clock = b.clock.Add(7*24*time.Hour + time.Second)
	if got := b.loadSession(); got != nil {
		t.Error("the session is valid until the record expires, want it expired earlier")
	}
}

func TestSessionsOfOneUser(t *testing.T) {
	forEachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		laptop := newBrowser(t, client)
		phone, tablet, otherUser := laptop.otherBrowser(), laptop.otherBrowser(), newBrowser(t, client)
		first := laptop.startSession(&oauth2.Token{RefreshToken: "1"})
		phone.clock = phone.clock.Add(time.Minute)
		phone.now = func() time.Time { return phone.clock }
		phone.startSession(&oauth2.Token{RefreshToken: "2"})
		third := tablet.startSession(nil)
		other := otherUser.startSession(nil)

		list, err := laptop.List(t.Context(), laptop.user)
		if err != nil || len(list) != 3 {
			t.Fatalf("List() = %+v, %v, want 3", list, err)
		}

		if err := laptop.EndOne(t.Context(), laptop.user, other.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("EndOne() of another user's session: error = %v, want %v", err, store.ErrNotFound)
		}
		if err := laptop.EndOne(t.Context(), laptop.user, third.ID); err != nil {
			t.Errorf("EndOne() of an own session: error = %v, want nil", err)
		}
		if tablet.loadSession() != nil {
			t.Error("the ended session is still valid")
		}
		if last := phone.endSession(); last != nil {
			t.Errorf("token to revoke while %s is signed in = %+v, want none", first.ID, last)
		}
		second := phone.startSession(&oauth2.Token{RefreshToken: "3"})
		token, err := laptop.EndAll(t.Context(), laptop.user)
		if err != nil || token == nil {
			t.Errorf("EndAll() = %+v, %v, want a token", token, err)
		}
		if laptop.loadSession() != nil || phone.loadSession() != nil || second.Check(t.Context()) == nil {
			t.Error("a session is still valid after EndAll()")
		}
		if otherUser.loadSession() == nil {
			t.Error("EndAll() ended the session of another user")
		}
	})
}

func TestRenewedTokensAreKept(t *testing.T) {
	forEachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		b := newBrowser(t, client)
		sess := b.startSession(&oauth2.Token{RefreshToken: "0"})

		// Concurrent updates of the last visit must not restore the old secret.
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 10 {
					if _, err := b.updateRecord(t.Context(), sess.key, func(rec *record) bool {
						rec.SeenAt = rec.SeenAt.Add(time.Millisecond)
						return true
					}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for i := range 10 {
			if err := sess.ReplaceToken(t.Context(), &oauth2.Token{RefreshToken: fmt.Sprint(i + 1)}); err != nil {
				t.Fatal(err)
			}
		}
		wg.Wait()
		if token, err := sess.Token(t.Context()); err != nil || token.RefreshToken != "10" {
			t.Errorf("Token() = %+v, %v, want refresh token 10", token, err)
		}
		if seen := b.loadSession().SeenAt; !seen.Equal(sess.SeenAt.Add(40 * time.Millisecond)) {
			t.Errorf("SeenAt = %v, want 40 ms after %v", seen, sess.SeenAt)
		}
		if left, err := client.TTL(t.Context(), sess.key).Result(); err != nil || left < idleTimeout-time.Minute {
			t.Errorf("TTL = %v, %v, want that of a new session", left, err)
		}

		b.endSession()
		if err := sess.ReplaceToken(t.Context(), &oauth2.Token{}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("ReplaceToken() of an ended session: error = %v, want %v", err, store.ErrNotFound)
		}
		if _, err := sess.Token(t.Context()); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Token() of an ended session: error = %v, want %v", err, store.ErrNotFound)
		}
		if b.startSession(nil); b.loadSession() == nil {
			t.Fatal("no session, want one")
		}
		if _, err := b.loadSession().Token(t.Context()); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Token() of a session without a token: error = %v, want %v", err, store.ErrNotFound)
		}
	})
}

func TestSessionIsReadOncePerRequest(t *testing.T) {
	client := newRedisClient(t, miniredis.RunT(t).Addr())
	b := newBrowser(t, client)
	b.startSession(nil)
	gets := &getCounter{}
	client.AddHook(gets)
	r := b.request()
	for range 3 {
		if sess, err := b.Load(nil, r); err != nil || sess == nil {
			t.Fatal(sess, err)
		}
	}
	if gets.n != 1 {
		t.Errorf("Redis requests = %d, want 1", gets.n)
	}
}

type getCounter struct{ n int }

func (c *getCounter) DialHook(next redis.DialHook) redis.DialHook { return next }
func (c *getCounter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}
func (c *getCounter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() == "get" {
			c.n++
		}
		return next(ctx, cmd)
	}
}

func TestSessionsDuringRedisOutage(t *testing.T) {
	m, client, move := storetest.RelocatableRedis(t)
	b := newBrowser(t, client)
	signedOut := b.otherBrowser()
	otherProcess := newBrowser(t, b.client) // another process
	sess := b.startSession(&oauth2.Token{AccessToken: "acc"})
	b.loadSession()
	m.Close()

	if got := signedOut.loadSession(); got != nil {
		t.Errorf("session without a cookie = %+v, want none", got)
	}
	b.clock = b.clock.Add(9 * time.Minute)
	if got := b.loadSession(); got == nil || !got.IsStale || got.UserID != b.user || got.ID != sess.ID {
		t.Errorf("session within ten minutes = %+v, want a stale one", got)
	}
	if err := sess.Check(t.Context()); err != nil {
		t.Errorf("Check() within ten minutes = %v, want nil", err)
	}
	wantUnavailable := func(label string, err error) {
		t.Helper()
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: error = %v, want %v", label, err, store.ErrUnavailable)
		}
	}
	otherProcess.cookie = b.cookie
	_, err := otherProcess.Load(nil, otherProcess.request())
	wantUnavailable("a session this process has not seen", err)
	w := httptest.NewRecorder()
	_, err = signedOut.Start(w, signedOut.request(), Session{UserID: b.user}, nil)
	wantUnavailable("starting", err)
	_, err = b.Start(w, b.request(), Session{UserID: b.user}, nil)
	wantUnavailable("starting anew", err)
	_, err = b.End(w, b.request())
	wantUnavailable("ending", err)
	if cookies := w.Result().Cookies(); len(cookies) > 0 {
		t.Errorf("cookies = %v, want none", cookies)
	}
	_, err = b.List(t.Context(), b.user)
	wantUnavailable("listing", err)
	wantUnavailable("ending one", b.EndOne(t.Context(), b.user, sess.ID))
	_, err = b.EndAll(t.Context(), b.user)
	wantUnavailable("ending all", err)
	_, err = sess.Token(t.Context())
	wantUnavailable("tokens", err)
	wantUnavailable("new tokens", sess.ReplaceToken(t.Context(), &oauth2.Token{}))
	j := cookieJar{}
	_, err = j.finishSignIn(b, j.startSignIn(b, "/"))
	wantUnavailable("finishing a sign-in", err)

	b.clock = b.clock.Add(2 * time.Minute)
	_, err = b.Load(nil, b.request())
	wantUnavailable("after ten minutes", err)
	wantUnavailable("after ten minutes", sess.Check(t.Context()))

	if err := m.StartAddr("127.0.0.1:0"); err != nil { // its old port may be in use by now
		t.Fatal(err)
	}
	move(m)
	if got, err := b.Load(nil, b.request()); err != nil || got == nil || got.IsStale {
		t.Errorf("Load() after the outage = %+v, %v, want a current session", got, err)
	}
}
