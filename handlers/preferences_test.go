package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/views/ui"
)

// savePreferences submits the form of the preferences page.
func (b *browser) savePreferences(form url.Values) *testResponse {
	b.site.t.Helper()
	form.Set("page", "preferences")
	return b.post("/preferences", form)
}

// setCookie sets a preference in the browser before sign-in.
func (b *browser) setCookie(name, value string) {
	b.site.t.Helper()
	b.client.Jar.SetCookies(b.url("/"), []*http.Cookie{{Name: name, Value: value}})
}

func TestPreferencesFollowUser(t *testing.T) {
	s := openSite(t)
	says := func(b *browser, lang, theme, zone, density, keys string) {
		t.Helper()
		for _, path := range []string{"/preferences", "/", giveawaysPath} {
			page := b.get(path).wantStatus(http.StatusOK).find("html")
			got := []string{attr(page, "lang"), attr(page, "data-theme"), attr(page, "data-zone"),
				attr(page, "data-density"), attr(page, "data-keys")}
			if want := []string{lang, theme, zone, density, keys}; !slices.Equal(got, want) {
				t.Errorf("%s: preferences = %q, want %q", path, got, want)
			}
		}
	}
	desk, phone := s.signIn(robin), s.signIn(robin)
	phone.setCookie("lang", "en")
	phone.setCookie("theme", "light")
	says(phone, "en", "light", "", "", "")
	desk.savePreferences(url.Values{
		"lang": {"vi"}, "theme": {"dark"}, "zone": {"Asia/Tokyo"}, "density": {"compact"}, "keys": {"off"},
		"notifications": {"", "ticket-opened"}, "notification-methods": {"", "sound"},
	}).wantStatus(http.StatusSeeOther)
	says(desk, "vi", "dark", "Asia/Tokyo", "compact", "off")
	says(phone, "vi", "dark", "Asia/Tokyo", "compact", "off")
	// like the switch in the footer of every page
	phone.post("/preferences", url.Values{"theme": {""}}).wantStatus(http.StatusSeeOther)
	says(desk, "vi", "", "Asia/Tokyo", "compact", "off")

	if got := desk.get("/preferences").find("#preferences [name^=notification]:checked").Length(); got != 2 {
		t.Errorf("selected notifications on the first browser = %d, want 2", got)
	}
	if got := phone.get("/preferences").find("#preferences [name^=notification]:checked").Length(); got != 1 {
		t.Errorf("selected notifications on another browser = %d, want 1, without the sound", got)
	}
	if got := attr(s.signIn(sam).get("/preferences").find("html"), "lang"); got != "en" {
		t.Errorf("language of another user = %s, want en", got)
	}
	desk.post("/logout", nil).wantStatus(http.StatusSeeOther)
	if got := attr(desk.get("/login").find("html"), "lang"); got != "vi" {
		t.Errorf("language after signing out = %s, want vi", got)
	}
}

func TestPreferencesFallBackToCookies(t *testing.T) {
	s := openSite(t, withBrokenStore)
	b := s.signIn(robin)
	b.setCookie("lang", "vi")
	if page := b.get("/preferences").wantStatus(http.StatusOK); attr(page.find("html"), "lang") != "vi" {
		t.Error("the cookie's language is not used")
	}
	if a := b.savePreferences(url.Values{"lang": {"en"}}).wantStatus(http.StatusServiceUnavailable); len(a.Cookies()) > 0 {
		t.Errorf("cookies after a failed save = %v, want none", a.Cookies())
	}
}

func TestPreferencesPage(t *testing.T) {
	s := openSite(t)
	for name, saved := range map[string]string{"a stranger": "preferences.saved", "somebody signed in": "preferences.savedAccount"} {
		t.Run(name, func(t *testing.T) {
			b, whose, kept := s.browser(), "this browser", "Đã lưu trong trình duyệt này"
			if saved == "preferences.savedAccount" {
				b, whose, kept = s.signIn(robin), "in every browser", "chỉ áp dụng cho trình duyệt này"
			}
			form := b.get("/preferences").wantStatus(http.StatusOK)
			form.wantText("#whose", whose)
			if got := attr(form.find("#preferences [name=zone]"), "value"); got != "" {
				t.Errorf("default zone = %q, want none", got)
			}
			b.savePreferences(url.Values{"lang": {"vi"}, "theme": {"dark"}, "zone": {" Asia/Ho_Chi_Minh "}}).
				wantRedirect("/preferences?note=" + saved)
			form = b.get("/preferences?note="+saved).wantText("main [role=status]", kept)
			if lang, theme, zone := attr(form.find("html"), "lang"), attr(form.find("html"), "data-theme"),
				attr(form.find("html"), "data-zone"); lang != "vi" || theme != "dark" || zone != "Asia/Ho_Chi_Minh" {
				t.Errorf("language = %q, theme = %q, zone = %q, want the saved preferences", lang, theme, zone)
			}
			if got := attr(form.find("#preferences [name=zone]"), "value") +
				attr(form.find("#lang [selected]"), "value") +
				attr(form.find("#theme [selected]"), "value"); got != "Asia/Ho_Chi_Minhvidark" {
				t.Errorf("selected values = %q, want the saved preferences", got)
			}
			b.savePreferences(url.Values{"zone": {""}}).wantStatus(http.StatusSeeOther)
			if got := attr(b.get("/preferences").find("html"), "data-zone"); got != "" {
				t.Errorf("zone after clearing it = %q, want none", got)
			}
		})
	}
}

