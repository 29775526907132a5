package store_test

import (
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"guildboard/store"
	"guildboard/store/contract"
	"guildboard/store/storetest"
)

// equivalentTexts pairs written texts with search terms that must match them.
var equivalentTexts = []struct{ written, term string }{
	{"Đơn hàng của Nguyễn", norm.NFD.String("ĐƠN HÀNG CỦA NGUYỄN")},
	{norm.NFD.String("Quà tặng thưởng"), "QUÀ TẶNG THƯỞNG"},
	{"GRÖSSE und Straße", "größe und STRASSE"},
	{"STRASSE", "straße"},
	{"ẞ groß", "SS GROSS"},
	{"İSTANBUL", "istanbul"},
	{"Istanbul", "İSTANBUL"},
	{"ısı", "ISI"},
	{norm.NFD.String("DİYARBAKIR"), "diyarbakır"},
	{"ΟΔΥΣΣΕΎΣ", "οδυσσεύς"},
	{"οδυσσεύς", norm.NFD.String("ΟΔΥΣΣΕΎΣ")},
	{"Σίσυφος ΣΊΣΥΦΟΣ", "σίσυφοσ σίσυφος"},
	{"Жёлтый ПОДАРОК", norm.NFD.String("жЁЛТЫЙ подарок")},
	{"Ｎｉｔｒｏ　１年", "nitro 1年"},
	{"nitro", "ＮＩＴＲＯ"},
	{"𝓝𝓲𝓽𝓻𝓸 𝕘𝕚𝕧𝕖𝕒𝕨𝕒𝕪", "NITRO giveaway"},
	{"ﬁnal oﬀer", "FINAL OFFER"},
	{"👩‍👩‍👧 party 🎉", "PARTY 🎉"},
	{"한국어 선물", norm.NFD.String("한국어 선물")},
	{norm.NFD.String("한국어 선물"), "한국어"},
	{"か\u3099んばる", "がんばる"},
	{"Å and K", "\u212b AND \u212a"},
	{"ǰ and ẖ", "J\u030c AND H\u0331"},
	{"ႠႡႢ ᎠᎡᎢ ᲐᲑᲒ", "ⴀⴁⴂ ꭰꭱꭲ აბგ"},
	{"100% _sure_\\", "% _SURE_\\"},
}

func TestFoldTextMatchesEquivalentTexts(t *testing.T) {
	for _, c := range equivalentTexts {
		if in, text := store.FoldText(c.written), store.FoldText(c.term); !strings.Contains(in, text) {
			t.Errorf("FoldText(%q) = %q, want it to contain FoldText(%q) = %q", c.written, in, c.term, text)
		}
	}
}

// newLocaleCDatabase returns the URL of a new database with the locale C on the server of DATABASE_URL.
func newLocaleCDatabase(t *testing.T) string {
	t.Helper()
	if !hasPostgres() {
		t.Skip("not run: DATABASE_URL is not set")
	}
	admin := storetest.OpenAt(t, storetest.CreateSchema(t))
	name := "test_" + store.NewID()
	execSQL(t, admin, "CREATE DATABASE "+name+" TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
	t.Cleanup(func() {
		if _, err := admin.DB().Exec("DROP DATABASE " + name); err != nil {
			t.Error(err)
		}
	})
	address := must(url.Parse(os.Getenv("DATABASE_URL")))(t)
	address.Path = "/" + name
	return address.String()
}

// forEachLocale runs fn on SQLite, on Postgres with the server's locale, and on Postgres with the locale C.
func forEachLocale(t *testing.T, fn func(t *testing.T, s *store.Store)) {
	t.Helper()
	storetest.EachDatabase(t, fn)
	t.Run("postgres in locale C", func(t *testing.T) { fn(t, storetest.OpenAt(t, newLocaleCDatabase(t))) })
}

// TestDatabaseFoldMatchesFoldText checks that Go and the database fold every character that both support in the same
// way. Of the ideographs, which have no case, it includes only those that normalisation changes.
func TestDatabaseFoldMatchesFoldText(t *testing.T) {
	forEachLocale(t, func(t *testing.T, s *store.Store) {
		var texts []string
		for r := rune(1); r <= unicode.MaxRune; r++ {
			if unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z) && !isNewerThanPostgres(r) &&
				(!unicode.Is(unicode.Lo, r) || r < 0x3400 || !norm.NFKC.IsNormalString(string(r)) || r%97 == 0) {
				texts = append(texts, "A"+string(r)+"\u0301 ")
			}
		}
		for _, c := range equivalentTexts {
			texts = append(texts, c.written, c.term)
		}
		var wrong []string
		for _, text := range foldInDatabase(t, s, texts) {
			if want := store.FoldText(text.text); text.folded != want {
				wrong = append(wrong, fmt.Sprintf("fold_text(%+q) = %+q, want %+q", text.text, text.folded, want))
			}
		}
		if len(wrong) > 0 {
			t.Errorf("%d of %d texts differ:\n%s",
				len(wrong), len(texts), strings.Join(wrong[:min(len(wrong), 40)], "\n"))
		}
	})
}

