// Package parser makes a syntax tree of a .topo text. It never fails: it yields a tree and errors.
//
// The text is cut into tokens once and into pieces at the declaration words in column 1; each piece is
// parsed by participle with the grammar of its kind (grammar.go). A piece that cannot be parsed becomes an ast.BadDecl and costs
// itself alone.
package parser

import (
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/diag"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/runtime/spell"
)

// Parse parses a file. Every error of the file is among the diagnostics, one for each broken declaration.
func Parse(f *source.File) (*ast.File, []diag.Diagnostic) {
	tokens, diags := scan(f)
	out := &ast.File{Source: f}
	for _, t := range tokens {
		if t.Type == tComment {
			out.Comments = append(out.Comments, &ast.Comment{Node: tokenNode(&t), Text: t.Value})
		}
	}
	all := pieces(tokens)
	docs := docsOf(f, out.Comments)
	out.Decls = make([]ast.Decl, len(all))
	// Pieces have nothing to do with one another: many of them are parsed on all processors, in runs that are put together in their order.
	runs := 1
	if len(all) >= 2*piecesPerRun {
		runs = min(runtime.GOMAXPROCS(0), len(all)/piecesPerRun)
	}
	found := make([][]diag.Diagnostic, runs)
	foreign := foreignPieces(all)
	diags = slices.DeleteFunc(diags, func(d diag.Diagnostic) bool { return inForeign(all, foreign, d.Span.Start) })
	var wait sync.WaitGroup
	for run := range runs {
		parse := func() {
			p := &pieceParser{docs: docs, diags: slices.Clip(diags)}
			for i := run * len(all) / runs; i < (run+1)*len(all)/runs; i++ {
				p.outOfColumn(all, i)
				p.again = foreign[i] && i > 0 && foreign[i-1] && sameLanguage(all[i-1], all[i])
				out.Decls[i] = p.decl(all[i])
			}
			found[run] = p.diags[len(diags):]
		}
		if run == runs-1 {
			parse()
		} else {
			wait.Go(parse)
		}
	}
	wait.Wait()
	for _, more := range found {
		diags = append(diags, more...)
	}
	return out, diags
}

// piecesPerRun is how many declarations make work enough for a goroutine.
const piecesPerRun = 32

// pieceParser parses the pieces of a file one by one.
type pieceParser struct {
	docs  map[int]string
	diags []diag.Diagnostic
	again bool // the piece before was of the same other language, and was reported
}

// decl parses a piece; a broken one becomes an ast.BadDecl.
func (p *pieceParser) decl(piece []lexer.Token) ast.Decl {
	decl, d := p.declaration(piece)
	said := len(p.diags)
	if decl != nil {
		p.reportStmts(decl)
	}
	if d != nil {
		if (d.Code != codeBracket || len(p.diags) == said) && !p.again {
			p.report(piece, d)
		}
		decl = broken(piece, decl)
	}
	setDoc(decl, p.docs[piece[0].Pos.Line])
	return decl
}

// report adds an error, unless a bad character of the piece is to blame, which was reported.
func (p *pieceParser) report(piece []lexer.Token, d *diag.Diagnostic) {
	first, last := piece[0].Pos.Offset, piece[len(piece)-1].Pos.Offset
	line := lineAt(piece, d.Span.Start)
	if !slices.ContainsFunc(p.diags, func(e diag.Diagnostic) bool {
		return e.Span.Start >= first && e.Span.Start <= last && lexical(e.Code) && !innocent(&e, d) && (e.Span.Start <= d.Span.Start || lineAt(piece, e.Span.Start) == line)
	}) {
		p.diags = append(p.diags, *d)
	}
}

// innocent reports whether a bad character can't have led to an error: it stands behind a form that is known from other languages, or is read as what it
// means behind a token that was not expected.
func innocent(e, err *diag.Diagnostic) bool {
	known := err.Code == codeHabit || err.Code == codeExpected && len(e.Fixes) > 0
	return known && e.Span.Start > err.Span.Start && e.Message != err.Message
}

