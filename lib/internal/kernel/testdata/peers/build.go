package main

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed c numpy
var sources embed.FS

var (
	compile = strings.Fields("gcc -O3 -march=native -ffast-math -mprefer-vector-width=512 -o worker worker.c -lopenblas -lm")
	fresh   = strings.Fields("python3 -m venv .")
	install = strings.Fields("bin/pip install --quiet --disable-pip-version-check -r requirements.txt")
)

// startC compiles the worker in C in dir and starts it.
func startC(ctx context.Context, dir string) (*process, error) {
	if err := os.CopyFS(dir, sources); err != nil {
		return nil, err
	}
	dir = filepath.Join(dir, "c")
	if err := run(ctx, dir, compile); err != nil {
		return nil, fmt.Errorf("%w (it takes gcc and OpenBLAS's headers: packages gcc, libc6-dev, libopenblas-dev)", err)
	}
	return start(ctx, "C", filepath.Join(dir, "worker"))
}

// startPython makes the virtual environment venv, unless it is there and has
// the versions of requirements.txt, and starts the worker in Python.
func startPython(ctx context.Context, venv string) (*process, error) {
	want, err := sources.ReadFile("numpy/requirements.txt")
	if err != nil {
		return nil, err
	}
	// The file is put there last, so that it says what has been installed.
	installed := filepath.Join(venv, "installed.txt")
	if have, err := os.ReadFile(installed); err != nil || !bytes.Equal(have, want) {
		if err := makeVenv(ctx, venv, want); err != nil {
			return nil, fmt.Errorf("%w (it takes packages python3 and python3-venv)", err)
		}
		if err := os.WriteFile(installed, want, 0o644); err != nil {
			return nil, err
		}
	}
	program, err := sources.ReadFile("numpy/worker.py")
	if err != nil {
		return nil, err
	}
	return start(ctx, "Python", filepath.Join(venv, "bin", "python"), "-c", string(program))
}

func makeVenv(ctx context.Context, venv string, requirements []byte) error {
	if err := os.MkdirAll(venv, 0o755); err != nil {
		return err
	}
	if err := run(ctx, venv, fresh); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(venv, "requirements.txt"), requirements, 0o644); err != nil {
		return err
	}
	return run(ctx, venv, install)
}

// run runs a command in dir.
func run(ctx context.Context, dir string, command []string) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, out)
	}
	return nil
}
