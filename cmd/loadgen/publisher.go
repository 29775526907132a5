//go:build linux

package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"guildboard/store"
)

// A publisher is the bot. It changes the row first and publishes then, as bots do, since the dashboard shows what the
// row says and not what the event does: each event is one more entry of the guild's newest giveaway.
//
// One event at a time, every event has its own UPDATE. At saturation a burst has one for all of its events and guilds,
// so that it is not the database's writing that is measured.
type publisher struct {
	to    *target
	redis redis.UniversalClient
	pad   string
	wide  bool // an event changes every row of the page, so that frames are large
}

// event has one thing happen in a guild, and notes when it was published.
func (p *publisher) event(ctx context.Context, g *guild) error {
	if err := p.write(ctx, []*guild{g}, 1); err != nil {
		return err
	}
	n, err := g.next(1)
	if err != nil {
		return err
	}
	message := p.message(g, n)
	g.publishing(n)
	return p.redis.Publish(ctx, store.EventsChannel, message).Err()
}

// burst has n things happen in each guild.
func (p *publisher) burst(ctx context.Context, n int) error {
	if err := p.write(ctx, p.to.guilds, n); err != nil {
		return err
	}
	_, err := p.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		firsts := make([]int, len(p.to.guilds))
		for i, g := range p.to.guilds {
			first, err := g.next(n)
			if err != nil {
				return err
			}
			firsts[i] = first
		}
		for k := range n {
			for i, g := range p.to.guilds {
				g.publishing(firsts[i] + k)
				pipe.Publish(ctx, store.EventsChannel, p.message(g, firsts[i]+k))
			}
		}
		return nil
	})
	return err
}

func (p *publisher) message(g *guild, n int) string {
	return fmt.Sprintf(`{"type":"GIVEAWAY_ENTRY","guildId":"%s","timestamp":%d,"data":{"giveawayId":"gw-%d","prize":"Nitro for a year %s","entries":%d}}`,
		g.id, time.Now().UnixMilli(), n, p.pad, n)
}

// write counts n more entries in the measured rows.
func (p *publisher) write(ctx context.Context, guilds []*guild, n int) error {
	if p.to.rows == nil {
		return nil
	}
	args := []any{n}
	for _, g := range guilds {
		args = append(args, g.giveaway)
	}
	column := "id"
	if p.wide {
		column = "guild_id"
		for i, g := range guilds {
			args[i+1] = g.id
		}
	}
	var marks strings.Builder
	for i := range guilds {
		fmt.Fprintf(&marks, ", $%d", i+2)
	}
	_, err := p.to.rows.ExecContext(ctx, "UPDATE giveaways SET entries = entries + $1 WHERE "+column+" IN ("+marks.String()[2:]+")", args...)
	if err != nil {
		return fmt.Errorf("changing rows: %w", err)
	}
	return nil
}
