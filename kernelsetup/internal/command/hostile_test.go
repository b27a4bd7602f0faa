//go:build unix

package command

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/proctree"
)

// What notebooks do to the command that runs them, here and in the other files of
// this name.

// hostile runs the command, with the time that a slow machine needs. Whatever comes
// of it, no process, no temporary file and no half of a file may be left, and the
// given notebooks must be what they were.
func hostile(t *testing.T, originals []string, args ...string) result {
	t.Helper()
	before := make(map[string]string)
	for _, file := range originals {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		before[file] = string(data)
	}
	there := proctree.Members(os.Getpid())
	r := main(t, args...)
	leftBehind(t, there)
	for file, want := range before {
		if now, err := os.ReadFile(file); err != nil || string(now) != want {
			t.Errorf("%s was changed (%v)", file, err)
		}
	}
	halves(t)
	if strings.Contains(r.stderr, "goroutine ") || strings.Contains(r.stderr, "runtime error") {
		t.Errorf("%v said\n%s", args, r.stderr)
	}
	return r
}

// leftBehind reports processes that weren't there before, and ends them.
func leftBehind(t *testing.T, before []int) {
	t.Helper()
	left := slices.DeleteFunc(proctree.Members(os.Getpid()), func(pid int) bool { return slices.Contains(before, pid) })
	for _, pid := range left {
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		t.Errorf("process %d is left: %s", pid, bytes.ReplaceAll(line, []byte{0}, []byte(" ")))
		proctree.Kill(pid)
	}
}

// half matches the names that files have while they are written.
var half = regexp.MustCompile(`^\..*-\d+$`)

// halves reports files in the checkout that were never finished.
func halves(t *testing.T) {
	t.Helper()
	_ = filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && half.MatchString(d.Name()) {
			t.Errorf("half a file is left: %s", name)
		}
		if err == nil && d.Type().IsRegular() && filepath.Dir(name) == filepath.Join(".build", "notebooks") {
			if _, err := nbformat.ReadFile(name); err != nil {
				t.Errorf("a torn notebook: %v", err)
			}
		}
		return nil
	})
}

// oneLine wants the code of what can't be done, and one line of findings that has
// all the words.
func oneLine(t *testing.T, r result, code int, words ...string) {
	t.Helper()
	said := r.findings()
	if r.code != code || strings.Count(said, "\n") != 1 || len(said) > 2000 || strings.ContainsAny(strings.TrimSuffix(said, "\n"), "\x00\x1b\r") {
		t.Errorf("exit code %d, want %d; it said, in place of one line,\n%.3000s", r.code, code, said)
	}
	for _, w := range words {
		if !strings.Contains(said, w) {
			t.Errorf("no %q in %.2000s", w, said)
		}
	}
}

const imports = "import \"github.com/janpfeifer/gonb/gonbui\"\n\n"

// copied is the executed copy of nb.ipynb.
const copied = ".build/notebooks/nb.ipynb"

func TestManyDisplays(t *testing.T) {
	checkout(t)
	const n = 300
	notebook(t, "nb.ipynb", imports+fmt.Sprintf("%%%%\nfor i := range %d {\n\tgonbui.DisplayHTML(fmt.Sprintf(\"<b>no. %%d.</b>\", i))\n}\ngonbui.Sync()", n), "%%\nfmt.Println(1)")
	r := hostile(t, []string{"nb.ipynb"}, "run", "nb.ipynb")
	wantResult(t, r, exitOK, "")
	nb := readBack(t, copied)
	if len(nb.Cells[0].Outputs) != n || printed(nb.Cells[1]) != "1\n" {
		t.Fatalf("%d displays, want %d; the next cell printed %q", len(nb.Cells[0].Outputs), n, printed(nb.Cells[1]))
	}
	page, err := os.ReadFile(".build/pages/nb.html")
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for i := range n {
		want := fmt.Sprintf("<b>no. %d.</b>", i)
		if got, _ := nb.Cells[0].Outputs[i].DataText("text/html"); got != want {
			t.Fatalf("display %d is %q", i, got)
		}
		next := strings.Index(string(page[at:]), want)
		if next < 0 {
			t.Fatalf("display %d isn't on the page behind the one before it", i)
		}
		at += next
	}
}

