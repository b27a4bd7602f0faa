package points

import (
	"archive/zip"
	"fmt"
	"io"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// An .npz is a zip of .npy files.

func readNPZ(r io.ReaderAt, size int64, opt Options) (*mat.Dense, error) {
	if size == 0 {
		return nil, ErrEmpty
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, &FormatError{"npz", "no zip", err}
	}
	names := arrayNames(z)
	name := opt.Name
	switch {
	case len(names) == 0:
		return nil, fmt.Errorf("no array: %w", ErrEmpty)
	case name == "" && len(names) > 1:
		return nil, &FormatError{"npz", fmt.Sprintf("there are %d arrays, %q: one must be named", len(names), names), nil}
	case name == "":
		name = names[0]
	}
	for _, f := range z.File {
		if f.Name != name+".npy" {
			continue
		}
		in, err := f.Open()
		if err != nil {
			return nil, &FormatError{"npz", "array " + name, err}
		}
		x, err := readNPY(in, opt)
		if err == nil {
			_, err = io.Copy(io.Discard, in) // which checks the sum
		}
		in.Close()
		if err != nil {
			return nil, fmt.Errorf("array %s: %w", name, err)
		}
		return x, nil
	}
	return nil, &FormatError{"npz", fmt.Sprintf("no array is named %q, but %q are", name, names), nil}
}

func arrayNames(z *zip.Reader) (names []string) {
	for _, f := range z.File {
		if name, ok := strings.CutSuffix(f.Name, ".npy"); ok {
			names = append(names, name)
		}
	}
	return names
}

// writeNPZ stores the arrays without compression or times, so that the same
// arrays make the same bytes.
func writeNPZ(w io.Writer, arrays []Array) error {
	if len(arrays) == 0 {
		return ErrEmpty
	}
	seen := map[string]bool{}
	z := zip.NewWriter(w)
	for _, a := range arrays {
		if a.Name == "" || seen[a.Name] {
			return fmt.Errorf("array %q: the name is empty or was used before", a.Name)
		}
		seen[a.Name] = true
		f, err := z.CreateHeader(&zip.FileHeader{Name: a.Name + ".npy", Method: zip.Store})
		if err != nil {
			return err
		}
		if err := writeNPY(f, a.X); err != nil {
			return err
		}
	}
	return z.Close()
}
