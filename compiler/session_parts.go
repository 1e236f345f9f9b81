package compiler

import "github.com/topo-lang/topo/lang/ast"

// Part is a declaration of a file, as a session knows it.
type Part struct {
	Tree *ast.File // of the declaration alone: its places count from Base
	Base int
}

// Parts returns the declarations of a file, in their order, as the last Check read them.
func (s *Session) Parts(file string) []Part {
	var out []Part
	if s.last == nil {
		return nil
	}
	for _, p := range s.last.parts {
		if p.in.Name == file {
			out = append(out, Part{p.tree, p.base})
		}
	}
	return out
}

// Forget makes the next Check do everything anew but for parsing: what lies outside of the texts has changed.
func (s *Session) Forget() { s.last, s.index = nil, nil }
