package compiler

import (
	"github.com/topo-lang/topo/compiler/ir"
	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
)

// maxTasks is how many tasks a component may have: as many as there are slots for keys.
const maxTasks = 1024

// notYetOptions are the options that LANGUAGE names and this version does not compile.
var notYetOptions = map[string]bool{
	"timeout": true,
}

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
		case notYetOptions[name]:
			c.err(notYetOption, o.Span(), "option `%s` does not compile yet", name).help("take it out for now")
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
	if c.tasksParam(comp, o) {
		return
	}
	v, ok := c.constValue(o.Value, types.TInt, "the number of tasks")
	if !ok {
		return
	}
	n := v.(int64)
	if n < 1 || n > maxTasks {
		c.err(badTasks, o.Value.Span(), "a component has 1 to %d tasks, not %d", maxTasks, n)
		return
	}
	comp.ir.Tasks = int(n)
}

// tasksParam reads `tasks workers`, where workers is a param: false where the value is something else.
func (c *compilation) tasksParam(comp *component, o *ast.Option) bool {
	name, ok := o.Value.(*ast.Name)
	if !ok {
		return false
	}
	v := c.values[name.Name]
	if v != nil && v.given != nil {
		// The parameter of a graph: an instance may have given it a param.
		v.used = true
		c.resolveValue(v)
		ref, ok := v.value.(*ir.ParamRef)
		if !ok || v.given.open {
			return false
		}
		for _, p := range c.values {
			if p.ir == ref.Param {
				v = p
			}
		}
	}
	if v == nil || v.param == nil {
		return false
	}
	v.used = true
	c.resolveValue(v)
	switch {
	case v.typ.Kind == types.Invalid:
		return true
	case v.typ.Kind != types.Int:
		c.err(mismatch, name.Span(), "the number of tasks is an int, param %s is a %s", name.Name, v.typ).related(v.name.Span(), "declared here")
		return true
	case v.ir.Secret:
		c.err(secretShown, name.Span(), "the number of tasks is shown by `plan`: it can't be a secret").related(v.name.Span(), "declared here")
		return true
	}
	comp.ir.TasksParam = v.ir
	if n, ok := ir.Constant(v.ir.Default); ok {
		comp.ir.Tasks = int(min(max(n.(int64), 1), maxTasks))
		if n.(int64) != int64(comp.ir.Tasks) {
			c.err(badTasks, v.param.Default.Span(), "a component has 1 to %d tasks, not %d", maxTasks, n).
				related(name.Span(), "the tasks of %s", comp.name.Name)
		}
	}
	return true
}
