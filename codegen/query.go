package codegen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/source"
)

// A query is two pieces of code. In the bolts whose states it reads a method answers: a question is its number among the bolt's, and the key or what a select needs to
// know. A function of the query's own reads the parameters, which come as JSON, asks, and writes the answer as JSON. What goes between them is bytes, since
// the bolt's task may be in another process.

// asking is one question of a query to a bolt.
type asking struct {
	query  *ir.Query
	get    *ir.Get // one of get and scan is set
	scan   *ir.Scan
	number int      // among the bolt's
	row    string   // of a scan: the Go type of its rows
	group  string   // of a scan that is aggregated: the Go type of what is added up
	adds   []string // its fields
	fields []string
	orders []string
}

// findAskings numbers the questions of the queries.
func (g *generator) findAskings() {
	g.askings = map[*ir.Component][]*asking{}
	if g.tests != nil {
		return
	}
	for _, q := range g.prog.Queries {
		for _, get := range q.Gets {
			g.askings[get.Component] = append(g.askings[get.Component], &asking{query: q, get: get, number: len(g.askings[get.Component])})
		}
		if s := q.Scan; s != nil {
			a := &asking{query: q, scan: s, number: len(g.askings[s.Component]), row: g.global.take(q.Name + "Answer")}
			local := newNames()
			for i := range s.Order {
				a.orders = append(a.orders, local.take("by"+strconv.Itoa(i)))
			}
			for _, k := range a.ties() {
				a.orders = append(a.orders, local.take("key_"+k.Name))
			}
			if s.Aggregated {
				a.group = g.global.take(q.Name + "Group")
				fields := newNames("append", "read")
				for _, x := range s.Aggregates {
					a.adds = append(a.adds, fields.take(x.Name))
				}
			}
			for _, f := range q.Fields {
				a.fields = append(a.fields, local.take(f.Name))
			}
			g.askings[s.Component] = append(g.askings[s.Component], a)
		}
	}
}

// each visits the fields of a scan's row.
func (a *asking) each(visit func(name string, t *types.Type)) {
	for i, o := range a.scan.Order {
		visit(a.orders[i], o.By.Type())
	}
	for i, k := range a.ties() {
		visit(a.orders[len(a.scan.Order)+i], k.Type)
	}
	for i, f := range a.query.Fields {
		visit(a.fields[i], f.Type)
	}
}

// ties are what rows that are equal by the order of a scan are ordered by.
func (a *asking) ties() []*ir.Local {
	if a.scan.Aggregated {
		return a.scan.Groups
	}
	return a.scan.Keys
}

func queryNow() *jen.Statement {
	return jen.Qual("time", "Now").Call().Dot("Round").Call(jen.Lit(0)).Dot("UTC").Call()
}

// queries writes the functions of the queries, and the rows of those that have many.
func (g *generator) queries(file *jen.File) {
	for _, q := range g.prog.Queries {
		g.query(file, q)
	}
	for _, c := range g.prog.Components {
		for _, a := range g.askings[c] {
			if a.scan != nil {
				g.scanRow(file, a)
				g.scanGroup(file, a)
			}
		}
	}
}

// scanRow writes the row of a scan, and its order.
func (g *generator) scanRow(file *jen.File, a *asking) {
	file.Commentf("%s is a row of query %s: what it is ordered by, and the answer.", a.row, a.query.Name)
	file.Type().Id(a.row).StructFunc(func(s *jen.Group) {
		a.each(func(name string, t *types.Type) { s.Id(name).Add(g.goType(t)) })
	})
	var body []jen.Code
	compare := func(name string, t *types.Type, desc bool) {
		v, w := jen.Id("a").Dot(name), jen.Id("b").Dot(name)
		if desc {
			v, w = w, v
		}
		body = append(body, jen.If(jen.Id("c").Op(":=").Add(g.compareKey(t)).Call(v, w), jen.Id("c").Op("!=").Lit(0)).Block(jen.Return(jen.Id("c"))))
	}
	for i, o := range a.scan.Order {
		compare(a.orders[i], o.By.Type(), o.Desc)
	}
	for i, k := range a.ties() {
		compare(a.orders[len(a.scan.Order)+i], k.Type, false)
	}
	file.Func().Id(a.row + "Order").Params(jen.List(jen.Id("a"), jen.Id("b")).Op("*").Id(a.row)).Int().Block(append(body, jen.Return(jen.Lit(0)))...)
	file.Line()
}

