package store_test

import (
	"slices"
	"testing"

	"guildboard/store"
	"guildboard/store/storetest"
)

func TestSyncChannelsUpdatesGuildDirectory(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		syncChannels := func(guild string, channels ...store.Channel) bool {
			t.Helper()
			return must(s.SyncChannels(t.Context(), guild, channels))(t)
		}
		general := store.Channel{ID: "40", Name: "general", Kind: store.ChannelText, ParentID: "30", Position: 2}
		news := store.Channel{ID: "41", Name: "news", Kind: store.ChannelAnnouncement, Position: 1}
		talk := store.Channel{ID: "42", Name: "Talk", Kind: store.ChannelVoice, Position: 3}
		events := store.Channel{ID: "30", Name: "Events", Kind: store.ChannelCategory}
		ticket := store.Channel{ID: "43", Name: "ticket-0001", Kind: store.ChannelText, Position: 9}
		wantEqual(t, "first sync changes rows", syncChannels("1", general, news, talk, events, ticket), true)
		wantEqual(t, "same sync changes rows", syncChannels("1", ticket, events, talk, news, general), false)
		syncChannels("2", store.Channel{ID: "40", Name: "elsewhere", Kind: store.ChannelText})
		m := storetest.Member(t, s, "1", "9", "Bob")
		must(s.OpenTicket(t.Context(), store.Ticket{GuildID: "1", ChannelID: "43"}, m.ID))(t)
		must(s.SyncRoles(t.Context(), "1", testRoles(), nil, noon))(t)

		directory := must(s.GuildDirectory(t.Context(), "1"))(t)
		ticket.IsTicket = true
		if want := []store.Channel{events, news, general, talk, ticket}; !slices.Equal(directory.Channels, want) {
			t.Errorf("channels = %+v, want %+v", directory.Channels, want)
		}
		if w, c := directory.WritableChannels(), directory.CategoryChannels(); !slices.Equal(w,
			[]store.Channel{news, general}) || !slices.Equal(c, []store.Channel{events}) {
			t.Errorf("writable channels = %+v, categories = %+v, want news and general, events", w, c)
		}
		if c, isKnown := directory.Channel("40"); !isKnown || c != general {
			t.Errorf("Channel(40) = %+v, want general", c)
		}
		if r, isKnown := directory.Role(hostRole); !isKnown || r.Name != "Hosts" {
			t.Errorf("Role(%s) = %+v, want Hosts", hostRole, r)
		}
		_, isKnown := directory.Channel("99")
		_, knownRole := directory.Role("99")
		wantEqual(t, "unknown ids are found", isKnown || knownRole, false)

		general.Name = "lobby"
		wantEqual(t, "renaming changes rows", syncChannels("1", general, news, events), true)
		directory = must(s.GuildDirectory(t.Context(), "1"))(t)
		if want := []store.Channel{events, news, general}; !slices.Equal(directory.Channels, want) {
			t.Errorf("channels = %+v, want %+v", directory.Channels, want)
		}
		wantEqual(t, "channel of the other guild",
			must(s.GuildDirectory(t.Context(), "2"))(t).Channels[0].Name, "elsewhere")
		_, err := s.SyncChannels(t.Context(), "3", nil)
		wantErrorIs(t, "confirming in no guild", err, store.ErrNotFound)
	})
}
