// Command peers prints how fast transport is beside its peers in Python, and how
// its times grow:
//
//	go run ./lib/transport/testdata/peers [-part EXPRESSION] [-svg FILE] [-venv FOLDER]
//
// It takes python3 with venv; numpy, scipy and POT come from PyPI at the versions
// of requirements.txt, into a folder among the user's caches. Each part is a
// command of its own, in a folder beside this file, and takes turns with its peer
// on the same input.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
)

//go:embed requirements.txt
var requirements []byte

const path = "github.com/wasserwerk-go/wasserwerk/lib/transport/testdata/peers/"

var parts = []string{"line", "sliced", "exact", "sinkhorn", "growth"}

// arguments are those that a part gets.
func arguments(part, svg string) []string {
	switch {
	case part == "exact":
		return []string{"-large"}
	case part == "growth" && svg != "":
		return []string{"-svg", svg}
	}
	return nil
}

func main() {
	part := flag.String("part", ".", "only parts whose name matches the `expression`, of "+strings.Join(parts, ", "))
	svg := flag.String("svg", "", "draw how times grow into the `file`")
	venv := flag.String("venv", "", "`folder` for the peers (default: one among the user's caches)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := peers(ctx, *part, *svg, *venv); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func peers(ctx context.Context, part, svg, venv string) error {
	wanted, err := regexp.Compile(part)
	if err != nil {
		return err
	}
	if venv == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return err
		}
		venv = filepath.Join(cache, "wasserwerk", "transport-peers")
	}
	if err := install(ctx, venv); err != nil {
		return fmt.Errorf("%w (it takes packages python3 and python3-venv)", err)
	}
	for _, p := range parts {
		if !wanted.MatchString(p) {
			continue
		}
		cmd := exec.CommandContext(ctx, "go", append([]string{"run", path + p}, arguments(p, svg)...)...)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		cmd.Env = append(os.Environ(), "PATH="+filepath.Join(venv, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
	}
	return nil
}

// install makes the virtual environment, if it isn't there as it should be.
func install(ctx context.Context, venv string) error {
	// The file is put there last, so that it says what has been installed.
	installed := filepath.Join(venv, "installed.txt")
	if have, err := os.ReadFile(installed); err == nil && bytes.Equal(have, requirements) {
		return nil
	}
	wanted := filepath.Join(venv, "requirements.txt")
	if err := run(ctx, "python3", "-m", "venv", "--clear", venv); err != nil {
		return err
	}
	if err := os.WriteFile(wanted, requirements, 0o644); err != nil {
		return err
	}
	err := run(ctx, filepath.Join(venv, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check", "--requirement", wanted)
	if err != nil {
		return err
	}
	return os.WriteFile(installed, requirements, 0o644)
}

func run(ctx context.Context, command ...string) error {
	if out, err := exec.CommandContext(ctx, command[0], command[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, out)
	}
	return nil
}
