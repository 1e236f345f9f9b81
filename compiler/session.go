package compiler

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
)

// Session checks a topology again and again while its text changes, as an editor does. It gives the diagnostics that Compile gives, and
// does again only what a change makes necessary: declarations whose text is the same are not parsed again, and where only
// statements of bolts have changed, only these bolts are typed again, before everything is proven anew. See session_heads.go for heads.
//
// Each declaration is a file of its own to the compiler, so that nothing in it depends on where it stands; only in the
// diagnostics that come out are its places those of the real file. A Session is used by one goroutine at a time.
type Session struct {
	opts  Options
	parts map[string]*part // by text, and how often it stood before
	names int
	last  *checked
	index *Index // of the last Check; nil until somebody asks
}

// part is a declaration that was parsed.
type part struct {
	file  *source.File
	tree  *ast.File
	diags []diag.Diagnostic
	// Of the last Check: where it stands.
	in   *source.File
	base int
}

// bolt returns the bolt with statements that a part is; nil where it is something else, or has mistakes.
func (p *part) bolt() *ast.Component {
	if len(p.tree.Decls) != 1 || len(p.diags) > 0 {
		return nil
	}
	d, ok := p.tree.Decls[0].(*ast.Component)
	if !ok || d.Kind != ast.Bolt || d.Body == nil {
		return nil
	}
	return d
}

// around is the text of a bolt's part without its statements.
func (p *part) around(d *ast.Component) (before, behind string) {
	at := d.Body.Span()
	return p.file.Text[:at.Start], p.file.Text[at.End:]
}

// NewSession returns a session that knows no text yet.
func NewSession(opts Options) *Session { return &Session{opts: opts, parts: map[string]*part{}} }

// Check returns the diagnostics of the files of one topology, as Compile does.
func (s *Session) Check(files []*source.File) []diag.Diagnostic {
	parts := s.split(files)
	s.index = nil
	if !s.last.again(parts) {
		s.last = checkParts(parts, s.opts)
	}
	at := make(map[string]*part, len(parts))
	for _, p := range parts {
		at[p.file.Name] = p
	}
	out := reporter{}
	for _, d := range s.last.c.all {
		moved := *d
		moveTo(&moved, at)
		out.all = append(out.all, &moved)
	}
	return out.diagnostics()
}

// split cuts texts into parts, those that were there before as they were.
func (s *Session) split(files []*source.File) []*part {
	var parts []*part
	next := make(map[string]*part, len(s.parts))
	for _, f := range files {
		cuts := append(parser.Split(f.Text), len(f.Text))
		for i, begin := range cuts[:len(cuts)-1] {
			text := f.Text[begin:cuts[i+1]]
			key := text
			for n := 1; next[key] != nil; n++ { // a text that stands twice is two declarations
				key = text + "\x00" + strconv.Itoa(n)
			}
			p := s.parts[key]
			if p == nil || p.in.Name != f.Name {
				s.names++
				p = parsePart(f, strconv.Itoa(s.names), text)
			}
			p.in, p.base = f, begin
			next[key] = p
			parts = append(parts, p)
		}
	}
	s.parts = next
	return parts
}

// parsePart parses a declaration as a file of its own. Its name is no other file's, and stands in the folder of the real one, where a
// `use` looks.
func parsePart(in *source.File, name, text string) *part {
	f := source.NewFile(filepath.Join(filepath.Dir(in.Name), "\x00"+name), text)
	tree, diags := parser.Parse(f)
	return &part{file: f, tree: tree, diags: diags}
}

// moveTo moves a diagnostic from the declaration's own file to the real one. What it shares with others is made anew.
func moveTo(d *diag.Diagnostic, at map[string]*part) {
	move := func(span *source.Span) {
		if p := at[span.File]; p != nil {
			*span = source.Span{File: p.in.Name, Start: span.Start + p.base, End: span.End + p.base}
		}
	}
	move(&d.Span)
	d.Related = slices.Clone(d.Related)
	for i := range d.Related {
		move(&d.Related[i].Span)
	}
	d.Fixes = slices.Clone(d.Fixes)
	for i := range d.Fixes {
		move(&d.Fixes[i].Span)
	}
}

