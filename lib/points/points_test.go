package points

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// sameBits reports whether x holds just these numbers, zeros' signs included.
func sameBits(x mat.Matrix, want [][]float64) bool {
	n, d := x.Dims()
	if n != len(want) || d != len(want[0]) {
		return false
	}
	for i := range n {
		for j := range d {
			if math.Float64bits(x.At(i, j)) != math.Float64bits(want[i][j]) {
				return false
			}
		}
	}
	return true
}

func TestReadWhatNumPyWrote(t *testing.T) {
	raw, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var files map[string][][]string
	if err := json.Unmarshal(raw, &files); err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Fatalf("only %d files", len(files))
	}
	for name, rows := range files {
		var want [][]float64
		for _, r := range rows {
			var row []float64
			for _, s := range r {
				if !strings.Contains(s, "p") { // nan, inf: which have no exponent
					s = strings.TrimPrefix(s, "+")
				}
				v, err := strconv.ParseFloat(s, 64)
				if err != nil {
					t.Fatal(err)
				}
				row = append(row, v)
			}
			want = append(want, row)
		}
		file, array, _ := strings.Cut(name, ":")
		x, err := ReadWith("testdata/"+file, Options{Name: array, KeepNonFinite: file == "nan.npy"})
		if err != nil {
			t.Error(err)
			continue
		}
		if file == "nan.npy" {
			if x.At(0, 1) != 2 || !math.IsNaN(x.At(1, 1)) || x.At(2, 0) != math.Inf(-1) {
				t.Errorf("%s: %v", name, x)
			}
			continue
		}
		if !sameBits(x, want) {
			t.Errorf("%s: %v, want %v", name, x, want)
		}
	}
}

var odd = [][]float64{{0.1, math.Copysign(0, -1)}, {5e-324, -1.7976931348623157e308}, {1.0 / 3, 1e22}}

func dense(rows [][]float64) *mat.Dense {
	x := mat.NewDense(len(rows), len(rows[0]), nil)
	for i, r := range rows {
		x.SetRow(i, r)
	}
	return x
}

