package golang

import (
	gotypes "go/types"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/lang/source"
)

// Shape is what a topology says of a component.
type Shape struct {
	Kind    ir.Kind
	Inputs  []*ir.Input
	Outputs []*ir.Stream
}

// finder compares one component with Go.
type finder struct {
	*Package
	shape Shape
	obj   gotypes.Object
	part  *ir.GoPart
	wrong *Mismatch // the first one
	// objects says that it is a component.ObjectSpout.
	objects bool
	// replayable says that such a one, or a component.ColumnSpout, can give tuples again.
	replayable bool
	// commits says that a component.ColumnSink writes with the commit of its epoch.
	commits bool
	// rows are the structs that texts of what is wanted name and the package does not have.
	rows []rowStruct
}

// Component compares a Go function or type with the component that it implements.
func (p *Package) Component(obj gotypes.Object, shape Shape) (*ir.GoPart, *Mismatch) {
	f := &finder{Package: p, shape: shape, obj: obj, part: &ir.GoPart{Pkg: p.Path, Name: obj.Name()}}
	if fn, ok := obj.(*gotypes.Func); ok {
		f.function(fn)
	} else {
		f.typ(obj.(*gotypes.TypeName))
	}
	if f.wrong == nil {
		f.allEmitted()
	}
	if f.wrong != nil {
		return nil, f.wrong
	}
	return f.part, nil
}

// fail notes that the component differs; the first reason counts.
func (f *finder) fail(at source.Span, label, want, message string) *Mismatch {
	m := &Mismatch{Message: message, Param: -1, Input: -1, Output: -1, Go: at, Label: label, Want: f.withRows(want)}
	if f.wrong == nil {
		f.wrong = m
	}
	return m
}

// function takes `func Split(in Line, out *component.Emitter[Word]) error`.
func (f *finder) function(fn *gotypes.Func) {
	f.part.Func = true
	want := "func " + fn.Name() + f.wantCall(0)
	switch {
	case f.shape.Kind == ir.Spout:
		f.fail(f.At(fn), "a function", "type "+fn.Name()+" struct, with "+f.wantNext(), "a spout is a type with a method Next")
	case len(f.shape.Inputs) > 1:
		f.fail(f.At(fn), "a function", "type "+fn.Name()+" struct, with "+f.wantMethod(0), "a function takes one input; with several it is a type with a method for each")
	case fn.Type().(*gotypes.Signature).TypeParams().Len() > 0:
		f.fail(f.At(fn), "generic", want, "Go function "+fn.Name()+" is generic, which a topology can't call")
	default:
		f.part.Calls = append(f.part.Calls, f.call(fn, 0, want))
	}
}

// typ takes a struct with methods.
func (f *finder) typ(name *gotypes.TypeName) {
	named, ok := gotypes.Unalias(name.Type()).(*gotypes.Named)
	if !ok || named.TypeParams().Len() > 0 {
		f.fail(f.At(name), "this type", "type "+name.Name()+" struct", "a component is a struct with methods, not this type")
		return
	}
	if _, ok := named.Underlying().(*gotypes.Struct); !ok {
		f.fail(f.At(name), "this type", "type "+name.Name()+" struct", "a component is a struct with methods, and "+name.Name()+" is no struct")
		return
	}
	methods := gotypes.NewMethodSet(gotypes.NewPointer(named))
	method := func(is func(name string) bool) *gotypes.Func {
		for m := range methods.Methods() {
			if fn, ok := m.Obj().(*gotypes.Func); ok && fn.Exported() && is(fn.Name()) {
				return fn
			}
		}
		return nil
	}
	exact := func(want string) *gotypes.Func { return method(func(name string) bool { return name == want }) }
	f.part.Open = f.plainMethod(exact("Open"), "Open(ctx *component.Context) error", true, func(sig *gotypes.Signature) bool {
		return sig.Params().Len() == 1 && isPointerTo(sig.Params().At(0).Type(), componentPath, "Context")
	}) != ""
	none := func(sig *gotypes.Signature) bool { return sig.Params().Len() == 0 }
	write := exact("Write")
	switch {
	case f.shape.Kind == ir.Spout:
		f.close(exact("Close"), false)
		f.next(exact("Next"))
		f.part.Replayable = f.replays(exact)
		return
	case f.shape.Kind == ir.Sink && write != nil:
		f.close(exact("Close"), true)
		f.part.Flush = f.plainMethod(exact("Flush"), "Flush() error", true, none) != ""
		f.part.Keeps, f.part.Commits = exact("KeepsState") != nil, commits(exact)
		f.write(write)
		return
	}
	f.close(exact("Close"), false)
	f.part.Keeps, f.part.Saved = exact("KeepsState") != nil, saves(exact)
	f.part.Commits = f.shape.Kind == ir.Sink && commits(exact)
	for i, in := range f.shape.Inputs {
		on := method(func(name string) bool { return plain(name) == "on"+plain(in.Alias) })
		if on == nil && len(f.shape.Inputs) == 1 {
			on = exact("Process")
		}
		if on == nil {
			what := "On" + exported(in.Alias)
			if len(f.shape.Inputs) == 1 {
				what = "Process"
			}
			f.fail(f.At(name), "this type", f.wantMethod(i), "type "+name.Name()+" has no method "+what+" for the tuples of input "+in.Alias).Input = i
			return
		}
		f.part.Calls = append(f.part.Calls, f.call(on, i, f.wantMethod(i)))
	}
	f.timed(exact("Due"), exact("Tick"))
	if finish := exact("Finish"); finish != nil {
		f.part.Finish = f.call(finish, atEnd, f.receiver()+"Finish"+f.wantCall(atEnd))
	}
}

