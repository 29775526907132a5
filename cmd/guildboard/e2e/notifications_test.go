//go:build e2e

package e2e

import (
	"fmt"
	"testing"
	"time"

	"guildboard/store"
)

// notificationInterval is the interval at which a page requests new notifications.
const notificationInterval = 20 * time.Second

func TestHiddenTabCountsNotificationsInTitle(t *testing.T) {
	t.Parallel()
	s := newGuildFixture(t)
	s.createGiveaways(t, 1)
	b := s.member.openWindow("/preferences")
	b.click(`#preferences [name=notifications][value=ticket-opened]`)
	b.clickAndWaitForPage("#save")
	b.visitLive(giveawaysPath(s.guild))
	b.waitFor("the page has requested notifications", `!!localStorage.getItem('notifications-since')`)
	other := s.member.openTab("/sessions")
	b.waitHidden()
	m, err := s.store.SaveMember(t.Context(), store.Member{GuildID: s.guild, DiscordID: newSnowflake("7"), Username: new("Ada")})
	must(t, err)
	_, err = s.store.OpenTicket(t.Context(), store.Ticket{
		GuildID: s.guild, ChannelID: newSnowflake("4"), Status: store.TicketOpen, CreatedAt: time.Now(),
	}, m.ID)
	must(t, err)
	b.waitForWithin(2*notificationInterval, "the title counts the ticket", `document.title.startsWith('(1) ')`)
	if title := evaluate[string](other, `document.title`); title[0] == '(' {
		t.Errorf("title of the visible tab = %q, want no count", title)
	}
	b.bringToFront()
	b.waitForWithin(changeTimeout, "the title of the shown tab has no count", `!document.title.startsWith('(')`)
}

// notificationStub counts desktop notifications and sounds in place of the browser.
const notificationStub = `window.notified = []; window.played = 0;
	window.Notification = class { constructor(text) { notified.push(text); } close() {} };
	Object.assign(Notification, { permission: 'granted', requestPermission: async () => 'granted' });
	window.AudioContext = class { constructor() { played++; throw new Error('no loudspeaker'); } };`

func TestNotificationsRespectQuietHours(t *testing.T) {
	t.Parallel()
	for _, hours := range []struct {
		name, from, until string
		wantNotified      bool
	}{{"no quiet hours", "", "", true}, {"quiet all day", "00:00", "23:59", false}} {
		t.Run(hours.name, func(t *testing.T) {
			t.Parallel()
			if now := time.Now().UTC(); now.Hour() == 23 && now.Minute() >= 55 {
				t.Skip("skipped: quiet hours end at 23:59, too close to the current time")
			}
			s := newGuildFixture(t)
			s.createGiveaways(t, 1)
			b := s.member.openWindow("/guilds")
			b.addInitScript(notificationStub)
			b.visit("/preferences")
			b.click(`#preferences [name=notifications][value=ticket-opened]`)
			b.click(`#preferences [name=notification-methods][value=desktop]`)
			b.click(`#preferences [name=notification-methods][value=sound]`)
			for name, hour := range map[string]string{"quiet-from": hours.from, "quiet-until": hours.until} {
				b.runScript(fmt.Sprintf(`document.querySelector('#preferences [name="%s"]').value = '%s'`, name, hour))
			}
			b.clickAndWaitForPage("#save")
			b.visitLive(giveawaysPath(s.guild))
			b.waitFor("the page has requested notifications", `!!localStorage.getItem('notifications-since')`)
			s.member.openTab("/readyz") // not a dashboard page, so no dashboard tab is visible
			b.waitHidden()
			s.openTicket(t, s.guild, "A question")
			b.waitForWithin(2*notificationInterval, "the title counts the ticket", `document.title.startsWith('(1) ')`)
			if hours.wantNotified {
				b.waitForWithin(changeTimeout, "one desktop notification and one sound",
					`notified.length === 1 && played === 1`)
				return
			}
			consistently(t, 2*time.Second, "no desktop notification and no sound", func() (bool, string) {
				return evaluate[bool](b, `notified.length === 0 && played === 0 && !document.documentElement.dataset.notified`),
					b.describe()
			})
		})
	}
}

func TestNewRowsAreHeldWhileListHasFocus(t *testing.T) {
	s := newGuildFixture(t)
	g := s.createGiveaways(t, 3)[0]
	b := s.openGiveawayList()
	b.runScript(`document.querySelector('#open-` + g.ID + `').focus({ focusVisible: true })`)
	s.enterGiveaway(t, g)
	b.waitForWithin(changeTimeout, "the changed row is shown",
		`document.querySelector('#entries-`+g.ID+`').dataset.entries === '1'`)
	s.createGiveaway(t, s.guild, "A lantern")
	b.waitForText("#pending-updates", "1 new")
	s.enterGiveaway(t, g)
	s.createGiveaway(t, s.guild, "A bell")
	b.waitForText("#pending-updates", "2 new")
	if n := evaluate[int](b, `document.querySelectorAll('#rows tr').length`); n != 3 {
		t.Errorf("got %d rows, want 3", n)
	}
	b.runScript(`document.getElementById('q').focus()`)
	b.waitForWithin(changeTimeout, "moving the focus applies all updates",
		`document.querySelectorAll('#rows tr').length === 5 && document.getElementById('pending-updates').hidden`)
	b.waitMatchesFreshPage()
	b.waitFor("one announcement covers both giveaways",
		`/^2 new giveaways\. /.test(document.getElementById('announcement').textContent)`)
}

func TestQuickSearchByKeyboard(t *testing.T) {
	s := newGuildFixture(t)
	s.createGiveaways(t, 3)
	b := s.openGiveawayList()
	b.runScript(`document.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true, bubbles: true, cancelable: true }))`)
	b.waitFor("the dialog is open and its field has the focus",
		`document.getElementById('quick-search-dialog').open && document.activeElement.id === 'quick-search-q'`)
	b.pressKeys("prize 2")
	b.waitFor("the giveaway is found",
		`document.querySelector('#quick-search-results .search-results')?.dataset.term === 'prize 2' &&
			document.querySelector('#quick-search-results a')`)
	b.pressKeys("\r")
	b.waitFor("the giveaway's page is shown", `document.querySelector('#giveaway h1')?.textContent.includes('Prize 2')`)
}
