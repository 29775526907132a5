package views

import (
	"slices"

	"guildboard/store"
)

// LabelsView is the form in which labels are put on tickets and taken off.
type LabelsView struct {
	TriageView
	Available       []store.TicketLabel // the guild's
	ToAdd, ToRemove []string            // ids of those that were chosen to be put on, and to be taken off
}

// NewLabelsView is the form before anything is chosen in it.
func NewLabelsView(form TriageView, all []store.TicketLabel) LabelsView {
	return LabelsView{TriageView: form, Available: all}
}

// HasLabel tells whether the guild has the label.
func (v LabelsView) HasLabel(id string) bool {
	return slices.ContainsFunc(v.Available, func(l store.TicketLabel) bool { return l.ID == id })
}

// MaxLabels is how many labels one of the tickets would have.
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

// isChecked tells whether the only ticket is to have the label.
func (v LabelsView) isChecked(id string) bool {
	return slices.Contains(v.ToAdd, id) || hasLabel(v.Tickets[0], id) && !slices.Contains(v.ToRemove, id)
}

// addable are the labels that not all of the tickets have; there are those that any has.
func (v LabelsView) addable() (labels []store.TicketLabel) {
	for _, l := range v.Available {
		if slices.ContainsFunc(v.Tickets, func(t store.Ticket) bool { return !hasLabel(t, l.ID) }) {
			labels = append(labels, l)
		}
	}
	return labels
}

func (v LabelsView) removable() (labels []store.TicketLabel) {
	for _, l := range v.Available {
		if slices.ContainsFunc(v.Tickets, func(t store.Ticket) bool { return hasLabel(t, l.ID) }) {
			labels = append(labels, l)
		}
	}
	return labels
}

// labelFilterOptions are the labels to choose from, and those chosen that are not among them any more.
func labelFilterOptions(f Filter, all []store.TicketLabel) []store.TicketLabel {
	for _, id := range f.Labels {
		if !slices.ContainsFunc(all, func(l store.TicketLabel) bool { return l.ID == id }) {
			all = append(slices.Clip(all), store.TicketLabel{ID: id, Name: id, Color: "grey"})
		}
	}
	return all
}

// labelColor is a colour that app.css knows.
func labelColor(l store.TicketLabel) string {
	if slices.Contains(store.LabelColors, l.Color) {
		return l.Color
	}
	return store.LabelColors[0]
}
