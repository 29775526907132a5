package views

import (
	"cmp"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"guildboard/store"
)

// channelName is "#general"; its id for a channel that the bot has not named.
func (p Page) channelName(id string) string {
	c, known := p.Names.Channel(id)
	if !known {
		return shorten(id, 40)
	}
	return channelLabel(c)
}

// channelLabel is a channel as Discord writes it.
func channelLabel(c store.Channel) string {
	name := or(shorten(c.Name, maxOption), c.ID)
	if c.Kind == store.ChannelText || c.Kind == store.ChannelAnnouncement || c.Kind == store.ChannelForum {
		return "#" + name
	}
	return name
}

// roleCalled is "@Helpers"; its id for a role that the bot has not named.
func (p Page) roleCalled(id string) string {
	role, known := p.Names.Role(id)
	if !known {
		return shorten(id, 40)
	}
	return "@" + roleName(p, role)
}

// rolesCalled are several.
func (p Page) rolesCalled(ids []string) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = p.roleCalled(id)
	}
	return strings.Join(names, ", ")
}

// channelGroup are channels that stand in one category of Discord's; those of the first stand in none.
type channelGroup struct {
	name     string
	channels []store.Channel
}

// grouped parts channels by their category, in Discord's order.
func (p Page) grouped(channels []store.Channel) []channelGroup {
	place := func(c store.Channel) int {
		return slices.IndexFunc(p.Names.Channels, func(o store.Channel) bool { return o.ID == c.ParentID })
	}
	sorted := slices.Clone(channels)
	slices.SortStableFunc(sorted, func(a, b store.Channel) int { return cmp.Compare(place(a), place(b)) })
	groups := []channelGroup{{}}
	for _, c := range sorted {
		if last := &groups[len(groups)-1]; len(last.channels) > 0 && place(last.channels[0]) == place(c) || len(groups) == 1 && place(c) < 0 {
			last.channels = append(last.channels, c)
			continue
		}
		groups = append(groups, channelGroup{p.channelName(c.ParentID), []store.Channel{c}})
	}
	return groups
}

// isAmong tells whether the channel can be chosen.
func isAmong(channels []store.Channel, id string) bool {
	return slices.ContainsFunc(channels, func(c store.Channel) bool { return c.ID == id })
}

// unnamed are those of the ids which no role that the bot has named has.
func (p Page) unnamed(ids []string) (unnamed []string) {
	for _, id := range ids {
		if _, known := p.Names.Role(id); !known {
			unnamed = append(unnamed, id)
		}
	}
	return unnamed
}

// labelled is the name of a field that has no label beside it; none for "".
func labelled(label string) templ.Attributes {
	if label == "" {
		return nil
	}
	return templ.Attributes{"aria-label": label}
}

// describedBy ties a group of fields to what is wrong with it.
func describedBy(problems map[string]string, name string) templ.Attributes {
	if problems[name] == "" {
		return nil
	}
	return templ.Attributes{"aria-describedby": "problem-" + name}
}
