package sqldb

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestRetryRepeatsSerializationFailuresOnly(t *testing.T) {
	for code, want := range map[string]int{"40P01": 1 + maxTxRetries, "40001": 1 + maxTxRetries, "23505": 1, "08006": 1} {
		calls := 0
		retry(func() error {
			calls++
			return fmt.Errorf("change row: %w", &pgconn.PgError{Code: code})
		})
		if calls != want {
			t.Errorf("%s: calls = %d, want %d", code, calls, want)
		}
	}
}
