package course

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// question is a cell as a lecturer writes it.
func question() {
	Grade("q",
		Check("a number", 1, func() float64 { return answer() }, func(x float64) Answer { return Near("", x, 42, 1e-9) }),
		Check("a matrix", 2,
			func() *mat.Dense { return mat.NewDense(1, 2, []float64{1, math.Inf(1)}) },
			func(m *mat.Dense) Answer {
				return That("", m.At(0, 0) == 1 && math.IsInf(m.At(0, 1), 1), "it is another")
			}),
		Check("nothing", 1, func() []float64 { panic("not implemented") }, func(x []float64) Answer { return That("", true, "") }),
		Check("judged by a panic", 1, func() []float64 { return nil }, func(x []float64) Answer { return Near("", x[3], 1, 1) }),
	)
}

var answer = func() float64 { return 42 }

func TestMain(m *testing.M) {
	if os.Getenv("COURSE_TEST_CELL") != "" {
		if os.Getenv(modeVariable) == "judge" {
			answer = func() float64 { panic("the judge asks") }
		}
		question()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// cell runs the question in a program of its own.
func cell(t *testing.T, in []byte, env ...string) (out []byte, stdout string, err error) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), "COURSE_TEST_CELL=1"), env...)
	if in != nil {
		f, err := os.CreateTemp(t.TempDir(), "in")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(in); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Seek(0, 0); err != nil {
			t.Fatal(err)
		}
		cmd.ExtraFiles = append(cmd.ExtraFiles, f)
	}
	cmd.ExtraFiles = append(cmd.ExtraFiles, w)
	var b, read bytes.Buffer
	cmd.Stdout = &b
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if _, err := read.ReadFrom(r); err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	return read.Bytes(), b.String(), err
}

func TestAskAndJudge(t *testing.T) {
	asked, said, err := cell(t, nil, modeVariable+"=ask")
	if err != nil || said != "" || bytes.Count(asked, []byte("\n")) != 4 {
		t.Fatalf("%v, %q, %s", err, said, asked)
	}
	judged, said, err := cell(t, asked, modeVariable+"=judge", nonceVariable+"=n0nce")
	if err != nil || said != "" {
		t.Fatalf("%v, %q", err, said)
	}
	var r result
	if err := json.Unmarshal(judged, &r); err != nil || r.Nonce != "n0nce" || len(r.Answers) != 4 || r.Weights[1] != 2 {
		t.Fatalf("%v, %s", err, judged)
	}
	for i, want := range []Answer{
		{"a number", true, ""},
		{"a matrix", true, ""},
		{"nothing", false, notAnswered},
		{"judged by a panic", false, "it can't be judged: runtime error: index out of range [3] with length 0"},
	} {
		if r.Answers[i] != want {
			t.Errorf("%+v, want %+v", r.Answers[i], want)
		}
	}
	// What isn't an answer earns nothing, and the first of two counts.
	for name, in := range map[string]string{
		"nothing":       "",
		"noise":         "\x00\xff{\n[]\n",
		"another":       strings.ReplaceAll(string(asked), `"question":"q"`, `"question":"p"`),
		"no gob":        `{"question":"q","item":0,"data":"AAAA"}` + "\n",
		"another first": `{"question":"q","item":0,"failure":"x"}` + "\n" + string(asked),
	} {
		judged, _, err := cell(t, []byte(in), modeVariable+"=judge")
		var r result
		if err != nil || json.Unmarshal(judged, &r) != nil || len(r.Answers) != 4 || r.Answers[0].Right || r.Answers[0].Word == "x" {
			t.Errorf("%s: %v, %s", name, err, judged)
		}
	}
}

func TestInNotebook(t *testing.T) {
	_, said, err := cell(t, nil)
	want := "q:\n  a number: ✓\n  a matrix: ✓\n  nothing: … no answer yet\n  judged by a panic: … it can't be judged: runtime error: index out of range [3] with length 0\n"
	if err != nil || said != want {
		t.Errorf("%v\n%s\nwant\n%s", err, said, want)
	}
	if _, said, err := cell(t, nil, "NBGRADER_EXECUTION=autograde"); err == nil || said != want {
		t.Errorf("nbgrader: %v\n%s", err, said)
	}
}

func TestStudent(t *testing.T) {
	if got := Student("me"); got != "me" {
		t.Errorf("%q", got)
	}
	t.Setenv(idVariable, "ada")
	if got := Student("me"); got != "ada" {
		t.Errorf("%q", got)
	}
}
