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
)

// create fills in the form for a new giveaway and sends it.
func (b *tab) create(prize string) {
	b.t.Helper()
	b.visit(giveawaysPath(smallGuild) + "/new")
	b.do(chromedp.SendKeys(chromedp.CSS("#prize"), prize))
	b.channel(lampChannel)
	b.follow("#form-send")
}

// channel has the form name the channel, whether it is chosen there or typed.
func (b *tab) channel(id string) {
	b.t.Helper()
	if b.keys {
		b.reach("#channelId")
		b.press(js[string](b, `[...document.getElementById('channelId').options].find(o => o.value === `+quoted(id)+`).text`))
	} else {
		b.run(`document.getElementById('channelId').value = ` + quoted(id))
	}
	b.until("the channel is named", `document.getElementById('channelId').value === `+quoted(id))
}

// named is the id of the giveaway with the prize, once it is listed.
func (b *tab) named(prize string) string {
	b.t.Helper()
	find := fmt.Sprintf(`[...document.querySelectorAll('#rows .cell-main a')].find(a => a.textContent.trim() === %s)`, quoted(prize))
	b.within(soon, "the giveaway is listed", find)
	return js[string](b, find+`.closest('tr').dataset.target`)
}

// choose takes a verb out of a row's menu, once the row has come to rest: what was asked before is answered.
func (b *tab) choose(verb, id string) {
	b.t.Helper()
	b.until("the row is at rest", fmt.Sprintf(`!document.querySelector('#command-%s[data-level=waits]')`, id))
	b.click("#menu-" + id + " > summary")
	b.click("#" + verb + "-" + id)
}

// inState waits until the row, or the page of it, is in a state.
func inState(tabs []*tab, id, state string) {
	each(tabs, "it is "+state, `document.querySelector('[data-target="%s"]')?.dataset.state === '%s'`, id, state)
}

func (b *tab) confirms() {
	b.t.Helper()
	b.until("the question is asked", `document.getElementById('dialog-box').open && document.getElementById('confirm-submit')`)
	b.click("#confirm-submit")
	b.until("the question is gone", `!document.getElementById('dialog-box').open`)
}

func TestAQuestionIsMootOnceTheRowHasChanged(t *testing.T) {
	d := demo(t)
	one, two := newMember(t, d.url), newMember(t, d.url)
	asked := one.window("/guilds")
	asked.create("A lamp for two")
	id := asked.named("A lamp for two")
	asked.live()
	quick := two.window(giveawaysPath(smallGuild) + "/" + id)
	quick.live()
	inState([]*tab{quick}, id, "active")

	asked.choose("end", id)
	asked.until("the question is asked", `document.getElementById('dialog-box').open && document.getElementById('confirm-submit')`)
	quick.click("#end-" + id)
	quick.confirms()
	asked.within(soon, "the question says that it is moot", `!document.getElementById('confirm-outdated').hidden && document.getElementById('confirm-submit').disabled`)
	asked.press("\x1b") // Escape
	asked.until("it can be closed", `!document.getElementById('dialog-box').open`)
}

func TestARefusalSaysWhyAndWhatWasTypedIsNotLost(t *testing.T) {
	d := demo(t)
	b := newMember(t, d.url).window(giveawaysPath(busyGuild) + "/new")
	b.do(chromedp.SendKeys(chromedp.CSS("#prize"), "A lamp for nobody"))
	b.channel("400000000000010003") // which somebody has deleted a moment ago
	b.follow("#form-send")
	b.within(soon, "the refusal is said", textOf("#creates")+`.includes('The channel is gone')`)
	b.follow("#creates a")
	b.until("the form holds what was typed", `document.getElementById('prize').value === 'A lamp for nobody'`)
}

// confirmed makes what Discord last said of the scene's person so old, for processes that have not heard of them yet.
func (s *scene) confirmed(t *testing.T, ago time.Duration) {
	t.Helper()
	key := "discord:guilds:" + s.user
	raw, err := s.redis.Get(t.Context(), key).Bytes()
	must(t, err)
	seal, err := store.NewSealer(sessionKey)
	must(t, err)
	raw, err = seal.Open(raw, key)
	must(t, err)
	var list map[string]any
	must(t, json.Unmarshal(raw, &list))
	list["at"] = time.Now().Add(-ago)
	raw, err = json.Marshal(list)
	must(t, err)
	must(t, s.redis.Set(t.Context(), key, seal.Seal(raw, key), redis.KeepTTL).Err())
}

func TestWhoLostTheRightIsRefusedAMinuteLater(t *testing.T) {
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprintf("scripts=%v", scripts), func(t *testing.T) {
			s := newScene(t)
			g := s.quietGiveaway(t, s.guild, "A lamp to keep")
			addr := freeAddr(t)
			s.process(t, addr) // behind the same load balancer; it knows of people what the others have shared
			s.member.comeBy("http://" + addr)
			s.confirmed(t, 61*time.Second)
			var b *tab
			if scripts {
				b = s.list()
			} else {
				b = s.member.first
				call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
				b = s.member.window(giveawaysPath(s.guild)) // reading believes Discord for longer
			}
			b.has("#pause-" + g.ID)
			s.discord.SetUser(discordtest.User{ID: s.user, Username: "keeper"},
				discordtest.Guild{ID: s.guild, Name: "Not theirs any more", Permissions: "0"})
			b.click("#menu-" + g.ID + " > summary")
			if scripts {
				b.click("#pause-" + g.ID)
				b.has("#toasts .toast[data-level=problem]")
			} else {
				b.follow("#pause-" + g.ID)
				b.text(".problem-status", "404")
			}
			asked, err := s.store.Commands(t.Context(), s.guild, store.CommandQuery{})
			must(t, err)
			if len(asked.Items) > 0 {
				t.Errorf("the bot was asked: %+v", asked.Items)
			}
		})
	}
}