// lineAt is the line of a place in a piece.
func lineAt(piece []lexer.Token, at int) int {
	i, _ := slices.BinarySearchFunc(piece, at, func(t lexer.Token, at int) int { return t.Pos.Offset - at })
	if i == len(piece) || piece[i].Pos.Offset > at {
		i = max(0, i-1)
	}
	return piece[i].Pos.Line
}

// lexical reports whether a code is that of a character or number that means nothing.
func lexical(code string) bool { return strings.HasPrefix(code, "E01") }

// declaration parses one piece.
func (p *pieceParser) declaration(piece []lexer.Token) (decl ast.Decl, d *diag.Diagnostic) {
	defer func() {
		// participle panics where a branch of a grammar matches nothing; the text is at fault all the same.
		if r := recover(); r != nil {
			first := piece[0]
			decl, d = nil, &diag.Diagnostic{Code: codeExpected, Message: "this declaration cannot be read", Span: tokenSpan(&first), Notes: []string{fmt.Sprint(r)}}
		}
	}()
	first := piece[0]
	node := ast.Node{Pos: first.Pos, EndPos: piece[len(piece)-1].Pos}
	if first.Type != tIdent || !slices.Contains(declarations, first.Value) && !notYet[first.Value] {
		return nil, unknownDeclaration(piece)
	}
	var err error
	switch first.Value {
	case "topology":
		g, e := p.header(piece)
		t := &ast.Topology{Node: node, Name: g.Name.ident()}
		for _, s := range g.Settings {
			t.Settings = append(t.Settings, &ast.Setting{Node: ast.Node{Pos: s.Pos, EndPos: s.EndPos}, Name: s.Name.ident(), Value: s.Value})
		}
		decl, err = t, e
	case "library":
		g, e := run(libraryParser(), piece)
		decl, err = &ast.Library{Node: node, Name: g.Name.ident()}, e
	case "use":
		g, e := run(useParser(), piece)
		path, _ := g.Path.(*ast.String)
		if path == nil && e == nil {
			e = &syntaxError{diag.Diagnostic{Code: codeExpected, Span: g.Path.Span(), Message: "expected a folder in quotes", Help: "a use is written " + forms["use"]}}
		}
		decl, err = &ast.Use{Node: node, Path: path}, e
	case "param":
		g, e := run(paramParser(), piece)
		decl, err = &ast.Param{Node: node, Name: g.Name.ident(), Type: typeOf(g.Type), Secret: g.Secret, Default: g.Default}, e
	case "const":
		g, e := run(constParser(), piece)
		decl, err = &ast.Const{Node: node, Name: g.Name.ident(), Value: g.Value}, e
	case "type":
		g, e := run(typeParser(), piece)
		list, _ := g.Fields.(fields)
		decl, err = &ast.TypeDecl{Node: node, Name: g.Name.ident(), Fields: list}, e
	case "enum":
		g, e := run(enumParser(), piece)
		d := &ast.Enum{Node: node, Name: g.Name.ident()}
		for _, v := range g.Values {
			d.Values = append(d.Values, v.ident())
		}
		decl, err = d, e
	case "func", "aggregate":
		g, e := run(funcParser(), piece)
		list, _ := g.Params.(fields)
		body, _ := g.Body.(theBody)
		decl, err = &ast.Func{
			Node: node, Aggregate: first.Value == "aggregate", Name: g.Name.ident(), Params: list, Result: typeOf(g.Result), Pure: g.Pure,
			Expr: body.expr, Body: body.block, Go: body.goRef,
		}, e
	case "spout", "bolt", "sink", "store":
		g, e := run(componentParser(), piece)
		decl, err = componentOf(node, g), e
	case "graph":
		return p.graph(piece, node)
	case "test":
		d := &ast.Test{Node: node}
		c := &cursor{lex: peeking(piece)}
		c.next()
		_, err = guard(c.lex, func(c *cursor) *ast.Test { return c.testDecl(d) })
		decl = d
	case "query":
		d := &ast.Query{Node: node}
		c := &cursor{lex: peeking(piece)}
		c.next()
		_, err = guard(c.lex, func(c *cursor) *ast.Query { return c.queryDecl(d) })
		decl = d
	default: // what notYet names
		c := &cursor{lex: peeking(piece)}
		c.next()
		o := &ast.Opaque{Node: node, Keyword: first.Value}
		if c.peek().Type == tIdent {
			o.Name = c.ident("")
		}
		_, err = guard(c.lex, func(c *cursor) *ast.Opaque { return c.rest(first.Value) })
		decl = o
	}
	if err != nil {
		return decl, problem(err, piece)
	}
	return decl, nil
}

