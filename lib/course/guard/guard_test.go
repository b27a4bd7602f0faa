//go:build linux && (amd64 || arm64)

package guard_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wasserwerk-go/wasserwerk/lib/course/guard"
)

// early runs after the guard's own init and before main, as a student's variables do.
var early = try()

func try() (did []string) {
	if os.Getenv("GUARD_TEST") == "" {
		return nil
	}
	note := func(what string, err error) {
		if err == nil {
			did = append(did, what)
		}
	}
	_, err := os.ReadFile(os.Args[0])
	note("read", err)
	note("wrote", os.WriteFile(os.Getenv("GUARD_TEST"), nil, 0o600))
	_, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0) // package net would bring C with it
	note("opened a socket", err)
	_, err = os.StartProcess("/bin/true", []string{"true"}, &os.ProcAttr{})
	note("started", err)
	return did
}

func TestMain(m *testing.M) {
	switch os.Getenv("GUARD_TEST_DO") {
	case "try":
		os.Stdout.WriteString(strings.Join(early, " ") + "\n")
		os.Exit(0)
	case "memory":
		x := make([]byte, 1<<40)
		os.Stdout.WriteString(string(rune(x[5])))
		os.Exit(0)
	case "threads": // what computing takes still works
		done := make(chan int)
		for range 50 {
			go func() {
				time.Sleep(time.Millisecond)
				done <- len(make([]int, 1000))
			}()
		}
		for range 50 {
			<-done
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func run(t *testing.T, do string, env ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append([]string{"GUARD_TEST_DO=" + do, "GUARD_TEST=" + filepath.Join(t.TempDir(), "x")}, env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

var limits = []string{"GUARD=1", "GUARD_ZERO=0", "GUARD_DATA=536870912", "GUARD_CPU=20"}

func TestGuard(t *testing.T) {
	if out, err := run(t, "try"); err != nil || out == "\n" {
		t.Errorf("without the guard nothing is possible: %v, %q", err, out)
	}
	if out, err := run(t, "try", limits...); err != nil || out != "\n" {
		t.Errorf("with it, this is: %v, %q", err, out)
	}
	if out, err := run(t, "threads", limits...); err != nil {
		t.Errorf("threads: %v, %q", err, out)
	}
	if out, err := run(t, "memory", limits...); err == nil || !strings.Contains(out, "out of memory") {
		t.Errorf("memory: %v, %.200q", err, out)
	}
	out, err := run(t, "try", "GUARD=1", "GUARD_DATA=x")
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != guard.Failed || !strings.HasPrefix(out, "guard: ") {
		t.Errorf("a limit that is none: %v, %q", err, out)
	}
}
