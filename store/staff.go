package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/store/internal/sqldb"
)

// Role is a role of a guild, as synchronized by the bot.
type Role struct {
	ID       string // snowflake
	Name     string
	Color    string // #rrggbb, or "" for none
	Position int    // higher positions are listed first
}

// StaffMember is a member with a role that has access to a module.
type StaffMember struct {
	contract.User
	Roles Strings
}

// Staff holds a guild's roles, their access, and the members with such roles.
type Staff struct {
	Roles         []Role         // all roles, highest first
	Grants        []access.Grant // by role and module
	Members       []StaffMember  // by name
	RolesSyncedAt *time.Time     // when the bot last synchronized the roles of members; nil: never
}

// Memberships returns the user's memberships in those of the guilds where the bot is, by guild. The caller sets
// Manages, which comes from Discord.
func (s *Store) Memberships(ctx context.Context, user string, guilds []string) (map[string]access.Membership, error) {
	found := make(map[string]access.Membership, len(guilds))
	if len(guilds) == 0 {
		return found, nil
	}
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	err := s.batch(ctx, membershipsQuery(user, guilds, found), grantsQuery(guilds, func(guild string, g access.Grant) {
		if membership, ok := found[guild]; ok {
			membership.Grants = append(membership.Grants, g)
			found[guild] = membership
		}
	}))
	return found, s.wrapError("read memberships", err)
}

func membershipsQuery(user string, guilds []string, found map[string]access.Membership) sqldb.Query {
	var where sqldb.Where
	member := where.Arg(user)
	where.And("g.left_at IS NULL")
	sqldb.AndIn(&where, "g.id", guilds)
	return sqldb.Query{
		SQL: `SELECT g.id, g.roles_at, m.role_ids FROM guilds g
			LEFT JOIN members m ON m.guild_id = g.id AND m.discord_id = ` + member + " WHERE " + where.String(),
		Args:       where.Args,
		Unprepared: len(guilds) > 1, // one SQL text for each length of the list: not worth caching
		Row: func(r sqldb.Row) error {
			var (
				guild      string
				membership access.Membership
			)
			err := r.Scan(&guild, &membership.RolesSyncedAt, (*Strings)(&membership.Roles))
			found[guild] = membership
			return err
		},
	}
}

func grantsQuery(guilds []string, addGrant func(guild string, g access.Grant)) sqldb.Query {
	var where sqldb.Where
	sqldb.AndIn(&where, "guild_id", guilds)
	return sqldb.Query{
		SQL: "SELECT guild_id, role_id, module, level FROM staff_grants WHERE " + where.String() +
			" ORDER BY guild_id, role_id, module",
		Args:       where.Args,
		Unprepared: len(guilds) > 1,
		Row: func(r sqldb.Row) error {
			var (
				guild, level string
				g            access.Grant
			)
			err := r.Scan(&guild, &g.RoleID, (*string)(&g.Module), &level)
			g.Level, _ = access.ParseLevel(level)
			addGrant(guild, g)
			return err
		},
	}
}

// Staff returns the roles, grants and staff members of the guild.
func (s *Store) Staff(ctx context.Context, guild string) (Staff, error) {
	return s.readStaff(ctx, guild, staffMembersQuery)
}

func (s *Store) readStaff(
	ctx context.Context, guild string, membersQuery func(guild string, members *[]StaffMember) sqldb.Query,
) (Staff, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var staff Staff
	err := s.batch(ctx, rolesQuery(guild, &staff.Roles), membersQuery(guild, &staff.Members),
		grantsQuery([]string{guild}, func(_ string, g access.Grant) { staff.Grants = append(staff.Grants, g) }),
		sqldb.Query{
			SQL: "SELECT roles_at FROM guilds WHERE id = $1", Args: []any{guild},
			Row: func(r sqldb.Row) error { return r.Scan(&staff.RolesSyncedAt) },
		})
	return staff, s.wrapError("read staff", err)
}

