package codegen

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// gathering is a `latest by` stream whose tuples wait in their keys' state, not in a batch: an emit writes its values
// into the key's row, which is at hand, and the row joins a list of those that wait. Only when the edge is flushed
// do they become tuples, the newest of each key. It needs numbers, whose place in the row is fixed.
type gathering struct {
	stream *ir.Stream
	member string         // of the bolt: its engine.Gather
	move   string         // its method that makes tuples of what waits
	waits  string         // of the row: it is in the list
	values map[int]string // of the row: where the stream's field waits
}

// gatherings finds the streams of a bolt that can wait so, and those whose tuples can be found where they wait in a batch.
func (b *boltGen) gatherings() {
	b.gather = map[*ir.Stream]*gathering{}
	b.marked = map[*ir.Stream]bool{}
	if b.keyed == nil || b.stored != nil {
		return
	}
	for _, s := range b.comp.Outputs {
		byKey, all := b.emitsByKey(s)
		if b.goesRound(s) {
			continue // each tuple counts its rounds
		}
		switch {
		case s.Chosen || byKey == 0 || len(b.outs.of[s]) == 0:
		case scalars(s):
			b.gather[s] = b.newGathering(s)
		case byKey == all:
			// A tuple emitted past the key would come to stand behind one that is overwritten later.
			b.marked[s] = true
		}
	}
}

// goesRound reports whether a stream's tuples stay in a cycle.
func (b *boltGen) goesRound(s *ir.Stream) bool {
	return slices.ContainsFunc(b.outs.of[s], func(o *output) bool { return o.edge.InCycle })
}

// emitsByKey counts a stream's emits out of the state's own key, where nothing is taken back, and all of its emits, in handlers and timers.
func (b *boltGen) emitsByKey(s *ir.Stream) (byKey, all int) {
	for _, t := range b.comp.Body.Timers {
		for _, block := range t.Blocks() {
			walkBlock(block, func(st ir.Stmt) {
				if e, ok := st.(*ir.Emit); ok && e.Stream == s {
					all++
				}
			}, func(ir.Expr) {})
		}
	}
	for _, block := range b.comp.Body.On {
		own := usesKeyed(block) && !ir.NeedsRollback(block)
		walkBlock(block, func(st ir.Stmt) {
			if e, ok := st.(*ir.Emit); ok && e.Stream == s {
				all++
				if own && b.keyed.isLatestKey(s, e.Args) {
					byKey++
				}
			}
		}, func(ir.Expr) {})
	}
	return byKey, all
}

// scalars reports whether all fields of a stream but its key are numbers.
func scalars(s *ir.Stream) bool {
	for i, f := range s.Fields {
		switch f.Type.Kind {
		case types.Bool, types.Int, types.Float, types.Decimal, types.Time, types.Duration, types.Enum:
		default:
			if !isLatestField(s, i) {
				return false
			}
		}
	}
	return true
}

func isLatestField(s *ir.Stream, i int) bool { return slices.Contains(s.Latest, i) }

func (b *boltGen) newGathering(s *ir.Stream) *gathering {
	name := "out"
	if s.Name != "" {
		name = s.Name
	}
	g := &gathering{stream: s, member: b.member.take(name + "_gather"), move: b.member.take(name + "_move"),
		waits: b.keyed.member.take(name + "_waits"), values: map[int]string{}}
	final := b.finalStates(s)
	for i, f := range s.Fields {
		if isLatestField(s, i) {
			continue
		}
		if st := final[i]; st != nil {
			g.values[i] = b.keyed.goOf[st]
		} else {
			g.values[i] = b.keyed.member.take(name + "_" + f.Name)
		}
	}
	return g
}

