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
	"guildboard/store/contract"
)

// A loadBot changes rows and publishes events at a given rate. It ignores errors, because a test may disturb its
// database and Redis.
type loadBot struct {
	site *deployment

	mu              sync.Mutex
	now             func() time.Time    // clock of the bot
	activeGiveaways map[string][]string // ids of running giveaways by guild
	created         int

	stop context.CancelFunc
	done chan struct{}
}

// startBot starts a bot that makes eventsPerSec changes per second until the end of the test.
func (s *deployment) startBot(eventsPerSec int) *loadBot {
	s.t.Helper()
	b := &loadBot{site: s, now: time.Now, activeGiveaways: map[string][]string{}, done: make(chan struct{})}
	ctx, stop := context.WithCancel(context.Background())
	for _, guild := range s.guilds {
		for range 3 {
			must(s.t, b.startGiveaway(ctx, guild))
		}
	}
	b.stop = stop
	go func() {
		defer close(b.done)
		tick := time.NewTicker(time.Second / time.Duration(eventsPerSec))
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				_ = b.step(ctx, s.guilds[n%len(s.guilds)]) // loadBot ignores errors
			}
		}
	}()
	s.t.Cleanup(func() { stop(); <-b.done })
	return b
}

// step makes one random change: mostly an entry, sometimes the start or the end of a giveaway.
func (b *loadBot) step(ctx context.Context, guild string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	b.mu.Lock()
	active := b.activeGiveaways[guild]
	b.mu.Unlock()
	switch roll := rand.N(20); {
	case roll == 0 && len(active) > 2:
		id := active[0]
		b.removeGiveaway(guild, id)
		if err := b.site.store.EndGiveaway(ctx, guild, id, time.Now()); err != nil {
			return err
		}
		return b.publish(ctx, contract.GiveawayEndEvent, guild)
	case roll == 1 && b.createdCount() < 15*guildCount: // all fit on the first page of a list
		return b.startGiveaway(ctx, guild)
	}
	return b.enterAndPublish(ctx, guild)
}

func (b *loadBot) createdCount() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.created
}

func (b *loadBot) removeGiveaway(guild, id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var remaining []string
	for _, other := range b.activeGiveaways[guild] {
		if other != id {
			remaining = append(remaining, other)
		}
	}
	b.activeGiveaways[guild] = remaining
}

func (b *loadBot) startGiveaway(ctx context.Context, guild string) error {
	b.mu.Lock()
	b.created++
	n := b.created
	b.mu.Unlock()
	g, err := b.site.store.CreateGiveaway(ctx, store.Giveaway{
		GuildID: guild, ChannelID: "400000000000000001", Host: contract.User{ID: "200000000000000001"},
		Prize: fmt.Sprint("Lantern ", n), EndsAt: time.Now().Add(24 * time.Hour),
	})
	if err != nil {
		return err
	}
	b.mu.Lock()
	b.activeGiveaways[guild] = append(b.activeGiveaways[guild], g.ID)
	b.mu.Unlock()
	return b.publish(ctx, contract.GiveawayCreateEvent, guild)
}

// enterAndPublish adds an entry to a giveaway and publishes the event.
func (b *loadBot) enterAndPublish(ctx context.Context, guild string) error {
	if err := b.enterGiveaway(ctx, guild); err != nil {
		return err
	}
	return b.publish(ctx, contract.GiveawayEntryEvent, guild)
}

// enterGiveaway adds an entry of a new member to a random running giveaway, without an event.
func (b *loadBot) enterGiveaway(ctx context.Context, guild string) error {
	b.mu.Lock()
	active := b.activeGiveaways[guild] // at least two, see step
	b.mu.Unlock()
	id := fmt.Sprint(time.Now().UnixNano())
	m, err := b.site.store.SaveMember(ctx, store.Member{GuildID: guild, DiscordID: id, Username: &id})
	if err == nil {
		err = b.site.store.EnterGiveaway(ctx, guild, active[rand.N(len(active))], m.ID, 1, 0, nil)
	}
	return err
}

func (b *loadBot) publish(ctx context.Context, kind contract.EventType, guild string) error {
	b.mu.Lock()
	now := b.now()
	b.mu.Unlock()
	return b.site.redis.Publish(ctx, contract.EventsChannel,
		fmt.Sprintf(`{"type":"%s","guildId":"%s","timestamp":%d}`, kind, guild, now.UnixMilli())).Err()
}

// stopAfterLastEntry stops the bot and then writes one more entry in every guild, without an event: pages must become
// correct even if an event is lost.
func (b *loadBot) stopAfterLastEntry() {
	b.site.t.Helper()
	b.stop()
	<-b.done
	for _, guild := range b.site.guilds {
		eventuallyWithin(b.site.t, shortTimeout, "the bot writes an entry", func() (bool, string) {
			err := b.enterGiveaway(context.Background(), guild)
			return err == nil, fmt.Sprint(err)
		})
	}
}

// diffWithDatabase compares a list of giveaways with the database. It returns the first difference, or "".
func (s *deployment) diffWithDatabase(path, html string) (difference string) {
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
		return fmt.Sprintf("%s has %d rows, want %d as in the database", path, rows.Length(), len(list.Items))
	}
	for i, g := range list.Items {
		row := rows.Eq(i)
		got := row.AttrOr("id", "") + row.AttrOr("data-state", "") + row.Find("[data-entries]").AttrOr("data-entries", "")
		if want := "g-" + g.ID + strings.ToLower(string(g.Status)) + fmt.Sprint(g.Entries); got != want {
			return fmt.Sprintf("%s, row %d = %s, want %s as in the database", path, i, got, want)
		}
	}
	return ""
}
