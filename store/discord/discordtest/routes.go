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

// failing counts requests, and answers those that are to fail.
func (s *Server) failing(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, route := mux.Handler(r)
		s.mu.Lock()
		s.requests[route]++
		if agent := r.UserAgent(); route != Authorize && !slices.Contains(s.agents, agent) {
			s.agents = append(s.agents, agent)
		}
		fail := s.forever[route]
		if queue := s.failures[route]; len(queue) > 0 {
			fail, s.failures[route] = queue[0], queue[1:]
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
	back, err := url.Parse(q.Get("redirect_uri"))
	switch {
	case q.Get("client_id") != ClientID:
		http.Error(w, "Unknown application", http.StatusBadRequest)
		return
	case err != nil || !back.IsAbs() || s.redirect != "" && s.redirect != q.Get("redirect_uri"):
		http.Error(w, "Invalid OAuth2 redirect_uri", http.StatusBadRequest)
		return
	case q.Get("response_type") != "code" || q.Get("scope") == "":
		http.Error(w, "Invalid request", http.StatusBadRequest)
		return
	case q.Has("code_challenge") && q.Get("code_challenge_method") != "S256":
		http.Error(w, "Invalid code_challenge_method", http.StatusBadRequest)
		return
	}
	answer := back.Query()
	if q.Has("state") {
		answer.Set("state", q.Get("state"))
	}
	if _, known := s.users[s.user]; s.denies || !known {
		answer.Set("error", "access_denied")
		answer.Set("error_description", "The resource owner or authorization server denied the request")
	} else {
		code := rand.Text()
		scope := q.Get("scope")
		if s.scope != "" {
			scope = s.scope
		}
		s.codes[code] = grant{s.user, q.Get("redirect_uri"), q.Get("code_challenge"), scope}
		answer.Set("code", code)
	}
	back.RawQuery = answer.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

// token gives pairs for codes, and new pairs for old ones.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !authentic(w, r) {
		return
	}
	switch r.PostForm.Get("grant_type") {
	case "authorization_code":
		code := r.PostForm.Get("code")
		g, known := s.codes[code]
		delete(s.codes, code)
		switch {
		case !known:
			refuse(w, http.StatusBadRequest, "invalid_grant", `Invalid "code" in request.`)
		case g.redirect != r.PostForm.Get("redirect_uri"):
			refuse(w, http.StatusBadRequest, "invalid_grant", `Invalid "redirect_uri" in request.`)
		case g.challenge != "" && g.challenge != challenge(r.PostForm.Get("code_verifier")):
			refuse(w, http.StatusBadRequest, "invalid_grant", `Invalid "code_verifier" in request.`)
		default:
			s.giveTokens(w, g.user, g.scope)
		}
	case "refresh_token":
		old := r.PostForm.Get("refresh_token")
		p, known := s.refresh[old]
		if !known {
			refuse(w, http.StatusBadRequest, "invalid_grant", "")
			return
		}
		delete(s.refresh, old)
		delete(s.access, p.access)
		s.giveTokens(w, p.user, p.scope)
	default:
		refuse(w, http.StatusBadRequest, "unsupported_grant_type", "")
	}
}

// authentic reports whether a request to a token endpoint is a form from the application itself, and refuses it if not.
func authentic(w http.ResponseWriter, r *http.Request) bool {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" || r.ParseForm() != nil {
		refuse(w, http.StatusBadRequest, "invalid_request", "")
		return false
	}
	id, secret, basic := r.BasicAuth() // each of them is form-encoded first: RFC 6749, section 2.3.1
	if basic {
		id, _ = url.QueryUnescape(id)
		secret, _ = url.QueryUnescape(secret)
	} else {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	if id != ClientID || secret != ClientSecret {
		refuse(w, http.StatusUnauthorized, "invalid_client", "")
		return false
	}
	return true
}

func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func refuse(w http.ResponseWriter, code int, reason, description string) {
	body := map[string]string{"error": reason}
	if description != "" {
		body["error_description"] = description
	}
	writeJSON(w, code, body)
}

func (s *Server) giveTokens(w http.ResponseWriter, user, scope string) {
	access, refresh := s.issue(user, scope)
	writeJSON(w, http.StatusOK, map[string]any{
		"token_type": "Bearer", "access_token": access, "refresh_token": refresh,
		"expires_in": int(s.life.Seconds()), "scope": scope,
	})
}

func (s *Server) issue(user, scope string) (access, refresh string) {
	access, refresh = "access-"+rand.Text(), "refresh-"+rand.Text()
	s.access[access] = user
	s.refresh[refresh] = pair{user, access, scope}
	return access, refresh
}

// revoke ends all of a person's tokens when it is given one of them, as Discord does, and says 200 to any other.
func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !authentic(w, r) {
		return
	}
	token := r.PostForm.Get("token")
	if p, known := s.refresh[token]; known {
		s.deauthorize(p.user)
	} else if user, known := s.access[token]; known {
		s.deauthorize(user)
	}
	writeJSON(w, http.StatusOK, struct{}{})
}

func (s *Server) deauthorize(user string) {
	for token, p := range s.refresh {
		if p.user == user {
			delete(s.refresh, token)
		}
	}
	for token, u := range s.access {
		if u == user {
			delete(s.access, token)
		}
	}
}

func (s *Server) me(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if user, ok := s.bearer(w, r); ok {
		writeJSON(w, http.StatusOK, s.users[user])
	}
}

func (s *Server) listGuilds(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if user, ok := s.bearer(w, r); ok {
		writeJSON(w, http.StatusOK, append([]Guild{}, s.guilds[user]...))
	}
}

// bearer says whose token a request has, and refuses it when it has none that is good.
func (s *Server) bearer(w http.ResponseWriter, r *http.Request) (user string, ok bool) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	user, ok = s.access[token]
	if !ok {
		writeJSON(w, http.StatusUnauthorized, map[string]any{"message": "401: Unauthorized", "code": 0})
	}
	return user, ok
}
