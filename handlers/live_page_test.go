package handlers_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"guildboard/handlers"
	"guildboard/handlers/live/livetest"
	"guildboard/static"
	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/discord"
)

// message is one server-sent event.
type message struct{ id, event, data string }

// stream is an open event stream. The messages channel is closed when the stream ends.
type stream struct {
	*http.Response
	t        testing.TB
	messages <-chan message
}

// openStream opens a stream, which is closed at the end of the test.
func (b *browser) openStream(path string, headers ...string) *stream {
	t := b.site.t
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	response := b.do(ctx, http.MethodGet, path, nil, headers...)
	if response.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(response.Body)
		t.Fatalf("stream %s: status %d: %s", path, response.StatusCode, body)
	}
	messages, ended := make(chan message, 100), make(chan struct{})
	go func() {
		defer close(ended)
		defer close(messages)
		readMessages(response.Body, messages)
	}()
	t.Cleanup(func() { cancel(); response.Body.Close(); <-ended })
	return &stream{response, t, messages}
}

// readMessages parses an event stream as a browser does (HTML Standard, section 9.2.6).
func readMessages(r io.Reader, messages chan<- message) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 8<<20)
	var m message
	var data []string
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case lines.Text() == "" && data == nil: // a comment
		case lines.Text() == "":
			m.data = strings.Join(data, "\n")
			messages <- m
			m, data = message{}, nil
		case field == "id":
			m.id = value
		case field == "event":
			m.event = value
		case field == "data":
			data = append(data, value)
		}
	}
}

// next returns the next message that is not a ping.
func (s *stream) next() message {
	s.t.Helper()
	for {
		if m := await(s.t, s.messages, "a frame"); m.event != "ping" {
			return m
		}
	}
}

// waitForEnd waits until the stream ends.
func (s *stream) waitForEnd() {
	s.t.Helper()
	for m := (message{event: "ping"}); m != (message{}); {
		m = await(s.t, s.messages, "the end of the stream")
	}
}

// streamPath returns the URL of the stream for a page.
func streamPath(page string) string {
	path, query, filtered := strings.Cut(page, "?")
	if !filtered {
		return strings.TrimSuffix(path, "/") + "/live"
	}
	return path + "/live?" + query
}

// withoutStreamLimit removes the limit on the number of streams for each user.
func withoutStreamLimit(_ *site, c *handlers.Config) { c.Streams.MaxStreamsPerUser = 1000 }

func TestPagePartialAndStreamMatch(t *testing.T) {
	s := openSite(t, withoutStreamLimit, atNoon)
	pages := seedPages(t, s)
	english, vietnamese := s.signIn(robin), s.signIn(robin)
	vietnamese.setCookie("lang", "vi")
	versions := map[string]string{}
	for _, page := range pages {
		for _, b := range []*browser{english, vietnamese} {
			fullPage := b.get(page).wantStatus(http.StatusOK)
			part := b.get(page, asPoll...).wantStatus(http.StatusOK)
			if !bytes.HasPrefix(part.body, []byte(`<section id="live"`)) || !bytes.HasSuffix(part.body, []byte(`</section>`)) {
				t.Errorf("%s: the partial response is not only the region:\n%s", page, part.body)
			}
			if bytes.Count(fullPage.body, part.body) != 1 {
				t.Errorf("%s: the page's region differs from the partial response:\n%s", page, part.body)
			}
			// A browser, and therefore the stream, treats \r\n as a line end, too.
			frame := b.openStream(streamPath(page)).next()
			if want := strings.ReplaceAll(string(part.body), "\r\n", "\n"); frame.data != want {
				t.Errorf("%s: frame =\n%s\nwant the partial response\n%s", page, frame.data, want)
			}
			version := attr(fullPage.find("#live"), "data-version")
			if etag := `"` + version + `"`; version == "" || fullPage.Header.Get("ETag") != etag ||
				part.Header.Get("ETag") != etag || frame.id != version {
				t.Errorf("%s: version %q, ETags %s and %s, frame id %s, want the same version in all",
					page, version, fullPage.Header.Get("ETag"),
					part.Header.Get("ETag"), frame.id)
			}
			if other, taken := versions[version]; taken {
				t.Errorf("%s has the same version as %s", page, other)
			}
			versions[version] = page
		}
	}
}

