package course

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbgrader"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/sandbox"
)

// code makes a cell of a sheet.
func code(kind nbgrader.Kind, id string, points int, source string) *nbformat.Cell {
	c := &nbformat.Cell{ID: id, Type: nbformat.Code, Source: source}
	m := nbgrader.Meta{Version: 3, GradeID: id}
	switch kind {
	case nbgrader.Plain:
		return c
	case nbgrader.Answer:
		m.Solution = true
	case nbgrader.Tests:
		m.Grade, m.Locked, m.Points = true, true, json.Number(fmt.Sprint(points))
	case nbgrader.ReadOnly:
		m.Locked = true
	case nbgrader.Manual:
		m.Grade, m.Solution, m.Points = true, true, json.Number(fmt.Sprint(points))
		c.Type = nbformat.Markdown
	}
	m.Store(c)
	return c
}

// sheetCells are those of a small sheet: two questions, of which the second builds on the
// first, and one that is marked by hand.
func sheetCells() []*nbformat.Cell {
	return []*nbformat.Cell{
		{ID: "title", Type: nbformat.Markdown, Source: "# A sheet"},
		code(nbgrader.ReadOnly, "imports", 0, "import (\n\t\"math\"\n\n\t\"gonum.org/v1/gonum/floats\"\n\n\t\"github.com/wasserwerk-go/wasserwerk/lib/course\"\n\t\"github.com/wasserwerk-go/wasserwerk/lib/rng\"\n)"),
		code(nbgrader.Plain, "id", 0, "const id = \"you\""),
		code(nbgrader.ReadOnly, "data", 0, "// numbers are your own.\nfunc numbers() []float64 {\n\tr := rng.New(1).Named(course.Student(id)).Rand()\n\tx := make([]float64, 50)\n\tfor i := range x {\n\t\tx[i] = r.NormFloat64()\n\t}\n\treturn x\n}"),
		code(nbgrader.Answer, "mean", 0, "// mean returns the mean.\nfunc mean(x []float64) float64 {\n\t// BEGIN SOLUTION\n\treturn floats.Sum(x) / float64(len(x))\n\t// END SOLUTION\n}"),
		code(nbgrader.Tests, "q1", 4, "// BEGIN HIDDEN TESTS\n// wanted is what is asked for.\nfunc wanted() float64 { return floats.Sum(numbers()) / 50 }\n// END HIDDEN TESTS\n%%\ncourse.Grade(\"q1\",\n\tcourse.Check(\"of three numbers\", 1,\n\t\tfunc() float64 { return mean([]float64{1, 2, 6}) },\n\t\tfunc(x float64) course.Answer { return course.Near(\"\", x, 3, 1e-9) }),\n\t// BEGIN HIDDEN TESTS\n\tcourse.Check(\"of your own\", 3,\n\t\tfunc() float64 { return mean(numbers()) },\n\t\tfunc(x float64) course.Answer { return course.Near(\"\", x, wanted(), 1e-9) }),\n\t// END HIDDEN TESTS\n)"),
		code(nbgrader.Answer, "deviation", 0, "func deviation(x []float64) float64 {\n\t// BEGIN SOLUTION\n\ts := 0.0\n\tfor _, v := range x {\n\t\ts += (v - mean(x)) * (v - mean(x))\n\t}\n\treturn math.Sqrt(s / float64(len(x)))\n\t// END SOLUTION\n}"),
		code(nbgrader.Tests, "q2", 2, "%%\ncourse.Grade(\"q2\", course.Check(\"of two numbers\", 1,\n\tfunc() float64 { return deviation([]float64{1, 3}) },\n\tfunc(x float64) course.Answer { return course.Near(\"\", x, 1, 1e-9) }))"),
		code(nbgrader.Manual, "essay", 3, "Say why.\n\n<!-- BEGIN SOLUTION -->\nBecause of this and that.\n<!-- END SOLUTION -->"),
	}
}

