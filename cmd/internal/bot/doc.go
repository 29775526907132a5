// Package bot implements the bot: it executes the commands of dashboards, draws winners, starts and ends giveaways on time,
// and detects and repairs differences between Discord and the database. It reaches Discord through the interface Discord.
//
// # Work and steps
//
// A command is executed as one piece of work (store.Work) in several steps. A database row records that the work has
// started, and later its answer, so that a repeated command gets the first answer. Any number of engines share the
// work. One worker at a time holds the work's lease and renews it. If that worker dies, the lease expires and another
// worker repeats the steps from the first one; each step detects what is already done. Only one piece of work per
// giveaway or ticket is in progress at a time, so a change that is found after the check has passed was made by the same
// work.
//
// The order of the steps guarantees that a crash between any two of them can be recovered from, without contradicting
// anything that was already published:
//
//   - Decisions are committed before Discord shows them: winners, a cancellation, a ticket's claimer, a ticket's number.
//   - Calls that Discord can refuse come before the row changes: posting and editing a message, creating, locking and
//     unlocking a channel.
//   - Then the event is published, then the best-effort steps run (marked ~: a refusal by Discord becomes a remark on the
//     answer, not a refusal), then the answer is stored, and last the command is acknowledged in its stream.
//
// # Work started by the clock
//
// The engine's clock starts work of its own, without a command in the stream.
//
// A repeated giveaway is a GIVEAWAY_CREATE of the clock. The ids of the work and of the new row are derived from the
// repeated giveaway and the time at which the repeat was due, so the repeat happens once, however many engines notice
// that it is due. Its step "row" also schedules the next repeat, in the same transaction. If the work is refused, that
// repeat is skipped.
//
// GIVEAWAY_LAPSE, also started by the clock, replaces winners who have not claimed their prize in time, or marks their
// claims as expired. It covers the claims that had expired when the clock noticed. A claim and the draw lock the same
// row, so either the claim or the draw comes first. Places of winners who have claimed are not drawn again.
//
// # What a crash leaves
//
// The steps of each verb, and the state that a crash after each step leaves until the work is resumed:
//
//	GIVEAWAY_CREATE   check      nothing; the seed of the draw is in the checkpoint
//	                  post       a message whose button accepts no entries yet; its nonce finds it again
//	                  row        a giveaway and its commitment, without an event
//	                  event      the answer is missing, as after every last step
//	GIVEAWAY_EDIT     check      nothing
//	                  message    the message shows the new values, the row has the old ones
//	                  row        pages still show the old values
//	                  event
//	GIVEAWAY_END      check      nothing
//	                  end        entries are closed; winners are not drawn yet
//	                  draw       winners are stored but not published
//	                  event      pages show the winners, Discord does not
//	                  ~message   the giveaway's message shows the winners
//	                  ~announce  the winners are announced in the channel
//	                  ~winners   winners have their direct messages, each recorded on the winner's row
//	GIVEAWAY_REROLL   check      nothing; the places to draw again are in the checkpoint
//	                  draw       new winners are stored but not published
//	                  event
//	                  ~message
//	                  ~announce
//	                  ~winners
//	GIVEAWAY_PAUSE    check      nothing
//	                  message    the button is disabled; the row still accepts entries
//	                  row        pages still show the old status
//	                  event
//	GIVEAWAY_RESUME   check      nothing
//	                  message    the button is enabled; entries are still refused
//	                  row
//	                  event
//	GIVEAWAY_CANCEL   check      nothing
//	                  row        the giveaway is cancelled and refuses entries; its message does not show it yet
//	                  event
//	                  ~message
//	GIVEAWAY_DELETE   check      nothing
//	                  message    the message is deleted, the row is not
//	                  row        the row is deleted
//	                  event
//	GIVEAWAY_REMOVE   check      nothing
//	                  row        the entrants are disqualified, without an event
//	                  event
//	                  ~message   the button's count excludes them
//	GIVEAWAY_READMIT  check, row, event, ~message: as GIVEAWAY_REMOVE, in reverse
//	GIVEAWAY_REPEAT   check      nothing
//	                  row        the repeat is set or stopped, without an event
//	                  event
//	GIVEAWAY_REPAIR   check      nothing
//	                  post       as for GIVEAWAY_START, if the giveaway is due
//	                  row
//	                  message    the message shows the row's values
//	                  event
//	GIVEAWAY_START    check      nothing (started by the clock, for a scheduled giveaway)
//	                  post       a message whose button accepts no entries yet
//	                  row        an active giveaway, without an event
//	                  event
//	GIVEAWAY_LAPSE    check      nothing (started by the clock); the expired claims, and whether to replace them, are in the
//	                             checkpoint
//	                  draw       new winners or expired claims are stored but not published
//	                  event
//	                  ~message
//	                  ~announce  the replacements, if there are any
//	                  ~winners
//	TICKET_OPEN       check      nothing
//	                  number     the reserved number is in the checkpoint
//	                  channel    a channel without a ticket; its nonce finds it again
//	                  row        a ticket, without an event
//	                  event
//	                  ~notice    the welcome message is posted
//	TICKET_CLAIM      check      nothing
//	                  row        the ticket is claimed, without an event
//	                  event
//	                  ~notice    the channel shows who claimed the ticket
//	TICKET_ASSIGN     check, row, event, ~notice: as TICKET_CLAIM
//	TICKET_UNCLAIM    check, row, event, ~notice: as TICKET_CLAIM
//	TICKET_CLOSE      check      nothing
//	                  channel    the channel is locked; the ticket is still open
//	                  row        the ticket is closed, without an event
//	                  event
//	                  ~notice    the channel shows who closed the ticket, and the reason
//	TICKET_REOPEN     check, channel, row, event, ~notice: as TICKET_CLOSE, in reverse
//	TICKET_REPLY      check      nothing
//	                  message    the reply is posted, stored and published; a crash inside the step leaves a message that
//	                             its nonce finds again
//	TICKET_REPAIR     check      nothing
//	                  channel    the channel is locked or unlocked as the row requires
//	                  event
//	PANEL_POST        check      nothing
//	                  message    the panel is posted; pages do not know the new message
//	                  row        the panel's old message, in another channel, still exists
//	                  ~old
//
// Messages in a ticket's channel, of the bot and of members, are stored for the transcript (RecordMessage,
// RecordMessageEdit, RecordMessageDeletion).
//
// # Notifications
//
// Users choose in the dashboard's preferences to get notifications as direct messages (store.NotificationRecipient). Every
// NotifyInterval one engine sends each of them one message about what has happened since the last one, in the guilds that
// the user can see at that time. The nonce is derived from the time of the last one and the content, so a message whose
// sending was not recorded is not posted twice, unless more has happened since. After a refusal by Discord the user gets
// no more until they save the setting again.
//
// # Repeated and late effects
//
// A worker that resumes work may publish its events again, with the same ids. While Discord is unavailable, a step before
// the row retries until the command expires; then the command is refused. A step after the row retries for some minutes
// and is then left to the sync sweep.
package bot
