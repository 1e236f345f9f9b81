package golang

import (
	"fmt"
	"go/token"
	gotypes "go/types"
	"reflect"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// Way is the direction in which values go.
type Way int

// The directions.
const (
	ToGo Way = iota
	FromGo
)

// Misfit says why a Go type does not carry values of a type.
type Misfit struct {
	Why string
	Pos token.Pos // of the field of a struct that does not fit; NoPos where the type as a whole does not
	Len int
	Way string // the way out, where that is not another Go type
}

func misfit(format string, args ...any) *Misfit { return &Misfit{Why: fmt.Sprintf(format, args...)} }

// fit compares a type of the language with a Go type.
func (p *Package) fit(t *types.Type, g gotypes.Type, way Way) (*ir.GoType, *Misfit) {
	out := &ir.GoType{Type: t}
	g = gotypes.Unalias(g)
	if t.Kind == types.Var {
		out.Own = way == ToGo
		return out, p.variable(t, g)
	}
	if param, ok := g.(*gotypes.TypeParam); ok {
		of := core(param)
		if of == nil {
			return nil, p.notAny(t, param)
		}
		p.vars.seen[param] = true
		return p.fit(t, of, way)
	}
	if why := named(out, g); why != nil {
		return nil, why
	}
	differs := func() (*ir.GoType, *Misfit) {
		want := GoText(t)
		switch t.Kind {
		case types.Int:
			want = "int64 or int"
		case types.Decimal:
			want = "decimal.Decimal (of github.com/govalues/decimal)"
		}
		return nil, misfit("%s %s is Go's %s, not %s", article(t), t, want, p.text(g))
	}
	switch t.Kind {
	case types.Bool, types.Int, types.Float, types.String:
		b, ok := g.Underlying().(*gotypes.Basic)
		if !ok {
			return differs()
		}
		switch {
		case t.Kind == types.Bool && b.Kind() == gotypes.Bool, t.Kind == types.Int && b.Kind() == gotypes.Int64,
			t.Kind == types.Float && b.Kind() == gotypes.Float64, t.Kind == types.String && b.Kind() == gotypes.String:
			out.Own = out.Name == ""
		case t.Kind == types.Int && b.Kind() == gotypes.Int:
			if out.Name == "" {
				out.Name = "int"
			}
		default:
			return differs()
		}
	case types.Time, types.Duration:
		want := map[types.Kind]string{types.Time: "Time", types.Duration: "Duration"}[t.Kind]
		if out.Pkg != "time" || out.Name != want {
			return differs()
		}
		// A time of Go's may carry a zone and a clock of its own.
		out.Own = t.Kind == types.Duration || way == ToGo
	case types.Decimal:
		if out.Pkg != "github.com/govalues/decimal" || out.Name != "Decimal" {
			return differs()
		}
		// One of Go's may have zeros at its end.
		out.Own = way == ToGo
	case types.Regex:
		if !isPointerTo(g, "regexp", "Regexp") {
			return differs()
		}
		out.Own = true
	case types.JSON:
		if out.Pkg != "encoding/json" || out.Name != "RawMessage" {
			return differs()
		}
	case types.Bytes:
		s, ok := g.Underlying().(*gotypes.Slice)
		if !ok || !isByte(s.Elem()) {
			return differs()
		}
		out.Own = out.Name == ""
	case types.List:
		s, ok := g.Underlying().(*gotypes.Slice)
		if !ok {
			return differs()
		}
		elem, why := p.fit(t.Elem, s.Elem(), way)
		if why != nil {
			return nil, why
		}
		out.Elem, out.Own = elem, elem.Own && out.Name == ""
	case types.Map:
		m, ok := g.Underlying().(*gotypes.Map)
		if !ok {
			return differs()
		}
		key, why := p.fit(t.Key, m.Key(), way)
		if why != nil {
			return nil, why
		}
		elem, why := p.fit(t.Elem, m.Elem(), way)
		if why != nil {
			return nil, why
		}
		// A map of Go's may be nil, one of the language never is.
		out.Key, out.Elem, out.Own = key, elem, key.Own && elem.Own && out.Name == "" && way == ToGo
	case types.Optional:
		ptr, ok := g.(*gotypes.Pointer)
		if !ok {
			return differs()
		}
		elem, why := p.fit(t.Elem, ptr.Elem(), way)
		if why != nil {
			return nil, why
		}
		out.Elem, out.Pointer = elem, true
	case types.Record:
		return p.fitFields(t, t.Fields, g, way)
	case types.Enum:
		if b, ok := g.Underlying().(*gotypes.Basic); ok && b.Kind() == gotypes.String {
			return out, nil // the value's name; what Go gives, and is none, fails the tuple
		}
		return nil, misfit("a value of enum %s is a string in Go, its name, not %s", t, p.text(g))
	default:
		return nil, misfit("%s %s can't be handed to Go", article(t), t)
	}
	return out, nil
}

func isByte(t gotypes.Type) bool {
	b, ok := gotypes.Unalias(t).(*gotypes.Basic)
	return ok && b.Kind() == gotypes.Byte
}

// fitFields compares fields with those of a Go struct: what Go is handed may leave fields out that it does not need, what it gives has them all.
func (p *Package) fitFields(t *types.Type, fields []types.Field, g gotypes.Type, way Way) (*ir.GoType, *Misfit) {
	out := &ir.GoType{Type: t}
	g = gotypes.Unalias(g)
	s, ok := g.Underlying().(*gotypes.Struct)
	if !ok {
		return nil, misfit("%s is a struct in Go, not %s", types.Schema(fields), p.text(g))
	}
	if why := named(out, g); why != nil {
		return nil, why
	}
	if out.Name == "" {
		return nil, misfit("%s is a struct with a name in Go, not one written out", types.Schema(fields))
	}
	taken := map[int]string{}
	for i := range s.NumFields() {
		f := s.Field(i)
		tag, tagged := reflect.StructTag(s.Tag(i)).Lookup("topo")
		if !f.Exported() || tag == "-" {
			if tagged && tag != "-" {
				return nil, &Misfit{Why: fmt.Sprintf("field %s of %s is not exported, so its tag has no effect", f.Name(), out.Name), Pos: f.Pos(), Len: len(f.Name())}
			}
			continue
		}
		at := -1
		for j, field := range fields {
			if tagged && field.Name == tag || !tagged && plain(field.Name) == plain(f.Name()) {
				at = j
			}
		}
		bad := func(format string, args ...any) (*ir.GoType, *Misfit) {
			return nil, &Misfit{Why: fmt.Sprintf(format, args...), Pos: f.Pos(), Len: len(f.Name())}
		}
		switch {
		case at < 0 && tagged:
			return bad("field %s of %s is tagged %q, and %s has no such field", f.Name(), out.Name, tag, types.Schema(fields))
		case at < 0:
			return bad("field %s of %s has no counterpart in %s", f.Name(), out.Name, types.Schema(fields))
		case taken[at] != "":
			return bad("fields %s and %s of %s both stand for %s", taken[at], f.Name(), out.Name, fields[at].Name)
		}
		taken[at] = f.Name()
		typ, why := p.fit(fields[at].Type, f.Type(), way)
		if why != nil {
			if why.Pos == token.NoPos {
				why.Why = fmt.Sprintf("field %s of %s: %s", f.Name(), out.Name, why.Why)
				why.Pos, why.Len = f.Pos(), len(f.Name())
			}
			return nil, why
		}
		out.Fields = append(out.Fields, ir.GoField{Index: at, Name: f.Name(), Type: typ})
	}
	if way == FromGo {
		for j, field := range fields {
			if taken[j] == "" {
				for i := range s.NumFields() {
					if f := s.Field(i); !f.Exported() && plain(f.Name()) == plain(field.Name) {
						return nil, &Misfit{Why: fmt.Sprintf("field %s of %s is not exported", f.Name(), out.Name), Pos: f.Pos(), Len: len(f.Name()),
							Way: "begin its name with a capital"}
					}
				}
				return nil, misfit("Go struct %s has no field for %s %s", out.Name, field.Name, field.Type)
			}
		}
	}
	return out, nil
}

// plain is a name without what Go and the language spell differently: user_id and UserID are one.
func plain(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// named notes what a Go type is called, where it has a name.
func named(out *ir.GoType, g gotypes.Type) *Misfit {
	n, ok := g.(*gotypes.Named)
	if !ok {
		return nil
	}
	obj := n.Obj()
	if n.TypeArgs().Len() > 0 || n.TypeParams().Len() > 0 {
		return misfit("Go's %s is generic, which a topology can't name", obj.Name())
	}
	if obj.Pkg() == nil {
		return misfit("Go's %s carries no values of the language", obj.Name())
	}
	if !obj.Exported() {
		return misfit("Go's type %s is not exported", obj.Name())
	}
	out.Pkg, out.Name = obj.Pkg().Path(), obj.Name()
	return nil
}

// text writes a Go type as the package's own source would.
func (p *Package) text(g gotypes.Type) string {
	return gotypes.TypeString(g, func(q *gotypes.Package) string {
		if q == p.Types {
			return ""
		}
		return q.Name()
	})
}

// GoText writes the Go type that values of t have.
func GoText(t *types.Type) string {
	switch t.Kind {
	case types.Bool:
		return "bool"
	case types.Int:
		return "int64"
	case types.Float:
		return "float64"
	case types.String:
		return "string"
	case types.Decimal:
		return "decimal.Decimal"
	case types.JSON:
		return "json.RawMessage"
	case types.Regex:
		return "*regexp.Regexp"
	case types.Bytes:
		return "[]byte"
	case types.Time:
		return "time.Time"
	case types.Duration:
		return "time.Duration"
	case types.List:
		return "[]" + GoText(t.Elem)
	case types.Map:
		return "map[" + GoText(t.Key) + "]" + GoText(t.Elem)
	case types.Optional:
		return "*" + GoText(t.Elem)
	case types.Record:
		if t.Name != "" {
			return t.Name
		}
		return "struct"
	case types.Var:
		return t.Name
	case types.Enum:
		return "string"
	}
	return "any"
}

// article is the word before a type's name.
func article(t *types.Type) string {
	if strings.ContainsRune("aeioAEIO", rune(t.String()[0])) {
		return "an"
	}
	return "a"
}
