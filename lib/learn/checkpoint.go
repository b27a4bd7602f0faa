package learn

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Checkpoint is a network with what is needed to go on training it, or to use it.
//
// Its file is in the safetensors format (huggingface.co/docs/safetensors), in F32 or F64.
// Stage k, from 0, has the tensors
//
//	stages.k.weight  out × in, or out × in × 3 × 3 for a convolution
//	stages.k.bias    out
//	stages.k.time    out × features, if it is told the time
//
// in which a layer of PyTorch has them; averaged parameters and Adam's two moments have the
// same names after "average.", "adam.m." and "adam.v.". The metadata are strings:
//
//	format   wasserwerk.net/1
//	network  the options that it was made with, as JSON
//	step     of Checkpoint
//	adam     its options and steps, as JSON
//	average  its decay and steps, as JSON
//	note.…   Notes
//
// A file of other programs with the weights alone is for ReadWeights.
type Checkpoint[T Float] struct {
	Net     *Net[T]
	Step    int         // taken, for TrainOptions.After
	Adam    *Adam[T]    // nil if there is none
	Average *Average[T] // nil if there is none
	// Notes say what a reader should know: the schedule, the quantity, the data.
	Notes map[string]string
}

const fileFormat = "wasserwerk.net/1"

// counter is what of an optimiser or an average isn't a tensor.
type counter struct {
	Rate    float64 `json:"rate,omitempty"`
	Beta1   float64 `json:"beta1,omitempty"`
	Beta2   float64 `json:"beta2,omitempty"`
	Epsilon float64 `json:"epsilon,omitempty"`
	Decay   float64 `json:"decay,omitempty"`
	Clip    float64 `json:"clip,omitempty"`
	Steps   int     `json:"steps"`
}

// Write writes the file: equal checkpoints give equal bytes. It returns an error if there
// is no network, and that of the writer.
func (c *Checkpoint[T]) Write(w io.Writer) error {
	if c.Net == nil {
		return fmt.Errorf("learn.Checkpoint.Write: there is no network")
	}
	tensors := c.Net.tensors("", c.Net.params)
	network, err := json.Marshal(c.Net.shape)
	if err != nil {
		return err
	}
	metadata := map[string]string{"format": fileFormat, "network": string(network), "step": strconv.Itoa(c.Step)}
	for k, v := range c.Notes {
		metadata["note."+k] = v
	}
	put := func(name string, v counter) error {
		text, err := json.Marshal(v)
		metadata[name] = string(text)
		return err
	}
	if a := c.Adam; a != nil && a.m != nil {
		tensors = append(append(tensors, c.Net.tensors("adam.m.", a.m)...), c.Net.tensors("adam.v.", a.v)...)
		if err := put("adam", counter{a.Rate, a.Beta1, a.Beta2, a.Epsilon, a.Decay, a.Clip, a.steps}); err != nil {
			return err
		}
	}
	if a := c.Average; a != nil && a.Params != nil {
		tensors = append(tensors, c.Net.tensors("average.", a.Params)...)
		if err := put("average", counter{Decay: a.Decay, Steps: a.steps}); err != nil {
			return err
		}
	}
	return writeTensors(w, tensors, metadata, isDouble[T]())
}

// ReadCheckpoint reads a file that Write wrote; numbers of another precision are rounded.
// It returns a FileError for a file that is cut off, was written by something else, or
// whose tensors aren't those of its network.
func ReadCheckpoint[T Float](r io.Reader) (*Checkpoint[T], error) {
	tensors, metadata, err := readTensors(r)
	if err != nil {
		return nil, err
	}
	if f := metadata["format"]; f != fileFormat {
		return nil, &FileError{What: fmt.Sprintf("has the format %q, want %q: for weights alone there is ReadWeights", f, fileFormat)}
	}
	var s shape
	if err := json.Unmarshal([]byte(metadata["network"]), &s); err != nil {
		return nil, &FileError{What: "doesn't say what its network is: " + err.Error()}
	}
	c := &Checkpoint[T]{Notes: map[string]string{}}
	if c.Net, err = build[T](s); err != nil {
		return nil, err
	}
	if c.Step, err = strconv.Atoi(metadata["step"]); err != nil || c.Step < 0 {
		return nil, &FileError{What: fmt.Sprintf("says %q steps", metadata["step"])}
	}
	if err := c.Net.take("", c.Net.params, tensors); err != nil {
		return nil, err
	}
	for k, v := range metadata {
		if len(k) > 5 && k[:5] == "note." {
			c.Notes[k[5:]] = v
		}
	}
	fresh := func() []T { return make([]T, len(c.Net.params)) }
	var a counter
	if text, ok := metadata["adam"]; ok {
		if err := json.Unmarshal([]byte(text), &a); err != nil {
			return nil, &FileError{What: "has a broken optimiser: " + err.Error()}
		}
		c.Adam = &Adam[T]{a.Rate, a.Beta1, a.Beta2, a.Epsilon, a.Decay, a.Clip, a.Steps, fresh(), fresh()}
		if err := c.Net.take("adam.m.", c.Adam.m, tensors); err != nil {
			return nil, err
		}
		if err := c.Net.take("adam.v.", c.Adam.v, tensors); err != nil {
			return nil, err
		}
	}
	if text, ok := metadata["average"]; ok {
		a = counter{}
		if err := json.Unmarshal([]byte(text), &a); err != nil {
			return nil, &FileError{What: "has a broken average: " + err.Error()}
		}
		c.Average = &Average[T]{a.Decay, fresh(), a.Steps}
		if err := c.Net.take("average.", c.Average.Params, tensors); err != nil {
			return nil, err
		}
	}
	if len(tensors) > 0 {
		return nil, &FileError{slices.Sorted(maps.Keys(tensors))[0], "isn't one of this network's"}
	}
	return c, nil
}

