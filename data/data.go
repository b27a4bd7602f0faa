// Package data holds the data sets that notebooks, tests and examples read, embedded: see
// README.md for their origin, licence and checksums.
package data

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/points"
)

//go:embed *-ubyte.gz *.safetensors *.csv
var files embed.FS

// Smoothing is the standard deviation of the normal noise by which the digits, from −1 to 1,
// were smoothed for the networks digits-cosine, digits-condot and digits-ot.
const Smoothing = 0.2

// Set is labelled pictures of one size.
type Set struct {
	X             *mat.Dense // rows are pictures, line by line, from 0 (paper) to 1 (ink)
	Labels        []int      // class of each
	Classes       []string   // names of the classes
	Width, Height int
}

// Digits returns 1,797 handwritten digits of 8 × 8 pixels with 17 levels, the test half of
// the UCI set Optical Recognition of Handwritten Digits. It returns an error that names a
// file whose bytes are not what they were.
func Digits() (*Set, error) {
	return read("digits", 16, []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"})
}

// Fashion returns 10,000 garments of 28 × 28 pixels with 256 levels, the test half of
// Fashion-MNIST. It returns an error that names a file whose bytes are not what they were.
func Fashion() (*Set, error) {
	return read("fashion", 255, []string{"t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"})
}

func read(name string, levels float64, classes []string) (*Set, error) {
	open := func(part string) (*mat.Dense, []int, error) {
		file := name + "-" + part + "-ubyte.gz"
		b, err := files.ReadFile(file)
		if err != nil {
			return nil, nil, fmt.Errorf("data: %w", err)
		}
		if err := verify(file, b); err != nil {
			return nil, nil, err
		}
		x, shape, err := points.ReadIDX(bytes.NewReader(b), points.Options{})
		if err != nil {
			return nil, nil, fmt.Errorf("data: %s: %w", file, err)
		}
		return x, shape, nil
	}
	x, shape, err := open("images-idx3")
	if err != nil {
		return nil, err
	}
	labels, _, err := open("labels-idx1")
	if err != nil {
		return nil, err
	}
	x.Scale(1/levels, x)
	s := &Set{X: x, Classes: classes, Width: shape[2], Height: shape[1]}
	for i := range shape[0] {
		s.Labels = append(s.Labels, int(labels.At(i, 0)))
	}
	return s, nil
}

// Network returns a file of weights that learn.ReadCheckpoint reads: digits, digits-cosine,
// digits-condot, digits-ot or garments. README.md says how they were trained. It returns an
// error that names the file if there is none of that name or its bytes are not what they
// were.
func Network(name string) ([]byte, error) {
	file := name + ".safetensors"
	b, err := files.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	return b, verify(file, b)
}

// manifest has the checksums of the files, as the program sha256sum checks them.
//
//go:embed SHA256SUMS
var manifest string

// sums are the checksums by file.
var sums = func() map[string]string {
	m := make(map[string]string)
	for line := range strings.Lines(manifest) {
		if f := strings.Fields(line); len(f) == 2 {
			m[f[1]] = f[0]
		}
	}
	return m
}()

// verify returns an error that names a file whose bytes changed.
func verify(file string, b []byte) error {
	sum := sha256.Sum256(b)
	if got := hex.EncodeToString(sum[:]); got != sums[file] {
		return fmt.Errorf("data: %s has changed: its SHA-256 is %s, want %s", file, got, sums[file])
	}
	return nil
}
