package parser

import (
	"sync"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/topo-lang/topo/lang/ast"
)

// The grammar of declarations, one token of lookahead. What their tags cannot say well is left to productions
// by hand: expressions, blocks, types, the lists in a component's brackets, its outputs and options.

type word struct {
	Pos, EndPos lexer.Position
	Name        string `parser:"@Ident"`
}

func (w *word) ident() *ast.Ident {
	if w == nil {
		return nil
	}
	return &ast.Ident{Node: ast.Node{Pos: w.Pos, EndPos: w.EndPos}, Name: w.Name}
}

type topologyDecl struct {
	Name     *word      `parser:"'topology' @@"`
	Settings []*setting `parser:"( '{' EOL* ( @@ EOL* )* '}' )?"`
}

type setting struct {
	Pos, EndPos lexer.Position
	Name        *word    `parser:"@@"`
	Value       ast.Expr `parser:"@@"`
}

type libraryDecl struct {
	Name *word `parser:"'library' @@"`
}

type useDecl struct {
	Path ast.Expr `parser:"'use' @@"`
}

type paramDecl struct {
	Name    *word    `parser:"'param' @@"`
	Type    typeNode `parser:"@@"`
	Secret  bool     `parser:"@'secret'?"`
	Default ast.Expr `parser:"( '=' @@ )?"`
}

type constDecl struct {
	Name  *word    `parser:"'const' @@"`
	Value ast.Expr `parser:"'=' @@"`
}

type typeDecl struct {
	Name   *word     `parser:"'type' @@"`
	Fields fieldList `parser:"@@"`
}

type enumDecl struct {
	Name   *word   `parser:"'enum' @@"`
	Values []*word `parser:"'{' EOL* ( @@ ( ','? EOL* @@ )* ','? EOL* )? '}'"`
}

type funcDecl struct {
	Name   *word     `parser:"( 'func' | 'aggregate' ) @@"`
	Params fieldList `parser:"@@"`
	Result typeNode  `parser:"( '->' @@ )?"`
	Pure   bool      `parser:"@'pure'?"`
	Body   funcBody  `parser:"@@?"`
}

type componentDecl struct {
	Kind  string    `parser:"@( 'spout' | 'bolt' | 'sink' | 'store' )"`
	Name  *word     `parser:"@@"`
	Items itemList  `parser:"@@?"`
	Outs  outputs   `parser:"( '->' @@ )?"`
	Opts  optionSet `parser:"@@?"`
	Impl  implement `parser:"@@?"`
}

// The holes of the grammar: interfaces, because participle lets a production by hand fill nothing else.
type (
	typeNode  interface{ typeNode() }
	fieldList interface{ fieldList() }
	funcBody  interface{ funcBody() }
	itemList  interface{ itemList() }
	outputs   interface{ outputs() }
	optionSet interface{ optionSet() }
	implement interface{ implement() }
)

type (
	writtenType struct{ *ast.Type }
	fields      []*ast.Field
	theBody     struct {
		expr  ast.Expr
		block *ast.Block
		goRef *ast.GoRef
	}
	items struct {
		inputs []*ast.Input
		params []*ast.Field
	}
	outs []*ast.Output
	opts []*ast.Option
	impl struct {
		block *ast.Block
		call  *ast.Call
		goRef *ast.GoRef
		query *ast.Selection
	}
)

func (writtenType) typeNode() {}
func (fields) fieldList()     {}
func (theBody) funcBody()     {}
func (items) itemList()       {}
func (outs) outputs()         {}
func (opts) optionSet()       {}
func (impl) implement()       {}

// hole makes a production by hand one of participle's.
func hole[T any](production func(c *cursor) T) participle.Option {
	return participle.ParseTypeWith(func(lex *lexer.PeekingLexer) (T, error) { return guard(lex, production) })
}

// optional is hole for what may be missing: begins tells by the next token.
func optional[T any](begins func(t *lexer.Token) bool, production func(c *cursor) T) participle.Option {
	return participle.ParseTypeWith(func(lex *lexer.PeekingLexer) (T, error) {
		var none T
		if !begins(lex.Peek()) {
			return none, participle.NextMatch
		}
		return guard(lex, production)
	})
}

func begins(texts ...string) func(t *lexer.Token) bool {
	return func(t *lexer.Token) bool {
		for _, text := range texts {
			if isToken(t, text) {
				return true
			}
		}
		return false
	}
}

// build makes the parser of one kind of declaration, when the first of its kind is met.
func build[G any]() func() *participle.Parser[G] {
	return sync.OnceValue(func() *participle.Parser[G] {
		return participle.MustBuild[G](
			participle.Lexer(definition{}),
			participle.Elide("Space", "Comment"),
			participle.UseLookahead(1),
			hole(func(c *cursor) ast.Expr { return c.expr(0) }),
			hole(func(c *cursor) typeNode { return writtenType{c.typ()} }),
			hole(func(c *cursor) fieldList { return fields(c.fields()) }),
			optional(begins("=", "{"), func(c *cursor) funcBody { return c.funcBody() }),
			optional(begins("("), func(c *cursor) itemList { return c.items() }),
			hole(func(c *cursor) outputs { return c.outputs() }),
			optional(func(t *lexer.Token) bool { return t.Type == tIdent }, func(c *cursor) optionSet { return c.options() }),
			optional(begins("=", "{"), func(c *cursor) implement { return c.implementation() }),
		)
	})
}

var (
	topologyParser  = build[topologyDecl]()
	libraryParser   = build[libraryDecl]()
	useParser       = build[useDecl]()
	paramParser     = build[paramDecl]()
	constParser     = build[constDecl]()
	typeParser      = build[typeDecl]()
	enumParser      = build[enumDecl]()
	funcParser      = build[funcDecl]()
	componentParser = build[componentDecl]()
)
