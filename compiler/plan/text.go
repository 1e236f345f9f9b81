package plan

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// width is how many columns the text fits into, where single words do not burst it.
const width = 100

func itoa(n int) string { return strconv.Itoa(n) }

// Text is the plan for people: each component with what runs it, reads and gives, then the edges
// with their tasks and queues.
func (p *Plan) Text() string {
	w := &writer{}
	w.line("topology %s, guarantee %s", p.Topology, p.Guarantee)
	w.doc("", p.Doc)
	if p.Settings != nil {
		w.line("%s", p.Settings.text())
	}
	w.params(p.Params)
	w.graphs(p)
	for i := range p.Components {
		w.component(p, &p.Components[i])
	}
	w.edges(p)
	if len(p.Paths) > 0 {
		w.line("")
		w.paths(p.Paths)
	}
	w.optimised(p.Optimised)
	for _, n := range p.Notes {
		w.line("")
		w.wrapped("note: ", "      ", strings.Fields(n))
	}
	return w.b.String()
}

// optimised says what runs otherwise than it is written.
func (w *writer) optimised(all []Optimisation) {
	for i, o := range all {
		if i == 0 {
			w.line("")
			w.line("optimised")
		}
		name := o.Pass
		if o.Left {
			name = strings.TrimSpace("not " + name)
		}
		text := o.What
		if o.Why != "" {
			text += ": " + o.Why
		}
		w.wrapped(fmt.Sprintf("  %-14s ", name), strings.Repeat(" ", 17), strings.Fields(text))
	}
}

type writer struct{ b strings.Builder }

func (w *writer) line(format string, args ...any) {
	w.b.WriteString(strings.TrimRight(fmt.Sprintf(format, args...), " "))
	w.b.WriteByte('\n')
}

// doc writes a comment, as it stood in the source.
func (w *writer) doc(indent, text string) {
	for l := range strings.SplitSeq(text, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			w.wrapped(indent+"// ", indent+"// ", strings.Fields(l))
		}
	}
}

