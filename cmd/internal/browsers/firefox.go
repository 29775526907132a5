//go:build unix

package browsers

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// firefoxPreferences disable dialogs and background requests. Firefox itself sets the preferences for automation
// (remote.prefs.recommended).
const firefoxPreferences = `user_pref("app.normandy.enabled", false);
user_pref("app.update.disabledForTesting", true);
user_pref("browser.startup.homepage_override.mstone", "ignore");
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("extensions.getAddons.cache.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("network.proxy.type", 0);
user_pref("nimbus.rollouts.enabled", false);
`

type firefox struct {
	*childProcess
	profile string // profile directory
	bidi    *bidiConn
}

func startFirefox(ctx context.Context) (Browser, error) {
	name := "firefox-esr"
	if _, err := exec.LookPath(name); err != nil {
		name = "firefox"
	}
	profile, err := os.MkdirTemp("", "guildboard-firefox-")
	if err != nil {
		return nil, fmt.Errorf("create profile: %w", err)
	}
	b := &firefox{profile: profile}
	if err := b.start(ctx, name); err != nil {
		b.Close()
		return nil, fmt.Errorf("start Firefox: %w", err)
	}
	return b, nil
}

func (b *firefox) start(ctx context.Context, name string) (err error) {
	if err := os.WriteFile(filepath.Join(b.profile, "user.js"), []byte(firefoxPreferences), 0o600); err != nil {
		return fmt.Errorf("write profile: %w", err)
	}
	b.childProcess, err = launch([]string{"MOZ_CRASHREPORTER_DISABLE=1"}, name,
		"--headless", "--no-remote", "--profile", b.profile, "--remote-debugging-port", "0", "about:blank")
	if err != nil {
		return err
	}
	address, err := b.waitForLine(ctx, func(line string) (string, bool) {
		return strings.CutPrefix(line, "WebDriver BiDi listening on ")
	})
	if err != nil {
		return err
	}
	if b.bidi, err = dialBiDi(ctx, address+"/session"); err != nil {
		return err
	}
	return b.bidi.call(ctx, "session.new", object{"capabilities": object{
		"alwaysMatch": object{"acceptInsecureCerts": true},
	}}, nil)
}

// Close ends Firefox.
func (b *firefox) Close() {
	if b.bidi != nil {
		b.bidi.close()
	}
	if b.childProcess != nil {
		b.childProcess.Close()
	}
	_ = os.RemoveAll(b.profile) // as in childProcess.Close
}

// NewPage opens a window in a new user context.
func (b *firefox) NewPage(ctx context.Context) (Page, error) {
	var created struct{ UserContext string }
	if err := b.bidi.call(ctx, "browser.createUserContext", object{}, &created); err != nil {
		return nil, err
	}
	var window struct{ Context string }
	err := b.bidi.call(ctx, "browsingContext.create", object{"type": "window", "userContext": created.UserContext}, &window)
	if err != nil {
		return nil, err
	}
	return &firefoxPage{bidi: b.bidi, userContext: created.UserContext, context: window.Context}, nil
}

type firefoxPage struct {
	bidi                 *bidiConn
	userContext, context string
}

func (p *firefoxPage) Navigate(ctx context.Context, url string) error {
	return p.bidi.call(ctx, "browsingContext.navigate", object{
		"context": p.context, "url": url, "wait": "complete",
	}, nil)
}

func (p *firefoxPage) Back(ctx context.Context) error {
	return p.bidi.call(ctx, "browsingContext.traverseHistory", object{"context": p.context, "delta": -1}, nil)
}

func (p *firefoxPage) Evaluate(ctx context.Context, expression string, result any) error {
	var response struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct{ Text string }
	}
	err := p.bidi.call(ctx, "script.evaluate", object{
		"expression": asJSON(expression), "target": object{"context": p.context}, "awaitPromise": true,
	}, &response)
	if err != nil {
		return err
	}
	if response.ExceptionDetails != nil {
		return fmt.Errorf("evaluate %s: %s", expression, response.ExceptionDetails.Text)
	}
	var text string
	if err := json.Unmarshal(response.Result.Value, &text); err != nil {
		return fmt.Errorf("evaluate %s: %w", expression, err)
	}
	return decode(text, result)
}

func (p *firefoxPage) perform(ctx context.Context, sources ...inputSource) error {
	return p.bidi.call(ctx, "input.performActions", object{"context": p.context, "actions": sources}, nil)
}

func (p *firefoxPage) Click(ctx context.Context, selector string) error {
	return click(ctx, p, selector)
}

func (p *firefoxPage) Type(ctx context.Context, selector, text string) error {
	return typeText(ctx, p, selector, text)
}

func (p *firefoxPage) SetCookie(ctx context.Context, address, name, value string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	return p.bidi.call(ctx, "storage.setCookie", object{
		"cookie": object{
			"name": name, "value": object{"type": "string", "value": value}, "domain": u.Hostname(), "path": "/",
		},
		"partition": object{"type": "storageKey", "userContext": p.userContext},
	}, nil)
}

func (p *firefoxPage) Resize(ctx context.Context, width, height int) error {
	return p.bidi.call(ctx, "browsingContext.setViewport", object{
		"context": p.context, "viewport": object{"width": width, "height": height},
	}, nil)
}

func (p *firefoxPage) Screenshot(ctx context.Context) ([]byte, error) {
	var screenshot struct{ Data string }
	if err := p.bidi.call(ctx, "browsingContext.captureScreenshot", object{"context": p.context}, &screenshot); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(screenshot.Data)
}

func (p *firefoxPage) Close() error {
	return p.bidi.call(context.Background(), "browser.removeUserContext", object{"userContext": p.userContext}, nil)
}
