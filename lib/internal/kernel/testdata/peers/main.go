// Peers measures the kernels against what else there is: loops in C, and numpy
// and scipy. It prints a table in Markdown.
//
// All run on one thread and take turns in every round, so that what else the
// machine does strikes all alike. Before that, they must agree.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
)

func main() {
	only := flag.String("case", "", "measure what matches this `expression` alone, like exp/float64")
	rounds := flag.Int("rounds", 41, "`number` of rounds")
	venv := flag.String("venv", "", "`folder` for numpy and scipy (default: one among the user's caches)")
	all := flag.Bool("all", false, "print every variant, not only the best")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := peers(ctx, os.Stdout, *only, *rounds, *venv, *all); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func peers(ctx context.Context, w io.Writer, only string, rounds int, venv string, all bool) (err error) {
	wanted, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	if rounds < 1 {
		return fmt.Errorf("%d rounds", rounds)
	}
	if venv == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return err
		}
		venv = filepath.Join(cache, "wasserwerk", "peers")
	}
	dir, err := os.MkdirTemp("", "peers")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	c, err := startC(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	python, err := startPython(ctx, venv)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, python.stop()) }()

	runtime.LockOSThread()
	runners, err := enlist(kernels(), c, python)
	if err != nil {
		return err
	}
	if err := about(w, c, python); err != nil {
		return err
	}
	fmt.Fprintln(w, heading)
	var notes []string
	for _, o := range operations {
		for _, kind := range []string{"float64", "float32"} {
			name := o.name + "/" + kind
			if len(runners[name]) == 0 || !wanted.MatchString(name) {
				continue
			}
			if err := agree(runners[name], o.check, kind); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			m, err := measure(ctx, runners[name], rounds)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			fmt.Fprintln(w, row(o, kind, m))
			if all {
				notes = append(notes, variants(o, kind, m)...)
			}
		}
	}
	if len(notes) > 0 {
		fmt.Fprintf(w, "\n%s\n", strings.Join(notes, "\n"))
	}
	return nil
}

// about prints what is measured.
func about(w io.Writer, workers ...*process) error {
	fmt.Fprintf(w, "%s; %s; %s\n", processor(), runtime.Version(), kernel.Best())
	for _, p := range workers {
		line, err := p.ask("about")
		if err != nil {
			return err
		}
		fmt.Fprintln(w, line)
	}
	_, err := fmt.Fprintln(w)
	return err
}

// processor is the name of the processor, as Linux has it.
func processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, _ := strings.Cut(lines.Text(), ":"); strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
