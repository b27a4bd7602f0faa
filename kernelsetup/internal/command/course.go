package command

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/atomicfile"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/course"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/page"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/sandbox"
)

type courseCmd struct {
	Release  courseReleaseCmd  `cmd:"" help:"Make the students' version of a problem sheet, once it is shown that it can be given out."`
	Grade    courseGradeCmd    `cmd:"" help:"Grade what students handed in."`
	Feedback courseFeedbackCmd `cmd:"" help:"Make a page for each student of what was graded."`
	Export   courseExportCmd   `cmd:"" help:"Write scores as a table for a gradebook."`
}

// confinement are the flags of commands that run programs of students.
type confinement struct {
	Sandbox string        `default:"auto" enum:"auto,native,wasm,none" help:"How programs are confined: native (Linux), wasm, or none, which lets students' programs do what you can; auto is the first that holds, and never none."`
	Time    time.Duration `default:"10s" help:"How long a question's program may run, where the sheet doesn't say."`
	Memory  int64         `default:"768" help:"How many megabytes it may take."`
}

// grader makes a grader of a sheet. Its programs go to the folder of temporary files.
func (c confinement) grader(a *app, file string) (*course.Grader, error) {
	nb, err := nbformat.ReadFile(file)
	if err != nil {
		return nil, err
	}
	sheet, err := course.NewSheet(nb)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.path(file), err)
	}
	tc, err := a.toolchain()
	if err != nil && (a.goos != "windows" || !errors.Is(err, gotool.ErrWindows)) {
		return nil, err
	}
	g := &course.Grader{Sheet: sheet, Dir: a.temp, Limits: sandbox.Defaults}
	g.Limits.Time, g.Limits.Memory = c.Time, c.Memory<<20
	try := func(wasm bool) (sandbox.Kind, error) {
		if g.Builder, err = course.NewBuilder(tc, a.project, filepath.Join(a.build("course"), "cache"), wasm); err != nil {
			return sandbox.None, err
		}
		var kind sandbox.Kind
		err := a.step("sandbox: compiling the library for students' programs", func() (err error) {
			kind, err = g.Builder.Confine(a.ctx, a.temp)
			return err
		})
		return kind, err
	}
	switch c.Sandbox {
	case "none":
		if g.Builder, err = course.NewBuilder(tc, a.project, filepath.Join(a.build("course"), "cache"), false); err != nil {
			return nil, err
		}
	case "wasm":
		if g.Kind, err = try(true); err != nil {
			return nil, err
		}
	default:
		g.Kind, err = try(false)
		if failed := (*gotool.Error)(nil); err != nil && !errors.As(err, &failed) && c.Sandbox == "auto" && a.ctx.Err() == nil {
			a.sayf("sandbox: %v; taking WebAssembly", err)
			g.Kind, err = try(true)
		}
		if failed := (*gotool.Error)(nil); errors.As(err, &failed) {
			return nil, fmt.Errorf("the library can't be compiled for students' programs: %w", err)
		}
		if err != nil {
			return nil, fmt.Errorf("students' programs can't be confined here, and are not run: %w (--sandbox=none runs them all the same)", err)
		}
	}
	a.sayf("sandbox: %v", g.Kind)
	return g, nil
}

type courseReleaseCmd struct {
	Sheet  string `arg:"" help:"The lecturer's notebook."`
	Output string `short:"o" placeholder:"FILE" help:"Where the students' version goes; by default .build/course/release/."`

	confinement
}

func (c *courseReleaseCmd) Run(a *app) error {
	file := a.sheet(c.Sheet)
	g, err := c.grader(a, file)
	if err != nil {
		return fmt.Errorf("course release: %w", err)
	}
	out := c.Output
	if out == "" {
		out = filepath.Join(a.build("course"), "release", filepath.Base(file))
	}
	if same(file, out) {
		return errors.New("course release: the students' version would replace the lecturer's")
	}
	err = a.step("release: running the lecturer's answers, and none", func() error { return g.Prove(a.ctx) })
	if a.ctx.Err() != nil {
		return a.ctx.Err()
	}
	if err != nil {
		a.sayf("%s: %v", a.path(file), err)
		return errFindings
	}
	if err := g.Sheet.Released.WriteFile(out); err != nil {
		return err
	}
	fmt.Fprintln(a.stdout, out)
	return nil
}

// sheet turns a bare name into the path of a notebook in notebooks/course/.
func (a *app) sheet(name string) string {
	if info, err := os.Stat(name); filepath.Base(name) != name || err == nil && info.Mode().IsRegular() {
		return name
	}
	return filepath.Join(a.repo, "notebooks", "course", strings.TrimSuffix(name, ".ipynb")+".ipynb")
}

type courseGradeCmd struct {
	Sheet       string `arg:"" help:"The lecturer's notebook."`
	Submissions string `arg:"" help:"Folder with a notebook or a folder for each student, named by them."`
	Output      string `short:"o" placeholder:"DIR" help:"Where the report and the notebooks with marks go; by default .build/course/graded/ and the sheet's name."`
	Marks       string `placeholder:"FILE" help:"Marks that were given by hand: a CSV table with the columns student, question, score and comment."`
	Jobs        int    `default:"2" short:"j" help:"How many students are graded at a time."`

	confinement
}

