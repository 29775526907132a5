package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // embeds the time zone database for machines without one

	"github.com/alecthomas/kong"

	"guildboard/views/ui"
)

type commands struct {
	Demo      demoCommand      `cmd:"" help:"Try the dashboard with sample servers, its own database and Redis, on this machine only."`
	Dashboard dashboardCommand `cmd:"" help:"Run the dashboard with your Redis and database. Users sign in with Discord."`
	Doctor    doctorCommands   `cmd:"" help:"Check a bot, dashboards, the database or a draw."`
	Version   versionCommand   `cmd:"" help:"Print the version."`
}

// serverConfig holds the settings of every command that serves.
type serverConfig struct {
	Addr        string `help:"Address to listen on, host:port." env:"ADDR" default:"127.0.0.1:8080"`
	Connections int    `help:"Maximum connections besides streams; 0: as RLIMIT_NOFILE allows." env:"CONNECTIONS" default:"0"`
	MetricsAddr string `help:"Address for Prometheus metrics, host:port; empty: none." env:"METRICS_ADDR" placeholder:"HOST:PORT"`
	Templ       string `help:"File with brand, colour, language, time zone, intervals; default: templ.yaml if it exists." env:"TEMPL" placeholder:"FILE"`
	contractKeyConfig
	LogLevel string `help:"Log level: debug, info, warn or error." env:"LOG_LEVEL" enum:"debug,info,warn,error" default:"info"`
	LogJSON  bool   `help:"Log JSON lines." env:"LOG_JSON"`
}

type versionCommand struct{}

func (versionCommand) Run() error {
	fmt.Println(buildVersion())
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "guildboard:", err)
		os.Exit(1)
	}
}

// run parses args and runs the command until ctx ends.
func run(ctx context.Context, args []string) error {
	parser, err := kong.New(&commands{},
		kong.Name("guildboard"),
		kong.Description("Giveaways and tickets of a Discord server, live."),
		kong.UsageOnError(),
		kong.Resolvers(kong.ResolverFunc(resolveSecretFile)),
		kong.BindTo(ctx, (*context.Context)(nil)))
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if err != nil {
		return err
	}
	return command.Run(findExposedSecrets(command))
}

// loadSite reads templ.yaml. A file named by the setting must exist.
func (c serverConfig) loadSite() (ui.Site, error) {
	file := c.Templ
	if file == "" {
		file = "templ.yaml"
	}
	text, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && c.Templ == "":
		return ui.DefaultSite(), nil
	case err != nil:
		return ui.Site{}, fmt.Errorf("TEMPL (--templ): read file: %w", err)
	}
	return ui.ParseSite(file, text)
}

func (c serverConfig) newLogger() *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // kong has validated it
	options := &slog.HandlerOptions{Level: level}
	if c.LogJSON {
		return slog.New(slog.NewJSONHandler(os.Stderr, options))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, options))
}

func buildVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
