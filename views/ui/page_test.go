package ui

import (
	"testing"
	"time"

	"guildboard/views/text"
)

func TestFormatTimes(t *testing.T) {
	at := time.Date(2026, 3, 1, 23, 30, 15, 987_654_321, time.FixedZone("", -3600))
	saigon, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	if err != nil {
		t.Skip("skipped: no time zone database:", err)
	}
	for got, want := range map[string]string{
		text.FormatISO(at): "2026-03-02T00:30:15.987Z",
		Page{Site: DefaultSite(), Reader: Reader{Locale: text.English}}.FormatTime(at):         "2 Mar 2026, 00:30 UTC",
		Page{Site: Site{Zone: saigon}, Reader: Reader{Locale: text.Vietnamese}}.FormatTime(at): "02/03/2026 07:30 +07",
	} {
		if got != want {
			t.Errorf("text = %q, want %q", got, want)
		}
	}
}
