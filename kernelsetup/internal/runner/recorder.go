package runner

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/jupyter"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// maxText bounds what is stored of each stream of a cell. Far more than anybody
// reads, it keeps a cell that prints for ever from filling the memory.
const maxText = 16 << 20

// maxDisplays bounds what is stored of a cell's displays, all together.
const maxDisplays = 32 << 20

// recorder collects the outputs of one cell.
//
// GoNB reads a program's standard output, its standard error and its displays
// from three pipes, each in a goroutine of its own, so how they interleave
// differs from run to run and says nothing. What is stored is therefore in one
// order: the standard output, the standard error, the displays as they were
// shown, the error.
type recorder struct {
	scrub    *Scrubber
	text     map[string]*stream
	displays []*nbformat.Output
	byID     map[string]*nbformat.Output // displays that can be updated
	failure  *nbformat.Output

	shown    int      // bytes of displays
	messages []string // each message to stderr on its own, for diagnose
}

type stream struct {
	strings.Builder
	cut bool
}

func newRecorder(s *Scrubber) *recorder {
	r := &recorder{scrub: s}
	r.clear()
	return r
}

func (r *recorder) clear() {
	r.text = map[string]*stream{"stdout": {}, "stderr": {}}
	r.displays, r.byID, r.failure, r.shown = nil, make(map[string]*nbformat.Output), nil, 0
}

// content has the fields of all the events.
type content struct {
	Name, Text string
	Data       map[string]json.RawMessage
	Metadata   map[string]json.RawMessage
	Transient  struct {
		DisplayID string `json:"display_id"`
	}
	EName, EValue string
	Traceback     []string
}

// take records an event. One that can't be read isn't of the protocol, and is
// left out.
func (r *recorder) take(e jupyter.Event) {
	var c content
	if json.Unmarshal(e.Content, &c) != nil {
		return
	}
	switch e.Type {
	case "stream":
		r.write(c.Name, c.Text)
	case "display_data", "execute_result":
		out := &nbformat.Output{Type: nbformat.DisplayData, Data: r.room(c.Data), Metadata: c.Metadata}
		r.displays = append(r.displays, out)
		if id := c.Transient.DisplayID; id != "" {
			r.byID[id] = out
		}
	case "update_display_data":
		if out := r.byID[c.Transient.DisplayID]; out != nil {
			r.shown -= bytesIn(out.Data)
			out.Data, out.Metadata = r.room(c.Data), c.Metadata
		}
	case "clear_output":
		r.clear()
	case "error":
		r.failure = &nbformat.Output{Type: nbformat.Error, EName: c.EName, EValue: c.EValue, Traceback: c.Traceback}
	}
}

// room returns a display's data or, where that is too much, a note.
func (r *recorder) room(data map[string]json.RawMessage) map[string]json.RawMessage {
	n := bytesIn(data)
	if r.shown+n <= maxDisplays {
		r.shown += n
		return data
	}
	note := fmt.Sprintf("[left out: a display of %d MiB; of a cell's displays %d MiB are kept]", (n+1<<20-1)>>20, maxDisplays>>20)
	return map[string]json.RawMessage{"text/plain": json.RawMessage(strconv.Quote(note))}
}

func bytesIn(data map[string]json.RawMessage) int {
	n := 0
	for _, v := range data {
		n += len(v)
	}
	return n
}

func (r *recorder) write(name, text string) {
	s := r.text[name]
	if s == nil {
		return
	}
	if name == "stderr" && len(r.messages) < 10_000 {
		r.messages = append(r.messages, text)
	}
	if room := maxText - s.Len(); len(text) > room {
		text, s.cut = strings.ToValidUTF8(text[:room], ""), true
	}
	s.WriteString(text)
}

// rename puts the cells' lines into the traces of the standard error.
func (r *recorder) rename(p program) {
	s := r.text["stderr"]
	text := p.rename(s.String())
	s.Reset()
	s.WriteString(text)
}

// fail records an error that the kernel could not report itself.
func (r *recorder) fail(message string) {
	r.failure = &nbformat.Output{Type: nbformat.Error, EName: "ERROR", EValue: message, Traceback: []string{message}}
}

// outputs returns what a notebook stores.
func (r *recorder) outputs() []nbformat.Output {
	var outs []nbformat.Output
	for _, name := range []string{"stdout", "stderr"} {
		s := r.text[name]
		text := s.String()
		if text == "" {
			continue
		}
		if s.cut {
			text += "\n[cut here: only the first 16 MiB are kept]\n"
		}
		if name == "stderr" {
			text = r.scrub.Trace(text)
		}
		outs = append(outs, nbformat.Output{Type: nbformat.Stream, Name: name, Text: text})
	}
	for _, d := range r.displays {
		if !cleared(d) {
			outs = append(outs, *d)
		}
	}
	if f := r.failure; f != nil {
		out := *f
		out.EValue = r.scrub.Trace(f.EValue)
		out.Traceback = make([]string, len(f.Traceback))
		for i, line := range f.Traceback {
			out.Traceback[i] = r.scrub.Trace(line)
		}
		outs = append(outs, out)
	}
	return outs
}

// cleared reports whether a display was cleared in the end, as progress is.
func cleared(o *nbformat.Output) bool {
	for mime := range o.Data {
		if s, ok := o.DataText(mime); !ok || s != "" {
			return false
		}
	}
	return true
}
