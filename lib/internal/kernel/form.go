package kernel

import (
	"fmt"
	"os"
)

// A Form is one of the ways in which every kernel is written. All give the
// same bits.
type Form int

const (
	Go     Form = iota // the definition, for any processor
	AVX2               // AVX2 and FMA, on amd64
	AVX512             // AVX-512 F, DQ, VL and BW, on amd64
)

func (f Form) String() string {
	switch f {
	case Go:
		return "go"
	case AVX2:
		return "avx2"
	case AVX512:
		return "avx512"
	}
	return fmt.Sprintf("Form(%d)", int(f))
}

// Variable is the environment variable that names a form lower than the
// processor's best: go, avx2 or avx512. It is read once, at the start.
const Variable = "WASSERWERK_KERNEL"

var (
	best = detect()
	form = chosen(os.Getenv(Variable), best)
)

// Best is the fastest form that the processor can run.
func Best() Form { return best }

// Active is the form in use.
func Active() Form { return form }

// Use changes the form in use and returns a function that changes it back. It
// is for tests and benchmarks and must not be called while kernels run. It
// panics if the processor can't run f.
func Use(f Form) (restore func()) {
	if f < Go || f > best {
		panic(fmt.Sprintf("kernel: Use(%v): the processor's best form is %v", f, best))
	}
	before := form
	form = f
	return func() { form = before }
}

// chosen is the form with the name, or the best where there is none of that
// name, or the processor doesn't have it: a program must not fail for a
// setting that only changes its speed.
func chosen(name string, best Form) Form {
	for f := Go; f < best; f++ {
		if f.String() == name {
			return f
		}
	}
	return best
}