// compareKey is compareFunc, also of what is no key of a map.
func (g *generator) compareKey(t *types.Type) jen.Code {
	switch t.Kind {
	case types.Float:
		return jen.Qual("cmp", "Compare").Types(jen.Float64())
	case types.Bytes:
		return jen.Qual("bytes", "Compare")
	}
	return g.compareFunc(t)
}

// query writes the function of a query.
func (g *generator) query(file *jen.File, q *ir.Query) {
	f := &fn{g: g, reads: map[*ir.Local]int{}}
	f.paramOf = func() *jen.Statement { return jen.Id("param") }
	scratch := len(q.Params) > 0
	f.arenaOf = func() *jen.Statement { scratch = true; return jen.Parens(jen.Op("*").Id("scratch")) }
	f.nowOf = queryNow
	f.failed = func(span source.Span, why jen.Code) { f.failedIn(jen.Lit(g.place(span)), why) }
	f.failedIn = func(place, why jen.Code) {
		f.add(jen.Return(jen.Nil(), jen.Qual(pkgQuery, "Failed").Call(place, jen.Qual("strings", "Clone").Call(why))))
	}
	failed := func() jen.Code {
		return jen.If(jen.Id("err").Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Id("err")))
	}
	body := f.block(func() {
		if len(q.Params) > 0 {
			record := &types.Type{Kind: types.Record}
			for _, p := range q.Params {
				record.Fields = append(record.Fields, types.Field{Name: p.Name, Type: p.Type})
			}
			r := g.recordOf(record)
			f.add(jen.Id("d").Op(":=").Qual(pkgJSON, "Decoder").Values(jen.Dict{jen.Id("Arena"): jen.Id("scratch")}),
				jen.Id("given").Op(":=").Add(g.jsonDecoder(record)).Call(jen.Op("&").Id("d"), jen.Id("params")),
				jen.If(jen.Op("!").Id("d").Dot("OK").Call()).Block(jen.Return(jen.Nil(), jen.Qual(pkgQuery, "Wrong").Call(jen.Id("d").Dot("Why").Call()))))
			for _, p := range q.Params {
				f.add(jen.Id(localName(p)).Op(":=").Id("given").Dot(r.goOf[p.Name]), jen.Id("_").Op("=").Id(localName(p)))
			}
		}
		if q.Scan != nil {
			g.scanQuery(f, q, failed)
			return
		}
		g.gets(f, q, failed)
		g.object(f, q.Fields, func(i int) jen.Code { return f.once(f.expr(q.Row[i])) })
		f.add(jen.Return(jen.Id("dst"), jen.Nil()))
	})
	if scratch {
		body = append([]jen.Code{jen.Id("scratch").Op(":=").New(jen.Qual(pkgArena, "Arena"))}, body...)
	}
	file.Commentf("%s is query %s (%s).", g.queryName(q), q.Name, cleanPlace(g.place(q.Span)))
	file.Func().Id(g.queryName(q)).Params(jen.Id("ctx").Qual("context", "Context"), jen.Id("ask").Qual(pkgQuery, "Ask"), jen.Id("param").Op("*").Id(g.top("params")), jen.Id("params").String()).
		Params(jen.Index().Byte(), jen.Error()).Block(body...)
	file.Line()
}

// queryName is the Go name of a query's function.
func (g *generator) queryName(q *ir.Query) string {
	if g.queryNames == nil {
		g.queryNames = map[*ir.Query]string{}
	}
	if g.queryNames[q] == "" {
		g.queryNames[q] = g.global.take("query_" + q.Name)
	}
	return g.queryNames[q]
}

