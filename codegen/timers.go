package codegen

import (
	"slices"

	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
)

// timer is a block that the engine's Tick runs.
type timer struct {
	*ir.Timer
	method string
	delay  string // of the task: the duration
	next   string // of `every`: when it runs next; of `after`: its task.Deadlines
	last   string // of the key's row, for `after`: when its last tuple came, since the task opened
	waits  string // of the key's row, for `after`: it stands in the deadlines
}

// newTimers names what the bolt's timers need.
func (b *boltGen) newTimers() {
	for i, t := range b.comp.Body.Timers {
		if t.Kind == ir.AtMark {
			b.newEnding(t)
			continue
		}
		word := "every"
		if t.Kind == ir.After {
			word = "after"
			b.at = true
		}
		name := fmt.Sprintf("%s%d", word, i)
		one := &timer{Timer: t, method: b.member.take(name), delay: b.member.take(name + "_delay"), next: b.member.take(name + "_next")}
		if t.Kind == ir.After {
			one.last, one.waits = b.keyed.member.take(name+"_last"), b.keyed.member.take(name+"_waits")
		}
		b.timers = append(b.timers, one)
	}
	b.now = b.now || len(b.timers) > 0
}

// visitsKeys reports whether some block runs for each live key.
func (b *boltGen) visitsKeys() bool {
	for _, t := range b.comp.Body.Timers {
		if t.Kind == ir.EveryPer {
			return true
		}
	}
	return b.comp.Body.FinishPer != nil
}

// needsRow reports whether a key's row must know its number.
func (b *boltGen) needsRow() bool {
	for _, t := range b.timers {
		if t.Kind == ir.After {
			return true
		}
	}
	return b.ending != nil || len(b.gather) > 0 || b.hasTTL() || b.g.commits() || b.stored != nil
}

// startsTimers reports whether the tuples of an input start the bolt's `after` timers: they come by the state's key.
func (b *boltGen) startsTimers(in *ir.Input) bool {
	after := false
	for _, t := range b.timers {
		after = after || t.Kind == ir.After
	}
	return after && b.comesByKey(in)
}

// comesByKey reports whether the tuples of an input come by the state's key, so that each makes its key a live one, also where
// its handler does not look at the state.
func (b *boltGen) comesByKey(in *ir.Input) bool {
	for _, e := range b.g.ins[b.comp] {
		if e.Input == in && (e.Grouping != ir.ByFields || !sameNames(e.KeyNames(), b.keyedBy())) {
			return false
		}
	}
	return true
}

