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
	"guildboard/store/contract"
	"guildboard/store/discord/discordtest"
	"guildboard/store/storetest"
)

// newHTTPClient returns an HTTP client with the session of a manager of the guild.
func (d *dashboardServer) newHTTPClient(t testing.TB, user, guild string) *http.Client {
	t.Helper()
	d.discord.SetUser(discordtest.User{ID: user, Username: "keeper " + user[len(user)-3:]},
		discordtest.Guild{ID: guild, Name: "Guild of " + t.Name(), Permissions: "32"})
	jar, err := cookiejar.New(nil)
	must(t, err)
	c := &http.Client{Jar: jar}
	d.signInMu.Lock()
	defer d.signInMu.Unlock()
	d.discord.SetBrowserUser(user)
	got, err := c.Get(d.publicProxy.url + "/login/start")
	must(t, err)
	got.Body.Close()
	if got.StatusCode != http.StatusOK || got.Request.URL.Path != "/" {
		t.Fatalf("sign-in ended at %s with %s", got.Request.URL, got.Status)
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c
}

// TestConcurrentCommandsHaveOneResult has fifty users submit the same command at three dashboard processes, with three
// bot workers. All processes share one database and one Redis.
func TestConcurrentCommandsHaveOneResult(t *testing.T) {
	d := newDashboardServer(t, availableRedis(t))
	urls := []string{d.url}
	for range 2 {
		addr := freeAddr(t)
		d.startProcess(t, addr)
		urls = append(urls, "http://"+addr)
	}
	workers := d.startWorkers(t, 3)
	guild := newSnowflake("8")
	storetest.Guild(t, d.store, guild, "Guild of "+t.Name())
	var clients []*http.Client
	for range 5 {
		clients = append(clients, d.newHTTPClient(t, newSnowflake("9"), guild))
	}

	message := newSnowflake("6")
	g := storetest.Giveaway(t, d.store, guild, store.Giveaway{
		Prize: "A lantern", Status: store.GiveawayActive, WinnerCount: 3,
		MessageID: &message, ChannelID: newSnowflake("4"), DMWinners: true,
	})
	workers.discord.AddMessage(g.ChannelID, message, bot.Message{Button: &bot.Button{Label: "Enter"}})
	for range 20 {
		d.enterGiveawaySilently(t, g)
	}
	ticket := d.openTicket(t, guild, "A question")
	workers.discord.AddChannel(guild, ticket.ChannelID, true)

	for verb, path := range map[contract.Verb]string{
		contract.VerbGiveawayEnd: giveawayPath(g) + "/end", contract.VerbTicketClose: ticketPath(ticket) + "/close",
	} {
		var clicks sync.WaitGroup
		for i := range 50 {
			clicks.Go(func() {
				got, err := clients[i%len(clients)].Post(urls[i%len(urls)]+path, "application/x-www-form-urlencoded", nil)
				if err != nil {
					t.Error(err)
					return
				}
				defer got.Body.Close()
				if body, _ := io.ReadAll(got.Body); got.StatusCode != http.StatusSeeOther {
					t.Errorf("%s: status = %s, want 303: %s", verb, got.Status, body)
				}
			})
		}
		clicks.Wait()
		commands := store.List[contract.Command]{}
		// Requests after the first result enqueue a new command, which is refused. Earlier ones join the pending
		// command.
		eventually(t, string(verb)+" has one result", func() (bool, string) {
			var err error
			commands, err = d.store.Commands(t.Context(), guild, store.CommandQuery{Verb: verb, PerPage: 100})
			must(t, err)
			done, refused := 0, 0
			for _, c := range commands.Items {
				switch {
				case c.Status == contract.CommandDone && c.Code == "":
					done++
				case c.Status == contract.CommandRefused && c.Code == contract.RefusalWrongState:
					refused++
				}
			}
			return done == 1 && done+refused == len(commands.Items),
				fmt.Sprint(done, " done, ", refused, " refused of ", len(commands.Items))
		})
		t.Logf("%s: 50 requests made %d commands, one of them done", verb, len(commands.Items))
	}

	ended, err := d.store.Giveaway(t.Context(), guild, g.ID)
	must(t, err)
	if len(ended.Winners) != 3 || ended.Status != store.GiveawayEnded {
		t.Errorf("giveaway is %s with %d winners, want ended with 3", ended.Status, len(ended.Winners))
	}
	for _, w := range ended.Winners {
		if n := len(workers.discord.DirectMessages(w.User.ID)); n != 1 {
			t.Errorf("%s got %d direct messages, want 1", w.User.ID, n)
		}
	}
	if n := len(workers.discord.Messages(g.ChannelID)); n != 2 {
		t.Errorf("%d messages in the giveaway's channel, want 2: the giveaway and the announcement", n)
	}
	if n := len(workers.discord.Messages(ticket.ChannelID)); n != 1 || !workers.discord.IsLocked(ticket.ChannelID) {
		t.Errorf("%d messages in the ticket's channel, locked = %v, want 1 and true", n, workers.discord.IsLocked(ticket.ChannelID))
	}
}
