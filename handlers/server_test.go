package handlers_test

import (
	"strings"
	"testing"

	"guildboard/handlers"
)

func TestNewNamesInvalidSettings(t *testing.T) {
	s := openSite(t)
	for problem, change := range map[string]func(*handlers.Config){
		"Store is nil":                   func(c *handlers.Config) { c.Store = nil },
		"Sessions is nil":                func(c *handlers.Config) { c.Sessions = nil },
		"Redis is nil":                   func(c *handlers.Config) { c.Redis = nil },
		"Guilds is nil":                  func(c *handlers.Config) { c.Guilds = nil },
		"Log is nil":                     func(c *handlers.Config) { c.Log = nil },
		"Site is empty":                  func(c *handlers.Config) { c.Site.Brand = "" },
		"PublicURL is not scheme://host": func(c *handlers.Config) { c.PublicURL += "/" },
		"not exactly one of Discord and Demo is set": func(c *handlers.Config) { c.Demo = new(handlers.Demo) },
		"SignInsPerAddress is negative":              func(c *handlers.Config) { c.SignInsPerAddress = -1 },
		"NamesTTL is negative":                       func(c *handlers.Config) { c.NamesTTL = -1 },
	} {
		config := s.Config
		change(&config)
		if _, err := handlers.New(config); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("New() error = %v, want %q", err, problem)
		}
	}
	if _, err := handlers.New(handlers.Config{}); err == nil || strings.Count(err.Error(), "\n") < 5 {
		t.Errorf("New() error without settings = %v, want a line for each", err)
	}
}