func (c *courseGradeCmd) Run(a *app) error {
	file := a.sheet(c.Sheet)
	name := strings.TrimSuffix(filepath.Base(file), ".ipynb")
	out := c.Output
	if out == "" {
		out = filepath.Join(a.build("course"), "graded", name)
	}
	subs, err := course.Collect(c.Submissions, name)
	if err != nil {
		return fmt.Errorf("course grade: %w", err)
	}
	if len(subs) == 0 {
		return fmt.Errorf("course grade: there are no submissions in %s", c.Submissions)
	}
	g, err := c.grader(a, file)
	if err != nil {
		return fmt.Errorf("course grade: %w", err)
	}
	var byHand course.ByHand
	if c.Marks != "" {
		data, err := os.ReadFile(c.Marks)
		if err == nil {
			byHand, err = course.ReadByHand(data, g.Sheet, subs)
		}
		if err != nil {
			return fmt.Errorf("course grade: %w", err)
		}
	}
	var mu sync.Mutex
	odd := 0
	report, err := g.Grade(a.ctx, name, subs, byHand, c.Jobs, func(s *course.Graded) {
		mu.Lock()
		defer mu.Unlock()
		if s.Error != "" || len(s.Anomalies) > 0 {
			odd++
		}
		a.sayf("%s", s.Line())
	})
	if err != nil {
		return fmt.Errorf("course grade: %w", err)
	}
	if err := report.Write(out); err != nil {
		return fmt.Errorf("course grade: %w", err)
	}
	if odd > 0 {
		a.sayf("%d of %d submissions have something odd about them: see %s", odd, len(subs), filepath.Join(out, "report.json"))
	}
	fmt.Fprintln(a.stdout, out)
	if slices.ContainsFunc(report.Students, func(s *course.Graded) bool { return s.Error != "" }) {
		return errFindings
	}
	return nil
}

// graded turns the bare name of a sheet into the folder where its report is.
func (a *app) graded(name string) string {
	if filepath.Base(name) != name || exists(filepath.Join(name, "report.json")) {
		return name
	}
	return filepath.Join(a.build("course"), "graded", strings.TrimSuffix(name, ".ipynb"))
}

type courseFeedbackCmd struct {
	Graded string `arg:"" help:"Folder that course grade wrote, or the sheet's name."`
	Output string `short:"o" placeholder:"DIR" help:"Where the pages go; by default feedback/ in that folder."`
}

func (c *courseFeedbackCmd) Run(a *app) error {
	c.Graded = a.graded(c.Graded)
	report, err := course.ReadReport(c.Graded)
	if err != nil {
		return fmt.Errorf("course feedback: %w", err)
	}
	out := c.Output
	if out == "" {
		out = filepath.Join(c.Graded, "feedback")
	}
	renderer := page.NewRenderer(a.build("formulas"))
	var worst error
	for _, s := range report.Students {
		nb, err := s.ReadNotebook(c.Graded)
		if err != nil {
			a.sayf("%s: %v", s.Student, err)
			worst = errFindings
			continue
		}
		html, err := forgiving(a, renderer, nb)
		if err != nil {
			a.sayf("%s: no page: %v", s.Student, err)
			worst = errFindings
			continue
		}
		file := filepath.Join(out, s.File()+".html")
		if err := atomicfile.Write(file, html, 0o644); err != nil {
			return fmt.Errorf("course feedback: %w", err)
		}
		fmt.Fprintln(a.stdout, file)
	}
	return worst
}

// forgiving makes a page in which what can't be shown as Markdown is text.
func forgiving(a *app, r *page.Renderer, nb *nbformat.Notebook) ([]byte, error) {
	var html bytes.Buffer
	err := r.Render(a.ctx, &html, nb, page.Options{})
	var problems *page.Error
	if !errors.As(err, &problems) {
		return html.Bytes(), err
	}
	var cells []int
	for _, p := range problems.Problems {
		cells = append(cells, p.Cell)
	}
	course.Plainly(nb, cells)
	html.Reset()
	err = r.Render(a.ctx, &html, nb, page.Options{})
	return html.Bytes(), err
}

type courseExportCmd struct {
	Graded string `arg:"" help:"Folder that course grade wrote, or the sheet's name."`
	Format string `default:"nbgrader" enum:"nbgrader,questions,canvas,moodle,gradescope" help:"nbgrader's grades, a line for each question, Canvas, Moodle, or Gradescope's JSON."`
	Roster string `placeholder:"FILE" help:"The gradebook that Canvas or Moodle exported, or a CSV table with the columns student_id, last_name, first_name and email."`
	Output string `short:"o" default:"-" placeholder:"FILE" help:"Where it goes; - is the standard output."`
}

func (c *courseExportCmd) Run(a *app) error {
	c.Graded = a.graded(c.Graded)
	report, err := course.ReadReport(c.Graded)
	if err != nil {
		return fmt.Errorf("course export: %w", err)
	}
	var roster []byte
	if c.Roster != "" {
		if roster, err = os.ReadFile(c.Roster); err != nil {
			return fmt.Errorf("course export: %w", err)
		}
	}
	data, notes, err := report.Export(c.Format, roster)
	if err != nil {
		return fmt.Errorf("course export: %w", err)
	}
	for _, n := range notes {
		a.sayf("%s", n)
	}
	if c.Output == "-" {
		_, err = a.stdout.Write(data)
		return err
	}
	return atomicfile.Write(c.Output, data, 0o644)
}
