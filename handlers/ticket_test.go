package handlers_test

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

// TestMineRedirectsToViewerFilter checks that the link "Mine" has the same URL for all viewers, because they share the
// live part, and redirects to the viewer's own filter.
func TestMineRedirectsToViewerFilter(t *testing.T) {
	s := openSite(t)
	mine, _ := s.createTicket("Somebody helps", midnightUTC("2026-02-01")), s.createTicket("Nobody does", midnightUTC("2026-02-02"))
	s.claimTicket(mine)
	b := s.signIn(robin)
	storetest.Member(t, s.Store, lantern, robin, "Robin")

	link := attr(b.get(ticketsPath).find("#tab-mine"), "href")
	own := ticketsPath + "?status=active&claimer=" + robin
	b.get(link).wantRedirect(own)
	a := b.get(own).wantStatus(http.StatusOK)
	if got := a.texts("#rows tr th"); !slices.Equal(got, []string{"Somebody helps"}) {
		t.Errorf("own tickets = %q, want Somebody helps", got)
	}
	if got := a.texts("#tabs [aria-current]"); !slices.Equal(got, []string{"Claimed by Robin 1"}) {
		t.Errorf("current tab = %q, want Claimed by Robin 1", got)
	}
	a.wantText("#claimer option[selected]", "Me")

	moved := b.get(link, asPartial...).wantStatus(http.StatusOK)
	if got := moved.Header.Get("HX-Push-Url"); got != own {
		t.Errorf("HX-Push-Url = %q, want %q", got, own)
	}
	if attr(moved.find("#live"), "hx-get") != own {
		t.Error("the live region requests another URL, want the viewer's tickets")
	}
}

func TestTicketSearchCoversFormResponses(t *testing.T) {
	s := openSite(t)
	kind := storetest.Category(t, s.Store, lantern, "Billing")
	ada := storetest.Member(t, s.Store, lantern, "300000000000000001", "Ada")
	storetest.Ticket(t, s.Store, ada, store.Ticket{
		Subject: new("Charged twice"), Category: &kind,
		FormResponses: []store.FormResponse{{Question: "Which card?", Answer: "Kreditkarte “Ömer”"}},
	})
	storetest.Ticket(t, s.Store, storetest.Member(t, s.Store, lantern, sam, "Sam"), store.Ticket{Subject: new("Hello")})
	b := s.signIn(robin)
	for query, want := range map[string][]string{
		"?category=" + kind.ID: {"Charged twice"}, "?opener=" + ada.DiscordID: {"Charged twice"}, "?opener=" + sam: {"Hello"},
		"?q=ömer": {"Charged twice Which card?: Kreditkarte “ Ömer ”"}, "?q=charged": {"Charged twice"}, "?q=which+card": nil,
		"?category=none": nil,
		"?category=" + kind.ID + "&opener=" + sam: nil,
	} {
		if got := b.get(ticketsPath + query).wantStatus(http.StatusOK).texts("#rows tr th"); !slices.Equal(got, want) {
			t.Errorf("%s: rows = %q, want %q", query, got, want)
		}
	}
	a := b.get(ticketsPath + "?opener=" + ada.DiscordID + "&category=" + kind.ID).wantStatus(http.StatusOK)
	a.wantText("#chips", "Opened by: Ada").wantText("#chips", "Category: Billing").wantText("#filter-count", "2").
		wantText("#category option[selected]", "Billing")
	if got := attr(a.find("[id='chip-opener-"+ada.DiscordID+"']"), "href"); got != ticketsPath+"?category="+kind.ID {
		t.Errorf("link to all openers = %q, want only the category", got)
	}
	typed := b.get(ticketsPath+"?category="+kind.ID, withHeaders(asPartial, "HX-Source", "form#filters")...)
	typed.wantStatus(http.StatusOK).wantText("#chips", "Category: Billing").wantText("#chips #clear", "Clear filters").
		wantText("#filter-count", "1")
	if typed.find("#filters").Length() != 0 {
		t.Error("filtering replaces the form, in which the viewer may be typing")
	}
	if got := attr(a.find("#filter-opener"), "value"); got != ada.DiscordID {
		t.Errorf("opener in the form = %q, want %q", got, ada.DiscordID)
	}
	for query, words := range map[string]string{
		"?opener=x": "“x” isn’t a member ID", "?claimer=1e5": "“1e5” isn’t a member ID", "?category=a.b": "“a.b” isn’t a category",
	} {
		a := b.get(ticketsPath+query).wantStatus(http.StatusOK).wantText("main [role=alert]", words)
		if got := attr(a.find("#live"), "hx-get"); got != ticketsPath {
			t.Errorf("%s: URL of the live region = %q, want %q", query, got, ticketsPath)
		}
	}
}

