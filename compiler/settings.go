package compiler

import (
	"time"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

var settingNames = []string{"batch", "guarantee", "pending", "timeout", "workers"}

var guarantees = []string{"at-least-once", "exactly-once", "none"}

// resolveSettings reads the header: the guarantee and the settings of the run.
func (c *compilation) resolveSettings() {
	if c.header == nil {
		c.reportNoHeader()
		return
	}
	c.program.Name, c.program.Doc = c.header.Name.Name, c.header.Docs()
	first := map[string]*ast.Ident{}
	for _, s := range c.header.Settings {
		if prev := first[s.Name.Name]; prev != nil {
			c.again("setting", s.Name, prev)
			continue
		}
		first[s.Name.Name] = s.Name
		c.setting(s)
	}
	if first["guarantee"] == nil {
		c.defaultGuarantee()
	}
}

func (c *compilation) reportNoHeader() {
	if c.brokenHeader || len(c.sources) == 0 {
		return
	}
	f := c.sources[0]
	at := before(spanOf(f.Name, 0, 0))
	c.err(noTopology, at, "no `topology` header").
		note("a topology is one .topo file, or a folder of them, with one header").
		fix(at, "topology main {\n    guarantee none\n}\n\n", "begin with `topology NAME { guarantee none }`")
}

func (c *compilation) setting(s *ast.Setting) {
	switch s.Name.Name {
	case "guarantee":
		c.guarantee(s)
	case "batch":
		c.batchSetting(s)
	case "timeout":
		v, ok := c.constValue(s.Value, types.TDuration, "timeout")
		switch {
		case !ok:
		case v.(time.Duration) <= 0:
			c.err(badSetting, s.Value.Span(), "a timeout must be longer than nothing").help("write e.g. `timeout 30s`")
		default:
			c.idle(s, "nothing is replayed")
		}
	case "pending":
		if _, ok := c.positive(s, "pending"); ok {
			c.idle(s, "no tuple is tracked")
		}
	case "workers":
		if n, ok := c.positive(s, "workers"); ok && n > 1 {
			c.err(notYetSetting, s.Span(), "more than one worker does not compile yet: a topology runs in one process").
				help("write `workers 1`, or take it out; `tasks` spreads the work over the processor's cores")
		}
	default:
		c.err(unknownSetting, s.Name.Span(), "unknown setting %s", s.Name.Name).
			choose(s.Name.Span(), s.Name.Name, "settings", settingNames)
	}
}

// positive checks that a setting is a whole number above zero.
func (c *compilation) positive(s *ast.Setting, what string) (int64, bool) {
	v, ok := c.constValue(s.Value, types.TInt, what)
	if !ok {
		return 0, false
	}
	n := v.(int64)
	if n < 1 {
		c.err(badSetting, s.Value.Span(), "%s must be at least 1, not %d", what, n)
		return 0, false
	}
	return n, true
}

// idle warns of a setting that guarantee none makes no use of.
func (c *compilation) idle(s *ast.Setting, why string) {
	c.warn(idleSetting, s.Span(), "`%s` has no effect with guarantee none", s.Name.Name).
		note("%s, because a tuple that is lost stays lost", why)
}

// batchSetting checks `batch 1000`, `batch 100ms` and `batch 1000 or 100ms`.
func (c *compilation) batchSetting(s *ast.Setting) {
	parts := []ast.Expr{s.Value}
	if b, ok := s.Value.(*ast.Binary); ok && b.Op == "or" {
		parts = []ast.Expr{b.X, b.Y}
	}
	seen := map[types.Kind]bool{}
	for _, p := range parts {
		e := &env{compilation: c, constant: "batch"}
		x := e.expr(p, nil)
		v, ok := ir.Constant(x)
		n, isInt := v.(int64)
		d, isDuration := v.(time.Duration)
		switch {
		case x.Type().Kind == types.Invalid:
			return
		case !ok || !isInt && !isDuration || seen[x.Type().Kind]:
			c.err(badSetting, p.Span(), "batch is a number of tuples, a duration, or both").help("write e.g. `batch 1000 or 100ms`")
			return
		case isInt && n < 1, isDuration && d <= 0:
			c.err(badSetting, p.Span(), "batch must be at least 1 tuple, and longer than nothing")
			return
		}
		seen[x.Type().Kind] = true
	}
	c.idle(s, "there are no epochs to commit")
}

func (c *compilation) guarantee(s *ast.Setting) {
	word := ""
	switch v := s.Value.(type) {
	case *ast.Name:
		word = v.Name
	case *ast.Literal:
		if v.Kind == ast.NoneLit {
			word = "none"
		}
	case nil:
		return
	}
	switch word {
	case "none":
		c.program.Guarantee = word
	case "at-least-once", "exactly-once":
		c.err(notYetGuarantee, s.Value.Span(), "guarantee %s does not compile yet", word).
			note("this version compiles guarantee none only; at-least-once and exactly-once come next").
			fix(s.Value.Span(), "none", "write `guarantee none`")
	default:
		c.err(badSetting, s.Value.Span(), "unknown guarantee").
			choose(s.Value.Span(), word, "guarantees", guarantees)
	}
}

// defaultGuarantee reports a header without a guarantee: the default does not compile yet.
func (c *compilation) defaultGuarantee() {
	at := c.header.Name.Span()
	r := c.err(notYetGuarantee, at, "guarantee at-least-once, the default, does not compile yet").
		note("this version compiles guarantee none only; at-least-once and exactly-once come next")
	if len(c.header.Settings) > 0 {
		r.fix(before(c.header.Settings[0].Span()), "guarantee none\n    ", "add `guarantee none`")
		return
	}
	whole := c.header.Span()
	whole.Start = at.End
	r.fix(whole, " {\n    guarantee none\n}", "add `guarantee none`")
}