// checked is a compilation that can go on with other statements in its bolts.
type checked struct {
	c      *compilation
	types  *typeNotes
	parts  []*part
	heads  []*diag.Diagnostic               // of all that comes before the bodies
	inside map[*reporter][]*diag.Diagnostic // likewise, of the instances of graphs
	base   []*bool                          // what it has marked
	// inBodies are the marks that the bodies of components may set, flags all marks.
	inBodies, flags []*bool
	bodies          map[*component]outcome
	// groupings are those of all inputs: where one is wrong, a proof takes it away, so that it is reported once.
	groupings map[*input]ir.GroupingKind
	bounds    map[*ir.Param][]ir.Bound // of params, likewise without those that bodies add
	broken    bool                     // compilation.brokenComponents, to which a proof may add
	of        map[*ast.Component]*component
	names     names
}

// outcome is what typing a bolt's statements gave, beside the bolt's own parts.
type outcome struct {
	diags []*diag.Diagnostic
	own   []*diag.Diagnostic // of a component of an instance: what only the instance shows
	marks []*bool
	// bounds are what params must be within because of it.
	bounds []paramBound
	// broken are the states with mistakes: proofs add some.
	broken map[*state]bool
}

// paramBound is a bound of a param.
type paramBound struct {
	of *ir.Param
	is ir.Bound
}

func checkParts(parts []*part, opts Options) *checked {
	c := newCompilation(opts)
	for _, p := range parts {
		c.sources = append(c.sources, p.file)
		c.files = append(c.files, p.tree)
		c.add(slices.Clone(p.diags)...)
	}
	c.notes = &typeNotes{heads: map[ast.Spanned]*types.Type{}, bodies: map[string]map[ast.Spanned]*types.Type{}}
	c.notes.now = c.notes.heads
	k := &checked{c: c, parts: parts, types: c.notes}
	if c.isLibrary() {
		c.alone()
		return k
	}
	c.allNames()
	k.keepNames()
	k.types.components = map[ast.Spanned]*types.Type{}
	k.types.now = k.types.components
	c.resolveComponents()
	k.inside = map[*reporter][]*diag.Diagnostic{}
	c.each(func(i *instance) { k.inside[i.rep] = slices.Clone(i.rep.all) })
	k.bodies, k.of = map[*component]outcome{}, map[*ast.Component]*component{}
	k.keepHeads()
	for _, comp := range c.order {
		if comp.decl == nil {
			continue
		}
		if comp.home == nil || comp.home == c.module {
			k.of[comp.decl] = comp // a graph's bolt is several components: where it changes, all is done again
		}
		k.body(comp)
	}
	k.prove()
	return k
}

// body types the statements of a component.
func (k *checked) body(comp *component) {
	c := k.c
	flags := slices.Clip(k.inBodies)
	for _, in := range comp.inputs {
		flags = append(flags, &in.used)
	}
	for _, f := range flags {
		*f = false
	}
	for p, bounds := range k.bounds {
		p.Bounds = bounds
	}
	c.all = nil
	own := c.of(comp).reporter
	own.all = nil
	// Types are kept for each bolt, so that those of statements that are gone go too.
	k.types.now = map[ast.Spanned]*types.Type{}
	if comp.decl != nil {
		name := comp.decl.Span().File
		if known := k.types.bodies[name]; known != nil && comp.home != nil && comp.home != c.module {
			k.types.now = known // a graph's bolts stand in one part
		}
		k.types.bodies[name] = k.types.now
	}
	c.checkComponent(comp)
	k.types.now = k.types.tests
	o := outcome{diags: c.all, marks: marked(flags), broken: map[*state]bool{}}
	if own != c.reporter {
		o.own = own.all
	}
	for _, p := range c.program.Params {
		for _, b := range p.Bounds[len(k.bounds[p]):] {
			o.bounds = append(o.bounds, paramBound{p, b})
		}
	}
	if comp.body != nil {
		for _, s := range comp.body.states {
			o.broken[s] = s.broken
		}
	}
	k.bodies[comp] = o
}

// prove puts together what the bodies gave, and proves what the whole shows.
func (k *checked) prove() {
	k.types.tests = map[ast.Spanned]*types.Type{}
	k.types.now = k.types.tests
	c := k.c
	c.all = slices.Clone(k.heads)
	for rep, heads := range k.inside {
		rep.all = slices.Clone(heads)
	}
	for _, f := range k.flags {
		*f = false
	}
	for _, f := range k.base {
		*f = true
	}
	for p, bounds := range k.bounds {
		p.Bounds = bounds
	}
	c.brokenComponents = k.broken
	for _, comp := range c.order {
		o := k.bodies[comp]
		comp.cyclic, comp.keyed = false, nil
		for _, b := range o.bounds {
			b.of.Within(b.is)
		}
		for _, in := range comp.inputs {
			in.grouping = k.groupings[in]
		}
		if comp.body != nil {
			for _, s := range comp.body.states {
				s.broken = o.broken[s]
			}
		}
		c.all = append(c.all, o.diags...)
		if own := c.of(comp).reporter; own != c.reporter {
			own.all = append(own.all, o.own...)
		}
		for _, f := range o.marks {
			*f = true
		}
	}
	c.prove()
	c.mergeInstances()
}

