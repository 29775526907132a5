package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"guildboard/store/contract"
	"guildboard/store/internal/sqldb"
)

// RatedTicket is a rating with its ticket.
type RatedTicket struct {
	Rating
	Number int // of the ticket
	Opener contract.User
	Staff  contract.User // who had claimed the ticket; without an id if unclaimed
}

// RatingState is the publication state of a rating.
type RatingState string

const (
	RatingPending  RatingState = "pending"
	RatingApproved RatingState = "approved" // featured or not
	RatingFeatured RatingState = "featured"
)

// RatingStates lists the states.
var RatingStates = []RatingState{RatingPending, RatingApproved, RatingFeatured}

// State returns the publication state of the rating.
func (r Rating) State() RatingState {
	switch {
	case r.Featured:
		return RatingFeatured
	case r.Approved:
		return RatingApproved
	}
	return RatingPending
}

// RatingQuery selects ratings of one guild. The zero value selects the newest 25.
type RatingQuery struct {
	State     RatingState // "" for all
	Stars     int         // 1 to 5; 0 for all
	Staff     string      // Discord id; "" for all
	HasReview bool        // only ratings with a review text
	From, To  time.Time   // rated at or after From and before To; zero for no bound
	IDs       []string    // empty for all
	Page      int         // from 1; 0 means 1
	PerPage   int         // 1 to 100; 0 means 25
}

// RatingStats are totals over all ratings of a guild.
type RatingStats struct {
	Stars  [6]int // number of ratings by stars; index 0 is unused
	States map[RatingState]int
	Staff  []StaffRating
	Trend  []RatingWeek // the last twelve weeks, oldest first, including weeks without ratings
}

// StaffRating is the total of the ratings of one staff member's tickets.
type StaffRating struct {
	Staff          contract.User // without an id for unclaimed tickets
	Count, StarSum int
}

// RatingWeek is the total of the ratings of the seven days from From.
type RatingWeek struct {
	Start          time.Time
	Count, StarSum int
}

// Total returns the number of ratings.
func (s RatingStats) Total() (n int) {
	for _, count := range s.Stars {
		n += count
	}
	return n
}

// Average returns the average number of stars; 0 without ratings.
func (s RatingStats) Average() float64 {
	sum := 0
	for stars, n := range s.Stars {
		sum += stars * n
	}
	return average(sum, s.Total())
}

// Average returns the average number of stars.
func (s StaffRating) Average() float64 { return average(s.StarSum, s.Count) }

// Average returns the average number of stars; 0 without ratings.
func (w RatingWeek) Average() float64 { return average(w.StarSum, w.Count) }

func average(sum, n int) float64 {
	if n == 0 {
		return 0
	}
	return float64(sum) / float64(n)
}

const trendWeeks = 12

// Ratings returns one page of the guild's ratings, newest first, and the totals over all of them. The trend ends with
// the week that contains the day before today's end.
func (s *Store) Ratings(ctx context.Context, guild string, q RatingQuery, today time.Time) (List[RatedTicket], RatingStats, error) {
	ctx, cancel := s.withCallTimeout(ctx)
	defer cancel()
	var (
		list  List[RatedTicket]
		stats RatingStats
		total int
	)
	where, err := selectRatings(guild, q)
	if err != nil {
		return list, stats, err
	}
	p := newPage(q.Page, q.PerPage)
	reads := append(ratingStatsQueries(guild, today, &stats), ratingPageQuery(where, p, &list.Items), ratingCountQuery(where, p, &total))
	err = s.batch(ctx, reads...)
	if err == nil {
		list.setPage(p, total, true)
		if list.Page != p.number {
			list.Items = nil
			err = s.batch(ctx, ratingPageQuery(where, p.clamp(total), &list.Items))
		}
	}
	return list, stats, s.wrapError("list ratings", err)
}

