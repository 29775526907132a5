package store_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"guildboard/store"
)

func validForm() store.GiveawayForm {
	f := store.NewGiveawayForm(time.Now())
	f.Prize, f.ChannelID = "Poster", "100000000000000001"
	return f
}

func TestNewGiveawayFormRequiresPrizeAndChannel(t *testing.T) {
	problems := store.NewGiveawayForm(time.Now()).Problems()
	wantEqual(t, "problems", len(problems), 2)
	wantEqual(t, "prize", problems["prize"], store.ProblemMissing)
	wantEqual(t, "channel", problems["channelId"], store.ProblemMissing)
	wantEqual(t, "problems of a valid form", len(validForm().Problems()), 0)
}

func TestGiveawayFormProblemsByField(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		at := func(d time.Duration) *time.Time { return ptr(now.Add(d)) }
		roles := func(n int) (ids []string) {
			for i := range n {
				ids = append(ids, "10"+string(rune('0'+i/10))+string(rune('0'+i%10)))
			}
			return ids
		}
		for _, c := range []struct {
			field, problem string
			change         func(f *store.GiveawayForm)
		}{
			{"prize", store.ProblemMissing, func(f *store.GiveawayForm) { f.Prize = "  " }},
			{"prize", store.ProblemTooLong, func(f *store.GiveawayForm) { f.Prize = strings.Repeat("ü", 241) }},
			{"prize", "", func(f *store.GiveawayForm) { f.Prize = strings.Repeat("ü", 240) }},
			{"description", store.ProblemTooLong, func(f *store.GiveawayForm) { f.Description = strings.Repeat("x", 3001) }},
			{"buttonText", store.ProblemTooLong, func(f *store.GiveawayForm) { f.ButtonText = strings.Repeat("x", 69) }},
			{"buttonText", store.ProblemMissing, func(f *store.GiveawayForm) { f.ButtonText = "" }},
			{"notes", store.ProblemTooLong, func(f *store.GiveawayForm) { f.Notes = strings.Repeat("x", 1001) }},
			{"channelId", store.ProblemChannel, func(f *store.GiveawayForm) { f.ChannelID = "general" }},
			{"imageUrl", store.ProblemURL, func(f *store.GiveawayForm) { f.ImageURL = "javascript:alert(1)" }},
			{"imageUrl", store.ProblemURL, func(f *store.GiveawayForm) { f.ImageURL = "https://" }},
			{"imageUrl", "", func(f *store.GiveawayForm) { f.ImageURL = "https://example.com/a.png" }},
			{"embedColor", store.ProblemColor, func(f *store.GiveawayForm) { f.EmbedColor = "teal" }},
			{"buttonStyle", store.ProblemStyle, func(f *store.GiveawayForm) { f.ButtonStyle = "LINK" }},
			{"winnerCount", store.ProblemOutOfRange, func(f *store.GiveawayForm) { f.WinnerCount = 0 }},
			{"winnerCount", store.ProblemOutOfRange, func(f *store.GiveawayForm) { f.WinnerCount = 21 }},
			{"endsAt", store.ProblemMissing, func(f *store.GiveawayForm) { f.EndsAt = time.Time{} }},
			{"endsAt", store.ProblemInPast, func(f *store.GiveawayForm) { f.EndsAt = now }},
			{"endsAt", "", func(f *store.GiveawayForm) { f.EndsAt = *at(time.Second) }},
			{"endsAt", store.ProblemDuration, func(f *store.GiveawayForm) { f.EndsAt = *at(366 * 24 * time.Hour) }},
			{"endsAt", store.ProblemEndBeforeStart, func(f *store.GiveawayForm) { f.StartsAt, f.EndsAt = at(2*time.Hour), *at(time.Hour) }},
			{"startsAt", store.ProblemInPast, func(f *store.GiveawayForm) { f.StartsAt = at(-time.Hour) }},
			{"startsAt", "", func(f *store.GiveawayForm) { f.StartsAt = at(-time.Minute) }}, // it has already started
			{"startsAt", store.ProblemDuration, func(f *store.GiveawayForm) {
				f.StartsAt, f.EndsAt = at(400*24*time.Hour), *at(401 * 24 * time.Hour)
			}},
			{"prizeTiers", store.ProblemTierSum, func(f *store.GiveawayForm) {
				f.PrizeTiers = []store.PrizeTier{{1, "A",
					1}, {2, "B", 1}}
			}},
			{"prizeTiers", "", func(f *store.GiveawayForm) {
				f.WinnerCount, f.PrizeTiers = 3, []store.PrizeTier{{1, "A", 1}, {2, "B", 2}}
			}},
			{"prizeTiers", store.ProblemTier, func(f *store.GiveawayForm) { f.PrizeTiers = []store.PrizeTier{{1, "", 1}} }},
			{"prizeTiers", store.ProblemTooMany, func(f *store.GiveawayForm) {
				f.WinnerCount = 6
				for i := range 6 {
					f.PrizeTiers = append(f.PrizeTiers, store.PrizeTier{Place: i + 1, Prize: "A", Count: 1})
				}
			}},
			{"requiredLevel", store.ProblemOutOfRange, func(f *store.GiveawayForm) { f.RequiredLevel = -1 }},
			{"boosterBonusEntries", store.ProblemOutOfRange, func(f *store.GiveawayForm) { f.BoosterBonusEntries = 11 }},
			{"maxRerolls", store.ProblemOutOfRange, func(f *store.GiveawayForm) { f.MaxRerolls = 11 }},
			{"bonusEntryRoles", store.ProblemBonus, func(f *store.GiveawayForm) { f.BonusEntryRoles = []store.BonusRole{{"1", "", 11}} }},
			{"bonusEntryRoles", store.ProblemDuplicate,
				func(f *store.GiveawayForm) { f.BonusEntryRoles = []store.BonusRole{{"1", "", 1}, {"1", "", 2}} }},
			{"requiredRoleIds", store.ProblemRole, func(f *store.GiveawayForm) { f.RequiredRoleIDs = []string{"@everyone"} }},
			{"requiredRoleIds", store.ProblemTooMany, func(f *store.GiveawayForm) { f.RequiredRoleIDs = roles(11) }},
			{"requiredRoleIds", "", func(f *store.GiveawayForm) { f.RequiredRoleIDs = roles(10) }},
			{"blacklistRoleIds", store.ProblemDuplicate, func(f *store.GiveawayForm) {
				f.RequiredRoleIDs,
					f.BlacklistRoleIDs = roles(2), roles(1)
			}},
			{"pingRoleId", store.ProblemRole, func(f *store.GiveawayForm) { f.PingRoleID = "here" }},
		} {
			f := validForm()
			c.change(&f)
			problems := f.Problems()
			wantEqual(t, c.field, problems[c.field], c.problem)
			if c.problem == "" {
				wantEqual(t, "problems", len(problems), 0)
			}
		}
	})
}

