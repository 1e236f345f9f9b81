package lsp

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/lsp/protocol"
)

// prepared is what a rename would begin with.
type prepared struct {
	Range       protocol.Range `json:"range"`
	Placeholder string         `json:"placeholder"`
}

func prepareRename(s *server, d *document, at int) (any, error) {
	x, ref := s.named(d, at)
	if ref == nil {
		return nil, nil
	}
	if _, err := s.renamed(x, ref); err != nil {
		return nil, err
	}
	return prepared{d.rangeOf(ref.At.Start, ref.At.End), d.source()[ref.At.Start:ref.At.End]}, nil
}

// renamed lists the places that a rename changes, or says why it can't.
func (s *server) renamed(x *compiler.Index, ref *compiler.Ref) ([]source.Span, error) {
	refs := s.everywhere(x, ref.Symbol)
	var out []source.Span
	declared := false
	for _, r := range refs {
		sym := r.Symbol
		switch {
		case sym.Kind == "builtin":
			return nil, fmt.Errorf("%s is a word of the language", sym.Name)
		case sym.Kind == "go":
			return nil, fmt.Errorf("%s is a name of Go's: rename it there", sym.Name)
		case sym.Standard || !filepath.IsAbs(r.At.File) || !sym.At.IsZero() && !filepath.IsAbs(sym.At.File):
			return nil, fmt.Errorf("%s is of the standard library", sym.Name)
		}
		if r.Symbol.Kind == "stream" && !r.Declares && r.At.End-r.At.Start != len(ref.Symbol.Name) {
			continue
		}
		declared = declared || r.Declares
		if !slices.Contains(out, r.At) {
			out = append(out, r.At)
		}
	}
	if !declared {
		return nil, fmt.Errorf("%s is not declared in a text that can be changed", ref.Symbol.Name)
	}
	return out, nil
}

type renameParams struct {
	protocol.TextDocumentPositionParams
	NewName string `json:"newName"`
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// rename gives what is named at a place another name, everywhere. It is compiled with the new name first: a name that would be taken for another one, or
// break a text, is refused.
func rename(s *server, d *document, p *renameParams) (any, error) {
	x, ref := s.named(d, d.at(p.Position))
	if ref == nil {
		return nil, protocol.Errorf(protocol.RequestFailed, "there is no name here")
	}
	if !identifier.MatchString(p.NewName) {
		return nil, fmt.Errorf("%q is no name: letters, digits and _, not beginning with a digit", p.NewName)
	}
	switch ref.Symbol.Kind {
	case "local", "param", "const", "input", "state", "parameter":
		if parser.Reserved(p.NewName) {
			return nil, fmt.Errorf("%s is a word of the language", p.NewName)
		}
	}
	places, err := s.renamed(x, ref)
	if err != nil {
		return nil, err
	}
	byFile := map[string][]source.Span{}
	for _, at := range places {
		byFile[at.File] = append(byFile[at.File], at)
	}
	made := map[string]string{}
	edits := map[string][]protocol.TextEdit{}
	for file, list := range byFile {
		doc := s.document(file)
		if doc == nil {
			return nil, fmt.Errorf("%s can't be read any more", file)
		}
		slices.SortFunc(list, func(a, b source.Span) int { return a.Start - b.Start })
		text := doc.source()
		for _, at := range slices.Backward(list) {
			text = text[:at.Start] + p.NewName + text[at.End:]
		}
		for _, at := range list {
			edits[file] = append(edits[file], protocol.TextEdit{Range: doc.rangeOf(at.Start, at.End), NewText: p.NewName})
		}
		made[file] = text
	}
	if p.NewName != ref.Symbol.Name {
		if err := s.tryOut(d, made); err != nil {
			return nil, err
		}
	}
	return s.workspaceEdit(edits), nil
}

// tryOut compiles a document's unit with other texts: what was right must stay so, and each name must mean what it meant.
func (s *server) tryOut(d *document, made map[string]string) error {
	t, err := s.compiledWith(d, made)
	if err != nil {
		return err
	}
	if a, b := shape(s.unit(d).session.Index()), shape(t.Index()); !slices.Equal(a, b) {
		return fmt.Errorf("with that name some names would mean something else")
	}
	return nil
}

// stillSound compiles a document's unit with other texts: what was right must stay so.
func (s *server) stillSound(d *document, made map[string]string) error {
	_, err := s.compiledWith(d, made)
	return err
}

func (s *server) compiledWith(d *document, made map[string]string) (*compiler.Session, error) {
	u := s.unit(d)
	var files []*source.File
	for _, f := range u.files {
		text, changed := made[f.Name]
		if !changed {
			text = f.Text
		}
		files = append(files, source.NewFile(f.Name, text))
	}
	t := compiler.NewSession(compiler.Options{
		Libraries: s.opts.Libraries, Go: s.opts.Go, GoCache: u.golang,
		Load: func(path string) ([]*source.File, []diag.Diagnostic) {
			files, diags := s.load(u, path)
			for i, f := range files {
				if text, changed := made[f.Name]; changed {
					files[i] = source.NewFile(f.Name, text)
				}
			}
			return files, diags
		},
	})
	before, after := map[string]int{}, map[string]int{}
	for _, o := range u.diags {
		before[o.Code]++
	}
	for _, o := range t.Check(files) {
		if after[o.Code]++; after[o.Code] > before[o.Code] {
			return nil, fmt.Errorf("with that name it would be wrong: %s", o.Message)
		}
	}
	return t, nil
}

// shape says which of an index's names mean the same, without saying what they are called.
func shape(x *compiler.Index) []int {
	number := map[source.Span]int{}
	var out []int
	for _, r := range x.Refs {
		at := r.Symbol.At
		if at.IsZero() {
			out = append(out, -1)
			continue
		}
		if _, known := number[at]; !known {
			number[at] = len(number)
		}
		out = append(out, number[at])
	}
	return out
}

// workspaceEdit is edits by file, as the client wants them.
func (s *server) workspaceEdit(edits map[string][]protocol.TextEdit) *protocol.WorkspaceEdit {
	out := &protocol.WorkspaceEdit{}
	for _, file := range slices.Sorted(maps.Keys(edits)) {
		d := s.document(file)
		if d == nil {
			continue
		}
		if !s.client.Workspace.WorkspaceEdit.DocumentChanges {
			if out.Changes == nil {
				out.Changes = map[protocol.URI][]protocol.TextEdit{}
			}
			out.Changes[d.uri] = edits[file]
			continue
		}
		e := protocol.TextDocumentEdit{Edits: edits[file]}
		e.TextDocument.URI = d.uri
		if d.open {
			version := d.version
			e.TextDocument.Version = &version
		}
		out.DocumentChanges = append(out.DocumentChanges, e)
	}
	return out
}
