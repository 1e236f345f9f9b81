package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/topo-lang/topo/codegen"
	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/library"
	"github.com/topo-lang/topo/compiler/optimise"
	"github.com/topo-lang/topo/stdlib"
)

func genCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:      "gen",
		Usage:     "make a topology part of the Go package that it lies in",
		ArgsUsage: "[PATH]",
		Description: `Writes NAME_topo.go beside the topology in PATH (here: the current folder): the types of its tuples, what the
package's Go bolts implement, Topology to run it inside a program, and a Harness to test it with. The
file is written only where its bytes differ.

  //go:generate go tool topoc gen     in a Go file of the package; then: go generate ./...
  go get -tool github.com/topo-lang/topo/cmd/topoc
                                      makes topoc a tool of your module, of the version that it requires
  topoc gen ./orders                  the topology in another folder
  topoc gen --check                   write nothing; status 1 where the file is not what would be written`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "check", DisableDefaultText: true, Usage: "write nothing, and say whether the file is up to date"},
			plainFlag(),
		},
		Action: func(ctx *cli.Context) error {
			path, err := onePath(ctx)
			if err != nil {
				return err
			}
			return generateInto(c, path, ctx.Bool("check"), ctx.Bool("no-optimise"))
		},
	}
}

// runtimeModule is what generated code requires.
const runtimeModule = "github.com/topo-lang/topo"

// generateInto writes the file of the topology at path, or looks whether it is up to date.
func generateInto(c *console, path string, check, plain bool) error {
	files, diags := compiler.Load(path)
	if hasErrors(diags) {
		c.show(files, diags)
		return errReported
	}
	options := compiler.Options{Libraries: library.New(stdlib.Signatures), Go: true, GoMain: true, ToRun: true}
	outline, found := compiler.OutlineOf(files, options)
	if outline == nil {
		if found = append(diags, found...); hasErrors(found) {
			c.show(files, found)
			return errReported
		}
		// Something else is wrong, and a compilation says what.
		if _, _, err := loadQuietly(c, path, toRun("")); err != nil {
			return err
		}
		return fmt.Errorf("%s: its outline is not clear", path)
	}
	h, err := findHome(path, outline.Name)
	if err != nil {
		return err
	}
	shapes, err := codegen.Shapes(outline, h.Home)
	if err != nil {
		return err
	}
	if err := h.collide(shapes); err != nil {
		return err
	}
	options.GoFiles = map[string][]byte{h.file: shapes}
	t := &topology{plain: plain}
	var more = diags
	t.result, more = compiler.Compile(files, options)
	t.files = t.result.Sources
	diags = append(diags, more...)
	c.show(t.files, diags)
	if hasErrors(diags) {
		return h.shapesOnly(c, shapes, check)
	}
	if by := t.result.ImportsOf(h.Path); len(by) > 0 {
		return &helpfulError{err: fmt.Errorf("package %s imports %s, which would import it in turn: %s calls it", by[0], h.Path, filepath.Base(h.file)),
			help: "move what the topology names of it into the topology's own package, and say `go \".\".Name`; or keep its types out of the other package"}
	}
	made, err := h.whole(t, outline)
	if err != nil {
		return err
	}
	if err := h.collide(made); err != nil {
		return err
	}
	return h.write(c, made, check)
}

// whole is the text of the file.
func (h *home) whole(t *topology, outline *ir.Outline) ([]byte, error) {
	p := t.program()
	// Spouts that read the same stay two: a test may give each of them something else.
	optimise.ApplyButSharing(p, t.plain)
	t.result.Plan.Optimise(p)
	return codegen.Embed(p, outline, h.Home, t.result.Plan.Text())
}

// home is the Go package beside a topology.
type home struct {
	codegen.Home
	file     string // what is written: its whole path
	shown    string // and as it is called in messages
	topology string
	taken    map[string]token.Position // what the package declares otherwise
}

