//go:build unix

package command

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/kerneltest"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

const answers = "import \"github.com/wasserwerk-go/wasserwerk/lib/answer\"\n%%\nfmt.Println(answer.Of())"

// named makes a checkout in a folder of a given name, and goes there.
func named(t *testing.T, name string) {
	t.Helper()
	repo := checkout(t)
	to := filepath.Join(filepath.Dir(repo), name)
	if err := os.Rename(repo, to); err != nil {
		t.Fatal(err)
	}
	t.Chdir(to)
}

func TestCheckoutsWithOddNames(t *testing.T) {
	for _, name := range []string{"-a b ünïcödé 漢字 😀", `quo"te's ha#sh 100%41`, "$HOME and ${PATH} back`tick`", "[glob]*?", "semi;colon & (more) a=b@c+d~ x:y"} {
		t.Run(name, func(t *testing.T) {
			named(t, name)
			notebook(t, "notebooks/nb.ipynb", answers)
			for _, which := range []string{"nb", "--all"} {
				wantResult(t, hostile(t, []string{"notebooks/nb.ipynb"}, "run", which), exitOK, "")
				if got := printed(readBack(t, copied).Cells[0]); got != "42\n" {
					t.Errorf("printed %q", got)
				}
			}
			if index, err := os.ReadFile(".build/pages/index.html"); err != nil || !bytes.Contains(index, []byte("nb.html")) {
				t.Errorf("no gallery, or one without the notebook (%v)", err)
			}
		})
	}
	// What GoNB and the go command can't have in a path is said at once: a cell that
	// fails would look like the notebook's fault.
	for name, want := range map[string]string{"a,b": "a,b has a comma", `a\b`: `a\b has a backslash`} {
		t.Run(name, func(t *testing.T) {
			named(t, name)
			notebook(t, "nb.ipynb", answers)
			oneLine(t, hostile(t, []string{"nb.ipynb"}, "run", "nb.ipynb"), exitCannotRun, "the path ", want)
		})
	}
}

