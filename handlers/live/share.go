package live

import "context"

// A look is one call of View.Render, as its context knows it.
type look struct {
	engine  *Engine
	touched uint64 // the count of touches when the view was last touched
	crowd   int    // how many views look because of the same
	beside  int    // how many looks were under way when it began, itself among them
	epoch   uint64 // of the engine when it began
	ctx     context.Context
}

type lookKey struct{}

// Crowded reports whether other views are looked at for the same reason, so that what they have in common is better asked
// for by itself, with Share.
func Crowded(ctx context.Context) bool {
	l, ok := ctx.Value(lookKey{}).(look)
	return ok && l.crowd > 1
}

// Share gives what ask gives, or what it gives or gave to another view for the same key, if that was asked after this
// view was last touched. So what several views have in common is asked for once for all that an event makes look. Outside
// of View.Render it just asks. Nobody changes what is shared.
func Share[T any](ctx context.Context, key string, ask func(context.Context) (T, error)) (T, error) {
	l, ok := ctx.Value(lookKey{}).(look)
	if !ok {
		return ask(ctx)
	}
	s, mine := l.engine.share(key, l.touched)
	if mine {
		defer close(s.done)
		value, err := ask(ctx)
		s.value, s.ok = value, err == nil
		return value, err
	}
	select {
	case <-s.done:
	case <-ctx.Done():
	}
	if value, ok := s.get().(T); ok {
		return value, nil
	}
	return ask(ctx) // whoever asked may only have given up
}

// A shared is an answer that several looks use. It may be read when done is closed.
type shared struct {
	began uint64 // the count of touches when it was asked for
	done  chan struct{}
	value any
	ok    bool
}

func (s *shared) get() any {
	select {
	case <-s.done:
		if s.ok {
			return s.value
		}
	default:
	}
	return nil
}

// share finds an answer that was asked for after touched, or makes a place for one, which is the caller's to fill.
func (e *Engine) share(key string, touched uint64) (s *shared, mine bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if known := e.shared[key]; known != nil && known.began >= touched {
		return known, false
	}
	s = &shared{began: e.touches, done: make(chan struct{})}
	e.shared[key] = s
	return s, true
}
