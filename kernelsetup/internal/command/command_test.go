package command

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/atomicfile"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/kernelspec"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/kerneltest"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

func TestMain(m *testing.M) { kerneltest.Main(m) }

// checkout makes a small checkout of the module, with one package in its
// library, and goes there. Its path has no links in it.
func checkout(t *testing.T) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	repo := filepath.Join(root, "checkout")
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join(kerneltest.Repo, name))
		if err != nil {
			t.Fatal(err)
		}
		writeTest(t, filepath.Join(repo, name), string(data))
	}
	writeTest(t, filepath.Join(repo, "lib", "answer", "answer.go"),
		"// Package answer is for tests.\npackage answer\n\n// Of returns it.\nfunc Of() int { return 42 }\n")
	t.Chdir(repo)
	t.Setenv("TMPDIR", kerneltest.Temp(t))
	return repo
}

func writeTest(t *testing.T, file, text string) {
	t.Helper()
	if err := atomicfile.Write(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// notebook writes a notebook of code cells and returns its text.
func notebook(t *testing.T, file string, cells ...string) string {
	t.Helper()
	nb := &nbformat.Notebook{}
	for _, source := range cells {
		nb.Cells = append(nb.Cells, &nbformat.Cell{Type: nbformat.Code, Source: source})
	}
	var b bytes.Buffer
	if err := nb.Write(&b); err != nil {
		t.Fatal(err)
	}
	writeTest(t, file, b.String())
	return b.String()
}

type result struct {
	code           int
	stdout, stderr string
}

func main(t *testing.T, args ...string) result {
	t.Helper()
	var out, err bytes.Buffer
	code := Main(t.Context(), args, &out, &err)
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "wasserwerk-*")); len(left) > 0 {
		t.Errorf("temporary folders are left: %v", left)
	}
	return result{code, out.String(), err.String()}
}

// findings returns the lines of stderr that aren't progress.
func (r result) findings() string {
	var keep []string
	for line := range strings.Lines(r.stderr) {
		if strings.HasPrefix(line, "kernel: ") || strings.HasSuffix(line, " s\n") || strings.HasSuffix(line, " …\n") {
			continue
		}
		keep = append(keep, line)
	}
	return strings.Join(keep, "")
}

func wantResult(t *testing.T, r result, code int, findings string) {
	t.Helper()
	if r.code != code || r.findings() != findings {
		t.Errorf("exit code %d, said\n%s\nwant %d,\n%s\nall of it:\n%s", r.code, r.findings(), code, findings, r.stderr)
	}
}

func TestUsage(t *testing.T) {
	checkout(t)
	for _, c := range []struct {
		args string
		want string
	}{
		{"nosuch", "kernelsetup: unexpected argument nosuch; see --help\n"},
		{"--nosuch", "kernelsetup: unknown flag --nosuch; see --help\n"},
		{"run", "run: give notebooks, or --all\n"},
		{"run --all 00-start", "run: give notebooks or --all, not both\n"},
		{"run --timeout=x a", "kernelsetup: --timeout: expected duration but got \"x\": time: invalid duration \"x\"; see --help\n"},
		{"run --timeout=0s a", "run: --timeout 0s isn't positive\n"},
		{"run --all", "run: there are no notebooks in notebooks/\n"},
		{"page", "page: give notebooks, or --all\n"},
		{"run nosuch", "notebooks/nosuch.ipynb: there is no such notebook\n"},
		{"page ./no/such.ipynb", "no/such.ipynb: there is no such notebook\n"},
	} {
		r := main(t, strings.Fields(c.args)...)
		if r.code != exitCannotRun || r.stderr != c.want || r.stdout != "" {
			t.Errorf("%s: exit code %d, printed %q and %q; want 2 and %q", c.args, r.code, r.stdout, r.stderr, c.want)
		}
	}
	if r := main(t, "--help"); r.code != exitOK || !strings.Contains(r.stdout, "doctor") {
		t.Errorf("--help: %+v", r)
	}
	if r := main(t, "version"); r.code != exitOK || !strings.Contains(r.stdout, "gonb       v0.11.4\n") {
		t.Errorf("version: %+v", r)
	}
}