// sameNames reports whether two lists have the same names, in any order.
func sameNames(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func (b *boltGen) timerFields(s *jen.Group) {
	if b.at || len(b.timers) > 0 || b.retry {
		s.Id("began").Qual("time", "Time").Comment("// when the task was opened")
	}
	if b.at {
		s.Id("at").Qual("time", "Duration").Comment("// the time of the batch, since then")
	}
	b.ending.fields(s)
	for _, t := range b.timers {
		s.Id(t.delay).Qual("time", "Duration")
		if t.Kind == ir.After {
			s.Id(t.next).Qual(pkgTask, "Deadlines")
		} else {
			s.Id(t.next).Qual("time", "Time")
		}
	}
}

func (b *boltGen) timerRowFields(s *jen.Group) {
	b.ending.rowFields(s)
	for _, t := range b.timers {
		if t.Kind == ir.After {
			s.Id(t.last).Qual("time", "Duration").Comment("// when the last tuple of this key came")
			s.Id(t.waits).Bool().Comment("// its timer runs")
		}
	}
}

// openTimers writes what Open does for timers.
func (b *boltGen) openTimers() []jen.Code {
	var ends []jen.Code
	if e := b.ending; e != nil && e.Frames != nil {
		ends = e.open(b)
	} else if e != nil && e.Due == nil && e.Delay != nil {
		ends = b.openDelay(e.Delay, e.delay)
	}
	if !b.at && len(b.timers) == 0 && !b.hasTTL() && !b.retry {
		return ends
	}
	out := append(ends, jen.Id("t").Dot("began").Op("=").Id("ctx").Dot("Now").Call())
	for _, t := range b.timers {
		out = append(out, b.openDelay(t.Delay, t.delay)...)
		if t.Kind != ir.After {
			first := jen.Id("t").Dot("began").Dot("Add").Call(jen.Id("t").Dot(t.delay))
			if t.Aligned {
				first = jen.Qual(pkgTask, "Aligned").Call(jen.Id("t").Dot("began"), jen.Id("t").Dot(t.delay))
			}
			out = append(out, jen.Id("t").Dot(t.next).Op("=").Add(first))
		}
	}
	return out
}

// openDelay writes that a duration out of constants and params is kept in a field of the task; Open refuses one that is not above zero.
func (b *boltGen) openDelay(x ir.Expr, field string) []jen.Code {
	return b.openDuration(x, jen.Id("t").Dot(field))
}

// openDuration does the same for any variable.
func (b *boltGen) openDuration(x ir.Expr, target *jen.Statement) []jen.Code {
	return b.g.openDuration(b.comp, x, target, func() { b.param = true })
}

// noteTime writes that the time is noted.
func (b *boltGen) noteTime() jen.Code {
	return jen.Id("t").Dot("at").Op("=").Id("t").Dot("now").Call().Dot("Sub").Call(jen.Id("t").Dot("began"))
}

// startTimers writes that the `after` timers of a tuple's key start anew.
func (b *boltGen) startTimers(ctx *context) []jen.Code {
	row := "st"
	if ctx.rollback {
		row = "cur"
	}
	var out []jen.Code
	for _, t := range b.timers {
		if t.Kind != ir.After {
			continue
		}
		out = append(out, jen.Id(row).Dot(t.last).Op("=").Id("t").Dot("at"),
			jen.If(jen.Op("!").Id(row).Dot(t.waits)).Block(
				jen.Id(row).Dot(t.waits).Op("=").True(),
				jen.Id("t").Dot(t.next).Dot("Add").Call(jen.Id("t").Dot("at").Op("+").Id("t").Dot(t.delay), jen.Id(row).Dot("row"))))
	}
	return out
}

// settleAll writes that no tuple waits in a key's row.
func (b *boltGen) settleAll() []jen.Code {
	var out []jen.Code
	for _, g := range b.gatherList() {
		out = append(out, jen.Id("t").Dot(g.member).Dot("Settle").Call())
	}
	return out
}

// timerMethods writes Due, Tick and a method for each timer.
func (b *boltGen) timerMethods() []jen.Code {
	if len(b.timers) == 0 && b.ttl == nil && !b.retry {
		return nil
	}
	self := func() *jen.Statement { return jen.Func().Params(jen.Id("t").Op("*").Id(b.goName)) }
	due := []jen.Code{jen.Var().Id("due").Qual(pkgTask, "Due")}
	tick := b.settleAll()
	if b.at {
		tick = append(tick, jen.Id("t").Dot("at").Op("=").Id("now").Dot("Sub").Call(jen.Id("t").Dot("began")))
	}
	var out []jen.Code
	for _, t := range b.timers {
		next, delay := jen.Id("t").Dot(t.next), jen.Id("t").Dot(t.delay)
		if t.Kind == ir.After {
			due = append(due, jen.Id("due").Dot("First").Call(jen.Id("t").Dot("began"), jen.Op("&").Add(next)))
			last := func() *jen.Statement { return jen.Id("st").Dot(t.last).Op("+").Add(delay) }
			tick = append(tick, jen.For(jen.Id("n").Op(":=").Add(next).Dot("Some").Call(), jen.Id("n").Op(">").Lit(0), jen.Id("n").Op("--")).Block(
				jen.List(jen.Id("row"), jen.Id("ok")).Op(":=").Add(next).Dot("Next").Call(jen.Id("t").Dot("at")),
				jen.If(jen.Op("!").Id("ok")).Block(jen.Break()),
				jen.List(jen.Id("key"), jen.Id("st")).Op(":=").Id("t").Dot("keyed").Dot("At").Call(jen.Int().Call(jen.Id("row"))),
				jen.If(last().Op(">").Id("t").Dot("at")).Block(
					jen.Comment("There was another tuple since."),
					jen.Add(next).Dot("Add").Call(last(), jen.Id("row")),
					jen.Continue()),
				jen.Id("st").Dot(t.waits).Op("=").False(),
				jen.Id("t").Dot(t.method).Call(jen.Id("key"), jen.Id("st"))))
		} else {
			due = append(due, jen.Id("due").Dot("At").Call(next))
			run := jen.Code(jen.Id("t").Dot(t.method).Call())
			if t.Kind == ir.EveryPer {
				run = b.keyed.each(b, []jen.Code{jen.Id("t").Dot(t.method).Call(jen.Id("key"), jen.Id("st"))})
			}
			tick = append(tick, jen.If(jen.Op("!").Id("now").Dot("Before").Call(next)).Block(
				jen.Add(next).Op("=").Qual(pkgTask, "Following").Call(next, delay, jen.Id("now")), run))
		}
		params, body := []jen.Code{}, []jen.Code(nil)
		if t.Kind == ir.Every {
			body = b.once(t.Block, b.newFailing(t.method, nil), nil)
		} else {
			params = []jen.Code{b.keyed.keyParam(), jen.Id("st").Op("*").Id(b.keyed.goName)}
			body = b.perKey(t.method, t.Keys, t.Block)
		}
		out = append(out, jen.Commentf("%s runs %s.", t.method, cleanPlace(b.g.place(t.Span))).Line().
			Add(self().Id(t.method).Params(params...).Block(body...)))
	}
	if b.ttl != nil {
		due = append(due, b.ttl.due())
		tick = append(tick, b.ttl.sweep(b))
	}
	if b.retry {
		due = append(due, jen.Id("t").Dot("retry").Dot("Due").Call(jen.Op("&").Id("due"), jen.Id("t").Dot("began")))
		tick = append(tick, jen.If(jen.Err().Op(":=").Id("t").Dot("retry").Dot("Tick").Call(jen.Id("t").Dot("at")), jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Err())))
	}
	due = append(due, jen.Return(jen.Id("due").Dot("Time").Call()))
	tick = append(tick, jen.Return(jen.Nil()))
	if b.retry {
		out = append(out, jen.Comment("Held is how many tuples wait to be tried again.").Line().
			Add(self().Id("Held").Params().Params(jen.Int(), jen.Bool()).Block(jen.Return(jen.Id("t").Dot("retry").Dot("Held").Call()))))
	}
	return append([]jen.Code{
		jen.Comment("Due is when the next timer runs.").Line().
			Add(self().Id("Due").Params().Params(jen.Qual("time", "Time"), jen.Bool()).Block(due...)),
		jen.Comment("Tick runs the timers that are due.").Line().
			Add(self().Id("Tick").Params(jen.Id("now").Qual("time", "Time")).Error().Block(tick...)),
	}, out...)
}
