// Package live keeps open pages up to date through server-sent events. It does not depend on what the pages show.
//
// A [View] is what one or more browsers display: a key, a function that queries the database and renders HTML, and
// topics. [Engine.Invalidate] announces that something about a topic may have changed. It carries no data, so an
// invalidation may be lost, repeated or late without making a page wrong. An invalidated view is rendered once for all
// its subscribers, encoded once, and the frame is sent to each browser that does not show its version yet. A subscriber
// has no queue: after the frame that is being written it gets the newest one. Nothing is stored for disconnected
// browsers: a browser that connects names the version that it shows (Last-Event-ID) and gets the full frame if there is
// a newer one.
//
// A frame has two forms. The full frame suits any browser. The partial frame (diff.go) replaces only the elements
// with an id that have changed, and is for browsers that show the previous version.
//
// A view is rendered as soon as it is invalidated, then not again before a cooldown in proportion to the usual cost of
// its render, and in any case every [View.RefreshInterval] while it has subscribers. Views that are rendered because of
// the same event run the queries they have in common once ([ShareQuery]) and together use a limited share of one core.
//
// A stream has no goroutine. Code that has something to send wakes the stream, and the dispatcher (dispatcher.go) has a
// few workers write to all woken streams without blocking. A stream whose browser reads too slowly gets a goroutine
// until the data is written or the write timeout has passed. The heartbeat (heartbeat.go) sends pings, notices closed
// connections and starts access checks. A connection (connection.go) is either hijacked from net/http
// (hijacked_connection.go) or an http.ResponseWriter, for HTTP/2.
//
// Every stream receives the [Condition] of its view, so that a page never claims to be up to date when it may not be
// (condition.go).
//
// Besides views there are feeds ([Engine.ServeEvents], [Engine.Publish]): raw events in order, for programs.
//
// # Reuse
//
// Most events change one row of a page that several browsers show. Four layers avoid doing again what was done for the
// same event or for the previous frame. They are independent: each is correct, and saves its part, without the others.
//
//  1. Shared query ([ShareQuery] in shared_query.go; callers in handlers/shared_queries.go). Views that are rendered
//     because of the same event have queries in common, such as the totals of a list whose viewers have different
//     rights or languages. The first view runs them, the others take the result if it was queried after they were invalidated.
//     With one view there is nothing to share, and the layer is not used.
//  2. Row cache (store/giveaway_row_cache.go; owned by the view). The ids of the last rows predict the next ones, so that
//     Postgres answers everything in one round trip, and a row whose bytes are equal is not decoded again. It is not used
//     on SQLite, where it saved less than 5 %.
//  3. Fragment cache (views/ui/fragment_cache.go; owned by the view). A part of the page, such as a row, whose inputs are
//     equal is not rendered again: its HTML is copied from the last render.
//  4. Frame diff (diff.go, fragment.go). Two frames are compared element by element, and browsers that show the older
//     one get the changed elements alone. Blocks of unchanged elements are not parsed again. A render with an unchanged
//     version is not even compared, and nothing is sent.
//
// What each layer saves of one render pass for 1 to 20 viewers of a list with 25 rows, one of which has changed, in
// percent of the cost with the other three layers alone. The ranges are over two lists, both databases, and 1 to 4
// views. CPU time includes the database and was measured on a busy machine, with an error of about 10 points.
//
//	layer           queries  allocations  allocated bytes  bytes sent  CPU time
//	shared query      20–50          2–4              1–3           0      0–18  2 to 4 views
//	row cache             0        30–33            25–29           0     10–12  on Postgres
//	fragment cache        0        62–80            42–56           0     14–32
//	frame diff            0     −3 to −1            29–38       98–99     −5–15  0.3 KB of 84 KB, 1.7 KB of 90 KB
//
// To measure again (POSTGRES_PID adds the CPU time of a Postgres server on the same machine):
//
//	go test -run '^$' -bench '^BenchmarkReuse$' -benchtime 100x ./handlers
package live
