package store

import (
	"context"
	"time"

	"guildboard/store/internal/sqldb"
)

// NotificationRecipient is a user whom the bot notifies by direct message.
type NotificationRecipient struct {
	UserID        string
	GuildIDs      []string   // guilds to notify of; the bot omits those that the user can no longer see
	DashboardURL  string     // scheme and host of the dashboard, for links
	Locale        string     // language tag, for users without this preference
	TimeZone      string     // IANA name, for users without this preference
	NotifiedUntil *time.Time // events until then are notified; nil until the bot has confirmed the setting
	Refusal       *string    // Discord's refusal of a message, after which the bot sends no more

	Preferences map[string]string // of the user, by name; only set by NotificationRecipients
}

const recipientColumns = "user_id, guild_ids, dashboard_url, locale, time_zone, notified_until, refusal"

func scanRecipient(r sqldb.Row) (n NotificationRecipient, err error) {
	err = r.Scan(&n.UserID, (*Strings)(&n.GuildIDs), &n.DashboardURL, &n.Locale, &n.TimeZone, &n.NotifiedUntil, &n.Refusal)
	return n, err
}

// NotificationRecipient returns the user's setting; nil if the bot does not notify the user.
func (s *Store) NotificationRecipient(ctx context.Context, user string) (*NotificationRecipient, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var found []NotificationRecipient
	err := s.batch(ctx, notificationRecipientQuery(user, &found))
	if err != nil || len(found) == 0 {
		return nil, s.wrapError("read notification recipient", err)
	}
	return &found[0], nil
}

func notificationRecipientQuery(user string, found *[]NotificationRecipient) sqldb.Query {
	return sqldb.Query{
		SQL:  "SELECT " + recipientColumns + " FROM notification_recipients WHERE user_id = $1",
		Args: []any{user},
		Row:  appendTo(found, scanRecipient),
	}
}

// SaveNotificationRecipient saves the user's setting; without guilds it deletes it. The bot confirms a new setting, and
// one that is saved again after a refusal.
func (s *Store) SaveNotificationRecipient(ctx context.Context, n NotificationRecipient) error {
	if len(n.GuildIDs) == 0 {
		_, err := s.exec(ctx, "delete notification recipient", "DELETE FROM notification_recipients WHERE user_id = $1", n.UserID)
		return err
	}
	_, err := s.exec(ctx, "save notification recipient", sqldb.Insert("notification_recipients",
		"user_id, guild_ids, dashboard_url, locale, time_zone")+
		` ON CONFLICT (user_id) DO UPDATE SET guild_ids = excluded.guild_ids, dashboard_url = excluded.dashboard_url,
			locale = excluded.locale, time_zone = excluded.time_zone,
			notified_until = CASE WHEN notification_recipients.refusal IS NULL THEN notification_recipients.notified_until END,
			refusal = NULL`,
		n.UserID, Strings(n.GuildIDs), n.DashboardURL, n.Locale, n.TimeZone)
	return err
}

// NotificationRecipients returns all recipients to whom no message was refused, with their preferences.
func (s *Store) NotificationRecipients(ctx context.Context) ([]NotificationRecipient, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var recipients []NotificationRecipient
	preferences := map[string]map[string]string{} // by user and name
	err := s.batch(ctx, sqldb.Query{
		SQL: "SELECT " + recipientColumns + " FROM notification_recipients WHERE refusal IS NULL ORDER BY user_id",
		Row: appendTo(&recipients, scanRecipient),
	}, sqldb.Query{
		SQL: "SELECT p.user_id, p.name, p.value FROM notification_recipients n JOIN preferences p ON p.user_id = n.user_id" +
			" WHERE n.refusal IS NULL",
		Row: func(r sqldb.Row) error {
			var user, name, value string
			err := r.Scan(&user, &name, &value)
			if preferences[user] == nil {
				preferences[user] = map[string]string{}
			}
			preferences[user][name] = value
			return err
		},
	})
	for i := range recipients {
		recipients[i].Preferences = preferences[recipients[i].UserID]
	}
	return recipients, s.wrapError("read notification recipients", err)
}

// SetNotifiedUntil records that the user is notified of all events until then.
func (s *Store) SetNotifiedUntil(ctx context.Context, user string, until time.Time) error {
	_, err := s.exec(ctx, "save notified time", "UPDATE notification_recipients SET notified_until = $2 WHERE user_id = $1", user, until)
	return err
}

// SetNotificationRefusal records Discord's refusal of a message to the user.
func (s *Store) SetNotificationRefusal(ctx context.Context, user, refusal string) error {
	_, err := s.exec(ctx, "save notification refusal", "UPDATE notification_recipients SET refusal = $2 WHERE user_id = $1", user, refusal)
	return err
}
