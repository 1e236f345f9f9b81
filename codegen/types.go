package codegen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/types"
)

// recordType is the Go struct of a record. Records are the same type when their fields are, whatever their names.
type recordType struct {
	goName string
	typ    *types.Type
	fields []types.Field     // ordered by name
	goOf   map[string]string // field -> Go field
}

// recordOf returns the struct of a record type.
func (g *generator) recordOf(t *types.Type) *recordType {
	fields := slices.Clone(t.Fields)
	slices.SortFunc(fields, func(a, b types.Field) int { return strings.Compare(a.Name, b.Name) })
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = f.Name + " " + typeKey(f.Type)
	}
	key := strings.Join(parts, ",")
	if r := g.records[key]; r != nil {
		return r
	}
	name := t.Name
	if name == "" {
		name = "tuple"
	}
	r := &recordType{goName: g.global.take(name + "Record"), typ: t, fields: fields, goOf: map[string]string{}}
	local := newNames()
	for _, f := range fields {
		r.goOf[f.Name] = local.take(f.Name)
	}
	g.records[key] = r
	g.recList = append(g.recList, r)
	return r
}

// typeKey writes a type so that equal types have equal keys: records by their fields, ordered by name.
func typeKey(t *types.Type) string {
	switch t.Kind {
	case types.Enum:
		return enumKey(t)
	case types.List:
		return "[]" + typeKey(t.Elem)
	case types.Optional:
		return typeKey(t.Elem) + "?"
	case types.Map:
		return "map[" + typeKey(t.Key) + "]" + typeKey(t.Elem)
	case types.Record:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = f.Name + " " + typeKey(f.Type)
		}
		slices.Sort(parts)
		return "(" + strings.Join(parts, ",") + ")"
	}
	return t.String()
}

// plainType is the Go type of a value that is the same within a body and for the user's Go; nil where it differs or has parts.
func plainType(t *types.Type) *jen.Statement {
	switch t.Kind {
	case types.Bool:
		return jen.Bool()
	case types.Int:
		return jen.Int64()
	case types.Float:
		return jen.Float64()
	case types.String:
		return jen.String()
	case types.Decimal:
		return jen.Qual(pkgValue, "Decimal")
	case types.Bytes:
		return jen.Index().Byte()
	case types.Time:
		return jen.Qual("time", "Time")
	case types.Duration:
		return jen.Qual("time", "Duration")
	case types.Regex:
		return jen.Op("*").Qual("regexp", "Regexp")
	}
	return nil
}

// goType is the type of a value in a body.
func (g *generator) goType(t *types.Type) *jen.Statement {
	if plain := plainType(t); plain != nil {
		return plain
	}
	switch t.Kind {
	case types.JSON:
		return jen.String()
	case types.List:
		return jen.Index().Add(g.goType(t.Elem))
	case types.Map:
		return jen.Map(g.goType(t.Key)).Add(g.goType(t.Elem))
	case types.Optional:
		return jen.Qual(pkgArena, "Option").Types(g.goType(t.Elem))
	case types.Record:
		return jen.Id(g.recordOf(t).goName)
	case types.Enum:
		return jen.Id(g.enumOf(t).goName)
	}
	panic(fmt.Sprintf("codegen: type %s has no Go type: the checker let it through", t))
}

// holdsText reports whether values of t may point into a batch or an arena.
func holdsText(t *types.Type) bool {
	switch t.Kind {
	case types.String, types.Bytes, types.JSON, types.Optional: // an optional has a reason
		return true
	case types.List:
		return holdsText(t.Elem)
	case types.Map:
		return holdsText(t.Key) || holdsText(t.Elem)
	case types.Record:
		return slices.ContainsFunc(t.Fields, func(f types.Field) bool { return holdsText(f.Type) })
	}
	return false
}

// isContainer reports whether values of t share memory when they are copied.
func isContainer(t *types.Type) bool {
	switch t.Kind {
	case types.List, types.Map, types.Bytes:
		return true
	case types.Optional:
		return isContainer(t.Elem)
	case types.Record:
		return slices.ContainsFunc(t.Fields, func(f types.Field) bool { return isContainer(f.Type) })
	}
	return false
}

