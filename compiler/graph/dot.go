package graph

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
)

func itoa(n int) string { return strconv.Itoa(n) }

// DOT is the topology for Graphviz.
func DOT(p *ir.Program) string {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %s {\n", dotQuote(p.Name))
	b.WriteString("    rankdir=LR\n")
	b.WriteString("    node [fontname=\"Helvetica\" style=filled]\n")
	b.WriteString("    edge [fontname=\"Helvetica\" fontsize=10]\n")
	for _, c := range p.Components {
		style := map[ir.Kind]string{
			ir.Spout: `shape=cds fillcolor="#d5efdf"`,
			ir.Bolt:  `shape=box fillcolor="#dbe7fb"`,
			ir.Sink:  `shape=cylinder fillcolor="#fbe6cf"`,
		}[c.Kind]
		if folded(c) {
			style += " peripheries=2"
		}
		label := c.Name + "\n" + runs(c) + "\n" + tasks(c)
		fmt.Fprintf(&b, "    %s [%s label=%s tooltip=%s]\n", dotQuote(c.Name), style, dotQuote(label), dotQuote(tooltip(c)))
	}
	for _, e := range p.Edges {
		label := schema(e.Stream) + "\n" + grouping(e)
		if e.Stream.Name != "" {
			label = e.Stream.FullName() + " " + label
		}
		fmt.Fprintf(&b, "    %s -> %s [label=%s]\n", dotQuote(e.Stream.From.Name), dotQuote(e.To.Name), dotQuote(label))
	}
	b.WriteString("}\n")
	return b.String()
}

func tooltip(c *ir.Component) string {
	text := string(c.Kind) + " " + c.Name
	if c.Doc != "" {
		text += ": " + strings.Join(strings.Fields(c.Doc), " ")
	}
	return text
}

// dotQuote writes a DOT string.
func dotQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
