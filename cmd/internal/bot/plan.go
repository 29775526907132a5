package bot

import (
	"context"

	"guildboard/store"
)

// What only the bot asks of itself.
const (
	verbStart store.Verb = "GIVEAWAY_START" // a scheduled giveaway's time has come
	verbLapse store.Verb = "GIVEAWAY_LAPSE" // winners have not claimed their prize in time
	verbOpen  store.Verb = "TICKET_OPEN"    // a member has pressed a button
)

// step is one part of a piece of work. It can be done again when it was done already, by a worker that died: then it
// finds what it has done.
type step struct {
	name string
	do   func(*job, context.Context) error
	told bool // it only tells what is decided: when Discord refuses it, the rest goes on
}

const decides, tells = false, true

// plans are the steps of each verb; the package comment says what a stop after each leaves.
var plans = map[store.Verb][]step{
	store.VerbGiveawayCreate: {
		{"check", (*job).checkCreate, decides},
		{"post", (*job).post, decides},
		{"row", (*job).create, decides},
		{"event", (*job).tellCreated, decides},
	},
	store.VerbGiveawayEdit: {
		{"check", (*job).checkEdit, decides},
		{"message", (*job).showEdit, decides},
		{"row", (*job).edit, decides},
		{"event", (*job).tellUpdated, decides},
	},
	store.VerbGiveawayEnd: {
		{"check", (*job).checkEnd, decides},
		{"end", (*job).end, decides},
		{"draw", (*job).draw, decides},
		{"event", (*job).tellEnded, decides},
		{"message", (*job).show, tells},
		{"announce", (*job).announce, tells},
		{"winners", (*job).tellWinners, tells},
	},
	store.VerbGiveawayReroll: {
		{"check", (*job).checkReroll, decides},
		{"draw", (*job).redraw, decides},
		{"event", (*job).tellRerolled, decides},
		{"message", (*job).show, tells},
		{"announce", (*job).announce, tells},
		{"winners", (*job).tellWinners, tells},
	},
	store.VerbGiveawayPause: {
		{"check", (*job).checkMove, decides},
		{"message", (*job).showMoved, decides},
		{"row", (*job).move, decides},
		{"event", (*job).tellUpdated, decides},
	},
	store.VerbGiveawayResume: {
		{"check", (*job).checkMove, decides},
		{"message", (*job).showMoved, decides},
		{"row", (*job).move, decides},
		{"event", (*job).tellUpdated, decides},
	},
	store.VerbGiveawayCancel: {
		{"check", (*job).checkMove, decides},
		{"row", (*job).move, decides},
		{"event", (*job).tellCancelled, decides},
		{"message", (*job).show, tells},
	},
	store.VerbGiveawayDelete: {
		{"check", (*job).checkDelete, decides},
		{"message", (*job).removeMessage, decides},
		{"row", (*job).remove, decides},
		{"event", (*job).tellUpdated, decides},
	},
	store.VerbGiveawayRemove: {
		{"check", (*job).checkEntrants, decides},
		{"row", (*job).changeEntrants, decides},
		{"event", (*job).tellUpdated, decides},
		{"message", (*job).show, tells},
	},
	store.VerbGiveawayReadmit: {
		{"check", (*job).checkEntrants, decides},
		{"row", (*job).changeEntrants, decides},
		{"event", (*job).tellUpdated, decides},
		{"message", (*job).show, tells},
	},
	store.VerbGiveawayRepeat: {
		{"check", (*job).checkRepeat, decides},
		{"row", (*job).setRepeat, decides},
		{"event", (*job).tellUpdated, decides},
	},
	store.VerbGiveawayRepair: {
		{"check", (*job).checkRepair, decides},
		{"post", (*job).postIfDue, decides},
		{"row", (*job).startIfDue, decides},
		{"message", (*job).repair, decides},
		{"event", (*job).tellUpdated, decides},
	},
	verbStart: {
		{"check", (*job).checkStart, decides},
		{"post", (*job).postIfDue, decides},
		{"row", (*job).startIfDue, decides},
		{"event", (*job).tellUpdated, decides},
	},
	verbLapse: {
		{"check", (*job).checkLapse, decides},
		{"draw", (*job).lapse, decides},
		{"event", (*job).tellLapsed, decides},
		{"message", (*job).show, tells},
		{"announce", (*job).announceLapsed, tells},
		{"winners", (*job).tellReplacements, tells},
	},

	verbOpen: {
		{"check", (*job).checkOpen, decides},
		{"number", (*job).number, decides},
		{"channel", (*job).openChannel, decides},
		{"row", (*job).open, decides},
		{"event", (*job).tellOpened, decides},
		{"notice", (*job).greet, tells},
	},
	store.VerbTicketClaim: {
		{"check", (*job).checkTicket, decides},
		{"row", (*job).moveTicket, decides},
		{"event", (*job).tellTicket, decides},
		{"notice", (*job).notice, tells},
	},
	store.VerbTicketAssign: {
		{"check", (*job).checkTicket, decides},
		{"row", (*job).moveTicket, decides},
		{"event", (*job).tellTicket, decides},
		{"notice", (*job).notice, tells},
	},
	store.VerbTicketUnclaim: {
		{"check", (*job).checkTicket, decides},
		{"row", (*job).moveTicket, decides},
		{"event", (*job).tellTicket, decides},
		{"notice", (*job).notice, tells},
	},
	store.VerbTicketClose: {
		{"check", (*job).checkTicket, decides},
		{"channel", (*job).lock, decides},
		{"row", (*job).moveTicket, decides},
		{"event", (*job).tellTicket, decides},
		{"notice", (*job).notice, tells},
	},
	store.VerbTicketReopen: {
		{"check", (*job).checkTicket, decides},
		{"channel", (*job).unlock, decides},
		{"row", (*job).moveTicket, decides},
		{"event", (*job).tellTicket, decides},
		{"notice", (*job).notice, tells},
	},
	store.VerbTicketReply: {
		{"check", (*job).checkReply, decides},
		{"message", (*job).reply, decides},
	},
	store.VerbPanelPost: {
		{"check", (*job).checkPanel, decides},
		{"message", (*job).postPanel, decides},
		{"row", (*job).panelPosted, decides},
		{"old", (*job).removeOldPanel, tells},
	},
	store.VerbTicketRepair: {
		{"check", (*job).checkTicketRepair, decides},
		{"channel", (*job).repairTicket, decides},
		{"event", (*job).tellTicket, decides},
	},
}
