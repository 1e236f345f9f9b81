// Package ir is a checked topology: every name resolved, every expression typed,
// every grouping proven. It is all that codegen sees; syntax stops before it.
//
// Invariants (the checker upholds them, codegen relies on them): expressions have
// types without Invalid and Var; implicit conversions are written out; names are
// valid Go identifiers' raw material ([A-Za-z_][A-Za-z0-9_]*) and unique in their scope;
// Locals are numbered uniquely within a component.
package ir

import (
	"slices"
	"time"

	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/source"
)

// Program is a whole checked topology.
type Program struct {
	Name       string
	Doc        string
	Guarantee  string // "none", "at-least-once", "exactly-once"
	Settings   Settings
	Params     []*Param
	Funcs      []*Func      // written in the language, those that are needed, each behind the ones it calls
	Components []*Component // in topological order: sources before their consumers, loops left out; ties in the order of the text
	Edges      []*Edge      // ordered by consumer, input, source
	Paths      []*Path      // the ways from each spout to each sink that it reaches, in the order of the text, shorter ones first
	Files      []*source.File
	Go         *GoCode  // nil where the topology names no Go code
	Queries    []*Query // in the order of the text
	Tests      []*Test
	TestFuncs  []*Func // Funcs, and those that only tests need; each behind the ones it calls
	Notes      []Note  // what optimisations have done, in their order
}

// Settings are what the header says beside the guarantee; what it does not say is zero. Where a param says it, not nil here, it is that
// param's default, zero where it has none.
type Settings struct {
	BatchTuples int64         // of `batch 1000`
	BatchAge    time.Duration // of `batch 100ms`
	Timeout     time.Duration
	Pending     int64
	Attempts    int
	Workers     int

	BatchTuplesParam, BatchAgeParam, TimeoutParam, PendingParam, AttemptsParam, WorkersParam *Param
}

// Path is a way from a spout to a sink, and what the topology holds along it.
type Path struct {
	Way       []*Component // spout first
	More      bool         // there are more ways between the two than are listed
	Guarantee string       // the strongest that can hold on it, whatever the header asks for
	Weakest   *Component   // whose fault it is that it is not exactly-once; nil where it is
	Why       string       // as a sentence without its full stop; "" where Weakest is nil
}

// Param is a setting given when the binary runs.
type Param struct {
	Name    string
	Doc     string
	Type    *types.Type // bool, int, float, decimal, string, duration, time, an enum, or a list of one of them
	Secret  bool
	Default Expr // constant; nil where the user must give a value
	// Choices are, for a text, all that it may be: what every component that is given it knows. None: any text.
	Choices []string
	// For are who decided that: "argument format of sink out".
	For []string
	// Bounds are what an int or a duration lies within, by what it is used for; the binary looks before anything starts.
	Bounds []Bound
	Span   source.Span
}

// Bound is what a number, or a duration in nanoseconds, lies within.
type Bound struct {
	Least, Most int64
	Use         string // "the number of tasks"
	Of          string // whose, "" of the topology's
}

// Within adds a bound.
func (p *Param) Within(b Bound) {
	if !slices.Contains(p.Bounds, b) {
		p.Bounds = append(p.Bounds, b)
	}
}

// Kind is spout, bolt or sink.
type Kind string

// The kinds of components.
const (
	Spout Kind = "spout"
	Bolt  Kind = "bolt"
	Sink  Kind = "sink"
)

// Component is one spout, bolt or sink.
type Component struct {
	Name   string
	Kind   Kind
	Doc    string
	Span   source.Span // of the whole declaration
	NameAt source.Span
	Tasks  int
	// Durable says that a log stands in front of a spout that can't replay; Accepts, that a sink may get tuples twice.
	Durable, Accepts bool
	Placing          Placing
	Retry            *Retry // nil: a tuple that fails is not tried again
	// Timeout is how long each call to what lies outside may take, a duration out of constants and params; nil: as long as it takes.
	Timeout Expr
	// TasksParam, where not nil, gives the number of tasks when the binary runs; Tasks is then its default, 1 where it has none.
	TasksParam *Param
	Inputs     []*Input
	Outputs    []*Stream
	Body       *Body // of a bolt with statements
	Call       *Call // of a component found in a library
	// Go is set of a component in a user's Go package, also of one that is found in a user's library, but for those that take or give columns. Its tuples
	// are then those of Call.TupleArgs.
	Go  *GoPart
	Box *Box // the instance of a graph that it is a part of; nil where it stands by itself
}

