package command

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// labVersion is the JupyterLab that the kernel is tested with.
const labVersion = "4.5.0"

type labCmd struct {
	Args []string `arg:"" optional:"" passthrough:"" help:"What JupyterLab is given: notebooks, --no-browser, --port=8889, and so on."`
}

// Run installs the kernel, with what completes names, and starts JupyterLab in the
// project.
func (c *labCmd) Run(a *app) error {
	lab, err := exec.LookPath("jupyter-lab")
	if err != nil {
		return fmt.Errorf("lab: JupyterLab isn't on PATH. In a folder of its own:\n\n    python3 -m venv ~/jupyter\n    ~/jupyter/bin/pip install jupyterlab==%s\n    export PATH=~/jupyter/bin:$PATH", labVersion)
	}
	if err := (&installCmd{Completion: true}).Run(a); err != nil {
		return err
	}
	cmd := exec.CommandContext(a.ctx, lab, c.arguments(a)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	// It ends its kernels first.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	err = cmd.Run()
	var failed *exec.ExitError
	switch {
	case a.ctx.Err() != nil:
		return a.ctx.Err()
	case errors.As(err, &failed):
		return fmt.Errorf("lab: JupyterLab ended with %v", failed)
	}
	return err
}

// arguments are JupyterLab's: names of notebooks become their paths.
func (c *labCmd) arguments(a *app) []string {
	args := []string{"--ServerApp.root_dir=" + a.repo}
	for _, arg := range c.Args {
		if file := a.resolve(arg); filepath.Base(arg) == arg && exists(file) {
			arg = file
		}
		args = append(args, arg)
	}
	return args
}
