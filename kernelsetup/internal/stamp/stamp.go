// Package stamp says with what a notebook was run, so that somebody whose numbers
// differ learns first what else does.
package stamp

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/cellsum"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// A Stamp is what a run depends on. Fields that nothing is known of are empty.
type Stamp struct {
	Go         string            `json:"go"`
	Platform   string            `json:"platform"`  // as in linux/amd64
	Processor  string            `json:"processor"` // by its maker's name
	Kernel     string            `json:"kernel"`    // version of gonb
	Module     string            `json:"module"`
	Revision   string            `json:"revision,omitempty"` // of version control, with + where files were changed
	Library    string            `json:"library"`            // checksum of the sources that cells import
	Modules    map[string]string `json:"modules"`            // versions of what go.mod asks for
	GoSum      string            `json:"go_sum"`             // SHA-256
	Data       map[string]string `json:"data,omitempty"`     // SHA-256 by file
	Parameters map[string]string `json:"parameters,omitempty"`
	Source     string            `json:"source"` // checksum of the notebook's code
}

const field = "provenance"

// Store puts the stamp into a notebook's metadata.
func (s Stamp) Store(nb *nbformat.Notebook) error { return store(nb, field, s) }

// Remove takes a notebook's stamp away.
func Remove(nb *nbformat.Notebook) {
	if own := ours(nb); own[field] != nil {
		delete(own, field)
		put(nb, own)
	}
}

// Read returns a notebook's stamp, if it has one.
func Read(nb *nbformat.Notebook) (s Stamp, ok bool) {
	raw := ours(nb)[field]
	return s, raw != nil && json.Unmarshal(raw, &s) == nil
}

// ours returns what of a notebook's metadata this project wrote.
func ours(nb *nbformat.Notebook) map[string]json.RawMessage {
	own := make(map[string]json.RawMessage)
	_ = json.Unmarshal(nb.Metadata[cellsum.Key], &own) // what isn't an object isn't ours
	return own
}

// store writes one field of it.
func store(nb *nbformat.Notebook, field string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	own := ours(nb)
	own[field] = data
	put(nb, own)
	return nil
}

func put(nb *nbformat.Notebook, own map[string]json.RawMessage) {
	if len(own) == 0 {
		delete(nb.Metadata, cellsum.Key)
		return
	}
	data, err := json.Marshal(own)
	if err != nil {
		panic("stamp: " + err.Error()) // raw messages were decoded
	}
	if nb.Metadata == nil {
		nb.Metadata = make(map[string]json.RawMessage)
	}
	nb.Metadata[cellsum.Key] = data
}

// Sources returns the checksum of all of a notebook's code.
func Sources(nb *nbformat.Notebook) string {
	last := ""
	for _, sum := range cellsum.Sums(nb) {
		if sum != "" {
			last = sum
		}
	}
	return last
}

// A Row is a line of a stamp: what, and its value.
type Row struct{ What, Value string }

// Rows returns the stamp as a table.
func (s Stamp) Rows() []Row {
	rows := []Row{
		{"Go", s.Go},
		{"platform", s.Platform},
		{"processor", s.Processor},
		{"kernel", s.Kernel},
		{"module", s.Module},
		{"revision", s.Revision},
		{"library", s.Library},
		{"go.sum", s.GoSum},
		{"code", s.Source},
	}
	for _, part := range []struct {
		name string
		m    map[string]string
	}{{"parameter", s.Parameters}, {"data", s.Data}, {"module", s.Modules}} {
		for _, k := range slices.Sorted(maps.Keys(part.m)) {
			rows = append(rows, Row{part.name + " " + k, part.m[k]})
		}
	}
	return slices.DeleteFunc(rows, func(r Row) bool { return r.Value == "" })
}

// Differences says what two stamps differ in, what matters most first.
func Differences(was, is Stamp) []string {
	var out []string
	value := func(rows []Row, what string) string {
		for _, r := range rows {
			if r.What == what {
				return r.Value
			}
		}
		return "none"
	}
	a, b := was.Rows(), is.Rows()
	seen := make(map[string]bool)
	for _, r := range slices.Concat(a, b) {
		if seen[r.What] {
			continue
		}
		seen[r.What] = true
		if x, y := value(a, r.What), value(b, r.What); x != y {
			out = append(out, fmt.Sprintf("%s: %s then, %s now", r.What, x, y))
		}
	}
	// The code, the parameters and the data decide what a notebook computes; the
	// processor only its last digits.
	rank := func(s string) int {
		for i, prefix := range []string{"code", "parameter", "data", "library", "go.sum", "module", "kernel", "Go", "platform", "processor"} {
			if strings.HasPrefix(s, prefix) {
				return i
			}
		}
		return 99
	}
	slices.SortStableFunc(out, func(a, b string) int { return rank(a) - rank(b) })
	return out
}

// Processor returns the processor's name, "" where that can't be told.
func Processor() string {
	data, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for sc := bufio.NewScanner(bytes.NewReader(data)); sc.Scan(); {
		if name, value, ok := strings.Cut(sc.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// Platform returns the system and the architecture.
func Platform() string { return runtime.GOOS + "/" + runtime.GOARCH }
