package command

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/cellsum"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/jupyter"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/kernelspec"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/manifest"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/stamp"
)

// kernel is the kernel that this project's notebooks run in.
type kernel struct {
	*app
	tc   *gotool.Toolchain
	dir  string // where its programs are
	spec kernelspec.Spec

	installed string // where Jupyter looks for it; not dir if another program's is there

	library func() (string, error) // checksum of what cells import
}

// kernel returns the project's kernel, in the place where Jupyter looks or, if
// there is one of another program, in the project's build folder.
func (a *app) kernel(tc *gotool.Toolchain) (*kernel, error) {
	dir, err := kernelspec.Dir(a.project.Kernel())
	if err != nil {
		return nil, err
	}
	k := &kernel{app: a, tc: tc, dir: dir, installed: dir}
	k.library = sync.OnceValues(k.sources)
	if k.foreign() {
		k.dir = a.build("kernel")
	}
	k.spec, err = kernelspec.New(k.dir, a.project, tc, false)
	return k, err
}

// shutdownGrace is how long a kernel may take to end in good order.
const shutdownGrace = 2 * time.Second

// start starts the kernel in the folder dir, just as Jupyter would but for the
// folder of temporary files, which is its own.
func (k *kernel) start(dir string) (proc *jupyter.Kernel, temp string, err error) {
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, "", err
	}
	if temp, err = os.MkdirTemp(k.temp, "k"); err != nil {
		return nil, "", err
	}
	proc, err = jupyter.Start(k.ctx, jupyter.Command{
		Argv: k.spec.Argv, Dir: dir, Temp: temp,
		// Results are computed anew, and nobody watches their progress.
		Env: append(k.spec.Environ(os.Environ()), "WASSERWERK_MEMO="+filepath.Join(temp, "memo"), "WASSERWERK_QUIET=1"),
	})
	return proc, temp, err
}

// stamp says with what a notebook was run.
func (k *kernel) stamp(j *job, given map[string]string) (stamp.Stamp, error) {
	used := make(map[string]string)
	maps.Copy(used, j.defaults)
	maps.Copy(used, given)
	s := stamp.Stamp{
		Go: k.tc.Version, Platform: stamp.Platform(), Processor: stamp.Processor(), Module: k.project.Module,
		Revision: k.revision(), Parameters: used, Source: stamp.Sources(j.nb),
	}
	var err error
	if s.Modules, err = gotool.Versions(k.repo); err != nil {
		return s, err
	}
	s.Kernel = s.Modules["github.com/janpfeifer/gonb"]
	if s.Library, err = k.library(); err != nil {
		return s, err
	}
	if s.GoSum, err = manifest.Sum(filepath.Join(k.repo, "go.sum")); err != nil {
		return s, err
	}
	s.Data, err = manifest.Read(filepath.Join(k.repo, "data"))
	return s, err
}

// sources returns the checksum of what cells import: of the library and, in
// another project, of that project too.
func (k *kernel) sources() (string, error) {
	dir := k.repo
	if !k.project.Own() {
		out, err := k.tc.Run(k.ctx, k.repo, nil, "list", "-m", "-f", "{{.Dir}}", gotool.Module)
		if err != nil {
			return "", fmt.Errorf("where the library is: %w", err)
		}
		dir = strings.TrimSpace(out)
	}
	library, err := cellsum.Tree(filepath.Join(dir, "lib"))
	if err != nil || k.project.Own() {
		return library, err
	}
	own, err := cellsum.Tree(k.repo)
	return library + own, err
}

// revision returns what version control calls the project's state, "" where there
// is none.
func (k *kernel) revision() string {
	git := func(args ...string) (string, bool) {
		out, err := exec.CommandContext(k.ctx, "git", append([]string{"-C", k.repo}, args...)...).Output()
		return strings.TrimSpace(string(out)), err == nil
	}
	rev, ok := git("rev-parse", "HEAD")
	if !ok {
		return ""
	}
	if changed, ok := git("status", "--porcelain", "--untracked-files=no"); !ok || changed != "" {
		rev += "+"
	}
	return rev
}
