package forms_test

import (
	"testing"
	"time"

	"guildboard/store/forms"
)

func TestParseDuration(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"1h30": 90 * time.Minute, "1.5h": 90 * time.Minute, "1,5 giờ": 90 * time.Minute, "90 min": 90 * time.Minute,
		"1 day": day, "2 ngày": 2 * day, "2 nga\u0300y": 2 * day, "2 ngay": 2 * day, "1 tuần 3 ngày": 10 * day,
		"3d 4h": 76 * time.Hour, "3d4h": 76 * time.Hour, "90m": 90 * time.Minute, "2w": 14 * day, "45s": 45 * time.Second,
		"1 Week, 2 Days and 3 hours": 9*day + 3*time.Hour, "1 giờ 30 phút": 90 * time.Minute, "1h30p": 90 * time.Minute,
		"1d12": 36 * time.Hour, "0.5d": 12 * time.Hour, " 2 hrs. ": 2 * time.Hour, "3 ngày và 4 giờ": 76 * time.Hour,
		"1h 0m": time.Hour, "0h 5m": 5 * time.Minute,
	} {
		if got, err := forms.ParseDuration(text); err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "soon", "90", "1.5", "-1h", "0", "0h", "1x", "1 month", "h", "1h 2h", "30m 1h", "1:30", "1s30", "1..5h", "1h,30x",
		"99999999999h", "11y", "4000d", "1h30m10s5", "1e3h", "١h",
	} {
		if got, err := forms.ParseDuration(text); err == nil {
			t.Errorf("ParseDuration(%q) = %v, want an error", text, got)
		}
	}
}

func TestFormatDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "1m", 90 * time.Minute: "1h 30m", 26*time.Hour + 5*time.Minute + 20*time.Second: "1d 2h 5m",
		14 * 24 * time.Hour: "14d", 24*time.Hour - time.Second: "1d",
	} {
		if got := forms.FormatDuration(d); got != want {
			t.Errorf("FormatDuration(%v) = %q, want %q", d, got, want)
		}
		if parsed, err := forms.ParseDuration(want); err != nil || forms.FormatDuration(parsed) != want {
			t.Errorf("ParseDuration(%q) = %v, %v, want the same duration", want, parsed, err)
		}
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, text := range []string{"1h30", "1,5 giờ", "3d 4h", "99999999999w", "1d and 2h"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := forms.ParseDuration(text)
		if err == nil && (d <= 0 || d > 10*365*24*time.Hour || d%time.Second != 0) {
			t.Errorf("ParseDuration(%q) = %v, want whole seconds up to ten years", text, d)
		}
	})
}