// Placing is what options say about where and how a component's tasks run. It takes effect with more than one worker.
type Placing struct {
	Near    *Component    // its tasks run where this one's do; nil where nothing is said
	Isolate bool          // its tasks share their worker with no other component
	CPU     int           // percent of a core for each task; 0 where nothing is said
	Memory  int64         // bytes for each task; 0 where nothing is said
	Idle    time.Duration // of a spout: after this silence it keeps nobody waiting; 0 where nothing is said
}

// Any reports whether anything is said.
func (p Placing) Any() bool {
	return p.Near != nil || p.Isolate || p.CPU != 0 || p.Memory != 0 || p.Idle != 0
}

// Many reports whether the component has, or may have, more than one task.
func (c *Component) Many() bool { return c.Tasks > 1 || c.TasksParam != nil }

// Box is an instance of a graph: its components are drawn as one.
type Box struct {
	Name  string // x, of the components x.split and x.count
	Graph string
	Doc   string
	Span  source.Span
	Outer *Box // that it is a part of
}

// Retry is `retry 3 backoff 100ms`.
type Retry struct {
	Times      int
	TimesParam *Param // where not nil, it gives the number, and Times is its default, 0 where it has none
	Backoff    Expr   // a duration out of constants and params
}

// Input is one named input of a component. Tuples of all its edges have the same schema.
type Input struct {
	Index  int
	Alias  string
	Fields []types.Field
	// Bunched says that the rows of its tuples' keys are looked up some at a time.
	Bunched bool
}

// Stream is one output of a component.
type Stream struct {
	From   *Component
	Name   string // "" for the unnamed output
	Fields []types.Field
	Latest []int // indexes of the `latest by` fields; empty for append streams
	Time   *Time // nil where its tuples have no time but the clock's
	Span   source.Span
	// Failed says that this is the component's stream `.failed`: what it could not do. It is there where somebody reads it.
	Failed bool
	// Chosen says that Go chooses the task of its tuples on some edge: an emit can fail then.
	Chosen bool
}

// Time is where a stream's tuples have their time.
type Time struct {
	Field int // of the stream
	// Own says that the stream declares it: how far its time has come follows from its own tuples. Otherwise it is as far as that of what they are made of.
	Own      bool
	Lateness Expr // of an Own one: a duration out of constants and params; nil: none
	// Behind is how far the tuples may lie behind the time of what they are made of, where they are told of late: a duration out of constants and params; nil: not at all.
	Behind Expr
	// Lasting says of rows that are of windows, told of when these are over, how long a window lasts that begins with the tuple's time: who puts single tuples together by time waits so long for them.
	Lasting Expr
	// Clock says of an Own one that the field has the time at which a tuple is emitted. Step is how exactly that is asked for, a constant; 0 where it is not known.
	Clock bool
	Step  time.Duration
	// Window, where not nil, says that the field is when a window begins that is so long, a duration out of constants and params; the tuple's time is the
	// last nanosecond of it.
	Window Expr
}

// FullName is `count` or `parse.ok`.
func (s *Stream) FullName() string {
	if s.Name == "" {
		return s.From.Name
	}
	return s.From.Name + "." + s.Name
}

// GroupingKind says how tuples of an edge spread over tasks.
type GroupingKind string

// The groupings that this version compiles.
const (
	ByShuffle GroupingKind = "shuffle"
	ByFields  GroupingKind = "fields"
	ByAll     GroupingKind = "all"
	ByGlobal  GroupingKind = "global"
	ByLocal   GroupingKind = "local"
	ByPartial GroupingKind = "partial" // the less loaded of two tasks of a key
	ByDirect  GroupingKind = "direct"  // each emit names the task
	ByGo      GroupingKind = "go"      // a Go function names the task
)

// Edge carries one stream into one input.
type Edge struct {
	ID       int // position in Program.Edges
	Stream   *Stream
	To       *Component
	Input    *Input
	Grouping GroupingKind
	Go       *GoGrouping // of ByGo
	Keys     []int       // indexes into Stream.Fields, of a fields or partial grouping
	Combine  *Combine    // nil where each tuple travels by itself
	// Where, where not nil, says which tuples take the edge: a condition that can't fail, over the stream's fields (a FieldRef's Input is
	// nil). No program has one as it is written.
	Where Expr
	// Loop, where not nil, says that the edge closes a cycle: how often a tuple may have passed loops of its cycle to pass
	// this one. It is an int, a *Const or a *ParamRef.
	Loop Expr
	// Fused says that task n of To runs in the goroutine of the sender's task n, which processes what it emits at once: optimise.
	Fused bool
	// InCycle says that the edge leads from one component of a cycle to another: its tuples know how often they went round.
	InCycle bool
	// As is what the stream is called where the edge reads it, where that is the output of a graph's instance: "once.again".
	As   string
	Span source.Span
}

