package main

import (
	"log"
	"path/filepath"
	"regexp"
	"strings"
)

// single returns the float32 version of a Go file in float64: the types, the
// functions and the numbers named after their 64 bits change, nothing else.
func single(name string) []byte {
	text := string(read(filepath.Join("..", name)))
	if text == "" {
		log.Fatalf("no %s", name)
	}
	text = regexp.MustCompile(`math\.FMA\b`).ReplaceAllString(text, "fma32")
	text = regexp.MustCompile(`\b(\w*)64(Go)?\b`).ReplaceAllStringFunc(text, func(word string) string {
		return strings.Replace(word, "64", "32", 1)
	})
	return gofmt([]byte(generated + text))
}
