package handlers_test

import (
	"net/http"
	"net/url"
	"testing"

	"guildboard/handlers/live"
	"guildboard/store"
	"guildboard/views"
)

func TestTheGalleryIsForTheDemoAlone(t *testing.T) {
	s := open(t)
	for _, b := range []*browser{s.browser(), s.signIn(robin)} {
		for _, path := range []string{"/gallery", "/gallery/shell", "/gallery/tickets?text=long"} {
			b.get(path).wants(http.StatusNotFound)
		}
	}
}

func TestGallery(t *testing.T) {
	asDemo := func(s *site, _ *live.Config) { s.DemoUser = &store.Person{ID: robin, Username: "Robin"} }
	s := open(t, asDemo, broken) // it needs no rows
	b := s.browser()             // nor a session
	a := b.get("/gallery").wants(http.StatusOK).says("h1", "Gallery")
	for _, noun := range views.StateNouns() {
		path := "/gallery/" + noun
		if a.find(".tabs a[href='"+path+"']").Length() != 1 {
			t.Errorf("nothing leads to %s", path)
		}
		page := b.get(path).wants(http.StatusOK).says("h1", noun)
		if page.find(".gallery-state").Length() == 0 {
			t.Errorf("%s is empty", path)
		}
		if page.find("#live, #live-status, main [hx-get], [hx-sse\\:connect], main form[method]").Length() > 0 {
			t.Errorf("%s listens or asks", path)
		}
		b.get(path+"?text=long").wants(http.StatusOK).says("main", "Wörterbuchzusammensetzung")
	}
	b.get("/gallery/nothing").wants(http.StatusNotFound)
	b.get("/gallery/shell?text=unheard").wants(http.StatusOK).says("[aria-current]", "shell")
	b.get("/gallery/tickets?text=markup").wants(http.StatusOK).says("main", "<script>alert(1)</script>")

	// The page's own switch of theme and language leads back to it.
	b.post("/preferences", url.Values{"theme": {"dark"}, "return": {"/gallery/tickets?text=long"}}).leadsTo("/gallery/tickets?text=long")
	if page := b.get("/gallery/tickets"); attr(page.find("html"), "data-theme") != "dark" {
		t.Error("the gallery is not dark")
	}
}
