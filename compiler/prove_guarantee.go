package compiler

import (
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// A guarantee holds along a path if it holds at both of its ends: a spout that can give again what was lost on
// the way, and, for exactly-once, a sink that shows nothing of an attempt that came to nothing, or overwrites it.
// Between the two the engine keeps it, by one means for all topologies.

// proveGuarantee checks the guarantee that the header asks for.
func (c *compilation) proveGuarantee() {
	wanted := strength[c.program.Guarantee]
	for _, comp := range c.order {
		if comp.decl == nil || promiseOf(comp.ir) == nil || comp.ir.Go != nil && comp.ir.Go.Name == "" || comp.ir.Call != nil && (comp.lib == nil || comp.lib.kind != comp.kind) {
			continue
		}
		switch comp.kind {
		case ast.Spout:
			c.proveReplay(comp, wanted)
		case ast.Sink:
			c.proveOnce(comp, wanted)
		}
	}
	if c.failed() {
		return
	}
	if c.program.Guarantee == "exactly-once" {
		c.proveCertain()
	}
	if c.opts.ToRun && c.program.Guarantee == "exactly-once" && !c.failed() {
		c.proveRunsOnce()
	}
}

// proveRunsOnce refuses what epochs do not go through yet, rather than to run with less than was proven.
func (c *compilation) proveRunsOnce() {
	const lower = "build with `--guarantee at-least-once`, which lowers it for this build and leaves the text as it is"
	for _, comp := range c.order {
		if comp.decl == nil {
			continue
		}
		part := comp.ir.Go
		if part == nil || comp.kind == ast.Spout || part.Saved || part.Finish == nil && part.Tick == nil && !part.Keeps {
			continue
		}
		keeps := "its method Finish says that it keeps something until the end"
		switch {
		case part.Keeps:
			keeps = "it says that it keeps something, by its method KeepsState"
		case part.Finish == nil:
			keeps = "its method Tick says that it keeps something until then"
		}
		e := c.err(notYetGuarantee, comp.name.Span(), "guarantee exactly-once is proven, but what the Go of %s keeps in its fields is no part of an epoch", part.Name).
			related(c.guaranteeAt, "%s", c.whose()).
			note("%s", keeps)
		if part.Rows != nil {
			e.help("build with `--guarantee at-least-once`, which lowers it for this build and leaves the text as it is")
			continue
		}
		e.help("give %s the methods MarshalBinary and UnmarshalBinary of package encoding: what they give is committed with each epoch; or keep it in a `state` of a bolt of statements; or "+lower, part.Name)
	}
}

// promise is what a spout or sink can do for a guarantee.
type promise struct {
	name                string
	at                  source.Span
	replayable, commits bool
	idempotent          string
}

// promiseOf is what the signature of a library's component promises; a user's Go, what its methods do. Nil for statements.
func promiseOf(comp *ir.Component) *promise {
	switch call := comp.Call; {
	case call != nil:
		return &promise{call.Library + "." + call.Name, call.Span, call.Replayable, call.Commits, call.Idempotent}
	case comp.Go != nil:
		name := comp.Go.Name
		if name == "" {
			name = "Go" // whose package was not understood
		}
		return &promise{name: name, at: comp.Go.Span, replayable: comp.Go.Replayable, commits: comp.Go.Commits}
	}
	return nil
}

// proveReplay checks that what a spout has given can be had again.
func (c *compilation) proveReplay(comp *component, wanted int) {
	call := promiseOf(comp.ir)
	name := call.name
	switch {
	case comp.ir.Durable && call.replayable:
		c.warn(needlessDurable, trimmedEnd(c, comp.durableAt), "%s can replay by itself", name).
			note("`durable` would keep a second copy of all that it reads").
			fix(comp.durableAt, "", "take `durable` out")
	case comp.ir.Durable && c.declared == "none":
		c.warn(needlessDurable, trimmedEnd(c, comp.durableAt), "`durable` has no effect with guarantee none").
			note("nothing is replayed, because a tuple that is lost stays lost").
			fix(comp.durableAt, "", "take `durable` out")
	case wanted > 0 && !comp.ir.Durable && !call.replayable:
		c.err(cantReplay, comp.name.Span(), "guarantee %s needs spouts that can replay, and %s can't", c.program.Guarantee, comp.name.Name).
			related(c.guaranteeAt, "%s", c.whose()).
			related(call.at, "%s gives each tuple once; what is lost on the way nobody can ask for again", name).
			fix(c.beforeEquals(comp), "durable ", "write `durable` before the `=`: a log in front of it keeps what it has read")
	}
}

// proveOnce checks that a sink shows each tuple once.
func (c *compilation) proveOnce(comp *component, wanted int) {
	call := promiseOf(comp.ir)
	name := call.name
	once := call.commits || call.idempotent != ""
	switch {
	case comp.ir.Accepts && c.declared != "" && strength[c.declared] < 2:
		c.warn(needlessAccept, trimmedEnd(c, comp.acceptsAt), "`accept duplicates` has no effect with guarantee %s", c.declared).
			note("only exactly-once keeps duplicates from a sink").
			fix(comp.acceptsAt, "", "take `accept duplicates` out")
	case comp.ir.Accepts && call.commits:
		c.warn(needlessAccept, trimmedEnd(c, comp.acceptsAt), "%s commits with the batch: it gives nothing twice", name).
			fix(comp.acceptsAt, "", "take `accept duplicates` out")
	case wanted == 2 && !once && !comp.ir.Accepts:
		c.err(sinkRepeats, comp.name.Span(), "guarantee exactly-once does not hold at %s", comp.name.Name).
			related(c.guaranteeAt, "%s", c.whose()).
			related(call.at, "%s neither commits with the batch nor overwrites by key: what is tried again is there twice", name).
			fix(c.beforeEquals(comp), "accept duplicates ", "write `accept duplicates` before the `=` if that is harmless; or choose another sink").asks()
	}
}

// whose says what asks for the guarantee.
func (c *compilation) whose() string {
	if c.header.Name.Span() == c.guaranteeAt {
		return c.declared + " is the default"
	}
	return "asked for here"
}

// beforeEquals is where another option fits in: before the `=` of a component's call.
func (c *compilation) beforeEquals(comp *component) source.Span {
	at := promiseOf(comp.ir).at
	head := comp.decl.Span()
	head.End = at.Start
	if i := strings.LastIndexByte(c.text(head), '='); i >= 0 {
		at.Start = head.Start + i
	}
	at.End = at.Start
	return at
}

// maxWays bounds how many ways are listed into one sink: there may be more than could ever be read.
const maxWays = 32

// findPaths notes, for each spout and each sink that it reaches, the ways between them and what can hold there.
func (c *compilation) findPaths() {
	reads := c.sourcesOf()
	for _, sink := range c.order {
		if sink.kind != ast.Sink {
			continue
		}
		ways, more := waysInto(sink.ir, reads)
		for _, way := range ways {
			spout := c.order[slices.IndexFunc(c.order, func(o *component) bool { return o.ir == way[0] })]
			p := c.pathOf(spout, sink)
			p.Way, p.More = way, more
			c.program.Paths = append(c.program.Paths, p)
		}
	}
	at := map[*ir.Component]int{}
	for i, comp := range c.order {
		at[comp.ir] = i
	}
	slices.SortStableFunc(c.program.Paths, func(a, b *ir.Path) int {
		if n := at[a.Way[0]] - at[b.Way[0]]; n != 0 {
			return n
		}
		if n := at[a.Way[len(a.Way)-1]] - at[b.Way[len(b.Way)-1]]; n != 0 {
			return n
		}
		return len(a.Way) - len(b.Way)
	})
}

// sourcesOf says for each component what it reads, each once.
func (c *compilation) sourcesOf() map[*ir.Component][]*ir.Component {
	reads := map[*ir.Component][]*ir.Component{}
	for _, comp := range c.order {
		for _, in := range comp.inputs {
			for _, e := range in.edges {
				if from := e.Stream.From; !slices.Contains(reads[comp.ir], from) {
					reads[comp.ir] = append(reads[comp.ir], from)
				}
			}
		}
	}
	return reads
}

// waysInto finds the ways from spouts to a sink, without going round: the shortest from each spout, and others while they are not too many.
func waysInto(sink *ir.Component, reads map[*ir.Component][]*ir.Component) (ways [][]*ir.Component, more bool) {
	next := map[*ir.Component]*ir.Component{sink: nil}
	for queue := []*ir.Component{sink}; len(queue) > 0; queue = queue[1:] {
		for _, from := range reads[queue[0]] {
			if _, seen := next[from]; seen {
				continue
			}
			next[from] = queue[0]
			queue = append(queue, from)
			if from.Kind == ir.Spout {
				var way []*ir.Component
				for at := from; at != nil; at = next[at] {
					way = append(way, at)
				}
				ways = append(ways, way)
			}
		}
	}
	shortest, steps := len(ways), 0
	var way []*ir.Component // sink first
	var visit func(at *ir.Component)
	visit = func(at *ir.Component) {
		if steps++; more || steps > 1000 {
			more = true
			return
		}
		way = append(way, at)
		if at.Kind == ir.Spout {
			found := slices.Clone(way)
			slices.Reverse(found)
			switch {
			case slices.ContainsFunc(ways[:shortest], func(w []*ir.Component) bool { return slices.Equal(w, found) }):
			case len(ways) >= max(maxWays, shortest):
				more = true
			default:
				ways = append(ways, found)
			}
		}
		for _, from := range reads[at] {
			if !slices.Contains(way, from) {
				visit(from)
			}
		}
		way = way[:len(way)-1]
	}
	visit(sink)
	return ways, more
}

// pathOf says what can hold from a spout to a sink.
func (c *compilation) pathOf(spout, sink *component) *ir.Path {
	in, out := promiseOf(spout.ir), promiseOf(sink.ir)
	switch {
	case in != nil && !in.replayable && !spout.ir.Durable:
		return &ir.Path{Guarantee: "none", Weakest: spout.ir, Why: in.name + " can't replay, and is not durable"}
	case sink.ir.Accepts && out != nil && !out.commits:
		return &ir.Path{Guarantee: "at-least-once", Weakest: sink.ir, Why: "it accepts duplicates"}
	case out != nil && !out.commits && out.idempotent == "":
		return &ir.Path{Guarantee: "at-least-once", Weakest: sink.ir, Why: out.name + " neither commits with the batch nor overwrites by key"}
	}
	return &ir.Path{Guarantee: "exactly-once"}
}
