// Command line times W₁ between samples of a million points, with weights and
// without, beside scipy, by turns and on one thread, and prints the ratios of the
// medians; and then what a second thread gives:
//
//	PYTHONPATH=… go run ./lib/transport/testdata/peers/line
//
// It takes a python3 that can import numpy and scipy.
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"log"
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"time"

	"github.com/wasserwerk-go/wasserwerk/lib/rng"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

const (
	n      = 1_000_000
	rounds = 9
)

// The worker reads x, y and their weights, and answers each line, which says
// whether to use the weights, with the seconds that it took and the distance.
const worker = `
import sys, time
import numpy as np
from scipy.stats import wasserstein_distance
x, y, a, b = np.frombuffer(sys.stdin.buffer.read(32 * %d)).reshape(4, -1)
for line in sys.stdin.buffer:
    start = time.perf_counter()
    w = wasserstein_distance(x, y, a, b) if line == b"weighted\n" else wasserstein_distance(x, y)
    print(time.perf_counter() - start, repr(float(w)), flush=True)
`

func main() {
	log.SetFlags(0)
	data := make([]float64, 4*n)
	x, y, xw, yw := data[:n], data[n:2*n], data[2*n:3*n], data[3*n:]
	rng.New(1).Normal(x)
	rng.New(2).Normal(y)
	rng.New(3).Uniform(xw)
	rng.New(4).Uniform(yw)
	for _, w := range [][]float64{xw, yw} {
		var sum float64
		for _, v := range w {
			sum += v
		}
		for i := range w {
			w[i] /= sum
		}
	}
	cmd := exec.Command("python3", "-c", fmt.Sprintf(worker, n))
	cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	check(err)
	out, err := cmd.StdoutPipe()
	check(err)
	check(cmd.Start())
	check(binary.Write(in, binary.LittleEndian, data))
	answers := bufio.NewReader(out)
	for _, kind := range []string{"weighted", "equal"} {
		if kind == "equal" {
			xw, yw = nil, nil
		}
		ours := func(threads int) (w, seconds float64) {
			runtime.GOMAXPROCS(threads)
			start := time.Now()
			w, err := transport.Wasserstein1D(1, x, xw, y, yw)
			check(err)
			return w, time.Since(start).Seconds()
		}
		var times [3][]float64 // one thread, scipy, two threads
		for range rounds {
			w, one := ours(1)
			_, err = fmt.Fprintln(in, kind)
			check(err)
			var t, peer float64
			_, err = fmt.Fscan(answers, &t, &peer)
			check(err)
			if math.Abs(w-peer) > 1e-9*w {
				log.Fatalf("distances differ: %v and scipy's %v", w, peer)
			}
			_, two := ours(2)
			for i, t := range []float64{one, t, two} {
				times[i] = append(times[i], t)
			}
		}
		var m [3]float64
		for i := range times {
			slices.Sort(times[i])
			m[i] = times[i][rounds/2]
		}
		fmt.Printf("W₁ of %d points, weights %s: %.0f ms; scipy %.0f ms, ratio %.1f; two threads %.0f ms, ratio %.2f\n",
			n, kind, 1e3*m[0], 1e3*m[1], m[1]/m[0], 1e3*m[2], m[0]/m[2])
	}
	check(in.Close())
	check(cmd.Wait())
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
