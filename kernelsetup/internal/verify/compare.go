package verify

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/lib/figure/figuretest"
)

// mostDifferences are listed of one cell.
const mostDifferences = 5

// An item is an output, or one stream of all that a cell wrote to it.
type item struct {
	name string
	text string            // of streams and errors
	data map[string]string // of displays, by type
}

// items returns outputs in the order that runs store them in, whatever the order is
// that they were stored in: how streams and displays interleave differs from run to
// run.
func items(outputs []nbformat.Output) []item {
	var list []item
	for _, name := range []string{"stdout", "stderr"} {
		var b strings.Builder
		for _, o := range outputs {
			if o.Type == nbformat.Stream && o.Name == name {
				b.WriteString(o.Text)
			}
		}
		if b.Len() > 0 {
			list = append(list, item{name: name, text: b.String()})
		}
	}
	n := 0
	for _, o := range outputs {
		switch o.Type {
		case nbformat.DisplayData, nbformat.ExecuteResult:
			n++
			it := item{name: fmt.Sprintf("display %d", n), data: make(map[string]string)}
			for mime, raw := range o.Data {
				if s, ok := o.DataText(mime); ok {
					it.data[mime] = s
				} else {
					it.data[mime] = string(raw)
				}
			}
			list = append(list, it)
		case nbformat.Error:
			list = append(list, item{name: "error", text: o.EName + ": " + o.EValue})
		}
	}
	return list
}

// Outputs returns where outputs differ from those that are stored.
func Outputs(stored, fresh []nbformat.Output, tol Tolerance) []Difference {
	var found []Difference
	add := func(d ...Difference) {
		if room := mostDifferences - len(found); room > 0 {
			found = append(found, d[:min(room, len(d))]...)
		}
	}
	want, got := items(stored), items(fresh)
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(got):
			add(words(want[i].name, "nothing", "an output"))
		case i >= len(want):
			add(words(got[i].name, "an output", "nothing"))
		case kind(want[i]) != kind(got[i]):
			add(words(want[i].name, kind(got[i]), kind(want[i])))
		case want[i].data == nil:
			add(texts(want[i].name, got[i].text, want[i].text, tol)...)
		default:
			add(displays(want[i].name, got[i].data, want[i].data, tol)...)
		}
	}
	return found
}

func kind(it item) string {
	if it.data == nil {
		return it.name
	}
	return "a display of " + strings.Join(slices.Sorted(maps.Keys(it.data)), ", ")
}

func words(output, got, want string) Difference {
	return Difference{Output: output, Got: got, Want: want, Relative: math.NaN()}
}

// displays compares outputs type by type.
func displays(name string, got, want map[string]string, tol Tolerance) []Difference {
	var found []Difference
	for _, mime := range slices.Sorted(maps.Keys(want)) {
		at := name + ", " + mime
		g, w := got[mime], want[mime]
		switch {
		case g == w:
		case mime == "image/svg+xml":
			if err := figuretest.SVG([]byte(g), []byte(w), tol.Picture); err != nil {
				found = append(found, picture(at, err))
			}
		case mime == "image/png":
			if err := pngs(g, w, tol.Picture); err != nil {
				found = append(found, picture(at, err))
			}
		case strings.HasPrefix(mime, "image/"), strings.HasPrefix(mime, "audio/"), strings.HasPrefix(mime, "video/"):
			found = append(found, words(at, "other bytes", "those that are stored"))
		case mime == "text/html":
			found = append(found, texts(at, withoutIDs(g), withoutIDs(w), tol)...)
		case strings.HasSuffix(mime, "json"):
			found = append(found, texts(at, canonical(g), canonical(w), tol)...)
		default:
			found = append(found, texts(at, g, w, tol)...)
		}
	}
	return found
}

func picture(at string, err error) Difference {
	d := words(at, "another picture: "+err.Error(), "the picture that is stored")
	if e := (*figuretest.NumberError)(nil); errors.As(err, &e) {
		d.Relative = e.Relative()
	}
	return d
}

func pngs(got, want string, share float64) error {
	g, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(got), ""))
	if err != nil {
		return err
	}
	w, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(want), ""))
	if err != nil {
		return fmt.Errorf("the stored one is broken: %w", err)
	}
	return figuretest.PNG(g, w, share)
}

// texts compares texts line by line, once what differs from run to run is out of
// them.
func texts(at, got, want string, tol Tolerance) []Difference {
	g, w := strings.Split(normal(got), "\n"), strings.Split(normal(want), "\n")
	var found []Difference
	for i := range min(len(g), len(w)) {
		err := figuretest.Texts(g[i], w[i], tol.Abs, tol.Rel)
		if err == nil {
			continue
		}
		d := words(at, quoted(g[i]), quoted(w[i]))
		if len(w) > 1 {
			d.Line = i + 1
		}
		if e := (*figuretest.NumberError)(nil); errors.As(err, &e) {
			d.Got, d.Want, d.Relative = fmt.Sprint(e.Got), fmt.Sprint(e.Want), e.Relative()
		}
		found = append(found, d)
	}
	if len(g) != len(w) {
		found = append(found, words(at, fmt.Sprintf("%d lines", len(g)), fmt.Sprintf("%d lines", len(w))))
	}
	return found
}

func quoted(s string) string {
	if r := []rune(s); len(r) > 80 {
		s = string(r[:79]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

var (
	ansi     = regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`)
	address  = regexp.MustCompile(`\b0x[0-9a-fA-F]{6,}\b`)
	tempPath = regexp.MustCompile(`(?:/tmp|/var/folders)/[^\s"':]*`)
	gonbPath = regexp.MustCompile(`\bgonb_[0-9a-f]{8}\b`)
	duration = regexp.MustCompile(`\b\d+(?:\.\d+)?(?:ns|µs|us|ms|s|m|h)(?:\d+(?:\.\d+)?(?:ms|s|m))*\b`)
	progress = regexp.MustCompile(`(?m)^.*\r([^\r\n])`)
	htmlID   = regexp.MustCompile(`\b(?:id|data-ww|for|name|aria-labelledby|aria-describedby)="([^"]+)"`)
	lineEnds = strings.NewReplacer("\r\n", "\n")
)

// normal takes out of a text what differs from run to run and says nothing.
func normal(s string) string {
	s = ansi.ReplaceAllString(lineEnds.Replace(s), "")
	s = progress.ReplaceAllString(s, "$1") // lines that were written over
	s = address.ReplaceAllString(s, "0x…")
	s = tempPath.ReplaceAllString(s, "<temporary>")
	s = gonbPath.ReplaceAllString(s, "gonb_…")
	s = duration.ReplaceAllString(s, "<duration>")
	return strings.TrimRight(s, "\n ")
}

// withoutIDs replaces ids of HTML by their numbers, everywhere in it.
func withoutIDs(s string) string {
	names := make(map[string]string)
	var ids []string
	for _, m := range htmlID.FindAllStringSubmatch(s, -1) {
		// What was made up has digits in it, and isn't short.
		if id := m[1]; names[id] == "" && len(id) >= 6 && strings.ContainsAny(id, "0123456789") {
			names[id] = fmt.Sprintf("id-%d", len(names)+1)
			ids = append(ids, id)
		}
	}
	// Longer ones first, as one may begin with another.
	slices.SortStableFunc(ids, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, id := range ids {
		pairs = append(pairs, id, names[id])
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// canonical writes JSON with its keys sorted.
func canonical(s string) string {
	var v any
	if json.Unmarshal([]byte(s), &v) != nil {
		return s
	}
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return s
	}
	return string(data)
}
