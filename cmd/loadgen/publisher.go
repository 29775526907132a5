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
	target         *target
	redis          redis.UniversalClient
	padding        string
	updatesAllRows bool // an event changes every row of the page, so that frames are large
}

// publishOne has one thing happen in a guild, and notes when it was published.
func (p *publisher) publishOne(ctx context.Context, g *guild) error {
	if err := p.updateRows(ctx, []*guild{g}, 1); err != nil {
		return err
	}
	n, err := g.reserveEvents(1)
	if err != nil {
		return err
	}
	message := p.eventMessage(g, n)
	g.markPublished(n)
	return p.redis.Publish(ctx, store.EventsChannel, message).Err()
}

// publishBurst has n things happen in each guild.
func (p *publisher) publishBurst(ctx context.Context, n int) error {
	if err := p.updateRows(ctx, p.target.guilds, n); err != nil {
		return err
	}
	_, err := p.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		firstEvents := make([]int, len(p.target.guilds))
		for i, g := range p.target.guilds {
			first, err := g.reserveEvents(n)
			if err != nil {
				return err
			}
			firstEvents[i] = first
		}
		for k := range n {
			for i, g := range p.target.guilds {
				g.markPublished(firstEvents[i] + k)
				pipe.Publish(ctx, store.EventsChannel, p.eventMessage(g, firstEvents[i]+k))
			}
		}
		return nil
	})
	return err
}

func (p *publisher) eventMessage(g *guild, n int) string {
	return fmt.Sprintf(`{"type":"GIVEAWAY_ENTRY","guildId":"%s","timestamp":%d,"data":{"giveawayId":"gw-%d","prize":"Nitro for a year %s","entries":%d}}`,
		g.id, time.Now().UnixMilli(), n, p.padding, n)
}

// updateRows counts n more entries in the measured rows.
func (p *publisher) updateRows(ctx context.Context, guilds []*guild, n int) error {
	if p.target.db == nil {
		return nil
	}
	args := []any{n}
	for _, g := range guilds {
		args = append(args, g.giveaway)
	}
	column := "id"
	if p.updatesAllRows {
		column = "guild_id"
		for i, g := range guilds {
			args[i+1] = g.id
		}
	}
	var placeholders strings.Builder
	for i := range guilds {
		fmt.Fprintf(&placeholders, ", $%d", i+2)
	}
	_, err := p.target.db.ExecContext(ctx, "UPDATE giveaways SET entries = entries + $1 WHERE "+column+" IN ("+placeholders.String()[2:]+")", args...)
	if err != nil {
		return fmt.Errorf("changing rows: %w", err)
	}
	return nil
}
