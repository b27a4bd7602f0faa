package command

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/atomicfile"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/cellsum"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gocell"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// A run can be resumed from its executed copy, as long as the library is the same:
// the checksum of that lies beside the copies.

// basis is the file that holds what the executed copy of a notebook rests on.
func (k *kernel) basis(j *job) string {
	return filepath.Join(k.build("resume"), j.base)
}

// resume returns what a run may keep of the last one, nil if nothing.
func (k *kernel) resume(j *job) func(*nbformat.Cell) ([]nbformat.Output, bool) {
	sum, err := k.library()
	if err != nil {
		k.sayf("%s: nothing of the last run can be kept: %v", j.name, err)
		return nil
	}
	was, err := os.ReadFile(k.basis(j))
	if err != nil || string(was) != sum {
		return nil
	}
	last, err := nbformat.ReadFile(j.copy)
	if err != nil {
		return nil
	}
	before := make(map[string]*nbformat.Cell)
	for _, c := range last.Cells {
		before[c.ID] = c
	}
	sums := cellsum.Sums(j.nb)
	return func(c *nbformat.Cell) ([]nbformat.Output, bool) {
		old := before[c.ID]
		if old == nil || old.ExecutionCount == 0 || !pure(c) {
			return nil, false
		}
		failed := slices.ContainsFunc(old.Outputs, func(o nbformat.Output) bool { return o.Type == nbformat.Error })
		if failed || cellsum.Stored(old) != sums[slices.Index(j.nb.Cells, c)] {
			return nil, false
		}
		return old.Outputs, true
	}
}

// pure reports whether a cell's program is all that running it does.
func pure(c *nbformat.Cell) bool {
	cell := gocell.Read(c.Source)
	for _, s := range cell.Specials {
		if w := s.Word(); w != "%%" && w != "%main" {
			return false
		}
	}
	return cell.HasProgram
}

// keepBasis notes what the executed copy rests on.
func (k *kernel) keepBasis(j *job) {
	if sum, err := k.library(); err == nil {
		_ = atomicfile.Write(k.basis(j), []byte(sum), 0o644) // or nothing will be kept
	}
}
