// Command kernelsetup builds and installs the GoNB kernel for this checkout,
// executes notebooks with it, and makes pages of them that open anywhere.
//
//	go run ./kernelsetup
//
// does it all on a machine that has nothing but Go; --help tells the rest.
package main

import (
	"context"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/command"
)

func main() {
	// A closed pipe, too, must not end this without the kernel being ended.
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE}
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	ctx, cancel := context.WithCancel(ctx)
	if exe, err := os.Executable(); err == nil && strings.Contains(exe, "go-build") {
		go followParent(cancel)
	}
	code := command.Main(ctx, os.Args[1:], os.Stdout, os.Stderr)
	cancel()
	stop()
	os.Exit(code)
}

// followParent calls cancel when the parent, which is go run, has ended: it
// doesn't pass on the signals that end it.
func followParent(cancel func()) {
	for parent := os.Getppid(); os.Getppid() == parent; {
		time.Sleep(200 * time.Millisecond)
	}
	cancel()
}
