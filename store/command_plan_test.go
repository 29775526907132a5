package store_test

import (
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/storetest"
)

// TestCommandAndWorkQueriesUseIndexes checks that queries that run every second or for every page do not scan the audit
// log, which grows without limit.
func TestCommandAndWorkQueriesUseIndexes(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		plan := storetest.NewExplainer(t, s, true)
		now := time.Now()
		const inProgress = "status IN ('requested', 'sent', 'accepted')"
		for label, r := range map[string]struct {
			sql  string
			args []any
		}{
			"expire": {"SELECT id FROM commands WHERE " + inProgress +
				" AND expires_at < $1 AND (status <> 'accepted' OR expires_at < $2)", []any{now, now}},
			"unsent": {"SELECT id FROM commands c WHERE c." + inProgress +
				" AND c.status = 'requested' AND c.issued_at < $1 AND c.expires_at > $2", []any{now, now}},
			"rows": {"SELECT id FROM commands c WHERE c.guild_id = $1 AND (c." + inProgress +
				" OR c.issued_at >= $2) AND c.target IN ($3, $4)", []any{"1", now, "a", "b"}},
			"unfinished work": {"SELECT id FROM bot_work WHERE status = '' AND leased_until < $1 ORDER BY leased_until", []any{now}},
			"undelivered": {"SELECT id FROM bot_work WHERE status <> '' AND NOT delivered AND answered_at < $1 ORDER BY answered_at",
				[]any{now}},
			"deletable": {"SELECT id FROM bot_work WHERE delivered AND answered_at < $1", []any{now}},
			"ends":      {"SELECT id FROM giveaways WHERE status = 'ACTIVE' AND ends_at <= $1 ORDER BY ends_at LIMIT 100", []any{now}},
			"repeats":   {"SELECT id FROM giveaways g WHERE g.repeat_at <= $1 ORDER BY g.repeat_at LIMIT 100", []any{now}},
			"claims": {`SELECT g.id FROM giveaway_winners w JOIN giveaways g ON g.id = w.giveaway_id WHERE w.claim_until <= $1 AND w.claim_until IS NOT NULL
				AND w.lapsed_at IS NULL AND NOT w.claimed AND NOT w.rerolled ORDER BY w.claim_until LIMIT 100`, []any{now}},
			"starts": {"SELECT id FROM giveaways WHERE status = 'PENDING' AND starts_at <= $1 ORDER BY starts_at LIMIT 100",
				[]any{now}},
			"new giveaway": {"SELECT id FROM commands WHERE guild_id = $1 AND type = $2 AND " + inProgress, []any{"1", "GIVEAWAY_CREATE"}},
		} {
			steps, text := plan(store.Statement{SQL: r.sql, Args: r.args})
			for _, step := range steps {
				if step.Method == "SCAN" && !strings.Contains(step.Condition, "USING") || step.Method == "Seq Scan" {
					t.Errorf("%s: full scan:\n%s", label, text)
				}
			}
		}
	})
}
