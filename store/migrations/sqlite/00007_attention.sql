-- +goose Up

-- What needs attention on the home page. Dashboards count these in all servers of a viewer at once.
CREATE INDEX tickets_urgent ON tickets (guild_id) WHERE priority = 'URGENT' AND status <> 'CLOSED';
CREATE INDEX giveaway_winners_expired ON giveaway_winners (giveaway_id)
    WHERE lapsed_at IS NOT NULL AND NOT claimed AND NOT rerolled;
