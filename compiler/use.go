package compiler

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
)

// A library is a namespace of its own: its functions, types, constants and composites are compiled with its own names in sight,
// by the same passes as the topology's. `use` makes it known by its name, `common.f(x)`, and what it has
// also without, where nothing else has the name.

// usedLibrary is one `use` of a namespace.
type usedLibrary struct {
	decl *ast.Use
	of   *module
	used bool
}

// loadLibraries reads the libraries that the current namespace uses, and those that they use, and compiles each once.
func (c *compilation) loadLibraries() {
	for _, f := range c.files {
		for _, d := range f.Decls {
			if u, ok := d.(*ast.Use); ok && u.Path != nil {
				c.use(f.Source, u)
			}
		}
	}
}

// use reads the library that one `use` names.
func (c *compilation) use(from *source.File, u *ast.Use) {
	path, ok := c.usePath(from, u)
	if !ok {
		c.notLoaded(u)
		return
	}
	m, known := c.modules[path]
	switch {
	case !known:
		m = c.loadLibrary(path, u)
		if m == nil {
			c.notLoaded(u)
			return
		}
	case m == nil: // reported
		c.notLoaded(u)
		return
	case m.underway:
		c.notLoaded(u)
		c.reportUseCycle(m, u)
		return
	}
	for _, other := range c.uses {
		switch {
		case other.of == m:
			c.err(declaredTwice, u.Span(), "library %s is used twice", m.name).related(other.decl.Span(), "here first").help("take one of them out")
			return
		case other.of.name == m.name:
			c.err(libraryName, u.Span(), "two libraries are named %s", m.name).related(other.decl.Span(), "the other one").
				help("give one of them another name in its `library` line")
			return
		}
	}
	c.uses = append(c.uses, &usedLibrary{decl: u, of: m})
}

// notLoaded remembers a library that is used and can't be: nothing is said of names that may be its.
func (c *compilation) notLoaded(u *ast.Use) {
	if n := len(u.Path.Parts); n > 0 {
		c.unloaded = append(c.unloaded, path.Base(u.Path.Parts[n-1].Text))
	}
}

// usePath says which folder or file a `use` means.
func (c *compilation) usePath(from *source.File, u *ast.Use) (string, bool) {
	at := u.Path.Span()
	text := ""
	for _, p := range u.Path.Parts {
		if p.Expr != nil {
			c.err(badUse, at, "the path of a library is a plain text").help("libraries are known when the topology is compiled")
			return "", false
		}
		text += p.Text
	}
	switch {
	case filepath.IsAbs(text) || strings.HasPrefix(text, "/"):
		c.err(badUse, at, "the path of a library is not absolute").
			note("a topology must compile in any folder").help("write it from this file on: `use \"./common\"`")
		return "", false
	case strings.Contains(text, "\\"):
		c.err(badUse, at, "the path of a library has `/` between folders, on every system").
			fix(at, `"`+strings.ReplaceAll(text, "\\", "/")+`"`, "write `\"%s\"`", strings.ReplaceAll(text, "\\", "/"))
		return "", false
	case !strings.HasPrefix(text, "./") && !strings.HasPrefix(text, "../"):
		r := c.err(badUse, at, "the path of a library begins with `./` or `../`")
		if slices.Contains(c.libs.Names(), text) {
			r.note("%s is a library of topo: it needs no `use`", text).fix(u.Span(), "", "take the `use` out")
		} else {
			r.fix(at, `"./`+text+`"`, "write `\"./%s\"`", text)
		}
		return "", false
	}
	dir := filepath.Dir(from.Name)
	path := filepath.Join(dir, filepath.FromSlash(text))
	if roots := c.projectOf(dir); !slices.ContainsFunc(roots, func(root string) bool { return within(root, path) }) {
		c.err(badUse, at, "%s lies outside of the project", text).
			note("a project is the folder with its go.mod, or where there is none, the folder of the topology").
			help("move the library into the project; or make the folder around both a project: `go mod init NAME`")
		return "", false
	}
	if c.name != "" && filepath.Clean(path) == filepath.Clean(dir) {
		c.err(badUse, at, "this is the folder that the file itself is in").help("its files know each other without `use`")
		return "", false
	}
	return path, true
}

// projectOf is where the libraries of a project lie: below the nearest go.mod, or, where there is none, below the folder of the topology. A library that is checked by
// itself lies in some project: below the working folder, or beside other libraries.
func (c *compilation) projectOf(dir string) []string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return []string{dir}
	}
	for at := abs; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return []string{at}
		}
		if at == filepath.Dir(at) {
			break
		}
	}
	main := filepath.Dir(c.sources[0].Name)
	if c.root.name == "" {
		return []string{main}
	}
	around := []string{filepath.Join(main, "..")}
	if within(".", main) {
		around = append(around, ".")
	}
	return around
}

