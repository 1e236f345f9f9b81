package lsp

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/compiler/plan"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/lsp/protocol"
)

// workspace is all the texts: of the editor, and of the disk.
type workspace struct {
	s         *server
	folders   []string
	docs      map[string]*document // open ones, by path
	disk      map[string]diskFile  // what was read, by path
	all       map[string]*unit     // by folder, or by file where a topology is one file of a folder with several
	published map[string]string    // what the client was told last, by path
	told      bool                 // it knows of all that is wrong
}

// diskFile is a file as it was read.
type diskFile struct {
	changed time.Time
	size    int64
	doc     *document // nil where it can't be read
}

// maxDisk is how many files are kept.
const maxDisk = 2000

// unit is what is compiled together.
type unit struct {
	key     string
	session *compiler.Session
	golang  *compiler.GoCache
	files   []*source.File
	diags   []diag.Diagnostic
	dirty   bool
	used    map[string]bool   // the folders and files of libraries that it was compiled with
	sources map[string]string // the texts of these
	planned bool              // plan was made, of the texts that were checked last
	plan    *plan.Plan        // nil where there are mistakes
	before  *plan.Plan        // the last one that was made
	shown   bool              // hints were given by that one
}

func newWorkspace(s *server) *workspace {
	return &workspace{
		s: s, docs: map[string]*document{}, disk: map[string]diskFile{}, all: map[string]*unit{},
		published: map[string]string{}, told: true,
	}
}

// forget drops everything that was found out about the texts.
func (w *workspace) forget() {
	w.all, w.disk, w.told = map[string]*unit{}, map[string]diskFile{}, false
}

func (w *workspace) addFolder(uri protocol.URI) {
	if path := pathOf(uri); path != "" && !slices.Contains(w.folders, path) {
		w.folders = append(w.folders, path)
	}
}

// opened returns an open document, or nil.
func (w *workspace) opened(uri protocol.URI) *document { return w.docs[keyOf(uri)] }

// keyOf is the name that a document has for the compiler: its path, or where it is no file a name that no file has.
func keyOf(uri protocol.URI) string {
	if path := pathOf(uri); path != "" {
		return path
	}
	return filepath.Join(string(filepath.Separator), "unsaved", strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || r < ' ' {
			return '_'
		}
		return r
	}, string(uri)), "unsaved.topo")
}

func didOpen(s *server, p *protocol.DidOpenParams) {
	path := keyOf(p.TextDocument.URI)
	d := newDocument(path, p.TextDocument.URI, p.TextDocument.Text, s.units)
	d.open, d.version = true, p.TextDocument.Version
	s.docs[path] = d
	s.touch(path)
}

func didChange(s *server, p *protocol.DidChangeParams) {
	d := s.opened(p.TextDocument.URI)
	if d == nil {
		return
	}
	d.change(p.ContentChanges, s.units)
	d.version = p.TextDocument.Version
	s.touch(d.path)
}

func didClose(s *server, p *protocol.DidCloseParams) {
	path := keyOf(p.TextDocument.URI)
	if s.docs[path] == nil {
		return
	}
	delete(s.docs, path)
	s.touch(path)
}

// didSave looks at everything on disk again: Go may have been made, or another program have written.
func didSave(s *server, _ *protocol.DidCloseParams) { s.touchAll() }

func didChangeWatchedFiles(s *server, p *protocol.DidChangeWatchedFilesParams) {
	for _, c := range p.Changes {
		if path := pathOf(c.URI); filepath.Ext(path) != ".topo" || s.docs[path] == nil {
			s.touchAll()
			return
		}
	}
}

func didChangeWorkspaceFolders(s *server, p *protocol.DidChangeWorkspaceFoldersParams) {
	for _, f := range p.Event.Removed {
		s.folders = slices.DeleteFunc(s.folders, func(path string) bool { return path == pathOf(f.URI) })
	}
	for _, f := range p.Event.Added {
		s.addFolder(f.URI)
	}
}

// touch notes that a file is another one now.
func (w *workspace) touch(path string) {
	w.told = false
	for _, u := range w.all {
		if u.key == path || u.key == filepath.Dir(path) || filepath.Dir(u.key) == filepath.Dir(path) || u.used[path] || u.used[filepath.Dir(path)] {
			u.dirty = true
		}
	}
}

// touchAll notes that anything may have changed but for what is open.
func (w *workspace) touchAll() {
	w.told = false
	for _, u := range w.all {
		u.dirty = true
		u.golang.Forget()
		u.session.Forget()
	}
}

// pending reports whether there is something to do while no message waits.
func (w *workspace) pending() bool { return !w.told }

