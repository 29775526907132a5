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
		return truncate(id, 40)
	}
	return channelLabel(c)
}

// channelLabel is a channel as Discord writes it.
func channelLabel(c store.Channel) string {
	name := orDefault(truncate(c.Name, maxOptionName), c.ID)
	if c.Kind == store.ChannelText || c.Kind == store.ChannelAnnouncement || c.Kind == store.ChannelForum {
		return "#" + name
	}
	return name
}

// roleLabel is "@Helpers"; its id for a role that the bot has not named.
func (p Page) roleLabel(id string) string {
	role, known := p.Names.Role(id)
	if !known {
		return truncate(id, 40)
	}
	return "@" + roleName(p, role)
}

// roleLabelList are several.
func (p Page) roleLabelList(ids []string) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = p.roleLabel(id)
	}
	return strings.Join(names, ", ")
}

// channelGroup are channels that stand in one category of Discord's; those of the first stand in none.
type channelGroup struct {
	name     string
	channels []store.Channel
}

// groupChannels parts channels by their category, in Discord's order.
func (p Page) groupChannels(channels []store.Channel) []channelGroup {
	categoryIndex := func(c store.Channel) int {
		return slices.IndexFunc(p.Names.Channels, func(o store.Channel) bool { return o.ID == c.ParentID })
	}
	sorted := slices.Clone(channels)
	slices.SortStableFunc(sorted, func(a, b store.Channel) int { return cmp.Compare(categoryIndex(a), categoryIndex(b)) })
	groups := []channelGroup{{}}
	for _, c := range sorted {
		if last := &groups[len(groups)-1]; len(last.channels) > 0 && categoryIndex(last.channels[0]) == categoryIndex(c) || len(groups) == 1 && categoryIndex(c) < 0 {
			last.channels = append(last.channels, c)
			continue
		}
		groups = append(groups, channelGroup{p.channelName(c.ParentID), []store.Channel{c}})
	}
	return groups
}

// containsChannel tells whether the channel can be chosen.
func containsChannel(channels []store.Channel, id string) bool {
	return slices.ContainsFunc(channels, func(c store.Channel) bool { return c.ID == id })
}

// unknownRoles are those of the ids which no role that the bot has named has.
func (p Page) unknownRoles(ids []string) (unknown []string) {
	for _, id := range ids {
		if _, known := p.Names.Role(id); !known {
			unknown = append(unknown, id)
		}
	}
	return unknown
}

// labelAttributes is the name of a field that has no label beside it; none for "".
func labelAttributes(label string) templ.Attributes {
	if label == "" {
		return nil
	}
	return templ.Attributes{"aria-label": label}
}

// groupProblemAttributes ties a group of fields to what is wrong with it.
func groupProblemAttributes(problems map[string]string, name string) templ.Attributes {
	if problems[name] == "" {
		return nil
	}
	return templ.Attributes{"aria-describedby": "problem-" + name}
}
