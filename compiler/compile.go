package compiler

import (
	"slices"

	"github.com/topo-lang/topo/compiler/golang"
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/library"
	"github.com/topo-lang/topo/compiler/plan"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
)

// Options are what a compilation needs beside the text.
type Options struct {
	// Libraries holds the standard library. It may be shared by compilations, also concurrent ones:
	// each library is read once.
	Libraries *library.Set
	// Load reads the files of a library that a `use` names: a folder, or a file without its .topo. Where nil, from disk.
	Load func(path string) ([]*source.File, []diag.Diagnostic)
	// Go says that the Go code which the text names is looked at, by running the go command; without it such names are
	// errors. Base is the folder that the names of files are relative to, "" for the working directory.
	Go   bool
	Base string
	// GoFiles are Go files that the named packages seem to have, or to have with another text: their whole paths and texts. GoMain says that a
	// package main may be named, because the Go made of the topology will be part of it.
	GoFiles map[string][]byte
	GoMain  bool
	// GoCache keeps what was found out about Go code for the next compilation; nil where there is none to come.
	GoCache *GoCache
	// Guarantee lowers what the topology holds, for this build; "" leaves it. It never raises it.
	Guarantee string
	// ToRun says that a program is to be made of it: what is sound and can't run yet is an error then.
	ToRun bool
}

// Result is what a compilation found out.
type Result struct {
	Files   []*ast.File    // the syntax trees, also where there are errors
	Sources []*source.File // the texts that diagnostics point into: the topology's, and those of libraries that have mistakes
	Program *ir.Program    // nil where there are errors
	Plan    *plan.Plan     // nil where there are errors
	Library *Library       // set instead of a program, where the files are a library's

	goPackages []*golang.Package // that the text names
}

// Library is what a library of one's own has.
type Library struct {
	Name                    string
	Types, Constants, Funcs int
	Components              int // written in Go
	Graphs                  int
}

// Compile compiles the files of one topology. Diagnostics are ordered by their place; where one
// of them is an error, the result has no program.
func Compile(files []*source.File, opts Options) (*Result, []diag.Diagnostic) {
	c := newCompilation(opts)
	c.parse(files)
	r := c.passes()
	return r, c.diagnostics()
}

// passes does everything but parse.
func (c *compilation) passes() *Result {
	if c.isLibrary() {
		return c.alone()
	}
	c.heads()
	c.bodies()
	return c.result()
}

// bodies types the bodies of components, and proves what the whole shows.
func (c *compilation) bodies() {
	for _, comp := range c.order {
		c.checkComponent(comp)
	}
	c.prove()
	c.mergeInstances()
}

// heads does everything that comes before the bodies of components.
func (c *compilation) heads() {
	c.allNames()
	c.resolveComponents()
}

// allNames gives all but components their meaning.
func (c *compilation) allNames() {
	c.loadLibraries()
	c.collect()
	c.importNames()
	c.resolveNames()
	c.checkFuncs()
	c.checkGraphs()
	c.expand()
}

// compilation is what the passes see: what is shared by all of a compilation, and the namespace that is compiled.
type compilation struct {
	*shared
	*module
	*reporter
}

// shared is what there is once in a compilation.
type shared struct {
	golang  goCode
	libs    *library.Set
	sources []*source.File
	byName  map[string]*source.File // sources, when text was last asked for
	program *ir.Program
	opts    Options
	notes   *typeNotes // nil where nobody asks

	// The guarantee that the header asks for, "" where it can't be told, and where it does.
	declared    string
	guaranteeAt source.Span

	lastLocal  map[any]int        // how many locals of a component or function have a number
	standards  map[string]*module // of the standard library, by name; nil where there is none
	root       *module            // the topology's
	modules    map[string]*module // libraries of one's own, by path; nil where one can't be read
	load       func(path string) ([]*source.File, []diag.Diagnostic)
	unknown    map[*ir.Param]bool          // the parameters of graphs that stand by themselves
	expanded   int                         // how many components the instances of graphs have
	before     map[*component][]*component // of queries: the bolt that computes what they group by, until it has its place
	anyEndless bool                        // some spout has no end
	checked    []*funcSymbol               // whose bodies were typed, each behind those it calls
}