func TestTicketListShowsMatchingMessages(t *testing.T) {
	s := openSite(t)
	ticket, other := s.createTicket("Help", midnightUTC("2026-02-01")), s.createTicket("A refund", midnightUTC("2026-02-02"))
	for id, text := range map[string]string{"901": "<@" + robin + "> <script>alert(1)</script> a\nREFUND <b>please</b>",
		"902": "And a refund"} {
		s.addMessage(ticket, store.TicketMessage{ID: id,
			Author: contract.User{ID: "300000000000000001", Username: "<i>Ada"}, Content: text,
			MentionNames: map[string]string{robin: "Robin"}})
		s.addMessage(other, store.TicketMessage{ID: id + "0", Content: "A refund it is"})
	}
	b := s.signIn(robin)
	a := b.get(ticketsPath + "?q=Refund").wantStatus(http.StatusOK)
	a.wantText("#t-"+ticket.ID+" .excerpt", "Message by <i>Ada: @Robin <script>alert(1)</script> a REFUND <b>please</b>").
		wantNoText("<script>alert", "<b>please", "<i>Ada")
	if highlights := a.texts("#rows mark"); !slices.Equal(highlights, []string{"REFUND"}) {
		t.Errorf("highlights = %q, want REFUND", highlights)
	}
	if a.find("#t-"+other.ID+" .excerpt").Length() != 0 || a.find("#rows tr").Length() != 2 {
		t.Error("a ticket with a matching subject shows an excerpt, or is missing")
	}
	a.wantText("#filters label[for=q]", "messages")
	if file := b.get(ticketsPath + "/export?format=csv&q=please").wantStatus(http.StatusOK); !strings.Contains(string(file.body), "Help") {
		t.Errorf("export = %s, want the ticket with the matching message", file.body)
	}
	if b.get(ticketsPath).find(".excerpt").Length() != 0 {
		t.Error("the list shows an excerpt without a search")
	}
	b.setCookie("lang", "vi")
	b.get(ticketsPath+"?q=please").wantText("#t-"+ticket.ID+" .excerpt", "Tin nhắn của").
		wantText("#filters label[for=q]", "tin nhắn")
	// A staff member without access to tickets can't find their messages.
	s.signInStaff(access.LevelManage, access.LevelNone).get(ticketsPath + "?q=please").wantStatus(http.StatusNotFound)
}

func TestTicketLinksToSameUser(t *testing.T) {
	s := openSite(t)
	ticket := s.createTicket("Help", midnightUTC("2026-02-01"))
	g := s.createGiveaway(store.Giveaway{Host: contract.User{ID: robin}})
	b := s.signIn(robin)
	for page, want := range map[string]string{
		ticketsPath + "/" + ticket.ID: ticketsPath + "?opener=300000000000000001",
		giveawaysPath + "/" + g.ID:    giveawaysPath + "?host=" + robin,
	} {
		link := b.get(page).wantStatus(http.StatusOK).find("[id^=all-of-]")
		if got := attr(link, "href"); got != want {
			t.Errorf("%s: link = %q, want %q", page, got, want)
		}
		b.get(want).wantStatus(http.StatusOK).wantText("#live-summary", "1 ")
	}
}

