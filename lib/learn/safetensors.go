package learn

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// FileError reports what is wrong with a file of weights.
type FileError struct {
	Tensor string // "" if it isn't about one
	What   string
}

func (e *FileError) Error() string {
	if e.Tensor != "" {
		return fmt.Sprintf("learn: tensor %q %s", e.Tensor, e.What)
	}
	return "learn: the file of weights " + e.What
}

// tensor is an array with a name, by rows.
type tensor struct {
	name  string
	shape []int
	data  []float64 // float32 numbers are float64 numbers
}

// entry describes a tensor in a header.
type entry struct {
	DType   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// metadataKey is where a header holds strings by name.
const metadataKey = "__metadata__"

// writeTensors writes the safetensors format: the header's length as eight bytes, a JSON
// object with an entry for each tensor, and their numbers, one after the other, lowest
// byte first.
func writeTensors(w io.Writer, tensors []tensor, metadata map[string]string, double bool) error {
	size, dtype := int64(4), "F32"
	if double {
		size, dtype = 8, "F64"
	}
	header := map[string]any{}
	if len(metadata) > 0 {
		header[metadataKey] = metadata
	}
	var end int64
	for _, t := range tensors {
		begin := end
		end += size * int64(len(t.data))
		header[t.name] = entry{dtype, t.shape, [2]int64{begin, end}}
	}
	text, err := json.Marshal(header) // keys in order: the same bytes each time
	if err != nil {
		return err
	}
	for len(text)%8 != 0 { // so that numbers are aligned
		text = append(text, ' ')
	}
	out := bytes.NewBuffer(binary.LittleEndian.AppendUint64(nil, uint64(len(text))))
	out.Write(text)
	for _, t := range tensors {
		for _, v := range t.data {
			if double {
				out.Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)))
			} else {
				out.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(v))))
			}
		}
	}
	_, err = w.Write(out.Bytes())
	return err
}

// The most that is read: no network of this package has files near it.
const mostHeader, mostData = 1 << 26, 1 << 33

// readTensors reads what writeTensors, or another program, wrote, in F32 or F64.
func readTensors(r io.Reader) (map[string]tensor, map[string]string, error) {
	var length uint64
	if err := binary.Read(r, binary.LittleEndian, &length); err != nil {
		return nil, nil, cut(err, "is cut off in the first eight bytes")
	}
	if length > mostHeader {
		return nil, nil, &FileError{What: fmt.Sprintf("is no safetensors file: it announces a header of %d bytes", length)}
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, nil, cut(err, "is cut off in its header")
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, nil, &FileError{What: "is no safetensors file: its header: " + err.Error()}
	}
	var metadata map[string]string
	entries := map[string]entry{}
	var end int64
	for name, part := range raw {
		if name == metadataKey {
			if err := json.Unmarshal(part, &metadata); err != nil {
				return nil, nil, &FileError{What: "has metadata that aren't strings: " + err.Error()}
			}
			continue
		}
		var e entry
		if err := json.Unmarshal(part, &e); err != nil {
			return nil, nil, &FileError{name, "has a broken entry: " + err.Error()}
		}
		size := map[string]int64{"F32": 4, "F64": 8}[e.DType]
		if size == 0 {
			return nil, nil, &FileError{name, fmt.Sprintf("has numbers of type %q: want F32 or F64", e.DType)}
		}
		count := int64(1)
		for _, n := range e.Shape {
			if n < 0 || n > 0 && count > mostData/int64(n) {
				return nil, nil, &FileError{name, fmt.Sprintf("has the shape %v", e.Shape)}
			}
			count *= int64(n)
		}
		if e.Offsets[0] < 0 || e.Offsets[1] > mostData || e.Offsets[1]-e.Offsets[0] != count*size {
			return nil, nil, &FileError{name, fmt.Sprintf("has bytes %v for the shape %v of %s", e.Offsets, e.Shape, e.DType)}
		}
		entries[name] = e
		end = max(end, e.Offsets[1])
	}
	// Not all at once: a header may announce more than there is.
	data, err := io.ReadAll(io.LimitReader(r, end))
	if err != nil {
		return nil, nil, err
	}
	if int64(len(data)) < end {
		return nil, nil, &FileError{What: fmt.Sprintf("is cut off: %d of %d bytes of numbers", len(data), end)}
	}
	if n, _ := io.ReadFull(r, make([]byte, 1)); n > 0 {
		return nil, nil, &FileError{What: "goes on after its last tensor"}
	}
	tensors := map[string]tensor{}
	for name, e := range entries {
		t := tensor{name: name, shape: e.Shape}
		for part := data[e.Offsets[0]:e.Offsets[1]]; len(part) > 0; {
			if e.DType == "F32" {
				t.data = append(t.data, float64(math.Float32frombits(binary.LittleEndian.Uint32(part))))
				part = part[4:]
			} else {
				t.data = append(t.data, math.Float64frombits(binary.LittleEndian.Uint64(part)))
				part = part[8:]
			}
		}
		tensors[name] = t
	}
	return tensors, metadata, nil
}

// cut returns a FileError for an end that came too early.
func cut(err error, what string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &FileError{What: what}
	}
	return err
}
