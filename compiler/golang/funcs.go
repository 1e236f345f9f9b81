package golang

import (
	"go/ast"
	"go/token"
	gotypes "go/types"
	"reflect"
	"strconv"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/source"
)

const (
	arenaPath     = "github.com/topo-lang/topo/runtime/arena"
	componentPath = "github.com/topo-lang/topo/runtime/component"
	storePath     = "github.com/topo-lang/topo/runtime/store"
)

// Mismatch is where a Go function or type differs from what the topology says of it.
type Mismatch struct {
	Message string
	Param   int         // of a function: the parameter that differs; -1 where it is the result or the whole
	Result  bool        // it is the result
	Input   int         // of a component: the input whose tuples do not fit, or -1
	Output  int         // the output
	Go      source.Span // the place in Go source
	Label   string      // what stands there
	Want    string      // how it would have to be declared
	Way     string      // the way out, where it is another
}

// Help is the way out.
func (m *Mismatch) Help() string {
	if m.Way != "" {
		return m.Way
	}
	return "in Go it would be `" + m.Want + "`"
}

// Exports returns the exported functions, or where types is set the types too, in the order of their names.
func (p *Package) Exports(types bool) []string {
	var out []string
	scope := p.Types.Scope()
	for _, name := range scope.Names() {
		obj := scope.Lookup(name)
		if !obj.Exported() {
			continue
		}
		switch obj.(type) {
		case *gotypes.Func:
			out = append(out, name)
		case *gotypes.TypeName:
			if types {
				out = append(out, name)
			}
		}
	}
	return out
}

// Lookup returns what a name stands for in the package, nil where it is not there.
func (p *Package) Lookup(name string) gotypes.Object { return p.Types.Scope().Lookup(name) }

// At is the place of a name's declaration.
func (p *Package) At(obj gotypes.Object) source.Span { return p.set.Name(obj.Pos(), obj.Name()) }

// FoundFunc is how a Go function, or an aggregate, is called.
type FoundFunc struct {
	Go *ir.GoFunc
	// Constraints are what Go asks of the signature's type variables; one that it asks nothing of is not there.
	Constraints map[string]types.Constraint
}

// Func compares a Go function with a function's signature.
func (p *Package) Func(fn *gotypes.Func, params []types.Field, result *types.Type) (FoundFunc, *Mismatch) {
	p = p.generic()
	sig := fn.Type().(*gotypes.Signature)
	out := &ir.GoFunc{Pkg: p.Path, Name: fn.Name()}
	want := wantFunc(fn.Name(), params, result)
	whole := func(message string) (FoundFunc, *Mismatch) {
		return FoundFunc{}, &Mismatch{Message: message, Param: -1, Go: p.At(fn), Label: p.signature(fn), Want: want}
	}
	if sig.Variadic() {
		return whole("Go function " + fn.Name() + " takes any number of arguments")
	}
	first := 0
	if takesContext(sig) {
		out.Context, first = true, 1
	}
	if sig.Params().Len() > first && isPointerTo(sig.Params().At(first).Type(), arenaPath, "Arena") {
		out.Borrows = true
		first++
	}
	if got := sig.Params().Len() - first; got != len(params) {
		return whole("Go function " + fn.Name() + " takes " + count(got, "parameter") + ", the signature has " + count(len(params), "parameter"))
	}
	for i, param := range params {
		typ, wrong := p.param(fn, first+i, param.Type, want)
		if wrong != nil {
			wrong.Param = i
			return FoundFunc{}, wrong
		}
		out.Params = append(out.Params, typ)
	}
	if param := p.unsaid(sig.TypeParams()); param != nil {
		return whole("no parameter of Go function " + fn.Name() + " says what its " + param.Obj().Name() + " is")
	}
	if wrong := p.results(out, fn, result, want); wrong != nil {
		return FoundFunc{}, wrong
	}
	if result.Kind == types.List && out.Second == "" && len(out.Params) <= maxSeq && out.Result.Elem != nil && (out.Result.Elem.Own || result.Elem.Kind == types.Var) {
		out.Seq, out.SeqPointer = p.seq(fn, sig, first)
		out.SeqGeneric = sig.TypeParams().Len() > 0
	}
	return FoundFunc{out, p.constraints()}, nil
}

// param compares one parameter of a function or method.
func (p *Package) param(fn *gotypes.Func, i int, t *types.Type, want string) (*ir.GoType, *Mismatch) {
	v := fn.Type().(*gotypes.Signature).Params().At(i)
	typ, why := p.fit(t, v.Type(), ToGo)
	if why == nil {
		return typ, nil
	}
	m := &Mismatch{Message: why.Why, Param: -1, Want: want, Go: p.paramAt(fn, i), Label: "Go has " + strings.TrimSpace(v.Name()+" "+p.text(v.Type()))}
	p.point(m, why)
	return nil, m
}

