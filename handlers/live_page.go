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
	"guildboard/views/ui"
)

// livePage is a page with a live part. Body alone renders the live part for the first paint, htmx requests, polls and
// the stream, so that they cannot differ.
type livePage struct {
	Page         ui.Page
	URL          string   // canonical URL; pages with equal URLs show the same
	StreamURL    string   // URL of the stream of the same view
	Topics       []string // topics that invalidate the live part
	AccessGuilds []string // guilds that the viewer needs access to, if the page is not of one guild
	Scope        string   // further dependencies of the live part; "" for a page within one guild
	// CheckAccess reports whether the viewer may still watch the stream; nil checks the rights in the request's guild.
	CheckAccess func(context.Context) (bool, error)

	// OnStream is called when a stream of the page starts, and end when it ends; nil for nothing to do.
	OnStream func(context.Context) (end func())

	// Body reads the store and returns the live part. It can run after its request has ended, and its result is shared
	// by all viewers of URL with the same language, time zone, rights and Scope. It may depend on those, on the store
	// and on the time since Page.Now, and on nothing else.
	Body func(ctx context.Context, p ui.Page) (templ.Component, error)
	// Layout renders the page around the live part. It is called after Body.
	Layout func(ui.Page, ui.Region) templ.Component
	// Toolbar is the toolbar of the list, which a partial response updates; nil for pages without one.
	Toolbar *ui.Toolbar
	// CanonicalURL is the URL to redirect to if the requested one contains a value that depends on the viewer; ""
	// otherwise.
	CanonicalURL string
	// fragments caches the fragments of a watched view; nil outside streams.
	fragments *ui.FragmentCache
	// ListPage is the page of the list that Body reads; nil if the page is not a list.
	ListPage *listPage
	// GoneURL is the page that the deletion notice links to when the displayed row is deleted; "" for pages without
	// such a row.
	GoneURL string
}

// showLivePage answers with the page, or with its live part alone if htmx requests that.
func (s *Server) showLivePage(
	page func(*http.Request) (livePage, error),
) func(http.ResponseWriter, *http.Request) error {
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
			lp.URL, lp.StreamURL = moved.String(), moved.Stream()
			if !isPartial(r) {
				http.Redirect(w, r, lp.URL, http.StatusSeeOther)
				return nil
			}
		}
		h := w.Header()
		h.Set("ETag", `"`+region.Version+`"`)
		h.Set("Cache-Control", "no-store") // shared computers must not keep pages after sign-out
		h.Add("Vary", "HX-Request")
		h.Add("Vary", "HX-Request-Type")
		if !isPartial(r) {
			lp.Page.HasLiveRegion = true
			return s.render(w, r, lp.Layout(lp.Page, region))
		}
		if isPoll(r) {
			s.metrics.polls.Inc()
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

// partialResponse returns the response to htmx. After navigation it sets the canonical URL and updates the toolbar.
func (lp livePage) partialResponse(w http.ResponseWriter, r *http.Request, region ui.Region) templ.Component {
	part := ui.LiveRegion(region)
	switch source := r.Header.Get("HX-Source"); {
	case isPoll(r):
	case source == "form#filters": // typing in a filter must not add history entries or replace the form
		w.Header().Set("HX-Replace-Url", lp.URL)
		if lp.Toolbar != nil {
			part = templ.Join(part, ui.FilterUpdate(lp.Page, *lp.Toolbar))
		}
	default:
		w.Header().Set("HX-Push-Url", lp.URL)
		if lp.Toolbar != nil {
			part = templ.Join(part, ui.ToolbarUpdate(lp.Page, *lp.Toolbar))
		}
	}
	return part
}

// streaming answers HEAD without a body, since a stream does not end, and other methods with serve.
func (s *Server) streaming(serve handlerFunc) handlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		if r.Method == http.MethodHead {
			s.writeBody(w, http.StatusOK, "text/event-stream", nil)
			return nil
		}
		connlimit.KeepOpen(r.Context()) // the user has access: streams of users stay open
		return serve(w, r)
	}
}

// streamLivePage streams the page's live part while the viewer is connected and has access.
func (s *Server) streamLivePage(
	page func(*http.Request) (livePage, error),
) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		lp, err := page(r)
		if err != nil {
			return err
		}
		viewer := live.Viewer{
			UserID: visitorOf(r).session.UserID, AuthorizedAt: requestInfoOf(r).startedAt, CheckAccess: lp.CheckAccess,
		}
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

