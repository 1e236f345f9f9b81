package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/source"
)

// assignItem lowers `m[k] = v` and `list[i] = v`.
func (f *fn) assignItem(target *ir.Index, s *ir.Assign) {
	state, isState := target.X.(*ir.StateRef)
	x := f.expr(target.X).code
	index := f.expr(target.Index)
	if _, is := target.Index.(*ir.Const); is && target.X.Type().Kind == types.List {
		index.simple = false // Go refuses a constant that is no index, where the language fails the tuple
	}
	key := f.once(index)
	v := f.expr(s.Value)
	value := v.code
	if isState || isContainer(s.Value.Type()) && !deepFresh(s.Value) {
		value = f.g.clone(s.Value.Type(), value)
	}
	value = f.once(val{code: value, simple: v.simple && value == v.code})
	t := target.X.Type()
	if t.Kind == types.List {
		f.add(jen.If(jen.Add(key).Op("<").Lit(0).Op("||").Add(key).Op(">=").Int64().Call(jen.Len(x))).Block(
			f.block(func() { f.failed(s.Span, jen.Qual(pkgValue, "NoItem").Call(key, jen.Len(x))) })...))
		if isState && f.undo != nil {
			old := f.temp("old")
			list := f.temp("list")
			f.add(jen.List(jen.Id(list), jen.Id(old)).Op(":=").List(x, jen.Add(x).Index(key)))
			at := f.once(val{code: key})
			f.undo(jen.Id(list).Index(at).Op("=").Id(old))
		}
		f.add(jen.Add(x).Index(key).Op("=").Add(value))
		return
	}
	if isState && state.State.Scope == ir.PerKey {
		f.add(jen.If(jen.Add(x).Op("==").Nil()).Block(jen.Add(x).Op("=").Add(f.g.goType(t)).Values()))
	}
	if isState && f.undo != nil {
		m, k, old, had := f.temp("map"), f.temp("key"), f.temp("old"), f.temp("had")
		f.add(jen.List(jen.Id(m), jen.Id(k)).Op(":=").List(x, f.g.clone(t.Key, key)),
			jen.List(jen.Id(old), jen.Id(had)).Op(":=").Id(m).Index(jen.Id(k)))
		f.undo(jen.If(jen.Id(had)).Block(jen.Id(m).Index(jen.Id(k)).Op("=").Id(old)).Else().Block(jen.Delete(jen.Id(m), jen.Id(k))))
	}
	if isState {
		// Go's maps take the key of every assignment, also where they have an equal one: text in it must last.
		key = f.g.clone(t.Key, key)
	}
	f.add(jen.Add(x).Index(key).Op("=").Add(value))
}

// assignPart lowers `m[k][j] = v`, `r.f = v`, `xs[i].n = v`. The way to the place is gone first, with everything that can fail; then the value
// is set; then what a map holds by value, or lacked, is put into it.
func (f *fn) assignPart(s *ir.Assign) {
	state := rootState(s.Target)
	p := &part{fn: f, span: s.Span, isState: state != nil, undoing: state != nil && f.undo != nil}
	for _, i := range ir.TargetIndexes(s.Target) {
		index := f.expr(i)
		if _, is := i.(*ir.Const); is {
			index.simple = false // Go refuses a constant that is no index, where the language fails the tuple
		}
		p.indexes = append(p.indexes, f.once(index))
	}
	v := f.expr(s.Value)
	value := v.code
	if p.isState || isContainer(s.Value.Type()) && !deepFresh(s.Value) {
		value = f.g.clone(s.Value.Type(), value)
	}
	value = f.once(val{code: value, simple: v.simple && value == v.code})
	p.set(s.Target, value)
	for i := len(p.back) - 1; i >= 0; i-- {
		p.back[i]()
	}
}

// part is the way to a place that is assigned to.
type part struct {
	*fn
	span             source.Span
	isState, undoing bool
	indexes          []jen.Code // those still ahead
	inside           bool       // the place lies in a list or a map: going back to the row's copy does not take it back
	back             []func()   // what puts changed values into the maps that hold them
}

func (p *part) index() jen.Code {
	i := p.indexes[0]
	p.indexes = p.indexes[1:]
	return i
}

