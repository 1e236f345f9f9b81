package codegen

import (
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
)

// fakedFunc is a function that some test replaces. Its calls go to a function of ours, which asks a variable for
// what stands in its place now.
type fakedFunc struct {
	real    *ir.Func
	stand   *ir.Func // what is called
	choice  string   // the variable: 0 for the real one, else a number of fakes
	fakes   []*ir.Fake
	numbers map[*ir.Fake]int
}

// replace finds what tests replace, and changes all calls of that. Within the text of a fake all functions are the real ones.
func (t *testGen) replace(p *ir.Program) {
	fakes := map[*ir.Func]bool{}
	for _, test := range p.Tests {
		for _, s := range test.Steps {
			fake, ok := s.(*ir.Fake)
			if !ok {
				continue
			}
			fakes[fake.With] = true
			f := t.fakedOf(fake.Func)
			if f == nil {
				stand := &ir.Func{Name: "any_" + fake.Func.Name, Params: fake.Func.Params, Result: fake.Func.Result, Fails: true, Pure: !ir.Passing(fake.Func),
					Body: &ir.FuncBody{Block: &ir.Block{}, Span: fake.Span}}
				for i, param := range fake.Func.Params {
					stand.Body.Params = append(stand.Body.Params, &ir.Local{ID: i, Name: param.Name, Type: param.Type})
				}
				f = &fakedFunc{real: fake.Func, stand: stand, numbers: map[*ir.Fake]int{}}
				t.faked = append(t.faked, f)
			}
			f.fakes = append(f.fakes, fake)
			f.numbers[fake] = len(f.fakes)
		}
	}
	if len(t.faked) == 0 {
		return
	}
	see := func(e ir.Expr) {
		if call, ok := e.(*ir.FuncCall); ok {
			if f := t.fakedOf(call.Func); f != nil {
				call.Func = f.stand
			}
		}
	}
	block := func(b *ir.Block) { walkBlock(b, func(ir.Stmt) {}, see) }
	components := slices.Clone(p.Components)
	for c := range t.fakeOf {
		components = append(components, c)
	}
	for _, c := range components {
		if c.Body == nil {
			continue
		}
		for _, b := range c.Body.On {
			block(b)
		}
		block(c.Body.Finish)
		if c.Body.FinishPer != nil {
			block(c.Body.FinishPer.Block)
		}
		for _, timer := range c.Body.Timers {
			for _, b := range timer.Blocks() {
				block(b)
			}
		}
	}
	for _, f := range p.Funcs {
		if f.Body != nil && !fakes[f] {
			block(f.Body.Block)
		}
	}
	for _, test := range p.Tests {
		for _, s := range test.Steps {
			if x, ok := s.(*ir.ExpectTrue); ok {
				ir.WalkExpr(x.X, see)
			}
		}
	}
}

// fakedOf finds what replaces a function; nil where nothing does.
func (t *testGen) fakedOf(real *ir.Func) *fakedFunc {
	for _, f := range t.faked {
		if f.real == real || real.Builtin != "" && f.real.Builtin == real.Builtin {
			return f
		}
	}
	return nil
}

// isFake reports whether a function is the text of a fake.
func (t *testGen) isFake(f *ir.Func) bool {
	if t == nil {
		return false
	}
	for _, faked := range t.faked {
		for _, fake := range faked.fakes {
			if fake.With == f {
				return true
			}
		}
	}
	return false
}

// prepareFakes gives what is called its Go name, before anything that calls it is lowered.
func (t *testGen) prepareFakes() {
	for _, f := range t.faked {
		name := strings.ReplaceAll(f.real.Name, ".", "_")
		f.choice = t.g.global.take("choice_" + name)
		t.g.own[f.stand] = &ownFunc{goName: t.g.global.take("fn_any_" + name), arena: true, params: true, now: true, limit: t.g.limits, fails: true}
	}
}

// fakes writes the functions that are called in the place of others.
func (t *testGen) fakes(file *jen.File) {
	for _, faked := range t.faked {
		o := t.g.own[faked.stand]
		f := t.g.newOwn(faked.stand, o)
		args := make([]ir.Expr, len(faked.stand.Body.Params))
		for i, l := range faked.stand.Body.Params {
			args[i] = &ir.LocalRef{Typed: ir.Typed{T: l.Type, Span: faked.stand.Body.Span}, Local: l}
		}
		call := func(to *ir.Func) []jen.Code {
			return f.block(func() {
				f.result(f.expr(&ir.FuncCall{Typed: ir.Typed{T: to.Result, Span: faked.stand.Body.Span}, Func: to, Args: args}).code)
			})
		}
		var cases []jen.Code
		for _, fake := range faked.fakes {
			cases = append(cases, jen.Case(jen.Lit(faked.numbers[fake])).Block(call(fake.With)...))
		}
		o.stmts = append([]jen.Code{jen.Switch(jen.Id(faked.choice)).Block(cases...)}, call(faked.real)...)
		file.Commentf("%s says what stands for %s.", faked.choice, faked.real.Name)
		file.Var().Id(faked.choice).Int()
		t.g.ownFunc(file, faked.stand)
	}
}

// choose lowers `fake`.
func (t *testGen) choose(s *ir.Fake) jen.Code {
	f := t.fakedOf(s.Func)
	return jen.Id(f.choice).Op("=").Lit(f.numbers[s])
}
