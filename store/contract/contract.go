// Package contract defines what Guildboard and a bot say to each other: commands and their results, events, the
// heartbeat, and how they are encoded and signed in Redis.
//
// A bot in any language can work with Guildboard. It shares two things with the dashboards: the database, to which it
// writes giveaways and tickets (the tables are defined in store/migrations), and Redis, through which the bot and the
// dashboards exchange messages:
//
//	bot → dashboards   channel discord_events   something changed; read the database again
//	dashboards → bot   stream  bot:commands     requests to carry out a command
//	bot → dashboards   stream  bot:results      results of commands
//	bot → dashboards   key     bot:alive        heartbeat with the commands that the bot supports
//
// The database is the only source of truth. A lost, duplicate or late event delays the update of a page by some
// seconds, but never makes the page wrong. A command is done when the bot has published its result; until then, pages
// show it as requested.
//
// Redis 6.2 or newer is required, with maxmemory-policy noeviction. Discord ids are strings of digits. JSON numbers
// are not used for them because many languages round large ones: a number up to 2^53 is accepted, and an event with a
// larger one is ignored. Row ids are strings without "_". Times are integers, in milliseconds since 1970 in UTC,
// except in forms.
//
// The following command checks whether a bot follows the contract, and prints one line for each rule:
//
//	guildboard doctor bot --redis-url redis://localhost:6379
//
// A test executes the examples below.
//
// # Events
//
// After each change that it has committed, the bot publishes one event of at most 64 KiB:
//
//	PUBLISH discord_events '{"type":"GIVEAWAY_END","guildId":"100000000000000001","userId":"200000000000000001",
//	  "data":{"giveawayId":"cm3k9q2yx0001mn08w4r5t6y7","prize":"Nitro","winnerIds":["300000000000000001"],
//	  "winnerId":"300000000000000001"},"id":"1c9e0ed4-4a7f-4c59-9d8e-5f2f4fb7a0de","timestamp":1795442488053}'
//
// The members of an event:
//
//	type       string   one of the types below; events of other types are ignored
//	guildId    string   the guild in which the change happened
//	timestamp  number   when it happened
//	userId     string   the user who made the change; optional
//	data       object   see below; optional
//	id         string   a UUID, the same when the same event is published again; optional
//
// The types and their data follow. Dashboards need none of the data; it is for other subscribers:
//
//	GIVEAWAY_CREATE  {"giveawayId":"cm3k9q2yx0001mn08w4r5t6y7","prize":"Nitro","endTime":"2026-11-24T12:00:00Z",
//	  "winners":1,"hostId":"200000000000000001"}
//	GIVEAWAY_ENTRY   {"giveawayId":"cm3k9q2yx0001mn08w4r5t6y7","userId":"300000000000000001"}
//	GIVEAWAY_UPDATE  {"giveawayId":"cm3k9q2yx0001mn08w4r5t6y7","prize":"Nitro"}
//	GIVEAWAY_END     {"giveawayId":"cm3k9q2yx0001mn08w4r5t6y7","prize":"Nitro","winnerIds":["300000000000000001"],
//	  "winnerId":"300000000000000001"}
//	GIVEAWAY_REROLL  {"giveawayId":"cm3k9q2yx0001mn08w4r5t6y7","prize":"Nitro","winnerIds":["300000000000000002"],
//	  "winnerId":"300000000000000002"}
//	GIVEAWAY_CANCEL  {"giveawayId":"cm3k9q2yx0001mn08w4r5t6y7","prize":"Nitro"}
//	TICKET_CREATE    {"ticketId":"cm3k9q2yx0002mn08w4r5t6y7","channelId":"400000000000000001",
//	  "userId":"300000000000000001","username":"ann"}
//	TICKET_CLAIM     {"ticketId":"cm3k9q2yx0002mn08w4r5t6y7","channelId":"400000000000000001",
//	  "claimedBy":"200000000000000001","claimerName":"robin"}
//	TICKET_UPDATE    {"ticketId":"cm3k9q2yx0002mn08w4r5t6y7","channelId":"400000000000000001"}
//	TICKET_CLOSE     {"ticketId":"cm3k9q2yx0002mn08w4r5t6y7","channelId":"400000000000000001",
//	  "closedBy":"200000000000000001","reason":"Solved."}
//	TICKET_REOPEN    {"ticketId":"cm3k9q2yx0002mn08w4r5t6y7","channelId":"400000000000000001"}
//	TICKET_MESSAGE   {"ticketId":"cm3k9q2yx0002mn08w4r5t6y7","messageId":"900000000000000001","change":"created"}
//	TICKET_RATING    {"ticketId":"cm3k9q2yx0002mn08w4r5t6y7","stars":5}
//	MEMBER_JOIN      {"userId":"300000000000000001","username":"ann"}
//	MEMBER_LEAVE     {"userId":"300000000000000001","username":"ann"}
//	MEMBER_UPDATE    {"userId":"300000000000000001","username":"ann"}
//	GUILD_UPDATE     {}
//
// GIVEAWAY_START is an alias of GIVEAWAY_CREATE. The change of a message is created, edited or deleted. Dashboards
// publish SETTINGS_UPDATE and COMMAND_RESULT for each other; the bot need not publish them:
//
//	SETTINGS_UPDATE  {"module":"staff"}
//	COMMAND_RESULT   {"commandId":"cm3k9q2yx0003mn08w4r5t6y7","status":"done","type":"GIVEAWAY_END",
//	  "target":"cm3k9q2yx0001mn08w4r5t6y7"}
//
// # Commands
//
// A dashboard adds each command to a stream:
//
//	XADD bot:commands MAXLEN ~ 10000 * id cm3k9q2yx0003mn08w4r5t6y7 type TICKET_CLOSE guildId 100000000000000001
//	  userId 200000000000000001 target cm3k9q2yx0002mn08w4r5t6y7 data '{"reason":"Solved."}'
//	  issuedAt 1795442488053 expiresAt 1795442548053
//
// Its fields. As in every stream entry, all values are strings:
//
//	id         idempotency key: the command is carried out once, however often it is received
//	type       the verb, see below
//	guildId    guild of the target
//	userId     Discord id of the user who requested the command; the dashboard has checked their permission
//	target     row id of the giveaway, ticket or panel
//	data       a JSON object
//	issuedAt   when the command was requested
//	expiresAt  the bot must not start the command after this time
//
// The verbs and their data:
//
//	GIVEAWAY_CREATE  {"prize":"Nitro","description":"For a month.","prizeSecret":"ABCD-EFGH","notes":"Sponsored.",
//	  "channelId":"400000000000000001","winnerCount":2,
//	  "prizeTiers":[{"place":1,"prize":"Nitro","count":1},{"place":2,"prize":"Sticker","count":1}],
//	  "startsAt":"2026-11-24T12:00:00Z","endsAt":"2026-11-25T12:00:00Z",
//	  "imageUrl":"https://example.com/nitro.png","embedColor":"#14b8a6",
//	  "buttonText":"🎉 Enter Giveaway","buttonStyle":"PRIMARY",
//	  "requiredRoleIds":["500000000000000001"],"blacklistRoleIds":["500000000000000002"],
//	  "requiredLevel":5,"requiredMessages":10,
//	  "requiredInvites":1,"requiredReputation":1,"requiredAccountAge":30,"requiredServerAge":7,
//	  "bonusEntryRoles":[{"roleId":"500000000000000003","roleName":"Boosters","entries":3}],"boosterBonusEntries":2,
//	  "dmWinners":true,"dmWinnerMessage":"{host} of {server} has {prize} for you.",
//	  "pingRoleId":"500000000000000004","pingOnEnd":true,
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
// The target of GIVEAWAY_CREATE does not exist yet: it is the id of the row to be created. The dashboard chooses it,
// so that a form that is submitted twice creates one giveaway. The data is a [GiveawayForm]; missing members have the
// value that they have in [NewGiveawayForm]. GIVEAWAY_EDIT has the same members, and missing ones leave the
// giveaway's value unchanged: the dashboard sends the changed members only.
//
// GIVEAWAY_REROLL draws replacements for the given winners; without userIds, for all winners without a claim (see
// Claims). claimedIds lists the winners of userIds to replace even after a claim. If another winner has claimed since
// issuedAt, the bot keeps that winner and refuses the command as "state".
//
// GIVEAWAY_REMOVE disqualifies entrants of a giveaway that has not ended. Their entries keep their position and get
// the weight 0, so that the draw can be reproduced. GIVEAWAY_READMIT, under the same condition, reinstates entrants:
// their entries get their weight back.
//
// GIVEAWAY_REPEAT makes the bot repeat the giveaway at an interval of 1 to 365 days; 0 days end the repetition. The
// row has repeat_days, repeat_at (the next time), repeat_zone and repeat_from (see [store.RepeatRule]); all four move to
// the new giveaway. The bot counts calendar days in zone, an IANA time zone name, and keeps the local time at which
// the giveaway starts. If a change of the clocks skips that local time, the giveaway starts later by the length of
// the gap; if the local time occurs twice, the first occurrence counts. zone is optional, and a bot need not support
// it: without it the row keeps its zone, which is UTC at first. The bot refuses a zone that it can't load as "form".
//
// TICKET_ASSIGN assigns a ticket that is not closed to a staff member, even if another one has claimed it. The bot
// checks that the assignee may act on tickets (see Staff), and otherwise refuses the command as "staff". It announces
// in the channel who assigned the ticket to whom. username is only the name that the dashboard shows for the
// assignee.
//
// TICKET_REPLY posts a text of 1 to 2,000 characters in the ticket's channel, as the bot and with the name of the
// user who requested it. The message pings no one, even if it has mentions (allowed_mentions with an empty parse).
// The bot stores it in ticket_messages as a message of that user, and refuses the command as "state" if the ticket is
// closed.
//
// GIVEAWAY_REPAIR and TICKET_REPAIR bring the message or channel in Discord in line with the row.
//
// The target of PANEL_POST is a row of ticket_panels. The bot posts the panel with its enabled categories in the
// channel channel_id, or updates the message that it has already posted there, and writes posted_in and message_id.
//
// Discord lets a bot write in every guild that it has joined, so the bot checks which guild a channel belongs to.
// Before it posts or creates anything, each channel, category and role that is named by the command, the row, the
// panel, the panel's categories or the settings must belong to the command's guild according to Discord; otherwise
// the bot refuses the command as "form". The role @everyone has the guild's id and belongs to it. Threads and direct
// messages do not count as channels of a guild. Dashboards check the same against guild_channels and guild_roles (see
// Channel and role names) if the bot records them, but the bot must not rely on that. If the category or the roles of
// the settings were deleted in Discord, the bot opens tickets without them; only those of another guild are refused.
//
// All processes of a bot read the stream as one consumer group, each with its own consumer name:
//
//	XGROUP CREATE bot:commands bot 0 MKSTREAM
//	XREADGROUP GROUP bot worker-1 COUNT 10 BLOCK 5000 STREAMS bot:commands >
//
// The bot handles each command in this order:
//
//  1. If it has already published a final result for the id, publish that result again, even if the other fields
//     differ.
//  2. If the command cannot be parsed or its type is unknown, refuse it as "unknown". An entry without an id gets no
//     result; acknowledge it.
//  3. If expiresAt has passed, refuse it as "expired" and do nothing. This requires a correct clock.
//  4. If the guild has no such target, refuse it as "gone". A target in another guild counts as missing.
//  5. If the target's state does not allow the command, refuse it as "state", and name the user who changed it.
//  6. If the form is invalid, or if it names a channel, category or role of another guild, refuse the command as
//     "form".
//  7. Carry it out in Discord and in the database, in an order that allows recovery from a crash. Then publish the
//     event.
//  8. Publish the result, and store it with the id.
//  9. Acknowledge the entry, but not before step 8.
//
// For example:
//
//	XADD bot:results MAXLEN ~ 10000 * id cm3k9q2yx0003mn08w4r5t6y7 status accepted code "" message "" at 1795442488102
//	XADD bot:results MAXLEN ~ 10000 * id cm3k9q2yx0003mn08w4r5t6y7 status done code "" message "" at 1795442488731
//	XACK bot:commands bot 1795442488053-0
//
// # Results
//
// The result of a refused command contains the reason:
//
//	XADD bot:results MAXLEN ~ 10000 * id cm3k9q2yx0004mn08w4r5t6y7 status refused code discord.50013
//	  message "Missing Permissions" at 1795442490117
//
// Its fields:
//
//	id       id of the command
//	status   see below
//	code     reason of the refusal, at most 100 characters; empty without an error
//	message  the reason as an English sentence, at most 2,000 characters; shown for "form" and for unknown codes
//	at       time of the result
//
// The statuses of a command. The bot does not publish requested and expired, which are set by dashboards:
//
//	requested  the bot has not responded yet
//	accepted   the bot has started; optional, for commands that take more than a moment
//	done       carried out
//	refused    not carried out, and will not be
//	expired    the bot did not respond in time; a later done or refused replaces this status
//
// The first done or refused is final; later results are ignored. The codes:
//
//	expired       the bot received the command after expiresAt
//	gone          the guild has no such giveaway or ticket, or no longer has it
//	state         the target's state does not allow the command; message says which user changed it, and to what
//	unknown       the bot does not know the type, or cannot parse the command
//	form          the form is invalid, or names a channel, category or role of another guild; message ends with the
//	              names of the fields, as in "Not in order: endsAt, prize.", and pages show their labels instead
//	busy          another command was in progress on the target until expiresAt
//	maxRerolls    the giveaway has reached its maximum number of rerolls
//	noEntries     no entries are left to draw from
//	discordDown   Discord did not respond
//	staff         the assignee may not act on tickets
//	settings      the guild's settings do not allow it; message gives the reason
//	discord.50013 Discord refused; the number is Discord's error code
//	nobody        no bot is connected; set by dashboards only
//
// A result with the status done can have a code too, if Discord refused a part of the command, such as the direct
// message to a winner, when it was too late to refuse the whole command.
//
// # Signatures
//
// Every client that can write to Redis can send commands to the bot and publish results in its place. To prevent
// that, the bot and all dashboards can share a secret of at least 32 bytes, the setting CONTRACT_KEY. Each entry of
// the two streams then has one more field:
//
//	signature  HMAC-SHA-256 (RFC 2104) of the entry under the secret, 64 lower-case hexadecimal digits
//
// The signed text consists of the name of the stream and the values of the entry's other fields, in the order of the
// lists above. Each is written as its length in bytes, a colon, the value and a comma. With the secret
//
//	mJ3vQ9sT6uYb2nZrC5hLpE7aGdKiO4lMwX8fJ0m1V3k
//
// the command and the second result of the examples above have the signed texts
//
//	12:bot:commands,25:cm3k9q2yx0003mn08w4r5t6y7,12:TICKET_CLOSE
//	  ,18:100000000000000001,18:200000000000000001,25:cm3k9q2yx0002mn08w4r5t6y7,20:{"reason":"Solved."}
//	  ,13:1795442488053,13:1795442548053,
//	11:bot:results,25:cm3k9q2yx0003mn08w4r5t6y7,4:done,0:,0:,13:1795442488731,
//
// without the line breaks, and the signatures
//
//	93c1c5a202398f56d715ac43e5b434a2ec0fdfbeb8b32a44ef9ac0f15c87d9c2
//	97a879ca3c55d6fe1fd5199f4b56af4ae9bdc6dd4f1274f594efe084bcc0ea87
//
// A bot need not sign. A dashboard that has the secret signs its commands; it acknowledges and ignores results
// without a valid signature. A bot that has the secret acknowledges commands without a valid signature, but neither
// carries them out nor publishes a result for them: if a forged command has the id of a real one, its result would
// become the result of the real one. A signed entry can be replayed without effect: a command is carried out once and
// never after expiresAt, which is signed, and the first final result counts.
//
// In messages on bot_commands (see below) the signature is the first member. The signed texts are the name of the
// channel and the message without that member, i.e. without everything from the first quotation mark to the first
// comma. The message of the example below is
//
//	{"signature":"923356bc0e8facd6312bd113e7835c27876070a00ffb6a7fad45bcbeec9e0894",
//	  "type":"TICKET_CLOSE",…}
//
// Events, the heartbeat and messages about settings are not signed. Forged ones can only make pages and bots read the
// database again, and make pages offer verbs that no bot carries out.
//
// To replace the secret without losing a result: start the bot and all dashboards with the new secret as
// CONTRACT_KEY_PREVIOUS, so that they accept it; then with the new one as CONTRACT_KEY and the old one as
// CONTRACT_KEY_PREVIOUS; then without CONTRACT_KEY_PREVIOUS.
//
// # Heartbeat
//
// The bot refreshes its heartbeat every 10 seconds:
//
//	SET bot:alive '{"version":"1.4.2","capabilities":["GIVEAWAY_CREATE","GIVEAWAY_END","TICKET_CLOSE"],"guilds":3}' EX 30
//
// Pages offer only the verbs in capabilities. When the key has expired, they show since when the bot has been
// offline. guilds is the number of guilds that the bot has joined. Several processes of one bot write the same key.
// The value has at most 64 KiB, version at most 100 characters, and capabilities at most 200 entries of 64
// characters: longer values are truncated or ignored.
//
// # Staff
//
// Managers can grant a role access to a module of their guild (the table staff_grants). Only the bot can find out
// which members have such a role, so it records them, as [store.Store.SyncRoles] does, for every guild at least every 20
// seconds, and immediately when Discord reports that a member's roles have changed:
//
//	guild_roles       all roles of the guild: id, name, color, position
//	members.role_ids  the roles of each member who has a role in staff_grants; empty for all other members
//	guilds.roles_at   time of the synchronisation: set last, in the same transaction
//
// If the roles have changed, the bot also publishes MEMBER_UPDATE. Roles grant no access at all if they were last
// synchronised more than five minutes ago, and grant no actions after more than one minute. If the bot does not
// record roles, managers are the only staff.
//
// # Members
//
// When a member leaves the guild, the bot sets members.left_at in their row, and clears it when they join again. It
// publishes MEMBER_LEAVE or MEMBER_JOIN and also GIVEAWAY_UPDATE without a giveawayId, because pages mark winners and
// entrants who have left. If the bot never sets left_at, pages show no member as having left.
//
// # Channel and role names
//
// Pages show channels and roles by name, and offer them for selection by name, if the bot has recorded them: roles in
// guild_roles (see Staff), and channels in guild_channels, for every guild every minute, and when Discord reports
// that a channel was created, renamed, moved or deleted. [store.Store.SyncChannels] does this:
//
//	id         id of the channel
//	name       without "#"
//	kind       text, announcement, voice, stage, forum or category
//	parent_id  id of the category that contains the channel; empty for none
//	position   channels are sorted by position, in ascending order
//
// The bot removes the rows of deleted channels. It publishes GUILD_UPDATE after a change. Without recorded names,
// pages show ids, and users enter ids.
//
// # Claims
//
// A winner claims their prize with a button below the announcement or the direct message, and the bot records this in
// giveaway_winners: claimed and claimed_at. If the giveaway has a winner_claim_timeout, in hours, a draw also writes
// the deadline of each winner, claim_until; without it pages show no deadline. After the deadline the bot refuses the
// claim and, on its own schedule and once per winner, writes lapsed_at. If auto_reroll is set and reroll_count is
// below max_rerolls, it also draws a replacement, in a draw round like that of any other reroll, and marks the old
// row as rerolled. It records this reroll in the table commands as a GIVEAWAY_REROLL without a userId. It publishes
// GIVEAWAY_UPDATE with claimedBy for a claim, and GIVEAWAY_REROLL for a draw.
//
// # Settings
//
// Settings are stored in the database, where the bot reads them: guild_settings has a JSON object for each module,
// with the names of [store.GiveawaySettingsSchema] and [store.TicketSettingsSchema]; further tables are ticket_panels,
// ticket_categories, ticket_products and ticket_replies. A missing row means default settings. After each change the
// dashboard publishes two messages, with the module GIVEAWAY or TICKETS and the action create, update or delete:
//
//	PUBLISH bot:config:tickets '{"guildId":"100000000000000001","module":"TICKETS","action":"update",
//	  "timestamp":1795442488053}'
//	PUBLISH bot:config:update '{"guildId":"100000000000000001","module":"TICKETS","action":"update",
//	  "timestamp":1795442488053}'
//
// If the settings do not allow a command, the bot refuses it as "settings". Only dashboards use answerWithin, the
// response target in minutes or null.
//
// # Recovery
//
// A command that was read and not acknowledged stays pending for the consumer that read it until another consumer
// claims it. So each process, when it starts and then every few seconds, claims the commands that have been pending
// for longer than any command takes:
//
//	XAUTOCLAIM bot:commands bot worker-1 15000 0-0 COUNT 10
//
// and handles them like new ones. Such a command may have been carried out in part, or completely with only the
// result missing: check what exists, complete it, and publish the result. This is why the bot stores results with
// their ids, ideally in the same transaction as the change, for at least one hour.
//
// While Redis is unavailable, the bot must keep results until Redis accepts them. If Redis has lost its data, reading
// fails with NOGROUP: create the consumer group again. A dashboard that does not know whether Redis has accepted a
// command sends it again with the same id.
//
// # Bots without streams
//
// Each command is also published on a channel, for bots that use pub/sub but cannot read streams. They publish no
// results: pages report that the bot did not respond, and show the state that the database has.
//
//	PUBLISH bot_commands '{"type":"TICKET_CLOSE","guildId":"100000000000000001","userId":"200000000000000001",
//	  "data":{"reason":"Solved."},"timestamp":1795442488053,"id":"cm3k9q2yx0003mn08w4r5t6y7",
//	  "target":"cm3k9q2yx0002mn08w4r5t6y7","expiresAt":1795442548053}'
//
// A bot that reads the stream must not subscribe to this channel as well.
package contract