func TestOutsideCheckout(t *testing.T) {
	repo := checkout(t)
	outside := t.TempDir()
	t.Chdir(outside)
	if r := main(t, "version"); r.code != exitCannotRun || !strings.Contains(r.stderr, "--repo") {
		t.Errorf("outside: %+v", r)
	}
	if r := main(t, "version", "--repo", repo); r.code != exitOK {
		t.Errorf("with --repo: %+v", r)
	}
	t.Chdir(filepath.Join(repo, "lib", "answer"))
	if r := main(t, "version"); r.code != exitOK {
		t.Errorf("in a package: %+v", r)
	}
}

func TestWindows(t *testing.T) {
	var said bytes.Buffer
	a := &app{ctx: t.Context(), goos: "windows", progress: &progress{w: &said}, repo: checkout(t), temp: t.TempDir()}
	if err := (&installCmd{}).Run(a); err != gotool.ErrWindows {
		t.Errorf("install on Windows: %v", err)
	}
	for _, word := range []string{"WSL2", "container"} {
		if text := gotool.ErrWindows.Error(); !strings.Contains(text, word) || strings.Contains(text, "\n") {
			t.Errorf("%q isn't one line that names %s", text, word)
		}
	}
}

func TestNoGo(t *testing.T) {
	checkout(t)
	notebook(t, "nb.ipynb", "%%\n")
	t.Setenv("PATH", t.TempDir())
	wantResult(t, main(t, "run", "nb.ipynb"), exitCannotRun, gotool.ErrNoGo.Error()+"\n")
	if r := main(t, "doctor"); r.code != exitCannotRun || !strings.Contains(r.stdout, "MISSING  go ") {
		t.Errorf("doctor: %+v", r)
	}
}

// long skips a test that takes long, where not all is asked for.
func long(t *testing.T) {
	if os.Getenv("WASSERWERK_NO_SKIP") == "" {
		t.Skip("it takes long; WASSERWERK_NO_SKIP is not set")
	}
}

// The caller's settings may be whatever they like.
func TestHostileEnvironment(t *testing.T) {
	long(t)
	for name, env := range map[string]map[string]string{
		"parent go.work":  {},
		"GOFLAGS mod":     {"GOFLAGS": "-mod=mod"},
		"GOFLAGS vendor":  {"GOFLAGS": "-mod=vendor"},
		"GOWORK off":      {"GOWORK": "off"},
		"GOWORK":          {"GOWORK": "/nonexistent/go.work"},
		"GO111MODULE off": {"GO111MODULE": "off"},
		"another system":  {"GOOS": "plan9", "GOARCH": "386"},
		"GOROOT":          {"GOROOT": "/nonexistent"},
		"go env file":     {"GOENV": "env"},
	} {
		t.Run(name, func(t *testing.T) {
			repo := checkout(t)
			if name == "parent go.work" {
				writeTest(t, filepath.Join(repo, "..", "go.work"), "go 1.26.0\n\nuse ./elsewhere\n")
				writeTest(t, filepath.Join(repo, "..", "elsewhere", "go.mod"), "module example.org/elsewhere\n\ngo 1.26.0\n")
			}
			for k, v := range env {
				if k == "GOENV" {
					v = filepath.Join(repo, v)
					writeTest(t, v, "GOFLAGS=-mod=vendor\nGOOS=plan9\n")
				}
				t.Setenv(k, v)
			}
			t.Setenv("JUPYTER_DATA_DIR", t.TempDir()) // it has to build
			notebook(t, "nb.ipynb", "import \""+gotool.Module+"/lib/answer\"\n\n%%\nfmt.Println(answer.Of())")
			wantResult(t, main(t, "run", "--no-page", "nb.ipynb"), exitOK, "")
			copied, err := os.ReadFile(".build/notebooks/nb.ipynb")
			if err != nil || !strings.Contains(string(copied), `"42\n"`) {
				t.Errorf("executed copy: %v\n%s", err, copied)
			}
		})
	}
}

