package session

import (
	"encoding/json"

	"guildboard/store"
)

// endsChannel is the Redis channel on which dashboards publish ended sessions.
const endsChannel = "guildboard:sessions"

// OnEnd makes the bus call handle for every session that ends, in any process. Call it before the bus listens. handle
// must not block. It is not called for sessions that end while the bus is not subscribed.
func OnEnd(bus *store.Bus, handle func(EndEvent)) {
	bus.Handle(endsChannel, func(message string) {
		if end, ok := decodeEndEvent(message); ok {
			handle(end)
		}
	})
}

// EndEvent is the message about an ended session: the browser signed out, or its owner ended it elsewhere.
type EndEvent struct {
	UserID    string `json:"userId"`
	SessionID string `json:"sessionId"` // as in Session.ID
}

// encode returns the message to publish.
func (e EndEvent) encode() string {
	text, err := json.Marshal(e)
	if err != nil { // strings always encode
		panic(err)
	}
	return string(text)
}

// decodeEndEvent decodes a message; ok is false if it names no session.
func decodeEndEvent(text string) (e EndEvent, ok bool) {
	err := json.Unmarshal([]byte(text), &e)
	return e, err == nil && e.UserID != "" && e.SessionID != ""
}
