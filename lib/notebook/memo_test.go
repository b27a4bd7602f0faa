package notebook

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type memoParams struct{ N int }

var memoRuns int

func memoSquare(p memoParams) []float64 {
	memoRuns++
	return []float64{memoHelper(p.N)}
}

func memoHelper(n int) float64 { return float64(n * n) }

func unencodable(memoParams) func() { return func() {} }

func TestMemo(t *testing.T) {
	testingMemo = true
	defer func() { testingMemo = false }()
	dir := t.TempDir()
	t.Setenv("WASSERWERK_MEMO", dir)
	memoRuns = 0
	for range 3 {
		if got := Memo(memoParams{3}, memoSquare); len(got) != 1 || got[0] != 9 {
			t.Fatalf("got %v", got)
		}
	}
	Memo(memoParams{4}, memoSquare)
	if memoRuns != 2 {
		t.Errorf("computed %d times for two parameters", memoRuns)
	}
	// A damaged store is no answer.
	files, _ := filepath.Glob(filepath.Join(dir, "*.gob"))
	for _, f := range files {
		if err := os.WriteFile(f, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := Memo(memoParams{3}, memoSquare); len(files) != 2 || got[0] != 9 || memoRuns != 3 {
		t.Errorf("%d files; got %v after %d runs", len(files), got, memoRuns)
	}
	t.Setenv("WASSERWERK_MEMO", "off")
	Memo(memoParams{3}, memoSquare)
	if memoRuns != 4 {
		t.Errorf("%d runs without a store", memoRuns)
	}
	t.Setenv("WASSERWERK_MEMO", dir)
	for name, call := range map[string]func() error{
		"a closure": func() error {
			_, err := memo(memoParams{3}, func(memoParams) int { return 1 })
			return err
		},
		"nil":            func() error { _, err := memo(memoParams{3}, (func(memoParams) int)(nil)); return err },
		"a method":       func() error { _, err := memo(memoParams{3}, memoParams.method); return err },
		"its result":     func() error { _, err := memo(memoParams{3}, unencodable); return err },
		"its parameters": func() error { _, err := memo(func() {}, badParameters); return err },
	} {
		if err := call(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func (p memoParams) method() int { return p.N }

func badParameters(func()) int { return 1 }

func TestReachable(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "main.go")
	write := func(source string) string {
		t.Helper()
		if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
			t.Fatal(err)
		}
		code, err := reachable(file, "f")
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	const base = `package main
func f(n int) float64 { return g(n) + t{}.m() + c }
func g(n int) float64 { return 1 }
type t struct{}
func (t) m() float64 { return 2 }
const c = 3
func other() {}
func main() { other() }
`
	want := write(base)
	if got := write(strings.Replace(base, "func other() {}", "func other() { println() }\nvar more = 1", 1)); got != want {
		t.Error("code that isn't reached changes it")
	}
	for _, change := range [][2]string{{"return 1", "return 1.5"}, {"return 2", "return 2.5"}, {"c = 3", "c = 4"}, {"struct{}", "struct{ x int }"}} {
		if write(strings.Replace(base, change[0], change[1], 1)) == want {
			t.Errorf("%q for %q changes nothing", change[1], change[0])
		}
	}
}