// Row is what travels over the edge.
func (e *Edge) Row() *Stream {
	if e.Combine != nil {
		return e.Combine.Row
	}
	return e.Stream
}

// Combine says that the tuples of a key are made one row before they take a `fields` edge. No program has one as it is written.
type Combine struct {
	Row   *Stream // its fields are the keys, then the parts
	Keys  []int   // for each key, its index into the fields of the edge's stream
	Parts []CombinePart
}

// CombinePart is a number that is made of those of many tuples.
type CombinePart struct {
	Op    string // + min max
	Value Expr   // of a tuple: an int or a duration that can't fail, over the stream's fields as in Edge.Where
}

// Call is a component implemented by a library's Go type. The generated code makes
// &pkg.GoType{Arg: value, ...} and drives it through runtime/component.
type Call struct {
	Library string // "file": the name it was called by
	Name    string // "lines"
	// Standard says that the library is topo's, not one of the user's.
	Standard bool
	GoPkg    string // import path
	GoType   string // "Lines"
	Args     []*CallArg
	// TupleArgs are the `per tuple` arguments: computed for each tuple, handed over as columns after the tuple's own.
	TupleArgs []*CallArg
	// AnyInput says that the sink takes tuples of any schema: it gets columns. Otherwise rows of a Go struct of its package, named GoType+"Row".
	// AnyOutput says the same of a spout's output.
	AnyInput, AnyOutput bool
	// Objects says that a spout with AnyOutput hands over JSON objects as text, for code that is made for its stream.
	Objects bool
	// RowFields are the library's names of the fields of a spout's output, where it says them: the topology may have named one otherwise.
	RowFields  []string
	Replayable bool // the spout can replay
	Commits    bool // what the sink writes is seen with the commit of its batch, or not at all
	// Idempotent names the argument by whose field a sink overwrites: written twice is written once. "" where it is not so.
	Idempotent string
	Span       source.Span
}

// CallArg is one argument; Field the Go field to set.
type CallArg struct {
	Name  string
	Field string // exported Go name
	Value Expr   // nil where FieldIndex is used
	// Type, of a user's library, says how the value is handed over; nil: as it is.
	Type *GoType
	// FieldIndex is the column of a `key field` argument (Go type int), else -1.
	FieldIndex int
}

// Body is a bolt's statements.
type Body struct {
	States []*State
	Store  *Store   // where the states lie; nil: in the engine
	On     []*Block // by input index; nil where an input has no handler (never in a checked program)
	Finish *Block   // `finish { }`, or nil
	// FinishPer is `finish per k { }`, run once for each live key; its key fields are the locals.
	FinishPer *FinishPer
	Timers    []*Timer // in the order of the text
	// Mark, where not nil, is the state in which the bolt keeps how far the time of its tuples has come: nanoseconds since 1970, set from outside.
	Mark *State
}

// Store is where the states of a bolt lie, if not in the engine: in what a library's store keeps.
type Store struct {
	Call *Call
	Mode string // opaque, transactional, plain
	Text string // as it is written: `sqlite(path: db)`
}

// TimerKind says when a timer's block runs.
type TimerKind int

// The kinds of timers.
const (
	Every    TimerKind = iota // `every D { }`
	EveryPer                  // `every D per k { }`: for each live key
	After                     // `after D { }`: D after a key's last tuple
	AtMark                    // when the Mark has come to Delay behind the time that is part Start of a key: the key ends then
)

// Timer is a block that runs at times.
type Timer struct {
	Kind  TimerKind
	Delay Expr // a duration out of constants and params
	Start int  // of AtMark
	// Due, of AtMark, is instead of Delay and Start a PerKey int that says when the key is looked at: where the Mark has come to it, Block runs and, whatever became of it, Then, which
	// sets Due anew; a key whose Due is the last time there is then ends.
	Due  *State
	Then *Block
	// Aligned says of Every and EveryPer that it runs at whole multiples of its delay since 1970, and not since the task began.
	Aligned bool
	Frames  *Frames  // of AtMark: its keys are parts of windows; nil: each is one of its own
	Keys    []*Local // of EveryPer, AtMark and After: set to the key's fields
	Block   *Block
	Span    source.Span // of `every D`, `after D`
}

// Blocks are the blocks that the timer runs.
func (t *Timer) Blocks() []*Block {
	if t.Then != nil {
		return []*Block{t.Block, t.Then}
	}
	return []*Block{t.Block}
}

