package course

import (
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/sandbox"
)

// builder returns one whose cache other tests share.
func builder(t *testing.T, wasm bool) *Builder {
	t.Helper()
	p, err := gotool.FindProject(".")
	if err != nil {
		t.Fatal(err)
	}
	tc, err := gotool.Find(t.Context(), p.Root, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewBuilder(tc, p, tc.Cache, wasm)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestConfine(t *testing.T) {
	for _, wasm := range []bool{false, true} {
		k, err := builder(t, wasm).Confine(t.Context(), t.TempDir())
		if err != nil || wasm != (k == sandbox.Wasm) {
			t.Errorf("wasm %v: %v, %v", wasm, k, err)
		}
		t.Log(k)
	}
}
