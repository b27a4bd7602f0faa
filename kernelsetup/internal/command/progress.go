package command

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/plaintext"
)

// progress prints one line for each thing that begins, goes on for long, or
// ends.
type progress struct {
	mu       sync.Mutex
	w        io.Writer
	patience time.Duration // how long something that was named may go on without a word
}

func (p *progress) sayf(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintln(p.w, plaintext.Text(fmt.Sprintf(format, args...)))
}

// watch says after a while, and then now and again, that what goes on. The
// function that it returns ends that, and tells how long it took and whether
// anything was said.
func (p *progress) watch(what string) (stop func() (took time.Duration, said bool)) {
	began := time.Now()
	done := make(chan struct{})
	said := make(chan bool)
	go func() {
		wait, spoken := p.patience/5, false
		for {
			select {
			case <-time.After(wait):
				if !spoken {
					p.sayf("%s …", what)
				} else {
					p.sayf("%s … %.0f s", what, time.Since(began).Seconds())
				}
				wait, spoken = p.patience, true
			case <-done:
				said <- spoken
				return
			}
		}
	}()
	return func() (time.Duration, bool) {
		close(done)
		return time.Since(began), <-said
	}
}

// step runs f. Where that takes long enough to be noticed, lines say so.
func (p *progress) step(what string, f func() error) error {
	stop := p.watch(what)
	err := f()
	if took, said := stop(); said && err == nil {
		p.sayf("%s: %.1f s", what, took.Seconds())
	}
	return err
}