func TestLivePageResponses(t *testing.T) {
	s := openSite(t, atNoon)
	pages := seedPages(t, s)
	b := s.signIn(robin)
	for _, page := range pages {
		b.get(page).wantStatus(http.StatusOK) // the next ones show that the viewer has been there before
		fullPage := b.get(page).wantStatus(http.StatusOK)
		etag := fullPage.Header.Get("ETag")

		for name, headers := range map[string][]string{
			"page": nil, "after Back": {"HX-Request", "true"}, "boosted": {"HX-Request", "true", "HX-Request-Type", "full"},
			"not htmx": {"HX-Request-Type", "partial"}, "page with its ETag": {"If-None-Match", etag},
		} {
			a := b.get(page, headers...).wantStatus(http.StatusOK)
			if a.find("html[lang] > body main #live").Length() != 1 || !bytes.Equal(a.body, fullPage.body) {
				t.Errorf("%s (%s): response differs from the whole page", page, name)
			}
		}
		for _, a := range []*testResponse{fullPage, b.get(page, asPartial...).wantStatus(http.StatusOK),
			b.get(page, withHeaders(asPartial, "If-None-Match", etag)...)} {
			vary := strings.Join(a.Header.Values("Vary"), ", ")
			if a.Header.Get("Cache-Control") != "no-store" || !strings.Contains(vary, "HX-Request,") ||
				!strings.Contains(vary, "HX-Request-Type") {
				t.Errorf("%s: Cache-Control = %q, Vary = %q, want no-store and the htmx headers",
					page, a.Header.Get("Cache-Control"), vary)
			}
		}
		for _, tag := range []string{etag, "W/" + etag, `"other", ` + etag, `W/"other",W/` + etag} {
			a := b.get(page, withHeaders(asPoll, "If-None-Match", tag)...).wantStatus(http.StatusNotModified)
			if len(a.body) > 0 || a.Header.Get("ETag") != etag {
				t.Errorf("%s: 304 with %d bytes and ETag %s, want no body and the same ETag",
					page, len(a.body), a.Header.Get("ETag"))
			}
		}
		for _, tag := range []string{`"other"`, strings.Trim(etag, `"`), `"` + strings.Trim(etag, `"`) + `x"`, ""} {
			b.get(page, withHeaders(asPoll, "If-None-Match", tag)...).wantStatus(http.StatusOK)
		}
	}
}

func TestURLFollowsNavigation(t *testing.T) {
	s := openSite(t)
	seedPages(t, s)
	b := s.signIn(robin)
	for _, list := range []string{giveawaysPath, ticketsPath} {
		requested, canonical := list+"?page=1&q=a&status=", list+"?q=a"
		for source, want := range map[string]struct {
			push, replace string
			form          bool
		}{
			"section#live":  {},
			"form#filters":  {replace: canonical},
			"a#tab-ended":   {push: canonical, form: true},
			"a#page-next":   {push: canonical, form: true},
			"button#resort": {push: canonical, form: true},
		} {
			a := b.get(requested, withHeaders(asPartial, "HX-Source", source)...).wantStatus(http.StatusOK)
			if push, replace := a.Header.Get("HX-Push-Url"), a.Header.Get("HX-Replace-Url"); push != want.push || replace != want.replace {
				t.Errorf("%s from %s: HX-Push-Url = %q, HX-Replace-Url = %q, want %q and %q",
					requested, source, push, replace, want.push, want.replace)
			}
			if brought := bytes.Contains(a.body, []byte(`<hx-partial hx-target="#toolbar"`)); brought != want.form {
				t.Errorf("%s from %s: response has the form = %t, want %t", requested, source, brought, want.form)
			}
		}
	}
	t.Run("requests of the region keep the URL", func(t *testing.T) {
		a := b.get(giveawaysPath).wantStatus(http.StatusOK)
		if live := a.find("#live"); attr(live, "hx-push-url")+attr(live, "hx-replace-url") != "" {
			t.Error("the region's requests would change the URL")
		}
	})
}