func TestTicketsShowWaitingTime(t *testing.T) {
	s := openSite(t)
	waits, claimed := s.createTicket("I wait", time.Now().Add(-time.Hour)), s.createTicket("I do not", time.Now())
	s.claimTicket(claimed)
	a := s.signIn(robin).get(ticketsPath).wantStatus(http.StatusOK)
	if got := attr(a.find("#waits-"+waits.ID), "datetime"); !strings.HasPrefix(got, waits.CreatedAt.UTC().Format("2006-01-02T15:04:05")) {
		t.Errorf("waiting since = %q, want the opening", got)
	}
	if a.find("#waits-"+claimed.ID).Length() != 0 {
		t.Error("a claimed ticket has a waiting time")
	}
}

// addMessage adds a message to the ticket, one minute after the previous message.
func (s *site) addMessage(t store.Ticket, m store.TicketMessage) {
	s.t.Helper()
	m.GuildID, m.TicketID = t.GuildID, t.ID
	must(s.t, s.Store.SaveMessage(s.t.Context(), m))
}

func TestTicketTimeline(t *testing.T) {
	s := openSite(t)
	ticket := s.createTicket("Help", time.Now().Add(-time.Hour))
	storetest.Member(t, s.Store, lantern, robin, "Robin")
	ctx, at := t.Context(), ticket.CreatedAt
	must(t, s.Store.ClaimTicket(ctx, lantern, ticket.ID, robin, at.Add(time.Minute)))
	must(t, s.Store.UnclaimTicket(ctx, lantern, ticket.ID, robin, at.Add(2*time.Minute)))
	must(t, s.Store.CloseTicketWithReason(ctx, lantern, ticket.ID, robin, "It <b>works</b>.", at.Add(3*time.Minute)))
	must(t, s.Store.RateTicket(ctx, lantern, ticket.ID, store.Rating{Stars: 5, CreatedAt: at.Add(4 * time.Minute)}))
	must(t, s.Store.ReopenTicket(ctx, lantern, ticket.ID, sam, at.Add(5*time.Minute)))
	s.sendHeartbeat(contract.Verbs...)
	s.recordResults()
	b := s.signIn(robin)
	b.post(ticketsPath+"/"+ticket.ID+"/claim", nil).wantStatus(http.StatusSeeOther)
	s.answerCommand(s.commands()[0], contract.CommandRefused, contract.RefusalWrongState)

	a := b.get(ticketsPath + "/" + ticket.ID).wantStatus(http.StatusOK)
	want := []string{"Opened by Ada", "Claimed by Robin", "Unclaimed by Robin", "Closed by Robin It <b>works</b>.",
		"Rated 5 stars", "Reopened by " + sam, "Robin <b> on the dashboard: Claim ticket failed."}
	got := a.texts(".timeline li")
	for i := range want {
		if i >= len(got) || !strings.HasPrefix(got[i], want[i]) {
			t.Fatalf("timeline = %q, want %q", got, want)
		}
	}
	a.wantText("#messages", "No messages yet")
}

