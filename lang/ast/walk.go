package ast

import "github.com/topo-lang/topo/lang/source"

// Walk calls visit for the node and, where it returns true, for the nodes inside of it, in the order of the text.
// What is nil is left out.
func Walk(n Spanned, visit func(Spanned) bool) {
	if !visit(n) {
		return
	}
	w := walker{visit}
	switch n := n.(type) {
	case *Topology:
		w.ident(n.Name)
		all(w, n.Settings)
	case *Setting:
		w.ident(n.Name)
		w.any(n.Value)
	case *Library:
		w.ident(n.Name)
	case *Use:
		one(w, n.Path)
	case *Param:
		w.ident(n.Name)
		one(w, n.Type)
		w.any(n.Default)
	case *Const:
		w.ident(n.Name)
		w.any(n.Value)
	case *TypeDecl:
		w.ident(n.Name)
		all(w, n.Fields)
	case *Enum:
		w.ident(n.Name)
		all(w, n.Values)
	case *Field:
		w.ident(n.Name)
		one(w, n.Type)
		w.any(n.In)
		w.any(n.Default)
	case *Func:
		w.ident(n.Name)
		all(w, n.Params)
		one(w, n.Result)
		w.any(n.Expr)
		one(w, n.Body)
		one(w, n.Go)
	case *GoRef:
		one(w, n.Path)
		w.ident(n.Name)
		all(w, n.Args)
	case *Component:
		w.ident(n.Name)
		if n.Select == nil { // whose inputs stand in it
			all(w, n.Inputs)
		}
		all(w, n.Params)
		all(w, n.Outputs)
		all(w, n.Options)
		one(w, n.Body)
		one(w, n.Call)
		one(w, n.Go)
		one(w, n.Select)
	case *Input:
		w.ident(n.Alias)
		all(w, n.Sources)
		one(w, n.Grouping)
	case *Source:
		if n.Query == nil {
			w.ident(n.Component)
		}
		one(w, n.Query)
		w.ident(n.Stream)
		w.any(n.LoopMax)
	case *Grouping:
		w.ident(n.Kind)
		one(w, n.Go)
		all(w, n.Fields)
	case *Output:
		w.ident(n.Name)
		w.ident(n.Library)
		w.ident(n.Record)
		all(w, n.Fields)
		all(w, n.Latest)
		w.ident(n.Append)
		one(w, n.Time)
	case *Time:
		w.ident(n.Field)
		w.any(n.Lateness)
	case *Option:
		w.ident(n.Name)
		w.any(n.Value)
	case *Graph:
		w.ident(n.Name)
		all(w, n.Inputs)
		all(w, n.Params)
		all(w, n.Outputs)
		w.inside(n)
	case *GraphInput:
		one(w, n.Shape)
		one(w, n.Grouping)
	case *Bind:
		w.ident(n.Name)
		all(w, n.Sources)
	case *Opaque:
		w.ident(n.Name)
	case *Query:
		w.ident(n.Name)
		all(w, n.Params)
		all(w, n.Fields)
		for _, x := range n.Row {
			w.any(x)
		}
		one(w, n.Select)
	case *QuerySelect:
		for _, x := range n.Items {
			w.any(x)
		}
		w.ident(n.Alias)
		all(w, n.Bolt)
		w.ident(n.State)
		w.any(n.Where)
		for _, x := range n.Group {
			w.any(x)
		}
		w.any(n.Having)
		all(w, n.Order)
		w.any(n.Limit)
	case *Order:
		w.any(n.By)
	case *BadDecl:
		w.any(n.Partial)
	case *Type:
		w.ident(n.Library)
		w.ident(n.Name)
		one(w, n.List)
		one(w, n.Map)
	case *MapType:
		one(w, n.Key)
		one(w, n.Value)
	case *Test:
		one(w, n.Title)
		all(w, n.With)
		for _, s := range n.Steps {
			w.any(s)
		}
	default:
		w.step(n)
	}
}

// step walks the steps of tests.
func (w walker) step(n Spanned) {
	switch n := n.(type) {
	case *With:
		w.ident(n.Name)
		w.any(n.Value)
	case *Given:
		w.ident(n.Spout)
		all(w, n.Within)
		w.ident(n.Stream)
		w.any(n.At)
		all(w, n.Tuples)
	case *TestTuple:
		all(w, n.Args)
	case *Advance:
		w.any(n.By)
	case *Expect:
		w.ident(n.Component)
		all(w, n.Within)
		w.ident(n.Stream)
		all(w, n.Tuples)
	case *ExpectTrue:
		w.any(n.X)
	case *Fake:
		w.ident(n.Library)
		all(w, n.Within)
		w.ident(n.Name)
		all(w, n.Params)
		w.any(n.Expr)
		one(w, n.Body)
	default:
		w.code(n)
	}
}

