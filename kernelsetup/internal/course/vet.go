package course

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gocell"
)

// std are the packages of the standard library that answers may import, by the names
// under which they are imported. They compute. What is missing here the sandbox would
// refuse at run time; a reason given at once is clearer.
var std = map[string]string{}

func init() {
	for p := range strings.FieldsSeq(`bufio bytes cmp container/heap container/list container/ring context encoding/binary
		encoding/json errors fmt hash/fnv io iter log maps math math/big math/bits math/cmplx math/rand os reflect regexp
		slices sort strconv strings sync sync/atomic text/tabwriter time unicode unicode/utf8`) {
		std[p[strings.LastIndexByte(p, '/')+1:]] = p
	}
}

// Other paths that answers may import from the standard library.
var alsoStd = []string{"math/rand/v2"}

// directive matches comments that tell the compiler something.
var directive = regexp.MustCompile(`(?m)^\s*//(go:|line |export |gonb:)|/\*line `)

// vet returns why an answer isn't taken, or "". It must be declarations alone, of
// nothing that the sheet declares, and import what the modules allow.
func vet(source string, taken map[string]string, modules []string) string {
	c := gocell.Read(source)
	switch {
	case c.Foreign:
		return "it isn't Go"
	case directive.MatchString(source):
		return "it has a comment that tells the compiler something: " + firstLine(strings.TrimSpace(directive.FindString(source)))
	}
	for _, s := range c.Specials {
		if s.Word() != "%%" && s.Word() != "%main" {
			return fmt.Sprintf("line %d is for the notebook, not Go: %s", s.Line, s.Text)
		}
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "cell", "package main;"+c.Declarations, parser.SkipObjectResolution)
	if err != nil {
		_, rest, _ := strings.Cut(err.Error(), ":")
		line, text, _ := strings.Cut(rest, ":")
		_, text, _ = strings.Cut(text, ": ")
		text, _, _ = strings.Cut(text, " (and ")
		return fmt.Sprintf("it isn't Go: line %s: %s", line, text)
	}
	for _, s := range f.Imports {
		p, err := strconv.Unquote(s.Path.Value)
		if err != nil || !mayImport(p, modules) {
			return fmt.Sprintf("it imports %s, which answers may not", s.Path.Value)
		}
		if s.Name != nil && (s.Name.Name == "." || s.Name.Name == "_") {
			return fmt.Sprintf("it imports %s without a name", s.Path.Value)
		}
	}
	for _, d := range f.Decls {
		if d, ok := d.(*ast.FuncDecl); ok && d.Recv == nil && (d.Name.Name == "init" || d.Name.Name == "main" || strings.HasPrefix(d.Name.Name, "init_")) {
			return fmt.Sprintf("line %d declares func %s, which would run by itself", fset.Position(d.Pos()).Line, d.Name.Name)
		}
		if d, ok := d.(*ast.FuncDecl); ok && d.Body == nil {
			return fmt.Sprintf("line %d declares a function without a body", fset.Position(d.Pos()).Line)
		}
	}
	names, err := c.Names()
	if err != nil {
		return "it isn't Go: " + err.Error()
	}
	for _, n := range names.Declares {
		if where, ok := taken[n]; ok {
			return fmt.Sprintf("it declares %s, which the sheet declares (%s)", n, where)
		}
	}
	return ""
}

// mayImport allows what computes, and packages of modules that the sheet's project
// requires.
func mayImport(p string, modules []string) bool {
	if slices.Contains(alsoStd, p) {
		return true
	}
	for _, q := range std {
		if p == q {
			return true
		}
	}
	if slices.Contains(strings.Split(p, "/"), "internal") {
		return false
	}
	for _, m := range modules {
		if p == m || strings.HasPrefix(p, m+"/") {
			return !strings.HasPrefix(m, "golang.org/x/sys") && !strings.Contains(p, "/kernelsetup") && !strings.HasSuffix(p, "/lib/course/guard")
		}
	}
	return false
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
