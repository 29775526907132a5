package gallery

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"guildboard/store"
	"guildboard/store/access"
	"guildboard/store/contract"
	"guildboard/views/text"
	"guildboard/views/ui"
)

// messages are all translated messages.
var messages = text.All()

// dynamicKeys are the keys built at run time, as prefix → suffixes; an empty list stands for any suffix.
var dynamicKeys = map[string][]string{
	"col.":      {"figures"},
	"giveaway.": lowerNames(store.GiveawayStatuses),
	"ticket.":   append(lowerNames(store.TicketStatuses), "active"),
	"form.end.": {"duration", "date"},
	"winner.":   {"drawn", "notified", "claimed", "expired", "rerolled", "replaced"},
	"theme.":    {"system", "light", "dark"}, "note.": {"info", "success", "problem"},
	"sort.":     {"newest", "oldest", "ending", "entries", "prize", "waiting"},
	"entrants.": {"n", "more"}, "notes.": {"n", "more"},
	"notification.": append(append([]string{"quiet-from", "quiet-until"}, store.NotificationKinds...), ui.NotificationMethods...),
	"bulk.confirm.": bulkVerbs(), "ratings.": {"n", "more"},
	"result.": append(allVerbs(), toStrings(contract.RatingVerbs)...), "result.name.": toStrings(access.Modules),
	"rating.": lowerNames(store.RatingStates), "priority.": lowerNames(store.TicketPriorities),
	"statusChange.": statusChangeKeys(),
	"nav.":          {"giveaways", "tickets", "staff", "audit"},
	"newRows.":      {"giveaways", "tickets"},
	"promise.":      {"live", "live.text", "answer", "answer.text", "access", "access.text"},
	"part.":         {"database", "writing", "redis", "discord"},
	"giveaways.":    {"n", "more"}, "tickets.": {"n", "more"}, "audit.": append(append(allVerbs(), changeVerbs()...), "n", "more"), // summary
	"verb.": append(allVerbs(), toStrings(contract.RatingVerbs)...), "doing.": allVerbs(),
	"status.": lowerNames(contract.CommandStatuses), "syncIssue.": syncIssueKeys(), "permission.": permissionKeys(),
	"level.": {"none", "none.text", "see", "see.text", "act", "act.text", "manage", "manage.text"}, "module.": {"giveaways", "tickets"},
	"tab.": {}, "group.": {}, "set.": {}, "option.": {}, // of form schemas, see TestEverySchemaFieldIsTranslated
	// Chosen by values of the bot, the form or the confirmation.
	"form.": {}, "confirm.": {}, "preset.": {}, "code.": {}, "field.": {}, "style.": {},
	"preferences.columns.": {"giveaways", "tickets"},
}

func changeVerbs() (all []string) {
	for _, v := range contract.DashboardVerbs {
		all = append(all, string(v))
	}
	return all
}

func bulkVerbs() (all []string) {
	for _, v := range contract.Verbs {
		if ui.IsBulkVerb(v) {
			all = append(all, string(v))
		}
	}
	return append(all, toStrings(contract.RatingVerbs)...)
}

func allVerbs() (all []string) {
	for _, v := range contract.Verbs {
		all = append(all, string(v))
	}
	return all
}

func toStrings[S ~string](all []S) (same []string) {
	for _, s := range all {
		same = append(same, string(s))
	}
	return same
}

func statusChangeKeys() (all []string) {
	for _, change := range store.TicketStatusChanges {
		all = append(all, string(change), string(change)+"By")
	}
	return all
}

func syncIssueKeys() (all []string) {
	for _, kind := range store.SyncIssueKinds {
		all = append(all, string(kind))
		if kind.RepairVerb() != "" {
			all = append(all, string(kind)+".repair")
		}
	}
	return append(all, string(store.SyncIssueTicketPermissions)+".server")
}

func permissionKeys() []string {
	return append(toStrings(store.Permissions), string(store.PermissionViewChannel)+".server",
		string(store.PermissionManageRoles)+".server")
}

func lowerNames[S ~string](all []S) (lower []string) {
	for _, s := range all {
		lower = append(lower, strings.ToLower(string(s)))
	}
	return lower
}

// sourceFiles returns the content of all files that may use keys, without tests and generated files.
func sourceFiles(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range []string{"../*/*.templ", "../*/*.go", "../../handlers/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, file := range files {
			if !strings.HasPrefix(filepath.Base(file), "translations") && !strings.HasSuffix(file,
				"_templ.go") && !strings.HasSuffix(file, "_test.go") {
				texts[file] = readSource(t, file)
			}
		}
	}
	return texts
}

// findKeys returns the keys used in a file: in calls of T and N, and in the table of respond.go.
func findKeys(t *testing.T, file, source string) (single, plural []string) {
	t.Helper()
	for _, m := range regexp.MustCompile(`\.([TN])\("([\w.]+)"[,)]`).FindAllStringSubmatch(source, -1) {
		if m[1] == "N" {
			plural = append(plural, m[2])
		} else {
			single = append(single, m[2])
		}
	}
	for _, m := range regexp.MustCompile(`[TN]\("([\w.]+\.)"\s*\+`).FindAllStringSubmatch(source, -1) {
		if dynamicKeys[m[1]] == nil && m[1] != "problem." {
			t.Errorf("%s builds keys that begin with %q: add their suffixes to dynamicKeys", file, m[1])
		}
	}
	for _, m := range regexp.MustCompile(`errorResponse\{[^,}]+, "(\w+)"`).FindAllStringSubmatch(source, -1) {
		if m[1] != "signIn" { // a redirect without text
			single = append(single, "problem."+m[1], "problem."+m[1]+".text")
		}
	}
	return single, plural
}

