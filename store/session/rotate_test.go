package session

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"golang.org/x/oauth2"

	"guildboard/store"
)

// visit loads the session of a request with these cookies, and returns the cookies of the response.
func (b *testBrowser) visit(cookies ...*http.Cookie) (*Session, []*http.Cookie) {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), "GET", "/", nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	sess, err := b.Load(w, r)
	if err != nil {
		b.t.Fatal(err)
	}
	return sess, w.Result().Cookies()
}

func TestSessionCookieRotatesDaily(t *testing.T) {
	forEachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		b := newBrowser(t, client)
		started := b.startSession(&oauth2.Token{RefreshToken: "0"})
		old := b.cookie
		b.clock = b.clock.Add(24*time.Hour - time.Minute)
		if sess, cookies := b.visit(old); sess == nil || len(cookies) != 1 || cookies[0].Value != old.Value {
			t.Fatalf("within a day: session = %+v, cookies = %v, want the same cookie", sess, cookies)
		}
		b.clock = b.clock.Add(time.Minute)
		sess, cookies := b.visit(old)
		if sess == nil || sess.ID != started.ID || sess.UserID != b.user || !sess.CreatedAt.Equal(started.CreatedAt) {
			t.Fatalf("after a day: session = %+v, want %+v", sess, started)
		}
		if len(cookies) != 1 || cookies[0].Value == old.Value || cookies[0].MaxAge != int(idleTimeout/time.Second) {
			t.Fatalf("after a day: cookies = %v, want a new one for seven days", cookies)
		}
		fresh := cookies[0]

		// Concurrent requests of other tabs, or a response that was lost.
		b.clock = b.clock.Add(rotationGracePeriod - time.Second)
		if sess, cookies := b.visit(old); sess == nil || sess.ID != started.ID || len(cookies) != 1 || cookies[0].Value != fresh.Value {
			t.Errorf("old cookie within the grace period: session = %+v, cookies = %v, want the new cookie",
				sess, cookies)
		}
		if err := sess.ReplaceToken(t.Context(), &oauth2.Token{RefreshToken: "1"}); err != nil {
			t.Error(err)
		}
		if err := started.Check(t.Context()); err != nil {
			t.Errorf("Check() of a stream opened with the old cookie = %v, want nil", err)
		}
		if token, err := started.Token(t.Context()); err != nil || token.RefreshToken != "1" {
			t.Errorf("Token() with the old cookie = %+v, %v, want the renewed one", token, err)
		}
		if err := started.ReplaceToken(t.Context(), &oauth2.Token{RefreshToken: "2"}); err != nil {
			t.Errorf("ReplaceToken() with the old cookie = %v, want nil", err)
		}
		if list, err := b.List(t.Context(), b.user); err != nil || len(list) != 1 || list[0].ID != started.ID {
			t.Errorf("List() = %+v, %v, want one session", list, err)
		}

		b.clock = b.clock.Add(2 * time.Second)
		if sess, _ := b.visit(old); sess != nil {
			t.Errorf("old cookie after %v: session = %+v, want none", rotationGracePeriod, sess)
		}
		sess, cookies = b.visit(fresh)
		if sess == nil || len(cookies) != 0 {
			t.Fatalf("new cookie: session = %+v, cookies = %v, want the session and no cookie", sess, cookies)
		}
		if token, err := sess.Token(t.Context()); err != nil || token.RefreshToken != "2" {
			t.Errorf("Token() = %+v, %v, want the last renewed one", token, err)
		}
	})
}

func TestConcurrentRotationIssuesOneCookie(t *testing.T) {
	forEachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		b := newBrowser(t, client)
		started := b.startSession(&oauth2.Token{RefreshToken: "0"})
		b.clock = b.clock.Add(24 * time.Hour)
		var (
			tabs   sync.WaitGroup
			mu     sync.Mutex
			values []string
		)
		for i := range 16 {
			tabs.Go(func() {
				if i%4 == 0 { // a token that is refreshed at the same time must be kept
					if err := started.ReplaceToken(t.Context(), &oauth2.Token{RefreshToken: "1"}); err != nil {
						t.Error(err)
					}
				}
				sess, cookies := b.visit(b.cookie)
				if sess == nil || sess.ID != started.ID || len(cookies) != 1 {
					t.Errorf("session = %+v, cookies = %v, want the session and one cookie", sess, cookies)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				values = append(values, cookies[0].Value)
			})
		}
		tabs.Wait()
		slices.Sort(values)
		if values = slices.Compact(values); len(values) != 1 || values[0] == b.cookie.Value {
			t.Errorf("distinct cookies = %d, want one new one", len(values))
		}
		if token, err := started.Token(t.Context()); err != nil || token.RefreshToken != "1" {
			t.Errorf("Token() = %+v, %v, want the renewed one", token, err)
		}
		if list, err := b.List(t.Context(), b.user); err != nil || len(list) != 1 {
			t.Errorf("List() = %+v, %v, want one session", list, err)
		}
	})
}

