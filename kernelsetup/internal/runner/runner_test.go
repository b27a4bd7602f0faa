//go:build unix

package runner_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/cellsum"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/kerneltest"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/runner"
)

func TestMain(m *testing.M) { kerneltest.Main(m) }

// notebook makes a notebook of code cells.
func notebook(cells ...string) *nbformat.Notebook {
	nb := &nbformat.Notebook{}
	for i, source := range cells {
		nb.Cells = append(nb.Cells, &nbformat.Cell{ID: fmt.Sprintf("cell-%d", i+1), Type: nbformat.Code, Source: source})
	}
	return nb
}

// run runs nb in a fresh kernel and returns the one finding as text, or "".
func run(t *testing.T, nb *nbformat.Notebook, timeout time.Duration) string {
	t.Helper()
	if err := runner.Prepare(nb); err != nil {
		t.Fatal(err)
	}
	k := kerneltest.Start(t)
	tc := kerneltest.Toolchain
	findings, err := runner.Run(t.Context(), k, "nb.ipynb", nb, runner.Options{
		Timeout: timeout,
		Scrub:   runner.NewScrubber(k.Temp(), kerneltest.Repo, gotool.Module, tc.ModCache, tc.Root),
	})
	if err != nil {
		t.Fatal(err)
	}
	switch len(findings) {
	case 0:
		return ""
	case 1:
		return findings[0].String()
	}
	t.Fatalf("findings %v, want at most one: a failing cell ends the run", findings)
	return ""
}

func stdout(c *nbformat.Cell) string {
	for _, o := range c.Outputs {
		if o.Type == nbformat.Stream && o.Name == "stdout" {
			return o.Text
		}
	}
	return ""
}

func bytesOf(t *testing.T, nb *nbformat.Notebook) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := nb.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	prints = "%%\nfmt.Println(\"fine\")"
	shows  = "import \"github.com/janpfeifer/gonb/gonbui\"\n\n"
)

