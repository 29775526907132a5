//go:build unix

package browsers

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"guildboard/cmd/internal/testenv"
)

// webkit is WebKitGTK on a virtual display. A driver serves one session, so each page has its own driver and browser.
type webkit struct {
	screen  *childProcess
	display string // DISPLAY
	browser string // path of MiniBrowser
}

func startWebKit(ctx context.Context) (Browser, error) {
	installed, _ := filepath.Glob("/usr/lib/*/webkit2gtk-4.*/MiniBrowser")
	if len(installed) == 0 {
		return nil, fmt.Errorf("MiniBrowser (Debian: libwebkit2gtk-4.1-0): %w", ErrMissing)
	}
	if _, err := exec.LookPath(webkitDriver); err != nil {
		return nil, fmt.Errorf("%s (Debian: webkit2gtk-driver): %w", webkitDriver, ErrMissing)
	}
	screen, err := launch(nil, "Xvfb", "-displayfd", "1", "-screen", "0", "2600x1200x24", "-nolisten", "tcp")
	if err != nil {
		return nil, err
	}
	b := &webkit{screen: screen, browser: slices.Max(installed)}
	display, err := screen.waitForLine(ctx, func(line string) (string, bool) {
		_, err := strconv.Atoi(line)
		return line, err == nil
	})
	if err != nil {
		b.Close()
		return nil, err
	}
	b.display = ":" + display
	return b, nil
}

const webkitDriver = "WebKitWebDriver"

// Close ends the display, which ends its browsers.
func (b *webkit) Close() { b.screen.Close() }

// NewPage starts a driver and a browser.
func (b *webkit) NewPage(ctx context.Context) (Page, error) {
	addr, err := testenv.FreeAddr()
	if err != nil {
		return nil, err
	}
	host, port, _ := net.SplitHostPort(addr)
	driver, err := launch([]string{
		"DISPLAY=" + b.display, "NO_AT_BRIDGE=1", "GSETTINGS_BACKEND=memory", "LIBGL_ALWAYS_SOFTWARE=1",
	}, webkitDriver, "--host="+host, "--port="+port)
	if err != nil {
		return nil, err
	}
	driver.discardOutput()
	p := &webkitPage{driver: driver, base: "http://" + addr}
	if err := p.startSession(ctx, b.browser); err != nil {
		driver.Close()
		return nil, fmt.Errorf("start WebKit: %w", err)
	}
	return p, nil
}

// webkitPage is a WebDriver session: https://www.w3.org/TR/webdriver2/
type webkitPage struct {
	driver *childProcess
	base   string // URL of the driver, of the session after startSession
}

func (p *webkitPage) startSession(ctx context.Context, browser string) error {
	for p.call(ctx, http.MethodGet, "/status", nil, nil) != nil {
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	var session struct{ SessionID string }
	err := p.call(ctx, http.MethodPost, "/session", object{"capabilities": object{"alwaysMatch": object{
		"acceptInsecureCerts":      true,
		"webkitgtk:browserOptions": object{"binary": browser, "args": []string{"--automation"}},
	}}}, &session)
	p.base += "/session/" + session.SessionID
	return err
}

// call sends a command and decodes its value unless result is nil.
func (p *webkitPage) call(ctx context.Context, method, path string, params, result any) error {
	var body io.Reader
	if method == http.MethodPost {
		raw, err := json.Marshal(params)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, p.base+path, body)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var response struct{ Value json.RawMessage }
	if err := json.NewDecoder(resp.Body).Decode(&response); err != nil {
		return fmt.Errorf("%s: status %d: %w", path, resp.StatusCode, err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", path, response.Value)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(response.Value, result)
}

func (p *webkitPage) post(ctx context.Context, path string, params object) error {
	return p.call(ctx, http.MethodPost, path, params, nil)
}

func (p *webkitPage) Navigate(ctx context.Context, url string) error {
	return p.post(ctx, "/url", object{"url": url})
}

func (p *webkitPage) Back(ctx context.Context) error { return p.post(ctx, "/back", object{}) }

func (p *webkitPage) Evaluate(ctx context.Context, expression string, result any) error {
	var text string
	err := p.call(ctx, http.MethodPost, "/execute/async", object{
		"script": "const done = arguments[0]; " + asJSON(expression) + ".then(done, e => done('!' + e))", "args": []any{},
	}, &text)
	if err != nil {
		return err
	}
	if text[0] == '!' { // JSON never starts with it
		return errors.New("evaluate " + expression + ": " + text[1:])
	}
	return decode(text, result)
}

func (p *webkitPage) perform(ctx context.Context, sources ...inputSource) error {
	return p.post(ctx, "/actions", object{"actions": sources})
}

func (p *webkitPage) Click(ctx context.Context, selector string) error {
	return click(ctx, p, selector)
}

func (p *webkitPage) Type(ctx context.Context, selector, text string) error {
	return typeText(ctx, p, selector, text)
}

// SetCookie opens url first if no page of its host is open, because WebDriver sets cookies for the current page only.
func (p *webkitPage) SetCookie(ctx context.Context, url, name, value string) error {
	var origin string
	if err := p.Evaluate(ctx, "location.origin", &origin); err != nil || origin != url {
		if err := p.Navigate(ctx, url); err != nil {
			return err
		}
	}
	return p.post(ctx, "/cookie", object{"cookie": object{"name": name, "value": value, "path": "/"}})
}

func (p *webkitPage) Resize(ctx context.Context, width, height int) error {
	return p.post(ctx, "/window/rect", object{"width": width, "height": height})
}

func (p *webkitPage) Screenshot(ctx context.Context) ([]byte, error) {
	var screenshot string
	if err := p.call(ctx, http.MethodGet, "/screenshot", nil, &screenshot); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(screenshot)
}

func (p *webkitPage) Close() error {
	defer p.driver.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return p.call(ctx, http.MethodDelete, "", nil, nil)
}
