package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"github.com/tetratelabs/wazero/sys"
)

// answersFile is where a program in WebAssembly, which has no descriptors but the usual
// ones, finds a file to write to.
const answersFile = "/out/answers"

// pageSize is WebAssembly's.
const pageSize = 64 << 10

// runWasm runs a program for wasip1. Its only folder holds the file that it writes its
// answers to.
func runWasm(ctx context.Context, p Program) (*Result, error) {
	code, err := os.ReadFile(p.Path)
	if err != nil {
		return nil, err
	}
	out, err := os.MkdirTemp(filepath.Dir(p.Path), "out-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(out)
	limited, cancel := context.WithTimeoutCause(ctx, p.Limits.patience(), errPatience)
	defer cancel()
	limited, stop := context.WithCancelCause(limited)
	defer stop(nil)
	go bound(limited, out, p.Limits.Output, stop)
	rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().
		WithCloseOnContextDone(true).WithMemoryLimitPages(uint32(min(p.Limits.Memory/pageSize, 65536))))
	defer rt.Close(context.WithoutCancel(ctx))
	wasi_snapshot_preview1.MustInstantiate(ctx, rt)
	compiled, err := rt.CompileModule(ctx, code)
	if err != nil {
		return nil, fmt.Errorf("WebAssembly: %w", err)
	}
	stdout, stderr := &capped{left: p.Limits.Output}, &capped{left: p.Limits.Output}
	config := wazero.NewModuleConfig().WithArgs("program").WithStdout(stdout).WithStderr(stderr).
		WithSysWalltime().WithSysNanotime().WithSysNanosleep().
		WithFSConfig(wazero.NewFSConfig().WithDirMount(out, "/out")).
		WithEnv("WASSERWERK_COURSE_FILE", answersFile)
	for _, kv := range p.Env {
		name, value, _ := strings.Cut(kv, "=")
		config = config.WithEnv(name, value)
	}
	_, err = rt.InstantiateModule(limited, compiled, config)
	r := &Result{Stdout: stdout.Bytes(), Stderr: stderr.Bytes()}
	if f, e := os.Open(filepath.Join(out, filepath.Base(answersFile))); e == nil {
		r.Out, _ = io.ReadAll(io.LimitReader(f, p.Limits.Output))
		f.Close()
	}
	exit, exited := err.(*sys.ExitError)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(context.Cause(limited), errFull):
		r.Why = "it wrote more than there is room for"
	case limited.Err() != nil:
		r.Why = fmt.Sprintf("it hadn't ended after %v", p.Limits.patience())
	case err == nil || exited && exit.ExitCode() == 0:
	case bytes.Contains(r.Stderr, []byte("out of memory")):
		r.Why = "it took more memory than there is for it"
	case exited:
		r.Why = fmt.Sprintf("it ended with exit status %d", exit.ExitCode())
	default:
		r.Why = "it was ended: " + firstLine(err.Error())
	}
	return r, nil
}

var errFull = errors.New("the folder is full")

// bound ends a program whose folder gets larger than it may: WebAssembly has no limit
// for files, and the disk is everybody's.
func bound(ctx context.Context, dir string, most int64, stop context.CancelCauseFunc) {
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		size := int64(0)
		_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
			size += 4 << 10 // a file takes that much even if there is nothing in it
			if err == nil {
				if info, err := d.Info(); err == nil && d.Type().IsRegular() {
					size += info.Size()
				}
			}
			return nil
		})
		if size > 2*most {
			stop(errFull)
		}
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// capped keeps the first bytes that are written to it.
type capped struct {
	bytes.Buffer
	left int64
}

func (c *capped) Write(p []byte) (int, error) {
	n := min(int64(len(p)), c.left)
	c.left -= n
	c.Buffer.Write(p[:n])
	return len(p), nil
}
