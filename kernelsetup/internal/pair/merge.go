package pair

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// Merge gives the cells of a notebook that was read from text the ids, outputs and
// other metadata that their counterparts have in the notebook it is paired with:
// first those of the same type and source, in order, and then, between these, those
// in the same place, of which only the id is kept.
func Merge(text, notebook *nbformat.Notebook) {
	if len(notebook.Metadata) > 0 {
		text.Metadata = maps.Clone(notebook.Metadata)
	}
	text.Minor = notebook.Minor
	same := func(a, b *nbformat.Cell) bool { return a.Type == b.Type && a.Source == b.Source }
	pairs := common(text.Cells, notebook.Cells, same)
	pairs = append(pairs, [2]int{len(text.Cells), len(notebook.Cells)})
	i, j := 0, 0
	for _, p := range pairs {
		for ; i < p[0] && j < p[1]; i, j = i+1, j+1 { // changed in between
			if text.Cells[i].Type == notebook.Cells[j].Type {
				text.Cells[i].ID = notebook.Cells[j].ID
			}
		}
		if p[0] < len(text.Cells) {
			t, n := text.Cells[p[0]], notebook.Cells[p[1]]
			own := t.Metadata
			t.ID, t.Outputs, t.ExecutionCount, t.Attachments = n.ID, n.Outputs, n.ExecutionCount, n.Attachments
			t.Metadata = merged(own, n.Metadata)
		}
		i, j = p[0]+1, p[1]+1
	}
}

// merged returns a cell's metadata: what the text says, and what it doesn't hold.
func merged(text, notebook map[string]json.RawMessage) map[string]json.RawMessage {
	out := maps.Clone(text)
	for k, v := range notebook {
		hidden := len(options(&nbformat.Cell{Metadata: map[string]json.RawMessage{k: v}})) == 0
		if _, ok := out[k]; ok || !hidden {
			if ok && pythonJSON(out[k]) == visible(k, v) {
				out[k] = v // the same, with what only the notebook holds
			}
			continue
		}
		if out == nil {
			out = make(map[string]json.RawMessage)
		}
		out[k] = v
	}
	return out
}

// visible is what the text has of a value of metadata.
func visible(key string, v json.RawMessage) string {
	for _, w := range options(&nbformat.Cell{Metadata: map[string]json.RawMessage{key: v}}) {
		return w[len(key)+1:]
	}
	return ""
}

// common returns the longest list of pairs of equal elements that keeps the order
// of both.
func common(a, b []*nbformat.Cell, same func(a, b *nbformat.Cell) bool) [][2]int {
	n, m := len(a), len(b)
	length := make([][]int, n+1)
	for i := range length {
		length[i] = make([]int, m+1)
	}
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			if length[i][j] = max(length[i+1][j], length[i][j+1]); same(a[i], b[j]) {
				length[i][j] = max(length[i][j], 1+length[i+1][j+1])
			}
		}
	}
	var out [][2]int
	for i, j := 0, 0; i < n && j < m; {
		switch {
		case same(a[i], b[j]) && length[i][j] == 1+length[i+1][j+1]:
			out = append(out, [2]int{i, j})
			i, j = i+1, j+1
		case length[i+1][j] >= length[i][j+1]:
			i++
		default:
			j++
		}
	}
	return slices.Clip(out)
}
