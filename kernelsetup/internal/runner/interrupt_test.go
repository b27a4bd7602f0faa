//go:build unix

package runner_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/jupyter"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/kerneltest"
)

// A cell in the midst of a long sampler, interrupted as Jupyter does that, stops,
// says so, and keeps what it drew.
func TestInterruptedSampler(t *testing.T) {
	k := kerneltest.Start(t)
	begun, wait := kerneltest.Begun(t)
	interrupted := make(chan time.Time, 1)
	go func() {
		wait(t.Context())
		interrupted <- time.Now()
		_ = syscall.Kill(k.PID(), syscall.SIGINT)
	}()
	var types []string
	var said strings.Builder
	reply, err := k.Execute(t.Context(), `import (
	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/figure"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/notebook"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)
%%
notebook.Show(figure.Lines([]float64{0, 1}, []string{"drawn"}, []float64{0, 1}))
grid := floats.Span(make([]float64, 20_001), 0.99, 0)
start := mat.NewDense(300_000, 1, nil)
rng.New(1).Normal(start.RawMatrix().Data)
model := diffusion.Exact(measure.Bimodal(2, 0.3), diffusion.Cosine{})
steps := 0
for _, err := range diffusion.Sample(notebook.Context(), start, model, grid, diffusion.DDIM{}, flow.KeyNoise(rng.New(2)), diffusion.SampleOptions{}) {
	if err != nil {
		fmt.Println("stopped:", errors.Is(err, context.Canceled), steps > 1, err)
		break
	}
	if steps++; steps == 2 {
		`+begun+`
	}
}`, time.Minute, func(e jupyter.Event) {
		types = append(types, e.Type)
		said.Write(e.Content)
	})
	if err != nil || !reply.OK || len(interrupted) == 0 {
		t.Fatalf("%v, %+v; it said %s", err, reply, said.String())
	}
	took := time.Since(<-interrupted)
	if text := said.String(); types[0] != "display_data" || !strings.Contains(text, "image/svg+xml") || !strings.Contains(text, "stopped: true true") {
		t.Errorf("it put out %q: %.300s", types, text)
	}
	if took > 10*time.Second { // a second on a machine that has nothing else to do
		t.Errorf("it took %v to stop", took)
	}
	t.Logf("it stopped in %v", took)
}
