// Package sim is a Discord that is made up: it remembers what a bot does in it, and can be told to refuse, to be slow and
// to be down.
package sim

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"guildboard/cmd/internal/bot"
	"guildboard/store"
)

// Call is one method of bot.Discord.
type Call string

const (
	Post     Call = "post"
	Find     Call = "find"
	Edit     Call = "edit"
	Remove   Call = "remove"
	Takes    Call = "takes"
	Direct   Call = "direct"
	Open     Call = "open"
	Lock     Call = "lock"
	Unlock   Call = "unlock"
	Channels Call = "channels"
	Member   Call = "member"
	Foreign  Call = "foreign"
)

// ErrDown is the answer of a Discord that does not answer.
var ErrDown = errors.New("simulated Discord is down")

// Discord is the made-up Discord. Channels and roles exist from their first mention, in the guild that mentions them, but for
// channels that were opened or removed; a guild whose channels were set has no others, and no roles but those that were set.
type Discord struct {
	mu       sync.Mutex
	made     uint64
	messages map[string]*posted  // by id
	nonces   map[string]string   // channel and nonce → message, for as long as Discord remembers them
	channels map[string]*channel // by id
	gone     map[string]bool     // channels that were removed
	members  map[string]bot.Member
	roles    map[string][]store.Role // by guild
	named    map[string][]store.Channel
	owner    map[string]string // of channels and roles: their guild, by id
	strict   map[string]bool   // guilds whose channels were set: nothing is added by its first mention
	refuses  map[Call]bot.Error
	barred   map[string]bot.Error // by channel
	delay    time.Duration
	down     bool
	calls    map[Call]int
}

type posted struct {
	channel string
	order   uint64
	bot.Message
	edits int
}

type channel struct {
	bot.Channel
	guild  string
	locked bool
}

// New is a Discord in which nothing has happened.
func New() *Discord {
	return &Discord{
		messages: map[string]*posted{}, nonces: map[string]string{}, channels: map[string]*channel{}, gone: map[string]bool{},
		members: map[string]bot.Member{}, roles: map[string][]store.Role{}, named: map[string][]store.Channel{},
		owner: map[string]string{}, strict: map[string]bool{},
		refuses: map[Call]bot.Error{}, barred: map[string]bot.Error{}, calls: map[Call]int{},
	}
}

// call begins a call: it may have to wait, and it may be all that comes of it. Without an error the lock is held.
func (d *Discord) call(ctx context.Context, c Call) error {
	d.mu.Lock()
	delay := d.delay
	d.mu.Unlock()
	if delay > 0 {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	d.mu.Lock()
	d.calls[c]++
	err := error(nil)
	if refusal, no := d.refuses[c]; no {
		err = &refusal
	}
	if d.down {
		err = ErrDown
	}
	if err != nil {
		d.mu.Unlock()
	}
	return err
}

// snowflake is an id as Discord gives it, later ones larger; none is given twice, in this process or the next.
func (d *Discord) snowflake() string {
	const epoch = 1420070400000 // Discord's, ms
	d.made = max(d.made+1, uint64(time.Now().UnixMilli()-epoch)<<22)
	return strconv.FormatUint(d.made, 10)
}

func (d *Discord) Post(ctx context.Context, channel string, m bot.Message) (string, error) {
	if err := d.call(ctx, Post); err != nil {
		return "", err
	}
	defer d.mu.Unlock()
	if err := d.there(channel); err != nil {
		return "", err
	}
	if id, again := d.nonces[channel+" "+m.Nonce]; again && m.Nonce != "" {
		return id, nil
	}
	id := d.snowflake()
	d.messages[id] = &posted{channel: channel, order: d.made, Message: m}
	d.nonces[channel+" "+m.Nonce] = id
	return id, nil
}

func (d *Discord) Find(ctx context.Context, channel, nonce string) (string, error) {
	if err := d.call(ctx, Find); err != nil {
		return "", err
	}
	defer d.mu.Unlock()
	for id, p := range d.messages {
		if p.channel == channel && p.Nonce == nonce {
			return id, nil
		}
	}
	return "", nil
}

func (d *Discord) Edit(ctx context.Context, channel, id string, m bot.Message) error {
	if err := d.call(ctx, Edit); err != nil {
		return err
	}
	defer d.mu.Unlock()
	p, err := d.message(channel, id)
	if err != nil {
		return err
	}
	m.Nonce = p.Nonce
	p.Message = m
	p.edits++
	return nil
}

func (d *Discord) Remove(ctx context.Context, channel, id string) error {
	if err := d.call(ctx, Remove); err != nil {
		return err
	}
	defer d.mu.Unlock()
	_, err := d.message(channel, id)
	delete(d.messages, id)
	return err
}

func (d *Discord) Takes(ctx context.Context, channel, id string) (bool, error) {
	if err := d.call(ctx, Takes); err != nil {
		return false, err
	}
	defer d.mu.Unlock()
	p, err := d.message(channel, id)
	return err == nil && p.Button != nil && !p.Button.Disabled, err
}

func (d *Discord) message(channel, id string) (*posted, error) {
	if err := d.there(channel); err != nil {
		return nil, err
	}
	p := d.messages[id]
	if p == nil || p.channel != channel {
		return nil, &bot.Error{Code: bot.UnknownMessage, Message: "Unknown Message"}
	}
	return p, nil
}

// there is nil for a channel that the bot can use.
func (d *Discord) there(channel string) error {
	if refusal, no := d.barred[channel]; no {
		return &refusal
	}
	if d.gone[channel] {
		return &bot.Error{Code: bot.UnknownChannel, Message: "Unknown Channel"}
	}
	return nil
}

func (d *Discord) Direct(ctx context.Context, user string) (string, error) {
	if err := d.call(ctx, Direct); err != nil {
		return "", err
	}
	defer d.mu.Unlock()
	return "dm" + user, nil
}

func (d *Discord) Open(ctx context.Context, guild string, c bot.Channel) (string, error) {
	if err := d.call(ctx, Open); err != nil {
		return "", err
	}
	defer d.mu.Unlock()
	for id, known := range d.channels {
		if known.guild == guild && known.Nonce == c.Nonce && c.Nonce != "" {
			return id, nil
		}
	}
	id := d.snowflake()
	d.channels[id], d.owner[id] = &channel{Channel: c, guild: guild}, guild
	return id, nil
}

func (d *Discord) Lock(ctx context.Context, guild, channel, _ string) error {
	return d.lock(ctx, Lock, guild, channel, true)
}

func (d *Discord) Unlock(ctx context.Context, guild, channel, _ string) error {
	return d.lock(ctx, Unlock, guild, channel, false)
}

func (d *Discord) lock(ctx context.Context, c Call, guild, id string, locked bool) error {
	if err := d.call(ctx, c); err != nil {
		return err
	}
	defer d.mu.Unlock()
	if err := d.there(id); err != nil {
		return err
	}
	if owner := d.owner[id]; owner != "" && owner != guild {
		return &bot.Error{Code: bot.UnknownChannel, Message: "Unknown Channel"}
	}
	if d.channels[id] == nil {
		d.channels[id] = &channel{guild: guild}
	}
	d.channels[id].locked = locked
	return nil
}

func (d *Discord) Channels(ctx context.Context, guild string) (map[string]bool, error) {
	if err := d.call(ctx, Channels); err != nil {
		return nil, err
	}
	defer d.mu.Unlock()
	open := map[string]bool{}
	for id, c := range d.channels {
		if c.guild == guild {
			open[id] = !c.locked
		}
	}
	return open, nil
}

func (d *Discord) Member(ctx context.Context, guild, user string) (bot.Member, error) {
	if err := d.call(ctx, Member); err != nil {
		return bot.Member{}, err
	}
	defer d.mu.Unlock()
	return d.members[guild+" "+user], nil
}

// Foreign answers from memory, as a bot does that has been told of the guild: it is never down.
func (d *Discord) Foreign(_ context.Context, guild string, ids ...string) (foreign []string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, id := range ids {
		if _, known := d.owner[id]; !known && !d.gone[id] && !d.strict[guild] {
			d.owner[id] = guild
		}
		if d.owner[id] != guild && id != guild {
			foreign = append(foreign, id)
		}
	}
	return foreign, nil
}

// set makes ids the guild's, in place of what was set before.
func (d *Discord) set(guild string, before, ids []string) {
	for _, id := range before {
		delete(d.owner, id)
	}
	for _, id := range ids {
		d.owner[id] = guild
	}
}

// What follows is not Discord, but how to arrange and to look at it.

// Refuse has every such call refused from now on; a code of 0 ends that.
func (d *Discord) Refuse(c Call, code int, message string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.refuses, c)
	if code != 0 {
		d.refuses[c] = bot.Error{Code: code, Message: message}
	}
}