// results compares what a function or method returns with a result, and notes in out how it is taken.
func (p *Package) results(out *ir.GoFunc, fn *gotypes.Func, result *types.Type, want string) *Mismatch {
	sig := fn.Type().(*gotypes.Signature)
	results, what := sig.Results(), "Go function "
	if sig.Recv() != nil {
		what = "method "
	}
	bad := func(message string) *Mismatch {
		return &Mismatch{Message: message, Param: -1, Result: true, Go: p.resultAt(fn), Label: "Go returns " + p.resultText(sig), Want: want}
	}
	switch results.Len() {
	case 1:
	case 2:
		switch second := results.At(1).Type(); {
		case isError(second):
			out.Second = "error"
		case isBasic(second, gotypes.Bool) && result.Kind == types.Optional:
			out.Second = "bool"
		default:
			return bad("the second result of " + what + fn.Name() + " is " + p.text(second))
		}
	default:
		return bad(what + fn.Name() + " returns " + count(results.Len(), "value"))
	}
	of := result
	pointer := gotypes.Unalias(results.At(0).Type())
	if _, ok := pointer.(*gotypes.Pointer); result.Kind == types.Optional && !ok {
		if out.Second == "" {
			return bad(article(result) + " " + result.String() + " is returned as (" + GoText(result.Elem) + ", error), (" + GoText(result.Elem) + ", bool) or *" + GoText(result.Elem))
		}
		of = result.Elem
	}
	typ, why := p.fit(of, results.At(0).Type(), FromGo)
	if why != nil {
		m := bad(why.Why)
		p.point(m, why)
		return m
	}
	out.Result = typ
	return nil
}

// maxSeq is how many parameters a function with an iterator form may have: task.Call1 and its like take so many.
const maxSeq = 2

// seq is the name of a function's iterator form: FieldsSeq of Fields, which takes the same and returns what has a method Next() (T, bool). It is "" where there is
// none.
func (p *Package) seq(fn *gotypes.Func, sig *gotypes.Signature, first int) (name string, pointer bool) {
	other, ok := p.Types.Scope().Lookup(fn.Name() + "Seq").(*gotypes.Func)
	list, isList := gotypes.Unalias(sig.Results().At(0).Type()).Underlying().(*gotypes.Slice)
	if !ok || !isList {
		return "", false
	}
	with := other.Type().(*gotypes.Signature)
	if n := with.TypeParams().Len(); n > 0 && n == sig.TypeParams().Len() {
		// Its type parameters are those of the list's, in their order.
		own := make([]gotypes.Type, n)
		for i := range own {
			own[i] = sig.TypeParams().At(i)
		}
		made, err := gotypes.Instantiate(nil, with, own, true)
		if err != nil {
			return "", false
		}
		with = made.(*gotypes.Signature)
	}
	if with.Variadic() || with.TypeParams().Len() > 0 || sig.TypeParams().Len() != other.Type().(*gotypes.Signature).TypeParams().Len() || with.Results().Len() != 1 || with.Params().Len() != sig.Params().Len()-first {
		return "", false
	}
	for i := range with.Params().Len() {
		if !gotypes.Identical(with.Params().At(i).Type(), sig.Params().At(first+i).Type()) {
			return "", false
		}
	}
	made := with.Results().At(0).Type()
	_, pointer = gotypes.Unalias(made).(*gotypes.Pointer)
	if !pointer {
		made = gotypes.NewPointer(made) // generated code keeps it in a variable
	}
	next := gotypes.NewMethodSet(made).Lookup(p.Types, "Next")
	if next == nil {
		return "", false
	}
	gives, ok := next.Type().(*gotypes.Signature)
	if !ok || gives.Params().Len() != 0 || gives.Results().Len() != 2 || !gotypes.Identical(gives.Results().At(0).Type(), list.Elem()) ||
		!isBasic(gives.Results().At(1).Type(), gotypes.Bool) {
		return "", false
	}
	return other.Name(), pointer
}

// point moves a mismatch to the field of a struct that is to blame.
func (p *Package) point(m *Mismatch, why *Misfit) {
	m.Way = why.Way
	if why.Pos != token.NoPos {
		if at := p.set.Span(why.Pos, why.Pos+token.Pos(why.Len)); !at.IsZero() {
			m.Go, m.Label = at, "this field"
		}
	}
}

func isBasic(t gotypes.Type, kind gotypes.BasicKind) bool {
	b, ok := gotypes.Unalias(t).(*gotypes.Basic)
	return ok && b.Kind() == kind
}

// isNamed reports whether a type is pkg's name.
func isNamed(t gotypes.Type, pkg, name string) bool {
	n, ok := gotypes.Unalias(t).(*gotypes.Named)
	return ok && n.Obj().Name() == name && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == pkg
}

// takesContext reports whether a function's first parameter is a context.Context.
func takesContext(sig *gotypes.Signature) bool {
	return sig.Params().Len() > 0 && isNamed(sig.Params().At(0).Type(), "context", "Context")
}

func isPointerTo(t gotypes.Type, pkg, name string) bool {
	ptr, ok := gotypes.Unalias(t).(*gotypes.Pointer)
	return ok && isNamed(ptr.Elem(), pkg, name)
}

