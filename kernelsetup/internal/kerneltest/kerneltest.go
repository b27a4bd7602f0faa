// Package kerneltest gives tests a real kernel: GoNB, built once for a test
// binary, with this checkout's library in reach of its cells.
package kerneltest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/jupyter"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/kernelspec"
)

// What Main has made ready.
var (
	Project   gotool.Project
	Repo      string // its root
	Data      string // a Jupyter data folder with the kernel in it
	Toolchain *gotool.Toolchain
	Spec      kernelspec.Spec
)

// Main builds and installs the kernel in a folder of its own and runs the tests
// with JUPYTER_DATA_DIR set to it.
func Main(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "kerneltest:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	if runtime.GOOS == "windows" {
		return m.Run(), nil
	}
	ctx := context.Background()
	if Project, err = gotool.FindProject("."); err != nil {
		return 0, err
	}
	Repo = Project.Root
	if Data, err = os.MkdirTemp("", "kerneltest-"); err != nil {
		return 0, err
	}
	defer os.RemoveAll(Data)
	if err := os.Setenv("JUPYTER_DATA_DIR", Data); err != nil {
		return 0, err
	}
	if Toolchain, err = gotool.Find(ctx, Repo, Data); err != nil {
		return 0, err
	}
	dir, err := kernelspec.Dir(Project.Kernel())
	if err != nil {
		return 0, err
	}
	if Spec, err = kernelspec.New(dir, Project, Toolchain, false); err != nil {
		return 0, err
	}
	if err := kernelspec.Build(ctx, dir, Repo, Toolchain); err != nil {
		return 0, err
	}
	if err := Spec.Write(dir); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// Start starts a fresh kernel that ends with the test.
func Start(t testing.TB) *jupyter.Kernel {
	t.Helper()
	temp := Temp(t)
	k, err := jupyter.Start(t.Context(), jupyter.Command{
		Argv: Spec.Argv,
		Env:  Spec.Environ(os.Environ()),
		Dir:  temp, Temp: temp,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.Kill)
	return k
}

// Temp returns a folder that ends with the test. Its path is short, for the
// sockets in it, and free of links.
func Temp(t testing.TB) string {
	t.Helper()
	temp, err := os.MkdirTemp("", "kt")
	if err != nil {
		t.Fatal(err)
	}
	if temp, err = filepath.EvalSymlinks(temp); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(temp) })
	return temp
}
