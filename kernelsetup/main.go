// Command kernelsetup builds and installs the GoNB kernel for this checkout,
// executes notebooks with it, and makes pages of them that open anywhere.
//
//	go run ./kernelsetup
//
// does it all on a machine that has nothing but Go; --help tells the rest.
//
// The command proper is in internal/app. It has a typesetter and a JavaScript
// engine in it, which take a fresh machine most of a minute to compile, and go
// run compiles without a word. So this program, which compiles in no time,
// builds it, says so, and becomes it.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
)

// Exit codes, as in the command proper.
const (
	exitCannotRun   = 2
	exitInterrupted = 130
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancel(ctx)
	app, err := build(ctx, cancel)
	if err == nil && ctx.Err() == nil {
		stop() // from here on the signals are the command's
		err = become(app, os.Args[1:])
	}
	cancel()
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "interrupted")
		os.Exit(exitInterrupted)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(exitCannotRun)
}

// build compiles the command into the project's build folder, which takes a
// moment if it has been compiled before. It calls cancel when go run, if that is
// the parent, has ended.
func build(ctx context.Context, cancel func()) (app string, err error) {
	if runtime.GOOS == "windows" {
		return "", gotool.ErrWindows
	}
	p, err := gotool.FindProject(".")
	if err != nil { // --repo may name it
		p, err = gotool.FindProject(source())
	}
	if err != nil {
		return "", err
	}
	repo := p.Root
	temp, err := os.MkdirTemp("", "wasserwerk-")
	if err != nil {
		return "", fmt.Errorf("no place for temporary files: %w", err)
	}
	defer os.RemoveAll(temp)
	tool, err := gotool.Find(ctx, repo, temp)
	if err != nil {
		return "", err
	}
	if tool.RunByGo() {
		os.Setenv(gotool.UnderGoRun, "1")
		go gotool.FollowParent(cancel)
	}
	app = filepath.Join(place(repo), "kernelsetup")
	done := make(chan struct{})
	defer close(done)
	go report(done)
	_, err = tool.Run(ctx, repo, nil, "build", "-o", app, gotool.Module+"/kernelsetup/internal/app")
	return app, err
}

// place returns where the command is compiled to: the project's build folder or, if
// that can't be written to, as in the module cache, the user's cache.
func place(repo string) string {
	dir := filepath.Join(repo, ".build", "bin")
	if os.MkdirAll(dir, 0o755) == nil {
		return dir
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return dir // and its error is told
	}
	return filepath.Join(cache, "wasserwerk", "bin", filepath.Base(repo))
}

// source returns a folder of the checkout that this was compiled from or, where
// the compiler wasn't to keep that, the current one.
func source() string {
	if _, file, _, ok := runtime.Caller(0); ok && filepath.IsAbs(file) {
		if dir := filepath.Dir(file); isDir(dir) {
			return dir
		}
	}
	return "."
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// report says now and again that the command is being compiled.
func report(done <-chan struct{}) {
	began := time.Now()
	for wait := 2 * time.Second; ; wait = 10 * time.Second {
		select {
		case <-done:
			return
		case <-time.After(wait):
			fmt.Fprintf(os.Stderr, "kernelsetup: downloading and compiling the command, a minute or two the first time … %.0f s\n", time.Since(began).Seconds())
		}
	}
}
