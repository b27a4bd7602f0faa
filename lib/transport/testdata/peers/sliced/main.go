// Command sliced times the sliced W₂ between samples of 100,000 points in space,
// along 50 directions, beside POT and ten lines of numpy, by turns and on one
// thread, and prints the ratios of the medians; and then what a second thread
// gives:
//
//	PYTHONPATH=… go run ./lib/transport/testdata/peers/sliced
//
// It takes a python3 that can import numpy and ot.
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"log"
	"math"
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
	n          = 100_000
	d          = 3
	directions = 50
	rounds     = 5
)

// The worker reads x, y and the directions, and answers each line with the
// seconds that numpy and POT took, and POT's distance.
const worker = `
import sys, time
import numpy as np
import ot
n, d, k = %d, %d, %d
data = np.frombuffer(sys.stdin.buffer.read(8 * (2 * n + k) * d)).reshape(-1, d)
x, y, theta = data[:n], data[n:2*n], data[2*n:].T.copy()
for line in sys.stdin.buffer:
    start = time.perf_counter()
    xs = np.sort(x @ theta, axis=0)
    ys = np.sort(y @ theta, axis=0)
    w = np.sqrt(np.mean((xs - ys) ** 2))
    mid = time.perf_counter()
    v = ot.sliced_wasserstein_distance(x, y, projections=theta)
    end = time.perf_counter()
    print(mid - start, end - mid, repr(float(v)), flush=True)
`

func main() {
	log.SetFlags(0)
	x, y := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	rng.New(1).Normal(x.RawMatrix().Data)
	rng.New(2).Normal(y.RawMatrix().Data)
	for i := range n {
		y.Set(i, 0, 1.2*y.At(i, 0)+.3)
	}
	sliced := func(threads int) (*transport.SlicedResult, float64) {
		runtime.GOMAXPROCS(threads)
		start := time.Now()
		r, err := transport.SlicedWasserstein(context.Background(), 2, x, nil, y, nil, directions, rng.New(3), transport.SlicedOptions{})
		check(err)
		return r, time.Since(start).Seconds()
	}
	first, _ := sliced(1)

	cmd := exec.Command("python3", "-c", fmt.Sprintf(worker, n, d, directions))
	cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	check(err)
	out, err := cmd.StdoutPipe()
	check(err)
	check(cmd.Start())
	for _, m := range []*mat.Dense{x, y, first.Directions} {
		check(binary.Write(in, binary.LittleEndian, m.RawMatrix().Data))
	}
	answers := bufio.NewReader(out)
	var times [4][]float64 // one thread, numpy, POT, two threads
	for range rounds {
		r, t := sliced(1)
		_, err = fmt.Fprintln(in)
		check(err)
		var numpy, pot, peer float64
		_, err = fmt.Fscan(answers, &numpy, &pot, &peer)
		check(err)
		if w := r.Distance().Value; math.Abs(w-peer) > 1e-9*w {
			log.Fatalf("distances differ: %v and POT's %v", w, peer)
		}
		_, two := sliced(2)
		for i, t := range []float64{t, numpy, pot, two} {
			times[i] = append(times[i], t)
		}
	}
	check(in.Close())
	check(cmd.Wait())
	var m [4]float64
	for i := range times {
		slices.Sort(times[i])
		m[i] = times[i][rounds/2]
	}
	fmt.Printf("sliced W₂ of %d points along %d directions: %.0f ms; numpy %.0f ms, ratio %.1f; POT %.0f ms, ratio %.1f; two threads %.0f ms, ratio %.2f\n",
		n, directions, 1e3*m[0], 1e3*m[1], m[1]/m[0], 1e3*m[2], m[2]/m[0], 1e3*m[3], m[0]/m[3])
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