// object writes that an object is appended to dst, which it declares. The values come first: what they put before themselves may leave.
func (g *generator) object(f *fn, fields []types.Field, value func(i int) jen.Code) {
	values := make([]jen.Code, len(fields))
	for i := range fields {
		values[i] = value(i)
	}
	f.add(jen.Id("dst").Op(":=").Index().Byte().Call(jen.Lit("{")))
	g.members(f, fields, values)
}

// members writes the members of an object whose brace is there.
func (g *generator) members(f *fn, fields []types.Field, values []jen.Code) {
	for i, field := range fields {
		lead := `"` + field.Name + `":`
		if i > 0 {
			lead = "," + lead
		}
		f.add(jen.Id("dst").Op("=").Append(jen.Id("dst"), jen.Lit(lead).Op("...")),
			jen.Id("dst").Op("=").Add(g.jsonFunc(field.Type)).Call(jen.Id("dst"), values[i]))
	}
	f.add(jen.Id("dst").Op("=").Append(jen.Id("dst"), jen.LitByte('}')))
}

// gets writes that all is asked for that a row needs, and read.
func (g *generator) gets(f *fn, q *ir.Query, failed func() jen.Code) {
	if len(q.Gets) == 0 {
		f.add(jen.List(jen.Id("_"), jen.Id("_")).Op("=").List(jen.Id("ctx"), jen.Id("ask")))
		return
	}
	var questions []jen.Code
	for i, get := range q.Gets {
		ask, hash := fmt.Sprintf("ask%d", i), jen.Code(jen.Lit(0))
		f.add(jen.Id(ask).Op(":=").Qual(pkgCodec, "AppendUvarint").Call(jen.Nil(), jen.Lit(g.numberOf(get))))
		if get.Keys != nil {
			hash = g.keyOf(f, get, ask)
		}
		questions = append(questions, jen.Values(jen.Dict{jen.Id("Component"): jen.Lit(get.Component.Name), jen.Id("Hash"): hash, jen.Id("Ask"): jen.Id(ask)}))
	}
	f.add(jen.List(jen.Id("answers"), jen.Err()).Op(":=").Id("ask").Dot("Ask").Call(jen.Id("ctx"), jen.Index().Qual(pkgEngine, "Question").Values(questions...)), failed())
	for i, get := range q.Gets {
		name, r := localName(get.Local), fmt.Sprintf("r%d", i)
		f.add(jen.Var().Id(name).Add(g.goType(get.Local.Type)), jen.Id("_").Op("=").Id(name),
			jen.Id(r).Op(":=").Qual(pkgCodec, "NewReader").Call(jen.Qual(pkgQuery, "One").Call(jen.Id("answers"), jen.Lit(i))))
		value := jen.Add(g.decoder(get.State.Type)).Call(jen.Id(r))
		switch {
		case get.Keys == nil:
			f.add(jen.Id(name).Op("=").Add(value))
		default:
			there := []jen.Code{jen.Id(name).Op("=").Add(value)}
			if get.State.Type.Kind != types.Optional {
				there = []jen.Code{jen.Id(name).Dot("V").Op("=").Add(value), jen.Id(name).Dot("OK").Op("=").True()}
			}
			f.add(jen.If(jen.Id(r).Dot("Bool").Call()).Block(there...).Else().Block(
				jen.Id(name).Dot("Why").Op("=").Lit(get.Component.Name + " keeps no " + get.State.Name + " of that key")))
		}
		f.add(jen.If(jen.Err().Op(":=").Id(r).Dot("Close").Call(), jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Err())))
	}
}

func (g *generator) numberOf(get *ir.Get) int {
	i := slices.IndexFunc(g.askings[get.Component], func(a *asking) bool { return a.get == get })
	return g.askings[get.Component][i].number
}

