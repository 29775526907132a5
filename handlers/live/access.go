package live

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"
)

// A Viewer is who watches a stream.
type Viewer struct {
	User string // whose streams are counted together

	// Allowed is asked again and again while the stream lasts, but not before it: the route's guard has just asked. False
	// ends the stream; an error is no answer, and lets it go on until Config.Grace has passed since the last yes. It is
	// called by another goroutine than the handler's, and must heed ctx. Nil means allowed for good.
	Allowed func(ctx context.Context) (bool, error)
}

// access asks again whether the viewer is allowed.
type access struct {
	stream    *stream
	timer     *time.Timer // when to ask
	answer    chan bool   // whether the stream may go on
	confirmed time.Time   // the last yes
}

func newAccess(s *stream) *access {
	a := &access{
		stream:    s,
		timer:     time.NewTimer(spread(s.engine.config.Recheck)),
		answer:    make(chan bool, 1),
		confirmed: time.Now(),
	}
	if s.who.Allowed == nil {
		a.timer.Stop()
	}
	return a
}

// ask gives one answer. It has its own goroutine, so that frames do not wait for Discord.
func (a *access) ask(ctx context.Context) {
	config := a.stream.engine.config
	ctx, cancel := context.WithTimeout(ctx, config.Recheck)
	defer cancel()
	allowed, err := a.allowed(ctx)
	if err == nil {
		a.confirmed = time.Now()
		a.answer <- allowed
		return
	}
	bearable := time.Since(a.confirmed) < config.Grace
	if !bearable {
		config.Log.Warn("a stream ends because its viewer's right could not be confirmed", "user", a.stream.who.User, "error", err)
	}
	a.answer <- bearable
}

func (a *access) allowed(ctx context.Context) (ok bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
			a.stream.engine.config.Log.Error("asking for access panicked", "error", err, "stack", string(debug.Stack()))
		}
	}()
	return a.stream.who.Allowed(ctx)
}