// within reports whether a path lies in a folder, or is it.
func within(dir, path string) bool {
	a, errA := filepath.Abs(dir)
	b, errB := filepath.Abs(path)
	if errA != nil || errB != nil {
		return false
	}
	rel, err := filepath.Rel(a, b)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// loadLibrary reads and compiles a library; nil where it is none, which is reported.
func (c *compilation) loadLibrary(path string, u *ast.Use) *module {
	m := newModule()
	m.underway, m.usedAt = true, u.Span()
	c.modules[path] = m
	lib := c.in(m)
	files, diags := c.load(path)
	c.libraryErrors(u, path, diags)
	c.sources = append(c.sources, files...)
	for _, f := range files {
		tree, diags := parser.Parse(f)
		c.add(diags...)
		m.files = append(m.files, tree)
	}
	if len(files) == 0 || !lib.libraryHeader(u) {
		c.modules[path] = nil
		return nil
	}
	lib.compileLibrary()
	m.underway = false
	return m
}

// libraryErrors passes on why a library's files can't be read, at the `use`.
func (c *compilation) libraryErrors(u *ast.Use, path string, diags []diag.Diagnostic) {
	for _, d := range diags {
		if d.Span.IsZero() {
			r := c.err(noLibrary, u.Path.Span(), "there is no library here: %s", d.Message)
			if near := neighbourOf(path, true); near != "" {
				written := strings.Trim(c.text(u.Path.Span()), "\"`")
				meant := written[:len(written)-len(slashBase(written))] + filepath.Base(near)
				c.unloaded = append(c.unloaded, filepath.Base(near))
				r.fix(u.Path.Span(), strconv.Quote(meant), "did you mean %s?", strconv.Quote(meant))
				continue
			}
			r.help("a library is a folder of .topo files, or one file, that begins with `library NAME`")
			continue
		}
		c.add(d)
	}
}

// slashBase is the last part of a path as a text has it, with what stands behind it.
func slashBase(written string) string {
	return written[strings.LastIndexByte(strings.TrimRight(written, "/"), '/')+1:]
}

// libraryHeader sees that the files of a namespace are one library's, and takes its name.
func (c *compilation) libraryHeader(u *ast.Use) bool {
	var first *ast.Library
	var topology *ast.Topology
	for _, f := range c.files {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.Library:
				switch {
				case d.Name == nil:
				case first == nil:
					first = d
				case first.Name.Name != d.Name.Name:
					c.err(noLibrary, d.Name.Span(), "the files of one folder are one library").
						related(first.Name.Span(), "here it is %s", first.Name.Name).help("give each library a folder of its own")
				}
			case *ast.Topology:
				topology = d
			case *ast.BadDecl:
				if d.Keyword == "library" || d.Keyword == "topology" {
					return false // reported
				}
			}
		}
	}
	if first == nil && topology != nil {
		c.err(noLibrary, u.Path.Span(), "this is a topology, and no library").
			related(topology.Span(), "its header").
			help("put what both need into a folder of its own that begins with `library NAME`")
		return false
	}
	if first == nil {
		c.err(noLibrary, u.Path.Span(), "no file here says that it is a library").help("begin one of them with `library NAME`")
		return false
	}
	c.name, c.libraryAt = first.Name.Name, first.Name.Span()
	if slices.Contains(c.libs.Names(), c.name) {
		c.err(libraryName, c.libraryAt, "%s is the name of a library of topo", c.name).help("give the library another name")
		return false
	}
	return true
}

// compileLibrary compiles the namespace of a library.
func (c *compilation) compileLibrary() {
	c.loadLibraries()
	c.collect()
	c.importNames()
	c.resolveTypes()
	c.resolveValues()
	c.resolveFuncs()
	c.resolveSignatures()
	c.checkFuncs()
	c.checkGraphs()
	c.proveLibrariesUsed()
}

// reportUseCycle reports libraries that use each other.
func (c *compilation) reportUseCycle(m *module, u *ast.Use) {
	if m == c.module {
		c.err(useCycle, u.Path.Span(), "library %s uses itself", m.name).help("its files know each other without `use`")
		return
	}
	c.err(useCycle, u.Path.Span(), "libraries use each other in a circle: %s uses %s, which led here", c.name, m.name).
		related(m.usedAt, "%s is used here", m.name).
		help("move what both need into a third library")
}