// keyOf writes that a key is appended to a question as readKey reads it, and is code for the hash by which tuples of the key are routed.
func (g *generator) keyOf(f *fn, get *ir.Get, ask string) jen.Code {
	b := &boltGen{g: g, comp: get.Component, keyed: &keyedState{g: g, key: get.State.Key}}
	parts := make([]jen.Code, len(get.Keys))
	for i, k := range get.Keys {
		parts[i] = f.once(f.expr(k))
	}
	key := get.State.Key
	dst := func() *jen.Statement { return jen.Id(ask) }
	switch b.keyed.kind() {
	case textKey:
		f.add(dst().Op("=").Qual(pkgCodec, "AppendString").Call(dst(), parts[0]))
	case intKey:
		v := jen.Int64().Call(parts[0])
		if key[0].Type.Kind == types.Time {
			v = jen.Add(parts[0]).Dot("UnixNano").Call()
		}
		f.add(dst().Op("=").Qual(pkgCodec, "AppendInt").Call(dst(), v))
	default:
		for i, k := range key {
			f.add(dst().Op("=").Add(g.encoder(k.Type)).Call(dst(), parts[i]))
		}
	}
	var h jen.Code
	for _, name := range slices.Sorted(slices.Values(b.keyedBy())) {
		i := slices.IndexFunc(key, func(f types.Field) bool { return f.Name == name })
		one := g.hashOf(key[i].Type, parts[i], false)
		if h == nil {
			h = one
		} else {
			h = jen.Qual(pkgHash, "Combine").Call(h, one)
		}
	}
	return h
}

// scanQuery writes that all tasks are asked for their first rows, and the first of these are the answer.
func (g *generator) scanQuery(f *fn, q *ir.Query, failed func() jen.Code) {
	a := g.askings[q.Scan.Component][slices.IndexFunc(g.askings[q.Scan.Component], func(a *asking) bool { return a.scan == q.Scan })]
	limit, limited := jen.Code(jen.Lit(0)), jen.False()
	if q.Scan.Limit != nil {
		limit, limited = f.once(f.expr(q.Scan.Limit)), jen.True()
	}
	ask := jen.Id("question")
	f.add(jen.List(jen.Id("most"), jen.Err()).Op(":=").Qual(pkgQuery, "Most").Call(limit, limited), failed(),
		jen.Id("question").Op(":=").Qual(pkgCodec, "AppendUvarint").Call(jen.Nil(), jen.Lit(a.number)),
		jen.Add(ask).Op("=").Qual(pkgCodec, "AppendInt").Call(ask, jen.Int64().Call(jen.Id("most"))))
	for _, p := range q.Params {
		f.add(jen.Id("question").Op("=").Add(g.encoder(p.Type)).Call(jen.Id("question"), jen.Id(localName(p))))
	}
	f.add(jen.List(jen.Id("answers"), jen.Err()).Op(":=").Id("ask").Dot("Ask").Call(jen.Id("ctx"), jen.Index().Qual(pkgEngine, "Question").Values(
		jen.Values(jen.Dict{jen.Id("Component"): jen.Lit(q.Scan.Component.Name), jen.Id("All"): jen.True(), jen.Id("Ask"): jen.Id("question")}))), failed(),
		jen.Id("top").Op(":=").Qual(pkgQuery, "NewTop").Call(jen.Id("most"), jen.Id(a.row+"Order")))
	if q.Scan.Aggregated {
		g.gatherGroups(f, a)
	} else {
		gatherRows(f, g, a)
	}
	f.add(jen.Id("rows").Op(":=").Id("top").Dot("Rows").Call(),
		jen.If(jen.Err().Op(":=").Qual(pkgQuery, "TooMany").Call(jen.Len(jen.Id("rows")), limited), jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Err())),
		jen.Id("dst").Op(":=").Index().Byte().Call(jen.Lit("[")))
	f.add(jen.For(jen.List(jen.Id("i"), jen.Id("row")).Op(":=").Range().Id("rows")).Block(f.block(func() {
		f.add(jen.If(jen.Id("i").Op(">").Lit(0)).Block(jen.Id("dst").Op("=").Append(jen.Id("dst"), jen.LitByte(','))),
			jen.Id("dst").Op("=").Append(jen.Id("dst"), jen.LitByte('{')))
		values := make([]jen.Code, len(q.Fields))
		for i := range q.Fields {
			values[i] = jen.Id("row").Dot(a.fields[i])
		}
		g.members(f, q.Fields, values)
	})...), jen.Return(jen.Append(jen.Id("dst"), jen.LitByte(']')), jen.Nil()))
}