// wantFunc writes the Go signature that a function's asks for.
func wantFunc(name string, params []types.Field, result *types.Type) string {
	parts := make([]string, len(params))
	for i, p := range params {
		parts[i] = goWord(p.Name) + " " + GoText(p.Type)
	}
	var all []*types.Type
	for _, p := range params {
		all = append(all, p.Type)
	}
	all = append(all, result)
	return "func " + name + wantVars(all...) + "(" + strings.Join(parts, ", ") + ") " + wantResult(result)
}

// wantResult writes what Go returns for a result.
func wantResult(t *types.Type) string {
	if t.Kind == types.Optional {
		return "(" + GoText(t.Elem) + ", error)"
	}
	return GoText(t)
}

// goWord is a name of the language as Go spells a parameter's: max_line is maxLine.
func goWord(name string) string {
	parts := strings.Split(name, "_")
	for i, part := range parts {
		if i > 0 && part != "" {
			parts[i] = strings.ToUpper(part[:1]) + part[1:]
		}
	}
	out := strings.Join(parts, "")
	if token.IsKeyword(out) || out == "" {
		out += "_"
	}
	return out
}

// signature writes a function as its source has it.
func (p *Package) signature(fn *gotypes.Func) string {
	return "func " + fn.Name() + strings.TrimPrefix(p.text(fn.Type()), "func")
}

func (p *Package) resultText(sig *gotypes.Signature) string {
	switch sig.Results().Len() {
	case 0:
		return "nothing"
	case 1:
		return p.text(sig.Results().At(0).Type())
	}
	return p.text(sig.Results())
}

// decl finds the syntax of a function or method of a loaded package.
func (p *Package) decl(fn *gotypes.Func) *ast.FuncDecl {
	for _, f := range p.syntax {
		for _, d := range f.Decls {
			if d, ok := d.(*ast.FuncDecl); ok && d.Name.Pos() == fn.Pos() {
				return d
			}
		}
	}
	return nil
}

// paramAt is the place of a function's parameter.
func (p *Package) paramAt(fn *gotypes.Func, i int) source.Span {
	d := p.decl(fn)
	if d == nil {
		return p.At(fn)
	}
	n := 0
	for _, field := range d.Type.Params.List {
		many := max(1, len(field.Names))
		if i < n+many {
			from := field.Pos()
			if len(field.Names) > 0 {
				from = field.Names[i-n].Pos()
			}
			return p.set.Span(from, field.End())
		}
		n += many
	}
	return p.At(fn)
}

// resultAt is the place of a function's results.
func (p *Package) resultAt(fn *gotypes.Func) source.Span {
	d := p.decl(fn)
	if d == nil || d.Type.Results == nil {
		return p.At(fn)
	}
	return p.set.Span(d.Type.Results.Pos(), d.Type.Results.End())
}

// count is `1 parameter`, `2 parameters`.
func count(n int, word string) string {
	switch n {
	case 0:
		return "no " + word + "s"
	case 1:
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}

// Grouping compares a function with `by go`: it is given a tuple and the number of tasks, and names one.
func (p *Package) Grouping(fn *gotypes.Func, fields []types.Field) (*ir.GoGrouping, *Mismatch) {
	sig := fn.Type().(*gotypes.Signature)
	row, text := p.rowType("T", fields, ToGo)
	want := "func " + fn.Name() + "(in " + row + ", tasks int) int"
	if text != "" {
		want += "`, with `" + text
	}
	fail := func(at source.Span, label, message string) (*ir.GoGrouping, *Mismatch) {
		return nil, &Mismatch{Message: message, Param: -1, Input: -1, Output: -1, Go: at, Label: label, Want: want}
	}
	if sig.TypeParams().Len() > 0 || sig.Variadic() || sig.Params().Len() != 2 || !isBasic(sig.Params().At(1).Type(), gotypes.Int) {
		return fail(p.At(fn), p.signature(fn), "it takes the tuple and the number of tasks")
	}
	out := &ir.GoGrouping{Pkg: p.Path, Name: fn.Name()}
	takes, why := p.fitFields(nil, fields, sig.Params().At(0).Type(), ToGo)
	if why != nil {
		_, m := fail(p.paramAt(fn, 0), "Go has "+p.text(sig.Params().At(0).Type()), why.Why)
		p.point(m, why)
		return nil, m
	}
	if sig.Results().Len() != 1 || !isBasic(sig.Results().At(0).Type(), gotypes.Int) {
		return fail(p.resultAt(fn), "Go returns "+p.resultText(sig), "it returns the number of a task, an int from 0")
	}
	out.Takes = takes
	return out, nil
}

// argumentName is what a field is called as an argument: its tag, or MaxLine as max_line.
func argumentName(field, tag string) string {
	if name, ok := reflect.StructTag(tag).Lookup("topo"); ok {
		return name
	}
	var b strings.Builder
	for i, r := range field {
		upper := r >= 'A' && r <= 'Z'
		if upper && i > 0 && (field[i-1] >= 'a' && field[i-1] <= 'z' || i+1 < len(field) && field[i+1] >= 'a' && field[i+1] <= 'z') {
			b.WriteByte('_')
		}
		b.WriteString(strings.ToLower(string(r)))
	}
	return b.String()
}
