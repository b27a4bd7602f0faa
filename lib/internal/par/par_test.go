package par

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
)

// procs runs f at several values of GOMAXPROCS.
func procs(t *testing.T, f func(t *testing.T)) {
	for _, n := range []int{1, 2, 8} {
		t.Run(fmt.Sprintf("GOMAXPROCS=%d", n), func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(n))
			f(t)
		})
	}
}

func TestForCoversTheRangeOnce(t *testing.T) {
	procs(t, func(t *testing.T) {
		for _, test := range []struct{ n, block int }{
			{0, 1}, {1, 1}, {1, 10}, {10, 1}, {10, 3}, {10, 5}, {10, 10}, {1000, 7}, {7, math.MaxInt},
		} {
			calls := make([]int32, test.n)
			err := For(t.Context(), test.n, test.block, func(lo, hi int) {
				if lo%test.block != 0 || lo >= hi || hi > test.n || hi-lo > test.block {
					t.Errorf("n = %d, block = %d: called with %d, %d", test.n, test.block, lo, hi)
				}
				for i := lo; i < hi; i++ {
					atomic.AddInt32(&calls[i], 1)
				}
			})
			if err != nil {
				t.Errorf("n = %d, block = %d: %v", test.n, test.block, err)
			}
			if slices.ContainsFunc(calls, func(c int32) bool { return c != 1 }) {
				t.Errorf("n = %d, block = %d: indices are visited %v times", test.n, test.block, calls)
			}
		}
	})
}

// TestSumBits adds numbers of very different sizes, whose sum depends on the
// order.
func TestSumBits(t *testing.T) {
	const n, block = 100_000, 64
	term := func(i int) float64 { return math.Exp(30 * math.Sin(float64(i)*float64(i))) }
	f := func(lo, hi int) float64 {
		s := 0.0
		for i := lo; i < hi; i++ {
			s += term(i)
		}
		return s
	}
	want, parts := 0.0, []float64{}
	for lo := 0; lo < n; lo += block {
		part := f(lo, min(lo+block, n))
		parts = append(parts, part)
		want += part
	}

	backwards := 0.0
	for _, part := range slices.Backward(parts) {
		backwards += part
	}
	if backwards == want {
		t.Fatal("the sum does not depend on the order, so this test shows nothing")
	}

	procs(t, func(t *testing.T) {
		for range 20 {
			got, err := Sum(t.Context(), n, block, f)
			if err != nil || got != want {
				t.Fatalf("got %x, %v, want %x", got, err, want)
			}
		}
	})
}

func TestMapOrder(t *testing.T) {
	procs(t, func(t *testing.T) {
		got, err := Map(t.Context(), 10, 3, func(lo, hi int) [2]int { return [2]int{lo, hi} })
		want := [][2]int{{0, 3}, {3, 6}, {6, 9}, {9, 10}}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
	})
}

func TestCancel(t *testing.T) {
	procs(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var calls atomic.Int32
		sum, err := Sum(ctx, 1000, 1, func(lo, hi int) float64 {
			switch c := calls.Add(1); {
			case c == 10:
				cancel()
			case c > 10:
				<-ctx.Done() // whoever is ahead of the tenth waits for it
			}
			return 1
		})
		if !errors.Is(err, context.Canceled) || sum != 0 {
			t.Errorf("got %v, %v, want 0 and context.Canceled", sum, err)
		}
		if c := int(calls.Load()); c < 10 || c >= 10+runtime.GOMAXPROCS(0) {
			t.Errorf("%d blocks ran, cancelled in the tenth", c)
		}

		// The work is done: there is nothing to report.
		ctx, cancel = context.WithCancel(t.Context())
		if err := For(ctx, 1, 1, func(lo, hi int) { cancel() }); err != nil {
			t.Errorf("cancelled in the last block: %v", err)
		}
		if err := For(ctx, 0, 1, nil); err != nil {
			t.Errorf("cancelled, nothing to do: %v", err)
		}
		if err := For(ctx, 1, 1, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before: %v", err)
		}
	})
}

func TestPanic(t *testing.T) {
	procs(t, func(t *testing.T) {
		for range 50 {
			value := func() (value any) {
				defer func() { value = recover() }()
				err := For(t.Context(), 100, 1, func(lo, hi int) {
					if lo >= 10 {
						panic(fmt.Errorf("block %d", lo))
					}
				})
				t.Errorf("For returned %v", err)
				return nil
			}()
			if err, ok := value.(error); !ok || err.Error() != "block 10" {
				t.Fatalf("the caller sees %v, want the panic of block 10", value)
			}
		}
	})
}

func TestGoexit(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	defer func() {
		if got := recover(); got != "par: a block called runtime.Goexit" {
			t.Errorf("the caller sees %v", got)
		}
	}()
	err := For(t.Context(), 2, 1, func(lo, hi int) { runtime.Goexit() })
	t.Errorf("For returned %v", err)
}

func TestMisuse(t *testing.T) {
	sum := func(n, block int) func() {
		return func() { _, _ = Sum(t.Context(), n, block, func(lo, hi int) float64 { return 0 }) }
	}
	for want, f := range map[string]func(){
		"par: For: n = -1, want n ≥ 0":                             func() { _ = For(t.Context(), -1, 1, nil) },
		"par: For: block = 0, want block > 0":                      func() { _ = For(t.Context(), 1, 0, nil) },
		"par: Map: n = -1 and block = 1, want n ≥ 0 and block > 0": sum(-1, 1),
		"par: Map: n = 1 and block = 0, want n ≥ 0 and block > 0":  sum(1, 0),
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("got %v, want %q", got, want)
				}
			}()
			f()
		}()
	}
}

func BenchmarkForOverhead(b *testing.B) {
	for b.Loop() {
		if err := For(b.Context(), 64, 1, func(lo, hi int) {}); err != nil {
			b.Fatal(err)
		}
	}
}
