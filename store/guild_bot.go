package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"guildboard/store/access"
	"guildboard/store/internal/sqldb"
)

// SaveGuild inserts or updates the guild. If JoinedAt is zero, a new guild gets the current time, and an existing one
// keeps its own.
func (s *Store) SaveGuild(ctx context.Context, g Guild) error {
	hasJoinedAt := !g.JoinedAt.IsZero()
	if !hasJoinedAt {
		g.JoinedAt = time.Now()
	}
	_, err := s.exec(ctx, "save guild", `INSERT INTO guilds (id, name, icon, joined_at, left_at)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, icon = excluded.icon, left_at = excluded.left_at,
			joined_at = CASE WHEN $6 THEN excluded.joined_at ELSE guilds.joined_at END`,
		g.ID, g.Name, g.Icon, g.JoinedAt, g.LeftAt, hasJoinedAt)
	return err
}

// SaveMember inserts the member or updates their name and avatar, and returns the row; an existing row keeps its ID.
// A nil Username leaves name and avatar unchanged. Ticket searches find the new name.
func (s *Store) SaveMember(ctx context.Context, m Member) (Member, error) {
	if m.ID == "" {
		m.ID = NewID()
	}
	now := time.Now()
	err := s.withTx(ctx, "save member", func(ctx context.Context, t tx) error {
		return t.QueryRow(ctx, `INSERT INTO members (id, guild_id, discord_id, username, avatar, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6, $6)
			ON CONFLICT (guild_id, discord_id) DO UPDATE SET
				username = coalesce(excluded.username, members.username),
				avatar = CASE WHEN excluded.username IS NULL THEN members.avatar ELSE excluded.avatar END,
				updated_at = excluded.updated_at, left_at = NULL
			RETURNING id, username, avatar`,
			m.ID, m.GuildID, m.DiscordID, m.Username, m.Avatar, now).Scan(&m.ID, &m.Username, &m.Avatar)
	})
	return m, err
}

// SetMemberLeft records that a member, given by Discord id, left the guild at the given time or, if it is nil, is in
// the guild. changed is false if that was already recorded, and for users who have never been members.
func (s *Store) SetMemberLeft(ctx context.Context, guild, user string, at *time.Time) (changed bool, err error) {
	n, err := s.exec(ctx, "set member left", `UPDATE members SET left_at = $3, updated_at = $4
		WHERE guild_id = $1 AND discord_id = $2 AND (left_at IS NULL) = $5`, guild, user, at, time.Now(), at != nil)
	return n > 0, err
}

// SyncChannels replaces the recorded channels of the guild, and reports whether they have changed. It returns
// ErrNotFound if the guild does not exist.
func (s *Store) SyncChannels(ctx context.Context, guild string, channels []Channel) (changed bool, err error) {
	err = s.withTx(ctx, "sync channels", func(ctx context.Context, t tx) error {
		existing, err := t.guildChannels(ctx, guild)
		if err != nil {
			return err
		}
		changed = false
		isPresent := make(map[string]bool, len(channels))
		for _, c := range channels {
			c.IsTicket, isPresent[c.ID] = false, true
			if existing[c.ID] == c {
				continue
			}
			changed = true
			_, err := t.Exec(ctx, `INSERT INTO guild_channels (guild_id, id, name, kind, parent_id, position)
				VALUES ($1, $2, $3, $4, $5, $6)
				ON CONFLICT (guild_id, id) DO UPDATE SET name = excluded.name, kind = excluded.kind,
					parent_id = excluded.parent_id, position = excluded.position`,
				guild, c.ID, c.Name, string(c.Kind), c.ParentID, c.Position)
			if err != nil {
				return err
			}
		}
		for id := range existing {
			if isPresent[id] {
				continue
			}
			changed = true
			if _, err := t.Exec(ctx, "DELETE FROM guild_channels WHERE guild_id = $1 AND id = $2", guild, id); err != nil {
				return err
			}
		}
		return nil
	})
	return changed, err
}

