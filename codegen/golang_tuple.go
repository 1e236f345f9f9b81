package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// tupleOf is the code that makes the struct which a user's Go is handed of a tuple: out of the fields of a row, or, where a library says what
// it takes of each tuple, out of those expressions.
type tupleOf struct {
	*goPart
	in         *ir.Input
	row        *rowType
	used       bool // something of the row is needed
	text, blob bool // so is a copy of the batch's arena
}

// fields is the struct's fields; what can fail stands before it, in f.
func (t *tupleOf) fields(f *fn, goType *ir.GoType) jen.Dict {
	given := jen.Dict{}
	if t.comp.Call == nil {
		for _, field := range goType.Fields {
			v, keep := t.column(field.Index)
			given[jen.Id(field.Name)] = t.g.toGo(field.Type, v, keep)
		}
		return given
	}
	f.fieldOf = func(_ *ir.Input, i int) val {
		t.used = true
		return computed(t.g.unpack(t.in.Fields[i].Type, "b", jen.Id("in").Dot(t.row.goField(t.in.Fields[i].Name))))
	}
	for _, field := range goType.Fields {
		x := t.comp.Call.TupleArgs[field.Index].Value
		if x, ok := x.(*ir.FieldRef); ok {
			v, keep := t.column(x.Index)
			given[jen.Id(field.Name)] = t.g.toGo(field.Type, v, keep)
			continue
		}
		_, fixed := x.(*ir.Const)
		given[jen.Id(field.Name)] = t.g.toGo(field.Type, f.once(f.expr(x)), !fixed)
	}
	return given
}

// column is code for a field of the row, and whether it has to be copied before Go may keep it.
func (t *tupleOf) column(index int) (v jen.Code, keep bool) {
	t.used = true
	field := t.in.Fields[index]
	v = jen.Id("in").Dot(t.row.goField(field.Name))
	switch field.Type.Kind {
	case types.String, types.JSON:
		t.text = true
		return jen.Qual(pkgTask, "Text").Call(jen.Id("text"), v), false
	case types.Bytes:
		t.blob = true
		return jen.Qual(pkgTask, "Bytes").Call(jen.Id("data"), v), false
	case types.Time:
		return t.g.unpack(field.Type, "b", v), false
	}
	return v, true
}

// copies is what comes before a batch's rows.
func (t *tupleOf) copies() []jen.Code {
	var out []jen.Code
	if t.scratch {
		out = append(out, jen.Id("t").Dot("scratch").Dot("Reset").Call())
	}
	if t.text {
		// What Go is handed stays as it is, however long it is kept: one copy a batch.
		out = append(out, jen.Id("text").Op(":=").String().Call(jen.Id("b").Dot("Arena")))
	}
	if t.blob {
		out = append(out, jen.Id("data").Op(":=").Qual("bytes", "Clone").Call(jen.Id("b").Dot("Arena")))
	}
	return out
}

// needs declares, as fields of the component's struct, what expressions need.
func (p *goPart) needs(s *jen.Group) {
	if p.param {
		s.Id("param").Op("*").Id(p.g.top("params"))
	}
	if p.now {
		s.Id("now").Func().Params().Qual("time", "Time")
	}
	if p.ends.scratch {
		s.Id("scratch").Qual(pkgArena, "Arena")
	}
}

// needed sets them.
func (p *goPart) needed(d jen.Dict) {
	if p.param {
		d[jen.Id("param")] = jen.Id("param")
	}
	if p.now {
		d[jen.Id("now")] = jen.Id("topology").Dot("Now")
	}
}
