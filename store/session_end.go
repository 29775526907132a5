package store

import (
	"encoding/json"
)

// SessionsChannel is the Redis channel on which dashboards publish that a session has ended.
const SessionsChannel = "guildboard:sessions"

// SessionEnd says which session has ended: the browser signed out, or its owner ended it elsewhere.
type SessionEnd struct {
	UserID    string `json:"userId"`
	SessionID string `json:"sessionId"` // as in Session.ID
}

// encode returns the message as it is published.
func (e SessionEnd) encode() string {
	text, err := json.Marshal(e)
	if err != nil { // strings always encode
		panic(err)
	}
	return string(text)
}

// decodeSessionEnd reads a message; ok is false when it names no session.
func decodeSessionEnd(text string) (e SessionEnd, ok bool) {
	err := json.Unmarshal([]byte(text), &e)
	return e, err == nil && e.UserID != "" && e.SessionID != ""
}
