package points

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// An .npy is the magic, two bytes of version, the length of the header in two
// bytes (in four from version 2), the header and the numbers. The header is a
// Python dictionary with the keys descr, fortran_order and shape.
const magic = "\x93NUMPY"

// header is what the header of an .npy says.
type header struct {
	order   binary.ByteOrder
	kind    byte // f, i, u or b
	size    int  // of a number, in bytes
	fortran bool // the first axis is the fastest
	shape   []int
}

func notNPY(format string, args ...any) error {
	return &FormatError{Format: "npy", Reason: fmt.Sprintf(format, args...)}
}

func readNPY(r io.Reader, opt Options) (*mat.Dense, error) {
	text, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	h, err := parseHeader(text)
	if err != nil {
		return nil, err
	}
	rows, columns, err := h.points()
	if err != nil {
		return nil, err
	}
	size := rows * columns * h.size
	// The buffer grows with what is read, whatever the header says.
	raw, err := io.ReadAll(io.LimitReader(r, int64(size)))
	if err != nil {
		return nil, err
	}
	if len(raw) < size {
		return nil, notNPY("%d bytes of numbers, want %d for %d rows of %d", len(raw), size, rows, columns)
	}
	x := mat.NewDense(rows, columns, nil)
	for i := range rows {
		row := x.RawRowView(i)
		for j := range row {
			at := i*columns + j
			if h.fortran {
				at = h.fortranIndex(i, j)
			}
			v, exact := h.number(raw[at*h.size:][:h.size])
			if !exact {
				return nil, &ValueError{Row: i, Column: j, Text: "the integer " + fmt.Sprintf("%.0f", v) + " or near it", Want: "one that double precision can hold"}
			}
			row[j] = v
		}
	}
	return x, check(x, opt)
}

// readHeader returns the dictionary.
func readHeader(r io.Reader) (string, error) {
	var start [8]byte
	if n, err := io.ReadFull(r, start[:]); n == 0 && err == io.EOF {
		return "", ErrEmpty
	} else if err != nil || string(start[:6]) != magic {
		return "", notNPY("it doesn't start with the magic bytes")
	}
	var size uint32
	var err error
	switch version := start[6]; version {
	case 1:
		var short uint16
		err = binary.Read(r, binary.LittleEndian, &short)
		size = uint32(short)
	case 2, 3:
		err = binary.Read(r, binary.LittleEndian, &size)
	default:
		return "", notNPY("version %d, want 1, 2 or 3", version)
	}
	const most = 1 << 16 // what a few axes and one type don't take
	if err == nil && size > most {
		return "", notNPY("a header of %d bytes, want at most %d", size, most)
	}
	text := make([]byte, size)
	if err == nil {
		_, err = io.ReadFull(r, text)
	}
	if err != nil {
		return "", &FormatError{"npy", "the header is cut short", err}
	}
	return string(text), nil
}

// parseHeader reads the dictionary in the form in which NumPy writes it, with
// keys in any order.
func parseHeader(text string) (h header, err error) {
	rest := strings.TrimSpace(text)
	rest, ok := strings.CutPrefix(rest, "{")
	rest, closed := strings.CutSuffix(rest, "}")
	if !ok || !closed {
		return h, notNPY("the header %.80q is no dictionary", text)
	}
	seen := map[string]bool{}
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
		key, after, ok := strings.Cut(rest, ":")
		if key = strings.Trim(strings.TrimSpace(key), `'"`); !ok || seen[key] {
			return h, notNPY("the header %.80q", text)
		}
		seen[key] = true
		value, next := cutValue(strings.TrimSpace(after))
		rest = next
		switch key {
		case "descr":
			err = h.setType(value)
		case "fortran_order":
			h.fortran = value == "True"
			if !h.fortran && value != "False" {
				err = notNPY("fortran_order is %q, want True or False", value)
			}
		case "shape":
			err = h.setShape(value)
		default:
			err = notNPY("an unknown key %q in the header", key)
		}
		if err != nil {
			return h, err
		}
	}
	if len(seen) != 3 {
		return h, notNPY("the header %.80q lacks one of descr, fortran_order and shape", text)
	}
	return h, nil
}

// cutValue cuts a value off at the comma that ends it, which isn't within
// brackets.
func cutValue(s string) (value, rest string) {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case ',':
			if depth == 0 {
				return strings.TrimSpace(s[:i]), s[i+1:]
			}
		}
	}
	return strings.TrimSpace(s), ""
}

