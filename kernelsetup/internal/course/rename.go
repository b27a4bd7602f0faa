package course

import (
	"go/scanner"
	"go/token"
	"slices"
	"strings"
)

// apart gives the lecturer's own names that answers happen to declare too, and that
// students don't see, other names.
func apart(parts []part, answers map[string]string) ([]part, error) {
	declared := make(map[string]string)
	for _, p := range parts {
		if _, ok := answers[p.name]; !ok {
			continue
		}
		c, err := takeApart(p)
		if err != nil {
			return nil, err
		}
		for _, n := range c.names.Declares {
			declared[n] = p.name
		}
	}
	clash := make(map[string]string)
	for _, p := range parts {
		if _, ok := answers[p.name]; ok {
			continue
		}
		c, err := takeApart(p)
		if err != nil {
			return nil, err
		}
		for _, n := range c.names.Declares {
			if declared[n] != "" {
				clash[n] = n + "OfTheSheet"
			}
		}
	}
	if len(clash) == 0 {
		return parts, nil
	}
	out := slices.Clone(parts)
	for i, p := range out {
		if _, ok := answers[p.name]; ok {
			continue
		}
		out[i].source = rename(p.source, clash)
	}
	return out, nil
}

// rename gives a cell's names other ones, wherever they stand but behind a dot: those
// are other packages', or fields. Lines stay where they are.
func rename(source string, to map[string]string) string {
	var out strings.Builder
	done := 0
	var sc scanner.Scanner
	fset := token.NewFileSet()
	file := fset.AddFile("", fset.Base(), len(source))
	sc.Init(file, []byte(source), nil, scanner.ScanComments)
	last := token.ILLEGAL
	for {
		pos, tok, name := sc.Scan()
		if tok == token.EOF {
			break
		}
		if tok == token.IDENT && last != token.PERIOD && to[name] != "" {
			at := file.Offset(pos)
			out.WriteString(source[done:at] + to[name])
			done = at + len(name)
		}
		last = tok
	}
	return out.String() + source[done:]
}
