package notebook

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/must"
)

// In a notebook must.M1 and its like end a cell with the error in one line and its
// place in the cell, in the place of a panic with the library's stack, which says
// nothing to who gave a negative weight. M is there to be replaced.
func init() {
	if gonbui.IsNotebook {
		must.M = func(err error) {
			if err != nil {
				fail(err.Error())
			}
		}
	}
}

// fail ends the cell or, outside of a notebook, panics.
func fail(message string) {
	if !gonbui.IsNotebook {
		panic(message)
	}
	fmt.Fprint(os.Stderr, complaint(message))
	os.Exit(1)
}

// complaint is a message and the lines of cells that led to it, the innermost
// first. GoNB takes lines of its program for what they are and names the cells.
func complaint(message string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "error: %s\n", strings.Join(strings.Fields(message), " "))
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		f, more := frames.Next()
		if strings.HasPrefix(f.Function, "main.") {
			fmt.Fprintf(&b, "\t%s:%d\n", f.File, f.Line)
		}
		if !more {
			return b.String()
		}
	}
}
