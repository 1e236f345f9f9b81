package codegen

import (
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// output is a component's end of one edge.
type output struct {
	edge   *ir.Edge
	field  string // of the task's struct
	row    *rowType
	single bool // one receiving task
	// combine, where not nil, is how its tuples are combined before they travel.
	combine *combined
	// next, of a direct edge, is the field of the task that holds the bolt to call; "" otherwise.
	next string
	// held, where not nil, is what holds its batch in the loop that is being written.
	held *heldBatch
	// counted says that the tuples of a direct edge are counted where their batch begins, not one by one.
	counted bool
	// log says that it is no edge, but the batch that goes to the log of a durable spout.
	log bool
}

// check is code that sends the batches which a tuple has filled.
func (o *output) check(out *jen.Statement) jen.Code {
	switch {
	case o.log:
		return jen.Null()
	case o.combine != nil && o.combine.bunch != nil:
		return jen.Null() // it is looked at when they are taken
	}
	return o.full(out)
}

// full is check for what has been put into batches.
func (o *output) full(out *jen.Statement) jen.Code {
	if o.held != nil {
		return o.held.full(o, out)
	}
	full := jen.Add(out).Dot("Full").Call()
	if o.combine != nil {
		leave := jen.If(jen.Id("t").Dot(o.combine.gate).Dot("Full").Call(jen.Op("&").Id("t").Dot(o.combine.gather))).Block(
			jen.Id("t").Dot(o.combine.gather).Dot("Leave").Call())
		return leave.Else().If(full).Block(jen.Add(out).Dot("Check").Call()) // of those that travel by themselves
	}
	if o.single {
		full = jen.Add(out).Dot("Pending").Index(jen.Lit(0)).Dot("Full").Call(jen.Add(out).Dot("Limit"))
	}
	return jen.If(full).Block(jen.Add(out).Dot("Check").Call())
}

// outputs are all ends of a component, by stream.
type outputs struct {
	list []*output
	of   map[*ir.Stream][]*output
}

func (g *generator) outputsOf(c *ir.Component, member *names) outputs {
	out := outputs{of: map[*ir.Stream][]*output{}}
	for _, s := range c.Outputs {
		for _, e := range g.outs[s] {
			o := &output{edge: e, row: g.rowOf(e.Row()), single: !e.To.Many() || e.Grouping == ir.ByGlobal || e.Fused}
			name := "to_" + e.To.Name
			if s.Name != "" {
				name = s.Name + "_" + name
			}
			o.field = member.take(name)
			if e.Combine != nil {
				o.combine = g.newCombined(o, member)
			}
			if g.direct[e.Input] {
				o.next = member.take("next_" + e.To.Name)
			}
			out.list = append(out.list, o)
			out.of[s] = append(out.of[s], o)
		}
	}
	return out
}

// emitStmt lowers `emit`: first the values, which can fail, then the rows.
func (f *fn) emitStmt(s *ir.Emit) {
	latest := !s.Stream.Chosen && f.latestKey(s.Stream, s.Args)
	args := make([]jen.Code, len(s.Args))
	for i, a := range s.Args {
		v := f.expr(a)
		if a.Type().Kind == types.Time {
			v = f.checked(jen.Qual(pkgValue, "Nanos").Call(v.code), a.At(), jen.Lit("a tuple carries times from the years 1678 to 2262 only"))
		}
		args[i] = f.once(v)
	}
	if s.To != nil {
		f.to = f.once(f.expr(s.To))
		f.checkTo(s)
		defer func() { f.to = nil }()
	}
	if latest {
		f.latest(s.Stream, args) // which is held for as long as what it overwrites
		return
	}
	if f.loose = s.Unanchored && f.g.followed(); f.loose {
		// Nor has it a tuple of a spout that could be given again.
		origin := f.originOf
		f.originOf = nil
		defer func() { f.originOf, f.loose = origin, false }()
	}
	f.emit(s.Stream, args)
}

// checkTo fails the tuple where a reader has no task of the number that its emit names.
func (f *fn) checkTo(s *ir.Emit) {
	for _, e := range f.g.outs[s.Stream] {
		var tasks jen.Code = jen.Lit(e.To.Tasks)
		if e.To.TasksParam != nil {
			tasks = jen.Len(f.outOf(e).Dot("Pending"))
		} else if n, ok := ir.Constant(s.To); ok && n.(int64) < int64(e.To.Tasks) {
			continue // the checker has looked
		}
		f.failUnless(jen.Parens(jen.Uint64().Call(f.to).Op("<").Uint64().Call(tasks)), s.To.At(),
			jen.Qual(pkgTask, "NoTask").Call(f.to, jen.Lit(e.To.Name), tasks))
	}
}

// emit appends a row to the batches of every edge of a stream.
func (b *boltGen) emit(f *fn, ctx *context, s *ir.Stream, args []jen.Code) {
	if g := b.gather[s]; g != nil {
		// What waits is older than this tuple.
		f.add(jen.Id("t").Dot(g.member).Dot("Settle").Call())
	}
	f.choose(b.outs.of[s], s, args)
	for _, o := range b.outs.of[s] {
		if o.next != "" {
			f.add(b.g.callReader(f, o, args)...)
			continue
		}
		ctx.emitted[o] = true
		row := b.g.appendRow(f, o, jen.Id("t").Dot(o.field), s, args)
		if f.loose {
			row = append(append([]jen.Code{jen.Id("t").Dot(o.field).Dot("Loose").Call()}, row...), jen.Id("t").Dot(o.field).Dot("Tight").Call())
		}
		f.add(row...)
	}
	if len(b.outs.of[s]) == 0 {
		f.ignore(args)
	}
}

// values sets them.
func (o outputs) values(g *generator, d jen.Dict) {
	for _, out := range o.list {
		if out.log {
			d[jen.Id(out.field)] = jen.Id("log")
			continue
		}
		d[jen.Id(out.field)] = jen.Id("edges").Dot(g.edgeVar[out.edge]).Dot("Out").Call(jen.Id("n"))
		if out.next != "" {
			d[jen.Id(out.next)] = jen.Id(g.finders[out.edge.To]).Call(jen.Id("topology"), jen.Id("param"), jen.Id("edges"), jen.Id("n"))
		}
	}
}

// ignore says that values are used: nobody takes this stream.
func (f *fn) ignore(args []jen.Code) {
	for _, a := range args {
		f.add(jen.Id("_").Op("=").Add(a))
	}
}

// appendRow is code that appends one row to the batch of the task that gets it, where the edge takes it.
func (g *generator) appendRow(f *fn, o *output, out *jen.Statement, s *ir.Stream, args []jen.Code) []jen.Code {
	if o.edge.Where == nil {
		return append(g.see(o, out, s, args), g.appendAlways(f, o, out, s, args)...)
	}
	return append(g.see(o, out, s, args), f.where(o, out, args, func() []jen.Code { return g.appendAlways(f, o, out, s, args) })...)
}

// where is code that does something with an emitted tuple only where the condition of an edge holds, and counts the others.
func (f *fn) where(o *output, out *jen.Statement, args []jen.Code, do func() []jen.Code) []jen.Code {
	var holds jen.Code
	code := f.over(o.edge.Stream, args, func() { holds = f.expr(o.edge.Where).code })
	withheld := []jen.Code{jen.Add(out).Dot("Withheld").Op("++")}
	if o.counted {
		withheld = append(withheld, jen.Add(out).Dot("Passed").Op("--")) // with its batch it was counted
	}
	inner := jen.If(holds).Block(do()...).Else().Block(withheld...)
	if len(code) == 0 {
		return []jen.Code{inner}
	}
	return []jen.Code{jen.Block(append(code, inner)...)}
}

// over is the block that write writes, in which fields are those of an emitted tuple.
func (f *fn) over(s *ir.Stream, args []jen.Code, write func()) []jen.Code {
	outer := f.fieldOf
	defer func() { f.fieldOf = outer }()
	f.fieldOf = func(_ *ir.Input, i int) val {
		if s.Fields[i].Type.Kind == types.Time {
			return computed(jen.Qual(pkgValue, "Time").Call(args[i]))
		}
		return simple(args[i])
	}
	return f.block(write)
}

// appendAlways is code that appends one row.
func (g *generator) appendAlways(f *fn, o *output, out *jen.Statement, s *ir.Stream, args []jen.Code) []jen.Code {
	if o.combine != nil {
		return g.appendCombined(f, o, out, s, args)
	}
	values := jen.Dict{}
	into := "o"
	if o.held != nil {
		into = o.held.batch
	}
	for i, field := range s.Fields {
		values[jen.Id(o.row.goField(field.Name))] = g.pack(field.Type, into, args[i])
	}
	row := func() jen.Code {
		rows := jen.Id("o").Dot("Rows")
		if o.held != nil {
			rows = jen.Id(o.held.rows)
		}
		return jen.Add(rows).Op("=").Append(rows, jen.Id(o.row.goName).Values(values))
	}
	if o.row.origins && f.originOf != nil {
		values[jen.Id(o.row.origin)] = f.originOf()
	}
	pass := func(code ...jen.Code) []jen.Code { return []jen.Code{jen.Block(code...)} }
	if o.edge.InCycle {
		pass = f.hop(o, out, values)
	}
	var target jen.Code
	var before []jen.Code
	switch {
	case o.log:
		target = out
	case o.edge.Grouping == ir.ByFields:
		before = append(before, jen.Id("h").Op(":=").Add(f.edgeHash(o.edge, args)))
		values[jen.Id(o.row.hash)] = jen.Id("h")
		target = jen.Add(out).Dot("For").Call(jen.Id("h"))
		if o.single {
			target = jen.Add(out).Dot("Pending").Index(jen.Lit(0))
		}
	case o.edge.Grouping == ir.ByGo:
		target = jen.Add(out).Dot("To").Call(f.chosen[o.edge])
	case o.edge.Grouping == ir.ByAll && !o.single:
		all := jen.For(jen.List(jen.Id("_"), jen.Id("o")).Op(":=").Range().Add(out).Dot("Pending")).Block(row())
		if o.edge.Loop != nil {
			return pass(all)
		}
		return []jen.Code{all}
	case o.single:
		target = jen.Add(out).Dot("Pending").Index(jen.Lit(0))
	case o.edge.Grouping == ir.ByPartial:
		target = jen.Add(out).Dot("Less").Call(f.edgeHash(o.edge, args))
	case o.edge.Grouping == ir.ByDirect:
		target = jen.Add(out).Dot("To").Call(f.to)
	default:
		target = jen.Add(out).Dot("Next").Call()
	}
	if o.held != nil {
		return pass(append(before, row())...)
	}
	return pass(append(before, jen.Id("o").Op(":=").Add(target), row())...)
}

// hop lets a row on an edge of a cycle say how often it went round, once more behind a loop. What it returns writes the statements
// that append the row: on a loop, only where the tuple may go round once more.
func (f *fn) hop(o *output, out *jen.Statement, values jen.Dict) func(code ...jen.Code) []jen.Code {
	var hop jen.Code = jen.Lit(0)
	if f.hopOf != nil {
		hop = f.hopOf()
	}
	if o.edge.Loop == nil {
		values[jen.Id(o.row.hop)] = hop
		return func(code ...jen.Code) []jen.Code { return []jen.Code{jen.Block(code...)} }
	}
	values[jen.Id(o.row.hop)] = jen.Add(hop).Op("+").Lit(1)
	return func(code ...jen.Code) []jen.Code {
		return []jen.Code{jen.If(jen.Add(out).Dot("Loops").Call(hop)).Block(code...)}
	}
}

// edgeHash is code for the hash of a tuple's grouping fields, taken in the order of their names: two
// edges into one bolt agree on it, however each wrote its grouping.
func (f *fn) edgeHash(e *ir.Edge, args []jen.Code) jen.Code {
	var h jen.Code
	for _, i := range sortedKeyFields(e) {
		one := f.hashOf(e.Stream.Fields[i].Type, args[i], true)
		if h == nil {
			h = one
		} else {
			h = jen.Qual(pkgHash, "Combine").Call(h, one)
		}
	}
	return h
}

// emitLatest writes a row of a `latest` stream whose key is the state's: a row of that key which still
// waits to leave is overwritten, so that only the newest travels.
func (b *boltGen) emitLatest(f *fn, ctx *context, s *ir.Stream, args []jen.Code) {
	if g := b.gather[s]; g != nil && !ctx.rollback {
		b.emitGathered(f, ctx, g, args)
		return
	}
	if ctx.rollback || !b.marked[s] {
		// A row overwritten could not be taken back.
		b.emit(f, ctx, s, args)
		return
	}
	for _, o := range b.outs.of[s] {
		out := jen.Id("t").Dot(o.field)
		if !coalesces(o) {
			// A key that may go to several tasks has no one row.
			ctx.emitted[o] = true
			f.add(b.g.appendRow(f, o, out, s, args)...)
			continue
		}
		ctx.emitted[o] = true
		if b.keyed.markOf[o] == "" {
			b.keyed.markOf[o] = b.keyed.member.take(o.field)
		}
		mark := jen.Id("st").Dot(b.keyed.markOf[o])
		target := jen.Add(out).Dot("Pending").Index(jen.Lit(0))
		values := jen.Dict{}
		var over, before []jen.Code
		if o.edge.Grouping == ir.ByFields {
			before = append(before, jen.Id("h").Op(":=").Add(f.edgeHash(o.edge, args)))
			values[jen.Id(o.row.hash)] = jen.Id("h")
			if !o.single {
				target = jen.Add(out).Dot("For").Call(jen.Id("h"))
			}
		}
		isKey := map[int]bool{}
		for _, i := range s.Latest {
			isKey[i] = true
		}
		for i, field := range s.Fields {
			packed := b.g.pack(field.Type, "o", args[i])
			values[jen.Id(o.row.goField(field.Name))] = packed
			if !isKey[i] {
				over = append(over, jen.Id("row").Dot(o.row.goField(field.Name)).Op("=").Add(packed))
			}
		}
		if len(over) > 0 {
			over = append([]jen.Code{jen.Id("row").Op(":=").Op("&").Id("o").Dot("Rows").Index(jen.Id("at"))}, over...)
		}
		code := append(before, jen.Id("o").Op(":=").Add(target),
			jen.If(jen.List(jen.Id("at"), jen.Id("waits")).Op(":=").Id("o").Dot("Find").Call(mark), jen.Id("waits")).Block(over...).Else().Block(
				jen.Add(mark).Op("=").Id("o").Dot("Mark").Call(),
				jen.Id("o").Dot("Rows").Op("=").Append(jen.Id("o").Dot("Rows"), jen.Id(o.row.goName).Values(values))))
		if len(over) == 0 {
			code[len(code)-1] = jen.If(jen.List(jen.Id("_"), jen.Id("waits")).Op(":=").Id("o").Dot("Find").Call(mark), jen.Op("!").Id("waits")).Block(
				jen.Add(mark).Op("=").Id("o").Dot("Mark").Call(),
				jen.Id("o").Dot("Rows").Op("=").Append(jen.Id("o").Dot("Rows"), jen.Id(o.row.goName).Values(values)))
		}
		f.add(jen.Block(code...))
	}
	if len(b.outs.of[s]) == 0 {
		f.ignore(args)
	}
}

// coalesces reports whether all tuples of one key take this edge to the same task.
func coalesces(o *output) bool {
	if o.single {
		return true
	}
	if o.edge.Grouping != ir.ByFields {
		return false
	}
	for _, k := range o.edge.Keys {
		if !slices.Contains(o.edge.Stream.Latest, k) {
			return false
		}
	}
	return true
}

// sortedKeyFields returns the fields an edge groups by, in the order of their names.
func sortedKeyFields(e *ir.Edge) []int {
	keys := slices.Clone(e.Keys)
	slices.SortFunc(keys, func(a, b int) int {
		return strings.Compare(e.Stream.Fields[a].Name, e.Stream.Fields[b].Name)
	})
	return keys
}
