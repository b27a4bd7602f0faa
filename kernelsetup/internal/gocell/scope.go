package gocell

import (
	"go/ast"
	"go/token"
	"maps"
)

// A scope walks through a block and knows the names that were declared on the way.
// It takes a name for declared in all of the block that declares it, which is
// wrong only where a name is used before an equal one is declared.
type scope struct {
	u     *uses
	names map[string]bool
}

// inner is a scope in s, with more names.
func (s scope) inner(fields ...*ast.FieldList) scope {
	in := scope{u: s.u, names: maps.Clone(s.names)}
	for _, list := range fields {
		if list == nil {
			continue
		}
		for _, f := range list.List {
			for _, n := range f.Names {
				in.names[n.Name] = true
			}
		}
	}
	return in
}

func (s scope) use(id *ast.Ident, pkg bool) {
	if !s.names[id.Name] {
		s.u.add(id, pkg)
	}
}

// walk visits children that may be nil.
func (s scope) walk(nodes ...ast.Node) {
	for _, n := range nodes {
		ast.Walk(s, n)
	}
}

// Visit implements ast.Visitor: it returns the scope of a node's children, or nil
// where it has walked through them itself.
func (s scope) Visit(n ast.Node) ast.Visitor {
	switch n := n.(type) {
	case *ast.File:
		for _, d := range n.Decls {
			ast.Walk(s, d)
		}
		return nil
	case *ast.ImportSpec, *ast.BranchStmt:
		return nil
	case *ast.FuncDecl:
		in := s.inner(n.Recv, n.Type.TypeParams, n.Type.Params, n.Type.Results)
		if n.Recv != nil {
			for _, f := range n.Recv.List { // type parameters are named there
				ast.Inspect(f.Type, func(m ast.Node) bool {
					if ix, ok := m.(*ast.IndexExpr); ok {
						if id, ok := ix.Index.(*ast.Ident); ok {
							in.names[id.Name] = true
						}
					}
					return true
				})
			}
			in.types(n.Recv)
		}
		in.signature(n.Type)
		if n.Body != nil {
			in.walk(n.Body)
		}
		return nil
	case *ast.FuncLit:
		in := s.inner(n.Type.Params, n.Type.Results)
		in.signature(n.Type)
		in.walk(n.Body)
		return nil
	case *ast.FuncType:
		s.signature(n)
		return nil
	case *ast.BlockStmt, *ast.IfStmt, *ast.ForStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.CaseClause, *ast.CommClause, *ast.SelectStmt:
		return s.inner()
	case *ast.RangeStmt:
		in := s.inner()
		in.walk(n.X)
		for _, e := range []ast.Expr{n.Key, n.Value} {
			if e == nil {
				continue
			}
			if id, ok := e.(*ast.Ident); ok && n.Tok == token.DEFINE {
				in.names[id.Name] = true
			} else {
				in.walk(e)
			}
		}
		in.walk(n.Body)
		return nil
	case *ast.LabeledStmt:
		s.walk(n.Stmt)
		return nil
	case *ast.AssignStmt:
		for _, e := range n.Rhs {
			ast.Walk(s, e)
		}
		for _, e := range n.Lhs {
			if id, ok := e.(*ast.Ident); ok && n.Tok == token.DEFINE {
				s.names[id.Name] = true
			} else {
				ast.Walk(s, e)
			}
		}
		return nil
	case *ast.ValueSpec:
		for _, e := range n.Values {
			ast.Walk(s, e)
		}
		if n.Type != nil {
			ast.Walk(s, n.Type)
		}
		for _, id := range n.Names {
			s.names[id.Name] = true
		}
		return nil
	case *ast.TypeSpec:
		s.names[n.Name.Name] = true
		in := s.inner(n.TypeParams)
		in.types(n.TypeParams)
		in.walk(n.Type)
		return nil
	case *ast.StructType:
		s.types(n.Fields)
		return nil
	case *ast.InterfaceType:
		s.types(n.Methods)
		return nil
	case *ast.SelectorExpr:
		if id, ok := n.X.(*ast.Ident); ok {
			s.use(id, true)
		} else {
			ast.Walk(s, n.X)
		}
		return nil
	case *ast.KeyValueExpr:
		// A field's name, or a key of a map: an identifier alone is taken for a field.
		if _, ok := n.Key.(*ast.Ident); !ok {
			ast.Walk(s, n.Key)
		}
		ast.Walk(s, n.Value)
		return nil
	case *ast.Ident:
		s.use(n, false)
		return nil
	}
	return s
}

// signature visits the types of a function's parameters and results.
func (s scope) signature(t *ast.FuncType) {
	in := s.inner(t.TypeParams)
	for _, list := range []*ast.FieldList{t.TypeParams, t.Params, t.Results} {
		in.types(list)
	}
}

// types visits the types of fields.
func (s scope) types(list *ast.FieldList) {
	if list == nil {
		return
	}
	for _, f := range list.List {
		ast.Walk(s, f.Type)
	}
}
