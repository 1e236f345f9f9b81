package optimise

import (
	"strings"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/lang/source"
)

// into lists the edges that lead into a component.
func into(p *ir.Program, c *ir.Component) []*ir.Edge {
	var out []*ir.Edge
	for _, e := range p.Edges {
		if e.To == c {
			out = append(out, e)
		}
	}
	return out
}

// outOf lists the edges that lead out of a component.
func outOf(p *ir.Program, c *ir.Component) []*ir.Edge {
	var out []*ir.Edge
	for _, e := range p.Edges {
		if e.Stream.From == c {
			out = append(out, e)
		}
	}
	return out
}

// blocks lists all blocks of a bolt's statements.
func blocks(b *ir.Body) []*ir.Block {
	var out []*ir.Block
	for _, on := range b.On {
		if on != nil {
			out = append(out, on)
		}
	}
	if b.Finish != nil {
		out = append(out, b.Finish)
	}
	if b.FinishPer != nil {
		out = append(out, b.FinishPer.Block)
	}
	for _, t := range b.Timers {
		out = append(out, t.Blocks()...)
	}
	return out
}

// visitsKeys reports whether a bolt does something for each key by itself, or forgets keys: then each tuple counts, also one that
// changes nothing.
func visitsKeys(b *ir.Body) bool {
	if b.FinishPer != nil {
		return true
	}
	for _, t := range b.Timers {
		if t.Kind != ir.Every {
			return true
		}
	}
	for _, s := range b.States {
		if s.TTL != nil {
			return true
		}
	}
	return false
}

// pure reports whether an expression gives the same for the same tuple whenever and wherever it is evaluated, and can't fail.
func pure(e ir.Expr) bool {
	if e == nil {
		return true
	}
	ok := !ir.CanFail(e)
	ir.WalkExpr(e, func(e ir.Expr) {
		switch e := e.(type) {
		case *ir.FuncCall:
			ok = ok && e.Func.Pure && !e.Func.Fails && e.Func.Go == nil
		case *ir.StateRef:
			ok = false
		}
	})
	return ok
}

// effects reports whether a block does anything but emit, as far as the world can see: it can fail, changes state, or calls what reaches outside.
func effects(b *ir.Block) bool {
	if ir.BlockCanFail(b) {
		return true
	}
	found := false
	ir.WalkBlock(b, func(s ir.Stmt) {
		if a, ok := s.(*ir.Assign); ok {
			if _, state := ir.TargetRoot(a.Target).(*ir.StateRef); state {
				found = true
			}
		}
	}, func(e ir.Expr) {
		if call, ok := e.(*ir.FuncCall); ok && (!call.Func.Pure || call.Func.Go != nil) {
			found = true
		}
	})
	return found
}

// text is the text of a span, on one line.
func text(p *ir.Program, at source.Span) string {
	for _, f := range p.Files {
		if f.Name == at.File && at.Start >= 0 && at.Start <= at.End && at.End <= len(f.Text) {
			return strings.Join(strings.Fields(f.Text[at.Start:at.End]), " ")
		}
	}
	return ""
}
