package views

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"guildboard/store"
)

// made are keys that are put together while the program runs: what they begin with, and what follows; nothing stands for
// whatever there is.
var made = map[string][]string{
	"giveaway.": names(append([]store.GiveawayStatus{store.GiveawayHistory}, store.GiveawayStatuses...)), "ticket.": append(names(store.TicketStatuses), "active"), "winner.": {"drawn", "notified", "claimed", "rerolled", "replaced"},
	"theme.": {"system", "light", "dark"}, "note.": {"info", "success", "problem"}, "sort.": {"newest", "oldest", "ending", "entries", "prize", "waiting"}, "entrants.": {"n", "more"}, "notes.": {"n", "more"},
	"told.":     append(append([]string{"quiet-from", "quiet-until"}, ToldKinds...), ToldWays...),
	"bulk.ask.": {"giveaway", "ticket"}, "ratings.": {"n", "more"}, "rating.": names(store.RatingStates), "priority.": names(store.TicketPriorities),
	"turn.":    turning(),
	"nav.":     {"giveaways", "tickets", "staff", "audit"},
	"news.":    {"giveaways", "tickets"},
	"promise.": {"live", "live.text", "answer", "answer.text", "access", "access.text"}, "part.": {"database", "writing", "redis", "discord"},
	"giveaways.": {"n", "more"}, "tickets.": {"n", "more"}, "audit.": append(append(everyVerb(), changes()...), "n", "more"), // summary
	"verb.": append(everyVerb(), asWritten(store.RatingVerbs)...), "doing.": everyVerb(), "status.": names(store.CommandStatuses), "drift.": drifting(),
	"level.": {"none", "see", "see.text", "act", "act.text", "manage", "manage.text"}, "module.": {"giveaways", "tickets"},
	"tab.": {}, "group.": {}, "set.": {}, "option.": {}, // as the sheets say, which a test of their own goes through
	"form.": {}, "confirm.": {}, "preset.": {}, "code.": {}, "field.": {}, "style.": {}, // as the bot, the form and the question say
}

func changes() (all []string) {
	for _, v := range store.Changes {
		all = append(all, string(v))
	}
	return all
}

func everyVerb() (all []string) {
	for _, v := range store.Verbs {
		all = append(all, string(v))
	}
	return all
}

func asWritten[S ~string](all []S) (same []string) {
	for _, s := range all {
		same = append(same, string(s))
	}
	return same
}

func turning() (all []string) {
	for _, turn := range store.TicketTurns {
		all = append(all, string(turn), string(turn)+"By")
	}
	return all
}

func drifting() (all []string) {
	for _, kind := range store.DriftKinds {
		all = append(all, string(kind), string(kind)+".repair")
	}
	return all
}

func names[S ~string](all []S) (lower []string) {
	for _, s := range all {
		lower = append(lower, strings.ToLower(string(s)))
	}
	return lower
}

// sources are the texts of all files that may use a word, without what templ makes of them, and without tests.
func sources(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range []string{"*.templ", "*.go", "../handlers/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, file := range files {
			if !strings.HasPrefix(file, "words") && !strings.HasSuffix(file, "_templ.go") && !strings.HasSuffix(file, "_test.go") {
				texts[file] = source(t, file)
			}
		}
	}
	return texts
}

// found are the keys that a file asks for: by T, by N, or in respond.go's table.
func found(t *testing.T, file, text string) (single, plural []string) {
	t.Helper()
	for _, m := range regexp.MustCompile(`\.([TN])\("([\w.]+)"[,)]`).FindAllStringSubmatch(text, -1) {
		if m[1] == "N" {
			plural = append(plural, m[2])
		} else {
			single = append(single, m[2])
		}
	}
	for _, m := range regexp.MustCompile(`[TN]\("([\w.]+\.)"\s*\+`).FindAllStringSubmatch(text, -1) {
		if made[m[1]] == nil && m[1] != "problem." {
			t.Errorf("%s puts keys together that begin with %q; say in this test how they go on", file, m[1])
		}
	}
	for _, m := range regexp.MustCompile(`problem\{[^,}]+, "(\w+)"`).FindAllStringSubmatch(text, -1) {
		if m[1] != "signIn" { // answered without words
			single = append(single, "problem."+m[1], "problem."+m[1]+".text")
		}
	}
	return single, plural
}

