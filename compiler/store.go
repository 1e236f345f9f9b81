package compiler

import (
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
)

// State may lie in a store that a library declares: `state cents int per account opaque in postgres(url: url)`. What a row remembers of the epochs that have changed it
// is Trident's; how much that promises depends on the guarantee, and is decided here.

// stateStore finds where a state lies.
func (c *compilation) stateStore(comp *component, s *state) {
	d := s.decl
	if d.In == nil {
		if d.Mode != nil {
			c.warn(needlessMode, d.Mode.Span(), "`%s` changes nothing of state that the engine keeps", d.Mode.Name).
				note("it is part of each epoch's commit, and right whatever the bolt does").
				fix(d.Mode.Span(), "", "take `%s` out; or say where it lies, `%s in sqlite(path: ...)`", d.Mode.Name, d.Mode.Name)
		}
		c.oneStore(comp, s, nil)
		return
	}
	if s.ir.Scope == ir.PerTest {
		c.err(storedScope, d.In.Span(), "what a test keeps lies in memory").help("take `in ...` out")
		return
	}
	store := c.findStore(comp, s)
	if store == nil {
		s.broken = true
		return
	}
	store.Mode = c.storeMode(s)
	switch {
	case s.broken:
	case s.ir.Scope != ir.PerKey:
		c.err(storedScope, d.In.Span(), "state %s is no state per key, and only such lies in a store: each row has a key", s.ir.Name).
			help("write `per KEY`, where a field says which row it is; or take `in ...` out: the engine keeps it, exactly")
		s.broken = true
	case s.ir.TTL != nil:
		c.err(storedScope, d.TTL.Span(), "state in a store stays: nothing would take out the rows of keys that are not in memory").
			help("take `ttl` out, and let the database forget what is old; or take `in ...` out")
		s.broken = true
	case fieldIndex(s.ir.Key, s.ir.Name) >= 0:
		c.err(storedColumns, d.Name.Span(), "there would be two columns %s in the table: the key's and the state's", s.ir.Name).help("rename the state")
		s.broken = true
	default:
		s.saidSo = true // it may grow
		c.oneStore(comp, s, store)
	}
}

// findStore resolves `in sqlite(path: db)` and `in mine.cache()`.
func (c *compilation) findStore(comp *component, s *state) *ir.Store {
	call := s.decl.In
	lib, name := "", ""
	at := call.Fun.Span()
	switch f := call.Fun.(type) {
	case *ast.Name:
		lib, name = f.Name, f.Name
	case *ast.Select:
		if x, ok := f.X.(*ast.Name); ok {
			lib, name = x.Name, f.Field.Name
		}
	}
	unknown := &env{compilation: c, comp: comp, argument: true}
	m := c.anyLibrary(lib)
	var sig *signature
	if m != nil {
		sig = m.signatures[name]
	}
	if sig == nil || sig.kind != ast.Store {
		r := c.err(unknownStore, at, "there is no store %s", c.text(at))
		var names []string
		if m != nil {
			for _, n := range m.signatureNames(ast.Store) {
				names = append(names, storeName(lib, n))
			}
		}
		if len(names) == 0 {
			for _, l := range c.libs.Names() {
				if m := c.standard(l); m != nil {
					for _, n := range m.signatureNames(ast.Store) {
						names = append(names, storeName(l, n))
					}
				}
			}
		}
		r.choose(at, c.text(at), "the stores", names)
		unknown.ignoreLibraryArgs(call.Args)
		return nil
	}
	c.noteHome(sig.home)
	c.resolveSignature(sig)
	if sig.broken {
		unknown.ignoreLibraryArgs(call.Args)
		return nil
	}
	stand := c.fakeComponent(comp.name, ast.Store)
	stand.decl = &ast.Component{Node: call.Node, Kind: ast.Store, Name: comp.name, Call: call}
	out := &ir.Call{Library: sig.home.name, Name: sig.name.Name, Standard: sig.home.standard != nil, GoPkg: sig.goPkg, GoType: sig.goType, Span: call.Span()}
	before := len(c.all)
	c.arguments(stand, sig, out)
	for _, d := range c.all[before:] {
		if d.Severity == diag.Error {
			return nil
		}
	}
	return &ir.Store{Call: out, Text: c.text(call.Span())}
}

