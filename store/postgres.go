package store

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"guildboard/store/migrations"
)

func (s *Store) openPostgres(ctx context.Context, url string) error {
	config, err := pgxpool.ParseConfig(url) // its errors leave the password out
	if err != nil {
		return err
	}
	if !strings.Contains(url, "pool_max_conns") {
		config.MaxConns = max(config.MaxConns, 10)
	}
	config.ConnConfig.RuntimeParams["timezone"] = "UTC" // columns hold UTC without saying so
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "guildboard"
	}
	// Compiling a plan takes longer than any of our queries, and where members are in many guilds Postgres expects so many
	// rows that it would.
	config.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, "SET jit = off")
		return err
	}
	connections, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return err
	}
	s.pool, s.write = connections, stdlib.OpenDBFromPool(connections)
	if s.keepSchema {
		return nil
	}
	return migrations.Postgres(ctx, s.write)
}
