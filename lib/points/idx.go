package points

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"gonum.org/v1/gonum/mat"
)

// An .idx is two bytes of zeros, one of the kind of its numbers and one of how many axes
// there are, the length of each axis in four bytes, and the numbers, all big-endian.
const (
	idxUint8, idxInt8, idxInt16, idxInt32, idxFloat32, idxFloat64 = 0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e
)

// ReadIDX reads an array in the format of MNIST's images and labels, as it is or
// compressed by gzip, and returns its points and its shape: the first axis counts them
// and the others are flattened, so that labels are a single column.
//
// It returns a FormatError for what isn't such an array or is cut short, ErrEmpty,
// wrapped, for one without points, and a ValueError for NaN and infinities unless
// opt.KeepNonFinite is set.
func ReadIDX(r io.Reader, opt Options) (x *mat.Dense, shape []int, err error) {
	b := bufio.NewReader(r)
	if head, _ := b.Peek(2); len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, nil, &FormatError{Format: "IDX", Reason: "its gzip header", Err: err}
		}
		b = bufio.NewReader(z)
	}
	x, shape, err = readIDX(b)
	if err != nil {
		return nil, nil, err
	}
	if opt.KeepNonFinite {
		return x, shape, nil
	}
	for i := range shape[0] {
		for j, v := range x.RawRowView(i) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, nil, &ValueError{Row: i, Column: j, Text: fmt.Sprint(v), Want: "a finite number"}
			}
		}
	}
	return x, shape, nil
}

func readIDX(r io.Reader) (*mat.Dense, []int, error) {
	bad := func(err error, format string, args ...any) error {
		return &FormatError{Format: "IDX", Reason: fmt.Sprintf(format, args...), Err: err}
	}
	var magic [4]byte
	if _, err := io.ReadFull(r, magic[:]); err != nil {
		return nil, nil, bad(err, "its first four bytes")
	}
	size := map[byte]int{idxUint8: 1, idxInt8: 1, idxInt16: 2, idxInt32: 4, idxFloat32: 4, idxFloat64: 8}[magic[2]]
	if magic[0] != 0 || magic[1] != 0 || size == 0 || magic[3] == 0 {
		return nil, nil, bad(nil, "it begins with % x", magic[:])
	}
	shape := make([]int, magic[3])
	columns := 1
	for k := range shape {
		var n uint32
		if err := binary.Read(r, binary.BigEndian, &n); err != nil {
			return nil, nil, bad(err, "the length of axis %d", k)
		}
		shape[k] = int(n)
		if k > 0 {
			if columns *= int(n); columns > 1<<26 {
				return nil, nil, bad(nil, "a point has more than %d coordinates", 1<<26)
			}
		}
	}
	if shape[0] == 0 || columns == 0 {
		return nil, nil, fmt.Errorf("an array of shape %v: %w", shape, ErrEmpty)
	}
	// Rows are taken as they come, whatever the header says of their number.
	row := make([]byte, columns*size)
	var values []float64
	for i := range shape[0] {
		if _, err := io.ReadFull(r, row); err != nil {
			return nil, nil, bad(err, "point %d of %d", i, shape[0])
		}
		for j := range columns {
			values = append(values, idxValue(magic[2], row[j*size:]))
		}
	}
	if n, _ := io.ReadFull(r, row[:1]); n > 0 {
		return nil, nil, bad(nil, "there is more than %d points of %d", shape[0], columns)
	}
	return mat.NewDense(shape[0], columns, values), shape, nil
}

func idxValue(kind byte, b []byte) float64 {
	switch kind {
	case idxUint8:
		return float64(b[0])
	case idxInt8:
		return float64(int8(b[0]))
	case idxInt16:
		return float64(int16(binary.BigEndian.Uint16(b)))
	case idxInt32:
		return float64(int32(binary.BigEndian.Uint32(b)))
	case idxFloat32:
		return float64(math.Float32frombits(binary.BigEndian.Uint32(b)))
	default:
		return math.Float64frombits(binary.BigEndian.Uint64(b))
	}
}