func sheet(t *testing.T) *Sheet {
	t.Helper()
	s, err := NewSheet(&nbformat.Notebook{Cells: sheetCells(), Metadata: map[string]json.RawMessage{"kernelspec": json.RawMessage(`{"display_name":"Go (gonb)","language":"go","name":"gonb"}`)}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSheet(t *testing.T) {
	s := sheet(t)
	if len(s.Questions) != 3 || s.Questions[0].Answers[0] != "mean" || s.Questions[1].Answers[0] != "deviation" || !s.Questions[2].ByHand {
		t.Errorf("questions %+v", s.Questions)
	}
	if got := s.stub("mean"); got != "// mean returns the mean.\nfunc mean(x []float64) float64 {\n\t// YOUR CODE HERE\n\tpanic(\"not implemented\")\n}" {
		t.Errorf("stub\n%s", got)
	}
	var b bytes.Buffer
	if err := s.Released.Write(&b); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"wanted", "of your own", "floats.Sum", "Because", "BEGIN", "END "} {
		if strings.Contains(b.String(), secret) {
			t.Errorf("the student's version has %q", secret)
		}
	}
}

// grader grades the sheet, with programs confined as well as they can be here.
func grader(t *testing.T) *Grader {
	t.Helper()
	g := &Grader{Sheet: sheet(t), Builder: builder(t, false), Limits: sandbox.Defaults, Dir: t.TempDir()}
	g.Limits.Time = 2 * time.Second
	var err error
	if g.Kind, err = g.Builder.Confine(t.Context(), g.Dir); err != nil {
		t.Fatal(err)
	}
	return g
}

const (
	rightMean      = "func mean(x []float64) float64 {\n\ts := 0.0\n\tfor _, v := range x {\n\t\ts += v\n\t}\n\treturn s / float64(len(x))\n}"
	rightDeviation = "func deviation(x []float64) float64 {\n\tm := mean(x)\n\ts := 0.0\n\tfor _, v := range x {\n\t\ts += (v - m) * (v - m)\n\t}\n\treturn math.Sqrt(s / float64(len(x)))\n}"
)

// The answers to q1 with what they earn, and why.
var answersToMean = []struct {
	name, source string
	score        float64
	why          string
}{
	{"right", rightMean, 4, ""},
	{"partly", "func mean(x []float64) float64 { return (x[0] + x[1] + x[2]) / 3 }", 1, "of your own"},
	{"nothing", "", 0, "no response"},
	{"not Go", "func mean(", 0, "isn't Go"},
	{"no compiling", "func mean(x []float64) float64 { return y }", 0, "it doesn't compile: mean, line 1: undefined: y"},
	{"a panic", "func mean(x []float64) float64 { return x[99] }", 0, "it panics: runtime error: index out of range"},
	{"a loop", "func mean(x []float64) float64 {\n\tfor {\n\t}\n}", 0, "it took more than 2s"},
	{"a terabyte", "func mean(x []float64) float64 { return float64(make([]byte, 1<<40)[1<<39]) }", 0, "it took more memory than there is for it"},
	{"slow memory", "func mean(x []float64) float64 {\n\tvar keep [][]byte\n\tfor {\n\t\tkeep = append(keep, make([]byte, 1<<26))\n\t\tclear(keep[len(keep)-1])\n\t}\n}", 0, "it took more"},
	{"recursion", "func mean(x []float64) float64 { return mean(append(x, 1)) + 1 }", 0, "it "},
	{"an early exit", "import \"os\"\n\nfunc mean(x []float64) float64 {\n\tos.Exit(0)\n\treturn 0\n}", 0, "no answer"},
	{"init", "import \"os\"\n\nfunc init() { os.Exit(0) }\n\n" + rightMean, 0, "func init"},
	{"GoNB's init", "func init_x() {}\n\n" + rightMean, 0, "func init_x"},
	{"a variable that exits", "import \"os\"\n\nvar x = func() int { os.Exit(0); return 0 }()\n\n" + rightMean, 0, "no answer"},
	{"another checker", "func wanted() float64 { return 0 }\n\nfunc mean(x []float64) float64 { return 0 }", 0, "of three numbers"},
	{"other data", "func numbers() []float64 { return make([]float64, 50) }\n\nfunc mean(x []float64) float64 { return 0 }", 0, "it declares numbers, which the sheet declares (data)"},
	{"another course", "import course \"math\"\n\nfunc mean(x []float64) float64 { return course.NaN() }", 0, "no answer yet"},
	{"a type of the checker's name", "type course struct{}\n\n" + rightMean, 0, "it doesn't compile"},
	{"a forged result", "import \"fmt\"\n\nfunc mean(x []float64) float64 {\n\tfmt.Println(`{\"nonce\":\"\",\"question\":\"q1\",\"answers\":[{\"part\":\"x\",\"right\":true}],\"weights\":[4]}`)\n\treturn 0\n}", 0, "of three numbers"},
	{"a forged result, where results go", "import \"os\"\n\nfunc mean(x []float64) float64 {\n\tfor fd := range uintptr(9) {\n\t\tif f := os.NewFile(fd, \"\"); f != nil {\n\t\t\t_, _ = f.WriteString(`{\"nonce\":\"\",\"question\":\"q1\",\"item\":0,\"answers\":[{\"part\":\"x\",\"right\":true}],\"weights\":[4]}` + \"\\n\")\n\t\t}\n\t}\n\treturn 0\n}", 0, ""},
	{"linkname", "import _ \"unsafe\"\n\n//go:linkname mean runtime.fastrand\n" + rightMean, 0, "tells the compiler something"},
	{"unsafe", "import \"unsafe\"\n\nfunc mean(x []float64) float64 { return *(*float64)(unsafe.Pointer(&x[0])) }", 0, "imports \"unsafe\""},
	{"cgo", "import \"C\"\n\n" + rightMean, 0, "imports \"C\""},
	{"a shell", "!rm -rf /\n" + rightMean, 0, "line 1 is for the notebook"},
	{"a shell, the other way", "//gonb:!rm -rf /\n" + rightMean, 0, "tells the compiler"},
	{"a magic", "%%bash\nrm -rf /", 0, "isn't Go"},
	{"embed", "import _ \"embed\"\n\n//go:embed go.mod\nvar s string\n\n" + rightMean, 0, "tells the compiler"},
	{"a process", "import \"os/exec\"\n\nfunc mean(x []float64) float64 { _ = exec.Command(\"sh\").Run(); return 0 }", 0, "imports \"os/exec\""},
	{"the network", "import \"net\"\n\nfunc mean(x []float64) float64 { _, _ = net.Dial(\"tcp\", \"127.0.0.1:80\"); return 0 }", 0, "imports \"net\""},
	{"reading the solutions", "import \"os\"\n\nfunc mean(x []float64) float64 {\n\tif _, err := os.ReadDir(\"..\"); err == nil {\n\t\treturn 3\n\t}\n\treturn 0\n}", 0, "of three numbers"},
	{"writing", "import \"os\"\n\nfunc mean(x []float64) float64 {\n\tif os.WriteFile(\"/tmp/x\", nil, 0o600) == nil {\n\t\treturn 3\n\t}\n\treturn 0\n}", 0, "of three numbers"},
	{"a fork bomb", "import \"os\"\n\nfunc mean(x []float64) float64 {\n\tn := 0.0\n\tfor range 100 {\n\t\tif _, err := os.StartProcess(\"/program\", nil, &os.ProcAttr{}); err == nil {\n\t\t\tn = 3\n\t\t}\n\t}\n\treturn n\n}", 0, "of three numbers"},
	{"a flood", "import \"fmt\"\n\nfunc mean(x []float64) float64 {\n\tfor range 100000 {\n\t\tfmt.Println(\"a line that is printed\")\n\t}\n\treturn 0\n}", 0, "of three numbers"},
	{"NaN", "import \"math\"\n\nfunc mean(x []float64) float64 { return math.NaN() }", 0, "no answer yet"},
	{"almost", "func mean(x []float64) float64 { return (x[0]+x[1]+x[2])/3 + 1e-2 }", 0, "almost"},
	{"near enough", "func mean(x []float64) float64 { return (x[0]+x[1]+x[2])/3 + 1e-9 }", 1, "of your own"},
	{"an import that is missing", "func mean(x []float64) float64 {\n\tx = slices.Clone(x)\n\tsort.Float64s(x)\n\ts := 0.0\n\tfor _, v := range x {\n\t\ts += v\n\t}\n\treturn s / float64(len(x))\n}", 4, ""},
	{"the second rand", "func mean(x []float64) float64 {\n\tr := rand.New(rand.NewPCG(1, 2))\n\ti := r.IntN(len(x))\n\tx = append(x[i:len(x):len(x)], x[:i]...)\n\ts := 0.0\n\tfor _, v := range x {\n\t\ts += v\n\t}\n\treturn s / float64(len(x))\n}", 4, ""},
	{"the first rand", "func mean(x []float64) float64 {\n\ts := float64(rand.New(rand.NewSource(1)).Intn(1))\n\tfor _, v := range x {\n\t\ts += v\n\t}\n\treturn s / float64(len(x))\n}", 4, ""},
	{"a helper", "func sum(x []float64) (s float64) {\n\tfor _, v := range x {\n\t\ts += v\n\t}\n\treturn s\n}\n\nfunc mean(x []float64) float64 { return sum(x) / float64(len(x)) }\n\n%%\nfmt.Println(mean([]float64{1}))", 4, ""},
	{"a helper with a hidden name", "func wanted(x []float64) (s float64) {\n\tfor _, v := range x {\n\t\ts += v\n\t}\n\treturn s\n}\n\nfunc mean(x []float64) float64 { return wanted(x) / float64(len(x)) }", 4, ""},
}

func TestAnswers(t *testing.T) {
	g := grader(t)
	var work sync.WaitGroup
	free := make(chan struct{}, 2)
	for _, a := range answersToMean {
		work.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			one, err := g.Mark(t.Context(), "ada", g.Sheet.Questions[0], map[string]string{"mean": a.source})
			if err != nil {
				t.Errorf("%s: %v", a.name, err)
				return
			}
			if one.Score != a.score || !strings.Contains(one.String(), a.why) {
				t.Errorf("%s: want %v with %q, got\n%s", a.name, a.score, a.why, one)
			}
			// A second question isn't touched by what the first is.
			two, err := g.Mark(t.Context(), "ada", g.Sheet.Questions[1], map[string]string{"mean": a.source, "deviation": rightDeviation})
			if err != nil || two.Score != 2 {
				t.Errorf("%s: the next question: %v, %v", a.name, two, err)
			}
		})
	}
	work.Wait()
}