// notInLibrary reports a declaration that a library can't have.
func (c *compilation) notInLibrary(d ast.Decl, what, help string) {
	at := d.Span()
	if n := d.DeclName(); n != nil {
		at = n.Span()
	}
	c.err(notOfLibrary, at, "a library has no %s", what).help("%s", help)
}

// importNames makes what the used libraries have known by its bare name, where nothing else has it.
func (c *compilation) importNames() {
	for _, u := range c.uses {
		for _, t := range u.of.typeOrder {
			c.importEnum(t)
			if c.funcs[t.name.Name] == nil || c.funcs[t.name.Name].home != c.module {
				take(c, "type", c.types, t.name.Name, t, u)
			}
		}
		for _, f := range u.of.funcOrder {
			if c.types[f.name.Name] == nil || c.types[f.name.Name].home != c.module {
				take(c, "function", c.funcs, f.name.Name, f, u)
			}
		}
		for _, g := range u.of.graphOrder {
			take(c, "graph", c.graphs, g.name.Name, g, u)
		}
		for _, s := range u.of.signatureOrder {
			take(c, "component", c.signatures, s.name.Name, s, u)
		}
		for _, v := range u.of.valueOrder {
			take(c, "name", c.values, v.name.Name, v, u)
		}
	}
}

// take enters a library's symbol under its bare name; where two libraries have it, it is known by neither's.
func take[T any](c *compilation, kind string, names map[string]T, name string, symbol T, u *usedLibrary) {
	if strings.HasPrefix(name, "_") {
		return // its own
	}
	key := kind + " " + name
	if _, taken := names[name]; taken {
		if from := c.imported[key]; len(from) > 0 {
			c.imported[key] = append(from, u.of.name)
			delete(names, name)
		}
		return
	}
	if len(c.imported[key]) == 0 {
		names[name] = symbol
	}
	c.imported[key] = append(c.imported[key], u.of.name)
}

// ambiguous reports a name that several libraries have, and says nothing where one could not be read; false where neither is so.
func (c *compilation) ambiguous(kind, name string, at source.Span) bool {
	if len(c.unloaded) > 0 {
		return true // perhaps it is in one that could not be read
	}
	from := c.imported[kind+" "+name]
	if len(from) < 2 {
		return false
	}
	parts := make([]string, len(from))
	for i, lib := range from {
		parts[i] = lib + "." + name
	}
	c.noteUsed(from...)
	c.err(ambiguousName, at, "%s is in several libraries", name).
		help("say which one: `%s`", strings.Join(parts, "` or `"))
	return true
}

// library finds a library that the current namespace uses.
func (c *compilation) library(name string) *module {
	for _, u := range c.uses {
		if u.of.name == name {
			u.used = true
			return u.of
		}
	}
	return nil
}

// noteHome remembers that something of a used library was needed.
func (c *compilation) noteHome(home *module) {
	for _, u := range c.uses {
		u.used = u.used || u.of == home
	}
}

func (c *compilation) noteUsed(names ...string) {
	for _, u := range c.uses {
		u.used = u.used || slices.Contains(names, u.of.name)
	}
}

// proveLibrariesUsed warns of a `use` that nothing needs.
func (c *compilation) proveLibrariesUsed() {
	for _, u := range c.uses {
		if !u.used {
			c.warn(unusedUse, u.decl.Span(), "nothing of library %s is used", u.of.name).fix(u.decl.Span(), "", "take the `use` out")
		}
	}
}

// libraryNames lists the libraries that can be named here.
func (c *compilation) libraryNames() []string {
	var names []string
	for _, u := range c.uses {
		names = append(names, u.of.name)
	}
	return append(names, c.libs.Names()...)
}

// isLibrary reports whether the files are a library's, and no topology's.
func (c *compilation) isLibrary() bool {
	found := false
	for _, f := range c.files {
		for _, d := range f.Decls {
			switch d.(type) {
			case *ast.Topology:
				return false
			case *ast.Library:
				found = true
			}
		}
	}
	return found
}

// alone compiles a library by itself.
func (c *compilation) alone() *Result {
	if c.libraryHeader(nil) {
		c.compileLibrary()
	}
	r := c.texts()
	r.Library = &Library{Name: c.name, Types: len(c.typeOrder), Constants: len(c.valueOrder), Funcs: len(c.funcOrder), Components: len(c.signatureOrder), Graphs: len(c.graphOrder)}
	return r
}
