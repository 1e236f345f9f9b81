package compiler

import (
	"slices"
	"time"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/parser"
	"github.com/topo-lang/topo/lang/source"
	"github.com/topo-lang/topo/runtime/spell"
)

var settingNames = []string{"attempts", "batch", "guarantee", "pending", "timeout", "workers"}

// maxAttempts is how often a tuple may be given: with the wait doubling that is a long time.
const maxAttempts = 100

// maxWorkers is how many processes a topology may run in.
const maxWorkers = 1024

var guarantees = []string{"at-least-once", "exactly-once", "none"}

// resolveSettings reads the header: the guarantee and the settings of the run.
func (c *compilation) resolveSettings() {
	if c.header == nil {
		c.reportNoHeader()
		return
	}
	c.program.Name, c.program.Doc = c.header.Name.Name, c.header.Docs()
	first := map[string]*ast.Ident{}
	var idle idleOnes
	for _, s := range c.header.Settings {
		if prev := first[s.Name.Name]; prev != nil {
			c.again("setting", s.Name, prev)
			continue
		}
		first[s.Name.Name] = s.Name
		if why := c.setting(s); why != "" {
			idle = append(idle, struct {
				setting *ast.Setting
				why     string
			}{s, why})
		}
	}
	if c.declared == "" {
		c.declared, c.guaranteeAt = "at-least-once", c.header.Name.Span()
	}
	c.lowerGuarantee()
	if c.declared == "none" {
		for _, s := range idle {
			c.warn(idleSetting, s.setting.Span(), "`%s` has no effect with guarantee none", s.setting.Name.Name).
				note("%s, because a tuple that is lost stays lost", s.why)
		}
	}
}

// idleOnes are settings that guarantee none makes no use of.
type idleOnes []struct {
	setting *ast.Setting
	why     string
}

// lowerGuarantee takes the guarantee that this build is to have, where it asks for one.
func (c *compilation) lowerGuarantee() {
	c.program.Guarantee = c.declared
	asked := c.opts.Guarantee
	if asked == "" || c.declared == "" {
		return
	}
	if strength[asked] > strength[c.declared] {
		c.err(raisedGuarantee, c.guaranteeAt, "the topology holds %s, and a build can't raise that to %s", c.declared, asked).
			help("write `guarantee %s` in the topology: what it asks for is proven there", asked)
		return
	}
	c.program.Guarantee = asked
}

// strength orders the guarantees.
var strength = map[string]int{"none": 0, "at-least-once": 1, "exactly-once": 2}

// beginsForeign reports whether a text begins with a line that is no declaration: what that should have been was said.
func (c *compilation) beginsForeign() bool {
	for _, f := range c.files {
		if len(f.Decls) > 0 {
			if d, ok := f.Decls[0].(*ast.BadDecl); ok && !slices.Contains(parser.Declarations(), d.Keyword) {
				return true
			}
		}
	}
	return false
}

func (c *compilation) reportNoHeader() {
	if c.brokenHeader || len(c.sources) == 0 || c.beginsForeign() {
		return
	}
	f := c.sources[0]
	at := before(spanOf(f.Name, 0, 0))
	c.err(noTopology, at, "no `topology` header").
		note("a topology is one .topo file, or a folder of them, with one header").
		fix(at, "topology main {\n    guarantee none\n}\n\n", "begin with `topology NAME { guarantee none }`")
}