func TestNoNetwork(t *testing.T) {
	checkout(t)
	notebook(t, "nb.ipynb", "%%\n")
	t.Setenv("JUPYTER_DATA_DIR", t.TempDir())
	t.Setenv("GOMODCACHE", t.TempDir())
	for _, proxy := range []string{"off", "http://127.0.0.1:1"} {
		t.Setenv("GOPROXY", proxy)
		r := main(t, "run", "nb.ipynb")
		if r.code != exitCannotRun || strings.Count(r.findings(), "\n") != 1 || !strings.Contains(r.findings(), "no network") {
			t.Errorf("GOPROXY=%s: %+v", proxy, r)
		}
		if r := main(t, "doctor"); r.code != exitCannotRun || !strings.Contains(r.stdout, "MISSING  modules ") {
			t.Errorf("GOPROXY=%s, doctor: %+v", proxy, r)
		}
	}
}

// What is wrong with one notebook doesn't hide the others, and nothing of what
// was done is lost.
func TestRun(t *testing.T) {
	repo := checkout(t)
	good := notebook(t, "notebooks/good.ipynb", "import \"github.com/wasserwerk-go/wasserwerk/lib/answer\"\n%%\nfmt.Println(answer.Of())")
	bad := notebook(t, "notebooks/bad.ipynb", "%%\nfmt.Println(\"before\")", "%%\n\nnope()", "%%\n")
	notebook(t, "elsewhere/good.ipynb", "%%\n")
	writeTest(t, "text.ipynb", "not JSON")
	writeTest(t, "old.ipynb", `{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []}`)
	writeTest(t, "python.ipynb", `{"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": {"name": "python3", "language": "python"}}, "cells": []}`)

	r := main(t, "run", "bad", "text.ipynb", "old.ipynb", "python.ipynb", "nosuch", "notebooks/good.ipynb", "elsewhere/good.ipynb", "good")
	lines := strings.Split(r.findings(), "\n")
	for i, want := range []string{
		"text.ipynb: not JSON: line 1, column ",
		"old.ipynb: ",
		"python.ipynb: it is a notebook of the kernel \"python3\"",
		"notebooks/nosuch.ipynb: there is no such notebook",
		"elsewhere/good.ipynb: what is made of it would replace",
		"notebooks/bad.ipynb: cell [2], line 3: undefined: nope; 1 later cell wasn't run",
		"",
	} {
		if i >= len(lines) || !strings.HasPrefix(lines[i], want) {
			t.Fatalf("line %d of the findings isn't %q:\n%s", i, want, r.findings())
		}
	}
	if r.code != exitCannotRun {
		t.Errorf("exit code %d, want 2", r.code)
	}
	var pages string
	for _, name := range []string{"bad", "good"} {
		page := filepath.Join(repo, ".build", "pages", name+".html")
		pages += page + "\n"
		if html, err := os.ReadFile(page); err != nil || !bytes.Contains(html, []byte("</html>")) {
			t.Errorf("page of %s: %v", name, err)
		}
	}
	if pages += filepath.Join(repo, ".build", "pages", "index.html") + "\n"; r.stdout != pages {
		t.Errorf("printed\n%s\nwant the pages\n%s", r.stdout, pages)
	}
	for name, want := range map[string]string{"good": "42\\n", "bad": "before\\n"} {
		copied, err := os.ReadFile(filepath.Join(".build", "notebooks", name+".ipynb"))
		if err != nil || !strings.Contains(string(copied), want) {
			t.Errorf("executed copy of %s: %v\n%s", name, err, copied)
		}
	}
	for file, want := range map[string]string{"notebooks/good.ipynb": good, "notebooks/bad.ipynb": bad} {
		if now, err := os.ReadFile(file); err != nil || string(now) != want {
			t.Errorf("%s was changed (%v)", file, err)
		}
	}
	wantResult(t, main(t, "run", ".build/notebooks/good.ipynb"), exitCannotRun,
		".build/notebooks/good.ipynb: it is an executed copy, and running it would replace it; run the notebook that it was made from\n")
}

