// Package store holds what Guildboard knows: guilds, their giveaways, their tickets, and what was asked of the bot. It
// reads and writes the database, and speaks with the bot through Redis.
//
// # The contract with the bot
//
// Any bot in any language can take part. It shares two things with the dashboards: the database, where it writes its
// giveaways and tickets (the tables are in store/migrations), and Redis, where the two talk:
//
//	bot → dashboards   channel discord_events   something has changed, look again
//	dashboards → bot   stream  bot:commands     please do this
//	bot → dashboards   stream  bot:results      this is what came of it
//	bot → dashboards   key     bot:alive        I am here, and this is what I can do
//
// Only the database is the truth. An event that is lost, repeated or late delays a page for some seconds, and never makes
// it wrong. A command is done when the bot has said so, and until then a page says no more than that it was asked for.
//
// Redis 6.2 or newer is needed, with maxmemory-policy noeviction. Ids of Discord are strings of digits, never JSON
// numbers, which many languages round: a number up to 2^53 is accepted, and an event with a larger one is ignored. Ids
// of rows are strings without "_". Times are whole milliseconds since 1970 in UTC, except in forms.
//
// Whether a bot keeps all this is what
//
//	guildboard doctor bot --redis-url redis://localhost:6379
//
// says, one line a rule. The examples below are executed by a test.
//
// # Events
//
// After each change that it has committed, the bot publishes one event, of at most 64 KiB:
//
//	PUBLISH discord_events '{"type":"GIVEAWAY_END","guildId":"100000000000000001","userId":"200000000000000001",
//	  "data":{"giveawayId":"cm3k9q2yx0001mn08w4r5t6y7","prize":"Nitro","winnerIds":["300000000000000001"],"winnerId":"300000000000000001"},
//	  "id":"1c9e0ed4-4a7f-4c59-9d8e-5f2f4fb7a0de","timestamp":1795442488053}'
//
// Its members:
//
//	type       string   one of the types below; others are let pass
//	guildId    string   where it happened
//	timestamp  number   when
//	userId     string   who did it; may be missing
//	data       object   see below; may be missing
//	id         string   a UUID, the same when the same event is published again; may be missing
//
// Types, and what their data says. A dashboard needs none of it; it is for whoever else listens:
//
//	GIVEAWAY_CREATE  {"giveawayId":"cm3k9q2yx0001mn08w4r5t6y7","prize":"Nitro","endTime":"2026-11-24T12:00:00Z","winners":1,"hostId":"200000000000000001"}
//	GIVEAWAY_ENTRY   {"giveawayId":"cm3k9q2yx0001mn08w4r5t6y7","userId":"300000000000000001"}
//	GIVEAWAY_UPDATE  {"giveawayId":"cm3k9q2yx0001mn08w4r5t6y7","prize":"Nitro"}
//	GIVEAWAY_END     {"giveawayId":"cm3k9q2yx0001mn08w4r5t6y7","prize":"Nitro","winnerIds":["300000000000000001"],"winnerId":"300000000000000001"}
//	GIVEAWAY_REROLL  {"giveawayId":"cm3k9q2yx0001mn08w4r5t6y7","prize":"Nitro","winnerIds":["300000000000000002"],"winnerId":"300000000000000002"}
//	GIVEAWAY_CANCEL  {"giveawayId":"cm3k9q2yx0001mn08w4r5t6y7","prize":"Nitro"}
//	TICKET_CREATE    {"ticketId":"cm3k9q2yx0002mn08w4r5t6y7","channelId":"400000000000000001","userId":"300000000000000001","username":"ann"}
//	TICKET_CLAIM     {"ticketId":"cm3k9q2yx0002mn08w4r5t6y7","channelId":"400000000000000001","claimedBy":"200000000000000001","claimerName":"robin"}
//	TICKET_UPDATE    {"ticketId":"cm3k9q2yx0002mn08w4r5t6y7","channelId":"400000000000000001"}
//	TICKET_CLOSE     {"ticketId":"cm3k9q2yx0002mn08w4r5t6y7","channelId":"400000000000000001","closedBy":"200000000000000001","reason":"Solved."}
//	TICKET_REOPEN    {"ticketId":"cm3k9q2yx0002mn08w4r5t6y7","channelId":"400000000000000001"}
//	TICKET_MESSAGE   {"ticketId":"cm3k9q2yx0002mn08w4r5t6y7","messageId":"900000000000000001","change":"created"}
//	TICKET_RATING    {"ticketId":"cm3k9q2yx0002mn08w4r5t6y7","stars":5}
//	MEMBER_JOIN      {"userId":"300000000000000001","username":"ann"}
//	MEMBER_LEAVE     {"userId":"300000000000000001","username":"ann"}
//	MEMBER_UPDATE    {"userId":"300000000000000001","username":"ann"}
//	GUILD_UPDATE     {}
//
// GIVEAWAY_START is understood as GIVEAWAY_CREATE; the change of a message is created, edited or deleted. SETTINGS_UPDATE and COMMAND_RESULT are published by dashboards,
// to each other, and need not be by the bot:
//
//	SETTINGS_UPDATE  {"module":"staff"}
//	COMMAND_RESULT   {"commandId":"cm3k9q2yx0003mn08w4r5t6y7","status":"done","type":"GIVEAWAY_END","target":"cm3k9q2yx0001mn08w4r5t6y7"}
//
// # Commands
//
// A dashboard adds each command to a stream:
//
//	XADD bot:commands MAXLEN ~ 10000 * id cm3k9q2yx0003mn08w4r5t6y7 type TICKET_CLOSE guildId 100000000000000001
//	  userId 200000000000000001 target cm3k9q2yx0002mn08w4r5t6y7 data '{"reason":"Solved."}'
//	  issuedAt 1795442488053 expiresAt 1795442548053
//
// Its fields, all of them strings, as always in a stream:
//
//	id         what names it: it is carried out once, however often it comes
//	type       the verb, see below
//	guildId    of the target
//	userId     Discord id of who asks; the dashboard has seen that they may
//	target     row id of the giveaway, ticket or panel
//	data       a JSON object
//	issuedAt   when it was asked for
//	expiresAt  after this it must not be begun any more
//
// The verbs, and their data:
//
//	GIVEAWAY_CREATE  {"prize":"Nitro","description":"For a month.","prizeSecret":"ABCD-EFGH","notes":"Sponsored.",
//	  "channelId":"400000000000000001","winnerCount":2,"prizeTiers":[{"place":1,"prize":"Nitro","count":1},{"place":2,"prize":"Sticker","count":1}],
//	  "startsAt":"2026-11-24T12:00:00Z","endsAt":"2026-11-25T12:00:00Z",
//	  "imageUrl":"https://example.com/nitro.png","embedColor":"#14b8a6","buttonText":"🎉 Enter Giveaway","buttonStyle":"PRIMARY",
//	  "requiredRoleIds":["500000000000000001"],"blacklistRoleIds":["500000000000000002"],"requiredLevel":5,"requiredMessages":10,
//	  "requiredInvites":1,"requiredReputation":1,"requiredAccountAge":30,"requiredServerAge":7,
//	  "bonusEntryRoles":[{"roleId":"500000000000000003","roleName":"Boosters","entries":3}],"boosterBonusEntries":2,
//	  "dmWinners":true,"dmWinnerMessage":"{host} of {server} has {prize} for you.","pingRoleId":"500000000000000004","pingOnEnd":true,
//	  "autoReroll":true,"maxRerolls":3,"winnerClaimTimeout":24}
//	GIVEAWAY_EDIT    {"prize":"Nitro Basic","winnerCount":1,"prizeTiers":[]}
//	GIVEAWAY_END     {}
//	GIVEAWAY_REROLL  {"userIds":["300000000000000001"]}
//	GIVEAWAY_PAUSE   {}
//	GIVEAWAY_RESUME  {}
//	GIVEAWAY_CANCEL  {}
//	GIVEAWAY_DELETE  {}
//	GIVEAWAY_REMOVE  {"userIds":["300000000000000001"],"reason":"A second account."}
//	GIVEAWAY_READMIT {"userIds":["300000000000000001"]}
//	GIVEAWAY_REPEAT  {"days":7,"zone":"Europe/Berlin"}
//	GIVEAWAY_REPAIR  {}
//	TICKET_CLAIM     {}
//	TICKET_UNCLAIM   {}
//	TICKET_ASSIGN    {"userId":"200000000000000002","username":"kim"}
//	TICKET_CLOSE     {"reason":"Solved."}
//	TICKET_REOPEN    {}
//	TICKET_REPLY     {"text":"Have you tried **again**?"}
//	TICKET_REPAIR    {}
//	PANEL_POST       {"name":"Support"}
//
// The target of GIVEAWAY_CREATE does not exist yet: it is the id that the new row is to have, chosen by whoever asks, so
// that the same form makes one giveaway however often it is sent. Its data is a [GiveawayForm]; what is missing has the
// value of [NewGiveawayForm]. GIVEAWAY_EDIT has the same members, and what is missing stays as it is. GIVEAWAY_REROLL
// draws the places of these winners again, and without userIds those of all who have not claimed their prize (see Claims);
// who has claimed it since issuedAt stays, and the command is refused as "state". GIVEAWAY_REMOVE takes people out of a
// giveaway that has not ended: their entries stay where they are, with a weight of 0, so that the draw can be made again.
// GIVEAWAY_READMIT, under the same condition, gives them their weight back. GIVEAWAY_REPEAT makes the bot's own clock
// repeat the giveaway every so many days, 1 to 365; 0 days end the repeat. The row has repeat_days, repeat_at for the
// next time, repeat_zone and repeat_from (see [RepeatRule]); all four move on to the new giveaway. The bot counts
// calendar days in zone, an IANA name, and keeps the local time at which the giveaway begins. If clocks skip that time on
// some day, it is as much later on that day as they are set forward; if they show it twice, the first counts. zone is
// optional, and a bot need not support it: without it the row keeps its zone, at first UTC. A zone that the bot can't load
// is refused as "form".
//
// TICKET_ASSIGN claims a ticket that is not closed for somebody, whoever had claimed it:
// the bot checks that they may act on tickets (see Staff), else refuses it as "staff", and says in the channel
// who has given it to whom; username is but what the dashboard calls them. TICKET_REPLY says a text of 1 to 2,000
// characters in the ticket's channel, as the bot and with the name of who asked, so that nobody is notified by it,
// whatever it mentions (allowed_mentions with an empty parse); it is kept in ticket_messages as theirs, and refused as
// "state" where the ticket is closed. The repairs make Discord say what the row says. The target of PANEL_POST is a row of
// ticket_panels: the bot posts it in its channel_id, with its enabled categories, or brings the message up to date that it
// has posted there, and writes posted_in and message_id.
//
// Discord lets a bot write in every guild that it is in, so the bot checks which guild a channel belongs to: before it
// posts or creates anything, each channel, category and role that the command, the row, the panel, its categories or
// the settings name must belong to the command's guild according to Discord, else the bot refuses the command as
// "form". The role @everyone has the guild's id and belongs to it. Threads and direct messages do not count as channels
// of a guild. Dashboards check the same against guild_channels and guild_roles (see Names) if the bot records them, but
// the bot must not rely on that. If the category or roles of the settings were deleted in Discord, the ticket is opened
// without them: only those of another guild are refused.
//
// The bot reads as a consumer group, each of its processes under a name of its own:
//
//	XGROUP CREATE bot:commands bot 0 MKSTREAM
//	XREADGROUP GROUP bot worker-1 COUNT 10 BLOCK 5000 STREAMS bot:commands >
//
// What it does with a command, in this order:
//
//  1. The id has been answered before: give the first answer again, even if the rest of the command is another.
//  2. It cannot be read, or the type is unknown: refuse it as "unknown". An entry without an id cannot be answered;
//     acknowledge it.
//  3. expiresAt is past: refuse it as "expired", and do nothing. This wants a clock that is right.
//  4. The guild has no such target: refuse it as "gone". A target of another guild is not there.
//  5. The target's state does not allow it: refuse it as "state", and say who was first.
//  6. A form is not in order, or something names a channel, category or role of another guild: refuse it as "form".
//  7. Do it: in Discord, in the database, in the order that a crash can be recovered from. Then publish the event.
//  8. Write the answer, and remember it with the id.
//  9. Acknowledge the entry, not before:
//
// Like this:
//
//	XADD bot:results MAXLEN ~ 10000 * id cm3k9q2yx0003mn08w4r5t6y7 status accepted code "" message "" at 1795442488102
//	XADD bot:results MAXLEN ~ 10000 * id cm3k9q2yx0003mn08w4r5t6y7 status done code "" message "" at 1795442488731
//	XACK bot:commands bot 1795442488053-0
//
// # Answers
//
// One that is refused says why:
//
//	XADD bot:results MAXLEN ~ 10000 * id cm3k9q2yx0004mn08w4r5t6y7 status refused code discord.50013
//	  message "Missing Permissions" at 1795442490117
//
// Its fields:
//
//	id       the command's
//	status   see below
//	code     why not, at most 100 characters; empty when nothing went wrong
//	message  the same as an English sentence, at most 2,000 characters; shown for "form" and when nobody knows the code
//	at       when
//
// What a command can be. The first and the last are not the bot's to say:
//
//	asked     the bot has not said anything yet
//	accepted  the bot has begun; a courtesy, for what takes longer than a moment
//	done      it has happened
//	refused   it has not, and will not
//	expired   the bot did not answer; done or refused may still come, and then counts
//
// The first of done and refused counts; what comes after it is passed over. Codes:
//
//	expired       it came to the bot after expiresAt
//	gone          the guild has no such giveaway or ticket, or no longer
//	state         somebody was first; message says who, and what it is now
//	unknown       the bot does not know the type, or cannot read the command
//	form          the form is not in order, or names what is not of the guild; message lists its fields
//	              last, as in "Not in order: endsAt, prize.", and pages show them as the form calls them
//	busy          something else was being done with the target until expiresAt
//	maxRerolls    it has been rerolled as often as it may be
//	noEntries     nobody is left to be drawn
//	discordDown   Discord did not answer
//	staff         who is to have the ticket may not act on tickets
//	settings      what managers have set does not allow it; message says what
//	discord.50013 Discord refused; the number is that of its error
//	nobody        no bot is listening; said by dashboards only
//
// A command that is done may carry a code, too: of a part that Discord refused when it was too late to refuse the whole,
// such as the direct message to a winner.
//
// # Signatures
//
// Everyone who can write to Redis can send the bot commands, and answer in its place. To prevent that, the bot and all
// dashboards can share a secret of at least 32 bytes, the setting CONTRACT_KEY. Each entry of the two streams then has
// one more field:
//
//	signature  HMAC-SHA-256 (RFC 2104) of the entry under the secret, 64 lower-case hexadecimal digits
//
// The signed text is the name of the stream and the values of the entry's other fields, in the order of the lists
// above. Each is written as its length in bytes, a colon, the value and a comma. With the secret
//
//	mJ3vQ9sT6uYb2nZrC5hLpE7aGdKiO4lMwX8fJ0m1V3k
//
// the command and the second answer of the examples above are the texts
//
//	12:bot:commands,25:cm3k9q2yx0003mn08w4r5t6y7,12:TICKET_CLOSE
//	  ,18:100000000000000001,18:200000000000000001,25:cm3k9q2yx0002mn08w4r5t6y7,20:{"reason":"Solved."}
//	  ,13:1795442488053,13:1795442548053,
//	11:bot:results,25:cm3k9q2yx0003mn08w4r5t6y7,4:done,0:,0:,13:1795442488731,
//
// without the line breaks, and have the signatures
//
//	93c1c5a202398f56d715ac43e5b434a2ec0fdfbeb8b32a44ef9ac0f15c87d9c2
//	97a879ca3c55d6fe1fd5199f4b56af4ae9bdc6dd4f1274f594efe084bcc0ea87
//
// A bot need not sign. A dashboard that has the secret signs its commands; it acknowledges and ignores results without
// a valid signature. A bot that has the secret acknowledges commands without a valid signature, and neither carries
// them out nor answers them: if a forged command has the id of a real one, an answer would end the wait for the real
// one. A signed entry can be replayed. This has no effect: an id is carried out once and never after expiresAt, which
// is signed, and the first final answer counts.
//
// On bot_commands (see below) the signature is the first member of the message. The signed texts are the name of the channel
// and the message without that member: without everything from the first quotation mark to the first comma. The message
// of the example below is
//
//	{"signature":"923356bc0e8facd6312bd113e7835c27876070a00ffb6a7fad45bcbeec9e0894",
//	  "type":"TICKET_CLOSE",…}
//
// Events, the heartbeat and messages about settings are not signed. Forged ones can make pages and bots read the
// database again, and make pages offer verbs that no bot carries out.
//
// To replace the secret without losing an answer: start the bot and all dashboards with the new one as
// CONTRACT_KEY_PREVIOUS, so that they accept it; then with the new one as CONTRACT_KEY and the old one as
// CONTRACT_KEY_PREVIOUS; then without CONTRACT_KEY_PREVIOUS.
//
// # Heartbeat
//
// Every 10 seconds the bot says that it is there:
//
//	SET bot:alive '{"version":"1.4.2","capabilities":["GIVEAWAY_CREATE","GIVEAWAY_END","TICKET_CLOSE"],"guilds":3}' EX 30
//
// Pages offer the verbs in capabilities and no others. When the key has lapsed they say since when the bot is silent.
// guilds is the number of its guilds. Several processes of one bot write the same key. The value has at most 64 KiB,
// version at most 100 characters, and capabilities at most 200 entries of 64 characters: more is cut off or ignored.
//
// # Staff
//
// Managers can let a role into a module of their guild (the table staff_grants). Who has such a role only the bot knows,
// so it writes it down, [Store.SyncRoles] does, for every guild at least every 20 seconds and at once when Discord says
// that a member's roles have changed:
//
//	guild_roles       all roles of the guild: id, name, color, position
//	members.role_ids  the roles of whoever has one that stands in staff_grants; empty for everybody else
//	guilds.roles_at   when that was so: set last, in the same transaction
//
// and publishes MEMBER_UPDATE when that changed something. Roles that were not confirmed within five minutes let nobody
// in, and within one minute nobody act; so a bot that does without this has no staff but the managers.
//
// # Members
//
// When somebody leaves the guild the bot writes it into their row, members.left_at, and takes it back when they join again, and
// publishes MEMBER_LEAVE or MEMBER_JOIN and, since pages say it of winners and entrants, GIVEAWAY_UPDATE without a giveawayId.
// A bot that writes none has nobody said to have left.
//
// # Names
//
// Pages show channels and roles by their names, and let one choose them by name, as far as the bot has written them down:
// roles in guild_roles, see above, and in guild_channels the channels, for every guild every minute or when Discord says that one was
// made, renamed, moved or deleted; [Store.SyncChannels] does it:
//
//	id         the channel's
//	name       without "#"
//	kind       text, announcement, voice, stage, forum or category
//	parent_id  of the category that it stands in; empty for none
//	position   lower ones first
//
// A channel that is gone is deleted from it. When something has changed the bot publishes GUILD_UPDATE. Where it names
// none, ids are shown, and typed.
//
// # Claims
//
// A winner says that they are there, with a button below the announcement or the direct message, and the bot writes that down in
// giveaway_winners: claimed and claimed_at. Where the giveaway has a winner_claim_timeout, in hours, whoever draws a winner also
// writes until when that may be, claim_until; without it pages show no time. Once that is past the bot refuses a claim, and its
// own clock, once, writes lapsed_at, and where auto_reroll is set and reroll_count below max_rerolls draws another, by a round
// like that of any other reroll: the old row is rerolled then, too. What it has drawn again stands in the table commands as
// a GIVEAWAY_REROLL without a userId. It publishes GIVEAWAY_UPDATE with claimedBy for a claim, and GIVEAWAY_REROLL for a draw.
//
// # Settings
//
// What managers set stands in the database, where the bot reads it: in guild_settings a JSON object for each module, with
// the names of [GiveawaySettingsSchema] and [TicketSettingsSchema], and in ticket_panels, ticket_categories, ticket_products and ticket_replies. No row means
// that nobody has set anything. After each change the dashboard says so, twice, with the module GIVEAWAY or TICKETS and the
// action create, update or delete:
//
//	PUBLISH bot:config:tickets '{"guildId":"100000000000000001","module":"TICKETS","action":"update","timestamp":1795442488053}'
//	PUBLISH bot:config:update '{"guildId":"100000000000000001","module":"TICKETS","action":"update","timestamp":1795442488053}'
//
// A bot that cannot do something because of them refuses it as "settings". The target answerWithin, in minutes or null, is the
// dashboard's own.
//
// # Starting again
//
// A command that was read and not acknowledged stays pending. It belongs to whoever read it, until another claims it; so
// at the start and every few seconds each process takes over what has been left for longer than any work takes:
//
//	XAUTOCLAIM bot:commands bot worker-1 15000 0-0 COUNT 10
//
// and treats it as if it had just come. It may have been carried out in part, or as a whole and only the answer is
// missing: see what is there, finish it, and answer. This is why answers are remembered with their ids, best in
// the same transaction as the change, and for an hour at least.
//
// When Redis is away, do not lose answers: keep them until it takes them. When Redis has lost its data, reading fails
// with NOGROUP: make the group again. A dashboard that does not know whether a command got through sends it again, with
// the same id.
//
// # Bots that know pub/sub only
//
// Each command is also published, for bots that cannot read streams. They do without answers: pages then say that the bot
// did not answer, and show what the database says.
//
//	PUBLISH bot_commands '{"type":"TICKET_CLOSE","guildId":"100000000000000001","userId":"200000000000000001",
//	  "data":{"reason":"Solved."},"timestamp":1795442488053,"id":"cm3k9q2yx0003mn08w4r5t6y7","target":"cm3k9q2yx0002mn08w4r5t6y7",
//	  "expiresAt":1795442548053}'
//
// A bot that reads the stream must not listen here as well.
package store