// RefuseIn has whatever is done in the channel refused.
func (d *Discord) RefuseIn(channel string, code int, message string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.barred[channel] = bot.Error{Code: code, Message: message}
}

// Slow has every call take that long from now on.
func (d *Discord) Slow(delay time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.delay = delay
}

// Down has no call answered from now on, until it is called with false.
func (d *Discord) Down(down bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.down = down
}

// ForgetNonces does what Discord does after some minutes: from now on a nonce is new.
func (d *Discord) ForgetNonces() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.nonces)
}

// SetMember says what is known of a person in the guild.
func (d *Discord) SetMember(guild, user string, m bot.Member) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.members[guild+" "+user] = m
}

// AddChannel has a channel in the guild that was there before the bot.
func (d *Discord) AddChannel(guild, id string, open bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.channels[id], d.owner[id] = &channel{guild: guild, locked: !open}, guild
}

// AddMessage has a message in the channel that was there before the bot.
func (d *Discord) AddMessage(channel, id string, m bot.Message) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.made++
	d.messages[id] = &posted{channel: channel, order: d.made, Message: m}
}

// RemoveChannel does what a person does by hand.
func (d *Discord) RemoveChannel(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.channels, id)
	delete(d.owner, id)
	d.gone[id] = true
}

// Messages are those of a channel, oldest first.
func (d *Discord) Messages(channel string) []bot.Message {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := slices.SortedFunc(maps.Values(d.messages), func(a, b *posted) int { return int(int64(a.order - b.order)) })
	var found []bot.Message
	for _, p := range all {
		if p.channel == channel {
			found = append(found, p.Message)
		}
	}
	return found
}

// Message is one of them; the zero message when there is none.
func (d *Discord) Message(id string) bot.Message {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p := d.messages[id]; p != nil {
		return p.Message
	}
	return bot.Message{}
}

// DMs are the direct messages that a person got.
func (d *Discord) DMs(user string) []bot.Message { return d.Messages("dm" + user) }

// Opened are the channels of the guild that a bot has opened, by id.
func (d *Discord) Opened(guild string) map[string]bot.Channel {
	d.mu.Lock()
	defer d.mu.Unlock()
	found := map[string]bot.Channel{}
	for id, c := range d.channels {
		if c.guild == guild && c.Nonce != "" {
			found[id] = c.Channel
		}
	}
	return found
}

// Locked tells whether nobody can write in the channel.
func (d *Discord) Locked(id string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.channels[id] != nil && d.channels[id].locked
}

// Calls is how often such a call was made, whatever came of it.
func (d *Discord) Calls(c Call) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.calls[c]
}
