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
	Page         views.Page
	URL          string   // canonical: equal addresses show the same
	StreamURL    string   // of the same view
	Topics       []string // what makes it change
	AccessGuilds []string // the guilds that a viewer needs access to, where the page is not of one guild
	Scope        string   // what else the live part depends on; "" for a page within one guild
	// CheckAccess asks again whether a stream may go on; nil: whoever may manage the request's guild.
	CheckAccess func(context.Context) (bool, error)

	// OnStream is called when a stream of the page begins, and what it gives when that has ended; nil: nobody need know.
	OnStream func(context.Context) (end func())

	// Body asks the store and gives the live part. It outlives its request, and what it gives is shared by all who look
	// at URL in the same language and time zone with the same rights and Scope: it may depend on them, the store, what
	// has passed by Page.Now, and nothing else.
	Body func(ctx context.Context, p views.Page) (templ.Component, error)
	// Layout is the page around the live part.
	Layout func(views.Page, views.Region) templ.Component
	// OutOfBand is what a partial answer brings along when its reader moved to another view; nil for nothing.
	OutOfBand func(views.Page) templ.Component
	// CanonicalURL is where the page itself is to be read when its address said something that is another for each reader;
	// "" when it did not.
	CanonicalURL string
	fragments    *views.FragmentCache // of the view that is watched; nil for a page that is asked for once
	// ListPage is the page of the list that Body has read; nil if it is not a list.
	ListPage *listPage
	// GoneURL is where the page of a single thing leads when it was deleted while somebody looked; "" elsewhere.
	GoneURL string
}

// showLivePage answers with the page, or with its live part alone when htmx asks for that.
func (s *Server) showLivePage(page func(*http.Request) (livePage, error)) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		lp, err := page(r)
		if err != nil {
			return err
		}
		if lp.CanonicalURL != "" && !isPartial(r) {
			http.Redirect(w, r, lp.CanonicalURL, http.StatusSeeOther)
			return nil
		}
		region, err := s.renderRegion(r.Context(), lp, isPartial(r))
		if err != nil {
			return err
		}
		moved, hasMoved := lp.ListPage.moved()
		if hasMoved {
			lp.URL, lp.StreamURL = moved.URL(), moved.StreamURL()
			if !isPartial(r) {
				http.Redirect(w, r, lp.URL, http.StatusSeeOther)
				return nil
			}
		}
		h := w.Header()
		h.Set("ETag", `"`+region.Version+`"`)
		h.Set("Cache-Control", "no-store") // nothing is left behind for who comes after
		h.Add("Vary", "HX-Request")
		h.Add("Vary", "HX-Request-Type")
		if !isPartial(r) {
			lp.Page.HasLiveRegion = true
			return s.render(w, r, lp.Layout(lp.Page, region))
		}
		if isPoll(r) {
			s.Metrics.polls.Inc()
		}
		if matchesETag(r.Header.Get("If-None-Match"), region.Version) {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
		if hasMoved && isPoll(r) {
			h.Set("HX-Replace-Url", lp.URL)
		}
		return s.render(w, r, lp.partialResponse(w, r, region))
	}
}

// partialResponse is the answer to htmx. A reader who moved gets the canonical address, and the form that goes with it.
func (lp livePage) partialResponse(w http.ResponseWriter, r *http.Request, region views.Region) templ.Component {
	part := views.LiveRegion(region)
	switch source := r.Header.Get("HX-Source"); {
	case isPoll(r):
	case source == "form#filters": // typing must not fill the history, nor be disturbed
		w.Header().Set("HX-Replace-Url", lp.URL)
	default:
		w.Header().Set("HX-Push-Url", lp.URL)
		if lp.OutOfBand != nil {
			part = templ.Join(part, lp.OutOfBand(lp.Page))
		}
	}
	return part
}

// streamHandler makes a handler of a function that streams. Asked with HEAD it does not begin what would never end.
func (s *Server) streamHandler(serve func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return s.handle(func(w http.ResponseWriter, r *http.Request) error {
		if r.Method == http.MethodHead {
			s.writeBody(w, http.StatusOK, "text/event-stream", nil)
			return nil
		}
		connlimit.KeepOpen(r.Context()) // whoever comes here is signed in
		return serve(w, r)
	})
}

// streamLivePage keeps the page's live part true for as long as its reader looks and may.
func (s *Server) streamLivePage(page func(*http.Request) (livePage, error)) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		lp, err := page(r)
		if err != nil {
			return err
		}
		viewer := live.Viewer{UserID: visitorOf(r).session.UserID, AuthorizedAt: requestInfoOf(r).startedAt, CheckAccess: lp.CheckAccess}
		if viewer.CheckAccess == nil {
			viewer = s.streamViewer(r)
		}
		if viewer, err = s.acquireStreamSlot(r, viewer); err != nil {
			return err
		}
		if lp.OnStream != nil {
			release, end := viewer.OnEnd, lp.OnStream(r.Context())
			viewer.OnEnd = func() { release(); end() }
		}
		return s.Live.Serve(w, r, s.liveView(lp), viewer)
	}
}

