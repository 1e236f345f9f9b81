package shape

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// Table shows what becomes of what is kept, and whether it can be gone on with; lost says that something is lost, or that there is no way.
func Table(all []Change) (text string, lost bool) {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	worst := Kept
	for _, c := range all {
		worst = max(worst, c.Worst())
		for _, s := range c.Steps {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", c.Component, s.What, s.How, s.Why)
		}
	}
	w.Flush()
	if b.Len() == 0 {
		b.WriteString("nothing is kept\n")
	}
	switch worst {
	case Refused:
		b.WriteString("\na run refuses the store: what is refused has no way from one to the other\n")
	case Dropped:
		b.WriteString("\na run goes on with the store with --drop-state only: what is dropped is lost\n")
	default:
		b.WriteString("\na run goes on with the store\n")
	}
	lines := strings.Split(b.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n"), worst >= Dropped
}