// at returns Go code for a place that can be assigned to.
func (p *part) at(target ir.Expr) jen.Code {
	switch t := target.(type) {
	case *ir.RecordField:
		return jen.Add(p.at(t.X)).Dot(p.g.recordOf(t.X.Type()).goOf[t.Name])
	case *ir.Index:
		of := p.at(t.X)
		if t.X.Type().Kind == types.List {
			return p.listItem(of)
		}
		return p.mapItem(t.X.Type(), of)
	}
	return p.expr(target).code
}

// listItem goes to an item of a list.
func (p *part) listItem(of jen.Code) jen.Code {
	i := p.index()
	p.add(jen.If(jen.Add(i).Op("<").Lit(0).Op("||").Add(i).Op(">=").Int64().Call(jen.Len(of))).Block(
		p.block(func() { p.failed(p.span, jen.Qual(pkgValue, "NoItem").Call(i, jen.Len(of))) })...))
	list := p.temp("list")
	p.add(jen.Id(list).Op(":=").Add(of))
	p.inside = true
	return jen.Id(list).Index(i)
}

// mapItem goes to a value in a map: a copy of it, which is put back when it has changed.
func (p *part) mapItem(t *types.Type, of jen.Code) jen.Code {
	f := p.fn
	i := p.index()
	item, had := f.temp("item"), f.temp("had")
	f.add(jen.List(jen.Id(item), jen.Id(had)).Op(":=").Add(of).Index(i))
	switch t.Elem.Kind {
	case types.Map:
		f.add(jen.If(jen.Id(item).Op("==").Nil()).Block(jen.Id(item).Op("=").Add(f.g.goType(t.Elem)).Values()))
	case types.List:
		// The next step finds no item in a list that is missing.
	default:
		f.failUnless(jen.Id(had), p.span, jen.Lit("no such key in the map"))
	}
	old := ""
	if p.undoing && t.Elem.Kind == types.Record {
		old = f.temp("old")
		f.add(jen.Id(old).Op(":=").Id(item))
	}
	p.inside = true
	p.back = append(p.back, func() {
		if t.Elem.Kind == types.Record {
			p.put(t, of, i, jen.Id(item), func(m, k jen.Code) jen.Code { return jen.Add(m).Index(k).Op("=").Id(old) })
			return
		}
		// What was there is changed already.
		f.add(jen.If(jen.Op("!").Id(had)).Block(f.block(func() {
			p.put(t, of, i, jen.Id(item), func(m, k jen.Code) jen.Code { return jen.Delete(m, k) })
		})...))
	})
	return jen.Id(item)
}

// put writes a map's entry; undo is code that takes it back.
func (p *part) put(t *types.Type, of, i, v jen.Code, undo func(m, k jen.Code) jen.Code) {
	p.add(jen.If(jen.Add(of).Op("==").Nil()).Block(jen.Add(of).Op("=").Add(p.g.goType(t)).Values()))
	key := i
	if p.isState {
		// Go's maps take the key of every assignment, also where they have an equal one: text in it must last.
		key = p.once(val{code: p.g.clone(t.Key, i)})
	}
	if p.undoing {
		m := p.temp("map")
		p.add(jen.Id(m).Op(":=").Add(of))
		p.undo(undo(jen.Id(m), key))
	}
	p.add(jen.Add(of).Index(key).Op("=").Add(v))
}

// set assigns to the last place of the way.
func (p *part) set(target ir.Expr, v jen.Code) {
	t, ok := target.(*ir.Index)
	if ok && t.X.Type().Kind == types.Map {
		of := p.at(t.X)
		i := p.index()
		old, had := "", ""
		if p.undoing {
			old, had = p.temp("old"), p.temp("had")
			p.add(jen.List(jen.Id(old), jen.Id(had)).Op(":=").Add(of).Index(i))
		}
		p.put(t.X.Type(), of, i, v, func(m, k jen.Code) jen.Code {
			return jen.If(jen.Id(had)).Block(jen.Add(m).Index(k).Op("=").Id(old)).Else().Block(jen.Delete(m, k))
		})
		return
	}
	place := p.at(target)
	if p.undoing && p.inside {
		old := p.temp("old")
		p.add(jen.Id(old).Op(":=").Add(place))
		p.undo(jen.Add(place).Op("=").Id(old))
	}
	p.add(jen.Add(place).Op("=").Add(v))
}
