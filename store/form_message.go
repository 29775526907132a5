package store

import (
	"regexp"
	"strings"
)

// Beginnings of the messages with which our bot refuses a command with CodeForm. A colon and the names of fields in the
// command's data follow: "Not in order: endsAt, prize."
const (
	FormInvalid = "Not in order"
	FormForeign = "Not of this server, or not any more"
)

// formMessage matches a message that ends with a list of field names or ids.
var formMessage = regexp.MustCompile(`^([^:]+): ([A-Za-z0-9]+(?:, [A-Za-z0-9]+)*)\.$`)

// FormFields splits the message of a refusal with CodeForm into the problem and the fields that have it. If the message
// does not end with a list, what is the whole message and fields is nil.
func FormFields(message string) (what string, fields []string) {
	parts := formMessage.FindStringSubmatch(message)
	if parts == nil {
		return message, nil
	}
	return parts[1], strings.Split(parts[2], ", ")
}
