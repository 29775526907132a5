package handlers

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/cespare/xxhash/v2"

	"guildboard/handlers/connlimit"
	"guildboard/handlers/live"
	"guildboard/store"
	"guildboard/views"
)

// livePage is a page with a part that is kept true. One function, Body, makes that part, whether for the first paint,
// for htmx, for a poll or for the stream, so they cannot drift apart.
type livePage struct {
	Page   views.Page
	URL    string   // canonical: equal addresses show the same
	Stream string   // of the same view
	Topics []string // what makes it change
	Access []string // the guilds that a viewer needs access to, where the page is not of one guild
	Scope  string   // what else the live part depends on; "" for a page within one guild
	// Allowed asks again whether a stream may go on; nil: whoever may manage the request's guild.
	Allowed func(context.Context) (bool, error)

	// Watch is called when a stream of the page begins, and what it gives when that has ended; nil: nobody need know.
	Watch func(context.Context) (end func())

	// Body asks the store and gives the live part. It outlives its request, and what it gives is shared by all who look
	// at URL in the same language and time zone with the same rights and Scope: it may depend on them, the store, what
	// has passed by Page.Now, and nothing else.
	Body func(ctx context.Context, p views.Page) (templ.Component, error)
	// Frame is the page around the live part.
	Frame func(views.Page, views.Region) templ.Component
	// Beside is what a partial answer brings along when its reader moved to another view; nil for nothing.
	Beside func(views.Page) templ.Component
	// Canonical is where the page itself is to be read when its address said something that is another for each reader;
	// "" when it did not.
	Canonical string
	memo      *views.Memo // of the view that is watched; nil for a page that is asked for once
	// Shown is the page of the list that Body has read; nil if it is not a list.
	Shown *shownPage
	// Gone is where the page of a single thing leads when it was deleted while somebody looked; "" elsewhere.
	Gone string
}

// showLive answers with the page, or with its live part alone when htmx asks for that.
func (s *Server) showLive(page func(*http.Request) (livePage, error)) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		lp, err := page(r)
		if err != nil {
			return err
		}
		if lp.Canonical != "" && !partial(r) {
			http.Redirect(w, r, lp.Canonical, http.StatusSeeOther)
			return nil
		}
		region, err := s.region(r.Context(), lp, partial(r))
		if err != nil {
			return err
		}
		moved, hasMoved := lp.Shown.moved()
		if hasMoved {
			lp.URL, lp.Stream = moved.URL(), moved.Stream()
			if !partial(r) {
				http.Redirect(w, r, lp.URL, http.StatusSeeOther)
				return nil
			}
		}
		h := w.Header()
		h.Set("ETag", `"`+region.Version+`"`)
		h.Set("Cache-Control", "no-store") // nothing is left behind for who comes after
		h.Add("Vary", "HX-Request")
		h.Add("Vary", "HX-Request-Type")
		if !partial(r) {
			lp.Page.Live = true
			return s.render(w, r, lp.Frame(lp.Page, region))
		}
		if isPoll(r) {
			s.Metrics.polls.Inc()
		}
		if matches(r.Header.Get("If-None-Match"), region.Version) {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
		if hasMoved && isPoll(r) {
			h.Set("HX-Replace-Url", lp.URL)
		}
		return s.render(w, r, lp.part(w, r, region))
	}
}

// part is the answer to htmx. A reader who moved gets the canonical address, and the form that goes with it.
func (lp livePage) part(w http.ResponseWriter, r *http.Request, region views.Region) templ.Component {
	part := views.LiveRegion(region)
	switch source := r.Header.Get("HX-Source"); {
	case isPoll(r):
	case source == "form#filters": // typing must not fill the history, nor be disturbed
		w.Header().Set("HX-Replace-Url", lp.URL)
	default:
		w.Header().Set("HX-Push-Url", lp.URL)
		if lp.Beside != nil {
			part = templ.Join(part, lp.Beside(lp.Page))
		}
	}
	return part
}

// stream makes a handler of a function that streams. Asked with HEAD it does not begin what would never end.
func (s *Server) stream(serve func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return s.handle(func(w http.ResponseWriter, r *http.Request) error {
		if r.Method == http.MethodHead {
			s.send(w, http.StatusOK, "text/event-stream", nil)
			return nil
		}
		connlimit.KeepOpen(r.Context()) // whoever comes here is signed in
		return serve(w, r)
	})
}

// streamLive keeps the page's live part true for as long as its reader looks and may.
func (s *Server) streamLive(page func(*http.Request) (livePage, error)) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		lp, err := page(r)
		if err != nil {
			return err
		}
		who := live.Viewer{User: visitorOf(r).session.UserID, Guarded: infoOf(r).began, Allowed: lp.Allowed}
		if who.Allowed == nil {
			who = s.viewer(r)
		}
		if who, err = s.seated(r, who); err != nil {
			return err
		}
		if lp.Watch != nil {
			leave, end := who.Left, lp.Watch(r.Context())
			who.Left = func() { leave(); end() }
		}
		return s.Live.Serve(w, r, s.view(lp), who)
	}
}

