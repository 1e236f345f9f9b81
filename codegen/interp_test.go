package codegen_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// The interpreter walks the same checked tree as the code generator, and shares nothing else with what is generated: no
// arena, no batch, no row, no rollback. Values never change, so that value semantics and taking back are assignments. It is what the
// language means, as slowly and plainly as can be; TestPrograms compares the two.
//
// A value is a bool, int64, float64, string, blob, time.Time, time.Duration, []any, map[any]any, rec, or opt.

// rec is a record's value, opt an optional's.
type (
	rec map[string]any
	opt struct {
		ok  bool
		v   any
		why string
	}
)

// failure is the panic that a failing tuple leaves by.
type failure struct {
	at  ir.Expr
	pos ir.Stmt
	why string
}

// tuple is what travels.
type tuple []any

// machine runs a program on the numbers of its spout.
type machine struct {
	prog    *ir.Program
	locals  map[*ir.Local]any
	in      tuple
	state   map[*ir.State]any  // of the key at hand
	wrote   map[*ir.State]bool // in this attempt
	out     map[*ir.Stream][]tuple
	to      map[*ir.Stream][]int64 // the task that each was sent to, where its emit names one
	failed  map[string]int         // by component, line and reason
	place   func(at ir.Stmt, x ir.Expr) string
	result  any                 // of the function that returns
	reasons map[string][]string // why tuples failed, by component
	now     time.Duration
	// given are the times at which numbers come, and the end.
	given []moment
}

// leave says how a block was left.
type leave int

const (
	falls leave = iota
	breaks
	continues
	returns
)

func zeroValue(t *types.Type) any {
	switch t.Kind {
	case types.Bool:
		return false
	case types.Int:
		return int64(0)
	case types.Float:
		return 0.0
	case types.String:
		return ""
	case types.Duration:
		return time.Duration(0)
	case types.Time:
		return time.Time{}
	case types.Bytes:
		return blob("")
	case types.Decimal:
		return dec("0")
	case types.Enum:
		return enumValue{t, 0}
	case types.JSON:
		return doc("null")
	case types.List:
		return []any(nil)
	case types.Map:
		return map[any]any{}
	case types.Optional:
		return opt{}
	case types.Record:
		r := rec{}
		for _, f := range t.Fields {
			r[f.Name] = zeroValue(f.Type)
		}
		return r
	}
	panic("no zero of " + t.String())
}

func (m *machine) block(b *ir.Block) leave {
	for _, s := range b.Stmts {
		if l := m.stmt(s); l != falls {
			return l
		}
	}
	return falls
}

func (m *machine) stmt(s ir.Stmt) leave {
	switch s := s.(type) {
	case *ir.Let:
		if s.Value == nil {
			m.locals[s.Local] = zeroValue(s.Local.Type)
		} else {
			m.locals[s.Local] = m.expr(s.Value)
		}
	case *ir.LetElse:
		o := m.expr(s.Value).(opt)
		if !o.ok {
			if s.Why != nil {
				m.locals[s.Why] = o.why
			}
			return m.block(s.Else)
		}
		m.locals[s.Local] = o.v
	case *ir.Assign:
		m.set(s)
	case *ir.ExprStmt:
		m.expr(s.X)
	case *ir.If:
		take := false
		if s.Let != nil {
			o := m.expr(s.Cond).(opt)
			take = o.ok
			m.locals[s.Let] = o.v
		} else {
			take = m.expr(s.Cond).(bool)
		}
		if take {
			return m.block(s.Then)
		}
		if s.Else != nil {
			return m.block(s.Else)
		}
	case *ir.For:
		return m.loop(s)
	case *ir.Emit:
		var t tuple
		for _, a := range s.Args {
			v := m.expr(a)
			if at, is := v.(time.Time); is {
				v = m.carried(at, a)
			}
			t = append(t, v)
		}
		m.emit(s, t)
	case *ir.Fail:
		panic(failure{pos: s, why: m.expr(s.Why).(string)})
	case *ir.Return:
		if s.Value != nil {
			m.result = m.expr(s.Value)
		}
		return returns
	case *ir.Branch:
		if s.Word == "break" {
			return breaks
		}
		return continues
	case *ir.Nested:
		return m.block(s.Block)
	case *ir.MatchStmt:
		return m.block(m.arm(m.expr(s.X), s.Arms).Body)
	default:
		panic(fmt.Sprintf("interpreter: statement %T", s))
	}
	return falls
}

