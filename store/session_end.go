package store

import (
	"encoding/json"
)

// SessionsChannel is the Redis channel on which dashboards publish ended sessions.
const SessionsChannel = "guildboard:sessions"

// SessionEnd is the message about an ended session: the browser signed out, or its owner ended it elsewhere.
type SessionEnd struct {
	UserID    string `json:"userId"`
	SessionID string `json:"sessionId"` // as in Session.ID
}

// encode returns the message to publish.
func (e SessionEnd) encode() string {
	text, err := json.Marshal(e)
	if err != nil { // strings always encode
		panic(err)
	}
	return string(text)
}

// decodeSessionEnd decodes a message; ok is false if it names no session.
func decodeSessionEnd(text string) (e SessionEnd, ok bool) {
	err := json.Unmarshal([]byte(text), &e)
	return e, err == nil && e.UserID != "" && e.SessionID != ""
}
