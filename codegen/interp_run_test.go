package codegen_test

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/topo-lang/topo/compiler/ir"
)

// moment is a time at which the spout gives numbers up to one.
type moment struct {
	at time.Duration
	to int
}

// timeOf is when a number comes.
func (m *machine) timeOf(n int) time.Duration {
	for _, g := range m.given {
		if n < g.to {
			return g.at
		}
	}
	panic("interpreter: a number that is not given")
}

// row is what a bolt keeps of a key.
type row struct {
	key     tuple
	values  map[*ir.State]any
	written map[*ir.State]time.Duration
	last    time.Duration // when its last tuple came
	waits   []bool        // by timer: it has not run since
}

// keeper is a bolt at work.
type keeper struct {
	*machine
	comp   *ir.Component
	rows   map[string]*row
	single []map[*ir.State]any // by task
	ttl    []*ir.State
	whole  bool // every state of a key expires
}

// bolt runs one bolt: its tuples, and between them its timers.
func (m *machine) bolt(c *ir.Component) {
	k := m.keeper(c)
	next := 0
	var inputs []func()
	var times []time.Duration
	for _, e := range m.prog.Edges {
		if e.To != c {
			continue
		}
		for i, t := range m.out[e.Stream] {
			inputs = append(inputs, func() { k.arrives(e, t, m.to[e.Stream][i]) })
			times = append(times, m.cameAt(t))
		}
	}
	// In the order of their times: where there are timers, the tuples of all edges are merged by these.
	order := make([]int, len(inputs))
	for i := range order {
		order[i] = i
	}
	if len(c.Body.Timers) > 0 || len(k.ttl) > 0 {
		slices.SortStableFunc(order, func(a, b int) int { return int(times[a] - times[b]) })
	}
	now := time.Duration(0)
	for {
		at := m.given[len(m.given)-1].at
		if next < len(order) {
			at = times[order[next]]
		}
		if len(c.Body.Timers) > 0 {
			k.timers(now, at)
		}
		now = max(now, at)
		if next == len(order) {
			break
		}
		m.now = now
		inputs[order[next]]()
		next++
	}
	m.now = now
	m.in = nil
	if f := c.Body.FinishPer; f != nil {
		k.each(now, func(r *row) { k.keyBlock(r, f.Keys, f.Block) })
	}
	if c.Body.Finish != nil {
		for task := range k.single {
			k.unkeyed(c.Body.Finish, task)
		}
	}
}

// cameAt is when the tuple came that a tuple was made of: its last field is the number.
func (m *machine) cameAt(t tuple) time.Duration {
	if n, ok := t[len(t)-1].(int64); ok && len(m.given) > 1 && n >= 0 && n < int64(m.given[len(m.given)-1].to) {
		return m.timeOf(int(n))
	}
	return 0
}

// timers runs what is due behind one time and until another, in the order of the times.
func (k *keeper) timers(after, until time.Duration) {
	type due struct {
		at  time.Duration
		run func()
	}
	var all []due
	k.in = nil
	for i, t := range k.comp.Body.Timers {
		delay := k.expr(t.Delay).(time.Duration)
		if t.Kind == ir.After {
			for _, r := range k.rows {
				if at := r.last + delay; r.waits[i] && at <= until {
					all = append(all, due{at, func() { r.waits[i] = false; k.keyBlock(r, t.Keys, t.Block) }})
				}
			}
			continue
		}
		for at := delay; at <= until; at += delay {
			if at <= after {
				continue
			}
			all = append(all, due{at, func() {
				if t.Kind == ir.Every {
					k.unkeyed(t.Block, 0)
					return
				}
				k.each(at, func(r *row) { k.keyBlock(r, t.Keys, t.Block) })
			}})
		}
	}
	slices.SortStableFunc(all, func(a, b due) int { return int(a.at - b.at) })
	for _, d := range all {
		k.now = d.at
		d.run()
	}
}

// gone reports whether all that is kept of a key has expired.
func (k *keeper) gone(r *row, now time.Duration) bool {
	for _, s := range k.ttl {
		if now-r.written[s] < k.expr(s.TTL).(time.Duration) {
			return false
		}
	}
	return k.whole
}

// each visits the live keys.
func (k *keeper) each(now time.Duration, visit func(*row)) {
	for _, r := range k.rows {
		if !k.gone(r, now) {
			visit(r)
		}
	}
}

// expire is the values of a key without those that nobody wrote for too long.
func (k *keeper) expire(r *row) map[*ir.State]any {
	out := maps.Clone(r.values)
	fresh := k.fresh(k.comp, true)
	for _, s := range k.ttl {
		if k.now-r.written[s] >= k.expr(s.TTL).(time.Duration) {
			out[s] = fresh[s]
		}
	}
	return out
}

