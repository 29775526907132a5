package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"guildboard/store/contract"
	"guildboard/store/internal/sqldb"
)

// CommandQuery selects commands of one guild. The zero value selects the newest 25 of all commands.
type CommandQuery struct {
	Verb    contract.Verb          // "" for all
	Status  contract.CommandStatus // "" for all
	Actor   string                 // Discord id of the user who requested it; "" for all
	Target  string                 // row id; "" for all
	From    time.Time              // issued at or after; zero for no bound
	To      time.Time              // issued before; zero for no bound
	Page    int                    // from 1; 0 means 1
	PerPage int                    // 1 to 100; 0 means 25
	Keyset  Keyset                 // position of the page, if known
}

// commandColumns are the columns that scanCommand reads, from commands c with commandJoins. g or t is the command's
// target.
var (
	commandColumns = commandColumnsUpTo(maxListDataBytes)
	commandJoins   = ` LEFT JOIN giveaways g ON g.id = c.target AND g.guild_id = c.guild_id
		LEFT JOIN tickets t ON t.id = c.target AND t.guild_id = c.guild_id`
	inProgressSQL = "status IN ('requested', 'sent', 'accepted')"
)

// commandColumnsUpTo returns the columns with the command's data replaced by {} if it is longer than the given bytes.
func commandColumnsUpTo(bytes int) string {
	return `c.id, c.guild_id, c.user_id, ` + substrSQL("c.user_name", maxNameRunes) + `, ` +
		memberColumns("c.guild_id", "c.user_id") + `, c.type, c.target, ` + substrSQL("g.prize", maxShortTextRunes) + `,
		t.number, ` + substrSQL("t.subject", maxShortTextRunes) + `, ` + boundedJSONOr("c.data", bytes, "'{}'") + `, c.status, ` +
		substrSQL("c.code", contract.MaxResultCode) + `, ` + substrSQL("c.message", contract.MaxResultMessage) + `,
		c.issued_at, c.expires_at, c.answered_at`
}

func scanCommand(r sqldb.Row) (c contract.Command, err error) {
	var (
		prize      *string
		number     *int
		subject    *string
		data       []byte
		status     string
		storedName string
	)
	err = r.Scan(&c.ID, &c.GuildID, &c.Actor.ID, &storedName, &c.Actor.Username, &c.Actor.Avatar,
		(*string)(&c.Verb), &c.Target, &prize, &number, &subject, &data, &status, &c.Code, &c.Message,
		&c.IssuedAt, &c.ExpiresAt, &c.AnsweredAt)
	c.Actor.Username = cmp.Or(storedName, c.Actor.Username) // the name at the time of the command
	c.Data = slices.Clone(data)
	c.Status = contract.CommandStatus(status)
	if status == commandSent {
		c.Status = contract.CommandRequested
	}
	switch {
	case prize != nil:
		c.TargetName = *prize
	case number != nil:
		c.TargetName = "#" + strconv.Itoa(*number)
		if subject != nil {
			c.TicketSubject = *subject
		}
	case slices.Contains(contract.DashboardVerbs, c.Verb), c.Verb == contract.VerbPanelPost:
		var audited auditChange
		_ = json.Unmarshal(data, &audited)
		c.TargetName = audited.Name
	case c.Verb == contract.VerbGiveawayCreate: // the giveaway does not exist yet, or was deleted
		var form contract.GiveawayForm
		_ = c.DecodePayload(&form) // an unreadable form has no prize
		c.TargetName = form.Prize
	}
	return c, err
}

// Command returns a command of the guild, or ErrNotFound.
func (s *Store) Command(ctx context.Context, guild, id string) (contract.Command, error) {
	var where sqldb.Where
	where.And("c.guild_id = ?", guild)
	where.And("c.id = ?", id)
	found, err := s.queryCommands(ctx, "read command", where, "")
	if err == nil && len(found) == 0 {
		err = s.wrapError("read command", ErrNotFound)
	}
	if err != nil {
		return contract.Command{}, err
	}
	return found[0], nil
}

func (s *Store) queryCommands(ctx context.Context, op string, where sqldb.Where, order string) ([]contract.Command, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var found []contract.Command
	err := s.batch(ctx, fullCommandsQuery(where, order, &found))
	return found, s.wrapError(op, err)
}

