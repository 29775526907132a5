package handlers_test

import (
	"net/http"
	"net/url"
	"testing"

	"guildboard/store"
	"guildboard/store/contract"
)

func TestRefusedFormUsesFormFieldNames(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	s.recordResults()
	b := s.signIn(robin)
	for _, test := range []struct {
		verb    contract.Verb
		message string
		en, vi  string
	}{
		{
			contract.VerbGiveawayEdit, "Not in order: prize, winnerCount.",
			"Edit giveaway failed. Invalid values: “Prize”, “Number of winners”.",
			"Sửa giveaway không thành công. Giá trị không hợp lệ: “Phần thưởng”, “Số người thắng”.",
		},
		{
			contract.VerbGiveawayEdit, "Not of this server, or not any more: channelId, pingRoleId.",
			"Not found in this server: “Channel”, “Role to ping”.",
			"Không có trong máy chủ này: “Kênh”, “Vai trò được ping”.",
		},
		{contract.VerbGiveawayRepeat, "Not in order: zone.", "Invalid values: “Time zone”.", "Giá trị không hợp lệ: “Múi giờ”."},
		{
			contract.VerbGiveawayEdit, "Their bot says: prize, shoeSize.",
			"The form has invalid values. Their bot says: “Prize”, “shoeSize”.",
			"Biểu mẫu có giá trị không hợp lệ. Their bot says: “Phần thưởng”, “shoeSize”.",
		},
		{
			contract.VerbGiveawayEdit, "Not of this server, or not any more: 410000000000000001.",
			"Not found in this server: “410000000000000001”.",
			"Không có trong máy chủ này: “410000000000000001”.",
		},
		{
			contract.VerbGiveawayEdit, "<b>There is nothing</b> to say.",
			"The form has invalid values. <b>There is nothing</b> to say.", "Biểu mẫu có giá trị không hợp lệ. <b>There is nothing</b> to say.",
		},
		{contract.VerbGiveawayEdit, "", "Edit giveaway failed. The form has invalid values.", "Biểu mẫu có giá trị không hợp lệ."},
	} {
		g := s.createGiveaway(store.Giveaway{Prize: "Lamp"})
		c, _, err := s.Commands.Enqueue(t.Context(), contract.Command{
			GuildID: lantern, Actor: contract.User{ID: robin, Username: "robin"}, Verb: test.verb, Target: g.ID, Data: []byte("{}"),
		})
		must(t, err)
		s.answerCommandWith(c, contract.CommandRefused, contract.RefusalInvalidForm, test.message)
		for language, want := range map[string]string{"en": test.en, "vi": test.vi} {
			b.post("/preferences", url.Values{"lang": {language}}).wantStatus(http.StatusSeeOther)
			b.get(giveawayPath(g)).wantText("#command-"+g.ID, want)
			b.get(giveawaysPath).wantText("#command-"+g.ID, want)
		}
	}
}

func TestAuditLogNamesRefusedFormFields(t *testing.T) {
	s := openSite(t)
	s.sendHeartbeat()
	s.recordResults()
	c, _, err := s.Commands.Enqueue(t.Context(), contract.Command{
		GuildID: lantern, Actor: contract.User{ID: robin, Username: "robin"}, Verb: contract.VerbGiveawayCreate, Target: store.NewID(),
		Data: []byte(`{"prize":"Lamp"}`),
	})
	must(t, err)
	s.answerCommandWith(c, contract.CommandRefused, contract.RefusalInvalidForm, "Not of this server, or not any more: channelId.")
	b := s.signIn(robin)
	b.get("/guilds/"+lantern+"/audit").wantText("#c-"+c.ID+" .hint", "Not found in this server: “Channel”.")
	b.get(giveawaysPath).wantText("#create-"+c.ID, "Create giveaway failed. Not found in this server: “Channel”.")
	b.post("/preferences", url.Values{"lang": {"vi"}}).wantStatus(http.StatusSeeOther)
	b.get("/guilds/"+lantern+"/audit").wantText("#c-"+c.ID+" .hint", "Không có trong máy chủ này: “Kênh”.")
}
