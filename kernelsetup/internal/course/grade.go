package course

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/sandbox"
	"github.com/wasserwerk-go/wasserwerk/lib/course"
)

// A Mark is what an answer earned, and why.
type Mark struct {
	Question string  `json:"question"`
	Points   float64 `json:"points"`
	Score    float64 `json:"score"`
	ByHand   bool    `json:"by_hand,omitempty"` // and isn't marked yet
	Why      string  `json:"why,omitempty"`     // where there are no parts
	Parts    []Part  `json:"parts,omitempty"`
}

// A Part is a part of a question.
type Part struct {
	course.Answer
	Weight float64 `json:"weight"`
}

// A Grader grades the submissions of a sheet.
type Grader struct {
	Sheet   *Sheet
	Builder *Builder
	Kind    sandbox.Kind
	Limits  sandbox.Limits
	Dir     string // for programs

	mu     sync.Mutex
	judges map[*Question]*judge
}

// judge is the program that judges the answers to a question. It has nothing of a
// student's.
type judge struct {
	once sync.Once
	path string
	err  error
}

func (g *Grader) judge(ctx context.Context, q *Question) (string, error) {
	g.mu.Lock()
	if g.judges == nil {
		g.judges = make(map[*Question]*judge)
	}
	j := g.judges[q]
	if j == nil {
		j = new(judge)
		g.judges[q] = j
	}
	g.mu.Unlock()
	j.once.Do(func() {
		var files map[string]string
		if files, j.err = g.Sheet.program(q, g.Sheet.solutions(q)); j.err == nil {
			j.path, j.err = g.Builder.Native().Build(ctx, g.Dir, files)
		}
	})
	return j.path, j.err
}

// Mark marks a student's answers to a question. The error says that it could not be
// marked, which isn't the student's doing.
func (g *Grader) Mark(ctx context.Context, student string, q *Question, given map[string]string) (*Mark, error) {
	m := &Mark{Question: q.ID, Points: q.Points}
	mine, why := g.take(q, given)
	if m.Why = why; why != "" {
		return m, nil
	}
	judge, err := g.judge(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("%s: the lecturer's program: %w", q.ID, err)
	}
	files, err := g.Sheet.program(q, mine)
	if err != nil {
		m.Why = clean(err.Error())
		return m, nil
	}
	asks, err := g.Builder.Build(ctx, g.Dir, files)
	var failed *CompileError
	if errors.As(err, &failed) {
		m.Why = "it doesn't compile: " + clean(failed.Message)
		return m, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", q.ID, err)
	}
	defer os.RemoveAll(filepath.Dir(asks))
	return m, g.run(ctx, m, q, student, asks, judge)
}

// take looks whether there are answers, and may be such.
func (g *Grader) take(q *Question, given map[string]string) (mine map[string]string, why string) {
	mine = make(map[string]string)
	answered := false
	for _, id := range q.Answers {
		source, ok := given[id]
		switch {
		case !ok:
			return nil, fmt.Sprintf("the cell %s isn't there", id)
		case same(source, g.Sheet.stub(id)) || strings.TrimSpace(source) == "":
			source = g.Sheet.stub(id)
		default:
			answered = true
			if why := vet(source, g.Sheet.taken(id), g.Builder.modules); why != "" {
				return nil, fmt.Sprintf("%s isn't taken: %s", id, clean(why))
			}
			if p := g.Sheet.uses(source, q.without); p != "" {
				return nil, fmt.Sprintf("%s uses %s, and is to do without", id, p)
			}
		}
		mine[id] = source
	}
	if !answered {
		return nil, "no response"
	}
	return mine, ""
}

// The environment of the two programs, which package course reads.
func environment(mode, student string) []string {
	return []string{"WASSERWERK_COURSE=" + mode, "WASSERWERK_COURSE_STUDENT=" + student}
}

// run asks and judges.
func (g *Grader) run(ctx context.Context, m *Mark, q *Question, student, asks, judge string) error {
	limits := g.Limits
	if q.limit > 0 {
		limits.Time = q.limit
	}
	asked, err := g.Kind.Run(ctx, sandbox.Program{Path: asks, Env: environment("ask", student), Limits: limits})
	if err != nil {
		return err
	}
	if asked.Why != "" && len(asked.Out) == 0 {
		m.Why = asked.Why
		return nil
	}
	// The judge has no code of the student's; it is confined where that costs nothing.
	kind := g.Kind
	if kind == sandbox.Wasm {
		kind = sandbox.None
	}
	nonce := rand.Text()
	in := asked.Out
	if in == nil {
		in = []byte{}
	}
	limits.Time += 10 * time.Second
	judged, err := kind.Run(ctx, sandbox.Program{
		Path: judge, In: in, Limits: limits, Env: append(environment("judge", student), "WASSERWERK_COURSE_NONCE="+nonce),
	})
	if err != nil {
		return err
	}
	result, ok := evidence(judged.Out, nonce)
	if !ok {
		m.Why = "the answer can't be judged"
		if judged.Why != "" {
			m.Why += ": " + judged.Why
		}
		return nil
	}
	m.score(result, asked.Why)
	return nil
}

// result is what the judge writes: see package course.
type result struct {
	Nonce   string
	Answers []course.Answer
	Weights []float64
}

// evidence finds the judge's result. What hasn't this run's nonce is none.
func evidence(out []byte, nonce string) (r result, ok bool) {
	sc := bufio.NewScanner(bytes.NewReader(out))
	sc.Buffer(nil, len(out)+1)
	for sc.Scan() {
		var one result
		if json.Unmarshal(sc.Bytes(), &one) == nil && one.Nonce == nonce && len(one.Answers) == len(one.Weights) && len(one.Answers) > 0 {
			r.Answers, r.Weights, ok = append(r.Answers, one.Answers...), append(r.Weights, one.Weights...), true
		}
	}
	return r, ok
}

// score gives the share of the points that the parts that are right weigh.
func (m *Mark) score(r result, why string) {
	right, all := 0.0, 0.0
	for i, a := range r.Answers {
		a.Word = clean(a.Word)
		if a.Word == "no answer" && why != "" {
			a.Word = why
		}
		m.Parts = append(m.Parts, Part{a, r.Weights[i]})
		all += r.Weights[i]
		if a.Right {
			right += r.Weights[i]
		}
	}
	if share := right / all; share >= 0 && share <= 1 {
		m.Score = math.Round(m.Points*share*1e6) / 1e6
	}
}

// address matches what differs from run to run in what programs say.
var address = regexp.MustCompile(`\b0x[0-9a-f]+\b`)

// clean makes one line of a text, the same one each time.
func clean(s string) string {
	s = address.ReplaceAllString(strings.Join(strings.Fields(s), " "), "0x…")
	if r := []rune(s); len(r) > 300 {
		s = string(r[:300]) + " …"
	}
	return s
}
