// Package kernelspec builds the GoNB kernel and installs it where Jupyter and
// VS Code look, set up so that a cell can import this library and every module
// that it depends on, at the versions of go.mod, without a word of preparation.
package kernelspec

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/atomicfile"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
)

// Spec is the content of kernel.json.
type Spec struct {
	Argv          []string          `json:"argv"`
	DisplayName   string            `json:"display_name"`
	Env           map[string]string `json:"env"`
	InterruptMode string            `json:"interrupt_mode"`
	Language      string            `json:"language"`
	Metadata      map[string]string `json:"metadata,omitempty"`
}

// owner is the key of metadata by which a kernel.json says that it was written
// here. Its value is the module that the kernel serves.
const owner = "wasserwerk"

const workFlag = "--go_work="

// New returns the kernel that lives in dir and serves a project. Online lets its
// cells download modules that go.mod doesn't have.
//
// What the caches' places are is written down, since an editor started from a
// desktop doesn't know what a shell's profile sets; the rest is, since a caller's
// settings would break the workspace that GoNB makes for the cells.
func New(dir string, p gotool.Project, tc *gotool.Toolchain, online bool) (Spec, error) {
	switch {
	case strings.Contains(p.Root, ","):
		return Spec{}, fmt.Errorf("the path %s has a comma, which GoNB takes for two paths", p.Root)
	case strings.Contains(p.Root, `\`) && filepath.Separator != '\\':
		return Spec{}, fmt.Errorf("the path %s has a backslash, with which GoNB compiles no cell", p.Root)
	}
	name := "Go (gonb)"
	if !p.Own() {
		name = "Go (" + strings.TrimPrefix(p.Kernel(), "gonb-") + ")"
	}
	proxy := "off"
	if online {
		proxy = tc.Proxy
	}
	return Spec{
		Argv: []string{
			filepath.Join(dir, "gonb"), "--kernel", "{connection_file}", "--raw_error", workFlag + p.Root,
			"--logtostderr=false", "--log_file=" + os.DevNull, "--stderrthreshold=FATAL",
		},
		DisplayName: name,
		Env: map[string]string{
			"GO111MODULE": "on",
			"GOARCH":      runtime.GOARCH,
			"GOCACHE":     tc.Cache,
			"GOFLAGS":     "-ldflags=-w", // links an eighth faster
			"GOMODCACHE":  tc.ModCache,
			"GOOS":        runtime.GOOS,
			"GOPROXY":     proxy,
			"GOROOT":      tc.Root,
			"GOTOOLCHAIN": "local",
			"GOWORK":      "",
			"PATH":        strings.Join([]string{dir, tc.Bin(), "${PATH}"}, string(os.PathListSeparator)),
		},
		InterruptMode: "message",
		Language:      "go",
		Metadata:      map[string]string{owner: p.Module},
	}, nil
}

// Environ returns the environment that Jupyter would start the kernel with.
func (s Spec) Environ(base []string) []string {
	env := slices.Clone(base)
	for name, value := range s.Env {
		env = append(env, name+"="+os.Expand(value, func(v string) string { return lookup(base, v) }))
	}
	slices.Sort(env[len(base):])
	return env
}

func lookup(env []string, name string) string {
	for _, kv := range slices.Backward(env) {
		if value, ok := strings.CutPrefix(kv, name+"="); ok {
			return value
		}
	}
	return ""
}

// Ours reports whether the kernel was written here, so that it may be replaced.
func (s Spec) Ours() bool { _, ok := s.Metadata[owner]; return ok }

// Root returns the project that the kernel serves, or "".
func (s Spec) Root() string {
	for _, arg := range s.Argv {
		if repo, ok := strings.CutPrefix(arg, workFlag); ok {
			return repo
		}
	}
	return ""
}

// Dir returns the folder of the kernel of a name in the user's Jupyter data folder.
func Dir(name string) (string, error) {
	data := os.Getenv("JUPYTER_DATA_DIR")
	if data == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("no place for the kernel: %w; set JUPYTER_DATA_DIR", err)
		}
		switch xdg := os.Getenv("XDG_DATA_HOME"); {
		case runtime.GOOS == "darwin":
			data = filepath.Join(home, "Library", "Jupyter")
		case filepath.IsAbs(xdg):
			data = filepath.Join(xdg, "jupyter")
		default:
			data = filepath.Join(home, ".local", "share", "jupyter")
		}
	}
	abs, err := filepath.Abs(data)
	return filepath.Join(abs, "kernels", name), err
}

func file(dir string) string { return filepath.Join(dir, "kernel.json") }

// Read reads the kernel.json in dir; an error matches fs.ErrNotExist where there
// is none.
func Read(dir string) (Spec, error) {
	data, err := os.ReadFile(file(dir))
	if err != nil {
		return Spec{}, err
	}
	var s Spec
	if err := json.Unmarshal(data, &s); err != nil {
		return Spec{}, fmt.Errorf("%s: %w", file(dir), err)
	}
	return s, nil
}

// SetAside renames the kernel.json in dir, to make place for another.
func SetAside(dir string) error {
	for n := 0; ; n++ {
		kept := fmt.Sprintf("%s.before-wasserwerk-%d", file(dir), n)
		if _, err := os.Stat(kept); errors.Is(err, fs.ErrNotExist) {
			return os.Rename(file(dir), kept)
		}
	}
}

// Write writes kernel.json into dir.
func (s Spec) Write(dir string) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	data = append(data, '\n')
	if old, err := os.ReadFile(file(dir)); err == nil && string(old) == string(data) {
		return nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return atomicfile.Write(file(dir), data, 0o644)
}
