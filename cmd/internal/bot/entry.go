package bot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"guildboard/store"
	"guildboard/store/contract"
)

// An Entrant is a user who presses a giveaway's button, with statistics that other parts of the bot maintain.
type Entrant struct {
	contract.User
	Level, Messages, Invites, Reputation int
}

// Codes of refusals to enter, in addition to those of commands.
const (
	RefusalNotActive          = "notRunning" // the giveaway has not started, is paused or has ended
	RefusalAlreadyEntered     = "entered"    // the user has already entered
	RefusalRequirementsNotMet = "needs"      // the user does not meet a requirement; the message lists them
	RefusalDisqualified       = "removed"    // the user was disqualified
)

// EnterGiveaway enters a user into a giveaway. A *Refusal says why the user cannot enter.
func (e *Engine) EnterGiveaway(ctx context.Context, guild, giveaway string, entrant Entrant) error {
	g, err := e.store.Giveaway(ctx, guild, giveaway)
	if err != nil {
		return err
	}
	now := time.Now()
	if g.Status != store.GiveawayActive || !g.EndsAt.After(now) {
		return refusalf(RefusalNotActive, "You can’t enter this giveaway right now.")
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

// entryRefusal returns the reason why the database did not accept an entry.
func (e *Engine) entryRefusal(ctx context.Context, guild, giveaway, user string) error {
	g, err := e.store.Giveaway(ctx, guild, giveaway)
	if err != nil {
		return err
	}
	if g.Status != store.GiveawayActive {
		return refusalf(RefusalNotActive, "You can’t enter this giveaway right now.")
	}
	entries, err := e.store.EntriesByUser(ctx, guild, giveaway, []string{user})
	if err != nil {
		return err
	}
	if len(entries) == 1 && entries[0].DisqualifiedAt != nil {
		return refusalf(RefusalDisqualified, "You have been disqualified from this giveaway.")
	}
	return refusalf(RefusalAlreadyEntered, "You have already entered.")
}

// affectedEntrants returns the requested users whose state the command changes: those with an active entry for a
// disqualification, disqualified ones for a reinstatement.
func (j *job) affectedEntrants(ctx context.Context) (users []string, p contract.EntrantsPayload, err error) {
	if err := j.DecodePayload(&p); err != nil {
		return nil, p, refusalf(contract.RefusalUnknownCommand, "The entrants cannot be decoded.")
	}
	entries, err := j.store.EntriesByUser(ctx, j.GuildID, j.Target, p.UserIDs)
	for _, e := range entries {
		if (e.DisqualifiedAt == nil) == (j.Verb == contract.VerbEntrantDisqualify) {
			users = append(users, e.Member.ID)
		}
	}
	return users, p, err
}

func (j *job) checkEntrantChange(ctx context.Context) error {
	if err := j.loadGiveaway(ctx); err != nil || j.checkpoint.Checked {
		return err
	}
	if !store.CanDisqualify(j.giveaway) {
		return refusalf(contract.RefusalWrongState, "It is %s.", strings.ToLower(string(j.giveaway.Status)))
	}
	switch users, _, err := j.affectedEntrants(ctx); {
	case err != nil:
		return err
	case len(users) == 0 && j.Verb == contract.VerbEntrantDisqualify:
		return refusalf(contract.RefusalWrongState, "They haven’t entered.")
	case len(users) == 0:
		return refusalf(contract.RefusalWrongState, "They aren’t disqualified.")
	}
	return j.markChecked(ctx)
}

// changeEntrants disqualifies or reinstates the affected users. Users already changed before a crash are not affected
// again.
func (j *job) changeEntrants(ctx context.Context) error {
	users, p, err := j.affectedEntrants(ctx)
	switch {
	case err != nil:
		return err
	case len(users) == 0:
	case j.Verb == contract.VerbEntrantDisqualify:
		err = j.store.DisqualifyEntrants(ctx, j.GuildID, j.Target, p, j.Actor.ID, time.Now())
	default:
		err = j.store.ReinstateEntrants(ctx, j.GuildID, j.Target, users, time.Now())
	}
	if err != nil {
		return err
	}
	return j.loadGiveaway(ctx)
}

func (e *Engine) publishEntry(ctx context.Context, guild, giveaway, user string) {
	event := contract.Event{Type: contract.GiveawayEntryEvent, GuildID: guild, UserID: user}
	e.publishEvent(ctx, event.WithData(contract.GiveawayEntryData{GiveawayID: giveaway, UserID: user}))
}

// unmetRequirements returns the giveaway's requirements that the entrant does not meet, as texts. All required roles
// are needed.
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

// snowflakeTime returns the creation time of a Discord id; its upper 42 bits are milliseconds since 2015. It returns
// the zero time for an invalid id.
// https://docs.discord.com/developers/reference#snowflakes
func snowflakeTime(id string) time.Time {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return time.Time{}
	}
	const epoch = 1420070400000
	return time.UnixMilli(int64(n>>22) + epoch)
}

// daysBetween returns the number of whole days between two times; 0 if from is the zero time.
func daysBetween(from, to time.Time) int {
	if from.IsZero() {
		return 0
	}
	return int(to.Sub(from) / (24 * time.Hour))
}

// entryBonus returns the member's additional entries and their source. Only the best bonus role counts; the booster
// bonus is added to it.
func entryBonus(g store.Giveaway, m Member) (bonus int, source *string) {
	var from []string
	best := contract.BonusRole{}
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

// buttonUpdateInterval is the interval of updates to the entry counts on buttons. Discord limits edits of messages.
const buttonUpdateInterval = 5 * time.Second

// staleButtonSet holds the giveaways whose button shows an outdated entry count: their guild by giveaway id.
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

// updateEntryCounts updates the entry counts on buttons. A concurrent change of the giveaway edits the same message, so
// it reads the giveaway again after its own edit, and repeats the edit if the status has changed.
func (e *Engine) updateEntryCounts(ctx context.Context) {
	for giveaway, guild := range e.staleButtons.drain() {
		for range 3 {
			g, err := e.store.Giveaway(ctx, guild, giveaway)
			if err != nil || g.Status == store.GiveawayPending || e.editGiveawayMessage(ctx, g) != nil {
				break // the next entry retries
			}
			now, err := e.store.Giveaway(ctx, guild, giveaway)
			if err != nil || now.Status == g.Status {
				break
			}
		}
	}
}
