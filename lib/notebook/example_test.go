package notebook_test

import (
	"github.com/wasserwerk-go/wasserwerk/lib/notebook"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
)

// Outside of a notebook the plain form goes to standard output.
func ExampleShow() {
	notebook.Show([]relation.Inequality{
		{Name: "uniform in time", Lo: relation.Term{Symbol: "η", Value: 0.00474482}, Hi: relation.Term{Symbol: "c₁", Value: 0.0079505}},
		{Name: "speed and accuracy", Lo: relation.Term{Symbol: "c₁", Value: 0.0079505}, Hi: relation.Term{Symbol: "c₂", Value: 0.107325}},
	})
	// Output:
	// relation            claim    verdict       lower      upper       gap  tightness
	// ------------------  -------  -------  ----------  ---------  --------  ---------
	// uniform in time     η ≤ c₁   ✓ holds  0.00474482  0.0079505  0.003206     0.5968
	// speed and accuracy  c₁ ≤ c₂  ✓ holds  0.0079505   0.107325   0.09937      0.0741
}

func ExampleTable() {
	notebook.Show(notebook.Table{
		Header: []string{"protocol", "$c_2$", "estimate"},
		Rows: [][]any{
			{"cosine", 0.107325, relation.Term{Value: 0.1071, StdErr: 0.0004}},
			{"conditional OT", 0.4975, relation.Term{Value: 0.497, StdErr: 0.002}},
		},
		Note: `Data at $t = 0$.`,
	})
	// Output:
	// protocol              c₂   estimate
	// --------------  --------  ---------
	// cosine          0.107325  0.1071(4)
	// conditional OT  0.4975    0.497(2)
	// Data at t = 0.
}
