// Package graph draws a topology: as DOT, as Mermaid, and as SVG with no other program's help.
//
// In comes a checked ir.Program, out comes text, the same for the same program. The SVG is laid out here, by
// layers as such graphs have been drawn for forty years: ranks by the longest path, order by barycentres, places
// by least squares. What is written on an edge takes part in the layout as a node of its own, between the ranks
// of the components: so no label ever lies on a box, on another label, or on another edge's line.
package graph

import (
	"fmt"
	"path"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// runs says what implements a component.
func runs(c *ir.Component) string {
	if folded(c) {
		return "graph " + c.Box.Graph
	}
	if c.Call != nil {
		return c.Call.Library + "." + c.Call.Name
	}
	if c.Go != nil {
		return "go " + path.Base(c.Go.Pkg) + "." + c.Go.Name
	}
	return "statements"
}

// folded reports whether a component stands for an instance of a graph.
func folded(c *ir.Component) bool { return c.Body == nil && c.Call == nil && c.Box != nil }

// tasks is `1 task`, `4 tasks`.
func tasks(c *ir.Component) string {
	if c.TasksParam != nil {
		return "tasks: " + c.TasksParam.Name + " (" + itoa(c.Tasks) + ")"
	}
	if c.Tasks == 1 {
		return "1 task"
	}
	return itoa(c.Tasks) + " tasks"
}

// grouping is `by fields(word)`, with the input before it where there are several.
func grouping(e *ir.Edge) string {
	text := "by " + string(e.Grouping)
	if len(e.Keys) > 0 {
		text += "(" + names(e.Stream.Fields, e.Keys) + ")"
	}
	switch max := e.Loop.(type) {
	case *ir.Const:
		text += fmt.Sprintf(" loop max %v", max.Value)
	case *ir.ParamRef:
		text += " loop max " + max.Param.Name
	}
	if len(e.To.Inputs) > 1 {
		text = e.Input.Alias + ": " + text
	}
	return text
}

func names(fields []types.Field, indexes []int) string {
	parts := make([]string, len(indexes))
	for i, k := range indexes {
		parts[i] = fields[k].Name
	}
	return strings.Join(parts, ", ")
}

// schema is `(word string, n int)`, with the kind of the stream where it is not append.
func schema(s *ir.Stream) string {
	text := types.Schema(s.Fields)
	if len(s.Latest) > 0 {
		text += " latest by " + names(s.Fields, s.Latest)
	}
	return text
}