func selectRatings(guild string, q RatingQuery) (sqldb.Where, error) {
	var where sqldb.Where
	if len(q.IDs) > 0 {
		andIDsOfGuild(&where, "r.guild_id", guild, "r.id", q.IDs)
	} else {
		where.And("r.guild_id = ?", guild)
	}
	switch q.State {
	case "":
	case RatingPending:
		where.And("NOT r.approved AND NOT r.featured")
	case RatingApproved:
		where.And("r.approved")
	case RatingFeatured:
		where.And("r.featured")
	default:
		return where, fmt.Errorf("unknown rating state %q", q.State)
	}
	if q.Stars != 0 {
		where.And("r.stars = ?", q.Stars)
	}
	if q.Staff != "" {
		where.And("r.staff_id = ?", q.Staff)
	}
	if q.HasReview {
		where.And("r.review <> ''")
	}
	if !q.From.IsZero() {
		where.And("r.created_at >= ?", q.From)
	}
	if !q.To.IsZero() {
		where.And("r.created_at < ?", q.To)
	}
	return where, nil
}

func ratingPageQuery(where sqldb.Where, p page, items *[]RatedTicket) sqldb.Query {
	ids := "SELECT r.id, r.created_at AS at FROM ticket_ratings r WHERE " + where.String() +
		" ORDER BY r.created_at DESC, r.id DESC" + p.limitSQL()
	return sqldb.Query{
		SQL: `SELECT r.id, r.ticket_id, r.stars, ` + substrSQL("r.review", maxLongTextRunes) +
			`, r.staff_id, r.approved, r.featured, r.created_at, t.number,
				o.discord_id, ` + substrSQL("coalesce(o.username, '')", maxNameRunes) + `, o.avatar, ` +
			memberColumns("r.guild_id", "r.staff_id") + `
			FROM (` + ids + `) p CROSS JOIN ticket_ratings r
			JOIN tickets t ON t.id = r.ticket_id JOIN members o ON o.id = t.member_id
			WHERE r.id = p.id ORDER BY p.at DESC, p.id DESC`,
		Args:  where.Args,
		Table: "ticket_ratings",
		Row:   appendTo(items, scanRatedTicket),
	}
}

func scanRatedTicket(r sqldb.Row) (t RatedTicket, err error) {
	err = r.Scan(&t.ID, &t.TicketID, &t.Stars, &t.Review, &t.StaffID, &t.Approved, &t.Featured, &t.CreatedAt, &t.Number,
		&t.Opener.ID, &t.Opener.Username, &t.Opener.Avatar, &t.Staff.Username, &t.Staff.Avatar)
	if t.StaffID != nil {
		t.Staff.ID = *t.StaffID
	}
	return t, err
}

func ratingCountQuery(where sqldb.Where, p page, total *int) sqldb.Query {
	return sqldb.Query{
		SQL:  "SELECT count(*) FROM (SELECT 1 FROM ticket_ratings r WHERE " + where.String() + p.countLimitSQL() + ") c",
		Args: where.Args,
		Row:  func(r sqldb.Row) error { return r.Scan(total) },
	}
}

