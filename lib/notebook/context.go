package notebook

import (
	"context"
	"os"
	"os/signal"
	"sync"
)

// Context returns a context that is cancelled when the reader interrupts the
// cell. Every call returns the same one. A second interrupt ends the cell's
// program at once, as one does where Context was never called.
func Context() context.Context { return interrupted() }

var interrupted = sync.OnceValue(func() context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop)
	return ctx
})
