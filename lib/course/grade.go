package course

import (
	"bufio"
	"bytes"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
)

// An Item is a part of a question: what it asks of the student's functions, how it
// judges the answer, and what share of the points it is worth.
type Item struct {
	part   string
	weight float64
	ask    func() ([]byte, error)
	judge  func([]byte) (Answer, error)
}

// Check makes an item of what asks and what judges. Its name takes the place of the
// judgement's. It panics unless weight is positive and finite.
func Check[T any](part string, weight float64, ask func() T, judge func(T) Answer) Item {
	if !(weight > 0) || math.IsInf(weight, 1) {
		panic(fmt.Sprintf("course.Check: weight is %v, want a positive number", weight))
	}
	return Item{
		part: part, weight: weight,
		ask: func() ([]byte, error) {
			v := ask()
			var b bytes.Buffer
			err := gob.NewEncoder(&b).Encode(&v)
			return b.Bytes(), err
		},
		judge: func(data []byte) (Answer, error) {
			var v T
			if err := gob.NewDecoder(bytes.NewReader(data)).Decode(&v); err != nil {
				return Answer{}, err
			}
			return judge(v), nil
		},
	}
}

// reply is what came of asking: a line of what the student's program writes.
type reply struct {
	Question string `json:"question"`
	Item     int    `json:"item"`
	Data     []byte `json:"data,omitempty"`
	Failure  string `json:"failure,omitempty"`
}

// result is a line of what the lecturer's program writes.
type result struct {
	Nonce    string    `json:"nonce"`
	Question string    `json:"question"`
	Answers  []Answer  `json:"answers"`
	Weights  []float64 `json:"weights"`
}

// How a grader tells its programs apart, and where they write.
const (
	modeVariable  = "WASSERWERK_COURSE" // "ask" or "judge"
	fileVariable  = "WASSERWERK_COURSE_FILE"
	nonceVariable = "WASSERWERK_COURSE_NONCE"
	idVariable    = "WASSERWERK_COURSE_STUDENT"
	answersFD     = 3
	resultsFD     = 4
)

// Grade asks and judges a question's items; see the package's documentation. In a
// notebook it prints what came of them. It panics without items.
func Grade(question string, items ...Item) {
	if len(items) == 0 {
		panic("course.Grade: question " + question + " has no items")
	}
	switch os.Getenv(modeVariable) {
	case "ask":
		must(askAll(question, items))
	case "judge":
		must(judgeAll(question, items))
	default:
		all, right := inNotebook(items)
		fmt.Println(Say(question, all))
		if !right && os.Getenv("NBGRADER_EXECUTION") != "" {
			os.Exit(1)
		}
	}
}

// Student returns the name of who handed a notebook in, where it is graded, and id
// elsewhere: what students call themselves in their notebooks decides nothing. Data of
// a student's own come from rng.New(…).Named(course.Student(id)).
func Student(id string) string {
	if graded, ok := os.LookupEnv(idVariable); ok {
		return graded
	}
	return id
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "course.Grade:", err)
		os.Exit(3)
	}
}

// asked asks one item; a panic of the student's code is no answer.
func (it Item) asked() (data []byte, failure string) {
	defer func() {
		if r := recover(); r != nil {
			data, failure = nil, fmt.Sprintf("it panics: %v", r)
			if r == "not implemented" {
				failure = notAnswered
			}
		}
	}()
	data, err := it.ask()
	if err != nil {
		return nil, "it is no answer: " + err.Error()
	}
	return data, ""
}

const notAnswered = "no answer yet"

// failures matches what asked says in the place of an answer.
var failures = regexp.MustCompile(`^(?:` + notAnswered + `$|no answer$|it panics: |it is no answer: )`)

// judged judges an answer. What can't be judged isn't right.
func (it Item) judged(data []byte, failure string) (a Answer) {
	defer func() {
		if r := recover(); r != nil {
			a = Answer{Word: fmt.Sprintf("it can't be judged: %v", r)}
		}
		a.Part = it.part
	}()
	if failure != "" {
		if !failures.MatchString(failure) {
			failure = "no answer" // whoever wrote that, this package didn't
		}
		return Answer{Word: failure}
	}
	a, err := it.judge(data)
	if err != nil {
		return Answer{Word: "it can't be read: " + err.Error()}
	}
	return a
}

func askAll(question string, items []Item) error {
	out, err := answers()
	if err != nil {
		return err
	}
	w := json.NewEncoder(out)
	for i, it := range items {
		r := reply{Question: question, Item: i}
		r.Data, r.Failure = it.asked()
		if err := w.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

// answers opens where answers are written.
func answers() (io.Writer, error) {
	if file := os.Getenv(fileVariable); file != "" {
		return os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	}
	f := os.NewFile(answersFD, "answers")
	if f == nil {
		return nil, errors.New("there is no place for answers")
	}
	return f, nil
}

func judgeAll(question string, items []Item) error {
	in := os.NewFile(answersFD, "answers")
	out := os.NewFile(resultsFD, "results")
	if in == nil || out == nil {
		return errors.New("there are no answers, or is no place for results")
	}
	replies := make(map[int]reply)
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		var r reply
		if json.Unmarshal(line, &r) == nil && r.Question == question {
			if _, twice := replies[r.Item]; !twice {
				replies[r.Item] = r
			}
		}
		if err != nil { // the end, or as good as that
			break
		}
	}
	res := result{Nonce: os.Getenv(nonceVariable), Question: question}
	for i, it := range items {
		r, ok := replies[i]
		if !ok {
			r.Failure = "no answer"
		}
		res.Answers = append(res.Answers, it.judged(r.Data, r.Failure))
		res.Weights = append(res.Weights, it.weight)
	}
	return json.NewEncoder(out).Encode(res)
}

// inNotebook asks and judges one after the other.
func inNotebook(items []Item) (all []Answer, right bool) {
	right = true
	for _, it := range items {
		a := it.judged(it.asked())
		all, right = append(all, a), right && a.Right
	}
	return all, right
}