func TestLiveRegionPolls(t *testing.T) {
	s := openSite(t)
	pages := seedPages(t, s)
	b := s.signIn(robin)
	for _, page := range pages {
		trigger := "every 24000ms, live:poll" // 30 s with the jitter that live.js adds
		if strings.Contains(page, "/giveaways") {
			trigger = "every 12000ms, live:poll"
		} else if strings.HasPrefix(page, ticketsPath+"/") { // the stream records that the viewer is present
			trigger = "every 9600ms, live:poll"
		}
		a := b.get(page).wantStatus(http.StatusOK)
		if got := attr(a.find("#live"), "hx-trigger"); got != trigger {
			t.Errorf("%s: trigger = %q, want %q", page, got, trigger)
		}
		if status := a.find("#live-status[role=status]"); visibleText(status) == "" ||
			attr(status, "data-off") != "No connection since {time}" {
			t.Errorf("%s: live status = %q, want a text and data-off", page, visibleText(status))
		}
		scripts := a.find("body > script")
		scripts.Each(func(i int, script *goquery.Selection) {
			for _, attribute := range []string{"defer", "async", "type"} {
				if _, has := script.Attr(attribute); has {
					t.Errorf("%s: script %d has the attribute %s, so it would not wait for the others",
						page, i, attribute)
				}
			}
		})
		want := 13
		switch {
		case !strings.Contains(page, "/guilds/"):
			want = 11
		case strings.Contains(page, "/tickets"):
			want = 15
		}
		if got := scripts.Length(); got != want {
			t.Errorf("%s: scripts = %d, want %d", page, got, want)
		}
	}
}

func TestOpenPageShowsDeletion(t *testing.T) {
	s := openSite(t)
	g := s.createGiveaway(store.Giveaway{Prize: "A lamp"})
	s.subscribe()
	b := s.signIn(robin)
	path := giveawaysPath + "/" + g.ID
	version := attr(b.get(path).wantStatus(http.StatusOK).find("#live"), "data-version")
	watching := b.openStream(path+"/live", "Last-Event-ID", version)
	must(t, s.Store.DeleteGiveaway(t.Context(), lantern, g.ID))
	s.publish(contract.GiveawayUpdateEvent, lantern)

	if frame := watching.next(); !strings.Contains(frame.data, `id="gone"`) {
		t.Errorf("frame =\n%s\nwant the message that the row is gone", frame.data)
	}
	b.get(path).wantStatus(http.StatusNotFound)
	for _, page := range []string{path, ticketsPath + "/" + g.ID} { // the visitor may not learn whether the row ever existed
		part := b.get(page, asPoll...).wantStatus(http.StatusOK)
		part.wantText("#live #gone", "Deleted")
		list, _, _ := strings.Cut(page, "/"+g.ID)
		if href := attr(part.find("#gone a"), "href"); href != list {
			t.Errorf("%s: link = %q, want %q", page, href, list)
		}
		if frame := b.openStream(page + "/live").next(); frame.data != string(part.body) {
			t.Errorf("%s: frame and partial response differ:\n%s\n%s", page, frame.data, part.body)
		}
	}
}

func TestStreamHeadersAreSentAtOnce(t *testing.T) {
	s := openSite(t)
	pages := seedPages(t, s)
	b := s.signIn(robin)
	for _, page := range append(pages, "/api/events/stream?guildId="+lantern) {
		address := streamPath(page)
		if strings.HasPrefix(page, "/api/") {
			address = page
		}
		st := b.openStream(address, "Accept-Encoding", "gzip, br", "HX-Request", "true")
		for header, want := range map[string]string{
			"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no",
			"Content-Encoding": "", "Content-Length": "",
		} {
			if got := st.Header.Get(header); got != want {
				t.Errorf("%s: %s = %q, want %q", address, header, got, want)
			}
		}
	}
}

