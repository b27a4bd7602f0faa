// Package reftest reads the tables of independent reference values that the
// packages' tests compare with.
package reftest

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"
)

// Case is one reference value: inputs, what is expected of them, and how near.
type Case struct {
	ID       string          `json:"id"`
	Group    string          `json:"group"`
	Kind     string          `json:"kind"`
	Inputs   json.RawMessage `json:"inputs"`
	Input    json.RawMessage `json:"input"`
	Expected json.RawMessage `json:"expected"`
	Want     json.RawMessage `json:"want"`
	AbsTol   float64         `json:"abs_tol"`
	RTol     float64         `json:"rtol"`
	ATol     float64         `json:"atol"`
}

// Load returns the cases of the file whose id starts with one of the prefixes.
// The test fails if a prefix finds none, so that a table can't go empty unseen.
func Load(t testing.TB, path string, prefixes ...string) []Case {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []Case `json:"cases"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	var out []Case
	for _, p := range prefixes {
		n := len(out)
		for _, c := range file.Cases {
			if strings.HasPrefix(c.ID, p) {
				out = append(out, c)
			}
		}
		if len(out) == n {
			t.Fatalf("%s: no case %s…", path, p)
		}
	}
	return out
}

// Decode unmarshals a case's raw inputs or expectation.
func Decode(t testing.TB, raw json.RawMessage, into any) {
	t.Helper()
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}

// Near reports an error unless |got − want| ≤ atol + rtol·|want|; NaN is near
// nothing.
func Near(t testing.TB, what string, got, want, rtol, atol float64) {
	t.Helper()
	if d := math.Abs(got - want); !(d <= atol+rtol*math.Abs(want)) {
		t.Errorf("%s = %.17g, want %.17g (off by %.3g, allowed %.3g)", what, got, want, d, atol+rtol*math.Abs(want))
	}
}
