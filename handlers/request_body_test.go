package handlers_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// countingReader is an endless body that counts the bytes read.
type countingReader struct{ read int }

func (c *countingReader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	c.read += len(p)
	return len(p), nil
}

func TestRoutesLimitRequestBodies(t *testing.T) {
	s := openSite(t)
	cookies := s.signIn(robin).client.Jar.Cookies(s.browser().url("/"))
	for _, path := range []string{
		"/preferences", "/login/demo", "/guilds/refresh", giveawaysPath, giveawaysPath + "/bulk", ticketsPath + "/bulk",
		"/guilds/" + lantern + "/staff", "/guilds/" + lantern + "/settings/tickets", "/nowhere", "/logout",
	} {
		body := new(countingReader)
		r := httptest.NewRequest(http.MethodPost, path, io.NopCloser(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for _, c := range cookies {
			r.AddCookie(c)
		}
		s.serve(r)
		if body.read > 256<<10 {
			t.Errorf("POST %s: read %d bytes of an endless body, want at most 256 KiB", path, body.read)
		}
	}
}
