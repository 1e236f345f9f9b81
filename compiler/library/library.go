// Package library reads the standard library as the compiler needs it: what its components and
// functions are called, take and give.
//
// In comes a file system with a folder for each library: its signatures in .topo (<lib>/<lib>.topo) and the Go
// packages that implement them. Out come signatures. A library is read when it is first named, its Go
// source when a function or component of it is first used, and both once for the life of a Set.
//
// The surprising decision: the Go source is parsed, never type-checked. A signature maps to exactly one Go
// signature, so comparing the written types is enough, takes microseconds and needs no Go tool chain. What differs is
// reported at the .topo signature: the user of a library never meets an error in generated Go.
package library

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
)

// Prelude is the library whose functions need no prefix.
const Prelude = "core"

// Broken is the code of every mistake in a library.
const Broken = "E0915"

// importPath is where the libraries' Go packages stand.
const importPath = "github.com/topo-lang/topo/stdlib"

// Set is the libraries of a file system. It may be used from several goroutines.
type Set struct {
	fsys fs.FS
	mu   sync.Mutex
	libs map[string]*Library
	dirs map[string]*goPackage
}

// New returns the libraries in fsys; nil holds none.
func New(fsys fs.FS) *Set {
	return &Set{fsys: fsys, libs: map[string]*Library{}, dirs: map[string]*goPackage{}}
}

// Library is what one library offers.
type Library struct {
	Name       string
	Doc        string
	Source     *source.File
	components map[string]*Component
	funcs      map[string]*Func
	types      map[string]*types.Type // records that functions return
	diags      []diag.Diagnostic
	set        *Set
}

// Param is a parameter of a component or function.
type Param struct {
	Name     string
	Type     *types.Type // nil where Field
	Field    bool        // `key field`: the name of an input's field
	PerTuple bool        // `text per tuple string`: an expression over the tuple
	In       []string    // `in ["tsv", "csv"]`: the values that are allowed; none: all
	Default  ast.Expr    // nil where an argument must be given
	Span     source.Span
}

// Output is an output that a component of a library declares.
type Output struct {
	Name   string
	Fields []types.Field
}

// Component is the signature of a component.
type Component struct {
	Library    string
	Name       string
	Kind       ast.ComponentKind
	Doc        string
	Params     []Param
	Outputs    []Output
	AnyInput   bool // takes tuples of any schema
	AnyOutput  bool // gives what the topology declares
	Objects    bool // its Go type hands over JSON objects as text
	Replayable bool
	Commits    bool   // of a sink: what it writes is seen with the commit of its batch, or not at all
	Idempotent string // of a sink: the `key field` parameter by whose value it overwrites; "" where there is none
	Single     bool   // runs as one task
	// Ends names the parameters that end a spout which else goes on; empty for one that ends by itself, or of which nothing is said.
	Ends []string
	// Owns names what there is one of and no other component may own: a parameter (`owns path`), or, of all calls the same, a text (`owns
	// "the standard input"`). Both are empty where it owns nothing.
	OwnsParam, OwnsText string
	GoPkg               string
	GoType              string
	Span                source.Span
	verified            bool
	diags               []diag.Diagnostic
}

// Func is the signature of a function.
type Func struct {
	IR       *ir.Func
	Doc      string
	Span     source.Span
	decl     *ast.Func
	verified bool
	diags    []diag.Diagnostic
	// constraints says what Go asks of each type variable: "", "comparable" or "ordered".
	constraints map[string]string
}

// Constraint says what values of a type variable must be able to do: "comparable", "ordered" or "" for nothing.
func (f *Func) Constraint(variable string) string { return f.constraints[variable] }

// Names returns the names of all libraries, sorted.
func (s *Set) Names() []string {
	var names []string
	if s.fsys == nil {
		return nil
	}
	entries, err := fs.ReadDir(s.fsys, ".")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if _, err := fs.Stat(s.fsys, signatureFile(e.Name())); e.IsDir() && err == nil {
			names = append(names, e.Name())
		}
	}
	return names
}

func signatureFile(lib string) string { return path.Join(lib, lib+".topo") }

// Load returns a library, or nil where there is none of that name, and what is wrong with its signatures.
func (s *Set) Load(name string) (*Library, []diag.Diagnostic) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fsys == nil {
		return nil, nil
	}
	lib, ok := s.libs[name]
	if !ok {
		lib = s.read(name)
		s.libs[name] = lib
	}
	if lib == nil {
		return nil, nil
	}
	return lib, lib.diags
}

func (s *Set) read(name string) *Library {
	file := signatureFile(name)
	if !fs.ValidPath(file) || strings.Contains(name, "/") {
		return nil
	}
	text, err := fs.ReadFile(s.fsys, file)
	if err != nil {
		return nil
	}
	lib := &Library{
		Name: name, Source: source.NewFile("stdlib/"+file, string(text)), set: s,
		components: map[string]*Component{}, funcs: map[string]*Func{}, types: map[string]*types.Type{},
	}
	tree, diags := parser.Parse(lib.Source)
	lib.diags = diags
	for _, d := range tree.Decls {
		if t, ok := d.(*ast.TypeDecl); ok {
			lib.declareType(t)
		}
	}
	for _, d := range tree.Decls {
		lib.declare(d)
	}
	return lib
}

// broken reports a mistake of the library.
func broken(at source.Span, message, help string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: Broken, Severity: diag.Error, Span: at, Message: message, Help: help,
		Notes: []string{"this is a mistake of the library, not of the topology"},
	}
}

func (l *Library) broken(at source.Span, message, help string) {
	l.diags = append(l.diags, broken(at, message, help))
}

// Component returns a component of the library, or nil, and whether and how its Go type differs from its signature.
func (l *Library) Component(name string) (*Component, []diag.Diagnostic) {
	l.set.mu.Lock()
	defer l.set.mu.Unlock()
	c := l.components[name]
	if c == nil {
		return nil, nil
	}
	if !c.verified {
		c.verified = true
		c.diags = l.verifyComponent(c)
	}
	return c, c.diags
}

// Func returns a function of the library, or nil, and whether and how its Go function differs from its signature.
func (l *Library) Func(name string) (*Func, []diag.Diagnostic) {
	l.set.mu.Lock()
	defer l.set.mu.Unlock()
	f := l.funcs[name]
	if f == nil {
		return nil, nil
	}
	if !f.verified {
		f.verified = true
		f.diags = l.verifyFunc(f)
	}
	return f, f.diags
}

// ComponentNames returns the names of the components of a kind, sorted; of all kinds where kind is "".
func (l *Library) ComponentNames(kind ast.ComponentKind) []string {
	var names []string
	for n, c := range l.components {
		if kind == "" || c.Kind == kind {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names
}

// FuncNames returns the names of the functions, sorted.
func (l *Library) FuncNames() []string {
	names := make([]string, 0, len(l.funcs))
	for n := range l.funcs {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Verify reads all of a library and returns every mistake in it: for the tests of libraries.
func (s *Set) Verify(name string) []diag.Diagnostic {
	lib, diags := s.Load(name)
	if lib == nil {
		return []diag.Diagnostic{broken(source.Span{}, "no library "+name, "")}
	}
	all := slices.Clone(diags)
	for _, n := range lib.ComponentNames("") {
		_, diags := lib.Component(n)
		all = append(all, diags...)
	}
	for _, n := range lib.FuncNames() {
		_, diags := lib.Func(n)
		all = append(all, diags...)
	}
	return all
}
