package lsp

import (
	"fmt"
	"slices"
	"strings"

	"github.com/topo-lang/topo/compiler"
	"github.com/topo-lang/topo/compiler/describe"
	"github.com/topo-lang/topo/compiler/optimise"
	"github.com/topo-lang/topo/compiler/plan"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lsp/protocol"
)

// hover is what is told of a place.
type hover struct {
	Contents protocol.MarkupContent `json:"contents"`
	Range    protocol.Range         `json:"range"`
}

// hovering tells what the name at a place is: how it is declared, its comment, and of a component how it runs.
func hovering(s *server, d *document, at int) (any, error) {
	_, ref := s.named(d, at)
	if ref == nil {
		return s.hoverWord(d, at), nil
	}
	return hover{s.markup(s.tell(d, ref.Symbol)), d.rangeOf(ref.At.Start, ref.At.End)}, nil
}

// markup is Markdown, or for clients that can't show it, the same without the fences.
func (s *server) markup(text string) protocol.MarkupContent {
	formats := s.client.TextDocument.Hover.ContentFormat
	if len(formats) > 0 && !slices.Contains(formats, "markdown") {
		return protocol.MarkupContent{Kind: "plaintext", Value: strings.NewReplacer("```topo\n", "", "```\n", "", "```", "", "**", "").Replace(text)}
	}
	return protocol.MarkupContent{Kind: "markdown", Value: text}
}

// tell is what there is to tell of a symbol.
func (s *server) tell(d *document, sym *compiler.Symbol) string {
	var b strings.Builder
	fmt.Fprintf(&b, "```topo\n%s\n```\n", signatureOf(sym))
	doc := sym.Doc
	if e, ok := languageFunc(sym); ok && doc == "" {
		doc = e.Doc
	}
	if doc != "" {
		fmt.Fprintf(&b, "\n%s\n", doc)
	}
	switch sym.Kind {
	case "field", "stream", "value", "key", "parameter":
		if sym.In != nil && sym.In.Name != sym.Name {
			fmt.Fprintf(&b, "\nOf %s `%s`.\n", kindWord(sym.In), sym.In.Name)
		}
	case "spout", "bolt", "sink":
		b.WriteString(s.running(d, sym))
	case "topology":
		b.WriteString(s.holding(d))
	case "input":
		if sym.Type != "" {
			b.WriteString("\nThe tuples of an input.\n")
		}
	}
	return b.String()
}

func kindWord(sym *compiler.Symbol) string {
	if sym.Kind == "stream" && sym.In != nil && sym.In.Name == sym.Name {
		return sym.In.Kind
	}
	return sym.Kind
}

// languageFunc is what the language says of one of its functions.
func languageFunc(sym *compiler.Symbol) (describe.Entry, bool) {
	if sym.Kind == "builtin" {
		for _, e := range describe.Language().Entries {
			if e.Name == sym.Name {
				return e, true
			}
		}
	}
	return describe.Entry{}, false
}

// signatureOf is a line that says what a symbol is.
func signatureOf(sym *compiler.Symbol) string {
	if text := sym.Declared(); text != "" {
		return text
	}
	if e, ok := languageFunc(sym); ok {
		return e.Signature
	}
	switch sym.Kind {
	case "go":
		return "go " + sym.Signature
	case "builtin":
		return "type " + sym.Name
	case "stream":
		return sym.Name + " -> " + sym.Type
	case "input":
		return sym.Name + ": " + sym.Type
	case "value":
		return sym.Type + "." + sym.Name
	case "local":
		return strings.TrimSpace("let " + sym.Name + " " + sym.Type)
	case "state":
		return strings.TrimSpace("state " + sym.Name + " " + sym.Type)
	}
	return strings.TrimSpace(sym.Name + " " + sym.Type)
}

// compiled is a unit's plan, nil where it has mistakes. It is made when it is first asked for, and kept while the texts are the same.
func (s *server) compiled(u *unit) *plan.Plan {
	if u.planned {
		return u.plan
	}
	u.planned, u.plan = true, nil
	if slices.ContainsFunc(u.diags, func(d diag.Diagnostic) bool { return d.Severity == diag.Error }) {
		return nil
	}
	r := u.session.Compile()
	if r.Plan == nil {
		return nil
	}
	optimise.Apply(r.Program, false)
	r.Plan.Optimise(r.Program)
	u.plan = r.Plan
	return u.plan
}

// planned finds a component of a plan by where it is declared; a graph's has several instances, of which the first is taken.
func planned(p *plan.Plan, sym *compiler.Symbol) *plan.Component {
	if p == nil || sym == nil {
		return nil
	}
	for i, c := range p.Components {
		if c.Name == sym.Name && c.In == "" || c.In != "" && strings.HasSuffix(c.Name, "."+sym.Name) {
			return &p.Components[i]
		}
	}
	return nil
}

