package golang

import (
	gotypes "go/types"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// Added is a parameter of an aggregate: what is added of each row, or an argument that is given once.
type Added struct {
	types.Field
	Once bool
}

// Aggregate compares a Go type with an aggregate: it has methods Add and Result, perhaps Merge, and a field for each argument.
func (p *Package) Aggregate(obj gotypes.Object, params []Added, result *types.Type) (FoundFunc, *Mismatch) {
	p = p.generic()
	a := &aggregate{Package: p, obj: obj, params: params, result: result}
	name, ok := obj.(*gotypes.TypeName)
	if !ok {
		return FoundFunc{}, a.fail("an aggregate is a struct with methods Add and Result, and " + obj.Name() + " is a function")
	}
	typ := gotypes.Unalias(name.Type())
	named, ok := typ.(*gotypes.Named)
	if !ok || gotypes.IsInterface(typ) {
		return FoundFunc{}, a.fail("an aggregate is a struct with methods Add and Result, not this type")
	}
	a.named = named
	if n := named.TypeParams().Len(); n > 0 {
		own := make([]gotypes.Type, n)
		for i := range own {
			own[i] = named.TypeParams().At(i)
		}
		made, err := gotypes.Instantiate(nil, named, own, false)
		if err != nil {
			return FoundFunc{}, a.fail(err.Error())
		}
		a.named = made.(*gotypes.Named)
	}
	a.methods = gotypes.NewMethodSet(gotypes.NewPointer(a.named))
	out := &ir.GoFunc{Pkg: p.Path, Name: obj.Name(), Params: make([]*ir.GoType, len(params)), Aggregate: &ir.GoAggregate{Fields: make([]string, len(params))}}
	for _, look := range []func(*ir.GoFunc) *Mismatch{a.arguments, a.add, a.results, a.merge, a.typeArguments} {
		if wrong := look(out); wrong != nil {
			return FoundFunc{}, wrong
		}
	}
	return FoundFunc{out, p.constraints()}, nil
}

// aggregate compares one type.
type aggregate struct {
	*Package
	obj     gotypes.Object
	named   *gotypes.Named // where it is generic, of its own type parameters
	methods *gotypes.MethodSet
	params  []Added
	result  *types.Type
}

// fail says that the type as a whole is none.
func (a *aggregate) fail(message string) *Mismatch {
	return &Mismatch{Message: message, Param: -1, Go: a.At(a.obj), Label: "declared here", Want: a.wantAdd() + "` and `" + a.wantResults()}
}

// receiver is how a method begins.
func (a *aggregate) receiver() string {
	var all []*types.Type
	for _, p := range a.params {
		all = append(all, p.Type)
	}
	vars := strings.NewReplacer(" any", "", " comparable", "").Replace(wantVars(append(all, a.result)...))
	return "func (a *" + a.obj.Name() + vars + ") "
}

func (a *aggregate) wantAdd() string {
	var parts []string
	for _, p := range a.params {
		if !p.Once {
			parts = append(parts, goWord(p.Name)+" "+GoText(p.Type))
		}
	}
	return a.receiver() + "Add(" + strings.Join(parts, ", ") + ")"
}

func (a *aggregate) wantResults() string { return a.receiver() + "Result() " + wantResult(a.result) }

// method finds a method, nil where there is none.
func (a *aggregate) method(name string) *gotypes.Func {
	for m := range a.methods.Methods() {
		if m.Obj().Name() == name {
			fn, _ := m.Obj().(*gotypes.Func)
			return fn
		}
	}
	return nil
}

// arguments finds the field of each argument.
func (a *aggregate) arguments(out *ir.GoFunc) *Mismatch {
	for i, p := range a.params {
		if !p.Once {
			continue
		}
		want := "type " + a.obj.Name() + " struct { " + exported(p.Name) + " " + GoText(p.Type) + " }"
		s, ok := a.named.Underlying().(*gotypes.Struct)
		at := -1
		if ok {
			at = fieldFor(s, p.Name)
		}
		if at < 0 {
			return &Mismatch{Message: "type " + a.obj.Name() + " has no exported field for parameter " + p.Name, Param: i, Go: a.At(a.obj), Label: "this type", Want: want}
		}
		field := s.Field(at)
		typ, why := a.fit(p.Type, field.Type(), ToGo)
		if why != nil {
			return &Mismatch{Message: why.Why, Param: i, Go: a.set.Name(field.Pos(), field.Name()), Label: "this field", Want: want}
		}
		out.Params[i], out.Aggregate.Fields[i] = typ, field.Name()
	}
	return nil
}

// add compares Add, which takes what is added.
func (a *aggregate) add(out *ir.GoFunc) *Mismatch {
	fn, want := a.method("Add"), a.wantAdd()
	if fn == nil {
		return &Mismatch{Message: "type " + a.obj.Name() + " has no method Add", Param: -1, Go: a.At(a.obj), Label: "this type", Want: want}
	}
	sig := fn.Type().(*gotypes.Signature)
	bad := func(message string) *Mismatch {
		return &Mismatch{Message: message, Param: -1, Go: a.At(fn), Label: a.signature(fn), Want: want}
	}
	n := 0
	for i, p := range a.params {
		if p.Once {
			continue
		}
		if n < sig.Params().Len() && !sig.Variadic() {
			typ, wrong := a.param(fn, n, p.Type, want)
			if wrong != nil {
				wrong.Param = i
				return wrong
			}
			out.Params[i] = typ
		}
		n++
	}
	switch results := sig.Results(); {
	case sig.Variadic():
		return bad("method Add takes any number of arguments")
	case n != sig.Params().Len():
		return bad("method Add takes " + count(sig.Params().Len(), "parameter") + ", and " + count(n, "value") + " of each row")
	case results.Len() > 1 || results.Len() == 1 && !isError(results.At(0).Type()):
		return bad("method Add returns " + a.resultText(sig) + ": it may return an error, and nothing else")
	case !keeps(sig):
		return bad("method Add changes a copy, since its receiver is no pointer: what it adds is lost")
	default:
		out.Aggregate.AddFails = results.Len() == 1
	}
	return nil
}

// keeps reports whether what a method changes in its receiver stays.
func keeps(sig *gotypes.Signature) bool {
	switch gotypes.Unalias(sig.Recv().Type()).Underlying().(type) {
	case *gotypes.Struct, *gotypes.Basic, *gotypes.Array, *gotypes.Slice:
		return false
	}
	return true
}

// results compares Result.
func (a *aggregate) results(out *ir.GoFunc) *Mismatch {
	fn, want := a.method("Result"), a.wantResults()
	if fn == nil {
		return &Mismatch{Message: "type " + a.obj.Name() + " has no method Result", Param: -1, Go: a.At(a.obj), Label: "this type", Want: want}
	}
	if sig := fn.Type().(*gotypes.Signature); sig.Params().Len() > 0 {
		return &Mismatch{Message: "method Result takes " + count(sig.Params().Len(), "parameter") + ", and is given none", Param: -1, Go: a.At(fn), Label: a.signature(fn), Want: want}
	}
	return a.Package.results(out, fn, a.result, want)
}

// merge compares Merge, which a type may have.
func (a *aggregate) merge(out *ir.GoFunc) *Mismatch {
	fn := a.method("Merge")
	if fn == nil {
		return nil
	}
	sig := fn.Type().(*gotypes.Signature)
	results := sig.Results()
	fits := sig.Params().Len() == 1 && !sig.Variadic() && gotypes.Identical(sig.Params().At(0).Type(), gotypes.NewPointer(a.named)) && keeps(sig) &&
		(results.Len() == 0 || results.Len() == 1 && isError(results.At(0).Type()))
	if !fits {
		own := strings.TrimPrefix(strings.TrimSuffix(a.receiver(), ") "), "func (a ")
		return &Mismatch{Message: "method Merge does not take another " + a.obj.Name() + ", as what makes two into one", Param: -1, Go: a.At(fn), Label: a.signature(fn),
			Want: a.receiver() + "Merge(other " + own + ")"}
	}
	out.Aggregate.Merge, out.Aggregate.MergeFails = true, results.Len() == 1
	return nil
}

// typeArguments says what a generic type is made for.
func (a *aggregate) typeArguments(out *ir.GoFunc) *Mismatch {
	if param := a.unsaid(a.named.Origin().TypeParams()); param != nil {
		return a.fail("nothing that " + a.obj.Name() + " is given says what its " + param.Obj().Name() + " is")
	}
	for param := range a.named.Origin().TypeParams().TypeParams() {
		for _, name := range sorted(a.vars.of) {
			if a.vars.of[name] == param {
				out.Aggregate.TypeArgs = append(out.Aggregate.TypeArgs, &ir.GoType{Type: &types.Type{Kind: types.Var, Name: name}, Own: true})
			}
		}
	}
	if len(out.Aggregate.TypeArgs) < a.named.Origin().TypeParams().Len() {
		return a.fail("a type parameter of " + a.obj.Name() + " is no type variable of the aggregate's")
	}
	return nil
}
