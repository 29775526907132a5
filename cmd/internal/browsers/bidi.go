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

// bidi is a WebDriver BiDi connection: https://www.w3.org/TR/webdriver-bidi/. It subscribes to no events.
type bidi struct {
	conn *websocket.Conn
	done chan struct{} // closed when nothing can be received any more

	mu      sync.Mutex
	last    int
	waiting map[int]chan bidiAnswer
}

type bidiAnswer struct {
	ID             int
	Result         json.RawMessage
	Error, Message string
}

// bidiLimit is the longest message that a browser may send: screenshots are long.
const bidiLimit = 64 << 20

func dialBiDi(ctx context.Context, address string) (*bidi, error) {
	conn, _, err := websocket.Dial(ctx, address, nil)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", address, err)
	}
	conn.SetReadLimit(bidiLimit)
	b := &bidi{conn: conn, done: make(chan struct{}), waiting: map[int]chan bidiAnswer{}}
	go b.receive()
	return b, nil
}

func (b *bidi) receive() {
	defer close(b.done)
	for {
		var answer bidiAnswer
		if err := wsjson.Read(context.Background(), b.conn, &answer); err != nil {
			return
		}
		b.mu.Lock()
		waiting := b.waiting[answer.ID]
		delete(b.waiting, answer.ID)
		b.mu.Unlock()
		if waiting != nil {
			waiting <- answer
		}
	}
}

var errClosed = errors.New("the connection is closed")

// call sends a command and decodes its result unless that is nil.
func (b *bidi) call(ctx context.Context, method string, params, result any) error {
	answered := make(chan bidiAnswer, 1)
	b.mu.Lock()
	b.last++
	id := b.last
	b.waiting[id] = answered
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		delete(b.waiting, id)
		b.mu.Unlock()
	}()
	// A write that is cut short by its context would end the connection for all pages.
	command := object{"id": id, "method": method, "params": params}
	if err := wsjson.Write(context.WithoutCancel(ctx), b.conn, command); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	select {
	case answer := <-answered:
		if answer.Error != "" {
			return fmt.Errorf("%s: %s: %s", method, answer.Error, answer.Message)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(answer.Result, result)
	case <-b.done:
		return fmt.Errorf("%s: %w", method, errClosed)
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", method, ctx.Err())
	}
}

func (b *bidi) close() {
	_ = b.conn.CloseNow() // the browser is killed next
	<-b.done
}
