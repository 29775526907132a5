package ui

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"guildboard/static"
)

// StylePath returns the path of the site's stylesheet. It contains the accent colour and the hash of app.css.
func StylePath(s Site) string {
	return "/style-" + s.Accent[1:] + strings.TrimPrefix(static.Path("app.css"), static.Prefix+"app")
}

// StyleCSS returns the content of the stylesheet: app.css and the site's accent colour.
func StyleCSS(s Site) []byte { return append(static.Content("app.css"), accentCSS(s)...) }

// accentCSS returns CSS variables for the accent colour, and for black or white text on it, whichever has more
// contrast.
func accentCSS(s Site) string {
	textColor := "#ffffff"
	if contrast(s.Accent, "#000000") > contrast(s.Accent, textColor) {
		textColor = "#000000"
	}
	return fmt.Sprintf(":root{--accent:%s;--on-accent:%s}", s.Accent, textColor)
}

// contrast returns the contrast ratio of two colours #rrggbb, 1 to 21 (WCAG 2.2, "contrast ratio").
func contrast(a, b string) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// luminance returns the relative luminance of a colour #rrggbb, 0 to 1 (WCAG 2.2, "relative luminance").
func luminance(color string) float64 {
	rgb, err := strconv.ParseUint(color[1:], 16, 32)
	if err != nil {
		return 0
	}
	linear := func(shift int) float64 {
		c := float64(rgb>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(16) + 0.7152*linear(8) + 0.0722*linear(0)
}
