package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"guildboard/store/contract"
)

// TicketPriority is the urgency of a ticket, set by staff. The opener and the bot do not see it.
type TicketPriority string

const (
	PriorityLow    TicketPriority = "LOW"
	PriorityNormal TicketPriority = "NORMAL" // the default
	PriorityHigh   TicketPriority = "HIGH"
	PriorityUrgent TicketPriority = "URGENT"
)

// TicketPriorities lists the priorities, most urgent first.
var TicketPriorities = []TicketPriority{PriorityUrgent, PriorityHigh, PriorityNormal, PriorityLow}

// SetPriority sets the priority of tickets of the guild, all or nothing, and writes an audit entry for each ticket
// that changed. It returns ErrNotFound when the guild lacks a ticket and ErrConflict when one was changed
// concurrently.
func (s *Store) SetPriority(ctx context.Context, guild string, tickets []string, actor contract.User, priority TicketPriority) error {
	return s.withTx(ctx, "set priority", func(ctx context.Context, t tx) error {
		if !slices.Contains(TicketPriorities, priority) {
			return fmt.Errorf("unknown ticket priority %q", priority)
		}
		for _, id := range tickets {
			if err := t.setPriority(ctx, guild, id, actor, priority); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t tx) setPriority(ctx context.Context, guild, id string, actor contract.User, priority TicketPriority) error {
	var (
		number   int
		previous TicketPriority
	)
	err := t.QueryRow(ctx, "SELECT number, priority FROM tickets WHERE guild_id = $1 AND id = $2",
		guild, id).Scan(&number, (*string)(&previous))
	if err != nil || previous == priority {
		return err
	}
	changed, err := t.Exec(ctx, "UPDATE tickets SET priority = $3 WHERE guild_id = $1 AND id = $2 AND priority = $4",
		guild, id, string(priority), string(previous))
	if err == nil && changed == 0 {
		err = ErrConflict
	}
	if err != nil {
		return err
	}
	before, after := map[string]TicketPriority{"priority": previous}, map[string]TicketPriority{"priority": priority}
	return t.recordAudit(ctx, guild, actor, contract.VerbPriorityChange, id, "#"+strconv.Itoa(number), before, after)
}
