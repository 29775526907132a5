package store

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxFoundZones is the number of time zones that FindZones returns at most.
const maxFoundZones = 8

// FindZones returns the names in ZoneNames that text may mean, sorted: the zone with that name, else the zones of the city
// ("berlin", "Ho Chi Minh", "Sài Gòn"), else those whose name contains it. Case, accents, spaces and punctuation
// do not matter.
func FindZones(text string) []string {
	if Zone(text) != nil {
		return []string{CanonicalZone(text)}
	}
	term := foldZone(text)
	if len(term) < 3 {
		return nil
	}
	var ofCity, containing []string
	for name, canonical := range canonicalZones {
		city := name[strings.LastIndex(name, "/")+1:]
		switch folded := foldZone(name); {
		case foldZone(city) == term || folded == term:
			ofCity = append(ofCity, canonical)
		case strings.Contains(folded, term):
			containing = append(containing, canonical)
		}
	}
	found := ofCity
	if len(found) == 0 {
		found = containing
	}
	slices.Sort(found)
	found = slices.Compact(found)
	return found[:min(len(found), maxFoundZones)]
}

// foldZone returns the letters and digits of text in lower case, without accents.
func foldZone(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 'đ':
			return 'd'
		case unicode.IsLetter(r), unicode.IsDigit(r):
			return r
		}
		return -1
	}, norm.NFD.String(strings.ToLower(text)))
}
