// Package gotool runs the go command of the machine the same way whatever its
// caller's environment says, and finds the checkout that it works on.
package gotool

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/modfile"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/proctree"
)

// Versions returns the versions of the modules that go.mod of repo asks for.
func Versions(repo string) (map[string]string, error) {
	file := filepath.Join(repo, "go.mod")
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	mod, err := modfile.ParseLax(file, data, nil)
	if err != nil {
		return nil, err
	}
	versions := make(map[string]string)
	for _, r := range mod.Require {
		versions[r.Mod.Path] = r.Mod.Version
	}
	return versions, nil
}

// Toolchain is the go command that serves a checkout, and its settings.
type Toolchain struct {
	Root     string // GOROOT
	Version  string // as in "go1.26.0"
	Cache    string // GOCACHE
	ModCache string // GOMODCACHE
	Proxy    string // GOPROXY
	Temp     string // TMPDIR of what it runs
}

// ErrNoGo is matched where there is no go command at all.
var ErrNoGo = errors.New("no go command on PATH: install Go 1.26 or newer (https://go.dev/dl) and add its bin folder to PATH")

// ErrWindows is all there is to say there.
var ErrWindows = errors.New("the GoNB kernel doesn't run on Windows: use WSL2 (wsl --install), or a Linux container with Go in it")

// Find asks the go command on PATH which toolchain serves repo: an older one may
// hand over to the one that go.mod asks for. What the toolchain runs puts its
// temporary files into temp.
func Find(ctx context.Context, repo, temp string) (*Toolchain, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return nil, ErrNoGo
	}
	t := &Toolchain{Temp: temp}
	cmd := exec.CommandContext(ctx, path, "env", "-json", "GOROOT", "GOVERSION", "GOCACHE", "GOMODCACHE", "GOPROXY")
	cmd.Dir, cmd.Env = repo, t.environ(os.Environ())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s doesn't work: %s", path, LastLine(stderr.String(), err))
	}
	var v struct{ GOROOT, GOVERSION, GOCACHE, GOMODCACHE, GOPROXY string }
	if err := json.Unmarshal(out, &v); err != nil {
		return nil, fmt.Errorf("%s env: %w", path, err)
	}
	t.Root, t.Version, t.Cache, t.ModCache, t.Proxy = v.GOROOT, v.GOVERSION, v.GOCACHE, v.GOMODCACHE, v.GOPROXY
	return t, nil
}

// Bin returns the folder of the toolchain's programs.
func (t *Toolchain) Bin() string { return filepath.Join(t.Root, "bin") }

// environ is the environment of every go command run here: what would change or
// stop the building of the checkout is set, since what is unset would be filled
// in from the user's go env file.
func (t *Toolchain) environ(base []string) []string {
	env := slices.DeleteFunc(slices.Clone(base), func(kv string) bool { return strings.HasPrefix(kv, "GOROOT=") })
	env = append(env, "GOFLAGS=-mod=readonly", "GOWORK=off", "GO111MODULE=on",
		"GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH, "TMPDIR="+t.Temp, "GOTMPDIR="+t.Temp)
	if t.Root != "" {
		env = append(env, "GOTOOLCHAIN=local", "PATH="+t.Bin()+string(os.PathListSeparator)+os.Getenv("PATH"))
	}
	return env
}

// Run runs the go command in dir, with extra settings last, and returns what it
// printed to standard output. When ctx ends, all that it started ends.
func (t *Toolchain) Run(ctx context.Context, dir string, extra []string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(t.Bin(), "go"), args...)
	cmd.Dir, cmd.Env = dir, append(t.environ(os.Environ()), extra...)
	proctree.Lead(cmd)
	cmd.Cancel = func() error { proctree.Kill(cmd.Process.Pid); return nil }
	cmd.WaitDelay = time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if err != nil {
		return "", &Error{Args: args, Output: stderr.String(), Err: err}
	}
	return stdout.String(), nil
}

// An Error is a go command that failed.
type Error struct {
	Args   []string
	Output string // what it printed to standard error
	Err    error
}

var (
	unreachable = regexp.MustCompile(`dial tcp|no such host|i/o timeout|connection refused|network is unreachable|proxyconnect|TLS handshake|module lookup disabled by GOPROXY=off`)
	broken      = regexp.MustCompile(`(?m)^\S+\.go:\d+`)
)

// Offline reports whether the command failed since it could not download.
func (e *Error) Offline() bool { return unreachable.MatchString(e.Output) }

// Error is one line: the cause, where there is one that can be told.
func (e *Error) Error() string {
	if e.Offline() {
		return fmt.Sprintf("the module cache lacks what is needed and there is no network to download it (%s); "+
			"run once with a network, or copy a module cache here", firstMatch(e.Output, unreachable))
	}
	if line := firstMatch(e.Output, broken); line != "" {
		return fmt.Sprintf("go %s: %s", e.Args[0], line)
	}
	return fmt.Sprintf("go %s: %s", e.Args[0], LastLine(e.Output, e.Err))
}

func (e *Error) Unwrap() error { return e.Err }

func firstMatch(text string, re *regexp.Regexp) string {
	for line := range strings.Lines(text) {
		if re.MatchString(line) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// LastLine returns the last line of text that says anything, or else err's.
func LastLine(text string, err error) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		return last
	}
	return err.Error()
}
