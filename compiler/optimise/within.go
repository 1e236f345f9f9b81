package optimise

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// interval is what an int or a duration lies within; least and most ints stand for no bound.
type interval struct{ least, most int64 }

var anything = interval{math.MinInt64, math.MaxInt64}

// smallAddend bounds what may be added up before it travels. No tuple overflows a sum that begins within 2^62 of zero before 2^50 tuples of
// one key have come, each of them as large as can be: at ten million a second that takes more than three years, where one is
// added fourteen thousand. So it does not matter that of many tuples in one row it could not be told which overflows.
const smallAddend = 1 << 12

func (v interval) small() bool { return v.least >= -smallAddend && v.most <= smallAddend }

// union is what one of several lies within.
type union struct {
	interval
	some bool
}

func (u *union) add(v interval) {
	if u.some {
		v = interval{min(u.least, v.least), max(u.most, v.most)}
	}
	u.interval, u.some = v, true
}

// bounds finds what expressions lie within, from one component back to those that feed it. It looks at each field of each stream once.
type bounds struct {
	p     *ir.Program
	known map[streamField]interval
}

type streamField struct {
	stream *ir.Stream
	field  int
}

// ofStream is what a field of a stream lies within: what those who emit it give it.
func (b *bounds) ofStream(s *ir.Stream, field int) interval {
	if s.From.Body == nil || s.Failed {
		return anything
	}
	at := streamField{s, field}
	if v, ok := b.known[at]; ok {
		return v
	}
	b.known[at] = anything // for itself, in a cycle
	all := union{}
	lets := map[*ir.Local]interval{}
	leaf := func(e ir.Expr) interval {
		if ref, ok := e.(*ir.LocalRef); ok {
			if v, ok := lets[ref.Local]; ok {
				return v
			}
			return anything
		}
		return b.inputs(s.From)(e)
	}
	for _, block := range blocks(s.From.Body) {
		ir.WalkBlock(block, func(st ir.Stmt) {
			switch st := st.(type) {
			case *ir.Let:
				if !st.Local.Mutable && st.Value != nil {
					lets[st.Local] = b.of(st.Value, leaf)
				}
			case *ir.Emit:
				if st.Stream == s && field < len(st.Args) {
					all.add(b.of(st.Args[field], leaf))
				}
			}
		}, func(ir.Expr) {})
	}
	b.known[at] = all.interval // 0 where nothing is ever emitted
	return all.interval
}

// inputs answers for fields of a component's inputs.
func (b *bounds) inputs(c *ir.Component) func(ir.Expr) interval {
	return func(e ir.Expr) interval {
		ref, ok := e.(*ir.FieldRef)
		if !ok || ref.Input == nil {
			return anything
		}
		name := ref.Input.Fields[ref.Index].Name
		all := union{}
		for _, edge := range into(b.p, c) {
			if edge.Input != ref.Input {
				continue
			}
			at := slices.IndexFunc(edge.Stream.Fields, func(f types.Field) bool { return f.Name == name })
			if at < 0 {
				return anything
			}
			all.add(b.ofStream(edge.Stream, at))
		}
		if !all.some {
			return anything
		}
		return all.interval
	}
}

// of is what an int or a duration lies within; leaf answers for locals and fields. What overflows fails its tuple and has no value.
func (b *bounds) of(e ir.Expr, leaf func(ir.Expr) interval) interval {
	if k := e.Type().Kind; k != types.Int && k != types.Duration {
		return anything
	}
	switch e := e.(type) {
	case *ir.Const:
		switch v := e.Value.(type) {
		case int64:
			return interval{v, v}
		case time.Duration:
			return interval{int64(v), int64(v)}
		}
	case *ir.LocalRef, *ir.FieldRef:
		return leaf(e)
	case *ir.Unary:
		if x := b.of(e.X, leaf); e.Op == "-" && x.least > math.MinInt64 {
			return interval{-x.most, -x.least}
		}
	case *ir.Binary:
		return b.binary(e, leaf)
	case *ir.FuncCall:
		return b.call(e, leaf)
	case *ir.Match:
		all := union{}
		for _, a := range e.Arms {
			if _, fails := a.Value.(*ir.Failing); !fails {
				all.add(b.of(a.Value, leaf))
			}
		}
		if all.some {
			return all.interval
		}
	}
	return anything
}

// far is beyond what is followed through arithmetic: two such numbers can be multiplied.
const far = 1 << 31

func (b *bounds) binary(e *ir.Binary, leaf func(ir.Expr) interval) interval {
	k := e.T.Kind
	if e.X.Type().Kind != k || e.Y.Type().Kind != k {
		return anything
	}
	x, y := b.of(e.X, leaf), b.of(e.Y, leaf)
	near := x.least > -far && x.most < far && y.least > -far && y.most < far
	switch e.Op {
	case "+":
		if near {
			return interval{x.least + y.least, x.most + y.most}
		}
	case "-":
		if near {
			return interval{x.least - y.most, x.most - y.least}
		}
	case "*":
		if near {
			corners := []int64{x.least * y.least, x.least * y.most, x.most * y.least, x.most * y.most}
			return interval{slices.Min(corners), slices.Max(corners)}
		}
	case "mod": // its sign is that of what is divided
		if y.least == math.MinInt64 {
			return anything
		}
		most := max(y.most, -y.least, 1) - 1
		return interval{max(-most, min(x.least, 0)), min(most, max(x.most, 0))}
	case "div": // which brings nearer to zero, or turns the sign
		if x.least > math.MinInt64 {
			most := max(x.most, -x.least)
			return interval{-most, most}
		}
	}
	return anything
}

func (b *bounds) call(e *ir.FuncCall, leaf func(ir.Expr) interval) interval {
	switch e.Func.Builtin {
	case "len": // no run reads 2^62 bytes
		return interval{0, smallAddend}
	case "min", "max":
		if len(e.Args) != 2 {
			return anything
		}
		x, y := b.of(e.Args[0], leaf), b.of(e.Args[1], leaf)
		if e.Func.Builtin == "min" {
			return interval{min(x.least, y.least), min(x.most, y.most)}
		}
		return interval{max(x.least, y.least), max(x.most, y.most)}
	}
	return anything
}

// mayOverflow says why a state that is added to may leave what an int holds; "" where it can't, however long a run: it begins in the inner half,
// and each tuple adds little.
func (b *bounds) mayOverflow(c *ir.Component, u *update) string {
	if u.state.Initial != nil {
		first := b.of(u.state.Initial, func(ir.Expr) interval { return anything })
		if first.least < -1<<62 || first.most > 1<<62 {
			return fmt.Sprintf("%s begins near the end of what it can hold, and an overflow must be that of one tuple", u.state.Name)
		}
	}
	if !b.of(u.value, b.inputs(c)).small() {
		return fmt.Sprintf("what is added to %s may be large, and an overflow must be that of one tuple", u.state.Name)
	}
	return ""
}
