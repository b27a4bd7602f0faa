// Package sandbox runs programs that nobody trusts: they compute, read and write what
// they are given, and can do nothing else.
//
// On Linux a program gives up everything before its own code runs (package
// lib/course/guard, which it imports), and where the system lets it, it also has
// its own network with nobody in it, its own root folder with nothing but itself, and
// its own processes. Elsewhere programs are compiled for WebAssembly and run in
// wazero, which has neither files nor a network to give; that is several times slower.
package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/proctree"
	"github.com/wasserwerk-go/wasserwerk/lib/course/guard"
)

// A Kind is how programs are confined.
type Kind uint8

// The kinds, from the weakest.
const (
	None       Kind = iota // not at all
	Guarded                // by seccomp
	Namespaces             // by seccomp and namespaces
	Wasm                   // by WebAssembly
)

func (k Kind) String() string {
	return [...]string{
		"none: students' programs can do what you can",
		"seccomp: no files, network or processes",
		"seccomp and namespaces: no files, network or processes",
		"WebAssembly: no files, network or processes",
	}[k]
}

// Limits are what a program may take.
type Limits struct {
	Time   time.Duration // of processors; after a multiple of it, it is ended in any case
	Memory int64         // bytes
	Output int64         // bytes, of each stream
}

// Defaults are limits for a question of coursework.
var Defaults = Limits{Time: 10 * time.Second, Memory: 768 << 20, Output: 4 << 20}

// A Program is what is run. It finds in in its descriptor 3 and writes to the one
// after; without In it writes to 3.
type Program struct {
	Path   string // of the executable, alone in its folder
	Env    []string
	In     []byte
	Limits Limits
}

// A Result is what came of it.
type Result struct {
	Out    []byte
	Stdout []byte
	Stderr []byte
	Why    string // why it didn't end well, or ""
}

// patience is how long a program may go on that uses no more time than it may. It is
// long, so that whether an answer comes in time doesn't hang on what else the machine
// does.
func (l Limits) patience() time.Duration { return 4*l.Time + 5*time.Second }

// processor is how many seconds of a processor a program gets. The system ends it by
// its ticks, which on a busy machine may run ahead of the time that it had, and that
// counts here.
func (l Limits) processor() int { return int(math.Ceil(1.2 * l.Time.Seconds())) }

var errPatience = errors.New("patience is over")

// Run runs a program. The error says that it couldn't be run; what goes wrong in it
// is in the result.
func (k Kind) Run(ctx context.Context, p Program) (*Result, error) {
	if k == Wasm {
		return runWasm(ctx, p)
	}
	limited, cancel := context.WithTimeoutCause(ctx, p.Limits.patience(), errPatience)
	defer cancel()
	cmd := &exec.Cmd{Path: p.Path, Args: []string{"program"}, Dir: filepath.Dir(p.Path)}
	cmd.Env = append([]string{
		"GOMAXPROCS=2", "GOTRACEBACK=single", "GOMEMLIMIT=" + strconv.FormatInt(p.Limits.Memory*3/4, 10),
	}, p.Env...)
	if k != None {
		cmd.Env = append(cmd.Env, "GUARD=1", "GUARD_ZERO=0", "GUARD_DATA="+strconv.FormatInt(p.Limits.Memory, 10),
			"GUARD_CPU="+strconv.Itoa(p.Limits.processor()))
	}
	proctree.Lead(cmd)
	if k == Namespaces {
		confine(cmd)
	}
	r, pipes := new(Result), new(pipes)
	defer pipes.close()
	if p.In != nil {
		if err := pipes.in(cmd, p.In); err != nil {
			return nil, err
		}
	}
	for _, s := range []struct {
		to  *[]byte
		set func(f *os.File)
	}{
		{&r.Out, func(f *os.File) { cmd.ExtraFiles = append(cmd.ExtraFiles, f) }},
		{&r.Stdout, func(f *os.File) { cmd.Stdout = f }},
		{&r.Stderr, func(f *os.File) { cmd.Stderr = f }},
	} {
		if err := pipes.out(s.set, s.to, p.Limits.Output); err != nil {
			return nil, err
		}
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	pipes.handedOver()
	stop := context.AfterFunc(limited, func() { proctree.Kill(cmd.Process.Pid) })
	err := cmd.Wait()
	stop()
	proctree.Kill(cmd.Process.Pid)
	pipes.wait()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case limited.Err() != nil:
		r.Why = fmt.Sprintf("it hadn't ended after %v", p.Limits.patience())
	case cmd.ProcessState.ExitCode() < 0 && 10*(cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()) >= 9*p.Limits.Time:
		r.Why = fmt.Sprintf("it took more than %v", p.Limits.Time)
	case err != nil:
		r.Why = ended(cmd, err, r.Stderr)
	}
	if cmd.ProcessState.ExitCode() == guard.Failed && bytes.HasPrefix(r.Stderr, []byte("guard: ")) {
		return nil, fmt.Errorf("the program can't be confined: %s", bytes.TrimSpace(r.Stderr[len("guard: "):]))
	}
	return r, nil
}

// ended says how a program ended that didn't end well.
func ended(cmd *exec.Cmd, err error, stderr []byte) string {
	for _, s := range []struct{ sign, means string }{
		{"out of memory", "it took more memory than there is for it"},
		{"cannot allocate memory", "it took more memory than there is for it"},
		{"SIGSEGV: segmentation violation\nPC=", "it took more memory than there is for it"}, // in Go's own code
		{"stack exceeds", "it calls itself without end"},
		{"all goroutines are asleep", "it waits for itself for ever"},
	} {
		if bytes.Contains(stderr, []byte(s.sign)) {
			return s.means
		}
	}
	if code := cmd.ProcessState.ExitCode(); code >= 0 {
		return fmt.Sprintf("it ended with exit status %d", code)
	}
	return "it was ended: " + err.Error()
}

// pipes joins a program to buffers.
type pipes struct {
	theirs, ours []*os.File
	work         sync.WaitGroup
}

func (p *pipes) in(cmd *exec.Cmd, data []byte) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	p.theirs, p.ours = append(p.theirs, r), append(p.ours, w)
	cmd.ExtraFiles = append(cmd.ExtraFiles, r)
	p.work.Go(func() {
		_, _ = w.Write(data) // it may not want to read all
		w.Close()
	})
	return nil
}

// out reads what a program writes, to a limit.
func (p *pipes) out(set func(*os.File), to *[]byte, limit int64) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	p.theirs, p.ours = append(p.theirs, w), append(p.ours, r)
	set(w)
	p.work.Go(func() {
		data, _ := io.ReadAll(io.LimitReader(r, limit))
		*to = data
		_, _ = io.Copy(io.Discard, r)
	})
	return nil
}

// handedOver closes the ends that the program has now.
func (p *pipes) handedOver() {
	for _, f := range p.theirs {
		f.Close()
	}
	p.theirs = nil
}

func (p *pipes) wait() { p.work.Wait() }

func (p *pipes) close() {
	p.handedOver()
	for _, f := range p.ours {
		f.Close()
	}
	p.work.Wait()
}
