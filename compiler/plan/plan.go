// Package plan says what will run, for people and for programs.
//
// In comes a checked ir.Program; out comes a Plan: the logical plan (components, streams with their schemas,
// edges with their groupings) and what follows for the run, the physical plan (tasks, queues, which edges carry a
// hash, which replace what waits). It holds texts and numbers only, so its JSON is the whole of it: a plan
// read back is the same plan.
//
// The same program gives the same bytes. The JSON's fields are stable: new ones may come, none changes its
// meaning; Format counts up if that ever has to break.
package plan

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/source"
)

// Format is the version of the JSON form.
const Format = 1

// Plan is what will run.
type Plan struct {
	Format     int         `json:"format"`
	Topology   string      `json:"topology"`
	Doc        string      `json:"doc,omitempty"`
	Guarantee  string      `json:"guarantee"`
	Settings   *Settings   `json:"settings,omitempty"`
	Params     []Param     `json:"params"`
	Graphs     []Graph     `json:"graphs,omitempty"` // instances of graphs, in the order of their components
	Components []Component `json:"components"`       // sources before their readers
	Edges      []Edge      `json:"edges"`
	Tasks      int         `json:"tasks"` // of all components
	// Goroutines are fewer than tasks where chains of components run as one; 0 where none do.
	Goroutines int `json:"goroutines,omitempty"`
	// Paths say for each spout and each sink that it reaches what can hold between them. Without a guarantee there are none.
	Paths []Path `json:"paths,omitempty"`
	// Notes say what of the topology does not take effect in this version.
	Notes []string `json:"notes,omitempty"`
	// Optimised says what runs otherwise than it is written, and what does not although one may expect it.
	Optimised []Optimisation `json:"optimised,omitempty"`
}

// Optimisation is what one optimisation did in one place.
type Optimisation struct {
	Pass  string `json:"pass,omitempty"`
	What  string `json:"what"`
	Why   string `json:"why,omitempty"`
	Left  bool   `json:"left,omitempty"`  // nothing was done
	Place string `json:"place,omitempty"` // wordcount.topo:12
}

// Settings are what the header says beside the guarantee; what it does not say is left out.
type Settings struct {
	BatchTuples int64  `json:"batchTuples,omitempty"`
	BatchAge    string `json:"batchAge,omitempty"`
	Timeout     string `json:"timeout,omitempty"`
	Pending     int64  `json:"pending,omitempty"`
	Attempts    int    `json:"attempts,omitempty"`
	Workers     int    `json:"workers,omitempty"`
	// Params are the params that give some of them, by the names above; what stands there is then the default.
	Params map[string]string `json:"params,omitempty"`
}

// Path is a way from a spout to a sink.
type Path struct {
	Way       []string `json:"way"`               // spout first
	Guarantee string   `json:"guarantee"`         // the strongest that can hold on it
	Weakest   string   `json:"weakest,omitempty"` // the component that it fails exactly-once at
	Why       string   `json:"why,omitempty"`
	More      bool     `json:"more,omitempty"` // there are more ways into its sink than are listed
}

// Param is a setting given when the binary runs.
type Param struct {
	Name    string  `json:"name"`
	Type    string  `json:"type"`
	Doc     string  `json:"doc,omitempty"`
	Secret  bool    `json:"secret,omitempty"`
	Default *string `json:"default,omitempty"` // as it is written; null where a value must be given
}

// Graph is an instance of a graph: the components whose `in` is its name are its parts.
type Graph struct {
	Name  string `json:"name"`
	Graph string `json:"graph"`
	Doc   string `json:"doc,omitempty"`
	Place string `json:"place"`
	In    string `json:"in,omitempty"` // the instance that it is a part of
}

