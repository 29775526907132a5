package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"guildboard/cmd/internal/bot"
)

// Face lets bots in other processes use a made-up Discord, which outlives them: Dial is their end.
type Face struct {
	*Discord
	// Loses tells whether the answer to a call that has been carried out is lost on its way. May be nil.
	Loses func(Request) bool
}

// Request is a call as it travels. Fields that the call does not have are empty.
type Request struct {
	Call                            Call
	Guild, Channel, ID, User, Nonce string
	Reason                          string
	IDs                             []string
	Message                         bot.Message
	New                             bot.Channel
}

// answer is what comes back.
type answer struct {
	ID       string
	Takes    bool
	Foreign  []string
	Channels map[string]bool
	Member   bot.Member
	Refusal  *bot.Error // Discord says no
	Failure  string     // Discord does not answer
}

func (f *Face) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var q Request
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		http.Error(w, "not a request", http.StatusBadRequest)
		return
	}
	a, err := f.carryOut(r.Context(), q)
	if refusal, no := err.(*bot.Error); no {
		a.Refusal = refusal
	} else if err != nil {
		a.Failure = err.Error()
	}
	if f.Loses != nil && f.Loses(q) {
		<-r.Context().Done()
		return
	}
	_ = json.NewEncoder(w).Encode(a) // who asked has gone
}

func (f *Face) carryOut(ctx context.Context, q Request) (a answer, err error) {
	switch q.Call {
	case Post:
		a.ID, err = f.Post(ctx, q.Channel, q.Message)
	case Find:
		a.ID, err = f.Find(ctx, q.Channel, q.Nonce)
	case Edit:
		err = f.Edit(ctx, q.Channel, q.ID, q.Message)
	case Remove:
		err = f.Remove(ctx, q.Channel, q.ID)
	case Takes:
		a.Takes, err = f.Takes(ctx, q.Channel, q.ID)
	case Direct:
		a.ID, err = f.Direct(ctx, q.User)
	case Open:
		a.ID, err = f.Open(ctx, q.Guild, q.New)
	case Lock:
		err = f.Lock(ctx, q.Guild, q.Channel, q.Reason)
	case Unlock:
		err = f.Unlock(ctx, q.Guild, q.Channel, q.Reason)
	case Channels:
		a.Channels, err = f.Channels(ctx, q.Guild)
	case Foreign:
		a.Foreign, err = f.Foreign(ctx, q.Guild, q.IDs...)
	case Member:
		a.Member, err = f.Member(ctx, q.Guild, q.User)
	default:
		err = fmt.Errorf("no call is named %q", q.Call)
	}
	return a, err
}

// remote is the Discord behind a Face elsewhere.
type remote struct{ url string }

// Dial uses the made-up Discord whose Face is served at the address.
func Dial(url string) bot.Discord { return remote{url} }

func (d remote) ask(ctx context.Context, q Request) (a answer, err error) {
	body, err := json.Marshal(q)
	if err != nil {
		return a, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url, bytes.NewReader(body))
	if err != nil {
		return a, err
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return a, err
	}
	defer got.Body.Close()
	if err := json.NewDecoder(got.Body).Decode(&a); err != nil {
		return a, fmt.Errorf("simulated Discord answers %s: %w", got.Status, err)
	}
	switch {
	case a.Refusal != nil:
		return a, a.Refusal
	case a.Failure != "":
		return a, fmt.Errorf("simulated Discord: %s", a.Failure)
	}
	return a, nil
}

func (d remote) Post(ctx context.Context, channel string, m bot.Message) (string, error) {
	a, err := d.ask(ctx, Request{Call: Post, Channel: channel, Message: m})
	return a.ID, err
}

func (d remote) Find(ctx context.Context, channel, nonce string) (string, error) {
	a, err := d.ask(ctx, Request{Call: Find, Channel: channel, Nonce: nonce})
	return a.ID, err
}

func (d remote) Edit(ctx context.Context, channel, id string, m bot.Message) error {
	_, err := d.ask(ctx, Request{Call: Edit, Channel: channel, ID: id, Message: m})
	return err
}

func (d remote) Remove(ctx context.Context, channel, id string) error {
	_, err := d.ask(ctx, Request{Call: Remove, Channel: channel, ID: id})
	return err
}

func (d remote) Takes(ctx context.Context, channel, id string) (bool, error) {
	a, err := d.ask(ctx, Request{Call: Takes, Channel: channel, ID: id})
	return a.Takes, err
}

func (d remote) Direct(ctx context.Context, user string) (string, error) {
	a, err := d.ask(ctx, Request{Call: Direct, User: user})
	return a.ID, err
}

func (d remote) Open(ctx context.Context, guild string, c bot.Channel) (string, error) {
	a, err := d.ask(ctx, Request{Call: Open, Guild: guild, New: c})
	return a.ID, err
}

func (d remote) Lock(ctx context.Context, guild, channel, reason string) error {
	_, err := d.ask(ctx, Request{Call: Lock, Guild: guild, Channel: channel, Reason: reason})
	return err
}

func (d remote) Unlock(ctx context.Context, guild, channel, reason string) error {
	_, err := d.ask(ctx, Request{Call: Unlock, Guild: guild, Channel: channel, Reason: reason})
	return err
}

func (d remote) Channels(ctx context.Context, guild string) (map[string]bool, error) {
	a, err := d.ask(ctx, Request{Call: Channels, Guild: guild})
	return a.Channels, err
}

func (d remote) Member(ctx context.Context, guild, user string) (bot.Member, error) {
	a, err := d.ask(ctx, Request{Call: Member, Guild: guild, User: user})
	return a.Member, err
}

func (d remote) Foreign(ctx context.Context, guild string, ids ...string) ([]string, error) {
	a, err := d.ask(ctx, Request{Call: Foreign, Guild: guild, IDs: ids})
	return a.Foreign, err
}