// TestSearchFindsEquivalentTexts checks that every search finds the written texts, by a scan of few rows and through
// the index.
func TestSearchFindsEquivalentTexts(t *testing.T) {
	forEachLocale(t, func(t *testing.T, s *store.Store) {
		for guild, fillerTickets := range map[string]int{"1": 0, "2": 2100} {
			fillGuild(t, s, guild, 0, fillerTickets)
			giveaway := storetest.Giveaway(t, s, guild, store.Giveaway{Prize: "None of these"})
			for i, c := range equivalentTexts {
				id := fmt.Sprint(900 + i)
				named := storetest.Member(t, s, guild, id, c.written)
				ticket := storetest.Ticket(t, s, named, store.Ticket{Subject: ptr("Hello")})
				execSQL(t, s, `INSERT INTO giveaway_entries (id, giveaway_id, member_id, created_at)
					SELECT $1, $2, $3, created_at FROM giveaways WHERE id = $2`,
					guild+"e"+id, giveaway.ID, named.ID)
				wantTicket(t, s, guild, "opener", c.term, ticket.ID)
				if strings.HasPrefix(store.FoldText(c.written), store.FoldText(c.term)) {
					entries := must(s.Entries(t.Context(), guild, giveaway.ID, store.EntryQuery{SearchTerm: c.term}))(t)
					if len(entries.Items) == 0 || !slices.ContainsFunc(entries.Items,
						func(e store.Entry) bool { return e.Member.ID == id }) {
						t.Errorf("guild %s: entries for %+q = %v, want %s with name %+q",
							guild, c.term, entries.Items, id, c.written)
					}
				}
				noError(t, errOf(s.SaveMember(t.Context(), store.Member{GuildID: guild, DiscordID: id, Username: ptr("Somebody")})))
				wantNoTicket(t, s, guild, "former name", c.term)

				noError(t, s.SaveMessage(t.Context(), store.TicketMessage{
					ID: guild + "m" + id, GuildID: guild, TicketID: ticket.ID, Content: "I say " + c.written,
				}))
				wantTicket(t, s, guild, "message", c.term, ticket.ID)
				noError(t, errOf(s.DeleteMessage(t.Context(), guild, guild+"m"+id, noon)))
				execSQL(t, s, "UPDATE tickets SET subject = $2 WHERE id = $1", ticket.ID, c.written)
				wantTicket(t, s, guild, "subject", c.term, ticket.ID)
				execSQL(t, s, "DELETE FROM tickets WHERE id = $1", ticket.ID)

				execSQL(t, s, "UPDATE giveaways SET prize = $2 WHERE id = $1", giveaway.ID, c.written)
				list, _, err := s.Giveaways(t.Context(), guild, store.GiveawayQuery{SearchTerm: c.term})
				noError(t, err)
				results := must(s.QuickSearch(t.Context(), c.term, []string{guild}, nil))(t)
				if len(list.Items) != 1 || len(results.Giveaways) != 1 || list.Items[0].Prize != c.written {
					t.Errorf("guild %s: %+q: listed giveaways = %d, quick search results = %d, want the one of %+q",
						guild, c.term, len(list.Items), len(results.Giveaways), c.written)
				}
			}
		}
		wantSearchTexts(t, s)
	})
}

func errOf[T any](_ T, err error) error { return err }

func findTickets(t *testing.T, s *store.Store, guild, text string) (ids []string) {
	t.Helper()
	list, _, err := s.Tickets(t.Context(), guild, store.TicketQuery{SearchTerm: text}, noon)
	noError(t, err)
	for _, ticket := range list.Items {
		ids = append(ids, ticket.ID)
	}
	return ids
}

func wantTicket(t *testing.T, s *store.Store, guild, where, text, id string) {
	t.Helper()
	if found := findTickets(t, s, guild, text); !slices.Equal(found, []string{id}) {
		t.Errorf("guild %s, %s: tickets for %+q = %q, want %q", guild, where, text, found, id)
	}
}

