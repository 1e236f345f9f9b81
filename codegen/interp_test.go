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
// A value is a bool, int64, float64, string, time.Duration, []any, map[any]any, rec, or opt.

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
	prog   *ir.Program
	locals map[*ir.Local]any
	in     tuple
	state  map[*ir.State]any // of the key at hand
	out    map[*ir.Stream][]tuple
	failed map[string]int // by component and line
	place  func(at ir.Stmt, x ir.Expr) string
	result any // of the function that returns
}

// leave says how a block was left.
type leave int

const (
	falls leave = iota
	breaks
	continues
	returns
)

// run gives each bolt what its inputs' streams carry, in the order of the components. Every bolt has one input.
func (m *machine) run(numbers int) {
	m.out, m.failed = map[*ir.Stream][]tuple{}, map[string]int{}
	for _, c := range m.prog.Components {
		switch c.Kind {
		case ir.Spout:
			for n := range numbers {
				m.out[c.Outputs[0]] = append(m.out[c.Outputs[0]], tuple{int64(n)})
			}
		case ir.Bolt:
			m.bolt(c)
		}
	}
}

func (m *machine) bolt(c *ir.Component) {
	keyed := map[string]map[*ir.State]any{}
	keys := map[string]tuple{}
	single := m.fresh(c, false)
	for _, e := range m.prog.Edges {
		if e.To != c {
			continue
		}
		for _, t := range m.out[e.Stream] {
			key := tuple{}
			for _, s := range c.Body.States {
				if s.Scope == ir.PerKey {
					for _, i := range s.InputKeys(e.Input) {
						key = append(key, t[i])
					}
					break
				}
			}
			name := fmt.Sprintf("%#v", key)
			before := keyed[name]
			if before == nil {
				before = m.fresh(c, true)
			}
			m.in = t
			if after, ok := m.attempt(c, c.Body.On[e.Input.Index], before, &single); ok {
				keyed[name], keys[name] = after, key
			}
		}
	}
	m.in = nil
	if f := c.Body.FinishPer; f != nil {
		for name, key := range keys {
			m.locals = map[*ir.Local]any{}
			for i, l := range f.Keys {
				m.locals[l] = key[i]
			}
			m.attempt(c, f.Block, keyed[name], &single)
		}
	}
	if c.Body.Finish != nil {
		m.attempt(c, c.Body.Finish, map[*ir.State]any{}, &single)
	}
}

// fresh is the first values of a component's states, keyed or not.
func (m *machine) fresh(c *ir.Component, keyed bool) map[*ir.State]any {
	out := map[*ir.State]any{}
	for _, s := range c.Body.States {
		if (s.Scope == ir.PerKey) != keyed {
			continue
		}
		out[s] = zeroValue(s.Type)
		if s.Initial != nil {
			out[s] = m.expr(s.Initial)
		}
	}
	return out
}

// attempt executes a block on copies, which count where it does not fail.
func (m *machine) attempt(c *ir.Component, b *ir.Block, keyed map[*ir.State]any, single *map[*ir.State]any) (after map[*ir.State]any, ok bool) {
	emitted := map[*ir.Stream]int{}
	for _, s := range c.Outputs {
		emitted[s] = len(m.out[s])
	}
	m.state = maps.Clone(keyed)
	maps.Copy(m.state, *single)
	if m.in != nil {
		m.locals = map[*ir.Local]any{}
	}
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		f, is := v.(failure)
		if !is {
			panic(v)
		}
		m.failed[c.Name+" at "+m.place(f.pos, f.at)]++
		for s, n := range emitted {
			m.out[s] = m.out[s][:n]
		}
		after, ok = nil, false
	}()
	m.block(b)
	after = maps.Clone(keyed)
	next := maps.Clone(*single)
	for s, v := range m.state {
		if s.Scope == ir.PerKey {
			after[s] = v
		} else {
			next[s] = v
		}
	}
	*single = next
	return after, true
}

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
	case types.Decimal:
		return dec("0")
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
		m.set(s.Target, m.expr(s.Value), s)
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
			t = append(t, m.expr(a))
		}
		m.out[s.Stream] = append(m.out[s.Stream], t)
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

// set assigns; containers are copied, so that nobody else's changes.
func (m *machine) set(target ir.Expr, v any, at ir.Stmt) {
	switch x := target.(type) {
	case *ir.LocalRef:
		m.locals[x.Local] = v
	case *ir.StateRef:
		m.state[x.State] = v
	case *ir.RecordField:
		r := maps.Clone(m.expr(x.X).(rec))
		r[x.Name] = v
		m.set(x.X, r, at)
	case *ir.Index:
		i := m.expr(x.Index)
		switch c := m.expr(x.X).(type) {
		case []any:
			n := i.(int64)
			if n < 0 || n >= int64(len(c)) {
				panic(failure{pos: at})
			}
			c = slices.Clone(c)
			c[n] = v
			m.set(x.X, c, at)
		case map[any]any:
			c = maps.Clone(c)
			c[i] = v
			m.set(x.X, c, at)
		}
	default:
		panic(fmt.Sprintf("interpreter: assignment to %T", target))
	}
}
