package parser

import (
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
)

// Heads of components as people write them who come from Go, SQL, Storm or Flink.

// at is the place of a token and of those up to another.
func spanTo(first, last *lexer.Token) source.Span {
	at := tokenSpan(first)
	at.End = tokenSpan(last).End
	return at
}

// ahead is the nth token from the next, which is the first.
func (c *cursor) ahead(n int) *lexer.Token {
	at := c.lex.MakeCheckpoint()
	defer c.lex.LoadCheckpoint(at)
	for range n {
		c.lex.Next()
	}
	return c.lex.Peek()
}

// groupWords begin a grouping elsewhere.
var groupWords = []string{"group", "grouped", "groupBy", "key", "keyed", "keyBy", "partition", "partitioned", "partitionBy", "distribute", "distributed", "on", "per", "fieldsGrouping", "fields"}

const inputForm = "an input is written `l: lines`, or `l: lines by fields(word)`"

// foreignInput sees what an input is written like elsewhere; the next token is its first word.
func (c *cursor) foreignInput() {
	first, second, third := c.peek(), c.second(), c.ahead(2)
	colon := func(at source.Span) {
		text := first.Value + ": "
		if at.Start < at.End {
			text = ": "
		}
		foreignForm(tokenSpan(first), "an input stands before its source with a colon", "write `"+first.Value+": "+third.Value+"`", diag.Fix{Title: "write " + strings.TrimSpace(text), Span: at, Text: ":"})
	}
	switch {
	case isToken(first, "by") && (second.Type == tIdent && !isToken(third, "by")):
		foreignForm(tokenSpan(first), "the grouping stands right behind the source of its input", "take the comma out: `l: lines by "+second.Value+"`")
	case slices.Contains(valued, first.Value) && second.Type == tInt:
		foreignForm(spanTo(first, second), "options stand behind the outputs", "write `bolt name(l: lines) -> (n int) "+first.Value+" "+second.Value+" { ... }`")
	case isToken(second, "=") && third.Type == tIdent, isToken(second, ":=") && third.Type == tIdent:
		colon(tokenSpan(second))
	case isToken(second, "<") && isToken(third, "-"):
		at := spanTo(second, third)
		foreignForm(at, "an input stands before its source with a colon", inputForm, diag.Fix{Title: "write :", Span: at, Text: ":"})
	case second.Type == tIdent && slices.Contains(groupWords, second.Value) && (isToken(third, "by") || isToken(third, "(")):
		return // `lines group by line`, see foreignGrouping
	case second.Type == tIdent && second.Value != "by" && second.Value != "loop" &&
		(isToken(third, "by") || isToken(third, ".") && (c.ahead(4).Type == tIdent || isToken(c.ahead(3), "failed")) || isToken(third, "|") || isToken(third, "loop")):
		third = second
		colon(source.Span{File: first.Pos.Filename, Start: tokenSpan(first).End, End: tokenSpan(first).End})
	}
}

// foreignGrouping sees, behind the sources of an input, what grouping is called elsewhere.
func (c *cursor) foreignGrouping() {
	t := c.peek()
	if t.Type != tIdent || !slices.Contains(groupWords, t.Value) {
		return
	}
	at := tokenSpan(t)
	var fields []string
	c.attempt(func() {
		last := c.next()
		if c.is("by") || c.is("on") {
			last = c.next()
		}
		open := c.eat("(")
		for _, f := range c.names("the name of a field") {
			fields = append(fields, f.Name)
		}
		if open {
			c.want(")", "")
		}
		at.End = max(tokenSpan(last).End, c.nodeFrom(t.Pos).Span().End)
	})
	if len(fields) == 0 {
		foreignForm(at, "an input is grouped by `by fields(...)`", "write e.g. `l: lines by fields(word)`")
	}
	text := "by fields(" + strings.Join(fields, ", ") + ")"
	foreignForm(at, "an input is grouped by `by fields(...)`", "write `"+text+"`", diag.Fix{Title: "write " + text, Span: at, Text: text})
}

// foreignSource sees a grouping as a method of the source: `lines.by(line)`.
func (c *cursor) foreignSource(s *ast.Source) {
	if s.Stream == nil || !c.is("(") {
		return
	}
	name := s.Stream.Name
	if strings.HasSuffix(name, "Grouping") || name == "by" || slices.Contains(groupWords, name) {
		foreignForm(s.Stream.Span(), "a grouping stands behind its source", inputForm)
	}
}