// Each of these must be found, at its place, in one line; the cell before it
// keeps its output, the cell after it isn't run; and a second run stores the
// very same bytes.
func TestFindings(t *testing.T) {
	for name, c := range map[string]struct {
		cells []string // after a first cell that is fine, and before a last one
		want  string   // after "nb.ipynb: "
	}{
		"compile, function": {
			[]string{"// f has a comment.\nfunc f(x int) int {\n\treturn x + nope\n}"},
			"cell [2], line 3: undefined: nope; 1 later cell wasn't run",
		},
		"compile, statements": {
			[]string{"%%\n\nfmt.Println(nope)\nfmt.Println(nor)"},
			"cell [2], line 3: undefined: nope (and 1 more); 1 later cell wasn't run",
		},
		"compile, variable": {
			[]string{"import \"math\"\n\nvar (\n\t// a is commented.\n\ta = math.Pi\n\tb string = a\n)"},
			"cell [2], line 6: cannot use a (variable of type float64) as string value in variable declaration; 1 later cell wasn't run",
		},
		"compile, type": {
			[]string{"type point struct {\n\tx float64\n\ty nope\n}"},
			"cell [2], line 3: undefined: nope; 1 later cell wasn't run",
		},
		"compile, method": {
			[]string{"type point struct{ x, y float64 }\n\nfunc (p *point) norm() float64 {\n\tif p == nil {\n\t\treturn 0\n\t}\n\treturn p.z\n}"},
			"cell [2], line 7: p.z undefined (type *point has no field or method z); 1 later cell wasn't run",
		},
		"compile, constant": {
			[]string{"const (\n\tone = 1\n\ttwo int = \"2\"\n)"},
			"cell [2], line 3: cannot use \"2\" (untyped string constant) as int value in constant declaration; 1 later cell wasn't run",
		},
		"compile, unused": {
			[]string{"%%\n\tx := 1\n"},
			"cell [2], line 2: declared and not used: x; 1 later cell wasn't run",
		},
		"compile, an earlier cell's declaration": {
			[]string{"func f(x int) {}", "%%\nf(\"a\")"},
			"cell [3], line 2: cannot use \"a\" (untyped string constant) as int value in argument to f; 1 later cell wasn't run",
		},
		"syntax": {
			[]string{"x := 1"},
			"cell [2], line 1: expected declaration, found x; 1 later cell wasn't run",
		},
		"syntax, after the end": {
			[]string{"%%\nfmt.Println(\n\n"},
			"cell [2], line 2: expected operand, found '}'; 1 later cell wasn't run",
		},
		"unknown import": {
			[]string{"import \"example.org/nothing\"\n\n%%\nnothing.Do()"},
			"cell [2], line 1: no module in go.mod provides the package example.org/nothing; 1 later cell wasn't run",
		},
		"unknown import of the standard library": {
			[]string{"import \"math/nosuch\"\n\n%%\nnosuch.Do()"},
			"cell [2], line 1: math/nosuch: package math/nosuch is not in std (math/nosuch); 1 later cell wasn't run",
		},
		"internal import": {
			[]string{"import (\n\t\"github.com/wasserwerk-go/wasserwerk/lib/internal/num\"\n)\n\n%%\n_ = num.Sum"},
			"cell [2], line 2: use of internal package github.com/wasserwerk-go/wasserwerk/lib/internal/num not allowed; 1 later cell wasn't run",
		},
		"panic": {
			[]string{"%%\nvar s []int\n\ns[3]++"},
			"cell [2], line 4: panic: runtime error: index out of range [3] with length 0; 1 later cell wasn't run",
		},
		"panic in another cell's function": {
			[]string{"func f() {\n\tpanic(\"no\")\n}", "%%\n\nf()"},
			"cell [3], line 3: panic: no (in cell [2], line 2); 1 later cell wasn't run",
		},
		"a wrong argument, in another cell's function": {
			[]string{
				"import (\n\t\"github.com/janpfeifer/must\"\n\t\"gonum.org/v1/gonum/mat\"\n\n\t\"github.com/wasserwerk-go/wasserwerk/lib/measure\"\n\t\"github.com/wasserwerk-go/wasserwerk/lib/notebook\"\n)",
				"func law(w float64) *measure.Discrete {\n\treturn must.M1(measure.NewDiscrete(mat.NewDense(2, 1, nil), []float64{1, w}))\n}",
				"%%\n\nnotebook.Show(law(-1).Dim())",
			},
			"cell [4], line 3: error: measure.NewDiscrete: weight 1 is -1, want a finite number ≥ 0 (in cell [3], line 2); 1 later cell wasn't run",
		},
		"panic in a goroutine": {
			[]string{"%%\np := new(int)\ngo func() { panic(fmt.Sprintf(\"%T\", p)) }()\nselect {}"},
			"cell [2], line 3: panic: *int; 1 later cell wasn't run",
		},
		"deadlock": {
			[]string{"%%\nselect {}"},
			"cell [2], line 2: fatal error: all goroutines are asleep - deadlock!; 1 later cell wasn't run",
		},
		"os.Exit": {
			[]string{"%%\nfmt.Println(\"x\")\nos.Exit(3)"},
			"cell [2], line 3: the program ended with exit status 3; 1 later cell wasn't run",
		},
		"log.Fatal": {
			[]string{"%%\nlog.SetFlags(0)\nlog.Fatal(\"bad data\")"},
			"cell [2]: the program ended with exit status 1: bad data; 1 later cell wasn't run",
		},
		"loop":                    {[]string{"%%\nfor {\n}"}, "cell [2]: timed out after 1.5s; 1 later cell wasn't run"},
		"input":                   {[]string{"%with_inputs\n!read x"}, "cell [2]: asked for input; 1 later cell wasn't run"},
		"command":                 {[]string{"!true && false"}, "cell [2], line 1: !true && false: exit status 1; 1 later cell wasn't run"},
		"command, of several":     {[]string{"!true\n!exit 4"}, "cell [2]: a shell command failed, of those at lines 1, 2: exit status 4; 1 later cell wasn't run"},
		"command, before Go":      {[]string{"!false\n%%\nfmt.Println(1)"}, "cell [2], line 1: !false: exit status 1; 1 later cell wasn't run"},
		"command, killed":         {[]string{"!kill -9 $$"}, "cell [2], line 1: !kill -9 $$: signal: killed; 1 later cell wasn't run"},
		"bash":                    {[]string{"%%bash\ntrue\nexit 5"}, "cell [2], line 1: %%bash: exit status 5; 1 later cell wasn't run"},
		"magic":                   {[]string{"%env AB=c\n%foo bar"}, "cell [2], line 2: unknown magic %foo; 1 later cell wasn't run"},
		"cell magic":              {[]string{"%%foo"}, "cell [2], line 1: unknown magic %%foo; 1 later cell wasn't run"},
		"cell magic before code":  {[]string{"%%python\nprint(1)"}, "cell [2], line 1: unknown magic %%python; 1 later cell wasn't run"},
		"known magic, wrong args": {[]string{"%env"}, "cell [2]: executing special commands in cell: `%env <VAR_NAME> <value>` (or `%env <VAR_NAME>=<value>`): it takes 2 arguments, the variable name and it's content, but 0 were given; 1 later cell wasn't run"},
		"test":                    {[]string{"%test\nfunc TestX(t *testing.T) {\n\tt.Error(\"bad\")\n}"}, "cell [2]: the program ended with exit status 1; 1 later cell wasn't run"},
		"the kernel killed":       {[]string{"%%\nfmt.Println(\"before\")\ntime.Sleep(200 * time.Millisecond)\nsyscall.Kill(os.Getppid(), syscall.SIGKILL)\nfor {\n}"}, "cell [2]: the kernel ended (signal: killed); 1 later cell wasn't run"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stored [2][]byte
			for i := range stored {
				nb := notebook(append(append([]string{prints}, c.cells...), "%%\nfmt.Println(\"never\")")...)
				nb.Cells[len(nb.Cells)-1].Outputs = []nbformat.Output{{Type: nbformat.Stream, Name: "stdout", Text: "of an earlier run"}}
				timeout := time.Minute
				if name == "loop" {
					timeout = 1500 * time.Millisecond
				}
				if got, want := run(t, nb, timeout), "nb.ipynb: "+c.want; got != want {
					t.Errorf("finding\n\t%s\nwant\n\t%s", got, want)
				}
				n := len(nb.Cells)
				if first := nb.Cells[0]; stdout(first) != "fine\n" || first.ExecutionCount != 1 {
					t.Errorf("the first cell has count %d and printed %q", first.ExecutionCount, stdout(first))
				}
				if bad := nb.Cells[n-2]; bad.ExecutionCount != n-1 || len(bad.Outputs) == 0 {
					t.Errorf("the failing cell has count %d and outputs %v", bad.ExecutionCount, bad.Outputs)
				}
				if last := nb.Cells[n-1]; last.ExecutionCount != 0 || last.Outputs != nil {
					t.Errorf("the last cell has count %d and outputs %v", last.ExecutionCount, last.Outputs)
				}
				stored[i] = bytesOf(t, nb)
			}
			if !bytes.Equal(stored[0], stored[1]) {
				t.Errorf("two runs differ:\n%s\n%s", stored[0], stored[1])
			}
			for _, secret := range []string{"/tmp/", "gonb_", kerneltest.Repo, kerneltest.Toolchain.Root, "0x"} {
				if secret != "" && bytes.Contains(stored[0], []byte(secret)) {
					t.Errorf("stored outputs contain %q:\n%s", secret, stored[0])
				}
			}
		})
	}
}