// findHome finds the package of the topology at path, and looks whether generated code can be part of it.
func findHome(at, topology string) (*home, error) {
	folder := at
	if !isFolder(at) {
		folder = filepath.Dir(at)
	}
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(absolute); err == nil {
		absolute = real
	}
	name := topology + "_topo.go"
	h := &home{file: filepath.Join(absolute, name), shown: filepath.Join(folder, name), topology: topology, taken: map[string]token.Position{}}
	h.Taken, h.Types = map[string]bool{}, map[string]bool{}
	h.Other = func(rel string) (string, map[string]bool) {
		return path.Join(h.Path, rel), typesIn(filepath.Join(absolute, filepath.FromSlash(rel)))
	}
	if err := h.module(absolute); err != nil {
		return nil, err
	}
	if err := h.packageOf(absolute); err != nil {
		return nil, err
	}
	h.Version = "(devel)"
	if v, ok := releasedVersion(); ok {
		h.Version = v
	}
	return h, h.notOlder()
}

// module finds the import path, and compares what the module requires with this topoc.
func (h *home) module(folder string) error {
	for root := folder; ; root = filepath.Dir(root) {
		text, err := os.ReadFile(filepath.Join(root, "go.mod"))
		if errors.Is(err, os.ErrNotExist) && filepath.Dir(root) != root {
			continue
		}
		if err != nil {
			return &helpfulError{err: fmt.Errorf("%s is in no Go module, so no Go package can have the topology", folder), help: "make one around it: `go mod init NAME`; or use `topoc build`, which needs none"}
		}
		mod, err := modfile.ParseLax("go.mod", text, nil)
		if err != nil || mod.Module == nil {
			return &helpfulError{err: fmt.Errorf("%s can't be read as a go.mod", filepath.Join(root, "go.mod")), help: "`go mod edit -json` in its folder shows what is wrong"}
		}
		rel, err := filepath.Rel(root, folder)
		if err != nil {
			return err
		}
		h.Path = path.Join(mod.Module.Mod.Path, filepath.ToSlash(rel))
		return skewed(mod)
	}
}

// skewed reports a module that would compile generated code with another runtime than this topoc's, or with none.
func skewed(mod *modfile.File) error {
	if mod.Module.Mod.Path == runtimeModule {
		return nil
	}
	own, released := releasedVersion()
	for _, r := range mod.Replace {
		if r.Old.Path == runtimeModule {
			return nil // whatever that is: embedded.Version1 sees to it
		}
	}
	for _, r := range mod.Require {
		if r.Mod.Path != runtimeModule {
			continue
		}
		if released && r.Mod.Version != own {
			return &helpfulError{err: fmt.Errorf("this is topoc %s, and go.mod requires %s %s: generated code would be compiled with another runtime than it was made for", own, runtimeModule, r.Mod.Version),
				help: fmt.Sprintf("`go tool topoc gen` is always of go.mod's version (once: `go get -tool %s/cmd/topoc@%s`); or move the module: `go get %s@%s`", runtimeModule, r.Mod.Version, runtimeModule, own)}
		}
		return nil
	}
	help := fmt.Sprintf("`go get -tool %s/cmd/topoc@%s`, which makes topoc a tool of the module, too: then `go tool topoc gen`", runtimeModule, own)
	if !released {
		help = fmt.Sprintf("this topoc is no released one: `go mod edit -replace=%[1]s=%[2]s -require=%[1]s@v0.0.0 -tool=%[1]s/cmd/topoc` takes it from its source, and `go mod tidy` what it needs; then `go tool topoc gen`, and `go mod tidy` once more for what the generated code needs", runtimeModule, clone())
	}
	return &helpfulError{err: fmt.Errorf("module %s does not require %s, which generated code imports", mod.Module.Mod.Path, runtimeModule), help: help}
}

// unknownClone stands for the folder of a clone that is not known.
const unknownClone = "FOLDER"

// clone is the folder that this topoc was built in, where it is still there; a word for it otherwise.
func clone() string {
	_, file, _, ok := runtime.Caller(0)
	if !ok || !filepath.IsAbs(file) {
		return unknownClone
	}
	root := filepath.Dir(filepath.Dir(filepath.Dir(file)))
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil || modfile.ModulePath(text) != runtimeModule {
		return unknownClone
	}
	return root
}

