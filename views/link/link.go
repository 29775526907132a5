// Package link builds the paths of the site's pages for handlers and templates. A test of package handlers matches the
// result of each function with the table of routes (handlers/routes.go).
//
// Some functions take the id of a guild, others the path of a page and extend it. Ids are escaped.
package link

import "net/url"

// Guild returns the path of the guild's overview.
func Guild(guild string) string { return "/guilds/" + url.PathEscape(guild) }

// Staff returns the path of the guild's staff page.
func Staff(guild string) string { return Guild(guild) + "/staff" }

// ViewAs returns the path on which a manager chooses to view the guild as a role.
func ViewAs(guild string) string { return Guild(guild) + "/view-as" }

// StopViewAs returns the path that ends ViewAs.
func StopViewAs(guild string) string { return ViewAs(guild) + "/stop" }

// Audit returns the path of the guild's audit log.
func Audit(guild string) string { return Guild(guild) + "/audit" }

// Giveaways returns the path of the guild's list of giveaways.
func Giveaways(guild string) string { return Guild(guild) + "/giveaways" }

// GiveawayOverview returns the path of the overview of the guild's giveaways.
func GiveawayOverview(guild string) string { return Giveaways(guild) + "/overview" }

// Giveaway returns the path of a giveaway.
func Giveaway(guild, id string) string { return Item(Giveaways(guild), id) }

// Templates returns the path of the guild's list of giveaway templates.
func Templates(guild string) string { return Giveaways(guild) + "/templates" }

// Tickets returns the path of the guild's list of tickets.
func Tickets(guild string) string { return Guild(guild) + "/tickets" }

// Ticket returns the path of a ticket.
func Ticket(guild, id string) string { return Item(Tickets(guild), id) }

// TicketPriority returns the path of the form that sets the priority of selected tickets.
func TicketPriority(guild string) string { return Tickets(guild) + "/priority" }

// TicketLabels returns the path of the form that sets the labels of selected tickets.
func TicketLabels(guild string) string { return Tickets(guild) + "/labels" }

// Ratings returns the path of the guild's list of ratings.
func Ratings(guild string) string { return Guild(guild) + "/ratings" }

// Settings returns the path of a page of the guild's settings, such as "labels".
func Settings(guild, page string) string { return Guild(guild) + "/settings/" + url.PathEscape(page) }

// Stream returns the path of the page's stream.
func Stream(page string) string { return page + "/live" }

// Item returns the path of an item of the list.
func Item(list, id string) string { return list + "/" + url.PathEscape(id) }

// New returns the path of the form for a new item of the list.
func New(list string) string { return list + "/new" }

// Delete returns the path that deletes the item.
func Delete(item string) string { return item + "/delete" }

// Export returns the path that exports the list.
func Export(list string) string { return list + "/export" }

// Bulk returns the path of the confirmation of an action on selected rows of the list.
func Bulk(list string) string { return list + "/bulk" }

// BulkResults returns the path of the page with the results of an action on several rows of the list.
func BulkResults(list string) string { return list + "/results" }

// Verb returns the path of the confirmation of an action on a giveaway or a ticket. verb is as in paths, such as
// "close".
func Verb(row, verb string) string { return row + "/" + url.PathEscape(verb) }

// Edit returns the path of the form that edits the giveaway.
func Edit(giveaway string) string { return giveaway + "/edit" }

// Entries returns the path of the giveaway's list of entries.
func Entries(giveaway string) string { return giveaway + "/entries" }

// DrawProof returns the path of the file with which the giveaway's draw can be repeated.
func DrawProof(giveaway string) string { return giveaway + "/draw.json" }

// Reply returns the path of the ticket's reply form.
func Reply(ticket string) string { return ticket + "/reply" }

// Notes returns the path of the ticket's notes.
func Notes(ticket string) string { return ticket + "/notes" }

// MessageEdits returns the path of the earlier versions of a message in the ticket.
func MessageEdits(ticket, message string) string {
	return ticket + "/messages/" + url.PathEscape(message) + "/edits"
}

// Categories returns the path under which the ticket categories of the panel are. No page has this path.
func Categories(panel string) string { return panel + "/categories" }

// PostPanel returns the path that asks the bot to post the panel.
func PostPanel(panel string) string { return panel + "/post" }

// EndSession returns the path that ends a session of the user.
func EndSession(session string) string { return "/sessions/" + url.PathEscape(session) + "/end" }

// WithQuery returns path with a query of the given pairs of names and values, in their order.
func WithQuery(path string, pairs ...string) string {
	separator := "?"
	for i := 0; i+1 < len(pairs); i += 2 {
		path += separator + pairs[i] + "=" + url.QueryEscape(pairs[i+1])
		separator = "&"
	}
	return path
}