func TestGoodNotebook(t *testing.T) {
	var stored [2][]byte
	for i := range stored {
		nb := notebook(
			prints,
			"import \"math\"\n\nfunc square(x float64) float64 { return math.Pow(x, 2) }",
			"   \n",
			"%%\nfmt.Println(square(3))",
			"!echo from the shell",
			shows+"%%\nfmt.Println(\"text\")\ngonbui.DisplayHtml(\"<b>one</b>\")\ngonbui.UpdateHtml(\"id\", \"<i>old</i>\")\ngonbui.UpdateHtml(\"id\", \"<i>new</i>\")\ngonbui.DisplayHtml(\"two\")\ngonbui.Sync()\nfmt.Fprintln(os.Stderr, \"note\")",
		)
		nb.Cells[1].Outputs = []nbformat.Output{{Type: nbformat.Stream, Name: "stdout", Text: "of an earlier run"}}
		nb.Cells[1].Metadata = map[string]json.RawMessage{"execution": json.RawMessage(`{"iopub.execute_input":"2020"}`)}
		if got := run(t, nb, time.Minute); got != "" {
			t.Fatalf("finding %q", got)
		}
		counts := []int{1, 2, 0, 3, 4, 5}
		outs := []string{"fine\n", "", "", "9\n", "from the shell\n", "text\n"}
		for i, c := range nb.Cells {
			if c.ExecutionCount != counts[i] || stdout(c) != outs[i] {
				t.Errorf("cell %d has count %d and printed %q, want %d and %q", i, c.ExecutionCount, stdout(c), counts[i], outs[i])
			}
		}
		if len(nb.Cells[1].Outputs) != 0 || nb.Cells[1].Metadata["execution"] != nil {
			t.Errorf("an earlier run shows: %v %v", nb.Cells[1].Outputs, nb.Cells[1].Metadata)
		}
		var last []string
		for _, o := range nb.Cells[5].Outputs {
			html, _ := o.DataText("text/html")
			last = append(last, o.Name+html)
		}
		if got, want := strings.Join(last, " "), "stdout stderr <b>one</b> <i>new</i> two"; got != want {
			t.Errorf("outputs of the last cell: %s, want %s", got, want)
		}
		stored[i] = bytesOf(t, nb)
	}
	if !bytes.Equal(stored[0], stored[1]) {
		t.Errorf("two runs differ:\n%s\n%s", stored[0], stored[1])
	}
}

