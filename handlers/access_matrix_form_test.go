package handlers_test

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// sentForm is a form as a page offers it, filled in as a browser would send it.
type sentForm struct {
	action string // path, and the query of a form that is sent by GET
	fields url.Values
}

// formsOf are the forms of a page that are sent by the method. Of things to choose each form has one chosen, though the
// page chooses none: ids in it are what the matrix replaces.
func formsOf(page *goquery.Document, method string) (forms []sentForm) {
	page.Find("form").Each(func(_ int, form *goquery.Selection) {
		fields := fieldsOf(page, form)
		if strings.EqualFold(form.AttrOr("method", "get"), method) {
			forms = append(forms, sentForm{form.AttrOr("action", ""), fields})
		}
		controls(page, form, "button[formaction]").Each(func(_ int, button *goquery.Selection) {
			if !strings.EqualFold(button.AttrOr("formmethod", form.AttrOr("method", "get")), method) {
				return
			}
			more := maps.Clone(fields)
			if name := button.AttrOr("name", ""); name != "" {
				more[name] = []string{button.AttrOr("value", "")}
			}
			forms = append(forms, sentForm{button.AttrOr("formaction", ""), more})
		})
	})
	return forms
}

// markerRemover takes the markers out of what a form is sent with: a page may show what its visitor has typed.
var markerRemover = strings.NewReplacer(
	harbourMarker, "words", giveawaysMarker, "words", winnersMarker, "words", ticketsMarker, "words", membersMarker, "words")

// requiredFieldValues are what forms do without only in vain, where the page leaves them to be filled in.
var requiredFieldValues = map[string]string{
	"name": "Words", "text": "Words", "prize": "Words", "reason": "Words", "channelId": "500000000000000001", "add-tickets": "see",
	"priority": "high",
}

// controls are those of a form, inside it or elsewhere on its page.
func controls(page *goquery.Document, form *goquery.Selection, selector string) *goquery.Selection {
	inside := form.Find(selector)
	if id := form.AttrOr("id", ""); id != "" {
		inside = inside.AddSelection(page.Find(selector).Filter("[form='" + id + "']"))
	}
	return inside
}

func fieldsOf(page *goquery.Document, form *goquery.Selection) url.Values {
	fields, checked := url.Values{}, map[string]bool{}
	controls(page, form, "input, select, textarea").Each(func(_ int, control *goquery.Selection) {
		name, value := control.AttrOr("name", ""), control.AttrOr("value", "")
		if goquery.NodeName(control) == "textarea" {
			value = control.Text()
		}
		if value = markerRemover.Replace(value); value == "" {
			value = requiredFieldValues[name]
		}
		switch isSelect := goquery.NodeName(control) == "select"; {
		case name == "":
		case requiredFieldValues[name] != "" && (isSelect || control.Is("[type=radio]")):
			fields.Set(name, requiredFieldValues[name])
		case isSelect && fields.Has(name): // one role of several
			fields.Add(name, "")
		case isSelect:
			fields.Add(name, selectedValue(control, fields))
		case control.Is("[type=radio]"):
			if control.Is("[checked]") {
				fields.Set(name, value)
			}
		case control.Is("[type=checkbox]"):
			more := !checked[name] && isID(value) && !hasValue(fields, value)
			if control.Is("[checked]") || more {
				fields.Add(name, value)
			}
			checked[name] = checked[name] || more
		case value == "" && control.Is("[list]"):
			fields.Add(name, page.Find("#"+control.AttrOr("list", "")+" option").First().AttrOr("value", ""))
		default:
			fields.Add(name, value)
		}
	})
	return fields
}

// hasValue tells whether a form has the value already: no role is both required and barred.
func hasValue(fields url.Values, value string) bool {
	for _, values := range fields {
		if slices.Contains(values, value) {
			return true
		}
	}
	return false
}

// selectedValue is what is chosen of a list: an id if the list has any.
func selectedValue(list *goquery.Selection, fields url.Values) string {
	chosen := list.Find("option[selected]").First().AttrOr("value", "")
	if isID(chosen) {
		return chosen
	}
	ids := list.Find("option").FilterFunction(func(_ int, o *goquery.Selection) bool {
		value := o.AttrOr("value", "")
		return isID(value) && !hasValue(fields, value)
	})
	return ids.First().AttrOr("value", chosen)
}

// lanternIDs finds ids of rows and snowflakes of lantern in a text; of the other guild they differ in what is replaced.
var lanternIDs = regexp.MustCompile(lantern + `-[a-z]|\b[567]00000000000000[0-9]{3}\b`)

// harbourChannelsAndRoles finds channels and roles of harbour. Users may be of any server: the bot checks their membership.
var harbourChannelsAndRoles = regexp.MustCompile(`\b[56]00001000000000[0-9]{3}\b`)

func isID(value string) bool { return lanternIDs.MatchString(value) }

// withHarbourIDs is a text in which each id of lantern is harbour's.
func withHarbourIDs(text string) string {
	return lanternIDs.ReplaceAllStringFunc(text, func(id string) string {
		if strings.HasPrefix(id, lantern) {
			return harbour + strings.TrimPrefix(id, lantern)
		}
		return id[:1] + "00001" + id[6:]
	})
}

// withMissingIDs is a text in which each id of a row of lantern is nobody's.
func withMissingIDs(text string) string {
	return strings.ReplaceAll(text, lantern+"-", lantern+"-none-")
}

// foreignVariants is the fields once for each that has an id of lantern, which is harbour's there.
func foreignVariants(fields url.Values) (all []url.Values) {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.ContainsFunc(fields[name], isID) {
			continue
		}
		other := maps.Clone(fields)
		other[name] = nil
		for _, value := range fields[name] {
			other[name] = append(other[name], withHarbourIDs(value))
		}
		all = append(all, other)
	}
	return all
}
