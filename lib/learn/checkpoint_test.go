package learn

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Training that was saved and taken up again gives the same bits as training at one go.
func TestResume(t *testing.T) {
	task := denoising(t, gaussianIn(t), diffusion.CondOT{}, Denoising{Quantity: V})
	run := func(c *Checkpoint[float32], to int) {
		t.Helper()
		for p, err := range Train(context.Background(), c.Net, task, c.Adam, c.Average, TrainOptions{Batch: 32, Rate: CosineDecay(3, 30), After: c.Step}, rng.New(3)) {
			if err != nil {
				t.Fatal(err)
			}
			if c.Step = p.Step; p.Step == to {
				return
			}
		}
	}
	fresh := func() *Checkpoint[float32] {
		return &Checkpoint[float32]{Net: mlp(12, 7), Adam: &Adam[float32]{Rate: 2e-3, Clip: 1, Decay: .1}, Average: &Average[float32]{Decay: .9}, Notes: map[string]string{"data": "Gaussian"}}
	}
	whole, half := fresh(), fresh()
	run(whole, 20)
	run(half, 9)
	var file bytes.Buffer
	if err := half.Write(&file); err != nil {
		t.Fatal(err)
	}
	again, err := ReadCheckpoint[float32](&file)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(half, again) {
		t.Errorf("read\n%+v, wrote\n%+v", again, half)
	}
	run(again, 20)
	if !reflect.DeepEqual(whole, again) {
		t.Error("training that was taken up differs")
	}
}

// All kinds of networks come back, in both precisions.
func TestCheckpoint(t *testing.T) {
	for name, n := range nets[float64]() {
		var file bytes.Buffer
		if err := (&Checkpoint[float64]{Net: n}).Write(&file); err != nil {
			t.Fatal(err)
		}
		double, err := ReadCheckpoint[float64](bytes.NewReader(file.Bytes()))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(n, double.Net) {
			t.Errorf("%s: another network came back", name)
		}
		single, err := ReadCheckpoint[float32](bytes.NewReader(file.Bytes()))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i, v := range n.params {
			if single.Net.params[i] != float32(v) {
				t.Fatalf("%s: parameter %d", name, i)
			}
		}
		file.Reset()
		if err := n.WriteWeights(&file); err != nil {
			t.Fatal(err)
		}
		for i := range double.Net.params {
			double.Net.params[i] = 0
		}
		if err := double.Net.ReadWeights(&file); err != nil || !reflect.DeepEqual(n, double.Net) {
			t.Errorf("%s: weights alone: %v", name, err)
		}
	}
}

