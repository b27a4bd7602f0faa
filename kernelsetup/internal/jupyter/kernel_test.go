//go:build unix

package jupyter_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/jupyter"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/kerneltest"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/proctree"
)

func TestMain(m *testing.M) { kerneltest.Main(m) }

// execute runs code and returns what it wrote to standard output.
func execute(t *testing.T, k *jupyter.Kernel, code string, timeout time.Duration) (string, jupyter.Reply, error) {
	t.Helper()
	var out strings.Builder
	reply, err := k.Execute(t.Context(), code, timeout, func(e jupyter.Event) {
		var c struct{ Name, Text string }
		if e.Type == "stream" && json.Unmarshal(e.Content, &c) == nil && c.Name == "stdout" {
			out.WriteString(c.Text)
		}
	})
	return out.String(), reply, err
}

const hello = "%%\nfmt.Print(\"hello\")"

func wantHello(t *testing.T, k *jupyter.Kernel) {
	t.Helper()
	if out, reply, err := execute(t, k, hello, time.Minute); out != "hello" || !reply.OK || err != nil {
		t.Fatalf("hello printed %q, %+v, %v", out, reply, err)
	}
}

// After each of these the same kernel must be as good as new.
func TestKernelStaysUsable(t *testing.T) {
	k := kerneltest.Start(t)
	wantHello(t, k)
	for _, c := range []struct {
		name, code string
		err        error
	}{
		{"a loop for ever", "%%\nfor {\n}", jupyter.ErrTimeout},
		{"a shell command for ever", "!sleep 1000", jupyter.ErrTimeout},
		{"input", "%with_inputs\n!read x", jupyter.ErrInput},
		{"a panic", "%%\npanic(1)", nil},
		{"a program that doesn't compile", "%%\nnope()", nil},
	} {
		_, reply, err := execute(t, k, c.code, 2*time.Second)
		if !errors.Is(err, c.err) || c.err == nil && err != nil {
			t.Errorf("%s: error %v, want %v", c.name, err, c.err)
		}
		if c.err == nil && reply.OK {
			t.Errorf("%s: the kernel says it is fine", c.name)
		}
		wantHello(t, k)
	}
}

