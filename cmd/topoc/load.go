package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/topo-lang/topo/codegen"
	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/compiler/graph"
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/library"
	"github.com/topo-lang/topo/compiler/optimise"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/stdlib"
)

// topology is one that was read and compiled.
type topology struct {
	files  []*source.File
	result *compiler.Result
	plain  bool // it is to run as it is written, without optimisations
	made   *codegen.Texts
}

// load compiles the topology at path and shows what there is to say about it. It fails, with the
// errors shown, where the topology has any.
func load(c *console, path string, opts ...option) (*topology, error) {
	t, warnings, err := loadQuietly(c, path, opts...)
	if err != nil {
		return nil, err
	}
	c.show(t.files, warnings)
	return t, nil
}

// loadQuietly leaves the warnings to be shown by the caller.
func loadQuietly(c *console, path string, opts ...option) (t *topology, warnings []diag.Diagnostic, err error) {
	t, diags := compileAt(path, opts...)
	if hasErrors(diags) {
		c.show(t.files, diags)
		return nil, nil, errReported
	}
	if lib := t.result.Library; lib != nil {
		c.show(t.files, diags)
		return nil, nil, &helpfulError{err: fmt.Errorf("%s is library %s, not a topology", path, lib.Name), help: "name a topology that uses it; `topoc check` proves a library sound by itself"}
	}
	return t, diags, nil
}

// option is something that a verb asks of the compiler.
type option func(*compiler.Options)

// toRun asks for a program that runs, with a guarantee no stronger than the one given; "" leaves it.
func toRun(guarantee string) option {
	return func(o *compiler.Options) { o.ToRun, o.Guarantee = true, guarantee }
}

// plainFlag turns optimisations off.
func plainFlag() cli.Flag {
	return &cli.BoolFlag{Name: "no-optimise", DisableDefaultText: true, Usage: "run everything as it is written"}
}

// guaranteeFlag lowers the guarantee; its value is one of choices["guarantee"].
func guaranteeFlag() cli.Flag {
	return &cli.StringFlag{Name: "guarantee", Usage: "lower the guarantee for this build: `LEVEL` none, or at-least-once"}
}

// compileAt reads and compiles the topology at path.
func compileAt(path string, opts ...option) (*topology, []diag.Diagnostic) {
	files, diags := compiler.Load(path)
	if hasErrors(diags) {
		return &topology{files: files}, diags
	}
	t, more := compileFiles(files, opts...)
	return t, append(diags, more...)
}

// compileFiles compiles texts that were read.
func compileFiles(files []*source.File, opts ...option) (*topology, []diag.Diagnostic) {
	options := compiler.Options{Libraries: library.New(stdlib.Signatures), Go: true}
	for _, o := range opts {
		o(&options)
	}
	result, more := compiler.Compile(files, options)
	return &topology{files: result.Sources, result: result}, more
}

func (t *topology) program() *ir.Program { return t.result.Program }

func (t *topology) name() string { return t.program().Name }

// size is `1 spout, 2 bolts, 1 sink`.
func (t *topology) size() string {
	counts := map[ir.Kind]int{}
	for _, c := range t.program().Components {
		counts[c.Kind]++
	}
	var parts []string
	for _, kind := range []ir.Kind{ir.Spout, ir.Bolt, ir.Sink} {
		switch n := counts[kind]; n {
		case 0:
		case 1:
			parts = append(parts, "1 "+string(kind))
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", n, kind))
		}
	}
	switch n := len(t.program().Queries); n {
	case 0:
	case 1:
		parts = append(parts, "1 query")
	default:
		parts = append(parts, fmt.Sprintf("%d queries", n))
	}
	return strings.Join(parts, ", ")
}

// texts are the topology's plan and graph, as topoc prints them and as its binary will. The graph is drawn as it is written; from here
// on the program is the one that runs.
func (t *topology) texts() (codegen.Texts, error) {
	if t.made != nil {
		return *t.made, nil
	}
	folded := graph.Fold(t.program())
	made := codegen.Texts{
		Version: ownVersion(),
		DOT:     graph.DOT(folded),
		Mermaid: graph.Mermaid(folded),
		SVG:     graph.SVG(folded),
	}
	optimise.Apply(t.program(), t.plain)
	t.result.Plan.Optimise(t.program())
	json, err := t.result.Plan.JSON()
	if err != nil {
		return codegen.Texts{}, err
	}
	made.Plan, made.PlanJSON = t.result.Plan.Text(), string(json)
	t.made = &made
	return made, nil
}

// generate returns the topology as Go.
func (t *topology) generate() (map[string][]byte, error) {
	texts, err := t.texts()
	if err != nil {
		return nil, err
	}
	return codegen.Generate(t.program(), texts)
}

func hasErrors(diags []diag.Diagnostic) bool {
	for _, d := range diags {
		if d.Severity == diag.Error {
			return true
		}
	}
	return false
}

// sizeOf is `3 functions, 1 type`.
func sizeOf(lib *compiler.Library) string {
	var parts []string
	for _, of := range []struct {
		n    int
		word string
	}{{lib.Components, "component"}, {lib.Graphs, "graph"}, {lib.Funcs, "function"}, {lib.Types, "type"}, {lib.Constants, "constant"}} {
		switch of.n {
		case 0:
		case 1:
			parts = append(parts, "1 "+of.word)
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", of.n, of.word))
		}
	}
	if len(parts) == 0 {
		return "nothing in it"
	}
	return strings.Join(parts, ", ")
}