func TestRoundTrips(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"x.npy", "x.npz", "x.csv", "x.tsv", "x.txt", "X.NPY"} {
		path := filepath.Join(dir, name)
		for range 2 { // the second replaces the first
			if err := Write(path, dense(odd)); err != nil {
				t.Fatal(err)
			}
		}
		first, _ := os.ReadFile(path)
		x, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		if !sameBits(x, odd) {
			t.Errorf("%s: %v", name, mat.Formatted(x))
		}
		if err := Write(path, x); err != nil {
			t.Fatal(err)
		}
		if second, _ := os.ReadFile(path); !bytes.Equal(first, second) {
			t.Errorf("%s: the same points make other bytes", name)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.*.*")); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
	// Through readers and writers, with names and a header.
	var b bytes.Buffer
	if err := WriteNPZ(&b, []Array{{"a", dense(odd)}, {"b", mat.NewDense(1, 1, []float64{7})}}, Options{}); err != nil {
		t.Fatal(err)
	}
	x, err := ReadNPZ(bytes.NewReader(b.Bytes()), int64(b.Len()), Options{Name: "b"})
	if err != nil || x.At(0, 0) != 7 {
		t.Errorf("%v, %v", x, err)
	}
	b.Reset()
	if err := WriteNPY(&b, dense(odd), Options{}); err != nil || b.Bytes()[127] != '\n' {
		t.Errorf("the numbers aren't aligned: %v", err)
	}
	b.WriteString("next")
	if x, err = ReadNPY(&b, Options{}); err != nil || !sameBits(x, odd) || b.String() != "next" {
		t.Errorf("%v, %v, then %q", x, err, b.String())
	}
	b.Reset()
	if err := WriteCSV(&b, dense(odd), Options{Comma: ';', Header: []string{"a", "b"}}); err != nil {
		t.Fatal(err)
	}
	if x, err = ReadCSV(&b, Options{Comma: ';'}); err != nil || !sameBits(x, odd) {
		t.Errorf("%v, %v", x, err)
	}
	if names, err := Names("testdata/two.npz"); err != nil || len(names) != 2 || names[0] != "train" {
		t.Errorf("%v, %v", names, err)
	}
}

// NumPy reads what Write writes.
func TestNumPyReadsWhatWasWritten(t *testing.T) {
	if err := exec.Command("python3", "-c", "import numpy").Run(); err != nil {
		if os.Getenv("WASSERWERK_NO_SKIP") != "" {
			t.Fatalf("python3 with NumPy is needed: %v", err)
		}
		t.Skipf("no python3 with NumPy on PATH: %v", err)
	}
	dir := t.TempDir()
	for _, name := range []string{"x.npy", "x.npz", "x.csv", "x.txt"} {
		if err := Write(filepath.Join(dir, name), dense(odd)); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("python3", "-c", `
import numpy as np
for x in np.load("x.npy"), np.load("x.npz")["arr_0"], np.loadtxt("x.csv", delimiter=","), np.loadtxt("x.txt"):
    print(*(float(v).hex() for v in x.ravel()), x.shape, x.dtype)
`)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != 4 {
		t.Fatalf("%s", out)
	}
	for _, line := range lines {
		f := strings.Fields(line)
		if len(f) != 9 || strings.Join(f[6:], " ") != "(3, 2) float64" {
			t.Errorf("NumPy reads %q", line)
			continue
		}
		for k, s := range f[:6] {
			if v, err := strconv.ParseFloat(s, 64); err != nil || math.Float64bits(v) != math.Float64bits(odd[k/2][k%2]) {
				t.Errorf("NumPy reads %v, want %v", s, odd[k/2][k%2])
			}
		}
	}
}

func TestCSV(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		opt  Options
		want [][]float64
	}{
		"plain":          {"1,2\n3,4", Options{}, [][]float64{{1, 2}, {3, 4}}},
		"header, mark":   {"\xef\xbb\xbfx,\"y, z\"\r\n1, 2\r\n", Options{}, [][]float64{{1, 2}}},
		"numbered names": {"1,2\n3,4\n", Options{SkipLines: 1}, [][]float64{{3, 4}}},
		"comments":       {"# a,b\n\n1,2e3\n#x\n3,-.5\n", Options{}, [][]float64{{1, 2000}, {3, -.5}}},
		"spaces":         {"  1   2\n3 4\n", Options{Comma: ' '}, [][]float64{{1, 2}, {3, 4}}},
		"one column":     {"x\n1\n2\n", Options{}, [][]float64{{1}, {2}}},
	} {
		x, err := ReadCSV(strings.NewReader(tc.text), tc.opt)
		if err != nil || !sameBits(x, tc.want) {
			t.Errorf("%s: %v, %v", name, x, err)
		}
	}
	for text, says := range map[string]string{
		"1,2\n3,x\n":       `line 2, column 2: "x", want a number`,
		"x,y\n1,2\n,4\n":   `line 3, column 1: "", want a number`,
		"x,1\n1,2\n":       `line 1, column 1: "x", want a number`,
		"1,NaN\n":          `line 1, column 2: "NaN", want a finite number`,
		"1,1e999\n":        `line 1, column 2: "1e999", want a number in the range`,
		"#\n1,2\n\n3\n":    `line 4 has 1 values, want 2`,
		"1,2\n\"3,4\n5,6":  `line 3, column`,
		"x,y\n\"1\"2,3\n":  `line 2, column`,
		"1\t2\n3\t4\n":     `line 2, column 1: "3\t4"`,
		"1,2\n# c\n3, 4x,": `line 3 has 3 values, want 2`,
	} {
		if _, err := ReadCSV(strings.NewReader(text), Options{}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %s", text, err, says)
		}
	}
	if _, err := ReadCSV(strings.NewReader("a\nb\n1,x"), Options{SkipLines: 2}); err == nil || !strings.Contains(err.Error(), "line 3, column 2") {
		t.Errorf("lines that were skipped don't count: %v", err)
	}
}

func TestBadFiles(t *testing.T) {
	var format *FormatError
	var value *ValueError
	for name, tc := range map[string]struct {
		target any
		says   string
	}{
		"bad_complex.npy": {&format, "'<c16'"}, "bad_scalar.npy": {&format, "without axes"}, "bad_struct.npy": {&format, "numbers of type"},
		"bad_text.npy": {&format, "<U1"}, "bad_exact.npy": {&value, "row 1, column 1"}, "nan.npy": {&value, "row 1, column 1 (counted from 0): NaN"},
		"two.npz": {&format, "must be named"},
	} {
		_, err := Read("testdata/" + name)
		if err == nil || !errors.As(err, tc.target) || !strings.Contains(err.Error(), strings.Trim(tc.says, "'")) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"empty.npy", "empty_columns.npy"} {
		if _, err := Read("testdata/" + name); !errors.Is(err, ErrEmpty) {
			t.Errorf("%s: %v", name, err)
		}
	}
	dir := t.TempDir()
	for _, name := range []string{"none.npy", "none.npz", "none.csv"} {
		path := filepath.Join(dir, name)
		if _, err := Read(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); !errors.Is(err, ErrEmpty) {
			t.Errorf("an empty %s: %v", name, err)
		}
		before, _ := os.ReadDir(dir)
		if err := Write(path, mat.NewDense(1, 1, []float64{math.NaN()})); !errors.As(err, &value) {
			t.Errorf("writing NaN to %s: %v", name, err)
		}
		if after, _ := os.ReadDir(dir); len(after) != len(before) {
			t.Errorf("writing NaN to %s left a file", name)
		}
		if err := Write(path, new(mat.Dense)); !errors.Is(err, ErrEmpty) {
			t.Errorf("writing nothing to %s: %v", name, err)
		}
	}
	for _, err := range []error{
		errOf(Read("x.parquet")), Write("x", dense(odd)), errOf(ReadWith("testdata/two.npz", Options{Name: "none"})),
		WriteNPZ(new(bytes.Buffer), []Array{{"a", dense(odd)}, {"a", dense(odd)}}, Options{}), WriteNPZ(new(bytes.Buffer), nil, Options{}),
		WriteCSV(new(bytes.Buffer), dense(odd), Options{Header: []string{"1", "2"}}), WriteCSV(new(bytes.Buffer), dense(odd), Options{Header: []string{"x"}}),
		Write(filepath.Join(dir, "no", "x.npy"), dense(odd)), errOf(Names(filepath.Join(dir, "none.csv"))),
	} {
		if err == nil {
			t.Error("no error")
		}
	}
	// A file cut short anywhere, and one whose header promises too much.
	whole, _ := os.ReadFile("testdata/c64.npy")
	for n := range len(whole) {
		if _, err := ReadNPY(bytes.NewReader(whole[:n]), Options{}); err == nil {
			t.Errorf("%d of %d bytes: no error", n, len(whole))
		}
	}
	for _, shape := range []string{"(4611686018427387904, 4)", "(1000000000000, 2)", "(-1, 2)", "(5, 2", "5"} {
		b := bytes.Replace(whole, []byte("(5, 2), }"+strings.Repeat(" ", len(shape)-6+len("(5, 2)"))), []byte(shape+", }      "), 1)
		if _, err := ReadNPY(bytes.NewReader(b), Options{}); !errors.As(err, &format) {
			t.Errorf("shape %s: %v", shape, err)
		}
	}
}

func errOf[T any](_ T, err error) error { return err }

// Whatever is read can be written and read again, and nothing panics.
func FuzzNPY(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.npy")
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := ReadNPY(bytes.NewReader(b), Options{})
		if err != nil {
			return
		}
		again(t, x, WriteNPY, ReadNPY)
	})
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"x,y\n1,2\n", "1,NaN", "\"a\nb\",c\n1,2\n", "#\n\n1\n", "\xef\xbb\xbf1,0x1p-2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if x, err := ReadCSV(strings.NewReader(s), Options{}); err == nil {
			again(t, x, WriteCSV, ReadCSV)
		}
	})
}
