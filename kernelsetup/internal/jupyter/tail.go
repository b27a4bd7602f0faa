package jupyter

import (
	"regexp"
	"strings"
	"sync"
)

// tail is a writer that keeps only the end of what is written.
type tail struct {
	max int

	mu  sync.Mutex
	buf []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if over := len(t.buf) - t.max; over > 0 {
		t.buf = append(t.buf[:0], t.buf[over:]...)
	}
	return len(p), nil
}

// fatal matches the line in which a Go program says why it ends; a trace follows it.
var fatal = regexp.MustCompile(`(?m)^(?:F\d{4} .*?\] (?:\x1b.*?\x1b\[0m )?|(panic: |fatal error: ))(.+)$`)

// last returns the reason that a Go program gave for its end or, if there is none, the
// last lines.
func (t *tail) last() string {
	const some = 12
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.TrimSpace(string(t.buf))
	if m := fatal.FindStringSubmatch(text); m != nil {
		return m[1] + m[2]
	}
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-some):], "\n")
}