func (h *header) setType(s string) error {
	s = strings.Trim(s, `'"`)
	if len(s) < 3 {
		return notNPY("numbers of type %q", s)
	}
	switch s[0] {
	case '<', '|', '=':
		h.order = binary.LittleEndian
	case '>':
		h.order = binary.BigEndian
	}
	h.kind = s[1]
	switch s[1:] {
	case "f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1":
		h.size = int(s[2] - '0')
	}
	if h.order == nil || h.size == 0 {
		return notNPY("numbers of type %.40q, want real numbers, integers or booleans", s)
	}
	return nil
}

func (h *header) setShape(s string) error {
	inside, ok := strings.CutPrefix(s, "(")
	inside, closed := strings.CutSuffix(inside, ")")
	if !ok || !closed {
		return notNPY("the shape %.40q", s)
	}
	for f := range strings.SplitSeq(strings.TrimSuffix(strings.TrimSpace(inside), ","), ",") {
		if strings.TrimSpace(inside) == "" {
			break
		}
		n, err := strconv.Atoi(strings.TrimSpace(f))
		if err != nil || n < 0 {
			return notNPY("the shape %.40q", s)
		}
		h.shape = append(h.shape, n)
	}
	return nil
}

// points returns how many rows and columns the array makes.
func (h *header) points() (rows, columns int, err error) {
	if len(h.shape) == 0 {
		return 0, 0, notNPY("a single number without axes")
	}
	count := 1
	for _, n := range h.shape {
		if n == 0 {
			return 0, 0, fmt.Errorf("an array of shape %v: %w", h.shape, ErrEmpty)
		}
		if n > math.MaxInt/8/count {
			return 0, 0, notNPY("more numbers than can be counted: shape %v", h.shape)
		}
		count *= n
	}
	return h.shape[0], count / h.shape[0], nil
}

// fortranIndex returns the place of row i, column j in memory. The axes that make
// the columns count with the last the fastest there, and the slowest in memory.
func (h *header) fortranIndex(i, j int) int {
	at := 0
	for axis := len(h.shape) - 1; axis > 0; axis-- {
		n := h.shape[axis]
		stride := 1
		for _, m := range h.shape[:axis] {
			stride *= m
		}
		at += j % n * stride
		j /= n
	}
	return at + i
}

// number returns a number, and whether it is just that.
func (h *header) number(b []byte) (v float64, exact bool) {
	var bits uint64
	switch h.size {
	case 1:
		bits = uint64(b[0])
	case 2:
		bits = uint64(h.order.Uint16(b))
	case 4:
		bits = uint64(h.order.Uint32(b))
	case 8:
		bits = h.order.Uint64(b)
	}
	switch h.kind {
	case 'f':
		switch h.size {
		case 2:
			return half(uint16(bits)), true
		case 4:
			return float64(math.Float32frombits(uint32(bits))), true
		}
		return math.Float64frombits(bits), true
	case 'i':
		unused := 64 - 8*h.size
		i := int64(bits<<unused) >> unused
		v = float64(i)
		return v, v != 0x1p63 && int64(v) == i
	case 'b':
		return float64(min(bits, 1)), true
	}
	v = float64(bits)
	return v, v != 0x1p64 && uint64(v) == bits
}

// half returns a number of half precision: a sign, 5 bits of exponent, 10 of the
// fraction.
func half(b uint16) float64 {
	exponent, fraction := int(b>>10&31), float64(b&1023)
	var v float64
	switch {
	case exponent == 31 && fraction == 0:
		v = math.Inf(1)
	case exponent == 31:
		v = math.NaN()
	case exponent == 0:
		v = math.Ldexp(fraction, -24)
	default:
		v = math.Ldexp(1024+fraction, exponent-25)
	}
	if b>>15 == 1 {
		v = math.Copysign(v, -1)
	}
	return v
}

// writeNPY writes version 1.0, padded as NumPy does so that the numbers are
// aligned.
func writeNPY(w io.Writer, x mat.Matrix) error {
	rows, columns := x.Dims()
	text := fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%d, %d), }", rows, columns)
	const align, before = 64, len(magic) + 4
	text += strings.Repeat(" ", align-1-(before+len(text))%align) + "\n"
	start := binary.LittleEndian.AppendUint16([]byte(magic+"\x01\x00"), uint16(len(text)))
	if _, err := w.Write(append(start, text...)); err != nil {
		return err
	}
	row := make([]byte, 0, 8*columns)
	for i := range rows {
		row = row[:0]
		for j := range columns {
			row = binary.LittleEndian.AppendUint64(row, math.Float64bits(x.At(i, j)))
		}
		if _, err := w.Write(row); err != nil {
			return err
		}
	}
	return nil
}
