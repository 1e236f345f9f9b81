package codegen

import (
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/lang/source"
)

// fn lowers the statements and expressions of one place that runs: a handler, a finish block,
// a component's arguments. An expression that can fail, or needs a loop or a variable, puts statements before
// itself (add) and stands for what they computed.
type fn struct {
	g    *generator
	comp *ir.Component
	// stmts is the block being written.
	stmts []jen.Code
	temps int
	// loose says that what is emitted now is unanchored.
	loose bool
	// labels begins the names of the labels, of which a function may have none twice.
	labels string
	// uncounted is set for what is no part of the topology: its lines do not count as covered or not.
	uncounted bool

	// fieldOf is code for a field of the current tuple.
	fieldOf func(in *ir.Input, index int) val
	// stateOf is code for a state.
	stateOf func(s *ir.State) val
	// paramOf is code for the struct of params, arenaOf for the scratch arena.
	paramOf, arenaOf func() *jen.Statement
	// nowOf is code for the time: the run's clock, which a test may drive.
	nowOf func() *jen.Statement
	// limitOf is code for how long calls to the outside may take, a *task.Limit; nil where none can be said.
	limitOf func() *jen.Statement
	// failed ends the tuple, its reason and place given; it is called with the block to write to.
	failed func(span source.Span, why jen.Code)
	// chosen is code for the task of the tuple that is being emitted, on edges where Go names it.
	chosen map[*ir.Edge]jen.Code
	// failedIn is failed for what failed in a function: its place is known when it runs.
	failedIn func(place, why jen.Code)
	// result returns a value from a function; nil elsewhere.
	result func(v jen.Code)
	// returned leaves the body in good order.
	returned func()
	// emit writes a tuple to the outputs.
	emit func(s *ir.Stream, args []jen.Code)
	// outOf is code for this end of an edge.
	outOf func(e *ir.Edge) *jen.Statement
	// hopOf is code for how often the current tuple went round its cycle; nil where none is current.
	hopOf func() jen.Code
	// originOf is code for the spout's tuple that the current one comes from; nil where that is not known.
	originOf func() jen.Code
	// to is, while an emit that names its task is written, code for the task's number.
	to jen.Code
	// latestKey reports whether args are the state's own key, so that `latest` rows can be found through it;
	// latest is emit for these.
	latestKey func(s *ir.Stream, args []ir.Expr) bool
	latest    func(s *ir.Stream, args []jen.Code)
	// passing says that what fails now may do so for a reason that passes.
	passing bool
	// lasting, where not nil, is code for whether what fails now would fail again although it could pass by its kind.
	lasting jen.Code
	// wrote, where not nil, is told of a state that was assigned to.
	wrote func(s *ir.State)
	// undo, where not nil, is told how to take back a change of a container before it is made.
	undo func(code ...jen.Code)
	// changed are words whose case was changed with their text's: the call that would do it again is left out.
	changed map[*ir.Local]*ir.Func
	// loop is the innermost loop; inSwitch that a switch of ours stands between it and here, which Go's `break` would leave.
	loop     *loop
	inSwitch bool
	// deep says that parts of parts are assigned to in the body.
	deep bool
	// keys are the keys of variables that came with one, by the variable's name.
	keys map[string]*itemKey
	// reads counts how often each local is read: Go refuses variables that are not.
	reads map[*ir.Local]int
}

// val is code for a value; simple code may stand in several places.
type val struct {
	code   jen.Code
	simple bool
}

func simple(code jen.Code) val   { return val{code: code, simple: true} }
func computed(code jen.Code) val { return val{code: code} }

// add appends statements to the block being written.
func (f *fn) add(code ...jen.Code) { f.stmts = append(f.stmts, code...) }

// block returns what write adds, as a block of its own.
func (f *fn) block(write func()) []jen.Code {
	outer := f.stmts
	f.stmts = nil
	write()
	inner := f.stmts
	f.stmts = outer
	return inner
}

// temp returns a fresh name.
func (f *fn) temp(kind string) string {
	f.temps++
	return kind + strconv.Itoa(f.temps)
}

// once makes v simple, through a variable where it is not.
func (f *fn) once(v val) jen.Code {
	if v.simple {
		return v.code
	}
	name := f.temp("tmp")
	f.add(jen.Id(name).Op(":=").Add(v.code))
	return jen.Id(name)
}

// checked writes `tmp, ok := call; if !ok { fail }` and returns tmp.
func (f *fn) checked(call jen.Code, span source.Span, why jen.Code) val {
	v, ok := f.temp("tmp"), f.temp("ok")
	f.add(jen.List(jen.Id(v), jen.Id(ok)).Op(":=").Add(call))
	f.failUnless(jen.Id(ok), span, why)
	return simple(jen.Id(v))
}

// mayPass writes what write does; what fails in it may do so for a reason that passes, where a call reaches outside.
func (f *fn) mayPass(call *ir.Func, write func()) {
	outer := f.passing
	f.passing = call != nil && ir.Passing(call)
	write()
	f.passing = outer
}

// failUnless fails the tuple where ok is false.
func (f *fn) failUnless(ok jen.Code, span source.Span, why jen.Code) {
	f.add(jen.If(jen.Op("!").Add(ok)).Block(f.block(func() { f.failed(span, why) })...))
}

// localName is the Go name of a local: unique, and never a name of ours or of Go's, by its number.
func localName(l *ir.Local) string { return l.Name + "_" + strconv.Itoa(l.ID) }
