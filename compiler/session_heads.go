package compiler

import (
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
)

// Where the head of a component changes, or the default of a param, all heads of components are resolved again, which is cheap, but only those
// statements are typed again that may see the change: those of the component itself, and of who reads a stream of it that is another one now. All
// other statements go on with what they know, so a stream and an input of a declaration that is the same stays the same object.

// names is what was known before the components: the rest of the heads is done again from here.
type names struct {
	// again says that this is possible: there are no instances of graphs, no queries, and no Go, which have more to them than heads.
	again      bool
	diags      []*diag.Diagnostic
	marks      []*bool
	open       map[*component]bool
	params     map[*ir.Param]ir.Param
	broken     bool
	lost       bool
	anyEndless bool
}

// keepNames keeps what is known before the components.
func (k *checked) keepNames() {
	c := k.c
	_, flags := c.flags()
	n := &k.names
	*n = names{again: len(c.instances) == 0, diags: slices.Clone(c.all), marks: marked(flags), open: map[*component]bool{}, params: map[*ir.Param]ir.Param{},
		broken: c.brokenComponents, lost: c.lostSources, anyEndless: c.anyEndless}
	for _, comp := range c.order {
		n.open[comp] = comp.open
		n.again = n.again && comp.decl != nil && comp.home == c.module && plainHead(comp.decl)
	}
	for _, p := range c.program.Params {
		n.params[p] = *p
	}
}

// plainHead reports whether all that a head says can be said again.
func plainHead(d *ast.Component) bool {
	return d.Select == nil && d.Go == nil && !slices.ContainsFunc(d.Inputs, func(in *ast.Input) bool {
		return in.Grouping != nil && in.Grouping.Kind != nil && in.Grouping.Kind.Name == "go"
	})
}

// keepHeads keeps what is known before the statements.
func (k *checked) keepHeads() {
	c := k.c
	k.inBodies, k.flags = c.flags()
	k.heads, k.base, k.broken = slices.Clone(c.all), marked(k.flags), c.brokenComponents
	k.groupings, k.bounds = map[*input]ir.GroupingKind{}, map[*ir.Param][]ir.Bound{}
	for _, p := range c.program.Params {
		k.bounds[p] = slices.Clip(p.Bounds)
	}
	for _, comp := range c.order {
		for _, in := range comp.inputs {
			k.groupings[in] = in.grouping
		}
	}
}

// component returns the component that a part is; nil where it is something else, or has mistakes.
func (p *part) component() *ast.Component {
	if len(p.tree.Decls) != 1 || len(p.diags) > 0 {
		return nil
	}
	d, _ := p.tree.Decls[0].(*ast.Component)
	return d
}

// param likewise returns the param that a part is.
func (p *part) param() *ast.Param {
	if len(p.tree.Decls) != 1 || len(p.diags) > 0 {
		return nil
	}
	d, _ := p.tree.Decls[0].(*ast.Param)
	return d
}

// sameBut reports whether a declaration differs in its statements only.
func sameBut(p, old *part) bool {
	d, was := p.bolt(), old.bolt()
	if d == nil || was == nil {
		return false
	}
	before, behind := p.around(d)
	oldBefore, oldBehind := old.around(was)
	return before == oldBefore && behind == oldBehind
}

// otherHead reports whether a declaration is the component that it was, with another head, and no more must be done again than heads.
func (k *checked) otherHead(p, old *part) bool {
	d, was := p.component(), old.component()
	return k.names.again && d != nil && was != nil && k.of[was] != nil && d.Kind == was.Kind && d.Name.Name == was.Name.Name && plainHead(d) &&
		(d.Kind == ast.Bolt) == (d.Body != nil) && (was.Kind == ast.Bolt) == (was.Body != nil) && len(d.Params)+len(was.Params) == 0 &&
		k.c.graphOf(&component{decl: d}) == nil && !mention(k.names.diags, old.file.Name)
}

// otherDefault reports whether a declaration is the param that it was, with another default, which names nothing.
func (k *checked) otherDefault(p, old *part) bool {
	d, was := p.param(), old.param()
	if !k.names.again || d == nil || was == nil || d.Default == nil || was.Default == nil || mention(k.names.diags, old.file.Name) || !literal(d.Default) || !literal(was.Default) {
		return false
	}
	v := k.c.values[was.Name.Name]
	if v == nil || v.param != was || v.ir == nil || len(k.names.params[v.ir].Bounds) > 0 || d.Secret {
		return false // a setting that takes it would be looked at again
	}
	before, behind := p.file.Text[:d.Default.Span().Start], p.file.Text[d.Default.Span().End:]
	return before == old.file.Text[:was.Default.Span().Start] && behind == old.file.Text[was.Default.Span().End:]
}

// literal reports whether an expression names nothing.
func literal(x ast.Expr) bool {
	named := false
	ast.Walk(x, func(n ast.Spanned) bool {
		switch n.(type) {
		case *ast.Name, *ast.Call, *ast.Select:
			named = true
		}
		return !named
	})
	return !named
}

// mention reports whether a diagnostic has a place in a file.
func mention(all []*diag.Diagnostic, file string) bool {
	return slices.ContainsFunc(all, func(d *diag.Diagnostic) bool {
		return d.Span.File == file || slices.ContainsFunc(d.Related, func(l diag.Label) bool { return l.Span.File == file }) ||
			slices.ContainsFunc(d.Fixes, func(f diag.Fix) bool { return f.Span.File == file })
	})
}

