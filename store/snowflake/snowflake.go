// Package snowflake validates Discord ids.
package snowflake

// IsValid reports whether s has the form of a Discord id: a 64-bit number in decimal digits, so at most 20 of them.
// https://docs.discord.com/developers/reference#snowflakes
func IsValid(s string) bool {
	if len(s) < 1 || len(s) > 20 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
