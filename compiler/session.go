package compiler

import (
	"path/filepath"
	"slices"
	"strconv"

	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
)

// Session checks a topology again and again while its text changes, as an editor does. It gives the diagnostics that Compile gives, and
// parses anew only the declarations whose text has changed.
//
// Each declaration is a file of its own to the compiler, so that nothing in it depends on where it stands; only in the
// diagnostics that come out are its places those of the real file. A Session is used by one goroutine at a time.
type Session struct {
	opts  Options
	parts map[string]*part // by text
	names int
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

// NewSession returns a session that knows no text yet.
func NewSession(opts Options) *Session { return &Session{opts: opts, parts: map[string]*part{}} }

// Check returns the diagnostics of the files of one topology, as Compile does.
func (s *Session) Check(files []*source.File) []diag.Diagnostic {
	c := newCompilation(s.opts)
	at := map[string]*part{}
	next := make(map[string]*part, len(s.parts))
	for _, f := range files {
		cuts := append(parser.Split(f.Text), len(f.Text))
		for i, begin := range cuts[:len(cuts)-1] {
			text := f.Text[begin:cuts[i+1]]
			p := s.parts[text]
			if p == nil || next[text] != nil || p.in.Name != f.Name {
				// A text that stands twice is two declarations.
				p = s.parse(f, text)
			}
			p.in, p.base = f, begin
			next[text] = p
			at[p.file.Name] = p
			c.sources = append(c.sources, p.file)
			c.files = append(c.files, p.tree)
			c.add(slices.Clone(p.diags)...)
		}
	}
	s.parts = next
	c.passes()
	for _, d := range c.all {
		moveTo(d, at)
	}
	return c.diagnostics()
}

// parse parses a declaration as a file of its own. Its name is no other file's, and stands in the folder of the real one, where a
// `use` looks.
func (s *Session) parse(in *source.File, text string) *part {
	s.names++
	f := source.NewFile(filepath.Join(filepath.Dir(in.Name), "\x00"+strconv.Itoa(s.names)), text)
	tree, diags := parser.Parse(f)
	return &part{file: f, tree: tree, diags: diags}
}

// moveTo moves a diagnostic from the declaration's own file to the real one. It is made anew where it is shared.
func moveTo(d *diag.Diagnostic, at map[string]*part) {
	move := func(span *source.Span) {
		if p := at[span.File]; p != nil {
			*span = source.Span{File: p.in.Name, Start: span.Start + p.base, End: span.End + p.base}
		}
	}
	move(&d.Span)
	d.Related = append([]diag.Label(nil), d.Related...)
	for i := range d.Related {
		move(&d.Related[i].Span)
	}
	d.Fixes = append([]diag.Fix(nil), d.Fixes...)
	for i := range d.Fixes {
		move(&d.Fixes[i].Span)
	}
}