func TestUnknownZoneIsFieldError(t *testing.T) {
	s := openSite(t)
	b := s.browser()
	for _, zone := range []string{"Mars/Olympus", "Local", "../etc/passwd", "/etc/localtime",
		strings.Repeat("a", 200), "UTC\r\nX: y"} {
		a := b.savePreferences(url.Values{"zone": {zone}, "theme": {"dark"}}).wantStatus(http.StatusUnprocessableEntity)
		a.wantText("#problem-zone", "No time zone has this name")
		if len(a.Cookies()) > 0 || attr(a.find("#zone"), "aria-invalid") == "" {
			t.Errorf("invalid zone %q: cookies = %v, want none and a marked field", zone, a.Cookies())
		}
		b.client.Jar.SetCookies(b.url("/"), []*http.Cookie{{Name: "zone", Value: url.PathEscape(zone)}})
		if got := attr(b.get("/login").wantStatus(http.StatusOK).find("html"), "data-zone"); got != "" {
			t.Errorf("cookie with zone %q: zone = %q, want none", zone, got)
		}
	}
}

// TestDaysUseViewerZone checks that days begin at midnight of the viewer's time zone in texts, in filters and on the
// stream.
func TestDaysUseViewerZone(t *testing.T) {
	s := openSite(t, withoutStreamLimit)
	late := s.createGiveaway(store.Giveaway{Prize: "Late in the evening", CreatedAt: midnightUTC("2026-03-01").Add(20 * time.Hour)})
	s.createGiveaway(store.Giveaway{Prize: "At noon", CreatedAt: midnightUTC("2026-03-01").Add(12 * time.Hour)})
	page := giveawaysPath + "?from=2026-03-02"
	greenwich, saigon := s.signIn(robin), s.signIn(robin)
	saigon.setCookie("zone", "Asia/Ho_Chi_Minh")

	greenwich.get(page).wantText("#row-none", "No matching giveaways").wantText("label[for=to]", "UTC")
	a := saigon.get(page).wantText("label[for=to]", "Asia/Ho_Chi_Minh")
	if got := a.texts("#rows .cell-main"); len(got) != 1 || got[0] != "Late in the evening" {
		t.Errorf("giveaways of the day in Saigon = %q, want %q", got, "Late in the evening")
	}
	saigon.get(giveawaysPath+"/"+late.ID).wantText("#created", "2 Mar 2026, 03:00 +07")
	if got := attr(saigon.get(giveawaysPath+"/new").wantStatus(http.StatusOK).find("#zone"), "value"); got != "Asia/Ho_Chi_Minh" {
		t.Errorf("zone of the form = %q, want Asia/Ho_Chi_Minh", got)
	}

	for b, want := range map[*browser]bool{greenwich: false, saigon: true} {
		if frame := b.openStream(streamPath(page)).next(); strings.Contains(frame.data, "Late in the evening") != want {
			t.Errorf("frame does not match the day in the viewer's zone:\n%s", frame.data)
		}
	}
}

// TestBrowserZoneAppliesIfNoneIsChosen checks that dates in filters begin at midnight of the zone in which the browser
// shows times.
func TestBrowserZoneAppliesIfNoneIsChosen(t *testing.T) {
	s := openSite(t)
	s.createGiveaway(store.Giveaway{Prize: "Late in the evening", CreatedAt: midnightUTC("2026-03-01").Add(20 * time.Hour)})
	page := giveawaysPath + "?from=2026-03-02"
	b := s.signIn(robin)
	for _, unknown := range []string{"", "Etc/Unknown", "right/Asia/Tokyo"} {
		b.setCookie("browser_zone", unknown)
		b.get(page).wantText("#row-none", "No matching giveaways").wantText("label[for=to]", "UTC").wantText("#page-zone", "Time zone: UTC")
	}
	b.setCookie("browser_zone", "Asia/Saigon") // an alias, as browsers report it
	a := b.get(page).wantText("label[for=to]", "Asia/Ho_Chi_Minh").wantText("#page-zone", "Time zone: Asia/Ho_Chi_Minh")
	if got := a.texts("#rows .cell-main"); len(got) != 1 || got[0] != "Late in the evening" {
		t.Errorf("giveaways of the day in Saigon = %q, want %q", got, "Late in the evening")
	}
	if got := attr(a.find("html"), "data-zone"); got != "" {
		t.Errorf("chosen zone = %q, want none", got)
	}
	stream := b.openStream(streamPath(page))
	if frame := stream.next(); !strings.Contains(frame.data, "Late in the evening") {
		t.Errorf("frame does not match the day in the browser's zone:\n%s", frame.data)
	}
	b.setCookie("zone", "UTC")
	b.get(page).wantText("#row-none", "No matching giveaways").wantText("#page-zone", "Time zone: UTC")
}

