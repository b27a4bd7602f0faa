// Package report writes what came of running and verifying notebooks for programs
// to read: as JSON, and as JUnit's XML, which build servers show.
package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Status is what came of a case.
type Status string

// What can come of it.
const (
	Passed  Status = "passed"
	Failed  Status = "failed"  // something is wrong with the notebook
	Errored Status = "error"   // it could not be run
	Skipped Status = "skipped" // on purpose
)

// A Case is one cell, or one thing that is asked of a whole notebook.
type Case struct {
	Name    string        `json:"name"` // unique in its suite
	Cell    int           `json:"cell,omitempty"`
	Line    int           `json:"line,omitempty"`
	Status  Status        `json:"status"`
	Message string        `json:"message,omitempty"` // one line; of those that didn't pass
	Details []string      `json:"details,omitempty"`
	Time    time.Duration `json:"-"`
}

// A Suite is one notebook.
type Suite struct {
	Name  string        `json:"notebook"`
	Cases []Case        `json:"cases"`
	Time  time.Duration `json:"-"`
}

// Count returns how many cases have a status.
func (s *Suite) Count(status Status) int {
	n := 0
	for _, c := range s.Cases {
		if c.Status == status {
			n++
		}
	}
	return n
}

// seconds are what both forms give times in, to the millisecond.
func seconds(d time.Duration) float64 { return math.Round(d.Seconds()*1000) / 1000 }

// JSON returns suites as a JSON document: {"suites": [{"notebook", "seconds", "cases":
// [{"name", "cell", "line", "status", "message", "details", "seconds"}]}]}.
func JSON(suites []*Suite) ([]byte, error) {
	type timedCase struct {
		Case
		Seconds float64 `json:"seconds"`
	}
	type timedSuite struct {
		Name    string      `json:"notebook"`
		Seconds float64     `json:"seconds"`
		Cases   []timedCase `json:"cases"`
	}
	out := struct {
		Suites []timedSuite `json:"suites"`
	}{[]timedSuite{}}
	for _, s := range suites {
		t := timedSuite{Name: s.Name, Seconds: seconds(s.Time), Cases: []timedCase{}}
		for _, c := range s.Cases {
			t.Cases = append(t.Cases, timedCase{c, seconds(c.Time)})
		}
		out.Suites = append(out.Suites, t)
	}
	data, err := json.MarshalIndent(out, "", "  ")
	return append(data, '\n'), err
}

// The elements of JUnit's format that build servers agree on.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitMessage `xml:"failure"`
		Error   *junitMessage `xml:"error"`
		Skipped *junitMessage `xml:"skipped"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit returns suites as a JUnit document.
func JUnit(suites []*Suite) ([]byte, error) {
	all := junitSuites{}
	var total time.Duration
	for _, s := range suites {
		js := junitSuite{
			Name: clean(s.Name), Tests: len(s.Cases), Failures: s.Count(Failed), Errors: s.Count(Errored), Skipped: s.Count(Skipped),
			Time: fmt.Sprint(seconds(s.Time)),
		}
		for _, c := range s.Cases {
			jc := junitCase{Name: clean(c.Name), Class: clean(s.Name), Time: fmt.Sprint(seconds(c.Time))}
			m := &junitMessage{Message: clean(c.Message), Text: clean(strings.Join(c.Details, "\n"))}
			switch c.Status {
			case Failed:
				jc.Failure = m
			case Errored:
				jc.Error = m
			case Skipped:
				jc.Skipped = m
			}
			js.Cases = append(js.Cases, jc)
		}
		all.Tests, all.Failures, all.Errors, all.Skipped = all.Tests+js.Tests, all.Failures+js.Failures, all.Errors+js.Errors, all.Skipped+js.Skipped
		all.Suites = append(all.Suites, js)
		total += s.Time
	}
	all.Time = fmt.Sprint(seconds(total))
	var b bytes.Buffer
	b.WriteString(xml.Header)
	enc := xml.NewEncoder(&b)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// clean leaves out what XML can't hold.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r < ' ' && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF || unicode.Is(unicode.Cs, r) {
			return -1
		}
		return r
	}, s)
}
