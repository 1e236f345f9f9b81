// Package ast is the syntax tree of a .topo file: plain structs, each with a
// comment that shows the syntax it stands for. It holds no meaning: names are not
// resolved and nothing is typed.
package ast

import (
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/topo-lang/topo/lang/source"
)

// Node is embedded in every node and says where its text stands.
type Node struct{ Pos, EndPos lexer.Position }

// Span returns the bytes of the node.
func (n Node) Span() source.Span {
	return source.Span{File: n.Pos.Filename, Start: n.Pos.Offset, End: n.EndPos.Offset}
}

// Where returns the place, to give it to another node.
func (n Node) Where() Node { return n }

// Spanned is anything with a place in the text.
type Spanned interface{ Span() source.Span }

// File is one .topo file.
type File struct {
	Source   *source.File
	Decls    []Decl     // in the order of the text; broken ones as *BadDecl
	Comments []*Comment // all comments, in the order of the text
}

// Comment is `// text`.
type Comment struct {
	Node
	Text string // with its slashes
}

// Ident is a word that names something.
type Ident struct {
	Node
	Name string
}

// Decl is a declaration: it begins at column 1.
type Decl interface {
	Spanned
	// DeclName returns the name declared, or nil where there is none.
	DeclName() *Ident
	// Docs returns the text of the comment directly above, without slashes; "" where there is none.
	Docs() string
}

// Doc is embedded in declarations and holds the comment directly above.
type Doc struct{ Text string }

// Topology is `topology NAME { setting ... }`.
type Topology struct {
	Node
	Doc
	Name     *Ident
	Settings []*Setting
}

// Setting is `guarantee exactly-once`, `batch 1000 or 100ms`, `pending 200`.
// The words none, at-least-once and exactly-once are *Name expressions; `or` is a *Binary.
type Setting struct {
	Node
	Name  *Ident
	Value Expr
}

// Library is `library NAME`.
type Library struct {
	Node
	Doc
	Name *Ident
}

// Use is `use "./common"`.
type Use struct {
	Node
	Doc
	Path *String
}

// Param is `param NAME TYPE [secret] [= default]`.
type Param struct {
	Node
	Doc
	Name    *Ident
	Type    *Type
	Secret  bool
	Default Expr // nil where there is none
}

// Const is `const NAME = expr`.
type Const struct {
	Node
	Doc
	Name  *Ident
	Value Expr
}

// TypeDecl is `type Hit(url string, at time)`.
type TypeDecl struct {
	Node
	Doc
	Name   *Ident
	Fields []*Field
}

// Enum is `enum Kind { deposit, withdrawal }`.
type Enum struct {
	Node
	Doc
	Name   *Ident
	Values []*Ident
}

// Field is `name TYPE`; in a signature also `key field`, `text per tuple string`, `path string = "x"`.
type Field struct {
	Node
	Name     *Ident
	PerTuple bool // `per tuple`: an expression over the input tuple is taken
	Type     *Type
	In       Expr // `in ["tsv", "csv"]`: the list of values that a signature allows; nil where there is none
	Default  Expr // nil where there is none
}

// Func is `func f(x T) -> R = expr`, `... { statements }`, `... = go "./pkg".F`; or `aggregate f(x T) -> R = go "./pkg".F`.
type Func struct {
	Node
	Doc
	Aggregate bool // goes over many values
	Name      *Ident
	Params    []*Field
	Result    *Type // nil where not written
	Pure      bool  // `pure`: said of a function in Go
	// At most one of these is set; none in a library's signature found in Go by its name.
	Expr Expr
	Body *Block
	Go   *GoRef
}

// GoRef is `go "./pkg".Name`, of a component also `go "./pkg".Name(limit: 10)`.
type GoRef struct {
	Node
	Path *String
	Name *Ident
	Args []*Arg
}

// ComponentKind says which of the three a component is.
type ComponentKind string

// The kinds of components.
const (
	Spout ComponentKind = "spout"
	Bolt  ComponentKind = "bolt"
	Sink  ComponentKind = "sink"
	Store ComponentKind = "store" // of a library: where state can lie
)