// wrapped writes words after a head, and goes on under the indent where a line is full.
func (w *writer) wrapped(head, indent string, words []string) {
	line, empty := head, true
	for _, word := range words {
		if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			w.line("%s", line)
			line, empty = indent, true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	w.line("%s", line)
}

func (w *writer) params(params []Param) {
	if len(params) == 0 {
		return
	}
	w.line("")
	w.line("params")
	rows := make([][]string, len(params))
	for i, p := range params {
		what := p.Type
		if p.Secret {
			what += " secret"
		}
		if p.Default != nil {
			what += " = " + *p.Default
		}
		rows[i] = []string{"  " + p.Name, what, firstLine(p.Doc)}
	}
	w.table(rows)
}

// graphs lists the instances of graphs with the components that they are made of.
func (w *writer) graphs(p *Plan) {
	for _, g := range p.Graphs {
		w.line("")
		w.line("%-40s %-12s %s", "graph "+g.Graph+" as "+g.Name, "", g.Place)
		w.doc("  ", g.Doc)
		var parts []string
		for _, inner := range p.Graphs {
			if inner.In == g.Name {
				parts = append(parts, inner.Name)
			}
		}
		for _, c := range p.Components {
			if c.In == g.Name {
				parts = append(parts, c.Name)
			}
		}
		w.wrapped("  of ", "     ", parts)
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(line)
}

func (w *writer) component(p *Plan, c *Component) {
	w.line("")
	head := c.Kind + " " + c.Name
	tasks := "1 task"
	if c.Tasks != 1 {
		tasks = itoa(c.Tasks) + " tasks"
	}
	if c.TasksParam != "" {
		tasks = "tasks = param " + c.TasksParam + " (default " + itoa(c.Tasks) + ")"
		for i := range p.Params {
			if p.Params[i].Name == c.TasksParam && p.Params[i].Default == nil {
				tasks = "tasks = param " + c.TasksParam
			}
		}
	}
	w.line("%-40s %-12s %s", head, tasks, c.Place)
	w.doc("  ", c.Doc)
	if c.Runs.Statements {
		w.part("runs", "statements")
	} else {
		w.part("runs", c.Runs.Call)
	}
	if len(c.Options) > 0 {
		w.part("with", strings.Join(c.Options, ", "))
	}
	for _, in := range c.Inputs {
		how := "by " + in.Grouping
		if len(in.Keys) > 0 {
			how += "(" + strings.Join(in.Keys, ", ") + ")"
		}
		w.part("in", in.Alias+": "+strings.Join(in.Sources, " | ")+" "+how)
	}
	for _, s := range c.States {
		scope := map[string]string{"key": "per " + strings.Join(s.Key, ", "), "shared": "shared", "task": "per task"}[s.Scope]
		w.part("state", s.Name+" "+s.Type+" "+scope)
	}
	for _, o := range c.Outputs {
		text := ""
		if o.Output != "" {
			text = o.Output + ": "
		}
		fields := make([]string, len(o.Schema))
		for i, f := range o.Schema {
			fields[i] = f.Name + " " + f.Type
		}
		text += "(" + strings.Join(fields, ", ") + ")"
		if o.Kind == "latest" {
			text += " latest by " + strings.Join(o.Keys, ", ")
		}
		w.part("out", text)
	}
}

// part writes one property of a component.
func (w *writer) part(name, text string) {
	w.wrapped(fmt.Sprintf("  %-6s ", name), strings.Repeat(" ", 13), strings.Fields(text))
}

func (w *writer) edges(p *Plan) {
	w.line("")
	inputs := map[string]int{}
	for _, c := range p.Components {
		inputs[c.Name] = len(c.Inputs)
	}
	rows := [][]string{{"edge", "grouping", "tasks", "queues", "rows"}}
	for _, e := range p.Edges {
		grouping := e.Grouping
		if len(e.Hash) > 0 {
			grouping += "(" + strings.Join(e.Hash, ", ") + ")"
		}
		to := e.To
		if inputs[e.To] > 1 {
			to += "." + e.Input
		}
		queues := itoa(e.Queues)
		if e.Fused {
			queues = "fused"
		}
		rows = append(rows, []string{
			e.Stream + " -> " + to, grouping, fmt.Sprintf("%d -> %d", e.Senders, e.Receivers), queues, carries(e),
		})
	}
	w.table(rows)
	w.line("")
	tasks := "1 task in one process"
	if p.Tasks != 1 {
		tasks = itoa(p.Tasks) + " tasks in one process"
	}
	if p.Goroutines > 0 {
		tasks += ", run by " + itoa(p.Goroutines) + " goroutines"
		if p.Goroutines == 1 {
			tasks = strings.TrimSuffix(tasks, "s")
		}
	}
	w.line("%s", tasks)
}

// carries says what the rows of an edge are like.
func carries(e Edge) string {
	var parts []string
	if len(e.Hash) > 0 && !e.HashStays {
		parts = append(parts, "with their hash")
	}
	if e.Replaces {
		parts = append(parts, "the newest of a key only")
	}
	if e.Loop != "" {
		parts = append(parts, "round at most "+e.Loop+" times")
	}
	if len(e.Combines) > 0 {
		parts = append(parts, "combined by key: "+strings.Join(e.Combines, ", "))
	}
	if e.Where != "" {
		parts = append(parts, "where "+e.Where)
	}
	return strings.Join(parts, ", ")
}

// table writes rows in columns; the last cell of a row goes on under its beginning where the line is full.
func (w *writer) table(rows [][]string) {
	var widths []int
	for _, r := range rows {
		for i, cell := range r {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, r := range rows {
		line := ""
		for i, cell := range r[:len(r)-1] {
			line += cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2)
		}
		last := strings.Fields(r[len(r)-1])
		if indent := utf8.RuneCountInString(line); utf8.RuneCountInString(line+r[len(r)-1]) > width && indent < width/2+width/4 {
			w.wrapped(line, strings.Repeat(" ", indent), last)
			continue
		}
		w.line("%s", line+r[len(r)-1])
	}
}
