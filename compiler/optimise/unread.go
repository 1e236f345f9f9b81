package optimise

import (
	"fmt"
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// Unread drops the fields of streams that nobody downstream reads, with what computed them. It goes round until nothing changes: what only a
// dropped field was made of may be unread then.
var unread = Pass{Name: "unread", Run: func(p *ir.Program) []ir.Note {
	w := &unreads{p: p, dropped: map[*ir.Stream][]string{}}
	for w.round() {
	}
	var notes []ir.Note
	for _, c := range p.Components {
		for _, s := range c.Outputs {
			names := w.dropped[s]
			if len(names) == 0 {
				continue
			}
			slices.Sort(names)
			what := "field " + names[0]
			if len(names) > 1 {
				what = "fields " + strings.Join(names, ", ")
			}
			notes = append(notes, ir.Note{
				What: fmt.Sprintf("%s of %s not made", what, s.FullName()), Why: "nobody reads it", Span: c.NameAt,
			})
		}
	}
	return notes
}}

type unreads struct {
	p       *ir.Program
	dropped map[*ir.Stream][]string
}

// A class is the streams and inputs that have one schema because they are connected: what one of them keeps all keep.
type class struct {
	streams []*ir.Stream
	inputs  []*ir.Input
	owner   map[*ir.Input]*ir.Component
	read    map[string]bool
	all     bool // something takes the tuples whole
}

// round drops what can be dropped now, and reports whether there was anything.
func (w *unreads) round() bool {
	changed := false
	for _, c := range w.classes() {
		w.reads(c)
		if c.all {
			continue
		}
		first := c.streams[0]
		var drop []string
		for _, f := range first.Fields {
			if !c.read[f.Name] && w.dispensable(c, f.Name) {
				drop = append(drop, f.Name)
			}
		}
		if len(drop) == 0 {
			continue
		}
		changed = true
		for _, s := range c.streams {
			w.dropped[s] = append(w.dropped[s], drop...)
			w.cut(s, drop)
		}
		for _, in := range c.inputs {
			cutInput(c.owner[in], in, drop)
		}
	}
	for _, c := range w.p.Components {
		if c.Body != nil {
			for _, b := range blocks(c.Body) {
				changed = dropLets(b) || changed
			}
		}
	}
	return changed
}

// classes are the connected streams and inputs, in the order of the edges.
func (w *unreads) classes() []*class {
	var list []*class
	ofStream, ofInput := map[*ir.Stream]*class{}, map[*ir.Input]*class{}
	for _, e := range w.p.Edges {
		s, in := ofStream[e.Stream], ofInput[e.Input]
		switch {
		case s == nil && in == nil:
			s = &class{read: map[string]bool{}, owner: map[*ir.Input]*ir.Component{}}
			list = append(list, s)
		case s == nil:
			s = in
		case in != nil && in != s:
			s.streams, s.inputs = append(s.streams, in.streams...), append(s.inputs, in.inputs...)
			for _, x := range in.streams {
				ofStream[x] = s
			}
			for _, x := range in.inputs {
				ofInput[x] = s
				s.owner[x] = in.owner[x]
			}
			list = slices.DeleteFunc(list, func(c *class) bool { return c == in })
		}
		if ofStream[e.Stream] == nil {
			ofStream[e.Stream] = s
			s.streams = append(s.streams, e.Stream)
		}
		if ofInput[e.Input] == nil {
			ofInput[e.Input] = s
			s.inputs = append(s.inputs, e.Input)
			s.owner[e.Input] = e.To
		}
	}
	return list
}

// reads notes which fields of a class somebody reads.
func (w *unreads) reads(c *class) {
	for _, s := range c.streams {
		if s.Time != nil {
			c.read[s.Fields[s.Time.Field].Name] = true
		}
	}
	for _, e := range w.p.Edges {
		if !slices.Contains(c.streams, e.Stream) {
			continue
		}
		if e.Grouping == ir.ByGo || e.To.Body == nil {
			c.all = true // Go and sinks take tuples whole
			return
		}
		for _, k := range e.Keys {
			c.read[e.Stream.Fields[k].Name] = true
		}
		for _, k := range e.Stream.Latest {
			c.read[e.Stream.Fields[k].Name] = true
		}
		ir.WalkExpr(e.Where, func(x ir.Expr) {
			if ref, ok := x.(*ir.FieldRef); ok {
				c.read[e.Stream.Fields[ref.Index].Name] = true
			}
		})
	}
	for _, in := range c.inputs {
		to := c.owner[in]
		if tells(to, to.Body.On[in.Index]) {
			c.all = true
			return
		}
		for _, s := range to.Body.States {
			for _, k := range s.Key {
				c.read[k.Name] = true
			}
		}
		ir.WalkBlock(to.Body.On[in.Index], func(ir.Stmt) {}, func(x ir.Expr) {
			if ref, ok := x.(*ir.FieldRef); ok && ref.Input == in {
				c.read[in.Fields[ref.Index].Name] = true
			}
		})
	}
}

// tells reports whether a tuple that fails in a block is shown, so that all of it is wanted. Where nobody reads `.failed`, what fails by
// overflow alone is told of with the fields that there are.
func tells(c *ir.Component, b *ir.Block) bool {
	if c.Retry != nil {
		return true
	}
	for _, s := range c.Outputs {
		if s.Failed {
			return true
		}
	}
	return ir.BlockCanFailBut(b, onlyOverflows)
}

// onlyOverflows reports whether an expression can fail only because an int grows out of its range.
func onlyOverflows(e ir.Expr) bool {
	switch e := e.(type) {
	case *ir.Binary:
		return (e.Op == "+" || e.Op == "-" || e.Op == "*") && (e.T.Kind == types.Int || e.T.Kind == types.Duration)
	case *ir.Unary:
		return e.Op == "-"
	case *ir.FieldRef:
		return true // a time that came in a tuple fits into one
	}
	return false
}

// dispensable reports whether every producer of a class can leave a field out.
func (w *unreads) dispensable(c *class, field string) bool {
	for _, s := range c.streams {
		i := slices.IndexFunc(s.Fields, func(f types.Field) bool { return f.Name == field })
		switch from := s.From; {
		case s.Failed || from.Durable:
			return false // the log keeps what the spout's text says, whatever is read of it in this version
		case from.Body != nil:
			ok := true
			for _, b := range blocks(from.Body) {
				ir.WalkBlock(b, func(st ir.Stmt) {
					if emit, is := st.(*ir.Emit); is && emit.Stream == s {
						ok = ok && droppable(emit.Args[i])
					}
				}, func(ir.Expr) {})
			}
			if !ok {
				return false
			}
		case from.Kind == ir.Spout && from.Call != nil && !from.Call.AnyOutput:
			if s.Fields[i].Type.Kind == types.Time {
				return false // one that does not fit fails
			}
		default:
			return false // it may be what a bad tuple is known by
		}
	}
	return true
}

// droppable reports whether nothing but its value is lost with an expression that was to be emitted.
func droppable(e ir.Expr) bool {
	if e.Type().Kind == types.Time {
		_, ref := e.(*ir.FieldRef)
		return ref // any other may not fit into a tuple
	}
	ok := pure(e)
	ir.WalkExpr(e, func(e ir.Expr) {
		_, state := e.(*ir.StateRef)
		ok = ok || state
	})
	return ok && !ir.CanFail(e)
}

// cut leaves fields out of a stream, its emits and its edges.
func (w *unreads) cut(s *ir.Stream, drop []string) {
	var keep []types.Field
	var from []int
	to := make([]int, len(s.Fields)) // where each field is then
	for i, f := range s.Fields {
		if to[i] = len(keep); !slices.Contains(drop, f.Name) {
			keep, from = append(keep, f), append(from, i)
		}
	}
	moved := func(list []int) []int {
		out := make([]int, len(list))
		for i, at := range list {
			out[i] = to[at]
		}
		return out
	}
	for _, e := range w.p.Edges {
		if e.Stream != s {
			continue
		}
		e.Keys = moved(e.Keys)
		e.Where = ir.Rewrite(e.Where, func(x ir.Expr) ir.Expr {
			if ref, ok := x.(*ir.FieldRef); ok {
				return &ir.FieldRef{Typed: ref.Typed, Index: to[ref.Index]}
			}
			return x
		})
	}
	if c := s.From; c.Body != nil {
		for _, b := range blocks(c.Body) {
			ir.WalkBlock(b, func(st ir.Stmt) {
				if emit, ok := st.(*ir.Emit); ok && emit.Stream == s {
					args := make([]ir.Expr, len(from))
					for i, at := range from {
						args[i] = emit.Args[at]
					}
					emit.Args = args
				}
			}, func(ir.Expr) {})
		}
	} else {
		rows := make([]string, len(from))
		for i, at := range from {
			rows[i] = c.Call.RowFields[at]
		}
		call := *c.Call
		call.RowFields = rows
		c.Call = &call
	}
	if s.Time != nil {
		s.Time.Field = moved([]int{s.Time.Field})[0]
	}
	s.Latest, s.Fields = moved(s.Latest), keep
}

// cutInput leaves fields out of an input, and lets what reads the others find them.
func cutInput(c *ir.Component, in *ir.Input, drop []string) {
	var keep []types.Field
	to := make([]int, len(in.Fields))
	for i, f := range in.Fields {
		if to[i] = len(keep); !slices.Contains(drop, f.Name) {
			keep = append(keep, f)
		}
	}
	seen := map[*ir.FieldRef]bool{}
	ir.WalkBlock(c.Body.On[in.Index], func(ir.Stmt) {}, func(x ir.Expr) {
		if ref, ok := x.(*ir.FieldRef); ok && ref.Input == in && !seen[ref] {
			seen[ref] = true
			ref.Index = to[ref.Index]
		}
	})
	in.Fields = keep
}

// dropLets leaves out locals that nobody reads, where nothing but their value is lost, and reports whether there were any.
func dropLets(b *ir.Block) bool {
	used := map[*ir.Local]bool{}
	ir.WalkBlock(b, func(s ir.Stmt) {
		if a, ok := s.(*ir.Assign); ok {
			if l, ok := ir.TargetRoot(a.Target).(*ir.LocalRef); ok {
				used[l.Local] = true
			}
		}
	}, func(e ir.Expr) {
		if l, ok := e.(*ir.LocalRef); ok {
			used[l.Local] = true
		}
	})
	changed := false
	var in func(b *ir.Block)
	in = func(b *ir.Block) {
		if b == nil {
			return
		}
		n := len(b.Stmts)
		b.Stmts = slices.DeleteFunc(slices.Clone(b.Stmts), func(s ir.Stmt) bool {
			let, ok := s.(*ir.Let)
			return ok && !used[let.Local] && (let.Value == nil || pure(let.Value))
		})
		changed = changed || len(b.Stmts) < n
		for _, s := range b.Stmts {
			switch s := s.(type) {
			case *ir.LetElse:
				in(s.Else)
			case *ir.If:
				in(s.Then)
				in(s.Else)
			case *ir.For:
				in(s.Body)
			case *ir.MatchStmt:
				for _, a := range s.Arms {
					in(a.Body)
				}
			case *ir.Nested:
				in(s.Block)
			}
		}
	}
	in(b)
	return changed
}
