package compiler

import (
	"maps"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// madeFor is a generic function of a user's Go, made for the types that its variables stand for in some call.
type madeFor struct {
	bound map[string]*types.Type
	ir    *ir.Func
}

// bind says what the type variables of a function stand for in a call; nil where they can't stand for it, which is reported. A function of a user's Go is made for
// these types, once for each: generated code converts values by their types.
func (e *env) bind(f *funcSymbol, bound map[string]*types.Type, x *ast.Call) (*ir.Func, *types.Type) {
	for _, v := range keysOf(bound) {
		if bound[v].Broken() {
			return f.ir, f.ir.Result.Subst(bound) // reported
		}
		if asked, ok := f.constraints[v]; ok && !asked.Allows(bound[v]) {
			e.err(mismatch, x.Span(), "%s does not take values of type %s", f.ir.Name, bound[v]).
				note("it needs values that are %s", asked.Text)
			return nil, nil
		}
	}
	result := f.ir.Result.Subst(bound)
	if result.Vars() {
		e.err(typeUnknown, x.Span(), "these arguments do not say what %s returns", f.ir.Name)
		return nil, nil
	}
	if f.ir.Go == nil || f.ir.Go.Result == nil {
		return f.ir, result
	}
	same := func(t, u *types.Type) bool { return t.Equal(u) }
	for _, m := range f.made {
		if maps.EqualFunc(m.bound, bound, same) {
			return m.ir, result
		}
	}
	made := *f.ir
	made.Result, made.Go, made.Params = result, f.ir.Go.Bind(bound), nil
	for _, p := range f.ir.Params {
		made.Params = append(made.Params, types.Field{Name: p.Name, Type: p.Type.Subst(bound)})
	}
	f.made = append(f.made, madeFor{maps.Clone(bound), &made})
	return &made, result
}

// runs lists what a function is in the program: itself, or what was made of a generic one.
func (f *funcSymbol) runs() []*ir.Func {
	if !f.generic {
		return []*ir.Func{f.ir}
	}
	var out []*ir.Func
	for _, m := range f.made {
		out = append(out, m.ir)
	}
	return out
}

// resultVariables sees that what a function takes says what the type variables of its result are.
func (c *compilation) resultVariables(f *funcSymbol) {
	var taken []string
	for _, p := range f.ir.Params {
		taken = p.Type.VarNames(taken)
	}
	if all := f.ir.Result.VarNames(taken); len(all) > len(taken) {
		c.err(typeUnknown, f.decl.Result.Span(), "nothing that %s takes says what %s is", f.name.Name, all[len(taken)]).
			help("a type variable of the result is one of a parameter too: `items []%s`", all[len(taken)])
		f.unclear = true
	}
}