func wantNoTicket(t *testing.T, s *store.Store, guild, where, text string) {
	t.Helper()
	if found := findTickets(t, s, guild, text); len(found) > 0 {
		t.Errorf("guild %s, %s: tickets for %+q = %q, want none", guild, where, text, found)
	}
}

// TestFoldedNamesAreUnique checks that names which differ only in case or composition are duplicates.
func TestFoldedNamesAreUnique(t *testing.T) {
	forEachLocale(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		storetest.Guild(t, s, "2", "Two")
		by := contract.User{ID: "9", Username: "Robin"}
		saves := map[string]func(guild, id, name string) error{
			"label": func(guild, id, name string) error {
				return s.ChangeLabel(t.Context(), by, nil, store.TicketLabel{ID: "b" + id, GuildID: guild, Name: name, Color: "grey"})
			},
			"reply": func(guild, id, name string) error {
				return s.ChangeCannedReply(t.Context(), by, nil, store.CannedReply{ID: "r" + id, GuildID: guild, Name: name, Text: "Hello"})
			},
			"template": func(guild, _, name string) error {
				return errOf(s.SaveTemplate(t.Context(), by, store.GiveawayTemplate{GuildID: guild, Name: name}))
			},
		}
		for label, save := range saves {
			noError(t, save("1", "1", "Đã trả tiền"))
			noError(t, save("2", "2", "đã trả tiền"))
			wantErrorIs(t, label+" in capitals", save("1", "3", "ĐÃ TRẢ TIỀN"), store.ErrConflict)
			wantErrorIs(t, label+" decomposed", save("1", "4", norm.NFD.String("Đã trả tiền")), store.ErrConflict)
			noError(t, save("1", "5", "Da tra tien"))
		}
	})
}

// TestListsAreOrderedByFoldedName checks that lists sorted by name use the order of the folded names on every database.
func TestListsAreOrderedByFoldedName(t *testing.T) {
	names := []string{"zeta", "Émile", "alpha", "Ångström", "Beta", "ömer", "Đức", "Σ", "beta 2"}
	want := slices.SortedFunc(slices.Values(names), func(a, b string) int { return strings.Compare(store.FoldText(a), store.FoldText(b)) })
	forEachLocale(t, func(t *testing.T, s *store.Store) {
		storetest.Guild(t, s, "1", "One")
		by := contract.User{ID: "9", Username: "Robin"}
		for i, name := range names {
			id := fmt.Sprint(900 + i)
			noError(t, s.ChangeLabel(t.Context(), by, nil, store.TicketLabel{ID: id, GuildID: "1", Name: name, Color: "grey"}))
			noError(t, s.ChangeCannedReply(t.Context(), by, nil, store.CannedReply{ID: id, GuildID: "1", Name: name, Text: "Hello"}))
			noError(t, errOf(s.SaveTemplate(t.Context(), by, store.GiveawayTemplate{GuildID: "1", Name: name})))
			member := storetest.Member(t, s, "1", id, name)
			execSQL(t, s, "UPDATE members SET role_ids = '{5}' WHERE id = $1", member.ID)
			storetest.Giveaway(t, s, "1", store.Giveaway{Host: contract.User{ID: id}})
			ticket := storetest.Ticket(t, s, member, store.Ticket{})
			execSQL(t, s, "UPDATE tickets SET claimed_by = $2, status = 'CLAIMED' WHERE id = $1", ticket.ID, id)
		}
		wantOrder := func(label string, got []string) {
			t.Helper()
			if !slices.Equal(got, want) {
				t.Errorf("%s: rows = %q, want %q", label, got, want)
			}
		}
		wantOrder("labels", namesOf(must(s.TicketLabels(t.Context(), "1"))(t), func(l store.TicketLabel) string { return l.Name }))
		wantOrder("replies", namesOf(must(s.CannedReplies(t.Context(), "1"))(t), func(c store.CannedReply) string { return c.Name }))
		wantOrder("templates", namesOf(must(s.Templates(t.Context(), "1"))(t), func(g store.GiveawayTemplate) string { return g.Name }))
		wantOrder("hosts", namesOf(must(s.GiveawayFilterOptions(t.Context(), "1"))(t).Hosts,
			func(p contract.User) string { return p.Username }))
		wantOrder("claimers", namesOf(must(s.TicketFilterOptions(t.Context(), "1"))(t).Claimers,
			func(p contract.User) string { return p.Username }))
		wantOrder("staff", namesOf(must(s.Staff(t.Context(), "1"))(t).Members, func(h store.StaffMember) string { return h.Username }))
	})
}

func namesOf[T any](items []T, name func(T) string) (names []string) {
	for _, item := range items {
		names = append(names, name(item))
	}
	return names
}

