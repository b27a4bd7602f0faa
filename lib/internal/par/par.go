// Package par runs loops in parallel so that their results have the same bits
// however many processors there are.
//
// A range [0, n) is cut into blocks of fixed size, which does not depend on
// the machine. Workers take the blocks in order, and what blocks return is
// combined in order of their index, never of their arrival.
//
// The context is looked at before every block: choose blocks that take well
// under a second. If a block panics, the blocks that are running finish, and
// the panic of the lowest block continues with its value in the caller.
package par

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// For calls f(lo, hi) for the blocks [0, block), [block, 2·block), … of
// [0, n), from several goroutines at once. The last block may be shorter.
//
// For returns when every call has returned. It returns ctx.Err() if the
// context ended before all blocks were begun, and nil otherwise. It panics if
// n is negative or block is not positive.
func For(ctx context.Context, n, block int, f func(lo, hi int)) error {
	if n < 0 {
		panic(fmt.Sprintf("par: For: n = %d, want n ≥ 0", n))
	}
	if block <= 0 {
		panic(fmt.Sprintf("par: For: block = %d, want block > 0", block))
	}
	l := &loop{ctx: ctx, blocks: count(n, block), call: func(i int) {
		lo := i * block
		f(lo, lo+min(block, n-lo))
	}}
	if workers := min(runtime.GOMAXPROCS(0), l.blocks); workers > 1 {
		var wg sync.WaitGroup
		for range workers {
			wg.Go(l.work)
		}
		wg.Wait()
		if l.failed {
			panic(l.failure)
		}
	} else {
		for i := 0; i < l.blocks && !l.ended(); i++ {
			l.call(i)
		}
	}
	return l.err
}

// Map is [For] for blocks that return something. It returns the results in
// order of the blocks, or nil and the error of For.
func Map[T any](ctx context.Context, n, block int, f func(lo, hi int) T) ([]T, error) {
	if n < 0 || block <= 0 {
		panic(fmt.Sprintf("par: Map: n = %d and block = %d, want n ≥ 0 and block > 0", n, block))
	}
	results := make([]T, count(n, block))
	err := For(ctx, n, block, func(lo, hi int) { results[lo/block] = f(lo, hi) })
	if err != nil {
		return nil, err
	}
	return results, nil
}

// Sum returns the sum of f(lo, hi) over the blocks of [0, n), added in order
// of the blocks, or 0 and the error of [For].
func Sum(ctx context.Context, n, block int, f func(lo, hi int) float64) (float64, error) {
	parts, err := Map(ctx, n, block, f)
	sum := 0.0
	for _, part := range parts {
		sum += part
	}
	return sum, err
}

// count returns ⌈n/block⌉ without overflow.
func count(n, block int) int {
	blocks := n / block
	if n%block != 0 {
		blocks++
	}
	return blocks
}

// loop is the state that the workers of one call share.
type loop struct {
	ctx    context.Context
	blocks int
	call   func(i int)

	next atomic.Int64 // the first block not yet taken
	stop atomic.Bool  // take no more blocks

	mu      sync.Mutex
	err     error // from the context
	failed  bool  // a block panicked,
	block   int   // this one
	failure any   // with this value
}

// work calls blocks until there are none, or one has panicked, or the context
// has ended.
func (l *loop) work() {
	for !l.stop.Load() {
		i := int(l.next.Add(1)) - 1
		if i >= l.blocks || l.ended() {
			return
		}
		l.guard(i)
	}
}

// ended notes whether the context has ended.
func (l *loop) ended() bool {
	err := l.ctx.Err()
	if err != nil {
		l.mu.Lock()
		l.err = err
		l.mu.Unlock()
	}
	return err != nil
}

// guard calls block i and keeps what it panics with. Blocks are taken in
// order, so every block below one that panics is called as well, and the
// lowest is the same in every run.
func (l *loop) guard(i int) {
	returned := false
	defer func() {
		if returned {
			return
		}
		failure := recover()
		if failure == nil {
			failure = "par: a block called runtime.Goexit"
		}
		l.stop.Store(true)
		l.mu.Lock()
		defer l.mu.Unlock()
		if !l.failed || i < l.block {
			l.failed, l.block, l.failure = true, i, failure
		}
	}()
	l.call(i)
	returned = true
}
