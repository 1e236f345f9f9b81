package lsp

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/compiler/graph"
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/optimise"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/lsp/protocol"
)

// codeLens is something that can be done, above a line.
type codeLens struct {
	Range   protocol.Range   `json:"range"`
	Command protocol.Command `json:"command"`
}

// lenses stand above a topology's header (run, test, graph, plan) and above each test. What the client runs in a terminal has the
// words of its command line as arguments: topo.run and topo.test. The server itself carries out topo.graph and topo.plan.
func lenses(s *server, d *document, _ *protocol.DocumentParams) ([]codeLens, error) {
	out := []codeLens{}
	path := s.unit(d).key
	add := func(at source.Span, base int, title, command string, args ...any) {
		out = append(out, codeLens{d.rangeOf(at.Start+base, at.End+base), protocol.Command{Title: title, Command: command, Arguments: args}})
	}
	for _, p := range s.parts(d) {
		for _, decl := range p.Tree.Decls {
			switch decl := decl.(type) {
			case *ast.Topology:
				at := decl.Name.Span()
				add(at, p.Base, "run", "topo.run", "topoc", "run", path)
				add(at, p.Base, "test", "topo.test", "topoc", "test", path)
				add(at, p.Base, "graph", "topo.graph", string(d.uri))
				add(at, p.Base, "plan", "topo.plan", string(d.uri))
			case *ast.Test:
				if decl.Title != nil && len(decl.Title.Parts) == 1 {
					add(decl.Title.Span(), p.Base, "run test", "topo.test", "topoc", "test", "--run", decl.Title.Parts[0].Text, path)
				}
			}
		}
	}
	return out, nil
}

type executeParams struct {
	Command   string            `json:"command"`
	Arguments []json.RawMessage `json:"arguments"`
}

// drawn is a page about a topology: its text, and where the client may open it.
type drawn struct {
	Text   string                       `json:"text"`
	URI    protocol.URI                 `json:"uri,omitempty"`
	Places map[string]protocol.Location `json:"places,omitempty"` // of the components of a graph, by the names in it
}

// commands are what the server carries out itself.
var commands = []string{"topo.graph", "topo.plan"}

func execute(s *server, p *executeParams) (any, error) {
	var uri protocol.URI
	if len(p.Arguments) == 0 || json.Unmarshal(p.Arguments[0], &uri) != nil {
		return nil, protocol.Errorf(protocol.InvalidParams, "%s needs the URI of a document", p.Command)
	}
	d := s.opened(uri)
	if d == nil {
		return nil, protocol.Errorf(protocol.RequestFailed, "%s is not open", uri)
	}
	u := s.unit(d)
	switch p.Command {
	case "topo.plan":
		r := s.compileWhole(u)
		if r.Plan == nil {
			return nil, protocol.Errorf(protocol.RequestFailed, "a topology with mistakes has no plan")
		}
		optimise.Apply(r.Program, false)
		r.Plan.Optimise(r.Program)
		return drawn{Text: r.Plan.Text()}, nil
	case "topo.graph":
		r := s.compileWhole(u)
		if r.Program == nil {
			return nil, protocol.Errorf(protocol.RequestFailed, "a topology with mistakes has no graph")
		}
		svg := graph.SVG(graph.Fold(r.Program))
		out := drawn{Text: svg, Places: s.places(r.Program)}
		if s.opts.Pages != "" {
			sum := sha256.Sum256([]byte(u.key))
			name := fmt.Sprintf("%s-%x", strings.TrimSuffix(filepath.Base(u.key), ".topo"), sum[:4])
			out.URI = s.page(filepath.Join("graph", name+".svg"), svg)
			if out.URI != "" && s.client.Window.ShowDocument.Support {
				s.ask("window/showDocument", map[string]any{"uri": out.URI, "external": false})
			}
		}
		return out, nil
	}
	return nil, protocol.Errorf(protocol.InvalidParams, "there is no command %s here", p.Command)
}

// compileWhole compiles a topology for what shows places of its text.
func (s *server) compileWhole(u *unit) *compiler.Result {
	r, _ := compiler.Compile(u.files, compiler.Options{
		Libraries: s.opts.Libraries, Go: s.opts.Go, GoCache: u.golang,
		Load: func(path string) ([]*source.File, []diag.Diagnostic) { return s.load(u, path) },
	})
	return r
}

// places are where the components stand that a graph shows: those of a composite are drawn as one.
func (s *server) places(p *ir.Program) map[string]protocol.Location {
	out := map[string]protocol.Location{}
	for _, c := range p.Components {
		name, at := c.Name, c.Span
		for box := c.Box; box != nil; box = box.Outer {
			name, at = box.Name, box.Span
		}
		if d := s.document(at.File); d != nil {
			out[name] = protocol.Location{URI: d.uri, Range: d.rangeOf(at.Start, at.End)}
		}
	}
	return out
}
