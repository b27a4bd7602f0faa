package stamp

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

func stamp() Stamp {
	return Stamp{
		Go: "go1.26.0", Platform: "linux/amd64", Processor: "P", Kernel: "v0.11.4", Module: "m", Library: "aa", GoSum: "bb", Source: "cc",
		Modules: map[string]string{"gonum.org/v1/gonum": "v0.17.0"}, Data: map[string]string{"moons.csv": "dd"},
		Parameters: map[string]string{"seed": "7"},
	}
}

func TestStoreAndRead(t *testing.T) {
	nb := &nbformat.Notebook{}
	if _, ok := Read(nb); ok {
		t.Error("a stamp in an empty notebook")
	}
	nb.Metadata = map[string]json.RawMessage{"wasserwerk": json.RawMessage(`{"tolerance":{"rel":1}}`)}
	if err := stamp().Store(nb); err != nil {
		t.Fatal(err)
	}
	got, ok := Read(nb)
	if !ok || !reflect.DeepEqual(got, stamp()) || !strings.Contains(string(nb.Metadata["wasserwerk"]), `"tolerance"`) {
		t.Errorf("%+v in %s", got, nb.Metadata["wasserwerk"])
	}
	Remove(nb)
	if _, ok := Read(nb); ok || string(nb.Metadata["wasserwerk"]) != `{"tolerance":{"rel":1}}` {
		t.Errorf("left: %s", nb.Metadata["wasserwerk"])
	}
}

func TestDifferences(t *testing.T) {
	a, b := stamp(), stamp()
	if d := Differences(a, b); len(d) != 0 {
		t.Errorf("%q", d)
	}
	b.Processor, b.Go, b.Source = "Q", "go1.27", "ce"
	b.Parameters = map[string]string{"seed": "8", "epsilon": "1"}
	b.Data = nil
	want := []string{
		"code: cc then, ce now", "parameter seed: 7 then, 8 now", "parameter epsilon: none then, 1 now", "data moons.csv: dd then, none now",
		"Go: go1.26.0 then, go1.27 now", "processor: P then, Q now",
	}
	if d := Differences(a, b); !slices.Equal(d, want) {
		t.Errorf("%q\nwant %q", d, want)
	}
	// Nothing that a stamp holds may be missing from its rows.
	v := reflect.ValueOf(stamp())
	rows := stamp().Rows()
	n := 0
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			if f.Len() > 0 {
				n++
			}
		case reflect.Map:
			n += f.Len()
		}
	}
	if len(rows) != n {
		t.Errorf("%d rows of %d values", len(rows), n)
	}
}
