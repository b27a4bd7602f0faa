// Command line times W₁ between weighted samples of a million points beside
// scipy, by turns and on one thread, and prints the ratio of the medians:
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

// The worker reads x, y and their weights, and answers each line with the
// seconds that it took and the distance.
const worker = `
import sys, time
import numpy as np
from scipy.stats import wasserstein_distance
x, y, a, b = np.frombuffer(sys.stdin.buffer.read(32 * %d)).reshape(4, -1)
for line in sys.stdin.buffer:
    start = time.perf_counter()
    w = wasserstein_distance(x, y, a, b)
    print(time.perf_counter() - start, repr(float(w)), flush=True)
`

func main() {
	log.SetFlags(0)
	runtime.GOMAXPROCS(1)
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
	var ours, theirs []float64
	for range rounds {
		start := time.Now()
		w, err := transport.Wasserstein1D(1, x, xw, y, yw)
		check(err)
		ours = append(ours, time.Since(start).Seconds())
		_, err = fmt.Fprintln(in)
		check(err)
		var t, peer float64
		_, err = fmt.Fscan(answers, &t, &peer)
		check(err)
		if math.Abs(w-peer) > 1e-9*w {
			log.Fatalf("distances differ: %v and scipy's %v", w, peer)
		}
		theirs = append(theirs, t)
	}
	check(in.Close())
	check(cmd.Wait())
	slices.Sort(ours)
	slices.Sort(theirs)
	a, b := ours[rounds/2], theirs[rounds/2]
	fmt.Printf("W₁ of %d weighted points: %.0f ms, scipy %.0f ms, ratio %.1f\n", n, 1e3*a, 1e3*b, b/a)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