// commandsWhereQuery reads all selected commands in the given order.
func commandsWhereQuery(where sqldb.Where, order string, found *[]contract.Command) sqldb.Query {
	return commandColumnsQuery(commandColumns, where, order, found)
}

// fullCommandsQuery is commandsWhereQuery for few commands, with data of up to maxExportDataBytes.
func fullCommandsQuery(where sqldb.Where, order string, found *[]contract.Command) sqldb.Query {
	return commandColumnsQuery(commandColumnsUpTo(maxExportDataBytes), where, order, found)
}

func commandColumnsQuery(columns string, where sqldb.Where, order string, found *[]contract.Command) sqldb.Query {
	return sqldb.Query{
		SQL:   "SELECT " + columns + " FROM commands c" + commandJoins + " WHERE " + where.String() + order,
		Args:  where.Args,
		Table: "commands",
		Row:   appendTo(found, scanCommand),
	}
}

// Commands returns a page of the guild's commands and of the dashboard's own changes, newest first.
func (s *Store) Commands(ctx context.Context, guild string, q CommandQuery) (List[contract.Command], error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	list, err := s.listCommands(ctx, guild, q)
	return list, s.wrapError("list commands", err)
}

func (s *Store) listCommands(ctx context.Context, guild string, q CommandQuery) (List[contract.Command], error) {
	var (
		list  List[contract.Command]
		total int
	)
	where, err := selectCommands(guild, q)
	if err != nil {
		return list, err
	}
	p := newPage(q.Page, q.PerPage)
	if !q.Keyset.IsZero() {
		list, err := s.listCommandsByCursor(ctx, guild, q, p)
		if err != nil || list.ByCursor {
			return list, err
		}
		if q.Keyset.Backward {
			p.number = 1
		}
	}
	p = p.limitSkip()
	err = s.batch(ctx, commandPageQuery(commandColumns, where, p.rowRange(), &list.Items), commandCountQuery(where, p, &total))
	if err != nil {
		return list, err
	}
	list.setPage(p, total, true)
	if list.Page != p.number {
		list.Items = nil
		err = s.batch(ctx, commandPageQuery(commandColumns, where, p.clamp(total).rowRange(), &list.Items))
	}
	list.setCursors(commandCursor)
	return list, err
}

// listCommandsByCursor returns the page at the query's cursor. ByCursor of the list is false if there is no such
// page.
func (s *Store) listCommandsByCursor(
	ctx context.Context, guild string, q CommandQuery, p page,
) (list List[contract.Command], err error) {
	var total int
	first := page{number: 1, size: p.size}
	where, err := selectCommands(guild, q)
	if err != nil {
		return list, err
	}
	beyond, err := selectCommandsAfterCursor(guild, q)
	if err != nil {
		return list, err
	}
	err = s.batch(ctx, commandPageQuery(commandColumns, beyond, q.Keyset.rowRange(p), &list.Items),
		commandCountQuery(where, first, &total))
	if err == nil {
		list.fillByCursor(q.Keyset, p, total, total == first.countLimit(), commandCursor)
	}
	return list, err
}

// selectCommandsAfterCursor selects the commands after the query's cursor.
func selectCommandsAfterCursor(guild string, q CommandQuery) (sqldb.Where, error) {
	by := sortOrder{"issued_at", "DESC"}
	q.Keyset.dropImpliedBound(by, &q.From, &q.To)
	where, err := selectCommands(guild, q)
	q.Keyset.addCondition(&where, by, "id")
	return where, err
}

func commandCursor(c contract.Command) Cursor { return Cursor{c.IssuedAt, c.ID} }

func selectCommands(guild string, q CommandQuery) (sqldb.Where, error) {
	var where sqldb.Where
	where.And("guild_id = ?", guild)
	if q.Verb != "" {
		where.And("type = ?", q.Verb)
	}
	switch {
	case q.Status == "":
	case !slices.Contains(contract.CommandStatuses, q.Status):
		return where, fmt.Errorf("unknown command status %q", q.Status)
	case q.Status == contract.CommandRequested:
		where.And("status IN ('requested', 'sent')")
	default:
		where.And("status = ?", q.Status)
	}
	if q.Actor != "" {
		where.And("user_id = ?", q.Actor)
	}
	if q.Target != "" {
		where.And("target = ?", q.Target)
	}
	if !q.From.IsZero() {
		where.And("issued_at >= ?", q.From)
	}
	if !q.To.IsZero() {
		where.And("issued_at < ?", q.To)
	}
	return where, nil
}

