package doctor

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"guildboard/store"
)

// wellFormed is the rule of what an answer looks like.
func (e *botTalk) wellFormed(answered bool) {
	const rule = "writes answers in order"
	if !answered {
		e.skip(rule, "the bot does not answer")
		return
	}
	wrong := ""
	for _, a := range e.heard {
		if wrong = malformed(a); wrong != "" {
			break
		}
	}
	for _, sent := range e.said {
		if wrong == "" && sent.command != "" {
			wrong = e.contradiction(sent.command)
		}
	}
	e.judge(rule, wrong, "%d answers have id, status, code, message and at", len(e.heard))
}

// contradiction is what is wrong with the order of a command's answers.
func (e *botTalk) contradiction(command string) string {
	times := 0
	for _, sent := range e.said {
		if sent.command == command {
			times++
		}
	}
	finals := e.finals(command)
	if times > 1 || len(finals) == 0 {
		return ""
	}
	for _, f := range finals[1:] {
		if f.Status != finals[0].Status {
			return fmt.Sprintf("first %v, then %v, of the same command", finals[0], f)
		}
	}
	all := e.answers(command)
	if len(finals) == 1 && !all[len(all)-1].final() {
		return fmt.Sprintf("%s after %s", quoted(string(all[len(all)-1].Status)), finals[0].Status)
	}
	return ""
}

var discordCode = regexp.MustCompile(`^discord\.[0-9]+$`)

// refusalCodes are what a bot may say, besides Discord's own.
var refusalCodes = []string{
	store.CodeExpired, store.CodeGone, store.CodeState, store.CodeUnknown, store.CodeForm, store.CodeBusy,
	store.CodeMaxRerolls, store.CodeNoEntries, store.CodeDown, store.CodeSettings, store.CodeStaff,
}

// malformed is what is wrong with an answer; "" when nothing is.
func malformed(a answer) string {
	for _, name := range []string{"id", "status", "code", "message", "at"} {
		if _, there := a.fields[name].(string); !there {
			return fmt.Sprintf("%v: the field %s is missing", a, name)
		}
	}
	at := a.fields["at"].(string)
	ms, err := strconv.ParseInt(at, 10, 64)
	switch {
	case a.Status != store.CommandAccepted && !a.final():
		return fmt.Sprintf("the status %s is none of accepted, done and refused", quoted(string(a.Status)))
	case err != nil || a.at.Sub(time.UnixMilli(ms)).Abs() > clockMost:
		return fmt.Sprintf("at is not the time in milliseconds since the epoch: %s", quoted(at))
	case a.Code != "" && !slices.Contains(refusalCodes, a.Code) && !discordCode.MatchString(a.Code):
		return fmt.Sprintf("the code %s is none of %s, and not discord.<number>", quoted(a.Code), strings.Join(refusalCodes, ", "))
	case a.Status == store.CommandRefused && (a.Code == "" || a.Message == ""):
		return "refused without code or message: " + quoted(a.String())
	}
	return ""
}
