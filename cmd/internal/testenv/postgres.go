//go:build unix

package testenv

import (
	"context"
	"fmt"
	"net"
	neturl "net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// StartPgBouncer starts a PgBouncer in transaction mode on a free port. It opens so few connections to the server at
// url that clients share them. The returned address serves the server's databases.
func StartPgBouncer(ctx context.Context, url string) (p *Process, pooled string, err error) {
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		if program = "/usr/sbin/pgbouncer"; !isFile(program) {
			return nil, "", fmt.Errorf("pgbouncer: %w", ErrNotInstalled)
		}
	}
	server, err := neturl.Parse(url)
	if err != nil {
		return nil, "", fmt.Errorf("parse server address: %w", err)
	}
	credential, err := postgresCredential()
	if err != nil {
		return nil, "", err
	}
	addr, err := FreeAddr()
	if err != nil {
		return nil, "", err
	}
	dataDir, err := makeDataDir("pgbouncer")
	if err != nil {
		return nil, "", err
	}
	_, port, _ := net.SplitHostPort(addr)
	users, config := filepath.Join(dataDir, "users.txt"), filepath.Join(dataDir, "pgbouncer.ini")
	text := strings.Join([]string{
		"[databases]", fmt.Sprintf("* = host=%s port=%s", server.Hostname(), server.Port()),
		"[pgbouncer]", "listen_addr = 127.0.0.1", "listen_port = " + port, "unix_socket_dir =", "auth_type = trust", "auth_file = " + users,
		"pool_mode = transaction", "default_pool_size = 4", "max_client_conn = 300", "",
	}, "\n")
	p = &Process{program: program, credential: credential, dataDir: dataDir, args: []string{config}}
	err = os.WriteFile(users, []byte(`"`+server.User.Username()+`" ""`+"\n"), 0o600)
	if err == nil {
		err = os.WriteFile(config, []byte(text), 0o600)
	}
	for _, file := range []string{dataDir, users, config} {
		if err == nil && credential != nil {
			err = os.Chown(file, int(credential.Uid), int(credential.Gid))
		}
	}
	if err != nil {
		p.Close()
		return nil, "", fmt.Errorf("configure pgbouncer: %w", err)
	}
	server.Host = addr
	pooled = server.String()
	p.ready = func(ctx context.Context) error {
		return execSQL(ctx, pooled+"&default_query_exec_mode=simple_protocol", "SELECT 1")
	}
	return p, pooled, p.startOrClose(ctx)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// StartStandby starts a hot standby of a Postgres that this package has started. Promote makes it a primary.
func StartStandby(ctx context.Context, primary *Process, url string) (p *Process, standby string, err error) {
	server, err := neturl.Parse(url)
	if err != nil {
		return nil, "", fmt.Errorf("parse server address: %w", err)
	}
	program, err := filepath.EvalSymlinks(primary.program) // pg_basebackup is in the same directory
	if err != nil {
		return nil, "", fmt.Errorf("find pg_basebackup: %w", err)
	}
	addr, err := FreeAddr()
	if err != nil {
		return nil, "", err
	}
	dataDir, err := makeDataDir("postgres")
	if err != nil {
		return nil, "", err
	}
	p = &Process{program: primary.program, credential: primary.credential, dataDir: dataDir}
	if p.credential != nil {
		err = os.Chown(dataDir, int(p.credential.Uid), int(p.credential.Gid))
	}
	if err == nil {
		copy := exec.CommandContext(ctx, filepath.Join(filepath.Dir(program), "pg_basebackup"), "-h", server.Hostname(),
			"-p", server.Port(),
			"-U", server.User.Username(), "-D", dataDir, "-R", "-X", "stream", "-c", "fast", "--no-sync")
		copy.Dir, copy.SysProcAttr = "/", &syscall.SysProcAttr{Credential: p.credential}
		var out []byte
		if out, err = copy.CombinedOutput(); err != nil {
			err = fmt.Errorf("pg_basebackup: %w\n%s", err, out)
		}
	}
	if err != nil {
		p.Close()
		return nil, "", fmt.Errorf("copy primary: %w", err)
	}
	_, port, _ := net.SplitHostPort(addr)
	p.args = []string{
		"-D", dataDir, "-p", port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
		"-c", "max_connections=200", "-c", "fsync=off",
	}
	server.Host = addr
	standby = server.String()
	p.ready = func(ctx context.Context) error { return execSQL(ctx, standby, "SELECT 1") }
	return p, standby, p.startOrClose(ctx)
}

// Promote makes the standby at url a primary, and returns when it accepts writes. It does not let pg_promote wait: the
// standby cancels queries that conflict with its recovery, which may include that one.
func Promote(ctx context.Context, url string) error {
	if err := execSQL(ctx, url, "SELECT pg_promote(false)"); err != nil {
		return err
	}
	server, err := neturl.Parse(url)
	if err != nil {
		return fmt.Errorf("parse server address: %w", err)
	}
	query := server.Query()
	query.Set("target_session_attrs", "read-write")
	server.RawQuery = query.Encode()
	return retryUntilReady(ctx, func(ctx context.Context) error { return execSQL(ctx, server.String(), "SELECT 1") })
}
