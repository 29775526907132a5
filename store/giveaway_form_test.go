package store_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
)

func validForm() contract.GiveawayForm {
	f := contract.NewGiveawayForm(time.Now())
	f.Prize, f.ChannelID = "Poster", "100000000000000001"
	return f
}

func TestGiveawayFormRoundTrip(t *testing.T) {
	f := validForm()
	f.Description, f.PrizeSecret, f.Notes, f.ImageURL = "About", "KEY", "note", "https://example.com/a.png"
	f.WinnerCount, f.PrizeTiers = 3, []contract.PrizeTier{{Place: 1, Prize: "A", Count: 1}, {Place: 2, Prize: "B", Count: 2}}
	f.StartsAt = ptr(f.EndsAt.Add(-time.Hour))
	f.RequiredRoleIDs, f.BlacklistRoleIDs = []string{"1", "2"}, []string{"3"}
	f.RequiredLevel, f.RequiredMessages, f.RequiredInvites, f.RequiredReputation = 1, 2, 3, 4
	f.RequiredAccountAge, f.RequiredServerAge, f.BoosterBonusEntries = 5, 6, 7
	f.BonusEntryRoles = []contract.BonusRole{{RoleID: "4", RoleName: "Four", Entries: 4}}
	f.DMWinners, f.DMWinnerMessage, f.PingRoleID, f.PingOnEnd = false, "Hi", "5", false
	f.AutoReroll, f.MaxRerolls, f.WinnerClaimTimeout = true, 0, 48

	text := must(json.Marshal(f))(t)
	read := contract.NewGiveawayForm(noon) // its defaults must be replaced by the decoded values
	noError(t, json.Unmarshal(text, &read))
	back := store.Giveaway{Status: store.GiveawayPending}.WithForm(read).Form()
	wantEqual(t, "form", string(must(json.Marshal(back))(t)), string(text))

	posted := store.Giveaway{Status: store.GiveawayActive, ChannelID: "9", MessageID: ptr("1")}.WithForm(f)
	wantEqual(t, "channel of a posted giveaway", posted.ChannelID, "9")
	wantEqual(t, "start of an active giveaway", posted.StartsAt, nil)
}

func TestAvailableVerbsFollowStatus(t *testing.T) {
	join := func(verbs []contract.Verb) (s string) {
		for _, v := range verbs {
			s += strings.ToLower(string(v[strings.IndexByte(string(v), '_')+1:])) + " "
		}
		return strings.TrimSpace(s)
	}
	won := []store.Winner{{}}
	for want, g := range map[string]store.Giveaway{
		"edit repeat cancel":            {Status: store.GiveawayPending},
		"edit end pause repeat cancel":  {Status: store.GiveawayActive},
		"edit end resume repeat cancel": {Status: store.GiveawayPaused},
		"reroll repeat delete":          {Status: store.GiveawayEnded, MaxRerolls: 1, Winners: won},
		"repeat delete":                 {Status: store.GiveawayEnded, MaxRerolls: 1, RerollCount: 1, Winners: won},
		"repeat delete ":                {Status: store.GiveawayEnded, MaxRerolls: 1, Winners: []store.Winner{{Rerolled: true}}},
		"delete":                        {Status: store.GiveawayCancelled},
	} {
		wantEqual(t, string(g.Status), join(store.AvailableGiveawayVerbs(g)), strings.TrimSpace(want))
	}
	for want, status := range map[string]store.TicketStatus{
		"claim assign close": store.TicketOpen, "unclaim assign close": store.TicketClaimed, "reopen": store.TicketClosed,
	} {
		wantEqual(t, string(status), join(store.AvailableTicketVerbs(store.Ticket{Status: status})), want)
	}
}
