// Command sinkhorn times entropic plans between 2,000 points in the plane at the
// squared distance, beside the methods of POT, by turns and on one thread, the
// cost matrix included, and prints the ratios of the medians; and then what a
// second thread gives:
//
//	PYTHONPATH=… go run ./lib/transport/testdata/peers/sinkhorn
//
// All go on until the marginals of the plan itself are off by no more than a
// tolerance, in L1 and both together; the thresholds by which POT's methods stop
// mean other things, and are sought first. A method that takes longer than the
// limit is stopped, and not tried again where it would take longer still: at a
// tighter tolerance or a smaller ε.
//
// It takes a python3 that can import numpy and ot.
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/rng"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

const (
	n      = 2000
	rounds = 5
)

// The worker reads x and y, and answers each line, which holds a method, ε, a
// threshold and a limit of seconds, with the seconds that it
// took, the error of the marginals and ⟨P, C⟩; the error is inf where it was
// stopped.
const worker = `
import signal, sys, time, warnings
import numpy as np
import ot
warnings.simplefilter("ignore")
x, y = np.frombuffer(sys.stdin.buffer.read(32 * %d)).reshape(2, -1, 2)
a = np.full(len(x), 1 / len(x))
class Late(Exception):
    pass
def late(*_):
    raise Late
signal.signal(signal.SIGALRM, late)
for line in sys.stdin.buffer:
    method, eps, threshold, limit = line.decode().split()
    signal.alarm(int(limit))
    start = time.perf_counter()
    off, cost = np.inf, np.inf
    try:
        c = ot.dist(x, y)
        p = ot.sinkhorn(a, a, c, float(eps), method=method, stopThr=float(threshold), numItermax=10**8)
        took = time.perf_counter() - start
        signal.alarm(0)
        off = np.abs(p.sum(0) - a).sum() + np.abs(p.sum(1) - a).sum()
        cost = (p * c).sum()
    except Late:
        took = time.perf_counter() - start
    print(took, off if np.isfinite(off) else "inf", cost if np.isfinite(cost) else "inf", flush=True)
`

// The first two are timed by turns with ours, the others once, as they are slow.
var methods = []string{"sinkhorn", "sinkhorn_stabilized", "sinkhorn_log", "sinkhorn_epsilon_scaling", "greenkhorn"}

func main() {
	log.SetFlags(0)
	limit := flag.Duration("limit", time.Minute, "how long a run of a method may take")
	flag.Parse()
	data := make([]float64, 4*n)
	rng.New(1).Uniform(data)
	x, y := mat.NewDense(n, 2, data[:2*n]), mat.NewDense(n, 2, data[2*n:])
	pot := start(data, *limit)
	late := map[string]bool{}
	for _, rel := range []float64{.01, .001} {
		for _, tol := range []float64{1e-6, 1e-9} {
			compare(x, y, rel, tol, pot, late)
		}
	}
	pot.close()
}

// compare prints the table of one ε, as a part of the largest cost, and one
// tolerance.
func compare(x, y *mat.Dense, rel, tol float64, pot *peer, late map[string]bool) {
	c := transport.SquaredEuclidean{X: x, Y: y}
	largest := 0.
	for i := range n {
		for j := range n {
			largest = max(largest, c.At(i, j))
		}
	}
	eps := rel * largest
	ours := func(threads int) (seconds, off, cost float64) {
		runtime.GOMAXPROCS(threads)
		begin := time.Now()
		p := sinkhorn(x, y, eps, tol)
		seconds = time.Since(begin).Seconds()
		return seconds, p.MarginalError(), p.Cost()
	}
	_, off, want := ours(1)
	fmt.Printf("ε = %g of the largest cost, marginals off by no more than %.0e (ours by %.1e)\n", rel, tol, off)

	thresholds := make([]float64, len(methods))
	times := make([][]float64, len(methods))
	for k, method := range methods {
		if late[method] {
			continue
		}
		threshold := tol / 20
		if method == "sinkhorn_log" && thresholds[0] > 0 {
			threshold = thresholds[0] // the same steps, in logarithms
		}
		for range 4 {
			took, off, cost := pot.run(method, eps, threshold)
			if off > 1 {
				late[method] = took >= pot.limit.Seconds()
				fmt.Printf("  %-26s gives no plan in %.0f s\n", method, took)
				break
			}
			if off <= tol {
				if d := cost/want - 1; d > 1e-4 || d < -1e-4 {
					log.Fatalf("%s has the cost %v, ours is %v", method, cost, want)
				}
				if threshold > thresholds[k] {
					thresholds[k], times[k] = threshold, []float64{took}
				}
				if off > tol/2 || k >= 2 {
					break
				}
			} else if times[k] != nil {
				break // the last one will do
			}
			threshold *= .7 * tol / off
		}
	}

	var one, two []float64
	for range rounds {
		t, _, _ := ours(1)
		one = append(one, t)
		for k := range 2 {
			if times[k] != nil && times[k][0] < 10 {
				took, _, _ := pot.run(methods[k], eps, thresholds[k])
				times[k] = append(times[k], took)
			}
		}
		t, _, _ = ours(2)
		two = append(two, t)
	}
	m := median(one)
	fmt.Printf("  %-26s %8.3f s; two threads %.3f s, ratio %.2f\n", "ours", m, median(two), m/median(two))
	for k, method := range methods {
		if times[k] != nil {
			t := median(times[k])
			fmt.Printf("  %-26s %8.3f s, ratio %.1f\n", method, t, t/m)
		} else if late[method] {
			fmt.Printf("  %-26s   > %.0f s, ratio > %.0f\n", method, pot.limit.Seconds(), pot.limit.Seconds()/m)
		}
	}
}

func sinkhorn(x, y *mat.Dense, eps, tol float64) *transport.Plan {
	a := make([]float64, n)
	for i := range a {
		a[i] = 1. / n
	}
	p, err := transport.Sinkhorn(context.Background(), a, a, transport.SquaredEuclidean{X: x, Y: y}, transport.SinkhornOptions{Eps: eps, Tol: tol})
	check(err)
	return p
}

// A peer is a Python with POT that runs what it is told.
type peer struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	limit time.Duration
}

func start(data []float64, limit time.Duration) *peer {
	cmd := exec.Command("python3", "-c", fmt.Sprintf(worker, n))
	cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	check(err)
	out, err := cmd.StdoutPipe()
	check(err)
	check(cmd.Start())
	check(binary.Write(in, binary.LittleEndian, data))
	return &peer{cmd, in, bufio.NewReader(out), limit}
}

func (p *peer) run(method string, eps, threshold float64) (seconds, off, cost float64) {
	_, err := fmt.Fprintln(p.in, method, eps, threshold, int(p.limit.Seconds()))
	check(err)
	_, err = fmt.Fscan(p.out, &seconds, &off, &cost)
	check(err)
	return seconds, off, cost
}

func (p *peer) close() {
	check(p.in.Close())
	check(p.cmd.Wait())
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return x[len(x)/2]
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
