//go:build e2e

package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"guildboard/cmd/internal/bot"
	"guildboard/cmd/internal/bot/sim"
	"guildboard/store"
	"guildboard/store/storetest"
)

// beats has a bot say that it is alive, and waits until the dashboard has heard it: what that knows of a bot may be two
// seconds old.
func (d *dashboard) beats(t *testing.T) {
	t.Helper()
	must(t, store.Heartbeat{Version: "1", Capabilities: store.Verbs}.Beat(t.Context(), d.redis))
	eventually(t, "the dashboard has heard the bot", func() (bool, string) {
		n, err := d.redis.Exists(t.Context(), store.BotHeardKey).Result()
		return err == nil && n == 1, fmt.Sprint(err)
	})
}

func TestASilentBotIsSaidToBeAndRequestsWaitForIt(t *testing.T) {
	browser(t)
	d := newDashboard(t, someRedis(t))
	s := d.scene(t, newProxy(t, d.url))
	d.beats(t)
	g := s.quietGiveaway(t, s.guild, "A lamp that waits")
	b := s.list()
	if js[bool](b, `!!document.getElementById('bot')`) {
		t.Error("the bot is said to be silent, and has just been heard")
	}
	must(t, d.redis.Del(t.Context(), store.BotAliveKey).Err()) // as after 30 s
	b.until("the page says since when the bot is silent", textOf("#bot")+`.startsWith('The bot has not answered since') && document.querySelector('#bot time')`)

	b.click("#menu-" + g.ID + " > summary")
	b.click("#pause-" + g.ID)
	b.has(fmt.Sprintf("#command-%[1]s[data-level=waits] #lapses-%[1]s", g.ID))
	b.until("the page says until when the request waits", textOf("#bot")+`.includes('1 request waits for it, and lapses at')`)
	list, err := d.store.Commands(t.Context(), s.guild, store.CommandQuery{})
	must(t, err)
	until := js[int64](b, `Date.parse(document.getElementById('bot-lapses').dateTime)`)
	if want := list.Items[0].ExpiresAt.Truncate(time.Second); !time.UnixMilli(until).Truncate(time.Second).Equal(want) {
		t.Errorf("it says until %v, and lapses at %v", time.UnixMilli(until), want)
	}

	other := s.member.window(giveawaysPath(s.guild) + "/new")
	other.do(chromedp.SendKeys(chromedp.CSS("#prize"), "A lamp that is posted"))
	other.channel("400000000000000001")
	other.follow("#form-send")
	b.within(soon, "the new giveaway is being posted", textOf("#creates")+`.includes('A lamp that is posted') && `+textOf("#creates")+`.includes('Posting…')`)

	d.crew(t, 1)
	b.until("the bot is back, and has done all of it", fmt.Sprintf(`document.getElementById('g-%s').dataset.state === 'paused' &&
		!document.getElementById('creates') && !document.getElementById('bot') && %s.includes('A lamp that is posted')`, g.ID, textOf("#rows")))
}

func TestNobodyListeningIsSaidAtOnce(t *testing.T) {
	browser(t)
	d := newDashboard(t, someRedis(t))
	s := d.scene(t, newProxy(t, d.url))
	g := s.quietGiveaway(t, s.guild, "A lamp for nobody")
	b := s.list()
	b.click("#menu-" + g.ID + " > summary")
	b.click("#pause-" + g.ID)
	b.has("#toasts .toast[data-level=problem]")
	b.within(soon, "the row says so, too", fmt.Sprintf(`document.querySelector('#command-%s[data-command=refused]')?.textContent.includes('No bot is listening')`, g.ID))
}

// What somebody has done by hand in Discord is found, and mended from the overview by three clicks.
func TestWhatIsOutOfStepWithDiscordIsMendedFromTheOverview(t *testing.T) {
	browser(t)
	d := newDashboard(t, someRedis(t))
	s := d.scene(t, newProxy(t, d.url))
	message := snowflake("6")
	taking := storetest.Giveaway(t, d.store, s.guild, store.Giveaway{
		Prize: "A lamp that takes entries", Status: store.GiveawayCancelled, MessageID: &message, ChannelID: snowflake("4"),
	})
	gone := s.ticket(t, s.guild, "Its channel is gone")
	standing := s.ticket(t, s.guild, "Its channel stands")
	must(t, d.store.CloseTicket(t.Context(), s.guild, standing.ID, s.user, time.Now().UTC()))
	crew := d.crew(t, 1, func(made *sim.Discord) {
		made.AddMessage(taking.ChannelID, message, bot.Message{Button: &bot.Button{Label: "Enter"}})
		made.AddChannel(s.guild, standing.ChannelID, true)
	})
	b := s.member.window(overviewPath(s.guild))
	b.live()
	b.until("all three are found", `document.querySelectorAll('#sync-issues li').length === 3`)
	for _, id := range []string{taking.ID, gone.ID, standing.ID} {
		b.click(fmt.Sprintf(`#sync-issues [data-target="%s"] button`, id))
		b.until("it is mended", fmt.Sprintf(`!document.querySelector('#sync-issues [data-target="%s"]')`, id))
	}
	if !crew.discord.Message(message).Button.Disabled {
		t.Error("the message of a giveaway that was called off takes entries")
	}
	if closed, err := d.store.Ticket(t.Context(), s.guild, gone.ID); err != nil || closed.Status != store.TicketClosed {
		t.Errorf("the ticket without a channel is %s, %v", closed.Status, err)
	}
	if !crew.discord.Locked(standing.ChannelID) {
		t.Error("the channel of a closed ticket is open")
	}
}
