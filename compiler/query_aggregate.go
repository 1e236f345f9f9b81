package compiler

import (
	"slices"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// A query whose select has aggregates answers with a row for each group of a bolt's rows. Each task adds up its own rows, and who asks adds up what the tasks say: so an aggregate
// here is one whose parts can be put together, in whatever order.

// queryAggregates are the aggregates that queries know.
var queryAggregates = []string{"avg", "count", "max", "min", "stddev", "sum"}

// anyQueryAggregate reports whether a select has an aggregate.
func (e *env) anyQueryAggregate(s *ast.QuerySelect) bool {
	found := false
	look := func(n ast.Spanned) bool {
		if call, ok := n.(*ast.Call); ok && e.aggregateNamed(call) != "" {
			found = true
		}
		return !found
	}
	for _, x := range s.Items {
		ast.Walk(x, look)
	}
	for _, o := range s.Order {
		ast.Walk(o.By, look)
	}
	if s.Having != nil {
		ast.Walk(s.Having, look)
	}
	return found
}

// queryGroups types what stands behind `group by`.
func (e *env) queryGroups(s *ast.QuerySelect) {
	q, scan := e.query, e.query.out.Scan
	scan.Aggregated, q.same = true, map[string]*ir.Aggregate{}
	for _, x := range s.Group {
		sel, ok := x.(*ast.Select)
		n, named := (*ast.Name)(nil), false
		if ok {
			n, named = sel.X.(*ast.Name)
		}
		if !named || n.Name != q.alias {
			e.err(queryGroups, x.Span(), "groups of a query have a field in common").help("write `group by %s.FIELD`", q.alias)
			continue
		}
		i := fieldIndex(q.fields, sel.Field.Name)
		switch {
		case i < 0:
			e.err(unknownField, sel.Field.Span(), "%s has no field %s", n.Name, sel.Field.Name).choose(sel.Field.Span(), sel.Field.Name, "its fields", fieldNames(q.fields))
		case !q.fields[i].Type.Hashable() || !q.fields[i].Type.Ordered() && !q.fields[i].Type.MapKey():
			e.err(unhashableField, sel.Field.Span(), "field %s is a %s, which can't be a key", sel.Field.Name, q.fields[i].Type)
		case !slices.Contains(q.groups, i):
			q.groups = append(q.groups, i)
			scan.Groups = append(scan.Groups, q.locals[i])
		}
	}
}

// ofOneRow reports a field that each row of a group has for itself.
func (q *queryCheck) ofOneRow(e *env, alias string, x *ast.Select) ir.Expr {
	r := e.err(queryGroups, x.Span(), "%s.%s is of one row, and the answer has a row for each group", alias, x.Field.Name)
	if len(q.groups) == 0 {
		r.note("without `group by` all rows are one group")
	}
	r.help("write `group by %s.%s`, or say what is made of all of them: `max(%s.%s)`", alias, x.Field.Name, alias, x.Field.Name)
	return invalid(x)
}

// aggregates reports whether a call is an aggregate in a query.
func (q *queryCheck) aggregates(e *env, x *ast.Call) bool {
	if q == nil || !q.inRow {
		return false
	}
	name := e.aggregateNamed(x)
	if name == "" {
		return false
	}
	if q.aggregated && q.inside == nil {
		return true
	}
	if name == "min" || name == "max" {
		return true // of one value
	}
	return e.prelude().funcs[name] == nil && builtins[name] == nil && e.funcs[name] == nil
}

// aggregate types an aggregate of a query.
func (q *queryCheck) aggregate(e *env, x *ast.Call, f *ast.Filtered) ir.Expr {
	name := e.aggregateNamed(x)
	switch {
	case q.inside != nil:
		e.err(aggregatePlace, x.Span(), "an aggregate within an aggregate").related(q.inside.Span(), "it stands in this one").help("take one of the two out")
		return invalid(x)
	case !q.aggregated:
		e.err(aggregatePlace, x.Span(), "an aggregate can't stand behind `where`: there is one row there, not all of a group").help("a condition on groups stands behind `having`")
		return invalid(x)
	case !slices.Contains(queryAggregates, name):
		e.err(aggregatePlace, x.Span(), "a query can't %s: it adds up what tasks say, in any order", name).choose(x.Fun.Span(), name, "its aggregates", queryAggregates)
		return invalid(x)
	}
	text := words(e.text(x.Span()))
	if f != nil {
		text = words(e.text(f.Span()))
	}
	if a := q.same[text]; a != nil {
		return &ir.LocalRef{Typed: typed(a.Local.Type, x), Local: a.Local}
	}
	q.inside = x
	defer func() { q.inside = nil }()
	a := &ir.Aggregate{Name: name, Span: x.Span()}
	if f != nil {
		a.Filter = e.condition(f.Where, "the condition of `filter`")
	}
	t := q.aggregateOf(e, x, a)
	if t == nil || a.Filter != nil && isInvalid(a.Filter) {
		return invalid(x)
	}
	a.Local = &ir.Local{ID: e.nextLocal(), Name: name, Type: t}
	q.same[text] = a
	q.out.Scan.Aggregates = append(q.out.Scan.Aggregates, a)
	return &ir.LocalRef{Typed: typed(t, x), Local: a.Local}
}

// aggregateOf types the argument of an aggregate, and gives its result; nil where it is wrong.
func (q *queryCheck) aggregateOf(e *env, x *ast.Call, a *ir.Aggregate) *types.Type {
	if len(x.Args) == 0 && a.Name == "count" {
		return types.TInt
	}
	if len(x.Args) != 1 || x.Args[0].Name != nil || x.Args[0].Spread || x.Args[0].Value == nil {
		e.err(argumentCount, x.Span(), "%s takes one value of a row", a.Name).help("write e.g. `%s(%s.FIELD)`", a.Name, q.alias)
		return nil
	}
	arg := x.Args[0]
	a.Distinct = arg.Distinct != nil
	if n, ok := arg.Value.(*ast.Name); ok && a.Name == "count" && !a.Distinct && n.Name == q.alias {
		return types.TInt
	}
	a.X = e.expr(arg.Value, nil)
	t := a.X.Type()
	maybe := a.Filter != nil || len(q.groups) == 0 || t.Kind == types.Optional
	if t.Kind == types.Optional {
		t = t.Elem
	}
	wrong := func(takes string) *types.Type {
		e.err(aggregateType, arg.Span(), "%s takes %s, this is a %s", a.Name, takes, a.X.Type()).help("count() counts rows of any kind")
		return nil
	}
	number := t.Kind == types.Int || t.Kind == types.Float || t.Kind == types.Decimal || t.Kind == types.Duration
	switch {
	case t.Kind == types.Invalid:
		return nil
	case t.Kind == types.None:
		return wrong("values that are there")
	case a.Distinct && a.Name != "count":
		e.err(aggregateType, arg.Distinct.Span(), "`distinct` stands in `count` only").help("take it out")
		return nil
	case a.Name == "count":
		if a.Distinct && !t.MapKey() {
			return wrong("values that can be told apart: text, whole numbers, times, enums")
		}
		return types.TInt
	case a.Name == "sum" || a.Name == "avg":
		if !number {
			return wrong("an int, a float, a decimal or a duration")
		}
		if a.Name == "sum" {
			return t
		}
		if t.Kind == types.Int {
			t = types.TFloat
		}
	case a.Name == "stddev":
		if t.Kind != types.Int && t.Kind != types.Float {
			return wrong("an int or a float")
		}
		t = types.TFloat
	default:
		if !t.Ordered() || t.Kind == types.Bytes {
			return wrong("numbers, strings, times or durations")
		}
	}
	if maybe {
		return types.OptionalOf(t)
	}
	return t
}