func TestWrite(t *testing.T) {
	checkout(t)
	notebook(t, "good.ipynb", "%%\nfmt.Println(6 * 7)")
	bad := notebook(t, "bad.ipynb", "%%\nfmt.Println(6 * 7)", "!false")
	wantResult(t, main(t, "run", "--no-page", "--write", "good.ipynb", "bad.ipynb"), exitFindings,
		"bad.ipynb: cell [2], line 1: !false: exit status 1\n")
	first, err := os.ReadFile("good.ipynb")
	if err != nil || !bytes.Contains(first, []byte(`"42\n"`)) {
		t.Errorf("--write wrote (%v)\n%s", err, first)
	}
	if copied, err := os.ReadFile(".build/notebooks/good.ipynb"); err != nil || !bytes.Equal(copied, first) {
		t.Errorf("--write and the copy differ (%v)", err)
	}
	if now, err := os.ReadFile("bad.ipynb"); err != nil || string(now) != bad {
		t.Errorf("--write changed a notebook that fails (%v)", err)
	}
	if _, err := os.Stat(".build/pages"); !os.IsNotExist(err) {
		t.Errorf("--no-page made pages (%v)", err)
	}
	wantResult(t, main(t, "run", "--no-page", "--write", "good.ipynb"), exitOK, "")
	if again, err := os.ReadFile("good.ipynb"); err != nil || !bytes.Equal(again, first) {
		t.Errorf("a second run wrote other bytes (%v)", err)
	}
}

func TestPage(t *testing.T) {
	checkout(t)
	notebook(t, "nb.ipynb", "%%\nnope()")
	if r := main(t, "page", "--all"); r.code != exitCannotRun || r.stderr != "page: there are no notebooks in notebooks/\n" {
		t.Errorf("page --all where there are none: %+v", r)
	}
	r := main(t, "page", "nb.ipynb")
	wantResult(t, r, exitOK, "")
	if !strings.HasSuffix(r.stdout, "/.build/pages/nb.html\n") {
		t.Errorf("printed %q", r.stdout)
	}
	if _, err := os.Stat(".build/notebooks"); !os.IsNotExist(err) {
		t.Errorf("page made an executed copy (%v)", err)
	}
	writeTest(t, "bad.ipynb", `{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["text\n", "\n", "$\\nosuch$"]}]}`)
	r = main(t, "page", "bad.ipynb", "nb.ipynb")
	if r.code != exitFindings || !strings.Contains(r.findings(), "bad.ipynb: markdown cell 1 of 1, line 3: ") || !strings.HasSuffix(r.stdout, "nb.html\n") {
		t.Errorf("page of a bad formula: %+v", r)
	}
}

