package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
)

// expiry is the `ttl` of a bolt's keyed states: a state that was not written for so long is as it began. A tuple of the key and a block
// that visits it see to that by themselves; Tick finds the keys that nobody comes by, and where all states of a key have
// expired deletes it from the table.
type expiry struct {
	states []*lifetime
	whole  bool   // every keyed state has a ttl: keys are deleted
	queue  string // of the task: the keys, by when something of them expires
	hash   string // of the row: of the key, which deleting needs
	b      *boltGen
}

// lifetime is the ttl of one state.
type lifetime struct {
	state   *ir.State
	ttl     string // of the task
	written string // of the row: when, since the task opened
}

// hasTTL reports whether a keyed state of the bolt expires.
func (b *boltGen) hasTTL() bool {
	for _, s := range b.comp.Body.States {
		if s.TTL != nil {
			return true
		}
	}
	return false
}

func (b *boltGen) newTTL() {
	if !b.hasTTL() {
		return
	}
	e := &expiry{b: b, whole: true, queue: b.member.take("expiry"), hash: b.keyed.member.take("hash")}
	for _, s := range b.keyed.states {
		if s.TTL == nil {
			e.whole = false
			continue
		}
		e.states = append(e.states, &lifetime{state: s, ttl: b.member.take(s.Name + "_ttl"), written: b.keyed.member.take(s.Name + "_written")})
	}
	b.ttl, b.at, b.now = e, true, true
}

func (e *expiry) fields(s *jen.Group) {
	if e == nil {
		return
	}
	for _, l := range e.states {
		s.Id(l.ttl).Qual("time", "Duration")
	}
	s.Id(e.queue).Qual(pkgTask, "Deadlines")
}

func (e *expiry) rowFields(s *jen.Group) {
	if e == nil {
		return
	}
	for _, l := range e.states {
		s.Id(l.written).Qual("time", "Duration").Comment("// when " + l.state.Name + " was, since the task opened")
	}
	if e.whole {
		s.Id(e.hash).Uint64()
	}
}

// openTTL writes what Open does.
func (b *boltGen) openTTL() []jen.Code {
	var out []jen.Code
	if b.ttl != nil {
		for _, l := range b.ttl.states {
			out = append(out, b.openDelay(l.state.TTL, l.ttl)...)
		}
	}
	return out
}

// begin writes what a new key's row begins with.
func (e *expiry) begin(hash jen.Code) []jen.Code {
	if e == nil {
		return nil
	}
	var out []jen.Code
	for _, l := range e.states {
		out = append(out, jen.Id("st").Dot(l.written).Op("=").Id("t").Dot("at"))
	}
	if e.whole {
		out = append(out, jen.Id("st").Dot(e.hash).Op("=").Add(hash))
	}
	return append(out, jen.Id("t").Dot(e.queue).Dot("Add").Call(jen.Add(e.first("t", "at")), jen.Id("st").Dot("row")))
}

// first is code for when something of a key written at a time expires first.
func (e *expiry) first(x, field string) *jen.Statement {
	at := jen.Id(x).Dot(field)
	if len(e.states) == 1 {
		return at.Op("+").Id("t").Dot(e.states[0].ttl)
	}
	var all []jen.Code
	for _, l := range e.states {
		all = append(all, jen.Id("t").Dot(l.ttl))
	}
	return at.Op("+").Id("min").Call(all...)
}

// expired is code for whether a state of st has expired.
func (l *lifetime) expired() *jen.Statement {
	return jen.Id("t").Dot("at").Op("-").Id("st").Dot(l.written).Op(">=").Id("t").Dot(l.ttl)
}

// reset is code that makes a state of st what it began as.
func (e *expiry) reset(l *lifetime) *jen.Statement {
	b := e.b
	target := jen.Id("st").Dot(b.keyed.goOf[l.state])
	if l.state.Initial != nil {
		f := b.g.startup(b.comp)
		return target.Op("=").Add(f.expr(l.state.Initial).code)
	}
	return target.Op("=").Op("*").New(b.g.goType(l.state.Type))
}

