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
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

// contractCodeBlocks returns the code blocks of the documentation by heading. An indented line continues the previous
// line.
func contractCodeBlocks(t *testing.T) map[string][]string {
	t.Helper()
	file := must(parser.ParseFile(token.NewFileSet(), "contract/contract.go", nil, parser.ParseComments|parser.PackageClauseOnly))(t)
	blocks, heading := map[string][]string{}, ""
	for _, block := range new(comment.Parser).Parse(file.Doc.Text()).Content {
		switch block := block.(type) {
		case *comment.Heading:
			heading = string(block.Text[0].(comment.Plain))
		case *comment.Code:
			for line := range strings.Lines(block.Text) {
				line = strings.TrimRight(line, "\n")
				if continuation, more := strings.CutPrefix(line, "  "); more {
					last := len(blocks[heading]) - 1
					blocks[heading][last] += "\n" + continuation
				} else {
					blocks[heading] = append(blocks[heading], line)
				}
			}
		}
	}
	return blocks
}

// redisExamples returns the Redis commands of the documentation in order, each split into words.
func redisExamples(t *testing.T) [][]string {
	t.Helper()
	blocks := contractCodeBlocks(t)
	var found [][]string
	for _, heading := range []string{"Events", "Commands", "Results", "Heartbeat", "Recovery", "Bots without streams"} {
		for _, line := range blocks[heading] {
			if w := splitCommandLine(line); slices.Contains([]string{"PUBLISH", "XADD", "XGROUP", "XREADGROUP", "XACK",
				"XAUTOCLAIM", "SET"}, w[0]) {
				found = append(found, w)
			}
		}
	}
	return found
}

// splitCommandLine splits a line as redis-cli does, to the extent that the examples need.
func splitCommandLine(line string) []string {
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

// linesByKeyword returns the lines that begin with one of the words: the word and the rest of the line.
func linesByKeyword[T ~string](lines []string, words []T) map[T]string {
	found := map[T]string{}
	for _, line := range lines {
		first, remainder, _ := strings.Cut(line, " ")
		if slices.Contains(words, T(first)) {
			found[T(first)] = strings.TrimSpace(remainder)
		}
	}
	return found
}

// decodeStrict decodes JSON into v and fails on unknown members.
func decodeStrict(t *testing.T, text string, v any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		t.Fatalf("decode %s: %v", text, err)
	}
}

// entryFields returns the field-value pairs after "*" in an XADD.
func entryFields(w []string) map[string]any {
	m := map[string]any{}
	pairs := w[slices.Index(w, "*")+1:]
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// lastEntry returns the fields of the newest entry of a stream.
func lastEntry(t *testing.T, client redis.UniversalClient, stream string) map[string]any {
	t.Helper()
	return must(client.XRevRangeN(t.Context(), stream, "+", "-", 1).Result())(t)[0].Values
}

func TestContractExamplesRunOnRedis(t *testing.T) {
	client := storetest.Redis(t)
	all := redisExamples(t)
	wantEqual(t, "examples", len(all), 11)
	for _, w := range all {
		args := make([]any, len(w))
		for i := range w {
			args[i] = w[i]
		}
		if w[0] == "PUBLISH" { // subscribers of other tests must not receive it
			args[1] = "test:" + store.NewID()
		}
		if err := client.Do(t.Context(), args...).Err(); err != nil {
			t.Errorf("execute %q: %v", w, err)
		}
	}
	for stream, group := range map[string]string{contract.CommandsStream: contract.BotGroup} {
		groups := must(client.XInfoGroups(t.Context(), stream).Result())(t)
		if len(groups) != 1 || groups[0].Name != group || groups[0].Consumers == 0 {
			t.Errorf("consumer groups of %s = %+v, want one with a consumer", stream, groups)
		}
	}
	if ttl := must(client.TTL(t.Context(), contract.BotAliveKey).Result())(t); ttl <= 0 || ttl > contract.HeartbeatTTL {
		t.Errorf("TTL of the heartbeat = %v, want at most HeartbeatTTL", ttl)
	}
}

func TestContractCommandsMatchCode(t *testing.T) {
	client := storetest.Redis(t)
	commands, answers := 0, map[contract.CommandStatus]bool{}
	for _, w := range redisExamples(t) {
		switch {
		case w[0] == "XADD" && w[1] == contract.CommandsStream:
			c := must(contract.DecodeCommand(entryFields(w)))(t)
			noError(t, c.Send(t.Context(), client, contract.Key{}))
			if diff := cmp.Diff(entryFields(w), lastEntry(t, client, contract.CommandsStream)); diff != "" {
				t.Errorf("entry of the command (-want +got):\n%s", diff)
			}
			commands++
		case w[0] == "XADD" && w[1] == contract.ResultsStream:
			f := entryFields(w)
			ms := must(strconv.ParseInt(f["at"].(string), 10, 64))(t)
			a := contract.CommandResult{
				ID: f["id"].(string), Status: contract.CommandStatus(f["status"].(string)),
				Code: f["code"].(string), Message: f["message"].(string), At: time.UnixMilli(ms),
			}
			noError(t, a.Send(t.Context(), client, contract.Key{}))
			if diff := cmp.Diff(f, lastEntry(t, client, contract.ResultsStream)); diff != "" {
				t.Errorf("entry of the result (-want +got):\n%s", diff)
			}
			answers[a.Status] = true
		}
	}
	wantEqual(t, "commands", commands, 1)
	if want := map[contract.CommandStatus]bool{contract.CommandAccepted: true, contract.CommandDone: true,
		contract.CommandRefused: true}; !reflect.DeepEqual(answers, want) {
		t.Errorf("result statuses = %v, want accepted, done and refused", answers)
	}
}

func TestContractAnswersAreRecorded(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, s *store.Store) {
		env := commandEnv{s: s, client: storetest.Redis(t), guild: "100000000000000001", channel: store.NewID()}
		storetest.Guild(t, s, env.guild, "Office")
		dashboard := env.startDashboard(t, nil)
		env.sendHeartbeat(t)
		for _, w := range redisExamples(t) {
			if w[0] != "XADD" || w[1] != contract.ResultsStream {
				continue
			}
			id, status := entryFields(w)["id"].(string), contract.CommandStatus(entryFields(w)["status"].(string))
			request := env.endCommand(store.NewID())
			request.ID = id
			_, _, err := dashboard.Enqueue(t.Context(), request)
			noError(t, err)
			args := make([]any, len(w))
			for i := range w {
				args[i] = w[i]
			}
			noError(t, env.client.Do(t.Context(), args...).Err())
			c := env.waitForStatus(t, id, status)
			wantEqual(t, "code", c.Code, entryFields(w)["code"].(string))
		}
	})
}

