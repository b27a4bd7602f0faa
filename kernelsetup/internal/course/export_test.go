package course

import (
	"strings"
	"testing"
)

// A gradebook gets scores that are the last word, and what isn't is told.
func TestGradebook(t *testing.T) {
	r := &Report{Sheet: "sheet", Questions: []ReportQuestion{{ID: "q1", Points: 2}, {ID: "q2", Points: 1.5, ByHand: true}}, Students: []*Graded{
		{Student: "ada", Score: 3.5},
		{Student: "bob", Score: 2, Pending: 1},
		{Student: "carl", Error: "not JSON"},
		{Student: "CARLA", Score: 1},
		{Student: "carla@example.org", Score: 2},
		{Student: "nobody", Score: 2},
	}}
	book := "Student,SIS Login ID,Email,sheet (7)\n    Points Possible,,,(read only)\nAda,ada,,-\nBob,bob,,\nCarl,carl,,1\n=Carla,carla,carla@example.org,\n"
	data, notes, err := r.Export("canvas", []byte(book))
	if err != nil {
		t.Fatal(err)
	}
	want := "Student,SIS Login ID,Email,sheet (7)\n\"    Points Possible\",,,(read only)\nAda,ada,,3.5\nBob,bob,,2\nCarl,carl,,1\n=Carla,carla,carla@example.org,2\n"
	if string(data) != want {
		t.Errorf("got\n%s\nwant\n%s", data, want)
	}
	said := strings.Join(notes, "\n")
	for _, want := range []string{
		"(read only) points, and the sheet has 3.5", "bob: the score is without 1 question that", "carl has no score: not graded: not JSON",
		"CARLA and carla@example.org are the same in the gradebook", "nobody isn't in the gradebook",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
	if len(notes) != 5 {
		t.Errorf("%d notes:\n%s", len(notes), said)
	}
}