// gatherRows writes that the rows which the tasks gave are read.
func gatherRows(f *fn, g *generator, a *asking) {
	var read []jen.Code
	a.each(func(name string, t *types.Type) {
		read = append(read, jen.Id("row").Dot(name).Op("=").Add(g.decoder(t)).Call(jen.Id("r")))
	})
	loop := append([]jen.Code{jen.Var().Id("row").Id(a.row)}, read...)
	f.add(jen.For(jen.List(jen.Id("_"), jen.Id("answer")).Op(":=").Range().Id("answers").Index(jen.Lit(0))).Block(
		jen.Id("r").Op(":=").Qual(pkgCodec, "NewReader").Call(jen.Id("answer")),
		jen.For(jen.Id("r").Dot("More").Call()).Block(append(loop, jen.If(jen.Id("r").Dot("Err").Call().Op("==").Nil().Op("&&").Id("top").Dot("Wants").Call(jen.Op("&").Id("row"))).Block(
			jen.Id("top").Dot("Add").Call(jen.Id("row"))))...),
		jen.If(jen.Err().Op(":=").Id("r").Dot("Close").Call(), jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Err()))))
}

// queryTable tells the program of its queries.
func (g *generator) queryTable(b *jen.Group) {
	if g.embed == nil && slices.ContainsFunc(g.prog.Components, func(c *ir.Component) bool {
		return c.Call != nil && c.Call.Standard && c.Call.Library == "drpc" && c.Kind == ir.Spout
	}) {
		b.Id("p").Dot("Calls").Op("=").True()
	}
	if len(g.prog.Queries) == 0 {
		return
	}
	b.Id("p").Dot("Queries").Op("=").Index().Qual(pkgApp, "Query").ValuesFunc(func(v *jen.Group) {
		for _, q := range g.prog.Queries {
			d := jen.Dict{
				jen.Id("Name"): jen.Lit(q.Name),
				jen.Id("Answer"): jen.Func().Params(jen.Id("ctx").Qual("context", "Context"), jen.Id("ask").Qual(pkgQuery, "Ask"), jen.Id("params").String()).
					Params(jen.Index().Byte(), jen.Error()).Block(jen.Return(jen.Id(g.queryName(q)).Call(jen.Id("ctx"), jen.Id("ask"), jen.Id("param"), jen.Id("params")))),
			}
			if q.Doc != "" {
				d[jen.Id("Doc")] = jen.Lit(strings.TrimSpace(q.Doc))
			}
			if q.Scan != nil {
				d[jen.Id("Many")] = jen.True()
			}
			if len(q.Params) > 0 {
				d[jen.Id("Params")] = jen.Index().Qual(pkgApp, "QueryParam").ValuesFunc(func(v *jen.Group) {
					for _, p := range q.Params {
						v.Values(queryParam(p))
					}
				})
			}
			d[jen.Id("Fields")] = jen.Index().String().ValuesFunc(func(v *jen.Group) {
				for _, f := range q.Fields {
					v.Lit(f.Name)
				}
			})
			v.Line().Values(d)
		}
		v.Line()
	})
}

// queryParam tells the program of a parameter of a query.
func queryParam(p *ir.Local) jen.Dict {
	d := jen.Dict{jen.Id("Name"): jen.Lit(p.Name), jen.Id("Type"): jen.Lit(p.Type.String())}
	t := p.Type
	if t.Kind == types.Optional {
		d[jen.Id("Optional")] = jen.True()
		t = t.Elem
	}
	if t.Kind == types.Enum {
		d[jen.Id("Values")] = jen.Index().String().ValuesFunc(func(v *jen.Group) {
			for _, name := range t.Values {
				v.Lit(name)
			}
		})
	}
	switch t.Kind {
	case types.String, types.Bytes, types.Time, types.Duration, types.Enum:
		d[jen.Id("Text")] = jen.True()
	}
	return d
}
