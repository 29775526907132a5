package forms

import (
	"net/url"
	"regexp"
)

// Problems of form fields, as message keys.
const (
	ProblemMissing        = "form.missing"
	ProblemTooLong        = "form.tooLong"    // longer than its maximum
	ProblemOutOfRange     = "form.outOfRange" // not between its bounds
	ProblemTooMany        = "form.tooMany"    // more items than its maximum
	ProblemChannel        = "form.channel"    // not a channel's id
	ProblemRole           = "form.role"       // not a role's id
	ProblemDuplicate      = "form.repeated"   // the same item twice, or a role that is both required and excluded
	ProblemURL            = "form.url"        // not an http or https address
	ProblemColor          = "form.color"      // not #rrggbb
	ProblemStyle          = "form.style"
	ProblemChoice         = "form.choice"         // not one of the options
	ProblemID             = "form.id"             // not a Discord id
	ProblemInPast         = "form.inPast"         // the time has passed
	ProblemEndBeforeStart = "form.endBeforeStart" // the end is before the start
	ProblemDuration       = "form.maxDuration"    // longer than MaxDuration
	ProblemDurationFormat = "form.duration"       // not a duration such as "1h 30m"
	ProblemTier           = "form.tier"           // a tier without a prize, a place or a count
	ProblemTierSum        = "form.tierSum"        // the tiers' counts do not add up to WinnerCount
	ProblemClaimTimeout   = "form.claimTimeout"   // automatic rerolls without a deadline for claims
	ProblemBonus          = "form.bonus"          // a bonus of other than 1 to MaxBonusEntries
)

// formProblems maps each invalid field to its first problem.
type Problems map[string]string

// Require reports a problem of the field unless ok. A field keeps its first problem.
func (p Problems) Require(ok bool, field, problem string) {
	if _, isReported := p[field]; !ok && !isReported {
		p[field] = problem
	}
}

// RequireBetween reports ProblemOutOfRange for a number that is not between low and high.
func (p Problems) RequireBetween(field string, n, low, high int) {
	p.Require(low <= n && n <= high, field, ProblemOutOfRange)
}

// MaxURLLength is the maximum length of an address, in characters.
const MaxURLLength = 2048

var colorPattern = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// IsColor reports whether s is a color as #rrggbb.
func IsColor(s string) bool { return colorPattern.MatchString(s) }

// isWebAddress reports whether s is an absolute http or https address.
func IsWebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != ""
}
