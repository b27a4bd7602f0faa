// Package cellsum tells by checksums whether outputs belong to the code that they
// stand below.
package cellsum

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gocell"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// Key is the name of this project's metadata in notebooks and cells. The field
// source of a cell's is the checksum of the code that made its outputs.
const Key = "wasserwerk"

// Sums returns the checksum of each code cell, "" for others: of its source and of
// the declarations in the cells before it, all that a program of GoNB is made of.
func Sums(nb *nbformat.Notebook) []string {
	sums := make([]string, len(nb.Cells))
	before := sha256.New()
	for i, c := range nb.Cells {
		if c.Type != nbformat.Code {
			continue
		}
		cell := gocell.Read(c.Source)
		h := sha256.New()
		fmt.Fprintf(h, "%x\x00%s", before.Sum(nil), c.Source)
		sums[i] = hex.EncodeToString(h.Sum(nil)[:8])
		fmt.Fprintf(before, "%s\x00", strings.TrimSpace(cell.Declarations))
		for _, s := range cell.Specials {
			if w := s.Word(); w != "%%" && w != "%main" {
				fmt.Fprintf(before, "%s\x00", s.Text)
			}
		}
	}
	return sums
}

// Stored returns the checksum that a cell's metadata hold, "" if they hold none.
func Stored(c *nbformat.Cell) string {
	var own struct{ Source string }
	if json.Unmarshal(c.Metadata[Key], &own) != nil {
		return ""
	}
	return own.Source
}

// Store puts a checksum into a cell's metadata, and takes it away if it is "".
func Store(c *nbformat.Cell, sum string) {
	own := make(map[string]json.RawMessage)
	_ = json.Unmarshal(c.Metadata[Key], &own) // what isn't an object isn't ours
	delete(own, "source")
	if sum != "" {
		own["source"] = json.RawMessage(`"` + sum + `"`)
	}
	if len(own) == 0 {
		delete(c.Metadata, Key)
		return
	}
	data, err := json.Marshal(own)
	if err != nil {
		panic("cellsum: " + err.Error()) // raw messages were decoded
	}
	if c.Metadata == nil {
		c.Metadata = make(map[string]json.RawMessage)
	}
	c.Metadata[Key] = data
}

// Tree returns a checksum of the Go and assembly sources below a folder, and of the
// files beside them that builds depend on: go.mod, go.sum and lists of checksums of
// data.
func Tree(root string) (string, error) {
	h := sha256.New()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		switch {
		case d.IsDir() && (base == "testdata" || name != root && strings.HasPrefix(base, ".")):
			return fs.SkipDir
		case d.IsDir(), strings.HasSuffix(base, "_test.go"):
			return nil
		case !slices.Contains([]string{".go", ".s", ".mod", ".sum", ".js"}, filepath.Ext(base)) && base != "SHA256SUMS":
			return nil
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		fmt.Fprintf(h, "%s %d\n", filepath.ToSlash(rel), len(data))
		h.Write(data)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)), err
}
