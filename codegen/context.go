package codegen

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/lang/source"
)

// context describes the place a body runs in.
type context struct {
	keyed      bool // the key's row is at hand
	rollback   bool
	alone      bool                       // the body runs for one tuple, in a method or where it was emitted
	inlined    bool                       // where it was emitted
	bodyName   string                     // the label of the body
	raw        func(i int) *jen.Statement // a field of the input as it came
	hash       func() *jen.Statement      // of the key that the tuple came by
	failing    *failing
	key        func() jen.Code                               // of the tuple, where it waits
	keep       string                                        // method that copies it then
	keepMethod func()                                        // notes that the method is called
	again      func(place, why, lasting jen.Code) []jen.Code // lets the tuple be tried again, where it is and is left
	origin     func() jen.Code                               // the spout's tuple that it comes from; nil where that is not known
	emitted    map[*output]bool                              // outputs written to
	gathered   bool                                          // tuples were left to wait in their keys' rows
	bunched    bool                                          // the keys' rows were found for some tuples at once: see bunch
	fresh      bool                                          // and it matters which are new
	next       bool                                          // with their numbers
	readsRow   bool                                          // the tuple's row is read
	holdsOwn   string                                        // the variable in which the loop may hold the task's own state; "" if it may not
	ownHeld    bool                                          // and does
	fetching   bool                                          // rows of keys are only seen to be there: see stored
	// labels used
	tupleLabel, bodyLabel bool
	exit                  string // label that a failed tuple leaves by
	exitBreak             bool   // by break (finish), not by continue (handlers)
}

// newFn returns an fn for a body of this bolt.
func (b *boltGen) newFn(block *ir.Block, ctx *context) *fn {
	fake := b.g.tests.standsIn(b.comp)
	f := &fn{g: b.g, comp: b.comp, reads: countReads(block), deep: assignsDeep(block), uncounted: fake || b.g.tests.isPlain(b.comp)}
	f.paramOf = func() *jen.Statement { b.param = true; return jen.Id("t").Dot("param") }
	f.arenaOf = func() *jen.Statement { b.scratch = true; return jen.Id("t").Dot("scratch") }
	f.nowOf = func() *jen.Statement {
		b.now = true
		return jen.Id("t").Dot("now").Call().Dot("Round").Call(jen.Lit(0)).Dot("UTC").Call()
	}
	if b.comp.Timeout != nil {
		f.limitOf = func() *jen.Statement { b.limit = true; return jen.Id("t").Dot("limit") }
	}
	f.stateOf = func(s *ir.State) val { return simple(b.stateCode(s, ctx)) }
	f.failed = func(span source.Span, why jen.Code) { f.failedIn(jen.Lit(b.g.place(span)), why) }
	f.failedIn = func(place, why jen.Code) {
		b.failer = true
		if ctx.rollback {
			// The reason may be made of what is taken back.
			name := f.temp("why")
			f.add(jen.Id(name).Op(":=").Add(why))
			why = jen.Id(name)
			b.takeBack(f, ctx)
		}
		ctx.tupleLabel = true
		if ctx.alone {
			f.add(ctx.failing.call(place, why, b.attempts()))
			if ctx.inlined {
				f.add(jen.Break().Id(ctx.exit))
			} else if ctx.bunched {
				f.add(jen.Continue().Id(ctx.exit))
			} else {
				f.add(jen.Return())
			}
			return
		}
		if ctx.again != nil && f.passing {
			f.add(ctx.again(place, why, f.lasting)...)
		}
		if ctx.origin != nil && f.passing && len(ctx.failing.outs) == 0 {
			f.add(askAgain(b.g.again(b.comp, ctx.origin(), place, why, b.attempts()), f.lasting, jen.Continue().Id(ctx.exit)))
		}
		f.add(ctx.failing.call(place, why, b.attempts()))
		if ctx.exitBreak {
			f.add(jen.Break().Id(ctx.exit))
		} else {
			f.add(jen.Continue().Id(ctx.exit))
		}
	}
	f.returned = func() {
		ctx.bodyLabel = true
		f.add(jen.Break().Id(ctx.bodyName))
	}
	f.emit = func(s *ir.Stream, args []jen.Code) { b.emit(f, ctx, s, args) }
	f.outOf = func(e *ir.Edge) *jen.Statement {
		i := slices.IndexFunc(b.outs.list, func(o *output) bool { return o.edge == e })
		return jen.Id("t").Dot(b.outs.list[i].field)
	}
	f.latest = func(s *ir.Stream, args []jen.Code) { b.emitLatest(f, ctx, s, args) }
	f.latestKey = func(s *ir.Stream, args []ir.Expr) bool { return ctx.keyed && b.keyed.isLatestKey(s, args) }
	f.wrote = func(s *ir.State) { b.ttl.wrote(f, s, ctx) }
	if ctx.rollback {
		b.marks = true
	}
	if ctx.rollback && !fake {
		f.undo = func(code ...jen.Code) {
			f.add(jen.Id("t").Dot("undo").Op("=").Append(jen.Id("t").Dot("undo"), jen.Func().Params().Block(code...)))
		}
	}
	return f
}
