package doctor

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"guildboard/store/contract"
)

// checkAnswerFormat checks the format of answers.
func (e *botCheck) checkAnswerFormat(answered bool) {
	const rule = "writes valid answers"
	if !answered {
		e.skip(rule, "the bot does not answer")
		return
	}
	problem := ""
	for _, a := range e.received {
		if problem = answerProblem(a); problem != "" {
			break
		}
	}
	for _, sent := range e.sent {
		if problem == "" && sent.commandID != "" {
			problem = e.findContradiction(sent.commandID)
		}
	}
	e.judge(rule, problem, "%d answers have id, status, code, message and at", len(e.received))
}

// findContradiction describes a contradiction in the sequence of a command's answers; "" if there is none.
func (e *botCheck) findContradiction(command string) string {
	times := 0
	for _, sent := range e.sent {
		if sent.commandID == command {
			times++
		}
	}
	finals := e.finalAnswers(command)
	if times > 1 || len(finals) == 0 {
		return ""
	}
	for _, f := range finals[1:] {
		if f.Status != finals[0].Status {
			return fmt.Sprintf("got %v, then %v for one command", finals[0], f)
		}
	}
	answers := e.answersTo(command)
	if len(finals) == 1 && !answers[len(answers)-1].isFinal() {
		return fmt.Sprintf("%s after %s", quote(string(answers[len(answers)-1].Status)), finals[0].Status)
	}
	return ""
}

var discordCodePattern = regexp.MustCompile(`^discord\.[0-9]+$`)

// refusalCodes are the codes of the contract; a bot may also use Discord's.
var refusalCodes = []string{
	contract.RefusalExpired, contract.RefusalNotFound, contract.RefusalWrongState, contract.RefusalUnknownCommand,
	contract.RefusalInvalidForm, contract.RefusalBusy,
	contract.RefusalMaxRerolls, contract.RefusalNoEntries, contract.RefusalDiscordDown, contract.RefusalSettings,
	contract.RefusalAssigneeNotStaff,
}

// answerProblem describes what is wrong with an answer; "" if nothing is.
func answerProblem(a receivedAnswer) string {
	for _, name := range []string{"id", "status", "code", "message", "at"} {
		if _, ok := a.fields[name].(string); !ok {
			return fmt.Sprintf("%v: field %s is missing", a, name)
		}
	}
	at := a.fields["at"].(string)
	ms, err := strconv.ParseInt(at, 10, 64)
	switch {
	case a.Status != contract.CommandAccepted && !a.isFinal():
		return fmt.Sprintf("got status %s, want accepted, done or refused", quote(string(a.Status)))
	case err != nil || a.receivedAt.Sub(time.UnixMilli(ms)).Abs() > maxClockSkew:
		return fmt.Sprintf("got at %s, want milliseconds since the epoch", quote(at))
	case a.Code != "" && !slices.Contains(refusalCodes, a.Code) && !discordCodePattern.MatchString(a.Code):
		return fmt.Sprintf("got code %s, want one of %s, or discord.<number>", quote(a.Code), strings.Join(refusalCodes, ", "))
	case a.Status == contract.CommandRefused && (a.Code == "" || a.Message == ""):
		return "refused without code or message: " + quote(a.String())
	}
	return ""
}
