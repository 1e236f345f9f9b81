package golang

import (
	"go/token"
	gotypes "go/types"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/source"
)

// Arguments returns the exported fields of a component's struct that may be given as arguments.
func (p *Package) Arguments(obj gotypes.Object) []Argument {
	name, ok := obj.(*gotypes.TypeName)
	if !ok {
		return nil
	}
	s, ok := name.Type().Underlying().(*gotypes.Struct)
	if !ok {
		return nil
	}
	var out []Argument
	for i := range s.NumFields() {
		f := s.Field(i)
		if !f.Exported() || f.Embedded() {
			continue
		}
		a := Argument{Name: argumentName(f.Name(), s.Tag(i)), Field: f.Name(), At: p.set.Span(f.Pos(), f.Pos()+token.Pos(len(f.Name())))}
		if t := p.language(f.Type(), 0); t != nil {
			a.Type, _ = p.fit(t, f.Type(), ToGo)
		}
		if a.Name != "-" {
			out = append(out, a)
		}
	}
	return out
}

// Argument is a field of a component's struct.
type Argument struct {
	Name  string // in the topology
	Field string
	Type  *ir.GoType // nil where no value of the language goes into it
	At    source.Span
}

// Fits reports whether a name, as it is written in a topology, means this argument.
func (a Argument) Fits(name string) bool { return plain(a.Name) == plain(name) }

// language is the type of the language that a Go type carries, nil where there is none.
func (p *Package) language(g gotypes.Type, depth int) *types.Type {
	if depth > 8 {
		return nil
	}
	g = gotypes.Unalias(g)
	switch {
	case isNamed(g, "time", "Duration"):
		return types.TDuration
	case isNamed(g, "time", "Time"):
		return types.TTime
	}
	switch u := g.Underlying().(type) {
	case *gotypes.Basic:
		switch u.Kind() {
		case gotypes.Bool:
			return types.TBool
		case gotypes.Int, gotypes.Int64:
			return types.TInt
		case gotypes.Float64:
			return types.TFloat
		case gotypes.String:
			return types.TString
		}
	case *gotypes.Slice:
		if isByte(u.Elem()) {
			return types.TBytes
		}
		if elem := p.language(u.Elem(), depth+1); elem != nil {
			return types.ListOf(elem)
		}
	case *gotypes.Map:
		key, elem := p.language(u.Key(), depth+1), p.language(u.Elem(), depth+1)
		if key != nil && elem != nil && key.MapKey() {
			return types.MapOf(key, elem)
		}
	}
	return nil
}