// liveView is the page for the live engine. Its key is all that the live part depends on.
func (s *Server) liveView(lp livePage) live.View {
	lp.fragments = new(views.FragmentCache)
	var last live.Frame // most looks find nothing new
	return live.View{
		Key: strings.Join([]string{
			lp.URL, string(lp.Page.Locale), lp.Page.TimeZone().String(), lp.Page.Rights.String(), lp.Scope,
		}, " "),
		Topics:          lp.Topics,
		AccessTopics:    lp.accessTopics(),
		RefreshInterval: lp.Page.PollInterval(),
		Render: func(ctx context.Context) (live.Frame, error) {
			region, err := s.renderRegion(ctx, lp, true)
			if err != nil {
				return live.Frame{}, err
			}
			if region.Version != last.Version {
				last, err = newFrame(ctx, region)
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
	for _, guild := range lp.AccessGuilds {
		topics = append(topics, accessTopic(guild))
	}
	return topics
}

// newFrame is the region as it travels.
func newFrame(ctx context.Context, region views.Region) (live.Frame, error) {
	const tail = "</section>"
	body := region.Body
	region.Body = nil
	var wrapper bytes.Buffer
	if err := views.LiveRegion(region).Render(ctx, &wrapper); err != nil {
		return live.Frame{}, fmt.Errorf("rendering region: %w", err)
	}
	head := bytes.Clone(bytes.TrimSuffix(wrapper.Bytes(), []byte(tail)))
	return live.Frame{Version: region.Version, Head: head, Body: body, Tail: []byte(tail)}, nil
}

// renderRegion renders the live part. Where the thing it shows is deleted, a page that is open already says so in place of
// failing; one that is only being opened is not found.
func (s *Server) renderRegion(ctx context.Context, lp livePage, isOpen bool) (views.Region, error) {
	sharedPage := views.Page{
		Site: lp.Page.Site, Locale: lp.Page.Locale, Zone: lp.Page.Zone, Rights: lp.Page.Rights, Section: lp.Page.Section,
		Fragments: lp.fragments, Now: time.Now(),
	}
	lp.fragments.BeginRender()
	if lp.Page.Guild != nil {
		sharedPage.Guild = &views.GuildLink{ID: lp.Page.Guild.ID}
		sharedPage.Names = s.Names.get(ctx, lp.Page.Guild.ID)
	}
	body, err := s.liveComponent(ctx, lp, sharedPage)
	if errors.Is(err, store.ErrNotFound) && isOpen && lp.GoneURL != "" {
		body, err = views.DeletedNotice(sharedPage, lp.GoneURL), nil
	}
	if err != nil {
		return views.Region{}, err
	}
	html, err := s.renderHTML(ctx, body, maxRegionHTML, lp.fragments.EstimatedSize())
	if errors.Is(err, errTooLarge) {
		s.Log.ErrorContext(ctx, "live part is too large, left out", "url", lp.URL, "bytes", maxRegionHTML)
		lp.fragments.BeginRender() // drops the fragments that were rendered
		html, err = s.renderHTML(ctx, views.TooLarge(sharedPage), maxRegionHTML, 0)
	}
	if err != nil {
		return views.Region{}, fmt.Errorf("render live part: %w", err)
	}
	lp.fragments.FinishRender(html)
	url, stream := lp.URL, lp.StreamURL
	if moved, hasMoved := lp.ListPage.moved(); hasMoved && lp.fragments == nil {
		url, stream = moved.URL(), moved.StreamURL()
	}
	return views.Region{URL: url, StreamURL: stream, PollInterval: lp.Page.PollInterval(), Version: contentVersion(url, html), Body: html}, nil
}

// liveComponent returns the component of the live part. A stream can't change the address of its page, so if another page of the
// list is shown, the component makes htmx change it.
func (s *Server) liveComponent(ctx context.Context, lp livePage, p views.Page) (templ.Component, error) {
	body, err := lp.Body(ctx, p)
	if moved, hasMoved := lp.ListPage.moved(); err == nil && hasMoved && lp.fragments != nil {
		body = templ.Join(views.ListRedirect(moved), body)
	}
	return body, err
}

// contentVersion is a hash of what a view shows. Versions are compared within one view only, and by whoever got them from us, so
// a fast hash will do.
func contentVersion(url string, html []byte) string {
	h := xxhash.New()
	_, _ = h.WriteString(url) // never fails
	_, _ = h.Write(html)
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, h.Sum64()))
}

// matchesETag tells whether an If-None-Match names the version (RFC 9110 §13.1.2, weak comparison).
func matchesETag(ifNoneMatch, version string) bool {
	for tag := range strings.SplitSeq(ifNoneMatch, ",") {
		if strings.TrimPrefix(strings.TrimSpace(tag), "W/") == `"`+version+`"` {
			return true
		}
	}
	return false
}
