package contract

import "testing"

// Subscribers in other languages read the data of events, so its members and their presence must not change.
func TestEventDataEncoding(t *testing.T) {
	for _, test := range []struct {
		data EventData
		want string
	}{
		{GiveawayCreateData{"g", "Nitro", "2026-11-24T12:00:00Z", 1, "2"},
			`{"giveawayId":"g","prize":"Nitro","endTime":"2026-11-24T12:00:00Z","winners":1,"hostId":"2"}`},
		{GiveawayEntryData{"g", "3"}, `{"giveawayId":"g","userId":"3"}`},
		{GiveawayUpdateData{GiveawayID: "g", Prize: "Nitro"}, `{"giveawayId":"g","prize":"Nitro"}`},
		{GiveawayUpdateData{"g", "Nitro", "3"}, `{"giveawayId":"g","prize":"Nitro","claimedBy":"3"}`},
		{DrawData{"g", "Nitro", []string{"3"}, "3"}, `{"giveawayId":"g","prize":"Nitro","winnerIds":["3"],"winnerId":"3"}`},
		{DrawData{"g", "Nitro", []string{}, ""}, `{"giveawayId":"g","prize":"Nitro","winnerIds":[]}`},
		{TicketCreateData{"t", "4", "3", "ann", "2026-11-24T12:00:00Z", "Help"},
			`{"ticketId":"t","channelId":"4","userId":"3","username":"ann","createdAt":"2026-11-24T12:00:00Z","category":"Help"}`},
		{TicketClaimData{"t", "4", "2", "robin"}, `{"ticketId":"t","channelId":"4","claimedBy":"2","claimerName":"robin"}`},
		{TicketUpdateData{}, `{}`},
		{TicketUpdateData{"t", "4"}, `{"ticketId":"t","channelId":"4"}`},
		{TicketCloseData{TicketID: "t", ChannelID: "4", ClosedBy: "2"}, `{"ticketId":"t","channelId":"4","closedBy":"2"}`},
		{TicketCloseData{"t", "4", "2", "Solved."}, `{"ticketId":"t","channelId":"4","closedBy":"2","reason":"Solved."}`},
		{TicketMessageData{"t", "9", "created"}, `{"ticketId":"t","messageId":"9","change":"created"}`},
		{TicketRatingData{}, `{}`},
		{MemberData{UserID: "3"}, `{"userId":"3"}`},
		{SyncIssuesData{}, `{"drift":0}`},
		{SettingsUpdateData{"staff"}, `{"module":"staff"}`},
		{CommandResultData{"k", CommandDone, VerbGiveawayEnd, "g"},
			`{"commandId":"k","status":"done","type":"GIVEAWAY_END","target":"g"}`},
	} {
		if got := string(Event{}.WithData(test.data).Data); got != test.want {
			t.Errorf("data of %T = %s, want %s", test.data, got, test.want)
		}
	}
}
