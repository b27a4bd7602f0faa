package main

import (
	"log"
	"path/filepath"
	"regexp"
	"strings"
)

// single returns the float32 version of a Go file in float64: 64 becomes 32 in
// every name, and nothing else changes. What is to stay in double precision is
// of the type double.
func single(name string) []byte {
	text := string(read(filepath.Join("..", name)))
	if text == "" {
		log.Fatalf("no %s", name)
	}
	text = regexp.MustCompile(`\bmath\.FMA\b`).ReplaceAllString(text, "fma32")
	text = regexp.MustCompile(`\b[A-Za-z]\w*64\w*`).ReplaceAllStringFunc(text, func(word string) string {
		return strings.ReplaceAll(word, "64", "32")
	})
	if !strings.Contains(text, "math.") {
		text = strings.Replace(text, "import \"math\"\n\n", "", 1)
	}
	return gofmt([]byte(generated + text))
}
