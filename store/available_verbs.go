package store

import (
	"slices"

	"guildboard/store/contract"
)

// AvailableGiveawayVerbs returns the verbs that the giveaway's state allows.
func AvailableGiveawayVerbs(g Giveaway) []contract.Verb {
	switch g.Status {
	case GiveawayPending:
		return []contract.Verb{contract.VerbGiveawayEdit, contract.VerbGiveawayRepeat, contract.VerbGiveawayCancel}
	case GiveawayActive:
		return []contract.Verb{contract.VerbGiveawayEdit, contract.VerbGiveawayEnd, contract.VerbGiveawayPause,
			contract.VerbGiveawayRepeat, contract.VerbGiveawayCancel}
	case GiveawayPaused:
		return []contract.Verb{contract.VerbGiveawayEdit, contract.VerbGiveawayEnd, contract.VerbGiveawayResume,
			contract.VerbGiveawayRepeat, contract.VerbGiveawayCancel}
	case GiveawayEnded:
		if g.RerollCount < g.MaxRerolls && slices.ContainsFunc(g.Winners, func(w Winner) bool { return !w.Rerolled }) {
			return []contract.Verb{contract.VerbGiveawayReroll, contract.VerbGiveawayRepeat, contract.VerbGiveawayDelete}
		}
		return []contract.Verb{contract.VerbGiveawayRepeat, contract.VerbGiveawayDelete}
	case GiveawayCancelled:
		return []contract.Verb{contract.VerbGiveawayDelete}
	}
	return nil
}

// CanDisqualify reports whether entrants of the giveaway can be disqualified and reinstated: only until it has ended,
// because the entries of a draw must not change after it.
func CanDisqualify(g Giveaway) bool { return g.Status == GiveawayActive || g.Status == GiveawayPaused }

// AvailableTicketVerbs returns the verbs that the ticket's state allows.
func AvailableTicketVerbs(t Ticket) []contract.Verb {
	switch t.Status {
	case TicketOpen:
		return []contract.Verb{contract.VerbTicketClaim, contract.VerbTicketAssign, contract.VerbTicketClose}
	case TicketClaimed:
		return []contract.Verb{contract.VerbTicketUnclaim, contract.VerbTicketAssign, contract.VerbTicketClose}
	case TicketClosed:
		return []contract.Verb{contract.VerbTicketReopen}
	}
	return nil
}

// AvailableRatingVerbs returns the verbs that the rating's state allows.
func AvailableRatingVerbs(r Rating) []contract.Verb {
	switch r.State() {
	case RatingFeatured:
		return []contract.Verb{contract.VerbRatingUnfeature, contract.VerbRatingUnapprove, contract.VerbRatingRemove}
	case RatingApproved:
		return []contract.Verb{contract.VerbRatingFeature, contract.VerbRatingUnapprove, contract.VerbRatingRemove}
	}
	return []contract.Verb{contract.VerbRatingApprove, contract.VerbRatingFeature, contract.VerbRatingRemove}
}