// code walks statements and expressions.
func (w walker) code(n Spanned) {
	switch n := n.(type) {
	case *Block:
		for _, s := range n.Stmts {
			w.any(s)
		}
	case *BadStmt:
		for _, b := range n.Body {
			one(w, b)
		}
	case *State:
		w.ident(n.Name)
		one(w, n.Type)
		all(w, n.Per)
		w.any(n.Initial)
		w.any(n.TTL)
		w.ident(n.Mode)
		one(w, n.In)
	case *Let:
		w.ident(n.Name)
		w.any(n.Value)
		one(w, n.Else)
	case *LetElse:
		w.ident(n.Why)
		one(w, n.Body)
	case *Var:
		w.ident(n.Name)
		one(w, n.Type)
		w.any(n.Value)
	case *Assign:
		w.any(n.Target)
		w.any(n.Value)
	case *ExprStmt:
		w.any(n.X)
	case *If:
		w.ident(n.Let)
		w.any(n.Cond)
		one(w, n.Then)
		w.any(n.Else)
	case *For:
		w.ident(n.Key)
		w.ident(n.Value)
		w.any(n.In)
		one(w, n.Body)
	case *MatchStmt:
		one(w, n.Match)
	case *Emit:
		w.ident(n.Stream)
		all(w, n.Args)
		w.any(n.To)
		w.ident(n.Unanchored)
	case *Fail:
		w.any(n.Why)
	case *Return:
		w.any(n.Value)
	case *On:
		w.ident(n.Input)
		one(w, n.Body)
	case *Timer:
		w.any(n.Delay)
		all(w, n.Per)
		one(w, n.Body)
	case *Finish:
		all(w, n.Per)
		one(w, n.Body)
	case *String:
		for _, p := range n.Parts {
			w.any(p.Expr)
		}
	case *Select:
		w.any(n.X)
		w.ident(n.Field)
	case *Index:
		w.any(n.X)
		w.any(n.Index)
	case *Call:
		w.any(n.Fun)
		all(w, n.Args)
	case *Selection:
		w.selection(n)
	case *Column:
		w.any(n.X)
		w.ident(n.Name)
	case *Join:
		w.ident(n.Kind)
		w.ident(n.One)
		one(w, n.Input)
		w.any(n.On)
		w.any(n.Within)
		w.ident(n.Side)
		w.ident(n.Of)
	case *Window:
		w.ident(n.Kind)
		w.any(n.Size)
		w.any(n.Every)
	case *Case:
		w.any(n.X)
		all(w, n.Whens)
		w.any(n.Else)
	case *When:
		w.any(n.Cond)
		w.any(n.Value)
	case *Filtered:
		one(w, n.X)
		w.any(n.Where)
	case *Arg:
		w.ident(n.Name)
		w.any(n.Value)
	case *Unary:
		w.any(n.X)
	case *Binary:
		w.any(n.X)
		w.any(n.Y)
	case *Must:
		w.any(n.X)
	case *List:
		for _, x := range n.Items {
			w.any(x)
		}
	case *MapLit:
		all(w, n.Entries)
	case *MapEntry:
		w.any(n.Key)
		w.any(n.Value)
	case *None:
		w.any(n.Why)
	case *Paren:
		w.any(n.X)
	case *Match:
		w.any(n.X)
		all(w, n.Arms)
	case *MatchArm:
		for _, p := range n.Patterns {
			w.any(p)
		}
		w.any(n.Value)
		one(w, n.Block)
	}
}

// inside walks the declarations and bindings of a graph.
func (w walker) inside(g *Graph) {
	binds := g.Binds
	for _, d := range g.Decls {
		for len(binds) > 0 && binds[0].Span().Start < d.Span().Start {
			one(w, binds[0])
			binds = binds[1:]
		}
		w.any(d)
	}
	all(w, binds)
}

type walker struct{ visit func(Spanned) bool }

func (w walker) any(n Spanned) {
	if n != nil {
		Walk(n, w.visit)
	}
}

func (w walker) ident(n *Ident) { one(w, n) }

// one walks a node that may be a nil pointer.
func one[N any, P interface {
	*N
	Span() source.Span
}](w walker, n P) {
	if n != nil {
		Walk(n, w.visit)
	}
}

func all[N any, P interface {
	*N
	Span() source.Span
}](w walker, list []P) {
	for _, n := range list {
		one(w, n)
	}
}