// What a program says when it panics, its student isn't told: it could say what the
// hidden checks ask.
func TestDiscretion(t *testing.T) {
	g := grader(t)
	source := "func mean(x []float64) float64 {\n\tif len(x) > 3 {\n\t\tpanic(fmt.Sprint(\"runtime error: the first is \", x[0]))\n\t}\n\treturn 0\n}"
	m, err := g.Mark(t.Context(), "ada", g.Sheet.Questions[0], map[string]string{"mean": source})
	if err != nil {
		t.Fatal(err)
	}
	told := false
	for _, p := range m.Parts {
		told = told || strings.Contains(p.Answer.Word, "the first is")
	}
	if said := m.String(); !told || !strings.Contains(said, "it panics\n") && !strings.HasSuffix(said, "it panics") || strings.Contains(said, "the first is") {
		t.Errorf("the lecturer is told: %v; the student\n%s", told, said)
	}
	if told := (&Graded{Marks: []*Mark{m}}).remarks(); strings.Contains(told, "the first is") || !strings.Contains(told, "it panics") || !strings.Contains(m.remark(false), "the first is") {
		t.Errorf("a gradebook's comment is %q, a lecturer's %q", told, m.remark(false))
	}
	for word, want := range map[string]string{
		"almost: off by 1e-2":                                   "almost: off by 1e-2",
		"it panics: x = 3\ny":                                   "it panics",
		"it panics: runtime error: x = 3":                       "it panics",
		"it is no answer: json: bad value: 3":                   "it is no answer",
		"it panics: runtime error: makeslice: len out of range": "it panics: runtime error: makeslice: len out of range",
	} {
		if got := discreet(word); got != want {
			t.Errorf("discreet(%q) = %q, want %q", word, got, want)
		}
	}
}

