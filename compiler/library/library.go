// Package library finds the standard library, and looks at the Go code behind it.
//
// In comes a file system with a folder for each library: its declarations in .topo (<lib>/<lib>.topo) and the Go
// packages that implement them. Out come syntax trees, which the compiler compiles as it does every library, and the answer
// to whether a signature fits its Go code. A library is read when it is first named, its Go source when a function or
// component of it is first used, and both once for the life of a Set.
//
// The surprising decision: the Go source is parsed, never type-checked. A signature of the standard library maps to exactly one Go
// signature, so comparing the written types is enough, takes microseconds and needs no Go tool chain. Libraries of users, which may
// write their Go as they like, are compared by types: see package golang.
package library

import (
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
)

// Prelude is the library whose functions need no prefix.
const Prelude = "core"

// ImportPath is where the libraries' Go packages stand.
const ImportPath = "github.com/topo-lang/topo/stdlib"

// Set is the libraries of a file system. It may be used from several goroutines.
type Set struct {
	fsys fs.FS
	mu   sync.Mutex
	libs map[string]*Text
	dirs map[string]*goPackage
}

// New returns the libraries in fsys; nil holds none.
func New(fsys fs.FS) *Set {
	return &Set{fsys: fsys, libs: map[string]*Text{}, dirs: map[string]*goPackage{}}
}

// Text is the declarations of one library. It is shared, and never changed.
type Text struct {
	Name   string
	Source *source.File
	Tree   *ast.File
	Diags  []diag.Diagnostic // of the parser
}

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

// Load returns a library, or nil where there is none of that name.
func (s *Set) Load(name string) *Text {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fsys == nil {
		return nil
	}
	lib, ok := s.libs[name]
	if !ok {
		lib = s.read(name)
		s.libs[name] = lib
	}
	return lib
}

func (s *Set) read(name string) *Text {
	file := signatureFile(name)
	if !fs.ValidPath(file) || strings.Contains(name, "/") {
		return nil
	}
	text, err := fs.ReadFile(s.fsys, file)
	if err != nil {
		return nil
	}
	lib := &Text{Name: name, Source: source.NewFile("stdlib/"+file, string(text))}
	lib.Tree, lib.Diags = parser.Parse(lib.Source)
	return lib
}
