//go:build unix

package rig

import (
	"context"
	"errors"
	"fmt"
	"net"
	neturl "net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// ErrMissing: the program is not installed.
var ErrMissing = errors.New("not installed")

// Redis starts a Redis on a port of its own, which keeps what it was told even if it is killed. Settings are as on its
// command line. The address is host:port.
func Redis(ctx context.Context, settings ...string) (p *Process, addr string, err error) {
	if addr, err = FreeAddr(); err != nil {
		return nil, "", err
	}
	p, err = redisAt(ctx, addr, settings...)
	return p, addr, err
}

func redisAt(ctx context.Context, addr string, settings ...string) (*Process, error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, fmt.Errorf("redis-server: %w", ErrMissing)
	}
	data, err := place("redis")
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(addr)
	p := &Process{program: program, data: data, args: append([]string{
		"--bind", "127.0.0.1", "--port", port, "--dir", data, "--save", "", "--appendonly", "yes",
	}, settings...)}
	p.answers = func(ctx context.Context) error { return pingRedis(ctx, addr) }
	return p, p.start(ctx)
}

func pingRedis(ctx context.Context, addr string) error {
	client := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, DialerRetries: 1})
	defer client.Close()
	return client.Ping(ctx).Err()
}

// Postgres makes a cluster and starts it on a port of its own. What it has committed survives a kill. Its database is
// at url.
func Postgres(ctx context.Context) (p *Process, url string, err error) {
	installed, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if initdb, err := exec.LookPath("initdb"); err == nil {
		installed = append(installed, initdb)
	}
	if len(installed) == 0 {
		return nil, "", fmt.Errorf("initdb: %w", ErrMissing)
	}
	bin := filepath.Dir(slices.Max(installed))
	as, err := unprivileged()
	if err != nil {
		return nil, "", err
	}
	data, err := place("postgres")
	if err != nil {
		return nil, "", err
	}
	p = &Process{program: filepath.Join(bin, "postgres"), as: as, data: data}
	if err := p.initdb(ctx, bin); err != nil {
		p.Close()
		return nil, "", err
	}
	addr, err := FreeAddr()
	if err != nil {
		p.Close()
		return nil, "", err
	}
	_, port, _ := net.SplitHostPort(addr)
	url = "postgres://guildboard@" + addr + "/postgres?sslmode=disable"
	p.args = []string{
		"-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200",
		"-c", "fsync=off", // which outlives a kill, though not a power cut
	}
	p.answers = func(ctx context.Context) error { return execute(ctx, url, "SELECT 1") }
	return p, url, p.start(ctx)
}

func (p *Process) initdb(ctx context.Context, bin string) error {
	if p.as != nil {
		if err := os.Chown(p.data, int(p.as.Uid), int(p.as.Gid)); err != nil {
			return fmt.Errorf("making a place for Postgres: %w", err)
		}
	}
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", p.data, "-U", "guildboard", "-A", "trust",
		"-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	initdb.Dir = "/"
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: p.as}
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

func place(name string) (string, error) {
	data, err := os.MkdirTemp("", "guildboard-"+name+"-")
	if err != nil {
		return "", fmt.Errorf("making a place for %s: %w", name, err)
	}
	return data, nil
}

// unprivileged is the user postgres when we are root, whom Postgres refuses to run for; else nil.
func unprivileged() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("as whom to run Postgres: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("as whom to run Postgres: %w", err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("as whom to run Postgres: %w", err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// Schema makes an empty schema in the database at url, and gives the address that makes a store live in it.
func Schema(ctx context.Context, url, name string) (string, error) {
	address, err := neturl.Parse(url)
	if err != nil {
		return "", errors.New("reading the database's address: it is no URL") // it may hold a password
	}
	if err := execute(ctx, url, "CREATE SCHEMA "+name); err != nil {
		return "", err
	}
	query := address.Query()
	query.Set("search_path", name+",public") // public holds the operators of pg_trgm
	address.RawQuery = query.Encode()
	return address.String(), nil
}

// DropSchema removes what Schema has made, with all that is in it.
func DropSchema(ctx context.Context, url, name string) error {
	return execute(ctx, url, "DROP SCHEMA "+name+" CASCADE")
}

func execute(ctx context.Context, url, statement string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("connecting to Postgres: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("executing %q: %w", statement, err)
	}
	return nil
}
