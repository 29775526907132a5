//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"sync"
	"testing"

	"guildboard/cmd/internal/bot"
	"guildboard/store"
	"guildboard/store/discord/discordtest"
	"guildboard/store/storetest"
)

// client is somebody who is signed in, without a browser. They may manage the guild.
func (d *dashboard) client(t testing.TB, user, guild string) *http.Client {
	t.Helper()
	d.discord.SetUser(discordtest.User{ID: user, Username: "keeper " + user[len(user)-3:]},
		discordtest.Guild{ID: guild, Name: "Guild of " + t.Name(), Permissions: "32"})
	jar, err := cookiejar.New(nil)
	must(t, err)
	c := &http.Client{Jar: jar}
	d.arrive.Lock()
	defer d.arrive.Unlock()
	d.discord.SignIn(user)
	got, err := c.Get(d.public.url + "/login/start")
	must(t, err)
	got.Body.Close()
	if got.StatusCode != http.StatusOK || got.Request.URL.Path != "/guilds" {
		t.Fatalf("signing in leads to %s, %s", got.Request.URL, got.Status)
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c
}

// Fifty people's clicks, at three processes of the dashboard, with three of the bot: every process is the binary itself, or
// a process of the engine, on one database and one Redis.
func TestFiftyClicksThroughThreeDashboardsAndThreeWorkersHaveOneResult(t *testing.T) {
	d := newDashboard(t, someRedis(t))
	urls := []string{d.url}
	for range 2 {
		addr := freeAddr(t)
		d.process(t, addr)
		urls = append(urls, "http://"+addr)
	}
	crew := d.crew(t, 3)
	guild := snowflake("8")
	storetest.Guild(t, d.store, guild, "Guild of "+t.Name())
	var people []*http.Client
	for range 5 {
		people = append(people, d.client(t, snowflake("9"), guild))
	}

	message := snowflake("6")
	g := storetest.Giveaway(t, d.store, guild, store.Giveaway{
		Prize: "A lantern", Status: store.GiveawayActive, WinnerCount: 3, MessageID: &message, ChannelID: snowflake("4"), DMWinners: true,
	})
	crew.discord.AddMessage(g.ChannelID, message, bot.Message{Button: &bot.Button{Label: "Enter"}})
	for range 20 {
		d.quietEntry(t, g)
	}
	ticket := d.ticket(t, guild, "A question")
	crew.discord.AddChannel(guild, ticket.ChannelID, true)

	for verb, path := range map[store.Verb]string{
		store.VerbGiveawayEnd: giveawayPath(g) + "/end", store.VerbTicketClose: ticketPath(ticket) + "/close",
	} {
		var clicks sync.WaitGroup
		for i := range 50 {
			clicks.Go(func() {
				got, err := people[i%len(people)].Post(urls[i%len(urls)]+path, "application/x-www-form-urlencoded", nil)
				if err != nil {
					t.Error(err)
					return
				}
				defer got.Body.Close()
				if body, _ := io.ReadAll(got.Body); got.StatusCode != http.StatusSeeOther {
					t.Errorf("%s: %s %s", verb, got.Status, body)
				}
			})
		}
		clicks.Wait()
		asked := store.List[store.Command]{}
		// Who came after the answer asked anew, and is told that somebody was first; nobody else asked at all.
		eventually(t, string(verb)+" has one result", func() (bool, string) {
			var err error
			asked, err = d.store.Commands(t.Context(), guild, store.CommandQuery{Verb: verb, PerPage: 100})
			must(t, err)
			done, refused := 0, 0
			for _, c := range asked.Items {
				switch {
				case c.Status == store.CommandDone && c.Code == "":
					done++
				case c.Status == store.CommandRefused && c.Code == store.CodeState:
					refused++
				}
			}
			return done == 1 && done+refused == len(asked.Items), fmt.Sprint(done, " done, ", refused, " refused of ", len(asked.Items))
		})
		t.Logf("%s: 50 clicks became %d commands, one of them done", verb, len(asked.Items))
	}

	ended, err := d.store.Giveaway(t.Context(), guild, g.ID)
	must(t, err)
	if len(ended.Winners) != 3 || ended.Status != store.GiveawayEnded {
		t.Errorf("%s with %d winners, want 3", ended.Status, len(ended.Winners))
	}
	for _, w := range ended.Winners {
		if n := len(crew.discord.DMs(w.User.ID)); n != 1 {
			t.Errorf("%s was told %d times", w.User.ID, n)
		}
	}
	if n := len(crew.discord.Messages(g.ChannelID)); n != 2 {
		t.Errorf("%d messages in the giveaway's channel, want its own and the announcement", n)
	}
	if n := len(crew.discord.Messages(ticket.ChannelID)); n != 1 || !crew.discord.Locked(ticket.ChannelID) {
		t.Errorf("%d messages in the ticket's channel, locked: %v", n, crew.discord.Locked(ticket.ChannelID))
	}
}
