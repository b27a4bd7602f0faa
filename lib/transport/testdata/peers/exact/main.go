// Command exact times optimal plans between points beside POT, by turns, on the
// same input and one thread, the matrix of costs included for both, and prints
// the ratios of the medians:
//
//	PYTHONPATH=… go run ./lib/transport/testdata/peers/exact [-only EXPRESSION] [-large]
//
// It takes a python3 that can import numpy and ot. Costs must agree to 10⁻⁹. With
// -large it solves 100,000 points as well, which no peer does, and prints what
// the certificate says and how much memory the process has had.
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/rng"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// A problem is n points and n others in d dimensions.
type problem struct {
	n, d           int
	points, masses string
	rounds         int
	a, b           []float64
	x, y           *mat.Dense
}

// The worker reads a problem and answers with the seconds that POT takes and the
// cost of its plan.
const worker = `
import sys, time
import numpy as np
import ot
while line := sys.stdin.buffer.readline():
    n, d = map(int, line.split())
    data = np.frombuffer(sys.stdin.buffer.read(16 * n * (d + 1)))
    a, b = data[:2 * n].reshape(2, n)
    x, y = data[2 * n:].reshape(2, n, d)
    start = time.perf_counter()
    c = ot.dist(x, y)
    p, log = ot.emd(a, b, c, numItermax=1_000_000_000, log=True)
    print(time.perf_counter() - start, repr(float(log["cost"])), flush=True)
`

func main() {
	log.SetFlags(0)
	only := flag.String("only", ".", "the problems whose `name` matches, such as \"2000 .* clusters\"")
	large := flag.Bool("large", false, "solve 100,000 points, without a peer")
	flag.Parse()
	wanted, err := regexp.Compile(*only)
	check(err)
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
	fmt.Print("\n| exact plan | wasserwerk | POT | ratio |\n|---|---:|---:|---:|\n")
	for _, n := range []int{2000, 4000, 8000, 10000} {
		for _, points := range []string{"square", "clusters"} {
			for _, masses := range []string{"uniform", "random"} {
				compare(problem{n: n, d: 2, points: points, masses: masses, rounds: max(1, 10000/n)}, wanted, in, answers)
			}
		}
	}
	compare(problem{n: 2000, d: 50, points: "square", masses: "uniform", rounds: 5}, wanted, in, answers)
	check(in.Close())
	check(cmd.Wait())
	if *large {
		alone(problem{n: 100_000, d: 2, points: "square", masses: "random"})
	}
}

func (p *problem) String() string {
	return fmt.Sprintf("%d points, d = %d, %s, %s masses", p.n, p.d, p.points, p.masses)
}

func compare(p problem, wanted *regexp.Regexp, in io.Writer, answers io.Reader) {
	if !wanted.MatchString(p.String()) {
		return
	}
	var ours, peers, ratios []float64
	for round := range p.rounds {
		p.draw(rng.New(1).Named(p.String()).Fold(uint64(round)))
		runtime.GC()
		start := time.Now()
		plan, err := transport.Solve(context.Background(), p.a, p.b, transport.SquaredEuclidean{X: p.x, Y: p.y}, transport.SolveOptions{})
		seconds := time.Since(start).Seconds()
		check(err)
		_, err = fmt.Fprintln(in, p.n, p.d)
		check(err)
		for _, v := range [][]float64{p.a, p.b, p.x.RawMatrix().Data, p.y.RawMatrix().Data} {
			check(binary.Write(in, binary.LittleEndian, v))
		}
		var peer, cost float64
		_, err = fmt.Fscan(answers, &peer, &cost)
		check(err)
		if math.Abs(plan.Cost()-cost) > 1e-9*cost || plan.DualityGap() > 1e-10*cost {
			log.Fatalf("%v: cost %v with gap %v, POT's is %v", &p, plan.Cost(), plan.DualityGap(), cost)
		}
		ours, peers, ratios = append(ours, seconds), append(peers, peer), append(ratios, peer/seconds)
	}
	fmt.Printf("| %v | %.3g s | %.3g s | %.1f |\n", &p, median(ours), median(peers), median(ratios))
}

func alone(p problem) {
	p.draw(rng.New(1).Named(p.String()))
	start := time.Now()
	plan, err := transport.Solve(context.Background(), p.a, p.b, transport.SquaredEuclidean{X: p.x, Y: p.y}, transport.SolveOptions{})
	seconds := time.Since(start).Seconds()
	check(err)
	fmt.Printf("\n%v: %.1f s, %d pairs, cost %v, duality gap %.1e, peak memory %s (%s)\n",
		&p, seconds, plan.Len(), plan.Cost(), plan.DualityGap(), peak(), plan.Method())
}

// peak returns the most memory that the process has had, as Linux says.
func peak() string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			return strings.TrimSpace(rest)
		}
	}
	return "unknown"
}

// draw makes the points, uniform in a cube or in ten clusters of width 0.02, and
// the masses.
func (p *problem) draw(key rng.Key) {
	centres := make([]float64, 10*p.d)
	key.Named("centres").Uniform(centres)
	side := func(name string) (w []float64, x *mat.Dense) {
		key := key.Named(name)
		x = mat.NewDense(p.n, p.d, nil)
		data := x.RawMatrix().Data
		if p.points == "clusters" {
			key.Normal(data)
			for i := range data {
				data[i] = centres[i/p.d%10*p.d+i%p.d] + 0.02*data[i]
			}
		} else {
			key.Uniform(data)
		}
		w = make([]float64, p.n)
		if p.masses == "random" {
			key.Named("masses").Uniform(w)
		} else {
			for i := range w {
				w[i] = 1
			}
		}
		sum := 0.0
		for _, v := range w {
			sum += v
		}
		for i := range w {
			w[i] /= sum
		}
		return w, x
	}
	p.a, p.x = side("x")
	p.b, p.y = side("y")
}

func median(x []float64) float64 {
	s := slices.Clone(x)
	slices.Sort(s)
	return s[len(s)/2]
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