// isNewerThanPostgres reports whether the character is a mark or has a compatible form since Unicode 15. Postgres 15
// supports Unicode 14.
func isNewerThanPostgres(r rune) bool {
	return r >= 0x10efd && r <= 0x10eff || r >= 0x11f00 && r <= 0x11f5f || r >= 0x1e030 && r <= 0x1e08f || r >= 0x1e4d0 && r <= 0x1e4ff
}

type foldedText struct{ text, folded string }

func foldInDatabase(t *testing.T, s *store.Store, texts []string) (folded []foldedText) {
	t.Helper()
	values := "unnest(string_to_array($1, chr(10)))"
	if !s.OnPostgres() {
		values = "(SELECT value AS text FROM json_each('[\"' || replace(replace(replace($1, '\\', '\\\\'), '\"', '\\\"'), char(10), '\",\"') || '\"]'))"
	}
	rows, err := s.DB().QueryContext(t.Context(),
		"SELECT text, fold_text(text) FROM "+values+" text", strings.Join(texts, "\n"))
	noError(t, err)
	defer rows.Close()
	for rows.Next() {
		var f foldedText
		noError(t, rows.Scan(&f.text, &f.folded))
		folded = append(folded, f)
	}
	noError(t, rows.Err())
	wantEqual(t, "texts", len(folded), len(texts))
	return folded
}

// FuzzSearchFindsSubstrings checks that every part of a text that begins and ends at character boundaries is found,
// composed and decomposed.
func FuzzSearchFindsSubstrings(f *testing.F) {
	for _, c := range equivalentTexts {
		f.Add(c.written, 1, 3)
		f.Add(c.term, 0, 4)
	}
	f.Add("İßς\u0307\u0301ﬃ½", 2, 3)
	f.Add("a\u0300\u0316b \u0301c´", 1, 4)
	s := storetest.Open(f)
	storetest.Guild(f, s, "1", "One")
	ticket := storetest.Ticket(f, s, storetest.Member(f, s, "1", "10", "Ann"), store.Ticket{})
	f.Fuzz(func(t *testing.T, text string, from, length int) {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) || utf8.RuneCountInString(text) > 200 {
			t.Skip()
		}
		execSQL(t, s, "UPDATE tickets SET subject = $2 WHERE id = $1", ticket.ID, text)
		for _, form := range []norm.Form{norm.NFC, norm.NFD} {
			part := strings.TrimSpace(substring(form, text, from, length))
			if part == "" || utf8.RuneCountInString(part) > 40 {
				continue
			}
			wantTicket(t, s, "1", "subject", part, ticket.ID)
			if start, end, ok := store.FindFolded(text, part); !ok || start >= end ||
				!strings.Contains(store.FoldText(text[start:end]), store.FoldText(part)) {
				t.Errorf("FindFolded(%+q, %+q) = %d, %d, %v, want the match", text, part, start, end, ok)
			}
		}
	})
}

// substring returns a part of a text in the given normalisation form. It consists of whole characters with their marks.
func substring(form norm.Form, text string, from, length int) string {
	text = form.String(text)
	ends := []int{0}
	for at := 0; at < len(text); {
		at += form.NextBoundaryInString(text[at:], true)
		ends = append(ends, at)
	}
	from = int(uint(from) % uint(len(ends)))
	return text[ends[from]:ends[min(len(ends)-1, from+int(uint(length)%uint(len(ends))))]]
}

func TestFindFoldedReturnsWholeCharacters(t *testing.T) {
	for _, c := range []struct{ text, term, want string }{
		{"An " + norm.NFD.String("Đơn hàng") + " of mine", "ĐƠN HÀNG", norm.NFD.String("Đơn hàng")},
		{"An Đơn hàng of mine", norm.NFD.String("đơn hàng"), "Đơn hàng"},
		{"To İSTANBUL and back", "istanbul", "İSTANBUL"},
		{"Die Straße hier", "STRASSE", "Straße"},
		{"Groß", "s", "ß"},
		{"(ﬃ)", "f", "ﬃ"},
		{"ΟΔΟΣ ΜΟΥ", "οδός", ""},
		{"ΟΔΟΣ ΜΟΥ", "οδος", "ΟΔΟΣ"},
		{"e\u0301", "e", ""},
		{"", "e", ""},
		{"e", "", ""},
	} {
		start, end, ok := store.FindFolded(c.text, c.term)
		if got := c.text[start:end]; got != c.want || ok != (c.want != "") {
			t.Errorf("FindFolded(%+q, %+q) = %+q, %v, want %+q", c.text, c.term, got, ok, c.want)
		}
	}
}