// TestPagesCarryServerTime checks the time by which times.js corrects the clock of the viewer's device.
func TestPagesCarryServerTime(t *testing.T) {
	b := openSite(t).browser()
	before := time.Now().Truncate(time.Millisecond)
	timing := b.get("/login").Header.Get("Server-Timing")
	value, _ := strings.CutPrefix(timing, `now;desc="`)
	at, err := time.Parse(time.RFC3339, strings.TrimSuffix(value, `"`))
	if err != nil || at.Before(before) || at.After(time.Now()) {
		t.Errorf("Server-Timing = %s (%v), want the time of the request, after %v", timing, err, before)
	}
}

func TestDensityAndShortcutPreferences(t *testing.T) {
	s := openSite(t)
	b := s.signIn(robin)
	page := b.get(giveawaysPath)
	if attr(page.find("html"), "data-density") != "" || attr(page.find("html"), "data-keys") != "" ||
		page.find("dialog#shortcuts kbd").Length() == 0 {
		t.Error("the default page is compact or has no shortcuts")
	}
	b.savePreferences(url.Values{"density": {"compact"}, "keys": {"off"}}).wantStatus(http.StatusSeeOther)
	page = b.get(giveawaysPath)
	if attr(page.find("html"), "data-density") != "compact" || attr(page.find("html"), "data-keys") != "off" ||
		page.find("dialog#shortcuts").Length() > 0 {
		t.Error("the saved density or shortcuts are not used")
	}
	if form := b.get("/preferences"); attr(form.find("#density [selected]"), "value") != "compact" ||
		attr(form.find("#keys [selected]"), "value") != "off" {
		t.Error("the form does not show the saved values")
	}
	for _, form := range []url.Values{{"density": {"dense"}}, {"keys": {"on"}}} {
		b.savePreferences(form).wantStatus(http.StatusBadRequest)
	}
}

func TestHiddenColumns(t *testing.T) {
	s := openSite(t)
	desk, phone := s.signIn(robin), s.signIn(robin)
	// shown returns the columns that a list shows if only one of them is hidden.
	shown := func(list, hidden string) []string {
		return slices.DeleteFunc(slices.Clone(ui.Columns), func(c string) bool {
			return !strings.HasPrefix(c, list+"-") || c == hidden
		})
	}
	desk.savePreferences(url.Values{"columns-of": {"giveaways"}, "show": shown("giveaways", "giveaways-host")}).
		wantStatus(http.StatusSeeOther)
	desk.savePreferences(url.Values{"columns-of": {"tickets"}, "show": shown("tickets", "tickets-category")}).
		wantStatus(http.StatusSeeOther)
	for _, b := range []*browser{desk, phone} {
		if got := attr(b.get(ticketsPath).wantStatus(http.StatusOK).find("html"), "data-hide"); got != "giveaways-host tickets-category" {
			t.Errorf("hidden columns = %q, want %q", got, "giveaways-host tickets-category")
		}
		if got, want := b.get("/preferences").find("[name=show]:checked").Length(), len(ui.Columns)-2; got != want {
			t.Errorf("selected columns = %d, want %d", got, want)
		}
		menu := b.get(ticketsPath).find("#list-menu")
		if all, hidden := menu.Find("[name=show]"), menu.Find("[name=show]:not(:checked)"); all.Length() < 5 ||
			hidden.Length() != 1 || attr(hidden, "value") != "tickets-category" {
			t.Errorf("the list's menu hides %d of %d columns, want the category", hidden.Length(), all.Length())
		}
	}
	desk.savePreferences(url.Values{"hide": {"", "tickets-subject"}}).wantStatus(http.StatusBadRequest)
	desk.post("/preferences", url.Values{"columns-of": {"giveaways", "tickets"}, "show": ui.Columns}, "HX-Request", "true").
		wantStatus(http.StatusNoContent)
	if got := attr(phone.get(ticketsPath).find("html"), "data-hide"); got != "" {
		t.Errorf("hidden columns after clearing them = %q, want none", got)
	}
	stranger := s.browser()
	stranger.setCookie("hide", "tickets-subject.tickets-opener.<b>")
	if got := attr(stranger.get("/login").find("html"), "data-hide"); got != "tickets-opener" {
		t.Errorf("hidden columns by a cookie with invalid values = %q, want only the valid one", got)
	}
}
