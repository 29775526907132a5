//go:build e2e

package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"guildboard/store"
)

func TestAClaimShowsOnEveryOpenPageAndWhoIsLateIsReplacedThere(t *testing.T) {
	d := demo(t)
	one, two := newMember(t, d.url), newMember(t, d.url)
	g, err := d.store.CreateGiveaway(t.Context(), store.Giveaway{
		GuildID: smallGuild, ChannelID: lampChannel, Host: store.Person{ID: "200000000000000001"}, Prize: "A lamp to claim",
		WinnerCount: 2, WinnerClaimTimeout: 1, AutoReroll: true, MaxRerolls: 1, EndsAt: time.Now().Add(time.Hour),
	})
	must(t, err)
	first, late, next := d.quietEntry(t, g), d.quietEntry(t, g), d.quietEntry(t, g)
	must(t, d.store.EndGiveaway(t.Context(), smallGuild, g.ID, time.Now()))
	pages := []*tab{one.window(giveawayPath(g)), two.window(giveawayPath(g))}
	for _, b := range pages {
		b.live()
	}
	stillSo := untouched(pages...)
	wins := func(m store.Member, place int, until time.Time) {
		winner := store.Winner{User: store.Person{ID: m.DiscordID}, Place: place, ClaimUntil: &until}
		must(t, d.store.AddWinners(t.Context(), smallGuild, g.ID, []store.Winner{winner}))
	}
	changed := func() { d.publish(t, store.GiveawayUpdateEvent, smallGuild, map[string]any{"giveawayId": g.ID}) }
	of := func(m store.Member) string {
		return fmt.Sprintf(`[...document.querySelectorAll('.winners > li')].find(li => li.textContent.includes(%s))`, quoted(*m.Username))
	}

	wins(first, 1, time.Now().Add(time.Hour))
	changed()
	each(pages, "the first may claim", `%s?.querySelector('[id^=until-]')`, of(first))
	must(t, d.store.ClaimPrize(t.Context(), smallGuild, g.ID, first.DiscordID, time.Now()))
	changed()
	each(pages, "the first has claimed", `%s?.dataset.state === 'claimed'`, of(first))
	wins(late, 2, time.Now()) // the bot's clock does the rest, and says so
	each(pages, "the second is replaced", `%s?.dataset.state === 'replaced' && %s?.querySelector('[id^=until-]')`, of(late), of(next))
	for _, b := range pages {
		b.asFresh()
	}
	stillSo()
}

func TestTheFormAsksHowLongWinnersHaveToClaim(t *testing.T) {
	d := demo(t)
	b := newMember(t, d.url).window(giveawaysPath(smallGuild) + "/new")
	b.do(chromedp.SendKeys(chromedp.CSS("#prize"), "A lamp with a window"))
	b.channel(lampChannel)
	b.click("details:has(#winnerClaimTimeout) > summary")
	b.click("#autoReroll")
	b.follow("#form-send")
	b.until("the field says what is missing", `document.getElementById('problem-winnerClaimTimeout')?.checkVisibility() && document.getElementById('autoReroll').checked`)
	b.do(chromedp.SendKeys(chromedp.CSS("#winnerClaimTimeout"), "1d 12h"))
	b.channel(lampChannel)
	b.follow("#form-send")
	id := b.named("A lamp with a window")
	b.visit(giveawaysPath(smallGuild) + "/" + id)
	b.until("the page says it", `document.querySelector('.facts').textContent.includes('within 36 hours of the draw, else another is drawn')`)
	b.visit(giveawaysPath(smallGuild) + "/" + id + "/edit")
	b.until("the form holds it", `document.getElementById('winnerClaimTimeout').value === '1d 12h' && document.getElementById('autoReroll').checked`)
}
