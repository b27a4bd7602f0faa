package kerneltest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Begun returns a statement for a cell, and a function that waits until a cell
// has come to it and what the cell printed before has had time to come through,
// or the context ends. How long a cell takes to compile depends on the machine.
func Begun(t testing.TB) (statement string, wait func(context.Context)) {
	t.Helper()
	mark := filepath.Join(t.TempDir(), "begun")
	return fmt.Sprintf("os.WriteFile(%q, nil, 0o600)", mark), func(ctx context.Context) {
		for ctx.Err() == nil {
			if _, err := os.Stat(mark); err == nil {
				time.Sleep(time.Second)
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}
