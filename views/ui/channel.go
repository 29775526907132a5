package ui

import (
	"cmp"
	"slices"
	"strings"

	"guildboard/store"
	"guildboard/views/text"
)

// ChannelName returns "#general", or the id if the bot has not reported the channel.
func (p Page) ChannelName(id string) string {
	c, known := p.Names.Channel(id)
	if !known {
		return text.Truncate(id, 40)
	}
	return channelLabel(c)
}

// channelLabel returns the name of a channel as Discord shows it, with "#" for text,
// announcement and forum channels.
func channelLabel(c store.Channel) string {
	name := cmp.Or(text.Truncate(c.Name, maxOptionName), c.ID)
	if c.Kind == store.ChannelText || c.Kind == store.ChannelAnnouncement || c.Kind == store.ChannelForum {
		return "#" + name
	}
	return name
}

// RoleLabel returns "@Moderators", or the id if the bot has not reported the role.
func (p Page) RoleLabel(id string) string {
	role, known := p.Names.Role(id)
	if !known {
		return text.Truncate(id, 40)
	}
	return "@" + RoleName(p, role)
}

// RoleLabelList joins the labels of roles with commas.
func (p Page) RoleLabelList(ids []string) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = p.RoleLabel(id)
	}
	return strings.Join(names, ", ")
}

// A channelGroup has the channels of one Discord category. The first group has those without a category.
type channelGroup struct {
	name     string
	channels []store.Channel
}

// groupChannels groups channels by category, in Discord's order.
func (p Page) groupChannels(channels []store.Channel) []channelGroup {
	categoryIndex := func(c store.Channel) int {
		return slices.IndexFunc(p.Names.Channels, func(o store.Channel) bool { return o.ID == c.ParentID })
	}
	sorted := slices.Clone(channels)
	slices.SortStableFunc(sorted, func(a, b store.Channel) int { return cmp.Compare(categoryIndex(a), categoryIndex(b)) })
	groups := []channelGroup{{}}
	for _, c := range sorted {
		last := &groups[len(groups)-1]
		isSameCategory := len(last.channels) > 0 && categoryIndex(last.channels[0]) == categoryIndex(c)
		if isSameCategory || len(groups) == 1 && categoryIndex(c) < 0 {
			last.channels = append(last.channels, c)
			continue
		}
		groups = append(groups, channelGroup{p.ChannelName(c.ParentID), []store.Channel{c}})
	}
	return groups
}

// containsChannel reports whether the channel is among channels.
func containsChannel(channels []store.Channel, id string) bool {
	return slices.ContainsFunc(channels, func(c store.Channel) bool { return c.ID == id })
}

// unknownRoles returns the ids of roles that the bot has not reported.
func (p Page) unknownRoles(ids []string) (unknown []string) {
	for _, id := range ids {
		if _, known := p.Names.Role(id); !known {
			unknown = append(unknown, id)
		}
	}
	return unknown
}

const maxOptionName = 60 // characters of a role or channel: forms offer hundreds of them, several times over

// RoleName returns the name of a role, or a text with its id if the bot has not reported the role.
func RoleName(p Page, role store.Role) string {
	if name := text.Truncate(role.Name, maxOptionName); name != "" {
		return name
	}
	return p.T("staff.unknownRole", "id", role.ID)
}

// roleColor returns the colour if it is safe in an attribute, otherwise "currentColor".
func roleColor(s string) string {
	if hexColorPattern.MatchString(s) {
		return s
	}
	return "currentColor"
}