// view is the page for the live engine. Its key is all that the live part depends on.
func (s *Server) view(lp livePage) live.View {
	lp.memo = new(views.Memo)
	var last live.Frame // most looks find nothing new
	return live.View{
		Key: strings.Join([]string{
			lp.URL, string(lp.Page.Locale), lp.Page.TimeZone().String(), lp.Page.Rights.String(), lp.Scope,
		}, " "),
		Topics: lp.Topics,
		Access: lp.accessTopics(),
		Every:  lp.Page.Poll(),
		Render: func(ctx context.Context) (live.Frame, error) {
			region, err := s.region(ctx, lp, true)
			if err != nil {
				return live.Frame{}, err
			}
			if region.Version != last.Version {
				last, err = frameOf(ctx, region)
			}
			return last, err
		},
	}
}

// accessTopics name what changes who may watch the page.
func (lp livePage) accessTopics() (topics []string) {
	if lp.Page.Guild != nil {
		return []string{accessTopic(lp.Page.Guild.ID)}
	}
	for _, guild := range lp.Access {
		topics = append(topics, accessTopic(guild))
	}
	return topics
}

// frameOf is the region as it travels.
func frameOf(ctx context.Context, region views.Region) (live.Frame, error) {
	const tail = "</section>"
	body := region.Body
	region.Body = nil
	var around bytes.Buffer
	if err := views.LiveRegion(region).Render(ctx, &around); err != nil {
		return live.Frame{}, fmt.Errorf("rendering region: %w", err)
	}
	head := bytes.Clone(bytes.TrimSuffix(around.Bytes(), []byte(tail)))
	return live.Frame{Version: region.Version, Head: head, Body: body, Tail: []byte(tail)}, nil
}

// region renders the live part. Where the thing it shows is deleted, a page that is open already says so in place of
// failing; one that is only being opened is not found.
func (s *Server) region(ctx context.Context, lp livePage, isOpen bool) (views.Region, error) {
	shared := views.Page{
		Site: lp.Page.Site, Locale: lp.Page.Locale, Zone: lp.Page.Zone, Rights: lp.Page.Rights, Section: lp.Page.Section,
		Memo: lp.memo, Now: time.Now(),
	}
	lp.memo.Next()
	if lp.Page.Guild != nil {
		shared.Guild = &views.GuildLink{ID: lp.Page.Guild.ID}
		shared.Names = s.Names.of(ctx, lp.Page.Guild.ID)
	}
	body, err := s.body(ctx, lp, shared)
	if errors.Is(err, store.ErrNotFound) && isOpen && lp.Gone != "" {
		body, err = views.Gone(shared, lp.Gone), nil
	}
	if err != nil {
		return views.Region{}, err
	}
	html, err := s.draw(ctx, body, maxRegionHTML, lp.memo.Size())
	if errors.Is(err, errTooLarge) {
		s.Log.ErrorContext(ctx, "live part is too large, left out", "url", lp.URL, "bytes", maxRegionHTML)
		lp.memo.Next() // drops the fragments that were rendered
		html, err = s.draw(ctx, views.TooLarge(shared), maxRegionHTML, 0)
	}
	if err != nil {
		return views.Region{}, fmt.Errorf("render live part: %w", err)
	}
	lp.memo.Settle(html)
	url, stream := lp.URL, lp.Stream
	if moved, hasMoved := lp.Shown.moved(); hasMoved && lp.memo == nil {
		url, stream = moved.URL(), moved.Stream()
	}
	return views.Region{URL: url, Stream: stream, Poll: lp.Page.Poll(), Version: version(url, html), Body: html}, nil
}

// body returns the component of the live part. A stream can't change the address of its page, so if another page of the
// list is shown, the component makes htmx change it.
func (s *Server) body(ctx context.Context, lp livePage, p views.Page) (templ.Component, error) {
	body, err := lp.Body(ctx, p)
	if moved, hasMoved := lp.Shown.moved(); err == nil && hasMoved && lp.memo != nil {
		body = templ.Join(views.Moved(moved), body)
	}
	return body, err
}

// version is a hash of what a view shows. Versions are compared within one view only, and by whoever got them from us, so
// a fast hash will do.
func version(url string, html []byte) string {
	h := xxhash.New()
	_, _ = h.WriteString(url) // never fails
	_, _ = h.Write(html)
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, h.Sum64()))
}

// matches tells whether an If-None-Match names the version (RFC 9110 §13.1.2, weak comparison).
func matches(ifNoneMatch, version string) bool {
	for tag := range strings.SplitSeq(ifNoneMatch, ",") {
		if strings.TrimPrefix(strings.TrimSpace(tag), "W/") == `"`+version+`"` {
			return true
		}
	}
	return false
}