func TestBrokenFiles(t *testing.T) {
	n := nets[float32]()["dense"]
	var file bytes.Buffer
	if err := (&Checkpoint[float32]{Net: n}).Write(&file); err != nil {
		t.Fatal(err)
	}
	good := file.Bytes()
	refuse := func(name, want string, b []byte) {
		t.Helper()
		_, err := ReadCheckpoint[float32](bytes.NewReader(b))
		var f *FileError
		if !errors.As(err, &f) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for cutAt := range good {
		_, err := ReadCheckpoint[float32](bytes.NewReader(good[:cutAt]))
		var f *FileError
		if !errors.As(err, &f) {
			t.Fatalf("cut at %d: %v", cutAt, err)
		}
	}
	refuse("nothing", "eight bytes", nil)
	refuse("numbers cut", "cut off: ", good[:len(good)-1])
	refuse("too long", "goes on", append(append([]byte(nil), good...), 0))
	refuse("a picture", "no safetensors", []byte("\x89PNG\r\n\x1a\nIHDR and so on"))
	replace := func(old, new string) []byte {
		if len(old) != len(new) || !bytes.Contains(good, []byte(old)) {
			t.Fatalf("%q for %q", new, old)
		}
		return bytes.Replace(good, []byte(old), []byte(new), 1)
	}
	refuse("width", "has the shape", replace(`hidden\":[7,5]`, `hidden\":[7,4]`))
	refuse("negative", "can't be", replace(`hidden\":[7,5]`, `hidden\":[7,0]`))
	refuse("kind", "kind", replace(`\"kind\":\"mlp\"`, `\"kind\":\"map\"`))
	refuse("name", "stages.0.bias", replace(`"stages.0.bias"`, `"stages.9.bias"`))
	refuse("type", "F32", replace(`"F32"`, `"I32"`))
	refuse("format", "format", replace(`wasserwerk.net/1`, `wasserwerk.net/2`))
	refuse("offsets", "bytes", replace(`"data_offsets":[0,`, `"data_offsets":[1,`))
	refuse("step", "steps", replace(`"step":"0"`, `"step":"x"`))
	other := NewMLP[float32](3, 2, MLPOptions{Hidden: []int{7, 6}, Frequencies: 2}, rng.New(1))
	before := append([]float32(nil), other.params...)
	var f *FileError
	if err := other.ReadWeights(bytes.NewReader(good)); !errors.As(err, &f) || !reflect.DeepEqual(other.params, before) {
		t.Errorf("weights of another shape: %v", err)
	}
	if err := (&Checkpoint[float32]{}).Write(&file); err == nil {
		t.Error("no network: no error")
	}
}

// PyTorch reads the weights and gives the same values, and writes weights that come back.
func TestPyTorch(t *testing.T) {
	python := os.Getenv("WASSERWERK_TORCH")
	if python == "" {
		t.Skip("WASSERWERK_TORCH doesn't name a Python that has torch and safetensors: its answers are not asked for")
	}
	dir := t.TempDir()
	for _, name := range []string{"dense", "patches", "to numbers"} {
		n := nets[float32]()[name]
		x, u := inputs(n, 4)
		want := n.NewTape(4).Forward(x, u)
		write := func(name string, f func(*os.File) error) {
			t.Helper()
			file, err := os.Create(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if err := f(file); err != nil {
				t.Fatal(err)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
		}
		write("net", func(f *os.File) error { return (&Checkpoint[float32]{Net: n}).Write(f) })
		write("io", func(f *os.File) error {
			wide := func(v []float32) (out []float64) {
				for _, x := range v {
					out = append(out, float64(x))
				}
				return out
			}
			return writeTensors(f, []tensor{{"x", []int{4, n.In}, wide(x)}, {"u", []int{4}, wide(u)}, {"y", []int{4, n.Out}, wide(want)}}, nil, false)
		})
		out, err := exec.Command(python, "testdata/readback.py", dir).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		t.Logf("%s: %s", name, bytes.TrimSpace(out))
		file, err := os.Open(filepath.Join(dir, "back"))
		if err != nil {
			t.Fatal(err)
		}
		back := nets[float32]()[name]
		clear(back.params)
		if err := back.ReadWeights(file); err != nil {
			t.Errorf("%s: what PyTorch wrote: %v", name, err)
		}
		_ = file.Close()
		for i, v := range n.params {
			if back.params[i] != v {
				t.Fatalf("%s: parameter %d is %v, want %v", name, i, back.params[i], v)
			}
		}
	}
}

// Probabilities sum to 1 and classes that lie apart are told apart; labels are checked.
func TestClassifier(t *testing.T) {
	x, labels := mat.NewDense(300, 2, nil), make([]int, 300)
	rng.New(1).Normal(x.RawMatrix().Data)
	for i := range labels {
		labels[i] = i % 3
		x.Set(i, 0, .3*x.At(i, 0)+2*float64(labels[i]))
	}
	task, err := NewLabels(x, labels, 3, Labels{Jitter: .1})
	if err != nil {
		t.Fatal(err)
	}
	c := Classifier[float32]{trained(t, NewMLP[float32](2, 3, MLPOptions{Hidden: []int{16, 9}, Frequencies: -1}, rng.New(1)), task, 1e-2, 64, 400)}
	if a := c.Accuracy(x, labels); a < .97 {
		t.Errorf("accuracy %v", a)
	}
	p := c.Probabilities(x)
	for i := range 300 {
		if s := mat.Sum(p.RowView(i)); s < 1-1e-9 || s > 1+1e-9 {
			t.Fatalf("probabilities sum to %v", s)
		}
	}
	if r, f := c.Features(x).Dims(); r != 300 || f != 9 {
		t.Errorf("features are %d × %d", r, f)
	}
	for name, f := range map[string]func() error{
		"label":   func() error { _, err := NewLabels(x, append([]int{3}, labels[1:]...), 3, Labels{}); return err },
		"below":   func() error { _, err := NewLabels(x, append([]int{-1}, labels[1:]...), 3, Labels{}); return err },
		"number":  func() error { _, err := NewLabels(x, labels[1:], 3, Labels{}); return err },
		"classes": func() error { _, err := NewLabels(x, labels, 1, Labels{}); return err },
		"points":  func() error { _, err := NewLabels(nil, labels, 3, Labels{}); return err },
		"shift":   func() error { _, err := NewLabels(x, labels, 3, Labels{Shift: 1}); return err },
	} {
		if f() == nil {
			t.Errorf("%s: no error", name)
		}
	}
	l := &Labels{side: 3, Paper: -1}
	got := make([]float64, 9)
	l.shift(got, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9}, 1, -1)
	if want := []float64{-1, -1, -1, 2, 3, -1, 5, 6, -1}; !reflect.DeepEqual(got, want) {
		t.Errorf("shifted: %v", got)
	}
}
