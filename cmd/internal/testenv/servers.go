//go:build unix

package testenv

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

// ErrNotInstalled is returned when a program is not installed.
var ErrNotInstalled = errors.New("not installed")

// StartRedis starts a Redis on a free port. Its data survives a kill. Settings have the form of its command line. The
// address is host:port.
func StartRedis(ctx context.Context, settings ...string) (p *Process, addr string, err error) {
	if addr, err = FreeAddr(); err != nil {
		return nil, "", err
	}
	p, err = startRedisAt(ctx, addr, settings...)
	return p, addr, err
}

func startRedisAt(ctx context.Context, addr string, settings ...string) (*Process, error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, fmt.Errorf("redis-server: %w", ErrNotInstalled)
	}
	dataDir, err := makeDataDir("redis")
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(addr)
	p := &Process{program: program, dataDir: dataDir, args: append([]string{
		"--bind", "127.0.0.1", "--port", port, "--dir", dataDir, "--save", "", "--appendonly", "yes",
	}, settings...)}
	p.ready = func(ctx context.Context) error { return pingRedis(ctx, addr) }
	return p, p.startOrClose(ctx)
}

func pingRedis(ctx context.Context, addr string) error {
	client := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, DialerRetries: 1})
	defer client.Close()
	return client.Ping(ctx).Err()
}

// StartPostgres creates a Postgres cluster and starts it on a free port. Committed data survives a kill. The URL is
// that of its database.
func StartPostgres(ctx context.Context) (p *Process, url string, err error) {
	installed, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if initdb, err := exec.LookPath("initdb"); err == nil {
		installed = append(installed, initdb)
	}
	if len(installed) == 0 {
		return nil, "", fmt.Errorf("initdb: %w", ErrNotInstalled)
	}
	bin := filepath.Dir(slices.Max(installed))
	credential, err := postgresCredential()
	if err != nil {
		return nil, "", err
	}
	dataDir, err := makeDataDir("postgres")
	if err != nil {
		return nil, "", err
	}
	p = &Process{program: filepath.Join(bin, "postgres"), credential: credential, dataDir: dataDir}
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
		"-D", dataDir, "-p", port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200",
		"-c", "fsync=off", // data survives a kill, though not a power failure
	}
	p.ready = func(ctx context.Context) error { return execSQL(ctx, url, "SELECT 1") }
	return p, url, p.startOrClose(ctx)
}

func (p *Process) initdb(ctx context.Context, bin string) error {
	if p.credential != nil {
		if err := os.Chown(p.dataDir, int(p.credential.Uid), int(p.credential.Gid)); err != nil {
			return fmt.Errorf("set owner of data directory: %w", err)
		}
	}
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", p.dataDir, "-U", "guildboard", "-A", "trust",
		"-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	initdb.Dir = "/"
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: p.credential}
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

func makeDataDir(name string) (string, error) {
	dataDir, err := os.MkdirTemp("", "guildboard-"+name+"-")
	if err != nil {
		return "", fmt.Errorf("make data directory for %s: %w", name, err)
	}
	return dataDir, nil
}

// postgresCredential returns the credential of the user postgres if the current user is root, since Postgres refuses to
// run as root; else nil.
func postgresCredential() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("find user postgres: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("find user postgres: %w", err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("find user postgres: %w", err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// CreateSchema creates an empty schema in the database at url, and returns a URL with which a store uses that schema.
func CreateSchema(ctx context.Context, url, name string) (string, error) {
	address, err := neturl.Parse(url)
	if err != nil {
		return "", errors.New("parse database URL: invalid") // without the URL, which may hold a password
	}
	if err := execSQL(ctx, url, "CREATE SCHEMA "+name); err != nil {
		return "", err
	}
	query := address.Query()
	query.Set("search_path", name+",public") // pg_trgm's operators are in public
	address.RawQuery = query.Encode()
	return address.String(), nil
}

// DropSchema drops a schema with everything in it.
func DropSchema(ctx context.Context, url, name string) error {
	return execSQL(ctx, url, "DROP SCHEMA "+name+" CASCADE")
}

func execSQL(ctx context.Context, url, statement string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("connect to Postgres: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("execute %q: %w", statement, err)
	}
	return nil
}