// keeper is a bolt that has done nothing yet.
func (m *machine) keeper(c *ir.Component) *keeper {
	k := &keeper{machine: m, comp: c, rows: map[string]*row{}}
	for range c.Tasks {
		k.single = append(k.single, m.fresh(c, false))
	}
	keyed := 0
	for _, s := range c.Body.States {
		if s.Scope == ir.PerKey {
			keyed++
			if s.TTL != nil {
				k.ttl = append(k.ttl, s)
			}
		}
	}
	k.whole = len(k.ttl) > 0 && len(k.ttl) == keyed
	return k
}

// arrives gives a tuple to the tasks that get it. Which one that is matters where tasks keep something of their own; then the grouping says it.
func (k *keeper) arrives(e *ir.Edge, t tuple, to int64) {
	switch e.Grouping {
	case ir.ByAll:
		for task := range k.single {
			k.tuple(e, t, task)
		}
	case ir.ByDirect:
		k.tuple(e, t, int(to))
	default:
		k.tuple(e, t, 0)
	}
}

func (k *keeper) tuple(e *ir.Edge, t tuple, task int) {
	key, keyed := tuple{}, false
	for _, s := range k.comp.Body.States {
		if s.Scope == ir.PerKey {
			keyed = true
			for _, i := range s.InputKeys(e.Input) {
				key = append(key, t[i])
			}
			break
		}
	}
	name := fmt.Sprintf("%#v", key)
	r, known := k.rows[name]
	if !known {
		r = &row{key: key, values: k.fresh(k.comp, true), written: map[*ir.State]time.Duration{}, waits: make([]bool, len(k.comp.Body.Timers))}
	}
	k.in = t
	if keyed && e.Grouping != ir.ByFields {
		k.attempt(k.comp.Body.On[e.Input.Index], r, e.Input, task) // what does not come by the key makes no key live
		return
	}
	was := known && k.gone(r, k.now)
	if !k.attempt(k.comp.Body.On[e.Input.Index], r, e.Input, task) {
		return
	}
	k.rows[name] = r
	if !known || was {
		for _, s := range k.ttl {
			r.written[s] = k.now
		}
	}
	r.last = k.now
	for i, t := range k.comp.Body.Timers {
		r.waits[i] = t.Kind == ir.After
	}
}

// keyBlock runs a block that has a key and no tuple.
func (k *keeper) keyBlock(r *row, keys []*ir.Local, b *ir.Block) {
	k.in = nil
	k.locals = map[*ir.Local]any{}
	for i, l := range keys {
		k.locals[l] = r.key[i]
	}
	k.attempt(b, r, nil, 0)
}

// unkeyed runs a block that has neither.
func (k *keeper) unkeyed(b *ir.Block, task int) {
	k.in = nil
	k.attempt(b, nil, nil, task)
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
func (k *keeper) attempt(b *ir.Block, r *row, in *ir.Input, task int) (ok bool) {
	m := k.machine
	emitted := map[*ir.Stream]int{}
	for _, s := range k.comp.Outputs {
		emitted[s] = len(m.out[s])
	}
	m.state, m.wrote = map[*ir.State]any{}, map[*ir.State]bool{}
	if r != nil {
		m.state = k.expire(r)
	}
	maps.Copy(m.state, k.single[task])
	if r == nil || in != nil {
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
		for s, n := range emitted {
			m.out[s], m.to[s] = m.out[s][:n], m.to[s][:n]
		}
		m.fail(k.comp, f, k.tupleText(r, in))
	}()
	m.block(b)
	next := maps.Clone(k.single[task])
	for s, v := range m.state {
		switch {
		case s.Scope != ir.PerKey:
			next[s] = v
		case m.wrote[s]:
			r.values[s], r.written[s] = v, m.now
		default:
			r.values[s] = v
		}
	}
	k.single[task] = next
	return true
}

// fail counts a tuple that failed, or emits it to who reads `.failed`.
func (m *machine) fail(c *ir.Component, f failure, text string) {
	m.reasons[c.Name] = append(m.reasons[c.Name], f.why)
	for _, s := range c.Outputs {
		if s.Failed {
			m.put(s, tuple{doc(text), f.why, m.place(f.pos, f.at), int64(1)}, 0)
			return
		}
	}
	m.failed[c.Name+" at "+m.place(f.pos, f.at)]++
}

// tupleText is what failed, as JSON.
func (k *keeper) tupleText(r *row, in *ir.Input) string {
	text, lead := "{", ""
	add := func(name string, v any) {
		text += lead + showJSON(name) + ":" + showJSON(v)
		lead = ","
	}
	switch {
	case in != nil:
		if len(k.comp.Inputs) > 1 {
			add("input", in.Alias)
		}
		for i, f := range in.Fields {
			add(f.Name, k.in[i])
		}
	case r != nil:
		for _, s := range k.comp.Body.States {
			if s.Scope == ir.PerKey {
				for i, f := range s.Key {
					add(f.Name, r.key[i])
				}
				break
			}
		}
	}
	return text + "}"
}