// saves reports whether a type says how what it keeps is written and read.
func saves(exact func(string) *gotypes.Func) bool {
	is := func(name, want string) bool {
		fn := exact(name)
		return fn != nil && plainSignature(fn.Type().(*gotypes.Signature)) == want
	}
	return is("MarshalBinary", "() ([]byte, error)") && is("UnmarshalBinary", "([]byte) error") ||
		is("Changes", "([]byte, bool) ([]byte, error)") && is("Restore", "([]byte) error") && is("Shape", "() string")
}

// commits reports whether a sink's type is a component.Commits.
func commits(exact func(string) *gotypes.Func) bool {
	for _, m := range [][2]string{{"Prepare", "([]byte) ([]byte, error)"}, {"Release", "([]byte) error"}, {"Mark", "([]byte) ([]byte, error)"}, {"Resume", "([]byte) error"}, {"Recovered", "() error"}, {"Sync", "() error"}} {
		fn := exact(m[0])
		if fn == nil || plainSignature(fn.Type().(*gotypes.Signature)) != m[1] {
			return false
		}
	}
	return true
}

// plainSignature is a signature without the names of its parameters.
func plainSignature(sig *gotypes.Signature) string {
	bare := func(t *gotypes.Tuple) *gotypes.Tuple {
		var all []*gotypes.Var
		for v := range t.Variables() {
			all = append(all, gotypes.NewParam(v.Pos(), nil, "", gotypes.Unalias(v.Type())))
		}
		return gotypes.NewTuple(all...)
	}
	text := gotypes.TypeString(gotypes.NewSignatureType(nil, nil, nil, bare(sig.Params()), bare(sig.Results()), sig.Variadic()), nil)
	return strings.TrimPrefix(text, "func")
}

// timed compares Due and Tick, of which a component has both or none.
func (f *finder) timed(due, tick *gotypes.Func) {
	if due == nil || tick == nil {
		if tick != nil {
			f.fail(f.At(tick), "this method", f.receiver()+"Due() (time.Time, bool)", "type "+f.obj.Name()+" has a method Tick, and none that says when it is due")
		}
		return // Due alone is some other thing
	}
	sig := due.Type().(*gotypes.Signature)
	if sig.Params().Len() != 0 || sig.Results().Len() != 2 || !isNamed(sig.Results().At(0).Type(), "time", "Time") || !isBasic(sig.Results().At(1).Type(), gotypes.Bool) {
		f.fail(f.At(due), f.signature(due), f.receiver()+"Due() (time.Time, bool)", "method Due of "+f.obj.Name()+" is another one than topo's")
		return
	}
	want := f.receiver() + "Tick" + strings.Replace(f.wantCall(atTime), "(", "(now time.Time, ", 1)
	sig = tick.Type().(*gotypes.Signature)
	if sig.Params().Len() == 0 || !isNamed(sig.Params().At(0).Type(), "time", "Time") {
		f.fail(f.At(tick), f.signature(tick), want, "method Tick of "+f.obj.Name()+" does not take the time first")
		return
	}
	f.part.Tick = f.call(tick, atTime, want)
}

