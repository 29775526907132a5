package handlers_test

import (
	"net/http"
	"net/url"
	"testing"

	"guildboard/handlers"
	"guildboard/store/contract"
	"guildboard/views/gallery"
)

func TestGalleryIsForDemoModeOnly(t *testing.T) {
	s := openSite(t)
	for _, b := range []*browser{s.browser(), s.signIn(robin)} {
		for _, path := range []string{"/gallery", "/gallery/shell", "/gallery/tickets?text=long"} {
			b.get(path).wantStatus(http.StatusNotFound)
		}
	}
}

func TestGallery(t *testing.T) {
	asDemo := func(_ *site, c *handlers.Config) {
		c.Discord, c.Demo = nil, &handlers.Demo{Manager: contract.User{ID: robin, Username: "Robin"}}
	}
	s := openSite(t, asDemo, withBrokenStore) // it needs no rows
	b := s.browser()                          // nor a session
	a := b.get("/gallery").wantStatus(http.StatusOK).wantText("h1", "Gallery")
	for _, section := range gallery.SectionNames() {
		path := "/gallery/" + section
		if a.find(".tabs a[href='"+path+"']").Length() != 1 {
			t.Errorf("no tab links to %s", path)
		}
		page := b.get(path).wantStatus(http.StatusOK).wantText("h1", section)
		if page.find(".gallery-state").Length() == 0 {
			t.Errorf("%s is empty", path)
		}
		if page.find("#live, #live-status, main [hx-get], [hx-sse\\:connect], main form[method]").Length() > 0 {
			t.Errorf("%s has live or form elements, want none", path)
		}
		b.get(path+"?text=long").wantStatus(http.StatusOK).wantText("main", "Wörterbuchzusammensetzung")
	}
	b.get("/gallery/nothing").wantStatus(http.StatusNotFound)
	b.get("/gallery/shell?text=unheard").wantStatus(http.StatusOK).wantText("[aria-current]", "shell")
	b.get("/gallery/tickets?text=markup").wantStatus(http.StatusOK).wantText("main", "<script>alert(1)</script>")

	// The theme and language switch of the page redirects back to it.
	b.post("/preferences", url.Values{"theme": {"dark"}, "return": {"/gallery/tickets?text=long"}}).
		wantRedirect("/gallery/tickets?text=long")
	if page := b.get("/gallery/tickets"); attr(page.find("html"), "data-theme") != "dark" {
		t.Error("the gallery's theme is not dark")
	}
}