// run parses a piece; what could be parsed of a broken one is returned too.
func run[G any](p *participle.Parser[G], piece []lexer.Token) (*G, error) {
	g, err := p.ParseFromLexer(peeking(piece))
	if g == nil {
		g = new(G)
	}
	return g, err
}

func typeOf(t typeNode) *ast.Type {
	w, _ := t.(writtenType)
	return w.Type
}

func componentOf(node ast.Node, g *componentDecl) *ast.Component {
	list, _ := g.Items.(items)
	outputs, _ := g.Outs.(outs)
	options, _ := g.Opts.(opts)
	how, _ := g.Impl.(impl)
	how.query.Each(func(q *ast.Selection) {
		list.inputs = append(list.inputs, q.From)
		for _, j := range q.Joins {
			list.inputs = append(list.inputs, j.Input)
		}
	})
	return &ast.Component{
		Node: node, Kind: ast.ComponentKind(g.Kind), Name: g.Name.ident(),
		Inputs: list.inputs, Params: list.params, Outputs: outputs, Options: options,
		Body: how.block, Call: how.call, Go: how.goRef, Select: how.query,
	}
}

// expectation is what participle says it expected: the first quoted sign of it can be shown.
var expectation = regexp.MustCompile(`\(expected (.*)\)$`)

// forms are how declarations are written: the help where there is no better.
var forms = map[string]string{
	"topology":  "`topology name { guarantee none }`",
	"library":   "`library name`",
	"use":       "`use \"./folder\"`",
	"param":     "`param name TYPE = default`",
	"const":     "`const name = value`",
	"type":      "`type Name(field TYPE, field TYPE)`",
	"enum":      "`enum Name { value, value }`",
	"func":      "`func name(x TYPE) -> TYPE = value`, or `{ statements }` for `= value`",
	"aggregate": "`aggregate name(x TYPE) -> TYPE = go \"./folder\".Name`",
	"spout":     "`spout name -> (field TYPE) options = component(args)`",
	"bolt":      "`bolt name(inputs) -> (field TYPE) options { statements }`, or `= component(args)` for the braces",
	"sink":      "`sink name(inputs) options = component(args)`",
	"graph":     "`graph name(input: (field TYPE), parameter TYPE) -> (field TYPE) { declarations }`",
	"query":     "`query name(word string) -> (n int) = (count.n[word] ?? 0)`, or `= select ...`",
	"test":      "`test \"what it shows\" { given spout: (...) ... expect bolt: (...) }`",
}

// problem turns an error of the grammar into a diagnostic.
func problem(err error, piece []lexer.Token) *diag.Diagnostic {
	var own *syntaxError
	if errors.As(err, &own) {
		return withForm(&own.Diagnostic, piece)
	}
	var unexpectedToken *participle.UnexpectedTokenError
	if !errors.As(err, &unexpectedToken) {
		return &diag.Diagnostic{Code: codeExpected, Span: tokenSpan(&piece[0]), Message: err.Error()}
	}
	t := unexpectedToken.Unexpected
	keyword := piece[0].Value
	what := "the end of the declaration"
	if m := expectation.FindStringSubmatch(unexpectedToken.Message()); m != nil {
		what = readable(m[1])
	}
	atEnd := what == "the end of the declaration"
	before := beforeOf(piece, &t)
	switch {
	case atEnd && (isToken(&t, ")") || isToken(&t, "]") || isToken(&t, "}")):
		return &diag.Diagnostic{Code: codeBracket, Span: tokenSpan(&t), Message: fmt.Sprintf("`%s` closes nothing", t.Value)}
	case what == "a name" && before == &piece[0]:
		what = "the name of the " + keyword
	}
	d := unexpected(&t, what, formOf(keyword))
	switch {
	case t.Type == tEOF && what == "`}`":
		d.Code, d.Message = codeBracket, "`}` is missing"
		for _, open := range piece {
			if isToken(&open, "{") {
				d.Related = []diag.Label{{Span: tokenSpan(&open), Text: "opened here"}}
				break
			}
		}
	case atEnd && foreignTail(keyword, &t, piece) != nil:
		return foreignTail(keyword, &t, piece)
	case keyword == "topology" && what == "`}`" && before != nil && foreignSetting(&t, before) != nil:
		return foreignSetting(&t, before)
	case keyword == "topology" && what == "`}`" && t.Type == tIdent && behindOf(piece, &t) != nil && foreignSetting(behindOf(piece, &t), &t) != nil:
		return foreignSetting(behindOf(piece, &t), &t)
	case keyword == "enum" && what == "`}`" && isToken(&t, "="):
		d.Help = "the values of an enum are names and have no numbers: " + formOf(keyword)
	case atEnd && isToken(&t, "="):
		d.Help = "equality is `==`"
	case atEnd && isToken(&t, "?"):
		d.Help = "write `match c { true => a, false => b }` for `c ? a : b`"
	case atEnd && isToken(&t, "-") && before != nil && before.Type == tIdent:
		d.Help = "a name is made of letters, digits and _"
	case atEnd && t.Type == tIdent && before != nil && before.Pos.Line < t.Pos.Line:
		d.Help = "a declaration begins in column 1"
	}
	return &d
}

