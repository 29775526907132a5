package bot

import (
	"context"

	"guildboard/store"
)

// Verbs that only the bot starts itself.
const (
	verbStartGiveaway store.Verb = "GIVEAWAY_START" // a scheduled giveaway is due
	verbExpireClaims  store.Verb = "GIVEAWAY_LAPSE" // winners did not claim their prize in time
	verbOpenTicket    store.Verb = "TICKET_OPEN"    // a member pressed a panel's button
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
var stepPlans = map[store.Verb][]step{
	store.VerbGiveawayCreate: {
		{"check", (*job).checkCreate, required},
		{"post", (*job).postGiveaway, required},
		{"row", (*job).createGiveaway, required},
		{"event", (*job).publishCreated, required},
	},
	store.VerbGiveawayEdit: {
		{"check", (*job).checkEdit, required},
		{"message", (*job).showEditedMessage, required},
		{"row", (*job).saveEdit, required},
		{"event", (*job).publishUpdated, required},
	},
	store.VerbGiveawayEnd: {
		{"check", (*job).checkEnd, required},
		{"end", (*job).endGiveaway, required},
		{"draw", (*job).drawInitialWinners, required},
		{"event", (*job).publishEnded, required},
		{"message", (*job).refreshMessage, bestEffort},
		{"announce", (*job).announceWinners, bestEffort},
		{"winners", (*job).notifyWinners, bestEffort},
	},
	store.VerbGiveawayReroll: {
		{"check", (*job).checkReroll, required},
		{"draw", (*job).drawReplacements, required},
		{"event", (*job).publishRerolled, required},
		{"message", (*job).refreshMessage, bestEffort},
		{"announce", (*job).announceWinners, bestEffort},
		{"winners", (*job).notifyWinners, bestEffort},
	},
	store.VerbGiveawayPause: {
		{"check", (*job).checkStatusChange, required},
		{"message", (*job).showStatusChange, required},
		{"row", (*job).changeStatus, required},
		{"event", (*job).publishUpdated, required},
	},
	store.VerbGiveawayResume: {
		{"check", (*job).checkStatusChange, required},
		{"message", (*job).showStatusChange, required},
		{"row", (*job).changeStatus, required},
		{"event", (*job).publishUpdated, required},
	},
	store.VerbGiveawayCancel: {
		{"check", (*job).checkStatusChange, required},
		{"row", (*job).changeStatus, required},
		{"event", (*job).publishCancelled, required},
		{"message", (*job).refreshMessage, bestEffort},
	},
	store.VerbGiveawayDelete: {
		{"check", (*job).checkDelete, required},
		{"message", (*job).deleteMessage, required},
		{"row", (*job).deleteGiveaway, required},
		{"event", (*job).publishUpdated, required},
	},
	store.VerbEntrantDisqualify: {
		{"check", (*job).checkEntrantChange, required},
		{"row", (*job).changeEntrants, required},
		{"event", (*job).publishUpdated, required},
		{"message", (*job).refreshMessage, bestEffort},
	},
	store.VerbEntrantReinstate: {
		{"check", (*job).checkEntrantChange, required},
		{"row", (*job).changeEntrants, required},
		{"event", (*job).publishUpdated, required},
		{"message", (*job).refreshMessage, bestEffort},
	},
	store.VerbGiveawayRepeat: {
		{"check", (*job).checkRepeat, required},
		{"row", (*job).saveRepeat, required},
		{"event", (*job).publishUpdated, required},
	},
	store.VerbGiveawayRepair: {
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
	store.VerbTicketClaim: {
		{"check", (*job).checkTicketStatusChange, required},
		{"row", (*job).changeTicketStatus, required},
		{"event", (*job).publishTicketChange, required},
		{"notice", (*job).postNotice, bestEffort},
	},
	store.VerbTicketAssign: {
		{"check", (*job).checkTicketStatusChange, required},
		{"row", (*job).changeTicketStatus, required},
		{"event", (*job).publishTicketChange, required},
		{"notice", (*job).postNotice, bestEffort},
	},
	store.VerbTicketUnclaim: {
		{"check", (*job).checkTicketStatusChange, required},
		{"row", (*job).changeTicketStatus, required},
		{"event", (*job).publishTicketChange, required},
		{"notice", (*job).postNotice, bestEffort},
	},
	store.VerbTicketClose: {
		{"check", (*job).checkTicketStatusChange, required},
		{"channel", (*job).lockChannel, required},
		{"row", (*job).changeTicketStatus, required},
		{"event", (*job).publishTicketChange, required},
		{"notice", (*job).postNotice, bestEffort},
	},
	store.VerbTicketReopen: {
		{"check", (*job).checkTicketStatusChange, required},
		{"channel", (*job).unlockChannel, required},
		{"row", (*job).changeTicketStatus, required},
		{"event", (*job).publishTicketChange, required},
		{"notice", (*job).postNotice, bestEffort},
	},
	store.VerbTicketReply: {
		{"check", (*job).checkReply, required},
		{"message", (*job).postReply, required},
	},
	store.VerbPanelPost: {
		{"check", (*job).checkPanel, required},
		{"message", (*job).postOrEditPanel, required},
		{"row", (*job).savePanelMessage, required},
		{"old", (*job).deleteOldPanelMessage, bestEffort},
	},
	store.VerbTicketRepair: {
		{"check", (*job).checkTicketRepair, required},
		{"channel", (*job).repairChannel, required},
		{"event", (*job).publishTicketChange, required},
	},
}