// flags are the places where a compilation marks what is used: what the bodies of components mark, and all of them.
func (c *compilation) flags() (bodies, all []*bool) {
	for _, v := range c.valueOrder {
		bodies = append(bodies, &v.used, &v.needed)
	}
	for _, f := range c.funcOrder {
		bodies = append(bodies, &f.used, &f.live)
	}
	for _, u := range c.uses {
		bodies = append(bodies, &u.used)
	}
	all = slices.Clone(bodies)
	for _, other := range c.order {
		for _, s := range other.outputs {
			all = append(all, &s.used)
		}
	}
	for _, i := range c.instances {
		for _, s := range i.comp.outputs {
			all = append(all, &s.used)
		}
	}
	return bodies, all
}

func marked(flags []*bool) (out []*bool) {
	for _, f := range flags {
		if *f {
			out = append(out, f)
		}
	}
	return out
}

// again checks other parts, where they differ in the statements of bolts only, or in what resolveHeads does again; else it reports false, and is of no more use.
func (k *checked) again(parts []*part) bool {
	if k == nil || k.bodies == nil || len(parts) != len(k.parts) {
		return false
	}
	var changed []int
	heads := false
	for i, p := range parts {
		old := k.parts[i]
		if p == old {
			continue
		}
		if p.in.Name != old.in.Name || slices.Contains(k.parts, p) || strings.Count(p.file.Text, "`")%2 != 0 {
			return false
		}
		switch {
		case sameBut(p, old) && k.of[old.bolt()] != nil:
		case k.otherHead(p, old), k.otherDefault(p, old):
			heads = true
		default:
			return false
		}
		changed = append(changed, i)
	}
	c := k.c
	type file struct {
		name string
		was  *ast.Param
	}
	other := map[*component]bool{} // whose declarations changed
	var files []file               // of heads that changed
	for _, i := range changed {
		old, p := k.parts[i], parts[i]
		head := !sameBut(p, old)
		// Under the name of the old one, so that the places in its head, which others know, stay what they are.
		again := parsePart(old.in, strings.TrimPrefix(filepath.Base(old.file.Name), "\x00"), p.file.Text)
		p.file, p.tree = again.file, again.tree
		c.sources[i], c.files[i] = p.file, p.tree
		if head {
			files = append(files, file{p.file.Name, old.param()})
		}
		if was := old.param(); was != nil {
			if !k.redefault(was, p.param()) {
				return false
			}
			continue
		}
		comp := k.of[old.component()]
		other[comp] = true
		k.redeclare(comp, p.component())
	}
	c.byName = nil
	see := other
	if heads {
		var ok bool
		if see, ok = k.resolveHeads(other); !ok {
			return false
		}
		// What was said of other statements may point at where something stood in a head.
		for comp, o := range k.bodies {
			for _, f := range files {
				if mention(o.diags, f.name) || f.was != nil && slices.ContainsFunc(o.bounds, func(b paramBound) bool { return b.of.Name == f.was.Name.Name }) {
					see[comp] = true
				}
			}
		}
	}
	k.parts = parts
	for _, comp := range c.order {
		if see[comp] {
			k.bodyAgain(comp)
		}
	}
	if len(changed) > 0 {
		k.prove()
	}
	return true
}

// bodyAgain types the statements of a component that was typed before.
func (k *checked) bodyAgain(comp *component) {
	delete(k.c.lastLocal, comp)
	comp.timers, comp.astray = nil, false
	for _, s := range comp.outputs {
		s.emits = nil
	}
	k.body(comp)
}

// Compile compiles what was checked last, whose declarations are not parsed again. Places in the result are those of parts, of which nobody outside knows.
func (s *Session) Compile() *Result {
	if s.last == nil {
		return &Result{}
	}
	c := newCompilation(s.opts)
	for _, p := range s.last.parts {
		c.sources = append(c.sources, p.file)
		c.files = append(c.files, p.tree)
		c.add(slices.Clone(p.diags)...)
	}
	return c.passes()
}