// An interrupt doesn't reach a cell that is still being compiled.
func TestTimeoutWhileCompiling(t *testing.T) {
	k := kerneltest.Start(t)
	began := time.Now()
	if _, _, err := execute(t, k, "%%\nfor {\n}", time.Millisecond); !errors.Is(err, jupyter.ErrTimeout) {
		t.Errorf("error %v, want %v", err, jupyter.ErrTimeout)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	wantHello(t, k)
}

// A kernel that no longer answers is ended.
func TestStuck(t *testing.T) {
	t.Parallel()
	k := kerneltest.Start(t)
	pid := k.PID()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if _, _, err := execute(t, k, hello, time.Second); !errors.Is(err, jupyter.ErrStuck) {
		t.Errorf("error %v, want %v", err, jupyter.ErrStuck)
	}
	if left := proctree.Members(pid); len(left) > 0 {
		t.Errorf("processes left: %v", left)
	}
	if _, _, err := execute(t, k, hello, time.Second); !errors.Is(err, jupyter.ErrDied) {
		t.Errorf("a further cell: %v, want %v", err, jupyter.ErrDied)
	}
}

// GoNB ends a program that ignores the interrupt after five seconds.
func TestUninterruptible(t *testing.T) {
	t.Parallel()
	k := kerneltest.Start(t)
	_, _, err := execute(t, k, "%%\nsignal.Ignore(os.Interrupt)\nfor {\n}", time.Second)
	if !errors.Is(err, jupyter.ErrTimeout) {
		t.Errorf("error %v, want %v", err, jupyter.ErrTimeout)
	}
	wantHello(t, k)
}

func TestCancel(t *testing.T) {
	k := kerneltest.Start(t)
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	begun, wait := kerneltest.Begun(t)
	canceled := make(chan time.Time, 1)
	go func() {
		wait(t.Context())
		canceled <- time.Now()
		cancel(cause)
	}()
	_, err := k.Execute(ctx, "%%\n"+begun+"\nfor {\n}", time.Minute, func(jupyter.Event) {})
	if late := time.Since(<-canceled); err != cause || late > 2*time.Second {
		t.Errorf("Execute = %v, %v after the end of its context, want %v soon", err, late, cause)
	}
	pid := k.PID()
	if n := len(proctree.Members(pid)); n < 2 {
		t.Errorf("%d processes before Kill, want the kernel and its cell", n)
	}
	k.Kill()
	if left := proctree.Members(pid); len(left) > 0 {
		t.Errorf("Kill left %v", left)
	}
}

func TestKernelKilled(t *testing.T) {
	k := kerneltest.Start(t)
	pid := k.PID()
	begun, wait := kerneltest.Begun(t)
	go func() {
		wait(t.Context())
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}()
	out, _, err := execute(t, k, "%%\nfmt.Print(\"before\")\n"+begun+"\nfor {\n}", time.Minute)
	if !errors.Is(err, jupyter.ErrDied) || out != "before" {
		t.Errorf("printed %q, error %v; want \"before\" and %v", out, err, jupyter.ErrDied)
	}
	if _, _, err := execute(t, k, hello, time.Minute); !errors.Is(err, jupyter.ErrDied) {
		t.Errorf("a further cell: %v, want %v", err, jupyter.ErrDied)
	}
	if left := len(proctree.Members(pid)); left == 0 {
		t.Error("the cell's program ended with the kernel: the test looks at nothing")
	}
	k.Shutdown(time.Second)
	if left := proctree.Members(pid); len(left) > 0 {
		t.Errorf("Shutdown left the cell's program: %v", left)
	}
}

// What the kernel sent before its end isn't lost, though it be read after it.
func TestKernelKilledWhileReading(t *testing.T) {
	k := kerneltest.Start(t)
	const messages = 20
	got := 0
	code := fmt.Sprintf("%%%%\nfor range %d {\n\tfmt.Println()\n\ttime.Sleep(10 * time.Millisecond)\n}\nfor {\n}", messages)
	_, err := k.Execute(t.Context(), code, time.Minute, func(e jupyter.Event) {
		var c struct{ Text string }
		if got == 0 {
			time.Sleep(time.Second)
			_ = syscall.Kill(k.PID(), syscall.SIGKILL)
			time.Sleep(200 * time.Millisecond)
		}
		if json.Unmarshal(e.Content, &c) == nil {
			got += strings.Count(c.Text, "\n")
		}
	})
	if !errors.Is(err, jupyter.ErrDied) || got != messages {
		t.Errorf("%d of %d messages, error %v", got, messages, err)
	}
}

func TestShutdownLeavesNothing(t *testing.T) {
	k := kerneltest.Start(t)
	wantHello(t, k)
	pid := k.PID()
	began := time.Now()
	k.Shutdown(2 * time.Second)
	if time.Since(began) > time.Second {
		t.Errorf("Shutdown took %v", time.Since(began))
	}
	if left := proctree.Members(pid); len(left) > 0 {
		t.Errorf("Shutdown left %v", left)
	}
}

// A kernel that doesn't start shows the last of its log.
func TestStartFails(t *testing.T) {
	temp := kerneltest.Temp(t)
	_, err := jupyter.Start(t.Context(), jupyter.Command{
		Argv: []string{"/bin/sh", "-c", "echo first; echo something is wrong >&2; exit 7"}, Env: os.Environ(), Dir: temp, Temp: temp,
	})
	var start *jupyter.StartError
	if !errors.As(err, &start) || !errors.Is(err, jupyter.ErrDied) || !strings.Contains(err.Error(), "something is wrong") {
		t.Errorf("Start = %v, want a StartError that quotes the log", err)
	}
	if _, err := jupyter.Start(t.Context(), jupyter.Command{Argv: []string{"/nonexistent/gonb"}, Dir: temp, Temp: temp}); err == nil {
		t.Error("Start of a missing program succeeds")
	}
}

// Where the path is too long for Unix sockets, ports do.
func TestStartOverTCP(t *testing.T) {
	temp := filepath.Join(kerneltest.Temp(t), strings.Repeat("long", 30))
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	k, err := jupyter.Start(t.Context(), jupyter.Command{
		Argv: kerneltest.Spec.Argv, Env: kerneltest.Spec.Environ(os.Environ()), Dir: temp, Temp: temp,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Kill()
	wantHello(t, k)
	if sockets, _ := filepath.Glob(filepath.Join(temp, "s*-*")); len(sockets) > 0 {
		t.Errorf("it used Unix sockets all the same: %v", sockets)
	}
}
