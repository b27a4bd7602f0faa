package points

import (
	"bytes"
	"io"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func again(t *testing.T, x *mat.Dense, write func(io.Writer, mat.Matrix, Options) error, read func(io.Reader, Options) (*mat.Dense, error)) {
	var b bytes.Buffer
	if err := write(&b, x, Options{}); err != nil {
		t.Fatal(err)
	}
	y, err := read(&b, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !mat.Equal(x, y) {
		t.Fatalf("%v, then %v", x, y)
	}
}