// Component is one spout, bolt or sink.
type Component struct {
	In    string `json:"in,omitempty"` // the instance of a graph that it is a part of
	Name  string `json:"name"`
	Kind  string `json:"kind"` // spout, bolt, sink
	Doc   string `json:"doc,omitempty"`
	Place string `json:"place"` // wordcount.topo:12
	Tasks int    `json:"tasks"`
	// TasksParam is the param that gives the number of tasks; Tasks is then its default.
	TasksParam string         `json:"tasks_param,omitempty"`
	Options    []string       `json:"options,omitempty"` // durable, accept duplicates, near split, cpu 50, ...
	Runs       Implementation `json:"runs"`
	Inputs     []Input        `json:"inputs"`
	States     []State        `json:"states"`
	Outputs    []Stream       `json:"outputs"`
}

// Implementation says what runs for a component: its statements, or a Go type of a library.
type Implementation struct {
	Statements bool   `json:"statements,omitempty"`
	Call       string `json:"call,omitempty"` // file.lines(path: input)
	Library    string `json:"library,omitempty"`
	Name       string `json:"name,omitempty"`
	Go         string `json:"go,omitempty"` // github.com/topo-lang/topo/stdlib/file.Lines
	Replayable bool   `json:"replayable,omitempty"`
}

// Input is one input of a component.
type Input struct {
	Alias    string   `json:"alias"`
	Sources  []string `json:"sources"`
	Grouping string   `json:"grouping"`       // shuffle, fields, all, global, local, partial, direct, go
	Keys     []string `json:"keys,omitempty"` // of fields and partial
	Schema   []Field  `json:"schema"`
}

// Stream is one output of a component.
type Stream struct {
	Name   string   `json:"name"`   // count, parse.ok
	Output string   `json:"output"` // "" for the unnamed output
	Kind   string   `json:"kind"`   // append, latest
	Keys   []string `json:"keys,omitempty"`
	Schema []Field  `json:"schema"`
}

// Field is a field of a schema.
type Field struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// State is what a bolt keeps.
type State struct {
	Name  string   `json:"name"`
	Type  string   `json:"type"`
	Scope string   `json:"scope"` // key, shared, task
	Key   []string `json:"key,omitempty"`
}

// Edge carries a stream into an input: the seams of a row's way.
type Edge struct {
	ID        int      `json:"id"`
	Stream    string   `json:"stream"`
	To        string   `json:"to"`
	Input     string   `json:"input"`
	Grouping  string   `json:"grouping"`
	Senders   int      `json:"senders"`              // tasks
	Receivers int      `json:"receivers"`            // tasks
	Queues    int      `json:"queues"`               // one from each sending to each receiving task; none where it is fused
	Fused     bool     `json:"fused,omitempty"`      // each sender runs the receiving task of its number itself
	Hash      []string `json:"hash,omitempty"`       // the fields whose hash routes a row, and travels with it
	HashStays bool     `json:"hash_stays,omitempty"` // the hash only routes: it does not travel
	// Replaces says that a row replaces the one of its key that still waits: a `latest by` stream all of
	// whose tuples of one key take the same queue.
	Replaces bool `json:"replaces,omitempty"`
	// Loop is how often a tuple may go round, of an edge that closes a cycle: a number, or a param's name.
	Loop string `json:"loop,omitempty"`
	// Combines are the numbers that are combined by their key before they travel: a row may stand for many tuples.
	Combines []string `json:"combines,omitempty"`
	// Where is a condition: the tuples of which it does not hold are dropped where they are emitted.
	Where string `json:"where,omitempty"`
}

// Of makes the plan of a program.
func Of(p *ir.Program) *Plan {
	out := &Plan{
		Format: Format, Topology: p.Name, Doc: p.Doc, Guarantee: p.Guarantee,
		Params: []Param{}, Components: []Component{}, Edges: []Edge{},
	}
	texts := sources(p.Files)
	for _, v := range p.Params {
		param := Param{Name: v.Name, Type: v.Type.String(), Doc: v.Doc, Secret: v.Secret}
		if v.Default != nil {
			text := texts.of(v.Default.At())
			param.Default = &text
		}
		out.Params = append(out.Params, param)
	}
	boxes := map[*ir.Box]bool{}
	var box func(b *ir.Box)
	box = func(b *ir.Box) {
		if b == nil || boxes[b] {
			return
		}
		boxes[b] = true
		box(b.Outer)
		g := Graph{Name: b.Name, Graph: b.Graph, Doc: b.Doc, Place: texts.place(b.Span)}
		if b.Outer != nil {
			g.In = b.Outer.Name
		}
		out.Graphs = append(out.Graphs, g)
	}
	for _, c := range p.Components {
		box(c.Box)
		out.Components = append(out.Components, component(p, c, texts))
		out.Tasks += c.Tasks
	}
	out.edges(p, texts)
	out.Settings = settings(p.Settings)
	if p.Guarantee != "none" {
		out.Paths = Paths(p)
	}
	out.Notes = notes(p)
	out.Optimise(p)
	return out
}

