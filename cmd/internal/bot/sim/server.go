package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"guildboard/cmd/internal/bot"
	"guildboard/store"
)

// Server serves a simulated Discord to bots in other processes over HTTP. Dial returns their client.
type Server struct {
	*Discord
	// DropResponse reports whether the response to an executed call is lost. May be nil.
	DropResponse func(Request) bool
}

// Request is an encoded call. Fields that the method does not use are empty.
type Request struct {
	Method                          Method
	Guild, Channel, ID, User, Nonce string
	Reason                          string
	IDs                             []string
	Needed                          map[string][]store.Permission // by channel
	Message                         bot.Message
	NewChannel                      bot.Channel
}

// response is the encoded result of a call.
type response struct {
	ID                 string
	HasActiveButton    bool
	ForeignIDs         []string
	MissingPermissions map[string][]store.Permission // by channel
	ChannelWriteAccess map[string]bool
	Member             bot.Member
	Refusal            *bot.DiscordError // error response of Discord
	Failure            string            // any other error
}

func (f *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var req Request
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		http.Error(w, "invalid request", http.StatusBadRequest)
		return
	}
	a, err := f.dispatch(r.Context(), req)
	if refusal, ok := err.(*bot.DiscordError); ok {
		a.Refusal = refusal
	} else if err != nil {
		a.Failure = err.Error()
	}
	if f.DropResponse != nil && f.DropResponse(req) {
		<-r.Context().Done()
		return
	}
	_ = json.NewEncoder(w).Encode(a) // fails only if the client has disconnected
}

func (f *Server) dispatch(ctx context.Context, req Request) (a response, err error) {
	switch req.Method {
	case MethodPostMessage:
		a.ID, err = f.PostMessage(ctx, req.Channel, req.Message)
	case MethodFindMessage:
		a.ID, err = f.FindMessage(ctx, req.Channel, req.Nonce)
	case MethodEditMessage:
		err = f.EditMessage(ctx, req.Channel, req.ID, req.Message)
	case MethodDeleteMessage:
		err = f.DeleteMessage(ctx, req.Channel, req.ID)
	case MethodHasActiveButton:
		a.HasActiveButton, err = f.HasActiveButton(ctx, req.Channel, req.ID)
	case MethodCreateDM:
		a.ID, err = f.CreateDM(ctx, req.User)
	case MethodCreateChannel:
		a.ID, err = f.CreateChannel(ctx, req.Guild, req.NewChannel)
	case MethodLockChannel:
		err = f.LockChannel(ctx, req.Guild, req.Channel, req.Reason)
	case MethodUnlockChannel:
		err = f.UnlockChannel(ctx, req.Guild, req.Channel, req.Reason)
	case MethodChannelWriteAccess:
		a.ChannelWriteAccess, err = f.ChannelWriteAccess(ctx, req.Guild)
	case MethodForeignIDs:
		a.ForeignIDs, err = f.ForeignIDs(ctx, req.Guild, req.IDs...)
	case MethodMissingPermissions:
		a.MissingPermissions, err = f.MissingPermissions(ctx, req.Guild, req.Needed)
	case MethodMember:
		a.Member, err = f.Member(ctx, req.Guild, req.User)
	default:
		err = fmt.Errorf("unknown method %q", req.Method)
	}
	return a, err
}

// client is a bot.Discord that sends its calls to a Server.
type client struct{ url string }

// Dial returns the simulated Discord that a Server serves at url.
func Dial(url string) bot.Discord { return client{url} }

func (d client) call(ctx context.Context, req Request) (a response, err error) {
	body, err := json.Marshal(req)
	if err != nil {
		return a, err
	}
	httpReq, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url, bytes.NewReader(body))
	if err != nil {
		return a, err
	}
	resp, err := http.DefaultClient.Do(httpReq)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
		return a, fmt.Errorf("simulated Discord: status %s: %w", resp.Status, err)
	}
	switch {
	case a.Refusal != nil:
		return a, a.Refusal
	case a.Failure != "":
		return a, fmt.Errorf("simulated Discord: %s", a.Failure)
	}
	return a, nil
}

func (d client) PostMessage(ctx context.Context, channel string, m bot.Message) (string, error) {
	a, err := d.call(ctx, Request{Method: MethodPostMessage, Channel: channel, Message: m})
	return a.ID, err
}

func (d client) FindMessage(ctx context.Context, channel, nonce string) (string, error) {
	a, err := d.call(ctx, Request{Method: MethodFindMessage, Channel: channel, Nonce: nonce})
	return a.ID, err
}

func (d client) EditMessage(ctx context.Context, channel, id string, m bot.Message) error {
	_, err := d.call(ctx, Request{Method: MethodEditMessage, Channel: channel, ID: id, Message: m})
	return err
}

func (d client) DeleteMessage(ctx context.Context, channel, id string) error {
	_, err := d.call(ctx, Request{Method: MethodDeleteMessage, Channel: channel, ID: id})
	return err
}

func (d client) HasActiveButton(ctx context.Context, channel, id string) (bool, error) {
	a, err := d.call(ctx, Request{Method: MethodHasActiveButton, Channel: channel, ID: id})
	return a.HasActiveButton, err
}

func (d client) CreateDM(ctx context.Context, user string) (string, error) {
	a, err := d.call(ctx, Request{Method: MethodCreateDM, User: user})
	return a.ID, err
}

func (d client) CreateChannel(ctx context.Context, guild string, c bot.Channel) (string, error) {
	a, err := d.call(ctx, Request{Method: MethodCreateChannel, Guild: guild, NewChannel: c})
	return a.ID, err
}

func (d client) LockChannel(ctx context.Context, guild, channel, reason string) error {
	_, err := d.call(ctx, Request{Method: MethodLockChannel, Guild: guild, Channel: channel, Reason: reason})
	return err
}

func (d client) UnlockChannel(ctx context.Context, guild, channel, reason string) error {
	_, err := d.call(ctx, Request{Method: MethodUnlockChannel, Guild: guild, Channel: channel, Reason: reason})
	return err
}

func (d client) ChannelWriteAccess(ctx context.Context, guild string) (map[string]bool, error) {
	a, err := d.call(ctx, Request{Method: MethodChannelWriteAccess, Guild: guild})
	return a.ChannelWriteAccess, err
}

func (d client) Member(ctx context.Context, guild, user string) (bot.Member, error) {
	a, err := d.call(ctx, Request{Method: MethodMember, Guild: guild, User: user})
	return a.Member, err
}

func (d client) ForeignIDs(ctx context.Context, guild string, ids ...string) ([]string, error) {
	a, err := d.call(ctx, Request{Method: MethodForeignIDs, Guild: guild, IDs: ids})
	return a.ForeignIDs, err
}

func (d client) MissingPermissions(ctx context.Context, guild string, needed map[string][]store.Permission) (
	map[string][]store.Permission, error) {
	a, err := d.call(ctx, Request{Method: MethodMissingPermissions, Guild: guild, Needed: needed})
	return a.MissingPermissions, err
}
