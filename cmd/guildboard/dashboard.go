package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"guildboard/handlers"
	"guildboard/handlers/live"
	"guildboard/store"
	"guildboard/store/discord"
	"guildboard/store/session"
)

// dashboardCommand runs the dashboard in production. Any number of processes behind a load balancer share one Redis and
// one database.
type dashboardCommand struct {
	serverConfig
	PublicURL   string `help:"Public URL. Add URL/login/callback to the redirects in Discord." env:"PUBLIC_URL" placeholder:"URL"`
	DatabaseURL string `help:"postgres://user:password@host/name, or sqlite:FILE." env:"DATABASE_URL" secret:"url" placeholder:"URL"`
	RedisURL    string `help:"redis://host:6379/0; rediss:// for TLS. More: README." env:"REDIS_URL" secret:"url" placeholder:"URL"`
	SessionKey  string `help:"Key for sessions, created by: openssl rand -base64 32." env:"SESSION_KEY" secret:"key" placeholder:"SECRET"`

	SessionKeyPrevious string `help:"Previous keys; remove after 30 days." env:"SESSION_KEY_PREVIOUS" secret:"key" placeholder:"SECRET"`

	DiscordClientID     string `help:"Application ID from https://discord.com/developers/." env:"DISCORD_CLIENT_ID" placeholder:"ID"`
	DiscordClientSecret string `help:"Client secret of the application." env:"DISCORD_CLIENT_SECRET" secret:"key" placeholder:"SECRET"`
	DiscordAPI          string `help:"URL of Discord's API, for a proxy or tests." env:"DISCORD_API" placeholder:"URL" hidden:""`
	DiscordAuthorize    string `help:"URL of Discord's consent page, for tests." env:"DISCORD_AUTHORIZE" placeholder:"URL" hidden:""`

	TLSCert string `help:"Certificate for HTTPS and HTTP/2, a PEM file." env:"TLS_CERT" placeholder:"FILE"`
	TLSKey  string `help:"Private key of the certificate, a PEM file." env:"TLS_KEY" placeholder:"FILE"`

	StreamsPerUser int `help:"Maximum open streams per user, in all processes." env:"STREAMS_PER_USER" default:"16"`
	Streams        int `help:"Maximum open streams of this process." env:"STREAMS" default:"20000"`

	TrustedProxies    string `help:"Proxies trusted for X-Forwarded-For, comma-separated." env:"TRUSTED_PROXIES" placeholder:"CIDR,…"`
	SignInsPerAddress int    `help:"Maximum sign-ins per minute and IP address." env:"SIGN_INS_PER_ADDRESS" default:"60"`
}

// validate returns an error that lists missing settings, with their format or source, and invalid ones.
func (d *dashboardCommand) validate() error {
	var problems []string
	for _, setting := range []struct{ name, value, hint string }{
		{"PUBLIC_URL", d.PublicURL, "the address people type, such as https://guildboard.example.com"},
		{"DATABASE_URL", d.DatabaseURL, "postgres://user:password@host/name, or sqlite:guildboard.db"},
		{"REDIS_URL", d.RedisURL, "such as redis://localhost:6379"},
		{"SESSION_KEY", d.SessionKey, "a secret of your own; make one with: openssl rand -base64 32"},
		{"DISCORD_CLIENT_ID", d.DiscordClientID, "from https://discord.com/developers/applications, under OAuth2"},
		{"DISCORD_CLIENT_SECRET", d.DiscordClientSecret, "from the same place"},
	} {
		if setting.value == "" {
			problems = append(problems, fmt.Sprintf("%s is missing: %s", setting.name, setting.hint))
		}
	}
	problems = append(problems, d.problems()...)
	if len(problems) > 0 {
		return errors.New(strings.Join(problems, "\n  "))
	}
	return nil
}

// isOrigin reports whether a URL has only scheme and host, with or without a trailing slash.
func isOrigin(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil &&
		strings.Trim(u.Path, "/") == "" && !strings.ContainsAny(address, "?#")
}

// Run serves until ctx ends.
func (d *dashboardCommand) Run(ctx context.Context, exposed exposedSecrets) error {
	if err := d.validate(); err != nil {
		return fmt.Errorf("cannot start:\n  %w", err)
	}
	site, err := d.loadSite()
	if err != nil {
		return err
	}
	key, err := d.parseContractKey()
	if err != nil {
		return err
	}
	seal, err := session.NewSealer(d.SessionKey, splitList(d.SessionKeyPrevious)...)
	if err != nil {
		return settingError("SESSION_KEY", err)
	}
	redis, err := store.OpenRedis(d.RedisURL)
	if err != nil {
		return settingError("REDIS_URL", err)
	}
	defer redis.Close()
	log := d.newLogger()
	db, err := store.Open(ctx, d.DatabaseURL, store.WithLogger(log))
	if err != nil {
		return settingError("DATABASE_URL", err)
	}
	defer db.Close()

	exposed.logWarnings(log)
	d.logWarnings(log)
	proxies, err := parseTrustedProxies(d.TrustedProxies)
	if err != nil {
		return settingError("TRUSTED_PROXIES", err)
	}
	public := normalizeOrigin(d.PublicURL)
	client := discord.New(discord.Config{
		ClientID: d.DiscordClientID, ClientSecret: d.DiscordClientSecret,
		RedirectURL: strings.TrimRight(d.PublicURL, "/") + "/login/callback",
		PublicURL:   public, Version: buildVersion(), Sealer: seal, APIBase: d.DiscordAPI, AuthorizeURL: d.DiscordAuthorize,
	}, redis, log)
	s := &server{
		serverConfig: d.serverConfig, tlsCert: d.TLSCert, tlsKey: d.TLSKey,
		site: handlers.Config{
			Store: db, Redis: redis, Sessions: session.NewStore(redis, seal, strings.HasPrefix(public, "https://"), log),
			Guilds: client, Discord: client, Site: site, PublicURL: public, InviteURL: d.inviteURL,
			ContractKey: key, TrustedProxies: proxies, SignInsPerAddress: d.SignInsPerAddress,
			Streams: live.Config{MaxStreamsPerUser: d.StreamsPerUser, MaxStreams: d.Streams},
		},
	}
	return s.run(ctx, log)
}

// inviteURL returns the URL that invites the bot to a guild with the permissions that it needs.
// https://docs.discord.com/developers/topics/oauth2#bot-authorization-flow
func (d *dashboardCommand) inviteURL(guild string) string {
	permissions := int64(0)
	for _, p := range store.Permissions {
		permissions |= p.Bit()
	}
	return "https://discord.com/oauth2/authorize?" + url.Values{
		"client_id": {d.DiscordClientID}, "scope": {"bot applications.commands"},
		"permissions": {fmt.Sprint(permissions)}, "guild_id": {guild}, "disable_guild_select": {"true"},
	}.Encode()
}