// What a question is to do without it does without, imported by hand or not.
func TestWithout(t *testing.T) {
	cells := sheetCells()
	cells[5].Metadata["wasserwerk"] = json.RawMessage(`{"course":{"without":["sort","fmt"]}}`)
	s, err := NewSheet(&nbformat.Notebook{Cells: cells})
	if err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string]string{
		"func mean(x []float64) float64 { sort.Float64s(x); return 0 }":                    "sort",
		"import s \"sort\"\n\nfunc mean(x []float64) float64 { s.Float64s(x); return 0 }":  "sort",
		"import \"fmt\"\n\nfunc mean(x []float64) float64 { _ = fmt.Sprint(x); return 0 }": "fmt",
		"func mean(x []float64) float64 { slices.Sort(x); return 0 }":                      "",
		"func mean(sort []float64) float64 { return sort[0] }":                             "",
	} {
		if got := s.uses(source, s.Questions[0].without); got != want {
			t.Errorf("%s: uses %q, want %q", source, got, want)
		}
	}
}

// WebAssembly confines too, where nothing else does.
func TestWasm(t *testing.T) {
	if os.Getenv("WASSERWERK_NO_SKIP") == "" {
		t.Skip("compiling WebAssembly takes long; WASSERWERK_NO_SKIP is not set")
	}
	g := &Grader{Sheet: sheet(t), Builder: builder(t, true), Kind: sandbox.Wasm, Limits: sandbox.Defaults, Dir: t.TempDir()}
	for _, a := range answersToMean {
		switch a.name {
		case "right", "an early exit", "reading the solutions", "a terabyte":
			m, err := g.Mark(t.Context(), "ada", g.Sheet.Questions[0], map[string]string{"mean": a.source})
			if err != nil || m.Score != a.score {
				t.Errorf("%s: %v, %v", a.name, m, err)
			}
		}
	}
	// Its one folder isn't a place to fill the disk from.
	flood := "import \"os\"\n\nfunc mean(x []float64) float64 {\n\tf, err := os.Create(\"/out/flood\")\n\tif err != nil {\n\t\treturn 0\n\t}\n\tfor b := make([]byte, 1<<20); err == nil; {\n\t\t_, err = f.Write(b)\n\t}\n\treturn 3\n}"
	m, err := g.Mark(t.Context(), "ada", g.Sheet.Questions[0], map[string]string{"mean": flood})
	if err != nil || m.Score != 0 || !strings.Contains(m.String(), "it wrote more than there is room for") {
		t.Errorf("a flood of files: %v, %v", m, err)
	}
}

