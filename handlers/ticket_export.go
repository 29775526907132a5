package handlers

import (
	"net/http"

	"guildboard/store"
)

var ticketColumns = []string{
	"id", "number", "subject", "status", "category", "openerId", "opener", "createdAt", "claimedById", "claimedBy",
	"closedAt", "closedById", "closedBy", "closeReason", "waitingSince", "stars", "review", "channelId", "transcriptUrl",
	"platformUsername", "issueType", "issueDetails", "formResponses", "channel", "priority", "labels", "answerDue",
}

// exportTickets answers "GET /guilds/{guild}/tickets/export?format=csv|json|xlsx" with the tickets that the filters
// select.
func (s *Server) exportTickets(w http.ResponseWriter, r *http.Request) error {
	page := s.page(r)
	zone := page.TimeZone()
	_, query := s.ticketSelection(r, &page)
	return s.export(w, r, exportFile{
		name: "tickets-" + page.Guild.ID, columns: ticketColumns,
		eachRow: func(writeRow func(...any) error) error {
			return s.Store.EachTicket(r.Context(), page.Guild.ID, query, func(t store.Ticket) error {
				var category, stars, review any
				if t.Category != nil {
					category = t.Category.Name
				}
				if t.Rating != nil {
					stars, review = t.Rating.Stars, t.Rating.Review
				}
				answers := []string{}
				for _, f := range t.FormResponses {
					answers = append(answers, f.Question+": "+f.Answer)
				}
				return writeRow(t.ID, t.Number, t.Subject, t.Status, category, t.Opener.ID, t.Opener.Username,
					exportTime(&t.CreatedAt, zone), t.ClaimedBy.ID, t.ClaimedBy.Username,
					exportTime(t.ClosedAt, zone), t.ClosedBy.ID, t.ClosedBy.Username, t.CloseReason,
					exportTime(t.WaitingSince, zone), stars, review, t.ChannelID, t.TranscriptURL,
					t.PlatformUsername, t.IssueType, t.IssueDetails, answers, channelName(page.Names, t.ChannelID),
					t.Priority, labelNames(t), exportTime(t.ResponseDue, zone))
			})
		},
	})
}
