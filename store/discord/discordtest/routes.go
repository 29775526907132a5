package discordtest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// withFailures counts requests and applies failures.
func (s *Server) withFailures(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, route := mux.Handler(r)
		s.mu.Lock()
		s.requestCounts[route]++
		if agent := r.UserAgent(); route != RouteAuthorize && !slices.Contains(s.userAgents, agent) {
			s.userAgents = append(s.userAgents, agent)
		}
		fail := s.lastingFailures[route]
		if queue := s.nextFailures[route]; len(queue) > 0 {
			fail, s.nextFailures[route] = queue[0], queue[1:]
		}
		s.mu.Unlock()
		if fail != nil {
			fail(w, r, mux)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// authorize consents at once, or cancels.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := r.URL.Query()
	redirectURL, err := url.Parse(q.Get("redirect_uri"))
	switch {
	case q.Get("client_id") != ClientID:
		http.Error(w, "Unknown application", http.StatusBadRequest)
		return
	case err != nil || !redirectURL.IsAbs() || s.redirectURL != "" && s.redirectURL != q.Get("redirect_uri"):
		http.Error(w, "Invalid OAuth2 redirect_uri", http.StatusBadRequest)
		return
	case q.Get("response_type") != "code" || q.Get("scope") == "":
		http.Error(w, "Invalid request", http.StatusBadRequest)
		return
	case q.Has("code_challenge") && q.Get("code_challenge_method") != "S256":
		http.Error(w, "Invalid code_challenge_method", http.StatusBadRequest)
		return
	}
	query := redirectURL.Query()
	if q.Has("state") {
		query.Set("state", q.Get("state"))
	}
	if _, known := s.users[s.browserUser]; s.deniesConsent || !known {
		query.Set("error", "access_denied")
		query.Set("error_description", "The resource owner or authorization server denied the request")
	} else {
		code := rand.Text()
		scope := q.Get("scope")
		if s.grantedScope != "" {
			scope = s.grantedScope
		}
		s.codes[code] = authorizationGrant{s.browserUser, q.Get("redirect_uri"), q.Get("code_challenge"), scope}
		query.Set("code", code)
	}
	redirectURL.RawQuery = query.Encode()
	http.Redirect(w, r, redirectURL.String(), http.StatusFound)
}

// token issues tokens for codes and refresh tokens.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !authenticateClient(w, r) {
		return
	}
	switch r.PostForm.Get("grant_type") {
	case "authorization_code":
		code := r.PostForm.Get("code")
		g, known := s.codes[code]
		delete(s.codes, code)
		switch {
		case !known:
			writeTokenError(w, http.StatusBadRequest, "invalid_grant", `Invalid "code" in request.`)
		case g.redirectURL != r.PostForm.Get("redirect_uri"):
			writeTokenError(w, http.StatusBadRequest, "invalid_grant", `Invalid "redirect_uri" in request.`)
		case g.challenge != "" && g.challenge != codeChallenge(r.PostForm.Get("code_verifier")):
			writeTokenError(w, http.StatusBadRequest, "invalid_grant", `Invalid "code_verifier" in request.`)
		default:
			s.writeTokens(w, g.user, g.scope)
		}
	case "refresh_token":
		old := r.PostForm.Get("refresh_token")
		p, known := s.refreshTokens[old]
		if !known {
			writeTokenError(w, http.StatusBadRequest, "invalid_grant", "")
			return
		}
		delete(s.refreshTokens, old)
		delete(s.accessTokens, p.accessToken)
		s.writeTokens(w, p.user, p.scope)
	default:
		writeTokenError(w, http.StatusBadRequest, "unsupported_grant_type", "")
	}
}

// authenticateClient reports whether a request to a token endpoint is a form with the application's credentials, and
// responds with an error if not.
func authenticateClient(w http.ResponseWriter, r *http.Request) bool {
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if mediaType != "application/x-www-form-urlencoded" || r.ParseForm() != nil {
		writeTokenError(w, http.StatusBadRequest, "invalid_request", "")
		return false
	}
	id, secret, basic := r.BasicAuth() // both are form-encoded first: RFC 6749, section 2.3.1
	if basic {
		id, _ = url.QueryUnescape(id)
		secret, _ = url.QueryUnescape(secret)
	} else {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	if id != ClientID || secret != ClientSecret {
		writeTokenError(w, http.StatusUnauthorized, "invalid_client", "")
		return false
	}
	return true
}

func codeChallenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func writeTokenError(w http.ResponseWriter, status int, reason, description string) {
	body := map[string]string{"error": reason}
	if description != "" {
		body["error_description"] = description
	}
	writeJSON(w, status, body)
}

func (s *Server) writeTokens(w http.ResponseWriter, user, scope string) {
	access, refresh := s.issueTokens(user, scope)
	writeJSON(w, http.StatusOK, map[string]any{
		"token_type": "Bearer", "access_token": access, "refresh_token": refresh,
		"expires_in": int(s.tokenLifetime.Seconds()), "scope": scope,
	})
}

func (s *Server) issueTokens(user, scope string) (access, refresh string) {
	access, refresh = "access-"+rand.Text(), "refresh-"+rand.Text()
	s.accessTokens[access] = user
	s.refreshTokens[refresh] = refreshGrant{user, access, scope}
	return access, refresh
}

// revoke revokes all tokens of the user of the given token, like Discord, and responds 200 to any other token.
func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !authenticateClient(w, r) {
		return
	}
	token := r.PostForm.Get("token")
	if p, known := s.refreshTokens[token]; known {
		s.deauthorize(p.user)
	} else if user, known := s.accessTokens[token]; known {
		s.deauthorize(user)
	}
	writeJSON(w, http.StatusOK, struct{}{})
}

func (s *Server) deauthorize(user string) {
	for token, p := range s.refreshTokens {
		if p.user == user {
			delete(s.refreshTokens, token)
		}
	}
	for token, u := range s.accessTokens {
		if u == user {
			delete(s.accessTokens, token)
		}
	}
}

func (s *Server) me(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if user, ok := s.authenticateUser(w, r); ok {
		writeJSON(w, http.StatusOK, s.users[user])
	}
}

func (s *Server) listGuilds(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if user, ok := s.authenticateUser(w, r); ok {
		writeJSON(w, http.StatusOK, append([]Guild{}, s.guilds[user]...))
	}
}

// authenticateUser returns the user of the request's token, and responds with an error if it has no valid one.
func (s *Server) authenticateUser(w http.ResponseWriter, r *http.Request) (user string, ok bool) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	user, ok = s.accessTokens[token]
	if !ok {
		writeJSON(w, http.StatusUnauthorized, map[string]any{"message": "401: Unauthorized", "code": 0})
	}
	return user, ok
}