// running tells how a component runs: its tasks, how its inputs are grouped, what is fused, and what holds up to it.
func (s *server) running(d *document, sym *compiler.Symbol) string {
	p := s.compiled(s.unit(d))
	c := planned(p, sym)
	if c == nil {
		return ""
	}
	var lines []string
	tasks := count(c.Tasks, "task")
	if c.TasksParam != "" {
		tasks += " (param `" + c.TasksParam + "`)"
	}
	lines = append(lines, tasks)
	for _, o := range c.Outputs {
		kind := o.Kind
		if len(o.Keys) > 0 {
			kind += " by " + strings.Join(o.Keys, ", ")
		}
		lines = append(lines, fmt.Sprintf("gives `%s` %s, %s", o.Name, schema(o.Schema), kind))
	}
	for _, e := range p.Edges {
		if e.To != c.Name {
			continue
		}
		text := fmt.Sprintf("reads `%s` by %s", e.Stream, e.Grouping)
		if len(e.Hash) > 0 {
			text += "(" + strings.Join(e.Hash, ", ") + ")"
		}
		switch {
		case e.Fused:
			text += ": fused, the sender's task runs this one itself"
		case e.Queues > 0:
			text += ": " + count(e.Queues, "queue")
		}
		if e.Where != "" {
			text += ", only where " + e.Where
		}
		if len(e.Combines) > 0 {
			text += ", added up before they travel: " + strings.Join(e.Combines, ", ")
		}
		lines = append(lines, text)
	}
	for _, path := range p.Paths {
		if slices.Contains(path.Way, c.Name) {
			text := fmt.Sprintf("%s can hold: %s", strings.Join(path.Way, " -> "), path.Guarantee)
			if path.Weakest == c.Name {
				text += " because " + path.Why
			} else if path.Weakest != "" {
				text += ", by `" + path.Weakest + "`: " + path.Why
			}
			lines = append(lines, text)
		}
	}
	return "\n- " + strings.Join(lines, "\n- ") + "\n"
}

func schema(fields []plan.Field) string {
	var out []string
	for _, f := range fields {
		out = append(out, f.Name+" "+f.Type)
	}
	return "(" + strings.Join(out, ", ") + ")"
}

func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// holding tells what a topology guarantees, and what keeps it from more.
func (s *server) holding(d *document) string {
	p := s.compiled(s.unit(d))
	if p == nil {
		return ""
	}
	text := fmt.Sprintf("\nGuarantee **%s**; %s", p.Guarantee, count(p.Tasks, "task"))
	if p.Goroutines > 0 {
		text += fmt.Sprintf(" in %s", count(p.Goroutines, "goroutine"))
	}
	text += ".\n"
	for _, path := range p.Paths {
		text += fmt.Sprintf("\n- %s: %s", strings.Join(path.Way, " -> "), path.Guarantee)
		if path.Weakest != "" {
			text += fmt.Sprintf(", by `%s`: %s", path.Weakest, path.Why)
		}
	}
	for _, o := range p.Optimised {
		if !o.Left {
			text += "\n- " + o.What
			if o.Why != "" {
				text += ": " + o.Why
			}
		}
	}
	return text + "\n"
}

// hoverWord tells what a word of the language is for.
func (s *server) hoverWord(d *document, at int) any {
	start, end := wordAt(d.source(), at)
	word := d.source()[start:end]
	text := words[word]
	if text == "" {
		return nil
	}
	return hover{s.markup("**" + word + "**: " + text), d.rangeOf(start, end)}
}

// words are the words of the language that are no names, and what they are for.
var words = map[string]string{
	"guarantee": "what holds for each tuple: `none`, `at-least-once` or `exactly-once`",
	"shuffle":   "evenly, round-robin: how tuples are spread where nothing is said",
	"fields":    "equal fields go to the same task",
	"all":       "every task gets every tuple",
	"global":    "all tuples go to the task with the lowest number",
	"local":     "a task in the same process where there is one",
	"partial":   "the less loaded of two tasks for each key: for keys of which some are frequent",
	"direct":    "the sender says which task: `emit (...) to n`",
	"tasks":     "how many tasks run a component",
	"latest":    "each tuple replaces the one before with its key",
	"append":    "every tuple is a fact, and all arrive",
	"state":     "what a bolt keeps from tuple to tuple: `per` a key, `shared` by all tasks, or `per task`",
	"per":       "how many of it there are: one for each key, or for each task",
	"emit":      "gives a tuple to an output",
	"fail":      "fails the tuple: what it has emitted and changed is taken back",
	"finish":    "runs once the input has ended",
	"every":     "runs by the clock",
	"after":     "runs when a key has been silent for so long",
	"retry":     "how often a tuple that failed is tried again",
	"backoff":   "how long the first retry waits",
	"durable":   "a log stands before a spout that can't give its tuples again",
	"loop":      "closes a cycle: a tuple goes round so often at most",
	"accept":    "`accept duplicates`: a sink that may write a tuple twice",
	"capture":   "matches a regular expression, whose named groups are fields",
	"given":     "what a spout gives in a test",
	"expect":    "what must have come out, in a test",
	"advance":   "moves a test's clock",
	"fake":      "replaces a function in a test",
	"secret":    "is never shown",
	"ttl":       "how long state stays when nobody touches it",
}
