// Package golang looks at the Go code that a topology names: it finds the packages in the user's module, type-checks them with
// the go command's help, and compares functions and types with what a topology says of them.
//
// In comes a folder and the packages named from there; out come packages with their types, and for each name how its
// values are handed over (ir.GoType). All packages of a topology are loaded at once, when the first of them is looked at:
// a topology without Go of its own never starts the go command.
package golang

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	gotypes "go/types"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/packages"

	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/toolchain"
)

// Ref names a package: a folder relative to the one that the naming .topo file lies in (it begins with a dot), or an import path.
type Ref struct {
	File string // the .topo file
	Path string // as it is written
}

// Package is a Go package that a topology names.
type Package struct {
	Path    string           // to import it by
	Types   *gotypes.Package // nil where there is a Problem
	Problem *Problem
	set     *Set
	vars    *variables // of the function or type that is compared, see generic
	syntax  []*ast.File
	export  string // what the go command compiled it to: its name says what is in it
}

// Kind says what is wrong with a package.
type Kind int

// The kinds of problems.
const (
	NoGo      Kind = iota // the go command is missing, or fails as a whole
	NoPackage             // there is no such package
	Outside               // it is in another module, or in none
	Broken                // it does not compile
)

// Problem is why a package can't be used.
type Problem struct {
	Kind    Kind
	Message string
	Help    string
	At      source.Span // in Go source; zero where there is no place
	Notes   []string
	Empty   bool // the folder is there, and has no Go
}

// Set is the packages of one topology.
type Set struct {
	Module   *toolchain.Module
	base     string // names of files are shown relative to it
	whole    bool   // or as they are, where the topology's is a whole path
	packages map[Ref]*Package
	files    map[string]*source.File // by full name
	shown    map[string]*source.File // by shown name
	fset     *token.FileSet
	extra    Extra
}

// Extra is what differs from what is on disk.
type Extra struct {
	Files map[string][]byte // Go files that seem to be there, by their whole path
	Main  bool              // a package main may be named
}

// Packages are all, those with problems too, in no order.
func (s *Set) Packages() []*Package {
	var out []*Package
	for _, p := range s.packages {
		out = append(out, p)
	}
	return out
}

