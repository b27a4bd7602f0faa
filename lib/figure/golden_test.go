package figure

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/lib/figure/figuretest"
)

// goldenShare is by how much of a picture's size lines may run elsewhere than in
// the picture that was looked at: a tenth of a point in one of the usual size.
const goldenShare = 2e-4

// Every kind of series, scale and layout is drawn as in the pictures in testdata,
// which were looked at. If a change is meant: go test ./lib/figure -run Golden
// -update, and look at them again.
func TestGolden(t *testing.T) {
	for name, f := range gallery() {
		got, err := f.SVG()
		if err != nil {
			t.Fatal(err)
		}
		golden(t, strings.ReplaceAll(name, " ", "-")+".svg", got)
	}
	film, err := movie().SVG()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "animation.svg", film)
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := figuretest.SVG(got, want, goldenShare); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// A picture in which anything was moved by a point isn't the golden one.
func TestGoldenObjects(t *testing.T) {
	f := gallery()["curves"]
	want, err := f.SVG()
	if err != nil {
		t.Fatal(err)
	}
	f.XRange = [2]float64{0, 1.003} // moves the right end by a point
	got, err := f.SVG()
	if err != nil {
		t.Fatal(err)
	}
	if err := figuretest.SVG(got, want, goldenShare); err == nil {
		t.Error("a curve that ends elsewhere is as golden as the one in testdata")
	}
	if bytes.Equal(got, want) {
		t.Error("the range changed nothing")
	}
}
