package format

import (
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/parser"
)

// roles say, by their offset, what those signs are that could be two things.
type roles struct {
	apart  map[int]bool // brackets with a space before them: (x) and [x] as values, []T, emit (x)
	joined map[int]bool // the type behind []: no space before it
	prefix map[int]bool // the minus of -x: no space behind it
	parts  map[int]bool // the columns of a query: on lines of their own they stand below `select`
	emits  map[int]bool // the word `emit` of an unnamed output
}

// rolesOf reads the roles from the tree.
func rolesOf(tree *ast.File) roles {
	r := roles{map[int]bool{}, map[int]bool{}, map[int]bool{}, map[int]bool{}, map[int]bool{}}
	for _, d := range tree.Decls {
		ast.Walk(d, func(n ast.Spanned) bool {
			at := n.Span().Start
			switch n := n.(type) {
			case *ast.String:
				return false // interpolations are not tokens
			case *ast.Paren, *ast.List, *ast.TestTuple:
				r.apart[at] = true
			case *ast.Type:
				if n.List != nil {
					r.apart[at] = true
					r.joined[n.List.Span().Start] = true
				}
			case *ast.MapType:
				r.joined[n.Value.Span().Start] = true
			case *ast.Source:
				if n.Query != nil {
					r.apart[at] = true
				}
			case *ast.Filtered:
				r.apart[n.Open.Span().Start] = true
			case *ast.Column:
				r.parts[at] = true
			case *ast.Unary:
				r.prefix[at] = n.Op == "-"
			case *ast.Emit:
				r.emits[at] = n.Stream == nil
			}
			return true
		})
	}
	return r
}

// spaced reports whether a space stands between two neighbours on a line.
func (r roles) spaced(a, b *item) bool {
	switch {
	case a.kept || b.kept:
		return !b.glued
	case b.Kind == parser.Comment:
		return true
	case b.is(","), b.is(")"), b.is("]"), b.is(":"), b.is("!"), b.is("?"), b.is("."), b.is("?."):
		return false
	case a.is("("), a.is("["), a.is("."), a.is("?."), a.is(".."):
		return false
	case b.is(".."):
		return a.is(",")
	case a.is("{") && b.is("}"):
		return false
	case r.joined[b.Start]:
		return false
	case r.prefix[a.Start] && a.is("-"):
		return b.is("-") // two would be one sign
	case b.is("("), b.is("["):
		return r.apart[b.Start] || r.emits[a.Start] || !endsOperand(a)
	}
	return true
}

// endsOperand reports whether a bracket behind the item belongs to it: a call, an index, the fields of a declaration.
func endsOperand(it *item) bool {
	return it.Kind == parser.Word || it.Kind == parser.Literal || it.is(")") || it.is("]") || it.is("!")
}