func rolesQuery(guild string, roles *[]Role) sqldb.Query {
	return sqldb.Query{
		SQL: "SELECT id, " + substrSQL("name", maxNameRunes) + ", " + substrSQL("color", maxNameRunes) + ", position FROM guild_roles" +
			" WHERE guild_id = $1 ORDER BY position DESC, id" + page{1, maxGuildRoles}.limitSQL(),
		Args: []any{guild},
		Row: appendTo(roles, func(r sqldb.Row) (role Role, err error) {
			err = r.Scan(&role.ID, &role.Name, &role.Color, &role.Position)
			return role, err
		}),
	}
}

// staffMembersQuery reads the members whose roles are stored: those that had a role with access at the bot's last
// synchronization.
func staffMembersQuery(guild string, staff *[]StaffMember) sqldb.Query {
	return staffMembersWhereQuery(guild, staff, "")
}

func staffMembersWhereQuery(guild string, staff *[]StaffMember, where string) sqldb.Query {
	return sqldb.Query{
		SQL: `SELECT discord_id, ` + substrSQL("coalesce(username, '')", maxNameRunes) + `, avatar,
			` + boundedJSONOr("role_ids", maxIDListBytes, "'{}'") + ` FROM members
			WHERE guild_id = $1 AND role_ids <> '{}'` + where + ` ORDER BY ` + orderByName("coalesce(username, '')") +
			`, discord_id LIMIT 500`,
		Args: []any{guild},
		Row: appendTo(staff, func(r sqldb.Row) (member StaffMember, err error) {
			err = r.Scan(&member.ID, &member.Username, &member.Avatar, &member.Roles)
			return member, err
		}),
	}
}

// SaveGrants replaces all grants of the guild and writes an audit entry. It returns ErrConflict when the current
// grants differ from before.
func (s *Store) SaveGrants(ctx context.Context, guild string, actor contract.User, before, grants []access.Grant) error {
	return s.withTx(ctx, "save grants", func(ctx context.Context, t tx) error {
		// The update locks the guild's row, so that concurrent saves run one after the other.
		if changed, err := t.Exec(ctx, "UPDATE guilds SET name = name WHERE id = $1", guild); err != nil || changed == 0 {
			return orNotFound(err)
		}
		current, err := t.currentGrants(ctx, guild)
		if err != nil {
			return err
		}
		if !slices.Equal(sortedGrants(current), sortedGrants(before)) {
			return ErrConflict
		}
		if _, err := t.Exec(ctx, "DELETE FROM staff_grants WHERE guild_id = $1", guild); err != nil {
			return err
		}
		for _, g := range grants {
			if g.Level == access.LevelNone {
				continue
			}
			_, err := t.Exec(ctx, "INSERT INTO staff_grants (guild_id, role_id, module, level) VALUES ($1, $2, $3, $4)",
				guild, g.RoleID, string(g.Module), g.Level.String())
			if err != nil {
				return err
			}
		}
		old, saved := grantLevels(before), grantLevels(grants)
		for grant, level := range old {
			if saved[grant] == level { // unchanged
				delete(old, grant)
				delete(saved, grant)
			}
		}
		if len(old)+len(saved) == 0 {
			return nil
		}
		return t.recordAudit(ctx, guild, actor, contract.VerbStaffChange, guild, "", old, saved)
	})
}

func orNotFound(err error) error {
	if err == nil {
		return ErrNotFound
	}
	return err
}

func (t tx) currentGrants(ctx context.Context, guild string) (found []access.Grant, err error) {
	err = t.Query(ctx, grantsQuery([]string{guild}, func(_ string, g access.Grant) { found = append(found, g) }))
	return found, err
}

// sortedGrants returns a sorted copy without grants of no access.
func sortedGrants(grants []access.Grant) []access.Grant {
	sorted := slices.DeleteFunc(slices.Clone(grants), func(g access.Grant) bool { return g.Level == access.LevelNone })
	slices.SortFunc(sorted, func(a, b access.Grant) int {
		return cmp.Or(cmp.Compare(a.RoleID, b.RoleID), cmp.Compare(a.Module, b.Module))
	})
	return sorted
}

// grantLevels returns the grants as the audit log stores them: the level's name by role and module.
func grantLevels(grants []access.Grant) map[string]string {
	names := map[string]string{}
	for _, g := range sortedGrants(grants) {
		names[g.RoleID+" "+string(g.Module)] = g.Level.String()
	}
	return names
}