func TestContractListsEveryVerbWithData(t *testing.T) {
	verbs := linesByKeyword(contractCodeBlocks(t)["Commands"], contract.Verbs)
	wantEqual(t, "verbs", len(verbs), len(contract.Verbs))
	for verb, data := range verbs {
		payload := verb.NewPayload()
		decodeStrict(t, data, payload)
		if f, ok := payload.(*contract.GiveawayForm); ok {
			checkFormExample(t, verb, data, *f)
			continue
		}
		wantEqual(t, "data of "+string(verb), string(must(contract.EncodePayload(payload))(t)), data)
	}
}

// checkFormExample checks that the form of a create command has all fields, and that both forms are valid.
func checkFormExample(t *testing.T, verb contract.Verb, data string, f contract.GiveawayForm) {
	t.Helper()
	if verb == contract.VerbGiveawayEdit {
		f = contract.NewGiveawayForm(time.Now())
		f.ChannelID = "400000000000000001" // the value in the documentation
		decodeStrict(t, data, &f)
	} else {
		v := reflect.ValueOf(f)
		for i := range v.NumField() {
			if v.Field(i).IsZero() {
				t.Errorf("example of %s has no %s", verb, v.Type().Field(i).Name)
			}
		}
	}
	if start := time.Now().Add(time.Hour); f.StartsAt != nil {
		duration := f.EndsAt.Sub(*f.StartsAt)
		f.StartsAt, f.EndsAt = &start, start.Add(duration)
	}
	if problems := f.Problems(); len(problems) > 0 {
		t.Errorf("%s: problems = %v, want none", verb, problems)
	}
}

func TestContractListsEveryStatusAndRefusal(t *testing.T) {
	lines := contractCodeBlocks(t)["Results"]
	for _, status := range contract.CommandStatuses {
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, string(status)+" ") }) {
			t.Errorf("status %q is not documented", status)
		}
	}
	file := must(parser.ParseFile(token.NewFileSet(), "contract/command.go", nil, 0))(t)
	codes := 0
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, "Refusal") {
			codes++
			code := must(strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value))(t)
			if len(linesByKeyword(lines, []string{code})) == 0 {
				t.Errorf("code %q is not documented", code)
			}
		}
		return true
	})
	if codes < 10 {
		t.Errorf("codes in command.go = %d, want at least 10", codes)
	}
}

// eventDataOf returns a pointer to the data of events of a type; nil if they have none.
func eventDataOf(eventType contract.EventType) contract.EventData {
	return map[contract.EventType]contract.EventData{
		contract.GiveawayCreateEvent: new(contract.GiveawayCreateData),
		contract.GiveawayEntryEvent:  new(contract.GiveawayEntryData),
		contract.GiveawayUpdateEvent: new(contract.GiveawayUpdateData),
		contract.GiveawayEndEvent:    new(contract.DrawData),
		contract.GiveawayRerollEvent: new(contract.DrawData),
		contract.GiveawayCancelEvent: new(contract.GiveawayUpdateData),
		contract.TicketCreateEvent:   new(contract.TicketCreateData),
		contract.TicketClaimEvent:    new(contract.TicketClaimData),
		contract.TicketUpdateEvent:   new(contract.TicketUpdateData),
		contract.TicketCloseEvent:    new(contract.TicketCloseData),
		contract.TicketReopenEvent:   new(contract.TicketUpdateData),
		contract.TicketMessageEvent:  new(contract.TicketMessageData),
		contract.TicketRatingEvent:   new(contract.TicketRatingData),
		contract.MemberJoinEvent:     new(contract.MemberData),
		contract.MemberLeaveEvent:    new(contract.MemberData),
		contract.MemberUpdateEvent:   new(contract.MemberData),
		contract.SettingsUpdateEvent: new(contract.SettingsUpdateData),
		contract.CommandResultEvent:  new(contract.CommandResultData),
	}[eventType]
}