func TestStreamSendsChanges(t *testing.T) {
	s := openSite(t)
	g := s.createGiveaway(store.Giveaway{Prize: "A lamp"})
	ticket := s.createTicket("Help", time.Now().Add(-time.Hour))
	s.subscribe()
	b := s.signIn(robin)
	base := "/guilds/" + lantern
	for _, tc := range []struct {
		page   string
		kind   contract.EventType
		change func() error
		want   string
	}{
		{giveawaysPath, contract.GiveawayCreateEvent, func() error { s.createGiveaway(store.Giveaway{Prize: "A table"}); return nil },
			"A table"},
		{base, contract.GiveawayCreateEvent, func() error { s.createGiveaway(store.Giveaway{Prize: "A chair"}); return nil }, "A chair"},
		{giveawaysPath + "/" + g.ID, contract.GiveawayEntryEvent, func() error { s.addEntries(g, 1); return nil }, "Member 0"},
		{giveawaysPath + "?status=ended", contract.GiveawayEndEvent,
			func() error { return s.Store.EndGiveaway(t.Context(), lantern, g.ID, time.Now()) }, "A lamp"},
		{ticketsPath, contract.TicketCreateEvent, func() error { s.createTicket("More help", time.Now()); return nil }, "More help"},
		{base, contract.TicketClaimEvent, func() error { s.claimTicket(ticket); return nil }, `id="figure-claimed"`},
		{ticketsPath + "?q=parcel", contract.TicketMessageEvent,
			func() error { s.addMessage(ticket, store.TicketMessage{Content: "My parcel is lost"}); return nil },
			"<mark>parcel</mark>"},
		{ticketsPath + "/" + ticket.ID, contract.TicketCloseEvent,
			func() error { s.closeTicket(ticket, time.Now()); return nil }, `data-state="closed"`},
		{giveawaysPath, "GIVEAWAY_OF_A_NEWER_BOT", func() error { s.createGiveaway(store.Giveaway{Prize: "A bed"}); return nil }, "A bed"},
	} {
		before := b.get(tc.page, asPoll...).wantStatus(http.StatusOK)
		shown := attr(before.find("#live"), "data-version")
		page := livetest.Parse(shown, string(before.body))
		st := b.openStream(streamPath(tc.page), "Last-Event-ID", shown)
		must(t, tc.change())
		s.publish(tc.kind, lantern)
		// The page may already show the change. The first frame carries it only in part if the first render pass of the
		// stream read some parts before the change and others after it.
		seen := false
		for same := false; !same; {
			frame := st.next()
			if frame.id == shown {
				t.Errorf("%s after %s: repeated frame %q", tc.page, tc.kind, frame.id)
			}
			seen = seen || strings.Contains(frame.data, tc.want)
			must(t, page.Apply(frame.id, frame.data))
			part := b.get(tc.page, asPoll...).wantStatus(http.StatusOK)
			same = page.HTML() == livetest.Parse("", string(part.body)).HTML()
		}
		if !seen {
			t.Errorf("%s after %s: no frame with %q", tc.page, tc.kind, tc.want)
		}
	}
}

// TestResubscriptionRefreshesAllViews checks that all views are rendered again after a reconnection, because events
// published during the interruption are lost.
func TestResubscriptionRefreshesAllViews(t *testing.T) {
	s := openSite(t)
	b := s.signIn(robin)
	giveaways, tickets := b.openStream(giveawaysPath+"/live"), b.openStream(ticketsPath+"/live")
	giveaways.next()
	tickets.next()
	s.createGiveaway(store.Giveaway{Prize: "A lamp"})
	s.createTicket("Help", time.Now())
	s.Resubscribe()
	if frame := giveaways.next(); !strings.Contains(frame.data, "A lamp") {
		t.Errorf("frame of giveaways =\n%s\nwant A lamp", frame.data)
	}
	if frame := tickets.next(); !strings.Contains(frame.data, "Help") {
		t.Errorf("frame of tickets =\n%s\nwant Help", frame.data)
	}
}

func TestStreamResumesFromLastEventID(t *testing.T) {
	s := openSite(t)
	s.subscribe()
	b := s.signIn(robin)
	shown := attr(b.get(giveawaysPath).wantStatus(http.StatusOK).find("#live"), "data-version")
	equal := b.openStream(giveawaysPath+"/live", "Last-Event-ID", shown)
	partly := b.openStream(giveawaysPath+"/live", "Last-Event-ID", shown+" base")
	none := b.openStream(giveawaysPath + "/live")
	other := b.openStream(giveawaysPath+"/live", "Last-Event-ID", "something-else")
	for name, st := range map[string]*stream{"no cursor": none, "another cursor": other} {
		if frame := st.next(); frame.id != shown {
			t.Errorf("%s: first frame = %q, want the newest version", name, frame.id)
		}
	}
	s.createGiveaway(store.Giveaway{Prize: "A lamp"})
	s.publish(contract.GiveawayCreateEvent, lantern)
	for name, st := range map[string]*stream{"equal": equal, "equal of two words": partly, "no cursor": none, "another": other} {
		if frame := st.next(); frame.id == shown || !strings.Contains(frame.data, "A lamp") {
			t.Errorf("%s: frame = %q, want the change", name, frame.id)
		}
	}
}

