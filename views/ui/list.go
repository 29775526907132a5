package ui

// A ListTab is a predefined filter of a list.
type ListTab struct {
	ID, Label string
	URL       ListURL
	Count     int
	HasCount  bool
	IsCurrent bool
}

// ListSummary describes how many rows a list has and which page is shown.
func ListSummary(p Page, noun string, total int, atLeast bool, page, pages int) string {
	text := p.N(noun+".n", total)
	if atLeast {
		text = p.T(noun+".more", "n", total-1)
	}
	if pages > 1 {
		text += ", " + p.T("list.page", "page", page, "pages", pages)
	}
	return text
}

// pageNumbers returns the page numbers to link to, at most seven; 0 stands for a gap.
func pageNumbers(page, pages int) []int {
	if pages <= 7 {
		all := make([]int, pages)
		for i := range all {
			all[i] = i + 1
		}
		return all
	}
	first := min(max(page-1, 2), pages-3)
	last := max(min(page+1, pages-1), 4)
	numbers := []int{1}
	if first > 2 {
		numbers = append(numbers, 0)
	}
	for n := first; n <= last; n++ {
		numbers = append(numbers, n)
	}
	if last < pages-1 {
		numbers = append(numbers, 0)
	}
	return append(numbers, pages)
}
