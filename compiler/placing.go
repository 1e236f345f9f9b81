package compiler

import (
	"slices"
	"time"

	"github.com/topo-lang/topo/compiler/types"
	"github.com/topo-lang/topo/lang/ast"
	"github.com/topo-lang/topo/lang/source"
)

// The bounds of what a task may be given.
const (
	maxCPU    = 100 * 256 // percent of a core
	minMemory = 1 << 20
	maxMemory = 1 << 44
)

// holdingOption reads the options that guarantees are proven with: `durable` and `accept duplicates`.
func (c *compilation) holdingOption(comp *component, o *ast.Option) bool {
	switch o.Name.Name {
	case "durable":
		if comp.kind != ast.Spout {
			c.err(optionOfOthers, o.Span(), "`durable` is an option of spouts, and %s is a %s", comp.name.Name, comp.kind).
				note("it keeps a log of what a spout has read, so that it can be read again").
				fix(c.optionSpan(o), "", "take it out")
			break
		}
		comp.ir.Durable, comp.durableAt = true, c.optionSpan(o)
	case "accept":
		if n, ok := o.Value.(*ast.Name); !ok || n.Name != "duplicates" {
			at := o.Span()
			if o.Value != nil {
				at = o.Value.Span()
			}
			c.err(badOption, at, "a sink accepts `duplicates`, nothing else").fix(at, "duplicates", "write `accept duplicates`")
			break
		}
		if comp.kind != ast.Sink {
			c.err(optionOfOthers, o.Span(), "`accept duplicates` is an option of sinks, and %s is a %s", comp.name.Name, comp.kind).
				note("it says that what leaves the topology there may leave it twice").
				fix(c.optionSpan(o), "", "take it out")
			break
		}
		comp.ir.Accepts, comp.acceptsAt = true, c.optionSpan(o)
	default:
		return false
	}
	return true
}

// placingOption reads the options that say where tasks run, and with how much.
func (c *compilation) placingOption(comp *component, o *ast.Option) bool {
	to := &comp.ir.Placing
	if o.Value == nil && slices.Contains([]string{"near", "cpu", "memory", "idle"}, o.Name.Name) {
		return true // the parser has said so
	}
	switch o.Name.Name {
	case "near":
		c.near(comp, o)
	case "isolate":
		to.Isolate = true
	case "cpu":
		if n, ok := c.optionNumber(o, 1, maxCPU, "percent of a core, 1 to 25600: `cpu 50` is half a core for each task"); ok {
			to.CPU = int(n)
		}
	case "memory":
		if n, ok := c.optionNumber(o, minMemory, maxMemory, "an amount from 1MB on for each task: `memory 512MB`"); ok {
			to.Memory = n
		}
	case "idle":
		if comp.kind != ast.Spout {
			c.err(optionOfOthers, o.Span(), "`idle` is an option of spouts, and %s is a %s", comp.name.Name, comp.kind).
				note("it says after how long a silence a spout keeps the clocks of others waiting no more").
				fix(c.optionSpan(o), "", "take it out")
			break
		}
		if v, ok := c.constValue(o.Value, types.TDuration, "idle"); ok {
			if to.Idle = v.(time.Duration); to.Idle <= 0 {
				c.err(badOption, o.Value.Span(), "idle must be longer than nothing").help("write e.g. `idle 30s`")
			}
		}
	default:
		return false
	}
	return true
}

// optionNumber is a whole number within bounds; `form` says what it stands for.
func (c *compilation) optionNumber(o *ast.Option, low, high int64, form string) (int64, bool) {
	v, ok := c.constValue(o.Value, types.TInt, o.Name.Name)
	if !ok {
		return 0, false
	}
	n := v.(int64)
	if n < low || n > high {
		c.err(badOption, o.Value.Span(), "%s %d is out of range", o.Name.Name, n).help("it is %s", form)
		return 0, false
	}
	return n, true
}

// near finds the component that another one's tasks are to run beside.
func (c *compilation) near(comp *component, o *ast.Option) {
	n, ok := o.Value.(*ast.Name)
	if !ok {
		c.err(badOption, o.Value.Span(), "`near` names a component").help("write e.g. `near split`")
		return
	}
	other := c.components[n.Name]
	switch {
	case other == nil:
		if !c.brokenComponents {
			c.err(unknownComponent, n.Span(), "there is no component %s", n.Name).
				choose(n.Span(), n.Name, "components", keysOf(c.components))
		}
	case other == comp:
		c.err(badOption, n.Span(), "%s is near itself already", n.Name).
			fix(c.optionSpan(o), "", "take it out, or name another component")
	default:
		comp.ir.Placing.Near = other.ir
	}
}

// optionSpan is an option with the space behind it, so that nothing is left where it is taken out.
func (c *compilation) optionSpan(o *ast.Option) source.Span {
	at := o.Span()
	rest := c.text(source.Span{File: at.File, Start: at.End, End: min(at.End+1, c.sizeOf(at.File))})
	if rest == " " {
		at.End++
	}
	return at
}

// sizeOf is how long a file's text is.
func (c *compilation) sizeOf(file string) int {
	for _, f := range c.sources {
		if f.Name == file {
			return len(f.Text)
		}
	}
	return 0
}
