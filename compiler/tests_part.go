package compiler

import (
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/lang/ast"
)

// fakedPart finds the component that a fake replaces; nil where it names none.
func (t *testCheck) fakedPart(s *ast.Fake) *component {
	if s.Library == nil {
		return t.components[s.Name.Name]
	}
	comp := t.components[s.Library.Name]
	if comp != nil && len(s.Within) > 0 {
		if comp = t.into(comp, s.Within); comp == nil {
			return nil // reported
		}
	}
	comp, rest := t.inside(comp, s.Name)
	if rest != nil && comp != nil && (len(s.Within) > 0 || comp.instance != nil) {
		t.noPart(comp, s.Name)
	}
	if rest != nil {
		return nil
	}
	return comp
}

// part types `fake fetch(l) { ... }`: statements that stand for a component, from the test's start to its end.
func (t *testCheck) part(s *ast.Fake, comp *component) ir.TestStep {
	name := s.Name.Name
	at := s.Name.Span()
	if s.Library != nil {
		name, at = wayTo(s.Library, s.Within, s.Name), s.Library.Span().To(at)
	}
	switch {
	case comp.kind == "" || comp.decl == nil || comp.open:
		return nil // reported
	case s.Library == nil && t.funcs[name] != nil:
		t.err(testFakePart, at, "%s is a function and a %s: this could replace either", name, comp.kind).
			related(t.funcs[name].name.Span(), "the function").related(comp.name.Span(), "the %s", comp.kind).help("rename one of them")
		return nil
	case comp.instance != nil:
		t.err(testFakePart, at, "%s is an instance of a graph: the components in it are replaced one by one", name).
			related(comp.name.Span(), "declared here").help("name one of them: `fake %s.BOLT(...) { ... }`", name)
		return nil
	case comp.kind == ast.Spout:
		t.err(testFakePart, at, "%s is a spout: in a test it reads what it is given, and nothing else", name).
			related(comp.name.Span(), "declared here").help("say what it reads: `given %s: (...)`", name)
		return nil
	case s.Body == nil:
		t.err(testFakePart, s.Expr.Span(), "%s is a %s: what stands for it are statements, not a value", name, comp.kind).
			related(comp.name.Span(), "declared here").help("%s", fakeForm(name, comp))
		return nil
	case len(s.Params) != len(comp.inputs):
		t.err(testFakePart, at, "%s has %s, this %d", name, plural(len(comp.inputs), "input"), len(s.Params)).
			related(comp.name.Span(), "declared here").help("%s", fakeForm(name, comp))
		return nil
	case t.begun != nil:
		t.err(testFakeLate, headOf(s, "fake"), "%s is replaced when the test has begun", name).
			related(t.begun.Span(), "it begins here").
			note("what stands for a component does so from the start to the end: it has states of its own").
			help("move it to the beginning of the test; or make another test of it")
		return nil
	}
	if first := t.parts[comp]; first != nil {
		t.err(testFakeLate, at, "%s is replaced twice", name).related(first.Span(), "the first one").help("make them one")
		return nil
	}
	if t.parts == nil {
		t.parts = map[*component]*ast.Fake{}
	}
	t.parts[comp] = s
	names := map[string]*ast.Ident{}
	for _, p := range s.Params {
		if first := names[p.Name]; first != nil {
			t.again("input", p, first)
			return nil
		}
		names[p.Name] = p
	}
	fake := t.standIn(s, comp)
	t.checkBody(fake)
	t.proveStateOf(fake)
	t.proveFakeEmits(fake)
	return &ir.FakePart{Pos: posOf(s), Component: comp.ir, With: fake.ir, Kept: fake.body.keptStates()}
}

// standIn is a bolt with the inputs, outputs and options of a component, and the statements of a fake.
func (t *testCheck) standIn(s *ast.Fake, comp *component) *component {
	decl := &ast.Component{Node: s.Node, Kind: ast.Bolt, Name: comp.name, Inputs: comp.decl.Inputs, Outputs: comp.decl.Outputs, Body: s.Body}
	node := *comp.ir
	node.Span, node.NameAt, node.Call, node.Go, node.Body, node.Inputs = s.Span(), s.Name.Span(), nil, nil, nil, nil
	fake := &component{decl: decl, name: comp.name, kind: ast.Bolt, ir: &node, home: t.module, rep: t.reporter, fake: t.env.test, failed: comp.failed}
	fake.unread, fake.lost = t.unread(s.Body)
	for _, out := range comp.outputs {
		own := *out
		own.emits = nil
		fake.outputs = append(fake.outputs, &own)
	}
	for i, in := range comp.inputs {
		own := *in
		input := *in.ir
		input.Alias = s.Params[i].Name
		own.ir, own.at = &input, s.Params[i].Span()
		fake.inputs = append(fake.inputs, &own)
		node.Inputs = append(node.Inputs, &input)
	}
	fake.sink = comp.kind == ast.Sink
	return fake
}