// Optimise takes from a program, of which this is the plan, what its optimisation has changed of the run: what is written stays.
func (p *Plan) Optimise(of *ir.Program) {
	texts := sources(of.Files)
	p.edges(of, texts)
	p.Tasks, p.Optimised = 0, nil
	joined := map[*ir.Component]bool{}
	for _, e := range of.Edges {
		joined[e.To] = joined[e.To] || e.Fused
	}
	p.Goroutines = 0
	for _, c := range of.Components {
		p.Tasks += c.Tasks
		if !joined[c] {
			p.Goroutines += c.Tasks
		}
	}
	if p.Goroutines == p.Tasks {
		p.Goroutines = 0
	}
	for _, n := range of.Notes {
		p.Optimised = append(p.Optimised, Optimisation{n.Pass, n.What, n.Why, n.Left, texts.place(n.Span)})
	}
}

// edges are those that there are when it runs.
func (p *Plan) edges(of *ir.Program, texts sources) {
	p.Edges = []Edge{}
	for _, e := range of.Edges {
		one := edge(e)
		if e.Loop != nil {
			one.Loop = texts.of(e.Loop.At())
		}
		if e.Where != nil {
			one.Where = texts.condition(e.Where)
		}
		if e.Combine != nil {
			for _, f := range e.Combine.Row.Fields[len(e.Combine.Keys):] {
				one.Combines = append(one.Combines, f.Name)
			}
		}
		if e.Fused {
			one.Fused, one.Queues = true, 0
		}
		p.Edges = append(p.Edges, one)
	}
}

// condition is a condition on an edge: out of parts that somebody wrote.
func (s sources) condition(e ir.Expr) string {
	if e.At() != (source.Span{}) {
		return s.of(e.At())
	}
	switch e := e.(type) {
	case *ir.Unary:
		return "not (" + s.condition(e.X) + ")"
	case *ir.Binary:
		return s.joined(e.X) + " and " + s.joined(e.Y)
	}
	return ""
}

// joined is a condition that stands beside an `and`.
func (s sources) joined(e ir.Expr) string {
	text := s.condition(e)
	if b, ok := e.(*ir.Binary); ok && b.Op == "or" {
		return "(" + text + ")"
	}
	return text
}

