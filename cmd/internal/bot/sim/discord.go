// Package sim simulates Discord for the bot. It stores the messages and channels that a bot creates, and can be set to
// refuse calls, to delay them and to be unavailable.
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

// Method names a method of bot.Discord or bot.Directory.
type Method string

const (
	MethodPostMessage        Method = "post"
	MethodFindMessage        Method = "find"
	MethodEditMessage        Method = "edit"
	MethodDeleteMessage      Method = "remove"
	MethodHasActiveButton    Method = "takes"
	MethodCreateDM           Method = "direct"
	MethodCreateChannel      Method = "open"
	MethodLockChannel        Method = "lock"
	MethodUnlockChannel      Method = "unlock"
	MethodChannelWriteAccess Method = "channels"
	MethodMember             Method = "member"
	MethodForeignIDs         Method = "foreign"
	MethodMissingPermissions Method = "permissions"
)

// ErrDown is returned by all calls while the simulated Discord is unavailable.
var ErrDown = errors.New("simulated Discord is down")

// Discord is a simulated Discord. A channel or role exists from its first use, in the guild that uses it, unless it was
// created or removed. A guild whose channels were set has only the channels and roles that were set.
type Discord struct {
	mu              sync.Mutex
	lastID          uint64
	messages        map[string]*storedMessage // by id
	nonces          map[string]string         // message by channel and nonce, until ForgetNonces
	channels        map[string]*storedChannel // by id
	deletedChannels map[string]bool           // ids of removed channels
	members         map[string]bot.Member
	roles           map[string][]store.Role // by guild
	guildChannels   map[string][]store.Channel
	guildOf         map[string]string // guild of channels and roles, by their id
	strictGuilds    map[string]bool   // guilds whose channels were set: first use creates nothing
	denied          map[place][]store.Permission
	refusals        map[Method]bot.DiscordError
	channelRefusals map[string]bot.DiscordError // by channel
	delay           time.Duration
	down            bool
	callCounts      map[Method]int
}

// A place is a channel of a guild, or the guild itself if channel is "".
type place struct{ guild, channel string }

type storedMessage struct {
	channel  string
	sequence uint64
	bot.Message
	edits int
}

type storedChannel struct {
	bot.Channel
	guild  string
	locked bool
}

// New returns a simulated Discord without messages and channels.
func New() *Discord {
	return &Discord{
		messages: map[string]*storedMessage{}, nonces: map[string]string{}, channels: map[string]*storedChannel{},
		deletedChannels: map[string]bool{}, members: map[string]bot.Member{}, roles: map[string][]store.Role{},
		guildChannels: map[string][]store.Channel{}, guildOf: map[string]string{}, strictGuilds: map[string]bool{},
		denied:   map[place][]store.Permission{},
		refusals: map[Method]bot.DiscordError{}, channelRefusals: map[string]bot.DiscordError{}, callCounts: map[Method]int{},
	}
}