func TestManyLines(t *testing.T) {
	checkout(t)
	const n = 100_000
	notebook(t, "nb.ipynb", fmt.Sprintf("%%%%\nfor i := range %d {\n\tfmt.Println(i)\n}\nfmt.Fprintln(os.Stderr, \"end\")", n))
	wantResult(t, hostile(t, []string{"nb.ipynb"}, "run", "nb.ipynb"), exitOK, "")
	lines := strings.Split(printed(readBack(t, copied).Cells[0]), "\n")
	if len(lines) != n+1 {
		t.Fatalf("%d lines, want %d", len(lines)-1, n)
	}
	for i := range n {
		if lines[i] != fmt.Sprint(i) {
			t.Fatalf("line %d is %q", i+1, lines[i])
		}
	}
	// Nobody reads so many, but they are there for who opens them.
	if page, err := os.ReadFile(".build/pages/nb.html"); err != nil || !bytes.Contains(page, []byte("stdout: 100,000 lines")) || !bytes.Contains(page, []byte("\n99999</pre>")) {
		t.Errorf("the page doesn't hold them folded (%v)", err)
	}
}

func TestMuchOutput(t *testing.T) {
	long(t)
	checkout(t)
	notebook(t, "nb.ipynb", imports+`%%
line := strings.Repeat("é", 1<<15)
for range 800 {
	fmt.Println(line)
}
for range 8 {
	gonbui.DisplayHTML(strings.Repeat("x", 5<<20))
}
gonbui.Sync()`, "%%\nfmt.Println(\"next\")")
	wantResult(t, hostile(t, []string{"nb.ipynb"}, "run", "nb.ipynb"), exitOK, "")
	nb := readBack(t, copied)
	var notes []string
	for _, o := range nb.Cells[0].Outputs {
		text := o.Text
		if o.Type == nbformat.DisplayData {
			html, _ := o.DataText("text/html")
			plain, _ := o.DataText("text/plain")
			text = html + plain
		}
		if at := strings.LastIndex(text, "["); at >= 0 {
			notes = append(notes, strings.TrimSpace(text[at:]))
		}
		if !utf8.ValidString(text) {
			t.Errorf("%s is cut within a letter", o.Name)
		}
	}
	want := []string{"[cut here: only the first 16 MiB are kept]"}
	for range 2 {
		want = append(want, "[left out: a display of 6 MiB; of a cell's displays 32 MiB are kept]")
	}
	if !slices.Equal(notes, want) {
		t.Errorf("the notes are %q, want %q", notes, want)
	}
	if info, err := os.Stat(copied); err != nil || info.Size() > 80<<20 {
		t.Errorf("the copy has %d MiB (%v)", info.Size()>>20, err)
	}
	if printed(nb.Cells[1]) != "next\n" {
		t.Errorf("the next cell printed %q", printed(nb.Cells[1]))
	}
	page, err := os.ReadFile(".build/pages/nb.html")
	if err != nil || !bytes.Contains(page, []byte("[cut here: only the first 16 MiB are kept]")) || !bytes.Contains(page, []byte("[left out: a display of 6 MiB")) {
		t.Errorf("the page doesn't say so (%v)", err)
	}
}

func TestGarbage(t *testing.T) {
	checkout(t)
	const garbage = `%%
b := make([]byte, 1<<18)
state := uint32(7)
for i := range b {
	state = state*1664525 + 1013904223
	b[i] = byte(state >> 24)
}
os.Stdout.Write(b)
os.Stdout.WriteString("\n\x00\x00NUL\xff\xfe\xc3\x28\xed\xa0\x80 \x1b[31mred\x1b[0m \x1b]0;title\a \x1b[2J\x9b31m\u2028\ufeff\r\n")
os.Stderr.Write(b[:1000])
fmt.Println("end")`
	notebook(t, "nb.ipynb", garbage, "%%\nfmt.Println(\"next\")", "%%\npanic(\"\\x1b[2J\\x00\\xffno\\r\\n\")")
	r := hostile(t, []string{"nb.ipynb"}, "run", "nb.ipynb")
	oneLine(t, r, exitFindings, "nb.ipynb: cell [3], line 2: panic: ")
	nb := readBack(t, copied) // it is UTF-8, or isn't read
	i := slices.IndexFunc(nb.Cells, func(c *nbformat.Cell) bool { return strings.Contains(c.Source, "1664525") })
	for _, want := range []string{"NUL", "\x1b[31mred\x1b[0m", "end\n"} {
		if !strings.Contains(printed(nb.Cells[i]), want) {
			t.Errorf("no %q in what it printed", want)
		}
	}
	if printed(nb.Cells[i+1]) != "next\n" {
		t.Errorf("the next cell printed %q", printed(nb.Cells[i+1]))
	}
	page, err := os.ReadFile(".build/pages/nb.html")
	if err != nil || bytes.ContainsAny(page, "\x00\x1b\u009b") || !bytes.Contains(page, []byte(`<span class="a31">red</span>`)) || !utf8.Valid(page) {
		t.Errorf("the page isn't plain (%v)", err)
	}
}

