//go:build e2e

package e2e

import "testing"

// TestPreviewShowsServerNameLiterally has a server whose name has the replacement patterns of JavaScript.
func TestPreviewShowsServerNameLiterally(t *testing.T) {
	t.Parallel()
	t.Run("$$ $& $1", func(t *testing.T) {
		s := newGuildFixture(t) // the server has the name of the test
		b := s.member.openWindow(overviewPath(s.guild) + "/settings/replies/new")
		b.typeText("#text", "Welcome to {server}!")
		b.waitFor("the preview has the name as it is",
			textExpression("#preview-text")+` === 'Welcome to Guild of TestPreviewShowsServerNameLiterally/$$_$&_$1!'`)
	})
}
