package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"guildboard/store"
)

// Entrant is who presses a giveaway's button, with what only the bot's other parts know of them.
type Entrant struct {
	store.Person
	Level, Messages, Invites, Reputation int
}

// What a refusal to enter may be, besides those of commands.
const (
	CodeNotRunning = "notRunning" // it has not started, is paused or over
	CodeEntered    = "entered"    // they have entered already
	CodeNeeds      = "needs"      // they do not meet a requirement; the message says which
	CodeRemoved    = "removed"    // they were taken out of it
)

// Enter lets somebody take part in a giveaway. A *Refusal says why not.
func (e *Engine) Enter(ctx context.Context, guild, giveaway string, who Entrant) error {
	g, err := e.store.Giveaway(ctx, guild, giveaway)
	if err != nil {
		return err
	}
	now := time.Now()
	if g.Status != store.GiveawayActive || !g.EndsAt.After(now) {
		return refuse(CodeNotRunning, "This giveaway takes no entries.")
	}
	member, err := e.discord.Member(ctx, guild, who.ID)
	if err != nil {
		return err
	}
	if missing := missing(g, who, member, now); len(missing) > 0 {
		return refuse(CodeNeeds, "You need %s.", strings.Join(missing, ", "))
	}
	bonus, source := bonusOf(g, member)
	row := store.Member{GuildID: guild, DiscordID: who.ID, Avatar: who.Avatar}
	if who.Username != "" {
		row.Username = &who.Username
	}
	if row, err = e.store.SaveMember(ctx, row); err != nil {
		return err
	}
	if err := e.store.EnterGiveaway(ctx, guild, giveaway, row.ID, 1, bonus, source); errors.Is(err, store.ErrConflict) {
		return e.whyNot(ctx, guild, giveaway, who.ID)
	} else if err != nil {
		return err
	}
	e.counts.add(guild, giveaway)
	e.tellEntry(ctx, guild, giveaway, who.ID)
	return nil
}

// whyNot tells the reasons apart for which the database takes no entry.
func (e *Engine) whyNot(ctx context.Context, guild, giveaway, user string) error {
	g, err := e.store.Giveaway(ctx, guild, giveaway)
	if err != nil {
		return err
	}
	if g.Status != store.GiveawayActive {
		return refuse(CodeNotRunning, "This giveaway takes no entries.")
	}
	entries, err := e.store.EntriesOf(ctx, guild, giveaway, []string{user})
	if err != nil {
		return err
	}
	if len(entries) == 1 && entries[0].RemovedAt != nil {
		return refuse(CodeRemoved, "You were taken out of this giveaway.")
	}
	return refuse(CodeEntered, "You have entered already.")
}

// removal reads whom to take out, or to let in again.
func (j *job) removal() (r store.Removal, err error) {
	if err := json.Unmarshal(j.Data, &r); err != nil {
		return r, refuse(store.CodeUnknown, "Whom it is about cannot be read: %v.", err)
	}
	return r, nil
}

// entrants are whom the command is about, as far as there is anything to do: who takes part, to be taken out; who was
// taken out, to be let in again.
func (j *job) entrants(ctx context.Context) (users []string, r store.Removal, err error) {
	if r, err = j.removal(); err != nil {
		return nil, r, err
	}
	entries, err := j.store.EntriesOf(ctx, j.GuildID, j.Target, r.UserIDs)
	for _, e := range entries {
		if (e.RemovedAt == nil) == (j.Verb == store.VerbGiveawayRemove) {
			users = append(users, e.Member.ID)
		}
	}
	return users, r, err
}

func (j *job) checkEntrants(ctx context.Context) error {
	if err := j.load(ctx); err != nil || j.memo.Checked {
		return err
	}
	if !store.CanRemove(j.g) {
		return refuse(store.CodeState, "It is %s.", strings.ToLower(string(j.g.Status)))
	}
	switch users, _, err := j.entrants(ctx); {
	case err != nil:
		return err
	case len(users) == 0 && j.Verb == store.VerbGiveawayRemove:
		return refuse(store.CodeState, "They take no part in it.")
	case len(users) == 0:
		return refuse(store.CodeState, "They were not taken out of it.")
	}
	return j.checked(ctx)
}