// Nothing that a cell puts out gets lost, be it much.
func TestAllOutputs(t *testing.T) {
	const lines, displays = 100_000, 300
	nb := notebook(
		fmt.Sprintf("%%%%\nfor i := range %d {\n\tfmt.Println(\"line\", i)\n}", lines),
		fmt.Sprintf(shows+"%%%%\nfor i := range %d {\n\tgonbui.DisplayHtml(strings.Repeat(\"x\", 1000) + fmt.Sprint(i))\n}\ngonbui.Sync()", displays),
	)
	if got := run(t, nb, time.Minute); got != "" {
		t.Fatalf("finding %q", got)
	}
	var want strings.Builder
	for i := range lines {
		fmt.Fprintln(&want, "line", i)
	}
	if got := stdout(nb.Cells[0]); got != want.String() {
		t.Errorf("stored %d bytes in %d lines, want %d bytes in %d lines", len(got), strings.Count(got, "\n"), want.Len(), lines)
	}
	if got := len(nb.Cells[1].Outputs); got != displays {
		t.Errorf("stored %d displays, want %d", got, displays)
	}
}

// What a cell prints without end is cut, and says so.
func TestEndlessOutput(t *testing.T) {
	nb := notebook("%%\nline := strings.Repeat(\"x\", 1<<16)\nfor range 400 {\n\tfmt.Println(line)\n}")
	if got := run(t, nb, time.Minute); got != "" {
		t.Fatalf("finding %q", got)
	}
	out := stdout(nb.Cells[0])
	if len(out) > 17<<20 || !strings.HasSuffix(out, "[cut here: only the first 16 MiB are kept]\n") {
		t.Errorf("stored %d bytes that end in %q", len(out), out[max(0, len(out)-60):])
	}
}

// Displays beyond all measure are left out, with a note, and those beside them stay.
func TestHugeDisplays(t *testing.T) {
	nb := notebook(shows + "%%\ngonbui.DisplayHtml(\"<b>first</b>\")\ngonbui.DisplayHtml(strings.Repeat(\"x\", 50<<20))\ngonbui.DisplayHtml(\"<b>last</b>\")\ngonbui.Sync()")
	if got := run(t, nb, time.Minute); got != "" {
		t.Fatalf("finding %q", got)
	}
	var all []string
	for _, o := range nb.Cells[0].Outputs {
		html, _ := o.DataText("text/html")
		plain, _ := o.DataText("text/plain")
		all = append(all, html+plain)
	}
	if got, want := strings.Join(all, "; "), "<b>first</b>; [left out: a display of 51 MiB; of a cell's displays 32 MiB are kept]; <b>last</b>"; got != want {
		t.Errorf("stored %.300q, want %q", got, want)
	}
}

func TestKernelKilledFromOutside(t *testing.T) {
	begun, wait := kerneltest.Begun(t)
	nb := notebook("%%\nfmt.Println(\"before\")\n"+begun+"\nfor {\n}", prints)
	if err := runner.Prepare(nb); err != nil {
		t.Fatal(err)
	}
	k := kerneltest.Start(t)
	go func() {
		wait(t.Context())
		_ = syscall.Kill(k.PID(), syscall.SIGKILL)
	}()
	findings, err := runner.Run(t.Context(), k, "nb.ipynb", nb, runner.Options{})
	if err != nil || len(findings) != 1 {
		t.Fatalf("findings %v, error %v", findings, err)
	}
	if got, want := findings[0].String(), "nb.ipynb: cell [1]: the kernel ended (signal: killed); 1 later cell wasn't run"; got != want {
		t.Errorf("finding %q, want %q", got, want)
	}
	if stdout(nb.Cells[0]) != "before\n" {
		t.Errorf("the output before it is lost: %v", nb.Cells[0].Outputs)
	}
}

