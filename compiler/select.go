package compiler

import (
	"slices"
	"strconv"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// A query is a bolt whose statements the compiler writes: what it reads says what its columns are, and by what they are grouped says how its input
// is, which states it keeps and what each row does to them. Behind this pass it is a bolt like any other. Where rows are grouped by what has to be
// computed first, a bolt before it does that: `x.rows`.

// selecting is a query on its way to a bolt.
type selecting struct {
	comp     *component
	decl     *ast.Selection
	in       *input
	read     *input  // what stands behind `from`: in, or what the bolt before it reads
	sides    []*side // what a join puts together; nil where there is none
	joinedAt int     // the field that has the time of a join's rows; -1 where none has
	grouped  bool
	keys     []selectKey
	columns  []*column
	steps    []ir.Stmt // what a row does to the states
	states   []*ir.State
	merges   []ir.Stmt               // what adds the states of a part of a window to those of the others
	parts    map[*ir.State]*ir.State // states as a part has them
	ttl      ir.Expr
	window   *windowed          // nil where there is none
	order    *ir.Timer          // of what orders groups: its block gives those of a window
	mark     *ir.State          // of this, too
	late     *ir.If             // of one of event time: what is done with what comes too late
	same     map[string]ir.Expr // aggregates that were met, by their text
	naming   string             // the column that is being typed
	inside   *ast.Call          // the aggregate whose arguments are typed
	place    string             // where an aggregate can't stand: "where"
	first    *selecting         // of a part of a union: the one that names the columns; nil of that one
	cond     ir.Expr            // of `where`; nil where there is none
	only     ir.Expr            // of `having`
	broken   bool
}

// selectKey is an expression of `group by`.
type selectKey struct {
	x     ast.Expr
	text  string
	field int // of the input
}

// column is one of what a query gives.
type column struct {
	name  string
	ident *ast.Ident // behind `as`; nil where it has the name of a field
	at    source.Span
	value ir.Expr
	local *ir.Local // where another one needs it too
}

// resolveQuery gives a query its inputs, its output and its statements. Who reads it asks for that.
func (c *compilation) resolveQuery(comp *component) {
	if comp.decl == nil || comp.decl.Select == nil || comp.query == resolved {
		return
	}
	if comp.query == underway {
		comp.query, comp.open = resolved, true
		c.err(selectReadsItself, comp.name.Span(), "query %s reads what it gives, so its columns can't be known", comp.name.Name).
			help("let a bolt with statements stand in the cycle: its outputs are written, `bolt NAME(...) -> (field TYPE, ...)`")
		return
	}
	comp.query = underway
	defer func() {
		if comp.query == resolved { // somebody asked meanwhile: it reads itself, which was said
			comp.inputs, comp.cyclic = nil, true
		}
		comp.query = resolved
	}()
	if c.queryShape(comp) {
		c.parts(comp)
	} else {
		for _, in := range comp.decl.Inputs {
			c.markInput(in)
		}
		comp.open = true
	}
}

// queryShape reports what can't stand around a query, or in it yet.
func (c *compilation) queryShape(comp *component) bool {
	d, q := comp.decl, comp.decl.Select
	ok := true
	report := func(code string, at source.Span, format string, args ...any) report {
		ok = false
		return c.err(code, at, format, args...)
	}
	switch {
	case d.Kind != ast.Bolt:
		report(selectShape, headOf(q, "select"), "a %s is no query", d.Kind).help("a query is a bolt, which others read: `bolt NAME = select ...`")
	case d.Inputs[0] != q.From:
		report(selectShape, d.Inputs[0].Span(), "a query says behind `from` what it reads").help("take the brackets behind the name out")
	case len(d.Params) > 0:
		report(selectShape, d.Params[0].Span(), "a query says behind `from` what it reads").help("take the brackets behind the name out")
	}
	if len(d.Outputs) > 0 {
		report(selectShape, d.Outputs[0].Span(), "the columns of a query are its output").help("take the output out: names and types come from the columns")
	}
	comp.sel.Each(func(q *ast.Selection) {
		c.windowNotYet(q, func(x ast.Spanned, word, help string) {
			report(notYetSelect, headOf(x, "window"), "`%s` does not compile yet", word).help("%s", help)
		})
		if q.Early != nil && q.Window == nil {
			report(orderNeedsWindow, q.Early.Span(), "`emit every` is for windows: without one each change is emitted at once").help("take it out")
		}
		if c.orderWrong(q) {
			ok = false
		}
		if len(q.Order) > 0 && q.Window == nil {
			report(orderNeedsWindow, q.Order[0].Span(), "a stream that goes on has no first and no last row to order").
				help("leave the order to who shows it, e.g. `stdout.table(key: ..., order: ...)`")
		} else if q.Limit != nil && q.Window == nil {
			report(orderNeedsWindow, q.Limit.Span(), "`limit` takes the first rows of an order, which a stream that goes on does not have").help("take it out")
		}
		if q.Skewed != nil {
			report(notYetSelect, q.Skewed.Span(), "`skewed` does not compile yet").help("take it out: sums, counts, least and greatest values are added up before they travel all the same")
		}
	})
	return ok
}

// parts resolves a query, and those that `union all` adds to it.
func (c *compilation) parts(comp *component) {
	var inputs []*input
	body := &ir.Body{}
	comp.ir.Body = body
	var first *selecting
	for q := comp.sel; q != nil; q = q.Union {
		comp.inputs, comp.ir.Inputs = nil, nil // each part sees its own
		c.resolveInput(comp, q.From)
		s := &selecting{comp: comp, decl: q, in: comp.inputs[0], read: comp.inputs[0], first: first, same: map[string]ir.Expr{}}
		if s.in.opaque || len(s.in.sources) == 0 {
			s.broken = true
			c.unseen(s)
		} else if !c.joins(s) {
			s.broken = true
			c.unseen(s)
		} else {
			c.selection(s)
		}
		if first != nil && !s.broken && !first.broken {
			c.unite(first, s)
		}
		comp.open = comp.open || s.broken
		if first == nil {
			first = s
		}
		s.in.ir.Index = len(inputs)
		for _, other := range inputs {
			if other.ir.Alias == s.in.ir.Alias {
				s.in.ir.Alias += strconv.Itoa(s.in.ir.Index + 1)
				break
			}
		}
		inputs = append(inputs, s.in)
		body.On = append(body.On, nil)
		if !comp.open {
			body.On[s.in.ir.Index] = s.statements(c)
			s.ends(c, body)
		}
		body.States = append(body.States, s.states...)
	}
	comp.inputs, comp.ir.Inputs = inputs, nil
	for _, in := range inputs {
		comp.ir.Inputs = append(comp.ir.Inputs, in.ir)
	}
	if !comp.open {
		c.place(comp, first)
	}
}

// unseen types what can be typed of a query whose input is not known, so that nothing in it is taken for unused.
func (c *compilation) unseen(s *selecting) {
	ast.Walk(s.decl, func(n ast.Spanned) bool {
		switch n := n.(type) {
		case *ast.Name:
			if v := c.values[n.Name]; v != nil {
				v.used = true
			}
			if f := c.funcs[n.Name]; f != nil {
				f.used, f.live = true, true
			}
		}
		return true
	})
}

// selection types a query and gives it its output.
func (c *compilation) selection(s *selecting) {
	q := s.decl
	if o := s.comp.ordering; o != nil && q == o.outer {
		c.orders(s, o)
		return
	}
	s.grouped = c.groups(q)
	if q.Distinct != nil && (len(q.Keys) > 0 || c.anyAggregate(q)) {
		c.err(aggregatePlace, q.Distinct.Span(), "`select distinct` gives each row once; the rows of a query that groups are its groups").help("take `distinct` out, or make it a query over this one")
		s.broken = true
		return
	}
	if s.grouped && q.Window == nil && c.latestAggregated(s) {
		return
	}
	if q.TTL != nil {
		if len(q.Keys) == 0 && q.Distinct == nil {
			c.err(orderNeedsWindow, q.TTL.Span(), "`ttl` is for groups: nothing is kept here that grows").help("take it out")
			s.broken = true
			return
		}
		if n, never := q.TTL.(*ast.Name); !never || n.Name != "never" || c.values["never"] != nil {
			s.ttl = c.delay(s.comp, q.TTL, "the ttl of "+s.comp.name.Name)
		}
	}
	if !c.window(s) {
		s.broken = true
		return
	}
	where := q.Where
	if !c.groupKeys(s, &where) {
		s.broken = true
		return
	}
	e := c.queryEnv(s)
	if where != nil {
		s.place = "where"
		cond := e.condition(where, "the condition of `where`")
		s.place = ""
		s.broken = s.broken || isInvalid(cond)
		s.where(cond)
	}
	s.openWindow(c)
	c.watchLate(s)
	e.columnsOf(q)
	if s.comp.until != nil && !s.broken {
		s.until(c)
	}
	if q.Having != nil {
		if !s.grouped {
			c.err(aggregatePlace, q.Having.Span(), "`having` is a condition on groups, and this query has none").help("write it behind `where`")
			s.broken = true
		} else {
			cond := e.condition(q.Having, "the condition of `having`")
			s.broken = s.broken || isInvalid(cond)
			s.having(cond)
		}
	}
	if s.broken {
		return
	}
	if s.comp.output("") == nil {
		s.output()
	}
}

// latestAggregated reports a query that adds up what replaces one another.
func (c *compilation) latestAggregated(s *selecting) bool {
	src := s.in.sources[0]
	if len(src.ir.Latest) == 0 || s.decl.Distinct != nil {
		return false
	}
	var keys []string
	for _, k := range src.ir.Latest {
		keys = append(keys, src.ir.Fields[k].Name)
	}
	r := c.err(aggregatesLatest, s.decl.From.Span(), "%s is `latest by %s`: each tuple replaces the one before with its key, so what they add up to counts some several times", src.ir.FullName(), strings.Join(keys, ", "))
	if src.decl != nil {
		r.related(src.decl.Span(), "declared here")
	}
	r.help("group what it reads, in one query; or keep the newest of each key in the state of a bolt with statements")
	s.broken = true
	return true
}

// queryEnv is the place that the expressions of a query stand in.
func (c *compilation) queryEnv(s *selecting) *env {
	e := &env{compilation: c, comp: s.comp, tuple: s.in, sel: s}
	return e.inner()
}

// groupKeys makes the keys of a query fields of what it reads, by a bolt before it where they are no fields yet.
func (c *compilation) groupKeys(s *selecting, where *ast.Expr) bool {
	q := s.decl
	keys := q.Keys
	if q.Distinct != nil {
		for _, col := range q.Columns {
			if col.X != nil {
				keys = append(keys, col.X)
				continue
			}
			for i, f := range s.in.ir.Fields {
				if f.Type.Kind != types.Invalid && !f.Type.Hashable() {
					c.err(groupKey, col.Span(), "rows can't be told apart by their %s, a %s", f.Name, f.Type).note("%s", whyNoKey(f.Type)).
						help("name the columns that are wanted, and make a whole number or a text of this one")
					return false
				}
				s.keys = append(s.keys, selectKey{field: i})
			}
		}
	}
	timed := s.window != nil && s.window.mark != nil
	if len(keys)+len(s.keys) == 0 && !timed {
		return true
	}
	var rows *rowsBefore
	ok := true
	for _, x := range keys {
		k := selectKey{x: x, text: words(c.text(x.Span())), field: -1}
		if sel, is := x.(*ast.Select); is && !sel.Optional {
			n, is := sel.X.(*ast.Name)
			if d := (*side)(nil); is {
				if d = s.side(n.Name); d != nil && !d.maybe {
					if i := fieldIndex(d.fields, sel.Field.Name); i >= 0 {
						k.field = d.at[i]
					}
				}
			}
			if is && s.sides == nil && n.Name == s.in.ir.Alias {
				k.field = fieldIndex(s.in.ir.Fields, sel.Field.Name)
				s.in.used = true
				if k.field < 0 {
					c.queryEnv(s).expr(x, nil) // reports it
					ok = false
					continue
				}
			}
		}
		var t *types.Type
		if k.field < 0 {
			if rows == nil {
				rows = c.rowsBefore(s)
			}
			k.field = rows.add(c, s, x, k.text)
			if k.field < 0 {
				ok = false
				continue
			}
			t = rows.fields[k.field].Type
		} else {
			t = s.in.ir.Fields[k.field].Type
		}
		if t.Kind != types.Invalid && !t.Hashable() {
			r := c.err(groupKey, x.Span(), "rows can't be grouped by a %s", t).note("%s", whyNoKey(t))
			switch t.Kind {
			case types.Float:
				r.help("round it to a whole number, `int(round(x))`, or to a text, `string(x)`")
			case types.Optional:
				r.help("say what stands for a missing one: `%s ?? %s`", short(c.text(x.Span())), zeroText(t.Elem))
			case types.List, types.Map:
				r.help("group by a text of it, such as `join(xs, \",\")`")
			}
			ok = false
			continue
		}
		if slices.ContainsFunc(s.keys, func(other selectKey) bool { return other.field == k.field }) {
			continue // twice is once
		}
		s.keys = append(s.keys, k)
	}
	if timed {
		if rows == nil {
			rows = c.rowsBefore(s)
		}
		if len(s.keys) == 0 && s.window.frames != nil {
			s.window.all = rows.whole(s)
			s.keys = append(s.keys, selectKey{field: s.window.all})
		}
		s.window.start = len(s.keys)
		s.keys = append(s.keys, selectKey{field: rows.window(c, s)})
	}
	if rows != nil {
		ok = rows.finish(c, s, *where) && ok
		*where = nil
	}
	return ok
}

// words is a text with its white space made one.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }
