package graph

import (
	"fmt"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
)

// Mermaid is the topology for Markdown: GitHub and many others draw it.
func Mermaid(p *ir.Program) string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	ids := map[*ir.Component]string{}
	for i, c := range p.Components {
		// Not the name: `end` and others are words of Mermaid's.
		ids[c] = "c" + itoa(i)
		open, end := "[", "]"
		switch c.Kind {
		case ir.Spout:
			open, end = "([", "])"
		case ir.Sink:
			open, end = "[(", ")]"
		}
		if folded(c) {
			open, end = "[[", "]]"
		}
		label := "<b>" + mermaidText(c.Name) + "</b><br/>" + mermaidText(runs(c)) + "<br/>" + tasks(c)
		fmt.Fprintf(&b, "    %s%s\"%s\"%s:::%s\n", ids[c], open, label, end, c.Kind)
	}
	for _, e := range p.Edges {
		label := mermaidText(schema(e.Stream)) + "<br/>" + mermaidText(grouping(e))
		if e.Stream.Name != "" {
			label = mermaidText(e.Stream.FullName()) + " " + label
		}
		fmt.Fprintf(&b, "    %s -->|\"%s\"| %s\n", ids[e.Stream.From], label, ids[e.To])
	}
	b.WriteString("    classDef spout fill:#d5efdf,stroke:#2e7d4f,color:#10301d\n")
	b.WriteString("    classDef bolt fill:#dbe7fb,stroke:#3b68b0,color:#12264a\n")
	b.WriteString("    classDef sink fill:#fbe6cf,stroke:#b06a1d,color:#452804\n")
	return b.String()
}

// mermaidText escapes what Mermaid or HTML would read as theirs.
func mermaidText(s string) string {
	return strings.NewReplacer(`"`, "#quot;", "&", "#amp;", "<", "#lt;", ">", "#gt;", "#", "#35;", "\n", " ").Replace(s)
}
