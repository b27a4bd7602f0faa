package notebook

import (
	"fmt"
	"iter"
	"os"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// Progress counts from 0 to n−1 and shows below the cell how far it has come, in
// place and at most five times a second:
//
//	for i := range notebook.Progress("training", 1000) { … }
//
// The loop may be left at any time. When it ends, what was shown is gone, so
// nothing of it is stored; it ends early when the reader interrupts the cell.
// Where WASSERWERK_QUIET is set, and outside of a notebook, it only counts.
func Progress(title string, n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		ctx := Context()
		bar := progress{title: title, n: n, began: time.Now(), last: time.Now()}
		defer bar.end()
		for i := range n {
			if ctx.Err() != nil || !yield(i) {
				return
			}
			bar.at(i + 1)
		}
	}
}

// A progress is a line that is written over.
type progress struct {
	title       string
	n           int
	began, last time.Time
	id          string // of the display; "" until there is one
}

const progressEvery = 200 * time.Millisecond

func (p *progress) at(i int) {
	now := time.Now()
	if now.Sub(p.last) < progressEvery || !gonbui.IsNotebook || os.Getenv("WASSERWERK_QUIET") != "" {
		return
	}
	p.last = now
	if p.id == "" {
		p.id = gonbui.UniqueId()
	}
	left := time.Duration(float64(now.Sub(p.began)) / float64(i) * float64(p.n-i)).Round(time.Second)
	p.show(fmt.Sprintf("%s: %d of %d, about %v left", plain(p.title), i, p.n, left))
}

func (p *progress) end() {
	if p.id != "" {
		p.show("")
	}
}

func (p *progress) show(s string) {
	gonbui.SendData(&protocol.DisplayData{
		Data:      map[protocol.MIMEType]any{protocol.MIMETextPlain: s},
		DisplayID: p.id,
	})
}