// formOf says how a declaration is written.
func formOf(keyword string) string {
	article := "a "
	if keyword == "enum" || keyword == "aggregate" {
		article = "an "
	}
	return article + keyword + " is written " + forms[keyword]
}

// withForm adds how the declaration is written, where its head is at fault and there is no better help.
func withForm(d *diag.Diagnostic, piece []lexer.Token) *diag.Diagnostic {
	keyword := piece[0].Value
	at := lexer.Token{Pos: lexer.Position{Offset: d.Span.Start}}
	before := beforeOf(piece, &at)
	for i := range piece {
		if t := &piece[i]; keyword == "topology" && t.Pos.Offset == d.Span.Start && d.Code == codeExpected && t.Type == tOp && foreignSetting(t, before) != nil {
			return foreignSetting(t, before)
		}
	}
	if keyword == "type" && strings.HasPrefix(d.Message, "expected `(`,") {
		d.Help = formOf(keyword)
	}
	if d.Help != "" || len(d.Related) > 0 || forms[keyword] == "" {
		return d
	}
	if keyword == "use" {
		d.Message = strings.Replace(d.Message, "an expression", "a folder in quotes", 1)
	}
	if keyword == "use" || keyword == "topology" || strings.HasPrefix(d.Message, "expected a type,") || before != nil && before.Value == "=" {
		for _, t := range piece {
			if isToken(&t, "{") && t.Pos.Offset < d.Span.Start && keyword != "topology" {
				return d // in a body
			}
		}
		d.Help = formOf(keyword)
	}
	return d
}

// beforeOf is the last token of the piece before t that is no space or comment; nil where there is none.
func beforeOf(piece []lexer.Token, t *lexer.Token) *lexer.Token {
	var last *lexer.Token
	for i := range piece {
		p := &piece[i]
		if p.Pos.Offset >= t.Pos.Offset {
			break
		}
		if p.Type != tSpace && p.Type != tComment && p.Type != tEOL {
			last = p
		}
	}
	return last
}

// behindOf is the first token of the piece behind t that is no space or comment; nil where the line ends first.
func behindOf(piece []lexer.Token, t *lexer.Token) *lexer.Token {
	for i := range piece {
		p := &piece[i]
		if p.Pos.Offset <= t.Pos.Offset || p.Type == tSpace || p.Type == tComment {
			continue
		}
		if p.Type == tEOL {
			return nil
		}
		return p
	}
	return nil
}

// readable says what participle expected in the user's words: the first sign or kind of token.
func readable(expected string) string {
	if i := strings.IndexByte(expected, '"'); i == 0 {
		if j := strings.IndexByte(expected[1:], '"'); j > 0 {
			return "`" + expected[1:1+j] + "`"
		}
	}
	switch {
	case strings.HasPrefix(expected, "Word"), strings.HasPrefix(expected, "<ident>"):
		return "a name"
	case strings.HasPrefix(expected, "Expr"):
		return "an expression"
	case strings.HasPrefix(expected, "TypeNode"):
		return "a type"
	case strings.HasPrefix(expected, "FieldList"):
		return "`(`"
	}
	return "something else"
}

