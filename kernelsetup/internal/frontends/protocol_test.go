//go:build unix

package frontends

import (
	"slices"
	"strings"
	"testing"
)

// The kernel answers what front ends ask of it beside running cells.
func TestProtocol(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	py := python(t, "jupyter_client")
	completing(t)
	const imports = "import \"github.com/wasserwerk-go/wasserwerk/lib/measure\"\n\n"
	var got struct {
		Info struct {
			Protocol string `json:"protocol_version"`
			Language struct {
				Name      string `json:"name"`
				Extension string `json:"file_extension"`
				MIME      string `json:"mimetype"`
			} `json:"language_info"`
		}
		Complete struct {
			Status     string
			Matches    []string
			Start, End int
		}
		Inspect struct {
			Found bool
			Text  string
		}
		IsComplete string // the reply, "" for none
		After      string // what a cell prints after that question
	}
	p.ask(t, &got, py, script(t, "protocol.py"), imports, "%%\nfmt.Println(measure.Bim")
	if l := got.Info.Language; l.Name != "go" || l.Extension != ".go" || l.MIME != "text/x-go" || !strings.HasPrefix(got.Info.Protocol, "5.") {
		t.Errorf("kernel_info: %+v", got.Info)
	}
	if c := got.Complete; c.Status != "ok" || !slices.Contains(c.Matches, "Bimodal") || c.End-c.Start != len("Bim") {
		t.Errorf("complete: %+v", c)
	}
	if i := got.Inspect; !i.Found || !strings.Contains(i.Text, "Bimodal returns") {
		t.Errorf("inspect: %+v", i)
	}
	// GoNB leaves this question open. It is asked by consoles, which then take a cell
	// as complete, and not by notebooks. What matters is that the kernel goes on.
	if got.IsComplete != "" {
		t.Errorf("is_complete is answered now: %s", got.IsComplete)
	}
	if got.After != "42\n" {
		t.Errorf("after is_complete a cell prints %q", got.After)
	}
}