// foreignKey sees fields of a grouping with their input: `by fields(l.line)`.
func (c *cursor) foreignKey(names []*ast.Ident) {
	if t := c.peek(); isToken(t, ".") && c.second().Type == tIdent {
		last := names[len(names)-1]
		at := last.Span()
		at.End = tokenSpan(t).End
		name := c.second().Value
		foreignForm(at, "fields are grouped by their names alone", "write `"+name+"`", diag.Fix{Title: "write " + name, Span: at})
	}
}

// foreignOption sees options with a sign between name and value, and words that lead elsewhere to what a component is made with.
func (c *cursor) foreignOption(name *lexer.Token) {
	t, next := c.peek(), c.second()
	known := slices.Contains(valued, name.Value)
	switch {
	case known && (isToken(t, ":") || isToken(t, "=") && (next.Type == tInt || next.Type == tDuration || next.Type == tSize)):
		text := name.Value
		foreignForm(tokenSpan(t), "an option stands before its value without a sign", "write `"+text+" "+next.Value+"`", diag.Fix{Title: "take it out", Span: tokenSpan(t)})
	case slices.Contains([]string{"from", "using", "via", "with", "is", "as"}, name.Value) && isToken(t, "select"),
		slices.Contains([]string{"from", "using", "via", "with", "is", "as", "to", "into"}, name.Value) && t.Type == tIdent && isToken(next, "."):
		foreignForm(tokenSpan(name), "what a component is made with stands behind `=`", "write `=` for `"+name.Value+"`", instead(name, "="))
	case slices.Contains([]string{"from", "reads", "on", "of"}, name.Value) && t.Type == tIdent:
		foreignForm(tokenSpan(name), "what a component reads stands in its brackets", "write `bolt name(l: "+t.Value+") -> (...)`, `sink name("+t.Value+") = ...`")
	}
}

// foreignTail sees, where a declaration should end, what its form lacks.
func foreignTail(keyword string, t *lexer.Token, piece []lexer.Token) *diag.Diagnostic {
	before := beforeOf(piece, t)
	if before == nil {
		return nil
	}
	d := diag.Diagnostic{Code: codeHabit, Span: tokenSpan(t)}
	at := source.Span{File: d.Span.File, Start: d.Span.Start, End: d.Span.Start}
	function, result := keyword == "func" || keyword == "aggregate", "the result of a function stands behind `->`"
	if keyword == "aggregate" {
		result = "the result of an aggregate stands behind `->`"
	}
	component := keyword == "spout" || keyword == "bolt" || keyword == "sink"
	fix := func(title string, at source.Span, text string) {
		d.Fixes = []diag.Fix{{Title: title, Span: at, Text: text}}
	}
	arrow := slices.ContainsFunc(piece, func(p lexer.Token) bool { return isToken(&p, "->") && p.Pos.Offset < t.Pos.Offset })
	switch {
	case function && t.Type == tIdent && isToken(before, ")"):
		d.Message, d.Help = result, "write `-> "+t.Value+"`"
		if t.Value == "map" {
			d.Help = "write `->` before it: `-> map[string]int`"
		}
		fix("write ->", at, "-> ")
	case function && isToken(t, "[") && isToken(before, ")"):
		d.Message, d.Help = result, "write `-> []T` for a list, as in `-> []string`"
		fix("write ->", at, "-> ")
	case function && isToken(t, ":") && isToken(before, ")"):
		d.Message, d.Help = result, "write `->` for the `:`"
		fix("write ->", d.Span, " ->")
	case (keyword == "spout" || keyword == "bolt") && isToken(t, "(") && isToken(before, ")"):
		d.Message, d.Help = "the output stands behind `->`", "write `-> (...)`"
		fix("write ->", at, "-> ")
	case component && !arrow && isToken(before, ")") && (isToken(t, ":") || isToken(t, "=>")):
		d.Message, d.Help = "the output stands behind `->`", "write `->` for `"+t.Value+"`"
		fix("write ->", d.Span, " ->")
	case keyword == "sink" && arrow && isToken(t, "("):
		d.Message, d.Help = "what a sink writes with stands behind `=`", "write `sink name(source) = library.component(...)`"
	case component && arrow && isToken(t, "(") && before.Type == tIdent:
		d.Message, d.Help = "a named output has a colon behind its name", "write `"+before.Value+": (...)`"
		end := tokenSpan(before).End
		fix("write :", source.Span{File: d.Span.File, Start: end, End: end}, ":")
	case component && isToken(t, "->"):
		d.Message, d.Help = "options stand behind the outputs", "write `bolt name(inputs) -> (n int) tasks 4 { ... }`"
	case component && t.Type == tIdent && isToken(before, "}") && (slices.Contains(valued, t.Value) || slices.Contains(flags, t.Value)):
		d.Message, d.Help = "options stand before the body", "write `bolt name(inputs) -> (n int) "+t.Value+" ... { ... }`"
	case component && t.Type == tInt:
		d.Message, d.Help = "a number alone says nothing", "write `tasks "+t.Value+"`"
		fix("write tasks", at, "tasks ")
	case component && isToken(t, ".") && isToken(before, ")"):
		d.Message, d.Help = "a component is declared, not built by calls", inputForm
	case keyword == "topology" && isToken(t, "("):
		d.Message, d.Help = "a topology has no parameters", "declare `param name TYPE = default`"
	default:
		return nil
	}
	return &d
}