// finalStates finds the fields of a stream whose value stays in the state itself until the tuple leaves: the bolt has one
// handler, every execution emits, once, and changes the state no more after.
func (b *boltGen) finalStates(s *ir.Stream) map[int]*ir.State {
	if len(b.comp.Body.On) != 1 || b.hasTTL() {
		return nil // a state that expires is not what the tuple said
	}
	block := b.comp.Body.On[0]
	emits, returns := 0, 0
	walkBlock(block, func(st ir.Stmt) {
		switch st := st.(type) {
		case *ir.Emit:
			if st.Stream == s {
				emits++
			}
		case *ir.Return:
			returns++
		}
	}, func(ir.Expr) {})
	if emits != 1 || returns > 0 {
		return nil
	}
	var emit *ir.Emit
	out := map[int]*ir.State{}
	for _, st := range block.Stmts {
		if e, ok := st.(*ir.Emit); ok && e.Stream == s {
			emit = e
			for i, a := range e.Args {
				if ref, ok := a.(*ir.StateRef); ok && ref.State.Scope == ir.PerKey && ref.Type().Kind != types.Time {
					out[i] = ref.State
				}
			}
			continue
		}
		if emit == nil {
			continue
		}
		walkBlock(&ir.Block{Stmts: []ir.Stmt{st}}, func(st ir.Stmt) {
			if a, ok := st.(*ir.Assign); ok {
				if ref, ok := ir.TargetRoot(a.Target).(*ir.StateRef); ok {
					for i, changed := range out {
						if changed == ref.State {
							delete(out, i)
						}
					}
				}
			}
		}, func(ir.Expr) {})
	}
	return out
}

// emitGathered lets a tuple wait in its key's row.
func (b *boltGen) emitGathered(f *fn, ctx *context, g *gathering, args []jen.Code) {
	for i := range g.stream.Fields {
		if field := g.values[i]; field != "" && !b.isState(field) {
			f.add(jen.Id("st").Dot(field).Op("=").Add(args[i]))
		}
	}
	f.add(jen.If(jen.Op("!").Id("st").Dot(g.waits)).Block(
		jen.Id("st").Dot(g.waits).Op("=").True(),
		jen.Id("t").Dot(g.member).Dot("Add").Call(jen.Id("st").Dot("row"))))
	ctx.gathered = true
}

// isState reports whether a field of the key's row is a state's own.
func (b *boltGen) isState(field string) bool {
	for _, name := range b.keyed.goOf {
		if name == field {
			return true
		}
	}
	return false
}

// method writes the method that makes tuples of what waits.
func (g *gathering) method(b *boltGen) jen.Code {
	k := b.keyed
	key := "_"
	args := make([]jen.Code, len(g.stream.Fields))
	for i, f := range g.stream.Fields {
		if field := g.values[i]; field != "" {
			args[i] = jen.Id("st").Dot(field)
			continue
		}
		switch k.kind() {
		case compositeKey:
			args[i] = jen.Id("st").Dot(k.keyOf[k.parts[g.stream][slices.Index(g.stream.Latest, i)]])
			if f.Type.Kind == types.Time {
				// A time in a key came in a tuple, so it fits.
				args[i] = jen.Add(args[i]).Dot("UnixNano").Call()
			}
		default:
			key = "key"
			args[i] = jen.Id("key")
			if f.Type.Kind == types.Duration {
				args[i] = jen.Qual("time", "Duration").Call(args[i])
			} else if f.Type.Kind == types.Enum {
				args[i] = jen.Add(b.g.goType(f.Type)).Call(args[i])
			}
		}
	}
	f := &fn{g: b.g, comp: b.comp}
	body := f.block(func() {
		f.add(jen.List(jen.Id(key), jen.Id("st")).Op(":=").Id("t").Dot("keyed").Dot("At").Call(jen.Int().Call(jen.Id("i"))),
			jen.Id("st").Dot(g.waits).Op("=").False())
		for _, o := range b.outs.of[g.stream] {
			f.add(b.g.appendRow(f, o, jen.Id("t").Dot(o.field), g.stream, args)...)
		}
	})
	return jen.Commentf("%s makes tuples of the keys that wait, as they are now.", g.move).Line().
		Func().Params(jen.Id("t").Op("*").Id(b.goName)).Id(g.move).Params().Block(
		jen.For(jen.List(jen.Id("_"), jen.Id("i")).Op(":=").Range().Id("t").Dot(g.member).Dot("Waiting")).Block(body...))
}
