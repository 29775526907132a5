//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestScreenshots writes screenshots of all pages to the directory SHOTS, for review and for the README.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("SHOTS")
	if dir == "" {
		t.Skip("skipped: SHOTS names no directory for screenshots")
	}
	must(t, os.MkdirAll(dir, 0o755))
	forEachView(t, func(b *tab, v pageView) {
		for _, theme := range []string{"light", "dark"} {
			b.setColorScheme(theme)
			b.openView(v) // once for all widths, because of the rate limit
			for width, height := range map[int64]int64{390: 844, 1280: 800, 1920: 1080} {
				b.do(chromedp.EmulateViewport(width, height))
				picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
				must(t, err)
				must(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", v.name, width, theme)), picture, 0o644))
			}
		}
		b.setColorScheme("light")
	})
}
