package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/chromium"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/jupyter"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/kernelspec"
	"github.com/wasserwerk-go/wasserwerk/lib/figure/chartjs"
)

type doctorCmd struct{}

func (doctorCmd) Run(a *app) error {
	d := &doctor{app: a}
	d.all()
	if d.missing {
		return errReported
	}
	return nil
}

// doctor prints one line for each thing that it looks at.
type doctor struct {
	*app
	missing bool
}

func (d *doctor) ok(what, format string, args ...any)   { d.line("ok     ", what, format, args) }
func (d *doctor) note(what, format string, args ...any) { d.line("note   ", what, format, args) }

// lacks says what is missing and ends with what to do.
func (d *doctor) lacks(what, format string, args ...any) {
	d.missing = true
	d.line("MISSING", what, format, args)
}

func (d *doctor) line(verdict, what, format string, args []any) {
	fmt.Fprintf(d.stdout, "%s  %-10s %s\n", verdict, what, fmt.Sprintf(format, args...))
}

// install is the command that mends most.
func (d *doctor) install() string { return d.project.Command() + " install" }

func (d *doctor) all() {
	d.ok("project", "%s in %s", d.project.Module, d.repo)
	tc, err := d.toolchain()
	if err != nil {
		d.lacks("go", "%v", err)
		return
	}
	d.ok("go", "%s in %s", tc.Version, tc.Root)
	d.settings()
	modules := d.modules(tc)

	k, err := d.kernel(tc)
	if err != nil {
		d.lacks("kernel", "%v", err)
		return
	}
	dir := k.dir
	stale, err := kernelspec.Stale(dir, d.repo, tc.Version)
	switch {
	case err != nil:
		d.lacks("kernel", "%v", err)
		return
	case len(stale) > 0:
		d.lacks("kernel", "%s not in %s: run %s", strings.Join(stale, " and "), dir, d.install())
	default:
		d.ok("kernel", "gonb and goimports, as go.mod has them, in %s", dir)
	}
	d.installed(k)
	if len(stale) == 0 && modules {
		d.hello(k)
	}
	d.optional(k)
}

// optional looks for what some things need and most don't.
func (d *doctor) optional(k *kernel) {
	if path, err := exec.LookPath("jupyter-lab"); err != nil {
		d.note("jupyter", "no jupyter-lab on PATH; working in notebooks takes it, or VS Code, running them here doesn't: pip install jupyterlab==%s", labVersion)
	} else {
		d.ok("jupyter", "%s", path)
	}
	if path, err := exec.LookPath("gopls"); kernelspec.Completes(k.dir, k.tc.Version) {
		d.ok("completion", "gopls in %s", k.dir)
	} else if err == nil {
		d.ok("completion", "%s", path)
	} else {
		d.note("completion", "no gopls, so that Jupyter completes no names: run %s --completion", d.install())
	}
	if library, ok := chartjs.Library(); ok {
		d.ok("charts", "ECharts %s, %d kB", chartjs.Version, len(library)/1000)
	} else if _, err := exec.LookPath("npm"); err != nil {
		d.note("charts", "no ECharts and no npm to take it with: pages show pictures in the place of interactive charts")
	} else {
		d.note("charts", "ECharts isn't there yet: run %s", d.install())
	}
	if path, err := chromium.Find(); err != nil {
		d.note("pdf", "%v", err)
	} else {
		d.ok("pdf", "%s", path)
	}
}

// settings warns of what doesn't trouble this command but does go run.
func (d *doctor) settings() {
	if flags := os.Getenv("GOFLAGS"); strings.Contains(flags, "-mod=") {
		d.note("settings", "GOFLAGS=%s can stop go run; it is not used here", flags)
	}
	switch work := os.Getenv("GOWORK"); work {
	case "off":
	case "":
		for at := d.repo; at != filepath.Dir(at); at = filepath.Dir(at) {
			if file := filepath.Join(at, "go.work"); exists(file) {
				d.note("settings", "%s can stop go run, unless GOWORK=off; it is not used here", file)
			}
		}
	default:
		d.note("settings", "GOWORK=%s can stop go run; it is not used here", work)
	}
}

func exists(file string) bool { _, err := os.Stat(file); return err == nil }

// modules looks whether all that is built is in the module cache. On a machine
// where nothing was built yet that can take longer than anybody waits.
func (d *doctor) modules(tc *gotool.Toolchain) bool {
	ctx, cancel := context.WithTimeout(d.ctx, 1500*time.Millisecond)
	defer cancel()
	_, err := tc.Run(ctx, d.repo, []string{"GOPROXY=off"}, "list", "-deps", "-f", "{{.Name}}", "./...", "tool")
	var failed *gotool.Error
	switch {
	case err == nil:
		d.ok("modules", "complete in %s; no network needed", tc.ModCache)
	case errors.As(err, &failed) && failed.Offline():
		d.lacks("modules", "not all in %s: run go mod download where there is a network", tc.ModCache)
		return false
	case errors.Is(err, context.DeadlineExceeded):
		d.note("modules", "it takes too long to look whether all are in %s", tc.ModCache)
	default:
		d.note("modules", "can't tell: %v", err)
	}
	return true
}

func (d *doctor) installed(k *kernel) {
	name := d.project.Kernel()
	spec, err := kernelspec.Read(k.installed)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.lacks("installed", "no kernel %q that Jupyter could find: run %s", name, d.install())
	case err != nil:
		d.lacks("installed", "%v: run %s --replace", err, d.install())
	case !spec.Ours():
		d.lacks("installed", "the kernel %q in %s is another program's: run %s --replace", name, k.installed, d.install())
	case spec.Root() != d.repo:
		d.lacks("installed", "the kernel %q serves %s, not this project: run %s", name, spec.Root(), d.install())
	default:
		d.ok("installed", "kernel %q serves this project", name)
	}
}

// hello times a cell.
func (d *doctor) hello(k *kernel) {
	began := time.Now()
	proc, temp, err := k.start(d.repo)
	if err != nil {
		d.lacks("hello", "%v", err)
		return
	}
	defer os.RemoveAll(temp)
	defer proc.Shutdown(shutdownGrace)
	ready := time.Since(began)
	ctx, cancel := context.WithTimeoutCause(d.ctx, time.Minute, errors.New("no answer for a minute"))
	defer cancel()
	reply, err := proc.Execute(ctx, "%%\nfmt.Println(\"hello\")", time.Minute, func(jupyter.Event) {})
	switch {
	case err != nil:
		d.lacks("hello", "a cell can't be run: %v", err)
	case !reply.OK:
		d.lacks("hello", "a cell fails: %s", reply.EValue)
	default:
		d.ok("hello", "kernel ready in %.1f s, a cell in %.1f s", ready.Seconds(), (time.Since(began) - ready).Seconds())
	}
}