// document returns the text of a file: that of the editor, or of the disk; nil where there is none.
func (w *workspace) document(path string) *document {
	if d := w.docs[path]; d != nil {
		return d
	}
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > compiler.MaxFile {
		delete(w.disk, path)
		return nil
	}
	if f, ok := w.disk[path]; ok && f.changed.Equal(info.ModTime()) && f.size == info.Size() {
		return f.doc
	}
	if len(w.disk) >= maxDisk {
		clear(w.disk)
	}
	f := diskFile{changed: info.ModTime(), size: info.Size()}
	if text, err := os.ReadFile(path); err == nil {
		f.doc = newDocument(path, uriOf(path), string(text), w.s.units)
	}
	w.disk[path] = f
	return f.doc
}

// folder lists the .topo files of a folder, of the disk and of the editor, by name.
func (w *workspace) folder(dir string) []*document {
	names := map[string]bool{}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if !e.IsDir() {
			names[filepath.Join(dir, e.Name())] = true
		}
	}
	for path := range w.docs {
		if filepath.Dir(path) == dir {
			names[path] = true
		}
	}
	var paths []string
	for path := range names {
		if filepath.Ext(path) == ".topo" && !strings.HasPrefix(filepath.Base(path), ".") {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	var out []*document
	for _, path := range paths {
		if d := w.document(path); d != nil {
			out = append(out, d)
		}
	}
	return out
}

// member says which documents are compiled together with one, and by what name that is known: as compiler.Load divides a folder.
func (w *workspace) member(d *document) (key string, of []*document) {
	dir := filepath.Dir(d.path)
	all := w.folder(dir)
	if !slices.Contains(all, d) { // it has another extension, or none
		return d.path, []*document{d}
	}
	topologies, libraries := 0, 0
	kinds := map[*document]string{}
	for _, o := range all {
		kinds[o] = compiler.HeaderOf(o.source())
		switch kinds[o] {
		case "topology":
			topologies++
		case "library":
			libraries++
		}
	}
	pick := func(want func(kind string) bool) []*document {
		return slices.DeleteFunc(slices.Clone(all), func(o *document) bool { return !want(kinds[o]) })
	}
	switch {
	case kinds[d] == "library" && topologies > 0:
		return dir + string(filepath.Separator) + "library", pick(func(kind string) bool { return kind == "library" })
	case topologies > 1:
		return d.path, []*document{d}
	case topologies == 1:
		return dir, pick(func(kind string) bool { return kind != "library" })
	}
	return dir, all
}

// maxUnits is how many units are kept.
const maxUnits = 64

// unit returns what a document is compiled with, checked.
func (w *workspace) unit(d *document) *unit {
	key, docs := w.member(d)
	u := w.all[key]
	if u == nil {
		if len(w.all) >= maxUnits {
			clear(w.all)
		}
		u = w.newUnit(key)
		w.all[key] = u
	}
	w.check(u, docs)
	return u
}

func (w *workspace) newUnit(key string) *unit {
	u := &unit{key: key, golang: &compiler.GoCache{}, dirty: true}
	u.session = compiler.NewSession(compiler.Options{
		Libraries: w.s.opts.Libraries, Go: w.s.opts.Go, GoCache: u.golang,
		Load: func(path string) ([]*source.File, []diag.Diagnostic) { return w.load(u, path) },
	})
	return u
}

// load reads a library for a unit: open documents as they are in the editor.
func (w *workspace) load(u *unit, path string) ([]*source.File, []diag.Diagnostic) {
	u.used[path], u.used[path+".topo"] = true, true
	files, diags := compiler.LoadLibrary(path)
	for i, f := range files {
		u.used[f.Name] = true
		if d := w.docs[f.Name]; d != nil {
			files[i] = source.NewFile(f.Name, d.source())
		}
		u.sources[f.Name] = files[i].Text
	}
	return files, diags
}

// check compiles a unit again where that is necessary.
func (w *workspace) check(u *unit, docs []*document) {
	same := len(docs) == len(u.files)
	var files []*source.File
	for i, d := range docs {
		if same && u.files[i].Name == d.path && u.files[i].Text == d.source() {
			files = append(files, u.files[i])
			continue
		}
		same = false
		files = append(files, source.NewFile(d.path, d.source()))
	}
	if same && !u.dirty {
		return
	}
	for path, text := range u.sources {
		if d := w.document(path); d == nil || d.source() != text {
			u.session.Forget()
			break
		}
	}
	if u.used == nil || same {
		u.used, u.sources = map[string]bool{}, map[string]string{}
		u.session.Forget()
	}
	u.files, u.dirty = files, false
	if u.plan != nil {
		u.before = u.plan
	}
	u.planned, u.plan = false, nil
	u.diags = nil
	for _, f := range files {
		u.diags = append(u.diags, compiler.CheckText(f)...)
	}
	if len(u.diags) > 0 {
		u.session.Forget()
		return
	}
	u.diags = u.session.Check(files)
}