func commandPageQuery(columns string, where sqldb.Where, part rowRange, items *[]contract.Command) sqldb.Query {
	by := " " + part.readDirection("DESC")
	ids := "SELECT id, issued_at AS at FROM commands WHERE " + where.String() +
		" ORDER BY issued_at" + by + ", id" + by + part.limit()
	return sqldb.Query{
		SQL: "SELECT " + columns + " FROM (" + ids + ") p CROSS JOIN commands c" + commandJoins +
			" WHERE c.id = p.id ORDER BY p.at DESC, p.id DESC",
		Args:  where.Args,
		Table: "commands",
		Row:   appendTo(items, scanCommand),
	}
}

func commandCountQuery(where sqldb.Where, p page, total *int) sqldb.Query {
	return sqldb.Query{
		SQL:  "SELECT count(*) FROM (SELECT 1 FROM commands WHERE " + where.String() + p.countLimitSQL() + ") c",
		Args: where.Args,
		Row:  func(r sqldb.Row) error { return r.Scan(total) },
	}
}

// CommandsByID returns the commands of the guild with the given ids, in the order of the ids. Missing commands are
// omitted.
func (s *Store) CommandsByID(ctx context.Context, guild string, ids []string) ([]contract.Command, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var where sqldb.Where
	where.And("c.guild_id = ?", guild)
	sqldb.AndIn(&where, "c.id", ids)
	found, err := s.queryCommands(ctx, "read commands", where, "")
	slices.SortFunc(found, func(a, b contract.Command) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	return found, err
}

// LatestCommands returns the newest command of each target, if it is in progress or was issued at or after since.
func (s *Store) LatestCommands(
	ctx context.Context, guild string, targets []string, since time.Time,
) (map[string]contract.Command, error) {
	if len(targets) == 0 {
		return map[string]contract.Command{}, nil
	}
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var found []contract.Command
	err := s.batch(ctx, commandsWhereQuery(recentCommandsOf(guild, targets, since), oldestFirst, &found))
	return latestByTarget(found), s.wrapError("read latest commands", err)
}

// PendingCreates returns the commands to create giveaways that do not exist: commands in progress, and failed ones
// that were issued at or after since. The newest are first.
func (s *Store) PendingCreates(ctx context.Context, guild string, since time.Time) ([]contract.Command, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var found []contract.Command
	err := s.batch(ctx, pendingCreatesQuery(guild, since, &found))
	return found, s.wrapError("read pending creates", err)
}

const (
	oldestFirst = " ORDER BY c.issued_at, c.id"
	newestFirst = " ORDER BY c.issued_at DESC, c.id DESC"
)

func recentCommandsOf(guild string, targets []string, since time.Time) (where sqldb.Where) {
	where.And("c.guild_id = ?", guild)
	where.And("(c."+inProgressSQL+" OR c.issued_at >= ?)", since)
	sqldb.AndIn(&where, "c.target", targets)
	return where
}

// latestByTarget returns the last command of each target. found is sorted by time. Changes by the dashboard are
// skipped.
func latestByTarget(found []contract.Command) map[string]contract.Command {
	newest := make(map[string]contract.Command, len(found))
	for _, c := range found {
		if !slices.Contains(contract.DashboardVerbs, c.Verb) {
			newest[c.Target] = c
		}
	}
	return newest
}

func pendingCreatesQuery(guild string, since time.Time, found *[]contract.Command) sqldb.Query {
	var where sqldb.Where
	where.And(`c.id IN (SELECT id FROM commands WHERE guild_id = ? AND type = ? AND `+inProgressSQL+`
		UNION ALL SELECT id FROM commands
			WHERE guild_id = ? AND type = ? AND status IN ('refused', 'expired') AND issued_at >= ?)`,
		guild, contract.VerbGiveawayCreate, guild, contract.VerbGiveawayCreate, since)
	where.And("g.id IS NULL")
	return commandsWhereQuery(where, newestFirst, found)
}