func TestTranscript(t *testing.T) {
	s := openSite(t)
	ticket := s.createTicket("Help", midnightUTC("2026-02-01"))
	s.addMessage(ticket, store.TicketMessage{
		ID: "901", Author: contract.User{ID: "300000000000000001", Username: "Ada"}, CreatedAt: midnightUTC("2026-02-02"),
		Content: "**Hello** <@" + robin + "> <script>alert(1)</script>", MentionNames: map[string]string{robin: "Robin"},
		Attachments: []store.MessageAttachment{{Name: "a.png", URL: "https://cdn.discordapp.com/a.png?ex=69a42c80",
			Size: 2048}, {Name: "evil", URL: "javascript:alert(1)"}},
	})
	s.addMessage(ticket, store.TicketMessage{
		ID: "902", IsBot: true, Content: "x", ReplyTo: "901", CreatedAt: midnightUTC("2026-02-03"),
		Embeds: []store.MessageEmbed{{Title: "<i>T</i>", Color: "#ff0000\" onload=\"x", Description: "_d_", URL: "javascript:alert(1)"}},
	})
	edited, err := s.Store.EditMessage(t.Context(), lantern, "902", "y", midnightUTC("2026-02-04"))
	must(t, err)
	deleted, err := s.Store.DeleteMessage(t.Context(), lantern, "901", midnightUTC("2026-02-05"))
	must(t, err)
	if edited != ticket.ID || deleted != ticket.ID {
		t.Error("wrong ticket, want that of the edited and deleted message")
	}
	a := s.signIn(robin).get(ticketsPath + "/" + ticket.ID).wantStatus(http.StatusOK)
	if first, err := a.find("#m-901 .markdown").Html(); err != nil ||
		first != `<strong>Hello</strong> <span class="mention">@Robin</span> &lt;script&gt;alert(1)&lt;/script&gt;` {
		t.Errorf("message HTML = %s, want formatted and escaped text", first)
	}
	a.wantText("#m-901", "Deleted in Discord").wantText("#m-901", "opener").wantText("#m-901 .files", "2 kB").
		wantText("#m-901 .files", "until 1 Mar 2026").wantText("#messages", "expire")
	if links := a.find("#m-901 .files a"); links.Length() != 1 || !strings.HasPrefix(attr(links, "href"), "https://cdn.discordapp.com/") {
		t.Errorf("links to files = %d, want one to Discord's CDN", links.Length())
	}
	a.wantText("#m-902", "The bot").wantText("#m-902 .message-reply", "Reply to Ada: Hello @Robin").
		wantText("#edits-902", "Edited 1 time").wantText("#m-902 .embed-title", "<i>T</i>")
	if attr(a.find("#m-902 rect"), "fill") != "#5865f2" || a.find("#m-902 .embed a").Length() != 0 {
		t.Error("the embed has a wrong color or links")
	}
	a.wantNoText("<script>alert", "onload=\"x")
}

// TestMessageEdits checks that earlier versions of a message are shown on request only, as a page or in a dialog.
func TestMessageEdits(t *testing.T) {
	s := openSite(t)
	ticket, other := s.createTicket("Help", midnightUTC("2026-02-01")), s.createTicket("Other", midnightUTC("2026-02-01"))
	s.addMessage(ticket, store.TicketMessage{
		ID: "901", Author: contract.User{ID: "300000000000000001", Username: "Ada"}, Content: "quokka <b>words</b>",
		CreatedAt: midnightUTC("2026-02-02")})
	for i, text := range []string{"wombat", "third"} {
		_, err := s.Store.EditMessage(t.Context(), lantern, "901", text, midnightUTC("2026-02-03").Add(time.Duration(i)*time.Hour))
		must(t, err)
	}
	b, path := s.signIn(robin), ticketsPath+"/"+ticket.ID
	a := b.get(path).wantStatus(http.StatusOK).wantText("#edits-901", "Edited 2 times").wantText("#m-901", "third").
		wantNoText("quokka", "wombat")
	link := a.find("#edits-901")
	edits := path + "/messages/901/edits"
	if attr(link, "href") != edits || attr(link, "hx-get") != edits {
		t.Fatalf("links to edits = %q and %q, want %q", attr(link, "href"), attr(link, "hx-get"), edits)
	}
	got, want := b.get(edits).wantStatus(http.StatusOK).wantNoText("<b>words").texts("#edits .markdown"),
		[]string{"quokka <b>words</b>", "wombat"}
	if !slices.Equal(got, want) {
		t.Errorf("edits = %q, want %q", got, want)
	}
	var until []string
	for _, time := range b.get(edits).find("#edits time[data-full]").EachIter() {
		until = append(until, attr(time, "datetime"))
	}
	if want := []string{"2026-02-03T00:00:00.000Z", "2026-02-03T01:00:00.000Z"}; !slices.Equal(until, want) {
		t.Errorf("end times of edits = %q, want %q", until, want)
	}
	b.get(edits, asPartial...).wantStatus(http.StatusOK).wantText("#edits", "wombat").wantNoText("<html")
	for _, nowhere := range []string{
		ticketsPath + "/" + other.ID + "/messages/901/edits", path + "/messages/999/edits", path + "/messages/a%20b/edits"} {
		b.get(nowhere).wantStatus(http.StatusNotFound)
	}
	s.signIn(sam).get(edits).wantStatus(http.StatusNotFound)
}

