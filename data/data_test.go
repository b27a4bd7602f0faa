package data

import (
	"os"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestSets(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		load    func() (*Set, error)
		n, w, h int
		of      [10]int // how many of each class
		ink     float64 // mean of all values
	}{
		"digits":  {Digits, 1797, 8, 8, [10]int{178, 182, 177, 183, 181, 182, 181, 179, 174, 180}, .3052601},
		"fashion": {Fashion, 10000, 28, 28, [10]int{1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000}, .2868493},
	} {
		s, err := c.load()
		if err != nil {
			t.Fatal(err)
		}
		n, d := s.X.Dims()
		if n != c.n || d != c.w*c.h || s.Width != c.w || s.Height != c.h || len(s.Labels) != n || len(s.Classes) != 10 {
			t.Errorf("%s: %d of %d values, %d × %d, %d labels", name, n, d, s.Width, s.Height, len(s.Labels))
		}
		var of [10]int
		for _, l := range s.Labels {
			of[l]++
		}
		if of != c.of {
			t.Errorf("%s: classes of %v", name, of)
		}
		if mean := mat.Sum(s.X) / float64(n*d); mat.Max(s.X) != 1 || mat.Min(s.X) != 0 || mean < c.ink-1e-6 || mean > c.ink+1e-6 {
			t.Errorf("%s: values from %v to %v, mean %v", name, mat.Min(s.X), mat.Max(s.X), mean)
		}
	}
	for file, sum := range sums {
		if !strings.Contains(string(readme), sum) {
			t.Errorf("README.md hasn't the checksum of %s", file)
		}
		b, err := files.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)/2] ^= 1
		if err := verify(file, b); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("a changed byte in %s: %v", file, err)
		}
	}
}
