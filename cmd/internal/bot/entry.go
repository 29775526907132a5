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
	store.User
	Level, Messages, Invites, Reputation int
}

// What a refusal to enter may be, besides those of commands.
const (
	RefusalNotActive          = "notRunning" // it has not started, is paused or over
	RefusalAlreadyEntered     = "entered"    // they have entered already
	RefusalRequirementsNotMet = "needs"      // they do not meet a requirement; the message says which
	RefusalDisqualified       = "removed"    // they were taken out of it
)

// EnterGiveaway lets somebody take part in a giveaway. A *Refusal says why not.
func (e *Engine) EnterGiveaway(ctx context.Context, guild, giveaway string, entrant Entrant) error {
	g, err := e.store.Giveaway(ctx, guild, giveaway)
	if err != nil {
		return err
	}
	now := time.Now()
	if g.Status != store.GiveawayActive || !g.EndsAt.After(now) {
		return refusalf(RefusalNotActive, "This giveaway takes no entries.")
	}
	member, err := e.discord.Member(ctx, guild, entrant.ID)
	if err != nil {
		return err
	}
	if unmet := unmetRequirements(g, entrant, member, now); len(unmet) > 0 {
		return refusalf(RefusalRequirementsNotMet, "You need %s.", strings.Join(unmet, ", "))
	}
	bonus, source := entryBonus(g, member)
	row := store.Member{GuildID: guild, DiscordID: entrant.ID, Avatar: entrant.Avatar}
	if entrant.Username != "" {
		row.Username = &entrant.Username
	}
	if row, err = e.store.SaveMember(ctx, row); err != nil {
		return err
	}
	if err := e.store.EnterGiveaway(ctx, guild, giveaway, row.ID, 1, bonus, source); errors.Is(err, store.ErrConflict) {
		return e.entryRefusal(ctx, guild, giveaway, entrant.ID)
	} else if err != nil {
		return err
	}
	e.staleButtons.add(guild, giveaway)
	e.publishEntry(ctx, guild, giveaway, entrant.ID)
	return nil
}

// entryRefusal tells the reasons apart for which the database takes no entry.
func (e *Engine) entryRefusal(ctx context.Context, guild, giveaway, user string) error {
	g, err := e.store.Giveaway(ctx, guild, giveaway)
	if err != nil {
		return err
	}
	if g.Status != store.GiveawayActive {
		return refusalf(RefusalNotActive, "This giveaway takes no entries.")
	}
	entries, err := e.store.EntriesByUser(ctx, guild, giveaway, []string{user})
	if err != nil {
		return err
	}
	if len(entries) == 1 && entries[0].DisqualifiedAt != nil {
		return refusalf(RefusalDisqualified, "You were taken out of this giveaway.")
	}
	return refusalf(RefusalAlreadyEntered, "You have entered already.")
}

// disqualification reads whom to take out, or to let in again.
func (j *job) disqualification() (r store.Disqualification, err error) {
	if err := json.Unmarshal(j.Data, &r); err != nil {
		return r, refusalf(store.RefusalUnknownCommand, "Whom it is about cannot be read: %v.", err)
	}
	return r, nil
}

// affectedEntrants are whom the command is about, as far as there is anything to do: who takes part, to be taken out; who was
// taken out, to be let in again.
func (j *job) affectedEntrants(ctx context.Context) (users []string, r store.Disqualification, err error) {
	if r, err = j.disqualification(); err != nil {
		return nil, r, err
	}
	entries, err := j.store.EntriesByUser(ctx, j.GuildID, j.Target, r.UserIDs)
	for _, e := range entries {
		if (e.DisqualifiedAt == nil) == (j.Verb == store.VerbEntrantDisqualify) {
			users = append(users, e.Member.ID)
		}
	}
	return users, r, err
}

func (j *job) checkEntrantChange(ctx context.Context) error {
	if err := j.loadGiveaway(ctx); err != nil || j.checkpoint.Checked {
		return err
	}
	if !store.CanDisqualify(j.giveaway) {
		return refusalf(store.RefusalWrongState, "It is %s.", strings.ToLower(string(j.giveaway.Status)))
	}
	switch users, _, err := j.affectedEntrants(ctx); {
	case err != nil:
		return err
	case len(users) == 0 && j.Verb == store.VerbEntrantDisqualify:
		return refusalf(store.RefusalWrongState, "They take no part in it.")
	case len(users) == 0:
		return refusalf(store.RefusalWrongState, "They were not taken out of it.")
	}
	return j.markChecked(ctx)
}

