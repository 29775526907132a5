//go:build linux

package main

import (
	"context"
	"fmt"
	"guildboard/store/contract"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// A publisher plays the bot. Each event is one more entry of the guild's newest giveaway. The publisher first changes the
// row and then publishes the event, since the dashboard shows the row and not the content of the event.
//
// A single event has its own UPDATE. A burst has one UPDATE for all its events and guilds, so that the scenario does not
// measure the database's write speed.
type publisher struct {
	target         *target
	redis          redis.UniversalClient
	padding        string
	updatesAllRows bool // every event changes all rows of the page, for large frames
}

// publishOne publishes an event in a guild, and records the time.
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
	return p.redis.Publish(ctx, contract.EventsChannel, message).Err()
}

// publishBurst publishes n events in each guild.
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
				pipe.Publish(ctx, contract.EventsChannel, p.eventMessage(g, firstEvents[i]+k))
			}
		}
		return nil
	})
	return err
}

func (p *publisher) eventMessage(g *guild, n int) string {
	return fmt.Sprintf(`{"type":"GIVEAWAY_ENTRY","guildId":"%s","timestamp":%d,`+
		`"data":{"giveawayId":"gw-%d","prize":"Nitro for a year %s","entries":%d}}`,
		g.id, time.Now().UnixMilli(), n, p.padding, n)
}

// updateRows adds n entries to the measured rows.
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
	statement := "UPDATE giveaways SET entries = entries + $1 WHERE " + column + " IN (" + placeholders.String()[2:] + ")"
	_, err := p.target.db.ExecContext(ctx, statement, args...)
	if err != nil {
		return fmt.Errorf("update rows: %w", err)
	}
	return nil
}
