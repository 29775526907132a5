package store_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"guildboard/store"
	"guildboard/store/storetest"
)

// contract is the code blocks of the documentation, by their heading; lines that are indented belong to the one before.
func contract(t *testing.T) map[string][]string {
	t.Helper()
	file := must(parser.ParseFile(token.NewFileSet(), "contract.go", nil, parser.ParseComments|parser.PackageClauseOnly))(t)
	blocks, heading := map[string][]string{}, ""
	for _, block := range new(comment.Parser).Parse(file.Doc.Text()).Content {
		switch block := block.(type) {
		case *comment.Heading:
			heading = string(block.Text[0].(comment.Plain))
		case *comment.Code:
			for line := range strings.Lines(block.Text) {
				line = strings.TrimRight(line, "\n")
				if rest, more := strings.CutPrefix(line, "  "); more {
					last := len(blocks[heading]) - 1
					blocks[heading][last] += "\n" + rest
				} else {
					blocks[heading] = append(blocks[heading], line)
				}
			}
		}
	}
	return blocks
}

// examples are the commands for Redis in the documentation, in its order, each as its words.
func examples(t *testing.T) [][]string {
	t.Helper()
	blocks := contract(t)
	var found [][]string
	for _, heading := range []string{"Events", "Commands", "Answers", "Heartbeat", "Starting again", "Bots that know pub/sub only"} {
		for _, line := range blocks[heading] {
			if w := words(line); slices.Contains([]string{"PUBLISH", "XADD", "XGROUP", "XREADGROUP", "XACK", "XAUTOCLAIM", "SET"}, w[0]) {
				found = append(found, w)
			}
		}
	}
	return found
}

// words splits a line as redis-cli does, as far as the examples need it.
func words(line string) []string {
	var all []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		end := strings.IndexAny(line, " \n")
		if quote := line[0]; quote == '\'' || quote == '"' {
			end = strings.IndexByte(line[1:], quote) + 2
			all, line = append(all, line[1:end-1]), line[end:]
			continue
		}
		if end < 0 {
			end = len(line)
		}
		all, line = append(all, line[:end]), line[end:]
	}
	return all
}

// named are the lines that begin with a word of the list: the word, and what is behind it.
func named[T ~string](lines []string, words []T) map[T]string {
	found := map[T]string{}
	for _, line := range lines {
		first, rest, _ := strings.Cut(line, " ")
		if slices.Contains(words, T(first)) {
			found[T(first)] = strings.TrimSpace(rest)
		}
	}
	return found
}

// strictly decodes JSON into v, which must have a place for every member.
func strictly(t *testing.T, text string, v any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// fields are the pairs behind "*" in an XADD.
func fields(w []string) map[string]any {
	m := map[string]any{}
	pairs := w[slices.Index(w, "*")+1:]
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// lastEntry is the newest of a stream, as a program would have written it.
func lastEntry(t *testing.T, client redis.UniversalClient, stream string) map[string]any {
	t.Helper()
	return must(client.XRevRangeN(t.Context(), stream, "+", "-", 1).Result())(t)[0].Values
}

func TestContractExamplesAreWhatRedisUnderstands(t *testing.T) {
	client := storetest.Redis(t)
	all := examples(t)
	same(t, "examples", len(all), 11)
	for _, w := range all {
		args := make([]any, len(w))
		for i := range w {
			args[i] = w[i]
		}
		if w[0] == "PUBLISH" { // who listens there, in other tests too, need not hear it
			args[1] = "test:" + store.NewID()
		}
		if err := client.Do(t.Context(), args...).Err(); err != nil {
			t.Errorf("%q: %v", w, err)
		}
	}
	for stream, group := range map[string]string{store.CommandsStream: store.BotGroup} {
		groups := must(client.XInfoGroups(t.Context(), stream).Result())(t)
		if len(groups) != 1 || groups[0].Name != group || groups[0].Consumers == 0 {
			t.Errorf("groups of %s: %+v", stream, groups)
		}
	}
	if lasts := client.TTL(t.Context(), store.BotAliveKey).Val(); lasts <= 0 || lasts > store.BeatHolds {
		t.Errorf("the heartbeat holds for %v", lasts)
	}
}

func TestContractCommandsAreOurs(t *testing.T) {
	client := storetest.Redis(t)
	commands, answers := 0, map[store.CommandStatus]bool{}
	for _, w := range examples(t) {
		switch {
		case w[0] == "XADD" && w[1] == store.CommandsStream:
			c := must(store.DecodeCommand(fields(w)))(t)
			check(t, c.Send(t.Context(), client, store.ContractKey{}))
			if diff := cmp.Diff(fields(w), lastEntry(t, client, store.CommandsStream)); diff != "" {
				t.Errorf("entry of the command (-want +got):\n%s", diff)
			}
			commands++
		case w[0] == "XADD" && w[1] == store.ResultsStream:
			f := fields(w)
			ms := must(strconv.ParseInt(f["at"].(string), 10, 64))(t)
			a := store.Answer{
				ID: f["id"].(string), Status: store.CommandStatus(f["status"].(string)),
				Code: f["code"].(string), Message: f["message"].(string), At: time.UnixMilli(ms),
			}
			check(t, a.Send(t.Context(), client, store.ContractKey{}))
			if diff := cmp.Diff(f, lastEntry(t, client, store.ResultsStream)); diff != "" {
				t.Errorf("entry of the result (-want +got):\n%s", diff)
			}
			answers[a.Status] = true
		}
	}
	same(t, "commands", commands, 1)
	if want := map[store.CommandStatus]bool{store.CommandAccepted: true, store.CommandDone: true, store.CommandRefused: true}; !reflect.DeepEqual(answers, want) {
		t.Errorf("answers: %v", answers)
	}
}

func TestContractAnswersAreRecorded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o := office{s: s, client: storetest.Redis(t), guild: "100000000000000001", name: store.NewID()}
		storetest.Guild(t, s, o.guild, "Office")
		dashboard := o.dashboard(t, nil)
		o.alive(t)
		for _, w := range examples(t) {
			if w[0] != "XADD" || w[1] != store.ResultsStream {
				continue
			}
			id, status := fields(w)["id"].(string), store.CommandStatus(fields(w)["status"].(string))
			ask := o.end(store.NewID())
			ask.ID = id
			_, _, err := dashboard.Ask(t.Context(), ask)
			check(t, err)
			args := make([]any, len(w))
			for i := range w {
				args[i] = w[i]
			}
			check(t, o.client.Do(t.Context(), args...).Err())
			c := o.becomes(t, id, status)
			same(t, "code", c.Code, fields(w)["code"].(string))
		}
	})
}