// header parses a header. What settings say is taken also where they are written with signs, as they are elsewhere; the error is of the first of these, and the
// others are told too.
func (p *pieceParser) header(piece []lexer.Token) (*topologyDecl, error) {
	g, err := run(topologyParser(), piece)
	for rest, e := piece, err; e != nil; {
		d := problem(e, rest)
		at := slices.IndexFunc(rest, func(t lexer.Token) bool { return t.Pos.Offset == d.Span.Start })
		if d.Code != codeHabit || at < 0 || foreignSetting(&rest[at], &lexer.Token{Type: tIdent}) == nil {
			break
		}
		if e != err {
			p.diags = append(p.diags, *d)
		}
		rest = slices.Delete(slices.Clone(rest), at, at+1)
		g, e = run(topologyParser(), rest)
	}
	return g, err
}

// foreignSetting sees signs between the settings of a header.
func foreignSetting(t, before *lexer.Token) *diag.Diagnostic {
	d := diag.Diagnostic{Code: codeHabit, Span: tokenSpan(t), Fixes: []diag.Fix{{Title: "take it out", Span: tokenSpan(t)}}}
	switch {
	case (isToken(t, ":") || isToken(t, "=")) && before.Type == tIdent:
		d.Message, d.Help = "a setting stands before its value without a sign", "take the `"+t.Value+"` out: `"+before.Value+" value`"
	case isToken(t, ","):
		d.Message, d.Help = "settings have no commas between them", "take the comma out; a setting may stand on a line of its own"
	default:
		return nil
	}
	return &d
}

// foreignLine sees what begins no declaration at all but has a meaning elsewhere; the tokens are the significant ones of a line and what follows.
func foreignLine(words []lexer.Token) (message, help string) {
	first, second := &words[0], &words[1]
	var third *lexer.Token
	if len(words) > 2 {
		third = &words[2]
	}
	switch {
	case isToken(second, ":"):
		return "`" + first.Value + ":` is YAML: a topology is written in declarations",
			"write `spout NAME -> (line string) = file.lines(path: \"...\")`, `bolt NAME(l: lines) -> (...) { ... }`, `sink NAME(source) = stdout.print()`"
	case isToken(second, ".") && third != nil && (strings.HasPrefix(third.Value, "set") || strings.HasPrefix(third.Value, "create") || first.Value == "builder"):
		return stormBuilder, stormBuilderHelp
	case isToken(second, "->") || isToken(second, "|") || isToken(second, ">"):
		return "streams are not joined by lines of their own", "each component names what it reads: `bolt next(x: " + first.Value + ") -> (...) { ... }`, `sink out(" + first.Value + ") = stdout.print()`"
	case isToken(second, "=") && third != nil && !reserved[first.Value]:
		return "a declaration begins with its kind", "write `spout " + first.Value + " -> (line string) = ...`, `bolt`, `sink`, `const` or `func`"
	case first.Value == "import":
		return "Go packages and Java classes are not imported", "a topo library is taken in by `use \"./folder\"`; a function in Go is declared: `func f(s string) -> string = go \"./folder\".F`"
	case first.Value == "package":
		return "a topology belongs to no package", "begin with `topology NAME { guarantee none }`"
	case first.Value == "public" && (second.Value == "class" || second.Value == "static" || second.Value == "final"), first.Value == "class":
		return "this is Java: a topology is not built by classes, it is declared", stormBuilderHelp
	}
	return "", ""
}

// settingNames are the settings of a header, which are indented.
var settingNames = []string{"guarantee", "batch", "timeout", "pending", "attempts", "workers"}
