package kernel

import (
	"os"
	"testing"
)

// eachForm runs the test in every form that the processor has.
func eachForm(t *testing.T, test func(t *testing.T)) {
	for f := Go; f <= Best(); f++ {
		t.Run(f.String(), func(t *testing.T) {
			defer Use(f)()
			test(t)
		})
	}
}

func TestChosen(t *testing.T) {
	for _, c := range []struct {
		name string
		best Form
		want Form
	}{
		{"", AVX512, AVX512},
		{"go", AVX512, Go},
		{"avx2", AVX512, AVX2},
		{"avx512", AVX512, AVX512},
		{"avx512", AVX2, AVX2},
		{"avx2", Go, Go},
		{"fast", AVX2, AVX2},
	} {
		if got := chosen(c.name, c.best); got != c.want {
			t.Errorf("chosen(%q, %v) = %v, want %v", c.name, c.best, got, c.want)
		}
	}
}

func TestUsePanics(t *testing.T) {
	for _, f := range []Form{-1, Best() + 1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Use(%v) did not panic", f)
				}
			}()
			Use(f)
		}()
	}
}

// TestVariable fails where a form is asked for that the processor doesn't have,
// so that who tests AVX-512 knows that it was tested.
func TestVariable(t *testing.T) {
	if want := os.Getenv(Variable); want != "" && Active().String() != want {
		t.Errorf("%s=%s, but the form in use is %v", Variable, want, Active())
	}
}