// expire writes that the states of st that have expired are as they began. That is no write: they stay expired, and a key is live no longer for having
// been looked at.
func (e *expiry) expire(*boltGen) []jen.Code {
	if e == nil {
		return nil
	}
	var out []jen.Code
	for _, l := range e.states {
		out = append(out, jen.If(l.expired()).Block(e.reset(l)))
	}
	return out
}

// revive writes that a tuple makes a key live again all of which had expired, as if the key were new. It comes when the tuple has not failed.
func (e *expiry) revive() []jen.Code {
	if e == nil || !e.whole {
		return nil
	}
	var out []jen.Code
	for _, l := range e.states {
		out = append(out, jen.Id("st").Dot(l.written).Op("=").Id("t").Dot("at"))
	}
	return []jen.Code{jen.If(e.gone()).Block(out...)}
}

// gone is code for whether all of a key has expired.
func (e *expiry) gone() *jen.Statement {
	var all *jen.Statement
	for _, l := range e.states {
		if all == nil {
			all = l.expired()
		} else {
			all = all.Op("&&").Add(l.expired())
		}
	}
	return all
}

// skip writes that a loop over the live keys leaves out one of which all has expired.
func (e *expiry) skip() []jen.Code {
	if e == nil || !e.whole {
		return nil
	}
	return []jen.Code{jen.If(e.gone()).Block(jen.Return(jen.True()))}
}

// wrote writes that a state was written now.
func (e *expiry) wrote(f *fn, s *ir.State, ctx *context) {
	if e == nil {
		return
	}
	for _, l := range e.states {
		if l.state == s {
			row := "st"
			if ctx.rollback {
				row = "cur"
			}
			f.add(jen.Id(row).Dot(l.written).Op("=").Id("t").Dot("at"))
		}
	}
}

func (e *expiry) due() jen.Code {
	return jen.Id("due").Dot("Later").Call(jen.Id("t").Dot("began"), jen.Op("&").Id("t").Dot(e.queue))
}

// sweep writes the part of Tick that gives back what has expired.
func (e *expiry) sweep(b *boltGen) jen.Code {
	queue := func() *jen.Statement { return jen.Id("t").Dot(e.queue) }
	key := "_"
	if e.whole && b.epochs != nil {
		key = "key"
	}
	body := []jen.Code{
		jen.List(jen.Id("row"), jen.Id("ok")).Op(":=").Add(queue()).Dot("Next").Call(jen.Id("t").Dot("at")),
		jen.If(jen.Op("!").Id("ok")).Block(jen.Break()),
		jen.List(jen.Id(key), jen.Id("st")).Op(":=").Id("t").Dot("keyed").Dot("At").Call(jen.Int().Call(jen.Id("row"))),
	}
	if e.whole {
		gone := e.gone()
		for _, t := range b.timers {
			if t.Kind == ir.After {
				gone = gone.Op("&&").Op("!").Id("st").Dot(t.waits)
			}
		}
		body = append(body, jen.If(gone).Block(append(b.epochs.deleted(),
			jen.Id("t").Dot("keyed").Dot("Delete").Call(jen.Id("st").Dot(e.hash), jen.Int().Call(jen.Id("row"))),
			jen.Continue())...))
	}
	// What expires next; a state that has is asked for again when it could have once more.
	body = append(body, jen.Id("next").Op(":=").Qual(pkgTask, "Never"))
	for _, l := range e.states {
		left := jen.Id("left").Op(":=").Id("st").Dot(l.written).Op("+").Id("t").Dot(l.ttl)
		body = append(body, jen.If(left, jen.Id("left").Op(">").Id("t").Dot("at")).Block(
			jen.Id("next").Op("=").Id("min").Call(jen.Id("next"), jen.Id("left")),
		).Else().Block(
			e.reset(l),
			jen.Id("next").Op("=").Id("min").Call(jen.Id("next"), jen.Id("t").Dot("at").Op("+").Id("t").Dot(l.ttl)),
		))
	}
	body = append(body, jen.Add(queue()).Dot("Add").Call(jen.Id("next"), jen.Id("row")))
	return jen.For(jen.Id("n").Op(":=").Add(queue()).Dot("Some").Call(), jen.Id("n").Op(">").Lit(0), jen.Id("n").Op("--")).Block(body...)
}