// guildChannels returns the recorded channels of the guild by id.
func (t tx) guildChannels(ctx context.Context, guild string) (map[string]Channel, error) {
	err := t.QueryRow(ctx, "SELECT 1 FROM guilds WHERE id = $1", guild).Scan(new(int))
	if sqldb.IsNoRows(err) {
		err = ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	var all []Channel
	if err := t.Query(ctx, guildChannelsQuery(guild, &all)); err != nil {
		return nil, err
	}
	channelsByID := make(map[string]Channel, len(all))
	for _, c := range all {
		c.IsTicket = false
		channelsByID[c.ID] = c
	}
	return channelsByID, nil
}

// GrantedRoles returns the roles of the guild that have access to any module, each once.
func (s *Store) GrantedRoles(ctx context.Context, guild string) ([]string, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var roles []string
	err := s.batch(ctx, grantsQuery([]string{guild}, func(_ string, g access.Grant) {
		if !slices.Contains(roles, g.RoleID) {
			roles = append(roles, g.RoleID)
		}
	}))
	return roles, s.wrapError("read granted roles", err)
}

// SyncRoles saves the bot's role data of the guild as of at: roles are all roles of the guild, rolesByMember the
// roles of each member with a granted role, by Discord id. All other members lose theirs. changed reports whether
// anything but the time has changed.
func (s *Store) SyncRoles(
	ctx context.Context, guild string, roles []Role, rolesByMember map[string]Strings, at time.Time,
) (changed bool, err error) {
	err = s.withTx(ctx, "synchronize roles", func(ctx context.Context, t tx) error {
		changed = false
		if updated, err := t.Exec(ctx, "UPDATE guilds SET roles_at = $2 WHERE id = $1", guild, at); err != nil || updated == 0 {
			return orNotFound(err)
		}
		rolesChanged, err := t.saveRoles(ctx, guild, roles)
		if err != nil {
			return err
		}
		membersChanged, err := t.saveMemberRoles(ctx, guild, rolesByMember, at)
		changed = rolesChanged || membersChanged
		return err
	})
	return changed, err
}

// saveRoles replaces the guild's roles and reports whether they changed.
func (t tx) saveRoles(ctx context.Context, guild string, roles []Role) (changed bool, err error) {
	var known []Role
	if err := t.Query(ctx, rolesQuery(guild, &known)); err != nil {
		return false, err
	}
	sorted := slices.Clone(roles)
	slices.SortFunc(sorted, func(a, b Role) int {
		return cmp.Or(cmp.Compare(b.Position, a.Position), cmp.Compare(a.ID, b.ID))
	})
	if slices.Equal(known, sorted) {
		return false, nil
	}
	if _, err := t.Exec(ctx, "DELETE FROM guild_roles WHERE guild_id = $1", guild); err != nil {
		return false, err
	}
	for _, role := range sorted {
		_, err := t.Exec(ctx, "INSERT INTO guild_roles (guild_id, id, name, color, position) VALUES ($1, $2, $3, $4, $5)",
			guild, role.ID, role.Name, role.Color, role.Position)
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// saveMemberRoles replaces the roles of the guild's members and reports whether any changed.
func (t tx) saveMemberRoles(ctx context.Context, guild string, rolesByMember map[string]Strings, at time.Time) (changed bool, err error) {
	known := map[string]Strings{}
	rs, err := t.QueryContext(ctx, "SELECT discord_id, role_ids FROM members WHERE guild_id = $1 AND role_ids <> '{}'", guild)
	if err != nil {
		return false, err
	}
	defer rs.Close()
	for rs.Next() {
		var (
			user  string
			roles Strings
		)
		if err := rs.Scan(&user, &roles); err != nil {
			return false, err
		}
		known[user] = roles
	}
	if err := rs.Err(); err != nil {
		return false, err
	}
	for user := range known {
		if len(rolesByMember[user]) == 0 {
			if _, err := t.Exec(ctx, "UPDATE members SET role_ids = '{}' WHERE guild_id = $1 AND discord_id = $2",
				guild, user); err != nil {
				return false, err
			}
			changed = true
		}
	}
	for user, roles := range rolesByMember {
		if len(roles) == 0 || slices.Equal(known[user], roles) {
			continue
		}
		_, err := t.Exec(ctx, `INSERT INTO members (id, guild_id, discord_id, role_ids, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, $5)
			ON CONFLICT (guild_id, discord_id) DO UPDATE SET role_ids = excluded.role_ids`, NewID(), guild, user, roles, at)
		if err != nil {
			return false, err
		}
		changed = true
	}
	return changed, nil
}
