package compiler

import (
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// emitted is one `emit` of a stream.
type emitted struct {
	decl *ast.Emit
	to   ir.Expr // nil where it names no task
	// block is the first word of a block that no tuple runs: finish, every, after; else "".
	block string
}

// emitTo types the task that an emit names, and notes the emit.
func (e *env) emitTo(s *ast.Emit, out *stream) ir.Expr {
	var to ir.Expr
	if s.To != nil {
		to = e.value(s.To, types.TInt, "the number of the receiving task")
	}
	if out != nil && (to == nil || !isInvalid(to)) {
		out.emits = append(out.emits, emitted{s, to, e.inBlock})
	}
	return to
}

// proveEmits warns of outputs of a bolt in statements that none of them emits to, and somebody waits for.
func (c *compilation) proveEmits(comp *component) {
	if comp.decl == nil || comp.decl.Body == nil || comp.decl.Kind != ast.Bolt || comp.fake != nil || comp.unread || comp.open || len(comp.inputs) == 0 || comp.astray || c.failed() {
		return
	}
	for _, s := range comp.outputs {
		if len(s.emits) > 0 || !s.used || s.opaque || strings.HasPrefix(s.ir.Name, "_") {
			continue
		}
		if s.ir.Name == "" {
			c.warn(silentOutput, comp.name.Span(), "%s emits nothing: who reads it waits in vain", comp.name.Name).
				related(s.decl.Span(), "its output").help("write `emit (%s)`", strings.Join(fieldNames(s.ir.Fields), ", "))
			continue
		}
		c.warn(silentOutput, s.decl.Name.Span(), "nothing is emitted to %s: who reads it waits in vain", s.ir.FullName()).
			help("write `emit %s(%s)`, or take the output out", s.ir.Name, strings.Join(fieldNames(s.ir.Fields), ", "))
	}
}

// reader is an input that reads a stream.
type reader struct {
	comp *component
	in   *input
}

// readers returns who reads each stream.
func (c *compilation) readers() map[*stream][]reader {
	out := map[*stream][]reader{}
	for _, comp := range c.order {
		for _, in := range comp.inputs {
			for _, s := range in.sources {
				out[s] = append(out[s], reader{comp, in})
			}
		}
	}
	return out
}

// proveDirect checks that an output whose emits name the receiving task is read `by direct`, and no other one is.
func (c *compilation) proveDirect() {
	if !c.anyDirect() {
		return
	}
	readers := c.readers()
	for _, comp := range c.order {
		if comp.open {
			continue
		}
		for _, s := range comp.outputs {
			if !s.opaque {
				c.proveDirectStream(comp, s, readers[s])
			}
		}
	}
}

// anyDirect reports whether some emit names a task, or some input is `by direct`.
func (c *compilation) anyDirect() bool {
	for _, comp := range c.order {
		for _, in := range comp.inputs {
			if in.grouping == ir.ByDirect {
				return true
			}
		}
		for _, s := range comp.outputs {
			for _, e := range s.emits {
				if e.decl.To != nil {
					return true
				}
			}
		}
	}
	return false
}

func (c *compilation) proveDirectStream(comp *component, s *stream, readers []reader) {
	var named, plain []emitted
	for _, e := range s.emits {
		if e.decl.To != nil {
			named = append(named, e)
		} else {
			plain = append(plain, e)
		}
	}
	if len(named) == 0 {
		c.proveNoneDirect(comp, s, readers)
		return
	}
	if len(plain) > 0 {
		c.err(taskNotNamed, headOf(plain[0].decl, "emit"), "this emit of %s names no task", s.ir.FullName()).
			related(named[0].decl.To.Span(), "another one does").
			note("an output is emitted `to` tasks, or left to the groupings of its readers: not both").
			help("write `emit ... to TASK`, or give these tuples an output of their own")
	}
	for _, r := range readers {
		if r.in.grouping != ir.ByDirect && r.in.grouping != "" {
			at, text := c.groupingFix(r.in, "direct")
			c.err(readerNotDirect, r.in.decl.Span(), "%s is emitted `to` a task, but %s reads it `by %s`", s.ir.FullName(), r.comp.name.Name, r.in.grouping).
				related(named[0].decl.To.Span(), "the task is named here").
				fix(at, text, "write `by direct`")
			continue
		}
		for _, e := range named {
			if n, ok := ir.Constant(e.to); ok && e.to.Type().Kind == types.Int && (n.(int64) < 0 || r.comp.ir.TasksParam == nil && n.(int64) >= int64(r.comp.ir.Tasks)) {
				c.err(taskOutOfRange, e.decl.To.Span(), "%s has %s, numbered from 0: there is no task %d", r.comp.name.Name, tasksOf(r.comp.ir), n).
					related(r.in.decl.Span(), "it reads %s here", s.ir.FullName()).
					help("name a task from 0 to %d, or give %s more `tasks`", r.comp.ir.Tasks-1, r.comp.name.Name)
			}
		}
	}
}

// proveNoneDirect reports readers `by direct` of a stream none of whose emits names a task.
func (c *compilation) proveNoneDirect(comp *component, s *stream, readers []reader) {
	if comp.body != nil && len(s.emits) == 0 {
		return
	}
	for _, r := range readers {
		if r.in.grouping != ir.ByDirect {
			continue
		}
		d := c.err(directUnnamed, r.in.decl.Span(), "%s reads %s `by direct`, but nothing names the task", r.comp.name.Name, s.ir.FullName())
		if len(s.emits) > 0 {
			d.related(headOf(s.emits[0].decl, "emit"), "it is emitted here").
				help("write `emit ... to TASK` there, or another grouping here")
		} else {
			d.related(comp.name.Span(), "%s is not written in statements: its tuples go where their readers' groupings say", comp.name.Name).
				help("write another grouping")
		}
	}
}

// reportPartialState reports a use of keyed state for tuples that come `by partial`.
func (c *compilation) reportPartialState(u use) {
	s, in := u.state, u.input
	key := joinFields(s.ir.Key)
	at, text := c.groupingFix(in, "fields("+key+")")
	c.err(partialState, u.at, "there is one %s per %s, but `by partial` shares the tuples of one key between two tasks", s.ir.Name, key).
		related(in.decl.Span(), "a key of this input lives in two tasks").
		related(s.decl.Per[0].Span().To(s.decl.Per[len(s.decl.Per)-1].Span()), "the key of the state").
		note("each of them would see a part of the key's tuples only").
		fix(at, text, "write `by fields(%s)`; or keep a map `per task` and let a bolt behind it, `by fields(%s)`, put the parts together", key, key)
	in.grouping = "" // once is enough
}
