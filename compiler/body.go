package compiler

import (
	"slices"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// body is a bolt's statements on their way to an ir.Body.
type body struct {
	states   []*state
	store    *ir.Store // where they lie; nil: in the engine
	uses     []use
	compared map[string]string // what it compares with none, and how
	unknown  map[string]bool   // the names that mean nothing, and the fields that are not there: each is told once, where nothing better is known for it
}

// state is one `state` on its way to an ir.State.
type state struct {
	decl   *ast.State
	ir     *ir.State
	broken bool
	used   bool
	saidSo bool // how long it stays is written
}

// use is one place where a state is read or written: what is proven of states is proven of these.
type use struct {
	state *state
	input *input // nil where no tuple is
	block string // finish, every, after; "" in a handler
	per   bool   // in a block that runs for a key
	write bool
	at    source.Span
}

// state finds a state by its name; a nil body has none.
func (b *body) state(name string) *state {
	if b == nil {
		return nil
	}
	for _, s := range b.states {
		if s.ir.Name == name {
			return s
		}
	}
	return nil
}

// checkBody types the statements of a bolt: its states first, then each handler.
func (c *compilation) checkBody(comp *component) {
	comp.body = &body{}
	out := &ir.Body{On: make([]*ir.Block, len(comp.inputs))}
	comp.ir.Body = out
	parts := c.divide(comp)
	for _, d := range parts.states {
		c.declareState(comp, d)
	}
	for _, s := range comp.body.states {
		if s.ir.Scope != ir.PerTest {
			out.States = append(out.States, s.ir)
		}
	}
	for _, on := range parts.on {
		in := comp.input(on.Input.Name)
		e := c.bodyEnv(comp, in)
		out.On[in.ir.Index] = e.handler(on.Body.Stmts)
	}
	if len(comp.inputs) == 1 && len(parts.on) == 0 {
		out.On[0] = c.bodyEnv(comp, comp.inputs[0]).handler(parts.loose)
	}
	if f := parts.finish; f != nil {
		out.Finish = c.blockEnv(comp, "finish").handler(f.Body.Stmts)
	}
	if f := parts.finishPer; f != nil {
		out.FinishPer = c.checkFinishPer(comp, f)
	}
	for _, t := range parts.timers {
		if timer := c.checkTimer(comp, t); timer != nil {
			out.Timers = append(out.Timers, timer)
		}
	}
	c.checkStored(comp)
}

func (c *compilation) bodyEnv(comp *component, in *input) *env {
	return &env{compilation: c, comp: comp, body: comp.body, tuple: in, test: comp.fake}
}

// blockEnv is the env of a block that no tuple runs: `finish`, `every`, `after`.
func (c *compilation) blockEnv(comp *component, word string) *env {
	e := c.bodyEnv(comp, nil)
	e.inBlock = word
	return e
}

func (c *component) input(alias string) *input {
	for _, in := range c.inputs {
		if in.ir.Alias == alias {
			return in
		}
	}
	return nil
}

// bodyParts is a body by what its parts are for.
type bodyParts struct {
	states            []*ast.State
	on                []*ast.On // of known inputs, one each
	loose             []ast.Stmt
	finish, finishPer *ast.Finish
	timers            []*ast.Timer
}

// divide sorts the statements of a body, and reports those that stand where they can't.
func (c *compilation) divide(comp *component) bodyParts {
	var p bodyParts
	seen := map[*input]*ast.On{}
	broken := false
	for _, s := range comp.decl.Body.Stmts {
		switch s := s.(type) {
		case *ast.State:
			p.states = append(p.states, s)
		case *ast.On:
			in := comp.input(s.Input.Name)
			if in == nil {
				broken = true
				var names []string
				for _, other := range comp.inputs {
					names = append(names, other.ir.Alias)
				}
				c.err(unknownInput, s.Input.Span(), "%s has no input %s", comp.name.Name, s.Input.Name).
					choose(s.Input.Span(), s.Input.Name, "its inputs", names)
			} else if first := seen[in]; first != nil {
				c.err(doubledHandler, s.Input.Span(), "input %s has two `on` blocks", s.Input.Name).
					related(first.Input.Span(), "the first one").help("make them one")
			} else {
				seen[in] = s
				p.on = append(p.on, s)
			}
		case *ast.Finish:
			slot := &p.finish
			if len(s.Per) > 0 {
				slot = &p.finishPer
			}
			if *slot != nil {
				c.err(doubledHandler, headOf(s, "finish"), "%s has two `finish` blocks of one kind", comp.name.Name).
					related(headOf(*slot, "finish"), "the first one").help("make them one")
				continue
			}
			*slot = s
		case *ast.Timer:
			p.timers = append(p.timers, s)
		case *ast.BadStmt:
			broken = true
			if s.State {
				c.unreadState(comp, s)
			} else if len(comp.inputs) == 1 {
				p.loose = append(p.loose, s)
			}
		default:
			p.loose = append(p.loose, s)
		}
	}
	if len(p.on) > 0 {
		p.loose = slices.DeleteFunc(p.loose, func(s ast.Stmt) bool { _, bad := s.(*ast.BadStmt); return bad })
	}
	c.checkHandlers(comp, p, seen, broken)
	return p
}

// unreadState enters the name of a state that could not be parsed.
func (c *compilation) unreadState(comp *component, s *ast.BadStmt) {
	for _, n := range s.Names {
		comp.body.states = append(comp.body.states, &state{
			decl: &ast.State{Node: s.Node, Name: n}, ir: &ir.State{Name: n.Name, Type: types.TInvalid, Scope: ir.PerTask, Span: s.Span()}, broken: true, used: true,
		})
	}
}

// headOf is the span of a block's first word.
func headOf(s ast.Spanned, word string) source.Span {
	at := s.Span()
	at.End = min(at.End, at.Start+len(word))
	return at
}

// checkHandlers reports inputs without handler, and statements that belong to no input.
func (c *compilation) checkHandlers(comp *component, p bodyParts, seen map[*input]*ast.On, broken bool) {
	if len(comp.inputs) == 0 {
		return // reported: no spout reaches it
	}
	single := len(comp.inputs) == 1
	if len(p.loose) > 0 && (len(seen) > 0 || !single) {
		at := p.loose[0]
		r := c.err(outsideHandlers, firstLine(c, at.Span()), "a statement outside of the `on` blocks")
		if single {
			r.help("move it into `on %s { ... }`", comp.inputs[0].ir.Alias)
		} else {
			r.note("%s has %d inputs: each statement belongs to the tuples of one of them", comp.name.Name, len(comp.inputs)).
				help("write it into `on %s { ... }` or `on %s { ... }`", comp.inputs[0].ir.Alias, comp.inputs[1].ir.Alias)
		}
		if len(seen) == 0 {
			return
		}
	}
	if broken || single && len(seen) == 0 {
		return
	}
	for _, in := range comp.inputs {
		if seen[in] == nil && !in.doubled {
			at := in.decl.Span()
			if !in.at.IsZero() {
				at = in.at
			}
			c.err(missingHandler, at, "input %s has no `on` block", in.ir.Alias).
				help("add `on %s { ... }` to the body of %s", in.ir.Alias, comp.name.Name)
		}
	}
}

// firstLine cuts a span off at the end of its first line.
func firstLine(c *compilation, s source.Span) source.Span {
	for i, b := range []byte(c.text(s)) {
		if b == '\n' {
			s.End = s.Start + i
			break
		}
	}
	return s
}

// handler types the statements of one handler.
func (e *env) handler(stmts []ast.Stmt) *ir.Block {
	inner := e.inner()
	return inner.block(stmts)
}

// declareState gives a state its type and its key.
func (c *compilation) declareState(comp *component, d *ast.State) {
	s := &state{decl: d, ir: &ir.State{Name: d.Name.Name, Span: d.Span()}}
	c.foreignName(d.Name)
	if first := comp.body.state(d.Name.Name); first != nil {
		c.again("state", d.Name, first.decl.Name)
		return
	}
	if out := comp.output(d.Name.Name); out != nil {
		c.err(declaredTwice, d.Name.Span(), "%s has both a state and an output named %s", comp.name.Name, d.Name.Name).
			related(out.decl.Span(), "the output").help("rename one of them")
	}
	if in := comp.input(d.Name.Name); in != nil {
		c.err(declaredTwice, d.Name.Span(), "%s has both a state and an input named %s", comp.name.Name, d.Name.Name).
			related(in.decl.Span(), "the input").help("rename the state, or name the input: `(x: %s)`", in.ir.Alias)
	}
	s.ir.Type = c.typeOf(d.Type)
	s.broken = s.ir.Type.Broken()
	c.firstValue(s)
	switch {
	case comp.perTest(d):
		s.ir.Scope = ir.PerTest
	case d.Shared:
		s.ir.Scope = ir.Shared
	case d.PerTask:
		s.ir.Scope = ir.PerTask
	case len(d.Per) > 0:
		s.ir.Scope = ir.PerKey
		c.stateKey(comp, s)
	default:
		s.broken = true
		c.err(stateKeyField, d.Name.Span(), "state %s does not say how many of it there are", d.Name.Name).
			help("write `per FIELD` for one each key, `shared` for one that all tasks know, or `per task`")
	}
	c.stateTTL(comp, s)
	c.stateStore(comp, s)
	comp.body.states = append(comp.body.states, s)
}

// firstValue types what a state begins with.
func (c *compilation) firstValue(s *state) {
	if d := s.decl; d.Initial != nil {
		e := &env{compilation: c, constant: "the first value of a state"}
		s.ir.Initial = e.computed(d.Initial, e.value(d.Initial, s.ir.Type, "state "+d.Name.Name))
	}
}

// stateKey finds the fields of a state's key in the inputs.
func (c *compilation) stateKey(comp *component, s *state) {
	for _, k := range s.decl.Per {
		var t *types.Type
		opaque := len(comp.inputs) == 0
		var names []string
		for _, in := range comp.inputs {
			opaque = opaque || in.opaque
			names = append(names, fieldNames(in.ir.Fields)...)
			if i := fieldIndex(in.ir.Fields, k.Name); i >= 0 && t == nil {
				t = in.ir.Fields[i].Type
			}
		}
		switch {
		case t == nil && (opaque || slices.ContainsFunc(comp.inputs, func(in *input) bool { return slices.Contains(in.lacks, k.Name) })):
			t, s.broken = types.TInvalid, true
		case t == nil:
			c.err(stateKeyField, k.Span(), "no input of %s has a field %s", comp.name.Name, k.Name).
				choose(k.Span(), k.Name, "their fields", names)
			t, s.broken = types.TInvalid, true
		case !t.Hashable():
			c.err(unhashableField, k.Span(), "field %s is a %s, which can't be the key of a state", k.Name, t).note("%s", whyNoKey(t))
			s.broken = true
		}
		if fieldIndex(s.ir.Key, k.Name) >= 0 {
			c.err(declaredTwice, k.Span(), "field %s stands twice in this key", k.Name)
			continue
		}
		s.ir.Key = append(s.ir.Key, types.Field{Name: k.Name, Type: t})
	}
	for _, other := range comp.body.states {
		if other.ir.Scope != ir.PerKey || other.broken || s.broken {
			continue
		}
		if !sameKey(other.ir.Key, s.ir.Key) {
			at := s.decl.Per[0].Span().To(s.decl.Per[len(s.decl.Per)-1].Span())
			c.err(stateKeysDiffer, at, "the keyed states of a bolt have one key").
				related(other.decl.Per[0].Span().To(other.decl.Per[len(other.decl.Per)-1].Span()), "state %s has this one", other.ir.Name).
				note("%s", whyOneKey(other.ir.Key, s.ir.Key)).
				help("keep it in a bolt of its own%s", nestedKey(other.ir, s.ir))
			s.broken = true
		} else {
			s.ir.Key = other.ir.Key // in one order
		}
		return
	}
}

// sameKey reports whether keys have the same fields, in any order.
func sameKey(a, b []types.Field) bool {
	if len(a) != len(b) {
		return false
	}
	for _, f := range a {
		if fieldIndex(b, f.Name) < 0 {
			return false
		}
	}
	return true
}

// stateRef types the name of a state, and notes the use.
func (e *env) stateRef(s *state, x *ast.Name, write bool) ir.Expr {
	s.used = true
	e.body.uses = append(e.body.uses, use{state: s, input: e.tuple, block: e.inBlock, per: e.perKey, write: write, at: x.Span()})
	if s.broken {
		return invalid(x)
	}
	return &ir.StateRef{Typed: typed(s.ir.Type, x), State: s.ir}
}

// checkFinishPer types `finish per k { }`: the key's fields are its locals.
func (c *compilation) checkFinishPer(comp *component, f *ast.Finish) *ir.FinishPer {
	e := c.blockEnv(comp, "finish").inner()
	out := &ir.FinishPer{Keys: e.keyLocals(f.Per, finishKey)}
	out.Block = e.inner().block(f.Body.Stmts)
	return out
}

// keyLocals declares the fields of the key of a bolt's state, in the key's order, as locals of a block that runs for each key;
// per is how the block names them, and code what is wrong where it names others.
func (e *env) keyLocals(per []*ast.Ident, code string) []*ir.Local {
	e.perKey = true
	var key []types.Field
	known := true
	for _, s := range e.body.states {
		if s.ir.Scope == ir.PerKey {
			key = s.ir.Key
			known = known && !s.broken
		}
	}
	var written []types.Field
	for _, k := range per {
		written = append(written, types.Field{Name: k.Name, Type: types.TInvalid})
	}
	at := per[0].Span().To(per[len(per)-1].Span())
	switch {
	case key == nil && e.inBlock == "finish":
		e.err(code, at, "%s has no keyed state to finish", e.comp.name.Name).
			help("write `finish { ... }`, or declare a state `per %s`", per[0].Name)
		known = false
	case key == nil:
		e.err(code, at, "%s keeps nothing per %s", e.comp.name.Name, per[0].Name).
			help("declare a state `per %s`: its keys are what this runs for", per[0].Name)
		known = false
	case known && !sameKey(key, written):
		e.err(code, at, "the keyed state of %s has another key", e.comp.name.Name).
			help("write `%s per %s`", blockWords(e.inBlock), joinFields(key))
		known = false
	}
	if !known {
		key = written
	}
	var out []*ir.Local
	for _, k := range key {
		name := per[0]
		for _, p := range per {
			if p.Name == k.Name {
				name = p
			}
		}
		l := e.declare(name, k.Type, "finish")
		l.read = true
		out = append(out, l.ir)
	}
	return out
}

// blockWords is how a block that runs for a key begins.
func blockWords(word string) string {
	if word == "finish" {
		return word
	}
	return word + " ..."
}

func joinFields(fields []types.Field) string {
	text := ""
	for i, f := range fields {
		if i > 0 {
			text += ", "
		}
		text += f.Name
	}
	return text
}
