package live

import "context"

// A renderContext is one call of View.Render, as its context knows it.
type renderContext struct {
	engine       *Engine
	invalidation uint64 // the count of touches when the view was last touched
	peers        int    // how many views look because of the same
	concurrent   int    // how many looks were under way when it began, itself among them
	epoch        uint64 // of the engine when it began
	ctx          context.Context
}

type renderContextKey struct{}

// ShouldShareQuery reports whether other views are looked at for the same reason, so that what they have in common is better asked
// for by itself, with Share.
func ShouldShareQuery(ctx context.Context) bool {
	rc, ok := ctx.Value(renderContextKey{}).(renderContext)
	return ok && rc.peers > 1
}

// ShareQuery gives what ask gives, or what it gives or gave to another view for the same key, if that was asked after this
// view was last touched. So what several views have in common is asked for once for all that an event makes look. Outside
// of View.Render it just asks. Nobody changes what is shared.
func ShareQuery[T any](ctx context.Context, key string, query func(context.Context) (T, error)) (T, error) {
	rc, ok := ctx.Value(renderContextKey{}).(renderContext)
	if !ok {
		return query(ctx)
	}
	q, isOwner := rc.engine.joinQuery(key, rc.invalidation)
	if isOwner {
		defer close(q.done)
		value, err := query(ctx)
		q.value, q.ok = value, err == nil
		return value, err
	}
	select {
	case <-q.done:
	case <-ctx.Done():
	}
	if value, ok := q.result().(T); ok {
		return value, nil
	}
	return query(ctx) // whoever asked may only have given up
}

// A sharedQuery is an answer that several looks use. It may be read when done is closed.
type sharedQuery struct {
	invalidation uint64 // the count of touches when it was asked for
	done         chan struct{}
	value        any
	ok           bool
}

func (q *sharedQuery) result() any {
	select {
	case <-q.done:
		if q.ok {
			return q.value
		}
	default:
	}
	return nil
}

// joinQuery finds an answer that was asked for after touched, or makes a place for one, which is the caller's to fill.
func (e *Engine) joinQuery(key string, invalidation uint64) (q *sharedQuery, isOwner bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if existing := e.sharedQueries[key]; existing != nil && existing.invalidation >= invalidation {
		return existing, false
	}
	q = &sharedQuery{invalidation: e.invalidations, done: make(chan struct{})}
	e.sharedQueries[key] = q
	return q, true
}
