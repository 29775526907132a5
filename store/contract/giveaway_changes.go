package contract

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// GiveawayChanges contains the changed members of a GiveawayForm by JSON name. The dashboard sends it as the data of
// VerbGiveawayEdit, so that an edit does not revert what another user has changed in the meantime.
type GiveawayChanges map[string]json.RawMessage

func (GiveawayChanges) isCommandPayload() {}

// ChangesSince returns the members in which f differs from old. It fails only for a changed time after the year 9999.
func (f GiveawayForm) ChangesSince(old GiveawayForm) (GiveawayChanges, error) {
	changes := GiveawayChanges{}
	after, before := reflect.ValueOf(f), reflect.ValueOf(old)
	for i := range after.NumField() {
		if reflect.DeepEqual(after.Field(i).Interface(), before.Field(i).Interface()) {
			continue
		}
		name := jsonName(after.Type().Field(i))
		value, err := json.Marshal(after.Field(i).Interface())
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", name, err)
		}
		changes[name] = value
	}
	return changes, nil
}

// With returns f with the changed members. As in any command, null leaves texts and numbers unchanged, and unknown members
// are ignored.
func (f GiveawayForm) With(changes GiveawayChanges) (GiveawayForm, error) {
	form := reflect.ValueOf(&f).Elem()
	for i := range form.NumField() {
		name, field := jsonName(form.Type().Field(i)), form.Field(i)
		value, isChanged := changes[name]
		if !isChanged {
			continue
		}
		decoded := reflect.New(field.Type())
		if field.Kind() != reflect.Slice && field.Kind() != reflect.Pointer { // decoding would write to what f shares
			decoded.Elem().Set(field)
		}
		if err := json.Unmarshal(value, decoded.Interface()); err != nil {
			return f, fmt.Errorf("decode %s: %w", name, err)
		}
		field.Set(decoded.Elem())
	}
	return f, nil
}

// ProblemsSince is like Problems for an edit of old: it ignores the problems that old has, too, in members that are
// unchanged. So a giveaway that is about to end, or that another bot has created, can be edited.
func (f GiveawayForm) ProblemsSince(old GiveawayForm) map[string]string {
	problems, oldProblems := f.Problems(), old.Problems()
	after, before := reflect.ValueOf(f), reflect.ValueOf(old)
	for i := range after.NumField() {
		name := jsonName(after.Type().Field(i))
		isUnchanged := reflect.DeepEqual(after.Field(i).Interface(), before.Field(i).Interface())
		if isUnchanged && problems[name] == oldProblems[name] {
			delete(problems, name)
		}
	}
	return problems
}

func jsonName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return name
}
