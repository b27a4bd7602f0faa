package notebook

import (
	"strings"
	"testing"
)

func TestComplaint(t *testing.T) {
	// Lines of this test are none of a cell.
	if got := complaint("two\n lines"); got != "error: two lines\n" {
		t.Errorf("%q", got)
	}
	defer func() {
		if r := recover(); r != "no" {
			t.Errorf("fail panics with %v", r)
		}
	}()
	fail("no")
}

func TestFailures(t *testing.T) {
	for name, f := range map[string]func(){
		"notebook: Show: argument 1: nil can't be shown": func() { Show(nil) },
		"notebook: Sides: nil *derive.Result":            func() { Sides(nil) },
	} {
		func() {
			defer func() {
				if r, ok := recover().(string); !ok || !strings.HasPrefix(r, name) {
					t.Errorf("%v, want %s", r, name)
				}
			}()
			f()
		}()
	}
}
