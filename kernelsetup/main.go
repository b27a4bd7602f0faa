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
	"syscall"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/command"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := command.Main(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
