//go:build unix

package notebook

import (
	"encoding/gob"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/wasserwerk-go/wasserwerk/lib/figure"
)

// The tests below are run in a process of their own, with this test on the
// other side of GoNB's two pipes, because gonbui looks for them at start.
const cellEnv = "WASSERWERK_TEST_CELL"

func TestMain(m *testing.M) {
	switch os.Getenv(cellEnv) {
	case "":
		os.Exit(m.Run())
	case "show":
		Show(simple(), 1.5)
		Show(scatter(3000))
		Markdown("$x$")
	case "panic":
		Show("before", nil)
	case "interactive":
		chartLibrary = func() (string, bool) { return "echarts = {}", os.Getenv("LIBRARY") != "" }
		Interactive(simple())
	case "context":
		Show("ready")
		<-Context().Done()
		Show("interrupted")
	}
}

// run starts a cell and plays the kernel: it takes outputs and acknowledges
// them, slowly.
func run(t *testing.T, cell string, taken func(*os.Process, *protocol.DisplayData)) ([]*protocol.DisplayData, string, error) {
	t.Helper()
	dir := t.TempDir()
	out, back := filepath.Join(dir, "out"), filepath.Join(dir, "back")
	for _, p := range []string{out, back} {
		if err := syscall.Mkfifo(p, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	cmd.Env = append(os.Environ(), cellEnv+"="+cell, protocol.GONB_PIPE_ENV+"="+out, protocol.GONB_PIPE_BACK_ENV+"="+back)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()

	from, err := os.OpenFile(out, os.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	to, err := os.OpenFile(back, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	var outputs []*protocol.DisplayData
	acknowledged := 0
	defer func() {
		if t.Failed() || acknowledged >= len(outputs) {
			return
		}
		t.Errorf("%d outputs, but the cell waited for %d", len(outputs), acknowledged)
	}()
	decode, encode := gob.NewDecoder(from), gob.NewEncoder(to)
	for {
		d := &protocol.DisplayData{}
		if err := decode.Decode(d); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if v, ok := d.Data[protocol.MIMECommValue].(protocol.CommValue); ok {
			if v.Address != protocol.GonbuiSyncAddress {
				t.Errorf("message to %s", v.Address)
			}
			acknowledged++
			time.Sleep(10 * time.Millisecond)
			if err := encode.Encode(&protocol.CommValue{Address: protocol.GonbuiSyncAckAddress, Value: v.Value}); err != nil {
				t.Fatal(err)
			}
			continue
		}
		outputs = append(outputs, d)
		if taken != nil {
			taken(cmd.Process, d)
		}
	}
	err = cmd.Wait() // it writes to stderr until then
	return outputs, stderr.String(), err
}

func TestShowReachesTheKernel(t *testing.T) {
	outputs, stderr, err := run(t, "show", nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	var forms []string
	for _, d := range outputs {
		var f []string
		for _, m := range []protocol.MIMEType{"image/png", "image/svg+xml", "text/html", "text/markdown", "text/plain"} {
			if _, ok := d.Data[m]; ok {
				f = append(f, string(m))
			}
		}
		forms = append(forms, strings.Join(f, " "))
	}
	want := "image/svg+xml text/plain; text/plain; image/png text/plain; text/markdown text/plain"
	if got := strings.Join(forms, "; "); got != want {
		t.Errorf("outputs\n%s\nwant\n%s", got, want)
	}
	if stderr != "" {
		t.Errorf("standard error: %s", stderr)
	}
}

func TestFailureLosesNothing(t *testing.T) {
	outputs, stderr, err := run(t, "panic", nil)
	if err == nil {
		t.Error("the cell ended well")
	}
	if len(outputs) != 1 || outputs[0].Data["text/plain"] != "before" {
		t.Errorf("outputs %v, want the one before the failure", outputs)
	}
	if !strings.HasPrefix(stderr, "error: notebook: Show: argument 2: nil can't be shown\n\t") {
		t.Errorf("standard error %q", stderr)
	}
}

func TestInterruptCancelsContext(t *testing.T) {
	outputs, stderr, err := run(t, "context", func(p *os.Process, d *protocol.DisplayData) {
		if d.Data["text/plain"] == "ready" {
			// The cell may not wait for interrupts yet: it does after this.
			go func() {
				time.Sleep(200 * time.Millisecond)
				_ = p.Signal(os.Interrupt)
			}()
		}
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	if len(outputs) != 2 || outputs[1].Data["text/plain"] != "interrupted" {
		t.Errorf("outputs %v", outputs)
	}
}

// A figure is followed by its chart, which comes with the library only while
// somebody looks on, and then again without.
func TestInteractive(t *testing.T) {
	for _, test := range []struct {
		name, library, quiet string
		shown                int
	}{{"without the library", "", "", 2}, {"with it", "1", "", 3}, {"unwatched", "1", "1", 2}} {
		t.Setenv("LIBRARY", test.library)
		t.Setenv("WASSERWERK_QUIET", test.quiet)
		outputs, stderr, err := run(t, "interactive", nil)
		if err != nil || len(outputs) != test.shown {
			t.Fatalf("%s: %d outputs, want %d: %v\n%s", test.name, len(outputs), test.shown, err, stderr)
		}
		if _, ok := outputs[0].Data["image/svg+xml"]; !ok {
			t.Errorf("%s: no picture first", test.name)
		}
		for i, o := range outputs[1:] {
			html, _ := o.Data["text/html"].(string)
			if loads := strings.Contains(html, "echarts = {}"); loads != (test.shown == 3 && i == 0) || !strings.Contains(html, figure.ChartType) {
				t.Errorf("%s: output %d holds the library: %t", test.name, i+2, loads)
			}
			if (o.DisplayID != "") != (test.shown == 3) || o.DisplayID != outputs[1].DisplayID {
				t.Errorf("%s: output %d has the id %q", test.name, i+2, o.DisplayID)
			}
		}
	}
}

func TestInteractiveOutsideOfNotebooks(t *testing.T) {
	var b strings.Builder
	old := stdout
	stdout = func() io.Writer { return &b }
	defer func() { stdout = old }()
	Interactive(simple())
	if got := b.String(); strings.Count(got, "Curve") < 2 || !strings.Contains(got, "Interactive: ") {
		t.Errorf("printed %q", got)
	}
}
