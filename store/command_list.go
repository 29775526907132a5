package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// CommandQuery selects commands of one guild. The zero value is the newest 25 of all.
type CommandQuery struct {
	Verb    Verb          // "" for all
	Status  CommandStatus // "" for all
	Actor   string        // Discord id of who asked; "" for all
	Target  string        // row id; "" for all
	From    time.Time     // issued at or after; zero for no bound
	To      time.Time     // issued before; zero for no bound
	Page    int           // from 1; 0 means 1
	PerPage int           // 1 to 100; 0 means 25
	Seek    Seek          // position of the page, if known
}

// commandColumns, commandNames and scanCommand go together. c is the command, g or t what it is about.
var (
	commandColumns = commandColumnsWithin(dataBytes)
	commandNames   = ` LEFT JOIN giveaways g ON g.id = c.target AND g.guild_id = c.guild_id
		LEFT JOIN tickets t ON t.id = c.target AND t.guild_id = c.guild_id`
	commandUnderWay = "status IN ('asked', 'sent', 'accepted')"
)

// commandColumnsWithin selects the data of a command only if it is at most so many bytes long.
func commandColumnsWithin(bytes int) string {
	return `c.id, c.guild_id, c.user_id, ` + cut("c.user_name", nameRunes) + `, ` + nameOf("c.guild_id", "c.user_id") + `,
		c.type, c.target, ` + cut("g.prize", lineRunes) + `, t.number, ` + wholeOr("c.data", bytes, "'{}'") + `, c.status, ` +
		cut("c.code", MaxAnswerCode) + `, ` + cut("c.message", MaxAnswerMessage) + `, c.issued_at, c.expires_at, c.answered_at`
}

func scanCommand(r row) (c Command, err error) {
	var (
		prize  *string
		number *int
		data   []byte
		status string
		asked  string
	)
	err = r.Scan(&c.ID, &c.GuildID, &c.Actor.ID, &asked, &c.Actor.Username, &c.Actor.Avatar,
		(*string)(&c.Verb), &c.Target, &prize, &number, &data, &status, &c.Code, &c.Message,
		&c.IssuedAt, &c.ExpiresAt, &c.AnsweredAt)
	c.Actor.Username = cmp.Or(asked, c.Actor.Username) // as they were called then
	c.Data = slices.Clone(data)
	c.Status = CommandStatus(status)
	if status == commandSent {
		c.Status = CommandAsked
	}
	switch {
	case prize != nil:
		c.TargetName = *prize
	case number != nil:
		c.TargetName = "#" + strconv.Itoa(*number)
	case slices.Contains(Changes, c.Verb), c.Verb == VerbPanelPost:
		var was change
		_ = json.Unmarshal(data, &was)
		c.TargetName = was.Name
	case c.Verb == VerbGiveawayCreate: // not there yet, or gone again
		var form struct{ Prize string }
		_ = json.Unmarshal(data, &form)
		c.TargetName = form.Prize
	}
	return c, err
}

// Command is one command of the guild.
func (s *Store) Command(ctx context.Context, guild, id string) (Command, error) {
	var where clause
	where.and("c.guild_id = ?", guild)
	where.and("c.id = ?", id)
	found, err := s.commands(ctx, "reading command", where, "")
	if err == nil && len(found) == 0 {
		err = s.fault("reading command", ErrNotFound)
	}
	if err != nil {
		return Command{}, err
	}
	return found[0], nil
}

func (s *Store) commands(ctx context.Context, doing string, where clause, order string) ([]Command, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	var found []Command
	err := s.batch(ctx, readWhole(where, order, &found))
	return found, s.fault(doing, err)
}

// readOrdered reads all the commands that there are, as they are ordered.
func readOrdered(where clause, order string, found *[]Command) read {
	return readOrderedWithin(commandColumns, where, order, found)
}

// readWhole is readOrdered for few commands, with data of up to exportBytes.
func readWhole(where clause, order string, found *[]Command) read {
	return readOrderedWithin(commandColumnsWithin(exportBytes), where, order, found)
}

func readOrderedWithin(columns string, where clause, order string, found *[]Command) read {
	return read{
		sql:  "SELECT " + columns + " FROM commands c" + commandNames + " WHERE " + where.String() + order,
		args: where.args,
		of:   "commands",
		row:  appendTo(found, scanCommand),
	}
}

// Commands is one page of what was asked for in the guild, newest first.
func (s *Store) Commands(ctx context.Context, guild string, q CommandQuery) (List[Command], error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	list, err := s.listCommands(ctx, guild, q)
	return list, s.fault("listing commands", err)
}

func (s *Store) listCommands(ctx context.Context, guild string, q CommandQuery) (List[Command], error) {
	var (
		list  List[Command]
		total int
	)
	where, err := selectCommands(guild, q)
	if err != nil {
		return list, err
	}
	p := pageOf(q.Page, q.PerPage)
	if !q.Seek.IsZero() {
		list, err := s.commandsFrom(ctx, guild, q, p)
		if err != nil || list.Sought {
			return list, err
		}
		if q.Seek.Back {
			p.number = 1
		}
	}
	p = p.near()
	err = s.batch(ctx, readCommands(commandColumns, where, p.stretch(), &list.Items), countCommands(where, p, &total))
	if err != nil {
		return list, err
	}
	list.fill(p, total, true)
	if list.Page != p.number {
		list.Items = nil
		err = s.batch(ctx, readCommands(commandColumns, where, p.last(total).stretch(), &list.Items))
	}
	list.between(commandCursor)
	return list, err
}

