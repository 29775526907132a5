package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"guildboard/store"
)

// problems returns the problems with the settings of every command that serves.
func (c serverConfig) problems() (problems []string) {
	if err := checkConnections(c.Connections); err != nil {
		problems = append(problems, err.Error())
	}
	if err := checkAddress(c.Addr); err != nil {
		problems = append(problems, fmt.Sprintf("ADDR (--addr): %v", err))
	}
	if _, err := c.parseContractKey(); err != nil {
		problems = append(problems, err.Error())
	}
	if c.MetricsAddr == "" {
		return problems
	}
	if err := checkAddress(c.MetricsAddr); err != nil {
		problems = append(problems, fmt.Sprintf("METRICS_ADDR (--metrics-addr): %v", err))
	} else if c.MetricsAddr == c.Addr && !strings.HasSuffix(c.Addr, ":0") {
		problems = append(problems, "METRICS_ADDR (--metrics-addr) is the same as ADDR: /metrics needs an address of its own")
	}
	return problems
}

// checkAddress returns an error if a listen address is not host:port.
func checkAddress(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%q is not host:port", address)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("%q has no port between 0 and 65535", address)
	}
	return nil
}

// snowflakePattern matches an id of Discord. https://docs.discord.com/developers/reference#snowflakes
var snowflakePattern = regexp.MustCompile(`^[1-9][0-9]{16,19}$`)

// problems returns the problems with settings that are not empty.
func (d *dashboardCommand) problems() []string {
	problems := d.serverConfig.problems()
	add := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if (d.TLSCert == "") != (d.TLSKey == "") {
		add("TLS_CERT and TLS_KEY go together: set both or neither")
	}
	switch {
	case d.PublicURL == "":
	case !isOrigin(d.PublicURL):
		add("PUBLIC_URL must be scheme and host alone, such as https://guildboard.example.com")
	case d.TLSCert != "" && strings.HasPrefix(normalizeOrigin(d.PublicURL), "http://"):
		add("PUBLIC_URL is http, but with TLS_CERT browsers come by https: write https:// in PUBLIC_URL")
	}
	if d.DiscordClientID != "" && !snowflakePattern.MatchString(d.DiscordClientID) {
		add("DISCORD_CLIENT_ID (--discord-client-id) is %q, which is no id of Discord's: it has 17 to 20 digits", d.DiscordClientID)
	}
	for _, number := range []struct {
		name  string
		value int
	}{
		{"STREAMS (--streams)", d.Streams}, {"STREAMS_PER_USER (--streams-per-user)", d.StreamsPerUser},
		{"SIGN_INS_PER_ADDRESS (--sign-ins-per-address)", d.SignInsPerAddress},
	} {
		if number.value < 1 {
			add("%s is %d: it must be 1 at least", number.name, number.value)
		}
	}
	for name, address := range map[string]string{"DISCORD_API": d.DiscordAPI, "DISCORD_AUTHORIZE": d.DiscordAuthorize} {
		if u, err := url.Parse(address); address != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
			add("%s must be an address such as https://discord.com/api/v10", name)
		}
	}
	if _, err := parseTrustedProxies(d.TrustedProxies); err != nil {
		add("TRUSTED_PROXIES (--trusted-proxies): %v", err)
	}
	return problems
}

// parseTrustedProxies parses networks (CIDR) and addresses, separated by commas or spaces.
func parseTrustedProxies(setting string) (networks []netip.Prefix, err error) {
	for _, item := range splitList(setting) {
		network, err := netip.ParsePrefix(item)
		if err != nil {
			address, err := netip.ParseAddr(item)
			if err != nil {
				return nil, fmt.Errorf("%q is neither an address nor a network such as 10.0.0.0/8", item)
			}
			network = netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen())
		}
		if network.Bits() == 0 {
			return nil, fmt.Errorf("%q contains every address, so any client could forge its own", item)
		}
		networks = append(networks, network.Masked())
	}
	return networks, nil
}

// logWarnings logs warnings about valid but unsafe settings.
func (d *dashboardCommand) logWarnings(log *slog.Logger) {
	if public, err := url.Parse(d.PublicURL); err == nil && public.Scheme == "http" && !isLocalHost(public.Hostname()) {
		log.Warn("PUBLIC_URL is http and not this machine: sessions can be read in transit, use https", "url", d.PublicURL)
	}
	if u, err := url.Parse(d.RedisURL); err == nil && !isLocalHost(u.Hostname()) {
		if u.Scheme == "redis" {
			log.Warn("REDIS_URL is without TLS and not this machine: use rediss://", "host", u.Host)
		}
		if !hasPassword(d.RedisURL) {
			log.Warn("REDIS_URL has no password: every client that can connect can end sessions and send commands to the bot",
				"host", u.Host)
		}
	}
	warnAboutReadableFiles(d.DatabaseURL, log)
}

// warnAboutReadableFiles logs a warning for each database file that other users of this machine can read.
func warnAboutReadableFiles(database string, log *slog.Logger) {
	for _, file := range store.ExposedFiles(database) {
		log.Warn("database file can be read by other users of this machine: use chmod 600", "file", file.Path, "mode", file.Mode)
	}
}

// isLocalHost reports whether a host is this machine.
func isLocalHost(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "" || strings.EqualFold(host, "localhost") || err == nil && address.Unmap().IsLoopback()
}

// normalizeOrigin returns a URL as browsers write it in the header Origin: lower case, without the default port and a
// trailing slash.
func normalizeOrigin(address string) string {
	u, err := url.Parse(strings.TrimRight(address, "/"))
	if err != nil {
		return address
	}
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	return u.Scheme + "://" + host
}
