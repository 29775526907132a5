//go:build unix

package rig

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

// PgBouncer starts a PgBouncer in transaction mode on a port of its own, with so few connections to the server at url that
// clients share them. The server's databases are at the address it returns.
func PgBouncer(ctx context.Context, url string) (p *Process, pooled string, err error) {
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		if program = "/usr/sbin/pgbouncer"; !isFile(program) {
			return nil, "", fmt.Errorf("pgbouncer: %w", ErrMissing)
		}
	}
	server, err := neturl.Parse(url)
	if err != nil {
		return nil, "", fmt.Errorf("reading the server's address: %w", err)
	}
	as, err := unprivileged()
	if err != nil {
		return nil, "", err
	}
	addr, err := FreeAddr()
	if err != nil {
		return nil, "", err
	}
	data, err := place("pgbouncer")
	if err != nil {
		return nil, "", err
	}
	_, port, _ := net.SplitHostPort(addr)
	users, config := filepath.Join(data, "users.txt"), filepath.Join(data, "pgbouncer.ini")
	text := strings.Join([]string{
		"[databases]", fmt.Sprintf("* = host=%s port=%s", server.Hostname(), server.Port()),
		"[pgbouncer]", "listen_addr = 127.0.0.1", "listen_port = " + port, "unix_socket_dir =", "auth_type = trust", "auth_file = " + users,
		"pool_mode = transaction", "default_pool_size = 4", "max_client_conn = 300", "",
	}, "\n")
	p = &Process{program: program, as: as, data: data, args: []string{config}}
	err = os.WriteFile(users, []byte(`"`+server.User.Username()+`" ""`+"\n"), 0o600)
	if err == nil {
		err = os.WriteFile(config, []byte(text), 0o600)
	}
	for _, file := range []string{data, users, config} {
		if err == nil && as != nil {
			err = os.Chown(file, int(as.Uid), int(as.Gid))
		}
	}
	if err != nil {
		p.Close()
		return nil, "", fmt.Errorf("configuring pgbouncer: %w", err)
	}
	server.Host = addr
	pooled = server.String()
	p.answers = func(ctx context.Context) error {
		return execute(ctx, pooled+"&default_query_exec_mode=simple_protocol", "SELECT 1")
	}
	return p, pooled, p.start(ctx)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// Standby starts a hot standby of a Postgres that this package has started. Promote makes it a primary.
func Standby(ctx context.Context, primary *Process, url string) (p *Process, standby string, err error) {
	server, err := neturl.Parse(url)
	if err != nil {
		return nil, "", fmt.Errorf("reading the server's address: %w", err)
	}
	program, err := filepath.EvalSymlinks(primary.program) // beside which pg_basebackup is
	if err != nil {
		return nil, "", fmt.Errorf("finding pg_basebackup: %w", err)
	}
	addr, err := FreeAddr()
	if err != nil {
		return nil, "", err
	}
	data, err := place("postgres")
	if err != nil {
		return nil, "", err
	}
	p = &Process{program: primary.program, as: primary.as, data: data}
	if p.as != nil {
		err = os.Chown(data, int(p.as.Uid), int(p.as.Gid))
	}
	if err == nil {
		copy := exec.CommandContext(ctx, filepath.Join(filepath.Dir(program), "pg_basebackup"), "-h", server.Hostname(), "-p", server.Port(),
			"-U", server.User.Username(), "-D", data, "-R", "-X", "stream", "-c", "fast", "--no-sync")
		copy.Dir, copy.SysProcAttr = "/", &syscall.SysProcAttr{Credential: p.as}
		var out []byte
		if out, err = copy.CombinedOutput(); err != nil {
			err = fmt.Errorf("pg_basebackup: %w\n%s", err, out)
		}
	}
	if err != nil {
		p.Close()
		return nil, "", fmt.Errorf("copying the primary: %w", err)
	}
	_, port, _ := net.SplitHostPort(addr)
	p.args = []string{
		"-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
		"-c", "max_connections=200", "-c", "fsync=off",
	}
	server.Host = addr
	standby = server.String()
	p.answers = func(ctx context.Context) error { return execute(ctx, standby, "SELECT 1") }
	return p, standby, p.start(ctx)
}

// Promote makes a primary of the standby at url, and returns when it accepts changes. It does not have pg_promote wait for
// that: the standby ends queries that conflict with what it replays, and that one, too.
func Promote(ctx context.Context, url string) error {
	if err := execute(ctx, url, "SELECT pg_promote(false)"); err != nil {
		return err
	}
	server, err := neturl.Parse(url)
	if err != nil {
		return fmt.Errorf("reading the server's address: %w", err)
	}
	query := server.Query()
	query.Set("target_session_attrs", "read-write")
	server.RawQuery = query.Encode()
	return await(ctx, func(ctx context.Context) error { return execute(ctx, server.String(), "SELECT 1") })
}
