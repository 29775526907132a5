package ticket

import (
	"slices"

	"guildboard/store"
)

// LabelsView is the form that adds labels to tickets and removes them.
type LabelsView struct {
	TriageView
	Available       []store.TicketLabel // labels of the guild
	ToAdd, ToRemove []string            // ids of the selected labels
}

// NewLabelsView returns the form with nothing selected.
func NewLabelsView(form TriageView, all []store.TicketLabel) LabelsView {
	return LabelsView{TriageView: form, Available: all}
}

// HasLabel reports whether the guild has the label.
func (v LabelsView) HasLabel(id string) bool {
	return slices.ContainsFunc(v.Available, func(l store.TicketLabel) bool { return l.ID == id })
}

// MaxLabels returns the highest number of labels that any of the tickets would have.
func (v LabelsView) MaxLabels() (highest int) {
	for _, t := range v.Tickets {
		n := 0
		for _, l := range v.Available {
			if slices.Contains(v.ToAdd, l.ID) || hasLabel(t, l.ID) && !slices.Contains(v.ToRemove, l.ID) {
				n++
			}
		}
		highest = max(highest, n)
	}
	return highest
}

func hasLabel(t store.Ticket, id string) bool {
	return slices.ContainsFunc(t.Labels, func(l store.TicketLabel) bool { return l.ID == id })
}

// isChecked reports whether the label is selected in the form for a single ticket.
func (v LabelsView) isChecked(id string) bool {
	return slices.Contains(v.ToAdd, id) || hasLabel(v.Tickets[0], id) && !slices.Contains(v.ToRemove, id)
}

// addable returns the labels that at least one of the tickets does not have.
func (v LabelsView) addable() (labels []store.TicketLabel) {
	for _, l := range v.Available {
		if slices.ContainsFunc(v.Tickets, func(t store.Ticket) bool { return !hasLabel(t, l.ID) }) {
			labels = append(labels, l)
		}
	}
	return labels
}

// removable returns the labels that at least one of the tickets has.
func (v LabelsView) removable() (labels []store.TicketLabel) {
	for _, l := range v.Available {
		if slices.ContainsFunc(v.Tickets, func(t store.Ticket) bool { return hasLabel(t, l.ID) }) {
			labels = append(labels, l)
		}
	}
	return labels
}

// labelFilterOptions returns all labels, followed by selected ones that no longer exist.
func labelFilterOptions(f Filter, all []store.TicketLabel) []store.TicketLabel {
	for _, id := range f.Labels {
		if !slices.ContainsFunc(all, func(l store.TicketLabel) bool { return l.ID == id }) {
			all = append(slices.Clip(all), store.TicketLabel{ID: id, Name: id, Color: "grey"})
		}
	}
	return all
}

// labelColor returns the colour if app.css has a class for it, otherwise the first one.
func labelColor(l store.TicketLabel) string {
	if slices.Contains(store.LabelColors, l.Color) {
		return l.Color
	}
	return store.LabelColors[0]
}
