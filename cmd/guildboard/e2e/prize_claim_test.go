//go:build e2e

package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"guildboard/store"
	"guildboard/store/contract"
)

func TestPrizeClaimAndReplacementShowOnOpenPages(t *testing.T) {
	d := demoServer(t)
	member, other := newSignedInUser(t, d.url), newSignedInUser(t, d.url)
	g, err := d.store.CreateGiveaway(t.Context(), store.Giveaway{
		GuildID: smallGuild, ChannelID: giveawayChannel, Host: contract.User{ID: "200000000000000001"}, Prize: "A lamp to claim",
		WinnerCount: 2, WinnerClaimTimeout: 1, AutoReroll: true, MaxRerolls: 1, EndsAt: time.Now().Add(time.Hour),
	})
	must(t, err)
	first, second, replacement := d.enterGiveawaySilently(t, g), d.enterGiveawaySilently(t, g), d.enterGiveawaySilently(t, g)
	must(t, d.store.EndGiveaway(t.Context(), smallGuild, g.ID, time.Now()))
	pages := []*tab{member.openWindow(giveawayPath(g)), other.openWindow(giveawayPath(g))}
	for _, b := range pages {
		b.waitLive()
	}
	requireNotReloaded := markLoaded(pages...)
	addWinner := func(m store.Member, place int, until time.Time) {
		winner := store.Winner{User: contract.User{ID: m.DiscordID}, Place: place, ClaimDeadline: &until}
		must(t, d.store.AddWinners(t.Context(), smallGuild, g.ID, []store.Winner{winner}))
	}
	publishUpdate := func() {
		d.publish(t, contract.GiveawayUpdateEvent, smallGuild, contract.GiveawayUpdateData{GiveawayID: g.ID})
	}
	winnerItem := func(m store.Member) string {
		return fmt.Sprintf(`[...document.querySelectorAll('.winners > li')].find(li => li.textContent.includes(%s))`, quoteJS(*m.Username))
	}

	addWinner(first, 1, time.Now().Add(time.Hour))
	publishUpdate()
	waitInAll(pages, "the first winner may claim", `%s?.querySelector('[id^=until-]')`, winnerItem(first))
	must(t, d.store.ClaimPrize(t.Context(), smallGuild, g.ID, first.DiscordID, time.Now()))
	publishUpdate()
	waitInAll(pages, "the first winner has claimed", `%s?.dataset.state === 'claimed'`, winnerItem(first))
	addWinner(second, 2, time.Now()) // the bot replaces the winner after the deadline and publishes an event
	waitInAll(pages, "the second winner is replaced",
		`%s?.dataset.state === 'replaced' && %s?.querySelector('[id^=until-]')`, winnerItem(second), winnerItem(replacement))
	for _, b := range pages {
		b.waitMatchesFreshPage()
	}
	requireNotReloaded()
}

func TestFormRequiresClaimTimeoutForAutoReroll(t *testing.T) {
	d := demoServer(t)
	b := newSignedInUser(t, d.url).openWindow(giveawaysPath(smallGuild) + "/new")
	b.do(chromedp.SendKeys(chromedp.CSS("#prize"), "A lamp with a window"))
	b.selectChannel(giveawayChannel)
	b.click("details:has(#winnerClaimTimeout) > summary")
	b.click("#autoReroll")
	b.clickAndWaitForPage("#form-send")
	b.waitFor("the field shows that its value is missing",
		`document.getElementById('problem-winnerClaimTimeout')?.checkVisibility() && document.getElementById('autoReroll').checked`)
	b.do(chromedp.SendKeys(chromedp.CSS("#winnerClaimTimeout"), "1d 12h"))
	b.selectChannel(giveawayChannel)
	b.clickAndWaitForPage("#form-send")
	id := b.waitForGiveaway("A lamp with a window")
	b.visit(giveawaysPath(smallGuild) + "/" + id)
	b.waitFor("the page shows the claim timeout",
		`document.querySelector('.item-side').textContent.includes('36 hours after the draw, then unclaimed prizes are redrawn')`)
	b.visit(giveawaysPath(smallGuild) + "/" + id + "/edit")
	b.waitFor("the form holds the claim timeout",
		`document.getElementById('winnerClaimTimeout').value === '1d 12h' && document.getElementById('autoReroll').checked`)
}
