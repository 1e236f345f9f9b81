package optimise

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/source"
)

// Share makes one of components that do the same: spouts that read the same (only those that give the same each time they are read), and bolts
// without state over the same inputs. Sources come before their readers, so that equal readers of what has become one are found too.
var share = Pass{Name: "share", Run: func(p *ir.Program) []ir.Note {
	var notes []ir.Note
	first := map[string]*ir.Component{}
	for _, c := range slices.Clone(p.Components) {
		key, ok := sameness(p, c)
		if !ok {
			continue
		}
		one := first[key]
		if one == nil {
			first[key] = c
			continue
		}
		if meets(p, c, one) {
			notes = append(notes, ir.Note{
				What: fmt.Sprintf("%s is not made one with %s", c.Name, one.Name), Why: "an input that reads both wants each tuple twice", Left: true, Span: c.NameAt,
			})
			continue
		}
		merge(p, c, one)
		why := "both do the same with the same tuples"
		if c.Kind == ir.Spout {
			why = fmt.Sprintf("both read %s; it is read once, and what fails in it is counted for %s", text(p, one.Call.Span), one.Name)
		}
		notes = append(notes, ir.Note{What: fmt.Sprintf("%s is %s", c.Name, one.Name), Why: why, Span: c.NameAt})
	}
	return notes
}}

// sameness is a text that two components have in common where one can stand for both; ok is false where none can.
func sameness(p *ir.Program, c *ir.Component) (key string, ok bool) {
	if c.Placing.Any() || c.Durable || c.Retry != nil {
		return "", false
	}
	k := &keyer{c: c, locals: map[*ir.Local]int{}}
	fmt.Fprintf(&k.b, "%s %d %p;", c.Kind, c.Tasks, c.TasksParam)
	for _, s := range c.Outputs {
		if s.Failed || s.Chosen {
			return "", false
		}
		fmt.Fprintf(&k.b, "%s %s %v;", s.Name, types.Schema(s.Fields), s.Latest)
		if s.Time != nil {
			fmt.Fprintf(&k.b, "time %d %v;", s.Time.Field, s.Time.Own)
			k.write(reflect.ValueOf(s.Time.Lateness))
		}
	}
	for _, e := range outOf(p, c) {
		if e.Grouping == ir.ByDirect {
			return "", false // each names tasks of its own readers
		}
	}
	switch {
	case c.Kind == ir.Spout && c.Call != nil && c.Call.Replayable:
		fmt.Fprintf(&k.b, "%s.%s;", c.Call.GoPkg, c.Call.GoType)
		for _, a := range c.Call.Args {
			if !pure(a.Value) {
				return "", false
			}
			fmt.Fprintf(&k.b, "%s %d ", a.Field, a.FieldIndex)
			k.write(reflect.ValueOf(a.Value))
		}
	case c.Kind == ir.Bolt && c.Body != nil && len(c.Body.States)+len(c.Body.Timers) == 0 && c.Body.Finish == nil:
		for _, in := range c.Inputs {
			fmt.Fprintf(&k.b, "in %d;", in.Index)
			for _, e := range p.Edges {
				if e.Input != in {
					continue
				}
				if e.InCycle || e.Go != nil {
					return "", false
				}
				fmt.Fprintf(&k.b, "%p %s %v;", e.Stream, e.Grouping, e.Keys)
			}
			on := c.Body.On[in.Index]
			if effects(on) {
				return "", false
			}
			k.write(reflect.ValueOf(on))
		}
	default:
		return "", false
	}
	return k.b.String(), true
}

// keyer writes a part of a program as a text that is the same for parts that do the same, wherever they stand and whatever their
// locals are called.
type keyer struct {
	b      strings.Builder
	c      *ir.Component
	locals map[*ir.Local]int
}

func (k *keyer) write(v reflect.Value) {
	if !v.IsValid() {
		k.b.WriteString("nil;")
		return
	}
	if v.CanInterface() {
		switch x := v.Interface().(type) {
		case source.Span, ir.Pos:
			return
		case *ir.Local:
			if x != nil && k.locals[x] == 0 {
				k.locals[x] = len(k.locals) + 1
			}
			fmt.Fprintf(&k.b, "local %d;", k.locals[x])
			return
		case *ir.Input:
			fmt.Fprintf(&k.b, "in %d;", slices.Index(k.c.Inputs, x))
			return
		case *ir.Stream:
			fmt.Fprintf(&k.b, "out %d;", slices.Index(k.c.Outputs, x))
			return
		case *ir.Param, *ir.Func, *ir.State:
			fmt.Fprintf(&k.b, "%p;", x)
			return
		case *types.Type:
			fmt.Fprintf(&k.b, "%s;", x)
			return
		case *ir.Const:
			if x != nil {
				value := x.Value
				if at, ok := value.(time.Time); ok {
					value = at.UnixNano()
				}
				fmt.Fprintf(&k.b, "%s %T %q;", x.T, value, fmt.Sprint(value))
				return
			}
		}
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			k.b.WriteString("nil;")
			return
		}
		fmt.Fprintf(&k.b, "%s ", v.Elem().Type())
		k.write(v.Elem())
	case reflect.Struct:
		k.b.WriteByte('{')
		for i := range v.NumField() {
			k.write(v.Field(i))
		}
		k.b.WriteByte('}')
	case reflect.Slice:
		fmt.Fprintf(&k.b, "[%d ", v.Len())
		for i := range v.Len() {
			k.write(v.Index(i))
		}
		k.b.WriteByte(']')
	default:
		fmt.Fprintf(&k.b, "%q;", fmt.Sprint(v))
	}
}

// meets reports whether some input reads two components.
func meets(p *ir.Program, a, b *ir.Component) bool {
	for _, e := range outOf(p, a) {
		for _, f := range outOf(p, b) {
			if e.Input == f.Input {
				return true
			}
		}
	}
	return false
}

// merge lets the readers of c read one, and takes c out of the program.
func merge(p *ir.Program, c, one *ir.Component) {
	for _, e := range outOf(p, c) {
		e.Stream = one.Outputs[slices.Index(c.Outputs, e.Stream)]
	}
	p.Edges = slices.DeleteFunc(p.Edges, func(e *ir.Edge) bool { return e.To == c })
	for i, e := range p.Edges {
		e.ID = i
	}
	p.Components = slices.DeleteFunc(p.Components, func(x *ir.Component) bool { return x == c })
	for _, x := range p.Components {
		if x.Placing.Near == c {
			x.Placing.Near = one
		}
	}
	for _, path := range p.Paths {
		for i, x := range path.Way {
			if x == c {
				path.Way[i] = one
			}
		}
		if path.Weakest == c {
			path.Weakest = one
		}
	}
}