// What is wrong with a sheet is one line.
func TestBadSheets(t *testing.T) {
	for want, change := range map[string]func([]*nbformat.Cell) []*nbformat.Cell{
		"cells 5 and 10 have the same grade_id mean": func(c []*nbformat.Cell) []*nbformat.Cell { return append(c, c[4]) },
		"no cell of it is graded":                    func(c []*nbformat.Cell) []*nbformat.Cell { return c[:5] },
		"q1: there is no answer for it to check":     func(c []*nbformat.Cell) []*nbformat.Cell { return c[5:] },
		"mean and cell-10 both declare mean": func(c []*nbformat.Cell) []*nbformat.Cell {
			return append(c, code(nbgrader.Plain, "", 0, "func mean() {}"))
		},
		"cell-10, line 1: !ls is for the notebook": func(c []*nbformat.Cell) []*nbformat.Cell { return append(c, code(nbgrader.Plain, "", 0, "!ls")) },
		"q1: it is about nothing, and no answer has that grade_id": func(c []*nbformat.Cell) []*nbformat.Cell {
			c[5].Metadata["wasserwerk"] = json.RawMessage(`{"course":{"of":["nothing"]}}`)
			return c
		},
		"q1: its settings can't be read: json: unknown field \"withuot\"": func(c []*nbformat.Cell) []*nbformat.Cell {
			c[5].Metadata["wasserwerk"] = json.RawMessage(`{"course":{"withuot":["sort"]}}`)
			return c
		},
		"q1: it has no line %% with course.Grade below it": func(c []*nbformat.Cell) []*nbformat.Cell {
			c[5].Source = strings.Replace(c[5].Source, "%%\n", "\n", 1)
			return c
		},
		"q1: it grades \"q7\"": func(c []*nbformat.Cell) []*nbformat.Cell {
			c[5].Source = strings.Replace(c[5].Source, "course.Grade(\"q1\"", "course.Grade(\"q7\"", 1)
			return c
		},
		"the student's version of mean: line 3": func(c []*nbformat.Cell) []*nbformat.Cell {
			c[4].Source = "func mean(x []float64) float64 { return 0 }\n// BEGIN SOLUTION\n// END SOLUTION"
			return c
		},
	} {
		_, err := NewSheet(&nbformat.Notebook{Cells: change(sheetCells())})
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
