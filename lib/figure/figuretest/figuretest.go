// Package figuretest compares pictures as they are seen: SVG by where its lines
// run and PNG by its pixels, each to a tolerance. Bytes say less: another
// processor rounds other last digits, and then a simplified curve has a corner
// more.
package figuretest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// SVG returns an error that says where two SVG documents differ: in their
// elements, in attributes and texts, in a number, or in a line that runs elsewhere.
// Places and lengths may differ by a share of the picture's larger side, other
// numbers by that share of themselves.
func SVG(got, want []byte, share float64) error {
	if !(share >= 0) {
		panic(fmt.Sprintf("figuretest: share = %v, want a number ≥ 0", share))
	}
	a, err := elements(got)
	if err != nil {
		return fmt.Errorf("the SVG that should be compared: %w", err)
	}
	b, err := elements(want)
	if err != nil {
		return fmt.Errorf("the SVG to compare with: %w", err)
	}
	tol := share * size(b)
	for i := range min(len(a), len(b)) {
		if err := a[i].compare(b[i], tol, share); err != nil {
			return fmt.Errorf("element %d of %d: %w", i+1, len(b), err)
		}
	}
	if len(a) != len(b) {
		return fmt.Errorf("%d elements, want %d", len(a), len(b))
	}
	return nil
}

// An element is one with the text that follows its start.
type svgElement struct {
	name  string
	depth int
	attrs map[string]string
	text  string
}

func elements(data []byte) ([]*svgElement, error) {
	dec := xml.NewDecoder(bytes.NewReader(data))
	var list []*svgElement
	depth := 0
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			if len(list) == 0 {
				return nil, errors.New("no elements")
			}
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			e := &svgElement{name: tok.Name.Local, depth: depth, attrs: make(map[string]string)}
			for _, a := range tok.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			list = append(list, e)
			depth++
		case xml.EndElement:
			depth--
		case xml.CharData:
			if len(list) > 0 {
				list[len(list)-1].text += string(tok)
			}
		}
	}
}

// size is the larger side of a picture in the unit of its coordinates.
func size(list []*svgElement) float64 {
	root := list[0].attrs
	if f := strings.Fields(strings.ReplaceAll(root["viewBox"], ",", " ")); len(f) == 4 {
		w, _ := strconv.ParseFloat(f[2], 64)
		h, _ := strconv.ParseFloat(f[3], 64)
		return math.Max(w, h)
	}
	w, _ := strconv.ParseFloat(strings.TrimRight(root["width"], "pxtcmin"), 64)
	h, _ := strconv.ParseFloat(strings.TrimRight(root["height"], "pxtcmin"), 64)
	return math.Max(w, h)
}

func (e *svgElement) compare(want *svgElement, tol, rel float64) error {
	if e.name != want.name || e.depth != want.depth {
		return fmt.Errorf("<%s> at depth %d, want <%s> at depth %d", e.name, e.depth, want.name, want.depth)
	}
	if err := Texts(e.text, want.text, 0, rel); err != nil {
		return fmt.Errorf("the text of <%s>: %w", e.name, err)
	}
	for k := range e.attrs {
		if _, ok := want.attrs[k]; !ok {
			return fmt.Errorf("<%s> has the attribute %s, want none", e.name, k)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(want.attrs)) {
		got, ok := e.attrs[k]
		if !ok {
			return fmt.Errorf("<%s> has no attribute %s", e.name, k)
		}
		var err error
		switch {
		case k == "d":
			err = comparePaths(got, want.attrs[k], tol)
		case lengths[k]:
			err = Texts(got, want.attrs[k], tol, rel)
		default:
			err = Texts(got, want.attrs[k], 0, rel)
		}
		if err != nil {
			return fmt.Errorf("%s of <%s>: %w", k, e.name, err)
		}
	}
	return nil
}

// lengths are the attributes that hold places and lengths.
var lengths = map[string]bool{
	"x": true, "y": true, "x1": true, "y1": true, "x2": true, "y2": true, "cx": true, "cy": true, "r": true, "rx": true, "ry": true,
	"dx": true, "dy": true, "width": true, "height": true, "points": true, "transform": true, "stroke-width": true,
	"stroke-dasharray": true, "font-size": true,
}

// numbers are those that stand for themselves: not in words or in colours.
var numbers = regexp.MustCompile(`[#\pL_][\pL\pN_]*|[+\-−]?(?:\d+\.?\d*|\.\d+)(?:[eE][+\-−]?\d+)?`)

// Texts returns an error that says where two texts differ, in words or in a
// number by more than abs + rel·|want|. Numbers are what reads as such, with either
// minus sign; those in names and in colours belong to the words.
func Texts(got, want string, abs, rel float64) error {
	a, b := split(got), split(want)
	for i := range min(len(a), len(b)) {
		if a[i] == b[i] {
			continue
		}
		x, okx := number(a[i])
		y, oky := number(b[i])
		if !okx || !oky {
			return fmt.Errorf("%q, want %q", brief(a[i]), brief(b[i]))
		}
		if !(math.Abs(x-y) <= abs+rel*math.Abs(y)) {
			return &NumberError{Got: x, Want: y}
		}
	}
	if len(a) != len(b) {
		return fmt.Errorf("%q, want %q", brief(got), brief(want))
	}
	return nil
}

// NumberError is a number that is another one.
type NumberError struct{ Got, Want float64 }

// Relative returns |got − want|/|want|.
func (e *NumberError) Relative() float64 { return math.Abs(e.Got-e.Want) / math.Abs(e.Want) }

func (e *NumberError) Error() string {
	return fmt.Sprintf("%v, want %v (relative error %.2g)", e.Got, e.Want, e.Relative())
}

// split cuts a text into numbers and what stands between them, of which blanks
// count as one.
func split(s string) []string {
	var out []string
	last := 0
	words := func(w string) {
		if f := strings.Join(strings.Fields(w), " "); f != "" {
			out = append(out, f)
		}
	}
	for _, at := range numbers.FindAllStringIndex(s, -1) {
		if _, ok := number(s[at[0]:at[1]]); !ok {
			continue
		}
		words(s[last:at[0]])
		out = append(out, s[at[0]:at[1]])
		last = at[1]
	}
	words(s[last:])
	return out
}

func number(s string) (float64, bool) {
	if s == "" || !strings.ContainsAny(s[:1], "+-.0123456789") && !strings.HasPrefix(s, "−") {
		return 0, false
	}
	v, err := strconv.ParseFloat(strings.ReplaceAll(s, "−", "-"), 64)
	return v, err == nil
}

func brief(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:57]) + "…"
	}
	return s
}