func TestContractEventsMatchCode(t *testing.T) {
	blocks := contractCodeBlocks(t)
	events := linesByKeyword(blocks["Events"], contract.EventTypes)
	wantEqual(t, "event types", len(events), len(contract.EventTypes))
	for kind, data := range events {
		data = strings.ReplaceAll(data, "\n", "")
		if want := eventDataOf(kind); want != nil {
			decodeStrict(t, data, want)
			wantEqual(t, "data of "+string(kind), string(contract.Event{}.WithData(want).Data), data)
		} else {
			wantEqual(t, "data of "+string(kind), data, "{}")
		}
		e := contract.Event{Type: kind, GuildID: "100000000000000001", Data: json.RawMessage(data)}
		text := must(e.MarshalJSON())(t)
		redecoded := must(contract.DecodeEvent(text))(t)
		if !reflect.DeepEqual(redecoded, e) {
			t.Errorf("%s: event after a round trip = %+v", text, redecoded)
		}
		if drawn := kind == contract.GiveawayEndEvent || kind == contract.GiveawayRerollEvent; drawn != (len(redecoded.WinnerIDs()) == 1) {
			t.Errorf("%s: WinnerIDs() = %q, want one only for draws", kind, redecoded.WinnerIDs())
		}
	}
	for _, w := range redisExamples(t) {
		if w[0] != "PUBLISH" || w[1] != contract.EventsChannel {
			continue
		}
		e := must(contract.DecodeEvent([]byte(w[2])))(t)
		var compact bytes.Buffer
		noError(t, json.Compact(&compact, []byte(w[2])))
		e.Data = json.RawMessage(compact.Bytes()[bytes.Index(compact.Bytes(),
			[]byte(`{"giveawayId"`)):bytes.Index(compact.Bytes(), []byte(`,"id":`))])
		wantEqual(t, "event", string(must(e.MarshalJSON())(t)), compact.String())
	}
}

func TestContractHeartbeatMatchesCode(t *testing.T) {
	for _, w := range redisExamples(t) {
		if w[0] != "SET" {
			continue
		}
		wantEqual(t, "key", w[1], contract.BotAliveKey)
		var h contract.Heartbeat
		decodeStrict(t, w[2], &h)
		wantEqual(t, "heartbeat", string(must(json.Marshal(h))(t)), w[2])
		for _, v := range h.Capabilities {
			if !slices.Contains(contract.Verbs, v) {
				t.Errorf("unknown verb %s", v)
			}
		}
		wantEqual(t, "heartbeat TTL", must(strconv.Atoi(w[4]))(t), int(contract.HeartbeatTTL/time.Second))
	}
	if !strings.Contains(strings.Join(contractCodeBlocks(t)[""], "\n"), contract.EventsChannel) {
		t.Error("the overview does not name the channel of events")
	}
}

func TestContractPubSubMessageMatchesCode(t *testing.T) {
	forEachCommandEnv(t, func(t *testing.T, env commandEnv) {
		sub := env.client.Subscribe(t.Context(), env.channel)
		defer sub.Close()
		must(sub.Receive(t.Context()))(t)
		env.sendHeartbeat(t)
		dashboard := env.startDashboard(t, nil)
		for _, w := range redisExamples(t) {
			if w[0] != "PUBLISH" || w[1] != contract.BotCommandsChannel {
				continue
			}
			var m struct {
				Type               contract.Verb
				UserID, ID, Target string
				Data               json.RawMessage
				GuildID            string
				Timestamp          int64
				ExpiresAt          int64
			}
			noError(t, json.Unmarshal([]byte(w[2]), &m))
			command, _, err := dashboard.Enqueue(t.Context(), contract.Command{
				ID: m.ID, GuildID: env.guild, Actor: contract.User{ID: m.UserID}, Verb: m.Type, Target: m.Target, Data: m.Data,
			})
			noError(t, err)
			// The test uses its own guild and times.
			want := strings.NewReplacer(m.GuildID, env.guild,
				strconv.FormatInt(m.Timestamp, 10), strconv.FormatInt(command.IssuedAt.UnixMilli(), 10),
				strconv.FormatInt(m.ExpiresAt, 10), strconv.FormatInt(command.ExpiresAt.UnixMilli(), 10)).Replace(w[2])
			var compact bytes.Buffer
			noError(t, json.Compact(&compact, []byte(want)))
			wantEqual(t, "published message", must(sub.ReceiveMessage(t.Context()))(t).Payload, compact.String())
		}
	})
}
