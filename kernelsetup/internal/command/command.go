// Package command is the command line of kernelsetup.
package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/alecthomas/kong"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/plaintext"
)

// Exit codes. That of an interrupted run is the shells' for Ctrl-C.
const (
	exitOK          = 0
	exitFindings    = 1
	exitCannotRun   = 2
	exitInterrupted = 130
)

const description = `Builds and installs the GoNB kernel for a project, executes notebooks with it and makes pages of them.

Without a command it does all that: it installs the kernel, runs the notebooks 00-start and 04-speed-accuracy (in a project of your own, all that it has), and writes executed copies and pages to .build/. A NOTEBOOK is a path, or the name of one in notebooks/ such as 00-start. Notebooks are never changed unless --write is given.

Exit codes: 0 all is well; 1 a notebook has something wrong with it; 2 the command can't do what is asked; 130 interrupted. (go run ends with 1 and prints "exit status 2" in place of 2.)`

type cli struct {
	Repo string `help:"Project to work on: a checkout of wasserwerk, or a module that requires it; by default the one that the current folder is in." placeholder:"DIR"`

	Setup   setupCmd   `cmd:"" default:"1" help:"Install the kernel and run the opening notebooks: what happens without a command."`
	Install installCmd `cmd:"" help:"Build the kernel and install it where Jupyter and VS Code look."`
	Run     runCmd     `cmd:"" help:"Execute notebooks; write executed copies and pages to .build/."`
	Verify  verifyCmd  `cmd:"" help:"Run notebooks again and compare what they give with what they store."`
	Page    pageCmd    `cmd:"" help:"Make pages of notebooks as they are, without executing them."`
	Lint    lintCmd    `cmd:"" help:"Find what readers of notebooks would stumble over."`
	Strip   stripCmd   `cmd:"" help:"Take out of notebooks what runs put into them."`
	Diff    diffCmd    `cmd:"" help:"Show how two notebooks differ, or one from what git has of it."`
	Pair    pairCmd    `cmd:"" help:"Write a notebook as a Go file, as jupytext does, or the other way round."`
	New     newCmd     `cmd:"" help:"Make a project of your own: a module with a notebook, a kernel and a README."`
	Share   shareCmd   `cmd:"" help:"Write what others need to open the notebooks without installing anything, or to make a project of one."`
	Course  courseCmd  `cmd:"" help:"Problem sheets: release, grade, feedback, export."`
	Lab     labCmd     `cmd:"" help:"Start JupyterLab with the kernel installed."`
	Doctor  doctorCmd  `cmd:"" help:"Say what is there, what is missing, and what to do about it."`
	Version versionCmd `cmd:"" help:"Print the versions of this command, Go and the kernel."`
}

// Main runs the command line and returns the exit code. When ctx ends, it stops
// within two seconds and leaves nothing behind.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var c cli
	exit := -1
	parser, err := kong.New(&c, kong.Name("kernelsetup"), kong.Description(description), kong.UsageOnError(),
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { exit = code }), kong.ConfigureHelp(kong.HelpOptions{WrapUpperBound: 100}))
	if err != nil {
		fmt.Fprintln(stderr, "kernelsetup:", err)
		return exitCannotRun
	}
	parsed, err := parser.Parse(args)
	if exit >= 0 { // --help
		return exit
	}
	if err != nil {
		fmt.Fprintf(stderr, "kernelsetup: %s; see --help\n", plaintext.Line(err.Error()))
		return exitCannotRun
	}
	a := &app{ctx: ctx, goos: runtime.GOOS, stdin: os.Stdin, stdout: stdout, progress: &progress{w: stderr, patience: 10 * time.Second}}
	err = a.run(c.Repo, parsed)
	switch {
	case ctx.Err() != nil:
		a.sayf("interrupted")
		return exitInterrupted
	case err == nil:
		return exitOK
	case errors.Is(err, errFindings):
		return exitFindings
	case errors.Is(err, errReported):
		return exitCannotRun
	}
	a.sayf("%v", err)
	return exitCannotRun
}

// Errors that have been printed already.
var (
	errFindings = errors.New("findings")
	errReported = errors.New("can't run")
)

// app is what the commands share.
type app struct {
	ctx    context.Context
	goos   string
	stdin  io.Reader
	stdout io.Writer
	*progress

	project gotool.Project
	repo    string // its root
	temp    string // for temporary files of this run; removed at the end
}

func (a *app) run(repo string, parsed *kong.Context) (err error) {
	if repo == "" {
		repo = "."
	}
	if a.project, err = gotool.FindProject(repo); err != nil {
		return err
	}
	a.repo = a.project.Root
	if a.temp, err = os.MkdirTemp("", "wasserwerk-"); err != nil {
		return fmt.Errorf("no place for temporary files: %w", err)
	}
	if a.temp, err = filepath.EvalSymlinks(a.temp); err != nil { // as programs print it
		return err
	}
	defer func() {
		if rm := os.RemoveAll(a.temp); err == nil {
			err = rm
		}
	}()
	return parsed.Run(a)
}

// toolchain finds the go command, on a system where the kernel can run.
func (a *app) toolchain() (*gotool.Toolchain, error) {
	if a.goos == "windows" {
		return nil, gotool.ErrWindows
	}
	return gotool.Find(a.ctx, a.repo, a.temp)
}
