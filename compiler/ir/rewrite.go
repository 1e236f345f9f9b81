package ir

// Rewrite returns e with change applied to each expression in it, the innermost first. What has no changed part is taken over as it
// is; e itself stays.
func Rewrite(e Expr, change func(Expr) Expr) Expr {
	if e == nil {
		return nil
	}
	one := func(x Expr) Expr { return Rewrite(x, change) }
	all := func(list []Expr) []Expr {
		out := make([]Expr, len(list))
		for i, x := range list {
			out[i] = one(x)
		}
		return out
	}
	switch x := e.(type) {
	case *NoneConst:
		c := *x
		c.Why = one(x.Why)
		e = &c
	case *RecordField:
		c := *x
		c.X = one(x.X)
		e = &c
	case *OptField:
		c := *x
		c.X = one(x.X)
		e = &c
	case *FuncCall:
		c := *x
		c.Args = all(x.Args)
		e = &c
	case *Unary:
		c := *x
		c.X = one(x.X)
		e = &c
	case *Binary:
		c := *x
		c.X, c.Y = one(x.X), one(x.Y)
		e = &c
	case *Convert:
		c := *x
		c.X = one(x.X)
		e = &c
	case *Index:
		c := *x
		c.X, c.Index = one(x.X), one(x.Index)
		e = &c
	case *Default:
		c := *x
		c.X, c.Y = one(x.X), one(x.Y)
		e = &c
	case *Must:
		c := *x
		c.X = one(x.X)
		e = &c
	case *Interp:
		c := *x
		c.Parts = all(x.Parts)
		e = &c
	case *ListLit:
		c := *x
		c.Items = all(x.Items)
		e = &c
	case *Ordered:
		c := *x
		c.X, c.I, c.Item = one(x.X), one(x.I), one(x.Item)
		e = &c
	case *MapLit:
		c := *x
		c.Keys, c.Values = all(x.Keys), all(x.Values)
		e = &c
	case *RecordLit:
		c := *x
		c.Values = all(x.Values)
		e = &c
	case *Range:
		c := *x
		c.From, c.To = one(x.From), one(x.To)
		e = &c
	case *Match:
		c := *x
		c.X, c.Arms = one(x.X), make([]*MatchArm, len(x.Arms))
		for i, a := range x.Arms {
			arm := *a
			arm.Value = one(a.Value)
			c.Arms[i] = &arm
		}
		e = &c
	case *Capture:
		c := *x
		c.X = one(x.X)
		e = &c
	case *Failing:
		c := *x
		c.Why = one(x.Why)
		e = &c
	}
	return change(e)
}
