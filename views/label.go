package views

import (
	"slices"

	"guildboard/store"
)

// LabelsView is the form in which labels are put on tickets and taken off.
type LabelsView struct {
	MarkView
	All     []store.TicketLabel // the guild's
	On, Off []string            // ids of those that were chosen to be put on, and to be taken off
}

// NewLabelsView is the form before anything is chosen in it.
func NewLabelsView(of MarkView, all []store.TicketLabel) LabelsView {
	return LabelsView{MarkView: of, All: all}
}

// Knows tells whether the guild has the label.
func (v LabelsView) Knows(id string) bool {
	return slices.ContainsFunc(v.All, func(l store.TicketLabel) bool { return l.ID == id })
}

// Most is how many labels one of the tickets would have.
func (v LabelsView) Most() (most int) {
	for _, t := range v.Tickets {
		n := 0
		for _, l := range v.All {
			if slices.Contains(v.On, l.ID) || hasLabel(t, l.ID) && !slices.Contains(v.Off, l.ID) {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

func hasLabel(t store.Ticket, id string) bool {
	return slices.ContainsFunc(t.Labels, func(l store.TicketLabel) bool { return l.ID == id })
}

// ticked tells whether the only ticket is to have the label.
func (v LabelsView) ticked(id string) bool {
	return slices.Contains(v.On, id) || hasLabel(v.Tickets[0], id) && !slices.Contains(v.Off, id)
}

// missing are the labels that not all of the tickets have; there are those that any has.
func (v LabelsView) missing() (labels []store.TicketLabel) {
	for _, l := range v.All {
		if slices.ContainsFunc(v.Tickets, func(t store.Ticket) bool { return !hasLabel(t, l.ID) }) {
			labels = append(labels, l)
		}
	}
	return labels
}

func (v LabelsView) there() (labels []store.TicketLabel) {
	for _, l := range v.All {
		if slices.ContainsFunc(v.Tickets, func(t store.Ticket) bool { return hasLabel(t, l.ID) }) {
			labels = append(labels, l)
		}
	}
	return labels
}

// chosenLabels are the labels to choose from, and those chosen that are not among them any more.
func chosenLabels(f Filter, all []store.TicketLabel) []store.TicketLabel {
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
