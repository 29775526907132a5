package store

import (
	"regexp"
	"strings"
)

// What messages of our bot's refusals with CodeForm begin with. A colon and the fields follow, as the command's data names
// them: "Not in order: endsAt, prize."
const (
	FormInvalid = "Not in order"
	FormForeign = "Not of this server, or not any more"
)

// formMessage is a message that ends with a list: of names, or of ids that stand for themselves.
var formMessage = regexp.MustCompile(`^([^:]+): ([A-Za-z0-9]+(?:, [A-Za-z0-9]+)*)\.$`)

// FormFields splits the message of a refusal with CodeForm into what is wrong and the fields of which it is. There are no
// fields if it does not end with a list of them.
func FormFields(message string) (what string, fields []string) {
	parts := formMessage.FindStringSubmatch(message)
	if parts == nil {
		return message, nil
	}
	return parts[1], strings.Split(parts[2], ", ")
}
