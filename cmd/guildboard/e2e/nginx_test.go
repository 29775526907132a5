//go:build e2e

package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// nginxConfig is the configuration that README requires. Its arguments are a directory, the address of the server and
// the address of nginx.
const nginxConfig = `
daemon off;
master_process off;
pid %[1]s/nginx.pid;
error_log stderr warn;
events {}
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	upstream guildboard { server %[2]s; keepalive 32; }
	server {
		listen %[3]s ssl http2;
		ssl_certificate %[1]s/cert.pem;
		ssl_certificate_key %[1]s/key.pem;
		location / {
			proxy_pass http://guildboard;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_set_header Host $http_host;
			proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
			proxy_set_header X-Forwarded-Proto $scheme;
			proxy_read_timeout 1h;
			proxy_buffering off;
		}
	}
}
`

// startNginx runs nginx with TLS and HTTP/2 in front of a server. It returns the URL of nginx, and a client that trusts
// its certificate.
func startNginx(t *testing.T, upstream string) (url string, client *http.Client) {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		skipMissing(t, "nginx")
	}
	dir, addr := t.TempDir(), freeAddr(t)
	tlsServer := httptest.NewTLSServer(http.NotFoundHandler()) // its certificate is for 127.0.0.1
	defer tlsServer.Close()
	pair := tlsServer.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	must(t, err)
	for name, content := range map[string][]byte{
		"cert.pem":   pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}),
		"key.pem":    pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
		"nginx.conf": fmt.Appendf(nil, nginxConfig, dir, strings.TrimPrefix(upstream, "http://"), addr),
	} {
		must(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
	process := start(t, program, "-c", filepath.Join(dir, "nginx.conf"), "-p", dir, "-e", "stderr")
	roots := x509.NewCertPool()
	roots.AddCert(tlsServer.Certificate())
	jar, err := cookiejar.New(nil)
	must(t, err)
	client = &http.Client{
		Jar:       jar,
		Timeout:   defaultTimeout,
		Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: roots}},
	}
	t.Cleanup(client.CloseIdleConnections)
	eventually(t, "nginx answers", func() (bool, string) {
		if process.hasExited() {
			t.Fatalf("nginx exited:\n%s", process.log.tail(20))
		}
		response, err := client.Get("https://" + addr + "/healthz")
		if err != nil {
			return false, err.Error()
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK, response.Status
	})
	return "https://" + addr, client
}

// TestBehindNginx requests a page, an action, exports and a stream through nginx, which serves HTTP/2 with TLS and
// keeps its connections to the server alive.
func TestBehindNginx(t *testing.T) {
	t.Parallel()
	s := demoServer(t)
	url, client := startNginx(t, s.url)
	get := func(path string, header ...string) *http.Response {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+path, nil)
		must(t, err)
		for i := 0; i < len(header); i += 2 {
			request.Header.Set(header[i], header[i+1])
		}
		response, err := client.Do(request)
		must(t, err)
		t.Cleanup(func() { response.Body.Close() })
		if response.StatusCode != http.StatusOK || response.ProtoMajor != 2 {
			t.Fatalf("GET %s = %s over %s, want 200 over HTTP/2", path, response.Status, response.Proto)
		}
		return response
	}
	signIn, err := client.PostForm(url+"/login/demo", nil)
	must(t, err)
	signIn.Body.Close()
	if signIn.StatusCode != http.StatusOK || signIn.Request.URL.Path != "/" {
		t.Fatalf("sign-in ended at %s with %s, want /", signIn.Request.URL, signIn.Status)
	}

	list := "/guilds/" + busyGuild + "/giveaways"
	page, err := goquery.NewDocumentFromReader(get(list).Body)
	must(t, err)
	if page.Find("#rows").Length() == 0 {
		t.Error("the page has no list")
	}
	for format, start := range map[string]string{"csv": "\ufeffid,", "json": "[\n{\"id\"", "xlsx": "PK\x03\x04"} {
		response := get(list + "/export?format=" + format)
		file, err := io.ReadAll(response.Body)
		if err != nil || !strings.HasPrefix(string(file), start) {
			t.Errorf("the %s export (%v) begins with %.20q, want %q", format, err, file, start)
		}
	}

	stream := get(list+"/live", "Accept", "text/event-stream")
	first := make([]byte, 1)
	if _, err := io.ReadFull(stream.Body, first); err != nil {
		t.Errorf("read the first byte of the stream: %v", err)
	}
	// nginx reads the whole body before it forwards the request, so a slow upload does not matter.
	saveResponse, err := client.Post(url+"/preferences", "application/x-www-form-urlencoded", io.MultiReader(
		strings.NewReader("theme="), strings.NewReader("dark&return=/preferences")))
	must(t, err)
	defer saveResponse.Body.Close()
	body, err := io.ReadAll(saveResponse.Body)
	must(t, err)
	if saveResponse.StatusCode != http.StatusOK || !strings.Contains(string(body), `data-theme="dark"`) {
		t.Errorf("POST /preferences = %s, want a page in the dark theme", saveResponse.Status)
	}
}