// clone is code for a copy of v that shares nothing with it: for what outlives the tuple.
func (g *generator) clone(t *types.Type, v jen.Code) jen.Code {
	if !holdsText(t) && !isContainer(t) {
		return v
	}
	switch t.Kind {
	case types.String, types.JSON:
		return jen.Qual("strings", "Clone").Call(v)
	case types.Bytes:
		return jen.Qual("bytes", "Clone").Call(v)
	case types.List:
		if !holdsText(t.Elem) && !isContainer(t.Elem) {
			return jen.Qual("slices", "Clone").Call(v)
		}
		return jen.Qual(pkgValue, "CloneList").Call(v, g.cloneFunc(t.Elem))
	case types.Map:
		if !holdsText(t) && !isContainer(t.Elem) {
			return jen.Qual("maps", "Clone").Call(v)
		}
		return jen.Qual(pkgValue, "CloneMap").Call(v, g.cloneFunc(t.Key), g.cloneFunc(t.Elem))
	}
	return jen.Add(g.cloneFunc(t)).Call(v)
}

// cloneFunc is a func(T) T that clones.
func (g *generator) cloneFunc(t *types.Type) jen.Code {
	switch {
	case !holdsText(t) && !isContainer(t):
		return jen.Qual(pkgValue, "Same").Types(g.goType(t))
	case t.Kind == types.String, t.Kind == types.JSON:
		return jen.Qual("strings", "Clone")
	case t.Kind == types.Bytes:
		return jen.Qual("bytes", "Clone")
	}
	typ := g.goType(t)
	fn := jen.Func().Params(jen.Id("v").Add(typ)).Add(typ)
	switch t.Kind {
	case types.Optional:
		return fn.BlockFunc(func(b *jen.Group) {
			if v := jen.Id("v").Dot("V"); holdsText(t.Elem) || isContainer(t.Elem) {
				b.Add(v.Clone()).Op("=").Add(g.clone(t.Elem, v))
			}
			b.Id("v").Dot("Why").Op("=").Qual("strings", "Clone").Call(jen.Id("v").Dot("Why"))
			b.Return(jen.Id("v"))
		})
	case types.Record:
		r := g.recordOf(t)
		return fn.BlockFunc(func(b *jen.Group) {
			for _, f := range r.fields {
				if holdsText(f.Type) || isContainer(f.Type) {
					field := jen.Id("v").Dot(r.goOf[f.Name])
					b.Add(field.Clone()).Op("=").Add(g.clone(f.Type, field))
				}
			}
			b.Return(jen.Id("v"))
		})
	}
	return fn.Block(jen.Return(g.clone(t, jen.Id("v"))))
}

// equal is code for v == w.
func (g *generator) equal(t *types.Type, v, w jen.Code) jen.Code {
	switch t.Kind {
	case types.Bytes:
		return jen.Qual("bytes", "Equal").Call(v, w)
	case types.JSON:
		return jen.Qual(pkgJSON, "Equal").Call(v, w)
	case types.Time:
		return jen.Add(v).Dot("Equal").Call(w)
	case types.List:
		return jen.Qual("slices", "EqualFunc").Call(v, w, g.equalFunc(t.Elem))
	case types.Map:
		return jen.Qual("maps", "EqualFunc").Call(v, w, g.equalFunc(t.Elem))
	case types.Record, types.Optional:
		return jen.Add(g.equalFunc(t)).Call(v, w)
	}
	return jen.Add(v).Op("==").Add(w)
}

func (g *generator) equalFunc(t *types.Type) jen.Code {
	typ := g.goType(t)
	v, w := jen.Id("v"), jen.Id("w")
	fn := jen.Func().Params(jen.List(jen.Id("v"), jen.Id("w")).Add(typ)).Bool()
	switch t.Kind {
	case types.Record:
		r := g.recordOf(t)
		all := jen.True()
		for i, f := range r.fields {
			field := r.goOf[f.Name]
			eq := g.equal(f.Type, v.Clone().Dot(field), w.Clone().Dot(field))
			if i == 0 {
				all = jen.Add(eq)
			} else {
				all = all.Op("&&").Add(eq)
			}
		}
		return fn.Block(jen.Return(all))
	case types.Optional:
		return fn.Block(jen.Return(
			v.Clone().Dot("OK").Op("==").Add(w.Clone().Dot("OK")).Op("&&").Parens(
				jen.Op("!").Add(v.Clone()).Dot("OK").Op("||").Add(g.equal(t.Elem, v.Clone().Dot("V"), w.Clone().Dot("V"))))))
	}
	return fn.Block(jen.Return(g.equal(t, v, w)))
}
