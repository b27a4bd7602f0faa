package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/lint"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/plaintext"
)

type lintCmd struct {
	Notebooks []string `arg:"" optional:"" name:"notebook" help:"Paths, or names of notebooks in notebooks/."`
	All       bool     `help:"Look at every notebook in notebooks/."`
	Disable   []string `placeholder:"RULE" help:"Leave out what these rules find."`
	JSON      bool     `help:"Print findings as JSON."`
	Rules     bool     `help:"List the rules."`
}

func (c *lintCmd) Run(a *app) error {
	if c.Rules {
		for _, r := range slices.Sorted(maps.Keys(lint.Rules)) {
			fmt.Fprintf(a.stdout, "%-9s %s\n", r, lint.Rules[r])
		}
		return nil
	}
	for _, r := range c.Disable {
		if lint.Rules[r] == "" {
			return fmt.Errorf("lint: there is no rule %q; --rules lists them", r)
		}
	}
	names := c.Notebooks
	switch {
	case c.All == (len(names) > 0):
		return errors.New("lint: give notebooks, or --all")
	case c.All:
		names = a.notebooks()
	}
	type located struct {
		Notebook string `json:"notebook"`
		lint.Finding
	}
	found := []located{}
	var worst error
	for _, name := range names {
		file := a.resolve(name)
		nb, err := nbformat.ReadFile(file)
		var data []byte
		if err == nil {
			data, err = os.ReadFile(file)
		}
		if err != nil {
			a.sayf("%s: %v", a.path(file), readable(err, file))
			worst = errReported
			continue
		}
		for _, f := range lint.Check(nb, nbformat.WithoutIDs(data), lint.Options{Dir: filepath.Dir(file), Disable: c.Disable}) {
			found = append(found, located{a.path(file), f})
		}
	}
	if c.JSON {
		enc := json.NewEncoder(a.stdout)
		enc.SetIndent("", "  ")
		if err := enc.Encode(found); err != nil {
			return err
		}
	} else {
		for _, f := range found {
			fmt.Fprintf(a.stdout, "%s: %s\n", f.Notebook, plaintext.Line(f.String()))
		}
	}
	if len(found) > 0 {
		worst = worse(worst, errFindings)
	}
	return worst
}
