// Package chromium prints pages by the browser, where there is one.
package chromium

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/atomicfile"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/proctree"
)

// ErrNone says that there is no browser to print with, and how to get one.
var ErrNone = errors.New("it takes Chromium or Chrome, and neither is on PATH: on Debian, apt install chromium")

// patience is how long a browser may take for a page.
const patience = 2 * time.Minute

var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge"}

const macOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"

// Find returns the path of a browser.
func Find() (string, error) {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	if _, err := os.Stat(macOS); runtime.GOOS == "darwin" && err == nil {
		return macOS, nil
	}
	return "", ErrNone
}

// Print writes a page as PDF. Temporary files go to temp.
func Print(ctx context.Context, temp, page, pdf string) error {
	browser, err := Find()
	if err != nil {
		return err
	}
	profile, err := os.MkdirTemp(temp, "chromium-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(profile)
	if page, err = filepath.Abs(page); err != nil {
		return err
	}
	printed := filepath.Join(profile, "page.pdf")
	args := []string{
		"--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-background-networking",
		"--user-data-dir=" + profile, "--no-pdf-header-footer", "--print-to-pdf=" + printed,
	}
	if os.Getuid() == 0 {
		args = append(args, "--no-sandbox") // it refuses to run as root otherwise
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("%s took more than %v", browser, patience))
	defer cancel()
	cmd := exec.CommandContext(ctx, browser, append(args, (&url.URL{Scheme: "file", Path: filepath.ToSlash(page)}).String())...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	proctree.Lead(cmd)
	cmd.Cancel = func() error { proctree.Kill(cmd.Process.Pid); return nil }
	cmd.WaitDelay = time.Second
	err = cmd.Run()
	if cmd.Process != nil {
		proctree.Kill(cmd.Process.Pid) // its helpers end on their own, but not at once
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return fmt.Errorf("%s: %s", browser, gotool.LastLine(stderr.String(), err))
	}
	data, err := os.ReadFile(printed)
	if err != nil || !bytes.HasPrefix(data, []byte("%PDF-")) {
		return fmt.Errorf("%s printed nothing: %s", browser, gotool.LastLine(stderr.String(), errors.New("no reason given")))
	}
	return atomicfile.Write(pdf, data, 0o644)
}