// storeName is how a store is named behind `in`: by its library alone where both have one name.
func storeName(lib, name string) string {
	if lib == name {
		return name
	}
	return lib + "." + name
}

// storeMode is what its rows remember: what is written; or opaque where there are epochs, and nothing else.
func (c *compilation) storeMode(s *state) string {
	m := s.decl.Mode
	exactly := c.program.Guarantee == "exactly-once"
	switch {
	case c.header == nil && m != nil: // a library, or what is broken
		return m.Name
	case m == nil && exactly:
		return "opaque"
	case m == nil:
		return "plain"
	case m.Name != "plain" && !exactly:
		if c.declared != "exactly-once" { // else it is lowered for this build only
			c.err(modeNeedsEpochs, m.Span(), "`%s` state needs guarantee exactly-once: a row remembers the epoch that has changed it, and there are none", m.Name).
				related(c.guaranteeAt, "%s", c.whose()).
				fix(m.Span(), "plain", "write `plain`, which counts again what comes again; or ask for exactly-once in the header")
		}
		return "plain"
	case m.Name == "plain" && exactly:
		c.warn(plainOnce, m.Span(), "plain state says nothing of epochs: a table or a --store that is replaced by an older copy is not noticed, and counts twice or not at all").
			fix(m.Span(), "opaque", "write `opaque`; what a crash leaves is made whole in either case")
	}
	return m.Name
}

// oneStore sees that the states of a bolt lie in one place.
func (c *compilation) oneStore(comp *component, s *state, store *ir.Store) {
	if s.ir.Scope == ir.PerTest {
		return
	}
	b := comp.body
	var first *state
	for _, other := range b.states {
		if other.ir.Scope != ir.PerTest && !other.broken {
			first = other
			break
		}
	}
	text := func(st *ir.Store) string {
		if st == nil {
			return "the engine"
		}
		return st.Mode + " in " + st.Text
	}
	switch {
	case first == nil:
		b.store = store
	case s.broken || text(b.store) == text(store):
	default:
		at := s.decl.Name.Span()
		if s.decl.In != nil {
			at = s.decl.In.Span()
		}
		c.err(storesDiffer, at, "the states of a bolt lie in one place, and %s lies in another", s.ir.Name).
			related(first.decl.Name.Span(), "%s: %s", first.ir.Name, text(b.store)).
			note("they are one row, which is read and put as a whole").
			help("say of all of them the same, or keep it in a bolt of its own")
		s.broken = true
	}
}

// checkStored sees that nothing of a bolt wants what a store can't do.
func (c *compilation) checkStored(comp *component) {
	b := comp.body
	if b == nil || b.store == nil || comp.ir.Body == nil {
		return
	}
	comp.ir.Body.Store = b.store
	body := comp.ir.Body
	where := b.states[0].decl.In
	visits := func(what string) {
		c.err(storedVisits, where.Span(), "the state of %s lies in a store, and `%s` would go through its keys", comp.name.Name, what).
			help("keep it in the engine: take `in ...` out; or let another bolt do that")
	}
	if body.FinishPer != nil {
		visits("finish per")
		return
	}
	for _, t := range body.Timers {
		if t.Kind != ir.Every {
			visits(map[ir.TimerKind]string{ir.EveryPer: "every ... per", ir.After: "after"}[t.Kind])
			return
		}
	}
}

// checkStore sees that the signature of a store has what a store is given, and nothing else.
func (c *compilation) checkStore(s *signature) {
	d := s.decl
	switch {
	case len(d.Inputs) > 0:
		c.badSignature(s, d.Inputs[0].Span(), "a store reads no streams").help("parameters are written `name TYPE`: `store %s(path string)`", s.name.Name)
	case len(d.Outputs) > 0:
		c.badSignature(s, d.Outputs[0].Span(), "store %s gives no tuples", s.name.Name).help("take the output out")
	case s.anyInput || len(s.tuple) > 0:
		c.badSignature(s, s.name.Span(), "store %s takes no tuples", s.name.Name).help("take `per tuple` out")
	}
}