// commandsFrom returns the page at the query's cursor. Its Sought is false if there is no such page.
func (s *Store) commandsFrom(ctx context.Context, guild string, q CommandQuery, p page) (list List[Command], err error) {
	var total int
	first := page{number: 1, size: p.size}
	where, err := selectCommands(guild, q)
	if err != nil {
		return list, err
	}
	beyond, err := selectCommandsFrom(guild, q)
	if err != nil {
		return list, err
	}
	err = s.batch(ctx, readCommands(commandColumns, beyond, q.Seek.stretch(p), &list.Items), countCommands(where, first, &total))
	if err == nil {
		list.sought(q.Seek, p, total, total == first.enough(), commandCursor)
	}
	return list, err
}

// selectCommandsFrom selects the commands beyond the query's cursor.
func selectCommandsFrom(guild string, q CommandQuery) (clause, error) {
	by := order{"issued_at", "DESC"}
	q.Seek.implied(by, &q.From, &q.To)
	where, err := selectCommands(guild, q)
	q.Seek.bound(&where, by, "id")
	return where, err
}

func commandCursor(c Command) Cursor { return Cursor{c.IssuedAt, c.ID} }

func selectCommands(guild string, q CommandQuery) (clause, error) {
	var where clause
	where.and("guild_id = ?", guild)
	if q.Verb != "" {
		where.and("type = ?", q.Verb)
	}
	switch {
	case q.Status == "":
	case !slices.Contains(CommandStatuses, q.Status):
		return where, fmt.Errorf("no status of commands is called %q", q.Status)
	case q.Status == CommandAsked:
		where.and("status IN ('asked', 'sent')")
	default:
		where.and("status = ?", q.Status)
	}
	if q.Actor != "" {
		where.and("user_id = ?", q.Actor)
	}
	if q.Target != "" {
		where.and("target = ?", q.Target)
	}
	if !q.From.IsZero() {
		where.and("issued_at >= ?", q.From)
	}
	if !q.To.IsZero() {
		where.and("issued_at < ?", q.To)
	}
	return where, nil
}

func readCommands(columns string, where clause, part stretch, items *[]Command) read {
	by := " " + part.direction("DESC")
	ids := "SELECT id, issued_at AS at FROM commands WHERE " + where.String() + " ORDER BY issued_at" + by + ", id" + by + part.limit()
	return read{
		sql: "SELECT " + columns + " FROM (" + ids + ") p CROSS JOIN commands c" + commandNames +
			" WHERE c.id = p.id ORDER BY p.at DESC, p.id DESC",
		args: where.args,
		of:   "commands",
		row:  appendTo(items, scanCommand),
	}
}

func countCommands(where clause, p page, total *int) read {
	return read{
		sql:  "SELECT count(*) FROM (SELECT 1 FROM commands WHERE " + where.String() + p.countable() + ") c",
		args: where.args,
		row:  func(r row) error { return r.Scan(total) },
	}
}

// CommandsNamed are the commands of the guild with these ids, in the order of the ids; those that are not there are left
// out.
func (s *Store) CommandsNamed(ctx context.Context, guild string, ids []string) ([]Command, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var where clause
	where.and("c.guild_id = ?", guild)
	in(&where, "c.id", ids)
	found, err := s.commands(ctx, "reading commands", where, "")
	slices.SortFunc(found, func(a, b Command) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	return found, err
}

// CommandsOf is the newest command of each target, if it is under way or was issued since then.
func (s *Store) CommandsOf(ctx context.Context, guild string, targets []string, since time.Time) (map[string]Command, error) {
	if len(targets) == 0 {
		return map[string]Command{}, nil
	}
	ctx, cancel := s.limit(ctx)
	defer cancel()
	var found []Command
	err := s.batch(ctx, readOrdered(commandsOf(guild, targets, since), oldestFirst, &found))
	return newestOf(found), s.fault("reading commands of rows", err)
}

// CreatesUnderWay are the giveaways that were asked for and are not there: the command is under way or, when it was
// issued since then, has failed. Newest first.
func (s *Store) CreatesUnderWay(ctx context.Context, guild string, since time.Time) ([]Command, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	var found []Command
	err := s.batch(ctx, readCreates(guild, since, &found))
	return found, s.fault("reading new giveaways", err)
}

const (
	oldestFirst = " ORDER BY c.issued_at, c.id"
	newestFirst = " ORDER BY c.issued_at DESC, c.id DESC"
)

func commandsOf(guild string, targets []string, since time.Time) (where clause) {
	where.and("c.guild_id = ?", guild)
	where.and("(c."+commandUnderWay+" OR c.issued_at >= ?)", since)
	in(&where, "c.target", targets)
	return where
}

// newestOf is the last request of each target. What the dashboard did itself is none.
func newestOf(found []Command) map[string]Command {
	newest := make(map[string]Command, len(found))
	for _, c := range found {
		if !slices.Contains(Changes, c.Verb) {
			newest[c.Target] = c
		}
	}
	return newest
}

func readCreates(guild string, since time.Time, found *[]Command) read {
	var where clause
	where.and(`c.id IN (SELECT id FROM commands WHERE guild_id = ? AND type = ? AND `+commandUnderWay+`
		UNION ALL SELECT id FROM commands WHERE guild_id = ? AND type = ? AND status IN ('refused', 'expired') AND issued_at >= ?)`,
		guild, VerbGiveawayCreate, guild, VerbGiveawayCreate, since)
	where.and("g.id IS NULL")
	return readOrdered(where, newestFirst, found)
}
