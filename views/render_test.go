package views

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"guildboard/store"
)

// hostile is what somebody might call a prize, a server or themselves.
var hostile = []string{
	"",
	"plain",
	`<script>alert(1)</script>`,
	`"><img src=x onerror=alert(1)>`,
	`'><svg onload=alert(1)>`,
	`</title></textarea></style></section><iframe src=//evil>`,
	`javascript:alert(1)`,
	"\u202egnp.exe\u2066\u200f",
	"\x00\x1b[31m\r\n\t\ufffd\xff",
	strings.Repeat("long ", 2000),
	"👩‍👩‍👧‍👦🏳️‍🌈 Ẑ̸̛̼a̴͉͑l̶͎̓g̵̖̾o̷̺̓ العربية",
	`{{.}} {n} {name} ${7*7} %s %n`,
}

// exported are all views, each made of one text wherever a text of somebody's goes in. ids are ours, and stay what they are.
func exported(text string) map[string]templ.Component {
	said := strings.Trim(text, "\u202e\u200f\u2066") // in a sentence of ours that quotes an address
	p := Page{
		Site: DefaultSite(), Locale: English, Title: text, Path: "/x?q=" + text, Section: SectionGiveaways,
		User:   &store.Person{ID: "1", Username: text, Avatar: text},
		Guild:  &GuildLink{ID: "100000000000000001", Name: text, Icon: text, Present: true},
		Guilds: []GuildLink{{ID: "100000000000000001", Name: text, Icon: text}, {ID: "2", Name: text}},
		Rights: store.Rights{Manager: true, Giveaways: store.LevelManage, Tickets: store.LevelManage},
		Stale:  true, Live: true, Notes: []Note{{NoteInfo, said}, {NoteSuccess, said}, {NoteProblem, said}},
	}
	f := Filter{
		Path: "/guilds/1/giveaways", Status: "active", Host: "3", Channel: "4", Text: text, From: text, To: text, Only: []string{"c1"}, Page: 2,
		Kind: "c1", Opener: "3", Claims: "3",
		Problems: map[string]string{"q": said, "from": said, "to": said},
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	who := store.Person{ID: "3", Username: text, Avatar: text}
	var giveaways []store.Giveaway
	for i, status := range store.GiveawayStatuses {
		giveaways = append(giveaways, store.Giveaway{
			ID: "c" + string(rune('1'+i)), GuildID: "100000000000000001", ChannelID: text, MessageID: &text, Host: who, Prize: text,
			PrizeSecret: &text, Description: &text, ImageURL: &text, WinnerCount: 3, PrizeTiers: []store.PrizeTier{{Place: 1, Prize: text, Count: 2}},
			EmbedColor: text, ButtonText: text, RequiredRoleIDs: store.Strings{text}, RequiredLevel: 5, BonusEntryRoles: []store.BonusRole{{RoleID: text, RoleName: text, Entries: 2}},
			StartsAt: &at, EndsAt: at, EndedAt: &at, Status: status, Entries: 1234, Notes: &text, CreatedAt: at,
			Winners: []store.Winner{{ID: "w1", User: who, Prize: &text}, {ID: "w2", User: who, Rerolled: true}, {ID: "w3", User: who, Claimed: true, Feedback: &text}},
		})
	}
	var tickets []store.Ticket
	for i, status := range store.TicketStatuses {
		tickets = append(tickets, store.Ticket{
			ID: "t" + string(rune('1'+i)), GuildID: "100000000000000001", Number: i + 1, ChannelID: text, Opener: who, Subject: &text, Status: status,
			ClaimedBy: who, ClosedBy: who, ClosedAt: &at, Category: &store.TicketCategory{ID: text, Name: text, Emoji: &text},
			PlatformUsername: &text, ProductID: &text, IssueType: &text, IssueDetails: &text, TranscriptURL: &text,
			FormResponses: []store.FormResponse{{Question: text, Answer: text}}, CreatedAt: at, CloseReason: &text, WaitingSince: &at,
			Rating: &store.Rating{Stars: 9, Review: &text, CreatedAt: at},
		})
	}
	list := GiveawayList{Filter: f, List: store.List[store.Giveaway]{Items: giveaways, Total: 1001, AtLeast: true, Page: 5, Pages: 41, Newest: 500}}
	threads := TicketList{Filter: f, Opener: who, Claimer: who, List: store.List[store.Ticket]{Items: tickets, Total: 3, Page: 1, Pages: 2}, Tiles: store.TicketTiles{LongestWaiting: &at}}
	entries := store.List[store.Entry]{Items: []store.Entry{
		{ID: "e1", Member: who, Entries: 3, BaseEntries: 1, BonusEntries: 2, BonusSource: &text, CreatedAt: at},
		{ID: "e2", Member: who, BaseEntries: 1, CreatedAt: at, RemovedAt: &at, RemovedBy: who, RemovedWhy: text},
	}, Page: 1, Pages: 2}
	hosts := store.GiveawayChoices{Hosts: []store.Person{who}, Channels: []string{text}}
	region := Region{URL: "/guilds/1/giveaways?q=" + text, Stream: "/guilds/1/giveaways/live?q=" + text, Version: "v1", Poll: 15 * time.Second}
	audit := f
	audit.Verb, audit.By, audit.Status = text, "3", text
	var commands []store.Command
	answers := map[string]store.Command{}
	data, _ := json.Marshal(map[string]string{"prize": text, "reason": text})
	for i, status := range store.CommandStatuses {
		c := store.Command{
			ID: "k" + string(rune('1'+i)), GuildID: "100000000000000001", Actor: who, Verb: store.VerbGiveawayEnd, Target: "c" + string(rune('1'+i)),
			TargetName: text, Data: data, Status: status, Code: said, Message: text, IssuedAt: at, ExpiresAt: at, AnsweredAt: &at,
		}
		commands, answers[c.Target] = append(commands, c), c
	}
	asked := Asked{Bot: store.BotState{Known: true, LastHeard: at, Version: text, Capabilities: store.Verbs}, Commands: answers, Creates: commands}
	question := ConfirmView{
		Verb: store.VerbTicketClose, ID: "t1", Name: text, State: "open", Action: "/guilds/1/tickets/t1/close", Back: "/guilds/1", Reason: text,
		Winners: []store.Winner{{ID: "w1", User: who}}, Entrants: []store.Entry{{ID: "e1", Member: who}}, Bot: asked.Bot, Problems: map[string]string{"reason": said},
	}
	form := GiveawayFormView{
		Form: store.GiveawayForm{
			Prize: text, Description: text, PrizeSecret: text, Notes: text, ChannelID: text, ImageURL: text, EmbedColor: text, ButtonText: text,
			ButtonStyle: text, PrizeTiers: []store.PrizeTier{{Place: 1, Prize: text, Count: 1}}, BonusEntryRoles: []store.BonusRole{{RoleID: text, Entries: 2}},
			DMWinnerMessage: text, PingRoleID: text,
		},
		Action: "/guilds/1/giveaways", Back: "/guilds/1", EndsIn: text, EndsAt: text, StartsAt: text, Zone: text, Required: text, Barred: text,
		Channels: []string{text}, Bot: asked.Bot, Problems: map[string]string{"prize": said, "endsIn": said},
	}
	list.Asked, threads.Asked = asked, asked
	var drifts []store.Drift
	for i, kind := range store.DriftKinds {
		drifts = append(drifts, store.Drift{ID: "d" + string(rune(49+i)), Kind: kind, Target: "c9", Label: text, Repair: kind.Repair()})
	}
	choices := store.TicketChoices{Categories: []store.TicketCategory{{ID: "c1", Name: text, Emoji: &text}}, Claimers: []store.Person{who}}
	staffForm := StaffFormView{
		Staff: store.Staff{
			Roles:   []store.Role{{ID: "7", Name: text, Color: text}, {ID: "8", Name: text}},
			Grants:  []store.Grant{{RoleID: "7", Module: store.ModuleTickets, Level: store.LevelAct}, {RoleID: "9", Module: store.ModuleGiveaways, Level: store.LevelSee}},
			Helpers: []store.Helper{{Person: who, Roles: store.Strings{"7"}}}, RolesAt: &at,
		},
		Before: []store.Grant{{RoleID: "7", Module: store.ModuleTickets, Level: store.LevelSee}}, Overtaken: true, Problems: map[string]string{"role": said},
	}
	story := TicketView{Asked: asked, Before: text, Commands: commands, TicketStory: store.TicketStory{
		Ticket: tickets[2], Earlier: true, Looks: []store.TicketLook{{By: who, At: at}},
		Events: []store.TicketEvent{{ID: "1", Turn: store.TurnClaimed, By: who, At: at}, {ID: "2", Turn: store.TurnClosed, Reason: text, At: at}},
		Messages: []store.TicketMessage{{
			ID: "900", Author: who, Content: text, Names: map[string]string{"3": text}, ReplyTo: "901", CreatedAt: at, EditedAt: &at, DeletedAt: &at,
			Embeds: []store.MessageEmbed{{Title: text, Description: text, URL: text, Color: text, Author: text, Footer: text, Fields: []store.MessageField{{Name: text, Value: text}}}},
			Files:  []store.MessageFile{{Name: text, URL: text, Size: 12}, {Name: text, URL: "https://cdn.discordapp.com/x?ex=" + text}},
			Before: []store.MessageRevision{{Content: text, Until: at}},
		}, {ID: "901", IsBot: true, Content: text, ReplyTo: "900", CreatedAt: at}},
	}}
	setup := store.TicketSetup{
		Panels:     []store.TicketPanel{{ID: "p1", Name: text, Title: text, Enabled: true}},
		Categories: []store.TicketCategory{{ID: "k1", PanelID: "p1", Name: text, Emoji: &text, Enabled: true}},
		Products:   []store.TicketProduct{{ID: "d1", Name: text, Emoji: &text}},
	}
	filledIn, theirs := store.Values{}, store.Values{}
	for _, f := range store.PanelSheet {
		filledIn[f.Name], theirs[f.Name] = text, said+"!"
	}
	sheet := SheetView{
		Title: text, Text: said, Tab: TabPanels, Sheet: store.PanelSheet, Values: filledIn, Action: "/guilds/1/settings/panels/p1", Back: "/guilds/1/settings/panels",
		Delete: "/guilds/1/settings/panels/p1/delete", Preview: PreviewPanel, Choice: setup.Categories, Theirs: theirs, By: who, At: at,
		Roles: []store.Role{{ID: "7", Name: text}}, Bot: asked.Bot, Problems: map[string]string{"title": said},
	}
	ratings := []store.RatedTicket{
		{Rating: store.Rating{ID: "r1", TicketID: "t1", Stars: 9, Review: &text, CreatedAt: at}, Number: 1, Opener: who, Staff: who},
		{Rating: store.Rating{ID: "r2", TicketID: "t2", Stars: 1, Approved: true, Featured: true, CreatedAt: at}, Number: 2, Opener: who},
	}
	rated := RatingList{Filter: f, List: store.List[store.RatedTicket]{Items: ratings, Total: 2, Page: 1, Pages: 2}, Stats: store.RatingStats{
		Stars: [6]int{0, 1, 0, 0, 0, 3}, Staff: []store.StaffRating{{Who: who, N: 3, Sum: 14}, {N: 1, Sum: 1}}, Trend: []store.RatingWeek{{From: at, N: 2, Sum: 9}, {From: at.AddDate(0, 0, 7)}},
	}}
	stranger := p
	stranger.User, stranger.Guild, stranger.Demo = nil, nil, true
	return map[string]templ.Component{
		"Layout": Layout(p), "Notice": Notice(p, Note{NoteProblem, said}), "LiveRegion": LiveRegion(region), "LiveMark": LiveMark(p),
		"Landing": Landing(stranger), "Login": Login(stranger, text), "Sessions": Sessions(p, []SessionLine{{Handle: "0123", Browser: said, Current: true}}),
		"GuildPicker": GuildPicker(p, region, true, []GuildLink{{ID: "2", Name: text}}, func(string) string { return "https://discord.com/" + said }),
		"GuildCards":  GuildCards(p, []GuildLink{{ID: "1", Name: text, Icon: text, Owner: true, Rights: store.Rights{Manager: true, Giveaways: store.LevelSee, Tickets: store.LevelSee}}}, map[string]store.GuildCounts{"1": {Active: 1, Open: 20}}),
		"Across":      Across(p, region),
		"AcrossFacts": AcrossFacts(p, AcrossView{Guilds: []GuildLink{{ID: "100000000000000001", Name: text, Icon: text}}, Ending: giveaways, Waiting: tickets}),
		"Overview":    Overview(p, region), "OverviewFacts": OverviewFacts(p, OverviewView{Giveaways: giveaways, Tickets: tickets, TicketTiles: threads.Tiles, Drifts: drifts, Asked: asked}),
		"Search":      Search(p, SearchView{Text: text, First: "1", Guilds: []GuildLink{{ID: "1", Name: "Not looked for", Rights: store.Rights{Manager: true}}}, Jumps: store.Jumps{Giveaways: giveaways, Tickets: tickets}}),
		"SearchFound": SearchFound(p, SearchView{Guilds: []GuildLink{{ID: "1", Name: text, Rights: store.Rights{Manager: true}}}}),
		"Preferences": Preferences(p, PreferencesForm{Zone: text, Problems: map[string]string{"zone": said}}),
		"Problem":     Problem(p, 503, "unavailable", said), "ProblemFragment": ProblemFragment(p, "internal"),
		"GiveawayFilters": GiveawayFilters(p, f, hosts), "GiveawayFiltersAfter": GiveawayFiltersAfter(p, f, hosts),
		"GiveawayHome": GiveawayHome(p, region), "GiveawayHomeFacts": GiveawayHomeFacts(p, GiveawayHomeView{
			Tiles: store.GiveawayTiles{Active: 30, Pending: 9, Ended: 9}, Active: giveaways[:1], Scheduled: giveaways[1:2], Ended: giveaways[3:4], Asked: asked,
		}),
		"Templates": Templates(p, region), "TemplateRows": TemplateRows(p, []store.GiveawayTemplate{{ID: "t1", Name: text, Form: form.Form, Lasts: time.Hour}}),
		"TemplateForm": TemplateForm(p, TemplateFormView{Giveaway: giveaways[0], Name: text, Problems: map[string]string{"name": said}}),
		"Bulk": Bulk(p, BulkView{
			Verb: store.VerbGiveawayEnd, Rows: []BulkRow{{"c1", text, "active"}}, Left: []BulkRow{{"c2", text, "ended"}}, Action: "/guilds/1/giveaways/bulk",
			Back: "/guilds/1/giveaways", Bot: asked.Bot,
		}),
		"BulkAsked": BulkAsked(p, "/guilds/1/giveaways", region), "BulkAnswers": BulkAnswers(p, BulkAnswersView{Commands: commands, Bot: asked.Bot}),
		"Entrants": Entrants(p, f, "/guilds/1", region), "EntrantFilters": EntrantFilters(p, f), "EntrantFiltersAfter": EntrantFiltersAfter(p, f),
		"EntrantRows": EntrantRows(p, EntrantsView{Giveaway: giveaways[0], List: entries, Filter: f, Asked: asked}),
		"Giveaways":   Giveaways(p, f, hosts, region), "GiveawayRows": GiveawayRows(p, list),
		"Giveaway": Giveaway(p, region), "GiveawayFacts": GiveawayFacts(p, GiveawayView{
			Giveaway: giveaways[3], Entries: entries.Items, Counts: []store.EntryCount{{From: at, N: 3}, {From: at.Add(time.Hour), N: 1}}, Step: 10 * time.Minute,
			Asks: commands, Path: "/guilds/1/giveaways/c4", Asked: asked,
		}),
		"Sheet": Sheet(p, sheet), "SettingsList": SettingsList(p, TabPanels, "/guilds/1/settings/panels/new", region),
		"PanelRows": PanelRows(p, setup), "ProductRows": ProductRows(p, setup.Products), "ConfirmDelete": ConfirmDelete(p, text, said, "/guilds/1", "/guilds/1"),
		"Gone": Gone(p, "/guilds/1"), "Tickets": Tickets(p, f, choices, region), "TicketFiltersAfter": TicketFiltersAfter(p, f, choices), "TicketRows": TicketRows(p, threads),
		"Staff": Staff(p, staffForm, region), "StaffPeople": StaffPeople(p, staffForm.Staff),
		"Ratings": Ratings(p, f, choices, region), "RatingFiltersAfter": RatingFiltersAfter(p, f, choices), "RatingRows": RatingRows(p, rated), "RatingQuestion": RatingQuestion(p, store.VerbRatingRemove, ratings),
		"Ticket": Ticket(p, region), "TicketFacts": TicketFacts(p, story),
		"Audit": Audit(p, audit, region), "AuditFilters": AuditFilters(p, audit), "AuditFiltersAfter": AuditFiltersAfter(p, audit),
		"AuditRows": AuditRows(p, AuditList{Filter: audit, List: store.List[store.Command]{Items: commands, Page: 1, Pages: 1}}),
		"Confirm":   Confirm(p, question), "ConfirmForm": ConfirmForm(p, question), "GiveawayForm": GiveawayForm(p, form),
	}
}

func TestEveryViewIsAmongThem(t *testing.T) {
	views := exported("x")
	files, err := filepath.Glob("*.templ")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		for _, name := range regexp.MustCompile(`(?m)^templ ([A-Z]\w*)\(`).FindAllStringSubmatch(source(t, file), -1) {
			if views[name[1]] == nil && stateless[name[1]] == "" {
				t.Errorf("%s of %s is not rendered by the tests", name[1], file)
			}
		}
	}
}