func TestEndWorksWithRotatedCookie(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, b *testBrowser, id string){
		"signing out with the old cookie": func(t *testing.T, b *testBrowser, _ string) { b.endSession() },
		"EndOne": func(t *testing.T, b *testBrowser, id string) {
			if err := b.EndOne(t.Context(), b.user, id); err != nil {
				t.Fatal(err)
			}
		},
		"EndAll": func(t *testing.T, b *testBrowser, _ string) {
			if _, err := b.EndAll(t.Context(), b.user); err != nil {
				t.Fatal(err)
			}
		},
		"signing in again with the old cookie": func(t *testing.T, b *testBrowser, _ string) { b.startSession(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBrowser(t, newRedisClient(t, miniredis.RunT(t).Addr()))
			sess := b.startSession(nil)
			old := b.cookie
			b.clock = b.clock.Add(24 * time.Hour)
			_, cookies := b.visit(old)
			end(t, b, sess.ID)
			for which, cookie := range map[string]*http.Cookie{"old": old, "new": cookies[0]} {
				if got, _ := b.visit(cookie); got != nil {
					t.Errorf("session of the %s cookie = %+v, want none", which, got)
				}
			}
			if err := sess.Check(t.Context()); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("Check() = %v, want %v", err, store.ErrNotFound)
			}
		})
	}
}

func TestSessionExpiresAfterThirtyDays(t *testing.T) {
	m := miniredis.RunT(t)
	b := newBrowser(t, newRedisClient(t, m.Addr()))
	started := b.startSession(nil)
	began := b.clock
	for day := 3; day < 30; day += 3 {
		b.clock = began.Add(time.Duration(day) * 24 * time.Hour)
		sess, cookies := b.visit(b.cookie)
		if sess == nil || len(cookies) != 1 {
			t.Fatalf("day %d: session = %+v, cookies = %v, want the session and one cookie", day, sess, cookies)
		}
		b.cookie = cookies[0]
		left := began.Add(30 * 24 * time.Hour).Sub(b.clock)
		if got, want := time.Duration(cookies[0].MaxAge)*time.Second, min(left, idleTimeout); got > want || got < want-time.Minute {
			t.Errorf("day %d: lifetime of the cookie = %v, want %v", day, got, want)
		}
		if got := m.TTL(sessionKey(b.cookie.Value)); got > min(left, idleTimeout) {
			t.Errorf("day %d: TTL of the record = %v, want at most %v", day, got, min(left, idleTimeout))
		}
	}
	b.clock = began.Add(30 * 24 * time.Hour).Add(-time.Minute)
	if sess, _ := b.visit(b.cookie); sess == nil || sess.ID != started.ID {
		t.Errorf("in the last minute: session = %+v, want it loaded", sess)
	}
	b.clock = b.clock.Add(2 * time.Minute)
	if sess, _ := b.visit(b.cookie); sess != nil {
		t.Errorf("after 30 days: session = %+v, want none", sess)
	}
}

// TestSessionRecordOfOlderVersionIsAccepted loads a session record from before sessions had a handle and an issue time.
func TestSessionRecordOfOlderVersionIsAccepted(t *testing.T) {
	b := newBrowser(t, newRedisClient(t, miniredis.RunT(t).Addr()))
	sess := b.startSession(nil)
	rec, err := b.readRecord(t.Context(), sess.key)
	if err != nil {
		t.Fatal(err)
	}
	rec.Handle, rec.IssuedAt = "", time.Time{}
	plain, err := b.sealRecord(rec)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.client.Set(t.Context(), sess.key, plain, time.Hour).Err(); err != nil {
		t.Fatal(err)
	}
	if got := b.loadSession(); got == nil || got.ID != sess.ID {
		t.Fatalf("session = %+v, want ID %s", got, sess.ID)
	}
	b.clock = b.clock.Add(24 * time.Hour)
	if got, cookies := b.visit(b.cookie); got == nil || got.ID != sess.ID || len(cookies) != 1 || cookies[0].Value == b.cookie.Value {
		t.Errorf("after a day: session = %+v, cookies = %v, want the same session with a new cookie", got, cookies)
	}
}

func TestSessionIgnoresForeignCookies(t *testing.T) {
	for _, secure := range []bool{false, true} {
		b := newBrowser(t, newRedisClient(t, miniredis.RunT(t).Addr()))
		b.isSecure = secure
		sess := b.startSession(nil)
		for name, others := range map[string][]string{
			"empty": {""}, "garbage": {"x"}, "unknown secret": {newSecret()}, "several": {newSecret(), "x", newSecret()},
		} {
			var cookies []*http.Cookie
			for _, value := range others {
				cookies = append(cookies, &http.Cookie{Name: b.cookieName(), Value: value})
			}
			if got, _ := b.visit(append(cookies, b.cookie)...); got == nil || got.ID != sess.ID {
				t.Errorf("secure %t, %s before it: session = %+v, want %+v", secure, name, got, sess)
			}
			if got, _ := b.visit(append([]*http.Cookie{b.cookie}, cookies...)...); got == nil || got.ID != sess.ID {
				t.Errorf("secure %t, %s after it: session = %+v, want %+v", secure, name, got, sess)
			}
		}
		gets := &getCounter{}
		b.client.AddHook(gets)
		var many []*http.Cookie
		for range 100 {
			many = append(many, &http.Cookie{Name: b.cookieName(), Value: newSecret()})
		}
		if got, _ := b.visit(many...); got != nil || gets.n > maxCookiesPerName {
			t.Errorf("100 cookies: session = %+v after %d Redis requests, want none after at most %d",
				got, gets.n, maxCookiesPerName)
		}
	}
}
