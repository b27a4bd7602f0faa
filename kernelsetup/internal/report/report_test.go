package report

import (
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"time"
)

func suites() []*Suite {
	return []*Suite{{Name: "a<b>.ipynb", Time: 1500 * time.Millisecond, Cases: []Case{
		{Name: "cell [1]", Cell: 1, Status: Passed, Time: time.Second},
		{Name: "cell [2]", Cell: 2, Line: 3, Status: Failed, Message: "got \"1\" & want 2", Details: []string{"line\x00one", "two"}},
		{Name: "cell [3]", Cell: 3, Status: Skipped, Message: "tag skip"},
	}}, {Name: "none.ipynb", Cases: []Case{{Name: "run", Status: Errored, Message: "no kernel"}}}}
}

func TestJUnit(t *testing.T) {
	data, err := JUnit(suites())
	if err != nil {
		t.Fatal(err)
	}
	var back junitSuites
	if err := xml.Unmarshal(data, &back); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	if back.Tests != 4 || back.Failures != 1 || back.Errors != 1 || back.Skipped != 1 || back.Time != "1.5" || len(back.Suites) != 2 {
		t.Errorf("%+v", back)
	}
	c := back.Suites[0].Cases[1]
	if c.Failure == nil || c.Failure.Message != "got \"1\" & want 2" || c.Failure.Text != "lineone\ntwo" || c.Class != "a<b>.ipynb" {
		t.Errorf("%+v", c)
	}
	if back.Suites[0].Cases[0].Failure != nil || back.Suites[0].Cases[2].Skipped == nil || back.Suites[1].Cases[0].Error == nil {
		t.Errorf("statuses of\n%s", data)
	}
}

func TestJSON(t *testing.T) {
	data, err := JSON(suites())
	if err != nil {
		t.Fatal(err)
	}
	var back struct {
		Suites []struct {
			Notebook string
			Seconds  float64
			Cases    []struct {
				Name, Status, Message string
				Cell, Line            int
				Seconds               float64
			}
		}
	}
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	s := back.Suites[0]
	if s.Notebook != "a<b>.ipynb" || s.Seconds != 1.5 || s.Cases[0].Seconds != 1 || s.Cases[1].Line != 3 || s.Cases[1].Status != "failed" {
		t.Errorf("%+v", back)
	}
	empty, err := JSON(nil)
	if err != nil || !strings.Contains(string(empty), `"suites": []`) {
		t.Errorf("%s, %v", empty, err)
	}
}