// TestLargeMessagesSplitTranscript checks that a page of a transcript ends at a size limit, and that the rest is
// reachable in both directions.
func TestLargeMessagesSplitTranscript(t *testing.T) {
	s := openSite(t)
	ticket := s.createTicket("Help", midnightUTC("2026-02-01"))
	for i := range 100 {
		s.addMessage(ticket, store.TicketMessage{
			ID: fmt.Sprint(1000 + i), Content: strings.Repeat("||\"||", 800),
			CreatedAt: midnightUTC("2026-02-02").Add(time.Duration(i) * time.Second)})
	}
	b, path := s.signIn(robin), ticketsPath+"/"+ticket.ID
	next := func(path, link string) (earliest, latest, n int, further string) {
		t.Helper()
		a := b.get(path).wantStatus(http.StatusOK)
		if len(a.body) > 1_200_000 {
			t.Errorf("%s: size = %d bytes, want at most 1200000", path, len(a.body))
		}
		ids := a.find(".message").Map(func(_ int, e *goquery.Selection) string { return strings.TrimPrefix(attr(e, "id"), "m-") })
		earliest, _ = strconv.Atoi(ids[0])
		latest, _ = strconv.Atoi(ids[len(ids)-1])
		if latest-earliest != len(ids)-1 {
			t.Errorf("%s: messages = %q, want consecutive ones", path, ids)
		}
		return earliest, latest, len(ids), attr(a.find(link), "href")
	}
	seen := 0
	at, want := path, 1099
	for at != "" {
		earliest, latest, n, further := next(at, "#transcript-earlier")
		if latest != want || n > 60 {
			t.Errorf("%s: last message = %d, want %d, with %d messages, want at most 60", at, latest, want, n)
		}
		seen, want, at = seen+n, earliest-1, further
	}
	if seen != 100 {
		t.Errorf("messages going back = %d, want 100", seen)
	}
	seen, want = 1, 1001
	b.get(path+"?after=none").wantStatus(http.StatusOK).wantText("#messages .hint", "No messages on this page")
	for at = path + "?after=1000"; at != ""; {
		earliest, latest, n, further := next(at, "#transcript-later")
		if earliest != want {
			t.Errorf("%s: first message = %d, want %d", at, earliest, want)
		}
		seen, want, at = seen+n, latest+1, further
	}
	if seen != 100 {
		t.Errorf("messages going forward = %d, want 100", seen)
	}
}