// foreign are words that begin declarations elsewhere, and what is written here.
var foreign = map[string]string{
	"source": "spout", "operator": "bolt", "stream": "spout", "processor": "bolt", "output": "sink", "target": "sink",
	"struct": "type", "record": "type", "class": "type", "def": "func", "fn": "func", "function": "func", "fun": "func",
	"include": "use", "var": "param", "let": "const", "val": "const", "flow": "topology", "pipeline": "topology",
	"module": "library",
}

// foreignHeads are words that begin a line elsewhere, where another word in their place would not do.
var foreignHeads = map[string]string{
	"select": "a query is a bolt: `bolt NAME = select ...`", "insert": "a sink writes tuples: `sink NAME(source) = library.component(...)`",
	"create": "a stream is declared where it begins: `spout NAME -> (field TYPE) = library.component(...)`",
	"public": "nothing is private: leave the word out", "private": "a name that begins with `_` is private: leave the word out", "static": "leave the word out", "final": "leave the word out",
	"export": "everything in a library can be used: leave the word out", "async": "everything runs at the same time: leave the word out",
}

// unknownDeclaration says what a piece that begins no declaration could have been.
func unknownDeclaration(piece []lexer.Token) *diag.Diagnostic {
	t := piece[0]
	if isToken(&t, ")") || isToken(&t, "]") || isToken(&t, "}") {
		return &diag.Diagnostic{Code: codeBracket, Span: tokenSpan(&t), Message: fmt.Sprintf("`%s` closes nothing", t.Value)}
	}
	d := diag.Diagnostic{Code: codeDeclaration, Span: tokenSpan(&t),
		Message: fmt.Sprintf("%s begins no declaration", describe(&t)),
		Help:    "a declaration begins with " + strings.Join(declarations[:len(declarations)-1], ", ") + " or " + declarations[len(declarations)-1]}
	if t.Type != tIdent {
		return &d
	}
	words := slices.DeleteFunc(slices.Clone(piece), func(t lexer.Token) bool { return !significant(&t) })
	if message, help := foreignLine(words); message != "" {
		d.Code, d.Message, d.Help = codeHabit, message, help
		return &d
	}
	if slices.Contains(settingNames, t.Value) {
		d.Help = "a setting stands in the braces of the header: `topology name { " + t.Value + " ... }`"
		return &d
	}
	near := foreign[t.Value]
	if near == "" {
		near = spell.Suggest(t.Value, declarations)
	}
	if slices.Contains(flags, t.Value) || slices.Contains(valued, t.Value) || t.Value == "latest" || t.Value == "append" || t.Value == "time" {
		d.Help = "what belongs to the declaration above is indented"
		return &d
	}
	if help := foreignHeads[strings.ToLower(t.Value)]; help != "" {
		d.Help = help
		return &d
	}
	if near != "" {
		d.Help = fmt.Sprintf("did you mean `%s`?", near)
		d.Fixes = []diag.Fix{{Title: "write " + near, Span: d.Span, Text: near}}
	} else if reserved[t.Value] {
		d.Help = "statements stand inside of a bolt's braces; a declaration begins in column 1"
	}
	return &d
}

// broken keeps what is known of a piece that could not be parsed.
func broken(piece []lexer.Token, partial ast.Decl) *ast.BadDecl {
	b := &ast.BadDecl{Node: ast.Node{Pos: piece[0].Pos, EndPos: piece[len(piece)-1].Pos}, Partial: partial}
	var words []lexer.Token
	for _, t := range piece {
		if t.Type != tSpace && t.Type != tComment {
			words = append(words, t)
		}
	}
	if words[0].Type == tIdent {
		b.Keyword = words[0].Value
		if len(words) > 2 && isToken(&words[1], b.Keyword) && words[2].Type == tIdent { // bolt bolt x
			words = words[1:]
		}
		if words[1].Type == tIdent {
			b.Name = &ast.Ident{Node: tokenNode(&words[1]), Name: words[1].Value}
		}
	}
	return b
}
