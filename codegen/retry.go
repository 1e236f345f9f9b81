package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
)

// A bolt with `retry` holds back what failed for a reason that may pass: a copy of the tuple waits in its task.Retry, and the tuples of the
// same key behind it. When it is tried again it comes as a batch of its own.

// newRetry finds whether anything in the bolt is tried again.
func (b *boltGen) newRetry() {
	if b.comp.Retry == nil {
		return
	}
	for _, block := range b.comp.Body.On {
		b.retry = b.retry || ir.Retryable(block)
	}
	if b.retry {
		b.at, b.now = true, true
	}
}

// openRetry writes what Open does.
func (b *boltGen) openRetry() []jen.Code {
	if !b.retry {
		return nil
	}
	out := []jen.Code{jen.Var().Id("backoff").Qual("time", "Duration")}
	out = append(out, b.openDuration(b.comp.Retry.Backoff, jen.Id("backoff"))...)
	times := jen.Lit(b.comp.Retry.Times)
	if p := b.comp.Retry.TimesParam; p != nil {
		b.param = true
		times = jen.Int().Call(jen.Id("t").Dot("param").Dot(b.g.paramField(p)))
	}
	return append(out, jen.Id("t").Dot("retry").Op("=").Qual(pkgTask, "NewRetry").Call(
		jen.Id("ctx"), times, jen.Id("backoff"), jen.Id("t").Dot("Process")))
}

// attempts is code for how often the tuple at work has been tried.
func (b *boltGen) attempts() jen.Code {
	if b.retry {
		return jen.Id("t").Dot("retry").Dot("Attempts").Call()
	}
	return jen.Lit(1)
}

// retries prepares a handler whose tuples may be tried again.
func (b *boltGen) retries(in *ir.Input, row *rowType, ctx *context, usesRow *bool) {
	if !b.retry {
		return
	}
	ctx.keep = b.member.take("keep_" + in.Alias)
	ctx.key = func() jen.Code { return jen.Id("t").Dot("retry").Dot("Alone").Call() }
	if b.comesByFields(in) {
		*usesRow = true
		ctx.key = func() jen.Code { return jen.Id("in").Dot(row.hash) }
	}
	written := false
	ctx.keepMethod = func() {
		if !written {
			written = true
			*usesRow = true
			b.keeps = append(b.keeps, keepMethod(b.goName, ctx.keep, in.Fields, row))
		}
	}
	ctx.again = func(place, why, lasting jen.Code) []jen.Code {
		ctx.keepMethod()
		return tryAgain(in, ctx.keep, ctx.key(), place, why, originIn(row), lasting)
	}
}

// tryAgain writes that a tuple that has failed is held back, where it is tried again; not where code says that it would fail again.
func tryAgain(in *ir.Input, keep string, key, place, why, origin, lasting jen.Code) []jen.Code {
	retry := jen.Id("t").Dot("retry")
	now := jen.Id("t").Dot("now").Call().Dot("Sub").Call(jen.Id("t").Dot("began"))
	out := jen.If(jen.List(jen.Id("hold"), jen.Id("again")).Op(":=").Add(retry).Dot("Again").Call(place, why), jen.Id("again")).Block(
		jen.If(jen.Id("hold")).Block(
			jen.Add(retry).Dot("Hold").Call(now, key, jen.Lit(in.Index), origin, jen.Id("t").Dot(keep).Call(jen.Id("b"), jen.Id("in")))),
		jen.Continue().Id("tuples"))
	if lasting != nil {
		out = jen.If(jen.Op("!").Add(lasting)).Block(out)
	}
	return []jen.Code{out}
}

// comesByFields reports whether all tuples of an input carry the hash of a key.
func (b *boltGen) comesByFields(in *ir.Input) bool { return b.g.comesByFields(b.comp, in) }

func (g *generator) comesByFields(c *ir.Component, in *ir.Input) bool {
	for _, e := range g.ins[c] {
		if e.Input == in && e.Grouping != ir.ByFields {
			return false
		}
	}
	return true
}

// follow writes that a tuple waits where one of its key does.
func (b *boltGen) follow(in *ir.Input, row *rowType, ctx *context) []jen.Code {
	if !b.retry || !b.comesByFields(in) {
		return nil
	}
	ctx.keepMethod()
	ctx.tupleLabel = true
	return []jen.Code{waitBehind(in, ctx.keep, ctx.key(), originIn(row))}
}

// originIn is code for the spout's tuple that a row comes from; 0 where it does not say so.
func originIn(row *rowType) jen.Code {
	if row.origins {
		return jen.Id("in").Dot(row.origin)
	}
	return jen.Lit(0)
}

// waitBehind writes that a tuple waits where one of its key does.
func waitBehind(in *ir.Input, keep string, key, origin jen.Code) jen.Code {
	retry := jen.Id("t").Dot("retry")
	return jen.If(jen.Add(retry).Dot("Any").Call().Op("&&").Add(retry).Dot("Follows").Call(key)).Block(
		jen.Add(retry).Dot("Follow").Call(key, jen.Lit(in.Index), origin, jen.Id("t").Dot(keep).Call(jen.Id("b"), jen.Id("in"))),
		jen.Continue().Id("tuples"))
}

// openLimit writes what Open does for `timeout`.
func (b *boltGen) openLimit() []jen.Code {
	if !b.limit {
		return nil
	}
	out := []jen.Code{jen.Var().Id("limit").Qual("time", "Duration")}
	out = append(out, b.openDuration(b.comp.Timeout, jen.Id("limit"))...)
	return append(out, jen.Id("t").Dot("limit").Op("=").Qual(pkgTask, "NewLimit").Call(jen.Id("limit"), jen.Qual(pkgTask, "MostLeft"), jen.Id("ctx")))
}

// keepMethod writes the method that copies a tuple out of its batch.
func keepMethod(owner, name string, fields []types.Field, row *rowType) jen.Code {
	batch := func() *jen.Statement { return jen.Op("*").Qual(pkgBatch, "Batch").Types(jen.Id(row.goName)) }
	body := []jen.Code{
		jen.Id("kept").Op(":=").Op("&").Qual(pkgBatch, "Batch").Types(jen.Id(row.goName)).Values(jen.Dict{
			jen.Id("Rows"): jen.Index().Id(row.goName).Values(jen.Op("*").Id("in"))}),
	}
	for i, f := range fields {
		switch f.Type.Kind {
		case types.String, types.Bytes, types.JSON:
			body = append(body, jen.Id("kept").Dot("Rows").Index(jen.Lit(0)).Dot(row.goOf[i]).Op("=").
				Id("kept").Dot("PutBytes").Call(jen.Id("b").Dot("Bytes").Call(jen.Id("in").Dot(row.goOf[i]))))
		}
	}
	body = append(body, jen.Return(jen.Id("kept")))
	return jen.Commentf("%s copies a tuple that waits to be tried again.", name).Line().
		Func().Params(jen.Id("t").Op("*").Id(owner)).Id(name).Params(jen.Id("b").Add(batch()), jen.Id("in").Op("*").Id(row.goName)).Add(batch()).Block(body...)
}
