//go:build unix

package browsers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

type object = map[string]any

// bidiConn is a WebDriver BiDi connection: https://www.w3.org/TR/webdriver-bidi/. It subscribes to no events.
type bidiConn struct {
	conn *websocket.Conn
	done chan struct{} // closed when the connection has ended

	mu      sync.Mutex
	lastID  int
	pending map[int]chan bidiResponse
}

type bidiResponse struct {
	ID             int
	Result         json.RawMessage
	Error, Message string
}

// maxBiDiMessage is the maximum size of a browser's message, in bytes. Screenshots are large.
const maxBiDiMessage = 64 << 20

func dialBiDi(ctx context.Context, address string) (*bidiConn, error) {
	conn, _, err := websocket.Dial(ctx, address, nil)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", address, err)
	}
	conn.SetReadLimit(maxBiDiMessage)
	b := &bidiConn{conn: conn, done: make(chan struct{}), pending: map[int]chan bidiResponse{}}
	go b.receive()
	return b, nil
}

func (b *bidiConn) receive() {
	defer close(b.done)
	for {
		var response bidiResponse
		if err := wsjson.Read(context.Background(), b.conn, &response); err != nil {
			return
		}
		b.mu.Lock()
		caller := b.pending[response.ID]
		delete(b.pending, response.ID)
		b.mu.Unlock()
		if caller != nil {
			caller <- response
		}
	}
}

var errClosed = errors.New("connection closed")

// call sends a command and decodes its result unless that is nil.
func (b *bidiConn) call(ctx context.Context, method string, params, result any) error {
	responses := make(chan bidiResponse, 1)
	b.mu.Lock()
	b.lastID++
	id := b.lastID
	b.pending[id] = responses
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		delete(b.pending, id)
		b.mu.Unlock()
	}()
	// A write that its context interrupts would close the connection for all pages.
	command := object{"id": id, "method": method, "params": params}
	if err := wsjson.Write(context.WithoutCancel(ctx), b.conn, command); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	select {
	case response := <-responses:
		if response.Error != "" {
			return fmt.Errorf("%s: %s: %s", method, response.Error, response.Message)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(response.Result, result)
	case <-b.done:
		return fmt.Errorf("%s: %w", method, errClosed)
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", method, ctx.Err())
	}
}

func (b *bidiConn) close() {
	_ = b.conn.CloseNow() // the browser is killed next
	<-b.done
}