func TestStreamsAreIsolatedByGuild(t *testing.T) {
	s := openSite(t)
	s.subscribe()
	robinBrowser, samBrowser := s.signIn(robin), s.signIn(sam)
	shown := attr(samBrowser.get("/guilds/"+harbour+"/giveaways").wantStatus(http.StatusOK).find("#live"), "data-version")
	harbourStream := samBrowser.openStream("/guilds/"+harbour+"/giveaways/live", "Last-Event-ID", shown)
	raw := samBrowser.openStream("/api/events/stream?guildId=" + harbour)
	lanternStream := robinBrowser.openStream(giveawaysPath + "/live")
	lanternStream.next()

	s.createGiveaway(store.Giveaway{Prize: "Lantern's own"})
	s.publish(contract.GiveawayCreateEvent, lantern)
	lanternStream.next() // the subscription has received the event
	s.publish(contract.GiveawayUpdateEvent, harbour)
	if m := raw.next(); strings.Contains(m.data, lantern) || !strings.Contains(m.data, harbour) {
		t.Errorf("Sam's event = %q, want only that of harbour", m.data)
	}
	s.redis.Close() // no further event arrives
	s.Live.Close()
	for m := range harbourStream.messages {
		if m.event != "ping" {
			t.Errorf("frame on Sam's page of another server, want a ping:\n%s", m.data)
		}
	}
}

func TestStreamsAreLimited(t *testing.T) {
	refused := func(t *testing.T, b *browser, status int) {
		t.Helper()
		for _, address := range []string{giveawaysPath + "/live", "/api/events/stream?guildId=" + lantern} {
			a := b.get(address, "HX-Request", "true").wantStatus(status)
			if a.Header.Get("Retry-After") == "" || a.Header.Get("Retry-After") == "0" {
				t.Errorf("%s: no Retry-After, want at least 1", address)
			}
			a.json(new(map[string]string))
		}
	}
	t.Run("per user", func(t *testing.T) {
		s := openSite(t, func(_ *site, c *handlers.Config) { c.Streams.MaxStreamsPerUser = 2 })
		b := s.signIn(robin)
		b.openStream(giveawaysPath + "/live")
		b.openStream("/api/events/stream?guildId=" + lantern)
		refused(t, b, http.StatusTooManyRequests)
		refused(t, s.signIn(robin), http.StatusTooManyRequests)
		s.signIn(sam).openStream("/guilds/" + harbour + "/live")
		b.get(giveawaysPath, asPoll...).wantStatus(http.StatusOK) // polling still works
	})
	t.Run("in total", func(t *testing.T) {
		s := openSite(t, func(_ *site, c *handlers.Config) { c.Streams.MaxStreams = 1 })
		s.signIn(sam).openStream("/guilds/" + harbour + "/live")
		refused(t, s.signIn(robin), http.StatusServiceUnavailable)
	})
	t.Run("when the process stops", func(t *testing.T) {
		s := openSite(t)
		b := s.signIn(robin)
		st, raw := b.openStream(giveawaysPath+"/live"), b.openStream("/api/events/stream?guildId="+lantern)
		s.Live.Close()
		st.waitForEnd()
		raw.waitForEnd()
		refused(t, b, http.StatusServiceUnavailable)
	})
}

