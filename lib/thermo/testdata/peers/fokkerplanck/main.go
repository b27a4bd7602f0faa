// Command fokkerplanck times the Fokker-Planck equation on the line, 1,000 cells and
// 1,000 implicit steps, beside the tridiagonal solvers of LAPACK on the same number of
// systems of that size, by turns and on one thread, and prints the ratios of the medians:
//
//	PYTHONPATH=… go run ./lib/thermo/testdata/peers/fokkerplanck
//
// It takes a python3 that can import numpy and scipy. Ours evaluates the force, makes the
// fluxes, factorises and solves at each step; theirs solves alone: dgtsv, which factorises
// too, against a potential that moves, and dpttrs, with factors at hand, against one that
// doesn't.
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"time"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
)

const worker = `
import sys, time
import numpy as np
from scipy.linalg import lapack
n = 1000
rng = np.random.default_rng(0)
a, b = 20 * rng.random(n - 1), 20 * rng.random(n - 1)
d = np.ones(n); d[:-1] += a; d[1:] += b
lower, upper = -a, -b
df, ef, _ = lapack.dpttrf(d + 1, -np.sqrt(a * b))
p = rng.random(n)
for line in sys.stdin:
    q, start = p.copy(), time.perf_counter()
    if line.strip() == "dgtsv":
        for _ in range(1000): q = lapack.dgtsv(lower, d, upper, q)[3]
    else:
        for _ in range(1000): q = lapack.dpttrs(df, ef, q)[0]
    print(time.perf_counter() - start, flush=True)
`

func main() {
	log.SetFlags(0)
	runtime.GOMAXPROCS(1)
	cmd := exec.Command("python3", "-c", worker)
	cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		log.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		log.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		log.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	peer := func(name string) float64 {
		fmt.Fprintln(in, name)
		var s float64
		if !lines.Scan() {
			log.Fatal("no answer from python3")
		}
		if _, err := fmt.Sscan(lines.Text(), &s); err != nil {
			log.Fatal(err)
		}
		return s
	}
	start, _, err := measure.GridOf(measure.Normal(0, .5), measure.Axis{Lo: -3, Hi: 3, N: 1000})
	if err != nil {
		log.Fatal(err)
	}
	force := flow.FieldFunc(func(t float64) flow.Map {
		return flow.LineMap(func(x float64) float64 { return -4*x*(x*x-1) + t })
	})
	ours := func(static bool) float64 {
		begin := time.Now()
		_, err := thermo.FokkerPlanck(context.Background(), start, force, func(float64) float64 { return .3 }, thermo.FokkerPlanckOptions{Steps: 1000, Keep: 1, Static: static})
		if err != nil {
			log.Fatal(err)
		}
		return time.Since(begin).Seconds()
	}
	for name, static := range map[string]bool{"dgtsv": false, "dpttrs": true} {
		var a, b []float64
		for range 15 {
			a, b = append(a, ours(static)), append(b, peer(name))
		}
		slices.Sort(a)
		slices.Sort(b)
		fmt.Printf("static %-5v  %5.1f ms, %s %5.1f ms: ours takes %.2f of its time\n", static, 1e3*a[7], name, 1e3*b[7], a[7]/b[7])
	}
	if err := in.Close(); err != nil {
		log.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		log.Fatal(err)
	}
}
