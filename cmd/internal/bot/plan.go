package bot

import (
	"context"

	"guildboard/store/contract"
)

// Verbs that only the bot starts itself.
const (
	verbStartGiveaway contract.Verb = "GIVEAWAY_START" // a scheduled giveaway is due
	verbExpireClaims  contract.Verb = "GIVEAWAY_LAPSE" // winners did not claim their prize in time
	verbOpenTicket    contract.Verb = "TICKET_OPEN"    // a member pressed a panel's button
)

// step is one step of a piece of work. Steps are idempotent: a worker that resumes the work of a dead one repeats them,
// and they detect what is already done.
type step struct {
	name       string
	run        func(*job, context.Context) error
	bestEffort bool // it only shows a committed decision; a refusal by Discord does not stop the work
}

const required, bestEffort = false, true

// stepPlans are the steps of each verb. The package comment says what a crash after each step leaves.
var stepPlans = map[contract.Verb][]step{
	contract.VerbGiveawayCreate: {
		{"check", (*job).checkCreate, required},
		{"post", (*job).postGiveaway, required},
		{"row", (*job).createGiveaway, required},
		{"event", (*job).publishCreated, required},
	},
	contract.VerbGiveawayEdit: {
		{"check", (*job).checkEdit, required},
		{"message", (*job).showEditedMessage, required},
		{"row", (*job).saveEdit, required},
		{"event", (*job).publishUpdated, required},
	},
	contract.VerbGiveawayEnd: {
		{"check", (*job).checkEnd, required},
		{"end", (*job).endGiveaway, required},
		{"draw", (*job).drawInitialWinners, required},
		{"event", (*job).publishEnded, required},
		{"message", (*job).refreshMessage, bestEffort},
		{"announce", (*job).announceWinners, bestEffort},
		{"winners", (*job).notifyWinners, bestEffort},
	},
	contract.VerbGiveawayReroll: {
		{"check", (*job).checkReroll, required},
		{"draw", (*job).drawReplacements, required},
		{"event", (*job).publishRerolled, required},
		{"message", (*job).refreshMessage, bestEffort},
		{"announce", (*job).announceWinners, bestEffort},
		{"winners", (*job).notifyWinners, bestEffort},
	},
	contract.VerbGiveawayPause: {
		{"check", (*job).checkStatusChange, required},
		{"message", (*job).showStatusChange, required},
		{"row", (*job).changeStatus, required},
		{"event", (*job).publishUpdated, required},
	},
	contract.VerbGiveawayResume: {
		{"check", (*job).checkStatusChange, required},
		{"message", (*job).showStatusChange, required},
		{"row", (*job).changeStatus, required},
		{"event", (*job).publishUpdated, required},
	},
	contract.VerbGiveawayCancel: {
		{"check", (*job).checkStatusChange, required},
		{"row", (*job).changeStatus, required},
		{"event", (*job).publishCancelled, required},
		{"message", (*job).refreshMessage, bestEffort},
	},
	contract.VerbGiveawayDelete: {
		{"check", (*job).checkDelete, required},
		{"message", (*job).deleteMessage, required},
		{"row", (*job).deleteGiveaway, required},
		{"event", (*job).publishUpdated, required},
	},
	contract.VerbEntrantDisqualify: {
		{"check", (*job).checkEntrantChange, required},
		{"row", (*job).changeEntrants, required},
		{"event", (*job).publishUpdated, required},
		{"message", (*job).refreshMessage, bestEffort},
	},
	contract.VerbEntrantReinstate: {
		{"check", (*job).checkEntrantChange, required},
		{"row", (*job).changeEntrants, required},
		{"event", (*job).publishUpdated, required},
		{"message", (*job).refreshMessage, bestEffort},
	},
	contract.VerbGiveawayRepeat: {
		{"check", (*job).checkRepeat, required},
		{"row", (*job).saveRepeat, required},
		{"event", (*job).publishUpdated, required},
	},
	contract.VerbGiveawayRepair: {
		{"check", (*job).checkRepair, required},
		{"post", (*job).postIfDue, required},
		{"row", (*job).startIfDue, required},
		{"message", (*job).repairMessage, required},
		{"event", (*job).publishUpdated, required},
	},
	verbStartGiveaway: {
		{"check", (*job).checkStart, required},
		{"post", (*job).postIfDue, required},
		{"row", (*job).startIfDue, required},
		{"event", (*job).publishUpdated, required},
	},
	verbExpireClaims: {
		{"check", (*job).checkClaimExpiry, required},
		{"draw", (*job).expireClaims, required},
		{"event", (*job).publishClaimExpiry, required},
		{"message", (*job).refreshMessage, bestEffort},
		{"announce", (*job).announceReplacements, bestEffort},
		{"winners", (*job).notifyReplacements, bestEffort},
	},

	verbOpenTicket: {
		{"check", (*job).checkTicketRequest, required},
		{"number", (*job).reserveNumber, required},
		{"channel", (*job).createChannel, required},
		{"row", (*job).createTicket, required},
		{"event", (*job).publishOpened, required},
		{"notice", (*job).postGreeting, bestEffort},
	},
	contract.VerbTicketClaim: {
		{"check", (*job).checkTicketStatusChange, required},
		{"row", (*job).changeTicketStatus, required},
		{"event", (*job).publishTicketChange, required},
		{"notice", (*job).postNotice, bestEffort},
	},
	contract.VerbTicketAssign: {
		{"check", (*job).checkTicketStatusChange, required},
		{"row", (*job).changeTicketStatus, required},
		{"event", (*job).publishTicketChange, required},
		{"notice", (*job).postNotice, bestEffort},
	},
	contract.VerbTicketUnclaim: {
		{"check", (*job).checkTicketStatusChange, required},
		{"row", (*job).changeTicketStatus, required},
		{"event", (*job).publishTicketChange, required},
		{"notice", (*job).postNotice, bestEffort},
	},
	contract.VerbTicketClose: {
		{"check", (*job).checkTicketStatusChange, required},
		{"channel", (*job).lockChannel, required},
		{"row", (*job).changeTicketStatus, required},
		{"event", (*job).publishTicketChange, required},
		{"notice", (*job).postNotice, bestEffort},
	},
	contract.VerbTicketReopen: {
		{"check", (*job).checkTicketStatusChange, required},
		{"channel", (*job).unlockChannel, required},
		{"row", (*job).changeTicketStatus, required},
		{"event", (*job).publishTicketChange, required},
		{"notice", (*job).postNotice, bestEffort},
	},
	contract.VerbTicketReply: {
		{"check", (*job).checkReply, required},
		{"message", (*job).postReply, required},
	},
	contract.VerbPanelPost: {
		{"check", (*job).checkPanel, required},
		{"message", (*job).postOrEditPanel, required},
		{"row", (*job).savePanelMessage, required},
		{"old", (*job).deleteOldPanelMessage, bestEffort},
	},
	contract.VerbTicketRepair: {
		{"check", (*job).checkTicketRepair, required},
		{"channel", (*job).repairChannel, required},
		{"event", (*job).publishTicketChange, required},
	},
}
