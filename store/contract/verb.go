package contract

// Verb is the type of a command or of a change by the dashboard. A bot's heartbeat lists the verbs that it supports.
type Verb string

const (
	VerbGiveawayCreate    Verb = "GIVEAWAY_CREATE"
	VerbGiveawayEdit      Verb = "GIVEAWAY_EDIT"
	VerbGiveawayEnd       Verb = "GIVEAWAY_END"
	VerbGiveawayReroll    Verb = "GIVEAWAY_REROLL"
	VerbGiveawayPause     Verb = "GIVEAWAY_PAUSE"
	VerbGiveawayResume    Verb = "GIVEAWAY_RESUME"
	VerbGiveawayCancel    Verb = "GIVEAWAY_CANCEL"
	VerbGiveawayDelete    Verb = "GIVEAWAY_DELETE"
	VerbEntrantDisqualify Verb = "GIVEAWAY_REMOVE"  // disqualify entrants, before the draw
	VerbEntrantReinstate  Verb = "GIVEAWAY_READMIT" // reinstate disqualified entrants, before the draw
	VerbGiveawayRepeat    Verb = "GIVEAWAY_REPEAT"  // set or end the repetition at an interval of days
	VerbGiveawayRepair    Verb = "GIVEAWAY_REPAIR"  // bring the message in line with the row

	VerbTicketClaim   Verb = "TICKET_CLAIM"
	VerbTicketUnclaim Verb = "TICKET_UNCLAIM"
	VerbTicketAssign  Verb = "TICKET_ASSIGN" // to another staff member
	VerbTicketClose   Verb = "TICKET_CLOSE"
	VerbTicketReopen  Verb = "TICKET_REOPEN"
	VerbTicketReply   Verb = "TICKET_REPLY"  // post a message in its channel
	VerbTicketRepair  Verb = "TICKET_REPAIR" // bring the channel in line with the row

	VerbPanelPost Verb = "PANEL_POST" // post a ticket panel, or update its message
)

// Verbs lists the verbs of commands to the bot.
var Verbs = []Verb{
	VerbGiveawayCreate, VerbGiveawayEdit, VerbGiveawayEnd, VerbGiveawayReroll, VerbGiveawayPause, VerbGiveawayResume,
	VerbGiveawayCancel, VerbGiveawayDelete, VerbEntrantDisqualify, VerbEntrantReinstate, VerbGiveawayRepeat,
	VerbGiveawayRepair,
	VerbTicketClaim, VerbTicketUnclaim, VerbTicketAssign, VerbTicketClose, VerbTicketReopen, VerbTicketReply,
	VerbTicketRepair,
	VerbPanelPost,
}

// CapabilityNotifications stands among the verbs in a bot's heartbeat, but is no command: the bot notifies the users in
// the table notification_recipients by direct message.
const CapabilityNotifications Verb = "USER_NOTIFY"

// The verbs that the dashboard carries out itself, without a bot. The audit log lists them like commands, with the
// status done.
const (
	VerbStaffChange        Verb = "STAFF_CHANGE"    // grants of roles
	VerbSettingsChange     Verb = "SETTINGS_CHANGE" // of a module
	VerbPanelChange        Verb = "PANEL_CHANGE"    // the message with which members open tickets
	VerbCategoryChange     Verb = "CATEGORY_CHANGE" // ticket category
	VerbProductChange      Verb = "PRODUCT_CHANGE"  // product that a ticket can be about
	VerbCannedReplyChange  Verb = "CANNED_CHANGE"   // canned reply
	VerbTemplateSave       Verb = "TEMPLATE_SAVE"
	VerbTemplateDelete     Verb = "TEMPLATE_DELETE"
	VerbNoteWrite          Verb = "NOTE_WRITE" // on a ticket
	VerbNoteRemove         Verb = "NOTE_REMOVE"
	VerbPriorityChange     Verb = "PRIORITY_CHANGE" // of a ticket
	VerbLabelChange        Verb = "LABEL_CHANGE"    // label that tickets can have
	VerbTicketLabelsChange Verb = "LABELS_SET"      // labels of a ticket
)

// Verbs of rating changes, which the dashboard makes without the bot. Featuring a rating approves it; unapproving it
// also stops featuring it.
const (
	VerbRatingApprove   Verb = "RATING_APPROVE"
	VerbRatingUnapprove Verb = "RATING_UNAPPROVE"
	VerbRatingFeature   Verb = "RATING_FEATURE"
	VerbRatingUnfeature Verb = "RATING_UNFEATURE"
	VerbRatingRemove    Verb = "RATING_REMOVE"
)

// RatingVerbs lists the rating verbs.
var RatingVerbs = []Verb{VerbRatingApprove, VerbRatingUnapprove, VerbRatingFeature, VerbRatingUnfeature, VerbRatingRemove}

// DashboardVerbs lists the verbs that the dashboard carries out itself.
var DashboardVerbs = append([]Verb{
	VerbStaffChange, VerbSettingsChange, VerbPanelChange, VerbCategoryChange, VerbProductChange, VerbCannedReplyChange,
	VerbTemplateSave, VerbTemplateDelete,
	VerbNoteWrite, VerbNoteRemove, VerbPriorityChange, VerbLabelChange, VerbTicketLabelsChange,
}, RatingVerbs...)
