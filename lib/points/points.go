package points

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// Options say how to read and write. The zero value suits most files.
type Options struct {
	// Name is the array to read from an .npz, or to write into it. Without it
	// the only array is read, and what is written is called arr_0.
	Name string
	// KeepNonFinite lets NaN and infinities through.
	KeepNonFinite bool

	// Comma separates the values of a line: ',' unless the file is a .tsv, of
	// which it is a tab, or a .txt, of which it is a space or several.
	Comma rune
	// SkipLines is how many lines to leave out at the start of a CSV. A first
	// line of which no value is a number is taken for a header and left out in
	// any case, and so are empty lines and those that start with #.
	SkipLines int
	// Header is written as the first line of a CSV.
	Header []string
}

// ErrEmpty is the error, wrapped, for a file or an array without points.
var ErrEmpty = errors.New("no points")

// FormatError reports a file that isn't of the format that it should be, or
// holds what can't be read as points.
type FormatError struct {
	Format string // "npy", "npz" or "CSV"
	Reason string
	Err    error // what caused it, or nil
}

func (e *FormatError) Error() string {
	s := "not readable as " + e.Format + ": " + e.Reason
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *FormatError) Unwrap() error { return e.Err }

// ValueError reports a value that can't be a coordinate. Rows and columns are
// those of the matrix, counted from 0; Line is that of a CSV, counted from 1.
type ValueError struct {
	Row, Column int
	Line        int    // 0 in an array
	Text        string // the value
	Want        string
}

func (e *ValueError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("line %d, column %d: %q, want %s", e.Line, e.Column+1, e.Text, e.Want)
	}
	return fmt.Sprintf("row %d, column %d (counted from 0): %s, want %s", e.Row, e.Column, e.Text, e.Want)
}

// Read returns the points in a file, whose name ends with .npy, .npz, .csv, .tsv
// or .txt. The error names the file; it wraps a FormatError, a ValueError or
// ErrEmpty, or is that of the file system.
func Read(path string) (*mat.Dense, error) { return ReadWith(path, Options{}) }

// ReadWith is Read with options.
func ReadWith(path string, opt Options) (*mat.Dense, error) {
	const fn = "points.Read"
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	defer f.Close()
	var x *mat.Dense
	switch ext := extension(path); ext {
	case ".npy":
		x, err = readNPY(bufio.NewReader(f), opt)
	case ".npz":
		var info os.FileInfo
		if info, err = f.Stat(); err == nil {
			x, err = readNPZ(f, info.Size(), opt)
		}
	case ".csv", ".tsv", ".txt":
		x, err = readCSV(f, opt.separated(ext))
	default:
		err = unknown(ext)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", fn, path, err)
	}
	return x, nil
}

// Write writes the rows of x to a file in the format that the end of its name
// asks for; see Read. A file of that name is replaced, and nothing is left of a
// new one if writing fails. The errors are those of Read: points that Read would
// refuse aren't written.
func Write(path string, x mat.Matrix) error { return WriteWith(path, x, Options{}) }

// WriteWith is Write with options.
func WriteWith(path string, x mat.Matrix, opt Options) (err error) {
	const fn = "points.Write"
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s: %s: %w", fn, path, err)
		}
	}()
	ext := extension(path)
	switch ext {
	case ".npy", ".npz", ".csv", ".tsv", ".txt":
	default:
		return unknown(ext)
	}
	if err := check(x, opt); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	switch ext {
	case ".npy":
		err = writeNPY(w, x)
	case ".npz":
		name := opt.Name
		if name == "" {
			name = "arr_0"
		}
		err = writeNPZ(w, []Array{{name, x}})
	default:
		err = writeCSV(w, x, opt.separated(ext))
	}
	err = errors.Join(err, w.Flush(), f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

func extension(path string) string { return strings.ToLower(filepath.Ext(path)) }

func unknown(ext string) error {
	return fmt.Errorf("the name ends with %q, want .npy, .npz, .csv, .tsv or .txt", ext)
}

// separated fills in the separator that a kind of file has.
func (o Options) separated(ext string) Options {
	if o.Comma == 0 {
		o.Comma = map[string]rune{".csv": ',', ".tsv": '\t', ".txt": ' '}[ext]
	}
	return o
}

// An Array is a matrix with a name.
type Array struct {
	Name string
	X    mat.Matrix
}

// ReadNPZ returns the points in the array opt.Name of an .npz, or in its only
// array. See Read for the errors.
func ReadNPZ(r io.ReaderAt, size int64, opt Options) (*mat.Dense, error) {
	return named("points.ReadNPZ", func() (*mat.Dense, error) { return readNPZ(r, size, opt) })
}

// ReadNPY returns the points in an .npy, which it reads no further than the
// array goes. See Read for the errors.
func ReadNPY(r io.Reader, opt Options) (*mat.Dense, error) {
	return named("points.ReadNPY", func() (*mat.Dense, error) { return readNPY(r, opt) })
}

// ReadCSV returns the points in lines of separated values. See Read for the
// errors.
func ReadCSV(r io.Reader, opt Options) (*mat.Dense, error) {
	return named("points.ReadCSV", func() (*mat.Dense, error) { return readCSV(r, opt) })
}

func named(fn string, read func() (*mat.Dense, error)) (*mat.Dense, error) {
	x, err := read()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	return x, nil
}

// Names returns the names of the arrays in an .npz file, in their order.
func Names(path string) ([]string, error) {
	const fn = "points.Names"
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", fn, path, err)
	}
	defer z.Close()
	return arrayNames(&z.Reader), nil
}

// WriteNPY writes the rows of x as an .npy of double precision.
func WriteNPY(w io.Writer, x mat.Matrix, opt Options) error {
	return checked("points.WriteNPY", x, opt, func() error { return writeNPY(w, x) })
}

// WriteCSV writes the rows of x as lines of separated values.
func WriteCSV(w io.Writer, x mat.Matrix, opt Options) error {
	return checked("points.WriteCSV", x, opt, func() error { return writeCSV(w, x, opt) })
}

// WriteNPZ writes arrays as an .npz. It returns an error if two have the same
// name, or one has none.
func WriteNPZ(w io.Writer, arrays []Array, opt Options) error {
	const fn = "points.WriteNPZ"
	for _, a := range arrays {
		if err := check(a.X, opt); err != nil {
			return fmt.Errorf("%s: %s: %w", fn, a.Name, err)
		}
	}
	if err := writeNPZ(w, arrays); err != nil {
		return fmt.Errorf("%s: %w", fn, err)
	}
	return nil
}

func checked(fn string, x mat.Matrix, opt Options, write func() error) error {
	err := check(x, opt)
	if err == nil {
		err = write()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", fn, err)
	}
	return nil
}

// check returns an error if x is no set of points.
func check(x mat.Matrix, opt Options) error {
	if x == nil {
		return ErrEmpty
	}
	n, d := x.Dims()
	if n == 0 || d == 0 {
		return ErrEmpty
	}
	if opt.KeepNonFinite {
		return nil
	}
	for i := range n {
		for j := range d {
			if v := x.At(i, j); v-v != 0 {
				return &ValueError{Row: i, Column: j, Text: fmt.Sprint(v), Want: "a finite number"}
			}
		}
	}
	return nil
}