// module is one namespace: the topology's, or a library's.
type module struct {
	files []*ast.File

	// Of a library.
	name      string // "" of the topology's
	libraryAt source.Span
	underway  bool          // it is being compiled
	usedAt    source.Span   // the `use` that led to it
	standard  *library.Text // of a standard library

	uses     []*usedLibrary
	unloaded []string            // the names, probably, of used libraries that can't be read
	imported map[string][]string // the libraries that have a name: "type Hit", "function f"

	// What is declared, and in the order of the text; of collect.
	header         *ast.Topology
	types          map[string]*typeSymbol
	typeOrder      []*typeSymbol
	enumValues     map[string][]*typeSymbol // the enums that have a value of that name
	values         map[string]*valueSymbol  // params and consts
	valueOrder     []*valueSymbol
	funcs          map[string]*funcSymbol
	funcOrder      []*funcSymbol
	graphs         map[string]*graphSymbol
	graphOrder     []*graphSymbol
	signatures     map[string]*signature // of libraries: components written in Go
	signatureOrder []*signature
	components     map[string]*component
	order          []*component // those of instances too
	instances      []*instance  // of graphs
	tests          []*ast.Test
	queries        []*ast.Query

	graph *graphSymbol // in a graph that stands by itself

	// What could not be parsed, so that nothing is said of what it may have meant.
	brokenHeader     bool
	brokenComponents bool
	lostSources      bool // an input names what is not there
	brokenEnum       bool
	brokenNames      map[string]bool
	nameless         map[string]bool // kinds of names of which one is not known: what seems to be unknown may be it
	brokenInputs     []*ast.Input    // of these components, as far as they could be read
}

func newModule() *module {
	return &module{
		imported:   map[string][]string{},
		types:      map[string]*typeSymbol{},
		enumValues: map[string][]*typeSymbol{},
		values:     map[string]*valueSymbol{},
		funcs:      map[string]*funcSymbol{},
		graphs:     map[string]*graphSymbol{},
		signatures: map[string]*signature{},
		components: map[string]*component{},
	}
}

func newCompilation(opts Options) *compilation {
	libs := opts.Libraries
	if libs == nil {
		libs = library.New(nil)
	}
	load := opts.Load
	if load == nil {
		load = LoadLibrary
	}
	root := newModule()
	return &compilation{
		shared: &shared{
			libs: libs, program: &ir.Program{}, opts: opts, lastLocal: map[any]int{}, standards: map[string]*module{}, root: root,
			modules: map[string]*module{}, load: load, unknown: map[*ir.Param]bool{}, before: map[*component][]*component{}, golang: goCode{wanted: opts.Go, base: opts.Base},
		},
		module:   root,
		reporter: &reporter{},
	}
}

// in is the compilation of another namespace.
func (c *compilation) in(m *module) *compilation {
	r := c.reporter
	switch {
	case m.standard != nil && r.of == nil:
		r = &reporter{of: r}
	case m.standard == nil && r.of != nil:
		r = r.of
	}
	return &compilation{c.shared, m, r}
}

// parse makes syntax trees of the texts.
func (c *compilation) parse(files []*source.File) {
	c.sources = slices.Clone(files)
	for _, f := range files {
		tree, diags := parser.Parse(f)
		c.add(diags...)
		c.files = append(c.files, tree)
	}
}

// resolveNames gives types, values, settings and functions their meaning.
func (c *compilation) resolveNames() {
	c.resolveTypes()
	c.resolveValues()
	c.resolveSettings()
	c.resolveFuncs()
}

// resolveComponents gives components their streams, options, inputs, and what implements them.
func (c *compilation) resolveComponents() {
	c.lowerQueries()
	c.giveOutputs()
	c.resolveInstances()
	c.giveInputs()
	c.besideQueries()
	c.implement()
}

func (c *compilation) giveOutputs() {
	for _, comp := range c.order {
		c := c.of(comp)
		c.resolveOutputs(comp)
		c.resolveOptions(comp)
		if comp.kind == ast.Spout {
			c.resolveImplementation(comp) // which may say more of its outputs
		}
	}
}

func (c *compilation) giveInputs() {
	for _, comp := range c.order {
		c.of(comp).resolveInputs(comp)
	}
}

func (c *compilation) implement() {
	for _, comp := range c.order {
		if comp.kind != ast.Spout {
			c.of(comp).resolveImplementation(comp)
		}
	}
}

// checkComponent types the body of a bolt.
func (c *compilation) checkComponent(comp *component) {
	if comp.decl != nil && comp.decl.Body != nil && comp.decl.Kind == ast.Bolt {
		c.of(comp).checkBody(comp)
	}
}

// prove checks what only the whole topology shows.
func (c *compilation) prove() {
	c.checkQueries()
	c.proveState()
	c.proveGroups()
	c.proveLatest()
	c.proveDirect()
	c.proveCycles()
	c.proveTimes()
	c.proveReached()
	c.proveConsumed()
	c.proveUsed()
	c.proveRetry()
	c.proveLibrariesUsed()
	c.proveOwned()
	c.proveSecrets()
	c.proveGuarantee()
	c.checkTests() // last: what only a test uses is unused
}

// texts is a result with the texts only.
func (c *compilation) texts() *Result {
	return &Result{Files: c.files, Sources: slices.Concat(c.sources, c.standardSources(), c.golang.sources())}
}

// result hands over the program, where there is no error.
func (c *compilation) result() *Result {
	r := c.texts()
	if c.failed() {
		return r
	}
	c.assemble()
	c.program.Go = c.golang.code()
	r.Program = c.program
	r.Plan = plan.Of(c.program)
	for _, s := range c.golang.sets {
		r.goPackages = append(r.goPackages, s.Packages()...)
	}
	return r
}