var importPath = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.~/-]*$`)

// Load type-checks packages in the module of the topology that the file main belongs to. base is the folder that the files' names are relative to: "" is the working directory.
func Load(ctx context.Context, base, main string, refs []Ref, extra Extra) *Set {
	s := &Set{extra: extra, packages: map[Ref]*Package{}, files: map[string]*source.File{}, shown: map[string]*source.File{}, fset: token.NewFileSet()}
	fail := func(err error) *Set {
		p := &Problem{Kind: NoGo, Message: err.Error()}
		var helpful interface{ Help() string }
		if errors.As(err, &helpful) {
			p.Help = helpful.Help()
		}
		for _, r := range refs {
			s.packages[r.key()] = &Package{Problem: p, set: s}
		}
		return s
	}
	var err error
	s.whole = filepath.IsAbs(main)
	if s.base, err = filepath.Abs(base); err != nil {
		return fail(err)
	}
	if _, err := toolchain.Go(); err != nil {
		return fail(err)
	}
	if s.Module, err = toolchain.OpenModule(s.folderOf(main)); err != nil {
		return fail(err)
	}
	var patterns []string
	of := map[string]*Package{} // by folder, or import path
	for _, r := range refs {
		if s.packages[r.key()] != nil {
			continue
		}
		p := &Package{set: s}
		pattern, key := s.locate(r, p)
		if p.Problem == nil {
			if first := of[key]; first != nil {
				p = first
			} else {
				of[key] = p
				patterns = append(patterns, pattern)
			}
		}
		s.packages[r.key()] = p
	}
	if len(patterns) == 0 {
		return s
	}
	if err := s.load(ctx, patterns, of); err != nil {
		problem := &Problem{Kind: NoGo, Message: "the go command can't look at this topology's Go code: " + firstLine(err.Error()), Notes: restLines(err.Error())}
		for _, p := range of {
			p.Problem = problem
		}
	}
	return s
}

// folderOf is the folder of a .topo file.
func (s *Set) folderOf(file string) string {
	if !filepath.IsAbs(file) {
		file = filepath.Join(s.base, file)
	}
	dir := filepath.Dir(file)
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	return dir
}

// locate says how the go command is asked for a package, and by what it is known in the answer.
func (s *Set) locate(r Ref, p *Package) (pattern, key string) {
	if !strings.HasPrefix(r.Path, ".") {
		if !importPath.MatchString(r.Path) || strings.Contains(r.Path, "..") {
			p.Problem = &Problem{Kind: NoPackage, Message: fmt.Sprintf("%q names no Go package", r.Path),
				Help: "name a folder beside the topology, `go \"./folder\".Name`, or an import path"}
		}
		return r.Path, r.Path
	}
	from := s.folderOf(r.File)
	folder := filepath.Join(from, filepath.FromSlash(r.Path))
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		folder = real
	}
	switch entries, err := os.ReadDir(folder); {
	case err != nil:
		p.Problem = &Problem{Kind: NoPackage, Message: "there is no folder " + r.Path + " beside " + r.beside(), Help: suggestFolder(from, r.Path)}
		return "", ""
	case !s.extra.within(folder) && !slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		return strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go")
	}):
		p.Problem = &Problem{Kind: NoPackage, Empty: true, Message: "folder " + r.Path + " holds no Go", Help: "put the package's .go files into it"}
		if r.Path == "." {
			p.Problem.Message = "there is no Go beside " + r.beside()
			p.Problem.Help = "what says nothing else is found in the Go package of its folder: write it there, or say after `=` what it is"
		}
		return "", ""
	case !s.Module.Holds(folder):
		p.Problem = &Problem{Kind: Outside, Message: "folder " + r.Path + " is in another Go module than the topology"}
		if s.Module.Own {
			p.Problem.Message = "folder " + r.Path + " lies outside of the topology's folder, and there is no Go module around both"
			p.Problem.Help = "make one: `go mod init NAME` in a folder above both, or move the package below the topology"
		} else {
			p.Problem.Help = "require that module in the topology's, and name the package by its import path"
		}
		return "", ""
	}
	rel, err := filepath.Rel(s.Module.Folder, folder)
	if err != nil {
		p.Problem = &Problem{Kind: Outside, Message: err.Error()}
		return "", ""
	}
	rel = filepath.ToSlash(rel)
	if !strings.HasPrefix(rel, ".") {
		rel = "./" + rel
	}
	return rel, folder
}

// within reports whether one of the files lies in a folder.
func (e Extra) within(folder string) bool {
	for path := range e.Files {
		if filepath.Dir(path) == folder {
			return true
		}
	}
	return false
}

// load asks the go command.
func (s *Set) load(ctx context.Context, patterns []string, of map[string]*Package) error {
	tmp, err := os.MkdirTemp("", "topoc-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	overlay, err := s.Module.Overlay(tmp, nil)
	if err != nil {
		return err
	}
	env := s.Module.Environment(s.Module.Folder, "", "")
	config := &packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedTypes | packages.NeedSyntax |
			packages.NeedTypesInfo | packages.NeedExportFile | packages.NeedModule,
		Context: ctx, Dir: s.Module.Folder, Env: env, Fset: s.fset,
		BuildFlags: s.Module.Arguments(overlay, "readonly"),
	}
	if len(s.extra.Files) > 0 {
		// The loader parses files that are not there out of an overlay of its own only, which then has to have them all.
		if config.Overlay, err = s.Module.Contents(); err != nil {
			return err
		}
		maps.Copy(config.Overlay, s.extra.Files)
		config.BuildFlags = slices.DeleteFunc(config.BuildFlags, func(flag string) bool { return strings.HasPrefix(flag, "-overlay=") })
	}
	list, err := loadAll(config, patterns)
	if stale(list, err) {
		// Two modules' requirements, joined, may need more than either: let the go command put them in order, in our copy.
		cmd := exec.CommandContext(ctx, "go", append(append([]string{"list"}, s.Module.Arguments(overlay, "mod")...), "-m", "all")...)
		cmd.Dir, cmd.Env = s.Module.Folder, env
		if cmd.Run() == nil {
			list, err = loadAll(config, patterns)
		}
	}
	if err != nil {
		return err
	}
	for _, found := range list {
		if p := of[found.Dir]; p != nil {
			s.take(p, found)
		}
		if p := of[found.PkgPath]; p != nil {
			s.take(p, found)
		}
	}
	for key, p := range of {
		if p.Types == nil && p.Problem == nil {
			p.Problem = &Problem{Kind: NoPackage, Message: "the go command finds no package " + filepath.Base(key)}
		}
	}
	return nil
}