func TestHTMLInjection(t *testing.T) {
	shape := map[string]string{}
	for name, view := range every("plain") {
		shape[name] = elements(rendered(t, view))
	}
	for _, text := range hostile {
		for name, view := range every(text) {
			doc := rendered(t, view)
			isWell(t, name, doc)
			if text == "" {
				continue // what is empty is left out, or said in other words
			}
			// Other words, but no other elements: but for links that are offered for good addresses only.
			if got := elements(doc); got != shape[name] && !strings.HasPrefix(name, "Giveaway") && !strings.HasPrefix(name, "Ticket") {
				t.Errorf("%s is made of other elements with %.40q:\n%s\nnot\n%s", name, text, got, shape[name])
			}
		}
	}
}

// elements are the names of all elements, in order.
func elements(doc *goquery.Document) string {
	return strings.Join(doc.Find("*").Map(func(_ int, s *goquery.Selection) string { return goquery.NodeName(s) }), " ")
}

func isWell(t *testing.T, name string, doc *goquery.Document) {
	t.Helper()
	ids := map[string]bool{}
	doc.Find("*").Each(func(_ int, e *goquery.Selection) {
		for _, a := range e.Nodes[0].Attr {
			value := strings.ToLower(strings.TrimSpace(a.Val))
			switch {
			case a.Key == "style", strings.HasPrefix(a.Key, "on"), strings.Contains(a.Key, "<"), strings.Contains(a.Key, `"`):
				t.Errorf("%s: <%s %s=%.40q>", name, goquery.NodeName(e), a.Key, a.Val)
			case (a.Key == "href" || a.Key == "src" || a.Key == "action") && !isSafe(value):
				t.Errorf("%s: <%s %s=%.60q> leads elsewhere", name, goquery.NodeName(e), a.Key, a.Val)
			case a.Key == "id":
				if ids[a.Val] || a.Val == "" {
					t.Errorf("%s: the id %.40q is there twice, or empty", name, a.Val)
				}
				ids[a.Val] = true
			}
			if utf := a.Val; strings.ContainsAny(utf, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") && a.Key != "value" && !strings.HasPrefix(a.Key, "hx-") && a.Key != "id" {
				t.Errorf("%s: %s=%.60q turns the direction of what follows", name, a.Key, a.Val)
			}
		}
	})
	if found := doc.Find("script:not([src]), style, iframe, [onerror], [onload], img[src=x]"); found.Length() > 0 {
		html, _ := goquery.OuterHtml(found)
		t.Errorf("%s: injected %.200s", name, html)
	}
}