// beginCall counts a call, waits for the delay, and returns the error that the call is set to return. Without an error
// it returns with d.mu held.
func (d *Discord) beginCall(ctx context.Context, c Method) error {
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
	d.callCounts[c]++
	err := error(nil)
	if refusal, ok := d.refusals[c]; ok {
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

// snowflake returns an id in Discord's format. Ids increase and are unique, also across processes.
func (d *Discord) snowflake() string {
	const epoch = 1420070400000 // Discord's epoch, in Unix milliseconds
	d.lastID = max(d.lastID+1, uint64(time.Now().UnixMilli()-epoch)<<22)
	return strconv.FormatUint(d.lastID, 10)
}

func (d *Discord) PostMessage(ctx context.Context, channel string, m bot.Message) (string, error) {
	if err := d.beginCall(ctx, MethodPostMessage); err != nil {
		return "", err
	}
	defer d.mu.Unlock()
	if err := d.checkChannel(channel); err != nil {
		return "", err
	}
	if id, exists := d.nonces[channel+" "+m.Nonce]; exists && m.Nonce != "" {
		return id, nil
	}
	id := d.snowflake()
	d.messages[id] = &storedMessage{channel: channel, sequence: d.lastID, Message: m}
	d.nonces[channel+" "+m.Nonce] = id
	return id, nil
}

func (d *Discord) FindMessage(ctx context.Context, channel, nonce string) (string, error) {
	if err := d.beginCall(ctx, MethodFindMessage); err != nil {
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

func (d *Discord) EditMessage(ctx context.Context, channel, id string, m bot.Message) error {
	if err := d.beginCall(ctx, MethodEditMessage); err != nil {
		return err
	}
	defer d.mu.Unlock()
	p, err := d.findMessage(channel, id)
	if err != nil {
		return err
	}
	m.Nonce = p.Nonce
	p.Message = m
	p.edits++
	return nil
}

func (d *Discord) DeleteMessage(ctx context.Context, channel, id string) error {
	if err := d.beginCall(ctx, MethodDeleteMessage); err != nil {
		return err
	}
	defer d.mu.Unlock()
	_, err := d.findMessage(channel, id)
	delete(d.messages, id)
	return err
}

func (d *Discord) HasActiveButton(ctx context.Context, channel, id string) (bool, error) {
	if err := d.beginCall(ctx, MethodHasActiveButton); err != nil {
		return false, err
	}
	defer d.mu.Unlock()
	p, err := d.findMessage(channel, id)
	return err == nil && p.Button != nil && !p.Button.Disabled, err
}

func (d *Discord) findMessage(channel, id string) (*storedMessage, error) {
	if err := d.checkChannel(channel); err != nil {
		return nil, err
	}
	p := d.messages[id]
	if p == nil || p.channel != channel {
		return nil, &bot.DiscordError{Code: bot.ErrCodeUnknownMessage, Message: "Unknown Message"}
	}
	return p, nil
}

// checkChannel returns the error of a channel that the bot cannot use.
func (d *Discord) checkChannel(channel string) error {
	if refusal, ok := d.channelRefusals[channel]; ok {
		return &refusal
	}
	if d.deletedChannels[channel] {
		return &bot.DiscordError{Code: bot.ErrCodeUnknownChannel, Message: "Unknown Channel"}
	}
	return nil
}

func (d *Discord) CreateDM(ctx context.Context, user string) (string, error) {
	if err := d.beginCall(ctx, MethodCreateDM); err != nil {
		return "", err
	}
	defer d.mu.Unlock()
	return "dm" + user, nil
}

func (d *Discord) CreateChannel(ctx context.Context, guild string, c bot.Channel) (string, error) {
	if err := d.beginCall(ctx, MethodCreateChannel); err != nil {
		return "", err
	}
	defer d.mu.Unlock()
	for id, existing := range d.channels {
		if existing.guild == guild && existing.Nonce == c.Nonce && c.Nonce != "" {
			return id, nil
		}
	}
	id := d.snowflake()
	d.channels[id], d.guildOf[id] = &storedChannel{Channel: c, guild: guild}, guild
	return id, nil
}

func (d *Discord) LockChannel(ctx context.Context, guild, channel, _ string) error {
	return d.setLocked(ctx, MethodLockChannel, guild, channel, true)
}

func (d *Discord) UnlockChannel(ctx context.Context, guild, channel, _ string) error {
	return d.setLocked(ctx, MethodUnlockChannel, guild, channel, false)
}

func (d *Discord) setLocked(ctx context.Context, c Method, guild, id string, locked bool) error {
	if err := d.beginCall(ctx, c); err != nil {
		return err
	}
	defer d.mu.Unlock()
	if err := d.checkChannel(id); err != nil {
		return err
	}
	if owner := d.guildOf[id]; owner != "" && owner != guild {
		return &bot.DiscordError{Code: bot.ErrCodeUnknownChannel, Message: "Unknown Channel"}
	}
	if d.channels[id] == nil {
		d.channels[id] = &storedChannel{guild: guild}
	}
	d.channels[id].locked = locked
	return nil
}

func (d *Discord) ChannelWriteAccess(ctx context.Context, guild string) (map[string]bool, error) {
	if err := d.beginCall(ctx, MethodChannelWriteAccess); err != nil {
		return nil, err
	}
	defer d.mu.Unlock()
	writable := map[string]bool{}
	for id, c := range d.channels {
		if c.guild == guild {
			writable[id] = !c.locked
		}
	}
	return writable, nil
}

func (d *Discord) Member(ctx context.Context, guild, user string) (bot.Member, error) {
	if err := d.beginCall(ctx, MethodMember); err != nil {
		return bot.Member{}, err
	}
	defer d.mu.Unlock()
	return d.members[guild+" "+user], nil
}

// ForeignIDs answers without a call to Discord, like a bot's cache of the guild, so it is never unavailable.
func (d *Discord) ForeignIDs(_ context.Context, guild string, ids ...string) (foreign []string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, id := range ids {
		if _, known := d.guildOf[id]; !known && !d.deletedChannels[id] && !d.strictGuilds[guild] {
			d.guildOf[id] = guild
		}
		if d.guildOf[id] != guild && id != guild {
			foreign = append(foreign, id)
		}
	}
	return foreign, nil
}

// MissingPermissions answers without a call to Discord, as ForeignIDs does. The bot has all permissions, except those that
// DenyPermissions took away.
func (d *Discord) MissingPermissions(_ context.Context, guild string, needed map[string][]store.Permission) (
	map[string][]store.Permission, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	missing := map[string][]store.Permission{}
	for channel, permissions := range needed {
		owner, known := d.guildOf[channel]
		if d.deletedChannels[channel] || known && owner != guild || channel != "" && !known && d.strictGuilds[guild] {
			continue
		}
		for _, p := range permissions {
			if slices.Contains(d.denied[place{guild, channel}], p) {
				missing[channel] = append(missing[channel], p)
			}
		}
	}
	return missing, nil
}

// assignIDs assigns ids to the guild, and removes the previous ones.
func (d *Discord) assignIDs(guild string, previous, ids []string) {
	for _, id := range previous {
		delete(d.guildOf, id)
	}
	for _, id := range ids {
		d.guildOf[id] = guild
	}
}

// The methods below control and inspect the simulation.

// Refuse makes all calls of a method fail with an error of Discord. A code of 0 ends that.
func (d *Discord) Refuse(c Method, code int, message string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.refusals, c)
	if code != 0 {
		d.refusals[c] = bot.DiscordError{Code: code, Message: message}
	}
}

// RefuseInChannel makes all calls on a channel fail with an error of Discord. A code of 0 ends that.
func (d *Discord) RefuseInChannel(channel string, code int, message string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.channelRefusals, channel)
	if code != 0 {
		d.channelRefusals[channel] = bot.DiscordError{Code: code, Message: message}
	}
}

// DenyPermissions sets the permissions that the bot does not have in a channel, or in the guild if channel is "". They do
// not affect other channels or other calls.
func (d *Discord) DenyPermissions(guild, channel string, permissions ...store.Permission) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.denied[place{guild, channel}] = permissions
}

// SetDelay delays every call.
func (d *Discord) SetDelay(delay time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.delay = delay
}

// SetDown makes all calls fail with ErrDown, or ends that.
func (d *Discord) SetDown(down bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.down = down
}

// ForgetNonces forgets all nonces, as Discord does after some minutes.
func (d *Discord) ForgetNonces() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.nonces)
}

