package command

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// mount mounts something for the time of a test, if this system lets it.
func mount(t *testing.T, source, target, kind string, flags uintptr, data string) {
	t.Helper()
	if err := os.MkdirAll(target, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount(source, target, kind, flags, data); err != nil {
		t.Skipf("nothing can be mounted here, which takes the superuser: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(target, syscall.MNT_DETACH); err != nil {
			t.Errorf("%s stays mounted: %v", target, err)
		}
	})
}

// small makes a folder that holds no more than so many kilobytes.
func small(t *testing.T, dir string, kilobytes int) {
	t.Helper()
	mount(t, "tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dk", kilobytes))
}

// readOnly makes a folder that nothing can be written to: the superuser neither.
func readOnly(t *testing.T, dir string) {
	t.Helper()
	mount(t, dir, dir, "", syscall.MS_BIND, "")
	if err := syscall.Mount("", dir, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skipf("nothing can be made read-only here: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "probe"), nil, 0o644); err == nil {
		t.Fatal("it can be written to: the test looks at nothing")
	}
}

// stored is a notebook that stores what it gives.
func stored(t *testing.T, file string) {
	t.Helper()
	notebook(t, file, answers)
	wantResult(t, main(t, "run", "--no-page", "--write", file), exitOK, "")
	if err := os.RemoveAll(".build"); err != nil {
		t.Fatal(err)
	}
}

func TestReadOnlyCheckout(t *testing.T) {
	repo := checkout(t)
	stored(t, "notebooks/nb.ipynb")
	out := t.TempDir()
	readOnly(t, repo)
	t.Chdir(repo)
	nb := []string{"notebooks/nb.ipynb"}
	const why = "read-only file system"
	for _, args := range []string{"run --no-page nb", "run --no-page --write nb", "page nb", "strip --write nb", "pair nb"} {
		oneLine(t, hostile(t, nb, strings.Fields(args)...), exitCannotRun, why)
	}
	for _, args := range []string{"verify nb", "lint nb", "version", "strip nb", "run --no-page -o - nb", "run --no-page -o " + out + "/copy.ipynb nb"} {
		if r := hostile(t, nb, strings.Fields(args)...); r.code != exitOK {
			t.Errorf("%s: exit code %d; it said\n%s", args, r.code, r.stderr)
		}
	}
	if got := printed(readBack(t, out+"/copy.ipynb").Cells[0]); got != "42\n" {
		t.Errorf("printed %q", got)
	}
	for _, args := range []string{"run nb", "doctor"} {
		for line := range strings.Lines(hostile(t, nb, strings.Fields(args)...).findings()) {
			if !strings.Contains(line, why) {
				t.Errorf("%s said %s", args, line)
			}
		}
	}
}

func TestReadOnlyBuild(t *testing.T) {
	checkout(t)
	stored(t, "nb.ipynb")
	if err := os.MkdirAll(".build/pages", 0o755); err != nil {
		t.Fatal(err)
	}
	readOnly(t, ".build")
	nb := []string{"nb.ipynb"}
	for _, args := range []string{"run --no-page nb.ipynb", "run --no-page --write nb.ipynb", "page nb.ipynb"} {
		oneLine(t, hostile(t, nb, strings.Fields(args)...), exitCannotRun, "read-only file system")
	}
	if r := hostile(t, nb, "verify", "nb.ipynb"); r.code != exitOK {
		t.Errorf("verify: exit code %d; it said\n%s", r.code, r.stderr)
	}
}

const loud = "%%\nfor range 1000 {\n\tfmt.Println(strings.Repeat(\"x\", 1000))\n}"

func TestFullDisk(t *testing.T) {
	const why = "no space left on device"
	t.Run("executed copy", func(t *testing.T) {
		checkout(t)
		notebook(t, "nb.ipynb", loud)
		small(t, ".build", 64)
		for _, args := range []string{"run --no-page nb.ipynb", "run --no-page --write nb.ipynb"} {
			oneLine(t, hostile(t, []string{"nb.ipynb"}, strings.Fields(args)...), exitCannotRun, "nb.ipynb: ", why)
		}
		if left := glob(".build/notebooks/*"); len(left) > 0 {
			t.Errorf("%v is left", left)
		}
	})
	t.Run("last copy", func(t *testing.T) {
		checkout(t)
		notebook(t, "nb.ipynb", answers)
		small(t, ".build", 64)
		wantResult(t, hostile(t, nil, "run", "--no-page", "nb.ipynb"), exitOK, "")
		before, err := os.ReadFile(copied)
		if err != nil {
			t.Fatal(err)
		}
		notebook(t, "nb.ipynb", answers, loud)
		oneLine(t, hostile(t, []string{"nb.ipynb"}, "run", "--no-page", "nb.ipynb"), exitCannotRun, why)
		if now, err := os.ReadFile(copied); err != nil || string(now) != string(before) {
			t.Errorf("the copy of the last run is gone (%v)", err)
		}
	})
	t.Run("page", func(t *testing.T) {
		checkout(t)
		notebook(t, "nb.ipynb", answers)
		small(t, ".build/pages", 8)
		oneLine(t, hostile(t, []string{"nb.ipynb"}, "run", "nb.ipynb"), exitCannotRun, "nb.ipynb: can't make its page: ", why)
		if got := printed(readBack(t, copied).Cells[0]); got != "42\n" {
			t.Errorf("the copy, which there was room for, printed %q", got)
		}
	})
	t.Run("the notebook's own", func(t *testing.T) {
		checkout(t)
		small(t, "notebooks", 16)
		notebook(t, "notebooks/nb.ipynb", loud)
		oneLine(t, hostile(t, []string{"notebooks/nb.ipynb"}, "run", "--no-page", "--write", "nb"), exitCannotRun, why)
		if left := glob("notebooks/*"); len(left) != 1 {
			t.Errorf("%v is there", left)
		}
	})
	t.Run("report", func(t *testing.T) {
		checkout(t)
		notebook(t, "nb.ipynb", "%%\nos.Stderr.WriteString(strings.Repeat(\"x\", 9000))\nos.Exit(1)")
		small(t, "reports", 4)
		if err := os.WriteFile("reports/r.json", []byte("the last one"), 0o644); err != nil {
			t.Fatal(err)
		}
		r := hostile(t, []string{"nb.ipynb", "reports/r.json"}, "run", "--no-page", "--report", "reports/r.json", "nb.ipynb")
		if r.code != exitCannotRun || !strings.Contains(r.findings(), "can't write the report: ") || !strings.Contains(r.findings(), why) {
			t.Errorf("exit code %d; it said\n%.2000s", r.code, r.findings())
		}
	})
	for _, kilobytes := range []int{4, 64, 1024} {
		t.Run(fmt.Sprintf("temporary files %d kB", kilobytes), func(t *testing.T) {
			checkout(t)
			notebook(t, "nb.ipynb", answers)
			dir := filepath.Join(os.Getenv("TMPDIR"), "small")
			small(t, dir, kilobytes)
			t.Setenv("TMPDIR", dir)
			r := hostile(t, []string{"nb.ipynb"}, "run", "--no-page", "nb.ipynb")
			if r.code == exitFindings {
				r.code = exitCannotRun // with room for the kernel it is a cell that fails
			}
			oneLine(t, r, exitCannotRun, why)
			if left := glob(filepath.Join(dir, "*")); len(left) > 0 {
				t.Errorf("%v is left", left)
			}
		})
	}
}

// Where there is no room for the kernel, or its place can't be written to, there is
// none, and no half of one.
func TestNoRoomForTheKernel(t *testing.T) {
	for name, make := range map[string]func(t *testing.T, dir string){
		"full":      func(t *testing.T, dir string) { small(t, dir, 1024) },
		"read-only": readOnly,
	} {
		t.Run(name, func(t *testing.T) {
			checkout(t)
			notebook(t, "nb.ipynb", answers)
			data := filepath.Join(t.TempDir(), "jupyter")
			if err := os.Mkdir(data, 0o755); err != nil {
				t.Fatal(err)
			}
			make(t, data)
			t.Setenv("JUPYTER_DATA_DIR", data)
			for _, args := range []string{"install", "run --no-page nb.ipynb"} {
				oneLine(t, hostile(t, []string{"nb.ipynb"}, strings.Fields(args)...), exitCannotRun, map[string]string{"full": "no space left on device", "read-only": "read-only file system"}[name])
			}
			if left := glob(filepath.Join(data, "kernels", "gonb", "*")); len(left) > 0 {
				t.Errorf("%v is left", left)
			}
			if left := glob(filepath.Join(data, "kernels", "gonb", ".new*")); len(left) > 0 {
				t.Errorf("%v is left", left)
			}
		})
	}
}
