// Command sampling times the probability flow of 10,000 particles in the plane,
// 100 steps of Heun's method on a mixture of 25 normals with its exact velocity,
// beside PyTorch in float64 on the CPU, by turns and on one thread, and prints the
// ratios of the medians; and then what a second thread gives:
//
//	PYTHONPATH=… go run ./lib/diffusion/testdata/peers/sampling
//
// It takes a python3 that can import numpy and torch. PyTorch's side is written in
// two ways, each with every coefficient that depends on time alone computed
// beforehand, which is not timed: by broadcasting, as one writes it down, and by
// matrix products on monomials of the coordinates, with results written in place,
// on all particles at once and in chunks that fit the cache, whichever is faster.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

const (
	n      = 10_000
	steps  = 100
	rounds = 5
)

// The worker reads the problem from one line, and answers each further one with
// the seconds that the forms took and the first particle's end by each.
const worker = `
import json, sys, time
import numpy as np
import torch
torch.set_num_threads(1)
torch.set_grad_enabled(False)
p = json.loads(sys.stdin.readline())
T = lambda a: torch.tensor(np.array(a), dtype=torch.float64)
x0, w, mu, cov, full = T(p["X"]), T(p["Weights"]), T(p["Means"]), T(p["Covs"]), p["Full"]
times, coeffs = p["Times"], p["Coeffs"]
K, eye = len(w), torch.eye(2, dtype=torch.float64)

class At:
    """Everything that depends on time alone."""
    def __init__(self, m, dm, var, dvar):
        self.mean, self.offset = m * mu, dm * mu
        S = m * m * cov + var * eye
        P = torch.linalg.inv(S)
        G = (m * dm * cov + 0.5 * dvar * eye) @ P
        self.peak = torch.log(w) - 0.5 * torch.logdet(S)
        if full:
            self.P, self.G = P, G
            lin = torch.einsum("kij,kj->ki", P, self.mean)
            self.c = self.peak - 0.5 * (self.mean * lin).sum(1)
            self.W = torch.stack([-0.5 * P[:, 0, 0], -P[:, 0, 1], -0.5 * P[:, 1, 1], lin[:, 0], lin[:, 1]]).contiguous()
            b = self.offset - torch.einsum("kij,kj->ki", G, self.mean)
            self.V = torch.cat([b, G.reshape(K, 4)], 1).contiguous()
        else:
            self.s, self.g = S[:, 0, 0].clone(), G[:, 0, 0].clone()
            self.c = self.peak - 0.5 * (self.mean ** 2).sum(1) / self.s
            self.W = torch.stack([-0.5 / self.s, self.mean[:, 0] / self.s, self.mean[:, 1] / self.s]).contiguous()
            self.V = torch.cat([self.offset - self.g[:, None] * self.mean, self.g[:, None]], 1).contiguous()

def broadcast(a, x):
    z = x[:, None, :] - a.mean
    if full:
        r = torch.softmax(a.peak - 0.5 * torch.einsum("nki,kij,nkj->nk", z, a.P, z), 1)
        return (r[:, :, None] * (a.offset + torch.einsum("kij,nkj->nki", a.G, z))).sum(1)
    r = torch.softmax(a.peak - 0.5 * (z ** 2).sum(2) / a.s, 1)
    return (r[:, :, None] * (a.offset + a.g[:, None] * z)).sum(1)

class Product:
    def __init__(self, rows):
        self.f = torch.empty(rows, 5 if full else 3, dtype=torch.float64)
        self.l = torch.empty(rows, K, dtype=torch.float64)
        self.r = torch.empty(rows, K, dtype=torch.float64)
        self.v = torch.empty(rows, 6 if full else 3, dtype=torch.float64)
        self.t = torch.empty(rows, 2, dtype=torch.float64)
    def __call__(self, a, x):
        f, v = self.f, self.v
        if full:
            torch.mul(x, x[:, :1], out=f[:, :2])
            torch.mul(x[:, 1], x[:, 1], out=f[:, 2])
            f[:, 3:] = x
        else:
            torch.mul(x, x, out=self.t)
            torch.sum(self.t, 1, out=f[:, 0])
            f[:, 1:] = x
        torch.addmm(a.c, f, a.W, out=self.l)
        torch.softmax(self.l, 1, out=self.r)
        torch.mm(self.r, a.V, out=v)
        if full:
            out = torch.addcmul(v[:, :2], v[:, 2::2], x[:, :1])
            return out.addcmul_(v[:, 3::2], x[:, 1:])
        return torch.addcmul(v[:, :2], v[:, 2:], x)

ats = [At(*c) for c in coeffs]

def heun(field, x):
    x = x.clone()
    for i in range(len(times) - 1):
        h = times[i + 1] - times[i]
        k = field(ats[i], x)
        k2 = field(ats[i + 1], x + h * k)
        x += 0.5 * h * (k + k2)
    return x

def chunked(rows):
    fields = {}
    def run(x):
        out = []
        for part in x.split(rows):
            f = fields.setdefault(len(part), Product(len(part)))
            out.append(heun(f, part))
        return torch.cat(out)
    return run

forms = [lambda x: heun(broadcast, x), chunked(len(x0)), chunked(2000), chunked(500)]
for line in sys.stdin:
    answer = {"Seconds": [], "X": []}
    for form in forms:
        start = time.perf_counter()
        x = form(x0)
        answer["Seconds"].append(time.perf_counter() - start)
        answer["X"].append(x[:50].tolist())
    print(json.dumps(answer), flush=True)
`

