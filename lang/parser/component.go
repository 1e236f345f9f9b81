package parser

import (
	"fmt"
	"slices"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
)

// typ takes a written type.
func (c *cursor) typ() *ast.Type {
	c.enter()
	defer c.leave()
	t := c.peek()
	out := &ast.Type{}
	switch {
	case isToken(t, "["):
		c.next()
		c.want("]", "a list's type is written `[]T`")
		out.List = c.typ()
	case isToken(t, "map"):
		c.next()
		open := c.peek()
		c.want("[", "a map's type is written `map[K]V`")
		m := &ast.MapType{Key: c.typ()}
		c.close("]", tokenNode(open))
		m.Value = c.typ()
		m.Node = c.nodeFrom(t.Pos)
		out.Map = m
	case isToken(t, ":"):
		d := unexpected(t, "a type", "a type stands behind its name without a colon: `line string`")
		d.Fixes = []diag.Fix{{Title: "take the colon out", Span: tokenSpan(t)}}
		panic(&syntaxError{d})
	case isToken(t, "("):
		c.expected("a type", "there is one value: what can fail is a `T?`, what has several parts a record: `type Pair(a int, b int)`")
	default:
		out.Name = c.ident("a type")
		if c.is(".") {
			c.next()
			out.Library, out.Name = out.Name, c.ident("a type of the library")
		}
		c.foreignType(t)
	}
	if c.eat("?") {
		out.Optional = true
	}
	out.Node = c.nodeFrom(t.Pos)
	return out
}

// fields takes `(name TYPE, name per tuple TYPE = default)`.
func (c *cursor) fields() []*ast.Field {
	open := c.peek()
	c.want("(", "fields stand in brackets: `(line string)`")
	out := []*ast.Field{}
	for !c.is(")") {
		out = append(out, c.field())
		if !c.eat(",") {
			break
		}
	}
	c.closeList(")", tokenNode(open))
	return out
}

func (c *cursor) field() *ast.Field {
	start := c.peek().Pos
	f := &ast.Field{Name: c.ident("the name of a field")}
	if c.is("per") && isToken(c.second(), "tuple") {
		c.next()
		c.next()
		f.PerTuple = true
	}
	if c.is(")") || c.is(",") {
		c.expected("the type of `"+f.Name.Name+"`", "a field is written `name TYPE`, each with its own type")
	}
	f.Type = c.typ()
	if c.is("in") {
		c.next()
		if !c.is("[") {
			c.expected("the values that are allowed", "they stand in a list: `format string in [\"csv\", \"json\"]`")
		}
		f.In = c.expr(0)
	}
	if c.eat("=") {
		f.Default = c.expr(0)
	}
	f.Node = c.nodeFrom(start)
	return f
}

// namesGo reports whether a Go function or type comes next; `go ./x` is one too, without its quotes.
func (c *cursor) namesGo() bool {
	return c.is("go") && (c.second().Type == tString || isToken(c.second(), "."))
}

// goRef takes `go "./pkg".Name`.
func (c *cursor) goRef() *ast.GoRef {
	start := c.next().Pos
	const help = "Go code is named as `go \"./folder\".Name`"
	if c.peek().Type != tString {
		c.expected("a folder in quotes", help)
	}
	g := &ast.GoRef{Path: c.str()}
	c.want(".", help)
	g.Name = c.ident("the name of a Go function or type")
	g.Node = c.nodeFrom(start)
	return g
}

// goPart is goRef with the arguments of a component.
func (c *cursor) goPart() *ast.GoRef {
	start := c.peek().Pos
	g := c.goRef()
	if c.is("(") {
		g.Args = c.args()
		g.Node = c.nodeFrom(start)
	}
	return g
}

func (c *cursor) funcBody() funcBody {
	if c.is("{") {
		return theBody{block: c.block()}
	}
	c.want("=", "")
	if c.namesGo() {
		return theBody{goRef: c.goRef()}
	}
	return theBody{expr: c.expr(0)}
}

// items takes a component's brackets: inputs `alias: source by grouping`, or a signature's `name TYPE`.
// The second word tells them apart.
func (c *cursor) items() itemList {
	open := c.next()
	var out items
	for !c.is(")") {
		if c.peek().Type != tIdent {
			c.expected("the name of an input", "an input is written `alias: source by grouping`")
		}
		c.foreignInput()
		second := c.second()
		if isInput := second.Type == tIdent && slices.Contains(groupWords, second.Value) && (isToken(c.ahead(2), "by") || isToken(c.ahead(2), "(")) ||
			second.Type == tOp && slices.Contains([]string{":", ".", "|", ",", ")"}, second.Value) ||
			isToken(second, "by") || isToken(second, "loop") || second.Type == tEOF; isInput {
			out.inputs = append(out.inputs, c.input())
		} else {
			out.params = append(out.params, c.field())
		}
		if !c.eat(",") {
			break
		}
	}
	c.closeList(")", tokenNode(open))
	return out
}

