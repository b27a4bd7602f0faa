package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// A worker runs series, which are named "operation/type:variant".
type worker interface {
	language() string
	list() ([]string, error)
	// sample returns some elements of the series' result.
	sample(series string) ([]float64, error)
	// time returns the nanoseconds that the worker's thread needs for one of
	// reps runs, and the sum of the result's magnitudes.
	time(series string, reps int) (ns, sum float64, err error)
}

// A process is a worker in another language, which answers each command with
// a line.
type process struct {
	name string // of the language
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
}

func start(ctx context.Context, language, program string, arg ...string) (*process, error) {
	p := &process{name: language, cmd: exec.CommandContext(ctx, program, arg...)}
	p.cmd.Env = append(os.Environ(), "OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1")
	p.cmd.Stderr = os.Stderr
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	return p, p.cmd.Start()
}

// stop ends the process by ending its input.
func (p *process) stop() error {
	p.in.Close()
	return p.cmd.Wait()
}

func (p *process) ask(format string, a ...any) (string, error) {
	command := fmt.Sprintf(format, a...)
	if _, err := io.WriteString(p.in, command+"\n"); err != nil {
		return "", fmt.Errorf("%s: %s: %w", p.name, command, err)
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("%s: %s: %w", p.name, command, err)
	}
	return strings.TrimSpace(line), nil
}

func (p *process) numbers(format string, a ...any) ([]float64, error) {
	line, err := p.ask(format, a...)
	if err != nil {
		return nil, err
	}
	var x []float64
	for field := range strings.FieldsSeq(line) {
		v, err := strconv.ParseFloat(field, 64)
		if err != nil {
			return nil, fmt.Errorf("%s answers %s with %q: %w", p.name, fmt.Sprintf(format, a...), line, err)
		}
		x = append(x, v)
	}
	return x, nil
}

func (p *process) language() string { return p.name }

func (p *process) list() ([]string, error) {
	line, err := p.ask("list")
	return strings.Split(strings.TrimSuffix(line, ";"), ";"), err
}

func (p *process) sample(series string) ([]float64, error) {
	return p.numbers("sample %s", series)
}

func (p *process) time(series string, reps int) (ns, sum float64, err error) {
	x, err := p.numbers("time %d %s", reps, series)
	if err == nil && len(x) != 2 {
		err = fmt.Errorf("%s answers with %d numbers where two are due", p.name, len(x))
	}
	if err != nil {
		return 0, 0, err
	}
	return x[0], x[1], nil
}
