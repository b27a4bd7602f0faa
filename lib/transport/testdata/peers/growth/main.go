// Command growth times plans between uniform points in a square for growing
// numbers of points, ours and POT's, on one thread, and prints the times:
//
//	PYTHONPATH=… go run ./lib/transport/testdata/peers/growth [-svg FILE]
//
// It takes a python3 that can import numpy and ot. Times are medians, and hold
// the matrix of costs where there is one; ε is 0.02, a hundredth of the dearest
// price, up to an error of 10⁻⁶ in the marginals. -svg draws them.
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/figure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

var sizes = []int{250, 500, 1000, 2000, 4000, 8000, 16000, 32000}

// A method solves the problem between n points and n others, up to a size.
type method struct {
	name string
	most int
	time func(x, y *mat.Dense) float64
}

const worker = `
import sys, time
import numpy as np
import ot
while line := sys.stdin.buffer.readline():
    n, kind = line.split()
    n = int(n)
    x, y = np.frombuffer(sys.stdin.buffer.read(32 * n)).reshape(2, n, 2)
    a = np.full(n, 1 / n)
    start = time.perf_counter()
    c = ot.dist(x, y)
    if kind == b"emd":
        ot.emd(a, a, c, numItermax=100_000_000)
    else:
        ot.sinkhorn(a, a, c, .02, stopThr=1e-6, numItermax=100_000)
    print(time.perf_counter() - start, flush=True)
`

func main() {
	log.SetFlags(0)
	svg := flag.String("svg", "", "draw the times into the `file`")
	flag.Parse()
	runtime.GOMAXPROCS(1)

	cmd := exec.Command("python3", "-c", worker)
	cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	check(err)
	out, err := cmd.StdoutPipe()
	check(err)
	check(cmd.Start())
	answers := bufio.NewReader(out)
	peer := func(kind string) func(x, y *mat.Dense) float64 {
		return func(x, y *mat.Dense) (seconds float64) {
			n, _ := x.Dims()
			_, err := fmt.Fprintln(in, n, kind)
			check(err)
			for _, m := range []*mat.Dense{x, y} {
				check(binary.Write(in, binary.LittleEndian, m.RawMatrix().Data))
			}
			_, err = fmt.Fscan(answers, &seconds)
			check(err)
			return seconds
		}
	}
	methods := []method{
		{"Solve", 32000, ours(func(ctx context.Context, a []float64, c transport.Cost) error {
			_, err := transport.Solve(ctx, a, a, c, transport.SolveOptions{})
			return err
		})},
		{"Exact", 8000, ours(func(ctx context.Context, a []float64, c transport.Cost) error {
			_, err := transport.Exact(ctx, a, a, c, transport.ExactOptions{})
			return err
		})},
		{"POT emd", 4000, peer("emd")},
		{"Sinkhorn", 8000, ours(func(ctx context.Context, a []float64, c transport.Cost) error {
			_, err := transport.Sinkhorn(ctx, a, a, c, transport.SinkhornOptions{Eps: .02, Tol: 1e-6})
			return err
		})},
		{"POT sinkhorn", 4000, peer("sinkhorn")},
	}
	times := make([][]float64, len(methods))
	names := make([]string, len(methods))
	n := make([]float64, len(sizes))
	fmt.Print("\n| n |")
	for k, m := range methods {
		names[k] = m.name
		times[k] = make([]float64, len(sizes))
		fmt.Printf(" %s |", m.name)
	}
	fmt.Print("\n|---:|---:|---:|---:|---:|---:|\n")
	for i, size := range sizes {
		n[i] = float64(size)
		fmt.Printf("| %d |", size)
		all := make([][]float64, len(methods))
		for round := range rounds(size) {
			key := rng.New(1).Fold(uint64(round))
			x, y := square(key.Named("x"), size), square(key.Named("y"), size)
			for k, m := range methods {
				if size <= m.most {
					all[k] = append(all[k], m.time(x, y))
				}
			}
		}
		for k, t := range all {
			if times[k][i] = math.NaN(); len(t) == 0 {
				fmt.Print(" |")
				continue
			}
			slices.Sort(t)
			times[k][i] = t[len(t)/2]
			fmt.Printf(" %.3g s |", times[k][i])
		}
		fmt.Println()
	}
	check(in.Close())
	check(cmd.Wait())
	for k := range times { // what was too large ends a series
		for i, t := range times[k] {
			if math.IsNaN(t) {
				times[k] = times[k][:i]
				break
			}
		}
	}
	if *svg != "" {
		check(figure.Growth("Plans between uniform points in the plane, one thread", n, names, times...).WriteFile(*svg))
	}
}

// rounds is how often a size is timed.
func rounds(n int) int { return min(max(16000/n, 1), 7) }

func square(key rng.Key, n int) *mat.Dense {
	x := mat.NewDense(n, 2, nil)
	key.Uniform(x.RawMatrix().Data)
	return x
}

func ours(solve func(ctx context.Context, a []float64, c transport.Cost) error) func(x, y *mat.Dense) float64 {
	return func(x, y *mat.Dense) float64 {
		n, _ := x.Dims()
		a := make([]float64, n)
		for i := range a {
			a[i] = 1 / float64(n)
		}
		runtime.GC()
		start := time.Now()
		check(solve(context.Background(), a, transport.SquaredEuclidean{X: x, Y: y}))
		return time.Since(start).Seconds()
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
