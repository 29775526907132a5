package ui

// shortcuts are the keyboard shortcuts and the message keys of their descriptions. A space separates keys pressed in
// sequence.
var shortcuts = []struct{ keys, messageKey string }{
	{"j", "keys.next"}, {"k", "keys.previous"}, {"x", "keys.select"}, {"m", "keys.menu"},
	{"/", "keys.search"}, {"Ctrl+K", "keys.quickSearch"},
	{"g h", "keys.home"}, {"g o", "keys.overview"}, {"g g", "keys.giveaways"}, {"g t", "keys.tickets"}, {"?", "keys.help"},
}