// plainMethod compares a method that a component may have, and says how it ends: "" where it is not there, "error" or "nothing".
func (f *finder) plainMethod(fn *gotypes.Func, want string, needsError bool, fits func(sig *gotypes.Signature) bool) string {
	if fn == nil {
		return ""
	}
	sig := fn.Type().(*gotypes.Signature)
	ends := "nothing"
	ok := sig.Results().Len() == 0 && !needsError
	if sig.Results().Len() == 1 && isError(sig.Results().At(0).Type()) {
		ok, ends = true, "error"
	}
	if !ok || !fits(sig) || sig.Variadic() {
		f.fail(f.At(fn), f.signature(fn), f.receiver()+want, "method "+fn.Name()+" of "+f.obj.Name()+" is another one than topo's")
		return ""
	}
	return ends
}

// close compares Close; a sink's may be told whether its input was whole.
func (f *finder) close(fn *gotypes.Func, complete bool) {
	want := "Close() error"
	if complete {
		want = "Close(complete bool) error"
	}
	f.part.Close = f.plainMethod(fn, want, false, func(sig *gotypes.Signature) bool {
		f.part.CloseComplete = complete && sig.Params().Len() == 1 && isBasic(sig.Params().At(0).Type(), gotypes.Bool)
		return sig.Params().Len() == 0 || f.part.CloseComplete
	})
}

func isError(t gotypes.Type) bool {
	return gotypes.Identical(t, gotypes.Universe.Lookup("error").Type())
}

// emitterOf returns T of a *component.Emitter[T], nil where it is none.
func emitterOf(t gotypes.Type) gotypes.Type {
	ptr, ok := gotypes.Unalias(t).(*gotypes.Pointer)
	if !ok || !isNamed(ptr.Elem(), componentPath, "Emitter") {
		return nil
	}
	named := gotypes.Unalias(ptr.Elem()).(*gotypes.Named)
	if named.TypeArgs().Len() != 1 {
		return nil
	}
	return named.TypeArgs().At(0)
}

// What call is given in an input's place: nothing comes first, or the time does.
const (
	atEnd  = -1
	atTime = -2
)

// call compares a function or method that is called for each tuple of an input, at the end, or at a time.
func (f *finder) call(fn *gotypes.Func, input int, want string) *ir.GoCall {
	sig := fn.Type().(*gotypes.Signature)
	out := &ir.GoCall{Name: fn.Name()}
	first := 0
	if sig.Variadic() {
		f.fail(f.At(fn), f.signature(fn), want, fn.Name()+" takes any number of arguments")
		return out
	}
	if input != atTime && takesContext(sig) {
		out.Context, first = true, 1
	}
	if input >= 0 {
		if sig.Params().Len() == first || emitterOf(sig.Params().At(first).Type()) != nil {
			f.fail(f.At(fn), f.signature(fn), want, fn.Name()+" does not take the tuple first").Input = input
			return out
		}
		in := f.shape.Inputs[input]
		v := sig.Params().At(first)
		typ, why := f.fitFields(nil, in.Fields, v.Type(), ToGo)
		if why != nil {
			m := f.fail(f.paramAt(fn, first), "Go has "+strings.TrimSpace(v.Name()+" "+f.text(v.Type())), want, why.Why)
			m.Input = input
			f.point(m, why)
			return out
		}
		out.Takes = typ
		first++
	}
	if input == atTime {
		first = 1
	}
	for i := first; i < sig.Params().Len(); i++ {
		v := sig.Params().At(i)
		row := emitterOf(v.Type())
		if row == nil {
			f.fail(f.paramAt(fn, i), "Go has "+strings.TrimSpace(v.Name()+" "+f.text(v.Type())), want, "parameter "+v.Name()+" of "+fn.Name()+" is no *component.Emitter")
			return out
		}
		at := f.outputOf(v, out)
		if at < 0 {
			message := "parameter " + v.Name() + " of " + fn.Name() + " emits to no output"
			if len(f.shape.Outputs) > 1 {
				message += ": with several outputs, emitters have their names"
			}
			f.fail(f.paramAt(fn, i), "this emitter", want, message)
			return out
		}
		typ, why := f.fitFields(nil, f.shape.Outputs[at].Fields, row, FromGo)
		if why != nil {
			m := f.fail(f.paramAt(fn, i), "this emitter", want, why.Why)
			m.Output = at
			f.point(m, why)
			return out
		}
		out.Emits = append(out.Emits, ir.GoEmit{Output: at, Row: typ})
	}
	switch results := sig.Results(); {
	case results.Len() == 0:
	case results.Len() == 1 && isError(results.At(0).Type()):
		out.Error = true
	default:
		f.fail(f.resultAt(fn), "Go returns "+f.resultText(sig), want, fn.Name()+" returns an error or nothing; tuples are emitted")
	}
	return out
}