func TestContractNamesEveryVerbWithItsData(t *testing.T) {
	verbs := named(contract(t)["Commands"], store.Verbs)
	same(t, "verbs", len(verbs), len(store.Verbs))
	for verb, data := range verbs {
		switch verb {
		case store.VerbGiveawayCreate, store.VerbGiveawayEdit:
			f := store.NewGiveawayForm(time.Now())
			strictly(t, data, &f)
			if verb == store.VerbGiveawayEdit {
				f.ChannelID = "400000000000000001" // as it is
			} else if v := reflect.ValueOf(f); true {
				for i := range v.NumField() {
					if v.Field(i).IsZero() {
						t.Errorf("%s does not show %s", verb, v.Type().Field(i).Name)
					}
				}
			}
			shift := time.Now().Add(time.Hour)
			if f.StartsAt != nil {
				lasts := f.EndsAt.Sub(*f.StartsAt)
				f.StartsAt, f.EndsAt = &shift, shift.Add(lasts)
			}
			if problems := f.Problems(); len(problems) > 0 {
				t.Errorf("%s: %v", verb, problems)
			}
		case store.VerbGiveawayReroll:
			var d struct {
				UserIDs []string `json:"userIds"`
			}
			strictly(t, data, &d)
			same(t, "rerolled", len(d.UserIDs), 1)
		case store.VerbPanelPost:
			var d struct{ Name string }
			strictly(t, data, &d)
		case store.VerbGiveawayRepeat:
			var d struct {
				Days int
				Zone string
			}
			strictly(t, data, &d)
			same(t, "days", d.Days, 7)
			same(t, "zone", d.Zone, "Europe/Berlin")
		case store.VerbGiveawayRemove:
			var d store.Removal
			strictly(t, data, &d)
			same(t, "removed", len(d.UserIDs), 1)
			same(t, "reason", d.Reason, "A second account.")
		case store.VerbGiveawayReadmit:
			var d struct {
				UserIDs []string `json:"userIds"`
			}
			strictly(t, data, &d)
			same(t, "let in again", len(d.UserIDs), 1)
		case store.VerbTicketClose:
			var d struct {
				Reason string `json:"reason"`
			}
			strictly(t, data, &d)
			same(t, "reason", d.Reason, "Solved.")
		case store.VerbTicketAssign:
			var d store.Assignment
			strictly(t, data, &d)
			same(t, "assigned to", d, store.Assignment{UserID: "200000000000000002", Username: "kim"})
		case store.VerbTicketReply:
			var d struct {
				Text string `json:"text"`
			}
			strictly(t, data, &d)
			same(t, "said", d.Text, "Have you tried **again**?")
		default:
			strictly(t, data, new(struct{}))
		}
	}
}

