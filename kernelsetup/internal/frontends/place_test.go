//go:build unix

package frontends

import (
	"bytes"
	"os"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/proctree"
)

// What a program leaves is seen.
func TestLeavings(t *testing.T) {
	p := newPlace(t)
	var out bytes.Buffer
	cmd := p.start(t, &out, "/bin/sh", "-c", `sleep 1000 >/dev/null 2>&1 & echo >"$TMPDIR/left"; mkdir "$TMPDIR/go-build1"`)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err, out.String())
	}
	if left := p.leavings(); len(left) != 1 {
		t.Errorf("left: %v, want one file", left)
	}
	if left := proctree.Members(cmd.Process.Pid); len(left) != 1 {
		t.Errorf("left: %v, want one process", left)
	}
	proctree.Kill(cmd.Process.Pid)
	if err := os.Remove(p.temp + "/left"); err != nil {
		t.Fatal(err)
	}
}

// ending is a test that says how it ends.
type ending struct {
	testing.TB
	how string
}

func (e *ending) Helper()               {}
func (e *ending) Skipf(string, ...any)  { e.how = "skipped" }
func (e *ending) Fatalf(string, ...any) { e.how = "failed" }

// A missing program doesn't go unnoticed where nothing may be skipped.
func TestLacks(t *testing.T) {
	for strict, want := range map[string]string{"": "skipped", "1": "failed"} {
		t.Setenv("WASSERWERK_NO_SKIP", strict)
		e := &ending{TB: t}
		if need(e, "no-such-program"); e.how != want {
			t.Errorf("WASSERWERK_NO_SKIP=%q: the test is %s, want %s", strict, e.how, want)
		}
		e.how = ""
		if need(e, "sh"); e.how != "" {
			t.Errorf("with the program the test is %s", e.how)
		}
	}
}
