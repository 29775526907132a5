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
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

// sendHeartbeat writes a bot's heartbeat and waits until the dashboard has read it. The dashboard caches the bot's
// status for two seconds.
func (d *dashboardServer) sendHeartbeat(t *testing.T) {
	t.Helper()
	must(t, contract.Heartbeat{Version: "1", Capabilities: contract.Verbs}.Send(t.Context(), d.redis))
	eventually(t, "the dashboard has read the heartbeat", func() (bool, string) {
		n, err := d.redis.Exists(t.Context(), contract.BotLastSeenKey).Result()
		return err == nil && n == 1, fmt.Sprint(err)
	})
}

func TestSilentBotIsReportedAndRequestsWait(t *testing.T) {
	chromium(t)
	d := newDashboardServer(t, availableRedis(t))
	s := d.newGuildFixture(t, newProxy(t, d.url))
	d.sendHeartbeat(t)
	g := s.createGiveawaySilently(t, s.guild, "A lamp that waits")
	b := s.openGiveawayList()
	if evaluate[bool](b, `!!document.getElementById('bot')`) {
		t.Error("the page reports a silent bot right after its heartbeat")
	}
	must(t, d.redis.Del(t.Context(), contract.BotAliveKey).Err()) // as if the heartbeat had expired after 30 s
	b.waitFor("the page shows since when the bot is silent",
		textExpression("#bot")+`.startsWith('The bot hasn’t responded since') && document.querySelector('#bot time')`)

	b.click("#menu-" + g.ID + " > summary")
	b.click("#pause-" + g.ID)
	b.waitForElement(fmt.Sprintf("#command-%[1]s[data-level=waits] #expires-%[1]s", g.ID))
	b.waitFor("the page shows when the request expires",
		textExpression("#bot")+`.includes('1 request is waiting; it expires at')`)
	list, err := d.store.Commands(t.Context(), s.guild, store.CommandQuery{})
	must(t, err)
	until := evaluate[int64](b, `Date.parse(document.getElementById('bot-expires').dateTime)`)
	if want := list.Items[0].ExpiresAt.Truncate(time.Second); !time.UnixMilli(until).Truncate(time.Second).Equal(want) {
		t.Errorf("the page shows expiry %v, want %v", time.UnixMilli(until), want)
	}

	other := s.member.openWindow(giveawaysPath(s.guild) + "/new")
	other.do(chromedp.SendKeys(chromedp.CSS("#prize"), "A lamp that is posted"))
	other.selectChannel("400000000000000001")
	other.clickAndWaitForPage("#form-send")
	b.waitForWithin(changeTimeout, "the new giveaway is being posted",
		textExpression("#creates")+`.includes('A lamp that is posted') && `+textExpression("#creates")+`.includes('Posting…')`)

	d.startWorkers(t, 1)
	b.waitFor("the bot is back and has run all commands",
		fmt.Sprintf(`document.getElementById('g-%s').dataset.state === 'paused' &&
		!document.getElementById('creates') && !document.getElementById('bot') && %s.includes('A lamp that is posted')`,
			g.ID, textExpression("#rows")))
}

func TestMissingBotRefusesCommandImmediately(t *testing.T) {
	chromium(t)
	d := newDashboardServer(t, availableRedis(t))
	s := d.newGuildFixture(t, newProxy(t, d.url))
	g := s.createGiveawaySilently(t, s.guild, "A lamp for nobody")
	b := s.openGiveawayList()
	b.click("#menu-" + g.ID + " > summary")
	b.click("#pause-" + g.ID)
	b.waitForElement("#toasts .toast[data-level=problem]")
	b.waitForWithin(changeTimeout, "the row shows the refusal",
		fmt.Sprintf(`document.querySelector('#command-%s[data-command=refused]')?.textContent.includes('No bot is connected')`, g.ID))
}

// TestSyncIssuesAreFixedFromOverview changes things directly in Discord. The overview lists each difference with a
// button that fixes it.
func TestSyncIssuesAreFixedFromOverview(t *testing.T) {
	chromium(t)
	d := newDashboardServer(t, availableRedis(t))
	s := d.newGuildFixture(t, newProxy(t, d.url))
	message := newSnowflake("6")
	cancelled := storetest.Giveaway(t, d.store, s.guild, store.Giveaway{
		Prize: "A lamp that takes entries", Status: store.GiveawayCancelled, MessageID: &message, ChannelID: newSnowflake("4"),
	})
	withoutChannel := s.openTicket(t, s.guild, "Its channel is gone")
	unlocked := s.openTicket(t, s.guild, "Its channel remains")
	must(t, d.store.CloseTicket(t.Context(), s.guild, unlocked.ID, s.userID, time.Now().UTC()))
	workers := d.startWorkers(t, 1, func(discord *sim.Discord) {
		discord.AddMessage(cancelled.ChannelID, message, bot.Message{Button: &bot.Button{Label: "Enter"}})
		discord.AddChannel(s.guild, unlocked.ChannelID, true)
	})
	b := s.member.openWindow(overviewPath(s.guild))
	b.waitLive()
	b.waitFor("three sync issues are listed", `document.querySelectorAll('#sync-issues li').length === 3`)
	for _, id := range []string{cancelled.ID, withoutChannel.ID, unlocked.ID} {
		b.click(fmt.Sprintf(`#sync-issues [data-target="%s"] button`, id))
		b.waitFor("the sync issue is fixed",
			fmt.Sprintf(`!document.querySelector('#sync-issues [data-target="%s"]')`, id))
	}
	if !workers.discord.Message(message).Button.Disabled {
		t.Error("the message of a cancelled giveaway accepts entries")
	}
	if closed, err := d.store.Ticket(t.Context(), s.guild, withoutChannel.ID); err != nil || closed.Status != store.TicketClosed {
		t.Errorf("status of the ticket without a channel = %s (%v), want closed", closed.Status, err)
	}
	if !workers.discord.IsLocked(unlocked.ChannelID) {
		t.Error("the channel of a closed ticket is not locked")
	}
}