func TestContractNamesEveryStatusAndCode(t *testing.T) {
	lines := contract(t)["Answers"]
	for _, status := range store.CommandStatuses {
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, string(status)+" ") }) {
			t.Errorf("the status %q is not explained", status)
		}
	}
	file := must(parser.ParseFile(token.NewFileSet(), "command.go", nil, 0))(t)
	codes := 0
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, is := n.(*ast.ValueSpec); is && strings.HasPrefix(spec.Names[0].Name, "Code") {
			codes++
			code := must(strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value))(t)
			if len(named(lines, []string{code})) == 0 {
				t.Errorf("the code %q is not explained", code)
			}
		}
		return true
	})
	if codes < 10 {
		t.Errorf("found only %d codes in command.go", codes)
	}
}

func TestContractEventsAreOurs(t *testing.T) {
	blocks := contract(t)
	events := named(blocks["Events"], store.EventTypes)
	same(t, "types", len(events), len(store.EventTypes))
	for kind, data := range events {
		e := store.Event{Type: kind, GuildID: "100000000000000001", Data: json.RawMessage(data)}
		text := must(e.MarshalJSON())(t)
		again := must(store.DecodeEvent(text))(t)
		if !reflect.DeepEqual(again, e) {
			t.Errorf("%s comes back as %+v", text, again)
		}
		if drawn := kind == store.GiveawayEndEvent || kind == store.GiveawayRerollEvent; drawn != (len(again.WinnerIDs()) == 1) {
			t.Errorf("%s has the winners %q", kind, again.WinnerIDs())
		}
	}
	for _, w := range examples(t) {
		if w[0] != "PUBLISH" || w[1] != store.EventsChannel {
			continue
		}
		e := must(store.DecodeEvent([]byte(w[2])))(t)
		var compact bytes.Buffer
		check(t, json.Compact(&compact, []byte(w[2])))
		e.Data = json.RawMessage(compact.Bytes()[bytes.Index(compact.Bytes(), []byte(`{"giveawayId"`)):bytes.Index(compact.Bytes(), []byte(`,"id":`))])
		same(t, "event", string(must(e.MarshalJSON())(t)), compact.String())
	}
}

func TestContractHeartbeatIsOurs(t *testing.T) {
	for _, w := range examples(t) {
		if w[0] != "SET" {
			continue
		}
		same(t, "key", w[1], store.BotAliveKey)
		var h store.Heartbeat
		strictly(t, w[2], &h)
		same(t, "heartbeat", string(must(json.Marshal(h))(t)), w[2])
		for _, v := range h.Capabilities {
			if !slices.Contains(store.Verbs, v) {
				t.Errorf("there is no verb %s", v)
			}
		}
		same(t, "holds", must(strconv.Atoi(w[4]))(t), int(store.BeatHolds/time.Second))
	}
	if !strings.Contains(strings.Join(contract(t)["The contract with the bot"], "\n"), store.EventsChannel) {
		t.Error("the overview does not name the channel of events")
	}
}

func TestContractPublishesForOldBotsWhatItSays(t *testing.T) {
	eachOffice(t, func(t *testing.T, o office) {
		sub := o.client.Subscribe(t.Context(), o.name)
		defer sub.Close()
		must(sub.Receive(t.Context()))(t)
		o.alive(t)
		dashboard := o.dashboard(t, nil)
		for _, w := range examples(t) {
			if w[0] != "PUBLISH" || w[1] != store.BotCommandsChannel {
				continue
			}
			var m struct {
				Type               store.Verb
				UserID, ID, Target string
				Data               json.RawMessage
				GuildID            string
				Timestamp          int64
				ExpiresAt          int64
			}
			check(t, json.Unmarshal([]byte(w[2]), &m))
			asked, _, err := dashboard.Ask(t.Context(), store.Command{
				ID: m.ID, GuildID: o.guild, Actor: store.Person{ID: m.UserID}, Verb: m.Type, Target: m.Target, Data: m.Data,
			})
			check(t, err)
			// Guild and times are the test's own.
			want := strings.NewReplacer(m.GuildID, o.guild,
				strconv.FormatInt(m.Timestamp, 10), strconv.FormatInt(asked.IssuedAt.UnixMilli(), 10),
				strconv.FormatInt(m.ExpiresAt, 10), strconv.FormatInt(asked.ExpiresAt.UnixMilli(), 10)).Replace(w[2])
			var compact bytes.Buffer
			check(t, json.Compact(&compact, []byte(want)))
			same(t, "published", must(sub.ReceiveMessage(t.Context()))(t).Payload, compact.String())
		}
	})
}