// loop goes through what a for ranges over, as it is at the start.
func (m *machine) loop(s *ir.For) leave {
	var keys, values []any
	switch in := s.In.(type) {
	case *ir.Range:
		from, to := m.expr(in.From).(int64), m.expr(in.To).(int64)
		for i := from; i < to; i++ {
			keys = append(keys, i)
		}
	default:
		switch x := m.expr(s.In).(type) {
		case []any:
			for i, v := range x {
				if s.Value == nil {
					keys = append(keys, v)
				} else {
					keys, values = append(keys, int64(i)), append(values, v)
				}
			}
		case map[any]any:
			keys = sortedKeys(x)
			for _, k := range keys {
				values = append(values, x[k])
			}
		}
	}
	for i, k := range keys {
		m.locals[s.Key] = k
		if s.Value != nil {
			m.locals[s.Value] = values[i]
		}
		if l := m.block(s.Body); l == breaks {
			break
		} else if l == returns {
			return returns
		}
	}
	return falls
}

func sortedKeys(x map[any]any) []any {
	keys := slices.Collect(maps.Keys(x))
	slices.SortFunc(keys, compareValues)
	return keys
}

// compareValues orders values of one ordered type.
func compareValues(a, b any) int {
	switch a := a.(type) {
	case bool:
		b := b.(bool)
		switch {
		case a == b:
			return 0
		case b:
			return -1
		}
		return 1
	case int64:
		return cmpOrdered(a, b.(int64))
	case float64:
		return cmpOrdered(a, b.(float64))
	case string:
		return strings.Compare(a, b.(string))
	case dec:
		return rational(a).Cmp(rational(b.(dec)))
	case time.Duration:
		return cmpOrdered(a, b.(time.Duration))
	case time.Time:
		return a.Compare(b.(time.Time))
	case blob:
		return strings.Compare(string(a), string(b.(blob)))
	case enumValue:
		return cmpOrdered(int64(a.index), int64(b.(enumValue).index))
	}
	panic(fmt.Sprintf("no order of %T", a))
}

func cmpOrdered[T int64 | float64 | time.Duration](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// set assigns; containers are copied, so that nobody else's changes. The way to the place comes first, then the value, then what stands at
// the place's end: a map that is missing on the way is made.
func (m *machine) set(s *ir.Assign) {
	var indexes []any
	for _, i := range ir.TargetIndexes(s.Target) {
		indexes = append(indexes, m.expr(i))
	}
	v := m.expr(s.Value)
	m.store(s.Target, indexes, v, s)
}

func (m *machine) store(target ir.Expr, indexes []any, v any, at ir.Stmt) {
	switch x := target.(type) {
	case *ir.LocalRef:
		m.locals[x.Local] = v
	case *ir.StateRef:
		m.state[x.State] = v
		m.wrote[x.State] = true
	case *ir.RecordField:
		r := maps.Clone(m.at(x.X, indexes, at).(rec))
		r[x.Name] = v
		m.store(x.X, indexes, r, at)
	case *ir.Index:
		last := len(indexes) - 1
		switch c := m.at(x.X, indexes[:last], at).(type) {
		case []any:
			m.inside(c, indexes[last].(int64), at)
			c = slices.Clone(c)
			c[indexes[last].(int64)] = v
			m.store(x.X, indexes[:last], c, at)
		case map[any]any:
			c = maps.Clone(c)
			c[indexes[last]] = v
			m.store(x.X, indexes[:last], c, at)
		}
	default:
		panic(fmt.Sprintf("interpreter: assignment to %T", target))
	}
}

// at is what stands at a place.
func (m *machine) at(place ir.Expr, indexes []any, at ir.Stmt) any {
	switch x := place.(type) {
	case *ir.RecordField:
		return m.at(x.X, indexes, at).(rec)[x.Name]
	case *ir.Index:
		last := len(indexes) - 1
		switch c := m.at(x.X, indexes[:last], at).(type) {
		case []any:
			m.inside(c, indexes[last].(int64), at)
			return c[indexes[last].(int64)]
		case map[any]any:
			if v, ok := c[indexes[last]]; ok {
				return v
			}
			switch x.T.Kind {
			case types.Map, types.List:
				return zeroValue(x.T)
			}
			panic(failure{pos: at, why: "no such key in the map"})
		}
	}
	return m.expr(place)
}

func (m *machine) inside(list []any, i int64, at ir.Stmt) {
	if i < 0 || i >= int64(len(list)) {
		panic(failure{pos: at, why: fmt.Sprintf("no item %d in a list of %d", i, len(list))})
	}
}

// arm is the first that takes a value; its name, where it has one, is set.
func (m *machine) arm(v any, arms []*ir.MatchArm) *ir.MatchArm {
	o, optional := v.(opt)
	there := !optional || o.ok
	if optional {
		v = o.v
	}
	for _, a := range arms {
		takes := a.Rest || a.Present && there
		for _, p := range a.Patterns {
			switch {
			case p.None:
				takes = takes || !there
			case !there:
			case p.To != nil:
				takes = takes || compareValues(v, m.expr(p.Value)) >= 0 && compareValues(v, m.expr(p.To)) < 0
			default:
				takes = takes || same(v, m.expr(p.Value))
			}
		}
		if takes {
			if a.Local != nil {
				m.locals[a.Local] = v
			}
			return a
		}
	}
	panic("interpreter: no arm takes it")
}
