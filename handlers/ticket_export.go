package handlers

import (
	"net/http"
	"time"

	"guildboard/store"
)

// exportTickets answers "GET /guilds/{guild}/tickets/export?format=csv|json|xlsx" with the tickets that the filters
// select.
func (s *Server) exportTickets(w http.ResponseWriter, r *http.Request) error {
	page := s.page(r)
	_, query := s.ticketSelection(r, &page)
	return s.export(w, r, newExportFile("tickets-"+page.Guild.ID, ticketColumns(page.TimeZone(), page.Names),
		func(fn func(store.Ticket) error) error {
			return s.Store.EachTicket(r.Context(), page.Guild.ID, query, fn)
		}))
}

// ticketColumns returns the columns of an export of tickets. zone is the viewer's.
func ticketColumns(zone *time.Location, names store.GuildDirectory) []exportColumn[store.Ticket] {
	return []exportColumn[store.Ticket]{
		{"id", func(t *store.Ticket) any { return t.ID }},
		{"number", func(t *store.Ticket) any { return t.Number }},
		{"subject", func(t *store.Ticket) any { return t.Subject }},
		{"status", func(t *store.Ticket) any { return t.Status }},
		{"category", ticketCategoryCell},
		{"openerId", func(t *store.Ticket) any { return t.Opener.ID }},
		{"opener", func(t *store.Ticket) any { return t.Opener.Username }},
		{"createdAt", func(t *store.Ticket) any { return exportTime(&t.CreatedAt, zone) }},
		{"claimedById", func(t *store.Ticket) any { return t.ClaimedBy.ID }},
		{"claimedBy", func(t *store.Ticket) any { return t.ClaimedBy.Username }},
		{"closedAt", func(t *store.Ticket) any { return exportTime(t.ClosedAt, zone) }},
		{"closedById", func(t *store.Ticket) any { return t.ClosedBy.ID }},
		{"closedBy", func(t *store.Ticket) any { return t.ClosedBy.Username }},
		{"closeReason", func(t *store.Ticket) any { return t.CloseReason }},
		{"waitingSince", func(t *store.Ticket) any { return exportTime(t.WaitingSince, zone) }},
		{"stars", ticketStarsCell},
		{"review", ticketReviewCell},
		{"channelId", func(t *store.Ticket) any { return t.ChannelID }},
		{"transcriptUrl", func(t *store.Ticket) any { return t.TranscriptURL }},
		{"platformUsername", func(t *store.Ticket) any { return t.PlatformUsername }},
		{"issueType", func(t *store.Ticket) any { return t.IssueType }},
		{"issueDetails", func(t *store.Ticket) any { return t.IssueDetails }},
		{"formResponses", formResponsesCell},
		{"channel", func(t *store.Ticket) any { return channelName(names, t.ChannelID) }},
		{"priority", func(t *store.Ticket) any { return t.Priority }},
		{"labels", func(t *store.Ticket) any { return labelNames(*t) }},
		{"answerDue", func(t *store.Ticket) any { return exportTime(t.ResponseDue, zone) }},
	}
}

func ticketCategoryCell(t *store.Ticket) any {
	if t.Category == nil {
		return nil
	}
	return t.Category.Name
}

func ticketStarsCell(t *store.Ticket) any {
	if t.Rating == nil {
		return nil
	}
	return t.Rating.Stars
}

func ticketReviewCell(t *store.Ticket) any {
	if t.Rating == nil {
		return nil
	}
	return t.Rating.Review
}

func formResponsesCell(t *store.Ticket) any {
	responses := []string{}
	for _, f := range t.FormResponses {
		responses = append(responses, f.Question+": "+f.Answer)
	}
	return responses
}
