package main

import (
	"cmp"
	"fmt"
	"log/slog"

	"guildboard/handlers/connlimit"
	"guildboard/handlers/live"
)

const (
	minConnections     = 16   // minimum of CONNECTIONS
	metricsConnections = 16   // connections to METRICS_ADDR
	reservedFiles      = 256  // for the database, Redis, Discord and files; at most a quarter of the limit
	defaultOpenFiles   = 1024 // if the system's limit is unknown
)

// A fileBudget is the number of streams and other connections that fit into the process's limit of open files.
type fileBudget struct {
	files, streams, connections int
}

// newFileBudget divides files between streams and connections, which are the settings (0: the default). If both do not fit,
// a CONNECTIONS that was set comes first, and without it connections get a quarter: half with TLS, where a stream over
// HTTP/2 is one of them.
func newFileBudget(files, streams, connections int, tls bool) fileBudget {
	streams = cmp.Or(streams, live.DefaultMaxStreams)
	wantedConnections := cmp.Or(connections, max(streams, minConnections))
	usable := max(files-min(reservedFiles, files/4)-connlimit.DefaultReserve-metricsConnections, 2*minConnections)
	if streams+wantedConnections <= usable {
		return fileBudget{files, streams, wantedConnections}
	}
	share := usable / 4
	if tls {
		share = usable / 2
	}
	if connections == 0 {
		wantedConnections = max(share, usable-streams)
	}
	wantedConnections = max(minConnections, min(wantedConnections, usable-usable/8)) // leave files for streams
	return fileBudget{files, min(streams, usable-wantedConnections), wantedConnections}
}

// warnIfReduced logs a warning if the settings do not fit.
func (b fileBudget) warnIfReduced(log *slog.Logger, streams, connections int) {
	if b.streams < streams || b.connections < connections {
		log.Warn("open files limit is too low for STREAMS and CONNECTIONS, using less", "open_files", b.files,
			"streams", b.streams, "connections", b.connections)
	}
}

// checkConnections returns an error if the setting CONNECTIONS is invalid; 0 means the default.
func checkConnections(connections int) error {
	if connections != 0 && connections < minConnections {
		return fmt.Errorf("CONNECTIONS (--connections) must be at least %d, or 0 for as many as open files allow", minConnections)
	}
	return nil
}
