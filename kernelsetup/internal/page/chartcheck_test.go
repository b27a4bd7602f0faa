package page

import (
	"strings"
	"testing"
)

func TestCheckChart(t *testing.T) {
	const line = `{"type":"line","data":[1]}`
	for _, test := range []struct{ option, dark, want string }{ // want "" for a chart
		{`{"series":[` + line + `]}`, `{}`, ""},
		{`{"series":[` + line + `],"tooltip":{"show":true}}`, `{"#000000":"#ffffff"}`, ""},
		{`{"series":[{"type":"scatter","data":[1],"encode":{"tooltip":[0]}}]}`, `{}`, ""},
		{`{"series":[` + line + `]}`, `null`, ""},
		{`{"baseOption":{"series":[` + line + `]},"options":[{"series":[{"type":"line"}]}]}`, `{}`, ""},
		{`[]`, `{}`, "no option"},
		{`{}`, `{}`, "no series"},
		{`{"series":{}}`, `{}`, "no series"},
		{`{"series":[]}`, `{}`, "shows nothing"},
		{`{"series":[{"type":"line","data":[]}]}`, `{}`, "shows nothing"},
		{`{"series":[null]}`, `{}`, `type ""`},
		{`{"series":[{"type":"map","data":[1]}]}`, `{}`, `type "map"`},
		{`{"series":[{"type":"custom","data":[1]}]}`, `{}`, `kind ""`},
		{`{"series":[{"type":"custom","data":[1],"draw":{"kind":"constructor"}}]}`, `{}`, `kind "constructor"`},
		{`{"series":[` + line + `],"tooltip":[{}]}`, `{}`, "tips"},
		{`{"series":[` + line + `],"legend":{"tooltip":"x"}}`, `{}`, "tips"},
		{`{"series":[{"type":"line","data":[1],"symbol":"emptyImage://x"}]}`, `{}`, "load the picture"},
		{`{"series":[` + line + `]}`, `[]`, "dark colours"},
		{`{"series":[` + line + `]}`, `{"a":{"text":"b"}}`, "no colour for a"},
		{`{"series":[` + line + `]}`, `{"a":"image://x"}`, "load the picture"},
		{`{"series":[` + line + `],"options":[]}`, `{}`, "frames within"},
		{`{"baseOption":{"series":[` + line + `]},"options":{}}`, `{}`, "frames"},
		{`{"baseOption":{"series":[` + line + `]},"options":[],"series":[]}`, `{}`, "frames"},
		{`{"baseOption":{"series":[` + line + `]},"options":[[]]}`, `{}`, "frames"},
		{`{"baseOption":{"series":[` + line + `],"baseOption":{}},"options":[]}`, `{}`, "frames within"},
	} {
		_, err := readChart(`{"width":9,"height":9,"dark":` + test.dark + `,"option":` + test.option + `}`)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s, %s: error %v, want %q", test.option, test.dark, err, test.want)
		}
	}
}
