package handlers_test

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// sentForm is a form of a page with the fields that a browser would send.
type sentForm struct {
	action string // path, and for a GET form its query
	fields url.Values
}

// formsOf returns the forms of a page that use the method. One option is selected in every group even if the page
// selects none, so that the form carries ids for the matrix to replace.
func formsOf(page *goquery.Document, method string) (forms []sentForm) {
	page.Find("form").Each(func(_ int, form *goquery.Selection) {
		fields := fieldsOf(page, form)
		if strings.EqualFold(form.AttrOr("method", "get"), method) {
			forms = append(forms, sentForm{form.AttrOr("action", ""), fields})
		}
		controls(page, form, "button[formaction], button[form][name]").Each(func(_ int, button *goquery.Selection) {
			if !strings.EqualFold(button.AttrOr("formmethod", form.AttrOr("method", "get")), method) {
				return
			}
			more := maps.Clone(fields)
			if name := button.AttrOr("name", ""); name != "" {
				more[name] = []string{button.AttrOr("value", "")}
			}
			forms = append(forms, sentForm{button.AttrOr("formaction", form.AttrOr("action", "")), more})
		})
	})
	return forms
}

// markerRemover removes markers from the submitted fields, because a page may repeat the visitor's own input.
var markerRemover = strings.NewReplacer(
	harbourMarker, "words", giveawaysMarker, "words", winnersMarker, "words", ticketsMarker, "words", membersMarker, "words")

// requiredFieldValues holds values for required fields that the page leaves empty.
var requiredFieldValues = map[string]string{
	"name": "Words", "text": "Words", "prize": "Words", "reason": "Words", "channelId": "500000000000000001", "add-tickets": "see",
	"priority": "high",
}

// controls returns the controls of a form: those inside it, and those elsewhere on the page with its id in their form
// attribute.
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
		case isSelect && fields.Has(name): // one of several selects for roles
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

// hasValue reports whether any field already has the value. A role can't be both required and excluded.
func hasValue(fields url.Values, value string) bool {
	for _, values := range fields {
		if slices.Contains(values, value) {
			return true
		}
	}
	return false
}

// selectedValue returns the selected option, or the first unused id if the selected option is not an id.
func selectedValue(list *goquery.Selection, fields url.Values) string {
	selected := list.Find("option[selected]").First().AttrOr("value", "")
	if isID(selected) {
		return selected
	}
	ids := list.Find("option").FilterFunction(func(_ int, o *goquery.Selection) bool {
		value := o.AttrOr("value", "")
		return isID(value) && !hasValue(fields, value)
	})
	return ids.First().AttrOr("value", selected)
}

// lanternIDs matches ids of lantern's rows, and Discord ids. withHarbourIDs replaces both.
var lanternIDs = regexp.MustCompile(lantern + `-[a-z]|\b[567]00000000000000[0-9]{3}\b`)

// harbourChannelsAndRoles matches harbour's channels and roles. User ids are not checked: the bot verifies that a user
// is a member.
var harbourChannelsAndRoles = regexp.MustCompile(`\b[56]00001000000000[0-9]{3}\b`)

func isID(value string) bool { return lanternIDs.MatchString(value) }

// withHarbourIDs replaces each id of lantern in a text with the corresponding id of harbour.
func withHarbourIDs(text string) string {
	return lanternIDs.ReplaceAllStringFunc(text, func(id string) string {
		if strings.HasPrefix(id, lantern) {
			return harbour + strings.TrimPrefix(id, lantern)
		}
		return id[:1] + "00001" + id[6:]
	})
}

// withMissingIDs replaces each row id of lantern in a text with an id that does not exist.
func withMissingIDs(text string) string {
	return strings.ReplaceAll(text, lantern+"-", lantern+"-none-")
}

// foreignVariants returns a copy of the fields for each field with an id of lantern, in which that field has harbour's
// id.
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