// Component is a spout, bolt or sink:
//
//	spout lines -> (line string) = file.lines(path: input)
//	bolt split(l: lines) -> (word string) tasks 2 { ... }
//	sink out(count) = stdout.table(key: word)
//
// or, in a library, a signature with no body: `spout lines(path string) -> (line string) replayable`.
type Component struct {
	Node
	Doc
	Kind    ComponentKind
	Name    *Ident
	Inputs  []*Input // `(l: lines by shuffle)`
	Params  []*Field // of a signature: `(path string, key field)`
	Outputs []*Output
	Options []*Option
	// At most one of these is set; none in a signature found in Go by its name.
	Body   *Block
	Call   *Call // `= file.lines(path: input)`
	Go     *GoRef
	Select *Selection // `= select ...`; the inputs are those that it reads
}

// Input is `alias: source | source by GROUPING`; Alias is nil where not written.
type Input struct {
	Node
	Alias    *Ident
	Sources  []*Source
	Grouping *Grouping // nil where not written: shuffle
}

// Source is `count`, `parse.ok` or `fetch.link loop max 5`.
type Source struct {
	Node
	Component *Ident     // of a query in brackets the bolt that it becomes, which is not written
	Query     *Selection // of `(select ...)`, which only queries read
	Stream    *Ident     // nil for the unnamed output
	LoopMax   Expr       // nil where there is no `loop max`
}

// Grouping is `by shuffle`, `by fields(a, b)`, `by go "./g".F`.
type Grouping struct {
	Node
	Go     *GoRef
	Kind   *Ident   // shuffle, fields, all, global, local, partial, direct, go
	Fields []*Ident // of fields and partial
}

// Output is `-> (a int)`, `-> (a int) append`, `-> Hit`, `-> ok: Hit time at lateness 10s latest by url`.
type Output struct {
	Node
	Name    *Ident   // nil for the unnamed output
	Library *Ident   // `common` of `common.Hit`; nil where not written
	Record  *Ident   // `Hit` or, in a signature, `any`; nil where Fields is written
	Fields  []*Field // `(a int, b string)`
	// `latest by k, l`; a comma before `name:` or `(` begins the next output instead.
	Latest []*Ident
	// Append is the word `append`, which is what holds where nothing is said.
	Append *Ident
	Time   *Time
}

// Time is `time at [lateness 10s]`.
type Time struct {
	Node
	Field    *Ident
	Lateness Expr // nil where not written
}

// Option is `tasks 4`, `durable`, `retry 3`, `backoff 100ms`, `accept duplicates`.
type Option struct {
	Node
	Name *Ident
	// Value is nil where the option takes none.
	Value Expr
}

// Graph is a composite: `graph NAME(in: (url string) by fields(url), least int = 3) -> (url string) { declarations }`.
type Graph struct {
	Node
	Doc
	Name    *Ident
	Inputs  []*GraphInput
	Params  []*Field
	Outputs []*Output
	Decls   []Decl  // in the order of the text; broken ones as *BadDecl
	Binds   []*Bind // likewise
}

// GraphInput is `urls: (url string) latest by url by fields(url)`.
type GraphInput struct {
	Node
	Shape    *Output // its Name is the input's
	Grouping *Grouping
}

// Bind is `out = first`, `ok = split.words | other`: what an output of a graph carries.
type Bind struct {
	Node
	Name    *Ident // `out` for the output without a name
	Sources []*Source
}

// Opaque is a declaration that this version parses and keeps as text, but does not compile: `backend ...`.
type Opaque struct {
	Node
	Doc
	Keyword string // backend
	Name    *Ident // nil where there is none
}

// BadDecl is a declaration that could not be parsed. Its text is kept as it was.
type BadDecl struct {
	Node
	Doc
	Keyword string // "" where the text does not begin with one
	Name    *Ident // nil where not even the name could be read
	Partial Decl   // what could be parsed; nil where nothing could
}

// DeclName implements Decl.
func (d *Topology) DeclName() *Ident  { return d.Name }
func (d *Library) DeclName() *Ident   { return d.Name }
func (d *Use) DeclName() *Ident       { return nil }
func (d *Param) DeclName() *Ident     { return d.Name }
func (d *Const) DeclName() *Ident     { return d.Name }
func (d *TypeDecl) DeclName() *Ident  { return d.Name }
func (d *Enum) DeclName() *Ident      { return d.Name }
func (d *Func) DeclName() *Ident      { return d.Name }
func (d *Component) DeclName() *Ident { return d.Name }
func (d *Graph) DeclName() *Ident     { return d.Name }
func (d *Opaque) DeclName() *Ident    { return d.Name }
func (d *BadDecl) DeclName() *Ident   { return d.Name }
func (d *Query) DeclName() *Ident     { return d.Name }

// Docs implements Decl.
func (d Doc) Docs() string { return d.Text }
