package compiler

import (
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// maxTasks is how many tasks a component may have: as many as there are slots for keys.
const maxTasks = 1024

var optionNames = []string{"tasks", "retry", "backoff", "timeout", "durable", "near", "isolate", "cpu", "memory", "idle", "accept duplicates"}

// signatureOptions stand in the signatures of libraries only.
var signatureOptions = map[string]bool{"replayable": true, "single": true, "commits": true, "idempotent": true, "owns": true, "ends": true}

// resolveOptions reads `tasks 4` and its like.
func (c *compilation) resolveOptions(comp *component) {
	if comp.decl == nil {
		return
	}
	first := map[string]*ast.Ident{}
	for _, o := range comp.decl.Options {
		name := o.Name.Name
		if prev := first[name]; prev != nil {
			c.again("option", o.Name, prev)
			continue
		}
		first[name] = o.Name
		switch {
		case name == "tasks":
			c.tasks(comp, o)
		case name == "retry":
			c.retry(comp, o)
		case name == "backoff":
			c.backoff(comp, o)
		case c.holdingOption(comp, o), c.placingOption(comp, o):
		case name == "timeout":
			c.timeout(comp, o)
		case signatureOptions[name]:
			c.err(unknownOption, o.Name.Span(), "`%s` stands in the signatures of libraries only", name)
		case name == "parallelism" || name == "workers" || name == "parallel" || name == "instances":
			c.err(unknownOption, o.Name.Span(), "unknown option %s", name).fix(o.Name.Span(), "tasks", "write `tasks`")
		default:
			c.err(unknownOption, o.Name.Span(), "unknown option %s", name).
				choose(o.Name.Span(), name, "options", optionNames)
		}
	}
}

func (c *compilation) tasks(comp *component, o *ast.Option) {
	if o.Value == nil {
		c.err(badTasks, o.Span(), "`tasks` needs a number").help("write e.g. `tasks 4`")
		return
	}
	comp.tasksAt = o.Span()
	n, ok := c.bounded(o.Value, bounded{
		what: "the number of tasks", of: comp.name.Name, typ: types.TInt, bound: ir.Bound{Least: 1, Most: maxTasks},
		wrong: func(at source.Span, n int64) report {
			return c.err(badTasks, at, "a component has 1 to %d tasks, not %d", maxTasks, n).help("write e.g. `tasks 4`; it has one where nothing is said")
		},
	})
	if !ok {
		return
	}
	comp.ir.TasksParam = n.param
	if n.n > 0 {
		comp.ir.Tasks = int(n.n)
	}
}