// releasedVersion is this topoc's, where it is one that a go.mod may name.
func releasedVersion() (string, bool) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", false
	}
	if info.Main.Path == runtimeModule {
		v := info.Main.Version
		// Replaced by a folder, as a tool of a module may be, it is called v0.0.0.
		return v, info.Main.Replace == nil && semver.IsValid(v) && !module.IsPseudoVersion(v) && semver.Build(v) == ""
	}
	for _, d := range info.Deps { // `go tool topoc`: the main module is the user's
		if d.Path == runtimeModule && d.Replace == nil {
			return d.Version, semver.IsValid(d.Version)
		}
	}
	return "", false
}

// packageOf finds the package's name and what it declares; what cannot be parsed the compiler tells of.
func (h *home) packageOf(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	set := token.NewFileSet()
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() || !strings.HasSuffix(name, ".go") {
			continue
		}
		at := filepath.Join(folder, name)
		if first, ok := firstLine(at); ok && at != h.file {
			if _, topology, ok := codegen.DeclaredBy(first); ok {
				return &helpfulError{err: fmt.Errorf("package %s has topology %s already, in %s", h.Path, topology, name),
					help: "a package has one topology: give this one a folder of its own, or delete that file if its topology is gone"}
			}
		}
		f, _ := goparser.ParseFile(set, at, nil, goparser.SkipObjectResolution)
		if f == nil || f.Name == nil {
			continue
		}
		if test := strings.HasSuffix(name, "_test.go"); test && strings.HasSuffix(f.Name.Name, "_test") {
			continue // a package beside it
		} else if !test && at != h.file {
			h.Name = f.Name.Name
		}
		if at != h.file {
			h.declares(set, f)
		}
	}
	if h.Name == "" {
		h.Name = packageName(filepath.Base(folder))
	}
	return nil
}

// packageName makes a package's name of a folder's.
func packageName(folder string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return -1
	}, folder)
	name = strings.TrimLeft(name, "0123456789")
	if name == "" || token.IsKeyword(name) {
		name = "topology" + name
	}
	return name
}

// typesIn are the types that the Go package in a folder declares for others, but for generic ones.
func typesIn(folder string) map[string]bool {
	out := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return out
	}
	for _, at := range files {
		f, _ := goparser.ParseFile(token.NewFileSet(), at, nil, goparser.SkipObjectResolution)
		if f == nil || strings.HasSuffix(at, "_test.go") {
			continue
		}
		for _, d := range f.Decls {
			if d, ok := d.(*ast.GenDecl); ok && d.Tok == token.TYPE {
				for _, s := range d.Specs {
					if s := s.(*ast.TypeSpec); s.Name.IsExported() && s.TypeParams == nil {
						out[s.Name.Name] = true
					}
				}
			}
		}
	}
	return out
}

// declares notes what a file declares for its whole package.
func (h *home) declares(set *token.FileSet, f *ast.File) {
	for _, name := range declared(f) {
		h.taken[name.Name] = set.Position(name.Pos())
		h.Taken[name.Name] = true
	}
	for _, d := range f.Decls {
		if d, ok := d.(*ast.GenDecl); ok && d.Tok == token.TYPE {
			for _, s := range d.Specs {
				h.Types[s.(*ast.TypeSpec).Name.Name] = true
			}
		}
	}
}

// declared are the names that a file declares for its whole package.
func declared(f *ast.File) []*ast.Ident {
	var out []*ast.Ident
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil && d.Name.Name != "init" {
				out = append(out, d.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					out = append(out, s.Name)
				case *ast.ValueSpec:
					out = append(out, s.Names...)
				}
			}
		}
	}
	return slices.DeleteFunc(out, func(n *ast.Ident) bool { return n.Name == "_" })
}