// isSafe tells addresses of this site, of its own files, and of Discord from all others.
func isSafe(address string) bool {
	for _, good := range []string{"/", "#", "https://discord.com/", "https://cdn.discordapp.com/", "discord://-/"} {
		if strings.HasPrefix(address, good) && !strings.HasPrefix(address, "//") {
			return true
		}
	}
	return false
}

func TestLinesOfPeopleDoNotTurnTheTextAroundThem(t *testing.T) {
	const turning = "\u202egnp.exe\u2066"
	for name, view := range every(turning) {
		rendered(t, view).Find("*").Each(func(_ int, e *goquery.Selection) {
			own := e.Contents().Not("*").Text()
			alone := e.Is("p, textarea, blockquote, dt, dd") && strings.TrimSpace(own) == turning // its end ends the turn
			if strings.ContainsAny(own, "\u202e\u2066") && !alone {
				t.Errorf("%s: <%s> holds %q", name, goquery.NodeName(e), own)
			}
		})
	}
}

func TestViewsSpeakTheReadersLanguage(t *testing.T) {
	g := store.Giveaway{ID: "c1", GuildID: "1", Prize: "Lamp", Status: store.GiveawayEnded, Entries: 1234, WinnerCount: 1}
	for locale, want := range map[Locale][]string{
		English: {"Ended", "1,234", "Nobody entered"}, Vietnamese: {"Đã kết thúc", "1.234", "Không ai tham gia"},
	} {
		p := Page{Site: DefaultSite(), Locale: locale, Guild: &GuildLink{ID: "1", Name: "x"}}
		text := rendered(t, GiveawayRows(p, GiveawayList{List: store.List[store.Giveaway]{Items: []store.Giveaway{g}, Page: 1, Pages: 1}})).Text()
		for _, words := range want {
			if !strings.Contains(text, words) {
				t.Errorf("%s: %q is missing in %q", locale, words, text)
			}
		}
	}
}

// The same arguments make the same bytes, or every look would be a new version.
func TestViewsDependOnTheirArgumentsAlone(t *testing.T) {
	first := map[string]string{}
	for range 3 {
		for name, view := range every("x") {
			var html bytes.Buffer
			if err := view.Render(t.Context(), &html); err != nil {
				t.Fatal(err)
			}
			if first[name] == "" {
				first[name] = html.String()
			} else if first[name] != html.String() {
				t.Errorf("%s came out differently", name)
			}
		}
	}
}

func TestViewsAreRenderedByManyAtOnce(t *testing.T) {
	done := make(chan error)
	for range 8 {
		go func() {
			var err error
			for _, view := range every("x") {
				if e := view.Render(t.Context(), new(bytes.Buffer)); e != nil {
					err = e
				}
			}
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func rendered(t *testing.T, view templ.Component) *goquery.Document {
	t.Helper()
	var html bytes.Buffer
	if err := view.Render(t.Context(), &html); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(&html)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func source(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