type problem struct {
	X, Means [][]float64
	Weights  []float64
	Covs     [][2][2]float64
	Full     bool
	Times    []float64
	Coeffs   [][4]float64
}

func main() {
	log.SetFlags(0)
	for _, full := range []bool{false, true} {
		compare(full)
	}
}

func compare(full bool) {
	p := problem{Full: full, Times: flow.Times(1, .001, steps)}
	schedule := diffusion.VPLinear{}
	for _, t := range p.Times {
		c := schedule.At(t)
		p.Coeffs = append(p.Coeffs, [4]float64{c.M, c.DM, c.Var, c.DVar})
	}
	var parts []*measure.Gaussian
	for k := range 25 {
		cov := [2][2]float64{{.04, 0}, {0, .04}}
		if full {
			a := .03 * math.Sin(float64(k))
			cov = [2][2]float64{{.04 + a/3, a}, {a, .05}}
		}
		mean := []float64{float64(k%5 - 2), float64(k/5 - 2)}
		g, err := measure.NewGaussian(mean, mat.NewSymDense(2, []float64{cov[0][0], cov[0][1], cov[1][0], cov[1][1]}))
		check(err)
		parts = append(parts, g)
		p.Means, p.Covs, p.Weights = append(p.Means, mean), append(p.Covs, cov), append(p.Weights, 1+float64(k%3))
	}
	data, err := measure.NewMixture(p.Weights, parts)
	check(err)
	x := mat.NewDense(n, 2, nil)
	rng.New(1).Normal(x.RawMatrix().Data)
	for i := range n {
		p.X = append(p.X, x.RawRowView(i))
	}
	var end *mat.Dense
	sample := func(threads int) float64 {
		runtime.GOMAXPROCS(threads)
		start := time.Now()
		for s, err := range diffusion.Sample(context.Background(), x, diffusion.Exact(data, schedule), p.Times, diffusion.Heun{}, nil, diffusion.SampleOptions{}) {
			check(err)
			end = s.X
		}
		return time.Since(start).Seconds()
	}

	cmd := exec.Command("python3", "-c", worker)
	cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "MKL_NUM_THREADS=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	check(err)
	out, err := cmd.StdoutPipe()
	check(err)
	check(cmd.Start())
	check(json.NewEncoder(in).Encode(p))
	answers := json.NewDecoder(bufio.NewReader(out))
	ask := func() (a struct {
		Seconds []float64
		X       [][][]float64
	},
	) {
		_, err := fmt.Fprintln(in)
		check(err)
		check(answers.Decode(&a))
		return a
	}
	ask() // both sides warm up
	sample(1)
	times := make([][]float64, 6) // one thread, two threads, the four forms
	for range rounds {
		times[0] = append(times[0], sample(1))
		a := ask()
		times[1] = append(times[1], sample(2))
		for f, xs := range a.X {
			times[2+f] = append(times[2+f], a.Seconds[f])
			for i, row := range xs {
				for j, v := range row {
					if d := math.Abs(v - end.At(i, j)); !(d < 1e-8) {
						log.Fatalf("particle %d is at %v, PyTorch's form %d has %v", i, end.RawRowView(i), f, row)
					}
				}
			}
		}
	}
	check(in.Close())
	check(cmd.Wait())
	median := func(ts []float64) float64 {
		slices.Sort(ts)
		return ts[len(ts)/2]
	}
	var m []float64
	for _, ts := range times {
		m = append(m, median(ts))
	}
	kind := map[bool]string{false: "isotropic", true: "full"}[full]
	best := slices.Min(m[3:])
	fmt.Printf("%s covariances: %.0f ms; PyTorch by broadcasting %.0f ms, ratio %.1f; by matrix products %.0f ms (all at once %.0f, chunks of 2000 %.0f, of 500 %.0f), ratio %.2f; two threads %.0f ms, ratio %.2f\n",
		kind, 1e3*m[0], 1e3*m[2], m[2]/m[0], 1e3*best, 1e3*m[3], 1e3*m[4], 1e3*m[5], best/m[0], 1e3*m[1], m[0]/m[1])
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