// ReadWeights replaces the network's parameters by those of a safetensors file with the
// tensors of a Checkpoint's network and no others, from this library or another. It
// returns a FileError if they have other shapes, and leaves the network as it was.
func (n *Net[T]) ReadWeights(r io.Reader) error {
	tensors, _, err := readTensors(r)
	if err != nil {
		return err
	}
	params := make([]T, len(n.params))
	if err := n.take("", params, tensors); err != nil {
		return err
	}
	if len(tensors) > 0 {
		return &FileError{slices.Sorted(maps.Keys(tensors))[0], "isn't one of this network's"}
	}
	copy(n.params, params)
	return nil
}

// WriteWeights writes the network's parameters alone as a safetensors file.
func (n *Net[T]) WriteWeights(w io.Writer) error {
	return writeTensors(w, n.tensors("", n.params), nil, isDouble[T]())
}

// build returns the network of a shape that a file describes, or a FileError for one that
// isn't valid.
func build[T Float](s shape) (n *Net[T], err error) {
	defer func() {
		if problem := recover(); problem != nil {
			n, err = nil, &FileError{What: fmt.Sprint("describes a network that can't be: ", problem)}
		}
	}()
	const most = 1 << 20 // a width
	widths := []int{s.In, s.Out, s.Frequencies}
	switch {
	case s.Kind == "mlp" && s.MLP != nil && len(s.MLP.Hidden) < 100:
		widths = append(widths, s.MLP.Hidden...)
	case s.Kind == "conv" && s.Conv != nil:
		widths = append(widths, s.Conv.Channels, 1000*s.Conv.Side, 10000*s.Conv.Layers, s.Conv.Outputs)
	default:
		return nil, &FileError{What: fmt.Sprintf("describes a network of the kind %q", s.Kind)}
	}
	if slices.Max(widths) > most {
		return nil, &FileError{What: fmt.Sprintf("describes a network with a width of %d", slices.Max(widths))}
	}
	if s.Kind == "mlp" {
		return NewMLP[T](s.In, s.Out, *s.MLP, rng.New(0)), nil
	}
	return NewConvNet[T](*s.Conv, rng.New(0)), nil
}

func isDouble[T Float]() bool { return T(1)/3 != T(float32(1)/3) }

// tensors returns parameters, or what goes with each of them, as PyTorch would have them.
func (n *Net[T]) tensors(prefix string, params []T) (out []tensor) {
	n.layout(prefix, func(name string, shape []int, at func(i int) int) {
		t := tensor{name: name, shape: shape, data: make([]float64, count(shape))}
		for i := range t.data {
			t.data[i] = float64(params[at(i)])
		}
		out = append(out, t)
	})
	return out
}

// take moves the tensors of that name into params.
func (n *Net[T]) take(prefix string, params []T, tensors map[string]tensor) (err error) {
	n.layout(prefix, func(name string, shape []int, at func(i int) int) {
		t, ok := tensors[name]
		switch {
		case err != nil:
		case !ok:
			err = &FileError{name, fmt.Sprintf("is missing, want the shape %v", shape)}
		case !slices.Equal(t.shape, shape):
			err = &FileError{name, fmt.Sprintf("has the shape %v, want %v", t.shape, shape)}
		default:
			for i, v := range t.data {
				params[at(i)] = T(v)
			}
			delete(tensors, name)
		}
	})
	return err
}

// layout calls f with each tensor's name and shape, and where its i-th number is among the
// parameters.
func (n *Net[T]) layout(prefix string, f func(name string, shape []int, at func(i int) int)) {
	features := n.shape.features()
	for k, s := range n.stages {
		name := fmt.Sprintf("%sstages.%d.", prefix, k)
		if s.side > 0 {
			f(name+"weight", []int{s.out, s.in, 3, 3}, func(i int) int {
				o, rest := i/(9*s.in), i%(9*s.in)
				c, place := rest/9, rest%9
				return s.w + (place*s.in+c)*s.out + o
			})
		} else {
			f(name+"weight", []int{s.out, s.in}, func(i int) int { return s.w + i%s.in*s.out + i/s.in })
		}
		f(name+"bias", []int{s.out}, func(i int) int { return s.b + i })
		if s.told {
			f(name+"time", []int{s.out, features}, func(i int) int { return s.e + i%features*s.out + i/features })
		}
	}
}

func count(shape []int) int {
	n := 1
	for _, v := range shape {
		n *= v
	}
	return n
}
