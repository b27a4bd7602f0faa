package house

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

const module = "github.com/wasserwerk-go/wasserwerk"

// room is the place of a package in the house.
type room struct {
	floor int
	also  []string // modules from outside that this package alone may import
}

// house is the plan, by path below the module. It has more rooms than are
// furnished.
var house = map[string]room{
	"lib":                 {floor: 0}, // documentation
	"lib/internal/house":  {floor: 0},
	"lib/internal/kernel": {floor: 0},
	"lib/internal/num":    {floor: 0},
	"lib/internal/par":    {floor: 0},
	"lib/course":          {floor: 0},
	"lib/course/guard":    {floor: 0},
	"lib/relation":        {floor: 0},
	"lib/rng":             {floor: 1},
	"lib/measure":         {floor: 2},
	"lib/flow":            {floor: 3},
	"lib/points":          {floor: 3, also: []string{"github.com/sbinet/npyio"}},
	"lib/transport":       {floor: 4},
	"lib/diffusion":       {floor: 5},
	"lib/metric":          {floor: 5},
	"lib/thermo":          {floor: 5},
	"lib/bounds":          {floor: 6},
	"lib/learn":           {floor: 6},
	"lib/derive":          {floor: 7},
	"lib/figure":          {floor: 7},
	"lib/figure/chartjs":  {floor: 6},
	"lib/catalogue":       {floor: 8},
	"lib/notebook":        {floor: 8, also: []string{gonb}},
}

const (
	// Below this floor, packages import from outside only what is in light.
	pictures = 7
	gonb     = "github.com/janpfeifer/gonb"
)

// light are the modules that every user of the library is asked to build.
var light = []string{"gonum.org/v1/gonum", "golang.org/x/sys/cpu", "golang.org/x/sync"}

// Why the rules are what they are; each failure quotes one.
const (
	whyTable = "every package of lib has its floor in the table in lib/internal/house, so that where it belongs is decided and not found"
	whyFloor = "a package imports only packages on lower floors: those on one floor don't know each other, " +
		"and what joins them lives above"
	whyLight = "packages below floor 7 build with gonum and golang.org/x/{sys/cpu,sync} alone, " +
		"so that a user of the numerics doesn't download pictures and notebooks"
	whyGonb = "only lib/notebook imports gonbui, so that everything else runs without a notebook"
	whyTest = "packages named …test and the data sets are for tests, notebooks and commands: " +
		"no user of the library should carry them"
	whyLib = "lib is what others import, so it imports only lib and modules from outside"
)

// pkg is a package and what its files import, tests aside.
type pkg struct {
	path    string
	imports []string
}

// broken returns what breaks the rules, one line each.
func broken(pkgs []pkg) []string {
	var lines []string
	for _, p := range pkgs {
		report := func(why, format string, args ...any) {
			lines = append(lines, fmt.Sprintf("%s %s: %s", p.path, fmt.Sprintf(format, args...), why))
		}
		inLib := below(p.path, "lib")
		own, known := house[p.path]
		if inLib && !known && !isTestHelper(p.path) {
			report(whyTable, "is not in the table")
			continue
		}
		for _, imp := range p.imports {
			inside := below(imp, module)
			switch rel := strings.TrimPrefix(imp, module+"/"); {
			case below(imp, gonb) && !allowed(own.also, imp):
				report(whyGonb, "imports %s", imp)
			case !inLib || isTestHelper(p.path):
			case inside && !below(rel, "lib") && !below(rel, "data"):
				report(whyLib, "imports %s", rel)
			case inside && (below(rel, "data") || isTestHelper(rel)):
				report(whyTest, "imports %s", rel)
			case inside:
				// A package that is not in the table is reported where it
				// is itself looked at.
				if other, ok := house[rel]; ok && other.floor >= own.floor {
					report(whyFloor, "on floor %d imports %s on floor %d", own.floor, rel, other.floor)
				}
			case own.floor < pictures && fromOutside(imp) && !allowed(light, imp) && !allowed(own.also, imp):
				report(whyLight, "on floor %d imports %s", own.floor, imp)
			}
		}
	}
	slices.Sort(lines)
	return lines
}

// below reports whether the path is that of dir or of something in it.
func below(p, dir string) bool { return p == dir || strings.HasPrefix(p, dir+"/") }

func allowed(modules []string, imp string) bool {
	return slices.ContainsFunc(modules, func(m string) bool { return below(imp, m) })
}

func isTestHelper(p string) bool { return strings.HasSuffix(path.Base(p), "test") }

// fromOutside tells a module's package from one of the standard library, whose
// first element has no dot.
func fromOutside(imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	return strings.Contains(first, ".")
}
