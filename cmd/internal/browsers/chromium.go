//go:build unix

package browsers

import (
	"context"
	"fmt"
	"os/exec"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// ChromiumBrowser is a running Chromium. Context is its chromedp context, for tests that need more than Page.
type ChromiumBrowser struct {
	Context context.Context
	stop    []context.CancelFunc
}

// ChromiumPath returns the path of an installed Chromium or Chrome; "" if there is none.
func ChromiumPath() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// StartChromium runs Chromium.
func StartChromium() (*ChromiumBrowser, error) {
	path := ChromiumPath()
	if path == "" {
		return nil, fmt.Errorf("chromium: %w", ErrMissing)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("no-proxy-server", true), chromedp.Flag("ignore-certificate-errors", true),
		chromedp.Flag("allow-pre-commit-input", true), // Chromium drops clicks before the first paint without it
		chromedp.WSURLReadTimeout(time.Minute))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, closeBrowser := chromedp.NewContext(allocator)
	b := &ChromiumBrowser{Context: ctx, stop: []context.CancelFunc{closeBrowser, stop}}
	if err := chromedp.Do(ctx); err != nil {
		b.Close()
		return nil, fmt.Errorf("start Chromium: %w", err)
	}
	return b, nil
}

// Close ends Chromium.
func (b *ChromiumBrowser) Close() {
	for _, stop := range b.stop {
		stop()
	}
}

// NewPage opens a window in a new browser context.
func (b *ChromiumBrowser) NewPage(context.Context) (Page, error) {
	pageCtx, closePage := chromedp.NewContext(b.Context, chromedp.WithNewBrowserContext())
	p := &chromiumPage{ctx: pageCtx, close: closePage}
	if err := chromedp.Do(pageCtx); err != nil { // the context of the first call bounds the page's lifetime
		closePage()
		return nil, fmt.Errorf("open page: %w", err)
	}
	return p, nil
}

type chromiumPage struct {
	ctx   context.Context // chromedp context
	close context.CancelFunc
}

// mergeContext returns a context derived from the page's that also ends with ctx.
func (p *chromiumPage) mergeContext(ctx context.Context) (context.Context, context.CancelFunc) {
	pageCtx, cancel := context.WithCancel(p.ctx)
	stop := context.AfterFunc(ctx, cancel)
	return pageCtx, func() { stop(); cancel() }
}

func (p *chromiumPage) do(ctx context.Context, steps ...chromedp.Action[chromedp.Void]) error {
	pageCtx, cancel := p.mergeContext(ctx)
	defer cancel()
	return chromedp.Do(pageCtx, steps...)
}

func (p *chromiumPage) Navigate(ctx context.Context, url string) error {
	return p.do(ctx, chromedp.Navigate(url))
}

func (p *chromiumPage) Back(ctx context.Context) error {
	// chromedp.NavigateBack waits for a load event, which a history entry of pushState does not cause.
	return p.Evaluate(ctx, "history.back()", nil)
}

func (p *chromiumPage) Evaluate(ctx context.Context, expression string, result any) error {
	pageCtx, cancel := p.mergeContext(ctx)
	defer cancel()
	text, err := chromedp.Run(pageCtx, chromedp.Evaluate[string](asJSON(expression), chromedp.EvalAwaitPromise))
	if err != nil {
		return err
	}
	return decode(text, result)
}

func (p *chromiumPage) Click(ctx context.Context, selector string) error {
	return p.do(ctx, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

func (p *chromiumPage) Type(ctx context.Context, selector, text string) error {
	if err := p.Click(ctx, selector); err != nil {
		return err
	}
	if err := p.Evaluate(ctx, "document.querySelector("+QuoteJS(selector)+").value = ''", nil); err != nil {
		return err
	}
	return p.do(ctx, chromedp.SendKeys(chromedp.CSS(selector), text))
}

func (p *chromiumPage) SetCookie(ctx context.Context, url, name, value string) error {
	pageCtx, cancel := p.mergeContext(ctx)
	defer cancel()
	_, err := chromedp.Call(pageCtx, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: url})
	return err
}

func (p *chromiumPage) Resize(ctx context.Context, width, height int) error {
	return p.do(ctx, chromedp.EmulateViewport(int64(width), int64(height)))
}

func (p *chromiumPage) Screenshot(ctx context.Context) ([]byte, error) {
	pageCtx, cancel := p.mergeContext(ctx)
	defer cancel()
	return chromedp.Run(pageCtx, chromedp.CaptureScreenshot())
}

func (p *chromiumPage) Close() error {
	p.close()
	return nil
}
