package lsp

import (
	"encoding/json"
	"slices"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lsp/protocol"
)

// hierarchyItem is a component. Calls are tuples: what a component reads calls it, and it calls who reads it.
type hierarchyItem struct {
	Name           string              `json:"name"`
	Kind           protocol.SymbolKind `json:"kind"`
	Detail         string              `json:"detail,omitempty"`
	URI            protocol.URI        `json:"uri"`
	Range          protocol.Range      `json:"range"`
	SelectionRange protocol.Range      `json:"selectionRange"`
}

type hierarchyCall struct {
	From *hierarchyItem   `json:"from,omitempty"`
	To   *hierarchyItem   `json:"to,omitempty"`
	At   []protocol.Range `json:"fromRanges"`
}

type hierarchyParams struct {
	Item hierarchyItem `json:"item"`
}

func isComponent(sym *compiler.Symbol) bool {
	return sym.Kind == "spout" || sym.Kind == "bolt" || sym.Kind == "sink"
}

func prepareCalls(s *server, d *document, at int) (any, error) {
	_, ref := s.named(d, at)
	if ref == nil {
		return nil, nil
	}
	sym := ref.Symbol
	if sym.Kind == "stream" && sym.In != nil {
		sym = sym.In
	}
	if item := s.item(sym); item != nil && isComponent(sym) && !sym.Standard {
		return []*hierarchyItem{item}, nil
	}
	return nil, nil
}

func (s *server) item(sym *compiler.Symbol) *hierarchyItem {
	l, ok := s.declared(sym)
	if !ok {
		return nil
	}
	kind := map[string]protocol.SymbolKind{"spout": protocol.SymbolEvent, "bolt": protocol.SymbolClass, "sink": protocol.SymbolInterface}[sym.Kind]
	return &hierarchyItem{Name: sym.Name, Kind: kind, Detail: signatureOf(sym), URI: l.URI, Range: l.Range, SelectionRange: l.Range}
}

// flow is one source of one input: who reads whom, and where that is written.
type flow struct {
	from, to *compiler.Symbol
	at       protocol.Location
}

// flows lists who reads whom in a unit.
func (s *server) flows(d *document) []flow {
	u := s.unit(d)
	x := u.session.Index()
	var out []flow
	for _, f := range u.files {
		doc := s.document(f.Name)
		if doc == nil {
			continue
		}
		for _, p := range u.session.Parts(f.Name) {
			for _, decl := range p.Tree.Decls {
				ast.Walk(decl, func(n ast.Spanned) bool {
					comp, ok := n.(*ast.Component)
					if !ok || comp.Name == nil {
						return true
					}
					to := x.At(f.Name, comp.Name.Span().Start+p.Base)
					for _, in := range comp.Inputs {
						for _, src := range in.Sources {
							start, end := src.Span().Start+p.Base, src.Span().End+p.Base
							if from := x.At(f.Name, start); from != nil && to != nil {
								out = append(out, flow{from.Symbol, to.Symbol, protocol.Location{URI: doc.uri, Range: doc.rangeOf(start, end)}})
							}
						}
					}
					return false
				})
			}
		}
	}
	return out
}

// callsOf lists the components above or below one.
func callsOf(up bool) handler {
	return func(s *server, params json.RawMessage) (any, error) {
		var p hierarchyParams
		if err := json.Unmarshal(params, &p); err != nil {
			return nil, protocol.Errorf(protocol.InvalidParams, "%v", err)
		}
		d := s.document(keyOf(p.Item.URI))
		if d == nil {
			return nil, nil
		}
		_, ref := s.named(d, d.at(p.Item.SelectionRange.Start))
		out := []hierarchyCall{}
		if ref == nil {
			return out, nil
		}
		for _, f := range s.flows(d) {
			here, other := f.to, f.from
			if !up {
				here, other = f.from, f.to
			}
			item := s.item(other)
			if here != ref.Symbol || item == nil {
				continue
			}
			// The places are those of the caller's document: where a source is written it stands in the reader's.
			place := item.SelectionRange
			if !up {
				place = p.Item.SelectionRange
			}
			call := hierarchyCall{At: []protocol.Range{place}}
			if up {
				call.From = item
			} else {
				call.To = item
			}
			if !slices.ContainsFunc(out, func(o hierarchyCall) bool { return sameJSON(o, call) }) {
				out = append(out, call)
			}
		}
		return out, nil
	}
}