// loadAll loads the packages of folders together, and each one that is named by its import path by itself: what a package that is read from source
// uses is taken as compiled, and would not be if it used another such package in turn, as runtime/component uses strings.
func loadAll(config *packages.Config, patterns []string) ([]*packages.Package, error) {
	var together []string
	var groups [][]string
	for _, p := range patterns {
		if strings.HasPrefix(p, ".") || filepath.IsAbs(p) {
			together = append(together, p)
		} else {
			groups = append(groups, []string{p})
		}
	}
	if len(together) > 0 {
		groups = append(groups, together)
	}
	lists, errs := make([][]*packages.Package, len(groups)), make([]error, len(groups))
	var loads sync.WaitGroup
	for i, group := range groups {
		loads.Go(func() { lists[i], errs[i] = packages.Load(config, group...) })
	}
	loads.Wait()
	return slices.Concat(lists...), errors.Join(errs...)
}

func stale(list []*packages.Package, err error) bool {
	told := func(text string) bool {
		return strings.Contains(text, "updates to go.mod needed") || strings.Contains(text, "missing go.sum entry")
	}
	if err != nil {
		return told(err.Error())
	}
	for _, p := range list {
		for _, e := range p.Errors {
			if told(e.Msg) {
				return true
			}
		}
	}
	return false
}

// take fills in what was found of a package.
func (s *Set) take(p *Package, found *packages.Package) {
	p.Path, p.export, p.syntax = found.PkgPath, found.ExportFile, found.Syntax
	if len(found.Errors) == 0 && found.Name == "main" && !s.extra.Main {
		p.Problem = &Problem{Kind: Broken, Message: "package main can't be imported", Help: "give the package a name of its own"}
		return
	}
	if len(found.Errors) == 0 {
		p.Types = found.Types
		return
	}
	p.Problem = &Problem{Kind: Broken, Message: "this Go package does not compile"}
	seen := map[string]bool{}
	for i, e := range found.Errors {
		if strings.HasPrefix(e.Msg, "# ") {
			continue
		}
		if rest, ok := strings.CutPrefix(e.Msg, "could not import "); ok {
			name, _, _ := strings.Cut(rest, " ")
			if dep := found.Imports[name]; dep != nil && len(dep.Errors) > 0 {
				found.Errors[i].Msg = dep.Errors[0].Msg // why it could not
				e = found.Errors[i]
			}
		}
		at, msg := s.errorPlace(e)
		if seen[msg] {
			continue
		}
		seen[msg] = true
		switch {
		case p.Problem.At.IsZero() && !at.IsZero():
			p.Problem.At, p.Problem.Message = at, "this Go package does not compile: "+firstLine(msg)
		case len(p.Problem.Notes) < 5:
			p.Problem.Notes = append(p.Problem.Notes, s.noteOf(e, msg))
		}
	}
	if p.Problem.At.IsZero() && len(p.Problem.Notes) > 0 {
		p.Problem.Message += ": " + p.Problem.Notes[0]
		p.Problem.Notes = p.Problem.Notes[1:]
	}
	for _, e := range found.Errors {
		if strings.Contains(e.Msg, "no required module provides package") || strings.Contains(e.Msg, "cannot find module providing package") {
			p.Problem.Help = "`go get` it in the topology's module"
			if s.Module.Own {
				p.Problem.Help = "make a module of the topology's folder, `go mod init NAME`, and `go get` the package there"
			}
		}
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

func restLines(s string) []string {
	var out []string
	for i, line := range strings.Split(strings.TrimSpace(s), "\n") {
		if line = strings.TrimSpace(line); i > 0 && line != "" && len(out) < 8 {
			out = append(out, line)
		}
	}
	return out
}
