package bot

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/views/text"
	"guildboard/views/ui"
)

const (
	notifyLockTTL         = 10 * time.Second // how long an engine that notifies users keeps other engines from it
	maxNotifyAge          = time.Hour        // age of an event after which it causes no direct message
	notifiedSaveInterval  = time.Minute      // interval of saving that there was nothing to notify of
	maxNotificationLines  = 10               // notifications in one direct message
	maxNotificationLength = 150              // characters of one notification
)

// notifyUsers sends users the notifications that they want as direct messages. Only one engine does so at a time.
func (e *Engine) notifyUsers(ctx context.Context) {
	// Without Redis every engine notifies: the nonces of the messages keep them from being posted twice.
	acquired, err := e.client.SetNX(ctx, "bot:notify", e.Version, notifyLockTTL).Result()
	if err == nil && !acquired {
		return
	}
	e.notifyRetry.Log(ctx, e.log, "notify users by direct message", e.notifyAllUsers(ctx, time.Now()))
}

// notifyAllUsers notifies each recipient of events between their last notification and now. It returns the first error;
// a failure for one user does not keep the others from their notifications.
func (e *Engine) notifyAllUsers(ctx context.Context, now time.Time) error {
	recipients, err := e.store.NotificationRecipients(ctx)
	if err != nil {
		return err
	}
	for _, r := range recipients {
		if userErr := e.notifyUser(ctx, r, now); userErr != nil {
			err = cmp.Or(err, fmt.Errorf("user %s: %w", r.UserID, userErr))
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return err
}

// notifyUser sends the user one direct message with all new notifications. The first message confirms the setting. During
// the user's quiet hours nothing is sent, and what happened then is not sent later.
func (e *Engine) notifyUser(ctx context.Context, r store.NotificationRecipient, now time.Time) error {
	page := ui.Page{}
	page.Locale = text.ChooseLocale(r.Preferences["lang"], r.Locale, text.English)
	if r.NotifiedUntil == nil {
		content := ui.DirectMessageConfirmation(page) + "\n<" + r.DashboardURL + "/preferences#direct-messages>"
		return e.sendNotification(ctx, r, Message{Nonce: deriveNonce("notify", r.UserID, "confirm"), Content: content}, now)
	}
	until := now.Add(-store.MaxNotificationDelay)
	var items []ui.NotificationItem
	if !isQuiet(r, now) {
		q := store.NotificationQuery{Since: *r.NotifiedUntil, Until: until, UserID: r.UserID}
		if earliest := now.Add(-maxNotifyAge); q.Since.Before(earliest) {
			q.Since = earliest
		}
		var err error
		if items, err = e.notificationItems(ctx, page, r, q); err != nil {
			return err
		}
	}
	if len(items) == 0 {
		if until.Sub(*r.NotifiedUntil) < notifiedSaveInterval {
			return nil
		}
		return e.store.SetNotifiedUntil(ctx, r.UserID, until)
	}
	m := notificationMessage(page, r.DashboardURL, items)
	m.Nonce = deriveNonce("notify", r.UserID, r.NotifiedUntil.UnixMilli(), m.Content)
	return e.sendNotification(ctx, r, m, until)
}

// sendNotification sends the direct message, and records until when the user is notified, or that Discord refuses direct
// messages to the user.
func (e *Engine) sendNotification(ctx context.Context, r store.NotificationRecipient, m Message, until time.Time) error {
	channel, err := e.discord.CreateDM(ctx, r.UserID)
	if err == nil {
		_, err = e.discord.PostMessage(ctx, channel, m)
	}
	if refusal, isRefusal := asRefusal(err); isRefusal {
		e.log.InfoContext(ctx, "direct message with notifications refused", "user", r.UserID, "err", err)
		return e.store.SetNotificationRefusal(ctx, r.UserID, refusal.Message)
	}
	if err != nil {
		return err
	}
	return e.store.SetNotifiedUntil(ctx, r.UserID, until)
}

// notificationItems reads the notifications of those guilds that the user can see. Rights are only read for guilds in
// which something has happened.
func (e *Engine) notificationItems(ctx context.Context, page ui.Page, r store.NotificationRecipient,
	q store.NotificationQuery) ([]ui.NotificationItem, error) {
	kinds := strings.Split(r.Preferences["notifications"], ".")
	memberships, err := e.store.Memberships(ctx, r.UserID, r.GuildIDs)
	if err != nil {
		return nil, err
	}
	all := q
	for guild := range memberships {
		all.AddGuild(guild, access.Membership{IsManager: true}.Rights(time.Time{}), kinds)
	}
	found, err := e.store.Notifications(ctx, all)
	if err != nil {
		return nil, err
	}
	var guilds []ui.GuildLink
	for _, guild := range found.GuildIDs() {
		rights, err := e.rightsIn(ctx, guild, r.UserID, memberships[guild])
		if err != nil {
			return nil, err
		}
		row, err := e.store.Guild(ctx, guild)
		if err != nil {
			return nil, err
		}
		q.AddGuild(guild, rights, kinds)
		guilds = append(guilds, ui.GuildLink{ID: guild, Name: row.Name})
	}
	// Again, because events of other guilds count towards the maximum number of notifications of a kind.
	if found, err = e.store.Notifications(ctx, q); err != nil {
		return nil, err
	}
	return ui.NotificationItems(page, found, guilds), nil
}

// rightsIn returns the user's rights in the guild, by the user's present roles in Discord.
func (e *Engine) rightsIn(ctx context.Context, guild, user string, membership access.Membership) (access.Rights, error) {
	now := time.Now()
	member, err := e.discord.Member(ctx, guild, user)
	if _, isRefusal := asRefusal(err); isRefusal { // the user or the bot has left the guild
		return access.Rights{}, nil
	}
	if err != nil {
		return access.Rights{}, err
	}
	membership.IsManager, membership.Roles, membership.RolesSyncedAt = member.IsManager, member.Roles, &now
	return membership.Rights(now), nil
}

// isQuiet reports whether it is within the user's quiet hours, in the user's time zone.
func isQuiet(r store.NotificationRecipient, now time.Time) bool {
	zone := cmp.Or(store.Zone(r.Preferences["zone"]), store.Zone(r.TimeZone), time.UTC)
	settings := ui.NotificationSettings{QuietFrom: r.Preferences["quiet-from"], QuietUntil: r.Preferences["quiet-until"]}
	return settings.IsQuiet(now.In(zone))
}

// notificationMessage lists the notifications, each with its server and a link.
func notificationMessage(page ui.Page, dashboardURL string, items []ui.NotificationItem) Message {
	var b strings.Builder
	for i, item := range items {
		if i == maxNotificationLines {
			fmt.Fprintf(&b, "%s\n<%s/>\n", ui.MoreNotificationsText(page, len(items)-i), dashboardURL)
			break
		}
		fmt.Fprintf(&b, "**%s** · %s\n<%s%s>\n", escapeMarkdown(truncate(item.Text, maxNotificationLength)),
			escapeMarkdown(item.Server), dashboardURL, item.URL)
	}
	return Message{Content: truncate(strings.TrimSuffix(b.String(), "\n"), maxContent)}
}

// markdownCharacters are the characters that Discord may read as formatting, a mention or an emoji.
const markdownCharacters = "\\*_~`|>#-:[]()<@"

// escapeMarkdown returns a text that Discord shows as it is.
func escapeMarkdown(s string) string {
	var b strings.Builder
	for _, r := range s {
		if slices.Contains([]rune(markdownCharacters), r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