// badEnds are ways for a cell to end, and what is said of each, parted by |; "" where
// nothing is wrong. Those that take longest come first; the first of them, which
// package jupyter tests too, only if there is time for it.
var badEnds = []struct{ name, cell, finding string }{
	{"stop", "syscall.Kill(os.Getppid(), syscall.SIGSTOP)\nselect {}", "timed out and couldn't be interrupted after 6s; 1 later cell wasn't run"},
	{"ignore", "signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)\ntime.Sleep(time.Hour)", "timed out after 6s; 1 later cell wasn't run"},
	{"sleep", "time.Sleep(time.Hour)", "timed out after 6s"},
	{"child", "exec.Command(\"sleep\", \"1000\").Run()", "timed out after 6s"},
	{"print", "for {\n\tfmt.Println(strings.Repeat(\"x\", 1<<10))\n\ttime.Sleep(time.Millisecond)\n}", "timed out after 6s"},
	{"read", "io.ReadAll(os.Stdin)", "timed out after 6s"},
	{"kill", "syscall.Kill(os.Getppid(), syscall.SIGKILL)\nselect {}", "the kernel ended (signal: killed); 1 later cell wasn't run"},
	{"terminate", "syscall.Kill(os.Getppid(), syscall.SIGTERM)\ntime.Sleep(time.Minute)", "the kernel ended|1 later cell wasn't run"},
	{"deadlock", "select {}", "fatal error: all goroutines are asleep - deadlock!; 1 later cell wasn't run"},
	{"suicide", "syscall.Kill(os.Getpid(), syscall.SIGKILL)\nselect {}", "signal: killed; 1 later cell wasn't run"},
	{"exit 3", "os.Exit(3)", "the program ended with exit status 3"},
	{"exit 0", "os.Exit(0)", ""},
	{"close", "os.Stdout.Close()\nos.Stderr.Close()\nfmt.Println(\"more\")", ""},
	{"floor", "os.RemoveAll(os.TempDir())", "cell [3]: |no such file or directory"},
}

// Each notebook ends in its own way, beside the others; the command says in a line of
// each how, and what it printed before is kept.
func TestBadEnds(t *testing.T) {
	long(t)
	checkout(t)
	args := []string{"run", "--jobs", "7", "--timeout", "6s"}
	var files []string
	ends := badEnds
	if os.Getenv("WASSERWERK_LONG") == "" {
		ends = ends[1:]
	}
	for _, c := range ends {
		files = append(files, c.name+".ipynb")
		notebook(t, c.name+".ipynb", "%%\nfmt.Println(\"first\")", "%%\nfmt.Println(\"said\")\ntime.Sleep(500 * time.Millisecond) // to come through\n"+c.cell, "%%\nfmt.Println(\"last\")")
	}
	r := hostile(t, files, append(args, files...)...)
	if r.code != exitFindings {
		t.Errorf("exit code %d", r.code)
	}
	findings := make(map[string]string)
	for line := range strings.Lines(r.findings()) {
		name, said, _ := strings.Cut(strings.TrimSpace(line), ".ipynb: ")
		if findings[name] != "" {
			t.Errorf("%s: a second line: %s", name, said)
		}
		findings[name] = said
	}
	for _, c := range ends {
		said := findings[c.name]
		for _, w := range strings.Split(c.finding, "|") {
			if !strings.Contains(said, w) || (said == "") != (c.finding == "") {
				t.Errorf("%s: it said %q, and not %q", c.name, said, w)
			}
		}
		var all strings.Builder
		for _, cell := range readBack(t, ".build/notebooks/"+c.name+".ipynb").Cells {
			all.WriteString(printed(cell))
		}
		if s := all.String(); !strings.HasPrefix(s, "first\nsaid\n") || (c.finding == "") != strings.HasSuffix(s, "last\n") {
			t.Errorf("%s: the copy has %.200q", c.name, s)
		}
		if _, err := os.Stat(".build/pages/" + c.name + ".html"); err != nil {
			t.Errorf("%s: no page: %v", c.name, err)
		}
		delete(findings, c.name)
	}
	if len(findings) > 0 {
		t.Errorf("it said besides %q", findings)
	}
}