func TestGiveawayFormRoundTrip(t *testing.T) {
	f := validForm()
	f.Description, f.PrizeSecret, f.Notes, f.ImageURL = "About", "KEY", "note", "https://example.com/a.png"
	f.WinnerCount, f.PrizeTiers = 3, []store.PrizeTier{{1, "A", 1}, {2, "B", 2}}
	f.StartsAt = ptr(f.EndsAt.Add(-time.Hour))
	f.RequiredRoleIDs, f.BlacklistRoleIDs = []string{"1", "2"}, []string{"3"}
	f.RequiredLevel, f.RequiredMessages, f.RequiredInvites, f.RequiredReputation = 1, 2, 3, 4
	f.RequiredAccountAge, f.RequiredServerAge, f.BoosterBonusEntries = 5, 6, 7
	f.BonusEntryRoles = []store.BonusRole{{"4", "Four", 4}}
	f.DMWinners, f.DMWinnerMessage, f.PingRoleID, f.PingOnEnd = false, "Hi", "5", false
	f.AutoReroll, f.MaxRerolls, f.WinnerClaimTimeout = true, 0, 48

	text := must(json.Marshal(f))(t)
	read := store.NewGiveawayForm(noon) // its defaults must be replaced by the decoded values
	noError(t, json.Unmarshal(text, &read))
	back := store.GiveawayFormOf(read.ApplyTo(store.Giveaway{Status: store.GiveawayPending}))
	wantEqual(t, "form", string(must(json.Marshal(back))(t)), string(text))

	posted := f.ApplyTo(store.Giveaway{Status: store.GiveawayActive, ChannelID: "9", MessageID: ptr("1")})
	wantEqual(t, "channel of a posted giveaway", posted.ChannelID, "9")
	wantEqual(t, "start of an active giveaway", posted.StartsAt, nil)
}

func TestAvailableVerbsFollowStatus(t *testing.T) {
	join := func(verbs []store.Verb) (s string) {
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