// used are all keys that are asked for, each with who does; plural are those with a number.
func used(t *testing.T) (single, plural map[string]string) {
	t.Helper()
	single, plural = map[string]string{}, map[string]string{}
	for file, text := range sources(t) {
		one, many := found(t, file, text)
		for _, key := range one {
			single[key] = file
		}
		for _, key := range many {
			plural[key] = file
		}
	}
	for prefix, ends := range made {
		for _, end := range ends {
			if end == "n" {
				plural[prefix+end] = "summary"
			} else {
				single[prefix+end] = "this test"
			}
		}
	}
	for _, line := range requirementKeys(t) {
		plural[line] = "requirementLines"
	}
	return single, plural
}

// requirementKeys are those of requirementLines, which speaks of numbers.
func requirementKeys(t *testing.T) (keys []string) {
	t.Helper()
	for _, m := range regexp.MustCompile(`"((?:require|bonus)\.\w+)"`).FindAllStringSubmatch(source(t, "text.go"), -1) {
		keys = append(keys, m[1])
	}
	return keys
}

func TestEveryWordThatIsUsedExists(t *testing.T) {
	single, plural := used(t)
	for key, file := range single {
		if _, there := words[key]; !there {
			t.Errorf("%s uses %q, which has no words", file, key)
		}
	}
	for key, file := range plural {
		for _, key := range []string{key, key + ".one"} {
			if _, there := words[key]; !there {
				t.Errorf("%s uses %q, which has no words", file, key)
			}
		}
	}
}

func TestEveryWordIsUsed(t *testing.T) {
	single, plural := used(t)
	var all strings.Builder
	for _, text := range sources(t) {
		all.WriteString(text)
	}
	for key := range words {
		base, one := strings.CutSuffix(key, ".one")
		if key == "pill.one" { // a text of its own
			base, one = key, false
		}
		prefix := base[:strings.Index(base, ".")+1]
		open := made[prefix] != nil && len(made[prefix]) == 0
		if single[base] == "" && plural[base] == "" && !open && !strings.Contains(all.String(), `"`+base+`"`) {
			t.Errorf("nothing uses %q", key)
		}
		if one && words[base] == (word{}) {
			t.Errorf("%q is the single of nothing", key)
		}
	}
}

func TestEveryLanguageIsComplete(t *testing.T) {
	placeholder := regexp.MustCompile(`\{\w*\}`)
	for key, word := range words {
		if word.en == "" {
			t.Errorf("%q says nothing in English", key)
		}
		if strings.HasSuffix(key, ".one") && key != "pill.one" {
			if word.vi != "" {
				t.Errorf("%q: Vietnamese does not tell one from many", key)
			}
			base := words[strings.TrimSuffix(key, ".one")]
			if one, many := sorted(placeholder, word.en), sorted(placeholder, base.en); !slices.Equal(one, many) {
				t.Errorf("%q fills in %v, the form for many %v", key, one, many)
			}
			continue
		}
		if word.vi == "" {
			t.Errorf("%q says nothing in Vietnamese", key)
		}
		if en, vi := sorted(placeholder, word.en), sorted(placeholder, word.vi); !slices.Equal(en, vi) {
			t.Errorf("%q fills in %v in English, %v in Vietnamese", key, en, vi)
		}
		for _, text := range []string{word.en, word.vi} {
			if strings.TrimSpace(text) != text || strings.Contains(text, "  ") || strings.ContainsAny(text, "<>") {
				t.Errorf("%q is written carelessly: %q", key, text)
			}
		}
	}
}

func sorted(placeholder *regexp.Regexp, text string) []string {
	found := placeholder.FindAllString(text, -1)
	slices.Sort(found)
	return found
}

// What is filled in is what the text has places for.
func TestEveryPlaceholderIsFilled(t *testing.T) {
	call := regexp.MustCompile(`\.([TN])\("([\w.]+)"((?:, [^()]*(?:\([^()]*(?:\([^()]*\))?[^()]*\))?)*)\)`)
	name := regexp.MustCompile(`"(\w+)", `)
	for file, text := range sources(t) {
		for _, m := range call.FindAllStringSubmatch(text, -1) {
			word, known := words[m[2]]
			if !known {
				continue
			}
			given := map[string]bool{"{n}": m[1] == "N"}
			for _, arg := range name.FindAllStringSubmatch(m[3]+", ", -1) {
				given["{"+arg[1]+"}"] = true
			}
			for _, place := range regexp.MustCompile(`\{\w+\}`).FindAllString(word.en, -1) {
				if !given[place] && m[2] != "mark.off" && m[2] != "pill.many" && !strings.HasPrefix(m[2], "filter.bad") { // live.js fills those
					t.Errorf("%s: %s leaves %s as it is", file, m[0], place)
				}
			}
		}
	}
}
