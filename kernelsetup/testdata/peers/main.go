// Command peers times what a reader waits for, and prints medians:
//
//	go run ./kernelsetup/testdata/peers [notebook]
//
// It executes a notebook and makes its page, by turns with this command and with
// jupyter nbconvert --execute --to html, in the same kernel; and it runs, each time
// edited, a cell that computes a bound and draws it. It takes a jupyter with
// nbconvert on PATH, and the kernel installed: go run ./kernelsetup install.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/jupyter"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/kernelspec"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/stamp"
)

const rounds = 7

func main() {
	log.SetFlags(0)
	p, err := gotool.FindProject(".")
	if err != nil {
		log.Fatal(err)
	}
	notebook := filepath.Join(p.Root, "notebooks", "00-start.ipynb")
	if len(os.Args) > 1 {
		notebook = os.Args[1]
	}
	temp, err := os.MkdirTemp("", "peers-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(temp)
	fmt.Printf("%s, %d processors, %s\n", stamp.Processor(), runtime.NumCPU(), runtime.Version())
	page(p, notebook, temp)
	if err := cell(p, temp); err != nil {
		log.Fatal(err)
	}
}

// page times pages, by turns; the first round isn't counted.
func page(p gotool.Project, notebook, temp string) {
	ours := []string{"go", "run", "./kernelsetup", "run", notebook}
	theirs := []string{"jupyter", "nbconvert", "--to", "html", "--execute", "--ExecutePreprocessor.kernel_name=gonb", "--output-dir", temp, notebook}
	var a, b, ratio []float64
	for i := range rounds + 1 {
		x, y := timed(p.Root, ours), timed(p.Root, theirs)
		if i > 0 {
			a, b, ratio = append(a, x), append(b, y), append(ratio, y/x)
		}
	}
	fmt.Printf("%s to its page: %.2f s, jupyter nbconvert %.2f s, ratio %.2f (%.2f to %.2f)\n",
		filepath.Base(notebook), median(a), median(b), median(ratio), slices.Min(ratio), slices.Max(ratio))
}

func timed(dir string, args []string) float64 {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		log.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return time.Since(began).Seconds()
}

const heavy = `import (
	"github.com/janpfeifer/must"

	"github.com/wasserwerk-go/wasserwerk/lib/bounds"
	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/figure"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/notebook"
)

%%
f := diffusion.Noising(measure.Bimodal(0.9, 0.4+0.001*EDIT), diffusion.Cosine{}).Flow
r := must.M1(bounds.SpeedAccuracy(notebook.Context(), f, measure.Normal(1, 1), bounds.Options{}))
notebook.Show(r.Relations())
notebook.Show(figure.SpeedAccuracy(r))
`

// cell times a heavy cell, edited each time.
func cell(p gotool.Project, temp string) error {
	ctx := context.Background()
	dir, err := kernelspec.Dir(p.Kernel())
	if err != nil {
		return err
	}
	spec, err := kernelspec.Read(dir)
	if err != nil {
		return err
	}
	k, err := jupyter.Start(ctx, jupyter.Command{Argv: spec.Argv, Env: spec.Environ(os.Environ()), Dir: p.Root, Temp: temp})
	if err != nil {
		return err
	}
	defer k.Shutdown(time.Second)
	var took []float64
	for i := range 4*rounds + 1 {
		code := strings.Replace(heavy, "EDIT", fmt.Sprint(i), 1)
		began := time.Now()
		reply, err := k.Execute(ctx, code, time.Minute, func(jupyter.Event) {})
		if err != nil {
			return err
		}
		if !reply.OK {
			return fmt.Errorf("the cell fails: %s", reply.EValue)
		}
		if i > 0 {
			took = append(took, time.Since(began).Seconds())
		}
	}
	fmt.Printf("a heavy cell, edited: median %.2f s (%.2f to %.2f) of %d\n", median(took), slices.Min(took), slices.Max(took), len(took))
	return nil
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return (x[len(x)/2] + x[(len(x)-1)/2]) / 2
}
