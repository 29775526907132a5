package store

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

// LooksChannel is the Redis channel on which dashboards tell each other that others look at something than before; what
// is said is its topic.
const LooksChannel = "guildboard:looks"

// LookAgain is how often a page that has no stream must be asked for, so that its reader is taken to look at it still.
const LookAgain = 12 * time.Second

// lookHolds is how long somebody is taken to look without a sign of it: what is left of LookAgain is for a slow network.
// Who was killed, or came once, is gone from all pages after that, and what one of their own looks takes to come.
const lookHolds = 16 * time.Second

// lookLingers is how long somebody is taken to look once their stream has ended. Most who go are back at once: a stream that
// was cut connects again, and so does a page that is loaded anew.
const lookLingers = 5 * time.Second

// Looks knows who looks at what at this moment, in all processes together. While Redis does not answer, nobody does.
type Looks struct {
	places
	Lingers time.Duration // how long somebody is taken to look once their stream has ended; set it before use
}

// NewLooks keeps who looks at what in client.
func NewLooks(client redis.UniversalClient, log *slog.Logger) *Looks {
	l := &Looks{Lingers: lookLingers, places: places{
		client: client, log: log, holds: lookHolds, told: LooksChannel,
		away: "who looks at a ticket is not known: Redis does not answer",
		back: "who looks at a ticket is known again",
	}}
	l.begin()
	return l
}

// A look is somebody looking, as Redis has it: once for each of their streams, and once for all their pages without one.
type look struct {
	Person
	Stream string
}

func (l look) String() string {
	text, err := json.Marshal(l)
	if err != nil { // of strings
		panic(err)
	}
	return string(text)
}

// Begin says that somebody looks at a topic from now on, until end is called, once, and for a moment after that.
func (l *Looks) Begin(ctx context.Context, topic string, who Person) (end func()) {
	leave, _ := l.take(ctx, topic, look{who, l.next()}.String()) // there is room for everybody
	if l.Lingers == 0 {
		return leave
	}
	return func() { time.AfterFunc(l.Lingers, leave) }
}

// Glance says that somebody looks at a topic now, and does not say when they will have gone.
func (l *Looks) Glance(ctx context.Context, topic string, who Person) {
	l.ask(ctx, func(ctx context.Context) error {
		return takePlaces.Run(ctx, l.client, []string{l.key(topic)}, l.args(0, topic, look{Person: who}.String())...).Err()
	})
}

// readPlaces are those that have not lapsed. KEYS: the places.
var readPlaces = redis.NewScript(`
local t = redis.call('TIME')
return redis.call('ZRANGEBYSCORE', KEYS[1], t[1] * 1000 + math.floor(t[2] / 1000), '+inf')`)

// At is who looks at a topic, each once, by name.
func (l *Looks) At(ctx context.Context, topic string) (people []Person) {
	var found []string
	l.ask(ctx, func(ctx context.Context) (err error) {
		found, err = readPlaces.Run(ctx, l.client, []string{l.key(topic)}).StringSlice()
		return err
	})
	for _, text := range found {
		var one look
		if json.Unmarshal([]byte(text), &one) == nil && one.ID != "" {
			people = append(people, one.Person)
		}
	}
	slices.SortFunc(people, func(a, b Person) int {
		return cmp.Or(cmp.Compare(a.Username, b.Username), cmp.Compare(a.ID, b.ID))
	})
	return slices.CompactFunc(people, func(a, b Person) bool { return a.ID == b.ID })
}
