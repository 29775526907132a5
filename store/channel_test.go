package store_test

import (
	"slices"
	"testing"

	"guildboard/store"
	"guildboard/store/storetest"
)

func TestNamesAreWhatTheBotHasSaid(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		confirm := func(guild string, channels ...store.Channel) bool {
			t.Helper()
			return must(s.ConfirmChannels(t.Context(), guild, channels))(t)
		}
		general := store.Channel{ID: "40", Name: "general", Kind: store.ChannelText, ParentID: "30", Position: 2}
		news := store.Channel{ID: "41", Name: "news", Kind: store.ChannelAnnouncement, Position: 1}
		talk := store.Channel{ID: "42", Name: "Talk", Kind: store.ChannelVoice, Position: 3}
		events := store.Channel{ID: "30", Name: "Events", Kind: store.ChannelCategory}
		ticket := store.Channel{ID: "43", Name: "ticket-0001", Kind: store.ChannelText, Position: 9}
		same(t, "changed", confirm("1", general, news, talk, events, ticket), true)
		same(t, "changed by the same again", confirm("1", ticket, events, talk, news, general), false)
		confirm("2", store.Channel{ID: "40", Name: "elsewhere", Kind: store.ChannelText})
		m := storetest.Member(t, s, "1", "9", "Bob")
		must(s.OpenTicket(t.Context(), store.Ticket{GuildID: "1", ChannelID: "43"}, m.ID))(t)
		must(s.ConfirmRoles(t.Context(), "1", roles(), nil, noon))(t)

		names := must(s.Names(t.Context(), "1"))(t)
		ticket.OfTicket = true
		if want := []store.Channel{events, news, general, talk, ticket}; !slices.Equal(names.Channels, want) {
			t.Errorf("channels %+v, want %+v", names.Channels, want)
		}
		if w, c := names.Writable(), names.Categories(); !slices.Equal(w, []store.Channel{news, general}) || !slices.Equal(c, []store.Channel{events}) {
			t.Errorf("one can write in %+v, and choose of %+v", w, c)
		}
		if c, known := names.Channel("40"); !known || c != general {
			t.Errorf("40 is %+v", c)
		}
		if r, known := names.Role(hosts); !known || r.Name != "Hosts" {
			t.Errorf("%s is %+v", hosts, r)
		}
		_, known := names.Channel("99")
		_, knownRole := names.Role("99")
		same(t, "what nobody has named", known || knownRole, false)

		general.Name = "lobby"
		same(t, "changed by a name", confirm("1", general, news, events), true)
		names = must(s.Names(t.Context(), "1"))(t)
		if want := []store.Channel{events, news, general}; !slices.Equal(names.Channels, want) {
			t.Errorf("channels %+v, want %+v", names.Channels, want)
		}
		same(t, "the other's", must(s.Names(t.Context(), "2"))(t).Channels[0].Name, "elsewhere")
		_, err := s.ConfirmChannels(t.Context(), "3", nil)
		wantError(t, "confirming in no guild", err, store.ErrNotFound)
	})
}