// A kernel that serves another checkout is left to it, and yet this one's
// notebooks see their own library.
func TestTwoCheckouts(t *testing.T) {
	t.Setenv("JUPYTER_DATA_DIR", t.TempDir())
	first := checkout(t)
	if r := main(t, "install"); r.code != exitOK {
		t.Fatalf("install: %+v", r)
	}
	dir, err := kernelspec.Dir("gonb")
	if err != nil {
		t.Fatal(err)
	}
	serves := func() string {
		t.Helper()
		spec, err := kernelspec.Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		return spec.Root()
	}
	if serves() != first {
		t.Errorf("the kernel serves %s, want %s", serves(), first)
	}
	second := checkout(t)
	writeTest(t, "lib/answer/answer.go", "package answer\n\nfunc Of() int { return 43 }\n")
	notebook(t, "nb.ipynb", "import \"github.com/wasserwerk-go/wasserwerk/lib/answer\"\n%%\nfmt.Println(answer.Of())")
	wantResult(t, main(t, "run", "--no-page", "nb.ipynb"), exitOK, "")
	if copied, err := os.ReadFile(".build/notebooks/nb.ipynb"); err != nil || !strings.Contains(string(copied), `"43\n"`) {
		t.Errorf("executed copy: %v\n%s", err, copied)
	}
	if serves() != first {
		t.Errorf("after run the kernel serves %s, want %s as before", serves(), first)
	}
	if r := main(t, "doctor"); r.code != exitCannotRun || !strings.Contains(r.stdout, "MISSING  installed  the kernel \"gonb\" serves "+first) {
		t.Errorf("doctor: %+v", r)
	}
	if r := main(t, "install", "--online"); r.code != exitOK || serves() != second {
		t.Errorf("install: %+v; the kernel serves %s", r, serves())
	}
	spec, err := kernelspec.Read(dir)
	if err != nil || spec.Env["GOPROXY"] == "off" || spec.Env["GOPROXY"] == "" {
		t.Errorf("install --online: GOPROXY=%s (%v)", spec.Env["GOPROXY"], err)
	}
	if r := main(t, "doctor"); r.code != exitOK || strings.Contains(r.stdout, "MISSING") {
		t.Errorf("doctor: %+v", r)
	}
}

// A kernel of another program stays, and is replaced only if that is asked for; its
// kernel.json is kept then.
func TestForeignKernel(t *testing.T) {
	checkout(t)
	data := kerneltest.Temp(t)
	t.Setenv("JUPYTER_DATA_DIR", data)
	file := filepath.Join(data, "kernels", "gonb", "kernel.json")
	const foreign = `{"argv":["/usr/bin/gonb","--kernel","{connection_file}"],"display_name":"Go","language":"go"}`
	writeTest(t, file, foreign)
	stays := func() {
		t.Helper()
		got, err := os.ReadFile(file)
		if entries, _ := os.ReadDir(filepath.Dir(file)); err != nil || string(got) != foreign || len(entries) != 1 {
			t.Errorf("the foreign kernel became %s among %d files, %v", got, len(entries), err)
		}
	}
	if r := main(t, "install"); r.code != exitCannotRun || !strings.Contains(r.stderr, "was installed by another program and stays: install --replace") {
		t.Errorf("install: %+v", r)
	}
	stays()
	notebook(t, "notebooks/nb.ipynb", "%%\nfmt.Println(6 * 7)")
	wantResult(t, main(t, "run", "--no-page", "nb"), exitOK, "")
	stays()
	if r := main(t, "doctor"); r.code != exitCannotRun || !strings.Contains(r.stdout, "is another program's: run go run ./kernelsetup install --replace") {
		t.Errorf("doctor: %+v", r)
	}
	if r := main(t, "install", "--replace"); r.code != exitOK {
		t.Errorf("install --replace: %+v", r)
	}
	if kept, err := os.ReadFile(file + ".before-wasserwerk-0"); err != nil || string(kept) != foreign {
		t.Errorf("kept %s, %v", kept, err)
	}
	if spec, err := kernelspec.Read(filepath.Dir(file)); err != nil || !spec.Ours() {
		t.Errorf("%+v, %v", spec, err)
	}
}

// A kernel.json that nobody can read keeps no notebook from being run.
func TestBrokenKernelJSON(t *testing.T) {
	checkout(t)
	data := kerneltest.Temp(t)
	t.Setenv("JUPYTER_DATA_DIR", data)
	writeTest(t, filepath.Join(data, "kernels", "gonb", "kernel.json"), "{")
	notebook(t, "nb.ipynb", "%%\nfmt.Println(6 * 7)")
	wantResult(t, main(t, "run", "--no-page", "nb.ipynb"), exitOK, "")
	if r := main(t, "doctor"); r.code != exitCannotRun || !strings.Contains(r.stdout, "kernel.json: unexpected end of JSON input: run go run ./kernelsetup install") {
		t.Errorf("doctor: %+v", r)
	}
}