// outputOf finds the output that an emitter is for: the one there is, or that of its name.
func (f *finder) outputOf(v *gotypes.Var, call *ir.GoCall) int {
	at := -1
	if len(f.shape.Outputs) == 1 {
		at = 0
	}
	for i, o := range f.shape.Outputs {
		if o.Name != "" && plain(o.Name) == plain(v.Name()) {
			at = i
		}
	}
	for _, e := range call.Emits {
		if e.Output == at {
			return -1
		}
	}
	return at
}

// allEmitted: an output that nothing emits to would be a promise that nobody keeps.
func (f *finder) allEmitted() {
	if f.shape.Kind == ir.Spout {
		return
	}
	calls := f.part.Calls
	for _, more := range []*ir.GoCall{f.part.Finish, f.part.Tick} {
		if more != nil {
			calls = append(calls[:len(calls):len(calls)], more)
		}
	}
	for i, o := range f.shape.Outputs {
		found := false
		for _, c := range calls {
			for _, e := range c.Emits {
				found = found || e.Output == i
			}
		}
		if !found {
			want := "func " + f.obj.Name() + f.wantCall(0)
			if !f.part.Func {
				want = f.wantMethod(0)
			}
			name := "its output"
			if o.Name != "" {
				name = "output " + o.Name
			}
			f.fail(f.At(f.obj), "nothing here takes an emitter for it", want, "Go's "+f.obj.Name()+" never emits to "+name).Output = i
			return
		}
	}
}

// next compares a spout's Next.
func (f *finder) next(fn *gotypes.Func) {
	if fn == nil {
		f.fail(f.At(f.obj), "this type", f.wantNext(), "type "+f.obj.Name()+" has no method Next, so it is no spout")
		return
	}
	sig := fn.Type().(*gotypes.Signature)
	var row gotypes.Type
	if sig.Params().Len() == 2 && isNamed(sig.Params().At(0).Type(), "context", "Context") {
		row = emitterOf(sig.Params().At(1).Type())
	}
	if row == nil || sig.Results().Len() != 1 || !isError(sig.Results().At(0).Type()) {
		f.fail(f.At(fn), f.signature(fn), f.wantNext(), "method Next of "+f.obj.Name()+" is another one than a spout's")
		return
	}
	if len(f.shape.Outputs) != 1 {
		f.fail(f.At(fn), "one emitter", f.wantNext(), "a spout in Go has one output").Output = len(f.shape.Outputs) - 1
		return
	}
	typ, why := f.fitFields(nil, f.shape.Outputs[0].Fields, row, FromGo)
	if why != nil {
		m := f.fail(f.paramAt(fn, 1), "this emitter", f.wantNext(), why.Why)
		m.Output = 0
		f.point(m, why)
		return
	}
	f.part.Rows = typ
}

// write compares a sink's Write.
func (f *finder) write(fn *gotypes.Func) {
	sig := fn.Type().(*gotypes.Signature)
	want := f.receiver() + "Write(rows []" + f.row(exported(f.shape.Inputs[0].Alias), f.shape.Inputs[0].Fields, ToGo) + ") error"
	var rows *gotypes.Slice
	if sig.Params().Len() == 1 {
		rows, _ = gotypes.Unalias(sig.Params().At(0).Type()).(*gotypes.Slice)
	}
	if rows == nil || sig.Results().Len() != 1 || !isError(sig.Results().At(0).Type()) {
		f.fail(f.At(fn), f.signature(fn), want, "method Write of "+f.obj.Name()+" is another one than a sink's")
		return
	}
	if len(f.shape.Inputs) != 1 {
		f.fail(f.At(fn), "takes the rows of one input", want, "a sink with a method Write has one input").Input = 1
		return
	}
	typ, why := f.fitFields(nil, f.shape.Inputs[0].Fields, rows.Elem(), ToGo)
	if why != nil {
		m := f.fail(f.paramAt(fn, 0), "Go has "+f.text(rows), want, why.Why)
		m.Input = 0
		f.point(m, why)
		return
	}
	f.part.Rows = typ
}
