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

	"guildboard/views"
)

type commands struct {
	Demo      demoCommand      `cmd:"" help:"Try it: the dashboard with a made-up server, its own database and Redis, on this machine only."`
	Dashboard dashboardCommand `cmd:"" help:"Run the dashboard on your Redis and database, signing people in with Discord."`
	Doctor    doctorCommands   `cmd:"" help:"Tell whether a bot or a dashboard keeps the contract between the two, or a draw its promise."`
	Version   versionCommand   `cmd:"" help:"Print the version."`
}

// serverConfig holds the settings of every command that serves.
type serverConfig struct {
	Addr        string `help:"Where to listen, host:port." env:"ADDR" default:"127.0.0.1:8080"`
	Connections int    `help:"Connections that this process holds open beside streams; 0 for as many as its open files (RLIMIT_NOFILE) allow." env:"CONNECTIONS" default:"0"`
	MetricsAddr string `help:"Where Prometheus may ask for /metrics, host:port; empty for nowhere." env:"METRICS_ADDR" placeholder:"HOST:PORT"`
	Templ       string `help:"The file that says what the pages say and how often they look; templ.yaml if it is there." env:"TEMPL" placeholder:"FILE"`
	contractKeyConfig
	LogLevel string `help:"What to log: debug, info, warn or error." env:"LOG_LEVEL" enum:"debug,info,warn,error" default:"info"`
	LogJSON  bool   `help:"Log in JSON, a line each." env:"LOG_JSON"`
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
func (c serverConfig) loadSite() (views.Site, error) {
	file := c.Templ
	if file == "" {
		file = "templ.yaml"
	}
	text, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && c.Templ == "":
		return views.DefaultSite(), nil
	case err != nil:
		return views.Site{}, fmt.Errorf("TEMPL (--templ): read file: %w", err)
	}
	return views.ParseSite(file, text)
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
