package handlers

import (
	"net/url"
	"reflect"
	"testing"

	"guildboard/store"
	"guildboard/store/contract"
)

// Verbs without a form could not be requested, and forms of unknown verbs would never be used.
func TestEveryVerbHasForm(t *testing.T) {
	for _, verb := range contract.Verbs {
		if _, ok := verbForms[verb]; !ok {
			t.Errorf("%s has no form in verbForms", verb)
		}
	}
	if got, want := len(verbForms), len(contract.Verbs); got != want {
		t.Errorf("len(verbForms) = %d, want %d", got, want)
	}
}

// The form of a verb decodes to the payload that bots decode for the verb.
func TestVerbFormsDecodePayloadOfVerb(t *testing.T) {
	values := url.Values{
		"user": {"3"}, "winner": {"3"}, "reason": {"Why."}, "days": {"7"}, "zone": {"UTC"}, "whom": {"2"},
	}
	target := commandTarget{winners: []store.Winner{{User: contract.User{ID: "3"}}}}
	for verb, form := range verbForms {
		if form.hasOwnRoute {
			continue
		}
		f := commandForm{verb: verb, target: target, values: values, assignableStaff: []contract.User{{ID: "2"}}}
		payload, problems := f.decode()
		if len(problems) > 0 {
			t.Errorf("%s: problems = %v, want none", verb, problems)
			continue
		}
		if got, want := reflect.TypeOf(payload), reflect.TypeOf(verb.NewPayload()).Elem(); got != want {
			t.Errorf("%s: payload is a %v, want a %v", verb, got, want)
		}
	}
}
