// Package bot carries out what dashboards ask for, draws winners, runs the clock, and looks after what Discord and the
// database disagree about. It talks to Discord through an interface.
//
// # Steps
//
// A command is one piece of work in several steps. Before the first, a row of its own says that it has begun; that row
// holds the answer in the end, so that a repeated command gets the first answer. Any number of engines share the work:
// one worker at a time has it, for the time of a lease that it renews; when the worker is dead another begins at the
// first step again, and each step finds what it has done already. On one giveaway or ticket one piece of work is under
// way at a time, so a change that is found done after the check was passed is this work's own.
//
// The order of steps is chosen so that a stop between any two can be finished, and is never contradicted:
//
//   - what must not change once told is committed before Discord hears it: winners, a cancellation, who claims a ticket,
//     a ticket's number;
//   - what Discord can refuse comes before the row claims it: posting and editing a message, opening, locking and
//     unlocking a channel;
//   - then the event, then what is only told (marked ~: Discord refusing it is a remark on the answer, not a refusal),
//     then the answer, and last the acknowledgement of the command in its stream.
//
// A giveaway that is made again is a GIVEAWAY_CREATE of the clock's own. Its id, and that of the row it makes, follow from
// the giveaway that is made again and from the time at which that was due, so however many engines and however often see
// that it is due, it happens once; its step "row" also has the repeat move on, in one transaction. One that is refused
// has its turn left out.
//
// A winner who has not claimed the prize in time is replaced, or shown to be late: GIVEAWAY_LAPSE, of the clock's own, too. The
// late ones are those whose time was over when the clock saw it, and a claim and the draw lock the same row, so of the two
// one is first. The places of who has claimed are not drawn again.
//
// The steps, and what a stop after each leaves until the work is taken up again:
//
//	GIVEAWAY_CREATE   check      nothing; the seed of the draw is in the work's memo
//	                  post       a message whose button says that it is not ready; the nonce finds it again
//	                  row        a giveaway that no page has been told of, and its commitment
//	                  event      the answer is missing, as after every last step
//	GIVEAWAY_EDIT     check      nothing
//	                  message    the message says what the row does not yet say
//	                  row        pages say what they said before
//	                  event
//	GIVEAWAY_END      check      nothing
//	                  end        nobody enters any more; winners are still to be drawn
//	                  draw       winners that nobody has been told of
//	                  event      pages show the winners, Discord does not
//	                  ~message   the giveaway's message shows the winners
//	                  ~announce  they are announced
//	                  ~winners   they have had their direct messages, each marked on their row
//	GIVEAWAY_REROLL   check      nothing; whose places are drawn again is in the memo
//	                  draw       new winners that nobody has been told of
//	                  event
//	                  ~message
//	                  ~announce
//	                  ~winners
//	GIVEAWAY_PAUSE    check      nothing
//	                  message    the button is off; the row still takes entries
//	                  row        pages say what they said before
//	                  event
//	GIVEAWAY_RESUME   check      nothing
//	                  message    the button is on; pressing it is answered with "paused"
//	                  row
//	                  event
//	GIVEAWAY_CANCEL   check      nothing
//	                  row        it is cancelled; the message still says otherwise, and entering is refused
//	                  event
//	                  ~message
//	GIVEAWAY_DELETE   check      nothing
//	                  message    the message is gone, the row is not
//	                  row        the row is gone, too
//	                  event
//	GIVEAWAY_REMOVE   check      nothing
//	                  row        they have no part any more, and no page has been told
//	                  event
//	                  ~message   the button counts without them
//	GIVEAWAY_READMIT  check, row, event, ~message: as GIVEAWAY_REMOVE, the other way round
//	GIVEAWAY_REPEAT   check      nothing
//	                  row        it will be made again, or no more, and no page has been told
//	                  event
//	GIVEAWAY_REPAIR   check      nothing
//	                  post       as for GIVEAWAY_START, if it is due
//	                  row
//	                  message    the message says what the row says
//	                  event
//	GIVEAWAY_START    check      nothing (the clock's own, for one that was scheduled)
//	                  post       a message whose button says that it is not ready
//	                  row        a giveaway that runs, and no page has been told
//	                  event
//	GIVEAWAY_LAPSE    check      nothing (the clock's own); who is late, and whether they are replaced, is in the memo
//	                  draw       new winners that nobody has been told of, or late ones that no page shows as late
//	                  event
//	                  ~message
//	                  ~announce  the new ones, if there are any
//	                  ~winners
//	TICKET_OPEN       check      nothing
//	                  number     a number that nobody has been told, in the memo
//	                  channel    a channel without a ticket; the nonce finds it again
//	                  row        a ticket that no page has been told of
//	                  event
//	                  ~notice    the opener has been greeted
//	TICKET_CLAIM      check      nothing
//	                  row        it is claimed, and nobody has been told
//	                  event
//	                  ~notice    the channel says who has claimed it
//	TICKET_ASSIGN     check, row, event, ~notice: as TICKET_CLAIM
//	TICKET_UNCLAIM    check, row, event, ~notice: as TICKET_CLAIM
//	TICKET_CLOSE      check      nothing
//	                  channel    nobody can write in the channel; the ticket is still open
//	                  row        it is closed, and no page has been told
//	                  event
//	                  ~notice    the channel says who closed it, and why
//	TICKET_REOPEN     check, channel, row, event, ~notice: as TICKET_CLOSE, the other way round
//	TICKET_REPLY      check      nothing
//	                  message    it is said, kept, and told to pages; a stop within leaves a message that the nonce finds again
//	TICKET_REPAIR     check      nothing
//	                  channel    the channel is what the row says
//	                  event
//	PANEL_POST        check      nothing
//	                  message    the panel stands in its channel, and no page says where
//	                  row        the message that it had in another channel still stands
//	                  ~old
//
// What is said in a ticket's channel, by the bot and by others, is kept for its transcript (Hear, RecordMessageEdit, RecordMessageDeletion).
//
// Events may be published again by whoever takes the work up, with the same id. While Discord is down a step before the
// row waits until the command expires, and the command is refused; a step after it waits some minutes, and is left to
// the drift sweep.
package bot