func TestPrepare(t *testing.T) {
	nb := notebook(prints)
	nb.Metadata = map[string]json.RawMessage{"kernelspec": json.RawMessage(`{"name":"python3","language":"python"}`)}
	if err := runner.Prepare(nb); err == nil || !strings.Contains(err.Error(), `"python3"`) {
		t.Errorf("Prepare of a Python notebook: %v", err)
	}
	given := json.RawMessage(`{"name":"gonb","display_name":"mine"}`)
	nb.Metadata["kernelspec"] = given
	if err := runner.Prepare(nb); err != nil || string(nb.Metadata["kernelspec"]) != string(given) {
		t.Errorf("Prepare changed the kernelspec to %s: %v", nb.Metadata["kernelspec"], err)
	}
	nb = notebook(prints)
	if err := runner.Prepare(nb); err != nil || nb.Metadata["kernelspec"] == nil || nb.Metadata["language_info"] == nil {
		t.Errorf("Prepare left the metadata %v: %v", nb.Metadata, err)
	}
}

// Cells may fail if they say so, are skipped where that is asked for, and give
// their earlier outputs without being run again; their declarations count all the
// same.
func TestOtherWaysToRun(t *testing.T) {
	tagged := func(c *nbformat.Cell, tag string) {
		c.Metadata = map[string]json.RawMessage{"tags": json.RawMessage(`["` + tag + `"]`)}
	}
	build := func() *nbformat.Notebook {
		nb := notebook(
			"%%\npanic(\"meant\")",
			"var x = 7\n%%\nfmt.Println(\"slow\", x)",
			"%%\nfmt.Println(x)",
			"%%\nfmt.Println(\"left out\")",
			"%%\nfmt.Println(x + 1)",
		)
		tagged(nb.Cells[0], "raises-exception")
		return nb
	}
	nb := build()
	var ran []string
	again := func(opt runner.Options) []runner.Finding {
		t.Helper()
		if err := runner.Prepare(nb); err != nil {
			t.Fatal(err)
		}
		ran = nil
		opt.Ran = func(o runner.Outcome) {
			ran = append(ran, fmt.Sprintf("%d %t %q %t", o.Number, o.Reused, o.Skipped, o.Took > 0))
		}
		findings, err := runner.Run(t.Context(), kerneltest.Start(t), "nb.ipynb", nb, opt)
		if err != nil {
			t.Fatal(err)
		}
		return findings
	}
	skip := func(c *nbformat.Cell) string {
		if strings.Contains(c.Source, "left out") {
			return "by name"
		}
		return ""
	}
	old := []nbformat.Output{{Type: nbformat.Stream, Name: "stdout", Text: "as before\n"}}
	reuse := func(c *nbformat.Cell) ([]nbformat.Output, bool) {
		return old, strings.Contains(c.Source, "slow") || strings.HasSuffix(c.Source, "(x)")
	}
	if f := again(runner.Options{Skip: skip, Reuse: reuse}); len(f) > 0 {
		t.Fatal(f)
	}
	want := []string{`1 false "" true`, `2 true "" true`, `3 true "" false`, `4 false "by name" false`, `5 false "" true`}
	if !slices.Equal(ran, want) {
		t.Errorf("%q\nwant %q", ran, want)
	}
	for i, want := range []string{"", "as before\n", "as before\n", "", "8\n"} {
		if got := stdout(nb.Cells[i]); got != want {
			t.Errorf("cell %d printed %q, want %q", i+1, got, want)
		}
	}
	if o := nb.Cells[0].Outputs; len(o) == 0 || o[len(o)-1].Type != nbformat.Error {
		t.Errorf("the cell that may fail stores %v", o)
	}
	if nb.Cells[3].ExecutionCount != 0 || cellsum.Stored(nb.Cells[3]) != "" || cellsum.Stored(nb.Cells[4]) != cellsum.Sums(nb)[4] {
		t.Error("checksums don't stand where a cell was run")
	}
	nb = build()
	nb.Cells[0].Metadata = nil
	if f := again(runner.Options{}); len(f) != 1 || f[0].Cell != 1 {
		t.Errorf("without the tag: %v", f)
	}
}