// usedKeys returns all used keys with a file that uses them; plural are those with a number.
func usedKeys(t *testing.T) (single, plural map[string]string) {
	t.Helper()
	single, plural = map[string]string{}, map[string]string{}
	for file, source := range sourceFiles(t) {
		singleKeys, pluralKeys := findKeys(t, file, source)
		for _, key := range singleKeys {
			single[key] = file
		}
		for _, key := range pluralKeys {
			plural[key] = file
		}
	}
	for prefix, suffixes := range dynamicKeys {
		for _, suffix := range suffixes {
			if suffix == "n" {
				plural[prefix+suffix] = "summary"
			} else {
				single[prefix+suffix] = "this test"
			}
		}
	}
	for _, line := range requirementKeys(t) {
		plural[line] = "requirementLines"
	}
	return single, plural
}

// requirementKeys returns the keys of requirementLines, which have a number.
func requirementKeys(t *testing.T) (keys []string) {
	t.Helper()
	for _, m := range regexp.MustCompile(`"((?:require|bonus)\.\w+)"`).FindAllStringSubmatch(readSource(t, "../giveaway/giveaway.go"), -1) {
		keys = append(keys, m[1])
	}
	return keys
}

func TestEveryUsedKeyIsTranslated(t *testing.T) {
	single, plural := usedKeys(t)
	for key, file := range single {
		if _, ok := messages[key]; !ok {
			t.Errorf("%s uses %q, which has no text", file, key)
		}
	}
	for key, file := range plural {
		for _, key := range []string{key, key + ".one"} {
			if _, ok := messages[key]; !ok {
				t.Errorf("%s uses %q, which has no text", file, key)
			}
		}
	}
}

func TestEveryTranslationIsUsed(t *testing.T) {
	single, plural := usedKeys(t)
	var all strings.Builder
	for _, source := range sourceFiles(t) {
		all.WriteString(source)
	}
	for key := range messages {
		base, isSingular := strings.CutSuffix(key, ".one")
		if key == "pill.one" { // an independent text
			base, isSingular = key, false
		}
		prefix := base[:strings.Index(base, ".")+1]
		hasAnySuffix := dynamicKeys[prefix] != nil && len(dynamicKeys[prefix]) == 0
		if single[base] == "" && plural[base] == "" && !hasAnySuffix && !strings.Contains(all.String(), `"`+base+`"`) {
			t.Errorf("unused key %q", key)
		}
		if isSingular && messages[base] == (text.Translation{}) {
			t.Errorf("%q is the singular of no key", key)
		}
	}
}

func TestEveryKeyIsTranslatedInAllLocales(t *testing.T) {
	placeholder := regexp.MustCompile(`\{\w*\}`)
	for key, word := range messages {
		if word.En == "" {
			t.Errorf("%q has no English text", key)
		}
		if strings.HasSuffix(key, ".one") && key != "pill.one" {
			if word.Vi != "" {
				t.Errorf("%q: Vietnamese has a singular, want none", key)
			}
			base := messages[strings.TrimSuffix(key, ".one")]
			if one, many := sortedMatches(placeholder, word.En), sortedMatches(placeholder, base.En); !slices.Equal(one, many) {
				t.Errorf("placeholders of %q = %v, of its plural = %v, want the same", key, one, many)
			}
			continue
		}
		if word.Vi == "" {
			t.Errorf("%q has no Vietnamese text", key)
		}
		if en, vi := sortedMatches(placeholder, word.En), sortedMatches(placeholder, word.Vi); !slices.Equal(en, vi) {
			t.Errorf("placeholders of %q in English = %v, in Vietnamese = %v, want the same", key, en, vi)
		}
		for _, source := range []string{word.En, word.Vi} {
			if strings.TrimSpace(source) != source || strings.Contains(source, "  ") || strings.ContainsAny(source, "<>") {
				t.Errorf("%q has spaces around the text, double spaces or HTML: %q", key, source)
			}
		}
	}
}

func sortedMatches(placeholder *regexp.Regexp, source string) []string {
	found := placeholder.FindAllString(source, -1)
	slices.Sort(found)
	return found
}

// TestEveryPlaceholderHasArgument checks that calls of T and N fill all placeholders of the text.
func TestEveryPlaceholderHasArgument(t *testing.T) {
	call := regexp.MustCompile(`\.([TN])\("([\w.]+)"((?:,\s[^()]*(?:\([^()]*(?:\([^()]*\))?[^()]*\))?)*)\)`)
	name := regexp.MustCompile(`"(\w+)",\s`)
	for file, source := range sourceFiles(t) {
		for _, m := range call.FindAllStringSubmatch(source, -1) {
			word, known := messages[m[2]]
			if !known {
				continue
			}
			args := map[string]bool{"{n}": m[1] == "N"}
			for _, arg := range name.FindAllStringSubmatch(m[3]+", ", -1) {
				args["{"+arg[1]+"}"] = true
			}
			for _, placeholder := range regexp.MustCompile(`\{\w+\}`).FindAllString(word.En, -1) {
				isFilledByScript := m[2] == "liveStatus.offline" || m[2] == "pill.many" || strings.HasPrefix(m[2], "filter.bad")
				if !args[placeholder] && !isFilledByScript {
					t.Errorf("%s: %s leaves the placeholder %s unfilled", file, m[0], placeholder)
				}
			}
		}
	}
}