// changeEntrants takes them out, or lets them in. Who has been already, by a worker that died, stays so.
func (j *job) changeEntrants(ctx context.Context) error {
	users, r, err := j.entrants(ctx)
	switch {
	case err != nil:
		return err
	case len(users) == 0:
	case j.Verb == store.VerbGiveawayRemove:
		err = j.store.RemoveEntrants(ctx, j.GuildID, j.Target, r, j.Actor.ID, time.Now())
	default:
		err = j.store.ReadmitEntrants(ctx, j.GuildID, j.Target, users, time.Now())
	}
	if err != nil {
		return err
	}
	return j.load(ctx)
}

func (e *Engine) tellEntry(ctx context.Context, guild, giveaway, user string) {
	data, err := json.Marshal(map[string]string{"giveawayId": giveaway, "userId": user})
	if err != nil {
		e.log.DebugContext(ctx, "bot: entry not told", "error", err)
		return
	}
	e.tell(ctx, store.Event{Type: store.GiveawayEntryEvent, GuildID: guild, UserID: user, Data: data})
}

// missing are the requirements of the giveaway that somebody does not meet, in words. All required roles are needed.
func missing(g store.Giveaway, who Entrant, m Member, now time.Time) []string {
	var needs []string
	for _, role := range g.RequiredRoleIDs {
		if !slices.Contains(m.Roles, role) {
			needs = append(needs, "the role <@&"+role+">")
		}
	}
	for _, role := range g.BlacklistRoleIDs {
		if slices.Contains(m.Roles, role) {
			needs = append(needs, "to be without the role <@&"+role+">")
		}
	}
	for _, r := range []struct {
		has, least int
		what       string
	}{
		{who.Level, g.RequiredLevel, "level %d"}, {who.Messages, g.RequiredMessages, "%d messages"},
		{who.Invites, g.RequiredInvites, "%d invites"}, {who.Reputation, g.RequiredReputation, "%d reputation"},
		{days(accountMade(who.ID), now), g.RequiredAccountAge, "an account that is %d days old"},
		{days(m.JoinedAt, now), g.RequiredServerAge, "to be here for %d days"},
	} {
		if r.has < r.least {
			needs = append(needs, fmt.Sprintf(r.what, r.least))
		}
	}
	return needs
}

// accountMade is when a Discord id was given out: its upper 42 bits are milliseconds since 2015.
// https://docs.discord.com/developers/reference#snowflakes
func accountMade(id string) time.Time {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return time.Time{}
	}
	const epoch = 1420070400000
	return time.UnixMilli(int64(n>>22) + epoch)
}

// days is how many whole days lie between; none when the beginning is not known.
func days(from, to time.Time) int {
	if from.IsZero() {
		return 0
	}
	return int(to.Sub(from) / (24 * time.Hour))
}

// bonusOf is how many more entries somebody has, and through what. Of several roles the best counts; boosting comes on
// top.
func bonusOf(g store.Giveaway, m Member) (bonus int, source *string) {
	var from []string
	best := store.BonusRole{}
	for _, b := range g.BonusEntryRoles {
		if slices.Contains(m.Roles, b.RoleID) && b.Entries > best.Entries {
			best = b
		}
	}
	if best.Entries > 0 {
		bonus += best.Entries
		from = append(from, best.RoleName)
	}
	if m.Boosts && g.BoosterBonusEntries > 0 {
		bonus += g.BoosterBonusEntries
		from = append(from, "Booster")
	}
	if bonus == 0 {
		return 0, nil
	}
	text := strings.Join(from, ", ")
	return bonus, &text
}

// countsEvery is how often the number on a giveaway's button is brought up to date: Discord allows few edits.
const countsEvery = 5 * time.Second

// counts are the giveaways whose button shows an old number, by id, with their guild.
type counts struct {
	mu  sync.Mutex
	old map[string]string
}

func (c *counts) add(guild, giveaway string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.old == nil {
		c.old = map[string]string{}
	}
	c.old[giveaway] = guild
}

func (c *counts) take() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := maps.Clone(c.old)
	clear(c.old)
	return old
}

// showCounts brings the numbers on buttons up to date. Whoever changes the giveaway at the same time edits the message,
// too: so it looks again after its own edit, and corrects it if need be.
func (e *Engine) showCounts(ctx context.Context) {
	for giveaway, guild := range e.counts.take() {
		for range 3 {
			g, err := e.store.Giveaway(ctx, guild, giveaway)
			if err != nil || g.Status == store.GiveawayPending || e.showAs(ctx, g) != nil {
				break // the next entry tries again
			}
			now, err := e.store.Giveaway(ctx, guild, giveaway)
			if err != nil || now.Status == g.Status {
				break
			}
		}
	}
}
