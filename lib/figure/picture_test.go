package figure

import (
	"bytes"
	"flag"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/lib/bounds"
	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

var update = flag.Bool("update", false, "write the pictures of the documentation and of testdata anew")

// The picture in the README is what the library draws, from its first number
// to its last byte.
func TestPictureOfTheReadme(t *testing.T) {
	data, noise, start := measure.Bimodal(0.9, math.Sqrt(0.19)), measure.Normal(0, 1), measure.Normal(1, 1)
	optimal, err := transport.Geodesic(data, noise, 1)
	if err != nil {
		t.Fatal(err)
	}
	var reports []*bounds.Report
	for _, f := range []flow.Flow{
		diffusion.Noising(data, diffusion.Cosine{}).Flow, diffusion.Noising(data, diffusion.CondOT{}).Flow, optimal,
	} {
		r, err := bounds.SpeedAccuracy(t.Context(), f, start, bounds.Options{})
		if err != nil {
			t.Fatal(err)
		}
		reports = append(reports, r)
	}
	f := Hierarchy([]string{"cosine", "CondOT", "optimal"}, reports)
	f.Title = `Three protocols, one accuracy $\eta$, three costs $c_2$`
	got, err := f.SVG()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join("..", "doc", "hierarchy.svg")
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("lib/doc/hierarchy.svg isn't what the library draws.\n"+
			"If the change is meant, renew it: go test ./lib/figure -run %s -update", t.Name())
	}
}
