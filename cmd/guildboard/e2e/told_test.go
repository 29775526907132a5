//go:build e2e

package e2e

import (
	"fmt"
	"testing"
	"time"

	"guildboard/store"
)

// looks is how often a page looks for news.
const looks = 20 * time.Second

func TestATabNobodyLooksAtCountsNewsInItsTitle(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.fill(t, 1)
	b := s.member.window("/preferences")
	b.click(`#preferences [name=notifications][value=ticket-opened]`)
	b.follow("#save")
	b.visitLive(giveawaysPath(s.guild))
	b.until("it has looked once", `!!localStorage.getItem('notifications-since')`)
	other := s.member.tabBeside("/sessions")
	b.hidden()
	m, err := s.store.SaveMember(t.Context(), store.Member{GuildID: s.guild, DiscordID: snowflake("7"), Username: new("Ada")})
	must(t, err)
	_, err = s.store.OpenTicket(t.Context(), store.Ticket{
		GuildID: s.guild, ChannelID: snowflake("4"), Status: store.TicketOpen, CreatedAt: time.Now(),
	}, m.ID)
	must(t, err)
	b.within(2*looks, "the ticket is counted", `document.title.startsWith('(1) ')`)
	if title := js[string](other, `document.title`); title[0] == '(' {
		t.Errorf("the tab that is looked at says %q", title)
	}
	b.front()
	b.within(soon, "looked at, it counts no more", `!document.title.startsWith('(')`)
}

// aloud counts what a browser would show and play.
const aloud = `window.notified = []; window.played = 0;
	window.Notification = class { constructor(text) { notified.push(text); } close() {} };
	Object.assign(Notification, { permission: 'granted', requestPermission: async () => 'granted' });
	window.AudioContext = class { constructor() { played++; throw new Error('no loudspeaker'); } };`

func TestWhoIsAwayIsToldAloudButNotInQuietHours(t *testing.T) {
	t.Parallel()
	for _, hours := range []struct {
		name, from, until string
		told              bool
	}{{"no quiet hours", "", "", true}, {"quiet all day", "00:00", "23:59", false}} {
		t.Run(hours.name, func(t *testing.T) {
			t.Parallel()
			if now := time.Now().UTC(); now.Hour() == 23 && now.Minute() >= 55 {
				t.Skip("skipped: the minute without quiet hours is too near")
			}
			s := newScene(t)
			s.fill(t, 1)
			b := s.member.window("/guilds")
			b.atStart(aloud)
			b.visit("/preferences")
			b.click(`#preferences [name=notifications][value=ticket-opened]`)
			b.click(`#preferences [name=notification-methods][value=desktop]`)
			b.click(`#preferences [name=notification-methods][value=sound]`)
			for name, hour := range map[string]string{"quiet-from": hours.from, "quiet-until": hours.until} {
				b.run(fmt.Sprintf(`document.querySelector('#preferences [name="%s"]').value = '%s'`, name, hour))
			}
			b.follow("#save")
			b.visitLive(giveawaysPath(s.guild))
			b.until("it has looked once", `!!localStorage.getItem('notifications-since')`)
			s.member.tabBeside("/readyz") // no page of ours: nobody looks
			b.hidden()
			s.ticket(t, s.guild, "Somebody waits")
			b.within(2*looks, "the ticket is counted", `document.title.startsWith('(1) ')`)
			if hours.told {
				b.within(soon, "it is told aloud, once", `notified.length === 1 && played === 1`)
				return
			}
			throughout(t, 2*time.Second, "nothing is told aloud", func() (bool, string) {
				return js[bool](b, `notified.length === 0 && played === 0 && !document.documentElement.dataset.notified`), b.state()
			})
		})
	}
}

func TestNoNewRowComesWhileTheKeyboardIsInTheList(t *testing.T) {
	s := newScene(t)
	g := s.fill(t, 3)[0]
	b := s.list()
	b.run(`document.querySelector('#open-` + g.ID + `').focus({ focusVisible: true })`)
	s.entry(t, g)
	b.within(soon, "what changes in a row is shown", `document.querySelector('#entries-`+g.ID+`').dataset.entries === '1'`)
	s.giveaway(t, s.guild, "A lantern")
	b.text("#pending-updates", "1 new")
	s.entry(t, g)
	s.giveaway(t, s.guild, "A bell")
	b.text("#pending-updates", "2 new")
	if n := js[int](b, `document.querySelectorAll('#rows tr').length`); n != 3 {
		t.Errorf("there are %d rows", n)
	}
	b.run(`document.getElementById('q').focus()`)
	b.within(soon, "elsewhere, all is let in", `document.querySelectorAll('#rows tr').length === 5 && document.getElementById('pending-updates').hidden`)
	b.asFresh()
	b.until("what came is said in one sentence", `/^2 new giveaways\. /.test(document.getElementById('announcement').textContent)`)
}

func TestTheWayByTheKeyboardAlone(t *testing.T) {
	s := newScene(t)
	s.fill(t, 3)
	b := s.list()
	b.run(`document.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true, bubbles: true, cancelable: true }))`)
	b.until("the dialog is open and takes what is typed", `document.getElementById('palette').open && document.activeElement.id === 'palette-q'`)
	b.press("prize 2")
	b.until("it is found", `document.querySelector('#palette-results .search-results')?.dataset.term === 'prize 2' && document.querySelector('#palette-results a')`)
	b.press("\r")
	b.until("it leads there", `document.querySelector('#giveaway h1')?.textContent.includes('Prize 2')`)
}
