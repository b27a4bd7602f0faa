package command

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progress prints one line for each thing that begins, goes on for long, or
// ends.
type progress struct {
	mu       sync.Mutex
	w        io.Writer
	patience time.Duration // how long something may take without a word
}

func (p *progress) sayf(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.w, format+"\n", args...)
}

// watch says now and then that what goes on, and returns the function that ends
// that and tells the time it took.
func (p *progress) watch(what string) (stop func() time.Duration) {
	began := time.Now()
	ticker := time.NewTicker(p.patience)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-ticker.C:
				p.sayf("%s … %.0f s", what, time.Since(began).Seconds())
			case <-done:
				return
			}
		}
	}()
	return func() time.Duration {
		ticker.Stop()
		close(done)
		return time.Since(began)
	}
}

// step runs f with a line before and a line after it.
func (p *progress) step(what string, f func() error) error {
	p.sayf("%s …", what)
	stop := p.watch(what)
	err := f()
	if took := stop(); err == nil {
		p.sayf("%s: %.1f s", what, took.Seconds())
	}
	return err
}