func TestStreamEndsWhenAccessIsLost(t *testing.T) {
	for name, revoke := range map[string]func(*site, *browser){
		"manage permission": func(s *site, _ *browser) {
			s.discord.update(func(m *fakeGuildLister) { m.guilds[robin] = []discord.Guild{{ID: lantern, Name: "Lantern Hollow"}} })
		},
		"membership": func(s *site, _ *browser) { s.discord.update(func(m *fakeGuildLister) { m.guilds[robin] = nil }) },
		"authorization": func(s *site, _ *browser) {
			s.discord.update(func(m *fakeGuildLister) { m.fail = func(context.Context) error { return discord.ErrSignedOut } })
		},
		"session": func(_ *site, b *browser) { b.post("/logout", nil).wantStatus(http.StatusSeeOther) },
		"bot": func(s *site, _ *browser) {
			must(s.t, s.Store.SaveGuild(s.t.Context(), store.Guild{ID: lantern, Name: "Lantern Hollow", LeftAt: new(time.Now())}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openSite(t, func(_ *site, c *handlers.Config) { c.Streams.RecheckInterval = 20 * time.Millisecond })
			b := s.signIn(robin)
			st, raw := b.openStream(giveawaysPath+"/live"), b.openStream("/api/events/stream?guildId="+lantern)
			st.next()
			revoke(s, b)
			st.waitForEnd()
			raw.waitForEnd()
		})
	}
	t.Run("not during an outage", func(t *testing.T) {
		t.Parallel()
		checked := make(chan struct{}, 1000)
		s := openSite(t, func(_ *site, c *handlers.Config) { c.Streams.RecheckInterval = 5 * time.Millisecond })
		s.subscribe()
		b := s.signIn(robin)
		st := b.openStream(giveawaysPath + "/live")
		st.next()
		s.discord.update(func(m *fakeGuildLister) {
			m.fail = func(context.Context) error {
				select {
				case checked <- struct{}{}:
				default: // enough reads
				}
				return discord.ErrUnavailable
			}
		})
		for range 3 {
			await(t, checked, "the check of access")
		}
		s.createGiveaway(store.Giveaway{Prize: "A lamp"})
		s.publish(contract.GiveawayCreateEvent, lantern)
		if frame := st.next(); !strings.Contains(frame.data, "A lamp") {
			t.Errorf("frame = %q, want A lamp", frame.data)
		}
	})
}

func TestEventStreamForwardsRawEvents(t *testing.T) {
	s := openSite(t)
	s.subscribe()
	b := s.signIn(robin)
	b.get("/api/events/stream").wantStatus(http.StatusBadRequest).wantText("body", "guildId")
	b.get("/api/events/stream?guildId=").wantStatus(http.StatusBadRequest)
	b.get("/api/events/stream?guildId=" + harbour).wantStatus(http.StatusNotFound)
	b.get("/api/events/stream?guildId=" + url.QueryEscape("1 OR 1=1")).wantStatus(http.StatusNotFound)

	st := b.openStream("/api/events/stream?guildId=" + lantern)
	publish := func(raw string) { s.redis.Publish(contract.EventsChannel, raw) }
	want := []string{
		`{"type":"GIVEAWAY_START","guildId":"` + lantern + `","timestamp":1769800000000,"data":{"prize":"A \"lamp\" & <b>"}}`,
		`{"guildId":"` + lantern + `", "type":"SOMETHING_NEW", "extra":[1,2]}`,
		`{"type":"TICKET_CLOSE","guildId":"` + lantern + `","data":{"text":"é 🎉"}}`,
	}
	publish(strings.ReplaceAll(want[0], lantern, harbour))
	publish("not json")
	publish(`{"type":"GIVEAWAY_END"}`)
	for _, raw := range want {
		publish(raw)
	}
	var got []string
	for range want {
		m := st.next()
		if m.id != "" || m.event != "" {
			t.Errorf("message has id %q and event %q, want neither", m.id, m.event)
		}
		got = append(got, m.data)
	}
	if !slices.Equal(got, want) {
		t.Errorf("events =\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	publish("{\n\"type\": \"TICKET_CLAIM\",\r\n\"guildId\": \"" + lantern + "\"}")
	if m := st.next(); m.data != `{"type":"TICKET_CLAIM","guildId":"`+lantern+`"}` {
		t.Errorf("multi-line event = %q, want one line", m.data)
	}
}

// TestFirstPaintNeedsOneStylesheet checks that a browser needs only the page and one stylesheet for the first paint.
// Scripts come after the content.
func TestFirstPaintNeedsOneStylesheet(t *testing.T) {
	s := openSite(t)
	b := s.signIn(robin)
	for _, path := range append(seedPages(t, s), "/", "/login?note=login.out", "/guilds", "/preferences", "/search", "/nothing") {
		a := b.get(path)
		if sheets := a.find("link[rel=stylesheet], style"); sheets.Length() != 1 || attr(sheets, "href") != stylePath {
			t.Errorf("%s: stylesheets = %d, want 1", path, sheets.Length())
		}
		// times.js writes the times before the first frame, so that the content below does not move.
		blocking := `head script, main script, body > script:not([src="` + static.Path("times.js") + `"]) ~ :not(script)`
		if early := a.find(blocking); early.Length() > 0 {
			t.Errorf("%s: blocking scripts besides times.js, want none", path)
		}
	}
	a := b.get(stylePath).wantStatus(http.StatusOK)
	if css := string(a.body); !strings.Contains(css, "@layer") || !strings.Contains(css, "--accent:#0f766e") {
		t.Errorf("stylesheet of %d bytes has no layers or no accent color", len(css))
	}
}
