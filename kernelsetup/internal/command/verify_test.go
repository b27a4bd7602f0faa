package command

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// edit changes a notebook's bytes.
func edit(t *testing.T, file, old, new string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(data, []byte(old)) {
		t.Fatalf("%s has no %s", file, old)
	}
	writeTest(t, file, strings.Replace(string(data), old, new, 1))
}

// A notebook that gives what it stores passes; a number beyond the tolerance is
// found, with its place, and one within isn't; nothing compared is no pass; and the
// notebook itself is never changed.
func TestVerify(t *testing.T) {
	checkout(t)
	notebook(t, "nb.ipynb", "import \"math\"", "%%\nfmt.Println(\"one\")\nfmt.Println(\"pi is\", math.Pi)", "%%\nfmt.Println(2)")
	wantResult(t, main(t, "verify", "nb.ipynb"), exitFindings,
		"nb.ipynb: cell [2]: stores no outputs; run it with --write, or give --allow-empty\n"+
			"nb.ipynb: cell [3]: stores no outputs; run it with --write, or give --allow-empty\n")
	wantResult(t, main(t, "verify", "--allow-empty", "nb.ipynb"), exitFindings, "nb.ipynb: nothing was compared, so nothing is verified\n")
	wantResult(t, main(t, "run", "--no-page", "--write", "--stamp", "nb.ipynb"), exitOK, "")
	same := func(args ...string) {
		t.Helper()
		before, err := os.ReadFile("nb.ipynb")
		if err != nil {
			t.Fatal(err)
		}
		r := main(t, append([]string{"verify", "nb.ipynb"}, args...)...)
		wantResult(t, r, exitOK, "")
		if !strings.Contains(r.stderr, "nb: 2 of 3 cells compared, 1 without outputs, in ") {
			t.Errorf("no tally in %s", r.stderr)
		}
		if after, err := os.ReadFile("nb.ipynb"); err != nil || !bytes.Equal(before, after) {
			t.Errorf("verify changed the notebook: %v", err)
		}
	}
	same()
	edit(t, "nb.ipynb", "3.141592653589793", "3.141592653")
	same()
	edit(t, "nb.ipynb", "3.141592653", "3.1416")
	wantResult(t, main(t, "verify", "--junit", "r.xml", "nb.ipynb"), exitFindings,
		"nb.ipynb: cell [2]: stdout, line 2: got 3.141592653589793, want 3.1416 (relative error 2.3e-06)\n")
	if data, err := os.ReadFile("r.xml"); err != nil || !strings.Contains(string(data), `failures="1"`) {
		t.Errorf("junit %s, %v", data, err)
	}
	same("--rel", "1e-5")
	nb := readBack(t, "nb.ipynb")
	nb.Cells[1].Metadata["wasserwerk"] = json.RawMessage(`{"tolerance":{"rel":1e-3}}`)
	if err := nb.WriteFile("nb.ipynb"); err != nil {
		t.Fatal(err)
	}
	same()
	// A stamp says first what else is different.
	edit(t, "nb.ipynb", `"go": "go1.`, `"go": "go0.`)
	edit(t, "nb.ipynb", "2\\n", "3\\n")
	r := main(t, "verify", "nb.ipynb")
	lines := strings.Split(r.findings(), "\n")
	if r.code != exitFindings || len(lines) < 2 || !strings.HasPrefix(lines[0], "nb.ipynb: made with other things: Go: go0.") || !strings.Contains(lines[1], "cell [3]: stdout: got 2, want 3") {
		t.Errorf("%d, %q", r.code, lines)
	}
	edit(t, "nb.ipynb", "3\\n", "2\\n")
	if r := main(t, "verify", "--stamp", "nb.ipynb"); r.code != exitOK || !strings.Contains(r.findings(), "made with other things") {
		t.Errorf("--stamp: %+v", r)
	}
}

// A cell that fails is reported as by run; those behind it aren't compared.
func TestVerifyFailures(t *testing.T) {
	checkout(t)
	notebook(t, "nb.ipynb", "%%\nfmt.Println(1)", "%%\nfmt.Println(2)")
	wantResult(t, main(t, "run", "--no-page", "--write", "nb.ipynb"), exitOK, "")
	edit(t, "nb.ipynb", "fmt.Println(1)", "panic(1)")
	r := main(t, "verify", "nb.ipynb")
	if r.code != exitFindings || !strings.HasPrefix(r.findings(), "nb.ipynb: cell [1], line 2: panic: 1") || !strings.Contains(r.stderr, "1 not reached") {
		t.Errorf("%+v", r)
	}
	for args, want := range map[string]string{
		"":                      "verify: give notebooks, or --all\n",
		"--all nb.ipynb":        "verify: give notebooks, or --all\n",
		"--rel=-1 nb.ipynb":     "verify: --jobs and --timeout are positive, and tolerances not negative\n",
		"--jobs=0 nb.ipynb":     "verify: --jobs and --timeout are positive, and tolerances not negative\n",
		"nosuch.ipynb":          "nosuch.ipynb: there is no such notebook\n",
		"--all --timeout=1s":    "verify: there are no notebooks in notebooks/\n",
		"--picture=NaN x.ipynb": "verify: --jobs and --timeout are positive, and tolerances not negative\n",
	} {
		if r := main(t, append([]string{"verify"}, strings.Fields(args)...)...); r.code != exitCannotRun || !strings.HasSuffix(r.stderr, want) {
			t.Errorf("verify %s: %+v, want %q", args, r, want)
		}
	}
	var empty nbformat.Notebook
	if err := empty.WriteFile("empty.ipynb"); err != nil {
		t.Fatal(err)
	}
	wantResult(t, main(t, "verify", "empty.ipynb"), exitFindings, "empty.ipynb: nothing was compared, so nothing is verified\n")
}