func (c *cursor) input() *ast.Input {
	start := c.peek().Pos
	in := &ast.Input{}
	if isToken(c.second(), ":") {
		in.Alias = c.ident("the name of an input")
		c.next()
	}
	for {
		in.Sources = append(in.Sources, c.source())
		if !c.eat("|") {
			break
		}
	}
	c.foreignGrouping()
	if t := c.peek(); isToken(t, "by") {
		c.next()
		in.Grouping = c.grouping()
	}
	in.Node = c.nodeFrom(start)
	return in
}

func (c *cursor) source() *ast.Source {
	start := c.peek().Pos
	s := &ast.Source{Component: c.ident("the name of a component")}
	if c.eat(".") {
		s.Stream = c.ident("the name of an output")
		c.foreignSource(s)
	}
	if c.is("loop") {
		c.next()
		c.want("max", "a cycle is bounded: `loop max 5`")
		s.LoopMax = c.unary()
	}
	s.Node = c.nodeFrom(start)
	return s
}

func (c *cursor) grouping() *ast.Grouping {
	start := c.peek().Pos
	const help = "the groupings are shuffle, fields(a, b), all, global, local, partial(a), direct and go \"./pkg\".Func"
	if c.is("go") {
		g := &ast.Grouping{Kind: &ast.Ident{Node: tokenNode(c.peek()), Name: "go"}}
		g.Go = c.goRef()
		g.Node = c.nodeFrom(start)
		return g
	}
	if c.peek().Type != tIdent {
		c.expected("a grouping", help)
	}
	g := &ast.Grouping{Kind: c.ident("")}
	if t := c.peek(); isToken(t, "(") {
		c.next()
		if c.is(")") {
			c.expected("the name of a field", "fields are named: `by fields(word)`")
		}
		c.foreignField()
		g.Fields = c.names("the name of a field")
		c.foreignKey(g.Fields)
		c.closeList(")", tokenNode(t))
	} else if g.Kind.Name == "fields" || g.Kind.Name == "partial" {
		c.expected("`(`", "fields are named: `by "+g.Kind.Name+"(word)`")
	}
	g.Node = c.nodeFrom(start)
	return g
}

// outputs takes what stands behind `->`: one unnamed output, or named ones.
func (c *cursor) outputs() outputs {
	var out outs
	for {
		out = append(out, c.output())
		comma := c.peek()
		if !c.eat(",") {
			return out
		}
		if t := c.peek(); t.Type == tIdent && (slices.Contains(valued, t.Value) || slices.Contains(flags, t.Value)) && !isToken(c.second(), ":") {
			foreignForm(tokenSpan(comma), "options stand behind the outputs without a comma", "take the comma out", diag.Fix{Title: "take it out", Span: tokenSpan(comma)})
		}
	}
}

func (c *cursor) output() *ast.Output {
	start := c.peek().Pos
	o := &ast.Output{}
	if c.peek().Type == tIdent && isToken(c.second(), ":") {
		o.Name = c.ident("")
		c.next()
	}
	if c.is("(") {
		o.Fields = c.fields()
	} else {
		if c.peek().Type != tIdent {
			c.expected("the fields of the output", "an output is written `-> (word string, n int)`, or with a record's name")
		}
		o.Record = c.ident("")
		if c.eat(".") {
			o.Library, o.Record = o.Record, c.ident("a type of the library")
		}
	}
	for {
		t := c.peek()
		switch {
		case isToken(t, "latest") && o.Latest == nil:
			c.next()
			c.want("by", "written `latest by word`")
			o.Latest = c.keys()
		case isToken(t, "append") && o.Append == nil:
			o.Append = c.ident("")
		case isToken(t, "time") && o.Time == nil:
			c.next()
			time := &ast.Time{Field: c.ident("the name of a field")}
			if c.eat("lateness") {
				time.Lateness = c.expr(0)
			}
			time.Node = c.nodeFrom(t.Pos)
			o.Time = time
		default:
			o.Node = c.nodeFrom(start)
			return o
		}
	}
}

