package compiler

import (
	"slices"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// A join is a bolt before the query, `x.join`, with two inputs that are grouped by what the condition says is equal. It gives rows with the fields of both that
// the query names; select_join_rows.go has its statements. Where what is equal has not one name on both sides, or is computed, bolts before it, `x.left`
// and `x.right`, make a field of it.

// side is one of the streams that a join puts together.
type side struct {
	alias  string
	fields []types.Field
	at     []int // of each field, where it stands in the join's rows; -1 of those that nobody names
	maybe  bool  // a row may be without it
	here   int   // the field of the join's rows that says whether it is there; -1 where it always is
	from   *stream
}

// joining is a join on its way to a bolt.
type joining struct {
	c           *compilation
	s           *selecting
	j           *ast.Join
	b           *component
	left, right *input
	sides       []*side // those on the left, and behind them the one on the right
	lefts       int     // how many fields of the join's rows are from the left
	fields      []types.Field
	out         *stream
	keys        []string
	rest        []ast.Expr // of the condition, beside what is equal
	only        ir.Expr    // that, of the fields of pair
	pair        *input     // as if both rows were there
	delay       ir.Expr    // of within; nil of a lookup
	lookup      bool
	byTime      bool     // it goes by the time of tuples
	added       []bool   // of keys, whether a bolt before the join has made them
	time        *ir.Time // of the join's rows
	stampAt     int      // the field that has it, where the join makes it itself; -1 where not
	stamp       ir.Expr  // its value in the row that is emitted next
}

// side finds a stream of a join by its name.
func (s *selecting) side(name string) *side {
	if s == nil {
		return nil
	}
	for _, d := range s.sides {
		if d.alias == name {
			return d
		}
	}
	return nil
}

// joins makes bolts of the joins of a query, which reads what they give; false where one is wrong.
func (c *compilation) joins(s *selecting) bool {
	for _, j := range s.decl.Joins {
		k := &joining{c: c, s: s, j: j}
		if !k.resolve() {
			return false
		}
	}
	return true
}

func (k *joining) err(code string, at source.Span, format string, args ...any) report {
	return k.c.err(code, at, format, args...)
}

// resolve makes a bolt of one join.
func (k *joining) resolve() bool {
	c, s, d := k.c, k.s, k.s.comp.decl
	k.left = s.in
	name := s.comp.name.Name + ".join"
	for s.comp.home.components[name] != nil {
		name += "2"
	}
	k.b = s.before(d, name[len(s.comp.name.Name):])
	k.b.inputs, k.b.ir.Inputs = []*input{k.left}, []*ir.Input{k.left.ir}
	k.b.ir.Tasks, k.b.ir.TasksParam, k.b.tasksAt = s.comp.ir.Tasks, s.comp.ir.TasksParam, s.comp.tasksAt
	c.resolveInput(k.b, k.j.Input)
	k.right = k.b.inputs[1]
	if k.right.opaque || len(k.right.sources) == 0 || k.right.doubled {
		return false
	}
	k.left.used, k.right.used = true, true
	if !k.shape() {
		return false
	}
	if s.sides == nil {
		s.sides = []*side{newSide(k.left)}
	}
	if s.side(k.right.ir.Alias) != nil {
		k.err(declaredTwice, k.j.Input.Span(), "two streams of this join are named %s", k.right.ir.Alias).help("give each a name of its own: `join b: %s`", k.right.sources[0].ir.FullName())
		return false
	}
	k.sides = append(slices.Clone(s.sides), newSide(k.right))
	if !k.condition() {
		return false
	}
	k.rows()
	if !k.residual() {
		return false
	}
	k.finish()
	return true
}

// before makes a bolt that stands before a query.
func (s *selecting) before(d *ast.Component, suffix string) *component {
	name := &ast.Ident{Node: s.comp.name.Node, Name: s.comp.name.Name + suffix}
	b := &component{
		decl: &ast.Component{Node: d.Node, Kind: ast.Bolt, Name: name, Select: s.decl}, name: name, kind: ast.Bolt,
		home: s.comp.home, rep: s.comp.rep, query: resolved, whole: s.comp, expanded: true, rows: true,
	}
	b.ir = &ir.Component{Name: s.comp.ir.Name + suffix, Kind: ir.Bolt, NameAt: name.Span(), Span: d.Span(), Tasks: 1, Box: s.comp.ir.Box}
	return b
}

func newSide(in *input) *side {
	return &side{alias: in.ir.Alias, fields: in.ir.Fields, here: -1, from: in.sources[0]}
}

// kind is the word before `join`.
func (k *joining) kind() string {
	if k.j.Kind == nil {
		return "inner"
	}
	return k.j.Kind.Name
}

func (k *joining) keepsLeft() bool  { return k.kind() == "left" || k.kind() == "full" }
func (k *joining) keepsRight() bool { return k.kind() == "right" || k.kind() == "full" }

// shape sees what kind of join it is, and whether that can be.
func (k *joining) shape() bool {
	j, right := k.j, k.right.sources[0]
	k.lookup = len(right.ir.Latest) > 0 && len(k.right.sources) == 1
	at := headOf(j, "join")
	latest := func(in *input) bool {
		return slices.ContainsFunc(in.sources, func(s *stream) bool { return len(s.ir.Latest) > 0 })
	}
	switch {
	case j.Kind != nil && (k.kind() == "cross" || k.kind() == "outer"):
		k.err(joinShape, j.Kind.Span(), "a join is inner, left, right or full").help("write `left join`, or `join` alone for rows that have both sides")
	case latest(k.left):
		k.err(joinShape, k.s.decl.From.Span(), "%s is `latest by` a key: each tuple replaces the one before, so it can be looked up, and not be joined", k.left.sources[0].ir.FullName()).
			help("let it stand behind `join`: `from %s join %s: %s on ...`", short(k.c.text(j.Input.Span())), k.left.ir.Alias, k.left.sources[0].ir.FullName())
	case latest(k.right) && !k.lookup:
		k.err(joinShape, j.Input.Span(), "one of these is `latest by` a key, which is looked up and not joined").help("look it up by a join of its own")
	case k.lookup && j.Within != nil:
		k.err(joinShape, j.Within.Span(), "%s is `latest by` a key: the newest row is looked up, however old it is", right.ir.FullName()).help("take `within` out")
	case k.lookup && (k.keepsRight() || j.One != nil):
		k.err(joinShape, at, "%s is `latest by` a key: it is looked up by the rows of %s", right.ir.FullName(), k.left.ir.Alias).help("write `join` or `left join`")
	case j.On == nil:
		k.err(joinCondition, at, "this join does not say which rows belong together").help("write `join %s on %s.KEY == %s.KEY within 10m`", short(k.c.text(j.Input.Span())), k.left.ir.Alias, k.right.ir.Alias)
	case !k.lookup && j.Within == nil:
		k.err(joinUnbounded, at, "this join has no bound: each row would have to wait for ever for others that belong to it").
			fix(after(j.On.Span()), " within 10m", "say how far apart in time they may be: `within 10m`; what is `latest by` a key needs no bound, it is looked up").asks()
	default:
		by, ok := k.times()
		k.byTime = by
		return ok && k.bound()
	}
	return false
}

// timed reports whether tuples of an input have a time of their own.
func timed(in *input) bool {
	return slices.ContainsFunc(in.sources, func(s *stream) bool { return s.ir.Time != nil })
}

// bound resolves `within 30m after v`.
func (k *joining) bound() bool {
	j := k.j
	if k.lookup {
		return true
	}
	k.delay = k.c.delay(k.s.comp, j.Within, "how far apart the rows of "+k.s.comp.name.Name+" may be")
	if isInvalid(k.delay) {
		return false
	}
	if j.Of != nil && k.isRight(j.Of.Name) == k.isLeft(j.Of.Name) {
		k.err(joinShape, j.Of.Span(), "%s is no stream of this join", j.Of.Name).choose(j.Of.Span(), j.Of.Name, "its streams", []string{k.left.ir.Alias, k.right.ir.Alias})
		return false
	}
	return true
}

func (k *joining) isRight(name string) bool { return name == k.right.ir.Alias }

func (k *joining) isLeft(name string) bool {
	return k.s.sides == nil && name == k.left.ir.Alias || k.s.side(name) != nil
}

// waits says whether rows of the left, and of the right, wait for later ones of the other side.
func (k *joining) waits() (left, right bool) {
	if k.j.Side == nil {
		return true, true
	}
	left = (k.j.Side.Name == "after") == k.isLeft(k.j.Of.Name)
	return left, !left
}

// condition finds what is equal on both sides.
func (k *joining) condition() bool {
	var lefts, rights []ir.Expr
	ok := true
	for _, x := range conjuncts(k.j.On) {
		eq, is := unparen(x).(*ast.Binary)
		if !is || eq.Op != "==" {
			k.rest = append(k.rest, x)
			continue
		}
		l, r := eq.X, eq.Y
		if k.names(l, true) {
			l, r = r, l
		}
		if k.names(l, true) || !k.names(l, false) || k.names(r, false) || !k.names(r, true) {
			k.rest = append(k.rest, x)
			continue
		}
		a, b := k.key(l, k.left, k.s.sides), k.key(r, k.right, nil)
		if isInvalid(a) || isInvalid(b) {
			ok = false
			continue
		}
		switch {
		case !a.Type().Equal(b.Type()):
			k.err(joinCondition, x.Span(), "a %s and a %s are never the same key", a.Type(), b.Type()).help("convert one of them")
			ok = false
		case !a.Type().Hashable():
			k.err(joinCondition, x.Span(), "rows can't be joined by a %s", a.Type()).note("%s", whyNoKey(a.Type())).help("join by whole numbers, texts or times")
			ok = false
		default:
			lefts, rights = append(lefts, a), append(rights, b)
		}
	}
	switch {
	case !ok:
		return false
	case len(lefts) == 0:
		k.err(joinCondition, k.j.On.Span(), "nothing here is equal on both sides, so each row would have to be compared with all others").
			help("write what they have in common: `on %s.KEY == %s.KEY`", k.left.ir.Alias, k.right.ir.Alias)
		return false
	case k.lookup:
		return k.lookupKey(rights)
	}
	k.group(lefts, rights)
	return true
}

// lookupKey sees that what is looked up has just one newest row for what is equal.
func (k *joining) lookupKey(rights []ir.Expr) bool {
	src := k.right.sources[0].ir
	var by []int
	for _, x := range rights {
		if f, ok := x.(*ir.FieldRef); ok {
			by = append(by, f.Index)
		}
	}
	if len(by) == len(rights) {
		same := slices.Clone(src.Latest)
		slices.Sort(same)
		slices.Sort(by)
		if slices.Equal(same, slices.Compact(by)) {
			return true
		}
	}
	var keys []string
	for _, i := range src.Latest {
		keys = append(keys, k.right.ir.Alias+"."+src.Fields[i].Name)
	}
	k.err(joinCondition, k.j.On.Span(), "%s has a newest row for each %s, and is looked up by just that", src.FullName(), joinFields(fieldsAt(src.Fields, src.Latest))).
		help("compare %s, and no other field, with what is looked for", joinNames(keys))
	return false
}

func fieldsAt(fields []types.Field, at []int) []types.Field {
	var out []types.Field
	for _, i := range at {
		out = append(out, fields[i])
	}
	return out
}

func joinNames(names []string) string {
	out := ""
	for i, n := range names {
		if i > 0 {
			out += " and "
		}
		out += "`" + n + "`"
	}
	return out
}

// conjuncts are the parts of `a and b and c`.
func conjuncts(x ast.Expr) []ast.Expr {
	if b, ok := unparen(x).(*ast.Binary); ok && b.Op == "and" {
		return append(conjuncts(b.X), conjuncts(b.Y)...)
	}
	return []ast.Expr{x}
}

// names reports whether an expression names the right side, or the left.
func (k *joining) names(x ast.Expr, right bool) bool {
	found := false
	ast.Walk(x, func(n ast.Spanned) bool {
		if n, ok := n.(*ast.Name); ok {
			found = found || right && k.isRight(n.Name) || !right && k.isLeft(n.Name)
		}
		return !found
	})
	return found
}

// key types what is equal, on one side.
func (k *joining) key(x ast.Expr, in *input, sides []*side) ir.Expr {
	sel := *k.s
	if len(sides) > 0 && sides[0].at == nil {
		sides = nil // a stream as it is
	}
	sel.comp, sel.in, sel.sides, sel.place = k.b, in, sides, "on"
	return k.c.queryEnv(&sel).expr(x, nil)
}

// group makes both inputs come by what is equal.
func (k *joining) group(lefts, rights []ir.Expr) {
	plain := true
	for i := range lefts {
		l, isField := lefts[i].(*ir.FieldRef)
		r, other := rights[i].(*ir.FieldRef)
		plain = plain && isField && other && k.left.ir.Fields[l.Index].Name == k.right.ir.Fields[r.Index].Name
	}
	if plain {
		for _, l := range lefts {
			if name := k.left.ir.Fields[l.(*ir.FieldRef).Index].Name; !slices.Contains(k.keys, name) {
				k.keys, k.added = append(k.keys, name), append(k.added, false)
			}
		}
		return
	}
	for i := range lefts {
		name := "key" + string(rune('1'+i%9))
		for fieldIndex(k.left.ir.Fields, name) >= 0 || fieldIndex(k.right.ir.Fields, name) >= 0 || slices.Contains(k.keys, name) {
			name += "_"
		}
		k.keys, k.added = append(k.keys, name), append(k.added, true)
	}
	k.left = k.keyed(k.left, lefts, k.b.name.Name[len(k.s.comp.name.Name):]+".left")
	k.right = k.keyed(k.right, rights, k.b.name.Name[len(k.s.comp.name.Name):]+".right")
}

// keyed puts a bolt before an input that adds fields to it.
func (k *joining) keyed(in *input, values []ir.Expr, suffix string) *input {
	s := k.s
	b := s.before(s.comp.decl, suffix)
	b.inputs, b.ir.Inputs = []*input{in}, []*ir.Input{in.ir}
	in.ir.Index = 0
	fields := slices.Clone(in.ir.Fields)
	out := &stream{used: true, ir: &ir.Stream{From: b.ir, Span: s.decl.Span()}}
	emit := &ir.Emit{Pos: posOf(s.decl), Stream: out.ir}
	for i, f := range in.ir.Fields {
		emit.Args = append(emit.Args, &ir.FieldRef{Typed: typed(f.Type, s.decl), Input: in.ir, Index: i})
	}
	for i, v := range values {
		fields = append(fields, types.Field{Name: k.keys[i], Type: v.Type()})
		emit.Args = append(emit.Args, v)
	}
	out.ir.Fields = fields
	out.ir.Time = k.c.passedOn(in)
	b.outputs, b.ir.Outputs = []*stream{out}, []*ir.Stream{out.ir}
	b.ir.Body = &ir.Body{On: []*ir.Block{{Stmts: []ir.Stmt{emit}}}}
	for _, e := range in.edges {
		e.To = b.ir
	}
	alongside(b, in)
	k.c.enter(b)
	next := &input{decl: in.decl, ir: &ir.Input{Alias: in.ir.Alias, Fields: fields}, used: true, sources: []*stream{out}, from: in.from[:1]}
	next.edges = []*ir.Edge{{Stream: out.ir, To: k.b.ir, Input: next.ir, Span: in.decl.Span()}}
	return next
}

// enter makes a bolt known that stands before the query which it belongs to.
func (c *compilation) enter(b *component) {
	c.before[b.whole] = append(c.before[b.whole], b)
	if c.components[b.name.Name] == nil {
		c.components[b.name.Name] = b
	}
}

// joined types `v.user` and `c?.at`, fields of a join's streams; nil is something else.
func (s *selecting) joined(e *env, n *ast.Name, x *ast.Select) ir.Expr {
	d := s.side(n.Name)
	if d == nil {
		return nil
	}
	if !e.atTuple(s.in, n) {
		return invalid(x)
	}
	i := fieldIndex(d.fields, x.Field.Name)
	if i < 0 && !x.Optional {
		if v := s.windowField(e, s.in, x); v != nil {
			return v
		}
		if w := s.window; x.Field.Name == "window_start" && w != nil && w.mark != nil {
			return &ir.FieldRef{Typed: typed(types.TTime, x), Input: s.in.ir, Index: s.keys[w.start].field}
		}
		if x.Field.Name == joinedAt && s.joinedAt >= 0 && s.seesField(e, s.joinedAt, x) {
			return &ir.FieldRef{Typed: typed(types.TTime, x), Input: s.in.ir, Index: s.joinedAt}
		}
	}
	if i < 0 {
		e.once(e.err(unknownField, x.Field.Span(), "%s has no field %s", n.Name, x.Field.Name).
			suggest(x.Field.Span(), x.Field.Name, fieldNames(d.fields)), n.Name+"."+x.Field.Name)
		return invalid(x)
	}
	op := x.Span()
	op.Start, op.End = n.Span().End, x.Field.Span().Start
	switch {
	case d.maybe && !x.Optional:
		e.err(optionalUsed, op, "there may be no row of %s here", n.Name).fix(op, "?.", "write `?.%s`, which is missing too then", x.Field.Name)
		return invalid(x)
	case !d.maybe && x.Optional:
		e.err(notOptional, op, "the row is never missing").fix(op, ".", "write `%s.%s`", n.Name, x.Field.Name)
	}
	if d.at[i] < 0 || !s.seesField(e, d.at[i], x) {
		return invalid(x)
	}
	f := s.in.ir.Fields[d.at[i]]
	return &ir.FieldRef{Typed: typed(f.Type, x), Input: s.in.ir, Index: d.at[i]}
}

// row types the name of a join's stream alone: its row, or whether there is one; nil is something else.
func (s *selecting) row(e *env, x *ast.Name) ir.Expr {
	d := s.side(x.Name)
	if d == nil || !e.atTuple(s.in, x) {
		return nil
	}
	if d.maybe {
		return &ir.FieldRef{Typed: typed(s.in.ir.Fields[d.here].Type, x), Input: s.in.ir, Index: d.here}
	}
	rec := &ir.RecordLit{Typed: typed(&types.Type{Kind: types.Record, Fields: d.fields}, x)}
	for i, f := range d.fields {
		rec.Values = append(rec.Values, &ir.FieldRef{Typed: typed(f.Type, x), Input: s.in.ir, Index: d.at[i]})
	}
	return rec
}