func TestNotebooksWithOddNames(t *testing.T) {
	checkout(t)
	long := strings.Repeat("lang", 62) // with .ipynb, 254 bytes of the 255 that file systems allow
	names := []string{"with a space", "ünïcödé 漢字 😀", `quo"te's`, "ha#sh", "100%41", "a,b", "$HOME", "a?b*[c]", "<b>&amp;", "a.ipynb", ".hidden", "-dash", "--all", "-", "javascript:alert(1)", `back\slash`, "line\nend", long}
	text := notebook(t, "odd/nb.ipynb", "%%\nfmt.Println(6 * 7)")
	args := []string{"run", "--jobs", "4", "--timeout", "100s", "--"}
	var files []string
	for _, n := range names {
		files = append(files, "./odd/"+n+".ipynb")
		if err := os.WriteFile("odd/"+n+".ipynb", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r := hostile(t, files, append(args, files...)...)
	if r.code != exitOK {
		t.Errorf("exit code %d; it said\n%.1000s", r.code, r.findings())
	}
	for _, n := range names {
		if nb, err := nbformat.ReadFile(".build/notebooks/" + n + ".ipynb"); err != nil || printed(nb.Cells[0]) != "42\n" {
			t.Errorf("%.40q: %.100v", n, err)
		}
		if page, err := os.ReadFile(".build/pages/" + n + ".html"); err != nil || !bytes.Contains(page, []byte("</html>")) {
			t.Errorf("page of %.40q: %.100v", n, err)
		}
	}
}

// A name that begins with a dash is a flag unless it is said not to be.
func TestNamesThatLookLikeFlags(t *testing.T) {
	checkout(t)
	notebook(t, "-nb.ipynb", "%%\nfmt.Println(6 * 7)")
	oneLine(t, hostile(t, nil, "run", "-nb.ipynb"), exitCannotRun, "unknown flag")
	wantResult(t, hostile(t, nil, "run", "--no-page", "--", "-nb.ipynb"), exitOK, "")
	wantResult(t, hostile(t, nil, "strip", "--write", "--", "-nb.ipynb"), exitOK, "")
}

// Files that are no notebooks are told from those that are, in a line each, and
// nothing waits for them.
func TestFilesThatAreNoNotebooks(t *testing.T) {
	checkout(t)
	whole := notebook(t, "good.ipynb", "%%\nfmt.Println(6 * 7)")
	bad := map[string]string{
		"empty.ipynb": "not JSON", "torn.ipynb": "not JSON", "torn in a string.ipynb": "not JSON", "binary.ipynb": "not UTF-8", "bom.ipynb": "not JSON", "utf16.ipynb": "not UTF-8",
		"old.ipynb": "format 3", "text.ipynb": "not JSON", "folder.ipynb": "is a directory", "loop.ipynb": "too many levels of symbolic links", "dangling.ipynb": "there is no such notebook",
		"list.ipynb": "not a notebook", "deep.ipynb": "",
	}
	for name, data := range map[string]string{
		"empty.ipynb": "", "torn.ipynb": whole[:len(whole)/2], "torn in a string.ipynb": whole[:strings.Index(whole, "Println")], "binary.ipynb": "\x7fELF\x00\xff", "bom.ipynb": "\ufeff" + whole, "utf16.ipynb": "\xff\xfe{\x00}\x00",
		"old.ipynb": `{"nbformat":3,"nbformat_minor":0,"metadata":{},"worksheets":[{"cells":[]}]}`, "text.ipynb": "package main\n", "list.ipynb": "[]", "deep.ipynb": strings.Repeat("[", 100_000),
	} {
		writeTest(t, name, data)
	}
	for _, err := range []error{os.Mkdir("folder.ipynb", 0o755), os.Symlink("loop.ipynb", "loop.ipynb"), os.Symlink("nowhere.ipynb", "dangling.ipynb")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, command := range []string{"run", "page", "verify", "lint"} {
		for name, want := range bad {
			if r := hostile(t, []string{"good.ipynb"}, command, "./"+name); r.code != exitCannotRun || strings.Count(r.stderr, "\n") != 1 || !strings.HasPrefix(r.stderr, name+": ") || !strings.Contains(r.stderr, want) {
				t.Errorf("%s %s: exit code %d, it said %.500q, want one line with %q", command, name, r.code, r.stderr, want)
			}
		}
	}
	// Those beside them are run all the same.
	args := []string{"run", "--no-page", "./good.ipynb"}
	for name := range bad {
		args = append(args, "./"+name)
	}
	if r := hostile(t, []string{"good.ipynb"}, args...); r.code != exitCannotRun || strings.Count(r.findings(), "\n") != len(bad) || printed(readBack(t, ".build/notebooks/good.ipynb").Cells[0]) != "42\n" {
		t.Errorf("all of them: exit code %d; it said\n%s", r.code, r.findings())
	}
}

// A pipe in the place of a notebook has nothing to read, and would never have.
func TestPipe(t *testing.T) {
	checkout(t)
	if err := syscall.Mkfifo("pipe.ipynb", 0o644); err != nil {
		t.Skip("no pipes here:", err)
	}
	for _, command := range []string{"page", "lint"} {
		done := make(chan result, 1)
		go func() {
			var out, said bytes.Buffer
			code := Main(t.Context(), []string{command, "./pipe.ipynb"}, &out, &said)
			done <- result{code, out.String(), said.String()}
		}()
		select {
		case r := <-done:
			oneLine(t, r, exitCannotRun, "pipe.ipynb: ")
		case <-time.After(3 * time.Second):
			t.Errorf("%s waits for a pipe", command)
			for len(done) == 0 { // let it go, as often as it asks
				w, err := os.OpenFile("pipe.ipynb", os.O_RDWR, 0)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(50 * time.Millisecond)
				w.Close()
			}
		}
	}
}

// The places of a user's own may be anything, or nothing.
func TestHostileHome(t *testing.T) {
	caches := func(t *testing.T) {
		t.Setenv("GOCACHE", kerneltest.Toolchain.Cache)
		t.Setenv("GOMODCACHE", kerneltest.Toolchain.ModCache)
	}
	unset := func(t *testing.T, names ...string) {
		for _, name := range names {
			t.Setenv(name, "") // to have it back at the end
			os.Unsetenv(name)
		}
	}
	file := func(t *testing.T) string {
		name := filepath.Join(t.TempDir(), "file")
		writeTest(t, name, "x")
		return name
	}
	for _, c := range []struct {
		name  string
		set   func(t *testing.T)
		words string // of what is said; "" where all works
	}{
		{"HOME unset", func(t *testing.T) { caches(t); unset(t, "HOME") }, ""},
		{"HOME unset, no kernel's place", func(t *testing.T) { caches(t); unset(t, "HOME", "JUPYTER_DATA_DIR", "XDG_DATA_HOME") }, "JUPYTER_DATA_DIR"},
		{"HOME unset, no caches", func(t *testing.T) { unset(t, "HOME", "GOCACHE", "GOMODCACHE", "GOPATH", "XDG_CACHE_HOME") }, "HOME"},
		{"HOME missing", func(t *testing.T) { caches(t); t.Setenv("HOME", "/nonexistent/home") }, ""},
		{"HOME a file", func(t *testing.T) { caches(t); t.Setenv("HOME", file(t)) }, ""},
		{"JUPYTER_DATA_DIR a file", func(t *testing.T) { t.Setenv("JUPYTER_DATA_DIR", file(t)) }, ""}, // then it is built in .build
		{"TMPDIR missing", func(t *testing.T) { t.Setenv("TMPDIR", "/nonexistent/tmp") }, "no place for temporary files"},
		{"TMPDIR a file", func(t *testing.T) { t.Setenv("TMPDIR", file(t)) }, "no place for temporary files"},
		{"TMPDIR with a space", func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "a b $HOME 'c' ü")
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			t.Setenv("TMPDIR", dir)
		}, ""},
		{"SOURCE_DATE_EPOCH odd", func(t *testing.T) { t.Setenv("SOURCE_DATE_EPOCH", "yesterday") }, ""},
		{"PATH with odd folders", func(t *testing.T) { t.Setenv("PATH", ":/nonexistent:.:"+os.Getenv("PATH")) }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			checkout(t)
			notebook(t, "nb.ipynb", answers)
			c.set(t)
			r := hostile(t, []string{"nb.ipynb"}, "run", "--no-page", "nb.ipynb")
			if c.words != "" {
				oneLine(t, r, exitCannotRun, c.words)
				return
			}
			wantResult(t, r, exitOK, "")
			if got := printed(readBack(t, copied).Cells[0]); got != "42\n" {
				t.Errorf("printed %q", got)
			}
		})
	}
}