// redeclare gives a component its new declaration.
func (k *checked) redeclare(comp *component, d *ast.Component) {
	delete(k.of, comp.decl)
	k.of[d] = comp
	comp.decl, comp.name = d, d.Name
	comp.ir.Doc, comp.ir.Span, comp.ir.NameAt = d.Docs(), d.Span(), d.Name.Span()
}

// redefault gives a param its new default; false where that is a mistake.
func (k *checked) redefault(old, d *ast.Param) bool {
	c := k.c
	v := c.values[old.Name.Name]
	was, given := v.ir, len(c.program.Params)
	said := len(c.all)
	v.param, v.name = d, d.Name
	k.types.now = k.types.heads
	c.resolveParam(v)
	made := *v.ir
	c.program.Params = c.program.Params[:given]
	*was, v.ir = made, was
	k.names.params[was] = made
	return len(c.all) == said
}

// head is what the head of a component gave before.
type head struct {
	outputs []*stream
	inputs  []*input
}

// resolveHeads resolves the heads of all components again. It returns those whose statements may see a change; of the components in `changed` they do.
// Where it reports false, all must be done again.
func (k *checked) resolveHeads(changed map[*component]bool) (see map[*component]bool, ok bool) {
	c, n := k.c, &k.names
	for _, f := range k.flags {
		*f = false
	}
	for _, f := range n.marks {
		*f = true
	}
	for _, p := range c.program.Params {
		*p = n.params[p]
	}
	c.all = slices.Clone(n.diags)
	c.brokenComponents, c.lostSources, c.anyEndless = n.broken, n.lost, n.anyEndless
	k.types.components = map[ast.Spanned]*types.Type{}
	k.types.now = k.types.components
	was := make(map[*component]head, len(c.order))
	for _, comp := range c.order {
		was[comp] = head{comp.outputs, comp.inputs}
		comp.clearHead(n.open[comp])
	}
	c.giveOutputs()
	other := map[*stream]bool{}
	for _, comp := range c.order {
		comp.keepOutputs(was[comp].outputs, other)
	}
	c.giveInputs()
	see = map[*component]bool{}
	for _, comp := range c.order {
		same := len(comp.inputs) == len(was[comp].inputs) && !changed[comp]
		for i, in := range comp.inputs {
			same = same && k.sameInput(in, was[comp].inputs[i], other)
		}
		if !same {
			see[comp] = true
			continue
		}
		comp.keepInputs(was[comp].inputs)
	}
	c.implement()
	for _, d := range c.all[len(n.diags):] {
		if !strings.Contains(d.Span.File, "\x00") {
			return nil, false // of a library, which says it once
		}
	}
	k.keepHeads()
	return see, true
}

// clearHead forgets all that the head of a component gave.
func (comp *component) clearHead(open bool) {
	i := comp.ir
	*i = ir.Component{Name: i.Name, Kind: i.Kind, Doc: i.Doc, Span: i.Span, NameAt: i.NameAt, Tasks: 1, Body: i.Body, Box: i.Box}
	*comp = component{
		decl: comp.decl, name: comp.name, kind: comp.kind, ir: i, home: comp.home, rep: comp.rep, expanded: comp.expanded, grouping: comp.grouping, open: open,
		unread: comp.unread, lost: comp.lost, body: comp.body, timers: comp.timers, astray: comp.astray, queried: comp.queried,
	}
}

// keepOutputs puts the streams that were there before in the place of those of the same names. Those that have other tuples than before are added to `other`.
func (comp *component) keepOutputs(was []*stream, other map[*stream]bool) {
	for i, s := range comp.outputs {
		at := slices.IndexFunc(was, func(w *stream) bool { return w.ir.Name == s.ir.Name })
		if at < 0 || s.decl == nil || slices.Contains(comp.outputs[:i], was[at]) {
			continue
		}
		old := was[at]
		if old.opaque != s.opaque || !sameTuples(old.ir.Fields, s.ir.Fields) || !slices.Equal(old.ir.Latest, s.ir.Latest) {
			other[old] = true
		}
		kept, emits := old.ir, old.emits
		*kept, *old = *s.ir, *s
		old.ir, old.emits = kept, emits
		comp.outputs[i] = old
		for j, out := range comp.ir.Outputs {
			if out == s.ir {
				comp.ir.Outputs[j] = kept
			}
		}
	}
}

// keepInputs puts the inputs that were there before in the place of those that are like them.
func (comp *component) keepInputs(was []*input) {
	for i, in := range comp.inputs {
		old := was[i]
		kept := old.ir
		*kept, *old = *in.ir, *in
		old.ir = kept
		for _, e := range old.edges {
			e.Input = kept
		}
		comp.inputs[i], comp.ir.Inputs[i] = old, kept
	}
}

// sameInput reports whether statements see in an input what they saw before.
func (k *checked) sameInput(in, old *input, other map[*stream]bool) bool {
	return in.decl == old.decl && in.ir.Alias == old.ir.Alias && in.opaque == old.opaque && in.doubled == old.doubled && in.grouping == k.groupings[old] &&
		slices.Equal(in.keys, old.keys) && slices.Equal(in.lacks, old.lacks) && slices.Equal(in.sources, old.sources) && sameTuples(in.ir.Fields, old.ir.Fields) &&
		!slices.ContainsFunc(in.sources, func(s *stream) bool { return other[s] })
}

// sameTuples reports whether fields are the same in all that can be said of them.
func sameTuples(a, b []types.Field) bool {
	return slices.EqualFunc(a, b, func(f, g types.Field) bool {
		return f.Name == g.Name && (f.Type == g.Type || f.Type.Kind == g.Type.Kind && f.Type.Equal(g.Type) && f.Type.String() == g.Type.String())
	})
}
