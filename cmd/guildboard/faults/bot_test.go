//go:build faults

package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/PuerkitoBio/goquery"

	"guildboard/store"
)

// A bot changes rows and says so, as fast as it is told, and takes no notice of what fails: its database and its Redis
// may be the ones that are broken.
type bot struct {
	site *site

	mu      sync.Mutex
	clock   func() time.Time    // what it takes for the time
	running map[string][]string // giveaways by guild
	made    int

	stop context.CancelFunc
	done chan struct{}
}

// bot starts one that has perSecond things happen.
func (s *site) bot(perSecond int) *bot {
	s.t.Helper()
	b := &bot{site: s, clock: time.Now, running: map[string][]string{}, done: make(chan struct{})}
	ctx, stop := context.WithCancel(context.Background())
	for _, guild := range s.guilds {
		for range 3 {
			must(s.t, b.start(ctx, guild))
		}
	}
	b.stop = stop
	go func() {
		defer close(b.done)
		tick := time.NewTicker(time.Second / time.Duration(perSecond))
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				_ = b.act(ctx, s.guilds[n%len(s.guilds)]) // see bot
			}
		}
	}()
	s.t.Cleanup(func() { stop(); <-b.done })
	return b
}

// act has one thing happen: an entry mostly, sometimes a giveaway that starts or ends.
func (b *bot) act(ctx context.Context, guild string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	b.mu.Lock()
	running := b.running[guild]
	b.mu.Unlock()
	switch dice := rand.N(20); {
	case dice == 0 && len(running) > 2:
		id := running[0]
		b.forget(guild, id)
		if err := b.site.store.EndGiveaway(ctx, guild, id, time.Now()); err != nil {
			return err
		}
		return b.publish(ctx, store.GiveawayEndEvent, guild)
	case dice == 1 && b.count() < 15*guildsOfSite: // all of them on the first page
		return b.start(ctx, guild)
	}
	return b.enter(ctx, guild)
}

func (b *bot) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.made
}

func (b *bot) forget(guild, id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var rest []string
	for _, other := range b.running[guild] {
		if other != id {
			rest = append(rest, other)
		}
	}
	b.running[guild] = rest
}

func (b *bot) start(ctx context.Context, guild string) error {
	b.mu.Lock()
	b.made++
	n := b.made
	b.mu.Unlock()
	g, err := b.site.store.CreateGiveaway(ctx, store.Giveaway{
		GuildID: guild, ChannelID: "400000000000000001", Host: store.Person{ID: "200000000000000001"},
		Prize: fmt.Sprint("Lantern ", n), EndsAt: time.Now().Add(24 * time.Hour),
	})
	if err != nil {
		return err
	}
	b.mu.Lock()
	b.running[guild] = append(b.running[guild], g.ID)
	b.mu.Unlock()
	return b.publish(ctx, store.GiveawayCreateEvent, guild)
}

// enter has somebody enter a giveaway, and says so.
func (b *bot) enter(ctx context.Context, guild string) error {
	if err := b.write(ctx, guild); err != nil {
		return err
	}
	return b.publish(ctx, store.GiveawayEntryEvent, guild)
}

// write has somebody enter a giveaway of those that run, and says nothing.
func (b *bot) write(ctx context.Context, guild string) error {
	b.mu.Lock()
	running := b.running[guild] // two at least, see act
	b.mu.Unlock()
	id := fmt.Sprint(time.Now().UnixNano())
	m, err := b.site.store.SaveMember(ctx, store.Member{GuildID: guild, DiscordID: id, Username: &id})
	if err == nil {
		err = b.site.store.EnterGiveaway(ctx, guild, running[rand.N(len(running))], m.ID, 1, 0, nil)
	}
	return err
}

func (b *bot) publish(ctx context.Context, kind store.EventType, guild string) error {
	b.mu.Lock()
	now := b.clock()
	b.mu.Unlock()
	return b.site.redis.Publish(ctx, store.EventsChannel,
		fmt.Sprintf(`{"type":"%s","guildId":"%s","timestamp":%d}`, kind, guild, now.UnixMilli())).Err()
}

// rest has the bot stop, after one more entry in every guild that is surely written. Nothing says so: what pages show in
// the end does not hang on a word.
func (b *bot) rest() {
	b.site.t.Helper()
	b.stop()
	<-b.done
	for _, guild := range b.site.guilds {
		within(b.site.t, soon, "the bot writes again", func() (bool, string) {
			err := b.write(context.Background(), guild)
			return err == nil, fmt.Sprint(err)
		})
	}
}

// asDatabase compares a list of giveaways with the database; "" when they say the same.
func (s *site) asDatabase(path, html string) (why string) {
	guild := strings.Split(path, "/")[2]
	list, _, err := s.store.Giveaways(context.Background(), guild, store.GiveawayQuery{})
	if err != nil {
		return err.Error()
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(html))
	if err != nil {
		return err.Error()
	}
	rows := doc.Find("#rows tr")
	if rows.Length() != len(list.Items) {
		return fmt.Sprintf("%s has %d rows, the database %d", path, rows.Length(), len(list.Items))
	}
	for i, g := range list.Items {
		row := rows.Eq(i)
		is := row.AttrOr("id", "") + row.AttrOr("data-state", "") + row.Find("[data-entries]").AttrOr("data-entries", "")
		if want := "g-" + g.ID + strings.ToLower(string(g.Status)) + fmt.Sprint(g.Entries); is != want {
			return fmt.Sprintf("%s, row %d is %s, in the database %s", path, i, is, want)
		}
	}
	return ""
}