func component(p *ir.Program, c *ir.Component, texts sources) Component {
	out := Component{
		Name: c.Name, Kind: string(c.Kind), Doc: c.Doc, Place: texts.place(c.NameAt), Tasks: c.Tasks,
		Options: options(c), Inputs: []Input{}, States: []State{}, Outputs: []Stream{},
	}
	if c.Box != nil {
		out.In = c.Box.Name
	}
	if c.TasksParam != nil {
		out.TasksParam = c.TasksParam.Name
	}
	if c.Call != nil {
		out.Runs = Implementation{
			Call: texts.of(c.Call.Span), Library: c.Call.Library, Name: c.Call.Name,
			Go: c.Call.GoPkg + "." + c.Call.GoType, Replayable: c.Call.Replayable,
		}
	} else if c.Go != nil {
		out.Runs = Implementation{Call: texts.of(c.Go.Span), Name: c.Go.Name, Go: c.Go.Pkg + "." + c.Go.Name}
	} else {
		out.Runs.Statements = true
	}
	for _, in := range c.Inputs {
		input := Input{Alias: in.Alias, Sources: []string{}, Schema: schema(in.Fields)}
		for _, e := range p.Edges {
			if e.Input == in {
				name := e.Stream.FullName()
				if e.Loop != nil {
					name += " loop max " + texts.of(e.Loop.At())
				}
				input.Sources = append(input.Sources, name)
				input.Grouping = string(e.Grouping)
				input.Keys = pick(e.Stream.Fields, e.Keys)
			}
		}
		out.Inputs = append(out.Inputs, input)
	}
	if c.Body != nil {
		for _, s := range c.Body.States {
			state := State{Name: s.Name, Type: s.Type.String(), Scope: scopes[s.Scope]}
			if s.Scope == ir.PerKey {
				for _, k := range s.Key {
					state.Key = append(state.Key, k.Name)
				}
			}
			out.States = append(out.States, state)
		}
	}
	for _, s := range c.Outputs {
		stream := Stream{Name: s.FullName(), Output: s.Name, Kind: "append", Schema: schema(s.Fields)}
		if len(s.Latest) > 0 {
			stream.Kind, stream.Keys = "latest", pick(s.Fields, s.Latest)
		}
		out.Outputs = append(out.Outputs, stream)
	}
	return out
}

var scopes = map[ir.Scope]string{ir.PerKey: "key", ir.Shared: "shared", ir.PerTask: "task"}

func edge(e *ir.Edge) Edge {
	senders, receivers := e.Stream.From.Tasks, e.To.Tasks
	return Edge{
		ID: e.ID, Stream: e.Stream.FullName(), To: e.To.Name, Input: e.Input.Alias, Grouping: string(e.Grouping),
		Senders: senders, Receivers: receivers, Queues: senders * receivers,
		Hash: pick(e.Stream.Fields, e.Keys), HashStays: e.Grouping == ir.ByPartial, Replaces: replaces(e),
	}
}

// replaces reports whether all tuples of one `latest by` key take the same queue.
func replaces(e *ir.Edge) bool {
	if len(e.Stream.Latest) == 0 || e.InCycle {
		return false
	}
	switch e.Grouping {
	case ir.ByAll, ir.ByGlobal:
		return true
	case ir.ByFields:
		for _, k := range e.Keys {
			if !slices.Contains(e.Stream.Latest, k) {
				return false
			}
		}
		return true
	}
	return !e.To.Many()
}

func pick(fields []types.Field, indexes []int) []string {
	var names []string
	for _, i := range indexes {
		names = append(names, fields[i].Name)
	}
	return names
}

func schema(fields []types.Field) []Field {
	out := make([]Field, len(fields))
	for i, f := range fields {
		out[i] = Field{f.Name, f.Type.String()}
	}
	return out
}

// JSON is the plan as data, indented, with a line feed at its end.
func (p *Plan) JSON() ([]byte, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(p); err != nil {
		return nil, err
	}
	return []byte(b.String()), nil
}

// sources are the texts that spans point into.
type sources []*source.File

// of returns the text of a span on one line.
func (s sources) of(at source.Span) string {
	for _, f := range s {
		if f.Name == at.File && at.Start >= 0 && at.Start <= at.End && at.End <= len(f.Text) {
			return oneLine(f.Text[at.Start:at.End])
		}
	}
	return ""
}

// oneLine joins lines: white space that holds a line feed becomes one space.
func oneLine(text string) string {
	var b strings.Builder
	for text != "" {
		i := strings.IndexByte(text, '\n')
		if i < 0 {
			b.WriteString(strings.TrimRightFunc(text, unicode.IsSpace))
			break
		}
		b.WriteString(strings.TrimRightFunc(text[:i], unicode.IsSpace))
		b.WriteByte(' ')
		text = strings.TrimLeftFunc(text[i:], unicode.IsSpace)
	}
	return b.String()
}

// place is `wordcount.topo:12`.
func (s sources) place(at source.Span) string {
	for _, f := range s {
		if f.Name == at.File {
			return filepath.Base(f.Name) + ":" + itoa(f.LineOf(at.Start))
		}
	}
	return ""
}