// TestConsecutiveMessagesAreGrouped checks that consecutive messages of one author share a header, as in Discord, and
// that screen readers still announce the author of each message.
func TestConsecutiveMessagesAreGrouped(t *testing.T) {
	s := openSite(t)
	ticket := s.createTicket("Help", midnightUTC("2026-02-01"))
	ada, eve := contract.User{ID: "300000000000000001", Username: "Ada"}, contract.User{ID: "300000000000000002", Username: "<b>Ada</b>"}
	at := midnightUTC("2026-02-02").Add(12 * time.Hour)
	for i, m := range []struct {
		after     time.Duration
		continues bool
		message   store.TicketMessage
	}{
		{0, false, store.TicketMessage{Author: ada}},
		{6*time.Minute + 59*time.Second, true, store.TicketMessage{Author: ada, Content: "<i>still me</i>"}},
		{7 * time.Minute, false, store.TicketMessage{Author: ada}},
		{time.Second, false, store.TicketMessage{Author: eve}},
		{time.Second, true, store.TicketMessage{Author: eve, Content: "mine"}},
		{time.Second, false, store.TicketMessage{Author: ada}},
		{time.Second, false, store.TicketMessage{Author: ada, ReplyTo: "900"}},
		{time.Second, true, store.TicketMessage{Author: ada}},
		{time.Second, false, store.TicketMessage{Author: ada, IsBot: true}},
		{time.Second, false, store.TicketMessage{Author: contract.User{ID: ada.ID, Username: "Hook"}, IsBot: true}},
		{11*time.Hour + 45*time.Minute, false, store.TicketMessage{IsBot: true}},
		{time.Minute, false, store.TicketMessage{IsBot: true}}, // another day
		{time.Minute, true, store.TicketMessage{IsBot: true}},
	} {
		at = at.Add(m.after)
		m.message.ID, m.message.CreatedAt = strconv.Itoa(900+i), at
		s.addMessage(ticket, m.message)
		a := s.signIn(robin).get(ticketsPath + "/" + ticket.ID).wantStatus(http.StatusOK)
		item := a.find("#m-" + m.message.ID)
		if got := item.Find(".message-head").Length() == 0; got != m.continues {
			t.Errorf("message %d at %s: continues = %t, want %t", i, at.Format(time.TimeOnly), got, m.continues)
		}
		name := cmp.Or(m.message.Author.Username, "The bot")
		if text := visibleText(item); !strings.Contains(text, name) || attr(item.Find("time"), "datetime") == "" {
			t.Errorf("message %d = %q, want its author and time", i, text)
		}
		a.wantNoText("<b>Ada", "<i>still")
	}
}

func TestTranscriptPagination(t *testing.T) {
	s := openSite(t)
	ticket := s.createTicket("Help", midnightUTC("2026-02-01"))
	for i := range 120 {
		s.addMessage(ticket, store.TicketMessage{ID: fmt.Sprint(1000 + i), Content: fmt.Sprint("no. ", i),
			CreatedAt: midnightUTC("2026-02-02").Add(time.Duration(i) * time.Second)})
	}
	b, path := s.signIn(robin), ticketsPath+"/"+ticket.ID
	a := b.get(path).wantStatus(http.StatusOK)
	if n := a.find(".message").Length(); n != 100 {
		t.Errorf("messages = %d, want 100", n)
	}
	earlier := attr(a.find("#transcript-earlier"), "href")
	a = b.get(earlier).wantStatus(http.StatusOK)
	if a.find("#transcript-later").Length() != 1 {
		t.Error("no link to later messages")
	}
	if n := a.find(".message").Length(); n != 20 || a.find("#transcript-earlier").Length() != 0 {
		t.Errorf("earlier messages = %d, want 20 and no link to earlier ones", n)
	}
	if attr(a.find("#live"), "hx-get") != earlier || attr(a.find("#transcript-newest"), "href") != path {
		t.Error("the page of earlier messages has a wrong URL or no link to the newest")
	}
	b.get(path+"?before=a%20b").wantStatus(http.StatusOK).wantText("#messages", "no. 119")
}

func TestTicketViewsAreRecorded(t *testing.T) {
	s := openSite(t)
	ticket := s.createTicket("Help", midnightUTC("2026-02-01"))
	path := ticketsPath + "/" + ticket.ID
	b := s.signIn(robin)
	b.get(path).wantStatus(http.StatusOK).wantText("#ticket-views", "Robin")
	b.get(path, asPartial...).wantStatus(http.StatusOK)
	b.send(http.MethodHead, path, nil).wantStatus(http.StatusOK)
	s.signIn(sam).get(path).wantStatus(http.StatusNotFound)
	timeline, err := s.Store.TicketTimeline(t.Context(), lantern, ticket.ID, store.MessageCursor{})
	must(t, err)
	if len(timeline.Views) != 1 || timeline.Views[0].Viewer.ID != robin {
		t.Errorf("views = %+v, want one by robin", timeline.Views)
	}
	b.get(ticketsPath + "/cnone").wantStatus(http.StatusNotFound)

	dark := openSite(t, withBrokenStore)
	dark.signIn(robin).get(path).wantStatus(http.StatusServiceUnavailable)
}
