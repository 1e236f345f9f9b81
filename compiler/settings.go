package compiler

import (
	"time"

	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

var settingNames = []string{"batch", "guarantee", "pending", "timeout", "workers"}

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
	if first["guarantee"] == nil {
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
		v, ok := c.constValue(s.Value, types.TDuration, "timeout")
		switch {
		case !ok:
		case v.(time.Duration) <= 0:
			c.err(badSetting, s.Value.Span(), "a timeout must be longer than nothing").help("write e.g. `timeout 30s`")
		default:
			to.Timeout = v.(time.Duration)
			return "nothing is replayed"
		}
	case "pending":
		if n, ok := c.positive(s, "pending"); ok {
			to.Pending = n
			return "no tuple is tracked"
		}
	case "workers":
		n, ok := c.positive(s, "workers")
		if ok && n > maxWorkers {
			c.err(badSetting, s.Value.Span(), "a topology has 1 to %d workers, not %d", maxWorkers, n)
		} else if ok {
			to.Workers = int(n)
		}
	default:
		c.err(unknownSetting, s.Name.Span(), "unknown setting %s", s.Name.Name).
			choose(s.Name.Span(), s.Name.Name, "settings", settingNames)
	}
	return ""
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

// batchSetting checks `batch 1000`, `batch 100ms` and `batch 1000 or 100ms`.
func (c *compilation) batchSetting(s *ast.Setting) bool {
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
			return false
		case !ok || !isInt && !isDuration || seen[x.Type().Kind]:
			c.err(badSetting, p.Span(), "batch is a number of tuples, a duration, or both").help("write e.g. `batch 1000 or 100ms`")
			return false
		case isInt && n < 1, isDuration && d <= 0:
			c.err(badSetting, p.Span(), "batch must be at least 1 tuple, and longer than nothing")
			return false
		}
		seen[x.Type().Kind] = true
		if isInt {
			c.program.Settings.BatchTuples = n
		} else {
			c.program.Settings.BatchAge = d
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