// collide reports a name that the generated text and the package's own both declare.
func (h *home) collide(text []byte) error {
	f, err := goparser.ParseFile(token.NewFileSet(), "", text, goparser.SkipObjectResolution)
	if err != nil {
		return fmt.Errorf("the generated file does not parse: %w", err)
	}
	for _, name := range declared(f) {
		if at, ok := h.taken[name.Name]; ok {
			at.Filename = filepath.Base(at.Filename)
			return &helpfulError{err: fmt.Errorf("%s is declared at %s, and %s would declare it, too", name.Name, at, filepath.Base(h.file)),
				help: "delete yours, if it is the same type; or give one of them another name"}
		}
	}
	// Generated code means Go's own by these.
	for _, name := range []string{"any", "append", "bool", "byte", "cap", "clear", "copy", "error", "false", "float64", "int", "int64", "len", "make", "max", "min",
		"new", "nil", "panic", "string", "true", "uint16", "uint32", "uint64", "uint8"} {
		if at, ok := h.taken[name]; ok {
			at.Filename = filepath.Base(at.Filename)
			return &helpfulError{err: fmt.Errorf("%s is declared at %s, and generated code means Go's own by it", name, at), help: "give it another name"}
		}
	}
	return nil
}

func firstLine(name string) (string, bool) {
	text, err := os.ReadFile(name)
	if err != nil {
		return "", false
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return strings.TrimSuffix(string(line), "\r"), true
}

// notOlder refuses to write over what a newer topoc has made, and what nobody has generated.
func (h *home) notOlder() error {
	first, ok := firstLine(h.file)
	if !ok {
		return nil
	}
	made, _, ok := codegen.DeclaredBy(first)
	if !ok {
		return &helpfulError{err: fmt.Errorf("%s is there, and topoc has not made it", h.shown), help: "give it another name: topoc writes a file of that name"}
	}
	if semver.IsValid(made) && semver.IsValid(h.Version) && semver.Compare(made, h.Version) > 0 {
		return &helpfulError{err: fmt.Errorf("%s was made by topoc %s, and this is the older %s", h.shown, made, h.Version),
			help: fmt.Sprintf("use that one: `go get -tool %s/cmd/topoc@%s`, then `go tool topoc gen`; or delete the file first", runtimeModule, made)}
	}
	return nil
}

// shapesOnly writes what the package's Go is written against, where the rest can't be made because that Go is not there yet, or is
// wrong. What is there and still true stays as it is.
func (h *home) shapesOnly(c *console, shapes []byte, check bool) error {
	_, body, _ := strings.Cut(string(shapes), codegen.ShapesBegin)
	body, _, _ = strings.Cut(body, codegen.ShapesEnd)
	if old, err := os.ReadFile(h.file); check || err == nil && strings.Contains(string(old), strings.TrimSpace(body)) {
		return errReported
	}
	if err := writeWhole(h.file, shapes); err != nil {
		return err
	}
	fmt.Fprintf(c.err, "topoc: %s has the types that Go is written against; what runs the topology comes when the errors above are gone\n", h.shown)
	return errReported
}

// write writes the file where it differs.
func (h *home) write(c *console, text []byte, check bool) error {
	old, err := os.ReadFile(h.file)
	if err == nil && bytes.Equal(old, text) {
		return nil
	}
	if !check {
		if err := writeWhole(h.file, text); err != nil {
			return err
		}
		fmt.Fprintf(c.err, "topoc: wrote %s\n", h.shown)
		return nil
	}
	if err != nil {
		return &helpfulError{err: fmt.Errorf("%s is not there", h.shown), help: "run `go generate`, and commit what it writes"}
	}
	why := fmt.Sprintf("they differ from line %d on", differsAt(old, text))
	if first, ok := firstLine(h.file); ok {
		if made, _, ok := codegen.DeclaredBy(first); ok && made != h.Version {
			why = fmt.Sprintf("it was made by topoc %s, and this is %s", made, h.Version)
		}
	}
	return &helpfulError{err: fmt.Errorf("%s is not what topoc would write: %s", h.shown, why), help: "run `go generate`, and commit what it writes"}
}

func differsAt(a, b []byte) int {
	line := 1
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			break
		}
		if a[i] == '\n' {
			line++
		}
	}
	return line
}