// SetMember sets a member of the guild.
func (d *Discord) SetMember(guild, user string, m bot.Member) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.members[guild+" "+user] = m
}

// AddChannel adds a channel that the bot did not create. Members can write in it if it is open.
func (d *Discord) AddChannel(guild, id string, open bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.channels[id], d.guildOf[id] = &storedChannel{guild: guild, locked: !open}, guild
}

// AddMessage adds a message that the bot did not post.
func (d *Discord) AddMessage(channel, id string, m bot.Message) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lastID++
	d.messages[id] = &storedMessage{channel: channel, sequence: d.lastID, Message: m}
}

// RemoveChannel deletes a channel, as a member could do in Discord.
func (d *Discord) RemoveChannel(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.channels, id)
	delete(d.guildOf, id)
	d.deletedChannels[id] = true
}

// Messages returns the messages of a channel, oldest first.
func (d *Discord) Messages(channel string) []bot.Message {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := slices.SortedFunc(maps.Values(d.messages), func(a, b *storedMessage) int { return int(int64(a.sequence - b.sequence)) })
	var found []bot.Message
	for _, p := range all {
		if p.channel == channel {
			found = append(found, p.Message)
		}
	}
	return found
}

// Message returns the message with the id; the zero message if there is none.
func (d *Discord) Message(id string) bot.Message {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p := d.messages[id]; p != nil {
		return p.Message
	}
	return bot.Message{}
}

// DirectMessages returns the direct messages to a user, oldest first.
func (d *Discord) DirectMessages(user string) []bot.Message { return d.Messages("dm" + user) }

// CreatedChannels returns the channels that the bot has created in the guild, by id.
func (d *Discord) CreatedChannels(guild string) map[string]bot.Channel {
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

// IsLocked reports whether members cannot write in the channel.
func (d *Discord) IsLocked(id string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.channels[id] != nil && d.channels[id].locked
}

// CallCount returns the number of calls of a method, including failed ones.
func (d *Discord) CallCount(c Method) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.callCounts[c]
}
