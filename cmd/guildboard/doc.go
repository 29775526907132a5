// Command guildboard is a live dashboard for the giveaways and tickets of Discord servers.
//
//	guildboard demo        run everything in one process, with a made-up server, to try it
//	guildboard dashboard   run the dashboard on your Redis and database
//	guildboard doctor      check a bot, a dashboard, the data or a draw: doctor bot, dashboard, data, draw
//	guildboard version     print the version
//
// # Settings
//
// Settings are flags or environment variables; --help lists both. Secrets do not belong in flags, which every user of the
// machine can see. DATABASE_URL, REDIS_URL, SESSION_KEY, SESSION_KEY_PREVIOUS, CONTRACT_KEY, CONTRACT_KEY_PREVIOUS and
// DISCORD_CLIENT_SECRET can be read from a file that <NAME>_FILE names, such as SESSION_KEY_FILE=/run/secrets/session_key.
//
// To replace SESSION_KEY without signing users out, move the old key to SESSION_KEY_PREVIOUS for 30 days. Package store
// documents how to replace CONTRACT_KEY (Signatures).
//
// # Database
//
// Every start migrates the schema, one process at a time. Postgres 13 or newer with encoding UTF8 needs the extension
// pg_trgm, which the owner of a database may create. With ICU, searches and the order of names are the same in every
// locale; without it the start logs a warning. PgBouncer works in every pool mode; switch jit off for the role then (ALTER
// ROLE … SET jit = off). With several hosts and target_session_attrs=read-write in DATABASE_URL, a failover is followed.
// While the database is read-only, pages can be read and changes are answered with 503.
//
// Only one process can write a SQLite database. The file is readable for its owner alone; other programs can't write it,
// because its triggers call a function of this program (fold_text).
//
// # Proxies
//
// Streams have the content type text/event-stream, the page's path with "/live" appended, and X-Accel-Buffering: no. A
// proxy must not buffer or compress them, and must let them live longer than a minute: a ping is sent every 15 s. It should
// speak HTTP/2 to browsers: over HTTP/1.1 a browser opens six connections to a site, so hidden tabs close their stream. It
// must pass Host, Origin and Sec-Fetch-Site unchanged, which identify requests of other sites. Without TRUSTED_PROXIES,
// logs and limits use the address of the connection.
//
// # Security
//
// Sessions, tokens and cached permissions in Redis are encrypted with SESSION_KEY: access to Redis does not make anybody a
// manager, but allows ending sessions and reading the messages between bot and dashboards. With CONTRACT_KEY on both sides,
// commands and results are signed; messages without a valid signature are ignored, logged, and counted in
// guildboard_unsigned_results_total. Redis needs a password and, beyond this machine, TLS.
//
// A session ends after seven days without a request, and after 30 days at most. Its cookie is replaced every day. Pages
// are no-store, and signing out clears the browser's cache and storage. HSTS is sent if PUBLIC_URL is https.
//
// Log lines with log=security are the security log: signed in, signed out, session ended, sign-in failed, access refused
// (401, 403, 429, and 404 by a guard) and grants changed, each with user, address and request.
//
// # Slow clients
//
// A client has 5 s to send the headers of a request, 15 s to send the body (64 KiB at most) and 30 s to read the response.
// STREAMS and CONNECTIONS together must fit into the open files that the system allows (ulimit -n); otherwise the start
// logs a warning and uses less. At the limit of CONNECTIONS, package handlers/connlimit closes a connection that waits for
// its client for each new one, or lets new requests wait for up to a second and answers them with 503.
package main
