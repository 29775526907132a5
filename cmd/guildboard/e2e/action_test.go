//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/redis/go-redis/v9"

	"guildboard/store"
	"guildboard/store/discord/discordtest"
	"guildboard/store/session"
)

// createGiveaway fills in the form for a new giveaway and submits it.
func (b *tab) createGiveaway(prize string) {
	b.t.Helper()
	b.visit(giveawaysPath(smallGuild) + "/new")
	b.do(chromedp.SendKeys(chromedp.CSS("#prize"), prize))
	b.selectChannel(giveawayChannel)
	b.clickAndWaitForPage("#form-send")
}

// selectChannel sets the channel of the form, which is a select element or a text field.
func (b *tab) selectChannel(id string) {
	b.t.Helper()
	if b.isKeyboardOnly {
		b.focusByKeyboard("#channelId")
		b.pressKeys(evaluate[string](b, `[...document.getElementById('channelId').options].find(o => o.value === `+quoteJS(id)+`).text`))
	} else {
		b.runScript(`document.getElementById('channelId').value = ` + quoteJS(id))
	}
	b.waitFor("the form holds the channel's id", `document.getElementById('channelId').value === `+quoteJS(id))
}

// waitForGiveaway waits until a giveaway with the prize is listed, and returns its id.
func (b *tab) waitForGiveaway(prize string) string {
	b.t.Helper()
	expression := fmt.Sprintf(`[...document.querySelectorAll('#rows .cell-main a')].find(a => a.textContent.trim() === %s)`, quoteJS(prize))
	b.waitForWithin(changeTimeout, "the giveaway is listed", expression)
	return evaluate[string](b, expression+`.closest('tr').dataset.target`)
}

// clickMenuAction clicks an action in a row's menu after the previous command on the row was answered.
func (b *tab) clickMenuAction(verb, id string) {
	b.t.Helper()
	b.waitFor("the row has no command in progress",
		fmt.Sprintf(`!document.querySelector('#command-%s[data-level=waits]')`, id))
	b.click("#menu-" + id + " > summary")
	b.waitForFrame() // the menu may open upwards
	b.click("#" + verb + "-" + id)
}

// waitForState waits until all tabs show the row, or its page, in a state.
func waitForState(tabs []*tab, id, state string) {
	waitInAll(tabs, "the state is "+state,
		`document.querySelector('[data-target="%s"]')?.dataset.state === '%s'`, id, state)
}

func (b *tab) confirmDialog() {
	b.t.Helper()
	b.waitFor("the confirm dialog is open",
		`document.getElementById('dialog-box').open && document.getElementById('confirm-submit')`)
	b.click("#confirm-submit")
	b.waitFor("the confirm dialog is closed", `!document.getElementById('dialog-box').open`)
}

func TestConfirmDialogIsDisabledWhenRowChanges(t *testing.T) {
	d := demoServer(t)
	first, second := newSignedInUser(t, d.url), newSignedInUser(t, d.url)
	dialogTab := first.openWindow("/guilds")
	dialogTab.createGiveaway("A lamp for two")
	id := dialogTab.waitForGiveaway("A lamp for two")
	dialogTab.waitLive()
	otherTab := second.openWindow(giveawaysPath(smallGuild) + "/" + id)
	otherTab.waitLive()
	waitForState([]*tab{otherTab}, id, "active")

	dialogTab.clickMenuAction("end", id)
	dialogTab.waitFor("the confirm dialog is open",
		`document.getElementById('dialog-box').open && document.getElementById('confirm-submit')`)
	otherTab.click("#end-" + id)
	otherTab.confirmDialog()
	dialogTab.waitForWithin(changeTimeout, "the dialog shows that the action is no longer possible",
		`!document.getElementById('confirm-outdated').hidden && document.getElementById('confirm-submit').disabled`)
	dialogTab.pressKeys("\x1b") // Escape
	dialogTab.waitFor("Escape closes the dialog", `!document.getElementById('dialog-box').open`)
}

func TestRefusedCreateShowsReasonAndKeepsInput(t *testing.T) {
	d := demoServer(t)
	b := newSignedInUser(t, d.url).openWindow(giveawaysPath(busyGuild) + "/new")
	b.do(chromedp.SendKeys(chromedp.CSS("#prize"), "A lamp for nobody"))
	b.selectChannel("400000000000010003") // a channel that was deleted a moment ago
	b.clickAndWaitForPage("#form-send")
	b.waitForWithin(changeTimeout, "the list shows the reason",
		textExpression("#creates")+`.includes('The channel was deleted')`)
	b.clickAndWaitForPage("#creates a")
	b.waitFor("the form holds the typed prize", `document.getElementById('prize').value === 'A lamp for nobody'`)
}

// ageGuildCache sets the age of the fixture user's cached guild list. It affects processes that have not read the list
// yet.
func (s *guildFixture) ageGuildCache(t *testing.T, age time.Duration) {
	t.Helper()
	key := "discord:guilds:" + s.userID
	raw, err := s.redis.Get(t.Context(), key).Bytes()
	must(t, err)
	seal, err := session.NewSealer(sessionKey)
	must(t, err)
	raw, err = seal.Open(raw, key)
	must(t, err)
	var cached map[string]any
	must(t, json.Unmarshal(raw, &cached))
	cached["at"] = time.Now().Add(-age)
	raw, err = json.Marshal(cached)
	must(t, err)
	must(t, s.redis.Set(t.Context(), key, seal.Seal(raw, key), redis.KeepTTL).Err())
}

func TestRevokedPermissionIsEnforcedWithinAMinute(t *testing.T) {
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprintf("scripts=%v", scripts), func(t *testing.T) {
			s := newGuildFixture(t)
			g := s.createGiveawaySilently(t, s.guild, "A lamp to keep")
			addr := freeAddr(t)
			s.startProcess(t, addr) // behind the same load balancer, sharing the cached guild lists
			s.member.useOrigin("http://" + addr)
			s.ageGuildCache(t, 61*time.Second)
			var b *tab
			if scripts {
				b = s.openGiveawayList()
			} else {
				b = s.member.firstTab
				callCDP(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
				b = s.member.openWindow(giveawaysPath(s.guild)) // reads accept an older guild list
			}
			b.waitForElement("#pause-" + g.ID)
			s.discord.SetUser(discordtest.User{ID: s.userID, Username: "keeper"},
				discordtest.Guild{ID: s.guild, Name: "Not theirs any more", Permissions: "0"})
			b.click("#menu-" + g.ID + " > summary")
			if scripts {
				b.click("#pause-" + g.ID)
				b.waitForElement("#toasts .toast[data-level=problem]")
			} else {
				b.clickAndWaitForPage("#pause-" + g.ID)
				b.waitForText(".problem-status", "404")
			}
			commands, err := s.store.Commands(t.Context(), s.guild, store.CommandQuery{})
			must(t, err)
			if len(commands.Items) > 0 {
				t.Errorf("commands = %+v, want none", commands.Items)
			}
		})
	}
}
