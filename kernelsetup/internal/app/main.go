// Command app is kernelsetup once it is compiled: package main of kernelsetup
// says how it gets there.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/command"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
)

func main() {
	// A closed pipe, too, must not end this without the kernel being ended.
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE}
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	ctx, cancel := context.WithCancel(ctx)
	if os.Getenv(gotool.UnderGoRun) != "" {
		go gotool.FollowParent(cancel)
	}
	code := command.Main(ctx, os.Args[1:], os.Stdout, os.Stderr)
	cancel()
	stop()
	os.Exit(code)
}
