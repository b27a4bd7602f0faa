//go:build unix

package kerneltest

import (
	"bytes"
	"errors"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/proctree"
)

// Interrupt sends a signal to a command that leads a process tree. The command
// must say that it was interrupted, end within two seconds with the exit code of
// that, and leave none of the processes that it had. It returns how many it had.
func Interrupt(t *testing.T, cmd *exec.Cmd, said *bytes.Buffer, sig syscall.Signal) (processes int) {
	t.Helper()
	pids := proctree.Members(cmd.Process.Pid)
	t.Cleanup(func() { // what a failing test has left
		for _, pid := range pids {
			proctree.Kill(pid)
		}
	})
	began := time.Now()
	if err := cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v to end", took)
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 130 || !strings.HasSuffix(said.String(), "interrupted\n") {
		t.Errorf("it ended with %v and said\n%s", err, said.String())
	}
	for _, pid := range pids {
		if syscall.Kill(pid, 0) == nil {
			t.Errorf("process %d is left of %v", pid, pids)
		}
	}
	return len(pids)
}
