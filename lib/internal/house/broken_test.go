package house

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestBroken breaks every rule once.
func TestBroken(t *testing.T) {
	for _, test := range []struct {
		name    string
		path    string
		imports []string
		what    string // what is reported, "" if nothing
		why     string
	}{
		{"stranger", "lib/attic", nil, "lib/attic is not in the table", whyTable},
		{"room within a room", "lib/measure/internal/fast", nil, "lib/measure/internal/fast is not in the table", whyTable},
		{"down", "lib/measure", []string{module + "/lib/rng"}, "", ""},
		{"far down", "lib/notebook", []string{module + "/lib/relation"}, "", ""},
		{"up", "lib/rng", []string{module + "/lib/measure"}, "lib/rng on floor 1 imports lib/measure on floor 2", whyFloor},
		{"across", "lib/thermo", []string{module + "/lib/diffusion"}, "lib/thermo on floor 5 imports lib/diffusion on floor 5", whyFloor},
		{"the standard library", "lib/rng", []string{"math/rand/v2", "context"}, "", ""},
		{"gonum", "lib/measure", []string{"gonum.org/v1/gonum/mat", "golang.org/x/sync/errgroup", "golang.org/x/sys/cpu"}, "", ""},
		{"plots below the pictures", "lib/bounds", []string{"gonum.org/v1/plot"}, "lib/bounds on floor 6 imports gonum.org/v1/plot", whyLight},
		{"the wrong part of golang.org/x", "lib/measure", []string{"golang.org/x/sys/unix"}, "lib/measure on floor 2 imports golang.org/x/sys/unix", whyLight},
		{"plots in the pictures", "lib/figure", []string{"gonum.org/v1/plot"}, "", ""},
		{"arrays in points", "lib/points", []string{"github.com/sbinet/npyio/npz"}, "", ""},
		{"arrays elsewhere", "lib/flow", []string{"github.com/sbinet/npyio"}, "lib/flow on floor 3 imports github.com/sbinet/npyio", whyLight},
		{"gonbui in notebook", "lib/notebook", []string{gonb + "/gonbui"}, "", ""},
		{"gonbui in a picture", "lib/figure", []string{gonb + "/gonbui"}, "lib/figure imports " + gonb + "/gonbui", whyGonb},
		{"gonbui in a command", "kernelsetup/internal/page", []string{gonb + "/gonbui"}, "kernelsetup/internal/page imports " + gonb + "/gonbui", whyGonb},
		{"gonbui in a test helper", "lib/flow/flowtest", []string{gonb + "/gonbui"}, "lib/flow/flowtest imports " + gonb + "/gonbui", whyGonb},
		{"test helper", "lib/flow", []string{module + "/lib/flow/flowtest"}, "lib/flow imports lib/flow/flowtest", whyTest},
		{"data", "lib/learn", []string{module + "/data"}, "lib/learn imports data", whyTest},
		{"test helper of a test helper", "lib/flow/flowtest", []string{module + "/lib/measure/measuretest", module + "/lib/bounds"}, "", ""},
		{"commands", "lib/notebook", []string{module + "/kernelsetup/internal/page"}, "lib/notebook imports kernelsetup/internal/page", whyLib},
		{"a command", "kernelsetup", []string{module + "/lib/figure", module + "/data", "github.com/alecthomas/kong"}, "", ""},
	} {
		got := broken([]pkg{{path: "lib/relation"}, {test.path, test.imports}})
		var want []string
		if test.what != "" {
			want = []string{test.what + ": " + test.why}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", test.name, got, want)
		}
	}
}

// TestRead looks at a made-up module in which some files don't count.
func TestRead(t *testing.T) {
	fsys := fstest.MapFS{}
	for name, src := range map[string]string{
		"go.mod":                    "module m\n",
		"README.md":                 "import \"nothing\"",
		"lib/rng/key.go":            "package rng\nimport (\n\"fmt\"\n\"os\"\n)\n",
		"lib/rng/key_test.go":       "package rng\nimport \"testing\"\n",
		"lib/rng/key_windows.go":    "//go:build !linux\n\npackage rng\nimport w \"windows\"\nimport _ \"os\"\n",
		"lib/rng/gen.go":            "//go:build ignore\n\npackage main\nimport \"generator\"\n",
		"lib/rng/testdata/x.go":     "this is no Go",
		"lib/internal/k/gen/go.mod": "module gen\n",
		"lib/internal/k/gen/gen.go": "package main\nimport \"avo\"\n",
		".ci/tools/tools.go":        "package tools\nimport \"tool\"\n",
	} {
		fsys[name] = &fstest.MapFile{Data: []byte(src)}
	}
	pkgs, err := read(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if len(pkgs) != 1 || pkgs[0].path != "lib/rng" || !slices.Equal(pkgs[0].imports, []string{"fmt", "os", "windows"}) {
		t.Errorf("got %+v", pkgs)
	}

	fsys["lib/rng/bad.go"] = &fstest.MapFile{Data: []byte("package")}
	if _, err := read(fsys); err == nil || !strings.Contains(err.Error(), "lib/rng/bad.go") {
		t.Errorf("a file that is no Go: %v", err)
	}
}