// Frames says that what ends AtMark are windows that overlap, each of some keys that differ in the part Start only: slices of time. The block runs for a window, whose states are
// those of its slices, merged; Start's local is when it begins. A slice is deleted when no window holds it any more.
type Frames struct {
	Size, Every Expr // durations out of constants and params: how long a window is, and how often one ends
	// Growing says that windows follow one another, and each is told every so often while it grows. Otherwise they begin every so often.
	Growing bool
	// Session says that windows are sessions instead: Size is the silence behind which one ends, Every nil. The part Start of a key is then by which time one is known, and when its first and
	// last tuple were is in First and Last; Rows counts them. Late tells the handler whether its tuple comes too late for any.
	Session           bool
	First, Last, Rows *State
	Late              *Local
	Merge             *Block // adds the states of one slice, each the one that has it in Of, to those of the window
	End               *Local // when the window ends; nil where nobody asks
}

// FinishPer runs Block for each live key of the component's keyed state.
type FinishPer struct {
	Keys  []*Local // set to the key's fields
	Block *Block
}

// Scope says how many of a state there are.
type Scope int

// The scopes of a state.
const (
	PerKey Scope = iota
	Shared
	PerTask
	PerTest // of fakes only: one in the whole test
)

// State is one `state` declaration.
type State struct {
	Name    string
	Type    *types.Type
	Scope   Scope
	Key     []types.Field // of PerKey: name and type; all keyed states of a component have the same key
	Initial Expr          // constant; nil: the zero value
	Of      *State        // in Frames.Merge: of the slice that is added, the state that it is; such stand in no Body
	TTL     Expr          // of PerKey: a duration out of constants and params, after which what was not written is as it began; nil: it stays
	Span    source.Span
}

// KeyNames returns the names of the fields that an edge groups by.
func (e *Edge) KeyNames() []string {
	out := make([]string, len(e.Keys))
	for i, k := range e.Keys {
		out[i] = e.Stream.Fields[k].Name
	}
	return out
}

// InputKeys returns, for keyed state, which fields of the input hold the key, in the key's order.
// The checker has proven that the input is grouped by these, or by some of them.
func (s *State) InputKeys(in *Input) []int {
	keys := make([]int, len(s.Key))
	for i, k := range s.Key {
		keys[i] = -1
		for j, f := range in.Fields {
			if f.Name == k.Name {
				keys[i] = j
			}
		}
	}
	return keys
}

// Func is a function: one of a library that is implemented in Go, one that codegen writes by itself, one of a user's Go package,
// or one with a body.
//
// Its Go signature takes the parameters in order, after a context.Context where TakesContext and an *arena.Arena where TakesArena;
// it returns the result, and where the result is optional, (T, error).
type Func struct {
	Name       string
	Params     []types.Field
	Result     *types.Type
	GoPkg      string // import path
	GoName     string
	TakesArena bool
	// TakesContext says that a context.Context comes before all other parameters: it ends when the caller's `timeout` is over.
	TakesContext bool
	// GoSeq, where not "", names a Go function with the same parameters (no arena) that returns an iterator
	// with a method `Next() (T, bool)`, for a list that is only ranged over.
	GoSeq string
	// Builtin, where not "", is written by codegen itself: len, int, float, string, min, max, abs, now, enum (the value that a text names).
	Builtin string
	// Order, of the built-in `sorted`, which gives so many rows of a list of records in their order: what they are ordered by, the number of a field from 1 on, less
	// than 0 where the greatest comes first.
	Order []int
	Pure  bool // false for now(), random(), and what calls them
	// Body is set for a function written in the language; it has no GoName then.
	Body *FuncBody
	// GoRecord is the Go struct of a library function's result, where that is a record or an optional one.
	GoRecord *GoType
	// Go is set for a function of a user's Go package, which is called through code that is generated once for it.
	Go   *GoFunc
	Span source.Span // of the declaration, of a function in Go
	// Fails says that a call may fail the tuple; for a function with a body codegen finds it out, callees first.
	Fails bool
}

// FuncBody is what a function written in the language does. It has no input, no state and no output; Fail in it fails
// the tuple that the caller is at.
type FuncBody struct {
	Params []*Local // in the order of Func.Params
	Block  *Block   // every way through it ends with a Return that has a value, or a Fail
	Span   source.Span
}

// GoTypes, by kind, in generated code: bool, int64, float64, string, []byte, time.Time,
// time.Duration, []T, map[K]V, a struct for a record, an arena.Option[T] for T? in containers and tuples.
