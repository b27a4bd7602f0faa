//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/kerneltest"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/proctree"
)

// compile builds this program.
func compile(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "kernelsetup")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return program
}

// The program becomes the command proper: its output and its exit code.
func TestBecomesTheCommand(t *testing.T) {
	program := compile(t)
	for _, tc := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"version"}, 0, "gonb"},
		{[]string{"no-such-command"}, exitCannotRun, "no-such-command"},
	} {
		cmd := exec.Command(program, tc.args...)
		out, _ := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != tc.code || !strings.Contains(string(out), tc.says) {
			t.Errorf("%v: exit %d, said %q", tc.args, cmd.ProcessState.ExitCode(), out)
		}
	}
}

func TestWithoutGo(t *testing.T) {
	cmd := exec.Command(compile(t), "version")
	cmd.Env = append(os.Environ(), "PATH="+t.TempDir())
	out, _ := cmd.CombinedOutput()
	if said := string(out); cmd.ProcessState.ExitCode() != exitCannotRun || !strings.HasPrefix(said, "no go command on PATH") || strings.Count(said, "\n") != 1 {
		t.Errorf("exit %d, said %q", cmd.ProcessState.ExitCode(), said)
	}
}

// Interrupted while it compiles, it ends at once and leaves nothing.
func TestInterruptedWhileCompiling(t *testing.T) {
	cache, temp := t.TempDir(), t.TempDir()
	cmd := exec.Command(compile(t), "version")
	cmd.Env = append(os.Environ(), "GOCACHE="+cache, "TMPDIR="+temp)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	proctree.Lead(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { proctree.Kill(cmd.Process.Pid) })
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if built, _ := filepath.Glob(filepath.Join(cache, "*", "*-a")); len(built) > 10 {
			break
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("it doesn't compile; it said\n%s", said.String())
		}
	}
	kerneltest.Interrupt(t, cmd, &said, syscall.SIGINT)
	if left, _ := filepath.Glob(filepath.Join(temp, "wasserwerk-*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