// proveFakeEmits checks that the emits of a fake name tasks where, and only where, their readers are `by direct`.
func (t *testCheck) proveFakeEmits(fake *component) {
	readers := t.readers()
	for _, s := range fake.outputs {
		direct := false
		for real, all := range readers {
			if real.ir == s.ir {
				for _, r := range all {
					direct = direct || r.in.grouping == ir.ByDirect
				}
			}
		}
		for _, e := range s.emits {
			switch {
			case direct && e.decl.To == nil:
				t.err(taskNotNamed, headOf(e.decl, "emit"), "this emit of %s names no task", s.ir.FullName()).
					note("its readers are `by direct`").help("write `emit ... to TASK`")
			case !direct && e.decl.To != nil:
				t.err(readerNotDirect, e.decl.To.Span(), "%s is emitted `to` a task, and nobody reads it `by direct`", s.ir.FullName()).help("take `to` out")
			}
		}
	}
}

// mayPass reports whether what `fail` fails is tried again: where the statements stand, in a test, for a component, or for a function that reaches outside.
func (e *env) mayPass() bool {
	if e.fn != nil {
		return e.fn.fakes != nil && ir.Passing(e.fn.fakes)
	}
	return e.comp != nil && e.comp.fake != nil
}

// fakeForm shows how a component is replaced.
func fakeForm(name string, comp *component) string {
	var aliases []string
	for _, in := range comp.inputs {
		aliases = append(aliases, in.ir.Alias)
	}
	body := "emit (...)"
	switch {
	case len(aliases) > 1:
		body = "on " + aliases[0] + " { ... }; on " + aliases[1] + " { ... }"
	case comp.kind == ast.Sink:
		body = "fail \"full\""
	}
	return "write `fake " + name + "(" + strings.Join(aliases, ", ") + ") { " + body + " }`"
}

// perTest reports whether a state of a fake is one for the whole test: no input has a field of that name.
func (comp *component) perTest(d *ast.State) bool {
	if comp.fake == nil || len(d.Per) != 1 || d.Per[0].Name != "test" {
		return false
	}
	for _, in := range comp.inputs {
		if fieldIndex(in.ir.Fields, "test") >= 0 {
			return false
		}
	}
	return true
}

// keptStates are those states of a body that there is one of in the whole test.
func (b *body) keptStates() []*ir.State {
	var out []*ir.State
	for _, s := range b.states {
		if s.ir.Scope == ir.PerTest {
			out = append(out, s.ir)
		}
	}
	return out
}

// fakeStates declares the states that the text of a function's fake begins with, and returns the statements behind them.
func (e *env) fakeStates(stmts []ast.Stmt) []ast.Stmt {
	e.body = &body{}
	var rest []ast.Stmt
	for _, s := range stmts {
		d, ok := s.(*ast.State)
		if !ok {
			rest = append(rest, s)
			continue
		}
		if first := e.body.state(d.Name.Name); first != nil {
			e.again("state", d.Name, first.decl.Name)
			continue
		}
		if l := e.lookup(d.Name.Name); l != nil {
			e.err(declaredTwice, d.Name.Span(), "%s is a parameter already", d.Name.Name).related(l.at, "declared here").help("rename one of them")
			continue
		}
		kept := &state{decl: d, ir: &ir.State{Name: d.Name.Name, Type: e.typeOf(d.Type), Scope: ir.PerTest, Span: d.Span()}}
		kept.broken = kept.ir.Type.Broken()
		switch {
		case len(d.Per) != 1 || d.Per[0].Name != "test":
			kept.broken = true
			e.err(testFakeState, d.Name.Span(), "state %s is one for the whole test: a function has no keys and no tasks", d.Name.Name).
				help("write `state %s %s per test`", d.Name.Name, e.text(d.Type.Span()))
		case d.TTL != nil || d.In != nil || d.Mode != nil:
			kept.broken = true
			e.err(testFakeState, d.Name.Span(), "state %s of a fake is kept in memory, to the test's end", d.Name.Name).
				help("write `state %s %s per test`, and nothing behind it", d.Name.Name, e.text(d.Type.Span()))
		}
		e.firstValue(kept)
		e.body.states = append(e.body.states, kept)
	}
	return rest
}

// unusedFakeStates warns of states of a function's fake that it does not use.
func (e *env) unusedFakeStates() {
	for _, s := range e.body.states {
		if !s.used && !s.broken && !strings.HasPrefix(s.ir.Name, "_") && !e.fn.unread {
			e.warn(unusedState, s.decl.Name.Span(), "state %s is never used", s.ir.Name).help("take it out")
		}
	}
}
