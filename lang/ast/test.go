package ast

import "slices"

// Test is `test "name" with param = value { steps }`.
type Test struct {
	Node
	Doc
	Title *String
	With  []*With
	Steps []TestStep
}

// With is `name = value` in a test's head: what a param is in this test.
type With struct {
	Node
	Name  *Ident
	Value Expr
}

// TestStep is a statement of a test.
type TestStep interface {
	Spanned
	testStep()
}

// Given is `given lines: ("the cat"), ("The dog")`, `given view at 5s: (...)`: what a spout reads.
type Given struct {
	Node
	Spout  *Ident
	Within []*Ident // of a graph in a graph: what stands between the first name and the last
	Stream *Ident   // of a spout with named outputs
	At     Expr     // nil where not written
	Tuples []*TestTuple
}

// TestTuple is `("the", 2)`, `(word: "the", n: _)`.
type TestTuple struct {
	Node
	Args []*Arg
}

// ByName reports whether fields are written by their names.
func (t *TestTuple) ByName() bool {
	return slices.ContainsFunc(t.Args, func(a *Arg) bool { return a.Name != nil })
}

// Advance is `advance 10s`: the clocks move on.
type Advance struct {
	Node
	By Expr
}

// End is `end`: every input ends.
type End struct{ Node }

// Expect is `expect count: (...), (...) in any order`, `expect s: nothing`, `expect s contains (...)`, `expect s failed: ("why")`.
type Expect struct {
	Node
	Component *Ident
	Within    []*Ident // of a graph in a graph: what stands between the first name and the last
	Stream    *Ident   // nil for the unnamed output
	Failed    bool
	Contains  bool
	Nothing   bool
	AnyOrder  bool
	Tuples    []*TestTuple
}

// ExpectTrue is `expect f(1) == 2`.
type ExpectTrue struct {
	Node
	X Expr
}

// Fake is `fake http.get(url) = expr` or `fake http.get(url) { statements }`: what stands for a function in this test.
type Fake struct {
	Node
	Library *Ident   // or the instance of a graph; nil where there is none
	Within  []*Ident // of a graph in a graph: what stands between the first name and the last
	Name    *Ident
	Params  []*Ident
	Expr    Expr // one of Expr and Body is set
	Body    *Block
}

// DeclName implements Decl: a test has a title.
func (d *Test) DeclName() *Ident { return nil }

func (*Given) testStep()      {}
func (*Advance) testStep()    {}
func (*End) testStep()        {}
func (*Expect) testStep()     {}
func (*ExpectTrue) testStep() {}
func (*Fake) testStep()       {}
