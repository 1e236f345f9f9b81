package lsp

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/lsp/protocol"
	"github.com/topo-lang/topo/stdlib"
)

// named is the name at a place of a document, and what it means; nil where there is none.
func (s *server) named(d *document, at int) (*compiler.Index, *compiler.Ref) {
	x := s.unit(d).session.Index()
	return x, x.At(d.path, at)
}

// declared is where a symbol is declared: in a text of the user's, or a copy of the standard library's.
func (s *server) declared(sym *compiler.Symbol) (protocol.Location, bool) {
	if sym.At.IsZero() {
		return protocol.Location{}, false
	}
	if sym.Standard || !filepath.IsAbs(sym.At.File) {
		return s.standardLocation(sym.At)
	}
	return s.location(sym.At)
}

// standardLocation is a place in the standard library, of which the client gets a copy that it can open.
func (s *server) standardLocation(at source.Span) (protocol.Location, bool) {
	name := strings.TrimPrefix(filepath.ToSlash(at.File), "stdlib/")
	text, err := stdlib.Signatures.ReadFile(name)
	if err != nil || s.opts.Pages == "" {
		return protocol.Location{}, false
	}
	uri := s.page(filepath.Join("stdlib", filepath.FromSlash(name)), string(text))
	if uri == "" {
		return protocol.Location{}, false
	}
	d := newDocument(name, uri, string(text), s.units)
	return protocol.Location{URI: uri, Range: d.rangeOf(at.Start, at.End)}, true
}

// definition is where the name at a place is declared. The name in a signature without a body leads on to its Go.
func definition(s *server, d *document, at int) (any, error) {
	x, ref := s.named(d, at)
	if ref == nil {
		return s.linkAt(d, at), nil
	}
	found := []protocol.Location{}
	for _, r := range x.Refs {
		// A place may have two meanings: of a signature and of its Go.
		if r.At != ref.At || r.Declares && slices.ContainsFunc(x.Refs, func(o compiler.Ref) bool { return o.At == r.At && !o.Declares }) {
			continue
		}
		if l, ok := s.declared(r.Symbol); ok && !slices.Contains(found, l) {
			found = append(found, l)
		}
	}
	return found, nil
}

type referenceParams struct {
	protocol.TextDocumentPositionParams
	Context struct {
		IncludeDeclaration bool `json:"includeDeclaration"`
	} `json:"context"`
}

// references are where the name at a place is named: in all files of the topology, and of others that are open.
func references(s *server, d *document, p *referenceParams) (any, error) {
	x, ref := s.named(d, d.at(p.Position))
	if ref == nil {
		return nil, nil
	}
	out := []protocol.Location{}
	for _, r := range s.everywhere(x, ref.Symbol) {
		if r.Declares && !p.Context.IncludeDeclaration {
			continue
		}
		if l, ok := s.location(r.At); ok && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out, nil
}

// everywhere lists where a symbol is named, in the unit of an index and in the others that are known.
func (s *server) everywhere(x *compiler.Index, sym *compiler.Symbol) []compiler.Ref {
	out := x.Of(sym)
	// What another unit has at one of the places where this is declared is the same.
	var declared []source.Span
	for _, r := range out {
		if r.Declares {
			declared = append(declared, r.At)
		}
	}
	for _, key := range sortedKeys(s.all) {
		other := s.all[key].session.Index()
		if other == x {
			continue
		}
		for _, at := range declared {
			if r := other.At(at.File, at.Start); r != nil && r.At == at && r.Declares {
				for _, more := range other.Of(r.Symbol) {
					if !slices.ContainsFunc(out, func(o compiler.Ref) bool { return o.At == more.At }) {
						out = append(out, more)
					}
				}
				break
			}
		}
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// highlight is a place with a name.
type highlight struct {
	Range protocol.Range `json:"range"`
	Kind  int            `json:"kind"` // 2 read, 3 written
}

func highlights(s *server, d *document, at int) ([]highlight, error) {
	x, ref := s.named(d, at)
	out := []highlight{}
	if ref == nil {
		return out, nil
	}
	for _, r := range x.Of(ref.Symbol) {
		if r.At.File != d.path {
			continue
		}
		h := highlight{d.rangeOf(r.At.Start, r.At.End), 2}
		if r.Declares || r.Writes {
			h.Kind = 3
		}
		if !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	return out, nil
}
