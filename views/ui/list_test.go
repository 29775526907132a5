package ui

import (
	"slices"
	"testing"
)

func TestPageNumbers(t *testing.T) {
	for _, test := range []struct {
		page, pages int
		want        []int
	}{
		{1, 1, []int{1}}, {2, 3, []int{1, 2, 3}}, {4, 7, []int{1, 2, 3, 4, 5, 6, 7}},
		{1, 8, []int{1, 2, 3, 4, 0, 8}}, {3, 8, []int{1, 2, 3, 4, 0, 8}}, {4, 8, []int{1, 0, 3, 4, 5, 0, 8}},
		{6, 8, []int{1, 0, 5, 6, 7, 8}}, {8, 8, []int{1, 0, 5, 6, 7, 8}}, {50, 100, []int{1, 0, 49, 50, 51, 0, 100}},
	} {
		if got := pageNumbers(test.page, test.pages); !slices.Equal(got, test.want) {
			t.Errorf("pageNumbers(%d, %d) = %v, want %v", test.page, test.pages, got, test.want)
		}
	}
	for pages := 1; pages < 60; pages++ {
		for page := 1; page <= pages; page++ {
			got := pageNumbers(page, pages)
			if len(got) > 7 || !slices.Contains(got, page) || got[0] != 1 || got[len(got)-1] != pages {
				t.Errorf("pageNumbers(%d, %d) = %v, want at most 7 with the first, current and last page",
					page, pages, got)
			}
			for i, n := range got[1:] {
				before := got[i]
				if n != 0 && before != 0 && n != before+1 || n == 0 && before+2 > got[i+2] {
					t.Errorf("pageNumbers(%d, %d) = %v, want a gap only where pages are missing", page, pages, got)
				}
			}
		}
	}
}
