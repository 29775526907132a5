package live

import "context"

// A renderContext describes one call of View.Render. It is stored in the context of the call.
type renderContext struct {
	engine       *Engine
	invalidation uint64 // Engine.invalidations when the view was last invalidated
	peers        int    // number of views that share a topic with this one, itself included
	concurrent   int    // number of render goroutines when the pass began, this one included
	epoch        uint64 // Engine.epoch when the pass began
	ctx          context.Context
}

type renderContextKey struct{}

// ShouldShareQuery reports whether other views are rendered for the same reason. Then it is better to query common data
// separately, with ShareQuery.
func ShouldShareQuery(ctx context.Context) bool {
	rc, ok := ctx.Value(renderContextKey{}).(renderContext)
	return ok && rc.peers > 1
}

// ShareQuery returns the result of query. Within View.Render it may instead return the result of another view's query
// with the same key, running or completed, if that was started after this view was last invalidated. So data that
// several views need is queried once per event. Outside of View.Render it just calls query. Callers must not modify the
// result.
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
	return query(ctx) // the other query may only have been cancelled
}

// A sharedQuery is a query whose result several render passes use. value and ok may be read after done is closed.
type sharedQuery struct {
	invalidation uint64 // Engine.invalidations when it was started
	done         chan struct{}
	value        any
	ok           bool
}

// result returns the value, or nil if the query is still running or has failed.
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

// joinQuery returns a query with this key that was started after the given invalidation. If there is none, it registers
// a new one, and the caller must complete it.
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