// liveView returns the page as a view of the live engine. Its key contains everything that the live part depends on.
func (s *Server) liveView(lp livePage) live.View {
	lp.fragments = new(ui.FragmentCache)
	var last live.Frame // reused while the version of the region stays the same
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

// accessTopics returns the topics of events that can change which users may watch the page.
func (lp livePage) accessTopics() (topics []string) {
	if lp.Page.Guild != nil {
		return []string{accessTopic(lp.Page.Guild.ID)}
	}
	for _, guild := range lp.AccessGuilds {
		topics = append(topics, accessTopic(guild))
	}
	return topics
}

// newFrame returns the region as a frame of the stream.
func newFrame(ctx context.Context, region ui.Region) (live.Frame, error) {
	const tail = "</section>"
	body := region.Body
	region.Body = nil
	var wrapper bytes.Buffer
	if err := ui.LiveRegion(region).Render(ctx, &wrapper); err != nil {
		return live.Frame{}, fmt.Errorf("render region: %w", err)
	}
	head := bytes.Clone(bytes.TrimSuffix(wrapper.Bytes(), []byte(tail)))
	return live.Frame{Version: region.Version, Head: head, Body: body, Tail: []byte(tail)}, nil
}

// renderRegion renders the live part. If its row was deleted, an open page (isOpen) shows a notice; otherwise the error
// is store.ErrNotFound.
func (s *Server) renderRegion(ctx context.Context, lp livePage, isOpen bool) (ui.Region, error) {
	sharedPage := ui.Page{
		Site:        lp.Page.Site,
		Reader:      ui.Reader{Locale: lp.Page.Locale, Zone: lp.Page.Zone, BrowserZone: lp.Page.BrowserZone, Rights: lp.Page.Rights},
		Shell:       ui.Shell{Section: lp.Page.Section},
		RenderState: ui.RenderState{Fragments: lp.fragments, Now: time.Now()},
	}
	lp.fragments.BeginRender()
	if lp.Page.Guild != nil {
		sharedPage.Guild = &ui.GuildLink{ID: lp.Page.Guild.ID}
		sharedPage.Names = s.names.get(ctx, lp.Page.Guild.ID)
	}
	body, err := s.liveComponent(ctx, lp, sharedPage)
	if errors.Is(err, store.ErrNotFound) && isOpen && lp.GoneURL != "" {
		body, err = ui.DeletedNotice(sharedPage, lp.GoneURL), nil
	}
	if err != nil {
		return ui.Region{}, err
	}
	html, err := s.renderHTML(ctx, body, maxRegionHTML, lp.fragments.EstimatedSize())
	if errors.Is(err, errTooLarge) {
		s.Log.ErrorContext(ctx, "live part is too large, left out", "url", lp.URL, "bytes", maxRegionHTML)
		lp.fragments.BeginRender() // drops the fragments that were rendered
		html, err = s.renderHTML(ctx, ui.TooLargeNotice(sharedPage), maxRegionHTML, 0)
	}
	if err != nil {
		return ui.Region{}, fmt.Errorf("render live part: %w", err)
	}
	lp.fragments.FinishRender(html)
	url, stream := lp.URL, lp.StreamURL
	if moved, hasMoved := lp.ListPage.moved(); hasMoved && lp.fragments == nil {
		url, stream = moved.String(), moved.Stream()
	}
	return ui.Region{
		URL: url, StreamURL: stream, PollInterval: lp.Page.PollInterval(), Version: contentVersion(url, html), Body: html,
	}, nil
}

// liveComponent returns the component of the live part. A stream cannot change the URL of its page, so if the list
// moved to another page, the component makes htmx change it.
func (s *Server) liveComponent(ctx context.Context, lp livePage, p ui.Page) (templ.Component, error) {
	body, err := lp.Body(ctx, p)
	if moved, hasMoved := lp.ListPage.moved(); err == nil && hasMoved && lp.fragments != nil {
		body = templ.Join(ui.ListRedirect(moved), body)
	}
	return body, err
}

// contentVersion returns a hash of the content of a view. Versions are compared within one view only, with values that
// this server issued, so a fast hash without collision resistance is sufficient.
func contentVersion(url string, html []byte) string {
	h := xxhash.New()
	_, _ = h.WriteString(url) // never fails
	_, _ = h.Write(html)
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, h.Sum64()))
}

// matchesETag reports whether an If-None-Match header contains the version (RFC 9110 §13.1.2, weak comparison).
func matchesETag(ifNoneMatch, version string) bool {
	for tag := range strings.SplitSeq(ifNoneMatch, ",") {
		if strings.TrimPrefix(strings.TrimSpace(tag), "W/") == `"`+version+`"` {
			return true
		}
	}
	return false
}
