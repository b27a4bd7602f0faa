// Package strip takes out of a notebook what runs put into it, so that version
// control sees what people wrote.
package strip

import (
	"encoding/json"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/cellsum"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/stamp"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/status"
)

// Tags of cells that keep their outputs, as nbstripout has them.
var keep = []string{"keep_output", "keep-output"}

// Noise is metadata of cells that front ends and runs write.
var Noise = []string{"execution", "collapsed", "scrolled", "ExecuteTime"}

// Strip removes outputs, counts, times and checksums, but for cells that keep their
// outputs; also what a failed run left, and the stamp.
func Strip(nb *nbformat.Notebook) {
	status.Clear(nb)
	stamp.Remove(nb)
	for _, c := range nb.Cells {
		kept := false
		for _, tag := range keep {
			kept = kept || c.HasTag(tag)
		}
		var own struct {
			Keep bool `json:"keep_output"`
		}
		if raw, ok := c.Metadata["keep_output"]; ok {
			kept = kept || json.Unmarshal(raw, &own.Keep) == nil && own.Keep
		}
		if c.Type != nbformat.Code || kept {
			continue
		}
		c.Outputs, c.ExecutionCount = nil, 0
		cellsum.Store(c, "")
		for _, key := range Noise {
			delete(c.Metadata, key)
		}
	}
}
