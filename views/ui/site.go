package ui

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"guildboard/store"
	"guildboard/views/text"
)

// Site is the configuration of the pages: the content of templ.yaml.
type Site struct {
	Brand   string
	Accent  string // #rrggbb
	Support string // https URL, or "" for none
	Locale  text.Locale
	Zone    *time.Location

	GiveawayPollInterval time.Duration // poll interval of giveaway pages while the stream is down
	DefaultPollInterval  time.Duration // poll interval of all other pages
	PingInterval         time.Duration // time between pings on a stream
}

// DefaultSite returns the settings that apply without a templ.yaml. The file in the repository has the same values.
func DefaultSite() Site {
	return Site{
		Brand: "Guildboard", Accent: "#0f766e", Locale: text.English, Zone: time.UTC,
		GiveawayPollInterval: 15 * time.Second, DefaultPollInterval: 30 * time.Second, PingInterval: 15 * time.Second,
	}
}

var hexColorPattern = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// siteSettings are the keys of templ.yaml, with the expected value and the function that parses and sets it.
var siteSettings = map[string]struct {
	expected string
	set      func(s *Site, value string) bool
}{
	"brand":    {"1 to 40 characters", func(s *Site, v string) bool { s.Brand = v; n := len([]rune(v)); return 0 < n && n <= 40 }},
	"accent":   {`a colour such as "#0f766e"`, func(s *Site, v string) bool { s.Accent = v; return hexColorPattern.MatchString(v) }},
	"support":  {"an address that begins with https://, or nothing", setSupport},
	"locale":   {"en or vi", func(s *Site, v string) bool { s.Locale = text.Locale(v); return s.Locale.IsSupported() }},
	"timezone": {"an IANA time zone such as Asia/Ho_Chi_Minh", setZone},

	"poll.giveaways": {"a time from 5s to 10m", durationSetting(5*time.Second, 10*time.Minute,
		func(s *Site, d time.Duration) { s.GiveawayPollInterval = d })},
	"poll.other": {"a time from 5s to 10m", durationSetting(5*time.Second, 10*time.Minute,
		func(s *Site, d time.Duration) { s.DefaultPollInterval = d })},
	"ping": {"a time from 1s to 30s", durationSetting(time.Second, 30*time.Second,
		func(s *Site, d time.Duration) { s.PingInterval = d })},
}

func setSupport(s *Site, v string) bool {
	s.Support = v
	u, err := url.Parse(v)
	return v == "" || err == nil && u.Scheme == "https" && u.Host != ""
}

func setZone(s *Site, v string) bool {
	s.Zone = store.Zone(v)
	return s.Zone != nil
}

func durationSetting(low, high time.Duration, set func(*Site, time.Duration)) func(*Site, string) bool {
	return func(s *Site, v string) bool {
		d, err := time.ParseDuration(v)
		set(s, d)
		return err == nil && low <= d && d <= high && d%time.Second == 0
	}
}

// ParseSite parses a templ.yaml. Missing keys keep the values of DefaultSite. For an unknown key or an invalid value
// the error gives file, line and the expected value.
func ParseSite(file string, text []byte) (Site, error) {
	site := DefaultSite()
	var doc yaml.Node
	switch err := yaml.NewDecoder(bytes.NewReader(text)).Decode(&doc); {
	case errors.Is(err, io.EOF) || err == nil && len(doc.Content) == 0:
		return site, nil // empty, or only comments
	case err != nil:
		return Site{}, fmt.Errorf("parse %s: %w", file, err)
	}
	return site, site.apply(file, "", doc.Content[0])
}

// apply sets the keys of a mapping. prefix is "poll." within poll, otherwise "".
func (s *Site) apply(file, prefix string, mapping *yaml.Node) error {
	if mapping.Kind == yaml.ScalarNode && mapping.Tag == "!!null" {
		return nil
	}
	if mapping.Kind != yaml.MappingNode {
		return fmt.Errorf("%s:%d: expected lines such as \"key: value\"", file, mapping.Line)
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		key, value := mapping.Content[i], mapping.Content[i+1]
		name := prefix + key.Value
		if seen[name] {
			return fmt.Errorf("%s:%d: %s is set twice", file, key.Line, name)
		}
		seen[name] = true
		if name == "poll" {
			if err := s.apply(file, "poll.", value); err != nil {
				return err
			}
			continue
		}
		setting, known := siteSettings[name]
		if !known {
			return fmt.Errorf("%s:%d: unknown key %q; known are %s", file, key.Line, name, knownKeys())
		}
		text := strings.TrimSpace(value.Value)
		if value.Tag == "!!null" {
			text = ""
		}
		if value.Kind != yaml.ScalarNode || !setting.set(s, text) {
			return fmt.Errorf("%s:%d: %s: expected %s, found %q", file, value.Line, name, setting.expected, text)
		}
	}
	return nil
}

func knownKeys() string {
	return "brand, accent, support, locale, timezone, poll.giveaways, poll.other, ping"
}
