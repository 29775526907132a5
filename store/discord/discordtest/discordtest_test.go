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

// sendRequest sends a request without the client of package discord and returns the response's status, Location and
// JSON.
func sendRequest(
	t *testing.T, method, address, contentType, body string, header http.Header,
) (status int, location *url.URL, answer map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", contentType)
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	location, _ = resp.Location()
	_ = json.NewDecoder(resp.Body).Decode(&answer)
	return resp.StatusCode, location, answer
}

const formContentType = "application/x-www-form-urlencoded"

// postToken posts values to the token endpoint, with the application's credentials unless values override them.
func postToken(t *testing.T, s *discordtest.Server, values url.Values) (int, map[string]any) {
	t.Helper()
	f := url.Values{"client_id": {discordtest.ClientID}, "client_secret": {discordtest.ClientSecret}}
	for name, v := range values {
		f[name] = v
	}
	status, _, answer := sendRequest(t, "POST", s.URL+"/api/v10/oauth2/token", formContentType, f.Encode(), nil)
	return status, answer
}

// authorizationCode requests the authorize page, with more parameters, and returns the code.
func authorizationCode(t *testing.T, s *discordtest.Server, more url.Values) string {
	t.Helper()
	q := url.Values{
		"response_type": {"code"}, "client_id": {discordtest.ClientID}, "scope": {"identify guilds"},
		"redirect_uri": {redirectURL}, "state": {"s"},
	}
	for name, v := range more {
		q[name] = v
	}
	status, location, _ := sendRequest(t, "GET", s.URL+"/oauth2/authorize?"+q.Encode(), "", "", nil)
	if status != http.StatusFound || location.Query().Get("state") != "s" {
		t.Fatalf("authorize page: status %d, Location %v, want 302 and the state", status, location)
	}
	return location.Query().Get("code")
}

func newServer(t *testing.T) *discordtest.Server {
	s := discordtest.New(t)
	s.SetUser(discordtest.User{ID: "1", Username: "alice"}, discordtest.Guild{ID: "9", Name: "Nine", Permissions: "8"})
	s.SetBrowserUser("1")
	return s
}

func TestCodeIsAcceptedOnceFromItsClient(t *testing.T) {
	s := newServer(t)
	verifier := oauth2.GenerateVerifier()
	challenged := url.Values{"code_challenge": {oauth2.S256ChallengeFromVerifier(verifier)}, "code_challenge_method": {"S256"}}
	exchange := func(code string, more url.Values) int {
		t.Helper()
		f := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirectURL}}
		for name, v := range more {
			f[name] = v
		}
		status, _ := postToken(t, s, f)
		return status
	}
	used := authorizationCode(t, s, nil)
	for _, c := range []struct {
		label string
		got   int
		want  int
	}{
		{"valid code", exchange(used, nil), 200},
		{"used code", exchange(used, nil), 400},
		{"unknown code", exchange("x", nil), 400},
		{"another redirect URL", exchange(authorizationCode(t, s, nil), url.Values{"redirect_uri": {redirectURL + "/"}}), 400},
		{"wrong client secret", exchange(authorizationCode(t, s, nil), url.Values{"client_secret": {"x"}}), 401},
		{"with the verifier", exchange(authorizationCode(t, s, challenged), url.Values{"code_verifier": {verifier}}), 200},
		{"without the verifier", exchange(authorizationCode(t, s, challenged), nil), 400},
		{"unsupported grant type", exchange(authorizationCode(t, s, nil), url.Values{"grant_type": {"password"}}), 400},
	} {
		if c.got != c.want {
			t.Errorf("%s: status %d, want %d", c.label, c.got, c.want)
		}
	}
	status, _, answer := sendRequest(t, "POST", s.URL+"/api/v10/oauth2/token", "application/json", `{}`, nil)
	if status != 400 || answer["error"] != "invalid_request" {
		t.Errorf("JSON instead of a form: status %d %v, want 400 invalid_request", status, answer)
	}
}

func TestAuthorizeRefusesInvalidRequests(t *testing.T) {
	s := newServer(t)
	s.RegisterRedirectURL(redirectURL)
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
		status, location, _ := sendRequest(t, "GET", s.URL+"/oauth2/authorize?"+q.Encode(), "", "", nil)
		if status != 400 || location != nil {
			t.Errorf("%s=%s: status %d, Location %v, want 400 without Location", name, value, status, location)
		}
	}
}

func TestRenewalInvalidatesOldTokens(t *testing.T) {
	s := newServer(t)
	old := s.IssueToken("1")
	meStatus := func(access any) int {
		t.Helper()
		status, _, _ := sendRequest(t, "GET", s.URL+"/api/v10/users/@me", "", "",
			http.Header{"Authorization": {"Bearer " + access.(string)}})
		return status
	}
	renew := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {old.RefreshToken}}
	status, fresh := postToken(t, s, renew)
	if status != 200 || meStatus(fresh["access_token"]) != 200 || meStatus(old.AccessToken) != 401 {
		t.Errorf("renewal: status %d %v, want 200, a valid new and an invalid old token", status, fresh)
	}
	if status, answer := postToken(t, s, renew); status != 400 || answer["error"] != "invalid_grant" {
		t.Errorf("second renewal: status %d %v, want 400 invalid_grant", status, answer)
	}
	s.ExpireAccessTokens()
	if meStatus(fresh["access_token"]) != 401 {
		t.Error("the expired access token is accepted, want 401")
	}
	renew.Set("refresh_token", fresh["refresh_token"].(string))
	if status, _ := postToken(t, s, renew); status != 200 {
		t.Errorf("renewal of an expired token: status %d, want 200", status)
	}
	last := s.IssueToken("1")
	s.Deauthorize("1")
	renew.Set("refresh_token", last.RefreshToken)
	if status, _ := postToken(t, s, renew); status != 400 || meStatus(last.AccessToken) != 401 {
		t.Errorf("renewal after Deauthorize: status %d, want 400, and 401 for the access token", status)
	}
}

func TestFailuresAreReturnedInOrderAndCounted(t *testing.T) {
	s := newServer(t)
	guilds := func() int {
		status, _, _ := sendRequest(t, "GET", s.URL+"/api/v10/users/@me/guilds", "", "",
			http.Header{"Authorization": {"Bearer " + s.IssueToken("1").AccessToken}})
		return status
	}
	s.FailAll(discordtest.RouteGuilds, discordtest.Status(503))
	s.FailNext(discordtest.RouteGuilds, discordtest.Status(500), discordtest.HTML(502))
	for i, want := range []int{500, 502, 503, 503} {
		if got := guilds(); got != want {
			t.Errorf("response %d: status %d, want %d", i, got, want)
		}
	}
	s.ClearFailures()
	if got := guilds(); got != 200 {
		t.Errorf("after ClearFailures: status %d, want 200", got)
	}
	if got := s.RequestCount(discordtest.RouteGuilds); got != 5 {
		t.Errorf("RequestCount() = %d, want 5", got)
	}
}