// keys takes the fields of `latest by a, b`. A comma also divides outputs: `b` is a field where no shape follows it.
func (c *cursor) keys() []*ast.Ident {
	out := []*ast.Ident{c.ident("the name of a field")}
	for c.is(",") {
		at := c.lex.MakeCheckpoint()
		c.next()
		t := c.peek()
		if next := c.second(); t.Type != tIdent || isToken(next, ":") ||
			c.inputs && (next.Type == tIdent && next.Value != "by" && next.Value != "time" || isToken(next, "[")) {
			c.lex.LoadCheckpoint(at)
			break
		}
		out = append(out, c.ident(""))
	}
	return out
}

// flags are the options without a value.
var flags = []string{"durable", "isolate", "replayable", "single", "idempotent", "commits", "transactional"}

// valued are those with one. (Others are read too, and are for the compiler to refuse.)
var valued = []string{"tasks", "retry", "backoff", "timeout", "near", "cpu", "memory", "accept", "idle", "owns"}

func (c *cursor) options() optionSet {
	var out opts
	for c.peek().Type == tIdent {
		t := c.next()
		o := &ast.Option{Name: &ast.Ident{Node: tokenNode(t), Name: t.Value}}
		c.foreignOption(t)
		if !slices.Contains(flags, t.Value) {
			if c.optionValue(t) {
				o.Value = c.expr(0)
			}
		} else if t.Value == "idempotent" && c.eat("by") {
			o.Value = c.expr(0)
		}
		o.Node = c.nodeFrom(t.Pos)
		out = append(out, o)
	}
	return out
}

// optionValue sees that something follows that can be the value of an option.
func (c *cursor) optionValue(name *lexer.Token) bool {
	n := c.peek()
	known := slices.Contains(valued, name.Value)
	next := n.Type == tIdent && (slices.Contains(valued, n.Value) || slices.Contains(flags, n.Value))
	d := diag.Diagnostic{Code: codeExpected, Span: tokenSpan(name)}
	switch {
	case known && (next || n.Type == tEOF || isToken(n, "{") || isToken(n, "=")):
		d.Message, d.Help = fmt.Sprintf("the option `%s` has no value", name.Value), "options are written `tasks 4`, `retry 3`, `durable`"
	case known:
		return true
	case next:
		return false // an unknown word before another option: for the compiler to complain about
	case isToken(n, "(") || isToken(n, "."):
		d.Message, d.Help = fmt.Sprintf("expected `=`, found %s", describe(name)), "a component is named behind `=`: `= file.lines(path: input)`"
	case n.Type == tEOF || isToken(n, "{") || isToken(n, "="):
		d.Message, d.Help = fmt.Sprintf("%s is no option", describe(name)), "options are written `tasks 4`, `retry 3`, `durable`; the fields of an output stand in brackets, `-> (n int)`"
	default:
		return true
	}
	panic(&syntaxError{d})
}

// implementation takes a body, `= lib.component(args)`, `= go "./pkg".Name` or `= select ...`.
func (c *cursor) implementation() implement {
	if c.is("{") {
		return impl{block: c.block()}
	}
	c.next()
	t := c.peek()
	switch {
	case c.namesGo():
		return impl{goRef: c.goPart()}
	case isToken(t, "select"):
		return impl{query: c.query()}
	}
	x := c.expr(0)
	call, ok := x.(*ast.Call)
	if !ok {
		panic(&syntaxError{diag.Diagnostic{Code: codeExpected, Span: x.Span(), Message: "expected a component with its arguments",
			Help: "written `= file.lines(path: input)`; a component without arguments has empty brackets"}})
	}
	return impl{call: call}
}

// rest takes everything to the end of the declaration, and sees that its brackets match.
func (c *cursor) rest(keyword string) *ast.Opaque {
	start := c.peek().Pos
	type open struct {
		want string
		at   ast.Node
	}
	var stack []open
	for c.peek().Type != tEOF {
		t := c.next()
		if t.Type != tOp {
			continue
		}
		switch t.Value {
		case "(", "[", "{":
			stack = append(stack, open{map[string]string{"(": ")", "[": "]", "{": "}"}[t.Value], tokenNode(t)})
		case ")", "]", "}":
			if len(stack) == 0 || stack[len(stack)-1].want != t.Value {
				panic(&syntaxError{diag.Diagnostic{Code: codeBracket, Span: tokenSpan(t), Message: fmt.Sprintf("`%s` closes nothing", t.Value)}})
			}
			stack = stack[:len(stack)-1]
		}
	}
	if len(stack) > 0 {
		c.close(stack[len(stack)-1].want, stack[len(stack)-1].at)
	}
	return &ast.Opaque{Node: c.nodeFrom(start), Keyword: keyword}
}