// changeEntrants takes them out, or lets them in. Who has been already, by a worker that died, stays so.
func (j *job) changeEntrants(ctx context.Context) error {
	users, r, err := j.affectedEntrants(ctx)
	switch {
	case err != nil:
		return err
	case len(users) == 0:
	case j.Verb == store.VerbEntrantDisqualify:
		err = j.store.DisqualifyEntrants(ctx, j.GuildID, j.Target, r, j.Actor.ID, time.Now())
	default:
		err = j.store.ReinstateEntrants(ctx, j.GuildID, j.Target, users, time.Now())
	}
	if err != nil {
		return err
	}
	return j.loadGiveaway(ctx)
}

func (e *Engine) publishEntry(ctx context.Context, guild, giveaway, user string) {
	data, err := json.Marshal(map[string]string{"giveawayId": giveaway, "userId": user})
	if err != nil {
		e.log.DebugContext(ctx, "bot: entry not told", "error", err)
		return
	}
	e.publishEvent(ctx, store.Event{Type: store.GiveawayEntryEvent, GuildID: guild, UserID: user, Data: data})
}

// unmetRequirements are the requirements of the giveaway that somebody does not meet, in words. All required roles are needed.
func unmetRequirements(g store.Giveaway, entrant Entrant, m Member, now time.Time) []string {
	var unmet []string
	for _, role := range g.RequiredRoleIDs {
		if !slices.Contains(m.Roles, role) {
			unmet = append(unmet, "the role <@&"+role+">")
		}
	}
	for _, role := range g.BlacklistRoleIDs {
		if slices.Contains(m.Roles, role) {
			unmet = append(unmet, "to be without the role <@&"+role+">")
		}
	}
	for _, r := range []struct {
		value, minimum int
		format         string
	}{
		{entrant.Level, g.RequiredLevel, "level %d"}, {entrant.Messages, g.RequiredMessages, "%d messages"},
		{entrant.Invites, g.RequiredInvites, "%d invites"}, {entrant.Reputation, g.RequiredReputation, "%d reputation"},
		{daysBetween(snowflakeTime(entrant.ID), now), g.RequiredAccountAge, "an account that is %d days old"},
		{daysBetween(m.JoinedAt, now), g.RequiredServerAge, "to be here for %d days"},
	} {
		if r.value < r.minimum {
			unmet = append(unmet, fmt.Sprintf(r.format, r.minimum))
		}
	}
	return unmet
}

// snowflakeTime is when a Discord id was given out: its upper 42 bits are milliseconds since 2015.
// https://docs.discord.com/developers/reference#snowflakes
func snowflakeTime(id string) time.Time {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return time.Time{}
	}
	const epoch = 1420070400000
	return time.UnixMilli(int64(n>>22) + epoch)
}

// daysBetween is how many whole days lie between; none when the beginning is not known.
func daysBetween(from, to time.Time) int {
	if from.IsZero() {
		return 0
	}
	return int(to.Sub(from) / (24 * time.Hour))
}

// entryBonus is how many more entries somebody has, and through what. Of several roles the best counts; boosting comes on
// top.
func entryBonus(g store.Giveaway, m Member) (bonus int, source *string) {
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
	if m.IsBooster && g.BoosterBonusEntries > 0 {
		bonus += g.BoosterBonusEntries
		from = append(from, "Booster")
	}
	if bonus == 0 {
		return 0, nil
	}
	text := strings.Join(from, ", ")
	return bonus, &text
}

// buttonUpdateInterval is how often the number on a giveaway's button is brought up to date: Discord allows few edits.
const buttonUpdateInterval = 5 * time.Second

// staleButtonSet are the giveaways whose button shows an old number, by id, with their guild.
type staleButtonSet struct {
	mu     sync.Mutex
	guilds map[string]string
}

func (c *staleButtonSet) add(guild, giveaway string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.guilds == nil {
		c.guilds = map[string]string{}
	}
	c.guilds[giveaway] = guild
}

func (c *staleButtonSet) drain() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := maps.Clone(c.guilds)
	clear(c.guilds)
	return old
}

// updateEntryCounts brings the numbers on buttons up to date. Whoever changes the giveaway at the same time edits the message,
// too: so it looks again after its own edit, and corrects it if need be.
func (e *Engine) updateEntryCounts(ctx context.Context) {
	for giveaway, guild := range e.staleButtons.drain() {
		for range 3 {
			g, err := e.store.Giveaway(ctx, guild, giveaway)
			if err != nil || g.Status == store.GiveawayPending || e.editGiveawayMessage(ctx, g) != nil {
				break // the next entry tries again
			}
			now, err := e.store.Giveaway(ctx, guild, giveaway)
			if err != nil || now.Status == g.Status {
				break
			}
		}
	}
}