// setting reads one, and says what it is for under a guarantee, where it is for nothing under none.
func (c *compilation) setting(s *ast.Setting) (idle string) {
	to := &c.program.Settings
	switch s.Name.Name {
	case "guarantee":
		c.guarantee(s)
	case "batch":
		if c.batchSetting(s) {
			return "there are no epochs to commit"
		}
	case "timeout":
		if d, ok := c.settingAmount(s.Value, "timeout", types.TDuration, longer); ok {
			to.Timeout, to.TimeoutParam = time.Duration(d.n), d.param
			return "nothing is replayed"
		}
	case "pending":
		if n, ok := c.settingAmount(s.Value, "pending", types.TInt, longer); ok {
			to.Pending, to.PendingParam = n.n, n.param
			return "no tuple is tracked"
		}
	case "attempts":
		if n, ok := c.settingAmount(s.Value, "attempts", types.TInt, ir.Bound{Least: 1, Most: maxAttempts}); ok {
			to.Attempts, to.AttemptsParam = int(n.n), n.param
			return "nothing is replayed"
		}
	case "workers":
		if n, ok := c.settingAmount(s.Value, "workers", types.TInt, ir.Bound{Least: 1, Most: maxWorkers}); ok {
			to.Workers, to.WorkersParam = int(n.n), n.param
		}
	default:
		c.err(unknownSetting, s.Name.Span(), "unknown setting %s", s.Name.Name).
			choose(s.Name.Span(), s.Name.Name, "settings", settingNames)
		if meant := spell.Suggest(s.Name.Name, settingNames); meant != "" && s.Value != nil {
			// What it says counts, so that nothing else is told of a topology that lacks it.
			as := *s
			as.Name = &ast.Ident{Node: s.Name.Node, Name: meant}
			c.setting(&as)
		}
	}
	return ""
}

// settingAmount reads a setting's number or duration.
func (c *compilation) settingAmount(x ast.Expr, name string, typ *types.Type, within ir.Bound) (amount, bool) {
	return c.bounded(x, bounded{what: name, typ: typ, bound: within, wrong: func(at source.Span, n int64) report {
		switch {
		case name == "workers":
			return c.err(badSetting, at, "a topology has 1 to %d workers, not %d", maxWorkers, n).help("write `workers 2` or more; one process runs it all where the setting is left out")
		case name == "attempts":
			return c.err(badSetting, at, "a tuple is given 1 to %d times, not %d", maxAttempts, n).help("write e.g. `attempts 3`")
		case name == "timeout":
			return c.err(badSetting, at, "a timeout must be longer than nothing").help("write e.g. `timeout 30s`")
		case name == "batch":
			if typ.Kind == types.Duration {
				return c.err(badSetting, at, "the age of a batch must be longer than nothing, not %s", time.Duration(n)).help("write e.g. `batch 100ms`")
			}
			return c.err(badSetting, at, "a batch has at least 1 tuple, not %d", n).help("write e.g. `batch 1000`")
		}
		return c.err(badSetting, at, "%s must be at least 1, not %d", name, n).help("write e.g. `%s 1000`", name)
	}})
}

// batchSetting checks `batch 1000`, `batch 100ms` and `batch 1000 or 100ms`.
func (c *compilation) batchSetting(s *ast.Setting) bool {
	parts := []ast.Expr{s.Value}
	if b, ok := s.Value.(*ast.Binary); ok && b.Op == "or" {
		parts = []ast.Expr{b.X, b.Y}
	}
	seen := map[types.Kind]bool{}
	to := &c.program.Settings
	for _, p := range parts {
		param, _ := c.paramNamed(p)
		var typ *types.Type
		if param != nil {
			typ = param.Type
		} else {
			e := &env{compilation: c, constant: "batch"}
			x := e.expr(p, nil)
			typ = x.Type()
			if _, ok := ir.Constant(x); !ok && typ.Kind != types.Invalid {
				typ = types.TNone // neither
			}
		}
		if typ.Kind == types.Invalid {
			return false
		}
		if typ.Kind != types.Int && typ.Kind != types.Duration || seen[typ.Kind] {
			c.err(badSetting, p.Span(), "batch is a number of tuples, a duration, or both").help("write e.g. `batch 1000 or 100ms`")
			return false
		}
		n, ok := c.settingAmount(p, "batch", typ, longer)
		if !ok {
			return false
		}
		seen[typ.Kind] = true
		if typ.Kind == types.Int {
			to.BatchTuples, to.BatchTuplesParam = n.n, n.param
		} else {
			to.BatchAge, to.BatchAgeParam = time.Duration(n.n), n.param
		}
	}
	return true
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
	if _, ok := strength[word]; !ok {
		c.err(badSetting, s.Value.Span(), "unknown guarantee").
			choose(s.Value.Span(), word, "guarantees", guarantees)
		return
	}
	c.declared, c.guaranteeAt = word, s.Value.Span()
}