// What a cell starts ends with the run, however well it hides.
func TestDaemons(t *testing.T) {
	checkout(t)
	notebook(t, "nb.ipynb", `%%
for _, args := range [][]string{
	{"sleep", "4001"},
	{"setsid", "sleep", "4002"},
	{"sh", "-c", "sleep 4003 & sleep 4004 &"},
	{"sh", "-c", "setsid sh -c 'sleep 4005 & setsid sleep 4006 &' &"},
	{"nohup", "setsid", "sleep", "4007"},
} {
	cmd := exec.Command(args[0], args[1:]...)
	if err := cmd.Start(); err != nil {
		panic(err)
	}
}
time.Sleep(time.Second)
fmt.Println("started")`, "!setsid sleep 4008 >/dev/null 2>&1 &\n", "%%\nfmt.Println(1)")
	r := hostile(t, []string{"nb.ipynb"}, "run", "--no-page", "--timeout", "20s", "nb.ipynb")
	wantResult(t, r, exitOK, "")
	if got := printed(readBack(t, copied).Cells[0]); got != "started\n" {
		t.Errorf("printed %q", got)
	}
}

// Wherever a run is interrupted, it ends soon, and nothing is lost or left.
func TestInterruptedAnywhere(t *testing.T) {
	long(t)
	checkout(t)
	notebook(t, "nb.ipynb", "import \"github.com/wasserwerk-go/wasserwerk/lib/answer\"\n%%\nfmt.Println(answer.Of())", "%%\ntime.Sleep(100 * time.Millisecond)", "%%\nexec.Command(\"sleep\", \"1\").Run()", "!sleep 0.2", "%%\nfmt.Println(3)")
	original, err := os.ReadFile("nb.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	there := proctree.Members(os.Getpid())
	// Not at random: a place that fails is to fail again.
	for i := range 10 {
		after := time.Duration(i*i*15) * time.Millisecond
		ctx, cancel := context.WithCancel(t.Context())
		began := make(chan time.Time, 1)
		timer := time.AfterFunc(after, func() {
			began <- time.Now()
			cancel()
		})
		var out, said bytes.Buffer
		code := Main(ctx, []string{"run", "--write", "nb.ipynb"}, &out, &said)
		if timer.Stop() {
			began <- time.Now()
		}
		took := time.Since(<-began)
		cancel()
		t.Logf("after %v: exit code %d, %v later", after, code, took)
		if code != exitInterrupted && code != exitOK {
			t.Errorf("after %v: exit code %d; it said\n%s", after, code, said.String())
		}
		if took > 20*time.Second { // the promise is 2 s, on a machine that has nothing else to do
			t.Errorf("after %v: it took %v to end", after, took)
		}
		if code == exitInterrupted && (out.Len() > 0 || !strings.HasSuffix(said.String(), "interrupted\n")) {
			t.Errorf("after %v: it printed %q and said\n%s", after, out.String(), said.String())
		}
		leftBehind(t, there)
		if left := glob(filepath.Join(os.Getenv("TMPDIR"), "*")); len(left) > 0 {
			t.Errorf("after %v: temporary files are left: %v", after, left)
		}
		halves(t)
		now, err := os.ReadFile("nb.ipynb")
		if err != nil || code == exitInterrupted && !bytes.Equal(now, original) {
			t.Errorf("after %v: the notebook was changed (%v)", after, err)
		}
		writeTest(t, "nb.ipynb", string(original))
	}
}