func ratingStatsQueries(guild string, today time.Time, stats *RatingStats) []sqldb.Query {
	day, zone := wallTimeInUTC(today), today.Location()
	stats.States = make(map[RatingState]int, len(RatingStates))
	for week := range trendWeeks {
		stats.Trend = append(stats.Trend, RatingWeek{Start: StartOfDay(day.AddDate(0, 0, 1+7*(week-trendWeeks)), zone)})
	}
	first := stats.Trend[0].Start
	return []sqldb.Query{{
		SQL: `SELECT stars, count(*), count(*) FILTER (WHERE NOT approved AND NOT featured),
				count(*) FILTER (WHERE approved), count(*) FILTER (WHERE featured)
				FROM ticket_ratings WHERE guild_id = $1 GROUP BY stars`,
		Args: []any{guild},
		Row: func(r sqldb.Row) error {
			var stars, n, pending, approved, featured int
			err := r.Scan(&stars, &n, &pending, &approved, &featured)
			if 1 <= stars && stars <= 5 {
				stats.Stars[stars] = n
				stats.States[RatingPending] += pending
				stats.States[RatingApproved] += approved
				stats.States[RatingFeatured] += featured
			}
			return err
		},
	}, {
		SQL: `SELECT p.staff_id, ` + substrSQL("coalesce(m.username, '')", maxNameRunes) + `, coalesce(m.avatar, ''), p.n, p.stars FROM (
				SELECT coalesce(staff_id, '') AS staff_id, count(*) AS n, sum(stars) AS stars FROM ticket_ratings
				WHERE guild_id = $1 GROUP BY coalesce(staff_id, '') ORDER BY count(*) DESC, coalesce(staff_id, '') LIMIT 50
			) p LEFT JOIN members m ON m.guild_id = $1 AND m.discord_id = p.staff_id ORDER BY p.n DESC, p.staff_id`,
		Args: []any{guild},
		Row: appendTo(&stats.Staff, func(r sqldb.Row) (s StaffRating, err error) {
			err = r.Scan(&s.Staff.ID, &s.Staff.Username, &s.Staff.Avatar, &s.Count, &s.StarSum)
			return s, err
		}),
	}, {
		SQL:  "SELECT created_at, stars FROM ticket_ratings WHERE guild_id = $1 AND created_at >= $2",
		Args: []any{guild, first},
		Row: func(r sqldb.Row) error {
			var (
				at    time.Time
				stars int
			)
			err := r.Scan(&at, &stars)
			for i := len(stats.Trend) - 1; i >= 0 && err == nil; i-- {
				if !at.Before(stats.Trend[i].Start) {
					stats.Trend[i].Count++
					stats.Trend[i].StarSum += stars
					break
				}
			}
			return err
		},
	}}
}

// auditedRating is a rating in the audit log.
type auditedRating struct {
	Stars    int     `json:"stars"`
	Review   *string `json:"review,omitempty"`
	Approved bool    `json:"approved"`
	Featured bool    `json:"featured"`
}

// ChangeRating applies verb to a rating of the guild and writes an audit entry, whose id it returns. It returns
// ErrConflict when the rating's state does not allow the change.
func (s *Store) ChangeRating(ctx context.Context, guild, id string, actor contract.User, verb contract.Verb) (auditID string, err error) {
	err = s.withTx(ctx, "change rating", func(ctx context.Context, t tx) error {
		var (
			r      Rating
			number int
		)
		err := t.QueryRow(ctx, `SELECT r.id, r.ticket_id, r.stars, r.review, r.approved, r.featured, t.number FROM ticket_ratings r
			JOIN tickets t ON t.id = r.ticket_id WHERE r.guild_id = $1 AND r.id = $2`, guild, id).
			Scan(&r.ID, &r.TicketID, &r.Stars, &r.Review, &r.Approved, &r.Featured, &number)
		if err != nil {
			return err
		}
		if !slices.Contains(AvailableRatingVerbs(r), verb) {
			return ErrConflict
		}
		before := auditedRating{r.Stars, r.Review, r.Approved, r.Featured}
		after := before
		var changed int64
		if verb == contract.VerbRatingRemove {
			changed, err = t.Exec(ctx, "DELETE FROM ticket_ratings WHERE guild_id = $1 AND id = $2", guild, id)
		} else {
			after.Approved = verb != contract.VerbRatingUnapprove
			after.Featured = verb == contract.VerbRatingFeature
			changed, err = t.Exec(ctx, `UPDATE ticket_ratings SET approved = $3, featured = $4, updated_at = $5
				WHERE guild_id = $1 AND id = $2`, guild, id, after.Approved, after.Featured, time.Now())
		}
		if err == nil && changed == 0 {
			err = ErrConflict
		}
		if err != nil {
			return err
		}
		auditID = NewID()
		name := "#" + strconv.Itoa(number) + " " + strings.Repeat("★", r.Stars)
		if verb == contract.VerbRatingRemove {
			return t.recordAuditAs(ctx, auditID, guild, actor, verb, r.TicketID, name, before, nil)
		}
		return t.recordAuditAs(ctx, auditID, guild, actor, verb, r.TicketID, name, before, after)
	})
	return auditID, err
}
