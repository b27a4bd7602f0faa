//go:build unix

package command

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/kerneltest"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/proctree"
)

// The real command, interrupted at its worst, ends within two seconds and leaves
// no process and no temporary file.
func TestCtrlC(t *testing.T) {
	program := filepath.Join(kerneltest.Temp(t), "kernelsetup")
	if _, err := kerneltest.Toolchain.Run(t.Context(), kerneltest.Repo, nil, "build", "-o", program, "./kernelsetup/internal/app"); err != nil {
		t.Fatal(err)
	}
	started := func() bool { _, err := os.Stat("started"); return err == nil }
	stubborn := `%%
signal.Ignore(os.Interrupt, syscall.SIGTERM)
exec.Command("sleep", "1000").Start()
child := exec.Command("sleep", "1001")
child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
child.Start()
os.WriteFile("started", nil, 0o644)
for {
}`
	for _, c := range []struct {
		name      string
		args      []string
		sig       syscall.Signal
		processes int // at least, when the signal comes
		started   func() bool
	}{
		{"in a cell", []string{"run", "nb.ipynb"}, syscall.SIGINT, 5, started},
		{"ended in a cell", []string{"run", "nb.ipynb"}, syscall.SIGTERM, 5, started},
		{"while building", []string{"install"}, syscall.SIGINT, 2, func() bool { return len(glob("caches/*/*-a")) > 20 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			checkout(t)
			notebook(t, "nb.ipynb", stubborn, "%%\n")
			if c.args[0] == "install" {
				t.Setenv("JUPYTER_DATA_DIR", t.TempDir())
				here, _ := os.Getwd()
				t.Setenv("GOCACHE", filepath.Join(here, "caches"))
			}
			cmd := exec.Command(program, c.args...)
			var said bytes.Buffer
			cmd.Stdout, cmd.Stderr = &said, &said
			proctree.Lead(cmd)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { proctree.Kill(cmd.Process.Pid) })
			for began := time.Now(); !c.started(); time.Sleep(10 * time.Millisecond) {
				if time.Since(began) > time.Minute {
					t.Fatalf("it doesn't start; it said\n%s", said.String())
				}
			}
			if n := kerneltest.Interrupt(t, cmd, &said, c.sig); n < c.processes {
				t.Errorf("%d processes, want %d: the test looks at too little", n, c.processes)
			}
			if left := glob(filepath.Join(os.Getenv("TMPDIR"), "*")); len(left) > 0 {
				t.Errorf("temporary files are left: %v", left)
			}
			if left := glob(filepath.Join(os.Getenv("JUPYTER_DATA_DIR"), "kernels", "gonb", ".new*")); len(left) > 0 {
				t.Errorf("half-built kernels are left: %v", left)
			}
		})
	}
}

// killAll ends what a failing test has left, by its tree.
func killAll(pids []int) {
	for _, pid := range pids {
		proctree.Kill(pid)
	}
}

func glob(pattern string) []string {
	files, _ := filepath.Glob(pattern)
	return files
}

// go run doesn't pass on the signal that ends it.
func TestGoRunEnded(t *testing.T) {
	repo := checkout(t)
	notebook(t, "nb.ipynb", "%%\nos.WriteFile(\"started\", nil, 0o644)\nfor {\n}")
	cmd := exec.Command("go", "run", "./kernelsetup", "--repo", repo, "run", filepath.Join(repo, "nb.ipynb"))
	cmd.Dir = kerneltest.Repo
	proctree.Lead(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { proctree.Kill(cmd.Process.Pid) })
	for began := time.Now(); len(glob("started")) == 0; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatal("it doesn't start")
		}
	}
	pids := proctree.Members(cmd.Process.Pid)
	t.Cleanup(func() { killAll(pids) })
	if len(pids) < 4 {
		t.Errorf("%d processes, want 4: the test looks at too little", len(pids))
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	left := pids
	for began := time.Now(); len(left) > 0 && time.Since(began) < 2*time.Second; time.Sleep(10 * time.Millisecond) {
		left = proctree.Members(cmd.Process.Pid)
		for _, pid := range pids {
			if syscall.Kill(pid, 0) == nil && len(proctree.Members(pid)) > 0 {
				left = append(left, pid)
			}
		}
	}
	if len(left) > 0 {
		t.Errorf("processes are left: %v of %v", left, pids)
	}
	if left := glob(filepath.Join(os.Getenv("TMPDIR"), "wasserwerk-*")); len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}
}
