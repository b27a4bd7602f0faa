package manifest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := Check(dir); err != nil {
		t.Errorf("a folder without a list: %v", err)
	}
	const sum = "b7d2694235a15c7fca759b17138a36b86ac72fb0da837ca8dd27189bf5264f60"
	write("a b.csv", "1,2\n")
	got, err := Sum(filepath.Join(dir, "a b.csv"))
	if err != nil || got != "52186c933993da4082b3cdc7c40bb4bf735b391ff54a2ef78c037dda6c38a680" {
		t.Fatal(got, err)
	}
	write(File, got+"  a b.csv\n")
	if err := Check(dir); err != nil {
		t.Error(err)
	}
	write("a b.csv", "1,3\n")
	if err := Check(dir); err == nil || !strings.Contains(err.Error(), "a b.csv has changed") || !strings.Contains(err.Error(), got) {
		t.Errorf("a changed byte: %v", err)
	}
	for text, want := range map[string]string{
		sum + "  gone.csv\n":             "can't be read",
		"x  a b.csv\n":                   "line 1",
		got + " *a b.csv\n\n":            "line 2",
		sum + "  ../../etc/passwd\n":     "line 1",
		strings.Repeat("0", 64) + "  \n": "line 1",
	} {
		write(File, text)
		if err := Check(dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}
