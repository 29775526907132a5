package contract

import (
	"regexp"
	"strings"
)

// InvalidFormMessage and ForeignIDsMessage start the messages with which Guildboard's own bot refuses a command with
// RefusalInvalidForm. A colon and the names of fields in the command's data follow: "Not in order: endsAt, prize."
const (
	InvalidFormMessage = "Not in order"
	ForeignIDsMessage  = "Not of this server, or not any more"
)

// formMessagePattern matches a message that ends with a list of field names or ids.
var formMessagePattern = regexp.MustCompile(`^([^:]+): ([A-Za-z0-9]+(?:, [A-Za-z0-9]+)*)\.$`)

// ParseFormMessage splits the message of a refusal with RefusalInvalidForm into the problem and its fields. If the
// message does not end with a list of fields, problem is the whole message and fields is nil.
func ParseFormMessage(message string) (problem string, fields []string) {
	parts := formMessagePattern.FindStringSubmatch(message)
	if parts == nil {
		return message, nil
	}
	return parts[1], strings.Split(parts[2], ", ")
}
