package discordtest_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"guildboard/store/discord/discordtest"
)

const redirectURL = "http://guildboard.test/login/callback"

// call is one request to the fake as a stranger to the client would make it: its status, Location and JSON.
func call(t *testing.T, method, address, kind, body string, header http.Header) (status int, location *url.URL, answer map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", kind)
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	location, _ = resp.Location()
	_ = json.NewDecoder(resp.Body).Decode(&answer)
	return resp.StatusCode, location, answer
}

const form = "application/x-www-form-urlencoded"

// post asks the token endpoint, as the application unless the form says otherwise.
func post(t *testing.T, s *discordtest.Server, values url.Values) (int, map[string]any) {
	t.Helper()
	f := url.Values{"client_id": {discordtest.ClientID}, "client_secret": {discordtest.ClientSecret}}
	for name, v := range values {
		f[name] = v
	}
	status, _, answer := call(t, "POST", s.URL+"/api/v10/oauth2/token", form, f.Encode(), nil)
	return status, answer
}

// code walks through the authorize page.
func code(t *testing.T, s *discordtest.Server, more url.Values) string {
	t.Helper()
	q := url.Values{
		"response_type": {"code"}, "client_id": {discordtest.ClientID}, "scope": {"identify guilds"},
		"redirect_uri": {redirectURL}, "state": {"s"},
	}
	for name, v := range more {
		q[name] = v
	}
	status, back, _ := call(t, "GET", s.URL+"/oauth2/authorize?"+q.Encode(), "", "", nil)
	if status != http.StatusFound || back.Query().Get("state") != "s" {
		t.Fatalf("status %d, back to %v", status, back)
	}
	return back.Query().Get("code")
}

func newServer(t *testing.T) *discordtest.Server {
	s := discordtest.New(t)
	s.SetUser(discordtest.User{ID: "1", Username: "alice"}, discordtest.Guild{ID: "9", Name: "Nine", Permissions: "8"})
	s.SignIn("1")
	return s
}

func TestACodeIsGoodOnceForWhomItWasGiven(t *testing.T) {
	s := newServer(t)
	verifier := oauth2.GenerateVerifier()
	challenged := url.Values{"code_challenge": {oauth2.S256ChallengeFromVerifier(verifier)}, "code_challenge_method": {"S256"}}
	exchange := func(code string, more url.Values) int {
		t.Helper()
		f := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirectURL}}
		for name, v := range more {
			f[name] = v
		}
		status, _ := post(t, s, f)
		return status
	}
	used := code(t, s, nil)
	for _, c := range []struct {
		what string
		got  int
		want int
	}{
		{"a code", exchange(used, nil), 200},
		{"the same again", exchange(used, nil), 400},
		{"a made-up code", exchange("x", nil), 400},
		{"another address", exchange(code(t, s, nil), url.Values{"redirect_uri": {redirectURL + "/"}}), 400},
		{"a wrong secret", exchange(code(t, s, nil), url.Values{"client_secret": {"x"}}), 401},
		{"with the verifier", exchange(code(t, s, challenged), url.Values{"code_verifier": {verifier}}), 200},
		{"without", exchange(code(t, s, challenged), nil), 400},
		{"another grant", exchange(code(t, s, nil), url.Values{"grant_type": {"password"}}), 400},
	} {
		if c.got != c.want {
			t.Errorf("%s: status %d, want %d", c.what, c.got, c.want)
		}
	}
	status, _, answer := call(t, "POST", s.URL+"/api/v10/oauth2/token", "application/json", `{}`, nil)
	if status != 400 || answer["error"] != "invalid_request" {
		t.Errorf("JSON instead of a form: %d %v", status, answer)
	}
}

func TestTheAuthorizePageSendsNobodyElsewhere(t *testing.T) {
	s := newServer(t)
	s.Register(redirectURL)
	good := url.Values{
		"response_type": {"code"}, "client_id": {discordtest.ClientID}, "scope": {"identify"}, "redirect_uri": {redirectURL},
	}
	for name, value := range map[string]string{
		"redirect_uri": "http://elsewhere.test/", "client_id": "2", "response_type": "token", "scope": "", "code_challenge": "plain",
	} {
		q := url.Values{}
		for n, v := range good {
			q[n] = v
		}
		q.Set(name, value)
		if status, back, _ := call(t, "GET", s.URL+"/oauth2/authorize?"+q.Encode(), "", "", nil); status != 400 || back != nil {
			t.Errorf("%s=%s: %d, %v", name, value, status, back)
		}
	}
}

func TestRenewingKillsTheOldPair(t *testing.T) {
	s := newServer(t)
	old := s.Issue("1")
	me := func(access any) int {
		t.Helper()
		status, _, _ := call(t, "GET", s.URL+"/api/v10/users/@me", "", "", http.Header{"Authorization": {"Bearer " + access.(string)}})
		return status
	}
	renew := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {old.RefreshToken}}
	status, fresh := post(t, s, renew)
	if status != 200 || me(fresh["access_token"]) != 200 || me(old.AccessToken) != 401 {
		t.Errorf("renewed with %d %v", status, fresh)
	}
	if status, answer := post(t, s, renew); status != 400 || answer["error"] != "invalid_grant" {
		t.Errorf("renewed twice with %d %v", status, answer)
	}
	s.Expire()
	if me(fresh["access_token"]) != 401 {
		t.Error("good after its time")
	}
	renew.Set("refresh_token", fresh["refresh_token"].(string))
	if status, _ := post(t, s, renew); status != 200 {
		t.Errorf("after that, renewing gives %d", status)
	}
	last := s.Issue("1")
	s.Deauthorize("1")
	renew.Set("refresh_token", last.RefreshToken)
	if status, _ := post(t, s, renew); status != 400 || me(last.AccessToken) != 401 {
		t.Errorf("good after deauthorizing: %d", status)
	}
}

func TestFailuresComeAsOrderedAndAreCounted(t *testing.T) {
	s := newServer(t)
	guilds := func() int {
		status, _, _ := call(t, "GET", s.URL+"/api/v10/users/@me/guilds", "", "",
			http.Header{"Authorization": {"Bearer " + s.Issue("1").AccessToken}})
		return status
	}
	s.Break(discordtest.Guilds, discordtest.Status(503))
	s.Fail(discordtest.Guilds, discordtest.Status(500), discordtest.HTML(502))
	for i, want := range []int{500, 502, 503, 503} {
		if got := guilds(); got != want {
			t.Errorf("answer %d is %d, want %d", i, got, want)
		}
	}
	s.Mend()
	if got := guilds(); got != 200 {
		t.Errorf("mended, but answers %d", got)
	}
	if got := s.Requests(discordtest.Guilds); got != 5 {
		t.Errorf("counted %d, want 5", got)
	}
}