func TestDoctorWithoutKernel(t *testing.T) {
	checkout(t)
	t.Setenv("JUPYTER_DATA_DIR", t.TempDir())
	began := time.Now()
	r := main(t, "doctor")
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("doctor took %v", took)
	}
	if r.code != exitCannotRun || !strings.Contains(r.stdout, "gonb v0.11.4") || !strings.Contains(r.stdout, "run go run ./kernelsetup install"+"\n") {
		t.Errorf("doctor: %+v", r)
	}
}

// A step that takes long says so in between.
func TestWatch(t *testing.T) {
	var said bytes.Buffer
	p := &progress{w: &said, patience: 30 * time.Millisecond}
	err := p.step("work", func() error { time.Sleep(100 * time.Millisecond); return nil })
	lines := strings.Split(strings.TrimSpace(said.String()), "\n")
	if err != nil || len(lines) < 3 || lines[0] != "work …" || lines[1] != "work … 0 s" || lines[len(lines)-1] != "work: 0.1 s" {
		t.Errorf("said %q, error %v", lines, err)
	}
	said.Reset()
	fail := func() error { time.Sleep(10 * time.Millisecond); return errors.New("no") }
	if err := p.step("work", fail); err == nil || said.String() != "work …\n" {
		t.Errorf("a failing step said %q, error %v", said.String(), err)
	}
	said.Reset()
	p.patience = time.Hour
	if err := p.step("work", func() error { return nil }); err != nil || said.Len() > 0 {
		t.Errorf("a short step said %q, error %v", said.String(), err)
	}
}

func TestInterrupted(t *testing.T) {
	checkout(t)
	begun, wait := kerneltest.Begun(t)
	notebook(t, "nb.ipynb", "%%\nfmt.Println(\"before\")", "%%\n"+begun+"\nfor {\n}")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		wait(t.Context())
		cancel()
	}()
	var out, said bytes.Buffer
	if code := Main(ctx, []string{"run", "nb.ipynb"}, &out, &said); code != exitInterrupted || out.Len() > 0 {
		t.Errorf("exit code %d, printed %q", code, out.String())
	}
	if text := said.String(); !strings.HasSuffix(text, "nb: stopped; the outputs so far are in .build/notebooks/nb.ipynb\ninterrupted\n") {
		t.Errorf("said %s", text)
	}
	if copied, err := os.ReadFile(".build/notebooks/nb.ipynb"); err != nil || !strings.Contains(string(copied), `"before\n"`) {
		t.Errorf("executed copy: %v\n%s", err, copied)
	}
}

// A library that doesn't compile is reported where a cell needs it, and keeps
// the other cells from nothing.
func TestBrokenLibrary(t *testing.T) {
	checkout(t)
	writeTest(t, "lib/broken/broken.go", "package broken\n\nfunc Of() int {\n\treturn nope\n}\n")
	notebook(t, "good.ipynb", "import \"github.com/wasserwerk-go/wasserwerk/lib/answer\"\n%%\nfmt.Println(answer.Of())")
	notebook(t, "bad.ipynb", "import \"github.com/wasserwerk-go/wasserwerk/lib/broken\"\n%%\nfmt.Println(broken.Of())")
	r := main(t, "run", "--no-page", "bad.ipynb", "good.ipynb")
	wantResult(t, r, exitFindings, "bad.ipynb: cell [1]: github.com/wasserwerk-go/wasserwerk/lib/broken/broken.go:4:9: undefined: nope\n")
	if !strings.Contains(r.stderr, "kernel: not all of the library is ready: go build: lib/broken/broken.go:4:9: undefined: nope\n") {
		t.Errorf("said\n%s", r.stderr)
	}
	if copied, err := os.ReadFile(".build/notebooks/good.ipynb"); err != nil || !strings.Contains(string(copied), `"42\n"`) {
		t.Errorf("executed copy: %v\n%s", err, copied)
	}
}
