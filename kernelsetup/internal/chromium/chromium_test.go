package chromium

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestPrint(t *testing.T) {
	if _, err := Find(); err != nil {
		if os.Getenv("WASSERWERK_NO_SKIP") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	dir := t.TempDir()
	page, pdf := filepath.Join(dir, "a page – #1.html"), filepath.Join(dir, "out", "a.pdf")
	if err := os.WriteFile(page, []byte("<!DOCTYPE html><title>Printed</title><h1>One</h1>"), 0o644); err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	if err := Print(t.Context(), temp, page, pdf); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(pdf)
	if err != nil || !bytes.HasPrefix(data, []byte("%PDF-")) || len(data) < 1000 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := Print(ctx, temp, page, filepath.Join(dir, "late.pdf")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after its time: %v", err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "late.pdf")); err == nil {
		t.Error("a file was written after the time was over")
	}
}

func TestNoBrowser(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := os.Stat(macOS); err == nil {
		t.Skip("Chrome is in its place")
	}
	if err := Print(t.Context(), t.TempDir(), "a.html", "a.pdf"); !errors.Is(err, ErrNone) {
		t.Errorf("Print = %v", err)
	}
}
